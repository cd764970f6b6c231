/*
 * Members of a record filled from JSON, but for objects by tables of their own, which
 * record_read.c reads. `at` is the member that a field describes, and `record` the struct.
 */
#ifndef MXGRADE_OUTPUT_RECORD_FILL_H
#define MXGRADE_OUTPUT_RECORD_FILL_H

#include "output/record/json_reader.h"
#include "output/record/record_field.h"

/* An array that grows in the arena while its elements are read. */
struct record_array {
    char *items;
    size_t num, max, size;
};

/* Room for one more, zeroed; NULL on lack of memory, which the reader then remembers. */
void *record_array_grow(struct json_reader *reader, struct record_array *array);
void record_array_keep(const struct record_array *array, const struct record_field *field,
                       char *record);

/* False: the text, or the number, is none that the field can hold. */
bool record_fill_string(const struct record_field *field, char *at, struct text text);
bool record_fill_number(const struct record_field *field, char *at,
                        const struct json_number *number);
void record_fill_reason(struct json_reader *reader, struct verdict *verdict);

/* What stands between brackets and between braces, which the reader has entered. */
void record_fill_items(struct json_reader *reader, const struct record_field *field, char *record);
void record_fill_members(struct json_reader *reader, const struct record_field *field,
                         char *record);

/* Nothing looked at: -1 for what is not known where a negative number stands for that. */
void record_fill_unknown(const struct record_field *field, char *at);

#endif
