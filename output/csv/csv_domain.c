#include "output/csv/csv_domain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/record/record_enum.h"
#include "output/record/record_field.h"

#define LIST_TEXT_MAX   32768 /* a spreadsheet cell holds 32,767 characters */
#define COLUMN_NAME_MAX 1024  /* a name in a record has at most 264 characters of 3 bytes */

/* ---- Text that is put together ---- */

struct list_text {
    size_t len;
    char bytes[LIST_TEXT_MAX];
};

/* Nothing but its first byte is cleared: there are several of these in each row. */
static void begin_list(struct list_text *list)
{
    list->len = 0;
    list->bytes[0] = '\0';
}

/* What does not fit is left out, from the item that is too much on. */
static void add_item(struct list_text *list, const char *separator, const char *text)
{
    size_t separator_len = list->len > 0 ? strlen(separator) : 0, len = strlen(text);
    char *end = list->bytes + list->len;
    if (separator_len + len < sizeof(list->bytes) - list->len) {
        memcpy(end, separator, separator_len);
        memcpy(end + separator_len, text, len + 1);
        list->len += separator_len + len;
    }
}

/* ---- Columns that are more than a field ---- */

static void put_list(const struct row_writer *writer, const struct list_text *list)
{
    row_text(writer, list->bytes, list->len);
}

static void put_mx_hosts(const struct row_writer *writer, const struct domain_record *domain)
{
    struct list_text list;
    begin_list(&list);
    for (size_t i = 0; i < domain->num_mx; i++) {
        const char *host = domain->mx[i].host.bytes;
        add_item(&list, " ", host != NULL ? host : "?");
    }
    put_list(writer, &list);
}

/* Addresses of all hosts. */
static void put_addresses(const struct row_writer *writer, const struct domain_record *domain)
{
    size_t num = 0;
    for (size_t i = 0; i < domain->num_mx; i++) {
        num += domain->mx[i].num_endpoints;
    }
    row_integer(writer, (int64_t)num);
}

/* Those that were given a letter. */
static void put_addresses_graded(const struct row_writer *writer,
                                 const struct domain_record *domain)
{
    int64_t num = 0;
    for (size_t i = 0; i < domain->num_mx; i++) {
        const struct mx_record *mx = &domain->mx[i];
        for (size_t k = 0; k < mx->num_endpoints; k++) {
            num += mx->endpoints[k].grade != GRADE_U;
        }
    }
    row_integer(writer, num);
}

static void put_count_of(const struct row_writer *writer, const struct domain_record *domain,
                         enum severity severity)
{
    int64_t num = 0;
    for (size_t i = 0; i < domain->num_findings; i++) {
        num += domain->findings[i].severity == severity;
    }
    row_integer(writer, num);
}

static void put_critical(const struct row_writer *writer, const struct domain_record *domain)
{
    put_count_of(writer, domain, SEVERITY_CRITICAL);
}

static void put_high(const struct row_writer *writer, const struct domain_record *domain)
{
    put_count_of(writer, domain, SEVERITY_HIGH);
}

static void put_medium(const struct row_writer *writer, const struct domain_record *domain)
{
    put_count_of(writer, domain, SEVERITY_MEDIUM);
}

static void put_low(const struct row_writer *writer, const struct domain_record *domain)
{
    put_count_of(writer, domain, SEVERITY_LOW);
}

static void put_findings(const struct row_writer *writer, const struct domain_record *domain)
{
    struct list_text list;
    begin_list(&list);
    for (size_t i = 0; i < domain->num_findings; i++) {
        const char *code = domain->findings[i].code;
        add_item(&list, " ", code != NULL ? code : "?");
    }
    put_list(writer, &list);
}

/* Empty where it is the letter itself. */
static void put_accepted_grade(const struct row_writer *writer, const struct domain_record *domain)
{
    const struct accepted_grade *accepted = &domain->accepted_grade;
    const char *text = accepted->until != NULL ? grade_name(accepted->grade) : "";
    row_text(writer, text, strlen(text));
}

static void put_accepted_until(const struct row_writer *writer, const struct domain_record *domain)
{
    const char *until = domain->accepted_grade.until;
    row_text(writer, until != NULL ? until : "", until != NULL ? strlen(until) : 0);
}

