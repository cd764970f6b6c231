/*
 * Which probe of an address comes next, and what its answer says: a table of rules (plan.c). The
 * facts are shared by every host name and domain on the address, so a probe is made once.
 */
#ifndef MXGRADE_SCANNER_PLAN_H
#define MXGRADE_SCANNER_PLAN_H

#include "io/hello.h"
#include "output/record.h"
#include "scanner/config.h"
#include "scanner/session.h"

/* What is known of an address and port, whatever name it is called by. */
struct peer_facts {
    struct verdict versions[TLS_VERSION_COUNT];
    const char *evidence[TLS_VERSION_COUNT]; /* in the peer's arena, or static */
    struct verdict ems;                      /* in TLS 1.2 */
    struct verdict secure_renegotiation;     /* in TLS 1.2 */
};

/* One probe: what to send. */
struct plan_step {
    const char *name;
    enum tls_version version; /* the highest offered */
    struct hello_spec hello;
    bool ssl2;
};

/* A fresh peer: nothing has been asked. */
void plan_init(struct peer_facts *facts);

/*
 * Takes what a whole handshake showed: the version negotiated, and that no newer one was chosen
 * although all were offered.
 */
void plan_learn_handshake(struct peer_facts *facts, const struct session_result *result);

/* The next probe that the facts call for; false if there is none. */
bool plan_next(const struct peer_facts *facts, enum depth depth, const char *sni,
               struct plan_step *out_step);

/*
 * Takes the answer to a step. `attempts` is how often it has been asked: a broken connection says
 * nothing the first time. Returns false if the step should be asked once more.
 */
bool plan_learn(struct peer_facts *facts, struct arena *arena, const struct plan_step *step,
                const struct session_result *result, unsigned attempts);

/* No more steps: settles what only all answers together can tell. */
void plan_conclude(struct peer_facts *facts);

#endif
