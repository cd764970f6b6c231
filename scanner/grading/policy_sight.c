#include "scanner/grading/policy_sight.h"

#include <stddef.h>
#include <string.h>

#include "scanner/grading/policy.h"

/* The part of an endpoint's record that must be known before the absence of a finding counts. */
enum endpoint_sight {
    BY_GRADE, /* the grade is enough */
    BY_VERDICT,
    BY_TLS_VERDICT, /* a verdict in the TLS facts */
    BY_CIPHER,
    BY_CLIENT_CERTIFICATE,
    BY_CERTIFICATE,
    BY_TRUST,
    BY_STAPLE,
    BY_SCT,
    BY_PLAINTEXT_MAIL,
    BY_DANE
};

/* The part of a domain's record that must be known. */
enum domain_sight {
    BY_DOMAIN_GRADE,
    BY_ADDRESSES, /* every address was observed */
    BY_MAIL,
    BY_DOMAIN_DANE,
    BY_MTA_STS,
    BY_TLS_RPT,
    BY_ENFORCEMENT
};

struct sight {
    enum endpoint_sight endpoint;
    size_t verdict; /* offset in struct endpoint_record */
    enum domain_sight domain;
};

#define VERDICT(member)                                                                            \
    {                                                                                              \
        BY_VERDICT, offsetof(struct endpoint_record, member), BY_DOMAIN_GRADE                      \
    }
#define TLS(member)                                                                                \
    {                                                                                              \
        BY_TLS_VERDICT, offsetof(struct endpoint_record, tls.member), BY_DOMAIN_GRADE              \
    }
#define ENDPOINT(sight)                                                                            \
    {                                                                                              \
        sight, 0, BY_DOMAIN_GRADE                                                                  \
    }
#define DOMAIN(sight)                                                                              \
    {                                                                                              \
        BY_GRADE, 0, sight                                                                         \
    }
#define BOTH(sight, domain_)                                                                       \
    {                                                                                              \
        sight, 0, domain_                                                                          \
    }

