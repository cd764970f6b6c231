#include "output/report/report_fields.h"

#include <stdint.h>

#define NAMES_MAX 32 /* of a certificate; some list hundreds of customers */

enum kind {
    KIND_OWN,         /* as it is: it differs from record to record */
    KIND_COMMON,      /* its number among the common values */
    KIND_FINDINGS,    /* [code, severity, detail] each, the first two common */
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
    {"started", KIND_OWN},
};

static const struct field certificate_fields[] = {
    {"subject", KIND_OWN},       {"issuer", KIND_COMMON},      {"names", KIND_NAMES},
    {"not_before", KIND_OWN},    {"not_after", KIND_OWN},      {"days_left", KIND_OWN},
    {"key", KIND_COMMON},        {"key_bits", KIND_OWN},       {"signature", KIND_COMMON},
    {"chain_length", KIND_OWN},  {"trusted", KIND_COMMON},     {"trusted_reason", KIND_COMMON},
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
    {"findings", KIND_FINDINGS},
};

static const struct field mx_fields[] = {
    {"preference", KIND_OWN}, {"outcome", KIND_COMMON}, {"grade", KIND_COMMON},
    {"dnssec", KIND_COMMON},  {"dane", KIND_COMMON},    {"mta_sts", KIND_COMMON},
    {"caa", KIND_COMMON},
};

#define ARRAY(fields)                                                                              \
    {                                                                                              \
        fields, sizeof(fields) / sizeof((fields)[0])                                               \
    }

static const struct {
    const struct field *fields;
    size_t num_fields;
} tables[] = {
    [REPORT_OF_ENDPOINT] = ARRAY(endpoint_fields),
    [REPORT_OF_CERTIFICATE] = ARRAY(certificate_fields),
    [REPORT_OF_DOMAIN] = ARRAY(domain_fields),
    [REPORT_OF_MX] = ARRAY(mx_fields),
};

/* As the script knows them: it need not care where a certificate stood or how many names it had. */
static const char *kind_name(enum kind kind)
{
    switch (kind) {
    case KIND_OWN:
    case KIND_NAMES:
        return "own";
    case KIND_COMMON:
        return "common";
    case KIND_FINDINGS:
        return "findings";
    case KIND_CERTIFICATE:
    case KIND_SECOND:
        return "certificate";
    }
    return "own";
}

json_t *report_fields_names(enum report_fields_of which)
{
    json_t *names = json_array();
    for (size_t i = 0; names != NULL && i < tables[which].num_fields; i++) {
        const struct field *field = &tables[which].fields[i];
        if (json_array_append_new(names, json_pack("[ss]", field->name, kind_name(field->kind))) !=
            0) {
            json_decref(names);
            names = NULL;
        }
    }
    return names;
}

/* ---- Values ---- */

/* An array of what each element becomes; stops and returns NULL when one cannot be made. */
static json_t *map(json_t *array, size_t max,
                   json_t *(*make)(json_t *element, struct report_values *common),
                   struct report_values *common)
{
    json_t *made = json_array();
    size_t num = json_array_size(array);
    for (size_t i = 0; made != NULL && i < num && i < max; i++) {
        if (json_array_append_new(made, make(json_array_get(array, i), common)) != 0) {
            json_decref(made);
            made = NULL;
        }
    }
    return made;
}

static json_t *own(json_t *value, struct report_values *common)
{
    (void)common;
    return value != NULL ? json_incref(value) : json_null();
}

static json_t *finding(json_t *value, struct report_values *common)
{
    return json_pack("[ooo]", report_values_add(common, json_object_get(value, "code")),
                     report_values_add(common, json_object_get(value, "severity")),
                     own(json_object_get(value, "detail"), common));
}

static json_t *value_of(json_t *value, enum kind kind, struct report_values *common)
{
    switch (kind) {
    case KIND_OWN:
        return own(value, common);
    case KIND_COMMON:
        return report_values_add(common, value);
    case KIND_FINDINGS:
        return map(value, SIZE_MAX, finding, common);
    case KIND_NAMES:
        return map(value, NAMES_MAX, own, common);
    case KIND_CERTIFICATE:
        return json_is_object(value) ? report_fields_pick(value, REPORT_OF_CERTIFICATE, common)
                                     : json_null();
    case KIND_SECOND:
        return value_of(json_array_get(value, 1), KIND_CERTIFICATE, common);
    }
    return json_null();
}

json_t *report_fields_pick(json_t *record, enum report_fields_of which,
                           struct report_values *common)
{
    json_t *row = json_array();
    for (size_t i = 0; row != NULL && i < tables[which].num_fields; i++) {
        const struct field *field = &tables[which].fields[i];
        json_t *value = value_of(json_object_get(record, field->name), field->kind, common);
        if (json_array_append_new(row, value) != 0) {
            json_decref(row);
            row = NULL;
        }
    }
    return row;
}
