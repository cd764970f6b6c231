/* What the server shows in TLS: a whole handshake, or the answer to a hand-written hello. */
#include "scanner/dialogue/session_internal.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/loop.h"
#include "scanner/evidence/lack.h"
#include "scanner/evidence/refusal.h"
#include "scanner/x509/certificate_algorithm.h"
#include "scanner/x509/certificate_der.h"
#include "scanner/x509/ocsp_response.h"

static bool write_hello(const struct session_request *request, uint8_t *out, size_t max,
                        size_t *out_len)
{
    uint8_t random[HELLO_RANDOM_LEN];
    RAND_bytes(random, sizeof(random));
    return request->ssl2 ? hello_write_ssl2(random, out, max, out_len)
                         : hello_write(request->hello, random, out, max, out_len);
}

static struct hello_reply_reader *hello_reader_new(bool want_flight)
{
    struct hello_reply_reader *reader = malloc(sizeof(*reader));
    if (reader != NULL) {
        hello_reply_init(reader, want_flight);
    }
    return reader;
}

/* A hello that cannot be written is ours to blame: nothing was asked, and there is no reader. */
static void send_hello(struct session *session)
{
    uint8_t bytes[HELLO_BYTES_MAX];
    size_t len;
    session_enter(session, S_HELLO);
    if (write_hello(session->request, bytes, sizeof(bytes), &len)) {
        session->hello_reader = hello_reader_new(session->request->want_flight);
    }
    if (session->hello_reader == NULL) {
        session_set_outcome(session, OUTCOME_LOCAL_ERROR);
        session_end(session);
        return;
    }
    session->result->hello = &session->hello_reader->reply;
    session_provoke(session); /* no handshake follows the hello */
    session_send(session, bytes, len, OUTCOME_TLS_RESET);
}

static void start_handshake(struct session *session)
{
    session_enter(session, S_HANDSHAKE);
    const struct session_request *request = session->request;
    const struct tls_offer offer = {.sni = request->sni, .without_tls13 = request->without_tls13};
    if (!conn_start_tls(&session->conn, &offer)) {
        session_set_outcome(session, OUTCOME_LOCAL_ERROR);
        session_end(session);
    }
}

/* The time spent waiting for each other is not the server's. */
static void on_turn(struct gate_pass *pass)
{
    struct session *session = (struct session *)((char *)pass - offsetof(struct session, pass));
    session->opened =
        moment_after(session->opened, loop_since(session->context->loop, session->entered));
    start_handshake(session);
}

void session_start_tls(struct session *session)
{
    if (session->request->hello != NULL || session->request->ssl2) {
        send_hello(session);
        return;
    }
    if (gate_enter(&session->context->handshakes, &session->pass, on_turn)) {
        start_handshake(session);
    } else {
        session_enter(session, S_TURN);
        conn_pause(&session->conn);
    }
}

/* ---- TLS ---- */

static void keep_chain(struct session *session, const struct tls_observed *observed)
{
    if (observed->num_certificates == 0 || session->result->chain != NULL) {
        return;
    }
    struct text certificates[TLS_CERTIFICATES_MAX];
    for (size_t i = 0; i < observed->num_certificates; i++) {
        certificates[i].bytes = (const char *)observed->certificates[i].bytes;
        certificates[i].len = observed->certificates[i].len;
    }
    session->result->chain =
        chain_cache_add(session->context->chain_cache, certificates, observed->num_certificates);
    if (session->result->chain == NULL) {
        session_set_outcome(session, OUTCOME_LOCAL_ERROR); /* it lacked memory */
    }
}

/* A staple that is longer than will be looked at is kept cut, which makes it unreadable. */
static void keep_extras(struct session *session, const struct tls_observed *observed)
{
    struct certificate_extras *extras = &session->result->extras;
    struct tls_bytes staple = observed->ocsp_response;
    extras->has_sct_extension = observed->sct_list.len > 0;
    if (staple.len > 0 && extras->ocsp_response.bytes == NULL) {
        size_t len = staple.len < OCSP_RESPONSE_MAX ? staple.len : OCSP_RESPONSE_MAX;
        extras->ocsp_response = session_keep(session, staple.bytes, len);
    }
}

