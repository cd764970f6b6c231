#include "output/report/report_fields.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "output/record/record_json.h"
#include "output/record/record_parts.h"

#define NAMES_MAX 32 /* of a certificate; some list hundreds of customers */

enum kind {
    KIND_OWN,         /* as it is: it differs from record to record */
    KIND_COMMON,      /* its number among the common values */
    KIND_REASON,      /* why a verdict is unknown, as a common value */
    KIND_FINDINGS,    /* [code, severity, detail, accepted] each, all but the detail common */
    KIND_NAMES,       /* the first NAMES_MAX */
    KIND_CERTIFICATE, /* by its own table */
    KIND_SECOND,      /* the second of the two certificates of a server that has two */
};

struct field {
    const char *name; /* in the record */
    enum kind kind;
};

static const struct field endpoint_fields[] = {
    {"address", KIND_OWN},
    {"port", KIND_OWN},
    {"service", KIND_COMMON},
    {"outcome", KIND_COMMON},
    {"outcome_detail", KIND_COMMON},
    {"reply", KIND_OWN},
    {"attempts", KIND_OWN},
    {"banner", KIND_OWN},
    {"starttls", KIND_COMMON},
    {"inconsistent", KIND_OWN},
    {"login_before_tls", KIND_COMMON},
    {"tls", KIND_COMMON},
    {"certificate", KIND_CERTIFICATE},
    {"certificates", KIND_SECOND},
    {"injection", KIND_COMMON},
    {"plaintext_mail", KIND_COMMON},
    {"requiretls", KIND_COMMON},
    {"dane", KIND_COMMON},
    {"profiles", KIND_COMMON},
    {"grade", KIND_COMMON},
    {"score", KIND_OWN},
    {"findings", KIND_FINDINGS},
    {"open", KIND_COMMON},
    {"started", KIND_OWN},
};

static const struct field certificate_fields[] = {
    {"subject", KIND_OWN},       {"issuer", KIND_COMMON},      {"names", KIND_NAMES},
    {"not_before", KIND_OWN},    {"not_after", KIND_OWN},      {"days_left", KIND_OWN},
    {"key", KIND_COMMON},        {"key_bits", KIND_OWN},       {"signature", KIND_COMMON},
    {"chain_length", KIND_OWN},  {"trusted", KIND_COMMON},     {"trusted", KIND_REASON},
    {"name_match", KIND_COMMON}, {"problems", KIND_COMMON},    {"chain_notes", KIND_COMMON},
    {"sha256", KIND_OWN},        {"ocsp_staple", KIND_COMMON}, {"sct", KIND_COMMON},
};

static const struct field domain_fields[] = {
    {"line", KIND_OWN},
    {"dns", KIND_COMMON},
    {"opportunistic_reason", KIND_COMMON},
    {"enforced_reason", KIND_COMMON},
    {"dane", KIND_COMMON},
    {"mta_sts", KIND_COMMON},
    {"tls_rpt", KIND_COMMON},
    {"spf", KIND_COMMON},
    {"dmarc", KIND_COMMON},
    {"open", KIND_COMMON},
    {"findings", KIND_FINDINGS},
};

static const struct field mx_fields[] = {
    {"preference", KIND_OWN}, {"outcome", KIND_COMMON}, {"grade", KIND_COMMON},
    {"dnssec", KIND_COMMON},  {"dane", KIND_COMMON},    {"mta_sts", KIND_COMMON},
    {"caa", KIND_COMMON},
};

#define ROWS(fields) (fields), sizeof(fields) / sizeof((fields)[0])

static const struct {
    const struct record_object *object;
    const struct field *fields;
    size_t num_fields;
} tables[REPORT_TABLES] = {
    [REPORT_OF_ENDPOINT] = {&record_of_endpoint, ROWS(endpoint_fields)},
    [REPORT_OF_CERTIFICATE] = {&record_of_certificate, ROWS(certificate_fields)},
    [REPORT_OF_DOMAIN] = {&record_of_domain, ROWS(domain_fields)},
    [REPORT_OF_MX] = {&record_of_mx, ROWS(mx_fields)},
};

/* ---- Names ---- */

/* As the script knows them: it need not care where a certificate stood or how many names it had. */
static const char *kind_name(enum kind kind)
{
    switch (kind) {
    case KIND_OWN:
    case KIND_NAMES:
        return "own";
    case KIND_COMMON:
    case KIND_REASON:
        return "common";
    case KIND_FINDINGS:
        return "findings";
    case KIND_CERTIFICATE:
    case KIND_SECOND:
        return "certificate";
    }
    return "own";
}

