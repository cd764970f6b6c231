#include "scanner/session.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/conn.h"
#include "io/line_reader.h"
#include "io/tls_names.h"
#include "scanner/log.h"
#include "scanner/worker.h"

/* After our FIN a server may say a little more before its own. */
#define DRAIN_BYTES_MAX 262144

enum session_state {
    S_QUEUED,
    S_CONNECT,
    S_GREETING,
    S_CAPABILITIES,
    S_FALLBACK,
    S_MAIL,
    S_RESET,
    S_STARTTLS,
    S_HANDSHAKE,
    S_HELLO,
    S_CAPABILITIES_TLS,
    S_QUIT,
    S_DRAIN, /* our FIN is sent; waiting for theirs, so that the close is no reset */
    S_ENDED
};

struct session {
    struct pacer_ticket ticket; /* first, so that a ticket is a session */
    struct conn conn;
    struct worker *worker;
    const struct session_request *request;
    struct arena *arena;
    session_callback callback;
    void *user;
    struct session *next_ended;
    enum session_state state;
    bool outcome_known;
    struct line_reader lines;
    struct reply_reader *reply; /* malloc'ed while a reply is being read */
    struct hello_reply_reader *hello_reader;
    size_t drained;
    ev_tstamp opened;
    ev_tstamp entered; /* the state */
    struct session_result result;
};

static void do_connected(struct session *session);
static void do_greeting(struct session *session);
static void do_capabilities(struct session *session);
static void do_fallback(struct session *session);
static void do_mail(struct session *session);
static void do_reset(struct session *session);
static void do_starttls(struct session *session);
static void do_capabilities_tls(struct session *session);
static void drain(struct session *session);

/*
 * Each state: how long it may take, what a good reply leads to, and what any other reply or a
 * broken connection means there. In the states of the way out, the dialogue has its outcome
 * already.
 */
