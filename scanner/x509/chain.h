/*
 * The inside of a chain: copied when it is made, parsed and verified once, immutable afterwards.
 * Its users see it through certificate.h; the cache makes, fills and frees it.
 */
#ifndef MXGRADE_SCANNER_CHAIN_H
#define MXGRADE_SCANNER_CHAIN_H

#include <stdatomic.h>

#include "io/base/arena.h"
#include "scanner/x509/certificate.h"
#include "scanner/x509/chain_verify.h"

struct chain {
    struct arena arena; /* of all texts below */
    uint8_t digest[CHAIN_DIGEST_LEN];
    int64_t now;
    size_t num_sent;           /* may be more than were kept */
    const struct text *copies; /* what is looked at of it, leaf first */
    size_t num_copies;
    uint8_t sha256[32]; /* of the leaf */
    atomic_bool is_verified;
    /* Once it is verified. */
    struct member_list kept; /* the copies; closed */
    uint8_t spki_sha256[32]; /* zero if it could not be read */
    struct text subject;
    struct text issuer;
    const struct text *names;
    size_t num_names;
    struct sent_certificate *sent; /* as many as were kept */
    uint32_t notes;                /* CHAIN_NOTE_BIT()s */
    unsigned validity_days;        /* of the leaf */
    unsigned validity_limit;       /* 0: none that binds its CA is known */
    struct chain_verdict verdict;
    double seconds; /* of CPU that all this has taken */
};

/* The key of a chain: SHA-256 over each certificate's length and bytes. */
void chain_digest_of(const struct text *certificates, size_t num_certificates,
                     uint8_t out_digest[CHAIN_DIGEST_LEN]);

/* Not verified yet. NULL on lack of memory. `num_certificates` is not 0, `digest` is
 * chain_digest_of() them. */
struct chain *chain_new(int64_t now, const struct text *certificates, size_t num_certificates,
                        const uint8_t digest[CHAIN_DIGEST_LEN]);

/* Parses and verifies it, which takes WORK_SECONDS of CPU at most. One thread, once. False on lack
 * of memory: it is not verified, and may be filled again. */
bool chain_fill(struct chain *chain, const struct trust_store *store);
void chain_free(struct chain *chain);

/* The certificates kept, open (chain_member.h), for who verifies once more; they borrow from the
 * chain. False on lack of memory; chain_close() is due all the same. */
bool chain_open(const struct chain *chain, struct member_list *out_members);
void chain_close(struct member_list *members);

#endif
