/*
 * Lines out of a byte stream, however it is cut into packets. Ends at LF; one CR before it is
 * dropped; a lone LF, NUL bytes and over-long lines are tolerated (real servers send them). A line
 * keeps its first LINE_KEPT_MAX bytes, the rest is skipped. Memory is held only while a line is
 * incomplete, so a connection that waits costs nothing here.
 */
#ifndef MXGRADE_IO_LINE_READER_H
#define MXGRADE_IO_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 5321 section 4.5.3.1.5 allows 512 octets in a reply line; four times that is generous. */
#define LINE_KEPT_MAX 2048

/* All zero is an empty reader. */
struct line_reader {
    char *partial; /* the beginning of an incomplete line; malloc'ed, NULL when there is none */
    size_t partial_len;
};

enum line_status {
    LINE_READY,
    LINE_MORE, /* all input used up, no whole line */
    LINE_NO_MEMORY
};

/*
 * Takes bytes from *bytes / *len (both move on) until a line ends. The line is valid until the next
 * call and until the input goes away; it is not NUL-terminated.
 */
enum line_status line_reader_next(struct line_reader *reader, const char **bytes, size_t *len,
                                  const char **out_line, size_t *out_line_len);

/* Frees what is held; the reader is empty again. */
void line_reader_fini(struct line_reader *reader);

#endif
