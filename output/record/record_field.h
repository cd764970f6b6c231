/*
 * What records hold, field by field, in tables: one row has a field's name, what kind of value it
 * is, where in the struct it lives, when it is null, and one sentence. The writer (record_json.h),
 * the reader (record_read.h), the schema (schema.h) and docs/records.md (record_markdown.h) are
 * made from these tables, so that a new field is a member in record.h and a row in a table.
 */
#ifndef MXGRADE_OUTPUT_RECORD_FIELD_H
#define MXGRADE_OUTPUT_RECORD_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/record/record_enum.h"

/* What a field holds; in brackets the type of its member. */
enum field_kind {
    FIELD_CONSTANT, /* always `text` (no member) */
    FIELD_RETIRED,  /* always null (no member): not in the next schema version */
    FIELD_STRING,   /* text of our own, or made sure to be one line of ASCII (const char *) */
    FIELD_TEXT,     /* foreign bytes, cut behind `max` of them (struct text) */
    FIELD_BOOLEAN,  /* (bool) */
    FIELD_COUNT,    /* 0 and up (an unsigned type) */
    FIELD_INTEGER,  /* (a signed type) */
    FIELD_SECONDS,  /* with three decimals (double) */
    FIELD_TIME,     /* to the second (int64_t since 1970) */
    FIELD_INSTANT,  /* to the millisecond (double since 1970) */
    FIELD_SHA256,   /* (uint8_t [32]) */
    FIELD_VERDICT,  /* yes, no or unknown with NAME_reason beside it (struct verdict) */
    FIELD_ENUM,     /* one of `values` (an enum) */
    FIELD_BITS,     /* an array of `values`, those whose bit is set (uint32_t) */
    FIELD_STRINGS,  /* an array (const char *const *, and size_t `count`) */
    FIELD_TEXTS,    /* an array of foreign bytes (const struct text *, and size_t `count`) */
    FIELD_OBJECT,   /* fields of the same struct, or of one inside it, by the table `object` */
    FIELD_POINTED,  /* the same of a struct behind a pointer */
    FIELD_BOTH,     /* an array of the structs behind two pointers; absent if the second is NULL */
    FIELD_OBJECTS,  /* an array of objects (an array of structs, and size_t `count`) */
    FIELD_OPTIONS,  /* an object: values by names of ours (const struct run_option *, `count`) */
    FIELD_COLUMNS,  /* an object: the list's columns (const struct input_field *, `count`) */
    FIELD_COUNTS,   /* an object: a count for each of `values` (uint64_t []) */
    /* Of arrays by `values`: */
    FIELD_CLASSES,  /* an array: those whose verdict is `which` (struct verdict []) */
    FIELD_VERDICTS, /* an object: yes, no or unknown for each (struct verdict []) */
    FIELD_REASONS,  /* an object: an outcome for each that is unknown (struct verdict []) */
    FIELD_EVIDENCE  /* an object: text for each that is not (const char *[], verdicts at `count`) */
};

/* When the value is null. The value of a member that is printed as null is given in brackets. */
enum field_null {
    FIELD_NEVER_NULL,
    FIELD_NULL_IF_EMPTY,    /* (NULL; 0; of an enum, the first) */
    FIELD_NULL_IF_NEGATIVE, /* (less than 0) */
    FIELD_NULL_IF,          /* the flag is set (any) */
    FIELD_NULL_UNLESS,      /* the flag is not set (any) */
    FIELD_NULL_UNLESS_BOTH, /* the second of two pointers is NULL */
    FIELD_NULL_UNLESS_SAID  /* is_there() says so by other members (any) */
};

struct record_object;
struct verdict;

