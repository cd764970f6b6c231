/* What a command says of a result file whose run is void. */
#ifndef MXGRADE_SCANNER_VOID_NOTICE_H
#define MXGRADE_SCANNER_VOID_NOTICE_H

#include "output/record/record.h"

/* NULL: the run is not void, and nothing is said. */
void void_notice(const char *path, const struct run_void_record *why);

#endif
