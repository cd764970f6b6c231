/*
 * Whether a TLS handshake can go on with a server's certificate: here, with another library, or
 * with none. A certificate is hostile input; that our library refuses it says little by itself.
 */
#ifndef MXGRADE_SCANNER_LEAF_USE_H
#define MXGRADE_SCANNER_LEAF_USE_H

#include <stdbool.h>

#include "io/base/arena.h"
#include "output/record/record.h"

enum leaf_use {
    LEAF_IS_USABLE,    /* our library takes the key */
    LEAF_IS_OF_OTHERS, /* a key of a kind or size that only other libraries take */
    LEAF_IS_OF_NOBODY  /* no parser finds a key in it, or what is there is no key */
};

/*
 * `leaf` is a certificate in DER, as sent. With LEAF_IS_OF_OTHERS *out_key says what the key is:
 * "Ed448", "RSA with an exponent of 41 bits"; in the arena, or static. False on lack of memory.
 */
bool leaf_use_find(struct arena *arena, struct text leaf, enum leaf_use *out_use,
                   const char **out_key);

#endif
