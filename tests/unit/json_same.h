/* What json_reader.h reads beside what jansson makes of the same text. */
#ifndef MXGRADE_TESTS_JSON_SAME_H
#define MXGRADE_TESTS_JSON_SAME_H

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "output/record/json_reader.h"

static inline bool json_same(struct json_reader *reader, const json_t *wanted);

static inline bool json_same_object(struct json_reader *reader, const json_t *wanted)
{
    struct text key;
    size_t num = 0;
    bool is_same = json_is_object(wanted) && json_reader_enter(reader, JSON_KIND_OBJECT);
    while (is_same && json_reader_key(reader, &key)) {
        num++;
        is_same = json_same(reader, json_object_get(wanted, key.bytes));
    }
    return is_same && num == json_object_size(wanted);
}

static inline bool json_same_array(struct json_reader *reader, const json_t *wanted)
{
    size_t num = 0;
    bool is_same = json_is_array(wanted) && json_reader_enter(reader, JSON_KIND_ARRAY);
    while (is_same && json_reader_item(reader)) {
        is_same = json_same(reader, json_array_get(wanted, num++));
    }
    return is_same && num == json_array_size(wanted);
}

static inline bool json_same_number(struct json_reader *reader, const json_t *wanted)
{
    struct json_number number;
    if (!json_is_number(wanted) || !json_reader_number(reader, &number)) {
        return false;
    }
    return number.is_integer == json_is_integer(wanted) &&
           number.integer == json_integer_value(wanted) &&
           memcmp(&number.real, &(double){json_number_value(wanted)}, sizeof(double)) == 0;
}

static inline bool json_same_word(struct json_reader *reader, const json_t *wanted)
{
    struct text word;
    const char *name = json_is_true(wanted) ? "true" : json_is_false(wanted) ? "false" : "null";
    return (json_is_boolean(wanted) || json_is_null(wanted)) && json_reader_word(reader, &word) &&
           strcmp(word.bytes, name) == 0;
}

/* Is the next value the one that jansson has read? NULL is none. */
static inline bool json_same(struct json_reader *reader, const json_t *wanted)
{
    struct text text;
    switch (json_reader_peek(reader)) {
    case JSON_KIND_OBJECT:
        return json_same_object(reader, wanted);
    case JSON_KIND_ARRAY:
        return json_same_array(reader, wanted);
    case JSON_KIND_STRING:
        return json_is_string(wanted) && json_reader_string(reader, &text) &&
               text.len == json_string_length(wanted) && text.bytes[text.len] == '\0' &&
               memcmp(text.bytes, json_string_value(wanted), text.len) == 0;
    case JSON_KIND_NUMBER:
        return json_same_number(reader, wanted);
    case JSON_KIND_WORD:
        return json_same_word(reader, wanted);
    case JSON_KIND_NOTHING:
        break;
    }
    return false;
}

/* All of the text, and nothing behind it. */
static inline bool json_same_text(const char *text, size_t len, const json_t *wanted)
{
    struct arena arena = {0};
    struct json_reader reader;
    json_reader_init(&reader, text, len, &arena);
    bool is_same = json_same(&reader, wanted) && json_reader_is_at_end(&reader) &&
                   reader.status == JSON_READER_OK;
    arena_free(&arena);
    return is_same;
}

/* Does the reader take the text for JSON, when it passes over all of it? */
static inline bool json_reader_takes(const char *text, size_t len)
{
    struct arena arena = {0};
    struct json_reader reader;
    json_reader_init(&reader, text, len, &arena);
    json_reader_skip(&reader);
    bool is_taken = json_reader_is_at_end(&reader) && reader.status == JSON_READER_OK;
    arena_free(&arena);
    return is_taken;
}

/* Is it JSON, but not for jansson, or not such as can be compared? */
static inline bool json_is_beyond(const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);
    return code == json_error_numeric_overflow || code == json_error_null_byte_in_key ||
           code == json_error_duplicate_key;
}

#define JSON_SAME_FLAGS (JSON_ALLOW_NUL | JSON_DECODE_ANY | JSON_REJECT_DUPLICATES)

/* What jansson makes of the text; NULL: it is none. jansson passes over NUL bytes between tokens,
 * and RFC 8259 section 2 does not know them. */
static inline json_t *json_by_jansson(const char *text, size_t len, json_error_t *out_error)
{
    json_t *value = json_loadb(text, len, JSON_SAME_FLAGS, out_error);
    if (value != NULL && memchr(text, '\0', len) != NULL) {
        json_decref(value);
        value = NULL;
    }
    return value;
}

#endif
