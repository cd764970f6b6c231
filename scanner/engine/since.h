/*
 * A scan of a part of the list (--since OLD): what need not be scanned is taken over from an
 * earlier file. The output is begun with the run record and the records that are taken over, and is
 * then gone on with as --resume goes on with a file that was cut short. So a run that is cut short
 * is continued by --resume, as any other.
 */
#ifndef MXGRADE_SCANNER_SINCE_H
#define MXGRADE_SCANNER_SINCE_H

#include "output/record/record.h"

struct run;

/*
 * Begins the run's output, whose run record is `mine`. The list is read once more. -1: go on;
 * otherwise the exit status to leave with (a message has been printed).
 */
int since_prepare(struct run *run, const struct run_record *mine);

#endif