static const struct state {
    const char *name;
    size_t limit; /* offset into struct config_limits */
    enum dialogue_phase phase;
    void (*on_ok)(struct session *session);
    enum outcome timeout, closed, reset;
    enum outcome refusal[REPLY_GARBAGE + 1];
} states[] = {
#define LIMIT(field) offsetof(struct config_limits, field)
#define BREAKS(prefix)                                                                             \
    .timeout = OUTCOME_##prefix##_TIMEOUT, .closed = OUTCOME_##prefix##_CLOSED,                    \
    .reset = OUTCOME_##prefix##_RESET
#define REFUSALS(prefix, permanent)                                                                \
    .refusal = {[REPLY_CLOSING] = OUTCOME_##prefix##_421,                                          \
                [REPLY_TEMPORARY] = OUTCOME_##prefix##_4XX,                                        \
                [REPLY_PERMANENT] = OUTCOME_##prefix##_##permanent,                                \
                [REPLY_GARBAGE] = OUTCOME_##prefix##_GARBAGE}
    [S_QUEUED] = {.name = "queued"},
    [S_CONNECT] = {.name = "connect",
                   .limit = LIMIT(connect),
                   .timeout = OUTCOME_CONNECT_TIMEOUT,
                   .closed = OUTCOME_CONNECT_RESET,
                   .reset = OUTCOME_CONNECT_RESET},
    [S_GREETING] = {.name = "greeting",
                    .limit = LIMIT(greeting),
                    .phase = PHASE_OF_GREETING,
                    .on_ok = do_greeting,
                    BREAKS(BANNER),
                    REFUSALS(BANNER, 5XX)},
    [S_CAPABILITIES] = {.name = "capabilities",
                        .limit = LIMIT(reply),
                        .phase = PHASE_OF_CAPABILITIES,
                        .on_ok = do_capabilities,
                        BREAKS(EHLO),
                        REFUSALS(EHLO, 5XX)},
    [S_FALLBACK] = {.name = "fallback",
                    .limit = LIMIT(reply),
                    .phase = PHASE_OF_FALLBACK,
                    .on_ok = do_fallback,
                    BREAKS(EHLO),
                    REFUSALS(EHLO, 5XX)},
    [S_MAIL] = {.name = "mail",
                .limit = LIMIT(reply),
                .phase = PHASE_OF_MAIL,
                .on_ok = do_mail,
                BREAKS(STARTTLS),
                REFUSALS(STARTTLS, REFUSED)},
    [S_RESET] = {.name = "reset",
                 .limit = LIMIT(reply),
                 .phase = PHASE_OF_RESET,
                 .on_ok = do_reset,
                 BREAKS(STARTTLS),
                 REFUSALS(STARTTLS, REFUSED)},
    [S_STARTTLS] = {.name = "starttls",
                    .limit = LIMIT(reply),
                    .phase = PHASE_OF_STARTTLS,
                    .on_ok = do_starttls,
                    BREAKS(STARTTLS),
                    REFUSALS(STARTTLS, REFUSED)},
    [S_HANDSHAKE] = {.name = "handshake", .limit = LIMIT(handshake), BREAKS(TLS)},
    [S_HELLO] = {.name = "hello", .limit = LIMIT(handshake), BREAKS(TLS)},
    [S_CAPABILITIES_TLS] = {.name = "capabilities in TLS",
                            .limit = LIMIT(reply),
                            .phase = PHASE_OF_CAPABILITIES,
                            .on_ok = do_capabilities_tls,
                            .timeout = OUTCOME_OK,
                            .closed = OUTCOME_OK,
                            .reset = OUTCOME_OK,
                            .refusal = {[REPLY_CLOSING] = OUTCOME_OK,
                                        [REPLY_TEMPORARY] = OUTCOME_OK,
                                        [REPLY_PERMANENT] = OUTCOME_OK,
                                        [REPLY_GARBAGE] = OUTCOME_OK}},
    [S_QUIT] = {.name = "quit", .limit = LIMIT(quit), .phase = PHASE_OF_QUIT, .on_ok = drain},
    [S_DRAIN] = {.name = "drain", .limit = LIMIT(quit)},
    [S_ENDED] = {.name = "ended"},
#undef LIMIT
#undef BREAKS
#undef REFUSALS
};

/* ---- Verdicts and ends ---- */

static void say(struct verdict *verdict, bool value)
{
    verdict->value = value ? TRI_YES : TRI_NO;
}

static void leave_unknown(struct verdict *verdict, enum outcome reason)
{
    if (verdict->value == TRI_UNKNOWN) {
        verdict->reason = reason;
    }
}

/* The first outcome stays: what follows is only the way out. */
static void set_outcome(struct session *session, enum outcome outcome)
{
    if (session->outcome_known) {
        return;
    }
    session->outcome_known = true;
    struct session_result *result = &session->result;
    result->outcome = outcome;
    leave_unknown(&result->esmtp, outcome);
    leave_unknown(&result->starttls_advertised, outcome);
    leave_unknown(&result->starttls_accepted, outcome);
    leave_unknown(&result->starttls_handshake, outcome);
}

static int32_t milliseconds(double seconds)
{
    return seconds < 2e6 ? (int32_t)(seconds * 1000 + 0.5) : INT32_MAX;
}

static void end(struct session *session)
{
    if (session->state == S_ENDED) {
        return;
    }
    session->state = S_ENDED;
    session->result.timings.total = milliseconds(ev_now(session->worker->loop) - session->opened);
    conn_close(&session->conn);
    counter_add(&session->worker->counters.in_flight, (uint64_t)-1);
    worker_report_later(session->worker, session);
}

static double limit_of(const struct session *session, enum session_state state)
{
    const struct config_limits *limits = &session->worker->config->limits;
    double limit = *(const double *)((const char *)limits + states[state].limit);
    double left = limits->target - (ev_now(session->worker->loop) - session->opened);
    return limit < left ? limit : left;
}

/* The only place where the state changes. */
static void enter(struct session *session, enum session_state state)
{
    ev_tstamp now = ev_now(session->worker->loop);
    log_trace(session->worker->config, "%s: %s -> %s after %.3f s",
              session->request->sni != NULL ? session->request->sni : "-",
              states[session->state].name, states[state].name, now - session->entered);
    session->state = state;
    session->entered = now;
    conn_set_deadline(&session->conn, limit_of(session, state));
}

static int32_t time_in_state(const struct session *session)
{
    return milliseconds(ev_now(session->worker->loop) - session->entered);
}

/* ---- Sending and leaving ---- */

static const char *injected_command(const struct session *session)
{
    const struct session_request *request = session->request;
    bool wanted = request->test_plaintext && request->service->injected != NULL;
    return wanted ? request->service->injected : "";
}

/* Sends the command of the phase and enters the state that awaits its reply. */
static void command(struct session *session, enum session_state next)
{
    char line[320];
    const char *injected = next == S_STARTTLS ? injected_command(session) : "";
    const char *format = session->request->service->commands[states[next].phase];
    const char *argument = strstr(format, "%s");
    int len = argument == NULL ? snprintf(line, sizeof(line), "%s%s", format, injected)
                               : snprintf(line, sizeof(line), "%.*s%s%s", (int)(argument - format),
                                          format, session->worker->config->ehlo, argument + 2);
    enter(session, next);
    if (len < 0 || (size_t)len >= sizeof(line) || !conn_send(&session->conn, line, (size_t)len)) {
        set_outcome(session, states[next].reset);
        end(session);
    }
}

/* Says goodbye where the dialogue still stands. */
static void leave(struct session *session, enum outcome outcome)
{
    set_outcome(session, outcome);
    command(session, S_QUIT);
}

/* Our side is done: FIN, then wait a little for theirs. */
static void drain(struct session *session)
{
    conn_shutdown(&session->conn);
    enter(session, S_DRAIN);
}

static void keep_refusal(struct session *session)
{
    const struct reply_reader *reply = session->reply;
    session->result.reply.code = reply->code;
    session->result.reply.text.bytes = arena_copy(session->arena, reply->text, reply->text_len);
    session->result.reply.text.len = reply->text_len;
}

/* ---- Replies, one function per state ---- */

static void do_greeting(struct session *session)
{
    if (session->request->service->commands[PHASE_OF_CAPABILITIES] != NULL) {
        command(session, S_CAPABILITIES);
    } else {
        do_capabilities(session); /* the greeting has told them */
    }
}

static void offer_starttls(struct session *session)
{
    struct session_result *result = &session->result;
    bool offered = result->capabilities.starttls;
    say(&result->starttls_advertised, offered);
    if (offered) {
        bool test_mail = session->request->test_plaintext &&
                         session->request->service->commands[PHASE_OF_MAIL] != NULL;
        command(session, test_mail ? S_MAIL : S_STARTTLS);
        return;
    }
    leave(session, result->capabilities.starttls_stripped ? OUTCOME_STARTTLS_STRIPPED
                                                          : OUTCOME_STARTTLS_NOT_ADVERTISED);
}

static void do_capabilities(struct session *session)
{
    say(&session->result.esmtp, true);
    offer_starttls(session);
}

/* RFC 5321 section 3.2: who refuses EHLO but takes HELO has no extensions, so no STARTTLS. */
static void do_fallback(struct session *session)
{
    say(&session->result.esmtp, false);
    offer_starttls(session);
}

/* RFC 3207 section 4: a public server must take mail without TLS; one that answers 530 enforces it.
 */
static void do_mail(struct session *session)
{
    session->result.plaintext_mail = PLAINTEXT_MAIL_ACCEPTED;
    command(session, S_RESET);
}

static void do_reset(struct session *session)
{
    command(session, S_STARTTLS);
}

static void do_capabilities_tls(struct session *session)
{
    session->result.has_capabilities_tls = true;
    leave(session, OUTCOME_OK);
}

static void note_injection(struct session *session, bool executed)
{
    if (injected_command(session)[0] != '\0') {
        say(&session->result.injection_commands, executed);
    }
}

/*
 * Some servers finish the handshake and turn away who showed no certificate only then, in words:
 * Postfix with "421 4.7.1 ... No client certificate presented".
 */
static bool refuses_for_certificate(const struct session *session)
{
    return session->result.client_certificate == CLIENT_CERTIFICATE_REQUESTED &&
           memmem(session->reply->text, session->reply->text_len, "certificate", 11) != NULL;
}

/* Any reply but the good one: what it means stands in the table, but for two that say more. */
static void on_refusal(struct session *session, enum reply_status status)
{
    struct session_result *result = &session->result;
    bool has_fallback = session->request->service->commands[PHASE_OF_FALLBACK] != NULL;
    if (session->state == S_QUIT) {
        drain(session);
        return;
    }
    if (session->state == S_MAIL && status == REPLY_PERMANENT) {
        if (session->reply->code == 530) {
            session->result.plaintext_mail = PLAINTEXT_MAIL_REFUSED;
        }
        command(session, S_STARTTLS);
        return;
    }
    keep_refusal(session);
    if (session->state == S_CAPABILITIES && status == REPLY_PERMANENT && has_fallback) {
        command(session, S_FALLBACK);
        return;
    }
    if (session->state == S_CAPABILITIES_TLS && refuses_for_certificate(session)) {
        result->client_certificate = CLIENT_CERTIFICATE_REQUIRED;
        leave(session, OUTCOME_TLS_CLIENT_CERTIFICATE);
        return;
    }
    if (session->state == S_STARTTLS && status == REPLY_PERMANENT) {
        say(&result->starttls_accepted, false);
        note_injection(session, false); /* it noticed, and refused both */
    }
    leave(session,
          session->outcome_known ? result->outcome : states[session->state].refusal[status]);
}

/*
 * The server has been asked two things inside TLS, EHLO and QUIT. If the reply to the second is a
 * 250, there was one reply more than questions: the command from before TLS was executed inside it.
 */
static void judge_injection(struct session *session)
{
    if (session->reply->code == 250 || session->reply->code == 221) {
        note_injection(session, session->reply->code == 250);
    }
}

static void note_time(struct session *session)
{
    struct timings *timings = &session->result.timings;
    switch (session->state) {
    case S_GREETING:
        timings->banner = time_in_state(session);
        break;
    case S_CAPABILITIES:
        timings->ehlo = time_in_state(session);
        break;
    case S_STARTTLS:
        timings->starttls = time_in_state(session);
        break;
    default:
        break;
    }
}

static void on_reply(struct session *session, enum reply_status status)
{
    struct session_result *result = &session->result;
    note_time(session);
    if (session->state == S_GREETING) {
        result->banner.bytes =
            arena_copy(session->arena, session->reply->text, session->reply->text_len);
        result->banner.len = session->reply->text_len;
    }
    if (session->state == S_QUIT && session->conn.tls != NULL) {
        judge_injection(session);
    }
    if (status == REPLY_OK) {
        states[session->state].on_ok(session);
    } else {
        on_refusal(session, status);
    }
}

static bool write_hello(const struct session_request *request, uint8_t *out, size_t max,
                        size_t *out_len)
{
    uint8_t random[HELLO_RANDOM_LEN];
    RAND_bytes(random, sizeof(random));
    return request->ssl2 ? hello_write_ssl2(random, out, max, out_len)
                         : hello_write(request->hello, random, out, max, out_len);
}

static void send_hello(struct session *session)
{
    uint8_t bytes[HELLO_BYTES_MAX];
    size_t len;
    enter(session, S_HELLO);
    session->hello_reader = malloc(sizeof(*session->hello_reader));
    if (session->hello_reader == NULL ||
        !write_hello(session->request, bytes, sizeof(bytes), &len)) {
        set_outcome(session, OUTCOME_LOCAL_ERROR);
        end(session);
        return;
    }
    hello_reply_init(session->hello_reader, session->request->want_flight);
    session->result.hello = &session->hello_reader->reply;
    if (!conn_send(&session->conn, bytes, len)) {
        set_outcome(session, OUTCOME_TLS_RESET);
        end(session);
    }
}

static void start_tls(struct session *session)
{
    if (session->request->hello != NULL || session->request->ssl2) {
        send_hello(session);
        return;
    }
    enter(session, S_HANDSHAKE);
    const struct session_request *request = session->request;
    const struct tls_offer offer = {request->sni, request->without_tls13, request->rsa_first};
    if (!conn_start_tls(&session->conn, &offer)) {
        set_outcome(session, OUTCOME_LOCAL_ERROR);
        end(session);
    }
}

static void do_starttls(struct session *session)
{
    say(&session->result.starttls_accepted, true);
    start_tls(session);
}

/* ---- TLS ---- */

static void keep_chain(struct session *session, const struct tls_observed *observed)
{
    if (observed->num_certificates == 0 || session->result.chain != NULL) {
        return;
    }
    struct text certificates[TLS_CERTIFICATES_MAX];
    for (size_t i = 0; i < observed->num_certificates; i++) {
        certificates[i].bytes = (const char *)observed->certificates[i].bytes;
        certificates[i].len = observed->certificates[i].len;
    }
    session->result.chain =
        chain_cache_get(session->worker->chain_cache, certificates, observed->num_certificates);
}

static void keep_tls_facts(struct session *session)
{
    const struct tls_observed *observed = tls_stream_observed(session->conn.tls);
    struct session_result *result = &session->result;
    result->offered_tls13 = !session->request->without_tls13;
    result->tls_version = observed->version;
    result->tls_cipher = observed->cipher;
    result->tls_group = observed->group;
    result->ems = observed->extended_master_secret;
    result->secure_renegotiation = observed->secure_renegotiation;
    result->session_ticket = observed->session_ticket;
    result->has_ocsp_staple = observed->ocsp_response.len > 0;
    result->has_sct_extension = observed->sct_list.len > 0;
    if (observed->certificate_requested) {
        result->client_certificate = CLIENT_CERTIFICATE_REQUESTED;
    } else if (observed->handshake_done) {
        result->client_certificate = CLIENT_CERTIFICATE_NONE;
    }
    keep_chain(session, observed);
}

static void on_tls_ready(struct session *session)
{
    session->result.timings.handshake = time_in_state(session);
    say(&session->result.starttls_handshake, true);
    keep_tls_facts(session);
    if (session->request->service->commands[PHASE_OF_CAPABILITIES] != NULL) {
        command(session, S_CAPABILITIES_TLS);
    } else {
        leave(session, OUTCOME_OK);
    }
}

/* An alert that follows a CertificateRequest says that our empty answer was not enough: RFC 8446
 * section 6.2 has certificate_required (116); older versions use what their authors chose. */
static bool wants_client_certificate(const struct tls_observed *observed)
{
    static const uint8_t alerts[] = {40, 41, 42, 43, 46, 48, 49, 116};
    return observed->certificate_requested &&
           memchr(alerts, observed->alert_description, sizeof(alerts)) != NULL;
}

const char *session_alert_text(struct arena *arena, uint8_t description)
{
    const char *name = tls_names_alert(description);
    return arena_format(arena, "alert %u %s", description, name != NULL ? name : "unknown");
}

static enum outcome outcome_of_failure(struct session *session, const struct tls_observed *observed)
{
    switch (observed->failure) {
    case TLS_FAILURE_CLOSED:
        return OUTCOME_TLS_CLOSED;
    case TLS_FAILURE_RESET:
        return OUTCOME_TLS_RESET;
    case TLS_FAILURE_ALERT:
        session->result.alert = observed->alert_description;
        session->result.detail = session_alert_text(session->arena, observed->alert_description);
        return wants_client_certificate(observed) ? OUTCOME_TLS_CLIENT_CERTIFICATE
                                                  : OUTCOME_TLS_ALERT;
    case TLS_FAILURE_PLAINTEXT:
        session->result.reply.text.bytes =
            arena_copy(session->arena, observed->first_bytes, observed->first_bytes_len);
        session->result.reply.text.len = observed->first_bytes_len;
        return OUTCOME_TLS_PLAINTEXT;
    case TLS_FAILURE_GARBAGE:
        return OUTCOME_TLS_GARBAGE;
    case TLS_FAILURE_PROTOCOL:
        session->result.detail = observed->reason;
        return OUTCOME_TLS_PROTOCOL_ERROR;
    case TLS_FAILURE_NONE:
    case TLS_FAILURE_LOCAL:
        break;
    }
    return OUTCOME_LOCAL_ERROR;
}

/* An alert, or something that is no TLS at all, is the server's own word; a lost connection is not.
 */
static bool is_servers_word(enum outcome outcome)
{
    return outcome == OUTCOME_TLS_ALERT || outcome == OUTCOME_TLS_CLIENT_CERTIFICATE ||
           outcome == OUTCOME_TLS_PLAINTEXT || outcome == OUTCOME_TLS_GARBAGE;
}

static void on_tls_failed(struct session *session)
{
    const struct tls_observed *observed = tls_stream_observed(session->conn.tls);
    keep_tls_facts(session);
    enum outcome outcome = outcome_of_failure(session, observed);
    if (outcome == OUTCOME_TLS_CLIENT_CERTIFICATE) {
        session->result.client_certificate = CLIENT_CERTIFICATE_REQUIRED;
    }
    if (session->state == S_HANDSHAKE) {
        if (is_servers_word(outcome)) {
            say(&session->result.starttls_handshake, false);
        }
        set_outcome(session, outcome);
    } else if (outcome == OUTCOME_TLS_CLIENT_CERTIFICATE) {
        /* In TLS 1.3 the client is done before the server has looked at its certificate. */
        say(&session->result.starttls_handshake, false);
        set_outcome(session, outcome);
    } else {
        set_outcome(session, OUTCOME_OK);
    }
    end(session);
}

/* The answer to a hand-written hello is complete, or nothing more comes. */
static void finish_hello(struct session *session, bool more_may_come)
{
    static const uint8_t goodbye[] = {
        /* user_canceled and close_notify, warnings: RFC 8446 section 6.1 */
        0x15, 0x03, 0x01, 0x00, 0x02, 0x01, 0x5a, 0x15, 0x03, 0x01, 0x00, 0x02, 0x01, 0x00};
    session->result.timings.handshake = time_in_state(session);
    set_outcome(session, OUTCOME_OK);
    if (more_may_come && conn_send(&session->conn, goodbye, sizeof(goodbye))) {
        drain(session);
    } else {
        end(session);
    }
}

/* ---- Events of the connection ---- */

static void feed_reply(struct session *session, const char *bytes, size_t len)
{
    enum session_state state = session->state;
    struct capabilities *capabilities = state == S_CAPABILITIES_TLS
                                            ? &session->result.capabilities_tls
                                            : &session->result.capabilities;
    if (session->reply == NULL && (session->reply = calloc(1, sizeof(*session->reply))) == NULL) {
        set_outcome(session, OUTCOME_LOCAL_ERROR);
        end(session);
        return;
    }
    session->reply->num_bytes += len;
    const char *line;
    size_t line_len;
    enum reply_status status = REPLY_MORE;
    enum line_status line_status;
    while (status == REPLY_MORE &&
           (line_status = line_reader_next(&session->lines, &bytes, &len, &line, &line_len)) ==
               LINE_READY) {
        status = session->request->service->read_line(session->reply, states[state].phase, line,
                                                      line_len, capabilities);
    }
    if (status == REPLY_MORE) {
        if (line_status == LINE_NO_MEMORY || session->reply->num_bytes > REPLY_BYTES_MAX) {
            set_outcome(session, line_status == LINE_NO_MEMORY ? OUTCOME_LOCAL_ERROR
                                                               : OUTCOME_TOO_MUCH_DATA);
            end(session);
        }
        return;
    }
    /*
     * What is behind the last line was sent out of turn. After the 220 of STARTTLS it must never be
     * taken for the inside of TLS (RFC 3207 section 6, CVE-2011-0411 seen from this side): it is
     * counted and dropped, here and in the line reader.
     */
    if (state == S_STARTTLS) {
        session->result.early_bytes = len;
    }
    line_reader_fini(&session->lines);
    on_reply(session, status);
    free(session->reply);
    session->reply = NULL;
}

static void on_data(struct session *session, const uint8_t *bytes, size_t len)
{
    switch (session->state) {
    case S_HELLO:
        if (hello_reply_feed(session->hello_reader, bytes, len) == HELLO_REPLY_DONE) {
            finish_hello(session, true);
        }
        break;
    case S_DRAIN:
        session->drained += len;
        if (session->drained > DRAIN_BYTES_MAX) {
            end(session);
        }
        break;
    default:
        if (states[session->state].on_ok != NULL) {
            feed_reply(session, (const char *)bytes, len);
        }
        break;
    }
}

static void on_broken(struct session *session, enum outcome outcome)
{
    if (session->state == S_HELLO && session->hello_reader != NULL) {
        hello_reply_eof(session->hello_reader);
        if (session->hello_reader->reply.kind != HELLO_REPLY_NONE) {
            finish_hello(session, false);
            return;
        }
    }
    if (session->conn.tls != NULL) {
        keep_tls_facts(session);
    }
    const char *partial = session->lines.partial;
    if (outcome == OUTCOME_BANNER_CLOSED && partial != NULL && !isprint((unsigned char)*partial)) {
        outcome = OUTCOME_BANNER_GARBAGE; /* something came, and it was no text */
    }
    set_outcome(session, outcome);
    end(session);
}

static enum outcome outcome_of_errno(const struct session *session)
{
    if (session->state != S_CONNECT) {
        return states[session->state].reset;
    }
    switch (session->conn.error) {
    case ECONNREFUSED:
        return OUTCOME_CONNECT_REFUSED;
    case ETIMEDOUT:
        return OUTCOME_CONNECT_TIMEOUT;
    case ECONNRESET:
        return OUTCOME_CONNECT_RESET;
    case ENOMEM:
        return OUTCOME_LOCAL_ERROR;
    default:
        return OUTCOME_CONNECT_UNREACHABLE;
    }
}

static enum outcome outcome_of_timeout(const struct session *session)
{
    double age = ev_now(session->worker->loop) - session->opened;
    bool is_target = age >= session->worker->config->limits.target;
    return is_target && !session->outcome_known ? OUTCOME_TARGET_TIMEOUT
                                                : states[session->state].timeout;
}

static void on_conn_event(struct conn *conn, enum conn_event event, const uint8_t *bytes,
                          size_t len)
{
    struct session *session = (struct session *)((char *)conn - offsetof(struct session, conn));
    switch (event) {
    case CONN_CONNECTED:
        do_connected(session);
        break;
    case CONN_DATA:
        on_data(session, bytes, len);
        break;
    case CONN_TLS_READY:
        on_tls_ready(session);
        break;
    case CONN_TLS_FAILED:
        on_tls_failed(session);
        break;
    case CONN_CLOSED:
        on_broken(session, states[session->state].closed);
        break;
    case CONN_ERROR:
        on_broken(session, outcome_of_errno(session));
        break;
    case CONN_TIMEOUT:
        on_broken(session, outcome_of_timeout(session));
        break;
    }
}

static void do_connected(struct session *session)
{
    session->result.connected = true;
    session->result.timings.connect = time_in_state(session);
    if (session->request->service->implicit_tls) {
        say(&session->result.starttls_advertised, true);
        say(&session->result.starttls_accepted, true);
        start_tls(session);
    } else {
        enter(session, S_GREETING);
    }
}

/* ---- Life and death ---- */

static void start(struct pacer_ticket *ticket)
{
    struct session *session = (struct session *)ticket;
    struct worker *worker = session->worker;
    const struct session_request *request = session->request;
    switch (conn_open(&session->conn, worker->conn_shared, on_conn_event, &request->address,
                      request->port)) {
    case CONN_OPEN_NO_DESCRIPTOR:
        pacer_shortage(worker->pacer, ticket);
        return;
    case CONN_OPEN_FAILED:
        session->state = S_CONNECT;
        session->opened = ev_now(worker->loop);
        set_outcome(session, outcome_of_errno(session));
        counter_add(&worker->counters.in_flight, 1);
        end(session);
        return;
    case CONN_OPEN_STARTED:
        break;
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    session->result.started = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    session->opened = ev_now(worker->loop);
    session->entered = session->opened;
    counter_add(&worker->counters.connections, 1);
    counter_add(&worker->counters.in_flight, 1);
    enter(session, S_CONNECT);
}

struct session *session_new(struct worker *worker, const struct session_request *request,
                            struct arena *arena, session_callback callback, void *user)
{
    struct session *session = calloc(1, sizeof(*session));
    if (session == NULL) {
        return NULL;
    }
    session->worker = worker;
    session->request = request;
    session->arena = arena;
    session->callback = callback;
    session->user = user;
    session->conn.fd = -1;
    session->ticket.start = start;
    session->result.timings = (struct timings){-1, -1, -1, -1, -1, -1};
    if (!pacer_enqueue(worker->pacer, &session->ticket, &request->address, request->provider)) {
        free(session);
        return NULL;
    }
    return session;
}

const struct session_result *session_result(const struct session *session)
{
    return &session->result;
}

void session_slow_down(struct session *session, double seconds)
{
    pacer_slow_down(session->worker->pacer, &session->ticket, seconds);
}

bool session_is_waiting(const struct session *session)
{
    return session->state == S_QUEUED;
}

void session_free(struct session *session)
{
    if (session == NULL) {
        return;
    }
    if (session->state != S_QUEUED && session->state != S_ENDED) {
        counter_add(&session->worker->counters.in_flight, (uint64_t)-1);
    }
    conn_close(&session->conn);
    pacer_release(session->worker->pacer, &session->ticket);
    line_reader_fini(&session->lines);
    if (session->hello_reader != NULL) {
        hello_reply_fini(session->hello_reader);
        free(session->hello_reader);
    }
    free(session->reply);
    free(session);
}

/* For the worker: the list of ended sessions, and the call to make for each. */
struct session **session_next_ended(struct session *session)
{
    return &session->next_ended;
}

void session_report(struct session *session)
{
    session->callback(session, session->user);
}
