#include "output/record/text_safe.h"

#include <stdint.h>

#include "io/base/hex.h"
#include "io/base/utf8.h"

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
        size_t used = utf8_len(bytes + i, len - i);
        if (used == 0) {
            fputc('?', stream);
            i++;
            continue;
        }
        uint32_t character = utf8_decode(bytes + i, used);
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
