#include "scanner/nightly/night_results.h"

#include <errno.h>
#include <string.h>

#include "output/file/line_source.h"
#include "output/record/record_read.h"

/* The writer begins each line so; other lines, by far the most, are not taken apart. */
static bool is_of_run(const char *line, size_t len)
{
    static const char *const begins[] = {"{\"type\":\"run\"", "{\"type\":\"run_void\"",
                                         "{\"type\":\"summary\""};
    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        if (len >= strlen(begins[i]) && memcmp(line, begins[i], strlen(begins[i])) == 0) {
            return true;
        }
    }
    return false;
}

static void take(struct night_results *results, const struct record *record)
{
    switch (record->kind) {
    case RECORD_RUN:
        results->has_run = true;
        results->run = record->run;
        break;
    case RECORD_RUN_VOID:
        results->is_void = true;
        break;
    case RECORD_SUMMARY:
        results->has_summary = true;
        results->summary = record->summary;
        break;
    case RECORD_ENDPOINT:
    case RECORD_DOMAIN:
    case RECORD_OTHER:
        break;
    }
}

bool night_results_read(struct night_results *results, const char *path)
{
    const char *line;
    size_t len;
    enum line_source_status status = LINE_SOURCE_END;
    *results = (struct night_results){.has_run = false};
    struct line_source *source = line_source_open(path, false);
    if (source == NULL) {
        return false;
    }
    bool has_memory = true;
    while (has_memory && (status = line_source_next(source, &line, &len)) == LINE_SOURCE_LINE) {
        struct record record;
        if (is_of_run(line, len)) {
            enum record_read_status read = record_read(line, len, &results->memory, &record);
            has_memory = read != RECORD_READ_NO_MEMORY;
            if (read == RECORD_READ) {
                take(results, &record);
            }
        }
    }
    int error = has_memory ? errno : ENOMEM;
    line_source_close(source);
    errno = error;
    return has_memory && status != LINE_SOURCE_ERROR;
}

void night_results_fini(struct night_results *results)
{
    arena_free(&results->memory);
}

bool night_results_are_whole(const struct night_results *results)
{
    return results->has_run && results->has_summary && results->summary.complete &&
           !results->is_void && results->summary.void_reason == VOID_NONE;
}
