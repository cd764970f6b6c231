/*
 * The page around the data: its own markup, style and script, which are files under report/ and
 * part of the program. All of it is ours; nothing that a server said passes here.
 */
#ifndef MXGRADE_OUTPUT_REPORT_PAGE_H
#define MXGRADE_OUTPUT_REPORT_PAGE_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Everything before the data. The page's Content-Security-Policy lets nothing run or load but the
 * style and the script of this page, by their digests, and forbids making elements from
 * text (Trusted Types).
 */
void report_page_open(FILE *page);

/* Behind the data that it reads at once. */
void report_page_script(FILE *page);

void report_page_close(FILE *page);

#endif
