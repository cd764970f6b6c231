#include "output/json_writer.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FIRST_CAPACITY 1024
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

void json_writer_fail(struct json_writer *writer)
{
    writer->failed = true;
}

/* ---- Bytes ---- */

static bool reserve(struct json_writer *writer, size_t len)
{
    if (writer->failed || len > LINE_MAX_BYTES - writer->len) {
        writer->failed = true;
        return false;
    }
    size_t needed = writer->len + len;
    if (needed <= writer->capacity) {
        return true;
    }
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

static void put(struct json_writer *writer, const char *bytes, size_t len)
{
    if (reserve(writer, len)) {
        memcpy(writer->buffer + writer->len, bytes, len);
        writer->len += len;
    }
}

static void put_text(struct json_writer *writer, const char *text)
{
    put(writer, text, strlen(text));
}

/* ---- Structure ---- */

/* Whatever comes next in an array or an object; in an object, only behind a key. */
static void before_value(struct json_writer *writer)
{
    if (writer->depth > 0 && writer->is_object[writer->depth - 1]) {
        assert(writer->after_key);
    } else {
        assert(writer->depth > 0 || writer->len == 0 || writer->failed);
        if (writer->need_comma) {
            put(writer, ",", 1);
        }
    }
    writer->after_key = false;
    writer->need_comma = true;
}

static void open_level(struct json_writer *writer, bool is_object)
{
    before_value(writer);
    assert(writer->depth < JSON_DEPTH_MAX);
    writer->is_object[writer->depth++] = is_object;
    writer->need_comma = false;
    put(writer, is_object ? "{" : "[", 1);
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

static void put_escaped_byte(struct json_writer *writer, unsigned char byte)
{
    char escape[8];
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
        snprintf(escape, sizeof(escape), "\\u%04x", byte);
        put(writer, escape, 6);
        break;
    }
}

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/*
 * The length of the well-formed UTF-8 sequence at `bytes`, or 0: Unicode 15 table 3-7, which leaves
 * out overlong forms, surrogates, and what is beyond U+10FFFF.
 */
static size_t utf8_len(const unsigned char *bytes, size_t len)
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

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* Writes one character; returns how many bytes of input it was. */
static size_t put_character(struct json_writer *writer, const unsigned char *bytes, size_t len)
{
    size_t character_len = utf8_len(bytes, len);
    if (character_len == 0) {
        put(writer, "\xef\xbf\xbd", 3); /* U+FFFD */
        return 1;
    }
    if (character_len > 1) {
        put(writer, (const char *)bytes, character_len);
    } else {
        put_escaped_byte(writer, bytes[0]);
    }
    return character_len;
}

static void put_string(struct json_writer *writer, const char *text, size_t len, size_t max_bytes)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t end = len < max_bytes ? len : max_bytes;
    size_t i = 0;
    put(writer, "\"", 1);
    while (i < end) {
        size_t run = i;
        while (run < end && is_plain(bytes[run])) {
            run++;
        }
        put(writer, text + i, run - i);
        i = run;
        if (i < end) {
            size_t used = utf8_len(bytes + i, len - i);
            if (used > end - i) {
                break; /* the cut falls inside a character */
            }
            i += put_character(writer, bytes + i, len - i);
        }
    }
    if (end < len) {
        put(writer, "\xe2\x80\xa6", 3); /* U+2026 */
    }
    put(writer, "\"", 1);
}

void json_key(struct json_writer *writer, const char *key)
{
    assert(writer->depth > 0 && writer->is_object[writer->depth - 1] && !writer->after_key);
    if (writer->need_comma) {
        put(writer, ",", 1);
    }
    put(writer, "\"", 1);
    put_text(writer, key);
    put(writer, "\":", 2);
    writer->after_key = true;
}

void json_key_text(struct json_writer *writer, struct text key, size_t max_bytes)
{
    assert(writer->depth > 0 && writer->is_object[writer->depth - 1] && !writer->after_key);
    if (writer->need_comma) {
        put(writer, ",", 1);
    }
    put_string(writer, key.bytes != NULL ? key.bytes : "", key.bytes != NULL ? key.len : 0,
               max_bytes);
    put(writer, ":", 1);
    writer->after_key = true;
}

/* ---- Values ---- */

void json_put_null(struct json_writer *writer)
{
    before_value(writer);
    put(writer, "null", 4);
}

void json_bool(struct json_writer *writer, bool value)
{
    before_value(writer);
    put_text(writer, value ? "true" : "false");
}

void json_int(struct json_writer *writer, int64_t value)
{
    char digits[24];
    before_value(writer);
    snprintf(digits, sizeof(digits), "%lld", (long long)value);
    put_text(writer, digits);
}

void json_uint(struct json_writer *writer, uint64_t value)
{
    char digits[24];
    before_value(writer);
    snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
    put_text(writer, digits);
}

void json_double(struct json_writer *writer, double value, unsigned decimals)
{
    char digits[400];
    if (!isfinite(value)) {
        json_put_null(writer);
        return;
    }
    before_value(writer);
    int len = snprintf(digits, sizeof(digits), "%.*f", (int)(decimals < 12 ? decimals : 12), value);
    /* The decimal sign follows the locale; JSON's is a point. */
    for (int i = 0; i < len; i++) {
        digits[i] = digits[i] == ',' ? '.' : digits[i];
    }
    put_text(writer, digits);
}

void json_put_string(struct json_writer *writer, const char *value)
{
    if (value == NULL) {
        json_put_null(writer);
        return;
    }
    before_value(writer);
    put_string(writer, value, strlen(value), SIZE_MAX);
}

void json_text(struct json_writer *writer, struct text value, size_t max_bytes)
{
    if (value.bytes == NULL) {
        json_put_null(writer);
        return;
    }
    before_value(writer);
    put_string(writer, value.bytes, value.len, max_bytes);
}

void json_hex(struct json_writer *writer, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    before_value(writer);
    put(writer, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        const char pair[2] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
        put(writer, pair, 2);
    }
    put(writer, "\"", 1);
}

void json_time(struct json_writer *writer, double seconds_since_1970, bool milliseconds)
{
    double whole = floor(seconds_since_1970);
    struct tm fields;
    char text[48];
    /* RFC 3339 section 1: years 0000 to 9999 */
    if (!isfinite(seconds_since_1970) || whole < -62167219200.0 || whole > 253402300799.0) {
        json_put_null(writer);
        return;
    }
    time_t seconds = (time_t)whole;
    if (gmtime_r(&seconds, &fields) == NULL) {
        json_put_null(writer);
        return;
    }
    int len =
        snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d", fields.tm_year + 1900,
                 fields.tm_mon + 1, fields.tm_mday, fields.tm_hour, fields.tm_min, fields.tm_sec);
    if (milliseconds && len > 0) {
        snprintf(text + len, sizeof(text) - (size_t)len, ".%03d",
                 (int)((seconds_since_1970 - whole) * 1000));
    }
    before_value(writer);
    put(writer, "\"", 1);
    put_text(writer, text);
    put(writer, "Z\"", 2);
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
