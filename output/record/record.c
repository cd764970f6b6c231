#include "output/record/record.h"

#include <string.h>

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

/* A name table is indexed by its enum; a value out of range gets the first ("unknown") name. */
static const char *name_of(const char *const *names, size_t num_names, unsigned value)
{
    return names[value < num_names ? value : 0];
}

static const char *const grade_names[GRADE_COUNT] = {
    [GRADE_U] = "U", [GRADE_N] = "N", [GRADE_A_PLUS] = "A+", [GRADE_A] = "A",
    [GRADE_B] = "B", [GRADE_C] = "C", [GRADE_D] = "D",       [GRADE_F] = "F",
};

const char *grade_name(enum grade grade)
{
    return name_of(grade_names, NUM(grade_names), grade);
}

const char *grade_meaning(enum grade grade)
{
    static const char *const meanings[] = {
        [GRADE_U] = "not graded: it could not be observed",
        [GRADE_N] = "the domain takes no mail",
        [GRADE_A_PLUS] = "strong TLS, and enforcement that works",
        [GRADE_A] = "strong TLS with a certificate valid for the MX name, or matched by DANE",
        [GRADE_B] = "encrypted and authenticated, with legacy left on",
        [GRADE_C] = "encrypted, but it cannot be authenticated, or weak cryptography is accepted",
        [GRADE_D] = "encrypted only sometimes, badly outdated, or enforcement breaks delivery",
        [GRADE_F] = "mail can only be sent in clear, or as good as",
    };
    return name_of(meanings, NUM(meanings), grade);
}

bool grade_from_name(const char *name, enum grade *out_grade)
{
    for (unsigned i = 0; i < GRADE_COUNT; i++) {
        if (strcmp(grade_names[i], name) == 0) {
            *out_grade = (enum grade)i;
            return true;
        }
    }
    return false;
}

const char *tri_name(enum tri value)
{
    static const char *const names[] = {"unknown", "no", "yes"};
    return name_of(names, NUM(names), value);
}

const char *severity_name(enum severity severity)
{
    static const char *const names[] = {"info", "low", "medium", "high", "critical"};
    return name_of(names, NUM(names), severity);
}

const char *certificate_problem_name(enum certificate_problem problem)
{
    static const char *const names[] = {
#define X(constant, name) [CERTIFICATE_##constant] = name,
        CERTIFICATE_PROBLEM_TABLE(X)
#undef X
    };
    return name_of(names, NUM(names), problem);
}

const char *ocsp_status_name(enum ocsp_status status)
{
    static const char *const names[] = {[OCSP_STATUS_NONE] = NULL,
                                        [OCSP_STATUS_GOOD] = "good",
                                        [OCSP_STATUS_REVOKED] = "revoked",
                                        [OCSP_STATUS_UNKNOWN] = "unknown"};
    return name_of(names, NUM(names), status);
}

const char *ocsp_problem_name(enum ocsp_problem problem)
{
    static const char *const names[] = {
#define X(constant, name) [OCSP_##constant] = name,
        OCSP_PROBLEM_TABLE(X)
#undef X
    };
    return name_of(names, NUM(names), problem);
}

const char *chain_note_name(enum chain_note note)
{
    static const char *const names[] = {
#define X(constant, name) [CHAIN_##constant] = name,
        CHAIN_NOTE_TABLE(X)
#undef X
    };
    return name_of(names, NUM(names), note);
}

const char *sct_source_name(unsigned bit)
{
    static const char *const names[] = {"certificate", "tls_extension", "ocsp_staple"};
    return name_of(names, NUM(names), bit);
}

const char *tls_version_name(enum tls_version version)
{
    static const char *const names[] = {"SSLv2",   "SSLv3",   "TLSv1.0",
                                        "TLSv1.1", "TLSv1.2", "TLSv1.3"};
    return name_of(names, NUM(names), version);
}

const char *tls_list_name(enum tls_list list)
{
    static const char *const names[] = {"groups", "groups_tls12", "suites"};
    return name_of(names, NUM(names), list);
}

const char *weak_class_name(enum weak_class weak_class)
{
    static const char *const names[] = {
#define X(constant, name) [WEAK_##constant] = name,
        WEAK_CLASS_TABLE(X)
#undef X
    };
    return name_of(names, NUM(names), weak_class);
}

const char *client_certificate_name(enum client_certificate value)
{
    static const char *const names[] = {"unknown", "none", "requested", "required"};
    return name_of(names, NUM(names), value);
}

const char *cipher_preference_name(enum cipher_preference value)
{
    static const char *const names[] = {"unknown", "server", "client"};
    return name_of(names, NUM(names), value);
}

const char *plaintext_mail_name(enum plaintext_mail value)
{
    static const char *const names[] = {"unknown", "accepted", "refused"};
    return name_of(names, NUM(names), value);
}

const char *dane_status_name(enum dane_status status)
{
    static const char *const names[] = {"unknown",  "none",      "valid", "mismatch", "unusable",
                                        "insecure", "temperror", "bogus", "partial"};
    return name_of(names, NUM(names), status);
}

const char *profile_name(enum profile profile)
{
    static const char *const names[] = {"rfc9325", "ncsc_nl_2025_05", "mozilla", "pci_dss"};
    return name_of(names, NUM(names), profile);
}

const char *mail_kind_name(enum mail_kind kind)
{
    static const char *const names[] = {"unknown", "mx", "implicit", "null_mx", "none"};
    return name_of(names, NUM(names), kind);
}

const char *opportunistic_tls_name(enum opportunistic_tls value)
{
    static const char *const names[] = {"unknown", "no", "partial", "yes"};
    return name_of(names, NUM(names), value);
}

const char *enforced_tls_name(enum enforced_tls value)
{
    static const char *const names[] = {"unknown", "none", "dane", "mta-sts", "both"};
    return name_of(names, NUM(names), value);
}

const char *mta_sts_host_name(enum mta_sts_host value)
{
    static const char *const names[] = {NULL,          "mx_unobserved",  "pass",
                                        "mx_mismatch", "mx_no_starttls", "mx_certificate_invalid"};
    return (unsigned)value < NUM(names) ? names[value] : NULL;
}

const char *mta_sts_status_name(enum mta_sts_status status)
{
    static const char *const names[] = {
        "unknown", "none",           "enforce",      "testing",      "off",
        "broken",  "invalid_record", "fetch_failed", "syntax_error", "mx_mismatch"};
    return name_of(names, NUM(names), status);
}
