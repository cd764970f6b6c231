#include "scanner/queue/queue_outbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/base/file_io.h"
#include "scanner/base/log.h"

#define ENDING      ".results"
#define MAGIC       "#mxgrade results "
#define FOLDER_MODE 0700

/* ---- Batches ---- */

static void free_batch(struct queue_batch *batch)
{
    free(batch->text);
    free(batch->lines);
    free(batch->path);
    free(batch);
}

static struct queue_batch *new_batch(const char *job)
{
    struct queue_batch *batch = calloc(1, sizeof(*batch));
    if (batch != NULL) {
        (void)snprintf(batch->job, sizeof(batch->job), "%s", job);
    }
    return batch;
}

static bool add_line(struct queue_batch *batch, uint64_t line)
{
    if (batch->num_lines == batch->max_lines) {
        size_t max_lines = 2 * batch->max_lines + 64;
        uint64_t *lines = realloc(batch->lines, max_lines * sizeof(*lines));
        if (lines == NULL) {
            return false;
        }
        batch->lines = lines;
        batch->max_lines = max_lines;
    }
    batch->lines[batch->num_lines++] = line;
    return true;
}

static bool add_text(struct queue_batch *batch, const char *record, size_t len)
{
    if (batch->len + len + 1 > batch->capacity) {
        size_t capacity = 2 * batch->capacity + len + 4096;
        char *text = realloc(batch->text, capacity);
        if (text == NULL) {
            return false;
        }
        batch->text = text;
        batch->capacity = capacity;
    }
    memcpy(batch->text + batch->len, record, len);
    batch->len += len;
    batch->text[batch->len++] = '\n';
    return true;
}

bool queue_outbox_add(struct queue_outbox *outbox, const char *job, const char *record, size_t len,
                      uint64_t line)
{
    struct queue_batch *batch = TAILQ_LAST(&outbox->batches, queue_batches);
    if (!outbox->has_open) {
        batch = new_batch(job);
        if (batch == NULL) {
            return false;
        }
        TAILQ_INSERT_TAIL(&outbox->batches, batch, next);
        outbox->has_open = true;
    }
    bool ok = add_text(batch, record, len) && (line == 0 || add_line(batch, line));
    if (batch->len >= QUEUE_BATCH_BYTES || batch->num_lines >= QUEUE_BATCH_LINES_MAX) {
        outbox->has_open = false;
    }
    return ok;
}

void queue_outbox_close(struct queue_outbox *outbox)
{
    outbox->has_open = false;
}

void queue_outbox_remove(struct queue_outbox *outbox, struct queue_batch *batch)
{
    if (batch->path != NULL && unlink(batch->path) != 0) {
        log_message("%s: %s: it was delivered, and will be once more", batch->path,
                    strerror(errno));
    }
    TAILQ_REMOVE(&outbox->batches, batch, next);
    free_batch(batch);
}

void queue_outbox_drop(struct queue_outbox *outbox, const char *job)
{
    struct queue_batch *batch = TAILQ_FIRST(&outbox->batches);
    queue_outbox_close(outbox);
    while (batch != NULL) {
        struct queue_batch *next = TAILQ_NEXT(batch, next);
        if (strcmp(batch->job, job) == 0) {
            queue_outbox_remove(outbox, batch);
        }
        batch = next;
    }
}

/* ---- Files ---- */

/* The first line names the job and the lines of the list. */
static char *make_head(const struct queue_batch *batch, size_t *out_len)
{
    char *head = NULL;
    FILE *stream = open_memstream(&head, out_len);
    if (stream == NULL) {
        return NULL;
    }
    fprintf(stream, MAGIC "%s", batch->job);
    for (size_t i = 0; i < batch->num_lines; i++) {
        fprintf(stream, " %" PRIu64, batch->lines[i]);
    }
    fputc('\n', stream);
    return fclose(stream) == 0 ? head : NULL;
}

