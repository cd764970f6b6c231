#include "scanner/probe/repetition.h"

enum remedy {
    BELIEVE, /* nothing would change */
    AGAIN,   /* once more soon: a time-out, reset or refusal is not believed the first time */
    LATER,   /* the server asked for it (4xx): with a growing wait */
    BACK_OFF /* likewise, and the address is left alone meanwhile (421) */
};

static enum remedy remedy_for(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_BANNER_421:
    case OUTCOME_EHLO_421:
    case OUTCOME_STARTTLS_421:
        return BACK_OFF; /* RFC 5321 section 4.2.1: the service is closing, come back */
    case OUTCOME_BANNER_4XX:
    case OUTCOME_EHLO_4XX:
    case OUTCOME_STARTTLS_4XX:
        return LATER; /* RFC 5321 section 4.2.1: 4yz, transient */
    case OUTCOME_OK:
    case OUTCOME_LOCAL_ERROR:
    case OUTCOME_INTERRUPTED:
        return BELIEVE;
    default:
        return outcome_phase(outcome) == PHASE_DNS || outcome_phase(outcome) == PHASE_POLICY
                   ? BELIEVE
                   : AGAIN;
    }
}

/* The growth of the wait from one retry to the next. */
#define WAIT_FACTOR 4.0

struct repetition repetition_decide(const struct config *config, enum outcome outcome,
                                    unsigned attempts)
{
    struct repetition repetition = {.again = false};
    double wait = config->retry_wait;
    for (unsigned i = 1; i < attempts && i < 8; i++) {
        wait *= WAIT_FACTOR;
    }
    switch (remedy_for(outcome)) {
    case BELIEVE:
        break;
    case AGAIN:
        repetition.again = attempts < 2;
        repetition.wait = config->retry_wait / WAIT_FACTOR;
        break;
    case BACK_OFF:
        repetition.slow_down = wait;
        repetition.is_wait = true;
        repetition.again = attempts <= config->max_retries;
        repetition.wait = wait;
        break;
    case LATER:
        repetition.is_wait = true;
        repetition.again = attempts <= config->max_retries;
        repetition.wait = wait;
        break;
    }
    return repetition;
}
