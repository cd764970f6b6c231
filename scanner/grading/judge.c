#include "scanner/grading/judge.h"

#include <string.h>

#include "io/tls/tls_suites.h"
#include "scanner/evidence/facts.h"
#include "scanner/grading/acceptances.h"
#include "scanner/grading/coverage.h"
#include "scanner/grading/judge_certificate.h"

/* ---- The rules' conditions, a function per subject ---- */

/* A POP3 server that lists nothing may accept the command all the same. */
static bool is_never_offered(const struct endpoint_record *record)
{
    return record->starttls_advertised.value == TRI_NO &&
           record->starttls_accepted.value != TRI_YES && !record->implicit_tls;
}

static void judge_certificate_required(struct judgement *judgement,
                                       const struct endpoint_record *record)
{
    if (record->reply.text.len > 0) { /* it finished the handshake, and refused in words */
        judgement_add(judgement, FINDING_CLIENT_CERTIFICATE_REQUIRED, "inside TLS: %.*s",
                      (int)record->reply.text.len, record->reply.text.bytes);
    } else {
        judgement_add(judgement, FINDING_CLIENT_CERTIFICATE_REQUIRED, "%s",
                      record->outcome_detail != NULL ? record->outcome_detail : "alert");
    }
}

static void judge_starttls(struct judgement *judgement, const struct endpoint_record *record)
{
    if (record->esmtp.value == TRI_NO) {
        judgement_add(judgement, FINDING_NO_ESMTP, NULL);
    }
    if (record->inconsistent) {
        judgement_add(judgement, FINDING_STARTTLS_INCONSISTENT,
                      "%u dialogues with STARTTLS and %u without", record->votes.offer.with,
                      record->votes.offer.without);
    } else if (is_never_offered(record)) {
        judgement_add(judgement, FINDING_NO_STARTTLS, "%s answered %u times without STARTTLS",
                      record->esmtp.value != TRI_UNKNOWN ? "EHLO" : "capabilities",
                      record->votes.offer.without);
    } else if (record->starttls_accepted.value == TRI_NO) {
        /* RFC 3207 section 4: 454 too is a refusal, where it lasts. */
        judgement_add(judgement, FINDING_STARTTLS_REFUSED, "answered %u, %u tries",
                      record->reply.code,
                      record->votes.command.refused + record->votes.command.busy);
    }
    if (facts_certificate_required(record)) {
        judge_certificate_required(judgement, record);
    }
    switch (record->outcome) {
    case OUTCOME_STARTTLS_STRIPPED:
        judgement_add(judgement, FINDING_STARTTLS_STRIPPED, "the EHLO reply has XXXXXXXA");
        break;
    case OUTCOME_TLS_PLAINTEXT:
        if (record->implicit_tls && record->starttls_handshake.value == TRI_NO) {
            judgement_add(judgement, FINDING_NO_STARTTLS,
                          "greets in clear where TLS begins with the first byte");
        }
        break;
    default:
        break;
    }
}

static bool version_is(const struct tls_facts *tls, enum tls_version version, enum tri value)
{
    return tls->versions[version].value == value;
}

static const char *evidence(const struct tls_facts *tls, enum tls_version version)
{
    return tls->version_evidence[version] != NULL ? tls->version_evidence[version] : "observed";
}

/* RFC 3207 section 4.1: what follows the 220 is a handshake. A server that wants a certificate, or
 * greets in clear where TLS begins with the first byte, has a finding of its own. */
static bool is_refused(const struct endpoint_record *record)
{
    if (facts_certificate_required(record) ||
        (record->implicit_tls && record->outcome == OUTCOME_TLS_PLAINTEXT)) {
        return false;
    }
    return record->starttls_handshake.value == TRI_NO;
}

static bool is_accepted(const struct tls_facts *tls, enum weak_class weak)
{
    return tls->weak[weak].value == TRI_YES;
}

/* How the server ended what it had agreed to by its 220. */
static const char *refusal_detail(const struct endpoint_record *record)
{
    if (record->outcome == OUTCOME_TLS_PLAINTEXT || record->outcome == OUTCOME_TLS_GARBAGE ||
        record->outcome_detail == NULL) {
        return outcome_text(record->outcome);
    }
    return record->outcome_detail;
}

/*
 * No handshake was ever completed. Where suites are taken that do not encrypt and authenticate, it
 * is for these: RFC 9325 section 4.1 forbids all of them.
 */