static bool write_file(const struct queue_batch *batch, const char *path)
{
    size_t head_len;
    char *head = make_head(batch, &head_len);
    int fd = head != NULL ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    bool ok = fd >= 0 && file_write(fd, head, head_len) == head_len &&
              file_write(fd, batch->text, batch->len) == batch->len && fdatasync(fd) == 0;
    int error = errno;
    if (fd >= 0 && close(fd) != 0) {
        ok = false;
    }
    free(head);
    errno = error;
    return ok;
}

/* Under another name first: a file that has the ending is whole. */
static bool spill(struct queue_outbox *outbox, struct queue_batch *batch)
{
    char *path = NULL, *unfinished = NULL;
    bool ok = asprintf(&path, "%s/%s.%s.%08u" ENDING, outbox->folder, batch->job, outbox->worker,
                       outbox->number++) > 0 &&
              asprintf(&unfinished, "%s.new", path) > 0 && write_file(batch, unfinished) &&
              rename(unfinished, path) == 0;
    if (!ok) {
        log_message("%s: results cannot be kept there: %s", outbox->folder, strerror(errno));
        if (unfinished != NULL) {
            (void)unlink(unfinished);
        }
        free(path);
    } else {
        batch->path = path;
        free(batch->text);
        batch->text = NULL;
    }
    free(unfinished);
    return ok;
}

bool queue_outbox_spill(struct queue_outbox *outbox)
{
    struct queue_batch *batch;
    bool ok = true;
    TAILQ_FOREACH(batch, &outbox->batches, next)
    {
        bool is_open = outbox->has_open && TAILQ_NEXT(batch, next) == NULL;
        if (ok && batch->path == NULL && !is_open) {
            ok = spill(outbox, batch);
        }
    }
    return ok;
}

static char *read_file(const char *path, size_t *out_len)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    char *text = NULL;
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
        status.st_size <= (off_t)QUEUE_BATCH_BYTES_MAX) {
        text = malloc((size_t)status.st_size + 1);
    }
    ssize_t len = text != NULL ? file_read_at(fd, text, (size_t)status.st_size, 0) : -1;
    if (fd >= 0) {
        close(fd);
    }
    if (len <= 0) {
        free(text);
        return NULL;
    }
    text[len] = '\0';
    *out_len = (size_t)len;
    return text;
}

/* Takes the job and the lines of a file's first line, whose NUL is in place of its end. */
static bool read_head(struct queue_batch *batch, char *head)
{
    char *rest = NULL;
    if (strncmp(head, MAGIC, sizeof(MAGIC) - 1) != 0) {
        return false;
    }
    const char *job = strtok_r(head + sizeof(MAGIC) - 1, " ", &rest);
    if (job == NULL || !queue_is_name(job)) {
        return false;
    }
    (void)snprintf(batch->job, sizeof(batch->job), "%s", job);
    batch->num_lines = 0;
    for (const char *word; (word = strtok_r(NULL, " ", &rest)) != NULL;) {
        char *end;
        unsigned long long line = strtoull(word, &end, 10);
        if (*end != '\0' || line == 0 || line > QUEUE_LINES_MAX || !add_line(batch, line)) {
            return false;
        }
    }
    return true;
}

static bool load(struct queue_batch *batch)
{
    size_t len;
    char *text = read_file(batch->path, &len);
    char *head_end = text != NULL ? memchr(text, '\n', len) : NULL;
    if (head_end == NULL) {
        free(text);
        return false;
    }
    *head_end = '\0';
    if (!read_head(batch, text)) {
        free(text);
        return false;
    }
    batch->len = len - (size_t)(head_end + 1 - text);
    memmove(text, head_end + 1, batch->len);
    batch->text = text;
    batch->capacity = len;
    return true;
}

struct queue_batch *queue_outbox_first(struct queue_outbox *outbox)
{
    struct queue_batch *batch;
    while ((batch = TAILQ_FIRST(&outbox->batches)) != NULL) {
        if (outbox->has_open && TAILQ_NEXT(batch, next) == NULL) {
            return NULL;
        }
        bool is_own = batch->job[0] != '\0'; /* the job of another's is known once it is loaded */
        if (batch->text != NULL || load(batch)) {
            return batch;
        }
        outbox->has_lost |= is_own;
        log_message("%s: it holds no results of a worker, and is left there", batch->path);
        TAILQ_REMOVE(&outbox->batches, batch, next);
        free_batch(batch);
    }
    return NULL;
}

