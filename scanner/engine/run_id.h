/* What tells the records of one run from those of all others. */
#ifndef MXGRADE_SCANNER_RUN_ID_H
#define MXGRADE_SCANNER_RUN_ID_H

#include "output/record/record.h"

/* Writes a new id, random bits in hexadecimal and a NUL. */
void run_id_new(char out_id[RUN_ID_LEN + 1]);

#endif
