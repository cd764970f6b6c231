/*
 * Whether the network or the resolver here fails for everyone. What the watches of the run hear is
 * a suspicion. It becomes a verdict only if controls confirm it, for in the middle of a run, and at
 * its end, what is left may well be the dead alone:
 *
 *  - servers that greeted before are called again, and none says anything. As long as no server has
 *    greeted, the votes alone decide.
 *  - the resolver, which has answered nothing for DNS_SILENCE_SECONDS, gives no answer to questions
 *    that every resolver can answer.
 *  - where all names are missing, it finds no zone above them, or none in which names resolved
 *    before. Where all names lead to one place, a name that nobody has does so, too.
 *  - names of --canary and --canary-absent are asked for with each control, and at the beginning.
 *
 * On the main thread only.
 */
#ifndef MXGRADE_SCANNER_OUTAGE_H
#define MXGRADE_SCANNER_OUTAGE_H

#include "scanner/engine/canaries.h"
#include "scanner/engine/control_calls.h"
#include "scanner/engine/control_names.h"
#include "scanner/engine/name_watch.h"
#include "scanner/engine/network_watch.h"

/* With the seconds of the controls, a dead resolver ends a run within 20 seconds. */
#define DNS_SILENCE_SECONDS 8
/* The resolver counts as dead after so many questions, and as lost after so many. */
#define DNS_DEAD_MIN 3
#define DNS_LOST_MIN 50

enum outage_state {
    OUTAGE_NONE,
    OUTAGE_SUSPECTED, /* nothing new is to be begun until it is known */
    /* Verdicts. */
    OUTAGE_PORT,          /* see outage->port */
    OUTAGE_DNS_DEAD,      /* the resolver is silent */
    OUTAGE_DNS_LOST,      /* it answers, and resolves nothing: see outage->dns_failed */
    OUTAGE_NAMES_MISSING, /* it says that no name exists: outage->num_organisations */
    OUTAGE_NAMES_ALIKE,   /* it leads every name to one place: likewise, and outage->detail */
    OUTAGE_CANARY         /* a canary is what it must not be: outage->detail */
};

/* What the main thread sees of the run. */
struct outage_sight {
    struct moment now;
    uint64_t dns_answered, dns_failed; /* questions so far */
    uint64_t dns_asking;               /* under way */
    bool is_all_in_doubt; /* some lines wait to be believed, and nothing else is under way */
    bool is_at_end;       /* the list has ended, and nothing else is under way */
};

enum outage_suspicion {
    SUSPECT_NOTHING,
    SUSPECT_PORT,
    SUSPECT_SILENCE, /* of all servers; no verdict before the time for greetings is over */
    SUSPECT_RESOLVER,
    SUSPECT_MISSING,
    SUSPECT_ALIKE,
    SUSPECT_REST,  /* there are too few votes, and canaries may know more */
    SUSPECT_CANARY /* the beginning of the run */
};

struct outage {
    const struct config *config; /* borrowed, as the next ones */
    struct ev_loop *loop;
    const struct canaries *canaries;
    struct network_watch *network;
    struct name_watch *names;
    enum outage_state state;
    enum outage_suspicion suspicion;
    struct network_verdict port; /* what is suspected, or convicted */
    size_t num_organisations;
    uint64_t dns_failed;
    char detail[DNS_NAME_MAX + 64];
    bool has_rested;      /* the canaries were asked at the end: once is enough */
    uint64_t num_doubted; /* questions to a resolver that was silent in the end, too few for a
                             verdict; 0: it was not */
    /* Controls that are under way; NULL: none. */
    struct control_calls *calls;
    struct control_names *questions;
    size_t num_questions, num_canaries; /* the canaries' questions are the last ones */
    struct moment trusted_until;        /* what was suspected has just been refuted */
    /* Of the resolver. */
    uint64_t answered_before, failed_before; /* when it answered last */
    struct moment silent_since;
    uint64_t greeted_before, proofs_before; /* at the last look, when the controls began */
};

void outage_init(struct outage *outage, struct ev_loop *loop, const struct config *config,
                 const struct canaries *canaries, struct network_watch *network,
                 struct name_watch *names);
void outage_fini(struct outage *outage);

/* The run begins now: the canaries are asked, if there are any. */
void outage_begin(struct outage *outage, const struct outage_sight *sight);

/* Looks again; called some times a second, until there is a verdict. */
enum outage_state outage_look(struct outage *outage, const struct outage_sight *sight);

static inline bool outage_is_verdict(enum outage_state state)
{
    return state > OUTAGE_SUSPECTED;
}

#endif