void session_keep_tls_facts(struct session *session)
{
    const struct tls_observed *observed = tls_stream_observed(session->conn.tls);
    struct observation *result = session->result;
    result->offered_tls13 = !session->request->without_tls13;
    result->tls_version = observed->version;
    result->tls_cipher = observed->cipher;
    result->tls_group = observed->group;
    result->choice = observed->choice;
    result->has_sent_alert = observed->has_sent_alert;
    result->sent_alert = observed->sent_alert;
    result->ems = observed->extended_master_secret;
    result->secure_renegotiation = observed->secure_renegotiation;
    result->session_ticket = observed->session_ticket;
    keep_extras(session, observed);
    if (observed->certificate_requested) {
        /* What was said in words since then, that it is required, stays. */
        if (result->client_certificate != CLIENT_CERTIFICATE_REQUIRED) {
            result->client_certificate = CLIENT_CERTIFICATE_REQUESTED;
        }
    } else if (observed->handshake_done) {
        result->client_certificate = CLIENT_CERTIFICATE_NONE;
    }
    keep_chain(session, observed);
}

void session_on_tls_ready(struct session *session)
{
    session->result->timings.handshake = session_time_in_state(session);
    session_say(&session->result->starttls_handshake, true);
    session_keep_tls_facts(session);
    if (session->request->service->implicit_tls) {
        session_set_outcome(session, OUTCOME_OK); /* whatever it says now, TLS has been seen */
        session_enter(session, S_GREETING);
    } else {
        session_ask_capabilities_tls(session);
    }
}

