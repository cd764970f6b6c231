#include "output/file/sink_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

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
    while (len > 0) {
        ssize_t written = write(file->fd, bytes, len);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0 && errno == EAGAIN) {
            /* Somebody has made it non-blocking: whoever shares it with us, as a terminal is shared
             * with standard input, which is read so that a stop is noticed. */
            struct pollfd ready = {.fd = file->fd, .events = POLLOUT};
            poll(&ready, 1, -1);
            continue;
        }
        if (written < 0) {
            sink_file_fail(file, "write", errno);
            return false;
        }
        bytes += written;
        len -= (size_t)written;
    }
    return true;
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

/* Writes whole lines, or cuts the file back to the end of those before. */
static void write_whole(struct sink_file *file, const char *bytes, size_t len)
{
    bool ok = !atomic_load(&file->has_error) &&
              (file->is_zstd ? write_packed(file, bytes, len) : write_all(file, bytes, len));
    if (!file->is_file) {
        return;
    }
    if (ok) {
        file->good_end = lseek(file->fd, 0, SEEK_CUR);
        file->unsynced = true;
        sync_if_due(file, false);
    } else if (ftruncate(file->fd, file->good_end) == 0) {
        lseek(file->fd, file->good_end, SEEK_SET);
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

void sink_file_settle(struct sink_file *file)
{
    if (is_sync_due(file)) {
        sink_file_end(file);
        file->last_sync = clock_now();
    }
}

void sink_file_end(struct sink_file *file)
{
    flush(file);
    sync_if_due(file, true);
}

/* ---- Opening ---- */

static bool ends_with(const char *text, const char *end)
{
    size_t text_len = strlen(text), end_len = strlen(end);
    return text_len >= end_len && strcmp(text + text_len - end_len, end) == 0;
}

/* So that nobody is called whose results could not be kept. */
static bool is_writable(int fd, char *out_error, size_t error_size)
{
    int flags = fcntl(fd, F_GETFL);
    bool ok = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
    if (!ok) {
        snprintf(out_error, error_size, "cannot write to standard output: it is closed");
    }
    return ok;
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
        file->fd = STDOUT_FILENO;
        return is_writable(STDOUT_FILENO, out_error, error_size);
    }
    file->is_zstd = ends_with(path, ".zst");
    file->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    struct stat info;
    if (file->fd < 0 || fstat(file->fd, &info) != 0) {
        snprintf(out_error, error_size, "cannot write %s: %s", path, strerror(errno));
        return false;
    }
    file->is_file = S_ISREG(info.st_mode);
    /* Two runs in one file would be two halves of nothing. A file system without locks has none. */
    if (file->is_file && flock(file->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        snprintf(out_error, error_size, "%s: another run is writing this file", path);
        return false;
    }
    if (file->is_file && info.st_size > 0 && !file->options->append) {
        snprintf(out_error, error_size, "%s exists and is not empty: %s", path,
                 file->options->advice);
        return false;
    }
    if (file->is_file) {
        file->good_end = lseek(file->fd, 0, SEEK_END);
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
    if (file->fd >= 0 && file->fd != STDOUT_FILENO && close(file->fd) != 0) {
        sink_file_fail(file, "close", errno);
    }
    file->fd = -1;
    free(file->batch);
    free(file->packed);
    file->batch = NULL;
    file->packed = NULL;
}