static void judge_refusal(struct judgement *judgement, const struct endpoint_record *record)
{
    const struct tls_facts *tls = &record->tls;
    if (is_accepted(tls, WEAK_ANON)) {
        judgement_add(judgement, FINDING_ONLY_ANONYMOUS, "%s", tls->weak_evidence[WEAK_ANON]);
    } else if (is_accepted(tls, WEAK_NULL) || is_accepted(tls, WEAK_EXPORT)) {
        judgement_add(judgement, FINDING_ONLY_BROKEN, NULL);
    } else {
        judgement_add(judgement, FINDING_HANDSHAKE_REFUSED, "%s", refusal_detail(record));
    }
}

static void judge_versions(struct judgement *judgement, const struct tls_facts *tls)
{
    static const struct {
        enum tls_version version;
        enum finding_code code;
    } legacy[] = {
        {TLS_SSL2, FINDING_SSL2},
        {TLS_SSL3, FINDING_SSL3},
        {TLS_1_0, FINDING_TLS10},
        {TLS_1_1, FINDING_TLS11},
    };
    bool any_legacy = false;
    for (size_t i = 0; i < sizeof(legacy) / sizeof(legacy[0]); i++) {
        if (version_is(tls, legacy[i].version, TRI_YES)) {
            any_legacy = true;
            judgement_add(judgement, legacy[i].code, "%s", evidence(tls, legacy[i].version));
        }
    }
    bool no_tls12 = version_is(tls, TLS_1_2, TRI_NO);
    bool no_tls13 = version_is(tls, TLS_1_3, TRI_NO);
    if (any_legacy && no_tls12 && no_tls13) {
        judgement_add(judgement, FINDING_NO_TLS12, "TLS 1.2: %s; TLS 1.3: %s",
                      evidence(tls, TLS_1_2), evidence(tls, TLS_1_3));
    }
    if (no_tls13) {
        judgement_add(judgement, FINDING_NO_TLS13, "%s", evidence(tls, TLS_1_3));
    }
}

/* Of the suite that a server picked from an offer of all that the TLS library has, best first. */
static void judge_parameters(struct judgement *judgement, const struct tls_facts *tls,
                             const struct tls_suite *suite)
{
    unsigned classes = suite != NULL ? tls_suites_classes(suite) : 0;
    if (suite != NULL && (classes & TLS_CLASS_FORWARD_SECRET) == 0) {
        judgement_add(judgement, FINDING_NO_FORWARD_SECRECY, "%s", tls->cipher);
    }
    if (suite != NULL && (classes & TLS_CLASS_AEAD) == 0) {
        judgement_add(judgement, FINDING_NO_AEAD, "%s", tls->cipher);
    }
    if (tls->ems.value == TRI_NO) {
        judgement_add(judgement, FINDING_NO_EMS, NULL);
    }
    if (tls->secure_renegotiation.value == TRI_NO) {
        judgement_add(judgement, FINDING_NO_SECURE_RENEGOTIATION, NULL);
    }
    if (tls->client_certificate == CLIENT_CERTIFICATE_REQUESTED) {
        judgement_add(judgement, FINDING_CLIENT_CERTIFICATE_REQUESTED, NULL);
    }
}

static void judge_weak(struct judgement *judgement, const struct tls_facts *tls)
{
    static const enum finding_code codes[WEAK_CLASS_COUNT] = {
        [WEAK_NULL] = FINDING_WEAK_NULL,
        [WEAK_ANON] = FINDING_WEAK_ANON,
        [WEAK_EXPORT] = FINDING_WEAK_EXPORT,
        [WEAK_DES] = FINDING_WEAK_DES,
        [WEAK_RC4] = FINDING_WEAK_RC4,
        [WEAK_3DES] = FINDING_WEAK_3DES,
        [WEAK_STATIC_RSA] = FINDING_WEAK_STATIC_RSA,
        [WEAK_STATIC_DH] = FINDING_WEAK_STATIC_DH,
    };
    for (unsigned i = 0; i <= WEAK_STATIC_DH; i++) {
        if (tls->weak[i].value == TRI_YES) {
            judgement_add(judgement, codes[i], "%s",
                          tls->weak_evidence[i] != NULL ? tls->weak_evidence[i] : "accepted");
        }
    }
    if (tls->weak[WEAK_SMALL_DH].value == TRI_YES) {
        bool is_tiny = tls->dh_bits < 1024; /* Logjam: weakdh.org */
        judgement_add(judgement, is_tiny ? FINDING_DH_BELOW_1024 : FINDING_SMALL_DH, "%u bits, %s",
                      tls->dh_bits, tls->dh_group != NULL ? tls->dh_group : "a prime of its own");
    }
    if (tls->compression.value == TRI_YES) {
        judgement_add(judgement, FINDING_COMPRESSION, "DEFLATE");
    }
    if (tls->large_hello_intolerant) {
        judgement_add(judgement, FINDING_LARGE_HELLO_INTOLERANT, NULL);
    }
    if (tls->post_quantum.value == TRI_NO) {
        judgement_add(judgement, FINDING_NO_POST_QUANTUM, NULL);
    }
}

