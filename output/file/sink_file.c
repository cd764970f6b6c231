#include "output/file/sink_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "io/base/file_io.h"

#include "output/file/line_source.h"

/*
 * Lines are written together up to this size, or as soon as no more are waiting. A longer line, of
 * which lists and certificates can be the cause, goes alone.
 */
#define BATCH_SIZE (256u << 10)
#define ZSTD_LEVEL 3

/* ---- Errors ---- */

void sink_file_fail(struct sink_file *file, const char *what, int error)
{
    if (atomic_load(&file->has_error)) {
        return;
    }
    snprintf(file->error, sizeof(file->error), "%s: %s",
             file->fd != STDOUT_FILENO ? file->options->path : "standard output",
             error != 0 ? strerror(error) : what);
    atomic_store(&file->has_error, true);
    if (file->options->on_error != NULL) {
        file->options->on_error(file->options->user);
    }
}

const char *sink_file_error(const struct sink_file *file)
{
    return atomic_load(&file->has_error) ? file->error : NULL;
}

/* ---- Bytes ---- */

static bool write_all(struct sink_file *file, const char *bytes, size_t len)
{
    size_t written = file_write(file->fd, bytes, len);
    file->end += (off_t)written;
    if (written < len) {
        sink_file_fail(file, "write", errno);
    }
    return written == len;
}

/* ---- Other programs ---- */

static bool is_still_named(const struct sink_file *file, const struct stat *ours)
{
    struct stat named;
    if (stat(file->options->path, &named) != 0) {
        return errno != ENOENT && errno != ENOTDIR;
    }
    return named.st_dev == ours->st_dev && named.st_ino == ours->st_ino;
}

/* What another program has done to the file, or NULL. Others may write to a standard output, but
 * not shorten it. */
static const char *disturbance_of(const struct sink_file *file)
{
    struct stat now;
    if (!file->is_regular || fstat(file->fd, &now) != 0) {
        return NULL;
    }
    if (now.st_size < file->end) {
        return "another program has cut it short while it was written";
    }
    if (file->is_file && now.st_size > file->end) {
        return "another program has written to it as well";
    }
    if (file->is_named && (now.st_nlink == 0 || !is_still_named(file, &now))) {
        return "it was removed, moved or replaced while it was written";
    }
    return NULL;
}

static void note_disturbance(struct sink_file *file)
{
    const char *disturbance = atomic_load(&file->has_error) ? NULL : disturbance_of(file);
    if (disturbance != NULL) {
        file->is_disturbed = true;
        sink_file_fail(file, disturbance, 0);
    }
}

/* Reads the file again. */
static void check_lines(struct sink_file *file)
{
    uint64_t num_lines;
    char problem[128];
    if (!file->is_file || atomic_load(&file->has_error)) {
        return;
    }
    if (!line_source_count(file->options->path, &num_lines)) {
        sink_file_fail(file, "read", errno);
    } else if (num_lines != file->num_lines) {
        file->is_disturbed = true;
        snprintf(problem, sizeof(problem), "it holds %llu lines where %llu were written",
                 (unsigned long long)num_lines, (unsigned long long)file->num_lines);
        sink_file_fail(file, problem, 0);
    }
}

/* Each batch is a zstd frame of its own (RFC 8878 section 3.1), so that a cut loses one at most. */
static bool write_packed(struct sink_file *file, const char *bytes, size_t len)
{
    size_t size = ZSTD_compressBound(len);
    char *packed = size <= file->packed_size ? file->packed : malloc(size);
    if (packed == NULL) {
        sink_file_fail(file, "out of memory for a record", 0);
        return false;
    }
    size_t packed_len = ZSTD_compress(packed, size, bytes, len, ZSTD_LEVEL);
    bool ok = !ZSTD_isError(packed_len);
    if (!ok) {
        sink_file_fail(file, ZSTD_getErrorName(packed_len), 0);
    }
    ok = ok && write_all(file, packed, packed_len);
    if (packed != file->packed) {
        free(packed);
    }
    return ok;
}

static bool is_sync_due(const struct sink_file *file)
{
    return moment_between(file->last_sync, clock_now()) >= SINK_SYNC_SECONDS;
}

static void sync_if_due(struct sink_file *file, bool now)
{
    if (!file->is_file || !file->unsynced) {
        return;
    }
    if (now || is_sync_due(file)) {
        file->last_sync = clock_now();
        file->unsynced = false;
        if (fdatasync(file->fd) != 0) {
            sink_file_fail(file, "sync", errno);
        }
    }
}

static uint64_t count_line_ends(const char *bytes, size_t len)
{
    uint64_t num = 0;
    const char *end = bytes + len;
    while ((bytes = memchr(bytes, '\n', (size_t)(end - bytes))) != NULL) {
        num++;
        bytes++;
    }
    return num;
}

/* Writes whole lines, or cuts the file back to the end of those before. One that another program
 * has changed is left as it is. */
static void write_whole(struct sink_file *file, const char *bytes, size_t len)
{
    note_disturbance(file);
    bool ok = !atomic_load(&file->has_error) &&
              (file->is_zstd ? write_packed(file, bytes, len) : write_all(file, bytes, len));
    if (ok) {
        file->good_end = file->end;
        file->num_lines += count_line_ends(bytes, len);
    }
    if (ok && file->is_file) {
        file->unsynced = true;
        sync_if_due(file, false);
    } else if (file->is_file && !file->is_disturbed) {
        if (ftruncate(file->fd, file->good_end) == 0) {
            file->end = file->good_end;
        }
    }
}

