/* Manual pages, in the macros of man(7), from Markdown as this program writes it. */
#ifndef MXGRADE_SCANNER_MARKDOWN_MANUAL_H
#define MXGRADE_SCANNER_MARKDOWN_MANUAL_H

#include <stdio.h>

struct manual_title {
    const char *name; /* "mxgrade.conf" */
    int section;
    const char *summary;  /* half a line */
    const char *see_also; /* "**mxgrade**(1)", Markdown */
};

/*
 * Knows headings, paragraphs, "* " items, examples that are indented by four blanks, tables (the
 * first column is what the others explain), `code`, **bold** and [links](...), which lose their
 * target. The first heading is left out.
 */
void markdown_manual(FILE *stream, const struct manual_title *title, const char *markdown);

#endif
