/*
 * The ways from a leaf up: every path along names, key identifiers and signatures through the
 * store's roots, the extra intermediates and what the server sent, in any order, with duplicates
 * and strangers among it. A path goes on only over signatures that were checked (or are of a kind
 * that cannot be), so that a namesake with another key, an old cross-signed copy or a loop never
 * hides the path that works (RFC 4158 calls for this).
 *
 * Hostile chains can have exponentially many paths: the signatures computed, the steps taken and
 * the CPU used are bounded. A search that meets a bound says so, as a path that it did not see may
 * work.
 */
#ifndef MXGRADE_SCANNER_CHAIN_PATH_H
#define MXGRADE_SCANNER_CHAIN_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/x509/trust_store.h"
#include "scanner/x509/work_limit.h"

#define CHAIN_PATH_MAX       (CHAIN_CERTIFICATES_MAX + 4)
#define CHAIN_SIGNATURES_MAX 64  /* computed for one chain; an honest one takes up to ten */
#define CHAIN_STEPS_MAX      512 /* certificates put on some path */

/* How a path ends, from the least to the most. */
enum chain_path_end {
    CHAIN_PATH_ISSUER_MISSING,
    CHAIN_PATH_BAD_SIGNATURE, /* an issuer of that name is there, but it has not signed this */
    CHAIN_PATH_FOREIGN_ROOT,  /* self-signed, and not in the store */
    CHAIN_PATH_TRUSTED_ROOT
};

struct chain_path {
    const struct chain_member *members[CHAIN_PATH_MAX]; /* leaf first */
    size_t num_members;
    enum chain_path_end end;
    bool has_unchecked_signature;  /* of a kind that BoringSSL does not compute */
    bool has_issuer_without_right; /* its key usage does not let it sign certificates */
};

/* Called for each path that ends; true stops the search. */
typedef bool (*chain_path_visit)(void *context, const struct chain_path *path);

/* Whether the search itself goes along signatures, or leaves them to whoever is shown the path. */
enum chain_path_signatures { CHAIN_PATH_VERIFIES, CHAIN_PATH_SUPPOSES };

/* How a search ended. */
enum chain_path_result {
    CHAIN_PATH_ALL_SEEN, /* or the visitor has stopped it */
    CHAIN_PATH_BOUND_MET,
    CHAIN_PATH_NO_MEMORY /* to check a signature */
};

/*
 * `sent` is leaf first. The leaf must be one that BoringSSL parses. Supposing every signature good,
 * the search visits all that it would visit otherwise, in the same order, and more between.
 */
enum chain_path_result chain_path_search(const struct trust_store *store,
                                         const struct member_list *sent,
                                         enum chain_path_signatures signatures,
                                         const struct work_limit *limit, chain_path_visit visit,
                                         void *context);

#endif
