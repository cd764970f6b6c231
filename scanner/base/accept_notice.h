/* What a command says of acceptances that have ended, or that nothing was found for. */
#ifndef MXGRADE_SCANNER_ACCEPT_NOTICE_H
#define MXGRADE_SCANNER_ACCEPT_NOTICE_H

#include "output/record/record.h"

/* `path`: the file of --accept; NULL: there is none, and nothing is said. */
void accept_notice(const char *path, const struct acceptance_counts *counts);

#endif
