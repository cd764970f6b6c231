#include "scanner/dialogue/literal.h"

#include <ctype.h>
#include <string.h>

#define LINE_END_LEN 2      /* CR LF: the line reader has taken them off */
#define LITERAL_MAX  999999 /* far more than a whole reply may have */

static void append(struct literal_joiner *joiner, const char *bytes, size_t len)
{
    size_t room = LITERAL_JOINED_MAX - joiner->len;
    size_t kept = len < room ? len : room;
    memcpy(joiner->text + joiner->len, bytes, kept);
    joiner->len += kept;
}

/* Does the line end in a literal's length? Then *out_before is what stands before its brace. */
static bool announces_literal(const char *line, size_t len, size_t *out_before, size_t *out_size)
{
    if (len < 3 || line[len - 1] != '}') {
        return false;
    }
    size_t end = line[len - 2] == '+' ? len - 2 : len - 1, at = end, size = 0, scale = 1;
    while (at > 0 && isdigit((unsigned char)line[at - 1]) && scale <= LITERAL_MAX) {
        size += (size_t)(line[--at] - '0') * scale;
        scale *= 10;
    }
    if (at == end || at == 0 || line[at - 1] != '{') {
        return false;
    }
    *out_before = at - 1;
    *out_size = size;
    return true;
}

/* Takes what belongs to the literal off the line; false: all of it does, and its end. */
static bool leave_literal(struct literal_joiner *joiner, const char **line, size_t *len)
{
    if (joiner->bytes_left >= *len + LINE_END_LEN) {
        append(joiner, *line, *len);
        append(joiner, " ", 1); /* for the line end */
        joiner->bytes_left -= *len + LINE_END_LEN;
        return false;
    }
    size_t taken = joiner->bytes_left < *len ? joiner->bytes_left : *len;
    append(joiner, *line, taken);
    append(joiner, "\"", 1);
    *line += taken;
    *len -= taken;
    joiner->bytes_left = 0;
    joiner->is_inside = false;
    return true;
}

bool literal_join(struct literal_joiner *joiner, const char **line, size_t *len)
{
    size_t before, size;
    if (!joiner->is_joining) {
        joiner->len = 0;
    }
    if (joiner->is_inside && !leave_literal(joiner, line, len)) {
        return false;
    }
    if (announces_literal(*line, *len, &before, &size)) {
        append(joiner, *line, before);
        append(joiner, "\"", 1);
        joiner->bytes_left = size;
        joiner->is_inside = joiner->is_joining = true;
        return false;
    }
    if (joiner->is_joining) {
        append(joiner, *line, *len);
        joiner->is_joining = false;
        *line = joiner->text;
        *len = joiner->len;
    }
    return true;
}
