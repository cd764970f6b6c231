#include "output/record/text_safe.h"

#include <stdint.h>

#include "io/base/hex.h"

/* Decodes one character; returns its length in bytes, 0 where it is not valid UTF-8. */
static size_t decode(const unsigned char *bytes, size_t len, uint32_t *out_character)
{
    static const struct {
        unsigned char mask, lead;
        size_t len;
        uint32_t min;
    } forms[] = {{0x80, 0x00, 1, 0},
                 {0xe0, 0xc0, 2, 0x80},
                 {0xf0, 0xe0, 3, 0x800},
                 {0xf8, 0xf0, 4, 0x10000}};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if ((bytes[0] & forms[i].mask) != forms[i].lead) {
            continue;
        }
        uint32_t character = bytes[0] & (unsigned char)~forms[i].mask;
        if (forms[i].len > len) {
            return 0;
        }
        for (size_t k = 1; k < forms[i].len; k++) {
            if ((bytes[k] & 0xc0) != 0x80) {
                return 0;
            }
            character = character << 6 | (bytes[k] & 0x3f);
        }
        bool is_surrogate = character >= 0xd800 && character <= 0xdfff;
        if (character < forms[i].min || character > 0x10ffff || is_surrogate) {
            return 0;
        }
        *out_character = character;
        return forms[i].len;
    }
    return 0;
}

/* Unicode's Bidi_Control characters (UAX 9), and the line and paragraph separators. */
static bool turns_text(uint32_t character)
{
    return character == 0x061c || character == 0x200e || character == 0x200f ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069);
}

void text_safe_write(FILE *stream, const char *text, size_t len, size_t max_bytes, bool utf8)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t end = len < max_bytes ? len : max_bytes;
    size_t i = 0;
    while (i < end) {
        uint32_t character;
        size_t used = decode(bytes + i, len - i, &character);
        if (used == 0) {
            fputc('?', stream);
            i++;
            continue;
        }
        if (character < 0x20 || character == 0x7f) {
            char escape[] = "\\x00";
            hex_write(escape + 2, bytes + i, 1, HEX_LOWER);
            fputs(escape, stream);
        } else if (character < 0x7f) {
            fputc((int)character, stream);
        } else if (character < 0xa0 || turns_text(character) || !utf8) {
            fputc('?', stream);
        } else {
            fwrite(bytes + i, 1, used, stream);
        }
        i += used;
    }
    if (end < len) {
        fputs("...", stream);
    }
}
