#include "output/record/schema.h"

#include <stdio.h>
#include <string.h>

#include "output/record/record_field.h"

#define NAME_MAX_LEN 96

static void member(struct json_writer *writer, const char *key, const char *value)
{
    json_key(writer, key);
    json_put_string(writer, value);
}

static void reference(struct json_writer *writer, const char *name)
{
    char ref[NAME_MAX_LEN];
    snprintf(ref, sizeof(ref), "#/$defs/%s", name);
    member(writer, "$ref", ref);
}

/* ---- Enumerations ---- */

static void value_names(struct json_writer *writer, const struct record_enum *values)
{
    json_open_array(writer);
    for (unsigned i = 0; i < values->num_values; i++) {
        if (values->values[i] != NULL) {
            json_put_string(writer, values->values[i]);
        }
    }
    json_close_array(writer);
}

static void write_enum(struct json_writer *writer, const struct record_enum *values)
{
    json_key(writer, values->name);
    json_open_object(writer);
    json_key(writer, "enum");
    value_names(writer, values);
    json_close_object(writer);
}

static void write_names(struct json_writer *writer, const char *name,
                        const struct schema_names *names)
{
    json_key(writer, name);
    json_open_object(writer);
    json_key(writer, "enum");
    json_open_array(writer);
    for (size_t i = 0; i < names->num_items; i++) {
        json_put_string(writer, names->items[i]);
    }
    json_close_array(writer);
    json_close_object(writer);
}

/* ---- Values ---- */

/* An object with a property per value of an enumeration. */
static void object_by_enum(struct json_writer *writer, const struct record_enum *values,
                           const char *ref, bool is_complete)
{
    member(writer, "type", "object");
    json_key(writer, "properties");
    json_open_object(writer);
    for (unsigned i = 0; i < values->num_values; i++) {
        json_key(writer, values->values[i]);
        json_open_object(writer);
        reference(writer, ref);
        json_close_object(writer);
    }
    json_close_object(writer);
    if (is_complete) {
        json_key(writer, "required");
        value_names(writer, values);
    }
}

static const char *const scalar_types[] = {"string", "number", "boolean", "null"};

/* An object whose names are not known in advance. Each of its values has one of the first `num`
 * types. */
static void object_of(struct json_writer *writer, const char *const *types, size_t num)
{
    member(writer, "type", "object");
    json_key(writer, "additionalProperties");
    json_open_object(writer);
    if (num == 1) {
        member(writer, "type", types[0]);
    } else {
        json_key(writer, "anyOf");
        json_open_array(writer);
        for (size_t i = 0; i < num; i++) {
            json_open_object(writer);
            member(writer, "type", types[i]);
            json_close_object(writer);
        }
        json_close_array(writer);
    }
    json_close_object(writer);
}

static void write_string(struct json_writer *writer, const struct record_field *field)
{
    if (field->shape != NULL) {
        reference(writer, field->shape);
    } else {
        member(writer, "type", "string");
    }
}

/* The members that say what a value is, or of an array what each of its items is. */
static void write_shape(struct json_writer *writer, const struct record_field *field)
{
    switch ((enum field_kind)field->kind) {
    case FIELD_CONSTANT:
        member(writer, "const", field->text);
        break;
    case FIELD_STRING:
    case FIELD_STRINGS:
    case FIELD_TEXT:
    case FIELD_TEXTS:
    case FIELD_RETIRED:
        write_string(writer, field);
        break;
    case FIELD_BOOLEAN:
        member(writer, "type", "boolean");
        break;
    case FIELD_COUNT:
        reference(writer, "count");
        break;
    case FIELD_INTEGER:
        if (field->null == FIELD_NULL_IF_NEGATIVE) {
            reference(writer, "count");
        } else {
            member(writer, "type", "integer");
        }
        break;
    case FIELD_SECONDS:
        reference(writer, "number");
        break;
    case FIELD_TIME:
    case FIELD_INSTANT:
        reference(writer, "time");
        break;
    case FIELD_SHA256:
        reference(writer, "sha256");
        break;
    case FIELD_VERDICT:
        reference(writer, record_verdict.name);
        break;
    case FIELD_ENUM:
    case FIELD_BITS:
    case FIELD_CLASSES:
        reference(writer, field->values->name);
        break;
    case FIELD_OBJECT:
    case FIELD_POINTED:
    case FIELD_BOTH:
    case FIELD_OBJECTS:
        reference(writer, field->object->name);
        break;
    case FIELD_OPTIONS:
        object_of(writer, scalar_types, sizeof(scalar_types) / sizeof(scalar_types[0]));
        break;
    case FIELD_COLUMNS:
        object_of(writer, scalar_types, 1);
        break;
    case FIELD_COUNTS:
        object_by_enum(writer, field->values, "count", !field->is_absent);
        break;
    case FIELD_VERDICTS:
        object_by_enum(writer, field->values, record_verdict.name, true);
        break;
    case FIELD_REASONS:
        object_by_enum(writer, field->values, record_outcome.name, false);
        break;
    case FIELD_EVIDENCE:
        object_by_enum(writer, field->values, "text", false);
        break;
    }
}

