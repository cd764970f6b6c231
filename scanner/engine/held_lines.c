#include "scanner/engine/held_lines.h"

#include <stdlib.h>

void held_lines_init(struct held_lines *held)
{
    *held = (struct held_lines){.lines = STAILQ_HEAD_INITIALIZER(held->lines)};
}

static void free_versions(struct line_versions *versions)
{
    free(versions->plain.bytes);
    free(versions->doubted.bytes);
    free(versions->voided.bytes);
}

void held_lines_fini(struct held_lines *held)
{
    struct line_versions versions;
    while (held_lines_take(held, &versions)) {
        free_versions(&versions);
    }
}

bool held_lines_add(struct held_lines *held, const struct line_versions *versions)
{
    struct held_line *line = malloc(sizeof(*line));
    if (line != NULL) {
        line->versions = *versions;
        STAILQ_INSERT_TAIL(&held->lines, line, next);
        held->num_lines++;
    }
    return line != NULL;
}

bool held_lines_take(struct held_lines *held, struct line_versions *out_versions)
{
    struct held_line *line = STAILQ_FIRST(&held->lines);
    if (line == NULL) {
        return false;
    }
    STAILQ_REMOVE_HEAD(&held->lines, next);
    held->num_lines--;
    *out_versions = line->versions;
    free(line);
    return true;
}

void line_versions_send(struct line_versions *versions, struct finished_line *sent,
                        struct sink *sink)
{
    struct finished_line line = *sent;
    sent->bytes = NULL;
    free_versions(versions);
    sink_line(sink, line.bytes, line.len, &line.item);
}
