/*
 * Result files read line by line, plain or (by their first bytes) zstd-compressed, in memory that
 * does not depend on their size. A source that was opened for cutting can shorten its file to what
 * has been marked as good.
 */
#ifndef MXGRADE_OUTPUT_LINE_SOURCE_H
#define MXGRADE_OUTPUT_LINE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_SOURCE_MAX (16u << 20) /* bytes of one line; a longer one is an error */

struct line_source;

enum line_source_status {
    LINE_SOURCE_LINE,
    LINE_SOURCE_PARTIAL, /* the last bytes of the file, without a line end */
    LINE_SOURCE_END,
    LINE_SOURCE_DAMAGED, /* the compression breaks here; nothing more can be read */
    LINE_SOURCE_ERROR    /* cannot read, or no memory: errno */
};

/* NULL with errno set. `writable`: line_source_cut() will be called; ETXTBSY if another process
 * writes the file. */
struct line_source *line_source_open(const char *path, bool writable);
void line_source_close(struct line_source *source);

bool line_source_is_compressed(const struct line_source *source);

/* The line, without its end, is valid until the next call. */
enum line_source_status line_source_next(struct line_source *source, const char **out_line,
                                         size_t *out_len);

/* How many line ends a file holds. False: it cannot be read, or its compression is damaged; errno.
 */
bool line_source_count(const char *path, uint64_t *out_lines);

/* Everything up to and including the line just read is to stay. */
void line_source_mark(struct line_source *source);

/*
 * Cuts the file behind the last mark (before the first line if there was none). A compressed file
 * is cut at the frame and what is to stay of it is written as a frame of its own. False: errno.
 */
bool line_source_cut(struct line_source *source);

#endif
