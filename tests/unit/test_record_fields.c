/* The tables of fields themselves: what the writer, the reader, the schema and the documentation
 * rely on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/record/record_field.h"
#include "output/record/record_markdown.h"

static void wrong(const struct record_object *object, const struct record_field *field,
                  const char *what)
{
    fail_msg("%s.%s: %s", object->name, record_field_name(field), what);
}

static bool is_same_name(const struct record_field *a, const struct record_field *b)
{
    return a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
}

static bool shares_count(const struct record_field *a, const struct record_field *b)
{
    bool are_arrays = record_field_is_array(a) && record_field_is_array(b);
    return are_arrays && a->count != 0 && a->count == b->count;
}

static bool is_listed(const struct record_enum *values)
{
    for (size_t i = 0; i < record_num_enums; i++) {
        if (record_enums[i] == values) {
            return true;
        }
    }
    return false;
}

static void check_field(const struct record_object *object, const struct record_field *field)
{
    size_t name_len = record_field_name_len(field), len = strlen(field->sentence);
    if (name_len == 0 ||
        strspn(record_field_name(field), "abcdefghijklmnopqrstuvwxyz0123456789_") != name_len) {
        wrong(object, field, "a name of another form");
    }
    if (len < 6 || field->sentence[len - 1] != '.' || strstr(field->sentence, "|") != NULL) {
        wrong(object, field, "no sentence for a table's cell");
    }
    if ((field->values != NULL && !is_listed(field->values))) {
        wrong(object, field, "its values are in no list");
    }
    if (field->kind == FIELD_OBJECTS && field->object->size == 0) {
        wrong(object, field, "how large is an element?");
    }
    if (field->offset + field->size > object->size) {
        wrong(object, field, "beyond its struct");
    }
    if (object->num_fields > 64) {
        wrong(object, field, "the reader has a bit for each of 64 fields");
    }
    if ((field->kind == FIELD_VERDICT) != (field->reason_key != NULL)) {
        wrong(object, field, "a reason stands beside verdicts");
    }
}

static void every_row_is_whole(void **state)
{
    struct record_objects objects;
    (void)state;
    record_objects_find_all(&objects);
    assert_in_range(objects.num_items, 20, RECORD_OBJECTS_MAX - 1);
    for (size_t i = 0; i < objects.num_items; i++) {
        const struct record_object *object = objects.items[i];
        for (size_t k = 0; k < object->num_fields; k++) {
            check_field(object, &object->fields[k]);
            for (size_t earlier = 0; earlier < k; earlier++) {
                if (is_same_name(&object->fields[earlier], &object->fields[k])) {
                    wrong(object, &object->fields[k], "there twice");
                }
                if (shares_count(&object->fields[earlier], &object->fields[k])) {
                    wrong(object, &object->fields[k], "an older file may lack one of the arrays");
                }
            }
        }
    }
}

static void every_line_begins_with_its_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < record_num_lines; i++) {
        const struct record_field *first = &record_lines[i]->fields[0];
        assert_int_equal(first->kind, FIELD_CONSTANT);
        assert_string_equal(first->key, "\"type\":");
        assert_string_equal(first->text, record_lines[i]->name);
    }
}

static void every_value_is_found_by_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < record_num_enums; i++) {
        const struct record_enum *values = record_enums[i];
        for (unsigned number = 0; number < values->num_values; number++) {
            const char *name = values->values[number];
            unsigned found;
            if (name == NULL) {
                assert_int_equal(number, 0);
                continue;
            }
            assert_true(record_enum_find(values, name, strlen(name), &found));
            assert_int_equal(found, number);
            assert_false(record_enum_find(values, name, strlen(name) - 1, &found) &&
                         found == number);
        }
        assert_string_equal(record_enum_name(values, values->num_values) != NULL
                                ? record_enum_name(values, values->num_values)
                                : "",
                            values->values[0] != NULL ? values->values[0] : "");
    }
}

/* Each link of the documentation leads to a heading of it. */
static void the_documentation_has_every_object_and_set(void **state)
{
    struct record_objects objects;
    char *text = NULL;
    size_t len = 0;
    (void)state;
    FILE *stream = open_memstream(&text, &len);
    assert_non_null(stream);
    record_markdown(stream);
    assert_int_equal(fclose(stream), 0);
    record_objects_find_all(&objects);
    for (size_t i = 0; i < objects.num_items; i++) {
        char heading[128];
        snprintf(heading, sizeof(heading), "# %s\n", objects.items[i]->title);
        char *first = strstr(text, heading);
        assert_non_null(first);
        assert_null(strstr(first + 1, heading));
    }
    for (size_t i = 0; i < record_num_enums; i++) {
        char heading[128];
        snprintf(heading, sizeof(heading), "### %s\n", record_enums[i]->name);
        assert_non_null(strstr(text, heading));
    }
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(every_line_begins_with_its_type),
        cmocka_unit_test(every_value_is_found_by_its_name),
        cmocka_unit_test(the_documentation_has_every_object_and_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
