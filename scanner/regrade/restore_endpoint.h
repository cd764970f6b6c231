/*
 * An endpoint's record that was read from a result file, made again into what the judge reads.
 * What the file does not say because it follows from what it does is worked out here.
 */
#ifndef MXGRADE_SCANNER_RESTORE_ENDPOINT_H
#define MXGRADE_SCANNER_RESTORE_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "io/base/arena.h"
#include "output/record/record.h"

/*
 * `now` is the time that the run judged certificates at. The old verdict is taken out of the
 * record. What is made is in the arena. False on lack of memory.
 */
bool restore_endpoint(struct endpoint_record *record, int64_t now, struct arena *arena);

#endif
