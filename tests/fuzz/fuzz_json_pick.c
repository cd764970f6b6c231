/*
 * Values picked out of a line against those of a parser: where jansson reads the line, json_pick()
 * must either say the same or leave it to jansson.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "output/record/json_pick.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct json_pick *pick, const json_t *line)
{
    const json_t *object = pick->object != NULL ? json_object_get(line, pick->object) : line;
    const json_t *value = json_object_get(object, pick->key);
    char digits[32];
    switch (pick->kind) {
    case JSON_PICK_NONE:
        if (value != NULL) {
            abort();
        }
        break;
    case JSON_PICK_STRING:
        if (json_string_length(value) != pick->len ||
            memcmp(json_string_value(value), pick->text, pick->len) != 0) {
            abort();
        }
        break;
    case JSON_PICK_INTEGER:
        if (!json_is_integer(value) || pick->len >= sizeof(digits)) {
            abort();
        }
        memcpy(digits, pick->text, pick->len);
        digits[pick->len] = '\0';
        if (strtoll(digits, NULL, 10) != json_integer_value(value)) {
            abort();
        }
        break;
    case JSON_PICK_OTHER:
        if (value == NULL || json_is_string(value) || json_is_integer(value)) {
            abort();
        }
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_pick picks[] = {
        {.key = "type"}, {.key = "host"}, {.key = "port"}, {.object = "c", .key = "sha256"}};
    enum json_pick_status status = json_pick((const char *)data, size, picks, 4);
    if (memchr(data, '\0', size) != NULL) {
        return 0; /* jansson takes a NUL byte behind a number, which no JSON has: RFC 8259 section 2
                   */
    }
    json_t *line = json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);
    if (json_is_object(line)) {
        if (status == JSON_PICK_BAD) {
            abort();
        }
        for (size_t i = 0; status == JSON_PICK_DONE && i < 4; i++) {
            check(&picks[i], line);
        }
    }
    json_decref(line);
    return 0;
}