/* For findings that are not listed it is enough that the endpoint or the domain was graded. */
static const struct sight sights[FINDING_COUNT] = {
    [FINDING_NO_ESMTP] = VERDICT(esmtp),
    [FINDING_EARLY_RESPONSE_BYTES] = VERDICT(injection_responses),
    [FINDING_COMMAND_INJECTION] = VERDICT(injection_commands),
    [FINDING_STARTTLS_IN_TLS] = VERDICT(starttls_in_tls),
    [FINDING_LOGIN_BEFORE_TLS] = VERDICT(login_before_tls),
    [FINDING_LOGIN_BEFORE_TLS_ON_MX] = VERDICT(login_before_tls),
    [FINDING_NO_CERTIFICATE] = VERDICT(starttls_handshake),
    [FINDING_SSL2] = TLS(versions[TLS_SSL2]),
    [FINDING_SSL3] = TLS(versions[TLS_SSL3]),
    [FINDING_TLS10] = TLS(versions[TLS_1_0]),
    [FINDING_TLS11] = TLS(versions[TLS_1_1]),
    [FINDING_NO_TLS12] = TLS(versions[TLS_1_2]),
    [FINDING_NO_TLS13] = TLS(versions[TLS_1_3]),
    [FINDING_WEAK_NULL] = TLS(weak[WEAK_NULL]),
    [FINDING_WEAK_ANON] = TLS(weak[WEAK_ANON]),
    [FINDING_ONLY_ANONYMOUS] = TLS(weak[WEAK_ANON]),
    [FINDING_ONLY_BROKEN] = TLS(weak[WEAK_NULL]),
    [FINDING_WEAK_EXPORT] = TLS(weak[WEAK_EXPORT]),
    [FINDING_WEAK_DES] = TLS(weak[WEAK_DES]),
    [FINDING_WEAK_RC4] = TLS(weak[WEAK_RC4]),
    [FINDING_WEAK_3DES] = TLS(weak[WEAK_3DES]),
    [FINDING_WEAK_STATIC_RSA] = TLS(weak[WEAK_STATIC_RSA]),
    [FINDING_WEAK_STATIC_DH] = TLS(weak[WEAK_STATIC_DH]),
    [FINDING_DH_BELOW_1024] = TLS(weak[WEAK_SMALL_DH]),
    [FINDING_SMALL_DH] = TLS(weak[WEAK_SMALL_DH]),
    [FINDING_COMPRESSION] = TLS(compression),
    [FINDING_LARGE_HELLO_INTOLERANT] = TLS(post_quantum),
    [FINDING_NO_POST_QUANTUM] = TLS(post_quantum),
    [FINDING_NO_EMS] = TLS(ems),
    [FINDING_NO_SECURE_RENEGOTIATION] = TLS(secure_renegotiation),
    [FINDING_NO_FORWARD_SECRECY] = ENDPOINT(BY_CIPHER),
    [FINDING_NO_AEAD] = ENDPOINT(BY_CIPHER),
    [FINDING_CLIENT_CERTIFICATE_REQUESTED] = ENDPOINT(BY_CLIENT_CERTIFICATE),
    [FINDING_PLAINTEXT_MAIL_REFUSED] = ENDPOINT(BY_PLAINTEXT_MAIL),
    [FINDING_PLAINTEXT_MAIL_ACCEPTED] = ENDPOINT(BY_PLAINTEXT_MAIL),
    [FINDING_SELF_SIGNED] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_UNTRUSTED_ROOT] = ENDPOINT(BY_TRUST),
    [FINDING_INCOMPLETE_CHAIN] = ENDPOINT(BY_TRUST),
    [FINDING_EXPIRED] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_NOT_YET_VALID] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_NAME_MISMATCH] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_CN_ONLY] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_RSA_BELOW_1024] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_WEAK_KEY] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_RSA_BELOW_3072] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_MD5_SIGNATURE] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_SHA1_SIGNATURE] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_INVALID_KEY] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_TRUST_UNKNOWN] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_CERTIFICATE_VARIES] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_BAD_PURPOSE] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_CONSTRAINT_VIOLATION] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_UNPARSABLE_CERTIFICATE] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_CHAIN_UNTIDY] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_ROOT_SENT] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_LONG_VALIDITY] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_WILDCARD_SUFFIX] = ENDPOINT(BY_CERTIFICATE),
    [FINDING_OCSP_REVOKED] = ENDPOINT(BY_STAPLE),
    [FINDING_OCSP_STALE] = ENDPOINT(BY_STAPLE),
    [FINDING_OCSP_USELESS] = ENDPOINT(BY_STAPLE),
    [FINDING_MUST_STAPLE_MISSING] = ENDPOINT(BY_STAPLE),
    [FINDING_NO_OCSP_STAPLE] = ENDPOINT(BY_STAPLE),
    [FINDING_NO_SCT] = ENDPOINT(BY_SCT),
    [FINDING_DANE_AUTHENTICATES] = ENDPOINT(BY_DANE),
    [FINDING_DANE_MISMATCH] = BOTH(BY_DANE, BY_DOMAIN_DANE),
    [FINDING_DANE_UNUSABLE] = BOTH(BY_DANE, BY_DOMAIN_DANE),
    [FINDING_DANE_BOGUS] = BOTH(BY_DANE, BY_DOMAIN_DANE),
    [FINDING_DANE_NO_SPARE] = BOTH(BY_DANE, BY_DOMAIN_DANE),
    [FINDING_DANE_PARTIAL] = DOMAIN(BY_DOMAIN_DANE),
    [FINDING_NULL_MX] = DOMAIN(BY_MAIL),
    [FINDING_NULL_MX_BESIDE_OTHERS] = DOMAIN(BY_MAIL),
    [FINDING_IMPLICIT_MX] = DOMAIN(BY_MAIL),
    [FINDING_NO_MAIL] = DOMAIN(BY_MAIL),
    [FINDING_NO_SUCH_DOMAIN] = DOMAIN(BY_MAIL),
    [FINDING_MX_IS_ADDRESS] = DOMAIN(BY_MAIL),
    [FINDING_MX_INVALID] = DOMAIN(BY_MAIL),
    [FINDING_MX_IS_CNAME] = DOMAIN(BY_ADDRESSES),
    [FINDING_MX_DANGLING] = DOMAIN(BY_ADDRESSES),
    [FINDING_MX_NOT_PUBLIC] = DOMAIN(BY_ADDRESSES),
    [FINDING_STARTTLS_ON_SOME] = DOMAIN(BY_ADDRESSES),
    [FINDING_MTA_STS_BROKEN] = DOMAIN(BY_ADDRESSES),
    [FINDING_MTA_STS_WOULD_BREAK] = DOMAIN(BY_ADDRESSES),
    [FINDING_MTA_STS_INVALID] = DOMAIN(BY_MTA_STS),
    [FINDING_MTA_STS_TESTING] = DOMAIN(BY_MTA_STS),
    [FINDING_MTA_STS_OFF] = DOMAIN(BY_MTA_STS),
    [FINDING_NO_MTA_STS] = DOMAIN(BY_MTA_STS),
    [FINDING_TLS_RPT_INVALID] = DOMAIN(BY_TLS_RPT),
    [FINDING_NO_TLS_RPT] = DOMAIN(BY_TLS_RPT),
    [FINDING_NO_ENFORCEMENT] = DOMAIN(BY_ENFORCEMENT),
};

