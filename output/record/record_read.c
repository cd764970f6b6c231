#include "output/record/record_read.h"

#include <string.h>

#include "output/record/record_fill.h"

enum read_what { READ_ALL, READ_KEYS };

/* A record, or a part of it, while it is read. */
struct reading {
    struct json_reader *reader;
    const struct record_object *object;
    char *record; /* NULL: it is held to the rules and not kept */
    enum read_what what;
    size_t expected; /* the field behind the last one: lines of ours have them in their order */
    uint64_t seen, reasons_seen; /* by field: one that stands there twice makes it no record */
};

static void read_object(struct json_reader *reader, enum read_what what,
                        const struct record_object *object, char *record);

/* ---- What nobody looked at ---- */

/* Of a record that is all zero. */
static void forget(const struct record_object *object, char *record)
{
    for (size_t i = 0; i < object->num_fields; i++) {
        const struct record_field *field = &object->fields[i];
        if (field->kind == FIELD_OBJECT) {
            forget(field->object, record + field->offset);
        } else {
            record_fill_unknown(field, record + field->offset);
        }
    }
}

/* The classes that a list does not name were refused. */
static void refuse_classes(const struct record_object *object, char *record)
{
    for (size_t i = 0; i < object->num_fields; i++) {
        const struct record_field *field = &object->fields[i];
        struct verdict *verdicts = (struct verdict *)(record + field->offset);
        for (unsigned k = 0; field->kind == FIELD_CLASSES && k < field->values->num_values; k++) {
            verdicts[k].value = TRI_NO;
        }
    }
}

/* ---- Objects in a field ---- */

static void *new_record(struct json_reader *reader, enum read_what what,
                        const struct record_object *object)
{
    void *record = arena_alloc(reader->arena, object->size);
    if (record == NULL) {
        json_reader_fail(reader, JSON_READER_NO_MEMORY);
        return NULL;
    }
    forget(object, record);
    read_object(reader, what, object, record);
    return record;
}

/* Elements that are none are passed over. */
static void read_objects(struct json_reader *reader, const struct record_field *field, char *record)
{
    struct record_array array = {.size = field->object->size};
    while (json_reader_item(reader)) {
        char *item = NULL;
        if (json_reader_peek(reader) == JSON_KIND_OBJECT) {
            item = record_array_grow(reader, &array);
        }
        if (item != NULL) {
            forget(field->object, item);
            read_object(reader, READ_ALL, field->object, item);
        } else {
            json_reader_skip(reader);
        }
    }
    record_array_keep(&array, field, record);
}

/* The first one stands in a field of its own as well. */
static void read_both(struct json_reader *reader, const struct record_field *field, char *record)
{
    for (size_t i = 0; json_reader_item(reader); i++) {
        if (i == 1 && json_reader_peek(reader) == JSON_KIND_OBJECT) {
            *(const void **)(record + field->count) = new_record(reader, READ_ALL, field->object);
        } else {
            json_reader_skip(reader);
        }
    }
}

/* ---- Values ---- */

/* Whether there is a value, where a flag says so. */
static void set_flag(const struct record_field *field, char *record, bool is_there)
{
    bool *flag = (bool *)(record + field->flag);
    if (field->null == FIELD_NULL_IF) {
        *flag = !is_there;
    } else if (field->null == FIELD_NULL_UNLESS) {
        *flag = is_there;
    }
}

/* Each of these reads what comes next; false: it is not what the field holds. */

static bool read_word(struct json_reader *reader, const struct record_field *field, char *record)
{
    struct text word;
    if (!json_reader_word(reader, &word)) {
        return false;
    }
    if (word.bytes[0] == 'n') {
        set_flag(field, record, false);
        return false;
    }
    if (field->kind == FIELD_BOOLEAN) {
        *(bool *)(record + field->offset) = word.bytes[0] == 't';
    }
    return field->kind == FIELD_BOOLEAN;
}

static bool read_members(struct json_reader *reader, enum read_what what,
                         const struct record_field *field, char *record)
{
    switch ((enum field_kind)field->kind) {
    case FIELD_OBJECT:
        read_object(reader, what, field->object, record + field->offset);
        return true;
    case FIELD_POINTED:
        *(const void **)(record + field->offset) = new_record(reader, what, field->object);
        return true;
    case FIELD_OPTIONS:
    case FIELD_COLUMNS:
    case FIELD_COUNTS:
    case FIELD_VERDICTS:
    case FIELD_REASONS:
    case FIELD_EVIDENCE:
        if (json_reader_enter(reader, JSON_KIND_OBJECT)) {
            record_fill_members(reader, field, record);
        }
        return true;
    default:
        json_reader_skip(reader);
        return false;
    }
}

static bool read_items(struct json_reader *reader, const struct record_field *field, char *record)
{
    if (!record_field_is_array(field)) {
        json_reader_skip(reader);
        return false;
    }
    if (!json_reader_enter(reader, JSON_KIND_ARRAY)) {
        return false;
    }
    if (field->kind == FIELD_OBJECTS) {
        read_objects(reader, field, record);
    } else if (field->kind == FIELD_BOTH) {
        read_both(reader, field, record);
    } else {
        record_fill_items(reader, field, record);
    }
    return true;
}

