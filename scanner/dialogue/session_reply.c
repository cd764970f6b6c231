/* What the server says in words, one function per state. */
#include "scanner/dialogue/session_internal.h"

#include <string.h>

static void keep_refusal(struct session *session)
{
    const struct reply_reader *reply = session->reply;
    session->result->reply.code = reply->code;
    session->result->reply.text = session_keep(session, reply->text, reply->text_len);
}

void session_do_greeting(struct session *session)
{
    if (session->conn.tls != NULL) {
        session_ask_capabilities_tls(session);
    } else if (session->request->service->capabilities_unasked) {
        session_do_capabilities(session);
    } else {
        session_command(session, S_CAPABILITIES);
    }
}

static void offer_starttls(struct session *session)
{
    struct observation *result = session->result;
    bool offered = result->capabilities.starttls;
    result->has_capabilities = true;
    session_say(&result->starttls_advertised, offered);
    if (offered) {
        bool test_mail = session->request->test_plaintext &&
                         session->request->service->commands[PHASE_OF_MAIL] != NULL;
        session_command(session, test_mail ? S_MAIL : S_STARTTLS);
        return;
    }
    session_leave(session, result->capabilities.starttls_stripped
                               ? OUTCOME_STARTTLS_STRIPPED
                               : OUTCOME_STARTTLS_NOT_ADVERTISED);
}

void session_do_capabilities(struct session *session)
{
    if (session->request->service->commands[PHASE_OF_FALLBACK] != NULL) {
        session_say(&session->result->esmtp, true);
    }
    offer_starttls(session);
}

/* RFC 5321 section 3.2: who refuses EHLO but takes HELO has no extensions, so no STARTTLS. */
void session_do_fallback(struct session *session)
{
    session_say(&session->result->esmtp, false);
    offer_starttls(session);
}

/* RFC 3207 section 4: a public server must take mail without TLS; one that answers 530 enforces it.
 */
void session_do_mail(struct session *session)
{
    session->result->plaintext_mail = PLAINTEXT_MAIL_ACCEPTED;
    session_command(session, S_RESET);
}

void session_do_reset(struct session *session)
{
    session_command(session, S_STARTTLS);
}

/* What was glued to STARTTLS has either been answered or not; where nothing was, the extra reply is
 * a habit of the server's. */
static void note_extra_reply(struct session *session, bool came)
{
    session_say(&session->result->extra_reply, came);
    if (session_injected_command(session)[0] != '\0') {
        session_say(&session->result->injection_commands, came);
    }
}

void session_do_capabilities_tls(struct session *session)
{
    unsigned code = session->reply->code;
    session->result->has_capabilities_tls = true;
    if (code != 0 && code != 250) {
        /* RFC 5321 section 4.3.2: the glued NOOP is answered by 250 alone. A second greeting is
         * not its answer. */
        note_extra_reply(session, false);
    }
    session_leave(session, OUTCOME_OK);
}

/*
 * Some servers finish the handshake and turn away who showed no certificate only then, in words:
 * Postfix with "421 4.7.1 ... No client certificate presented".
 */
static bool refuses_for_certificate(const struct session *session)
{
    return session->result->client_certificate == CLIENT_CERTIFICATE_REQUESTED &&
           memmem(session->reply->text, session->reply->text_len, "certificate", 11) != NULL;
}

/*
 * Who cannot list capabilities may be asked in an older way (RFC 5321 section 3.2: HELO), or for
 * TLS itself. False: there is nothing else to ask.
 */
static bool ask_otherwise(struct session *session, enum reply_status status)
{
    const struct service *service = session->request->service;
    if (session->state != S_CAPABILITIES || status != REPLY_PERMANENT) {
        return false;
    }
    if (service->commands[PHASE_OF_FALLBACK] != NULL) {
        session_command(session, S_FALLBACK);
    } else if (service->starttls_untold) {
        session_say(&session->result->starttls_advertised, false);
        session_command(session, S_STARTTLS);
    } else {
        return false;
    }
    return true;
}

