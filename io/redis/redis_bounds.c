#include "io/redis/redis_bounds.h"

#include <string.h>

void redis_bounds_init(struct redis_bounds *bounds)
{
    memset(bounds, 0, sizeof(*bounds));
}

static void begin_line(struct redis_bounds *bounds)
{
    bounds->line_len = 0;
    bounds->after_cr = false;
}

/* An element is whole, and with it perhaps the arrays that it was the last one of. */
static void end_element(struct redis_bounds *bounds)
{
    while (bounds->depth > 0 && --bounds->left[bounds->depth - 1] == 0) {
        bounds->depth--;
    }
    if (bounds->depth == 0) {
        bounds->reply_len = 0;
        bounds->num_elements = 0;
    }
}

/* The number behind the type of a line; -1 is "none". */
static bool read_length(const struct redis_bounds *bounds, int64_t *out_length)
{
    int64_t number = 0;
    if (bounds->line_len == 3 && memcmp(bounds->line + 1, "-1", 2) == 0) {
        *out_length = -1;
        return true;
    }
    if (bounds->line_len < 2 || bounds->line_len > 11) {
        return false;
    }
    for (size_t i = 1; i < bounds->line_len; i++) {
        if (bounds->line[i] < '0' || bounds->line[i] > '9') {
            return false;
        }
        number = number * 10 + (bounds->line[i] - '0');
    }
    *out_length = number;
    return true;
}

static const char *begin_array(struct redis_bounds *bounds, int64_t length)
{
    if (length <= 0) {
        end_element(bounds);
        return NULL;
    }
    bounds->num_elements += (uint64_t)length;
    if (bounds->num_elements > REDIS_ELEMENTS_MAX) {
        return "its reply has more elements than any that was asked for";
    }
    if (bounds->depth == REDIS_DEPTH_MAX) {
        return "its reply nests arrays deeper than any that was asked for";
    }
    bounds->left[bounds->depth++] = (uint64_t)length;
    return NULL;
}

static const char *end_line(struct redis_bounds *bounds)
{
    static const char odd[] = "what it says is not the protocol of Redis";
    int64_t length;
    switch (bounds->line_len > 0 ? bounds->line[0] : '\0') {
    case '+':
    case '-':
    case ':':
        end_element(bounds);
        return NULL;
    case '*':
        return read_length(bounds, &length) ? begin_array(bounds, length) : odd;
    case '$':
        if (!read_length(bounds, &length)) {
            return odd;
        }
        if (length > (int64_t)REDIS_STRING_MAX) {
            return "a string in its reply is longer than any that was asked for";
        }
        if (length < 0) {
            end_element(bounds);
        } else {
            bounds->skip = (uint64_t)length + 2;
        }
        return NULL;
    default:
        return odd;
    }
}

static const char *take_byte(struct redis_bounds *bounds, uint8_t byte)
{
    if (bounds->after_cr && byte == '\n') {
        const char *problem = end_line(bounds);
        begin_line(bounds);
        return problem;
    }
    bounds->after_cr = byte == '\r';
    if (bounds->after_cr) {
        return NULL;
    }
    if (bounds->line_len < sizeof(bounds->line)) {
        bounds->line[bounds->line_len] = (char)byte;
    }
    bool is_known = bounds->line[0] != '\0' && strchr("+-:*$", bounds->line[0]) != NULL;
    if (!is_known) {
        return "what it says is not the protocol of Redis";
    }
    return ++bounds->line_len > REDIS_LINE_MAX ? "a line of its reply is too long" : NULL;
}

const char *redis_bounds_feed(struct redis_bounds *bounds, const uint8_t *bytes, size_t len)
{
    const char *problem = NULL;
    size_t i = 0;
    while (i < len && problem == NULL) {
        size_t step = 1;
        if (bounds->skip > 0) {
            step = len - i < bounds->skip ? len - i : (size_t)bounds->skip;
        }
        bounds->reply_len += step;
        if (bounds->reply_len > REDIS_REPLY_MAX) {
            return "its reply is longer than any that was asked for";
        }
        if (bounds->skip > 0) {
            bounds->skip -= step;
            if (bounds->skip == 0) {
                end_element(bounds);
            }
        } else {
            problem = take_byte(bounds, bytes[i]);
        }
        i += step;
    }
    return problem;
}
