/* Text from a record, written where a person reads it. */
#ifndef MXGRADE_OUTPUT_TEXT_SAFE_H
#define MXGRADE_OUTPUT_TEXT_SAFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Writes foreign text so that it can do nothing to a terminal: controls (C0, DEL, C1), what turns
 * the direction of writing, and broken UTF-8 become visible. At most `max_bytes` of input. Without
 * `utf8` what is not ASCII becomes '?'.
 */
void text_safe_write(FILE *stream, const char *text, size_t len, size_t max_bytes, bool utf8);

#endif
