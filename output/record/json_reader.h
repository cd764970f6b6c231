/*
 * JSON (RFC 8259) read in one pass, without a tree: the caller asks for what it expects next. Where
 * the text is no JSON, the reader stays failed and every further call fails: the caller looks at
 * `status` at the end. The text is copied into the caller's arena once, and strings are decoded in
 * that copy.
 *
 * Stricter than many: bytes that are not UTF-8, lone surrogates and anything behind the value are
 * errors.
 */
#ifndef MXGRADE_OUTPUT_JSON_READER_H
#define MXGRADE_OUTPUT_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/arena.h"
#include "output/record/record.h"

#define JSON_READER_DEPTH_MAX 64 /* records have 5 */

enum json_reader_status { JSON_READER_OK, JSON_READER_BAD, JSON_READER_NO_MEMORY };

/* What comes next. */
enum json_kind {
    JSON_KIND_NOTHING,
    JSON_KIND_OBJECT,
    JSON_KIND_ARRAY,
    JSON_KIND_STRING,
    JSON_KIND_NUMBER,
    JSON_KIND_WORD
};

struct json_reader {
    char *at, *end; /* of a copy in the arena: strings are decoded where they stand */
    struct arena *arena;
    enum json_reader_status status;
    unsigned depth;
    uint64_t begun; /* by depth: it has had an element, so that a comma comes next */
};

struct json_number {
    bool is_integer; /* it has neither a point nor an exponent, and fits: `integer` has it */
    int64_t integer;
    double real; /* in either case */
};

/*
 * Takes a copy of the text. What the reader hands out points into it. Lack of memory is the
 * reader's status then.
 */
void json_reader_init(struct json_reader *reader, const char *text, size_t len,
                      struct arena *arena);

/* Ends the reading; of several reasons the first counts. Returns false. */
bool json_reader_fail(struct json_reader *reader, enum json_reader_status status);

/* Is there nothing but blanks left? */
bool json_reader_is_at_end(struct json_reader *reader);

enum json_kind json_reader_peek(struct json_reader *reader);

/*
 * An object: json_reader_enter(), then the members' keys one by one, and behind each its value,
 * until there is none. False at the object's end, which is then behind the reader, and on failure.
 */
bool json_reader_enter(struct json_reader *reader, enum json_kind object_or_array);
bool json_reader_key(struct json_reader *reader, struct text *out_key);

/* The next key if it is written as `quoted`, which has quotes and colon; false: ask for it. */
bool json_reader_take_key(struct json_reader *reader, const char *quoted, size_t len);

/* An array's next element, until there is none; as json_reader_key(). */
bool json_reader_item(struct json_reader *reader);

/* A NUL stands behind the text, and may stand in it. */
bool json_reader_string(struct json_reader *reader, struct text *out_text);
bool json_reader_number(struct json_reader *reader, struct json_number *out_number);
/* A word: true, false or null. */
bool json_reader_word(struct json_reader *reader, struct text *out_word);

/* A number or a word as it is written. A NUL stands behind it. */
bool json_reader_bare(struct json_reader *reader, struct text *out_text);

/* Whatever comes next, with all that is in it. */
void json_reader_skip(struct json_reader *reader);

#endif
