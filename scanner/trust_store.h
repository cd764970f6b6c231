/*
 * The inside of a trust store, for path building: plain arrays that never change after loading, so
 * that looking through them takes no lock. Creation and teardown are in certificate.h.
 *
 * Self-signed certificates of the store are roots, where a path may end. Others that somebody put
 * there only help to get further, as with OpenSSL's X509_V_FLAG_PARTIAL_CHAIN unset.
 */
#ifndef MXGRADE_SCANNER_TRUST_STORE_H
#define MXGRADE_SCANNER_TRUST_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/certificate.h"
#include "scanner/chain_member.h"

struct member_list {
    struct chain_member *members;
    size_t num_members;
};

const struct member_list *trust_store_roots(const struct trust_store *store);
const struct member_list *trust_store_intermediates(const struct trust_store *store);

/* Whether this very certificate is a root of the store. */
bool trust_store_has_root(const struct trust_store *store, const struct chain_member *member);

#endif
