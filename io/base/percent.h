/* Percent-encoding of URLs (RFC 3986 section 2.1). */
#ifndef MXGRADE_IO_PERCENT_H
#define MXGRADE_IO_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Decodes `len` bytes into out[size], NUL-terminated. False, and undefined bytes in `out`, if the
 * encoding is broken, a NUL comes out of it, or there is no room.
 */
bool percent_decode(const char *text, size_t len, char *out, size_t size);

#endif
