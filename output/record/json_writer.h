/*
 * A JSON serialiser that keeps its own state, so that a comma or a bracket can never be misplaced:
 * misuse trips an assertion, hostile bytes come out as valid UTF-8, a line has no raw line end.
 * The writer owns one growing buffer; after an allocation failure it stays failed and silent until
 * json_writer_take() reports it.
 *
 * None of the names is one of jansson's, which tests are linked with.
 */
#ifndef MXGRADE_OUTPUT_JSON_WRITER_H
#define MXGRADE_OUTPUT_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/record/record.h"

#define JSON_DEPTH_MAX 16

struct json_writer {
    char *buffer;
    size_t len;
    size_t capacity;
    unsigned depth;
    bool failed;
    bool need_comma;
    bool after_key;
    bool is_object[JSON_DEPTH_MAX];
};

void json_writer_init(struct json_writer *writer);
void json_writer_fini(struct json_writer *writer);

/* Empties it and keeps its buffer, for the next of many. */
void json_writer_clear(struct json_writer *writer);

/* What was written, without a line end; the writer's, until something is done to it. No bytes after
 * an allocation failure. */
struct text json_writer_text(const struct json_writer *writer);

/* Fails the line, as a lack of memory does: for who could not make one of its values. */
void json_writer_fail(struct json_writer *writer);

void json_open_object(struct json_writer *writer);
void json_close_object(struct json_writer *writer);
void json_open_array(struct json_writer *writer);
void json_close_array(struct json_writer *writer);

/* `key` must be our own plain ASCII. */
void json_key(struct json_writer *writer, const char *key);

/* The same for a key that has its quotes and its colon already: "name": with `len` bytes. */
void json_key_quoted(struct json_writer *writer, const char *key, size_t len);

/* A key that is foreign bytes, escaped and bounded like json_text(). */
void json_key_text(struct json_writer *writer, struct text key, size_t max_bytes);

/* A value that is JSON already: a number or a word. */
void json_put_bare(struct json_writer *writer, const char *json);
void json_put_null(struct json_writer *writer);
void json_bool(struct json_writer *writer, bool value);
void json_int(struct json_writer *writer, int64_t value);
void json_uint(struct json_writer *writer, uint64_t value);
/* Finite values only (others are null); `decimals` digits after the point. */
void json_double(struct json_writer *writer, double value, unsigned decimals);
/* NULL is null. */
void json_put_string(struct json_writer *writer, const char *value);
/*
 * Foreign bytes: each byte that is not part of valid UTF-8 becomes U+FFFD, controls are escaped,
 * and past `max_bytes` input bytes it is cut at a character and ends in U+2026. NULL is null.
 */
void json_text(struct json_writer *writer, struct text value, size_t max_bytes);
void json_hex(struct json_writer *writer, const uint8_t *bytes, size_t len);
/* RFC 3339 UTC, "2026-11-23T12:00:00Z"; with `milliseconds` "...:00.123Z". Years 0000-9999, else
 * null. */
void json_time(struct json_writer *writer, double seconds_since_1970, bool milliseconds);

/*
 * Ends the line: appends '\n' and hands the malloc'ed buffer over to the caller (who frees it).
 * NULL after an allocation failure. The writer is empty again afterwards.
 */
char *json_writer_take(struct json_writer *writer, size_t *out_len);

#endif
