/*
 * Tells whether a TLS handshake can go on with a server's certificate: with our library, with other
 * libraries only, or with none. That our library refuses a certificate does not tell which.
 */
#ifndef MXGRADE_SCANNER_LEAF_USE_H
#define MXGRADE_SCANNER_LEAF_USE_H

#include <stdbool.h>

#include "io/base/arena.h"
#include "output/record/record.h"

enum leaf_use {
    LEAF_IS_USABLE,    /* our library takes the key */
    LEAF_IS_OF_OTHERS, /* only other libraries take a key of this kind or size */
    LEAF_IS_OF_NOBODY  /* no library finds a valid key in it */
};

/*
 * `leaf` is a certificate in DER. With LEAF_IS_OF_OTHERS *out_key names the key, as "Ed448"; the
 * text is in the arena or static. False on lack of memory.
 */
bool leaf_use_find(struct arena *arena, struct text leaf, enum leaf_use *out_use,
                   const char **out_key);

#endif
