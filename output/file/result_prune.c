#include "output/file/result_prune.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/file/line_source.h"
#include "output/file/sink_file.h"

struct pruning {
    struct line_source *source; /* locks the file */
    struct sink_file kept;
    result_prune_keeps keeps;
    void *user;
    char *out_error;
    size_t error_size;
};

static bool tell(const struct pruning *pruning, const char *path, const char *problem)
{
    snprintf(pruning->out_error, pruning->error_size, "%s: %s", path, problem);
    return false;
}

/* The answer is in *out_stays; what is no record stays as it is. False on lack of memory. */
static bool look_at(const struct pruning *pruning, const char *line, size_t len, bool *out_stays)
{
    struct arena arena = {0};
    struct record record;
    enum record_read_status status = record_read(line, len, &arena, &record);
    *out_stays = status != RECORD_READ ||
                 (record.kind != RECORD_SUMMARY && pruning->keeps(pruning->user, &record));
    arena_free(&arena);
    return status != RECORD_READ_NO_MEMORY;
}

/* A line is handed out without its end, which stands behind it all the same. */
static bool copy_lines(struct pruning *pruning, const char *path)
{
    const char *line;
    size_t len;
    bool stays;
    enum line_source_status status;
    while ((status = line_source_next(pruning->source, &line, &len)) == LINE_SOURCE_LINE) {
        if (!look_at(pruning, line, len, &stays)) {
            return tell(pruning, path, "out of memory");
        }
        if (stays && !sink_file_line(&pruning->kept, line, len + 1)) {
            break; /* told of at the end */
        }
    }
    return status != LINE_SOURCE_ERROR || tell(pruning, path, strerror(errno));
}

static bool write_kept(struct pruning *pruning, const char *path, const char *kept_path)
{
    const struct sink_options options = {.path = kept_path, .advice = "remove it"};
    bool ok = sink_file_open(&pruning->kept, &options, pruning->out_error, pruning->error_size) &&
              copy_lines(pruning, path);
    if (ok) {
        sink_file_end(&pruning->kept);
    }
    sink_file_close(&pruning->kept);
    const char *error = sink_file_error(&pruning->kept);
    if (ok && error != NULL) {
        snprintf(pruning->out_error, pruning->error_size, "%s", error);
    }
    return ok && error == NULL;
}

/* The new file has the rights of the old one. */
static bool replace(const struct pruning *pruning, const char *path, const char *kept_path)
{
    struct stat info;
    return (stat(path, &info) == 0 && chmod(kept_path, info.st_mode & 07777) == 0 &&
            rename(kept_path, path) == 0) ||
           tell(pruning, path, strerror(errno));
}

bool result_prune(const char *path, result_prune_keeps keeps, void *user, char *out_error,
                  size_t error_size)
{
    struct pruning pruning = {
        .keeps = keeps, .user = user, .out_error = out_error, .error_size = error_size};
    char real[PATH_MAX], kept_path[PATH_MAX + 16];
    if (realpath(path, real) == NULL || (pruning.source = line_source_open(real, true)) == NULL) {
        return tell(&pruning, path, strerror(errno));
    }
    snprintf(kept_path, sizeof(kept_path), "%s.part%s", real,
             line_source_is_compressed(pruning.source) ? ".zst" : "");
    unlink(kept_path); /* of one that crashed: the lock says that nobody else writes it */
    bool ok = write_kept(&pruning, path, kept_path) && replace(&pruning, real, kept_path);
    if (!ok) {
        unlink(kept_path);
    }
    line_source_close(pruning.source);
    return ok;
}
