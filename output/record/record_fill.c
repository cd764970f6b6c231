#include "output/record/record_fill.h"

#include <stdlib.h>
#include <string.h>

#include "io/base/calendar.h"

/* ---- Numbers ---- */

static void set_integer(const struct record_field *field, char *at, int64_t value)
{
    if (field->size == sizeof(int32_t)) {
        *(int32_t *)at = (int32_t)value;
    } else {
        *(int64_t *)at = value;
    }
}

static void set_count(const struct record_field *field, char *at, uint64_t value)
{
    switch (field->size) {
    case sizeof(uint8_t):
        *(uint8_t *)at = (uint8_t)value;
        break;
    case sizeof(uint16_t):
        *(uint16_t *)at = (uint16_t)value;
        break;
    case sizeof(uint32_t):
        *(uint32_t *)at = (uint32_t)value;
        break;
    default:
        *(uint64_t *)at = value;
        break;
    }
}

static bool fits(const struct record_field *field, int64_t value)
{
    unsigned num_bits = 8u * field->size;
    if (field->kind == FIELD_INTEGER) {
        return num_bits >= 64 || (value >= INT32_MIN && value <= INT32_MAX);
    }
    return value >= 0 && (num_bits >= 64 || (uint64_t)value >> num_bits == 0);
}

bool record_fill_number(const struct record_field *field, char *at,
                        const struct json_number *number)
{
    if (field->kind == FIELD_SECONDS) {
        *(double *)at = number->real;
        return true;
    }
    if (!number->is_integer || !fits(field, number->integer)) {
        return false;
    }
    if (field->kind == FIELD_COUNT) {
        set_count(field, at, (uint64_t)number->integer);
    } else if (field->kind == FIELD_INTEGER) {
        set_integer(field, at, number->integer);
    }
    return true;
}

void record_fill_unknown(const struct record_field *field, char *at)
{
    if (field->null == FIELD_NULL_IF_NEGATIVE) {
        if (field->kind == FIELD_SECONDS) {
            *(double *)at = -1;
        } else {
            set_integer(field, at, -1);
        }
    }
}

/* ---- Strings ---- */

/* The number of a name in its set, else 0, which is what nobody looked at. */
static unsigned number_of(const struct record_enum *values, struct text name)
{
    unsigned number;
    bool found = name.bytes != NULL && record_enum_find(values, name.bytes, name.len, &number);
    return found ? number : 0;
}

/* Of a hexadecimal digit as the writer has them; -1: it is none. */
static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool fill_sha256(struct text text, char *at)
{
    uint8_t bytes[32] = {0};
    if (text.len != 2 * sizeof(bytes)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        int value = digit_value(text.bytes[i]);
        if (value < 0) {
            return false;
        }
        bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | value);
    }
    memcpy(at, bytes, sizeof(bytes));
    return true;
}

/* With its milliseconds, which stand behind a point before the Z, where there are some. */
static bool fill_instant(struct text text, double *out)
{
    int64_t seconds;
    if (!calendar_read(text.bytes, &seconds)) {
        return false;
    }
    const char *point = memchr(text.bytes, '.', text.len);
    unsigned long milliseconds = point != NULL ? strtoul(point + 1, NULL, 10) : 0;
    /* The middle of the millisecond, as the writer cuts off what is behind it. */
    *out = (double)seconds + ((double)(milliseconds % 1000) + 0.5) / 1000;
    return true;
}

bool record_fill_string(const struct record_field *field, char *at, struct text text)
{
    switch ((enum field_kind)field->kind) {
    case FIELD_STRING:
        *(const char **)at = text.bytes;
        return true;
    case FIELD_TEXT:
        *(struct text *)at = text;
        return true;
    case FIELD_VERDICT:
        ((struct verdict *)at)->value = (enum tri)number_of(&record_verdict, text);
        return true;
    case FIELD_ENUM:
        set_count(field, at, number_of(field->values, text));
        return true;
    case FIELD_TIME:
        return calendar_read(text.bytes, (int64_t *)at);
    case FIELD_INSTANT:
        return fill_instant(text, (double *)at);
    case FIELD_SHA256:
        return fill_sha256(text, at);
    default:
        return false;
    }
}

/* The next value if it is a string; others are passed over and have no bytes. */
static struct text string_or_none(struct json_reader *reader)
{
    struct text text = {NULL, 0};
    if (json_reader_peek(reader) != JSON_KIND_STRING) {
        json_reader_skip(reader);
    } else if (!json_reader_string(reader, &text)) {
        text.bytes = NULL;
    }
    return text;
}

void record_fill_reason(struct json_reader *reader, struct verdict *verdict)
{
    verdict->reason = (enum outcome)number_of(&record_outcome, string_or_none(reader));
}

/* ---- Arrays ---- */

void *record_array_grow(struct json_reader *reader, struct record_array *array)
{
    if (array->num == array->max) {
        size_t max = array->max == 0 ? 4 : 2 * array->max;
        char *items = arena_alloc(reader->arena, max * array->size);
        if (items == NULL) {
            json_reader_fail(reader, JSON_READER_NO_MEMORY);
            return NULL;
        }
        if (array->num > 0) {
            memcpy(items, array->items, array->num * array->size);
        }
        array->items = items;
        array->max = max;
    }
    return array->items + array->num++ * array->size;
}

