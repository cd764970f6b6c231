/* A record written as a line and read back by a JSON reader that is not ours. */
#ifndef MXGRADE_TESTS_RECORD_LINE_H
#define MXGRADE_TESTS_RECORD_LINE_H

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "output/record/json_writer.h"

#define TEXT_OF(literal) ((struct text){(literal), sizeof(literal) - 1})

/* The one line in the writer; the caller frees the value. */
static inline json_t *parse_line(struct json_writer *writer)
{
    size_t len;
    json_error_t error;
    char *line = json_writer_take(writer, &len);
    assert_non_null(line);
    assert_ptr_equal(memchr(line, '\n', len), line + len - 1);
    json_t *value = json_loadb(line, len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
    if (value == NULL) {
        fail_msg("%s in %.*s", error.text, (int)len, line);
    }
    free(line);
    json_writer_fini(writer);
    return value;
}

/* Expects `record` to be written by `write` as `expected` (see json_expect.h). */
#define EXPECT_RECORD(write, record, expected)                                                     \
    do {                                                                                           \
        struct json_writer writer_;                                                                \
        json_writer_init(&writer_);                                                                \
        write(&writer_, record);                                                                   \
        json_t *value_ = parse_line(&writer_);                                                     \
        expect_json(#record, value_, expected);                                                    \
        json_decref(value_);                                                                       \
    } while (0)

#endif
