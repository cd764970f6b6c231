#include "output/file/result_lines.h"

#include <errno.h>
#include <stdlib.h>

struct result_lines {
    struct line_source *source;
    struct run_void run_void;
    uint64_t number; /* of the line that came last, from 1 on */
    const char *line;
    size_t len;
};

struct result_lines *result_lines_open(const char *path)
{
    struct result_lines *lines = calloc(1, sizeof(*lines));
    if (lines == NULL) {
        return NULL;
    }
    if (!run_void_find(&lines->run_void, path) ||
        (lines->source = line_source_open(path, false)) == NULL) {
        int error = errno;
        result_lines_close(lines);
        errno = error;
        return NULL;
    }
    return lines;
}

void result_lines_close(struct result_lines *lines)
{
    if (lines->source != NULL) {
        line_source_close(lines->source);
    }
    run_void_fini(&lines->run_void);
    free(lines);
}

bool result_lines_again(struct result_lines *lines, const char *path)
{
    struct line_source *source = line_source_open(path, false);
    if (source == NULL) {
        return false;
    }
    line_source_close(lines->source);
    lines->source = source;
    lines->number = 0;
    return true;
}

enum line_source_status result_lines_next(struct result_lines *lines, const char **out_line,
                                          size_t *out_len)
{
    enum line_source_status status = line_source_next(lines->source, &lines->line, &lines->len);
    *out_line = lines->line;
    *out_len = lines->len;
    lines->number += status == LINE_SOURCE_LINE ? 1 : 0;
    return status;
}

bool result_lines_is_void(const struct result_lines *lines)
{
    return run_void_covers(&lines->run_void, lines->number);
}

enum record_read_status result_lines_record(struct result_lines *lines, struct arena *arena,
                                            struct record *out_record)
{
    enum record_read_status status = record_read(lines->line, lines->len, arena, out_record);
    if (status == RECORD_READ && result_lines_is_void(lines) &&
        !run_void_apply(&lines->run_void.record, out_record, arena)) {
        status = RECORD_READ_NO_MEMORY;
    }
    return status;
}

const struct run_void_record *result_lines_void(const struct result_lines *lines)
{
    return lines->run_void.is_void ? &lines->run_void.record : NULL;
}
