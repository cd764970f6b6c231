/*
 * The records of a result file in their order, as readers may show them: those of a void run say
 * nothing of the servers (run_void.h). The file must be one that can be read twice.
 */
#ifndef MXGRADE_OUTPUT_RESULT_LINES_H
#define MXGRADE_OUTPUT_RESULT_LINES_H

#include "output/file/line_source.h"
#include "output/file/run_void.h"

struct result_lines;

/* NULL with errno set. */
struct result_lines *result_lines_open(const char *path);
void result_lines_close(struct result_lines *lines);

/* The first line comes next again. False with errno set: the file cannot be opened a second time.
 */
bool result_lines_again(struct result_lines *lines, const char *path);

/* The next line, as line_source_next() gives it. */
enum line_source_status result_lines_next(struct result_lines *lines, const char **out_line,
                                          size_t *out_len);

/* The record of the line that came last; otherwise as record_read(). */
enum record_read_status result_lines_record(struct result_lines *lines, struct arena *arena,
                                            struct record *out_record);

/* Is that line void? */
bool result_lines_is_void(const struct result_lines *lines);

/* What voids records of the file, as long as it is open; NULL: nothing does. */
const struct run_void_record *result_lines_void(const struct result_lines *lines);

#endif
