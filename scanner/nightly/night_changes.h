/* What differs between two nights, written as `mxgrade diff` writes it. */
#ifndef MXGRADE_SCANNER_NIGHT_CHANGES_H
#define MXGRADE_SCANNER_NIGHT_CHANGES_H

#include "output/diff/diff.h"

enum night_changes_status {
    NIGHT_CHANGES_WRITTEN,
    NIGHT_CHANGES_NO_BEFORE, /* the earlier night cannot be read: there is nothing to compare */
    NIGHT_CHANGES_FAILED
};

/*
 * Writes the lines to `path`, whole or not at all. A certificate that nears its end is among them
 * once for each of 30, 14, 7 and 1 days. Where it is not WRITTEN a sentence is in out_error.
 */
enum night_changes_status night_changes_write(const char *before, const char *after,
                                              const char *path, struct diff_totals *out_totals,
                                              char *out_error, size_t error_size);

/* Is there something that somebody should be told? What was not observed is no change. */
bool night_changes_are_news(const struct diff_totals *totals);

#endif
