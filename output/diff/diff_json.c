#include "output/diff/diff_json.h"

void diff_put(bool *failed, json_t *object, const char *key, json_t *value)
{
    *failed |= json_object_set_new(object, key, value) != 0;
}

void diff_append(bool *failed, json_t *array, json_t *value)
{
    *failed |= json_array_append_new(array, value) != 0;
}

void diff_put_field(bool *failed, json_t *object, const char *key, const json_t *from)
{
    json_t *value = json_object_get(from, key);
    if (value != NULL) {
        diff_put(failed, object, key, json_incref(value));
    }
}

void diff_put_text(bool *failed, json_t *object, const char *key, const char *text)
{
    diff_put(failed, object, key, text != NULL ? json_string(text) : json_null());
}
