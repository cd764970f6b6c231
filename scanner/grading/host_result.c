#include "scanner/grading/host_result.h"

#include "scanner/evidence/facts.h"
#include "scanner/x509/certificate.h"

enum tri endpoint_encrypts(const struct endpoint_record *record)
{
    if (record->no_common_suite) {
        return TRI_YES; /* with those senders that still have what it wants */
    }
    if (facts_certificate_required(record)) {
        return TRI_NO; /* not for a sender without one, which is every sender */
    }
    if (record->starttls_handshake.value == TRI_NO && record->has_tls &&
        record->tls.weak[WEAK_ANON].value == TRI_YES) {
        return TRI_YES; /* with those senders that take anonymous suites, as Postfix does */
    }
    if (record->starttls_handshake.value != TRI_UNKNOWN) {
        return record->starttls_handshake.value;
    }
    bool is_refused =
        record->starttls_advertised.value == TRI_NO || record->starttls_accepted.value == TRI_NO;
    return is_refused ? TRI_NO : TRI_UNKNOWN;
}

/* Of two leaves both: a sender may get either. Where dialogues disagree, nothing is settled: that a
 * policy breaks delivery (MTA-STS) takes dialogues that agree. */
static enum tri has_valid_certificates(const struct endpoint_record *record)
{
    if (record->votes.certificate.mixed) {
        return TRI_UNKNOWN;
    }
    if (record->certificate == NULL) {
        /* TLS 1.3 encrypts it: to a library that can go on the server shows one all the same. */
        return record->no_common_suite ? TRI_UNKNOWN : TRI_NO;
    }
    enum tri first = certificate_is_valid(record->certificate);
    enum tri second =
        record->certificate2 != NULL ? certificate_is_valid(record->certificate2) : TRI_YES;
    if (first == TRI_NO || second == TRI_NO) {
        return TRI_NO;
    }
    return first == TRI_YES && second == TRI_YES ? TRI_YES : TRI_UNKNOWN;
}

void endpoint_summarise(const struct endpoint_record *record, const struct finding_set *findings,
                        struct endpoint_summary *summary)
{
    summary->outcome = record->outcome;
    summary->grade = record->grade;
    summary->score = (uint8_t)record->score;
    summary->starttls = endpoint_encrypts(record);
    summary->certificate_valid = has_valid_certificates(record);
    summary->dane = record->dane;
    summary->open = record->open;
    summary->findings = *findings;
}

enum outcome host_outcome(enum outcome lookup, const struct endpoint_summary *endpoints,
                          size_t num_endpoints)
{
    enum outcome outcome = lookup;
    for (size_t i = 0; i < num_endpoints; i++) {
        if (endpoints[i].grade != GRADE_U) {
            return OUTCOME_OK;
        }
        /* What was tried tells more than what this run leaves out. */
        if (i == 0 || endpoints[i].outcome != OUTCOME_FAMILY_NOT_ASKED) {
            outcome = endpoints[i].outcome;
        }
    }
    return outcome;
}
