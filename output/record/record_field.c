#include "output/record/record_field.h"

#include <string.h>

#include "output/record/record.h"

const struct record_object *const record_lines[] = {&record_of_run, &record_of_endpoint,
                                                    &record_of_domain, &record_of_run_void,
                                                    &record_of_summary};
const size_t record_num_lines = sizeof(record_lines) / sizeof(record_lines[0]);

const struct record_object *const record_answers[] = {&record_of_doctor, &record_of_enforce,
                                                      &record_of_would_fail};
const size_t record_num_answers = sizeof(record_answers) / sizeof(record_answers[0]);

/* ---- About tables ---- */

static void add_object(struct record_objects *objects, const struct record_object *object)
{
    for (size_t i = 0; i < objects->num_items; i++) {
        if (objects->items[i] == object) {
            return;
        }
    }
    if (objects->num_items == RECORD_OBJECTS_MAX) {
        return;
    }
    objects->items[objects->num_items++] = object;
    for (size_t i = 0; i < object->num_fields; i++) {
        if (object->fields[i].object != NULL) {
            add_object(objects, object->fields[i].object);
        }
    }
}

void record_objects_add(struct record_objects *objects, const struct record_object *const *lines,
                        size_t num_lines)
{
    for (size_t i = 0; i < num_lines; i++) {
        add_object(objects, lines[i]);
    }
}

void record_objects_find(const struct record_object *const *lines, size_t num_lines,
                         struct record_objects *out_objects)
{
    out_objects->num_items = 0;
    record_objects_add(out_objects, lines, num_lines);
}

void record_objects_find_all(struct record_objects *out_objects)
{
    record_objects_find(record_lines, record_num_lines, out_objects);
    record_objects_add(out_objects, record_answers, record_num_answers);
}

const struct record_field *record_field_find(const struct record_object *object, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < object->num_fields; i++) {
        const struct record_field *field = &object->fields[i];
        if (record_field_name_len(field) == len &&
            memcmp(record_field_name(field), name, len) == 0) {
            return field;
        }
    }
    return NULL;
}

bool record_field_is_array(const struct record_field *field)
{
    switch ((enum field_kind)field->kind) {
    case FIELD_BITS:
    case FIELD_STRINGS:
    case FIELD_TEXTS:
    case FIELD_BOTH:
    case FIELD_OBJECTS:
    case FIELD_CLASSES:
        return true;
    default:
        return false;
    }
}

bool record_field_is_nullable(const struct record_field *field)
{
    return field->null != FIELD_NEVER_NULL && !field->is_absent;
}

/* Of counts it is a value of the enumeration that may be absent, and not the object. */
bool record_field_is_required(const struct record_field *field)
{
    return !field->is_added && (!field->is_absent || field->kind == FIELD_COUNTS);
}

/* ---- About a record ---- */

/* Is the member what is printed as null: nothing, or 0? */
static bool is_empty(const struct record_field *field, const void *at)
{
    static const char zeroes[sizeof(uint64_t)] = "";
    switch ((enum field_kind)field->kind) {
    case FIELD_RETIRED:
        return true;
    case FIELD_TEXT:
        return ((const struct text *)at)->bytes == NULL;
    case FIELD_STRING:
    case FIELD_POINTED:
        return *(const void *const *)at == NULL;
    default:
        return memcmp(at, zeroes, field->size) == 0; /* a number, or an enum */
    }
}

static bool is_negative(const struct record_field *field, const void *at)
{
    if (field->kind == FIELD_SECONDS) {
        return *(const double *)at < 0;
    }
    return record_integer(field, at) < 0;
}

bool record_field_is_there(const struct record_field *field, const void *record)
{
    const void *at = record_field_at(field, record);
    const bool *flag = (const bool *)((const char *)record + field->flag);
    switch ((enum field_null)field->null) {
    case FIELD_NEVER_NULL:
        return true;
    case FIELD_NULL_IF_EMPTY:
        return !is_empty(field, at);
    case FIELD_NULL_IF_NEGATIVE:
        return !is_negative(field, at);
    case FIELD_NULL_IF:
        return !*flag;
    case FIELD_NULL_UNLESS:
        return *flag;
    case FIELD_NULL_UNLESS_BOTH:
        return record_field_second(field, record) != NULL;
    case FIELD_NULL_UNLESS_SAID:
        return field->is_there(record);
    }
    return true;
}
