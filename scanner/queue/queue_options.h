/* Which options of a scan are a job's, and so the same on all workers. The others are a worker's
 * own: its resolver, its addresses, its pace, the networks that it may contact. */
#ifndef MXGRADE_SCANNER_QUEUE_OPTIONS_H
#define MXGRADE_SCANNER_QUEUE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

bool queue_option_is_of_job(const char *name, size_t len);

/* Is the text an option of a job, "--NAME=VALUE" with a value of one line? What stands in Redis may
 * come from anybody. */
bool queue_option_is_fine(const char *text, size_t len);

#endif
