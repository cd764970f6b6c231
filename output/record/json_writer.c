#include "output/record/json_writer.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/calendar.h"
#include "io/base/hex.h"
#include "io/base/utf8.h"

/* Most lines are shorter. */
#define FIRST_CAPACITY 4096
/* One line of ours; what would be longer is a fault of ours and fails like a lack of memory. */
#define LINE_MAX_BYTES (16u << 20)

void json_writer_init(struct json_writer *writer)
{
    memset(writer, 0, sizeof(*writer));
}

void json_writer_fini(struct json_writer *writer)
{
    free(writer->buffer);
    json_writer_init(writer);
}

void json_writer_clear(struct json_writer *writer)
{
    *writer = (struct json_writer){
        .buffer = writer->buffer, .capacity = writer->capacity, .failed = writer->failed};
}

struct text json_writer_text(const struct json_writer *writer)
{
    return writer->failed ? (struct text){NULL, 0} : (struct text){writer->buffer, writer->len};
}

void json_writer_fail(struct json_writer *writer)
{
    writer->failed = true;
}

/* ---- Bytes ---- */

static bool grow(struct json_writer *writer, size_t len)
{
    if (writer->failed || len > LINE_MAX_BYTES - writer->len) {
        writer->failed = true;
        return false;
    }
    size_t needed = writer->len + len;
    size_t capacity = writer->capacity == 0 ? FIRST_CAPACITY : writer->capacity;
    while (capacity < needed) {
        capacity *= 2;
    }
    char *buffer = realloc(writer->buffer, capacity);
    if (buffer == NULL) {
        writer->failed = true;
        return false;
    }
    writer->buffer = buffer;
    writer->capacity = capacity;
    return true;
}

/*
 * Room for a whole token of at most `len` bytes, so that there is one test for each and not one for
 * each of its bytes; NULL when the line has failed. wrote() says where the token ended.
 */
static inline char *room_for(struct json_writer *writer, size_t len)
{
    bool fits = !writer->failed && len <= writer->capacity - writer->len;
    return fits || grow(writer, len) ? writer->buffer + writer->len : NULL;
}

static inline void wrote(struct json_writer *writer, const char *end)
{
    writer->len = (size_t)(end - writer->buffer);
}

static char *copy(char *out, const char *bytes, size_t len)
{
    memcpy(out, bytes, len);
    return out + len;
}

static void put(struct json_writer *writer, const char *bytes, size_t len)
{
    char *out = room_for(writer, len);
    if (out != NULL) {
        wrote(writer, copy(out, bytes, len));
    }
}

/* ---- Structure ---- */

/*
 * Room for whatever comes next in an array or an object, `len` bytes behind its comma; in an
 * object, only behind a key.
 */
static inline char *room_for_value(struct json_writer *writer, size_t len)
{
    bool in_object = writer->depth > 0 && writer->is_object[writer->depth - 1];
    assert(in_object ? writer->after_key : writer->depth > 0 || writer->len == 0 || writer->failed);
    bool need_comma = !in_object && writer->need_comma;
    writer->after_key = false;
    writer->need_comma = true;
    char *out = room_for(writer, len + 1);
    if (out != NULL && need_comma) {
        *out++ = ',';
    }
    return out;
}

static void put_value(struct json_writer *writer, const char *bytes, size_t len)
{
    char *out = room_for_value(writer, len);
    if (out != NULL) {
        wrote(writer, copy(out, bytes, len));
    }
}

static void open_level(struct json_writer *writer, bool is_object)
{
    assert(writer->depth < JSON_DEPTH_MAX);
    put_value(writer, is_object ? "{" : "[", 1);
    writer->is_object[writer->depth++] = is_object;
    writer->need_comma = false;
}

static void close_level(struct json_writer *writer, bool is_object)
{
    assert(writer->depth > 0 && writer->is_object[writer->depth - 1] == is_object);
    assert(!writer->after_key);
    writer->depth--;
    writer->need_comma = true;
    put(writer, is_object ? "}" : "]", 1);
}

void json_open_object(struct json_writer *writer)
{
    open_level(writer, true);
}

void json_close_object(struct json_writer *writer)
{
    close_level(writer, true);
}

void json_open_array(struct json_writer *writer)
{
    open_level(writer, false);
}

void json_close_array(struct json_writer *writer)
{
    close_level(writer, false);
}

/* ---- Strings ---- */

