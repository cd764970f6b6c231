/* What the server says in words, one function per state. */
#include "scanner/dialogue/session_internal.h"

#include <string.h>

#include "io/base/loop.h"
#include "scanner/evidence/refusal.h"

static struct text reply_of(const struct session *session)
{
    return (struct text){session->reply->text, session->reply->text_len};
}

static void keep_refusal(struct session *session)
{
    const struct reply_reader *reply = session->reply;
    session->result->reply.code = reply->code;
    session->result->reply.text = session_keep(session, reply->text, reply->text_len);
}

void session_do_greeting(struct session *session)
{
    session_tell(session, SESSION_GREETED);
    if (session->conn.tls != NULL) {
        session_ask_capabilities_tls(session);
    } else if (session->request->service->capabilities_unasked) {
        session_do_capabilities(session);
    } else {
        session_command(session, S_CAPABILITIES);
    }
}

static void begin_tls_or_leave(struct session *session)
{
    if (session->result->starttls_advertised.value != TRI_YES) {
        session_command(session, S_QUIT);
    } else if (session->request->only_offer) {
        session_leave(session, OUTCOME_OK);
    } else {
        session_command(session, S_STARTTLS);
    }
}

/* The server refuses us, so its reply tells nothing of its TLS. The reply's text is kept. */
static void leave_turned_away(struct session *session)
{
    keep_refusal(session);
    session_leave(session, OUTCOME_TURNED_AWAY);
}

static void offer_starttls(struct session *session)
{
    struct observation *result = session->result;
    bool offered = result->capabilities.starttls;
    bool test_mail =
        session->request->service->commands[PHASE_OF_MAIL] != NULL &&
        (offered ? session->request->test_plaintext || session->request->test_mail_in_tls
                 : session->request->test_mail_without_tls);
    if (!offered && (refusal_is_decoy(result->banner) || refusal_is_decoy(reply_of(session)))) {
        leave_turned_away(session);
        return;
    }
    result->has_capabilities = true;
    if (session->request->service->is_between_servers) {
        result->ehlo = session_keep(session, session->reply->text, session->reply->text_len);
    }
    result->capabilities_at = loop_now(session->context->loop);
    if (!offered && result->capabilities.starttls_stripped) {
        session_leave(session, OUTCOME_STARTTLS_STRIPPED);
        return;
    }
    session_say(&result->starttls_advertised, offered);
    if (offered) {
        session_tell(session, SESSION_OFFERED);
    } else {
        session_set_outcome(session, OUTCOME_STARTTLS_NOT_ADVERTISED);
    }
    if (test_mail) {
        session_provoke(session);
        result->has_tests = offered;
        session_command(session, S_MAIL);
    } else {
        begin_tls_or_leave(session);
    }
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
    begin_tls_or_leave(session);
}

/* An extra reply is the answer to the command that was glued to STARTTLS. In a dialogue without
 * such a command it shows that the server sends one reply too many by habit. */
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
        /* RFC 5321 section 4.3.2: only 250 answers the glued NOOP. A second greeting does not. */
        note_extra_reply(session, false);
    }
    if (session->request->test_mail_in_tls && session->result->is_mail_refused) {
        session_set_outcome(session, OUTCOME_OK);
        session_command(session, S_MAIL_TLS);
    } else {
        session_leave(session, OUTCOME_OK);
    }
}

void session_do_mail_tls(struct session *session)
{
    session->result->is_mail_taken_in_tls = true;
    session_command(session, S_RESET_TLS);
}

void session_do_reset_tls(struct session *session)
{
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
        if (refusal_of_ehlo(session->reply->code, reply_of(session)) == REFUSAL_OF_US) {
            leave_turned_away(session);
        } else {
            session_command(session, S_FALLBACK);
        }
    } else if (service->starttls_untold) {
        session_say(&session->result->starttls_advertised, false);
        session->result->capabilities_at = loop_now(session->context->loop);
        session_command(session, S_STARTTLS);
    } else {
        return false;
    }
    return true;
}

static void on_starttls_refused(struct session *session)
{
    struct observation *result = session->result;
    if (session_injected_command(session)[0] != '\0') {
        /* The server noticed the glued command. Its reply to STARTTLS alone stays unknown. */
        session_say(&result->injection_commands, false);
        return;
    }
    switch (refusal_of_starttls(session->reply->code, reply_of(session))) {
    case REFUSAL_LACKS:
        session_say(&result->starttls_accepted, false);
        break;
    case REFUSAL_OF_US:
        session_set_outcome(session, OUTCOME_TURNED_AWAY);
        return;
    case REFUSAL_BUSY:
    case REFUSAL_UNCLEAR:
        return;
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
        result->is_mail_refused = status == REPLY_PERMANENT;
        begin_tls_or_leave(session);
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
