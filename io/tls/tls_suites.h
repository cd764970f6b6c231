/*
 * Cipher suites: what a two-byte code point of a ServerHello stands for. Names are those of the
 * IANA "TLS Cipher Suites" registry; the few beside it (56-bit export, FIPS, the ChaCha20 drafts,
 * GOST before RFC 9189) are those by which servers of their time know them. GREASE values are not
 * suites and are not listed. Everything here is constant and needs no set-up.
 */
#ifndef MXGRADE_IO_TLS_SUITES_H
#define MXGRADE_IO_TLS_SUITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Signalling values that look like suites. */
#define TLS_SUITE_RENEGOTIATION_SCSV 0x00ff /* RFC 5746 section 3.3 */
#define TLS_SUITE_FALLBACK_SCSV      0x5600 /* RFC 7507 section 2 */

enum tls_key_exchange {
    TLS_KX_NULL, /* TLS_NULL_WITH_NULL_NULL: never to be negotiated */
    TLS_KX_SCSV, /* not a suite but a signal */
    TLS_KX_RSA,
    TLS_KX_DH,   /* static: the DH key is in the certificate */
    TLS_KX_ECDH, /* static likewise */
    TLS_KX_DHE,
    TLS_KX_ECDHE,
    TLS_KX_DH_ANON,
    TLS_KX_ECDH_ANON,
    TLS_KX_PSK,
    TLS_KX_RSA_PSK,
    TLS_KX_DHE_PSK,
    TLS_KX_ECDHE_PSK,
    TLS_KX_SRP,
    TLS_KX_KRB5,
    TLS_KX_GOST,
    TLS_KX_ECCPWD,
    TLS_KX_TLS13 /* the suite does not say: key_share does */
};

enum tls_authentication {
    TLS_AUTH_NONE, /* anonymous */
    TLS_AUTH_RSA,
    TLS_AUTH_DSS,
    TLS_AUTH_ECDSA, /* Ed25519 and Ed448 too (RFC 8422 section 5.10) */
    TLS_AUTH_PSK,
    TLS_AUTH_SRP,
    TLS_AUTH_KRB5,
    TLS_AUTH_GOST,
    TLS_AUTH_ECCPWD,
    TLS_AUTH_TLS13 /* the suite does not say: signature_algorithms does */
};

enum tls_cipher {
    TLS_CIPHER_NULL,
    TLS_CIPHER_RC4,
    TLS_CIPHER_RC2,
    TLS_CIPHER_DES,
    TLS_CIPHER_3DES,
    TLS_CIPHER_IDEA,
    TLS_CIPHER_SEED,
    TLS_CIPHER_CAMELLIA,
    TLS_CIPHER_ARIA,
    TLS_CIPHER_AES,
    TLS_CIPHER_CHACHA20,
    TLS_CIPHER_SM4,
    TLS_CIPHER_GOST, /* 28147-89, Kuznyechik, Magma */
    TLS_CIPHER_AEGIS
};

enum tls_mode {
    TLS_MODE_NONE,
    TLS_MODE_STREAM, /* RC4; the counter modes of GOST */
    TLS_MODE_CBC,
    TLS_MODE_GCM,
    TLS_MODE_CCM,
    TLS_MODE_CCM_8, /* CCM with a tag of 8 bytes */
    TLS_MODE_POLY1305,
    TLS_MODE_MGM,
    TLS_MODE_AEGIS
};

enum tls_mac {
    TLS_MAC_NONE,
    TLS_MAC_MD5,
    TLS_MAC_SHA1,
    TLS_MAC_SHA256,
    TLS_MAC_SHA384,
    TLS_MAC_GOST,
    TLS_MAC_AEAD
};

struct tls_suite {
    uint16_t code;
    const char *name;
    enum tls_key_exchange kx;
    enum tls_authentication auth;
    enum tls_cipher cipher;
    uint16_t bits; /* effective strength of the cipher: 112 for 3DES, 40 for an exportable DES */
    enum tls_mode mode;
    enum tls_mac mac;
    bool export; /* made to be weak: 40 or 56 bits and an RSA or DH key of 512 or 1024 bits */
};

/*
 * Classes that a suite falls into, as bits; one suite may be in several. What a class means for a
 * grade is not decided here.
 */
enum {
    TLS_CLASS_NULL = 1 << 0, /* no encryption */
    TLS_CLASS_ANON = 1 << 1, /* no authentication of the server */
    TLS_CLASS_EXPORT = 1 << 2,
    TLS_CLASS_DES = 1 << 3, /* single DES of 56 bits; RC2 and DES of 40 bits are EXPORT */
    TLS_CLASS_RC4 = 1 << 4,
    TLS_CLASS_3DES = 1 << 5,
    TLS_CLASS_STATIC_RSA = 1 << 6, /* RSA key transport: no forward secrecy */
    TLS_CLASS_STATIC_DH = 1 << 7,  /* fixed DH or ECDH: no forward secrecy */
    TLS_CLASS_CBC = 1 << 8,        /* block cipher in CBC mode with MAC-then-encrypt */
    TLS_CLASS_AEAD = 1 << 9,
    TLS_CLASS_FORWARD_SECRET = 1 << 10, /* (EC)DHE, and every suite of TLS 1.3 */
    TLS_CLASS_BLOCK64 = 1 << 11         /* a block of 64 bits: DES, 3DES, IDEA, RC2 */
};

/* NULL if the code point is not in the table. */
const struct tls_suite *tls_suites_find(uint16_t code);

/* All suites in the order of their code points. */
const struct tls_suite *tls_suites_all(size_t *out_num);

/* TLS_CLASS_* bits; 0 for the signalling values. */
unsigned tls_suites_classes(const struct tls_suite *suite);

/*
 * Whether the suite may be negotiated in that protocol version (0x0300 ... 0x0304): TLS 1.3 has
 * suites of its own (RFC 8446 section 4.1.2); AEAD suites and those with a SHA-2 MAC need TLS 1.2
 * (RFC 5246, RFC 5288 section 4, RFC 5289 section 4). That TLS 1.1 and 1.2 have no exportable or
 * DES suites (RFC 4346 section A.5, RFC 5246 section 1.2) is not applied: servers take them all the
 * same.
 */
bool tls_suites_usable(const struct tls_suite *suite, uint16_t version);

/* Whether a server with nothing but a certificate can take it: no PSK, SRP, Kerberos, password. */
bool tls_suites_without_shared_secret(const struct tls_suite *suite);

#endif