static bool read_value(struct json_reader *reader, enum read_what what,
                       const struct record_field *field, char *record)
{
    char *at = record + field->offset;
    struct text text;
    struct json_number number;
    switch (json_reader_peek(reader)) {
    case JSON_KIND_STRING:
        return json_reader_string(reader, &text) && record_fill_string(field, at, text);
    case JSON_KIND_NUMBER:
        return json_reader_number(reader, &number) && record_fill_number(field, at, &number);
    case JSON_KIND_WORD:
        return read_word(reader, field, record);
    case JSON_KIND_OBJECT:
        return read_members(reader, what, field, record);
    case JSON_KIND_ARRAY:
        return read_items(reader, field, record);
    case JSON_KIND_NOTHING:
        break;
    }
    json_reader_skip(reader);
    return false;
}

/* ---- Values that are not kept ---- */

/* Passed over, and held to the same rules: no field of ours stands twice in an object of ours. */

static void check_object(struct json_reader *reader, const struct record_field *field)
{
    if (field->kind == FIELD_OBJECT || field->kind == FIELD_POINTED) {
        read_object(reader, READ_KEYS, field->object, NULL);
    } else {
        json_reader_skip(reader);
    }
}

/* The first one of two stands in a field of its own as well, and is looked at there. */
static void check_array(struct json_reader *reader, const struct record_field *field)
{
    if ((field->kind != FIELD_OBJECTS && field->kind != FIELD_BOTH) ||
        !json_reader_enter(reader, JSON_KIND_ARRAY)) {
        json_reader_skip(reader);
        return;
    }
    for (size_t i = 0; json_reader_item(reader); i++) {
        bool is_ours = field->kind == FIELD_OBJECTS || i == 1;
        if (is_ours && json_reader_peek(reader) == JSON_KIND_OBJECT) {
            read_object(reader, READ_KEYS, field->object, NULL);
        } else {
            json_reader_skip(reader);
        }
    }
}

static void check_value(struct json_reader *reader, const struct record_field *field)
{
    switch (json_reader_peek(reader)) {
    case JSON_KIND_OBJECT:
        check_object(reader, field);
        break;
    case JSON_KIND_ARRAY:
        check_array(reader, field);
        break;
    default:
        json_reader_skip(reader);
        break;
    }
}

/* ---- Fields ---- */

enum found { FOUND_FIELD, FOUND_REASON, FOUND_NOTHING };

/* `quoted` has its quotes and a colon. */
static bool is_name(struct text name, const char *quoted, size_t quoted_len)
{
    return name.len + sizeof("\"\":") - 1 == quoted_len &&
           memcmp(name.bytes, quoted + 1, name.len) == 0;
}

/* A reason stands behind the field that was read last, and after fields that are absent comes one
 * that is further on: so the search begins there. */
static enum found find_field(const struct reading *reading, struct text name, size_t *out_index)
{
    const struct record_object *object = reading->object;
    size_t first = reading->expected > 0 ? reading->expected - 1 : 0;
    for (size_t i = 0; i < object->num_fields; i++) {
        *out_index = first + i < object->num_fields ? first + i : first + i - object->num_fields;
        const struct record_field *field = &object->fields[*out_index];
        if (is_name(name, field->key, field->key_len)) {
            return FOUND_FIELD;
        }
        if (field->reason_key != NULL &&
            is_name(name, field->reason_key, strlen(field->reason_key))) {
            return FOUND_REASON;
        }
    }
    return FOUND_NOTHING;
}

/* The next member's key; false: there is none. */
static bool next_field(struct reading *reading, enum found *out_found, size_t *out_index)
{
    const struct record_object *object = reading->object;
    struct text name;
    if (reading->expected < object->num_fields) {
        const struct record_field *field = &object->fields[reading->expected];
        if (json_reader_take_key(reading->reader, field->key, field->key_len)) {
            *out_index = reading->expected;
            *out_found = FOUND_FIELD;
            return true;
        }
    }
    if (!json_reader_key(reading->reader, &name)) {
        return false;
    }
    *out_found = find_field(reading, name, out_index);
    return true;
}

/* False: it was seen before. */
static bool see(struct json_reader *reader, uint64_t *seen, size_t index)
{
    uint64_t bit = UINT64_C(1) << index;
    if ((*seen & bit) != 0) {
        json_reader_fail(reader, JSON_READER_BAD);
        return false;
    }
    *seen |= bit;
    return true;
}

static void read_fields(struct reading *reading)
{
    enum found found;
    size_t index = 0;
    while (next_field(reading, &found, &index)) {
        const struct record_field *field = &reading->object->fields[index];
        bool is_kept = reading->record != NULL && (reading->what == READ_ALL || field->is_key);
        if (found == FOUND_FIELD && see(reading->reader, &reading->seen, index)) {
            reading->expected = index + 1;
            if (!is_kept) {
                check_value(reading->reader, field);
            } else if (read_value(reading->reader, reading->what, field, reading->record)) {
                set_flag(field, reading->record, true);
            }
        } else if (found == FOUND_REASON && see(reading->reader, &reading->reasons_seen, index) &&
                   is_kept) {
            record_fill_reason(reading->reader,
                               (struct verdict *)(reading->record + field->offset));
        } else {
            json_reader_skip(reading->reader);
        }
    }
}

