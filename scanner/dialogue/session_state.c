#include "scanner/dialogue/session_internal.h"

#include <string.h>

#include "io/base/loop.h"
#include "io/base/counter.h"
#include "io/base/shortage.h"
#include "scanner/base/log.h"

/* The longest has a host name in it, of at most 253 bytes. */
#define COMMAND_MAX 320

const struct session_rule session_rules[] = {
#define LIMIT(field) offsetof(struct config_limits, field)
#define BREAKS(prefix)                                                                             \
    .timeout = OUTCOME_##prefix##_TIMEOUT, .closed = OUTCOME_##prefix##_CLOSED,                    \
    .reset = OUTCOME_##prefix##_RESET
#define REFUSALS(prefix, permanent)                                                                \
    .refusal = {[REPLY_CLOSING] = OUTCOME_##prefix##_421,                                          \
                [REPLY_TEMPORARY] = OUTCOME_##prefix##_4XX,                                        \
                [REPLY_PERMANENT] = OUTCOME_##prefix##_##permanent,                                \
                [REPLY_GARBAGE] = OUTCOME_##prefix##_GARBAGE}
#define ALL_IS_WELL                                                                                \
    .timeout = OUTCOME_OK, .closed = OUTCOME_OK, .reset = OUTCOME_OK,                              \
    .refusal = {[REPLY_CLOSING] = OUTCOME_OK,                                                      \
                [REPLY_TEMPORARY] = OUTCOME_OK,                                                    \
                [REPLY_PERMANENT] = OUTCOME_OK,                                                    \
                [REPLY_GARBAGE] = OUTCOME_OK}
    [S_QUEUED] = {.name = "queued"},
    [S_CONNECT] = {.name = "connect", .limit = LIMIT(connect), .timeout = OUTCOME_CONNECT_TIMEOUT},
    [S_GREETING] = {.name = "greeting",
                    .limit = LIMIT(greeting),
                    .phase = PHASE_OF_GREETING,
                    .on_ok = session_do_greeting,
                    BREAKS(BANNER),
                    REFUSALS(BANNER, 5XX)},
    [S_CAPABILITIES] = {.name = "capabilities",
                        .limit = LIMIT(reply),
                        .phase = PHASE_OF_CAPABILITIES,
                        .on_ok = session_do_capabilities,
                        BREAKS(EHLO),
                        REFUSALS(EHLO, 5XX)},
    [S_FALLBACK] = {.name = "fallback",
                    .limit = LIMIT(reply),
                    .phase = PHASE_OF_FALLBACK,
                    .on_ok = session_do_fallback,
                    BREAKS(EHLO),
                    REFUSALS(EHLO, 5XX)},
    [S_MAIL] = {.name = "mail",
                .limit = LIMIT(reply),
                .phase = PHASE_OF_MAIL,
                .on_ok = session_do_mail,
                BREAKS(STARTTLS),
                REFUSALS(STARTTLS, REFUSED)},
    [S_RESET] = {.name = "reset",
                 .limit = LIMIT(reply),
                 .phase = PHASE_OF_RESET,
                 .on_ok = session_do_reset,
                 BREAKS(STARTTLS),
                 REFUSALS(STARTTLS, REFUSED)},
    [S_STARTTLS] = {.name = "starttls",
                    .limit = LIMIT(reply),
                    .phase = PHASE_OF_STARTTLS,
                    .on_ok = session_do_starttls,
                    BREAKS(STARTTLS),
                    REFUSALS(STARTTLS, REFUSED)},
    /* Ours to wait for: no limit of the server's holds, and its patience is the only other one. */
    [S_TURN] = {.name = "turn", .limit = LIMIT(turn), .timeout = OUTCOME_LOCAL_ERROR},
    [S_HANDSHAKE] = {.name = "handshake", .limit = LIMIT(handshake), BREAKS(TLS)},
    [S_HELLO] = {.name = "hello", .limit = LIMIT(handshake), BREAKS(TLS)},
    [S_CAPABILITIES_TLS] = {.name = "capabilities in TLS",
                            .limit = LIMIT(reply),
                            .phase = PHASE_OF_CAPABILITIES,
                            .on_ok = session_do_capabilities_tls,
                            ALL_IS_WELL},
    [S_MAIL_TLS] = {.name = "mail in TLS",
                    .limit = LIMIT(reply),
                    .phase = PHASE_OF_MAIL,
                    .on_ok = session_do_mail_tls,
                    ALL_IS_WELL},
    [S_RESET_TLS] = {.name = "reset in TLS",
                     .limit = LIMIT(reply),
                     .phase = PHASE_OF_RESET,
                     .on_ok = session_do_reset_tls,
                     ALL_IS_WELL},
    [S_QUIT] = {.name = "quit",
                .limit = LIMIT(quit),
                .phase = PHASE_OF_QUIT,
                .on_ok = session_drain},
    [S_DRAIN] = {.name = "drain", .limit = LIMIT(quit)},
    [S_ENDED] = {.name = "ended"},
#undef LIMIT
#undef BREAKS
#undef REFUSALS
#undef ALL_IS_WELL
};

/* ---- Verdicts and ends ---- */

void session_say(struct verdict *verdict, bool value)
{
    verdict->value = value ? TRI_YES : TRI_NO;
}

void session_tell(struct session *session, enum session_progress progress)
{
    if (session->request->on_progress != NULL) {
        session->request->on_progress(progress, session->request->progress_user);
    }
}

static void leave_unknown(struct verdict *verdict, enum outcome reason)
{
    if (verdict->value == TRI_UNKNOWN) {
        verdict->reason = reason;
    }
}

/* The first outcome stays: what follows is only the way out. */
void session_set_outcome(struct session *session, enum outcome outcome)
{
    if (session->outcome_known) {
        return;
    }
    session->outcome_known = true;
    struct observation *result = session->result;
    result->outcome = outcome;
    leave_unknown(&result->esmtp, outcome);
    leave_unknown(&result->starttls_advertised, outcome);
    leave_unknown(&result->starttls_accepted, outcome);
    leave_unknown(&result->starttls_handshake, outcome);
}

struct text session_keep(struct session *session, const void *bytes, size_t len)
{
    const char *copy = arena_copy(session->arena, bytes, len);
    if (copy == NULL) {
        session_set_outcome(session, OUTCOME_LOCAL_ERROR);
    }
    return (struct text){copy, copy != NULL ? len : 0};
}

void session_provoke(struct session *session)
{
    if (session->result->provoked_at.seconds == 0) {
        session->result->provoked_at = loop_now(session->context->loop);
    }
}

static int32_t session_milliseconds(double seconds)
{
    return seconds < 2e6 ? (int32_t)(seconds * 1000 + 0.5) : INT32_MAX;
}

void session_end(struct session *session)
{
    if (session->state == S_ENDED) {
        return;
    }
    session->state = S_ENDED;
    session->result->timings.total =
        session_milliseconds(loop_since(session->context->loop, session->opened));
    counter_add(&session->context->counters.milliseconds, (uint64_t)session->result->timings.total);
    conn_close(&session->conn);
    gate_leave(&session->context->handshakes, &session->pass);
    counter_subtract(&session->context->counters.in_flight, 1);
    dialogue_report_later(session->context, session);
}

double session_most_seconds(const struct session *session)
{
    double target = session->context->config->limits.target;
    double most = session->request->most_seconds;
    return most > 0 && most < target ? most : target;
}

static double limit_of(const struct session *session, enum session_state state)
{
    const struct config_limits *limits = &session->context->config->limits;
    double limit = *(const double *)((const char *)limits + session_rules[state].limit);
    double left =
        session_most_seconds(session) - loop_since(session->context->loop, session->opened);
    return limit < left || state == S_TURN ? limit : left;
}

/* The only place where the state changes. */
void session_enter(struct session *session, enum session_state state)
{
    struct moment now = loop_now(session->context->loop);
    log_trace(session->context->config, "%s: %s -> %s after %.3f s",
              session->request->sni != NULL ? hostname_text(session->request->sni) : "-",
              session_rules[session->state].name, session_rules[state].name,
              moment_between(session->entered, now));
    session->state = state;
    session->entered = now;
    conn_set_deadline(&session->conn, limit_of(session, state));
}

int32_t session_time_in_state(const struct session *session)
{
    return session_milliseconds(loop_since(session->context->loop, session->entered));
}

/* ---- Sending and leaving ---- */

void session_send(struct session *session, const void *bytes, size_t len, enum outcome lost)
{
    if (!conn_send(&session->conn, bytes, len)) {
        session_set_outcome(session, is_shortage(session->conn.error) ? OUTCOME_LOCAL_ERROR : lost);
        session_end(session);
    }
}

/* Without capabilities before TLS there is nothing to compare the answer inside with. */
const char *session_injected_command(const struct session *session)
{
    const struct session_request *request = session->request;
    bool wanted = request->test_plaintext && session->result->has_capabilities;
    return wanted && request->service->injected != NULL ? request->service->injected : "";
}

/* True if there was room for the whole text behind the `*len` bytes of the line. */
static bool append(char line[COMMAND_MAX], size_t *len, const char *text, size_t text_len)
{
    if (text_len > COMMAND_MAX - *len) {
        return false;
    }
    memcpy(line + *len, text, text_len);
    *len += text_len;
    return true;
}

/* Sends the command of the phase and enters the state that awaits its reply. */
void session_command(struct session *session, enum session_state next)
{
    char line[COMMAND_MAX];
    size_t len = 0;
    const char *ehlo = dialogue_context_ehlo(session->context, &session->request->address)->text;
    const char *injected = next == S_STARTTLS ? session_injected_command(session) : "";
    const char *format = session->request->service->commands[session_rules[next].phase];
    const char *argument = strstr(format, "%s");
    const char *rest = argument != NULL ? argument + 2 : format;
    bool fits = (argument == NULL || (append(line, &len, format, (size_t)(argument - format)) &&
                                      append(line, &len, ehlo, strlen(ehlo)))) &&
                append(line, &len, rest, strlen(rest)) &&
                append(line, &len, injected, strlen(injected));
    session_enter(session, next);
    if (injected[0] != '\0') {
        session_provoke(session);
        session->result->has_tests = true;
    }
    if (!fits) { /* it was never sent: the server is not to blame */
        session_set_outcome(session, OUTCOME_LOCAL_ERROR);
        session_end(session);
    } else {
        session_send(session, line, len, session_rules[next].reset);
    }
}

/* Says goodbye where the dialogue still stands. */
void session_leave(struct session *session, enum outcome outcome)
{
    session_set_outcome(session, outcome);
    session_command(session, S_QUIT);
}

/* Our side is done: FIN, then wait a little for theirs. */
void session_drain(struct session *session)
{
    conn_shutdown(&session->conn);
    session_enter(session, S_DRAIN);
}
