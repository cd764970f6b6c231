#include "output/record/schema.h"

#include <stdio.h>
#include <string.h>

#include "output/record/schema_tables.h"

#define REF_MAX 96

static void member(struct json_writer *writer, const char *key, const char *value)
{
    json_key(writer, key);
    json_put_string(writer, value);
}

static void reference(struct json_writer *writer, const char *name)
{
    char ref[REF_MAX];
    snprintf(ref, sizeof(ref), "#/$defs/%s", name);
    member(writer, "$ref", ref);
}

/* ---- Enumerations ---- */

static void value_names(struct json_writer *writer, const struct schema_enum *values)
{
    json_open_array(writer);
    for (unsigned i = 0; i < values->num_values; i++) {
        json_put_string(writer, values->value_name(i));
    }
    json_close_array(writer);
}

static void write_enum(struct json_writer *writer, const struct schema_enum *values)
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

static const struct schema_enum *find_enum(const char *name)
{
    for (size_t i = 0; i < schema_num_enums; i++) {
        if (strcmp(schema_enums[i].name, name) == 0) {
            return &schema_enums[i];
        }
    }
    return NULL;
}

/* ---- Fields ---- */

/* An object with a property per value of an enumeration. */
static void object_by_enum(struct json_writer *writer, const char *enum_name, const char *ref,
                           bool is_complete)
{
    const struct schema_enum *values = find_enum(enum_name);
    member(writer, "type", "object");
    json_key(writer, "properties");
    json_open_object(writer);
    for (unsigned i = 0; values != NULL && i < values->num_values; i++) {
        json_key(writer, values->value_name(i));
        json_open_object(writer);
        reference(writer, ref);
        json_close_object(writer);
    }
    json_close_object(writer);
    if (is_complete && values != NULL) {
        json_key(writer, "required");
        value_names(writer, values);
    }
}

/* The members that say what one value of the shape is. */
static void write_shape(struct json_writer *writer, const struct schema_field *field)
{
    switch (field->shape) {
    case SHAPE_TEXT:
        member(writer, "type", "string");
        break;
    case SHAPE_CONSTANT:
        member(writer, "const", field->ref);
        break;
    case SHAPE_BOOLEAN:
        member(writer, "type", "boolean");
        break;
    case SHAPE_INTEGER:
        member(writer, "type", "integer");
        break;
    case SHAPE_COUNT:
        reference(writer, "count");
        break;
    case SHAPE_NUMBER:
        reference(writer, "number");
        break;
    case SHAPE_TIME:
        reference(writer, "time");
        break;
    case SHAPE_SHA256:
        reference(writer, "sha256");
        break;
    case SHAPE_DIGEST:
        reference(writer, "digest");
        break;
    case SHAPE_VERDICT:
        reference(writer, "verdict");
        break;
    case SHAPE_ENUM:
    case SHAPE_OBJECT:
        reference(writer, field->ref);
        break;
    case SHAPE_TEXTS_BY_NAME:
        member(writer, "type", "object");
        json_key(writer, "additionalProperties");
        json_open_object(writer);
        member(writer, "type", "string");
        json_close_object(writer);
        break;
    case SHAPE_COUNT_OF_EACH:
        object_by_enum(writer, field->ref, "count", true);
        break;
    case SHAPE_COUNT_OF_SOME:
        object_by_enum(writer, field->ref, "count", false);
        break;
    case SHAPE_ENUM_BY_VERSION:
        object_by_enum(writer, "tls_version", field->ref, strcmp(field->ref, "verdict") == 0);
        break;
    case SHAPE_TEXT_BY_VERSION:
        object_by_enum(writer, "tls_version", "text", false);
        break;
    }
}

