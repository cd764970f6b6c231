/*
 * The data of the page: JSON, packed (RFC 1950) and written as base64 into inert script elements.
 * Nothing of base64 can end an element, whatever a server said; packed, the page is a seventh as
 * large, and browsers unpack faster than they read.
 */
#ifndef MXGRADE_OUTPUT_REPORT_ISLAND_H
#define MXGRADE_OUTPUT_REPORT_ISLAND_H

#include <stdbool.h>
#include <stdio.h>

#include "output/record/json_writer.h"

/* Packs one text after the other. */
struct report_packer;

/* NULL: no memory. */
struct report_packer *report_packer_new(void);
void report_packer_free(struct report_packer *packer);

/*
 * Writes an element with the packed JSON; `name` and `number` make its id. False: no memory, or
 * the stream has failed.
 */
bool report_island_write(struct report_packer *packer, FILE *page, const char *name, size_t number,
                         struct text json);

/* Writes what the writer holds as it is, for a text that is packed later. False: it, or the
 * stream, has failed. */
bool report_island_put_value(FILE *stream, const struct json_writer *value);

#endif
