/*
 * The closed sets of values that records name. A value is printed, read, listed in the schema and
 * explained in docs/records.md by its set, so that a new value is one row in record_enum.c.
 */
#ifndef MXGRADE_OUTPUT_RECORD_ENUM_H
#define MXGRADE_OUTPUT_RECORD_ENUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record_enum {
    const char *name;            /* in the schema */
    const char *const *values;   /* by number; the first is NULL where zero is printed as null */
    const char *const *meanings; /* by number, a few words each; NULL: the names say it */
    const uint8_t *order;        /* in which an object lists them; NULL: by number */
    unsigned num_values;
};

extern const struct record_enum record_verdict, record_outcome, record_grade, record_severity,
    record_question, record_certificate_problem, record_ocsp_status, record_ocsp_problem,
    record_chain_note, record_sct_source, record_tls_version, record_weak_class, record_tls_list,
    record_client_certificate, record_cipher_preference, record_plaintext_mail, record_dane_status,
    record_domain_form, record_mail_kind, record_opportunistic_tls, record_enforced_tls,
    record_mta_sts_status, record_mta_sts_host, record_spf_all, record_dmarc_policy,
    record_void_reason, record_doctor_subject, record_doctor_status, record_enforce_level,
    record_enforce_names;

/* All of them. */
extern const struct record_enum *const record_enums[];
extern const size_t record_num_enums;

/* The name of a value, NULL where it is printed as null. A number out of range has the first one's.
 */
static inline const char *record_enum_name(const struct record_enum *values, unsigned number)
{
    return values->values[number < values->num_values ? number : 0];
}

/* The number of a name of `len` bytes; false: it is not in the set. */
bool record_enum_find(const struct record_enum *values, const char *name, size_t len,
                      unsigned *out_number);

#endif