static void put_accepted(const struct row_writer *writer, const struct domain_record *domain)
{
    struct list_text list;
    begin_list(&list);
    for (size_t i = 0; i < domain->num_findings; i++) {
        const struct finding *finding = &domain->findings[i];
        if (finding->accepted.until != NULL) {
            add_item(&list, " ", finding->code != NULL ? finding->code : "?");
        }
    }
    put_list(writer, &list);
}

static void put_evidence(const struct row_writer *writer, const struct domain_record *domain)
{
    struct list_text list;
    begin_list(&list);
    for (size_t i = 0; i < domain->num_findings; i++) {
        char text[1024];
        const struct finding *finding = &domain->findings[i];
        if (finding->code != NULL && finding->detail != NULL) {
            snprintf(text, sizeof(text), "%s: %s", finding->code, finding->detail);
            add_item(&list, " | ", text);
        }
    }
    put_list(writer, &list);
}

static void put_rua(const struct row_writer *writer, const struct domain_record *domain)
{
    struct list_text list;
    begin_list(&list);
    for (size_t i = 0; i < domain->tls_rpt.num_rua; i++) {
        add_item(&list, " ", domain->tls_rpt.rua[i].bytes);
    }
    put_list(writer, &list);
}

static void put_open(const struct row_writer *writer, const struct domain_record *domain)
{
    struct list_text list;
    begin_list(&list);
    for (unsigned i = 0; i < QUESTION_COUNT; i++) {
        if ((domain->open & QUESTION_BIT(i)) != 0) {
            add_item(&list, " ", record_enum_name(&record_question, i));
        }
    }
    put_list(writer, &list);
}

/* ---- In the policy's words ---- */

static const char *worst_code(const struct finding_rule *rule)
{
    return rule->code;
}

static const char *worst_title(const struct finding_rule *rule)
{
    return rule->title;
}

static const char *worst_remedy(const struct finding_rule *rule)
{
    return rule->remedy;
}

/* ---- The table ---- */

/* A row of the list that is no domain has no verdict, so that no count of a column includes it. */
#define VERDICT true

/* A field of the record, or of a part of it; or what a function makes of the record. */
static const struct column {
    const char *name;
    const char *object; /* the part; NULL: the record itself */
    const char *field;
    void (*put)(const struct row_writer *writer, const struct domain_record *domain);
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
    {"open", NULL, NULL, put_open, false},
    {"spf", "spf", "status", NULL, VERDICT},
    {"spf_all", "spf", "all", NULL, VERDICT},
    {"dmarc", "dmarc", "status", NULL, VERDICT},
    {"dmarc_policy", "dmarc", "policy", NULL, VERDICT},
    {"accepted_grade", NULL, NULL, put_accepted_grade, false},
    {"accepted_until", NULL, NULL, put_accepted_until, false},
    {"accepted_findings", NULL, NULL, put_accepted, false},
};

#define NUM_COLUMNS (sizeof(columns_of_ours) / sizeof(columns_of_ours[0]))

/* What the policy says of the finding that matters most; behind those above. */
static const struct worst_column {
    const char *name;
    const char *(*text)(const struct finding_rule *rule);
} worst_columns[] = {
    {"worst_finding", worst_code},
    {"worst_title", worst_title},
    {"worst_remedy", worst_remedy},
};

#define NUM_WORST (sizeof(worst_columns) / sizeof(worst_columns[0]))

static void put_text(const struct row_writer *writer, struct text text)
{
    if (text.bytes != NULL) {
        row_text(writer, text.bytes, text.len);
    } else {
        row_empty(writer);
    }
}

static void put_string(const struct row_writer *writer, const char *string)
{
    put_text(writer, (struct text){string, string != NULL ? strlen(string) : 0});
}

/* A cell by a row of the table of fields. What is no single value has none. */
static void put_field(const struct row_writer *writer, const struct record_field *field,
                      const void *record)
{
    const void *at = record_field_at(field, record);
    if (!record_field_is_there(field, record)) {
        row_empty(writer);
        return;
    }
    switch ((enum field_kind)field->kind) {
    case FIELD_STRING:
        put_string(writer, *(const char *const *)at);
        break;
    case FIELD_TEXT:
        put_text(writer, *(const struct text *)at);
        break;
    case FIELD_BOOLEAN:
        put_string(writer, *(const bool *)at ? "true" : "false");
        break;
    case FIELD_COUNT:
        row_integer(writer, (int64_t)record_count(field, at));
        break;
    case FIELD_INTEGER:
        row_integer(writer, record_integer(field, at));
        break;
    case FIELD_VERDICT:
        put_string(writer, record_enum_name(&record_verdict, ((const struct verdict *)at)->value));
        break;
    case FIELD_ENUM:
        put_string(writer, record_enum_name(field->values, (unsigned)record_count(field, at)));
        break;
    default:
        row_empty(writer);
        break;
    }
}