struct record_field {
    const char *key; /* as it stands in a line: "name": */
    const char *reason_key;
    uint8_t key_len;
    uint8_t kind;      /* enum field_kind */
    uint8_t null;      /* enum field_null */
    uint8_t size;      /* of the member, or of an element */
    uint8_t which;     /* enum tri */
    bool is_absent;    /* left out rather than null, and rather than a count of 0 */
    bool is_added;     /* older files of this schema version lack it */
    bool is_key;       /* a file is indexed by it: record_read_keys() */
    uint16_t offset;   /* of the member */
    uint16_t count;    /* offset of the second member */
    uint16_t flag;     /* offset of the flag (bool) */
    uint16_t max;      /* bytes of foreign text; 0: not bounded */
    const char *text;  /* the constant */
    const char *shape; /* a name in the schema for strings of a form: "digest", "finding_code" */
    const struct record_enum *values;
    const struct record_object *object;
    bool (*is_there)(const void *record);
    const char *sentence; /* what it says, in plain words */
};

/* An object of a record, or a whole one. */
struct record_object {
    const char *name;     /* in the schema */
    const char *title;    /* in docs/records.md, where objects of one title are described once */
    const char *sentence; /* NULL: the field that holds it says enough */
    const char *notes;    /* paragraphs behind the table in docs/records.md, Markdown; NULL: none */
    size_t size;          /* of the struct */
    const struct record_field *fields;
    size_t num_fields;
};

/* The lines of a file, and the object that `mxgrade verify` prints. */
extern const struct record_object record_of_run, record_of_endpoint, record_of_domain,
    record_of_run_void, record_of_summary, record_of_doctor, record_of_enforce,
    record_of_would_fail, record_of_certificate;

/* Those that are lines, in the order in which a file has them. */
extern const struct record_object *const record_lines[];
extern const size_t record_num_lines;

/* Those that a command prints as lines, and that no result file has. */
extern const struct record_object *const record_answers[];
extern const size_t record_num_answers;

#define RECORD_OBJECTS_MAX 128

struct record_objects {
    const struct record_object *items[RECORD_OBJECTS_MAX];
    size_t num_items;
};

/* All objects that there are in these lines, each once, those of a line behind it. */
void record_objects_find(const struct record_object *const *lines, size_t num_lines,
                         struct record_objects *out_objects);

/* Adds those of more lines, if they are not there. */
void record_objects_add(struct record_objects *objects, const struct record_object *const *lines,
                        size_t num_lines);

/* Those of the lines of result files, and behind them those of the answers. */
void record_objects_find_all(struct record_objects *out_objects);

/* The field of that name, or NULL. */
const struct record_field *record_field_find(const struct record_object *object, const char *name);

/* The name without the quotes, and its length. */
static inline const char *record_field_name(const struct record_field *field)
{
    return field->key + 1;
}

static inline size_t record_field_name_len(const struct record_field *field)
{
    return field->key_len - sizeof("\"\":") + 1;
}

static inline const void *record_field_at(const struct record_field *field, const void *record)
{
    return (const char *)record + field->offset;
}

/* The size_t beside an array. */
static inline size_t record_field_count(const struct record_field *field, const void *record)
{
    return *(const size_t *)((const char *)record + field->count);
}

/* The second pointer of two. */
static inline const void *record_field_second(const struct record_field *field, const void *record)
{
    return *(const void *const *)((const char *)record + field->count);
}

/* The verdicts beside evidence. */
static inline const struct verdict *record_field_verdicts(const struct record_field *field,
                                                          const void *record)
{
    return (const struct verdict *)((const char *)record + field->count);
}

/* The number in a member of whatever width: of an unsigned type or an enum, and of a signed one. */
static inline uint64_t record_count(const struct record_field *field, const void *at)
{
    switch (field->size) {
    case sizeof(uint8_t):
        return *(const uint8_t *)at;
    case sizeof(uint16_t):
        return *(const uint16_t *)at;
    case sizeof(uint32_t):
        return *(const uint32_t *)at;
    default:
        return *(const uint64_t *)at;
    }
}

static inline int64_t record_integer(const struct record_field *field, const void *at)
{
    return field->size == sizeof(int32_t) ? *(const int32_t *)at : *(const int64_t *)at;
}

bool record_field_is_array(const struct record_field *field);
bool record_field_is_nullable(const struct record_field *field);
/* Has every record it, those of older files of this schema version too? */
bool record_field_is_required(const struct record_field *field);

/* Has it a value in this record, or is it null (or absent)? */
bool record_field_is_there(const struct record_field *field, const void *record);

#endif
