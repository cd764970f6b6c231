#include "output/record/record_enum.h"

#include <string.h>

#include "output/record/record.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

#define VALUES(of_name, in_schema, ...)                                                            \
    static const char *const of_name##_values[] = {__VA_ARGS__};                                   \
    const struct record_enum record_##of_name = {                                                  \
        .name = in_schema, .values = of_name##_values, .num_values = NUM(of_name##_values)}

/* ---- Answers and endings ---- */

VALUES(verdict, "verdict", [TRI_UNKNOWN] = "unknown", [TRI_NO] = "no", [TRI_YES] = "yes");

static const char *const outcome_values[] = {
#define X(constant, name, phase, text) [OUTCOME_##constant] = name,
    OUTCOME_TABLE(X)
#undef X
};
static const char *const outcome_meanings[] = {
#define X(constant, name, phase, text) [OUTCOME_##constant] = text,
    OUTCOME_TABLE(X)
#undef X
};
const struct record_enum record_outcome = {.name = "outcome",
                                           .values = outcome_values,
                                           .meanings = outcome_meanings,
                                           .num_values = OUTCOME_COUNT};

/* ---- Judgements ---- */

static const char *const grade_values[] = {
    [GRADE_U] = "U", [GRADE_N] = "N", [GRADE_A_PLUS] = "A+", [GRADE_A] = "A",
    [GRADE_B] = "B", [GRADE_C] = "C", [GRADE_D] = "D",       [GRADE_F] = "F",
};
static const char *const grade_meanings[] = {
    [GRADE_U] = "not graded: it could not be observed",
    [GRADE_N] = "the domain takes no mail",
    [GRADE_A_PLUS] = "strong TLS, and enforcement that works",
    [GRADE_A] = "strong TLS with a certificate valid for the MX name, or matched by DANE",
    [GRADE_B] = "encrypted and authenticated, with legacy left on",
    [GRADE_C] = "encrypted, but it cannot be authenticated, or weak cryptography is accepted",
    [GRADE_D] = "encrypted only sometimes, badly outdated, or enforcement breaks delivery",
    [GRADE_F] = "mail can only be sent in clear, or as good as",
};
static const uint8_t best_grade_first[] = {GRADE_A_PLUS, GRADE_A, GRADE_B, GRADE_C,
                                           GRADE_D,      GRADE_F, GRADE_U, GRADE_N};
const struct record_enum record_grade = {.name = "grade",
                                         .values = grade_values,
                                         .meanings = grade_meanings,
                                         .order = best_grade_first,
                                         .num_values = GRADE_COUNT};

VALUES(severity, "severity", "info", "low", "medium", "high", "critical");

static const char *const question_values[] = {
#define X(constant, name, meaning) [QUESTION_##constant] = name,
    QUESTION_TABLE(X)
#undef X
};
static const char *const question_meanings[] = {
#define X(constant, name, meaning) [QUESTION_##constant] = meaning,
    QUESTION_TABLE(X)
#undef X
};
const struct record_enum record_question = {.name = "question",
                                            .values = question_values,
                                            .meanings = question_meanings,
                                            .num_values = QUESTION_COUNT};

/* ---- Certificates ---- */

static const char *const certificate_problem_values[] = {
#define X(constant, name, meaning) [CERTIFICATE_##constant] = name,
    CERTIFICATE_PROBLEM_TABLE(X)
#undef X
};
static const char *const certificate_problem_meanings[] = {
#define X(constant, name, meaning) [CERTIFICATE_##constant] = meaning,
    CERTIFICATE_PROBLEM_TABLE(X)
#undef X
};
const struct record_enum record_certificate_problem = {.name = "certificate_problem",
                                                       .values = certificate_problem_values,
                                                       .meanings = certificate_problem_meanings,
                                                       .num_values = CERTIFICATE_PROBLEM_COUNT};

/* Without a response for the certificate there is nothing to say. */
VALUES(ocsp_status, "ocsp_status", [OCSP_STATUS_NONE] = NULL, [OCSP_STATUS_GOOD] = "good",
       [OCSP_STATUS_REVOKED] = "revoked", [OCSP_STATUS_UNKNOWN] = "unknown");

static const char *const ocsp_problem_values[] = {
#define X(constant, name, meaning) [OCSP_##constant] = name,
    OCSP_PROBLEM_TABLE(X)
#undef X
};
static const char *const ocsp_problem_meanings[] = {
#define X(constant, name, meaning) [OCSP_##constant] = meaning,
    OCSP_PROBLEM_TABLE(X)
#undef X
};
const struct record_enum record_ocsp_problem = {.name = "ocsp_problem",
                                                .values = ocsp_problem_values,
                                                .meanings = ocsp_problem_meanings,
                                                .num_values = OCSP_PROBLEM_COUNT};

