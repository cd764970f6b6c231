#include "output/report/report_values.h"

#include <stdlib.h>

#include "output/report/report_island.h"

/* Sorted keys: whichever order a writer chose, an equal object is the same value. */
#define KEY_FLAGS (JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS)

void report_values_init(struct report_values *values)
{
    *values = (struct report_values){.numbers = json_object()};
    values->stream = open_memstream(&values->texts, &values->texts_len);
    values->failed = values->numbers == NULL || values->stream == NULL;
}

void report_values_fini(struct report_values *values)
{
    json_decref(values->numbers);
    if (values->stream != NULL) {
        fclose(values->stream);
    }
    free(values->texts);
}

size_t report_values_count(const struct report_values *values)
{
    return json_object_size(values->numbers);
}

json_t *report_values_add(struct report_values *values, const json_t *value)
{
    if (value == NULL || json_is_null(value)) {
        return json_null();
    }
    char *key = values->failed ? NULL : json_dumps(value, KEY_FLAGS);
    json_t *number = NULL;
    if (key != NULL) {
        size_t count = report_values_count(values);
        number = json_incref(json_object_get(values->numbers, key));
        if (number == NULL) {
            number = json_integer((json_int_t)count);
            values->failed = number == NULL ||
                             json_object_set_nocheck(values->numbers, key, number) != 0 ||
                             (count > 0 && fputc(',', values->stream) == EOF) ||
                             !report_island_dump(values->stream, value);
        }
    } else {
        values->failed = true;
    }
    free(key);
    return number;
}

bool report_values_find(struct report_values *values, const json_t *value, size_t *out_number)
{
    char *key = json_dumps(value, KEY_FLAGS);
    const json_t *number = NULL;
    if (key == NULL) {
        values->failed = true;
    } else {
        number = json_object_get(values->numbers, key);
    }
    free(key);
    *out_number = number != NULL ? (size_t)json_integer_value(number) : 0;
    return number != NULL;
}

bool report_values_write(struct report_values *values, FILE *page)
{
    if (values->failed || fflush(values->stream) != 0) {
        return false;
    }
    fputc('[', page);
    fwrite(values->texts, 1, values->texts_len, page);
    fputc(']', page);
    return !ferror(page);
}
