/*
 * Handshakes with a server under one host name (or none), one dialogue after another, until their
 * outcome can be believed. dialogue_plan.h says what follows each dialogue. The owner waits between
 * two of them, and keeps the server's evidence, which other names share.
 */
#ifndef MXGRADE_SCANNER_NAME_INQUIRY_H
#define MXGRADE_SCANNER_NAME_INQUIRY_H

#include "scanner/dialogue/session.h"
#include "scanner/evidence/leaf_tally.h"
#include "scanner/evidence/name_evidence.h"
#include "scanner/evidence/server_evidence.h"
#include "scanner/probe/dialogue_plan.h"

struct name_inquiry;

/*
 * A dialogue has ended. The owner adds `observation` to the server's evidence and then calls
 * name_inquiry_next().
 */
typedef void (*name_inquiry_callback)(struct name_inquiry *inquiry,
                                      const struct observation *observation);

struct name_inquiry {
    /* Set by name_inquiry_init(); borrowed. */
    struct dialogue_context *dialogues;
    struct session_request request;
    name_inquiry_callback ended;
    void *user;

    /* What was seen so far. The owner may take from it at any time. */
    struct observation result; /* of the last handshake; texts in `arena`, the chain in `leaves` */
    struct name_evidence name;
    unsigned num_dialogues;    /* of any kind */
    struct leaf_tally *leaves; /* of all dialogues; in `arena`. NULL: none was shown */
    struct arena arena;
    double started; /* wall clock of the first dialogue; 0: none has ended */

    /* The dialogue under way, or the next one. */
    struct dialogue_manner manner; /* of the next handshake */
    enum dialogue_kind kind : 8;
    bool is_under_way; /* the dialogue has not ended: what it was shown is not in `leaves` yet */
    struct session *session;
    struct observation *check; /* of a dialogue that is no handshake; NULL before the first */
    const char *first_alert;   /* that ended the first handshake that was refused; NULL */
};

/* The inquiry is all zero. `request` says whom to ask; what is asked there is set later. */
void name_inquiry_init(struct name_inquiry *inquiry, struct dialogue_context *dialogues,
                       const struct session_request *request, name_inquiry_callback ended,
                       void *user);

/* Frees what was seen, and ends the dialogue under way. An inquiry that is all zero is fine. */
void name_inquiry_fini(struct name_inquiry *inquiry);

/* The first dialogue is to be a handshake. */
void name_inquiry_begin(struct name_inquiry *inquiry, const struct server_evidence *server);

/* All else has been asked, and the certificate accuses in one dialogue alone: the next dialogue is
 * to show it once more. False: there is no dialogue left for it. */
bool name_inquiry_begin_leaf(struct name_inquiry *inquiry);

/* Holds the dialogue that is next; `ended` comes later, from the loop. False on lack of memory. */
bool name_inquiry_hold(struct name_inquiry *inquiry);

/*
 * After `ended` only: what comes next. Unless that is DIALOGUE_NONE, the owner calls
 * name_inquiry_hold() when the wait is over. Notes in `server` that it asked for the wait.
 */
struct dialogue_step name_inquiry_next(struct name_inquiry *inquiry,
                                       struct server_evidence *server);

/* Has the dialogue not been connected yet? */
bool name_inquiry_is_queued(const struct name_inquiry *inquiry);

/* The dialogue that is next, or queued, is not held: `ended` is not called for it. False if it was
 * to be a handshake: then the inquiry has come to nothing. What a check would have added stays
 * unknown. */
bool name_inquiry_skip(struct name_inquiry *inquiry);

#endif