#define REPLACEMENT     "\xef\xbf\xbd" /* U+FFFD */
#define REPLACEMENT_LEN 3u

static void put_escaped_byte(struct json_writer *writer, unsigned char byte)
{
    char escape[] = "\\u0000";
    switch (byte) {
    case '"':
        put(writer, "\\\"", 2);
        break;
    case '\\':
        put(writer, "\\\\", 2);
        break;
    case '\n':
        put(writer, "\\n", 2);
        break;
    case '\r':
        put(writer, "\\r", 2);
        break;
    case '\t':
        put(writer, "\\t", 2);
        break;
    default:
        hex_write(escape + 4, &byte, 1, HEX_LOWER);
        put(writer, escape, sizeof(escape) - 1);
        break;
    }
}

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* Writes one character; returns how many bytes of input it was. */
static size_t put_character(struct json_writer *writer, const unsigned char *bytes, size_t len)
{
    size_t character_len = utf8_len(bytes, len);
    if (character_len == 0) {
        put(writer, REPLACEMENT, REPLACEMENT_LEN);
        return 1;
    }
    if (character_len == 2 && utf8_decode(bytes, 2) < 0xa0) {
        put_escaped_byte(writer, bytes[1]); /* C1, a command to a terminal: U+0080 to U+009F */
    } else if (character_len > 1) {
        put(writer, (const char *)bytes, character_len);
    } else {
        put_escaped_byte(writer, bytes[0]);
    }
    return character_len;
}

/* Copies eight bytes, unless one of them does not stand for itself. */
static inline bool copy_plain_word(char *out, const char *bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
    /* The top bit of some byte is set if one of them is beyond ASCII, DEL, a control, a quote or a
     * backslash; only which one it is a borrow may blur. */
    uint64_t special = word | (word + ones) | ((word - ones * 0x20) & ~word) |
                       ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash);
    if ((special & (ones * 0x80)) != 0) {
        return false;
    }
    memcpy(out, &word, sizeof(word));
    return true;
}

/* Copies the bytes up to the first that does not stand for itself, and says how many they are. */
static size_t copy_plain(char *out, const char *bytes, size_t len)
{
    size_t i = 0;
    if (len >= sizeof(uint64_t)) {
        size_t last = len - sizeof(uint64_t);
        while (i < last && copy_plain_word(out + i, bytes + i)) {
            i += sizeof(uint64_t);
        }
        if (i >= last && copy_plain_word(out + last, bytes + last)) {
            return len;
        }
    }
    while (i < len && is_plain((unsigned char)bytes[i])) {
        out[i] = bytes[i];
        i++;
    }
    return i;
}

/*
 * What is left of a string from a byte on that does not stand for itself, or from its end. U+FFFD
 * counts as the one byte that it mostly stands for, so that what was cut and is read back is
 * written as it was.
 */
static void put_rest(struct json_writer *writer, const char *text, size_t len, size_t end)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t i = 0;
    while (i < end) {
        size_t used = utf8_len(bytes + i, len - i);
        if (used == REPLACEMENT_LEN && memcmp(bytes + i, REPLACEMENT, REPLACEMENT_LEN) == 0) {
            end = len - end < REPLACEMENT_LEN - 1 ? len : end + REPLACEMENT_LEN - 1;
        }
        if (used > end - i) {
            break; /* the cut falls inside a character */
        }
        i += put_character(writer, bytes + i, len - i);
        char *out = room_for(writer, end - i);
        if (out == NULL) {
            return;
        }
        size_t run = copy_plain(out, text + i, end - i);
        wrote(writer, out + run);
        i += run;
    }
    if (end < len) {
        put(writer, "\xe2\x80\xa6", 3); /* U+2026 */
    }
    put(writer, "\"", 1);
}

/* `out` is room for `max_bytes` or `len` bytes, whichever is less, and two quotes; or NULL. */
static void put_string(struct json_writer *writer, char *out, const char *text, size_t len,
                       size_t max_bytes)
{
    size_t end = len < max_bytes ? len : max_bytes;
    if (out == NULL) {
        return;
    }
    *out++ = '"';
    size_t run = copy_plain(out, text, end);
    out += run;
    if (run == len) {
        *out++ = '"';
        wrote(writer, out);
    } else {
        wrote(writer, out);
        put_rest(writer, text + run, len - run, end - run);
    }
}