static const struct sight *sight_of(const char *code)
{
    static const struct sight of_unknown = {BY_GRADE, 0, BY_DOMAIN_GRADE};
    enum finding_code found = policy_find(code);
    return found != FINDING_COUNT ? &sights[found] : &of_unknown;
}

/* The finding is the answer to a question. The question stays open while dialogues disagree, even
 * if the record has a verdict. */
static bool is_left_open(const char *code, uint32_t open)
{
    switch (policy_find(code)) {
    case FINDING_NO_STARTTLS:
    case FINDING_STARTTLS_REFUSED:
    case FINDING_STARTTLS_INCONSISTENT:
    case FINDING_STARTTLS_ON_SOME:
        return (open & QUESTION_BIT(QUESTION_STARTTLS)) != 0;
    case FINDING_HANDSHAKE_REFUSED:
    case FINDING_CLIENT_CERTIFICATE_REQUIRED:
        return (open & QUESTION_BIT(QUESTION_HANDSHAKE)) != 0;
    case FINDING_MTA_STS_BROKEN:
    case FINDING_MTA_STS_WOULD_BREAK:
    case FINDING_DANE_MISMATCH:
        return (open & QUESTION_BIT(QUESTION_CERTIFICATE)) != 0;
    default:
        return false;
    }
}

/* The findings that follow from which certificate was shown. */
static bool is_of_certificate(enum finding_code code)
{
    switch (sights[code].endpoint) {
    case BY_CERTIFICATE:
    case BY_TRUST:
    case BY_STAPLE:
    case BY_SCT:
    case BY_DANE:
        return true;
    default:
        return false;
    }
}

/* Did dialogues that were shown a certificate disagree, or too few of them see it to accuse? */
static bool is_certificate_unsettled(const struct certificate_votes *votes)
{
    return votes->mixed || votes->dane_mixed || votes->dane_alone || votes->key_alone ||
           votes->left_out > 0;
}

/*
 * A server that offers STARTTLS now and then may have offered it each time, or never, in the few
 * dialogues of another night. One that shows different certificates may have shown one of them
 * alone. Such a difference may come by chance, whoever has the finding.
 */
static bool may_be_chance(const char *code, const struct endpoint_record *endpoint)
{
    enum finding_code found = policy_find(code);
    if (found != FINDING_COUNT && is_of_certificate(found) &&
        is_certificate_unsettled(&endpoint->votes.certificate)) {
        return true;
    }
    switch (found) {
    case FINDING_STARTTLS_INCONSISTENT:
        return true;
    case FINDING_NO_STARTTLS:
    case FINDING_STARTTLS_REFUSED:
        return endpoint->inconsistent;
    default:
        return false;
    }
}

static bool is_marker(const char *code)
{
    switch (policy_find(code)) {
    case FINDING_MX_UNOBSERVED:
    case FINDING_DNS_FAILURE:
    case FINDING_ENFORCEMENT_UNKNOWN:
    case FINDING_DANE_TEMPERROR:
    case FINDING_DANE_DOUBTED:
        return true;
    default:
        return false;
    }
}

/* ---- Endpoints ---- */

static bool is_dane_known(enum dane_status status)
{
    return status != DANE_UNKNOWN && status != DANE_TEMPERROR;
}

static bool endpoint_shows(const char *code, const struct endpoint_record *endpoint)
{
    const struct sight *sight = sight_of(code);
    const struct verdict *verdict =
        (const struct verdict *)((const char *)endpoint + sight->verdict);
    const struct certificate_record *certificate = endpoint->certificate;
    if (endpoint->grade == GRADE_U || is_left_open(code, endpoint->open) ||
        may_be_chance(code, endpoint)) {
        return false;
    }
    switch (sight->endpoint) {
    case BY_GRADE:
        return true;
    case BY_VERDICT:
        return verdict->value != TRI_UNKNOWN;
    case BY_TLS_VERDICT:
        return endpoint->has_tls && verdict->value != TRI_UNKNOWN;
    case BY_CIPHER:
        return endpoint->has_tls && endpoint->tls.cipher != NULL;
    case BY_CLIENT_CERTIFICATE:
        return endpoint->has_tls && endpoint->tls.client_certificate != CLIENT_CERTIFICATE_UNKNOWN;
    case BY_CERTIFICATE:
        return certificate != NULL;
    case BY_TRUST:
        return certificate != NULL && certificate->trusted.value != TRI_UNKNOWN;
    case BY_STAPLE:
        return certificate != NULL && certificate->ocsp_staple.value != TRI_UNKNOWN;
    case BY_SCT:
        return certificate != NULL && certificate->sct.value != TRI_UNKNOWN;
    case BY_PLAINTEXT_MAIL:
        return endpoint->plaintext_mail != PLAINTEXT_MAIL_UNKNOWN;
    case BY_DANE:
        return is_dane_known(endpoint->dane);
    }
    return false;
}

