#include "io/base/hex.h"

char *hex_write(char *out, const uint8_t *bytes, size_t len, enum hex_case letters)
{
    const char *digits = letters == HEX_UPPER ? "0123456789ABCDEF" : "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    return out;
}
