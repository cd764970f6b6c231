/* Histories as text for people. What comes from records can do nothing to a terminal. */
#ifndef MXGRADE_OUTPUT_HISTORY_TEXT_H
#define MXGRADE_OUTPUT_HISTORY_TEXT_H

#include <stdio.h>

#include "output/history/history_past.h"

struct history_text {
    FILE *stream;
    bool utf8;
};

void history_text_runs(const struct history_text *out, const struct history_runs *runs);
void history_text_past(const struct history_text *out, const struct history_past *past);

#endif
