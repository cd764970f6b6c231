/*
 * The fleet's certificates: a root, intermediates, a root nobody trusts, and leaf certificates
 * minted when a host is first called. Made anew at each start; leaf keys are shared by all hosts.
 */
#ifndef MXGRADE_FLEET_PKI_H
#define MXGRADE_FLEET_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "benchmarks/fleet/behaviour.h"

#define PKI_COSTLY    8
#define PKI_CHAIN_MAX (1 + PKI_COSTLY)

struct pki;

/* The certificates to show, leaf first, and the leaf's key. Lent until the next pki_leaf(). */
struct leaf {
    CRYPTO_BUFFER *chain[PKI_CHAIN_MAX];
    size_t chain_length;
    EVP_PKEY *key;
};

struct pki *pki_new(void);

void pki_free(struct pki *pki);

bool pki_write_root(const struct pki *pki, const char *file);

bool pki_write_intermediate(const struct pki *pki, const char *file);

/*
 * The leaf of that kind for a host; `id` names the host in the cache. `alias` is a second name for
 * it, NULL for none. NULL if memory is short.
 */
const struct leaf *pki_leaf(struct pki *pki, enum certificate_kind kind, uint32_t id,
                            const char *name, const char *alias);

#endif
