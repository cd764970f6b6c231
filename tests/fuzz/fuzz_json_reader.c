/* Text read by the reader of JSON and by jansson: both take it, with the same values, or neither.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/unit/json_same.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bounds that jansson does not have: so many brackets, and numbers so long, are for none of us. */
static bool may_be_out_of_bounds(const char *text, size_t len)
{
    size_t num_open = 0, digits = 0, longest = 0;
    for (size_t i = 0; i < len; i++) {
        num_open += text[i] == '[' || text[i] == '{';
        digits = (text[i] >= '0' && text[i] <= '9') ? digits + 1 : text[i] == '.' ? digits : 0;
        longest = digits > longest ? digits : longest;
    }
    return num_open > JSON_READER_DEPTH_MAX || longest > 24;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    json_error_t error;
    json_t *wanted = json_by_jansson(text, size, &error);
    bool is_taken = json_reader_takes(text, size);
    if (wanted == NULL && is_taken && !json_is_beyond(&error)) {
        abort();
    }
    if (wanted != NULL && !may_be_out_of_bounds(text, size) &&
        (!is_taken || !json_same_text(text, size, wanted))) {
        abort();
    }
    json_decref(wanted);
    return 0;
}
