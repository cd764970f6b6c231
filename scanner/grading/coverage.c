#include "scanner/grading/coverage.h"

#include <string.h>

#include "scanner/evidence/facts.h"

static bool is_unknown(struct verdict verdict)
{
    return verdict.value == TRI_UNKNOWN;
}

/* ---- Which questions of an endpoint have no answer ---- */

static bool is_version_open(const struct endpoint_record *record, enum tls_version version)
{
    return is_unknown(record->tls.versions[version]);
}

static bool has_version(const struct endpoint_record *record, enum tls_version version)
{
    return record->tls.versions[version].value == TRI_YES;
}

/* The extensions are of TLS 1.2 and older: RFC 8446 section 4.1.2. */
static bool may_have_older_than_tls13(const struct endpoint_record *record)
{
    return !has_version(record, TLS_1_3) || record->tls.versions[TLS_1_2].value != TRI_NO;
}

/* What DANE authenticates needs no trust: RFC 7672 section 3.1. */
static bool is_certificate_open(const struct endpoint_record *record)
{
    if (record->dane == DANE_VALID) {
        return false;
    }
    return record->certificate == NULL ? is_unknown(record->starttls_handshake)
                                       : is_unknown(record->certificate->trusted);
}

/* The letter rests on the worst certificate that was shown. Whether the policy of a domain breaks
 * delivery there is another question, and so is DANE: dialogues disagree. */
static bool is_certificate_mixed(const struct endpoint_record *record)
{
    const struct certificate_votes *votes = &record->votes.certificate;
    return record->dane != DANE_VALID && (votes->mixed || votes->dane_mixed);
}

/* One dialogue alone says what caps at D, which does not count; or there were more chains than are
 * kept, of which the others may be worse. */
static bool is_certificate_lone(const struct endpoint_record *record)
{
    const struct certificate_votes *votes = &record->votes.certificate;
    bool may_break = record->dane == DANE_UNKNOWN && record->is_between_servers;
    return (votes->dane_alone && may_break) || votes->key_alone || votes->left_out > 0;
}

static bool is_open(const struct endpoint_record *record, enum question question)
{
    const struct tls_facts *tls = &record->tls;
    switch (question) {
    case QUESTION_STARTTLS:
        return !record->implicit_tls &&
               (is_unknown(record->starttls_accepted) || facts_offer_is_open(&record->votes.offer));
    case QUESTION_HANDSHAKE:
        return is_unknown(record->starttls_handshake) && !record->no_common_suite;
    case QUESTION_CERTIFICATE:
        return is_certificate_open(record);
    case QUESTION_TLS13:
        return is_version_open(record, TLS_1_3);
    case QUESTION_TLS12:
        return is_version_open(record, TLS_1_2) && !has_version(record, TLS_1_3);
    case QUESTION_TLS11:
        return is_version_open(record, TLS_1_1);
    case QUESTION_TLS10:
        return is_version_open(record, TLS_1_0);
    case QUESTION_SSL3:
        return is_version_open(record, TLS_SSL3);
    case QUESTION_SSL2:
        return is_version_open(record, TLS_SSL2) && !has_version(record, TLS_1_3);
    case QUESTION_NULL_SUITES:
        return is_unknown(tls->weak[WEAK_NULL]);
    case QUESTION_EXPORT_SUITES:
        return is_unknown(tls->weak[WEAK_EXPORT]);
    case QUESTION_DES_SUITES:
        return is_unknown(tls->weak[WEAK_DES]);
    case QUESTION_RC4_SUITES:
        return is_unknown(tls->weak[WEAK_RC4]);
    case QUESTION_3DES_SUITES:
        return is_unknown(tls->weak[WEAK_3DES]);
    case QUESTION_STATIC_RSA:
        return is_unknown(tls->weak[WEAK_STATIC_RSA]);
    case QUESTION_STATIC_DH:
        return is_unknown(tls->weak[WEAK_STATIC_DH]);
    case QUESTION_DH_SIZE:
        return is_unknown(tls->weak[WEAK_SMALL_DH]);
    case QUESTION_COMPRESSION:
        return is_unknown(tls->compression);
    case QUESTION_EMS:
        return is_unknown(tls->ems) && may_have_older_than_tls13(record);
    case QUESTION_RENEGOTIATION:
        return is_unknown(tls->secure_renegotiation) && may_have_older_than_tls13(record);
    case QUESTION_INJECTION:
        return is_unknown(record->injection_commands) && !record->implicit_tls;
    case QUESTION_LOGIN:
        return is_unknown(record->login_before_tls) && !record->implicit_tls;
    case QUESTION_DANE:
    case QUESTION_MTA_STS:
    case QUESTION_IPV4:
    case QUESTION_IPV6:
    case QUESTION_EXCLUDED:
    case QUESTION_ADDRESSES:
    case QUESTION_COUNT:
        break; /* of a domain */
    }
    return false;
}

