/*
 * ManageSieve strings may be literals: "{5}" or "{5+}" ends a line, and the five bytes that follow
 * belong to it, line ends included (RFC 5804 section 1.2; RFC 3501 section 4.3). Here such lines
 * are joined, each literal as if it had been a quoted string, so that a reader of replies knows
 * only those.
 */
#ifndef MXGRADE_SCANNER_LITERAL_H
#define MXGRADE_SCANNER_LITERAL_H

#include <stdbool.h>
#include <stddef.h>

#define LITERAL_JOINED_MAX 448 /* kept of a joined line */

/* All zero is the beginning of a line. */
struct literal_joiner {
    char text[LITERAL_JOINED_MAX];
    size_t len;
    size_t bytes_left; /* of the literal */
    bool is_inside;    /* a literal */
    bool is_joining;   /* what is in `text` goes on */
};

/*
 * Takes a line as it came. True: a whole one is in *line / *len, either what came or what was
 * joined, which is valid until the next call. False: it goes on.
 */
bool literal_join(struct literal_joiner *joiner, const char **line, size_t *len);

#endif
