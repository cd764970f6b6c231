#include "output/record/record_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/record/field.h"

/* ---- The supplier's columns ---- */

/* The name of a column as it stands in the record, as JSON. */
struct column_name {
    char *json;
    size_t len;
};

static struct text name_of(const struct input_field *field)
{
    return field->name.bytes != NULL ? field->name : (struct text){"", 0};
}

static size_t earlier_of_same_name(const struct input_field *fields, size_t index)
{
    struct text name = name_of(&fields[index]);
    size_t num = 0;
    for (size_t i = 0; i < index; i++) {
        struct text earlier = name_of(&fields[i]);
        num += earlier.len == name.len && memcmp(earlier.bytes, name.bytes, name.len) == 0;
    }
    return num;
}

static bool is_taken(const struct column_name *names, size_t num, const struct column_name *name)
{
    for (size_t i = 0; i < num; i++) {
        if (names[i].len == name->len && memcmp(names[i].json, name->json, name->len) == 0) {
            return true;
        }
    }
    return false;
}

#define COLUMN_NAME_MAX (NAME_TEXT_MAX + 24) /* a name and "_2" */

/* `name` with its number, but for the first, in `room`. */
static struct text numbered_name(struct text name, size_t number, char room[COLUMN_NAME_MAX])
{
    if (number < 2) {
        return name;
    }
    size_t len = name.len < NAME_TEXT_MAX ? name.len : NAME_TEXT_MAX;
    memcpy(room, name.bytes, len);
    int digits = snprintf(room + len, COLUMN_NAME_MAX - len, "_%zu", number);
    return (struct text){room, len + (digits > 0 ? (size_t)digits : 0)};
}

/*
 * Names that recur, or come out alike once they are made valid and cut, get _2, _3, so that no
 * value is lost to a parser that keeps the last. Writes the key; false on lack of memory.
 */
static bool name_column(struct json_writer *writer, const struct input_field *fields, size_t index,
                        struct column_name *names)
{
    char room[COLUMN_NAME_MAX];
    struct column_name *name = &names[index];
    for (size_t number = 1 + earlier_of_same_name(fields, index);; number++) {
        struct text key = numbered_name(name_of(&fields[index]), number, room);
        size_t max_bytes = number < 2 ? NAME_TEXT_MAX : COLUMN_NAME_MAX;
        struct json_writer alone;
        json_writer_init(&alone);
        json_text(&alone, key, max_bytes);
        name->json = json_writer_take(&alone, &name->len);
        if (name->json == NULL) {
            return false;
        }
        if (!is_taken(names, index, name)) {
            json_key_text(writer, key, max_bytes);
            return true;
        }
        free(name->json);
        name->json = NULL;
    }
}

static void field_input_fields(struct json_writer *writer, const struct domain_record *record)
{
    struct column_name *names = calloc(record->num_fields + 1, sizeof(*names));
    bool ok = names != NULL;
    json_key(writer, "input_fields");
    json_open_object(writer);
    for (size_t i = 0; ok && i < record->num_fields; i++) {
        ok = name_column(writer, record->fields, i, names);
        if (ok) {
            json_text(writer, record->fields[i].value, INPUT_TEXT_MAX);
        }
    }
    json_close_object(writer);
    for (size_t i = 0; names != NULL && i < record->num_fields; i++) {
        free(names[i].json);
    }
    free(names);
    if (!ok) {
        json_writer_fail(writer);
    }
}

/* ---- MX hosts ---- */

