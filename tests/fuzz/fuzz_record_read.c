/*
 * Lines read back against a parser: what record_read() takes for a record is one for jansson too,
 * and what it makes of it is written, and read again, as the same bytes.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "output/record/record_json.h"
#include "output/record/record_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *write_again(const struct record *record, size_t *out_len)
{
    struct json_writer writer;
    json_writer_init(&writer);
    if (record->kind == RECORD_ENDPOINT) {
        record_json_endpoint(&writer, &record->endpoint);
    } else {
        record_json_domain(&writer, &record->domain);
    }
    return json_writer_take(&writer, out_len);
}

/* In a line this short nothing is long enough to be cut. */
static void check_same(const struct record *record)
{
    struct arena arena = {0};
    struct record again;
    size_t len, len_again;
    char *line = write_again(record, &len);
    if (line == NULL || record_read(line, len, &arena, &again) != RECORD_READ) {
        abort();
    }
    char *second = write_again(&again, &len_again);
    if (second == NULL || len != len_again || memcmp(line, second, len) != 0) {
        abort();
    }
    free(line);
    free(second);
    arena_free(&arena);
}

/* What is JSON, but not for jansson. */
static bool is_a_limit(const json_error_t *error)
{
    return json_error_code(error) == json_error_numeric_overflow ||
           json_error_code(error) == json_error_null_byte_in_key;
}

/* Whether the keys alone are read or everything: what is no record is none either way. */
static void check_keys(const char *line, size_t len, enum record_read_status expected)
{
    struct arena arena = {0};
    struct record record;
    if (record_read_keys(line, len, &arena, &record) != expected) {
        abort();
    }
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct record record;
    enum record_read_status status = record_read((const char *)data, size, &arena, &record);
    check_keys((const char *)data, size, status);
    if (status == RECORD_READ) {
        json_error_t error;
        json_t *line = json_loadb((const char *)data, size, JSON_ALLOW_NUL, &error);
        if (!json_is_object(line) && !is_a_limit(&error)) {
            abort();
        }
        json_decref(line);
        if (size < 512 && (record.kind == RECORD_ENDPOINT || record.kind == RECORD_DOMAIN)) {
            check_same(&record);
        }
    }
    arena_free(&arena);
    return 0;
}
