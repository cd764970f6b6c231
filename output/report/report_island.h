/*
 * JSON that can stand inside <script type="application/json">: '<', '>' and '&', which JSON has in
 * strings only, are written as \u escapes, so that no end tag, comment or entity can arise
 * whatever a server said (HTML, section 4.12.1.3, "Restrictions for contents of script elements").
 */
#ifndef MXGRADE_OUTPUT_REPORT_ISLAND_H
#define MXGRADE_OUTPUT_REPORT_ISLAND_H

#include <stdbool.h>
#include <stdio.h>

#include "output/record/json_writer.h"

/* Writes a text of JSON. False: the stream has failed. */
bool report_island_put(FILE *stream, struct text json);

/* Writes what the writer holds. False: it, or the stream, has failed. */
bool report_island_put_value(FILE *stream, const struct json_writer *value);

/* Opens and closes an element with JSON; `name` and `number` make its id. */
void report_island_open(FILE *page, const char *name, size_t number);
void report_island_close(FILE *page);

#endif
