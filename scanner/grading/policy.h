/*
 * The grading policy: one table of findings (policy_rules.c), from which grades, explanations and
 * documentation are made. A rule says what was observed, how far it caps the grade, what it takes
 * off the score, and whose rule it is. A run has a policy of its own: the table, re-weighted where
 * a policy file says so (policy_file.h). Judging is in judge.c; nothing here does I/O.
 */
#ifndef MXGRADE_SCANNER_POLICY_H
#define MXGRADE_SCANNER_POLICY_H

#include <stdint.h>

#include "output/record/record.h"

#define POLICY_VERSION "2026.2"

enum finding_code {
    FINDING_NO_STARTTLS,
    FINDING_STARTTLS_REFUSED,
    FINDING_STARTTLS_STRIPPED,
    FINDING_STARTTLS_INCONSISTENT,
    FINDING_HANDSHAKE_REFUSED,
    FINDING_CLIENT_CERTIFICATE_REQUIRED,
    FINDING_NO_COMMON_SUITE,
    FINDING_TLS13_INTOLERANT,
    FINDING_SNI_INTOLERANT,
    FINDING_EARLY_RESPONSE_BYTES,
    FINDING_SSL2,
    FINDING_SSL3,
    FINDING_TLS10,
    FINDING_TLS11,
    FINDING_NO_TLS12,
    FINDING_NO_TLS13,
    FINDING_WEAK_NULL,
    FINDING_WEAK_ANON,
    FINDING_ONLY_ANONYMOUS,
    FINDING_ONLY_BROKEN,
    FINDING_WEAK_EXPORT,
    FINDING_WEAK_DES,
    FINDING_WEAK_RC4,
    FINDING_WEAK_3DES,
    FINDING_WEAK_STATIC_RSA,
    FINDING_WEAK_STATIC_DH,
    FINDING_DH_BELOW_1024,
    FINDING_SMALL_DH,
    FINDING_COMPRESSION,
    FINDING_LARGE_HELLO_INTOLERANT,
    FINDING_NO_POST_QUANTUM,
    FINDING_COMMAND_INJECTION,
    FINDING_PLAINTEXT_MAIL_REFUSED,
    FINDING_PLAINTEXT_MAIL_ACCEPTED,
    FINDING_STARTTLS_IN_TLS,
    FINDING_LOGIN_BEFORE_TLS,
    FINDING_LOGIN_BEFORE_TLS_ON_MX,
    FINDING_NO_FORWARD_SECRECY,
    FINDING_NO_AEAD,
    FINDING_NO_EMS,
    FINDING_NO_SECURE_RENEGOTIATION,
    FINDING_NO_CERTIFICATE,
    FINDING_SELF_SIGNED,
    FINDING_UNTRUSTED_ROOT,
    FINDING_INCOMPLETE_CHAIN,
    FINDING_EXPIRED,
    FINDING_NOT_YET_VALID,
    FINDING_NAME_MISMATCH,
    FINDING_CN_ONLY,
    FINDING_RSA_BELOW_1024,
    FINDING_WEAK_KEY,
    FINDING_RSA_BELOW_3072,
    FINDING_MD5_SIGNATURE,
    FINDING_SHA1_SIGNATURE,
    FINDING_INVALID_KEY,
    FINDING_TRUST_UNKNOWN,
    FINDING_CERTIFICATE_VARIES,
    FINDING_BAD_PURPOSE,
    FINDING_CONSTRAINT_VIOLATION,
    FINDING_UNPARSABLE_CERTIFICATE,
    FINDING_OCSP_REVOKED,
    FINDING_OCSP_STALE,
    FINDING_OCSP_USELESS,
    FINDING_MUST_STAPLE_MISSING,
    FINDING_NO_OCSP_STAPLE,
    FINDING_NO_SCT,
    FINDING_CHAIN_UNTIDY,
    FINDING_ROOT_SENT,
    FINDING_LONG_VALIDITY,
    FINDING_WILDCARD_SUFFIX,
    FINDING_CLIENT_CERTIFICATE_REQUESTED,
    FINDING_NO_ESMTP,
    FINDING_DANE_AUTHENTICATES,
    FINDING_DANE_MISMATCH,
    FINDING_DANE_UNUSABLE,
    FINDING_DANE_BOGUS,
    FINDING_DANE_DOUBTED,
    FINDING_DANE_TEMPERROR,
    FINDING_DANE_NO_SPARE,
    FINDING_NO_DANE,
    /* of a domain */
    FINDING_NULL_MX,
    FINDING_NULL_MX_BESIDE_OTHERS,
    FINDING_IMPLICIT_MX,
    FINDING_NO_MAIL,
    FINDING_NO_SUCH_DOMAIN,
    FINDING_MX_IS_CNAME,
    FINDING_MX_IS_ADDRESS,
    FINDING_MX_INVALID,
    FINDING_MX_DANGLING,
    FINDING_MX_NOT_PUBLIC,
    FINDING_MX_UNOBSERVED,
    FINDING_STARTTLS_ON_SOME,
    FINDING_DANE_PARTIAL,
    FINDING_MTA_STS_BROKEN,
    FINDING_MTA_STS_WOULD_BREAK,
    FINDING_MTA_STS_INVALID,
    FINDING_MTA_STS_TESTING,
    FINDING_MTA_STS_OFF,
    FINDING_NO_MTA_STS,
    FINDING_TLS_RPT_INVALID,
    FINDING_NO_TLS_RPT,
    FINDING_NO_ENFORCEMENT,
    FINDING_ENFORCEMENT_UNKNOWN,
    FINDING_DNS_FAILURE,
    FINDING_INVALID_INPUT,
    FINDING_COUNT
};