void session_ask_capabilities_tls(struct session *session)
{
    if (session->request->service->commands[PHASE_OF_CAPABILITIES] != NULL) {
        session_command(session, S_CAPABILITIES_TLS);
    } else {
        session_enter(session, S_CAPABILITIES_TLS); /* it will say them unasked */
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

/* Reads the first line that the server sent in place of TLS, as a reply in clear. */
static enum reply_status read_in_clear(const struct session *session,
                                       const struct tls_observed *observed,
                                       enum dialogue_phase phase, struct reply_reader *out_reply)
{
    struct capabilities ignored = {0};
    const char *line = (const char *)observed->first_bytes;
    const char *end = memchr(line, '\r', observed->first_bytes_len);
    size_t len = end != NULL ? (size_t)(end - line) : observed->first_bytes_len;
    return session->request->service->read_line(out_reply, phase, line, len, &ignored);
}

/* An RSA key can still decrypt: TLS 1.2 may go on with such a leaf, and is tried next. */
static bool has_rsa_key(struct session *session, struct text leaf, bool *out_lacks_memory)
{
    struct certificate_der der = {.spki = {NULL, 0}};
    struct certificate_key key = {.name = NULL};
    if (leaf.bytes != NULL) {
        certificate_der_read(leaf, &der);
    }
    *out_lacks_memory =
        der.spki.bytes != NULL && !certificate_key_read(session->arena, der.spki, &key);
    return key.name != NULL && strncmp(key.name, "RSA", 3) == 0;
}

/*
 * BoringSSL ended the handshake. The outcome is OUTCOME_TLS_UNSUPPORTED where another library could
 * have gone on. `out_is_hopeless` is set where no library could.
 */
static enum outcome outcome_of_refusal(struct session *session, const struct tls_observed *observed,
                                       bool *out_is_hopeless)
{
    struct observation *result = session->result;
    struct text leaf = {NULL, 0};
    struct lack lack;
    bool lacks_memory = false;
    if (observed->num_certificates > 0) {
        leaf.bytes = (const char *)observed->certificates[0].bytes;
        leaf.len = observed->certificates[0].len;
    }
    if (!lack_find(session->arena, &observed->choice, leaf, &lack)) {
        return OUTCOME_LOCAL_ERROR;
    }
    if (lack.text == NULL && observed->failure == TLS_FAILURE_KEY_USAGE &&
        !has_rsa_key(session, leaf, &lacks_memory)) {
        lack.text = LACK_USAGE_TEXT;
    }
    if (lacks_memory) {
        return OUTCOME_LOCAL_ERROR;
    }
    if (lack.text != NULL) {
        result->lack = result->detail = lack.text;
        return OUTCOME_TLS_UNSUPPORTED;
    }
    result->detail =
        lack.is_leaf_unreadable ? "no parser finds a key in the certificate" : observed->reason;
    *out_is_hopeless = lack.is_leaf_unreadable || observed->failure == TLS_FAILURE_SIGNATURE;
    return OUTCOME_TLS_PROTOCOL_ERROR;
}

/* The reply counts as the server's answer to STARTTLS, in place of the 220 before it. */
static enum outcome take_back_starttls(struct session *session, const struct reply_reader *reply,
                                       enum outcome outcome)
{
    struct observation *result = session->result;
    result->reply.code = reply->code;
    result->reply.text = session_keep(session, reply->text, reply->text_len);
    result->starttls_accepted = (struct verdict){.value = TRI_UNKNOWN};
    return outcome;
}

/*
 * Some servers answer 220 to STARTTLS and then send text in clear. If the text says that TLS is not
 * available for now (454, RFC 3207 section 4), asks us to come back later, or turns us away, it
 * counts as the answer to STARTTLS.
 */
static enum outcome outcome_of_text(struct session *session, const struct tls_observed *observed)
{
    struct reply_reader reply = {0};
    struct text text = session_keep(session, observed->first_bytes, observed->first_bytes_len);
    session->result->reply.text = text;
    if (session->request->service->implicit_tls) {
        return OUTCOME_TLS_PLAINTEXT;
    }
    enum reply_status status = read_in_clear(session, observed, PHASE_OF_STARTTLS, &reply);
    if (status == REPLY_TEMPORARY || status == REPLY_CLOSING) {
        return take_back_starttls(session, &reply, session_rules[S_STARTTLS].refusal[status]);
    }
    if (status == REPLY_PERMANENT && refusal_of_starttls(reply.code, text) == REFUSAL_OF_US) {
        return take_back_starttls(session, &reply, OUTCOME_TURNED_AWAY);
    }
    return OUTCOME_TLS_PLAINTEXT;
}

/* `out_is_hopeless` is set where no client could have finished the handshake. */
static enum outcome outcome_of_failure(struct session *session, const struct tls_observed *observed,
                                       bool *out_is_hopeless)
{
    switch (observed->failure) {
    case TLS_FAILURE_CLOSED:
        return OUTCOME_TLS_CLOSED;
    case TLS_FAILURE_RESET:
        return OUTCOME_TLS_RESET;
    case TLS_FAILURE_ALERT:
        session->result->alert = observed->alert_description;
        session->result->detail =
            observation_alert_text(session->arena, observed->alert_description);
        return wants_client_certificate(observed) ? OUTCOME_TLS_CLIENT_CERTIFICATE
                                                  : OUTCOME_TLS_ALERT;
    case TLS_FAILURE_PLAINTEXT:
        return outcome_of_text(session, observed);
    case TLS_FAILURE_GARBAGE:
        return OUTCOME_TLS_GARBAGE;
    case TLS_FAILURE_PROTOCOL:
    case TLS_FAILURE_SIGNATURE:
    case TLS_FAILURE_KEY_USAGE:
        return outcome_of_refusal(session, observed, out_is_hopeless);
    case TLS_FAILURE_NONE:
    case TLS_FAILURE_LOCAL:
        break;
    }
    return OUTCOME_LOCAL_ERROR;
}

/*
 * Where TLS begins with the first byte, a busy server may excuse itself in clear. That it has no
 * TLS is only said by the greeting that belongs inside.
 */
static bool greets_in_clear(const struct session *session, const struct tls_observed *observed)
{
    struct reply_reader reply = {0};
    enum reply_status status = read_in_clear(session, observed, PHASE_OF_GREETING, &reply);
    return status == REPLY_OK || status == REPLY_MORE;
}

/* An alert, or something that is no TLS at all, is the server's own word; a lost connection is not.
 */
static bool is_servers_word(const struct session *session, const struct tls_observed *observed,
                            enum outcome outcome)
{
    if (outcome == OUTCOME_TLS_PLAINTEXT && session->request->service->implicit_tls) {
        return greets_in_clear(session, observed);
    }
    return outcome == OUTCOME_TLS_ALERT || outcome == OUTCOME_TLS_CLIENT_CERTIFICATE ||
           outcome == OUTCOME_TLS_PLAINTEXT || outcome == OUTCOME_TLS_GARBAGE;
}

void session_on_tls_failed(struct session *session)
{
    const struct tls_observed *observed = tls_stream_observed(session->conn.tls);
    session_keep_tls_facts(session);
    bool is_hopeless = false;
    enum outcome outcome = outcome_of_failure(session, observed, &is_hopeless);
    if (outcome == OUTCOME_TLS_CLOSED) {
        session_on_reply_cut(session); /* many end TLS without a close_notify */
    }
    if (outcome == OUTCOME_TLS_CLIENT_CERTIFICATE) {
        session->result->client_certificate = CLIENT_CERTIFICATE_REQUIRED;
    }
    if (session->state == S_HANDSHAKE) {
        session_provoke(session);
        if (is_hopeless || is_servers_word(session, observed, outcome)) {
            session_say(&session->result->starttls_handshake, false);
        }
        session_set_outcome(session, outcome);
    } else if (outcome == OUTCOME_TLS_CLIENT_CERTIFICATE) {
        /* In TLS 1.3 the client is done before the server has looked at its certificate. */
        session_say(&session->result->starttls_handshake, false);
        session_set_outcome(session, outcome);
    } else {
        /* TLS has been seen, but what was to be seen inside may have found no memory. */
        session_set_outcome(session, outcome == OUTCOME_LOCAL_ERROR ? outcome : OUTCOME_OK);
    }
    session_end(session);
}

/*
 * user_canceled and close_notify, warnings: RFC 8446 section 6.1. In records of the version that
 * was agreed on, as a server takes no other now (section 5.1: TLS 1.3 has that of TLS 1.2).
 */
static bool send_goodbye(struct session *session)
{
    const struct hello_reply *reply = session->result->hello;
    uint8_t minor = reply->version < 0x0303 ? (uint8_t)reply->version : 0x03;
    const uint8_t goodbye[] = {0x15, 0x03, minor, 0x00, 0x02, 0x01, 0x5a,
                               0x15, 0x03, minor, 0x00, 0x02, 0x01, 0x00};
    return conn_send(&session->conn, goodbye, sizeof(goodbye));
}

/* Only a server that goes on with the handshake is told that we do not: a fatal alert has ended it
 * for both (RFC 8446 section 6.2), and what else may come is no TLS. */
static bool is_goodbye_due(const struct hello_reply *reply)
{
    return (reply->kind == HELLO_REPLY_SERVER_HELLO ||
            reply->kind == HELLO_REPLY_HELLO_RETRY_REQUEST) &&
           !reply->alert;
}

/* The answer to a hand-written hello is complete, or nothing more comes. */
void session_finish_hello(struct session *session, bool more_may_come)
{
    session->result->timings.handshake = session_time_in_state(session);
    session_set_outcome(session, OUTCOME_OK);
    if (more_may_come && (!is_goodbye_due(session->result->hello) || send_goodbye(session))) {
        session_drain(session);
    } else {
        session_end(session);
    }
}
