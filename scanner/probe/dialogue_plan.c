#include "scanner/probe/dialogue_plan.h"

#include "scanner/evidence/facts.h"
#include "scanner/probe/repetition.h"

#define ALERT_UNRECOGNIZED_NAME 112 /* RFC 6066 section 9 */

/* Looks at the offer alone: enough for two of each kind where every second one has STARTTLS. */
#define OFFER_CHECKS_MAX 6

/* ---- Budgets ---- */

bool dialogue_plan_affords(const struct config *config, const struct server_evidence *server)
{
    unsigned most =
        config->depth == DEPTH_DEEP ? PLAN_SERVER_CONNECTIONS_DEEP : PLAN_SERVER_CONNECTIONS;
    /* The first handshake under some name is one of them; its repetitions are the name's. */
    return server->num_connections + 1u < most && server->open_seconds < PLAN_OPEN_SECONDS;
}

static bool name_affords(const struct config *config, const struct name_evidence *name)
{
    unsigned most = config->max_retries + 1 > PLAN_NAME_DIALOGUES ? config->max_retries + 1
                                                                  : PLAN_NAME_DIALOGUES;
    return (unsigned)(name->num_dialogues - name->num_spoilt) < most &&
           name->open_seconds < PLAN_OPEN_SECONDS;
}

/* ---- How a handshake dialogue is held ---- */

/* What comes before TLS is tested once. A server that was seen without STARTTLS is not provoked:
 * whether it offers it now and then has to be known first. */
static bool wants_tests(const struct config *config, const struct dialogue_plan_service *service,
                        const struct server_evidence *server)
{
    return config->depth >= DEPTH_STANDARD && !service->implicit_tls && !server->has_tests &&
           server->offer.num_without == 0;
}

struct dialogue_manner dialogue_plan_begin(const struct config *config,
                                           const struct dialogue_plan_service *service,
                                           const struct server_evidence *server)
{
    return (struct dialogue_manner){.tests = wants_tests(config, service, server)};
}

/*
 * A second try at the same hello would only fail again: servers are known that hang up on a hello
 * with TLS 1.3 in it, and others that refuse a name they do not know (RFC 6066 section 3).
 */
static void change_offer(const struct observation *last, struct dialogue_manner *manner)
{
    if (outcome_phase(last->outcome) != PHASE_TLS ||
        last->outcome == OUTCOME_TLS_CLIENT_CERTIFICATE ||
        last->outcome == OUTCOME_TLS_UNSUPPORTED) {
        return;
    }
    if (last->alert == ALERT_UNRECOGNIZED_NAME) {
        manner->without_sni = true;
    } else {
        manner->without_tls13 = true;
    }
}

/* ---- The handshake again ---- */

static bool is_missing(const struct observation *last)
{
    return last->outcome == OUTCOME_STARTTLS_NOT_ADVERTISED;
}

/* Two dialogues that agree are enough. Beside one that disagrees, a third under this name. */
static struct repetition after_missing(const struct config *config,
                                       const struct endpoint_votes *votes,
                                       const struct name_evidence *name)
{
    enum fact offered = facts_offered(&votes->offer);
    struct repetition repetition = {.again = offered == FACT_UNKNOWN || offered == FACT_YES};
    repetition.wait = repetition_decide(config, OUTCOME_STARTTLS_NOT_ADVERTISED, 1).wait;
    repetition.again &= name->num_dialogues < PLAN_NAME_DIALOGUES;
    return repetition;
}

/* A refusal of the command with something glued to it is no vote, so that a third may be due. */
static struct repetition after_refused(const struct config *config,
                                       const struct endpoint_votes *votes,
                                       const struct name_evidence *name)
{
    struct repetition repetition = repetition_decide(config, OUTCOME_STARTTLS_REFUSED, 1);
    repetition.again = facts_accepted(&votes->command) == FACT_UNKNOWN &&
                       name->num_dialogues < PLAN_NAME_DIALOGUES;
    return repetition;
}

/* RFC 3207 section 4: 454 may pass, so that two of them count only with some time between. */
static struct repetition after_busy(const struct config *config, const struct endpoint_votes *votes,
                                    const struct name_evidence *name)
{
    struct repetition repetition =
        repetition_decide(config, OUTCOME_STARTTLS_4XX, name->num_dialogues);
    double left = FACTS_BUSY_SECONDS + 1. - votes->command.seconds;
    if (facts_accepted(&votes->command) != FACT_UNKNOWN) {
        repetition.again = false;
    } else if (repetition.wait < left) {
        repetition.wait = left;
    }
    return repetition;
}

/* Two dialogues that agree are enough here, too. */
static struct repetition after_certificate_wanted(const struct config *config,
                                                  const struct name_evidence *name)
{
    struct repetition repetition = repetition_decide(config, OUTCOME_TLS_CLIENT_CERTIFICATE, 1);
    repetition.again =
        name->num_certificate_wanted < 2 && name->num_dialogues < PLAN_NAME_DIALOGUES;
    return repetition;
}

