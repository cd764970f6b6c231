/*
 * What a key and a signature are called, how big and how strong they are. Read from the DER, so
 * that kinds which the TLS library does not know (brainpool curves, Ed448, ML-DSA) have their name
 * and size too; what is in no table goes by its dotted OID.
 */
#ifndef MXGRADE_SCANNER_CERTIFICATE_ALGORITHM_H
#define MXGRADE_SCANNER_CERTIFICATE_ALGORITHM_H

#include <stdbool.h>

#include "io/base/arena.h"
#include "output/record/record.h"

/* Below these a key is weak: NIST SP 800-57 part 1, 112 bits of security; RFC 9325 section 4.1. */
#define WEAK_RSA_BITS 2048
#define WEAK_EC_BITS  224

struct certificate_key {
    const char *name; /* "RSA", "ECDSA P-256", ...; NULL if the key could not be read */
    unsigned bits;    /* 0: not known */
    unsigned rsa_exponent_bits;
    bool is_rsa;
    bool is_weak;
    bool is_invalid;    /* no key at all: an RSA exponent of 1, a point that is not on its curve */
    bool is_of_library; /* BoringSSL has keys of this kind: one that it refuses is no key */
};

/* By the hash alone, weakest first. What is unknown is taken for good. */
enum signature_strength {
    SIGNATURE_MD2,
    SIGNATURE_MD4,
    SIGNATURE_MD5,
    SIGNATURE_SHA1,
    SIGNATURE_SHA224,
    SIGNATURE_SHA256,
    SIGNATURE_SHA384,
    SIGNATURE_SHA512
};

struct certificate_signature {
    const char *name; /* "sha256WithRSAEncryption", ...; NULL if it could not be read */
    enum signature_strength strength;
    bool is_checkable; /* BoringSSL can verify it, and verifying it proves something */
};

/* A signature with SHA-1 or less. */
bool certificate_signature_is_weak(const struct certificate_signature *signature);

/* `spki` is a SubjectPublicKeyInfo in DER. False on lack of memory only. */
bool certificate_key_read(struct arena *arena, struct text spki, struct certificate_key *out_key);

/* `algorithm` is an AlgorithmIdentifier in DER. False on lack of memory only. */
bool certificate_signature_read(struct arena *arena, struct text algorithm,
                                struct certificate_signature *out_signature);

#endif
