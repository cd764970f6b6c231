/*
 * A zip archive that is written part after part into a stream, which must be seekable: the lengths
 * of a part are known at its end and stand before it. Zlib's minizip does it. libzip and
 * libxlsxwriter, which would do more, bring OpenSSL's libcrypto into the process in Debian 12,
 * beside BoringSSL, whose functions have the same names.
 */
#ifndef MXGRADE_OUTPUT_ZIP_PARTS_H
#define MXGRADE_OUTPUT_ZIP_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct zip_parts;

/* `stream` is borrowed and must be empty. NULL on lack of memory. */
struct zip_parts *zip_parts_new(FILE *stream);
/* NULL is fine. What was written so far stays in the stream, and is no archive. */
void zip_parts_free(struct zip_parts *parts);

/* Ends the part before, if there is one. What fails is noted until the end. */
void zip_parts_begin(struct zip_parts *parts, const char *name);
void zip_parts_put(struct zip_parts *parts, const void *bytes, size_t len);

/* Ends the last part and the archive. False: it could not be written, by errno where that is not 0.
 */
bool zip_parts_end(struct zip_parts *parts);

#endif
