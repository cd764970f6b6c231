/*
 * What a server has chosen or shown in TLS that our library lacks. It proves that another library
 * could go on where ours could not, so that the handshake's failure is no refusal of the server's.
 */
#ifndef MXGRADE_SCANNER_LACK_H
#define MXGRADE_SCANNER_LACK_H

#include <stdbool.h>

#include "io/base/arena.h"
#include "io/tls/tls_library.h"
#include "output/record/record.h"

struct lack {
    const char *text;        /* what it is and what to do; NULL: nothing is lacking */
    bool is_leaf_unreadable; /* the leaf has no key that any library could take */
};

/*
 * `leaf`: the server's certificate in DER; `bytes` is NULL where none was seen. The text is in the
 * arena. False on lack of memory.
 */
bool lack_find(struct arena *arena, const struct tls_choice *choice, struct text leaf,
               struct lack *out_lack);

/* The text for a key of which only the name is known. The advice: RFC 9325 section 4.5, and the key
 * encodings that RFC 8446 section 9.1 makes mandatory. */
#define LACK_KEY_TEXT(key)                                                                         \
    "the key of its certificate is " key ": use a certificate with an RSA key (rsaEncryption, "    \
    "exponent 65537) or ECDSA P-256"

#endif
