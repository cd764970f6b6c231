#include "output/csv/csv_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/utf8.h"

#define BUFFER_FIRST 1024

void csv_writer_init(struct csv_writer *writer, char delimiter)
{
    *writer = (struct csv_writer){.delimiter = delimiter};
}

char *csv_writer_take(struct csv_writer *writer, size_t *out_len)
{
    char *buffer = writer->failed ? NULL : writer->buffer;
    *out_len = writer->failed ? 0 : writer->len;
    if (writer->failed) {
        free(writer->buffer);
    }
    csv_writer_init(writer, writer->delimiter);
    return buffer;
}

/* ---- Bytes ---- */

static bool make_room(struct csv_writer *writer, size_t len)
{
    if (writer->failed || writer->capacity - writer->len >= len) {
        return !writer->failed;
    }
    size_t capacity = (writer->capacity > 0 ? writer->capacity * 2 : BUFFER_FIRST) + len;
    char *buffer = realloc(writer->buffer, capacity);
    writer->failed = buffer == NULL;
    if (buffer != NULL) {
        writer->buffer = buffer;
        writer->capacity = capacity;
    }
    return buffer != NULL;
}

static void put(struct csv_writer *writer, const char *bytes, size_t len)
{
    if (len > 0 && make_room(writer, len)) {
        memcpy(writer->buffer + writer->len, bytes, len);
        writer->len += len;
    }
}

static void begin_cell(struct csv_writer *writer)
{
    if (writer->in_row) {
        put(writer, &writer->delimiter, 1);
    }
    writer->in_row = true;
}

/* ---- Text ---- */

/*
 * OWASP, "CSV Injection": what makes a spreadsheet take a cell for a formula, the full-width forms
 * included. Blanks before it are looked through, as some programs trim cells.
 */
static bool starts_like_formula(const char *bytes, size_t len)
{
    static const char *const starts[] = {"=",
                                         "+",
                                         "-",
                                         "@",
                                         "\t",
                                         "\r",
                                         "\n",
                                         "\xef\xbc\x9d" /* fullwidth = */,
                                         "\xef\xbc\x8b" /* + */,
                                         "\xef\xbc\x8d" /* - */,
                                         "\xef\xbc\xa0" /* @ */};
    while (len > 0 && *bytes == ' ') {
        bytes++;
        len--;
    }
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        size_t start_len = strlen(starts[i]);
        if (len >= start_len && memcmp(bytes, starts[i], start_len) == 0) {
            return true;
        }
    }
    return false;
}

/* RFC 4180 section 2, and besides what a program set to another delimiter would split at. */
static bool is_quoted(char byte)
{
    switch (byte) {
    case ',':
    case '"':
    case ';':
    case '\t':
    case '\r':
    case '\n':
    case '\0':
        return true;
    default:
        return false;
    }
}

static bool needs_quotes(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (is_quoted(bytes[i])) {
            return true;
        }
    }
    return len > 0 && (bytes[0] == ' ' || bytes[len - 1] == ' ');
}

/* What a terminal takes for a command (ECMA-48: C0, DEL, C1), and what is no UTF-8, which may hold
 * such a byte. Tabs and line ends stand in lists. */
static bool is_harmful(const char *character, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)character;
    switch (len) {
    case 0:
        return true;
    case 1:
        return (*bytes < 0x20 && strchr("\t\r\n", *bytes) == NULL) || *bytes == 0 || *bytes == 0x7f;
    default:
        return utf8_decode(bytes, len) < 0xa0;
    }
}

/* Quotes are doubled, and what is harmful becomes U+FFFD. */
static void put_content(struct csv_writer *writer, const char *bytes, size_t len)
{
    size_t first = 0; /* of those that stand as they are */
    size_t used;
    for (size_t i = 0; i < len; i += used) {
        size_t character_len = utf8_len((const unsigned char *)bytes + i, len - i);
        const bool harmful = is_harmful(bytes + i, character_len);
        used = character_len > 0 ? character_len : 1;
        if (bytes[i] == '"' || harmful) {
            put(writer, bytes + first, i - first);
            put(writer, harmful ? "\xef\xbf\xbd" : "\"\"", harmful ? 3 : 2);
            first = i + used;
        }
    }
    put(writer, bytes + first, len - first);
}

void csv_text(struct csv_writer *writer, const char *bytes, size_t len)
{
    bool defuse = starts_like_formula(bytes, len);
    begin_cell(writer);
    if (!needs_quotes(bytes, len)) {
        put(writer, "'", defuse);
        put_content(writer, bytes, len);
        return;
    }
    put(writer, "\"'", defuse ? 2 : 1);
    put_content(writer, bytes, len);
    put(writer, "\"", 1);
}

/* ---- The rest ---- */

void csv_byte_order_mark(struct csv_writer *writer)
{
    put(writer, "\xef\xbb\xbf", 3);
}

void csv_integer(struct csv_writer *writer, int64_t value)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%" PRId64, value);
    begin_cell(writer);
    put(writer, digits, len > 0 ? (size_t)len : 0);
}

void csv_empty(struct csv_writer *writer)
{
    begin_cell(writer);
}

void csv_end_row(struct csv_writer *writer)
{
    put(writer, "\r\n", 2);
    writer->in_row = false;
}

/* ---- As one kind of table among others ---- */

static void text_row(void *to, const char *bytes, size_t len)
{
    csv_text(to, bytes, len);
}

static void integer_row(void *to, int64_t value)
{
    csv_integer(to, value);
}

static void empty_row(void *to)
{
    csv_empty(to);
}

static void end_row(void *to)
{
    csv_end_row(to);
}

struct row_writer csv_writer_rows(struct csv_writer *writer)
{
    static const struct row_kind kind = {text_row, integer_row, empty_row, end_row};
    return (struct row_writer){&kind, writer};
}
