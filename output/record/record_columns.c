#include "output/record/record_columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/record/field_rows.h"

void record_columns_options(struct json_writer *writer, const struct run_option *options,
                            size_t num)
{
    json_open_object(writer);
    for (size_t i = 0; i < num; i++) {
        const char *value = options[i].value;
        json_key(writer, options[i].name);
        if (!options[i].is_bare) {
            json_text(writer, (struct text){value, strlen(value)}, INPUT_TEXT_MAX);
        } else if (value[0] == '\0') {
            json_put_null(writer);
        } else {
            json_put_bare(writer, value);
        }
    }
    json_close_object(writer);
}

/* ---- The list's columns ---- */

/* The name of a column as it stands in the record, as JSON. */
struct column_name {
    char *json;
    size_t len;
};

static struct text name_of(const struct input_field *field)
{
    return field->name.bytes != NULL ? field->name : (struct text){"", 0};
}

static size_t earlier_of_same_name(const struct input_field *fields, size_t index)
{
    struct text name = name_of(&fields[index]);
    size_t num = 0;
    for (size_t i = 0; i < index; i++) {
        struct text earlier = name_of(&fields[i]);
        num += earlier.len == name.len && memcmp(earlier.bytes, name.bytes, name.len) == 0;
    }
    return num;
}

static bool is_taken(const struct column_name *names, size_t num, const struct column_name *name)
{
    for (size_t i = 0; i < num; i++) {
        if (names[i].len == name->len && memcmp(names[i].json, name->json, name->len) == 0) {
            return true;
        }
    }
    return false;
}

#define COLUMN_NAME_MAX (NAME_TEXT_MAX + 24) /* a name and "_2" */

/* `name` with its number, but for the first, in `room`. */
static struct text numbered_name(struct text name, size_t number, char room[COLUMN_NAME_MAX])
{
    if (number < 2) {
        return name;
    }
    size_t len = name.len < NAME_TEXT_MAX ? name.len : NAME_TEXT_MAX;
    memcpy(room, name.bytes, len);
    int digits = snprintf(room + len, COLUMN_NAME_MAX - len, "_%zu", number);
    return (struct text){room, len + (digits > 0 ? (size_t)digits : 0)};
}

/*
 * Names that recur, or come out alike once they are made valid and cut, get _2, _3, so that no
 * value is lost to a parser that keeps the last. Writes the key; false on lack of memory.
 */
static bool name_column(struct json_writer *writer, const struct input_field *fields, size_t index,
                        struct column_name *names)
{
    char room[COLUMN_NAME_MAX];
    struct column_name *name = &names[index];
    for (size_t number = 1 + earlier_of_same_name(fields, index);; number++) {
        struct text key = numbered_name(name_of(&fields[index]), number, room);
        size_t max_bytes = number < 2 ? NAME_TEXT_MAX : COLUMN_NAME_MAX;
        struct json_writer alone;
        json_writer_init(&alone);
        json_text(&alone, key, max_bytes);
        name->json = json_writer_take(&alone, &name->len);
        if (name->json == NULL) {
            return false;
        }
        if (!is_taken(names, index, name)) {
            json_key_text(writer, key, max_bytes);
            return true;
        }
        free(name->json);
        name->json = NULL;
    }
}

void record_columns_input(struct json_writer *writer, const struct input_field *fields, size_t num)
{
    struct column_name *names = calloc(num + 1, sizeof(*names));
    bool ok = names != NULL;
    json_open_object(writer);
    for (size_t i = 0; ok && i < num; i++) {
        ok = name_column(writer, fields, i, names);
        if (ok) {
            json_text(writer, fields[i].value, INPUT_TEXT_MAX);
        }
    }
    json_close_object(writer);
    for (size_t i = 0; names != NULL && i < num; i++) {
        free(names[i].json);
    }
    free(names);
    if (!ok) {
        json_writer_fail(writer);
    }
}
