/* Objects of a record whose names are not fields of ours. */
#ifndef MXGRADE_OUTPUT_RECORD_COLUMNS_H
#define MXGRADE_OUTPUT_RECORD_COLUMNS_H

#include "output/record/json_writer.h"

void record_columns_options(struct json_writer *writer, const struct run_option *options,
                            size_t num);

/*
 * The other columns of a list. Names that recur, or come out alike once they are made valid and
 * cut, get _2, _3, so that no value is lost to a parser that keeps the last. Fails the writer on
 * lack of memory.
 */
void record_columns_input(struct json_writer *writer, const struct input_field *fields, size_t num);

#endif
