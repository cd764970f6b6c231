/*
 * What the TLS library has. A server that has chosen something else cannot be gone on with here,
 * although another library could: that is no refusal and no fault of the server's.
 */
#ifndef MXGRADE_IO_TLS_LIBRARY_H
#define MXGRADE_IO_TLS_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a server has chosen in its first flight, by IANA numbers; 0: not seen. */
struct tls_choice {
    uint16_t version;
    uint16_t suite;
    uint16_t group;
    uint16_t signature; /* of the ServerKeyExchange, which TLS 1.3 does not have */
};

enum tls_lack {
    TLS_LACK_NONE,
    TLS_LACK_VERSION,
    TLS_LACK_SUITE,
    TLS_LACK_GROUP,
    TLS_LACK_SIGNATURE
};

/* The first thing of a choice that the library lacks, in the order of the members. */
enum tls_lack tls_library_lack(const struct tls_choice *choice);

/* The groups that a handshake offers, as SSL_CTX_set1_curves_list() takes them. */
#define TLS_LIBRARY_GROUPS "X25519:P-256:P-384:P-521"

/* The signature schemes that a handshake offers, best first. */
const uint16_t *tls_library_signatures(size_t *out_num);

/* "Ed448", "RSA-PSS", ...: the key that makes signatures of this scheme; NULL if not known. */
const char *tls_library_signer(uint16_t signature);

#endif
