/*
 * Which dialogue comes next under a host name, before the probes of its server: another try, a look
 * at the offer of STARTTLS alone, a control, or none. Every repetition is decided here, by what all
 * dialogues have shown. Pure.
 */
#ifndef MXGRADE_SCANNER_DIALOGUE_PLAN_H
#define MXGRADE_SCANNER_DIALOGUE_PLAN_H

#include "scanner/base/config.h"
#include "scanner/evidence/name_evidence.h"
#include "scanner/evidence/server_evidence.h"
#include "scanner/probe/repetition.h"

/*
 * What may be spent, confirmations and controls included. Waits are bounded apart: an address is
 * come back to as often as --max-retries says.
 */
#define PLAN_SERVER_CONNECTIONS      12 /* questions about a server, at standard depth and below */
#define PLAN_SERVER_CONNECTIONS_DEEP 40 /* ... by a deep scan */
#define PLAN_NAME_DIALOGUES          3  /* a handshake under a name, and two repetitions */
#define PLAN_OPEN_SECONDS            180. /* of a server's connections, and of a name's */

/* What kind of service it is. */
struct dialogue_plan_service {
    bool implicit_tls;
    bool takes_mail; /* MAIL FROM can be tried */
};

struct dialogue_step {
    enum dialogue_kind kind; /* DIALOGUE_NONE: nothing more is asked */
    double wait;             /* seconds before it */
    double slow_down;        /* seconds in which the address gets no connection */
    bool is_wait;            /* the server asked for `wait`: see server_evidence_wait() */
    bool gives_up;           /* it asked once too often: see server_evidence_give_up() */
};

/* May another connection be made for a question about the server, while so many are under way that
 * the evidence does not count yet? */
bool dialogue_plan_affords(const struct config *config, const struct server_evidence *server,
                           unsigned num_under_way);

/* May another dialogue be held under the name? */
bool dialogue_plan_affords_name(const struct config *config, const struct name_evidence *name);

/* Why not: the server asked to come back too often, or the time for it is used up; NOT_TESTED: its
 * connections are. */
enum outcome dialogue_plan_limit(const struct server_evidence *server);

/* For how many seconds the next connection may be open: for a question about the server, and for a
 * handshake under a name. */
double dialogue_plan_seconds(const struct server_evidence *server);
double dialogue_plan_name_seconds(const struct name_evidence *name);

/*
 * Whether a dialogue that ended like that is repeated. What the server asks us to wait is counted
 * by server, whatever was to be asked: it is come back to --max-retries times in all, after waits
 * that grow. Several that are told so at the same time share one wait.
 */
struct repetition dialogue_plan_repeat(const struct config *config,
                                       const struct server_evidence *server, enum outcome outcome,
                                       unsigned attempts, struct moment now);

/* How the first dialogue under a name is held. */
struct dialogue_manner dialogue_plan_begin(const struct config *config,
                                           const struct dialogue_plan_service *service,
                                           const struct server_evidence *server);

/*
 * What follows a dialogue of `kind`, which both kinds of evidence hold already. Changes the manner
 * of the handshakes to come.
 */
struct dialogue_step dialogue_plan_next(const struct config *config,
                                        const struct dialogue_plan_service *service,
                                        const struct server_evidence *server,
                                        const struct name_evidence *name,
                                        const struct observation *last, enum dialogue_kind kind,
                                        struct dialogue_manner *manner, struct moment now);

#endif
