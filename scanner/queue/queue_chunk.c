#include "scanner/queue/queue_chunk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t count_lines(const char *text, size_t len)
{
    size_t num = 0;
    for (size_t i = 0; i < len; i++) {
        num += text[i] == '\n';
    }
    return num;
}

/* Is it one that the scan will be able to read? A scan ends at a list that is broken. */
static bool is_readable(const char *line, size_t len, struct supplier_field *fields, char *scratch)
{
    struct supplier supplier;
    memcpy(scratch, line, len);
    return prepared_list_read(scratch, len, fields, &supplier);
}

static bool read_lines(struct queue_chunk *chunk, size_t len)
{
    struct supplier_field *fields = calloc(SUPPLIER_FIELDS_MAX, sizeof(*fields));
    char *scratch = malloc(PREPARED_LINE_MAX);
    uint64_t last = 0;
    bool ok = fields != NULL && scratch != NULL;
    int error = ok ? EINVAL : ENOMEM;
    for (size_t at = 0; at < len && ok;) {
        const char *line = chunk->text + at;
        const char *line_end = memchr(line, '\n', len - at);
        size_t line_len = line_end != NULL ? (size_t)(line_end - line) : 0;
        uint64_t number = line_end != NULL ? prepared_list_number(line, line_len) : 0;
        ok = number > last && number <= QUEUE_LINES_MAX && line_len < PREPARED_LINE_MAX &&
             is_readable(line, line_len, fields, scratch);
        last = number;
        chunk->lines[chunk->num_lines++] = (struct queue_line){
            .number = number, .offset = at, .len = line_len + 1, .state = QUEUE_LINE_OPEN};
        at += line_len + 1;
    }
    free(fields);
    free(scratch);
    errno = error;
    return ok;
}

struct queue_chunk *queue_chunk_new(const char *id, const char *text, size_t len)
{
    size_t num = count_lines(text, len);
    if (num == 0 || num > QUEUE_CHUNK_LINES_MAX || text[len - 1] != '\n') {
        errno = EINVAL;
        return NULL;
    }
    struct queue_chunk *chunk = calloc(1, sizeof(*chunk));
    if (chunk == NULL) {
        return NULL;
    }
    (void)snprintf(chunk->id, sizeof(chunk->id), "%s", id);
    chunk->text = malloc(len);
    chunk->lines = calloc(num, sizeof(*chunk->lines));
    if (chunk->text != NULL) {
        memcpy(chunk->text, text, len);
    }
    if (chunk->text == NULL || chunk->lines == NULL || !read_lines(chunk, len)) {
        int error = errno;
        queue_chunk_free(chunk);
        errno = error;
        return NULL;
    }
    chunk->num_open = chunk->num_left = chunk->num_lines;
    return chunk;
}

void queue_chunk_free(struct queue_chunk *chunk)
{
    if (chunk != NULL) {
        free(chunk->text);
        free(chunk->lines);
        free(chunk);
    }
}

struct queue_line *queue_chunk_line(const struct queue_chunk *chunk, uint64_t number)
{
    size_t low = 0, high = chunk->num_lines;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (chunk->lines[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < chunk->num_lines && chunk->lines[low].number == number ? &chunk->lines[low] : NULL;
}

void queue_chunk_set(struct queue_chunk *chunk, struct queue_line *line,
                     enum queue_line_state state)
{
    chunk->num_open -= line->state == QUEUE_LINE_OPEN;
    chunk->num_left -= line->state != QUEUE_LINE_DONE;
    line->state = state;
    chunk->num_open += line->state == QUEUE_LINE_OPEN;
    chunk->num_left += line->state != QUEUE_LINE_DONE;
}

static bool is_of_rest(const struct queue_chunk *chunk, const struct queue_line *line)
{
    return line->state != QUEUE_LINE_DONE || chunk->is_doubtful;
}

bool queue_chunk_rest(const struct queue_chunk *chunk, struct prepared_text *out_text)
{
    size_t len = out_text->len;
    for (size_t i = 0; i < chunk->num_lines; i++) {
        len += is_of_rest(chunk, &chunk->lines[i]) ? chunk->lines[i].len : 0;
    }
    char *bytes = realloc(out_text->bytes, len + 1);
    if (bytes == NULL) {
        return false;
    }
    out_text->bytes = bytes;
    out_text->capacity = len + 1;
    for (size_t i = 0; i < chunk->num_lines; i++) {
        const struct queue_line *line = &chunk->lines[i];
        if (is_of_rest(chunk, line)) {
            memcpy(bytes + out_text->len, chunk->text + line->offset, line->len);
            out_text->len += line->len;
        }
    }
    return true;
}
