/*
 * Results as text for a person: each domain of a result file with its grade, the two answers, its
 * mail servers, and every finding with evidence, remedy and source. Decides nothing: the rules'
 * words are handed in.
 */
#ifndef MXGRADE_OUTPUT_TEXT_REPORT_H
#define MXGRADE_OUTPUT_TEXT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "output/record/record.h"

struct text_report_options {
    FILE *stream;
    bool colour;
    bool utf8;      /* the terminal shows it; otherwise what is not ASCII becomes '?' */
    unsigned width; /* columns; text is wrapped there */
    /* The policy's row of a code in a record, or NULL. */
    const struct finding_rule *(*find_rule)(const char *code);
};

/* Prints the domains of a result file, in the list's order. False if it cannot be read: errno. */
bool text_report_print(const char *path, const struct text_report_options *options);

#endif