void record_array_keep(const struct record_array *array, const struct record_field *field,
                       char *record)
{
    *(const void **)(record + field->offset) = array->items;
    *(size_t *)(record + field->count) = array->num;
}

/* The next element that is a string; others are passed over. */
static bool next_string(struct json_reader *reader, struct text *out)
{
    out->bytes = NULL;
    while (out->bytes == NULL && json_reader_item(reader)) {
        *out = string_or_none(reader);
    }
    return out->bytes != NULL;
}

static void fill_strings(struct json_reader *reader, const struct record_field *field, char *record)
{
    bool is_text = field->kind == FIELD_TEXTS;
    struct record_array array = {.size = is_text ? sizeof(struct text) : sizeof(const char *)};
    struct text text;
    while (next_string(reader, &text)) {
        void *item = record_array_grow(reader, &array);
        if (item == NULL) {
            return;
        }
        if (is_text) {
            *(struct text *)item = text;
        } else {
            *(const char **)item = text.bytes;
        }
    }
    record_array_keep(&array, field, record);
}

/* By their names: bits of those that are listed, or their verdicts. */
static void fill_listed(struct json_reader *reader, const struct record_field *field, char *at)
{
    struct text name;
    unsigned number;
    while (next_string(reader, &name)) {
        if (!record_enum_find(field->values, name.bytes, name.len, &number)) {
            continue;
        }
        if (field->kind == FIELD_BITS) {
            *(uint32_t *)at |= 1u << number;
        } else {
            ((struct verdict *)at)[number].value = (enum tri)field->which;
        }
    }
}

void record_fill_items(struct json_reader *reader, const struct record_field *field, char *record)
{
    if (field->kind == FIELD_STRINGS || field->kind == FIELD_TEXTS) {
        fill_strings(reader, field, record);
    } else {
        fill_listed(reader, field, record + field->offset);
    }
}

/* ---- Objects whose names are not fields ---- */

/* Files of older versions have all of them as strings. */
static struct text option_value(struct json_reader *reader, bool *out_is_bare)
{
    const enum json_kind kind = json_reader_peek(reader);
    struct text value = {0};
    *out_is_bare = kind == JSON_KIND_NUMBER || kind == JSON_KIND_WORD;
    if (!*out_is_bare) {
        return string_or_none(reader);
    }
    if (!json_reader_bare(reader, &value)) {
        return (struct text){0};
    }
    return strcmp(value.bytes, "null") == 0 ? (struct text){"", 0} : value;
}

static void fill_options(struct json_reader *reader, const struct record_field *field, char *record)
{
    struct record_array array = {.size = sizeof(struct run_option)};
    struct text name;
    while (json_reader_key(reader, &name)) {
        struct run_option option = {.name = name.bytes};
        struct text value = option_value(reader, &option.is_bare);
        option.value = value.bytes;
        struct run_option *room = value.bytes != NULL ? record_array_grow(reader, &array) : NULL;
        if (room != NULL) {
            *room = option;
        }
    }
    record_array_keep(&array, field, record);
}

static void fill_columns(struct json_reader *reader, const struct record_field *field, char *record)
{
    struct record_array array = {.size = sizeof(struct input_field)};
    struct text name;
    while (json_reader_key(reader, &name)) {
        struct text value = string_or_none(reader);
        struct input_field *column = record_array_grow(reader, &array);
        if (column != NULL) {
            *column = (struct input_field){name, value};
        }
    }
    record_array_keep(&array, field, record);
}

static uint64_t count_or_none(struct json_reader *reader)
{
    struct json_number number = {.is_integer = false};
    if (json_reader_peek(reader) != JSON_KIND_NUMBER) {
        json_reader_skip(reader);
    } else if (!json_reader_number(reader, &number)) {
        number.is_integer = false;
    }
    return number.is_integer && number.integer > 0 ? (uint64_t)number.integer : 0;
}

/* One element of an array that goes by the values of a set. */
static void fill_element(struct json_reader *reader, const struct record_field *field, char *at,
                         unsigned number)
{
    if (field->kind == FIELD_COUNTS) {
        ((uint64_t *)at)[number] = count_or_none(reader);
    } else if (field->kind == FIELD_EVIDENCE) {
        ((const char **)at)[number] = string_or_none(reader).bytes;
    } else if (field->kind == FIELD_REASONS) {
        record_fill_reason(reader, &((struct verdict *)at)[number]);
    } else {
        ((struct verdict *)at)[number].value =
            (enum tri)number_of(&record_verdict, string_or_none(reader));
    }
}

void record_fill_members(struct json_reader *reader, const struct record_field *field, char *record)
{
    struct text name;
    unsigned number;
    if (field->kind == FIELD_OPTIONS) {
        fill_options(reader, field, record);
        return;
    }
    if (field->kind == FIELD_COLUMNS) {
        fill_columns(reader, field, record);
        return;
    }
    while (json_reader_key(reader, &name)) {
        if (record_enum_find(field->values, name.bytes, name.len, &number)) {
            fill_element(reader, field, record + field->offset, number);
        } else {
            json_reader_skip(reader);
        }
    }
}
