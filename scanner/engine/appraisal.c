#include "scanner/engine/appraisal.h"

#include <stdlib.h>

/* A hash of so many bytes takes a millisecond. */
#define HASHED_BYTES_MAX 262144

/* ---- The work ---- */

static bool judge(struct chain_cache *chains, const struct hostname *host,
                  struct appraisal_chain *shown)
{
    if (shown->chain == NULL) {
        return true;
    }
    if (!chain_cache_verify(chains, shown->chain)) {
        return false;
    }
    certificate_judge(shown->chain, hostname_text_or_null(host), &shown->certificate);
    if (shown->extras != NULL) {
        certificate_staple_judge(shown->chain, shown->extras, &shown->certificate);
    }
    return true;
}

/* Either leaf may be what a sender gets. If the first matches nothing, the second does not count.
 */
static void match(struct appraisal *appraisal)
{
    /* RFC 7672 section 3.2.2. Whose mail it is is not known here: an endpoint serves many. */
    const char *const names[] = {appraisal->tlsa_base};
    struct appraisal_chain *first = &appraisal->first;
    struct appraisal_chain *second = &appraisal->second;
    if (appraisal->tlsa == NULL) {
        return;
    }
    dane_memory_match(appraisal->dane_memory, appraisal->tlsa, first->chain, names, 1,
                      &first->dane);
    if (first->dane.status == DANE_VALID && second->chain != NULL) {
        dane_memory_match(appraisal->dane_memory, appraisal->tlsa, second->chain, names, 1,
                          &second->dane);
    }
}

void appraisal_make(struct appraisal *appraisal)
{
    appraisal->lacked_memory = !judge(appraisal->chains, appraisal->host, &appraisal->first) ||
                               !judge(appraisal->chains, appraisal->host, &appraisal->second);
    if (!appraisal->lacked_memory) {
        match(appraisal);
    }
}

/* ---- Who does it ---- */

/* Nothing is verified: neither the chain nor what was stapled to it. */
static bool is_judged_quickly(const struct appraisal_chain *shown)
{
    return shown->chain == NULL ||
           (chain_is_verified(shown->chain) &&
            (shown->extras == NULL || shown->extras->ocsp_response.bytes == NULL));
}

/* A record is compared with the leaf's hash, twice at most (dane.c); no anchor is followed. */
static bool is_matched_quickly(const struct tlsa_set *tlsa, const struct appraisal_chain *shown)
{
    return tlsa == NULL || shown->chain == NULL ||
           (!dane_follows_anchors(tlsa) &&
            2 * tlsa->num_records * chain_certificate(shown->chain, 0).len <= HASHED_BYTES_MAX);
}

static bool is_little_work(const struct appraisal *appraisal)
{
    return is_judged_quickly(&appraisal->first) && is_judged_quickly(&appraisal->second) &&
           is_matched_quickly(appraisal->tlsa, &appraisal->first) &&
           is_matched_quickly(appraisal->tlsa, &appraisal->second);
}

static void appraisal_release(struct appraisal *appraisal)
{
    chain_release(appraisal->chains, appraisal->first.chain);
    chain_release(appraisal->chains, appraisal->second.chain);
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
    if (appraisal->is_abandoned) {
        appraisal_release(appraisal);
    } else {
        appraisal->callback(appraisal, appraisal->user);
    }
}

struct appraisal *appraisal_new(struct chain_cache *chains, const struct hostname *host,
                                const struct chain *first, const struct chain *second)
{
    struct appraisal *appraisal = calloc(1, sizeof(*appraisal));
    if (appraisal == NULL) {
        return NULL;
    }
    appraisal->chains = chains;
    appraisal->host = hostname_hold(host);
    appraisal->first.chain = chain_hold(chains, first);
    appraisal->second.chain = chain_hold(chains, second);
    return appraisal;
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