static void flush(struct sink_file *file)
{
    if (file->batch_len > 0) {
        write_whole(file, file->batch, file->batch_len);
        file->batch_len = 0;
    }
}

/* ---- Lines ---- */

bool sink_file_line(struct sink_file *file, const char *bytes, size_t len)
{
    if (file->batch_len + len > BATCH_SIZE) {
        flush(file);
    }
    if (len > BATCH_SIZE) {
        write_whole(file, bytes, len);
    } else if (len > 0) {
        memcpy(file->batch + file->batch_len, bytes, len);
        file->batch_len += len;
    }
    return !atomic_load(&file->has_error);
}

/* Compressed, small frames cost space: they are written when full, or when it is time to sync. */
void sink_file_pause(struct sink_file *file)
{
    if (!file->is_zstd) {
        flush(file);
    }
}

bool sink_file_is_unsettled(const struct sink_file *file)
{
    return file->batch_len > 0 || file->unsynced;
}

static void settle_now(struct sink_file *file)
{
    flush(file);
    sync_if_due(file, true);
    note_disturbance(file);
}

void sink_file_settle(struct sink_file *file)
{
    if (is_sync_due(file)) {
        settle_now(file);
        file->last_sync = clock_now();
    }
}

void sink_file_end(struct sink_file *file)
{
    settle_now(file);
    check_lines(file);
}

/* ---- Opening ---- */

static bool ends_with(const char *text, const char *end)
{
    size_t text_len = strlen(text), end_len = strlen(end);
    return text_len >= end_len && strcmp(text + text_len - end_len, end) == 0;
}

/*
 * Two runs in one file would be two halves of nothing. Those that share a descriptor, as a shell
 * hands it on, share the lock as well, and write one after the other's end. A file system without
 * locks has none.
 */
static bool lock(const struct sink_file *file)
{
    return flock(file->fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

/* So that nobody is called whose results could not be kept. */
static bool take_standard_output(struct sink_file *file, char *out_error, size_t error_size)
{
    file->fd = STDOUT_FILENO;
    int flags = fcntl(file->fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
        snprintf(out_error, error_size, "cannot write to standard output: it is closed");
        return false;
    }
    struct stat info;
    file->is_regular = fstat(file->fd, &info) == 0 && S_ISREG(info.st_mode);
    if (file->is_regular && !lock(file)) {
        snprintf(out_error, error_size, "standard output: another run is writing this file");
        return false;
    }
    if (file->is_regular) {
        file->end = (flags & O_APPEND) != 0 ? info.st_size : lseek(file->fd, 0, SEEK_CUR);
    }
    return true;
}

/* A file that is new is only there after a power cut if its folder was synced, too. */
static void sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int len = slash == NULL ? 0 : (int)(slash - path) + 1;
    snprintf(folder, sizeof(folder), "%.*s.", len, path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) { /* else it is one that may be written and not read: nothing can be done */
        fsync(fd);
        close(fd);
    }
}

static bool open_path(struct sink_file *file, char *out_error, size_t error_size)
{
    const char *path = file->options->path;
    if (path == NULL || strcmp(path, "-") == 0) {
        return take_standard_output(file, out_error, error_size);
    }
    file->is_zstd = ends_with(path, ".zst");
    file->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    struct stat info;
    if (file->fd < 0 || fstat(file->fd, &info) != 0) {
        snprintf(out_error, error_size, "cannot write %s: %s", path, strerror(errno));
        return false;
    }
    file->is_file = S_ISREG(info.st_mode);
    file->is_named = file->is_file && info.st_nlink > 0;
    file->is_regular = file->is_file;
    if (file->is_file && !lock(file)) {
        snprintf(out_error, error_size, "%s: another run is writing this file", path);
        return false;
    }
    if (file->is_file && info.st_size > 0 && !file->options->append) {
        snprintf(out_error, error_size, "%s exists and is not empty: %s", path,
                 file->options->advice);
        return false;
    }
    if (info.st_size > 0 && file->is_file && !line_source_count(path, &file->num_lines)) {
        snprintf(out_error, error_size, "%s: cannot be read: %s", path, strerror(errno));
        return false;
    }
    if (file->is_file) {
        file->end = file->good_end = info.st_size;
        sync_folder(path);
    }
    return true;
}

bool sink_file_open(struct sink_file *file, const struct sink_options *options, char *out_error,
                    size_t error_size)
{
    file->options = options;
    file->fd = -1;
    /* Long ago: the line of the run, without which nothing can be continued, is synced at once. */
    file->last_sync = (struct moment){0};
    file->packed_size = ZSTD_compressBound(BATCH_SIZE);
    file->batch = malloc(BATCH_SIZE);
    file->packed = malloc(file->packed_size);
    if (file->batch == NULL || file->packed == NULL) {
        snprintf(out_error, error_size, "out of memory");
        return false;
    }
    return open_path(file, out_error, error_size);
}

void sink_file_close(struct sink_file *file)
{
    if (file->fd == STDOUT_FILENO && file->is_regular) {
        flock(file->fd, LOCK_UN); /* others may hold the descriptor for longer */
    }
    if (file->fd >= 0 && file->fd != STDOUT_FILENO && close(file->fd) != 0) {
        sink_file_fail(file, "close", errno);
    }
    file->fd = -1;
    free(file->batch);
    free(file->packed);
    file->batch = NULL;
    file->packed = NULL;
}
