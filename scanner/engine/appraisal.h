/*
 * What the chains that a server has shown are worth: verified, judged for the name that was asked
 * for with the staple beside them, and compared with the TLSA records. Strangers choose the
 * certificates, so this may take 100 ms of CPU (work_limit.h): unless it is known to be little, a
 * thread of the pool does it.
 */
#ifndef MXGRADE_SCANNER_APPRAISAL_H
#define MXGRADE_SCANNER_APPRAISAL_H

#include "io/base/hostname.h"
#include "io/base/pool.h"
#include "scanner/enforcement/dane_memory.h"
#include "scanner/x509/certificate_staple.h"

#define APPRAISAL_CHAINS_MAX 4

struct appraisal;

/* Called once, on the asker's thread, perhaps from within appraisal_start(). May free it. */
typedef void (*appraisal_callback)(struct appraisal *appraisal, void *user);

struct appraisal_chain {
    const struct chain *chain; /* a reference */
    /* What came beside it; NULL: nobody wants to know. Borrowed until the callback. */
    const struct certificate_extras *extras;
    struct certificate_record certificate; /* its texts belong to the chain */
    struct dane_result dane;               /* where there is a set */
};

struct appraisal {
    struct pool_job job; /* first */
    struct chain_cache *chains;
    const struct hostname *host; /* a reference; NULL: no name to check */
    struct appraisal_chain shown[APPRAISAL_CHAINS_MAX];
    size_t num_shown;
    /* Set by the asker before the start, and borrowed until the callback. */
    struct dane_memory *dane_memory;
    const struct tlsa_set *tlsa; /* NULL: none */
    const char *tlsa_base;
    /* Nothing is said, for lack of memory, or as the run has been stopped. */
    bool lacked_memory;
    bool was_dropped;
    /* Of the appraisal alone. */
    bool is_in_pool;
    bool is_abandoned;
    appraisal_callback callback;
    void *user;
};

/* Of no chain yet. NULL on lack of memory. */
struct appraisal *appraisal_new(struct chain_cache *chains, const struct hostname *host);

/* Before the start: one chain more, of at most APPRAISAL_CHAINS_MAX. */
void appraisal_add(struct appraisal *appraisal, const struct chain *chain,
                   const struct certificate_extras *extras);

/* Makes it at once, on this thread, however long it takes. */
void appraisal_make(struct appraisal *appraisal);

/* Makes it at once if it takes little, or has the pool make it. Once. */
void appraisal_start(struct appraisal *appraisal, struct pool *pool, struct mailbox *asker,
                     appraisal_callback callback, void *user);

/* No callback comes any more. While a thread of the pool is at it, what it has borrowed must stay.
 * NULL is fine. */
void appraisal_free(struct appraisal *appraisal);

#endif