static const char *const chain_note_values[] = {
#define X(constant, name, meaning) [CHAIN_##constant] = name,
    CHAIN_NOTE_TABLE(X)
#undef X
};
static const char *const chain_note_meanings[] = {
#define X(constant, name, meaning) [CHAIN_##constant] = meaning,
    CHAIN_NOTE_TABLE(X)
#undef X
};
const struct record_enum record_chain_note = {.name = "chain_note",
                                              .values = chain_note_values,
                                              .meanings = chain_note_meanings,
                                              .num_values = CHAIN_NOTE_COUNT};

VALUES(sct_source, "sct_source", "certificate", "tls_extension", "ocsp_staple");

/* ---- TLS ---- */

VALUES(tls_version, "tls_version", "SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3");

static const char *const weak_class_values[] = {
#define X(constant, name) [WEAK_##constant] = name,
    WEAK_CLASS_TABLE(X)
#undef X
};
const struct record_enum record_weak_class = {
    .name = "weak_class", .values = weak_class_values, .num_values = WEAK_CLASS_COUNT};

VALUES(tls_list, "tls_list", [TLS_LIST_GROUPS] = "groups", [TLS_LIST_CURVES] = "groups_tls12",
       [TLS_LIST_SUITES] = "suites");
VALUES(client_certificate, "client_certificate", "unknown", "none", "requested", "required");
VALUES(cipher_preference, "cipher_preference", "unknown", "server", "client");

/* ---- Mail and enforcement ---- */

VALUES(plaintext_mail, "plaintext_mail", "unknown", "accepted", "refused");
VALUES(dane_status, "dane_status", "unknown", "none", "valid", "mismatch", "unusable", "insecure",
       "temperror", "bogus", "partial");
VALUES(domain_form, "domain_form", NULL, "name", "mail_address", "url");
VALUES(mail_kind, "mail_kind", "unknown", "mx", "implicit", "null_mx", "none");
VALUES(opportunistic_tls, "opportunistic_tls", "unknown", "no", "partial", "yes");
VALUES(enforced_tls, "enforced_tls", "unknown", "none", "dane", "mta-sts", "both");
VALUES(mta_sts_status, "mta_sts_status", "unknown", "none", "enforce", "testing", "off", "broken",
       "invalid_record", "fetch_failed", "syntax_error", "mx_mismatch");

/* Where no policy asks anything of hosts there is nothing to say of one. */
VALUES(mta_sts_host, "mta_sts_host", [MTA_STS_HOST_NOT_ASKED] = NULL,
       [MTA_STS_HOST_UNOBSERVED] = "mx_unobserved", [MTA_STS_HOST_PASSES] = "pass",
       [MTA_STS_HOST_MISMATCH] = "mx_mismatch", [MTA_STS_HOST_NO_STARTTLS] = "mx_no_starttls",
       [MTA_STS_HOST_CERTIFICATE_INVALID] = "mx_certificate_invalid");
VALUES(spf_all, "spf_all", [SPF_ALL_NOT_SAID] = NULL, [SPF_ALL_PASS] = "pass",
       [SPF_ALL_NEUTRAL] = "neutral", [SPF_ALL_SOFTFAIL] = "softfail", [SPF_ALL_FAIL] = "fail");
VALUES(dmarc_policy, "dmarc_policy", [DMARC_NO_POLICY] = NULL, [DMARC_NONE] = "none",
       [DMARC_QUARANTINE] = "quarantine", [DMARC_REJECT] = "reject");

/* ---- The run ---- */

static const char *const void_reason_values[] = {
#define X(constant, name, meaning) [VOID_##constant] = name,
    VOID_REASON_TABLE(X)
#undef X
};
static const char *const void_reason_meanings[] = {
#define X(constant, name, meaning) [VOID_##constant] = meaning,
    VOID_REASON_TABLE(X)
#undef X
};
const struct record_enum record_void_reason = {.name = "void_reason",
                                               .values = void_reason_values,
                                               .meanings = void_reason_meanings,
                                               .num_values = VOID_REASON_COUNT};

/* ---- The machine ---- */

static const char *const doctor_subject_values[] = {
#define X(constant, name, meaning) [DOCTOR_##constant] = name,
    DOCTOR_SUBJECT_TABLE(X)
#undef X
};
static const char *const doctor_subject_meanings[] = {
#define X(constant, name, meaning) [DOCTOR_##constant] = meaning,
    DOCTOR_SUBJECT_TABLE(X)
#undef X
};
const struct record_enum record_doctor_subject = {.name = "doctor_subject",
                                                  .values = doctor_subject_values,
                                                  .meanings = doctor_subject_meanings,
                                                  .num_values = DOCTOR_SUBJECT_COUNT};

