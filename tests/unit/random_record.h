/*
 * Records filled at random by the tables of their fields, so that a field of tomorrow is in every
 * test that uses them. What a record points at is in the arena.
 */
#ifndef MXGRADE_TESTS_RANDOM_RECORD_H
#define MXGRADE_TESTS_RANDOM_RECORD_H

#include <stdio.h>
#include <string.h>

#include "io/base/arena.h"
#include "output/record/record.h"
#include "output/record/record_field.h"

struct random_source {
    uint64_t state;
    struct arena *arena;
};

/* xorshift64*, for the same records on every machine. */
static inline uint32_t random_number(struct random_source *source, uint32_t below)
{
    source->state ^= source->state >> 12;
    source->state ^= source->state << 25;
    source->state ^= source->state >> 27;
    return (uint32_t)((source->state * UINT64_C(0x2545f4914f6cdd1d)) >> 32) % below;
}

static inline const char *random_string(struct random_source *source)
{
    static const char *const strings[] = {"",
                                          "a",
                                          "mx.example",
                                          "with \"quotes\" and \\",
                                          "\t\x01",
                                          "caf\xc3\xa9 \xf0\x9f\x98\x80",
                                          "no UTF-8: \xff\xc3"};
    return strings[random_number(source, sizeof(strings) / sizeof(strings[0]))];
}

static inline struct text random_text(struct random_source *source)
{
    const char *string = random_string(source);
    if (random_number(source, 4) == 0) {
        return (struct text){"a NUL: \0.", sizeof("a NUL: \0.") - 1};
    }
    return (struct text){string, strlen(string)};
}

static inline void random_verdict(struct random_source *source, struct verdict *out)
{
    out->value = (enum tri)random_number(source, 3);
    if (out->value == TRI_UNKNOWN) {
        out->reason = (enum outcome)random_number(source, OUTCOME_COUNT);
    }
}

static inline int64_t random_signed(struct random_source *source)
{
    static const int64_t numbers[] = {0, 1, 365, -5, INT32_MAX, INT32_MIN};
    return numbers[random_number(source, 6)];
}

static inline void random_fields(struct random_source *source, const struct record_object *object,
                                 char *record);

static inline void random_array(struct random_source *source, const struct record_field *field,
                                char *record)
{
    size_t num = random_number(source, 4), size = sizeof(struct input_field);
    size = field->kind == FIELD_OBJECTS ? field->object->size : size;
    char *items = arena_alloc(source->arena, num * size + 1);
    assert_non_null(items);
    for (size_t i = 0; i < num; i++) {
        if (field->kind == FIELD_STRINGS) {
            ((const char **)items)[i] = random_string(source);
        } else if (field->kind == FIELD_TEXTS) {
            ((struct text *)items)[i] = random_text(source);
        } else if (field->kind == FIELD_OPTIONS) {
            ((struct run_option *)items)[i] = (struct run_option){
                arena_format(source->arena, "name-%zu", i), random_string(source), false};
            if (random_number(source, 2) == 0) {
                ((struct run_option *)items)[i].value = i % 2 == 0 ? "true" : "-0.25";
                ((struct run_option *)items)[i].is_bare = true;
            }
        } else if (field->kind == FIELD_COLUMNS) {
            ((struct input_field *)items)[i] =
                (struct input_field){random_text(source), random_text(source)};
        } else {
            random_fields(source, field->object, items + i * size);
        }
    }
    *(const void **)(record + field->offset) = items;
    *(size_t *)(record + field->count) = num;
}

static inline void *random_pointed(struct random_source *source, const struct record_object *object)
{
    char *record = random_number(source, 3) > 0 ? arena_alloc(source->arena, object->size) : NULL;
    if (record != NULL) {
        random_fields(source, object, record);
    }
    return record;
}

static inline void random_by_value(struct random_source *source, const struct record_field *field,
                                   char *record)
{
    char *at = record + field->offset;
    for (unsigned i = 0; i < field->values->num_values; i++) {
        if (field->kind == FIELD_COUNTS) {
            ((uint64_t *)at)[i] = random_number(source, 3);
        } else if (field->kind == FIELD_EVIDENCE) {
            ((const char **)at)[i] = random_number(source, 2) > 0 ? random_string(source) : NULL;
        } else {
            random_verdict(source, &((struct verdict *)at)[i]);
        }
    }
}

static inline void random_field(struct random_source *source, const struct record_field *field,
                                char *record)
{
    char *at = record + field->offset;
    uint64_t number = random_number(source, UINT32_MAX) >> random_number(source, 32);
    switch ((enum field_kind)field->kind) {
    case FIELD_CONSTANT:
    case FIELD_RETIRED:
        break;
    case FIELD_STRING:
        *(const char **)at = field->null == FIELD_NEVER_NULL || random_number(source, 3) > 0
                                 ? random_string(source)
                                 : NULL;
        break;
    case FIELD_TEXT:
        *(struct text *)at =
            random_number(source, 3) > 0 ? random_text(source) : (struct text){NULL, 0};
        break;
    case FIELD_BOOLEAN:
        *(bool *)at = random_number(source, 2) > 0;
        break;
    case FIELD_ENUM:
        number %= field->values->num_values;
        memcpy(at, &number, field->size); /* little-endian, as is everything that we run on */
        break;
    case FIELD_COUNT:
        memcpy(at, &number, field->size);
        break;
    case FIELD_INTEGER:
        *(int32_t *)at = (int32_t)random_signed(source);
        break;
    case FIELD_SECONDS:
        *(double *)at = (double)random_signed(source) / 8;
        break;
    case FIELD_TIME:
        *(int64_t *)at = random_signed(source);
        break;
    case FIELD_INSTANT:
        *(double *)at = 1796126400 + (random_number(source, 1000000) + 0.25) / 1000;
        break;
    case FIELD_SHA256:
        for (unsigned i = 0; i < 32; i++) {
            at[i] = (char)random_number(source, 256);
        }
        break;
    case FIELD_VERDICT:
        random_verdict(source, (struct verdict *)at);
        break;
    case FIELD_BITS:
        *(uint32_t *)at = (uint32_t)number & ((1u << field->values->num_values) - 1);
        break;
    case FIELD_STRINGS:
    case FIELD_TEXTS:
    case FIELD_OBJECTS:
    case FIELD_OPTIONS:
    case FIELD_COLUMNS:
        random_array(source, field, record);
        break;
    case FIELD_OBJECT:
        random_fields(source, field->object, at);
        break;
    case FIELD_POINTED:
        *(void **)at = random_pointed(source, field->object);
        break;
    case FIELD_BOTH: /* the first is a field of its own, and the second nothing without it */
        *(void **)(record + field->count) =
            *(void **)at != NULL ? random_pointed(source, field->object) : NULL;
        break;
    case FIELD_COUNTS:
    case FIELD_CLASSES:
    case FIELD_VERDICTS:
    case FIELD_REASONS:
    case FIELD_EVIDENCE:
        random_by_value(source, field, record);
        break;
    }
    if (field->null == FIELD_NULL_IF || field->null == FIELD_NULL_UNLESS) {
        *(bool *)(record + field->flag) = random_number(source, 2) > 0;
    }
}

static inline void random_fields(struct random_source *source, const struct record_object *object,
                                 char *record)
{
    for (size_t i = 0; i < object->num_fields; i++) {
        random_field(source, &object->fields[i], record);
    }
}

#endif