/* ---- Domains ---- */

/* Older versions wrote records without evidence, which do not say where a failure lies. These
 * problems may lie in the network. */
static bool has_problem_of_the_network(const struct mta_sts_record *mta_sts)
{
    static const char *const problems[] = {"txt_lookup_failed", "fetch_dns",    "fetch_connect",
                                           "fetch_timeout",     "fetch_closed", "fetch_not_done"};
    for (size_t i = 0; i < mta_sts->num_problems; i++) {
        for (size_t k = 0; k < sizeof(problems) / sizeof(problems[0]); k++) {
            if (strcmp(mta_sts->problems[i], problems[k]) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* A failed fetch that may be the network's fault leaves the answer open, as in target_enforced.c.
 */
static bool knows_mta_sts(const struct domain_record *domain)
{
    const struct mta_sts_record *mta_sts = &domain->mta_sts;
    if (mta_sts->status != MTA_STS_FETCH_FAILED) {
        return mta_sts->status != MTA_STS_UNKNOWN;
    }
    return domain->has_evidence ? !mta_sts->may_be_the_network
                                : !has_problem_of_the_network(mta_sts);
}

static bool all_addresses_seen(const struct domain_record *domain)
{
    return domain->mail != MAIL_UNKNOWN && !domain->partial;
}

static bool domain_shows(const char *code, const struct domain_record *domain)
{
    const struct sight *sight = sight_of(code);
    bool is_graded = domain->grade != GRADE_U;
    if (is_left_open(code, domain->open)) {
        return false;
    }
    switch (sight->domain) {
    case BY_DOMAIN_GRADE:
        return is_graded && (sight->endpoint == BY_GRADE || all_addresses_seen(domain));
    case BY_ADDRESSES:
        return all_addresses_seen(domain);
    case BY_MAIL:
        return domain->mail != MAIL_UNKNOWN;
    case BY_DOMAIN_DANE:
        return is_dane_known(domain->dane);
    case BY_MTA_STS:
        return knows_mta_sts(domain);
    case BY_TLS_RPT:
        return domain->tls_rpt.status.value != TRI_UNKNOWN;
    case BY_ENFORCEMENT: /* only a graded domain can have this finding */
        return is_graded && domain->enforced != ENFORCED_UNKNOWN && knows_mta_sts(domain);
    }
    return false;
}

static bool domain_saw(const char *code, const struct domain_record *domain)
{
    enum domain_sight sight = sight_of(code)->domain;
    return (sight != BY_MTA_STS && sight != BY_ENFORCEMENT) || domain_shows(code, domain);
}

/* ---- Answers ---- */

static bool is_behind(const char *code, enum record_answer answer)
{
    switch (policy_find(code)) {
    case FINDING_NO_STARTTLS:
    case FINDING_STARTTLS_REFUSED:
    case FINDING_HANDSHAKE_REFUSED:
    case FINDING_CLIENT_CERTIFICATE_REQUIRED:
    case FINDING_STARTTLS_ON_SOME:
        return answer == ANSWER_OPPORTUNISTIC;
    case FINDING_DANE_MISMATCH:
    case FINDING_DANE_BOGUS:
    case FINDING_DANE_PARTIAL:
    case FINDING_DANE_UNUSABLE:
        return answer == ANSWER_DANE;
    case FINDING_MTA_STS_BROKEN:
    case FINDING_MTA_STS_WOULD_BREAK:
        return answer == ANSWER_MTA_STS;
    default:
        return false;
    }
}

const struct finding_sight policy_sight = {
    .is_marker = is_marker,
    .endpoint_shows = endpoint_shows,
    .may_be_chance = may_be_chance,
    .domain_shows = domain_shows,
    .domain_saw = domain_saw,
    .knows_mta_sts = knows_mta_sts,
    .is_behind = is_behind,
};