static void on_starttls_refused(struct session *session)
{
    struct observation *result = session->result;
    session_say(&result->starttls_accepted, false);
    if (session_injected_command(session)[0] != '\0') {
        session_say(&result->injection_commands, false); /* it noticed, and refused both */
    }
    if (result->starttls_advertised.value == TRI_NO) {
        session_set_outcome(session, OUTCOME_STARTTLS_NOT_ADVERTISED);
    }
}

/*
 * RFC 3207 section 4: "530 Must issue a STARTTLS command first", with 5.7.0. RFC 4954 section 6
 * answers 530 and even 5.7.0 where a login is missing, which says nothing of TLS.
 */
static bool demands_tls(const struct reply_reader *reply)
{
    char text[REPLY_TEXT_MAX + 1];
    memcpy(text, reply->text, reply->text_len);
    text[reply->text_len] = '\0';
    bool is_of_login = strcasestr(text, "authent") != NULL && strcasestr(text, "TLS") == NULL;
    return reply->code == 530 && strstr(text, "5.7.0") != NULL && !is_of_login;
}

/* Any reply but the good one: what it means stands in the table, but for those that say more. */
static void on_refusal(struct session *session, enum reply_status status)
{
    struct observation *result = session->result;
    if (session->state == S_QUIT) {
        session_drain(session);
        return;
    }
    if (session->state == S_MAIL && (status == REPLY_PERMANENT || status == REPLY_TEMPORARY)) {
        if (demands_tls(session->reply)) {
            session->result->plaintext_mail = PLAINTEXT_MAIL_REFUSED;
        }
        session_command(session, S_STARTTLS);
        return;
    }
    keep_refusal(session);
    if (ask_otherwise(session, status)) {
        return;
    }
    if (session->conn.tls != NULL && refuses_for_certificate(session)) {
        result->client_certificate = CLIENT_CERTIFICATE_REQUIRED;
        session_leave(session, OUTCOME_TLS_CLIENT_CERTIFICATE);
        return;
    }
    if (session->state == S_STARTTLS && status == REPLY_PERMANENT) {
        on_starttls_refused(session);
    }
    session_leave(session, session->outcome_known ? result->outcome
                                                  : session_rules[session->state].refusal[status]);
}

/*
 * The server has been asked two things inside TLS. What it says to them shows whether it answers a
 * third one, which came before; the reply to the last settles it.
 */
static void judge_injection(struct session *session, enum reply_status status)
{
    if (session->result->extra_reply.value != TRI_UNKNOWN) {
        return;
    }
    if (session->reply->answers_injected) {
        note_extra_reply(session, true);
    } else if (session->state == S_QUIT && status == REPLY_OK) {
        note_extra_reply(session, false);
    }
}

/* No second reply came where one would have shown that there was a third command. */
void session_on_reply_cut(struct session *session)
{
    if (session->conn.tls != NULL && session->state == S_QUIT && session->reply != NULL &&
        session->reply->is_second_awaited) {
        note_extra_reply(session, false);
    }
}

static void note_time(struct session *session)
{
    struct timings *timings = &session->result->timings;
    switch (session->state) {
    case S_GREETING:
        timings->banner = session_time_in_state(session);
        break;
    case S_CAPABILITIES:
        timings->ehlo = session_time_in_state(session);
        break;
    case S_STARTTLS:
        timings->starttls = session_time_in_state(session);
        break;
    default:
        break;
    }
}

void session_on_reply(struct session *session, enum reply_status status)
{
    struct observation *result = session->result;
    note_time(session);
    if (session->state == S_GREETING) {
        result->banner = session_keep(session, session->reply->text, session->reply->text_len);
    }
    if (session->conn.tls != NULL) {
        judge_injection(session, status);
    }
    if (status == REPLY_OK) {
        session_rules[session->state].on_ok(session);
    } else {
        on_refusal(session, status);
    }
}

void session_do_starttls(struct session *session)
{
    session_say(&session->result->starttls_accepted, true);
    session_start_tls(session);
}
