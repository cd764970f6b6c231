/*
 * Completes an endpoint's record that was read from a result file, so that it can be judged again.
 * A result file leaves out what follows from the rest of the record; that is worked out here.
 */
#ifndef MXGRADE_SCANNER_RESTORE_ENDPOINT_H
#define MXGRADE_SCANNER_RESTORE_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "io/base/arena.h"
#include "output/record/record.h"

/*
 * `now` is the time that the run judged certificates at. Removes the old verdict from the record.
 * New lists are in the arena. False on lack of memory.
 */
bool restore_endpoint(struct endpoint_record *record, int64_t now, struct arena *arena);

#endif
