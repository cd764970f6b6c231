/*
 * The inside of a trust store, for path building: plain arrays that never change after loading, so
 * that looking through them takes no lock. Creation and teardown are in certificate.h.
 *
 * Self-signed certificates of the store are roots, where a path may end. Others that somebody put
 * there only help to get further, as with OpenSSL's X509_V_FLAG_PARTIAL_CHAIN unset. A file
 * without any self-signed one is a choice of other trust anchors, and each of them is a root.
 */
#ifndef MXGRADE_SCANNER_TRUST_STORE_H
#define MXGRADE_SCANNER_TRUST_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/x509/certificate.h"
#include "scanner/x509/chain_member.h"

struct member_list {
    struct chain_member *members;
    size_t num_members;
};

const struct member_list *trust_store_roots(const struct trust_store *store);
const struct member_list *trust_store_intermediates(const struct trust_store *store);

/*
 * A store of its own for the trust anchors that somebody else than the administrator named, as
 * with DANE-TA (RFC 7671 section 5.2): each of these DER certificates is a root, self-signed or
 * not; one that cannot be parsed is none. NULL on lack of memory.
 */
struct trust_store *trust_store_new_anchors(const struct text *anchors, size_t num_anchors);

/* Whether this very certificate is a root of the store. */
bool trust_store_has_root(const struct trust_store *store, const struct chain_member *member);

/* Whether it is one of the system's bundle, and so the root of a public CA. */
bool trust_store_is_public(const struct trust_store *store, const struct chain_member *member);

#endif