static void write_value(struct json_writer *writer, const struct record_field *field)
{
    if (record_field_is_array(field)) {
        member(writer, "type", "array");
        json_key(writer, "items");
        json_open_object(writer);
        write_shape(writer, field);
        json_close_object(writer);
    } else if (record_field_is_nullable(field)) {
        json_key(writer, "anyOf");
        json_open_array(writer);
        json_open_object(writer);
        write_shape(writer, field);
        json_close_object(writer);
        json_open_object(writer);
        member(writer, "type", "null");
        json_close_object(writer);
        json_close_array(writer);
    } else {
        write_shape(writer, field);
    }
}

/* ---- Fields ---- */

static void name_of(const struct record_field *field, const char *end, char out_name[NAME_MAX_LEN])
{
    snprintf(out_name, NAME_MAX_LEN, "%.*s%s", (int)record_field_name_len(field),
             record_field_name(field), end);
}

static void write_field(struct json_writer *writer, const struct record_field *field)
{
    char name[NAME_MAX_LEN];
    name_of(field, "", name);
    json_key(writer, name);
    json_open_object(writer);
    member(writer, "description", field->sentence);
    write_value(writer, field);
    json_close_object(writer);
    if (field->kind == FIELD_VERDICT) {
        name_of(field, "_reason", name);
        json_key(writer, name);
        json_open_object(writer);
        reference(writer, record_outcome.name);
        json_close_object(writer);
    }
}

/* ---- Objects ---- */

/* The reason stands beside "unknown", and only there. */
static void write_reason_rule(struct json_writer *writer, const struct record_field *field)
{
    char name[NAME_MAX_LEN], reason[NAME_MAX_LEN];
    name_of(field, "", name);
    name_of(field, "_reason", reason);
    json_open_object(writer);
    json_key(writer, "if");
    json_open_object(writer);
    json_key(writer, "properties");
    json_open_object(writer);
    json_key(writer, name);
    json_open_object(writer);
    member(writer, "const", "unknown");
    json_close_object(writer);
    json_close_object(writer);
    json_close_object(writer);
    json_key(writer, "then");
    json_open_object(writer);
    json_key(writer,
             "properties"); /* what is required has to be named beside it: ajv's strictRequired */
    json_open_object(writer);
    json_key(writer, reason);
    json_bool(writer, true);
    json_close_object(writer);
    json_key(writer, "required");
    json_open_array(writer);
    json_put_string(writer, reason);
    json_close_array(writer);
    json_close_object(writer);
    json_key(writer, "else");
    json_open_object(writer);
    json_key(writer, "properties");
    json_open_object(writer);
    json_key(writer, reason);
    json_bool(writer, false);
    json_close_object(writer);
    json_close_object(writer);
    json_close_object(writer);
}

static void write_reason_rules(struct json_writer *writer, const struct record_object *object)
{
    bool any = false;
    for (size_t i = 0; i < object->num_fields; i++) {
        if (object->fields[i].kind == FIELD_VERDICT) {
            if (!any) {
                json_key(writer, "allOf");
                json_open_array(writer);
            }
            any = true;
            write_reason_rule(writer, &object->fields[i]);
        }
    }
    if (any) {
        json_close_array(writer);
    }
}

static void write_required(struct json_writer *writer, const struct record_object *object)
{
    json_key(writer, "required");
    json_open_array(writer);
    for (size_t i = 0; i < object->num_fields; i++) {
        if (record_field_is_required(&object->fields[i])) {
            char name[NAME_MAX_LEN];
            name_of(&object->fields[i], "", name);
            json_put_string(writer, name);
        }
    }
    json_close_array(writer);
}

static void write_object(struct json_writer *writer, const struct record_object *object)
{
    json_key(writer, object->name);
    json_open_object(writer);
    if (object->sentence != NULL) {
        member(writer, "description", object->sentence);
    }
    member(writer, "type", "object");
    json_key(writer, "properties");
    json_open_object(writer);
    for (size_t i = 0; i < object->num_fields; i++) {
        write_field(writer, &object->fields[i]);
    }
    json_close_object(writer);
    write_required(writer, object);
    write_reason_rules(writer, object);
    json_close_object(writer);
}

