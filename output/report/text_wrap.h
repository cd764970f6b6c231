/* Paragraphs for a terminal. */
#ifndef MXGRADE_OUTPUT_TEXT_WRAP_H
#define MXGRADE_OUTPUT_TEXT_WRAP_H

#include <stdio.h>

#define TEXT_WRAP_WIDTH_MIN 40

/*
 * Writes words of our own after a label, broken at blanks before the column `width`; every line is
 * indented, and those after the first stand under the text, not under the label.
 */
void text_wrap(FILE *stream, unsigned indent, const char *label, const char *text, unsigned width);

#endif