static void put_column(const struct row_writer *writer, const struct column *column,
                       const struct domain_record *domain)
{
    const struct record_object *object = &record_of_domain;
    const void *record = domain;
    if (column->put != NULL) {
        column->put(writer, domain);
        return;
    }
    if (column->object != NULL) {
        const struct record_field *part = record_field_find(object, column->object);
        object = part->object;
        record = record_field_at(part, record);
    }
    put_field(writer, record_field_find(object, column->field), record);
}

/* ---- Rows ---- */

void csv_domain_header(const struct row_writer *writer, const struct csv_input_columns *columns)
{
    for (size_t i = 0; i < NUM_COLUMNS; i++) {
        put_string(writer, columns_of_ours[i].name);
    }
    for (size_t i = 0; i < NUM_WORST; i++) {
        put_string(writer, worst_columns[i].name);
    }
    for (size_t i = 0; i < columns->num_names; i++) {
        char name[COLUMN_NAME_MAX] = "input.";
        const size_t start = strlen(name);
        size_t len = columns->names[i].len;
        len = len < sizeof(name) - start ? len : sizeof(name) - start;
        memcpy(name + start, columns->names[i].bytes, len);
        row_text(writer, name, start + len);
    }
    row_end(writer);
}

static bool is_same_text(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}

/* Most rows have all columns, in their order: that of the column's own number is tried first. */
static struct text value_of_column(const struct domain_record *domain, struct text name,
                                   size_t number)
{
    if (number < domain->num_fields && is_same_text(domain->fields[number].name, name)) {
        return domain->fields[number].value;
    }
    for (size_t i = 0; i < domain->num_fields; i++) {
        if (is_same_text(domain->fields[i].name, name)) {
            return domain->fields[i].value;
        }
    }
    return (struct text){NULL, 0};
}

void csv_domain_row(const struct row_writer *writer, const struct domain_record *domain,
                    const struct csv_input_columns *columns, csv_worst *worst)
{
    for (size_t i = 0; i < NUM_COLUMNS; i++) {
        if (columns_of_ours[i].is_verdict && domain->domain == NULL) {
            row_empty(writer);
        } else {
            put_column(writer, &columns_of_ours[i], domain);
        }
    }
    const struct finding_rule *rule = worst(domain);
    for (size_t i = 0; i < NUM_WORST; i++) {
        put_string(writer, rule != NULL ? worst_columns[i].text(rule) : NULL);
    }
    for (size_t i = 0; i < columns->num_names; i++) {
        put_text(writer, value_of_column(domain, columns->names[i], i));
    }
    row_end(writer);
}

/* ---- The list's columns ---- */

void csv_input_columns_init(struct csv_input_columns *columns)
{
    columns->num_names = 0;
}

void csv_input_columns_fini(struct csv_input_columns *columns)
{
    for (size_t i = 0; i < columns->num_names; i++) {
        free((char *)columns->names[i].bytes);
    }
    columns->num_names = 0;
}

static bool has_column(const struct csv_input_columns *columns, struct text name)
{
    for (size_t i = 0; i < columns->num_names; i++) {
        if (is_same_text(columns->names[i], name)) {
            return true;
        }
    }
    return false;
}

bool csv_input_columns_add(struct csv_input_columns *columns, const struct domain_record *domain)
{
    for (size_t i = 0; i < domain->num_fields; i++) {
        struct text name = domain->fields[i].name;
        if ((i < columns->num_names && is_same_text(columns->names[i], name)) ||
            has_column(columns, name)) {
            continue;
        }
        char *copy = columns->num_names < CSV_INPUT_COLUMNS_MAX ? malloc(name.len + 1) : NULL;
        if (copy == NULL) {
            return false;
        }
        memcpy(copy, name.bytes, name.len);
        columns->names[columns->num_names++] = (struct text){copy, name.len};
    }
    return true;
}
