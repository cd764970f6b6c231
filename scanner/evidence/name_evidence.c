#include "scanner/evidence/name_evidence.h"

#include "scanner/evidence/vote.h"

bool name_evidence_is_spoilt(const struct observation *observation, bool had_tests)
{
    return had_tests && observation->starttls_accepted.value == TRI_YES &&
           observation->starttls_handshake.value != TRI_YES &&
           outcome_phase(observation->outcome) == PHASE_TLS && observation->choice.version == 0 &&
           !observation_is_refusal_alert(observation->alert);
}

void name_evidence_add(struct name_evidence *evidence, const struct observation *observation,
                       bool had_tests)
{
    vote_add(&evidence->num_dialogues);
    if (observation->timings.total > 0) {
        evidence->open_seconds += (float)observation->timings.total / 1000;
    }
    if (name_evidence_is_spoilt(observation, had_tests)) {
        vote_add(&evidence->num_spoilt);
        vote_add(&evidence->num_unclear);
        /* A time-out may have any cause: it says nothing of the command. */
        evidence->was_taken_for_tls = observation->outcome != OUTCOME_TLS_TIMEOUT;
        return;
    }
    if (observation->outcome == OUTCOME_TLS_CLIENT_CERTIFICATE) {
        vote_add(&evidence->num_certificate_wanted);
    }
    switch (observation->starttls_handshake.value) {
    case TRI_YES:
        vote_add(&evidence->num_completed);
        break;
    case TRI_NO:
        vote_add(&evidence->num_failed);
        break;
    case TRI_UNKNOWN:
        vote_add(&evidence->num_unclear);
        break;
    }
}