static void write_value(struct json_writer *writer, const struct schema_field *field)
{
    if ((field->flags & FIELD_ARRAY) != 0) {
        member(writer, "type", "array");
        json_key(writer, "items");
        json_open_object(writer);
        write_shape(writer, field);
        json_close_object(writer);
    } else if ((field->flags & FIELD_NULLABLE) != 0) {
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

static void reason_name(const struct schema_field *field, char out_name[REF_MAX])
{
    snprintf(out_name, REF_MAX, "%s_reason", field->name);
}

static void write_field(struct json_writer *writer, const struct schema_field *field)
{
    json_key(writer, field->name);
    json_open_object(writer);
    if (field->description != NULL) {
        member(writer, "description", field->description);
    }
    write_value(writer, field);
    json_close_object(writer);
    if (field->shape == SHAPE_VERDICT) {
        char reason[REF_MAX];
        reason_name(field, reason);
        json_key(writer, reason);
        json_open_object(writer);
        reference(writer, "outcome");
        json_close_object(writer);
    }
}

/* ---- Objects ---- */

/* The reason stands beside "unknown", and only there. */
static void write_reason_rule(struct json_writer *writer, const struct schema_field *field)
{
    char reason[REF_MAX];
    reason_name(field, reason);
    json_open_object(writer);
    json_key(writer, "if");
    json_open_object(writer);
    json_key(writer, "properties");
    json_open_object(writer);
    json_key(writer, field->name);
    json_open_object(writer);
    member(writer, "const", "unknown");
    json_close_object(writer);
    json_close_object(writer);
    json_close_object(writer);
    json_key(writer, "then");
    json_open_object(writer);
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

static void write_reason_rules(struct json_writer *writer, const struct schema_object *object)
{
    bool any = false;
    for (size_t i = 0; i < object->num_fields; i++) {
        if (object->fields[i].shape == SHAPE_VERDICT) {
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

static void write_object(struct json_writer *writer, const struct schema_object *object)
{
    json_key(writer, object->name);
    json_open_object(writer);
    if (object->description != NULL) {
        member(writer, "description", object->description);
    }
    member(writer, "type", "object");
    json_key(writer, "properties");
    json_open_object(writer);
    for (size_t i = 0; i < object->num_fields; i++) {
        write_field(writer, &object->fields[i]);
    }
    json_close_object(writer);
    json_key(writer, "required");
    json_open_array(writer);
    for (size_t i = 0; i < object->num_fields; i++) {
        if ((object->fields[i].flags & FIELD_OPTIONAL) == 0) {
            json_put_string(writer, object->fields[i].name);
        }
    }
    json_close_array(writer);
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
    write_pattern(writer, "time",
                  "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{3})?Z$");
}

/* ---- What the policy names ---- */

/* A profile's verdict: the shape is one, the values are each profile's own. */
static void write_profile(struct json_writer *writer, enum profile profile)
{
    char level[REF_MAX], rule[REF_MAX];
    snprintf(level, sizeof(level), "%s_level", profile_name(profile));
    snprintf(rule, sizeof(rule), "%s_rule", profile_name(profile));
    const struct schema_field fields[] = {
        {"level", SHAPE_ENUM, 0, level, NULL},
        {"failed", SHAPE_ENUM, FIELD_ARRAY, rule, "rules that keep it from the best level"},
        {"failed_levels", SHAPE_ENUM, FIELD_ARRAY | FIELD_OPTIONAL, level,
         "the level that each rule in failed allows"},
        {"open", SHAPE_ENUM, FIELD_ARRAY, rule, "rules not decided that might lower the level"},
    };
    const struct schema_object object = {profile_name(profile), NULL, fields,
                                         sizeof(fields) / sizeof(fields[0])};
    write_object(writer, &object);
}

static void write_profiles(struct json_writer *writer, const struct schema_policy *policy)
{
    struct schema_field fields[PROFILE_COUNT];
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        const char *name = profile_name((enum profile)i);
        char key[REF_MAX];
        snprintf(key, sizeof(key), "%s_level", name);
        write_names(writer, key, &policy->levels[i]);
        snprintf(key, sizeof(key), "%s_rule", name);
        write_names(writer, key, &policy->rules[i]);
        write_profile(writer, (enum profile)i);
        fields[i] = (struct schema_field){name, SHAPE_OBJECT, FIELD_NULLABLE, name, NULL};
    }
    const struct schema_object object = {"profiles", "guidelines of others", fields, PROFILE_COUNT};
    write_object(writer, &object);
}

/* ---- All of it ---- */

static void write_lines(struct json_writer *writer)
{
    json_key(writer, "oneOf");
    json_open_array(writer);
    for (size_t i = 0; i < schema_num_lines; i++) {
        json_open_object(writer);
        reference(writer, schema_lines[i]);
        json_close_object(writer);
    }
    json_close_array(writer);
}

void schema_write(struct json_writer *writer, const struct schema_policy *policy)
{
    char id[REF_MAX];
    snprintf(id, sizeof(id), "urn:mxgrade:schema:%d", RECORD_SCHEMA_VERSION);
    json_open_object(writer);
    member(writer, "$schema", "https://json-schema.org/draft/2020-12/schema");
    member(writer, "$id", id);
    member(writer, "title", "A line of an mxgrade file");
    write_lines(writer);
    json_key(writer, "$defs");
    json_open_object(writer);
    for (size_t i = 0; i < schema_num_objects; i++) {
        write_object(writer, &schema_objects[i]);
    }
    write_profiles(writer, policy);
    for (size_t i = 0; i < schema_num_enums; i++) {
        write_enum(writer, &schema_enums[i]);
    }
    write_names(writer, "finding_code", &policy->findings);
    write_plain_values(writer);
    json_close_object(writer);
    json_close_object(writer);
}
