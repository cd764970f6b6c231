/*
 * Finds what a server uses in TLS that our library lacks. Such a lack proves that a client with
 * another library could have finished the handshake, so that its failure is no refusal.
 */
#ifndef MXGRADE_SCANNER_LACK_H
#define MXGRADE_SCANNER_LACK_H

#include <stdbool.h>

#include "io/base/arena.h"
#include "io/tls/tls_library.h"
#include "output/record/record.h"

struct lack {
    const char *text;        /* what is lacking and what to do; NULL: nothing is lacking */
    bool is_leaf_unreadable; /* no library can take a key from the leaf */
};

/*
 * `leaf` is the server's certificate in DER; `leaf.bytes` is NULL if none was seen. The text is in
 * the arena. False on lack of memory.
 */
bool lack_find(struct arena *arena, const struct tls_choice *choice, struct text leaf,
               struct lack *out_lack);

/* The text for a certificate key that our library lacks; `key` is its name. The advice follows RFC
 * 9325 section 4.5 and the algorithms that RFC 8446 section 9.1 makes mandatory. */
#define LACK_KEY_TEXT(key)                                                                         \
    "the key of its certificate is " key ": use a certificate with an RSA key (rsaEncryption, "    \
    "exponent 65537) or ECDSA P-256"

/* RFC 8446 section 4.4.2.2: a keyUsage, where there is one, has to allow signatures. BoringSSL
 * refuses other leaves, OpenSSL takes them. */
#define LACK_USAGE_TEXT                                                                            \
    "the keyUsage of its certificate does not allow digitalSignature: use a certificate that "     \
    "allows it, or has no keyUsage"

#endif
