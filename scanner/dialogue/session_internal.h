/*
 * Inside a session: its state, and the functions by which its parts reach each other. Only
 * session*.c include this. session.c runs the connection, session_state.c the states,
 * session_reply.c what the server says in words, session_tls.c what it shows in TLS.
 */
#ifndef MXGRADE_SCANNER_SESSION_INTERNAL_H
#define MXGRADE_SCANNER_SESSION_INTERNAL_H

#include <sys/queue.h>

#include "io/base/clock.h"
#include "io/base/line_reader.h"
#include "io/net/conn.h"
#include "scanner/dialogue/session.h"

enum session_state {
    S_QUEUED,
    S_CONNECT,
    S_GREETING,
    S_CAPABILITIES,
    S_FALLBACK,
    S_MAIL,
    S_RESET,
    S_STARTTLS,
    S_TURN, /* many others are shaking hands */
    S_HANDSHAKE,
    S_HELLO,
    S_CAPABILITIES_TLS,
    S_MAIL_TLS,
    S_RESET_TLS,
    S_QUIT,
    S_DRAIN, /* our FIN is sent; waiting for theirs, so that the close is no reset */
    S_ENDED
};

struct session {
    struct pacer_ticket ticket; /* first, so that a ticket is a session */
    struct gate_pass pass;      /* to a handshake */
    struct conn conn;
    struct dialogue_context *context;
    const struct session_request *request;
    struct arena *arena;
    session_callback callback;
    void *user;
    SLIST_ENTRY(session) next_ended;
    enum session_state state : 8;
    bool outcome_known;
    bool is_to_be_told; /* it has ended, and its callback is due */
    uint32_t drained;
    struct line_reader lines;
    struct reply_reader *reply; /* malloc'ed while a reply is being read */
    struct hello_reply_reader *hello_reader;
    struct moment opened;
    struct moment entered;      /* the state */
    struct observation *result; /* the owner's */
};

/*
 * Each state: how long it may take, what a good reply leads to, and what any other reply or a
 * broken connection means there. In the states of the way out, the dialogue has its outcome
 * already.
 */
struct session_rule {
    const char *name;
    size_t limit; /* offset into struct config_limits */
    enum dialogue_phase phase;
    void (*on_ok)(struct session *session);
    enum outcome timeout, closed, reset;
    enum outcome refusal[REPLY_GARBAGE + 1];
};

extern const struct session_rule session_rules[];

/* ---- dialogue_context.c ---- */

/* It has ended; its callback is called once the current event is over. */
void dialogue_report_later(struct dialogue_context *context, struct session *session);

/* It is freed: its callback is not called, if that is still due. */
void dialogue_forget(struct dialogue_context *context, struct session *session);

/* ---- session_state.c ---- */

void session_say(struct verdict *verdict, bool value);
/* For how long it may be open. */
double session_most_seconds(const struct session *session);
/* Tells the owner how far it is. */
void session_tell(struct session *session, enum session_progress progress);
/* The first outcome stays. */
void session_set_outcome(struct session *session, enum outcome outcome);
/* Notes when we first sent something that a server may hold against us: observation.h. */
void session_provoke(struct session *session);
int32_t session_time_in_state(const struct session *session);
/* Copies into the arena. On lack of memory the outcome is OUTCOME_LOCAL_ERROR, the text empty. */
struct text session_keep(struct session *session, const void *bytes, size_t len);
/* The only place where the state changes. */
void session_enter(struct session *session, enum session_state state);
/* Over: the connection is closed and the owner will be told. Idempotent. */
void session_end(struct session *session);
/* Sends, or ends the session: by `lost`, unless this machine lacks what sending takes. */
void session_send(struct session *session, const void *bytes, size_t len, enum outcome lost);
/* Sends the command of the phase and enters the state that awaits its reply. */
void session_command(struct session *session, enum session_state next);
/* Says goodbye where the dialogue still stands. */
void session_leave(struct session *session, enum outcome outcome);
/* Our side is done: FIN, then wait a little for theirs. */
void session_drain(struct session *session);
/* What is glued to STARTTLS in a test; "" where nothing is. */
const char *session_injected_command(const struct session *session);

/* ---- session_reply.c ---- */

void session_do_greeting(struct session *session);
void session_do_capabilities(struct session *session);
void session_do_fallback(struct session *session);
void session_do_mail(struct session *session);
void session_do_reset(struct session *session);
void session_do_starttls(struct session *session);
void session_do_capabilities_tls(struct session *session);
void session_do_mail_tls(struct session *session);
void session_do_reset_tls(struct session *session);
/* A whole reply is in session->reply. */
void session_on_reply(struct session *session, enum reply_status status);
/* The connection has ended, in order, before session->reply was whole. */
void session_on_reply_cut(struct session *session);

/* ---- session_tls.c ---- */

/* Starts the handshake, or sends the hand-written hello. */
void session_start_tls(struct session *session);
void session_on_tls_ready(struct session *session);
/* Inside TLS the capabilities are asked for (again). */
void session_ask_capabilities_tls(struct session *session);
void session_on_tls_failed(struct session *session);
void session_keep_tls_facts(struct session *session);
/* The answer to a hand-written hello is complete, or nothing more comes. */
void session_finish_hello(struct session *session, bool more_may_come);

#endif
