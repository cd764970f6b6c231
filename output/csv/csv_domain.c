#include "output/csv/csv_domain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/record/record.h"

#define LIST_TEXT_MAX   32768 /* a spreadsheet cell holds 32,767 characters */
#define COLUMN_NAME_MAX 1024  /* a name in a record has at most 264 characters of 3 bytes */

/* ---- Text that is put together ---- */

struct list_text {
    size_t len;
    char bytes[LIST_TEXT_MAX];
};

/* What does not fit is left out, from the item that is too much on. */
static void add_item(struct list_text *list, const char *separator, const char *text)
{
    int len = snprintf(list->bytes + list->len, sizeof(list->bytes) - list->len, "%s%s",
                       list->len > 0 ? separator : "", text);
    if (len > 0 && (size_t)len < sizeof(list->bytes) - list->len) {
        list->len += (size_t)len;
    }
}

static const char *string_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* ---- Columns that are more than a field ---- */

static void put_mx_hosts(struct csv_writer *writer, const json_t *domain)
{
    struct list_text list = {.len = 0};
    size_t i;
    json_t *mx;
    json_array_foreach(json_object_get(domain, "mx"), i, mx)
    {
        const char *host = string_of(mx, "host");
        add_item(&list, " ", host != NULL ? host : "?");
    }
    csv_text(writer, list.bytes, list.len);
}

/* Addresses of all hosts: all of them, or those that were given a letter. */
static int64_t count_addresses(const json_t *domain, bool graded_only)
{
    int64_t num = 0;
    size_t i, k;
    json_t *mx, *endpoint;
    json_array_foreach(json_object_get(domain, "mx"), i, mx)
    {
        json_array_foreach(json_object_get(mx, "endpoints"), k, endpoint)
        {
            const char *grade = string_of(endpoint, "grade");
            num += !graded_only || (grade != NULL && strcmp(grade, "U") != 0);
        }
    }
    return num;
}

static void put_addresses(struct csv_writer *writer, const json_t *domain)
{
    csv_integer(writer, count_addresses(domain, false));
}

static void put_addresses_graded(struct csv_writer *writer, const json_t *domain)
{
    csv_integer(writer, count_addresses(domain, true));
}

static void put_count_of(struct csv_writer *writer, const json_t *domain, enum severity severity)
{
    int64_t num = 0;
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(domain, "findings"), i, finding)
    {
        const char *name = string_of(finding, "severity");
        num += name != NULL && strcmp(name, severity_name(severity)) == 0;
    }
    csv_integer(writer, num);
}

static void put_critical(struct csv_writer *writer, const json_t *domain)
{
    put_count_of(writer, domain, SEVERITY_CRITICAL);
}

static void put_high(struct csv_writer *writer, const json_t *domain)
{
    put_count_of(writer, domain, SEVERITY_HIGH);
}

static void put_medium(struct csv_writer *writer, const json_t *domain)
{
    put_count_of(writer, domain, SEVERITY_MEDIUM);
}

static void put_low(struct csv_writer *writer, const json_t *domain)
{
    put_count_of(writer, domain, SEVERITY_LOW);
}

static void put_findings(struct csv_writer *writer, const json_t *domain)
{
    struct list_text list = {.len = 0};
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(domain, "findings"), i, finding)
    {
        const char *code = string_of(finding, "code");
        add_item(&list, " ", code != NULL ? code : "?");
    }
    csv_text(writer, list.bytes, list.len);
}

static void put_evidence(struct csv_writer *writer, const json_t *domain)
{
    struct list_text list = {.len = 0};
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(domain, "findings"), i, finding)
    {
        char text[1024];
        const char *code = string_of(finding, "code"), *detail = string_of(finding, "detail");
        if (code != NULL && detail != NULL) {
            snprintf(text, sizeof(text), "%s: %s", code, detail);
            add_item(&list, " | ", text);
        }
    }
    csv_text(writer, list.bytes, list.len);
}

static void put_rua(struct csv_writer *writer, const json_t *domain)
{
    struct list_text list = {.len = 0};
    size_t i;
    json_t *rua;
    json_array_foreach(json_object_get(json_object_get(domain, "tls_rpt"), "rua"), i, rua)
    {
        add_item(&list, " ", json_string_value(rua) != NULL ? json_string_value(rua) : "?");
    }
    csv_text(writer, list.bytes, list.len);
}

/* ---- The table ---- */

/* A row of the list that is no domain has no verdict, so that no count of a column includes it. */
#define VERDICT true