/* Room for a key of `len` bytes, its comma, its quotes and its colon. */
static inline char *room_for_key(struct json_writer *writer, size_t len)
{
    assert(writer->depth > 0 && writer->is_object[writer->depth - 1] && !writer->after_key);
    char *out = room_for(writer, len + 4);
    if (out != NULL && writer->need_comma) {
        *out++ = ',';
    }
    writer->after_key = true;
    return out;
}

void json_key(struct json_writer *writer, const char *key)
{
    size_t len = strlen(key);
    char *out = room_for_key(writer, len);
    if (out != NULL) {
        *out++ = '"';
        out = copy(out, key, len);
        *out++ = '"';
        *out++ = ':';
        wrote(writer, out);
    }
}

void json_key_quoted(struct json_writer *writer, const char *key, size_t len)
{
    char *out = room_for_key(writer, len);
    if (out != NULL) {
        wrote(writer, copy(out, key, len));
    }
}

void json_key_text(struct json_writer *writer, struct text key, size_t max_bytes)
{
    size_t len = key.bytes != NULL ? key.len : 0;
    char *out = room_for_key(writer, len < max_bytes ? len : max_bytes);
    put_string(writer, out, key.bytes, len, max_bytes);
    put(writer, ":", 1);
}

/* ---- Values ---- */

void json_put_bare(struct json_writer *writer, const char *json)
{
    put_value(writer, json, strlen(json));
}

void json_put_null(struct json_writer *writer)
{
    put_value(writer, "null", 4);
}

void json_bool(struct json_writer *writer, bool value)
{
    put_value(writer, value ? "true" : "false", value ? 4 : 5);
}

static void put_integer(struct json_writer *writer, uint64_t magnitude, bool is_negative)
{
    char text[21]; /* a sign and 20 digits */
    size_t first = sizeof(text);
    do {
        text[--first] = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude > 0);
    if (is_negative) {
        text[--first] = '-';
    }
    put_value(writer, text + first, sizeof(text) - first);
}

void json_int(struct json_writer *writer, int64_t value)
{
    put_integer(writer, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
}

void json_uint(struct json_writer *writer, uint64_t value)
{
    put_integer(writer, value, false);
}

void json_double(struct json_writer *writer, double value, unsigned decimals)
{
    char digits[400];
    if (!isfinite(value)) {
        json_put_null(writer);
        return;
    }
    int len = snprintf(digits, sizeof(digits), "%.*f", (int)(decimals < 12 ? decimals : 12), value);
    /* The decimal sign follows the locale; JSON's is a point. */
    for (int i = 0; i < len; i++) {
        digits[i] = digits[i] == ',' ? '.' : digits[i];
    }
    put_value(writer, digits, len > 0 ? (size_t)len : 0);
}

void json_put_string(struct json_writer *writer, const char *value)
{
    json_text(writer, (struct text){value, value != NULL ? strlen(value) : 0}, SIZE_MAX);
}

void json_text(struct json_writer *writer, struct text value, size_t max_bytes)
{
    if (value.bytes == NULL) {
        json_put_null(writer);
        return;
    }
    char *out = room_for_value(writer, 2 + (value.len < max_bytes ? value.len : max_bytes));
    put_string(writer, out, value.bytes, value.len, max_bytes);
}

void json_hex(struct json_writer *writer, const uint8_t *bytes, size_t len)
{
    char *out = room_for_value(writer, 2 * len + 2);
    if (out == NULL) {
        return;
    }
    *out++ = '"';
    out = hex_write(out, bytes, len, HEX_LOWER);
    *out++ = '"';
    wrote(writer, out);
}

void json_time(struct json_writer *writer, double seconds_since_1970, bool milliseconds)
{
    char text[CALENDAR_TEXT_MAX];
    size_t len = calendar_write(seconds_since_1970, milliseconds, text);
    if (len == 0) {
        json_put_null(writer);
        return;
    }
    char *out = room_for_value(writer, 2 + len);
    if (out == NULL) {
        return;
    }
    *out++ = '"';
    memcpy(out, text, len);
    out += len;
    *out++ = '"';
    wrote(writer, out);
}

char *json_writer_take(struct json_writer *writer, size_t *out_len)
{
    assert(writer->depth == 0 || writer->failed);
    put(writer, "\n", 1);
    char *line = writer->failed ? NULL : writer->buffer;
    *out_len = line != NULL ? writer->len : 0;
    if (line == NULL) {
        free(writer->buffer);
    }
    json_writer_init(writer);
    return line;
}