static const char *const doctor_status_values[] = {
#define X(constant, name, meaning) [DOCTOR_##constant] = name,
    DOCTOR_STATUS_TABLE(X)
#undef X
};
static const char *const doctor_status_meanings[] = {
#define X(constant, name, meaning) [DOCTOR_##constant] = meaning,
    DOCTOR_STATUS_TABLE(X)
#undef X
};
const struct record_enum record_doctor_status = {.name = "doctor_status",
                                                 .values = doctor_status_values,
                                                 .meanings = doctor_status_meanings,
                                                 .num_values = DOCTOR_STATUS_COUNT};

const char *doctor_subject_name(enum doctor_subject subject)
{
    return record_enum_name(&record_doctor_subject, subject);
}

const char *doctor_status_name(enum doctor_status status)
{
    return record_enum_name(&record_doctor_status, status);
}

/* ---- How a sender can be held to TLS ---- */

static const char *const enforce_level_values[] = {
#define X(constant, name, meaning) [ENFORCE_##constant] = name,
    ENFORCE_LEVEL_TABLE(X)
#undef X
};
static const char *const enforce_level_meanings[] = {
#define X(constant, name, meaning) [ENFORCE_##constant] = meaning,
    ENFORCE_LEVEL_TABLE(X)
#undef X
};
const struct record_enum record_enforce_level = {.name = "enforce_level",
                                                 .values = enforce_level_values,
                                                 .meanings = enforce_level_meanings,
                                                 .num_values = ENFORCE_LEVEL_COUNT};

static const char *const enforce_names_values[] = {
#define X(constant, name, meaning) [ENFORCE_NAMES_##constant] = name,
    ENFORCE_NAMES_TABLE(X)
#undef X
};
static const char *const enforce_names_meanings[] = {
#define X(constant, name, meaning) [ENFORCE_NAMES_##constant] = meaning,
    ENFORCE_NAMES_TABLE(X)
#undef X
};
const struct record_enum record_enforce_names = {.name = "enforce_names",
                                                 .values = enforce_names_values,
                                                 .meanings = enforce_names_meanings,
                                                 .num_values = ENFORCE_NAMES_COUNT};

const char *enforce_level_name(enum enforce_level level)
{
    return record_enum_name(&record_enforce_level, level);
}

/* ---- All of them ---- */

const struct record_enum *const record_enums[] = {
    &record_verdict,
    &record_outcome,
    &record_grade,
    &record_severity,
    &record_ocsp_status,
    &record_question,
    &record_certificate_problem,
    &record_ocsp_problem,
    &record_chain_note,
    &record_sct_source,
    &record_tls_version,
    &record_weak_class,
    &record_tls_list,
    &record_client_certificate,
    &record_cipher_preference,
    &record_plaintext_mail,
    &record_dane_status,
    &record_domain_form,
    &record_mail_kind,
    &record_opportunistic_tls,
    &record_enforced_tls,
    &record_mta_sts_status,
    &record_mta_sts_host,
    &record_spf_all,
    &record_dmarc_policy,
    &record_void_reason,
    &record_doctor_subject,
    &record_doctor_status,
    &record_enforce_level,
    &record_enforce_names,
};
const size_t record_num_enums = NUM(record_enums);

/* Without a call, as most names are short and differ from the start. */
static inline bool is_named(const char *value, const char *name, size_t len)
{
    size_t i = 0;
    while (i < len && value[i] != '\0' && value[i] == name[i]) {
        i++;
    }
    return i == len && value[i] == '\0';
}

bool record_enum_find(const struct record_enum *values, const char *name, size_t len,
                      unsigned *out_number)
{
    for (unsigned i = 0; i < values->num_values; i++) {
        const char *value = values->values[i];
        if (value != NULL && is_named(value, name, len)) {
            *out_number = i;
            return true;
        }
    }
    return false;
}

/* ---- By the types of record.h ---- */

bool grade_from_name(const char *name, enum grade *out_grade)
{
    unsigned number;
    bool found = record_enum_find(&record_grade, name, strlen(name), &number);
    if (found) {
        *out_grade = (enum grade)number;
    }
    return found;
}

const char *grade_meaning(enum grade grade)
{
    return grade_meanings[(unsigned)grade < GRADE_COUNT ? grade : GRADE_U];
}

#define NAME(function, type, set)                                                                  \
    const char *function(enum type value)                                                          \
    {                                                                                              \
        return record_enum_name(&record_##set, value);                                             \
    }

NAME(grade_name, grade, grade)
NAME(severity_name, severity, severity)
NAME(ocsp_problem_name, ocsp_problem, ocsp_problem)
NAME(chain_note_name, chain_note, chain_note)
NAME(dane_status_name, dane_status, dane_status)
NAME(mta_sts_status_name, mta_sts_status, mta_sts_status)
NAME(mta_sts_host_name, mta_sts_host, mta_sts_host)

const char *profile_name(enum profile profile)
{
    static const char *const names[] = {"rfc9325", "ncsc_nl_2025_05", "mozilla", "pci_dss"};
    return names[(unsigned)profile < NUM(names) ? profile : 0];
}