static void field_mx_endpoints(struct json_writer *writer, const struct mx_record *mx)
{
    json_key(writer, "endpoints");
    json_open_array(writer);
    for (size_t i = 0; i < mx->num_endpoints; i++) {
        const struct mx_endpoint *endpoint = &mx->endpoints[i];
        json_open_object(writer);
        field_string(writer, "address", endpoint->address);
        field_uint(writer, "port", endpoint->port);
        field_string(writer, "outcome", outcome_name(endpoint->outcome));
        field_grade(writer, endpoint->grade, endpoint->score);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void value_mx(struct json_writer *writer, const struct mx_record *mx)
{
    json_open_object(writer);
    json_key(writer, "preference");
    if (mx->preference < 0) {
        json_put_null(writer);
    } else {
        json_int(writer, mx->preference);
    }
    field_text(writer, "host", mx->host, NAME_TEXT_MAX);
    field_string(writer, "outcome", outcome_name(mx->outcome));
    field_string(writer, "grade", grade_name(mx->grade));
    field_verdict(writer, "dnssec", mx->dnssec);
    field_string(writer, "dane", dane_status_name(mx->dane));
    field_string(writer, "mta_sts", mta_sts_host_name(mx->mta_sts));
    field_strings(writer, "caa", mx->caa, mx->num_caa);
    field_mx_endpoints(writer, mx);
    json_close_object(writer);
}

static void field_mail(struct json_writer *writer, const struct domain_record *record)
{
    field_string(writer, "mail", mail_kind_name(record->mail));
    json_key(writer, "dns");
    json_open_object(writer);
    field_string(writer, "outcome", outcome_name(record->dns_outcome));
    field_verdict(writer, "dnssec", record->dnssec);
    json_close_object(writer);
    json_key(writer, "mx");
    json_open_array(writer);
    for (size_t i = 0; i < record->num_mx; i++) {
        value_mx(writer, &record->mx[i]);
    }
    json_close_array(writer);
}

static void field_mta_sts(struct json_writer *writer, const struct mta_sts_record *mta_sts)
{
    json_key(writer, "mta_sts");
    json_open_object(writer);
    field_string(writer, "status", mta_sts_status_name(mta_sts->status));
    field_string(writer, "mode", mta_sts->mode);
    field_string(writer, "id", mta_sts->id);
    json_key(writer, "max_age");
    if (mta_sts->max_age < 0) {
        json_put_null(writer);
    } else {
        json_int(writer, mta_sts->max_age);
    }
    field_strings(writer, "mx", mta_sts->mx, mta_sts->num_mx);
    field_strings(writer, "problems", mta_sts->problems, mta_sts->num_problems);
    json_close_object(writer);
}

static void field_tls_rpt(struct json_writer *writer, const struct tls_rpt_record *tls_rpt)
{
    json_key(writer, "tls_rpt");
    json_open_object(writer);
    field_verdict(writer, "status", tls_rpt->status);
    json_key(writer, "rua");
    json_open_array(writer);
    for (size_t i = 0; i < tls_rpt->num_rua; i++) {
        json_text(writer, tls_rpt->rua[i], LINE_TEXT_MAX);
    }
    json_close_array(writer);
    field_strings(writer, "problems", tls_rpt->problems, tls_rpt->num_problems);
    json_close_object(writer);
}

static void field_services(struct json_writer *writer, const struct domain_record *record)
{
    json_key(writer, "services");
    json_open_array(writer);
    for (size_t i = 0; i < record->num_services; i++) {
        const struct service_record *service = &record->services[i];
        json_open_object(writer);
        field_string(writer, "service", service->service);
        field_string(writer, "offered", tri_name(service->offered));
        field_string(writer, "lookup", outcome_name(service->lookup));
        field_text(writer, "host", service->host.host, NAME_TEXT_MAX);
        field_uint_or_null(writer, "port", service->port);
        field_string(writer, "outcome", outcome_name(service->host.outcome));
        field_string(writer, "grade", grade_name(service->host.grade));
        field_mx_endpoints(writer, &service->host);
        json_close_object(writer);
    }
    json_close_array(writer);
}

void record_json_domain(struct json_writer *writer, const struct domain_record *record)
{
    json_open_object(writer);
    field_string(writer, "type", "domain");
    field_string(writer, "domain", record->domain);
    field_text(writer, "input", record->input, INPUT_TEXT_MAX);
    field_uint(writer, "line", record->line);
    field_input_fields(writer, record);
    field_mail(writer, record);
    field_services(writer, record);
    field_string(writer, "opportunistic_tls", opportunistic_tls_name(record->opportunistic));
    field_string(writer, "opportunistic_reason", record->opportunistic_reason);
    field_string(writer, "enforced_tls", enforced_tls_name(record->enforced));
    field_string(writer, "enforced_reason", record->enforced_reason);
    json_key(writer, "dane");
    json_open_object(writer);
    field_string(writer, "status", dane_status_name(record->dane));
    json_close_object(writer);
    field_mta_sts(writer, &record->mta_sts);
    field_tls_rpt(writer, &record->tls_rpt);
    field_grade(writer, record->grade, record->score);
    field_findings(writer, record->findings, record->num_findings);
    field_policy(writer, record->policy, record->policy_digest);
    field_bool(writer, "partial", record->partial);
    json_close_object(writer);
}