/* The row of the built-in table. */
const struct finding_rule *policy_rule(enum finding_code code);

/* The rule with that code in records ("no_starttls"), or FINDING_COUNT. */
enum finding_code policy_find(const char *code);

/*
 * The rule of the finding that matters most: by the severity that the record gives it, then by the
 * letter that it leaves, then by its points. One that merely informs counts only where there is no
 * letter, whose absence it explains. NULL: nothing is to be said.
 */
const struct finding_rule *policy_worst(const struct domain_record *domain);

#define POLICY_NAME_MAX   64 /* bytes, NUL included */
#define POLICY_DIGEST_LEN 16 /* hexadecimal digits that records show of the SHA-256 */

struct acceptances;

/* What a run grades by; const once it runs. */
struct policy {
    char name[POLICY_NAME_MAX]; /* "2026.2", or "2026.2+" and the name of a policy file */
    char digest[POLICY_DIGEST_LEN + 1];
    struct finding_rule rules[FINDING_COUNT];
    struct acceptances *accepted; /* borrowed (acceptances.h); NULL: nothing is accepted */
};

/* The built-in policy. */
void policy_init(struct policy *policy);

/* Makes the digest anew, after rules were changed. */
void policy_seal(struct policy *policy);

/* A set of findings, for what is kept of many endpoints. */
struct finding_set {
    uint64_t bits[(FINDING_COUNT + 63) / 64];
};

static inline void finding_set_add(struct finding_set *set, enum finding_code code)
{
    set->bits[code / 64] |= UINT64_C(1) << (code % 64);
}

static inline bool finding_set_has(const struct finding_set *set, enum finding_code code)
{
    return (set->bits[code / 64] >> (code % 64) & 1) != 0;
}

/*
 * The score within its letter: each letter has a band of points, which the deductions use up, so
 * that scores order within and across letters.
 */
unsigned policy_score(enum grade grade, unsigned deductions);

#define POLICY_DEDUCTIONS_ALL 100000 /* more than any letter's band holds */

static inline struct finding_set finding_set_without(struct finding_set set,
                                                     const struct finding_set *others)
{
    for (size_t i = 0; i < sizeof(set.bits) / sizeof(set.bits[0]); i++) {
        set.bits[i] &= ~others->bits[i];
    }
    return set;
}

/* The best letter that a set of findings leaves; GRADE_U: they cap nothing. */
enum grade policy_cap(const struct policy *policy, const struct finding_set *set);

/* What a set of findings takes off the score. */
unsigned policy_deductions(const struct policy *policy, const struct finding_set *set);

/* The worse of two letters; U (a finding without a cap, an endpoint not graded) never wins. */
enum grade policy_worse(enum grade a, enum grade b);

#endif
