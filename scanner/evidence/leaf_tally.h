/*
 * The certificate chains that dialogues with a server were shown under one host name, and how many
 * dialogues each. Adding is commutative, as long as there are no more chains than are kept; that
 * there are more is known then.
 */
#ifndef MXGRADE_SCANNER_LEAF_TALLY_H
#define MXGRADE_SCANNER_LEAF_TALLY_H

#include "scanner/x509/certificate_staple.h"

/* Chains. Of a server that has more, the dialogues that were shown another one are counted alone.
 */
#define LEAF_TALLY_MAX 4

struct tallied_leaf {
    const struct chain *chain;
    struct certificate_extras extras; /* of the dialogues together; borrowed */
    uint8_t num_dialogues;
};

/* All zero is none. */
struct leaf_tally {
    struct tallied_leaf sights[LEAF_TALLY_MAX];
    uint8_t num_sights;
    uint8_t num_left_out; /* dialogues whose chain found no room */
};

bool leaf_tally_has(const struct leaf_tally *tally, const struct chain *chain);

/* Takes what a dialogue was shown. A reference to `chain`, which the caller has, goes to the tally.
 * Returns the chain, or NULL if there is no room for it: then it is released. */
const struct chain *leaf_tally_take(struct leaf_tally *tally, struct chain_cache *cache,
                                    const struct chain *chain,
                                    const struct certificate_extras *extras);

/* Adds the dialogues of `more`, whose chains stay its own. Such a tally is not to be freed. */
void leaf_tally_borrow(struct leaf_tally *tally, const struct leaf_tally *more);

/* Releases the chains. */
void leaf_tally_fini(struct leaf_tally *tally, struct chain_cache *cache);

#endif
