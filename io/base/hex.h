/* Bytes in hexadecimal. */
#ifndef MXGRADE_IO_HEX_H
#define MXGRADE_IO_HEX_H

#include <stddef.h>
#include <stdint.h>

enum hex_case { HEX_LOWER, HEX_UPPER };

/* Writes two digits for each byte and no NUL; returns the end of what was written. */
char *hex_write(char *out, const uint8_t *bytes, size_t len, enum hex_case letters);

#endif
