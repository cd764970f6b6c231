/*
 * A few values out of a line of JSON without building the rest: for looking through millions of
 * records that are mostly not needed. What it says is what a parser would say, or that a parser
 * has to be asked.
 */
#ifndef MXGRADE_OUTPUT_JSON_PICK_H
#define MXGRADE_OUTPUT_JSON_PICK_H

#include <stddef.h>

#define JSON_PICK_DEPTH_MAX 64 /* records have 5 */

enum json_pick_kind { JSON_PICK_NONE, JSON_PICK_STRING, JSON_PICK_INTEGER, JSON_PICK_OTHER };

struct json_pick {
    const char *object; /* a member of the line's object that is an object, or NULL: the line's */
    const char *key;    /* of a member of that */
    /* Filled: where the value stands in the line, a string without its quotes. */
    enum json_pick_kind kind;
    const char *text;
    size_t len;
};

enum json_pick_status {
    JSON_PICK_DONE,
    JSON_PICK_ASK, /* escapes, a member that stands there twice, great depth: a parser has to decide
                    */
    JSON_PICK_BAD  /* no JSON object */
};

enum json_pick_status json_pick(const char *line, size_t len, struct json_pick *picks,
                                size_t num_picks);

#endif
