/*
 * How large and how deep a reply of Redis may be. hiredis checks little of it: a few bytes of a
 * hostile or foreign server make it allocate gigabytes. So each byte goes by here before hiredis
 * sees it. Pure; any cut of the bytes gives the same verdict.
 */
#ifndef MXGRADE_IO_REDIS_BOUNDS_H
#define MXGRADE_IO_REDIS_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REDIS_REPLY_MAX    (64u << 20) /* bytes of one reply */
#define REDIS_STRING_MAX   (32u << 20) /* of one string in it */
#define REDIS_ELEMENTS_MAX 1000000     /* of all arrays in it */
#define REDIS_DEPTH_MAX    7           /* arrays in arrays; hiredis 0.14 takes no more */
#define REDIS_LINE_MAX     4096        /* of a status or an error */

struct redis_bounds {
    uint64_t reply_len;    /* of the reply that is being read */
    uint64_t num_elements; /* of all arrays of that reply so far */
    uint64_t skip;         /* bytes of a string that are still to come, its line end too */
    size_t line_len;
    bool after_cr;
    char line[24]; /* the beginning of the line */
    unsigned depth;
    uint64_t left[REDIS_DEPTH_MAX]; /* elements that each open array lacks */
};

void redis_bounds_init(struct redis_bounds *bounds);

/* NULL, or why these bytes are none of a reply that is taken: a sentence. */
const char *redis_bounds_feed(struct redis_bounds *bounds, const uint8_t *bytes, size_t len);

#endif