/* A field of the record, or of an object in it; or what a function makes of the record. */
static const struct column {
    const char *name;
    const char *object; /* NULL: the record itself */
    const char *field;
    void (*put)(struct csv_writer *writer, const json_t *domain);
    bool is_verdict; /* on a domain */
} columns_of_ours[] = {
    {"line", NULL, "line", NULL, false},
    {"domain", NULL, "domain", NULL, false},
    {"input", NULL, "input", NULL, false},
    {"grade", NULL, "grade", NULL, VERDICT},
    {"score", NULL, "score", NULL, VERDICT},
    {"opportunistic_tls", NULL, "opportunistic_tls", NULL, VERDICT},
    {"enforced_tls", NULL, "enforced_tls", NULL, VERDICT},
    {"partial", NULL, "partial", NULL, VERDICT},
    {"critical", NULL, NULL, put_critical, false},
    {"high", NULL, NULL, put_high, false},
    {"medium", NULL, NULL, put_medium, false},
    {"low", NULL, NULL, put_low, false},
    {"findings", NULL, NULL, put_findings, false},
    {"evidence", NULL, NULL, put_evidence, false},
    {"mail", NULL, "mail", NULL, VERDICT},
    {"mx_hosts", NULL, NULL, put_mx_hosts, false},
    {"addresses", NULL, NULL, put_addresses, false},
    {"addresses_graded", NULL, NULL, put_addresses_graded, false},
    {"dns_outcome", "dns", "outcome", NULL, false},
    {"dnssec", "dns", "dnssec", NULL, VERDICT},
    {"dane", "dane", "status", NULL, VERDICT},
    {"mta_sts", "mta_sts", "status", NULL, VERDICT},
    {"mta_sts_mode", "mta_sts", "mode", NULL, VERDICT},
    {"mta_sts_id", "mta_sts", "id", NULL, VERDICT},
    {"mta_sts_max_age", "mta_sts", "max_age", NULL, VERDICT},
    {"tls_rpt", "tls_rpt", "status", NULL, VERDICT},
    {"tls_rpt_rua", NULL, NULL, put_rua, false},
    {"opportunistic_reason", NULL, "opportunistic_reason", NULL, false},
    {"enforced_reason", NULL, "enforced_reason", NULL, false},
    {"policy", NULL, "policy", NULL, false},
    {"policy_digest", NULL, "policy_digest", NULL, false},
};

#define NUM_COLUMNS (sizeof(columns_of_ours) / sizeof(columns_of_ours[0]))

static void put_value(struct csv_writer *writer, const json_t *value)
{
    if (json_is_string(value)) {
        csv_text(writer, json_string_value(value), json_string_length(value));
    } else if (json_is_integer(value)) {
        csv_integer(writer, json_integer_value(value));
    } else if (json_is_boolean(value)) {
        csv_text(writer, json_is_true(value) ? "true" : "false", json_is_true(value) ? 4 : 5);
    } else {
        csv_empty(writer);
    }
}

void csv_domain_header(struct csv_writer *writer, const struct csv_input_columns *columns)
{
    for (size_t i = 0; i < NUM_COLUMNS; i++) {
        csv_text(writer, columns_of_ours[i].name, strlen(columns_of_ours[i].name));
    }
    for (size_t i = 0; i < columns->num_names; i++) {
        char name[COLUMN_NAME_MAX];
        int len = snprintf(name, sizeof(name), "input.%s", columns->names[i]);
        csv_text(writer, name, len > 0 && (size_t)len < sizeof(name) ? (size_t)len : strlen(name));
    }
    csv_end_row(writer);
}

void csv_domain_row(struct csv_writer *writer, const json_t *domain,
                    const struct csv_input_columns *columns)
{
    const json_t *fields = json_object_get(domain, "input_fields");
    bool is_domain = json_is_string(json_object_get(domain, "domain"));
    for (size_t i = 0; i < NUM_COLUMNS; i++) {
        const struct column *column = &columns_of_ours[i];
        const json_t *object =
            column->object != NULL ? json_object_get(domain, column->object) : domain;
        if (column->is_verdict && !is_domain) {
            csv_empty(writer);
        } else if (column->put != NULL) {
            column->put(writer, domain);
        } else {
            put_value(writer, json_object_get(object, column->field));
        }
    }
    for (size_t i = 0; i < columns->num_names; i++) {
        put_value(writer, json_object_get(fields, columns->names[i]));
    }
    csv_end_row(writer);
}

/* ---- The list's columns ---- */

void csv_input_columns_init(struct csv_input_columns *columns)
{
    columns->num_names = 0;
}

void csv_input_columns_fini(struct csv_input_columns *columns)
{
    for (size_t i = 0; i < columns->num_names; i++) {
        free(columns->names[i]);
    }
    columns->num_names = 0;
}

static bool has_column(const struct csv_input_columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->num_names; i++) {
        if (strcmp(columns->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

bool csv_input_columns_add(struct csv_input_columns *columns, const json_t *domain)
{
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(domain, "input_fields"), name, value)
    {
        if (has_column(columns, name)) {
            continue;
        }
        char *copy = columns->num_names < CSV_INPUT_COLUMNS_MAX ? strdup(name) : NULL;
        if (copy == NULL) {
            return false;
        }
        columns->names[columns->num_names++] = copy;
    }
    return true;
}
