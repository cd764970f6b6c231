/*
 * JSON that can stand inside <script type="application/json">: '<', '>' and '&', which JSON has in
 * strings only, are written as \u escapes, so that no end tag, comment or entity can arise
 * whatever a server said (HTML, section 4.12.1.3, "Restrictions for contents of script elements").
 */
#ifndef MXGRADE_OUTPUT_REPORT_ISLAND_H
#define MXGRADE_OUTPUT_REPORT_ISLAND_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Writes a value; NULL is null. False: the stream has failed, or there is no memory. */
bool report_island_dump(FILE *stream, const json_t *value);

/* Opens and closes an element with JSON; `name` and `number` make its id. */
void report_island_open(FILE *page, const char *name, size_t number);
void report_island_close(FILE *page);

#endif
