/*
 * What a chain is worth, whoever's name is asked for: whether it leads to a root of the store and
 * everything that is wrong with it. Each verdict is its own; none hides another:
 *
 * - Trust: a path to a root whose signatures, constraints and purpose hold. Dates do not count.
 *   Unknown where such a path has a signature that BoringSSL does not compute (Ed448, brainpool,
 *   RSA-PSS keys, MD5), or where a bound ended the search: another library may find it good.
 * - Without one: self_signed (the leaf has signed itself), untrusted_root (the path ends in a
 *   self-signed certificate that is not in the store; also where an issuer of the right name is
 *   there but has not made the signature), incomplete_chain (nobody has the next issuer).
 * - bad_purpose, constraint_violation: found by X509_verify_cert() on exactly one path with a
 *   callback that writes down each error and goes on.
 * - expired, not_yet_valid: of any certificate of the path, its root included.
 * - weak_key, weak_signature: of the path without its root.
 * - invalid_key: of the path without its root.
 *
 * Among several paths the one with the fewest troubles counts, since every sender looks for it.
 * Paths on which every date holds are looked into first: the others can at best be out of date.
 */
#ifndef MXGRADE_SCANNER_CHAIN_VERIFY_H
#define MXGRADE_SCANNER_CHAIN_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/x509/chain_path.h"

struct chain_verdict {
    enum tri trusted;
    enum outcome why_unknown;      /* where trust is unknown */
    uint32_t problems;             /* CERTIFICATE_PROBLEM_BIT()s, all but those of the name */
    const char *weakest_signature; /* of the path without its root; NULL: unknown */
    unsigned smallest_rsa_bits;    /* likewise; 0: none */
    /* What all this is about, leaf first; borrowed from the store and from what was sent. */
    struct chain_path path;
};

/*
 * False on lack of memory. `sent` is leaf first, not empty. `was_cut`: the server has sent more
 * than that, so that a path may be missing. What is left undone at the limit makes trust unknown,
 * unless what was seen decides it.
 */
bool chain_verify(const struct trust_store *store, const struct member_list *sent, bool was_cut,
                  int64_t now, const struct work_limit *limit, struct chain_verdict *out_verdict);

#endif