/* ---- Plain values ---- */

static void write_numeric(struct json_writer *writer, const char *name, const char *type)
{
    json_key(writer, name);
    json_open_object(writer);
    member(writer, "type", type);
    json_key(writer, "minimum");
    json_uint(writer, 0);
    json_close_object(writer);
}

static void write_pattern(struct json_writer *writer, const char *name, const char *pattern)
{
    json_key(writer, name);
    json_open_object(writer);
    member(writer, "type", "string");
    if (pattern != NULL) {
        member(writer, "pattern", pattern);
    }
    json_close_object(writer);
}

static void write_plain_values(struct json_writer *writer)
{
    write_numeric(writer, "count", "integer");
    write_numeric(writer, "number", "number");
    write_pattern(writer, "text", NULL);
    write_pattern(writer, "sha256", "^[0-9a-f]{64}$");
    write_pattern(writer, "digest", "^[0-9a-f]{16}$");
    write_pattern(writer, "run_id", "^[0-9a-f]{32}$");
    write_pattern(writer, "day", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
    write_pattern(writer, "time",
                  "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{3})?Z$");
}

/* ---- All of it ---- */

/* What the policy names. */
static void write_policy(struct json_writer *writer, const struct schema_policy *policy)
{
    write_names(writer, "finding_code", &policy->findings);
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        const char *name = profile_name((enum profile)i);
        char key[NAME_MAX_LEN];
        snprintf(key, sizeof(key), "%s_level", name);
        write_names(writer, key, &policy->levels[i]);
        snprintf(key, sizeof(key), "%s_rule", name);
        write_names(writer, key, &policy->rules[i]);
    }
}

#define OTHER_ENUMS_MAX 16

static bool has_enum(const struct record_enum *const *items, size_t num,
                     const struct record_enum *values)
{
    size_t i = 0;
    while (i < num && items[i] != values) {
        i++;
    }
    return i < num;
}

/* Those of lines that are none of records. */
static void write_other_enums(struct json_writer *writer, const struct record_objects *objects)
{
    const struct record_enum *written[OTHER_ENUMS_MAX];
    size_t num = 0;
    for (size_t i = 0; i < objects->num_items; i++) {
        const struct record_object *object = objects->items[i];
        for (size_t k = 0; k < object->num_fields; k++) {
            const struct record_enum *values = object->fields[k].values;
            if (values != NULL && !has_enum(record_enums, record_num_enums, values) &&
                !has_enum(written, num, values) && num < OTHER_ENUMS_MAX) {
                written[num++] = values;
                write_enum(writer, values);
            }
        }
    }
}

static void write_lines(struct json_writer *writer, const struct schema_lines *lines)
{
    json_key(writer, "oneOf");
    json_open_array(writer);
    for (size_t i = 0; i < lines->num_items; i++) {
        json_open_object(writer);
        reference(writer, lines->items[i]->name);
        json_close_object(writer);
    }
    json_close_array(writer);
}

void schema_write(struct json_writer *writer, const struct schema_policy *policy,
                  const struct schema_lines *lines, const struct schema_lines *more)
{
    struct record_objects objects;
    char id[NAME_MAX_LEN];
    snprintf(id, sizeof(id), "urn:mxgrade:schema:%d", RECORD_SCHEMA_VERSION);
    const struct schema_lines of_files = {id, "A line of an mxgrade file", record_lines,
                                          record_num_lines};
    if (lines == NULL) {
        lines = &of_files;
        record_objects_find_all(&objects);
        record_objects_add(&objects, more->items, more->num_items);
    } else {
        record_objects_find(lines->items, lines->num_items, &objects);
    }
    json_open_object(writer);
    member(writer, "$schema", "https://json-schema.org/draft/2020-12/schema");
    member(writer, "$id", lines->id);
    member(writer, "title", lines->title);
    write_lines(writer, lines);
    json_key(writer, "$defs");
    json_open_object(writer);
    for (size_t i = 0; i < objects.num_items; i++) {
        write_object(writer, objects.items[i]);
    }
    for (size_t i = 0; i < record_num_enums; i++) {
        write_enum(writer, record_enums[i]);
    }
    write_other_enums(writer, &objects);
    write_policy(writer, policy);
    write_plain_values(writer);
    json_close_object(writer);
    json_close_object(writer);
}
