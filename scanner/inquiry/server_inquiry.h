/*
 * Probes of a server, until the plan (plan.h) has nothing more to ask or the budget is spent. Two
 * are made at once where the plan allows it. The owner waits before a probe is repeated, and keeps
 * the server's evidence.
 */
#ifndef MXGRADE_SCANNER_SERVER_INQUIRY_H
#define MXGRADE_SCANNER_SERVER_INQUIRY_H

#include "scanner/dialogue/session.h"
#include "scanner/evidence/server_evidence.h"
#include "scanner/probe/plan.h"

struct server_inquiry;

/* One question, from when it is planned until it is answered. */
struct server_probe {
    struct server_inquiry *inquiry;
    struct session_request request;
    struct plan_step step;
    unsigned attempts;       /* at this step */
    struct session *session; /* NULL: it is not under way */
    bool is_repeated;        /* it is due once more, at ... */
    struct moment due;
    struct observation result; /* of the last attempt; texts in `arena` */
    struct arena arena;
};

/*
 * A probe has ended. The owner adds probe->result to the server's evidence and then calls
 * server_inquiry_next().
 */
typedef void (*server_inquiry_callback)(struct server_inquiry *inquiry, struct server_probe *probe);

#define SERVER_INQUIRY_PROBES 2 /* at once */

struct server_inquiry {
    /* Set by server_inquiry_init(); borrowed. */
    struct dialogue_context *dialogues;
    struct server_facts *facts;
    struct arena *facts_arena; /* what the facts point to */
    server_inquiry_callback ended;
    void *user;

    bool only_others;         /* as in struct plan_context; the owner sets it */
    unsigned num_connections; /* made so far */
    struct server_probe probes[SERVER_INQUIRY_PROBES];
    struct server_probe *next; /* that server_inquiry_probe() makes */
    bool lacks_memory;         /* for something that a probe has shown */
};

enum server_inquiry_next {
    SERVER_INQUIRY_PROBE,    /* the next probe is due at once */
    SERVER_INQUIRY_REPEAT,   /* a probe is due again, after a wait */
    SERVER_INQUIRY_BUSY,     /* the other probe is under way */
    SERVER_INQUIRY_COMPLETE, /* the facts are what can be known */
    SERVER_INQUIRY_NO_MEMORY /* something that a probe has shown was lost */
};

/* The inquiry is all zero. `request` says whom to ask. */
void server_inquiry_init(struct server_inquiry *inquiry, struct dialogue_context *dialogues,
                         const struct session_request *request, struct server_facts *facts,
                         struct arena *facts_arena, server_inquiry_callback ended, void *user);

/* The facts begin with what the asker's own handshake showed, which saves probes. Once, before
 * server_inquiry_begin(). False on lack of memory. */
bool server_inquiry_learn_handshake(struct server_inquiry *inquiry,
                                    const struct observation *handshake);

/* Ends the probes under way. The facts stay. An inquiry that is all zero is fine. */
void server_inquiry_fini(struct server_inquiry *inquiry);

/* Which probe comes first: PROBE or COMPLETE. */
enum server_inquiry_next server_inquiry_begin(struct server_inquiry *inquiry,
                                              const struct server_evidence *server);

/* Makes the probe that is next, and one beside it where there is one that may be made; `ended`
 * comes later, from the loop, once for each. False on lack of memory. */
bool server_inquiry_probe(struct server_inquiry *inquiry, const struct server_evidence *server);

/* After `ended` only: takes what the probe has shown. `out_wait`: seconds before a repetition.
 * Notes in `server` that it asked for a wait. */
enum server_inquiry_next server_inquiry_next(struct server_inquiry *inquiry,
                                             struct server_probe *probe,
                                             struct server_evidence *server, double *out_wait);

/* Gives up the probes that have not been connected yet. Is one left that has? */
bool server_inquiry_skip_queued(struct server_inquiry *inquiry);

#endif
