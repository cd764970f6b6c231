/*
 * Well-known Diffie-Hellman primes. A prime that half the world shares is worth more work to an
 * attacker than one of a single server, and at 1024 bits such work was judged within a state's
 * reach
 * ("Imperfect Forward Secrecy", 2015), so which prime it is matters beside its size.
 */
#ifndef MXGRADE_IO_DH_PRIME_H
#define MXGRADE_IO_DH_PRIME_H

#include <stddef.h>
#include <stdint.h>

#include "io/tls/tls_names.h"

struct dh_prime {
    const char *name; /* "ffdhe2048", "RFC 3526 group 14" */
    uint16_t group;   /* TLS_GROUP_FFDHE*, 0 for the others */
    uint16_t bits;
};

/* Bits of a big-endian number; leading zeros do not count. */
unsigned dh_prime_bits(const uint8_t *prime, size_t len);

/* The groups of RFC 7919, RFC 2409, RFC 3526 and RFC 5114; NULL if it is none of them. */
const struct dh_prime *dh_prime_find(const uint8_t *prime, size_t len);

#endif