static void read_object(struct json_reader *reader, enum read_what what,
                        const struct record_object *object, char *record)
{
    struct reading reading = {.reader = reader, .object = object, .record = record, .what = what};
    if (record != NULL && what == READ_ALL) {
        refuse_classes(object, record);
    }
    if (json_reader_enter(reader, JSON_KIND_OBJECT)) {
        read_fields(&reading);
    }
}

/* ---- Lines ---- */

static enum record_read_status status_of(const struct json_reader *reader)
{
    switch (reader->status) {
    case JSON_READER_OK:
        return RECORD_READ;
    case JSON_READER_NO_MEMORY:
        return RECORD_READ_NO_MEMORY;
    default:
        return RECORD_READ_BAD;
    }
}

/* The type, wherever in the line it stands. */
static enum record_read_status read_type(const char *line, size_t len, struct arena *arena,
                                         struct text *out_type)
{
    struct json_reader reader;
    struct text key;
    json_reader_init(&reader, line, len, arena);
    if (!json_reader_enter(&reader, JSON_KIND_OBJECT)) {
        return status_of(&reader);
    }
    while (json_reader_key(&reader, &key)) {
        if (key.len == strlen("type") && memcmp(key.bytes, "type", key.len) == 0 &&
            json_reader_peek(&reader) == JSON_KIND_STRING) {
            json_reader_string(&reader, out_type);
            return status_of(&reader);
        }
        json_reader_skip(&reader);
    }
    return reader.status == JSON_READER_OK ? RECORD_READ_BAD : status_of(&reader);
}

/* Of record_lines. */
static const enum record_kind kinds[] = {RECORD_RUN, RECORD_ENDPOINT, RECORD_DOMAIN,
                                         RECORD_RUN_VOID, RECORD_SUMMARY};

static enum record_kind kind_of(struct text type)
{
    for (size_t i = 0; i < record_num_lines; i++) {
        if (strcmp(record_lines[i]->name, type.bytes) == 0) {
            return kinds[i];
        }
    }
    return RECORD_OTHER;
}

/* Lines of ours begin with their type, so that it can be told before they are read. */
static bool begins_with_type(const char *line, size_t len, enum record_kind *out_kind)
{
    static const char key[] = "{\"type\":\"";
    const size_t key_len = sizeof(key) - 1;
    if (len < key_len || memcmp(line, key, key_len) != 0) {
        return false;
    }
    const char *end = memchr(line + key_len, '"', len - key_len);
    for (size_t i = 0; end != NULL && i < record_num_lines; i++) {
        size_t name_len = strlen(record_lines[i]->name);
        if ((size_t)(end - line) == key_len + name_len &&
            memcmp(line + key_len, record_lines[i]->name, name_len) == 0) {
            *out_kind = kinds[i];
            return true;
        }
    }
    return false;
}

static enum record_read_status find_kind(const char *line, size_t len, struct arena *arena,
                                         enum record_kind *out_kind)
{
    struct text type = {NULL, 0};
    if (begins_with_type(line, len, out_kind)) {
        return RECORD_READ;
    }
    enum record_read_status status = read_type(line, len, arena, &type);
    *out_kind = status == RECORD_READ ? kind_of(type) : RECORD_OTHER;
    return status;
}

static enum record_read_status read_line(const char *line, size_t len, enum read_what what,
                                         struct arena *arena, struct record *out_record)
{
    struct json_reader reader;
    enum record_kind kind;
    enum record_read_status status = find_kind(line, len, arena, &kind);
    if (status != RECORD_READ) {
        return status;
    }
    if (kind != RECORD_DOMAIN && kind != RECORD_ENDPOINT) {
        what = READ_ALL;
    }
    *out_record = (struct record){.kind = kind};
    json_reader_init(&reader, line, len, arena);
    if (out_record->kind == RECORD_OTHER) {
        json_reader_skip(&reader);
    } else {
        const struct record_object *object = record_lines[out_record->kind];
        memset(&out_record->run, 0, object->size);
        forget(object, (char *)&out_record->run);
        read_object(&reader, what, object, (char *)&out_record->run);
    }
    if (!json_reader_is_at_end(&reader)) {
        json_reader_fail(&reader, JSON_READER_BAD);
    }
    return status_of(&reader);
}

enum record_read_status record_read(const char *line, size_t len, struct arena *arena,
                                    struct record *out_record)
{
    return read_line(line, len, READ_ALL, arena, out_record);
}

enum record_read_status record_read_keys(const char *line, size_t len, struct arena *arena,
                                         struct record *out_record)
{
    return read_line(line, len, READ_KEYS, arena, out_record);
}