/* ---- What an answer could do ---- */

/* The finding with the lowest cap that an answer could make. */
static const enum finding_code worst_answers[QUESTION_COUNT] = {
    [QUESTION_STARTTLS] = FINDING_NO_STARTTLS,
    [QUESTION_HANDSHAKE] = FINDING_HANDSHAKE_REFUSED,
    [QUESTION_CERTIFICATE] = FINDING_UNTRUSTED_ROOT,
    [QUESTION_TLS13] = FINDING_NO_TLS13,
    [QUESTION_TLS12] = FINDING_NO_TLS12,
    [QUESTION_TLS11] = FINDING_TLS11,
    [QUESTION_TLS10] = FINDING_TLS10,
    [QUESTION_SSL3] = FINDING_SSL3,
    [QUESTION_SSL2] = FINDING_SSL2,
    [QUESTION_NULL_SUITES] = FINDING_WEAK_NULL,
    [QUESTION_EXPORT_SUITES] = FINDING_WEAK_EXPORT,
    [QUESTION_DES_SUITES] = FINDING_WEAK_DES,
    [QUESTION_RC4_SUITES] = FINDING_WEAK_RC4,
    [QUESTION_3DES_SUITES] = FINDING_WEAK_3DES,
    [QUESTION_STATIC_RSA] = FINDING_WEAK_STATIC_RSA,
    [QUESTION_STATIC_DH] = FINDING_WEAK_STATIC_DH,
    [QUESTION_DH_SIZE] = FINDING_DH_BELOW_1024,
    [QUESTION_COMPRESSION] = FINDING_COMPRESSION,
    [QUESTION_EMS] = FINDING_NO_EMS,
    [QUESTION_RENEGOTIATION] = FINDING_NO_SECURE_RENEGOTIATION,
    [QUESTION_INJECTION] = FINDING_COMMAND_INJECTION,
    [QUESTION_LOGIN] = FINDING_LOGIN_BEFORE_TLS,
    [QUESTION_DANE] = FINDING_DANE_MISMATCH,
    [QUESTION_MTA_STS] = FINDING_MTA_STS_BROKEN,
    [QUESTION_IPV4] = FINDING_NO_STARTTLS,
    [QUESTION_IPV6] = FINDING_NO_STARTTLS,
    [QUESTION_EXCLUDED] = FINDING_NO_STARTTLS,
    [QUESTION_ADDRESSES] = FINDING_NO_STARTTLS,
};

/* Beside A a cap at A counts, too: it keeps the domain from A+. */
static bool would_lower(const struct policy *policy, enum finding_code code, enum grade grade)
{
    enum grade cap = policy->rules[code].cap;
    if (cap == GRADE_U || grade == GRADE_U || grade == GRADE_N) {
        return false;
    }
    return grade == GRADE_A_PLUS || grade == GRADE_A || policy_worse(grade, cap) != grade;
}

static enum finding_code worst_answer(enum question question, bool is_between_servers)
{
    bool is_on_mx = question == QUESTION_LOGIN && is_between_servers;
    return is_on_mx ? FINDING_LOGIN_BEFORE_TLS_ON_MX : worst_answers[question];
}

