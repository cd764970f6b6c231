/*
 * Building JSON values without a test after each step: what could not be made for lack of memory
 * is noted in `*failed`, and the whole is thrown away at the end.
 */
#ifndef MXGRADE_OUTPUT_DIFF_JSON_H
#define MXGRADE_OUTPUT_DIFF_JSON_H

#include <jansson.h>
#include <stdbool.h>

/* Take `value` over; a NULL is a value that could not be made. */
void diff_put(bool *failed, json_t *object, const char *key, json_t *value);
void diff_append(bool *failed, json_t *array, json_t *value);

/* A copy of a field of `from`, if it has it; NULL for `from` is none. */
void diff_put_field(bool *failed, json_t *object, const char *key, const json_t *from);

/* NULL is null. */
void diff_put_text(bool *failed, json_t *object, const char *key, const char *text);

#endif
