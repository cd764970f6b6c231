/*
 * One certificate, ready to be verified and to be talked about: its lenient reading, its key and
 * signature, and BoringSSL's view of it where BoringSSL accepts it. Immutable once made, so that
 * any number of threads may verify with it. A chain that was verified lets go of that view, which
 * is several times as large as the rest; who verifies once more opens a copy.
 */
#ifndef MXGRADE_SCANNER_CHAIN_MEMBER_H
#define MXGRADE_SCANNER_CHAIN_MEMBER_H

#include <stdbool.h>

#include <openssl/base.h>

#include "io/base/arena.h"
#include "scanner/x509/certificate_algorithm.h"
#include "scanner/x509/certificate_der.h"

struct chain_member {
    struct certificate_der der;
    struct certificate_key key;
    struct certificate_signature signature;
    X509 *x509;          /* NULL: BoringSSL cannot parse it, or it is closed */
    bool is_parsable;    /* by BoringSSL */
    bool is_self_issued; /* names itself as its issuer, and key identifiers agree */
    bool has_invalid_extension;
};

/* Borrows `der`; the arena takes what else it needs. False on lack of memory; chain_member_fini()
 * is due all the same. */
bool chain_member_init(struct chain_member *member, struct arena *arena, struct text der);
void chain_member_fini(struct chain_member *member);

/* What chain_member_fini() has closed, open again: a copy that borrows all but BoringSSL's view.
 * False on lack of memory; chain_member_fini() is due all the same. */
bool chain_member_open(const struct chain_member *member, struct chain_member *out_open);

/* The same certificate, byte for byte. */
bool chain_member_equal(const struct chain_member *a, const struct chain_member *b);

/* The same name and key: another certificate for the same authority. */
bool chain_member_is_same_entity(const struct chain_member *a, const struct chain_member *b);

#endif
