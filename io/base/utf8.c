#include "io/base/utf8.h"

#include <stdbool.h>

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

size_t utf8_len(const unsigned char *bytes, size_t len)
{
    unsigned char first = bytes[0];
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return len >= 2 && is_continuation(bytes[1]) ? 2 : 0;
    }
    if (first >= 0xe0 && first <= 0xef) {
        if (len < 3 || !is_continuation(bytes[1]) || !is_continuation(bytes[2]) ||
            (first == 0xe0 && bytes[1] < 0xa0) || (first == 0xed && bytes[1] > 0x9f)) {
            return 0;
        }
        return 3;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        if (len < 4 || !is_continuation(bytes[1]) || !is_continuation(bytes[2]) ||
            !is_continuation(bytes[3]) || (first == 0xf0 && bytes[1] < 0x90) ||
            (first == 0xf4 && bytes[1] > 0x8f)) {
            return 0;
        }
        return 4;
    }
    return 0;
}

uint32_t utf8_decode(const unsigned char *bytes, size_t len)
{
    static const unsigned char leads[UTF8_MAX + 1] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t character = bytes[0] & leads[len];
    for (size_t i = 1; i < len; i++) {
        character = character << 6 | (bytes[i] & 0x3f);
    }
    return character;
}

size_t utf8_encode(uint32_t character, char out[UTF8_MAX])
{
    static const unsigned char leads[UTF8_MAX + 1] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t len = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    out[0] = (char)(leads[len] | character);
    return len;
}