/* ---- Life and death ---- */

static bool has_ending(const char *name)
{
    size_t len = strlen(name), ending_len = sizeof(ENDING) - 1;
    return len > ending_len && strcmp(name + len - ending_len, ENDING) == 0;
}

/* A file that is made later must have another name than one that still waits. */
static void note_number(struct queue_outbox *outbox, const char *name)
{
    const char *end = name + strlen(name) - (sizeof(ENDING) - 1), *begin = end;
    while (begin > name && begin[-1] >= '0' && begin[-1] <= '9') {
        begin--;
    }
    unsigned long number = strtoul(begin, NULL, 10);
    if (begin < end && number < UINT32_MAX && number >= outbox->number) {
        outbox->number = (unsigned)number + 1;
    }
}

static bool take_over(struct queue_outbox *outbox, const char *name)
{
    struct queue_batch *batch = new_batch("");
    if (batch == NULL || asprintf(&batch->path, "%s/%s", outbox->folder, name) < 0) {
        free(batch);
        log_message("out of memory");
        return false;
    }
    /* In the order in which they were made: endpoints come before the domains that rest on them. */
    struct queue_batch *before = TAILQ_FIRST(&outbox->batches);
    while (before != NULL && strcmp(before->path, batch->path) < 0) {
        before = TAILQ_NEXT(before, next);
    }
    if (before != NULL) {
        TAILQ_INSERT_BEFORE(before, batch, next);
    } else {
        TAILQ_INSERT_TAIL(&outbox->batches, batch, next);
    }
    return true;
}

/* The folder's name can be guessed, and it may be where everybody may make one: results of a
 * stranger would be delivered as this worker's. NULL after a message. */
static DIR *open_folder(struct queue_outbox *outbox)
{
    const char *folder = outbox->folder;
    struct stat status;
    if (mkdir(folder, FOLDER_MODE) == 0 || errno == EEXIST) {
        outbox->lock = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (outbox->lock < 0 || fstat(outbox->lock, &status) != 0) {
        log_message("--spool %s: %s", folder, strerror(errno));
        return NULL;
    }
    if (status.st_uid != geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        log_message("--spool %s: the folder has to belong to the user that the worker runs as, and "
                    "nobody else may write to it",
                    folder);
        return NULL;
    }
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        log_message("--spool %s: %s", folder, strerror(errno));
    }
    return directory;
}

bool queue_outbox_init(struct queue_outbox *outbox, const char *folder, const char *worker)
{
    *outbox = (struct queue_outbox){.folder = folder, .worker = worker, .lock = -1};
    TAILQ_INIT(&outbox->batches);
    DIR *directory = open_folder(outbox);
    if (directory == NULL) {
        return false;
    }
    if (flock(outbox->lock, LOCK_EX | LOCK_NB) != 0) {
        log_message("--spool %s: another worker has it; give this one another --name or --spool",
                    folder);
        closedir(directory);
        return false;
    }
    const struct dirent *entry;
    bool ok = true;
    size_t num = 0;
    while (ok && (entry = readdir(directory)) != NULL) {
        if (has_ending(entry->d_name)) {
            ok = take_over(outbox, entry->d_name);
            note_number(outbox, entry->d_name);
            num++;
        }
    }
    closedir(directory);
    if (ok && num > 0) {
        log_message("%s holds results that an earlier worker could not deliver: %zu files", folder,
                    num);
    }
    return ok;
}

void queue_outbox_fini(struct queue_outbox *outbox)
{
    struct queue_batch *batch;
    while ((batch = TAILQ_FIRST(&outbox->batches)) != NULL) {
        TAILQ_REMOVE(&outbox->batches, batch, next);
        free_batch(batch);
    }
    if (outbox->lock >= 0) {
        close(outbox->lock);
    }
}