/* ---- DANE ---- */

static bool has_dane_problem(const struct endpoint_record *record, const char *name)
{
    for (size_t i = 0; i < record->num_dane_problems; i++) {
        if (strcmp(record->dane_problems[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void judge_dane(struct judgement *judgement, const struct endpoint_record *record)
{
    switch (record->dane) {
    case DANE_MISMATCH:
        judgement_add(judgement, FINDING_DANE_MISMATCH, "%u records at %s: %s",
                      record->dane_records, record->dane_base != NULL ? record->dane_base : "?",
                      record->num_dane_problems > 0 ? record->dane_problems[0] : "none matches");
        break;
    case DANE_UNUSABLE:
        judgement_add(judgement, FINDING_DANE_UNUSABLE, "%u records", record->dane_records);
        break;
    case DANE_BOGUS:
        judgement_add(judgement, FINDING_DANE_BOGUS, record->dane_bogus != NULL ? "%s" : NULL,
                      record->dane_bogus);
        break;
    case DANE_UNKNOWN:
        if (record->dane_bogus != NULL) { /* and the resolver is blamed for it */
            judgement_add(judgement, FINDING_DANE_DOUBTED, "%s", record->dane_bogus);
        }
        break;
    case DANE_TEMPERROR:
        judgement_add(judgement, FINDING_DANE_TEMPERROR, NULL);
        break;
    default:
        break;
    }
    if (has_dane_problem(record, "no_rollover_spare")) {
        judgement_add(judgement, FINDING_DANE_NO_SPARE, NULL);
    }
    /* RFC 7672 section 3.1.2: the anchor authenticates the host, so that its key bears it all. */
    if (record->dane == DANE_VALID && has_dane_problem(record, "anchor_key_below_1024") &&
        !record->votes.certificate.key_alone) {
        judgement_add(judgement, FINDING_RSA_BELOW_1024, "the trust anchor of the TLSA record");
    } else if (record->dane == DANE_VALID && has_dane_problem(record, "weak_anchor_key")) {
        judgement_add(judgement, FINDING_WEAK_KEY, "the trust anchor of the TLSA record");
    }
}

/* ---- The letter ---- */

/* Has TLS been seen to work, at least as far as the certificate? */
static bool has_shown_tls(const struct endpoint_record *record)
{
    return record->has_tls &&
           (record->starttls_handshake.value == TRI_YES || record->certificate != NULL ||
            record->no_common_suite || is_accepted(&record->tls, WEAK_ANON));
}

/* Is there enough to grade? A server that has completed a handshake, or one that was seen to be
 * worse than that. */
static bool is_gradable(const struct endpoint_record *record, const struct judgement *judgement)
{
    /* A letter better than C says that the peer can be authenticated. */
    bool is_open = finding_set_has(&judgement->set, FINDING_TRUST_UNKNOWN) &&
                   policy_worse(judgement->cap, GRADE_C) != judgement->cap;
    /* D and F are only ever given on what was seen, and what this machine lacked is no verdict. */
    return record->outcome != OUTCOME_LOCAL_ERROR &&
           (judgement->cap == GRADE_F || judgement->cap == GRADE_D ||
            (record->starttls_handshake.value == TRI_YES && !is_open));
}

/* What somebody lives with stays among the findings, and the letter is what it is. */
static void accept_findings(struct judgement *judgement, struct endpoint_record *record)
{
    const char *name = record->host != NULL ? record->host : record->address;
    for (unsigned code = 0; code < FINDING_COUNT; code++) {
        const struct accepted *accepted =
            finding_set_has(&judgement->set, (enum finding_code)code)
                ? acceptances_use(judgement->policy->accepted, name, (enum finding_code)code)
                : NULL;
        if (accepted != NULL) {
            judgement_accept(judgement, (enum finding_code)code, accepted);
        }
    }
    const struct finding_set left = finding_set_without(judgement->set, &judgement->accepted);
    record->accepted_grade =
        judgement_grade_left(judgement, record->grade, policy_cap(judgement->policy, &left));
}

void judge_endpoint(struct judgement *judgement, struct endpoint_record *record)
{
    judge_starttls(judgement, record);
    if (record->no_common_suite) {
        judgement_add(judgement, FINDING_NO_COMMON_SUITE, "%s",
                      record->lack != NULL ? record->lack : outcome_text(OUTCOME_TLS_UNSUPPORTED));
    } else if (is_refused(record)) {
        judge_refusal(judgement, record);
    }
    if (record->has_tls) {
        const struct tls_facts *tls = &record->tls;
        const struct tls_suite *suite =
            record->tls_cipher_id != 0 ? tls_suites_find(record->tls_cipher_id) : NULL;
        judge_versions(judgement, tls);
        judge_parameters(judgement, tls, suite);
        judge_weak(judgement, tls);
        if (record->votes.certificate.mixed && record->dane != DANE_VALID) {
            judgement_add(judgement, FINDING_CERTIFICATE_VARIES,
                          "%u dialogues were shown a valid certificate, %u one that is not",
                          record->votes.certificate.valid, record->votes.certificate.invalid);
        }
        if (record->certificate != NULL) {
            judge_certificate(judgement, record, record->certificate);
            if (record->certificate2 != NULL) {
                judge_certificate(judgement, record, record->certificate2);
            }
        } else if (record->starttls_handshake.value == TRI_YES) {
            judgement_add(judgement, FINDING_NO_CERTIFICATE, NULL);
        }
    }
    if (record->tls13_intolerant) {
        judgement_add(judgement, FINDING_TLS13_INTOLERANT, NULL);
    }
    if (record->sni_intolerant) {
        judgement_add(judgement, FINDING_SNI_INTOLERANT, NULL);
    }
    if (record->injection_commands.value == TRI_YES) {
        judgement_add(judgement, FINDING_COMMAND_INJECTION,
                      "NOOP glued to STARTTLS was answered inside TLS in two dialogues; without it "
                      "no such answer came");
    }
    if (record->starttls_in_tls.value == TRI_YES) {
        judgement_add(judgement, FINDING_STARTTLS_IN_TLS, NULL);
    }
    if (record->login_before_tls.value == TRI_YES) {
        judgement_add(
            judgement,
            record->is_between_servers ? FINDING_LOGIN_BEFORE_TLS_ON_MX : FINDING_LOGIN_BEFORE_TLS,
            record->login_by_challenge
                ? "only mechanisms that do not send the password itself, such as CRAM-MD5 "
                  "or DIGEST-MD5, are listed before TLS: who listens can try passwords "
                  "against what is sent, and who is on the way can take over the session"
                : "listed among the capabilities before TLS");
    }
    if (record->plaintext_mail == PLAINTEXT_MAIL_REFUSED) {
        judgement_add(judgement, FINDING_PLAINTEXT_MAIL_REFUSED,
                      record->mail_only_in_tls
                          ? "MAIL FROM was refused before STARTTLS and accepted inside TLS"
                          : NULL);
    } else if (record->plaintext_mail == PLAINTEXT_MAIL_ACCEPTED) {
        judgement_add(judgement, FINDING_PLAINTEXT_MAIL_ACCEPTED,
                      "MAIL FROM was accepted before STARTTLS");
    }
    if (record->injection_responses.value == TRI_YES) {
        judgement_add(judgement, FINDING_EARLY_RESPONSE_BYTES, NULL);
    }
    judge_dane(judgement, record);
    record->policy = judgement->policy->name;
    record->policy_digest = judgement->policy->digest;
    record->grade = GRADE_U;
    if (is_gradable(record, judgement)) {
        /* A+ stands for enforcement between servers, and there is none towards the others. */
        enum grade best = record->is_between_servers ? GRADE_A_PLUS : GRADE_A;
        if (record->is_between_servers && record->dane != DANE_VALID && has_shown_tls(record)) {
            judgement_add(judgement, FINDING_NO_DANE, "DANE: %s", dane_status_name(record->dane));
        }
        record->grade = policy_worse(best, judgement->cap);
        record->open = coverage_of_endpoint(judgement->policy, record);
        if (record->open != 0) {
            record->grade = policy_worse(record->grade, GRADE_A); /* A+ is for what was all seen */
        }
        record->score = policy_score(record->grade, judgement->deductions);
    }
    accept_findings(judgement, record);
    record->findings = judgement->findings;
    record->num_findings = judgement->num_findings;
}
