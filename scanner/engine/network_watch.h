/*
 * What the run sees of the network between here and the mail servers, by the votes of a jury: is
 * the port blocked for everyone, or is it one supplier? Only votes since a server greeted last
 * count. All threads report to it, and the main thread asks.
 */
#ifndef MXGRADE_SCANNER_NETWORK_WATCH_H
#define MXGRADE_SCANNER_NETWORK_WATCH_H

#include <pthread.h>

#include "io/base/clock.h"
#include "io/base/geo.h"
#include "output/record/outcome.h"
#include "scanner/engine/jury.h"

/* What connections to port 25 come to, alike from everywhere. */
enum network_trouble {
    NETWORK_FINE,
    NETWORK_DROPS,       /* connections time out */
    NETWORK_REFUSES,     /* reset, or port unreachable */
    NETWORK_UNREACHABLE, /* no route, or prohibited */
    NETWORK_PROXY,       /* the proxy lets nothing through */
    NETWORK_CLOSES,      /* accepted, and closed without a greeting */
    NETWORK_IS_SILENT    /* accepted, and no greeting in time */
};

/* Where a dialogue is held. */
struct network_place {
    const struct address *address;
    uint16_t port;
    const struct hostname *host; /* NULL: none */
    uint32_t turn;               /* of the line of the list for which it is asked first */
};

/* A server that has greeted. So many are remembered, of unrelated networks, the last ones. */
#define NETWORK_WITNESSES_MAX 3

struct network_witness {
    struct address address;
    uint16_t port;
};

struct network_watch {
    pthread_mutex_t mutex;
    const struct table_seed *seed; /* borrowed, as the next */
    const struct geo *geo;         /* NULL: networks are prefixes */
    struct jury reach;             /* charges are enum network_trouble, or that it is connected */
    struct moment connected_since; /* so many were connected and not greeted; zero: not yet */
    struct network_witness witnesses[NETWORK_WITNESSES_MAX];
    uint64_t witness_networks[NETWORK_WITNESSES_MAX];
    uint64_t num_witnessed; /* further ones take the places of the first */
    uint64_t num_greeted;   /* and other proofs */
    bool has_answered;      /* some server, in whatever way */
};

void network_watch_init(struct network_watch *watch, const struct table_seed *seed,
                        const struct geo *geo);
void network_watch_fini(struct network_watch *watch);

/* As whose vote an observation at that place counts. Any thread. */
struct juror network_place_juror(const struct network_watch *watch,
                                 const struct network_place *place);

/* A first dialogue with a place: it is connected and waits for the greeting; it has a greeting; it
 * has ended. Any thread. */
void network_watch_connected(struct network_watch *watch, const struct network_place *place,
                             struct moment now);
void network_watch_greeted(struct network_watch *watch, const struct network_place *place);
void network_watch_ended(struct network_watch *watch, const struct network_place *place,
                         enum outcome outcome);

/* What was reported so far counts no longer: the network has been found to be fine. */
void network_watch_clear(struct network_watch *watch);
/* What waits for a proof that the network is fine is believed without. */
void network_watch_believe(struct network_watch *watch);

/* What an end says of the way to the server. Fine: the server has answered, in whatever way, or it
 * says nothing of the network. */
enum network_trouble network_trouble_of(enum outcome outcome);

/* May an outage that began meanwhile have ended it so? */
bool network_may_be_lost(enum outcome outcome);

struct network_verdict {
    enum network_trouble trouble;
    size_t num_votes;   /* of unrelated networks and providers, that it rests on */
    size_t num_heard;   /* in all */
    bool is_unanswered; /* no server has ever answered, in whatever way */
    bool is_in_trouble; /* some dialogue came to nothing since a server greeted last */
};

/* The verdict by now. Where servers have greeted before, it takes their witness, too. */
struct network_verdict network_watch_verdict(struct network_watch *watch);

/* Counts the proofs so far that the network is fine. Any thread. */
uint64_t network_watch_num_greeted(struct network_watch *watch);

/* The servers that have greeted last; returns how many. */
size_t network_watch_witnesses(struct network_watch *watch,
                               struct network_witness out_witnesses[NETWORK_WITNESSES_MAX]);

/*
 * Have unrelated networks accepted connections for NETWORK_SILENCE_SECONDS without that any has
 * greeted? That is no verdict yet: servers are known that greet after half a minute.
 */
#define NETWORK_SILENCE_SECONDS 10
bool network_watch_is_silent(struct network_watch *watch, struct moment now);

#endif