static struct repetition handshake_again(const struct config *config,
                                         const struct server_evidence *server,
                                         const struct name_evidence *name,
                                         const struct observation *last, bool had_tests)
{
    struct endpoint_votes votes = {0};
    server_evidence_count(server, &votes);
    if (name->num_completed > 0 && last->outcome == OUTCOME_OK) {
        return (struct repetition){.again = false};
    }
    if (name_evidence_is_spoilt(last, had_tests)) {
        return (struct repetition){.again = true};
    }
    if (is_missing(last)) {
        return after_missing(config, &votes, name);
    }
    if (server_evidence_is_busy(last)) {
        return after_busy(config, &votes, name);
    }
    if (last->outcome == OUTCOME_TLS_CLIENT_CERTIFICATE) {
        return after_certificate_wanted(config, name);
    }
    if (last->outcome == OUTCOME_STARTTLS_REFUSED) {
        return after_refused(config, &votes, name);
    }
    unsigned tries = name->num_dialogues - name->num_spoilt;
    struct repetition repetition = repetition_decide(config, last->outcome, tries);
    if (!repetition.again && name->num_failed == 1 && last->starttls_handshake.value == TRI_NO) {
        /* The others could not tell, and one that refuses is not believed alone. */
        repetition = (struct repetition){.again = true, .wait = config->retry_wait};
    }
    return repetition;
}

/* A wait that has begun for another name may be shared. */
static bool may_wait(const struct config *config, const struct server_evidence *server,
                     struct moment now)
{
    return server->num_waits < config->max_retries || moment_between(now, server->waits_until) > 0;
}

/* ---- Checks ---- */

/* Dialogues disagree on the offer, and nothing has provoked the server so far. */
static bool wants_offer_check(const struct config *config, const struct server_evidence *server)
{
    struct offer_votes votes;
    starttls_tally_count(&server->offer, &votes);
    return config->depth >= DEPTH_STANDARD && facts_offer_is_open(&votes) && votes.without > 0 &&
           server->offer.provoked == 0 && server->num_offer_checks < OFFER_CHECKS_MAX;
}

static enum dialogue_kind injection_check(const struct injection_tally *tally)
{
    if (tally->num_answered == 0 || tally->num_ignored > 0 || tally->num_control_extra > 0 ||
        tally->num_control_unclear > 0) {
        return DIALOGUE_NONE;
    }
    if (tally->num_control_plain == 0) {
        return DIALOGUE_CONTROL;
    }
    return tally->num_answered < 2 ? DIALOGUE_GLUED : DIALOGUE_NONE;
}

/* MAIL FROM was refused in clear, which may have any cause. Accepted inside TLS, it was the lack of
 * TLS: RFC 3207 section 4. */
static bool wants_mail_check(const struct config *config, const struct server_evidence *server,
                             const struct name_evidence *name)
{
    return config->depth >= DEPTH_STANDARD && server->num_mail_denied > 0 &&
           server->num_mail_accepted == 0 && server->num_mail_refused == 0 &&
           server->num_mail_checks == 0 && name->num_completed > 0;
}

static struct dialogue_step next_check(const struct config *config,
                                       const struct server_evidence *server,
                                       const struct name_evidence *name)
{
    if (!dialogue_plan_affords(config, server)) {
        return (struct dialogue_step){.kind = DIALOGUE_NONE};
    }
    if (wants_offer_check(config, server)) {
        return (struct dialogue_step){.kind = DIALOGUE_OFFER, .wait = FACTS_MIXED_SECONDS / 2.};
    }
    enum dialogue_kind kind = injection_check(&server->injection);
    if (kind == DIALOGUE_NONE && wants_mail_check(config, server, name)) {
        kind = DIALOGUE_MAIL;
    }
    return (struct dialogue_step){.kind = kind};
}

/* ---- All together ---- */

struct dialogue_step dialogue_plan_next(const struct config *config,
                                        const struct dialogue_plan_service *service,
                                        const struct server_evidence *server,
                                        const struct name_evidence *name,
                                        const struct observation *last, enum dialogue_kind kind,
                                        struct dialogue_manner *manner, struct moment now)
{
    bool had_tests = kind == DIALOGUE_HANDSHAKE && manner->tests;
    struct repetition repetition = kind == DIALOGUE_HANDSHAKE
                                       ? handshake_again(config, server, name, last, had_tests)
                                       : repetition_decide(config, last->outcome, 1);
    manner->tests = manner->tests && wants_tests(config, service, server);
    /* Where mail can only go in clear, whether it is taken is all that is left to ask. */
    manner->mail_without_tls = config->depth >= DEPTH_STANDARD && service->takes_mail &&
                               is_missing(last) && server->offer.num_with == 0;
    if (kind == DIALOGUE_HANDSHAKE && !name_evidence_is_spoilt(last, had_tests)) {
        change_offer(last, manner);
    }
    struct dialogue_step step = {.slow_down = repetition.slow_down};
    if (kind == DIALOGUE_HANDSHAKE && repetition.again && name_affords(config, name) &&
        (!repetition.is_wait || may_wait(config, server, now))) {
        step.kind = DIALOGUE_HANDSHAKE;
        step.wait = repetition.wait;
        step.is_wait = repetition.is_wait;
        return step;
    }
    if (last->outcome == OUTCOME_LOCAL_ERROR || repetition.slow_down > 0) {
        return step; /* it wants to be left alone, and so do we */
    }
    struct dialogue_step check = next_check(config, server, name);
    check.slow_down = step.slow_down;
    return check;
}
