/* The tables from which schema.c makes the JSON Schema. */
#ifndef MXGRADE_OUTPUT_SCHEMA_TABLES_H
#define MXGRADE_OUTPUT_SCHEMA_TABLES_H

#include <stddef.h>

/* What a field holds. `ref` names an enumeration or an object, where the shape needs one. */
enum schema_shape {
    SHAPE_TEXT,
    SHAPE_CONSTANT, /* the text `ref`, always */
    SHAPE_BOOLEAN,
    SHAPE_INTEGER,
    SHAPE_COUNT,   /* an integer, 0 and up */
    SHAPE_NUMBER,  /* 0 and up */
    SHAPE_TIME,    /* RFC 3339 UTC */
    SHAPE_SHA256,  /* 64 hexadecimal digits */
    SHAPE_DIGEST,  /* 16 of them */
    SHAPE_VERDICT, /* yes, no or unknown, and then NAME_reason beside it */
    SHAPE_ENUM,
    SHAPE_OBJECT,
    SHAPE_TEXTS_BY_NAME, /* an object of texts with names that are not ours */
    SHAPE_COUNT_OF_EACH, /* an object: a count for every value of the enumeration */
    SHAPE_COUNT_OF_SOME, /* ... for some of its values */
    SHAPE_ENUM_BY_VERSION,
    SHAPE_TEXT_BY_VERSION
};

/* Optional is also what was added after the schema version was first written: files from before do
 * not have it. */
enum { FIELD_NULLABLE = 1, FIELD_OPTIONAL = 2, FIELD_ARRAY = 4 };

struct schema_field {
    const char *name;
    enum schema_shape shape;
    unsigned flags;
    const char *ref;
    const char *description; /* NULL: the name says it */
};

struct schema_object {
    const char *name;
    const char *description;
    const struct schema_field *fields;
    size_t num_fields;
};

/* Values 0 to num_values - 1 by name. */
struct schema_enum {
    const char *name;
    const char *(*value_name)(unsigned value);
    unsigned num_values;
};

extern const struct schema_object schema_objects[];
extern const size_t schema_num_objects;
extern const struct schema_enum schema_enums[];
extern const size_t schema_num_enums;

/* Those of the objects that are lines of their own, by the value of "type". */
extern const char *const schema_lines[];
extern const size_t schema_num_lines;

#endif
