#include "scanner/probe/dialogue_plan.h"

#include "scanner/evidence/facts.h"

#define ALERT_UNRECOGNIZED_NAME 112 /* RFC 6066 section 9 */

/* Looks at the offer alone: enough for two of each kind where every second one has STARTTLS. */
#define OFFER_CHECKS_MAX 6

/* ---- Budgets ---- */

bool dialogue_plan_affords(const struct config *config, const struct server_evidence *server,
                           unsigned num_under_way)
{
    unsigned most =
        config->depth == DEPTH_DEEP ? PLAN_SERVER_CONNECTIONS_DEEP : PLAN_SERVER_CONNECTIONS;
    /* The first handshake under some name is one of them; its repetitions are the name's. */
    return server->given_up_for == 0 && server->num_connections + num_under_way + 1u < most &&
           server->open_seconds < PLAN_OPEN_SECONDS;
}

enum outcome dialogue_plan_limit(const struct server_evidence *server)
{
    if (server->given_up_for != 0) {
        return (enum outcome)server->given_up_for;
    }
    return server->open_seconds < PLAN_OPEN_SECONDS ? OUTCOME_NOT_TESTED : OUTCOME_TARGET_TIMEOUT;
}

static double seconds_left(double open_seconds)
{
    return open_seconds < PLAN_OPEN_SECONDS ? PLAN_OPEN_SECONDS - open_seconds : 0;
}

double dialogue_plan_seconds(const struct server_evidence *server)
{
    return seconds_left(server->open_seconds);
}

double dialogue_plan_name_seconds(const struct name_evidence *name)
{
    return seconds_left(name->open_seconds);
}

bool dialogue_plan_affords_name(const struct config *config, const struct name_evidence *name)
{
    unsigned most = config->max_retries + 1 > PLAN_NAME_DIALOGUES ? config->max_retries + 1
                                                                  : PLAN_NAME_DIALOGUES;
    return (unsigned)(name->num_dialogues - name->num_spoilt) < most &&
           name->open_seconds < PLAN_OPEN_SECONDS;
}

/* ---- Coming back ---- */

struct repetition dialogue_plan_repeat(const struct config *config,
                                       const struct server_evidence *server, enum outcome outcome,
                                       unsigned attempts, struct moment now)
{
    struct repetition repetition = repetition_decide(config, outcome, attempts);
    if (!repetition.is_wait) {
        return repetition;
    }
    double left = moment_between(now, server->waits_until);
    if (left > 0) {
        repetition.again = true;
        repetition.wait = left;
    } else {
        repetition = repetition_decide(config, outcome, server->num_waits + 1u);
        repetition.gives_up = !repetition.again;
    }
    repetition.slow_down = repetition.slow_down > 0 && repetition.again ? repetition.wait : 0;
    repetition.is_wait = repetition.again;
    return repetition;
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
static struct repetition after_busy(const struct config *config,
                                    const struct server_evidence *server,
                                    const struct endpoint_votes *votes, struct moment now)
{
    double left = FACTS_BUSY_SECONDS + 1. - votes->command.seconds;
    if (facts_accepted(&votes->command) != FACT_UNKNOWN) {
        return (struct repetition){.again = false};
    }
    struct repetition repetition =
        dialogue_plan_repeat(config, server, OUTCOME_STARTTLS_4XX, 1, now);
    if (repetition.wait < left) {
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
                                         const struct observation *last, bool had_tests,
                                         struct moment now)
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
        return after_busy(config, server, &votes, now);
    }
    if (last->outcome == OUTCOME_TLS_CLIENT_CERTIFICATE) {
        return after_certificate_wanted(config, name);
    }
    if (last->outcome == OUTCOME_STARTTLS_REFUSED) {
        return after_refused(config, &votes, name);
    }
    unsigned tries = name->num_dialogues - name->num_spoilt;
    struct repetition repetition = dialogue_plan_repeat(config, server, last->outcome, tries, now);
    if (!repetition.again && !repetition.gives_up && name->num_failed == 1 &&
        last->starttls_handshake.value == TRI_NO) {
        /* The others could not tell, and one that refuses is not believed alone. */
        repetition = (struct repetition){.again = true, .wait = config->retry_wait};
    }
    return repetition;
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
    if (!dialogue_plan_affords(config, server, 0)) {
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
    struct repetition repetition =
        kind == DIALOGUE_HANDSHAKE ? handshake_again(config, server, name, last, had_tests, now)
                                   : dialogue_plan_repeat(config, server, last->outcome, 1, now);
    manner->tests = manner->tests && wants_tests(config, service, server);
    /* Where mail can only go in clear, whether it is taken is all that is left to ask. */
    manner->mail_without_tls = config->depth >= DEPTH_STANDARD && service->takes_mail &&
                               is_missing(last) && server->offer.num_with == 0;
    if (kind == DIALOGUE_HANDSHAKE && !name_evidence_is_spoilt(last, had_tests)) {
        change_offer(last, manner);
    }
    /* The wait holds for whatever comes next, be it the probes. */
    struct dialogue_step step = {.wait = repetition.wait,
                                 .slow_down = repetition.slow_down,
                                 .is_wait = repetition.is_wait,
                                 .gives_up = repetition.gives_up};
    if (kind == DIALOGUE_HANDSHAKE && repetition.again &&
        dialogue_plan_affords_name(config, name)) {
        step.kind = DIALOGUE_HANDSHAKE;
        return step;
    }
    if (last->outcome == OUTCOME_LOCAL_ERROR || step.is_wait || step.gives_up ||
        kind == DIALOGUE_LEAF) {
        return step; /* it wants to be left alone, and so do we; or all else was asked before */
    }
    return next_check(config, server, name);
}
