/*
 * The JSON Schema (draft 2020-12) of every line that mxgrade writes, made from the tables by which
 * the lines are written: record_field.h and record_enum.h.
 *
 * Objects are open ("additionalProperties" stays true): within a schema version fields are only
 * ever added.
 */
#ifndef MXGRADE_OUTPUT_SCHEMA_H
#define MXGRADE_OUTPUT_SCHEMA_H

#include "output/record/json_writer.h"
#include "output/record/record.h"
#include "output/record/record_field.h"

struct schema_names {
    const char *const *items;
    size_t num_items;
};

/* Enumerations that the policy owns. Borrowed. */
struct schema_policy {
    struct schema_names findings; /* codes */
    struct schema_names levels[PROFILE_COUNT];
    struct schema_names rules[PROFILE_COUNT];
};

/* What the lines are of which there is a schema. */
struct schema_lines {
    const char *id, *title;
    const struct record_object *const *items;
    size_t num_items;
};

/*
 * Writes the schema as one object into an empty writer; of the lines of result files, where `lines`
 * is NULL. Then it describes what commands print as well, each under its name in "$defs": the
 * objects of record_answers, and those of `more`.
 */
void schema_write(struct json_writer *writer, const struct schema_policy *policy,
                  const struct schema_lines *lines, const struct schema_lines *more);

#endif
