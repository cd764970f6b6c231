/* The lines of a comparison (diff.h) in words, for a terminal. */
#ifndef MXGRADE_OUTPUT_DIFF_TEXT_H
#define MXGRADE_OUTPUT_DIFF_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "output/diff/diff.h"

struct diff_text {
    FILE *stream;
    bool colour;
    bool utf8; /* the terminal shows it */
};

/* False: it could not be written. */
bool diff_text_line(const struct diff_text *text, const struct diff_line *line);

#endif
