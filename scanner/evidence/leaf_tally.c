#include "scanner/evidence/leaf_tally.h"

#include <string.h>

#include "scanner/evidence/vote.h"

static struct tallied_leaf *find(struct leaf_tally *tally, const struct chain *chain)
{
    for (size_t i = 0; i < tally->num_sights; i++) {
        if (memcmp(chain_digest(tally->sights[i].chain), chain_digest(chain), CHAIN_DIGEST_LEN) ==
            0) {
            return &tally->sights[i];
        }
    }
    return NULL;
}

bool leaf_tally_has(const struct leaf_tally *tally, const struct chain *chain)
{
    struct leaf_tally same = *tally;
    return find(&same, chain) != NULL;
}

/* One dialogue may get a staple where another gets none. */
static void add_extras(struct tallied_leaf *sight, const struct certificate_extras *extras)
{
    sight->extras.has_sct_extension |= extras->has_sct_extension;
    if (sight->extras.ocsp_response.bytes == NULL) {
        sight->extras.ocsp_response = extras->ocsp_response;
    }
}

/* NULL: there is no room. `out_is_new`: the tally had no such chain. */
static struct tallied_leaf *add(struct leaf_tally *tally, const struct chain *chain,
                                const struct certificate_extras *extras, bool *out_is_new)
{
    struct tallied_leaf *sight = find(tally, chain);
    *out_is_new = sight == NULL;
    if (sight == NULL && tally->num_sights < LEAF_TALLY_MAX) {
        sight = &tally->sights[tally->num_sights++];
        *sight = (struct tallied_leaf){.chain = chain};
    }
    if (sight != NULL) {
        add_extras(sight, extras);
    }
    return sight;
}

const struct chain *leaf_tally_take(struct leaf_tally *tally, struct chain_cache *cache,
                                    const struct chain *chain,
                                    const struct certificate_extras *extras)
{
    bool is_new;
    struct tallied_leaf *sight = add(tally, chain, extras, &is_new);
    vote_add(sight != NULL ? &sight->num_dialogues : &tally->num_left_out);
    if (sight == NULL || !is_new) {
        chain_release(cache, chain);
    }
    return sight != NULL ? sight->chain : NULL;
}

void leaf_tally_borrow(struct leaf_tally *tally, const struct leaf_tally *more)
{
    for (size_t i = 0; i < more->num_sights; i++) {
        bool is_new;
        struct tallied_leaf *sight =
            add(tally, more->sights[i].chain, &more->sights[i].extras, &is_new);
        for (unsigned k = 0; k < more->sights[i].num_dialogues; k++) {
            vote_add(sight != NULL ? &sight->num_dialogues : &tally->num_left_out);
        }
    }
    for (unsigned k = 0; k < more->num_left_out; k++) {
        vote_add(&tally->num_left_out);
    }
}

void leaf_tally_fini(struct leaf_tally *tally, struct chain_cache *cache)
{
    for (size_t i = 0; i < tally->num_sights; i++) {
        chain_release(cache, tally->sights[i].chain);
    }
    tally->num_sights = 0;
}
