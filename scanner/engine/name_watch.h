/*
 * What the run sees of its resolver's answers, by the votes of unrelated organisations: does it say
 * of every name that there is none, or lead every name to the same place? All threads report to it,
 * and the main thread asks.
 */
#ifndef MXGRADE_SCANNER_NAME_WATCH_H
#define MXGRADE_SCANNER_NAME_WATCH_H

#include <pthread.h>

#include "io/base/address.h"
#include "io/base/hostname.h"
#include "scanner/engine/jury.h"

/* So many zones are remembered, in which the resolver is asked whether it resolves anything. */
#define NAME_ZONES_MAX 4

struct name_zones {
    char texts[NAME_ZONES_MAX][HOSTNAME_SIZE];
    uint64_t num; /* added; further ones take the places of the first */
};

struct name_watch {
    pthread_mutex_t mutex;
    const struct table_seed *seed; /* borrowed */
    struct jury missing;           /* since a name resolved last; all have the same charge */
    struct jury alike;             /* since a server greeted last; a charge is a place */
    struct jury uncalled;       /* likewise, of addresses that are not called and so never greet */
    struct name_zones resolved; /* organisations whose names resolved last */
    struct name_zones top;      /* top-level domains of the list's names, the first ones */
    uint64_t num_resolved;
};

void name_watch_init(struct name_watch *watch, const struct table_seed *seed);
void name_watch_fini(struct name_watch *watch);

/* A name of a line of the list (its turn, see struct network_place) ... Any thread. */
/* ... is about to be asked for. */
void name_watch_asked(struct name_watch *watch, const struct hostname *name);
/* ... has records. */
void name_watch_resolved(struct name_watch *watch, const struct hostname *name);
/* ... does not exist, or has neither MX nor addresses. */
void name_watch_missing(struct name_watch *watch, const struct hostname *name, uint32_t turn);
/* ... has its mail host, or its first address, there. */
void name_watch_leads_to_host(struct name_watch *watch, const struct hostname *name, uint32_t turn,
                              const char *host);
void name_watch_leads_to_address(struct name_watch *watch, const struct hostname *name,
                                 uint32_t turn, const struct address *address, bool is_called);

/* What was reported so far counts no longer: names have been found to be missing, or to be at one
 * place, in truth. */
void name_watch_clear(struct name_watch *watch);
/* What waits for a proof that names resolve is believed without. */
void name_watch_believe(struct name_watch *watch);
/* A server has greeted, so that the place that names lead to may well be right, unless it is one
 * where nobody calls. */
void name_watch_clear_alike(struct name_watch *watch);

struct name_verdict {
    size_t num_missing; /* of unrelated organisations whose names are all missing; 0: no verdict */
    size_t num_alike;   /* of those that lead to one place; 0: no verdict */
    bool has_uncalled;  /* and the place is not called, as it is not public */
};

struct name_verdict name_watch_verdict(struct name_watch *watch);

/* Counts the proofs so far that the resolver resolves names. Any thread. */
uint64_t name_watch_num_resolved(struct name_watch *watch);

/* Zones in which names are known to be, or ought to be: organisations that resolved last, or else
 * top-level domains of the list. Returns how many. */
size_t name_watch_zones(struct name_watch *watch, char out_zones[NAME_ZONES_MAX][HOSTNAME_SIZE]);
/* One of the top-level domains; false: there is none. */
bool name_watch_top(struct name_watch *watch, char out_zone[HOSTNAME_SIZE]);

#endif
