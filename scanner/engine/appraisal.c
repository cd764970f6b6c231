#include "scanner/engine/appraisal.h"

#include <stdlib.h>

/* A hash of so many bytes takes a millisecond. */
#define HASHED_BYTES_MAX 262144

/* ---- The work ---- */

static bool judge(struct chain_cache *chains, const struct hostname *host,
                  struct appraisal_chain *shown)
{
    if (!chain_cache_verify(chains, shown->chain)) {
        return false;
    }
    certificate_judge(shown->chain, hostname_text_or_null(host), &shown->certificate);
    if (shown->extras != NULL) {
        certificate_staple_judge(shown->chain, shown->extras, &shown->certificate);
    }
    return true;
}

static void match(const struct appraisal *appraisal, struct appraisal_chain *shown)
{
    /* RFC 7672 section 3.2.2. Whose mail it is is not known here: an endpoint serves many. */
    const char *const names[] = {appraisal->tlsa_base};
    if (appraisal->tlsa != NULL) {
        dane_memory_match(appraisal->dane_memory, appraisal->tlsa, shown->chain, names, 1,
                          &shown->dane);
    }
}

void appraisal_make(struct appraisal *appraisal)
{
    for (size_t i = 0; i < appraisal->num_shown && !appraisal->lacked_memory; i++) {
        struct appraisal_chain *shown = &appraisal->shown[i];
        appraisal->lacked_memory = !judge(appraisal->chains, appraisal->host, shown);
        if (!appraisal->lacked_memory) {
            match(appraisal, shown);
        }
    }
}

/* ---- Who does it ---- */

/* Nothing is verified: neither the chain nor what was stapled to it. */
static bool is_judged_quickly(const struct appraisal_chain *shown)
{
    return chain_is_verified(shown->chain) &&
           (shown->extras == NULL || shown->extras->ocsp_response.bytes == NULL);
}

/* A record is compared with the leaf's hash, twice at most (dane.c); no anchor is followed. */
static bool is_matched_quickly(const struct tlsa_set *tlsa, const struct appraisal_chain *shown)
{
    return tlsa == NULL ||
           (!dane_follows_anchors(tlsa) &&
            2 * tlsa->num_records * chain_certificate(shown->chain, 0).len <= HASHED_BYTES_MAX);
}

static bool is_little_work(const struct appraisal *appraisal)
{
    for (size_t i = 0; i < appraisal->num_shown; i++) {
        const struct appraisal_chain *shown = &appraisal->shown[i];
        if (!is_judged_quickly(shown) || !is_matched_quickly(appraisal->tlsa, shown)) {
            return false;
        }
    }
    return true;
}

static void appraisal_release(struct appraisal *appraisal)
{
    for (size_t i = 0; i < appraisal->num_shown; i++) {
        chain_release(appraisal->chains, appraisal->shown[i].chain);
    }
    hostname_release(appraisal->host);
    free(appraisal);
}

static void on_pool(struct pool_job *job)
{
    appraisal_make((struct appraisal *)job);
}

static void on_back(struct pool_job *job)
{
    struct appraisal *appraisal = (struct appraisal *)job;
    appraisal->is_in_pool = false;
    appraisal->was_dropped = job->was_dropped;
    if (appraisal->is_abandoned) {
        appraisal_release(appraisal);
    } else {
        appraisal->callback(appraisal, appraisal->user);
    }
}

struct appraisal *appraisal_new(struct chain_cache *chains, const struct hostname *host)
{
    struct appraisal *appraisal = calloc(1, sizeof(*appraisal));
    if (appraisal == NULL) {
        return NULL;
    }
    appraisal->chains = chains;
    appraisal->host = hostname_hold(host);
    return appraisal;
}

void appraisal_add(struct appraisal *appraisal, const struct chain *chain,
                   const struct certificate_extras *extras)
{
    if (appraisal->num_shown < APPRAISAL_CHAINS_MAX) {
        struct appraisal_chain *shown = &appraisal->shown[appraisal->num_shown++];
        shown->chain = chain_hold(appraisal->chains, chain);
        shown->extras = extras;
    }
}

void appraisal_start(struct appraisal *appraisal, struct pool *pool, struct mailbox *asker,
                     appraisal_callback callback, void *user)
{
    appraisal->callback = callback;
    appraisal->user = user;
    if (is_little_work(appraisal)) {
        appraisal_make(appraisal);
        callback(appraisal, user);
        return;
    }
    appraisal->is_in_pool = true;
    appraisal->job.run = on_pool;
    appraisal->job.done = on_back;
    pool_post(pool, &appraisal->job, asker);
}

void appraisal_free(struct appraisal *appraisal)
{
    if (appraisal == NULL) {
        return;
    }
    if (appraisal->is_in_pool) {
        appraisal->is_abandoned = true;
    } else {
        appraisal_release(appraisal);
    }
}