uint32_t coverage_of_endpoint(const struct policy *policy, const struct endpoint_record *record)
{
    uint32_t open = 0;
    for (unsigned i = 0; i < QUESTION_COUNT; i++) {
        enum question question = (enum question)i;
        if (is_open(record, question) &&
            would_lower(policy, worst_answer(question, record->is_between_servers),
                        record->grade)) {
            open |= QUESTION_BIT(i);
        }
    }
    if (is_certificate_mixed(record) && record->is_between_servers &&
        would_lower(policy, FINDING_DANE_MISMATCH, record->grade)) {
        open |= QUESTION_BIT(QUESTION_CERTIFICATE);
    }
    if (is_certificate_lone(record) && would_lower(policy, FINDING_RSA_BELOW_1024, record->grade)) {
        open |= QUESTION_BIT(QUESTION_CERTIFICATE);
    }
    return open;
}

/* ---- Domains ---- */

/* An address that was not asked might have no TLS at all. */
static uint32_t coverage_of_address(const struct endpoint_summary *summary)
{
    if (summary->grade != GRADE_U) {
        return summary->open;
    }
    switch (summary->outcome) {
    case OUTCOME_FAMILY_NOT_ASKED:
        return QUESTION_BIT(summary->address.family == 4 ? QUESTION_IPV4 : QUESTION_IPV6);
    case OUTCOME_EXCLUDED:
        return QUESTION_BIT(QUESTION_EXCLUDED);
    case OUTCOME_ADDRESS_NOT_PUBLIC:
        return 0; /* no sender reaches it either */
    default:
        return QUESTION_BIT(QUESTION_ADDRESSES);
    }
}

uint32_t coverage_of_host(const struct host_result *result)
{
    /* Of a name on the exclusion list not even the addresses are looked up. */
    bool is_excluded = result->num_endpoints == 0 && result->lookup == OUTCOME_EXCLUDED;
    uint32_t open = is_excluded ? QUESTION_BIT(QUESTION_EXCLUDED) : 0;
    for (size_t i = 0; i < result->num_endpoints; i++) {
        open |= coverage_of_address(&result->endpoints[i]);
    }
    return open;
}

/* An MTA-STS policy in `enforce` is all that is known of enforcement: TLSA records that do not
 * match would break delivery all the same (RFC 8461 section 2). */
static bool is_dane_open(const struct domain_record *record)
{
    return record->mta_sts.status == MTA_STS_ENFORCE &&
           (record->dane == DANE_UNKNOWN || record->dane == DANE_TEMPERROR);
}

/* Where a policy asks for the certificate, an invalid one breaks delivery: RFC 8461 section 4.2. */
static enum finding_code worst_certificate(const struct domain_record *record)
{
    bool is_asked = record->mta_sts.mode != NULL && strcmp(record->mta_sts.mode, "enforce") == 0;
    return is_asked ? FINDING_MTA_STS_BROKEN : FINDING_UNTRUSTED_ROOT;
}

uint32_t coverage_of_domain(const struct policy *policy, const struct domain_record *record,
                            uint32_t hosts)
{
    uint32_t open = 0;
    hosts |= is_dane_open(record) ? QUESTION_BIT(QUESTION_DANE) : 0;
    hosts |= record->mta_sts.status == MTA_STS_UNKNOWN && record->mta_sts.id != NULL
                 ? QUESTION_BIT(QUESTION_MTA_STS)
                 : 0;
    for (unsigned i = 0; i < QUESTION_COUNT; i++) {
        enum finding_code worst = i == QUESTION_CERTIFICATE ? worst_certificate(record)
                                                            : worst_answer((enum question)i, true);
        if ((hosts & QUESTION_BIT(i)) != 0 && would_lower(policy, worst, record->grade)) {
            open |= QUESTION_BIT(i);
        }
    }
    return open;
}