/* A reason's name is that of its verdict with "_reason" behind it. */
static void put_name(struct json_writer *out, const struct record_object *object,
                     const struct field *field)
{
    const struct record_field *row = record_field_find(object, field->name);
    struct text name = {record_field_name(row), record_field_name_len(row)};
    if (field->kind == KIND_REASON) {
        name = (struct text){row->reason_key + 1, strlen(row->reason_key) - strlen("\"\":")};
    }
    json_text(out, name, SIZE_MAX);
}

void report_fields_names(enum report_fields_of which, struct json_writer *out)
{
    json_open_array(out);
    for (size_t i = 0; i < tables[which].num_fields; i++) {
        const struct field *field = &tables[which].fields[i];
        json_open_array(out);
        put_name(out, tables[which].object, field);
        json_put_string(out, kind_name(field->kind));
        json_close_array(out);
    }
    json_close_array(out);
}

/* ---- Values ---- */

void report_common_init(struct report_common *common)
{
    report_values_init(&common->values);
    json_writer_init(&common->one);
    for (size_t which = 0; which < REPORT_TABLES; which++) {
        assert(tables[which].num_fields <= REPORT_FIELDS_MAX);
        for (size_t i = 0; i < tables[which].num_fields; i++) {
            common->rows[which][i] =
                record_field_find(tables[which].object, tables[which].fields[i].name);
        }
    }
}

void report_common_fini(struct report_common *common)
{
    report_values_fini(&common->values);
    json_writer_fini(&common->one);
}

static void put_common_string(struct report_common *common, const char *string,
                              struct json_writer *out)
{
    json_writer_clear(&common->one);
    json_put_string(&common->one, string);
    report_values_put(&common->values, &common->one, out);
}

static void put_common(const struct record_field *field, const void *record,
                       struct report_common *common, struct json_writer *out)
{
    json_writer_clear(&common->one);
    record_json_value(&common->one, field, record);
    report_values_put(&common->values, &common->one, out);
}

static void put_reason(const struct record_field *field, const void *record,
                       struct report_common *common, struct json_writer *out)
{
    const struct verdict *verdict = record_field_at(field, record);
    bool has_reason = record_field_is_there(field, record) && verdict->value == TRI_UNKNOWN;
    put_common_string(common, has_reason ? outcome_name(verdict->reason) : NULL, out);
}

static void put_findings(const struct finding *findings, size_t num, struct report_common *common,
                         struct json_writer *out)
{
    const struct record_field *accepted = record_field_find(&record_of_finding, "accepted");
    json_open_array(out);
    for (size_t i = 0; i < num; i++) {
        json_open_array(out);
        put_common_string(common, findings[i].code, out);
        put_common_string(common, severity_name(findings[i].severity), out);
        json_put_string(out, findings[i].detail);
        put_common(accepted, &findings[i], common, out);
        json_close_array(out);
    }
    json_close_array(out);
}

static void put_texts(const struct text *texts, size_t num, struct json_writer *out)
{
    json_open_array(out);
    for (size_t i = 0; i < num && i < NAMES_MAX; i++) {
        json_text(out, texts[i], SIZE_MAX);
    }
    json_close_array(out);
}

static void put_certificate(const struct certificate_record *certificate,
                            struct report_common *common, struct json_writer *out)
{
    if (certificate != NULL) {
        report_fields_pick(certificate, REPORT_OF_CERTIFICATE, common, out);
    } else {
        json_put_null(out);
    }
}

static void put_value(enum kind kind, const struct record_field *field, const void *record,
                      struct report_common *common, struct json_writer *out)
{
    const void *at = record_field_at(field, record);
    switch (kind) {
    case KIND_OWN:
        record_json_value(out, field, record);
        break;
    case KIND_COMMON:
        put_common(field, record, common, out);
        break;
    case KIND_REASON:
        put_reason(field, record, common, out);
        break;
    case KIND_FINDINGS:
        put_findings(*(const struct finding *const *)at, record_field_count(field, record), common,
                     out);
        break;
    case KIND_NAMES:
        put_texts(*(const struct text *const *)at, record_field_count(field, record), out);
        break;
    case KIND_CERTIFICATE:
        put_certificate(*(const struct certificate_record *const *)at, common, out);
        break;
    case KIND_SECOND:
        put_certificate(record_field_second(field, record), common, out);
        break;
    }
}

void report_fields_pick(const void *record, enum report_fields_of which,
                        struct report_common *common, struct json_writer *out)
{
    json_open_array(out);
    for (size_t i = 0; i < tables[which].num_fields; i++) {
        put_value(tables[which].fields[i].kind, common->rows[which][i], record, common, out);
    }
    json_close_array(out);
}
