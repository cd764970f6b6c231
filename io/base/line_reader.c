#include "io/base/line_reader.h"

#include <stdlib.h>
#include <string.h>

/* Room for the kept bytes plus the one CR that may end them. */
#define PARTIAL_SIZE (LINE_KEPT_MAX + 1)

static size_t without_cr(const char *line, size_t len)
{
    return len > 0 && line[len - 1] == '\r' ? len - 1 : len;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool keep(struct line_reader *reader, const char *bytes, size_t len)
{
    if (reader->partial == NULL) {
        reader->partial = malloc(PARTIAL_SIZE);
        if (reader->partial == NULL) {
            return false;
        }
    }
    size_t room = PARTIAL_SIZE - reader->partial_len;
    size_t kept = smaller(len, room);
    memcpy(reader->partial + reader->partial_len, bytes, kept);
    reader->partial_len += kept;
    return true;
}

enum line_status line_reader_next(struct line_reader *reader, const char **bytes, size_t *len,
                                  const char **out_line, size_t *out_line_len)
{
    if (reader->partial != NULL && reader->partial_len == 0) {
        line_reader_fini(reader); /* the line handed out last time */
    }
    const char *start = *bytes;
    const char *end = *len > 0 ? memchr(start, '\n', *len) : NULL;
    size_t used = end != NULL ? (size_t)(end - start) + 1 : *len;
    *bytes += used;
    *len -= used;
    if (end == NULL) {
        return used == 0 || keep(reader, start, used) ? LINE_MORE : LINE_NO_MEMORY;
    }
    const char *line = start;
    size_t line_len = used - 1;
    if (reader->partial != NULL) {
        if (!keep(reader, start, line_len)) {
            return LINE_NO_MEMORY;
        }
        line = reader->partial;
        line_len = reader->partial_len;
        reader->partial_len = 0;
    }
    *out_line = line;
    *out_line_len = smaller(without_cr(line, smaller(line_len, PARTIAL_SIZE)), LINE_KEPT_MAX);
    return LINE_READY;
}

void line_reader_fini(struct line_reader *reader)
{
    free(reader->partial);
    reader->partial = NULL;
    reader->partial_len = 0;
}
