/* UTF-8, as Unicode 15 table 3-7 has it: no overlong forms, no surrogates, up to U+10FFFF. */
#ifndef MXGRADE_IO_UTF8_H
#define MXGRADE_IO_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_MAX 4

/* The length of the well-formed character at `bytes`, of which there is one at least; or 0. */
size_t utf8_len(const unsigned char *bytes, size_t len);

/* The code point of a character of that length. */
uint32_t utf8_decode(const unsigned char *bytes, size_t len);

/* Writes a code point that is no surrogate and at most U+10FFFF; returns its length. */
size_t utf8_encode(uint32_t character, char out[UTF8_MAX]);

#endif
