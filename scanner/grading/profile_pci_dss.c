/* What requirement 4.2.1 of PCI DSS asks of a transmission: strong cryptography, a certificate that
 * is trusted and in its dates. */
#include "scanner/grading/profile_facts.h"

#define NO 1

static int has_tls(const struct endpoint_record *record)
{
    return profile_if(profile_has_tls(record), NO);
}

static int early_tls(const struct endpoint_record *record)
{
    return profile_unless(profile_any_version(record, TLS_SSL2, TLS_1_1), NO);
}

static int new_tls(const struct endpoint_record *record)
{
    return profile_if(profile_any_version(record, TLS_1_2, TLS_1_3), NO);
}

static int strong_suites(const struct endpoint_record *record)
{
    static const enum weak_class broken[] = {WEAK_NULL, WEAK_ANON, WEAK_EXPORT, WEAK_DES, WEAK_RC4};
    int level = 0;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        int one = profile_unless(profile_weak(record, broken[i]), NO);
        if (one == NO) {
            return NO;
        }
        level = one == PROFILE_OPEN ? PROFILE_OPEN : level;
    }
    return level;
}

/* 112 bits take RSA and finite fields of 2048 bits: NIST SP 800-57 part 1, table 2. */
static int strong_dh(const struct endpoint_record *record)
{
    return profile_unless(profile_weak(record, WEAK_SMALL_DH), NO);
}

static int level_of_key(const struct certificate_record *certificate)
{
    return profile_unless_problem(certificate, CERTIFICATE_WEAK_KEY, NO);
}

static int strong_key(const struct endpoint_record *record)
{
    return profile_of_certificates(record, level_of_key);
}

static int level_of_validity(const struct certificate_record *certificate)
{
    const uint32_t not_in_force = CERTIFICATE_PROBLEM_BIT(CERTIFICATE_EXPIRED) |
                                  CERTIFICATE_PROBLEM_BIT(CERTIFICATE_NOT_YET_VALID) |
                                  CERTIFICATE_PROBLEM_BIT(CERTIFICATE_REVOKED);
    return (certificate->problems & not_in_force) != 0 ? NO
                                                       : profile_if(certificate->trusted.value, NO);
}

static int certificate_valid(const struct endpoint_record *record)
{
    return profile_of_certificates(record, level_of_validity);
}

const struct profile_table profile_pci_dss = {
    .title = "PCI DSS 4.0.1, requirement 4.2.1 (strong cryptography in transmission)",
    .source = "PCI DSS v4.0.1, 4.2.1 and glossary \"strong cryptography\"",
    .levels = {"met", "not_met"},
    .num_rules = 7,
    .rules =
        {
            {"tls", has_tls, "TLS is offered and works", "4.2.1"},
            {"no_early_tls", early_tls, "No SSL, TLS 1.0 or 1.1", "4.2.1; appendix A2"},
            {"tls12_or_newer", new_tls, "TLS 1.2 or 1.3", "4.2.1"},
            {"strong_suites", strong_suites, "No NULL, anonymous, export, DES or RC4 suites",
             "glossary, strong cryptography: at least 112 bits"},
            {"strong_dh", strong_dh, "DH of at least 2048 bits",
             "glossary, strong cryptography; NIST SP 800-57 part 1"},
            {"strong_key", strong_key, "Certificate keys as strong as RSA of 2048 bits",
             "glossary, strong cryptography; NIST SP 800-57 part 1"},
            {"certificate_valid", certificate_valid, "The certificate is trusted and not expired",
             "4.2.1: only trusted keys and certificates; valid, not expired"},
        },
};
