#include "scanner/engine/feeder.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/base/clock.h"
#include "io/base/file_io.h"
#include "io/list/supplier_list.h"
#include "scanner/engine/list_notices.h"
#include "scanner/engine/list_reading.h"
#include "scanner/engine/run.h"
#include "scanner/engine/target.h"

/* Results that wait for a slow writer; beyond it nothing new is admitted. */
#define BACKLOG_MAX (64u << 20)
#define POLL_MS     200
/* Lists are often sorted by who hosts whom: so many lines are held back and sent in random order,
 * so that one provider's are not called all at once. */
#define SHUFFLE_MAX 512

struct feeder {
    struct run *run;
    int fd;
    struct supplier_list *list;
    struct supplier first; /* of the list, where has_first; valid until the list is asked again */
    bool has_first;
    const struct file_digest *digest; /* of the list as it was at first */
    struct digest_of_bytes seen;      /* of what has been read of it */
    const struct line_set *done_lines;
    pthread_t thread;
    bool is_joined;        /* or was never started */
    pthread_mutex_t mutex; /* for the condition only: nothing hot happens here */
    pthread_cond_t credit;
    atomic_bool stop;
    atomic_bool done;
    atomic_uint_fast64_t num_lines;
    atomic_uint_fast64_t num_others; /* of other shards */
    struct list_notices notices;
    char error[512];
    struct target *held[SHUFFLE_MAX];
    size_t num_held;
};

/* ---- Sets of lines ---- */

bool line_set_add(struct line_set *set, uint64_t line)
{
    size_t word = (size_t)(line / 64);
    if (word >= set->num_words) {
        size_t num_words = word * 2 + 64;
        uint64_t *bits = realloc(set->bits, num_words * sizeof(*bits));
        if (bits == NULL) {
            return false;
        }
        memset(bits + set->num_words, 0, (num_words - set->num_words) * sizeof(*bits));
        set->bits = bits;
        set->num_words = num_words;
    }
    set->bits[word] |= UINT64_C(1) << (line % 64);
    return true;
}

bool line_set_has(const struct line_set *set, uint64_t line)
{
    size_t word = (size_t)(line / 64);
    return word < set->num_words && (set->bits[word] >> (line % 64) & 1) != 0;
}

void line_set_fini(struct line_set *set)
{
    free(set->bits);
    *set = (struct line_set){0};
}

/* ---- Opening ---- */

int feeder_open(const char *path, struct file_digest *out_digest, char *out_error,
                size_t error_size)
{
    memset(out_digest, 0, sizeof(*out_digest));
    if (strcmp(path, "-") == 0) {
        return STDIN_FILENO;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) {
        snprintf(out_error, error_size, "%s: %s", path, strerror(errno));
    } else if (S_ISDIR(info.st_mode)) {
        snprintf(out_error, error_size, "%s is a directory, not a list", path);
    } else if (S_ISREG(info.st_mode) && !file_digest_of(fd, out_digest)) {
        snprintf(out_error, error_size, "%s: %s", path, strerror(errno));
    } else {
        return fd;
    }
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

/* ---- Lines to targets ---- */

static struct target *make_target(struct feeder *feeder, const struct supplier *supplier,
                                  bool *out_skip)
{
    struct run *run = feeder->run;
    struct list_reading reading = list_reading_of(run, supplier);
    struct target *target = NULL;
    *out_skip = !list_reading_is_own(run->config, supplier, &reading);
    if (*out_skip) {
        atomic_fetch_add(&feeder->num_others, 1);
    } else if (reading.problem != NULL) {
        list_notices_add(&feeder->notices, supplier->line, reading.problem);
        target = target_new(run, supplier, NULL, DOMAIN_FORM_NONE, reading.problem);
    } else if (run->config->hosts) {
        target = target_new_place(run, &reading.place);
    } else {
        target = target_new(run, supplier, reading.domain, reading.form, NULL);
    }
    list_reading_release(&reading);
    return target;
}

static bool has_credit(struct feeder *feeder)
{
    struct run *run = feeder->run;
    uint64_t in_flight = counter_read(&run->targets_admitted) - counter_read(&run->targets_done);
    return in_flight < run->max_targets && !run_has_too_many_short(run) &&
           !atomic_load(&run->is_held) && sink_backlog(run->sink) < BACKLOG_MAX;
}

/* False: stop. */
static bool await_credit(struct feeder *feeder)
{
    pthread_mutex_lock(&feeder->mutex);
    while (!atomic_load(&feeder->stop) && !has_credit(feeder)) {
        /* The writer's backlog wakes nobody. */
        clock_cond_wait(&feeder->credit, &feeder->mutex, POLL_MS / 1000.);
    }
    pthread_mutex_unlock(&feeder->mutex);
    return !atomic_load(&feeder->stop);
}

static size_t random_below(size_t limit)
{
    uint32_t number;
    RAND_bytes((uint8_t *)&number, sizeof(number));
    return number % limit;
}

/* Holds it back, and sends a random one of those held once there are enough. */
static void send_shuffled(struct feeder *feeder, struct target *target)
{
    if (feeder->num_held < SHUFFLE_MAX) {
        feeder->held[feeder->num_held++] = target;
        counter_add(&feeder->run->targets_held, 1);
        return;
    }
    size_t chosen = random_below(SHUFFLE_MAX);
    target_post(feeder->held[chosen]);
    feeder->held[chosen] = target;
}

static void send_held(struct feeder *feeder)
{
    while (feeder->num_held > 0) {
        size_t chosen = random_below(feeder->num_held);
        target_post(feeder->held[chosen]);
        feeder->held[chosen] = feeder->held[--feeder->num_held];
        counter_subtract(&feeder->run->targets_held, 1);
    }
}

static bool admit(struct feeder *feeder, const struct supplier *supplier)
{
    atomic_fetch_add(&feeder->num_lines, 1);
    if (line_set_has(feeder->done_lines, supplier->line)) {
        return true;
    }
    if (!await_credit(feeder)) {
        return false;
    }
    bool skip;
    struct target *target = make_target(feeder, supplier, &skip);
    if (target == NULL) {
        if (!skip) {
            snprintf(feeder->error, sizeof(feeder->error), "out of memory at line %llu",
                     (unsigned long long)supplier->line);
        }
        return skip;
    }
    counter_add(&feeder->run->targets_admitted, 1);
    send_shuffled(feeder, target);
    return true;
}

/* Rows of CSV need their header first, and what is in it only the list knows. */
static bool announce_columns(struct feeder *feeder, const struct supplier_list *list)
{
    struct run *run = feeder->run;
    struct supplier_field columns[SUPPLIER_FIELDS_MAX];
    if (run->csv == NULL || emit_csv_has_header(run->csv)) {
        return true;
    }
    size_t num_columns = supplier_list_columns(list, columns);
    if (!emit_csv_header(run->csv, run->sink, columns, num_columns)) {
        snprintf(feeder->error, sizeof(feeder->error), "out of memory for the list's columns");
        return false;
    }
    return true;
}

static void await_input(const struct feeder *feeder)
{
    struct pollfd input = {.fd = feeder->fd, .events = POLLIN};
    poll(&input, 1, POLL_MS);
}

static enum supplier_list_status next_supplier(struct feeder *feeder, struct supplier *out)
{
    if (feeder->has_first) {
        feeder->has_first = false;
        *out = feeder->first;
        return SUPPLIER_LIST_ITEM;
    }
    return supplier_list_next(feeder->list, out);
}

static void say_endless(const struct feeder *feeder, char *out_error, size_t error_size)
{
    snprintf(out_error, error_size,
             "line %llu goes on for more than %u MiB: this is no list of names, and reading it "
             "ends here",
             (unsigned long long)supplier_list_line(feeder->list), SUPPLIER_LINE_ENDLESS >> 20);
}

static const char *why_unread(const struct feeder *feeder)
{
    const char *problem = supplier_list_problem(feeder->list);
    return problem != NULL ? problem : strerror(errno);
}

static void note_bytes(void *user, const void *bytes, size_t len)
{
    struct feeder *feeder = user;
    digest_add(&feeder->seen, bytes, len);
}

/* What the list ended before, such as the rest of a file that is no text, is read too. */
static bool is_list_as_before(struct feeder *feeder)
{
    struct file_digest digest;
    char buffer[4096];
    ssize_t len;
    if (feeder->digest->sha256[0] == '\0') { /* no file: nobody has read it before */
        return true;
    }
    while ((len = file_read(feeder->fd, buffer, sizeof(buffer))) > 0) {
        note_bytes(feeder, buffer, (size_t)len);
    }
    digest_end(&feeder->seen, &digest);
    return len == 0 && strcmp(digest.sha256, feeder->digest->sha256) == 0;
}

/* A list is read twice: its digest is in the results before its first line is asked about. */
static void check_list(struct feeder *feeder)
{
    if (!is_list_as_before(feeder)) {
        snprintf(feeder->error, sizeof(feeder->error),
                 "the list was changed while it was read, so that lines may be missing; scan it "
                 "again, into another file");
    }
}

static void read_list(struct feeder *feeder)
{
    struct supplier supplier;
    bool go_on = true;
    while (go_on && !atomic_load(&feeder->stop)) {
        switch (next_supplier(feeder, &supplier)) {
        case SUPPLIER_LIST_ITEM:
            list_notices_look(&feeder->notices, feeder->list);
            go_on = announce_columns(feeder, feeder->list) && admit(feeder, &supplier);
            break;
        case SUPPLIER_LIST_AGAIN:
            send_held(feeder); /* a list that trickles is not made to wait */
            await_input(feeder);
            break;
        case SUPPLIER_LIST_PASSED:
            break;
        case SUPPLIER_LIST_UNCLEAR: /* found before the first item */
            go_on = false;
            break;
        case SUPPLIER_LIST_END:
            check_list(feeder);
            go_on = false;
            break;
        case SUPPLIER_LIST_ENDLESS:
            say_endless(feeder, feeder->error, sizeof(feeder->error));
            go_on = false;
            break;
        case SUPPLIER_LIST_ERROR:
            snprintf(feeder->error, sizeof(feeder->error), "cannot read the list: %s",
                     why_unread(feeder));
            go_on = false;
            break;
        }
    }
}

static void *feeder_main(void *argument)
{
    struct feeder *feeder = argument;
    /* So that a stop is noticed while nothing comes. A file of ours is always ready. */
    int flags = fcntl(feeder->fd, F_GETFL);
    bool is_changed = flags >= 0 && (flags & O_NONBLOCK) == 0 &&
                      fcntl(feeder->fd, F_SETFL, flags | O_NONBLOCK) == 0;
    read_list(feeder);
    send_held(feeder);
    if (is_changed) {
        fcntl(feeder->fd, F_SETFL, flags); /* standard input may be shared with the shell */
    }
    atomic_store(&feeder->done, true);
    ev_async_send(feeder->run->loop, &feeder->run->done_wake);
    return NULL;
}

/* ---- Life and death ---- */

struct feeder *feeder_new(struct run *run, int fd, const struct file_digest *digest)
{
    struct feeder *feeder = calloc(1, sizeof(*feeder));
    if (feeder == NULL) {
        return NULL;
    }
    *feeder = (struct feeder){.run = run, .fd = fd, .digest = digest, .is_joined = true};
    pthread_mutex_init(&feeder->mutex, NULL);
    pthread_cond_init(&feeder->credit, NULL);
    list_notices_init(&feeder->notices, run->config->list);
    const struct supplier_list_options options = {
        .host_mode = run->config->hosts,
        .column = run->config->column,
        .encoding = run->config->encoding,
        .sheet = run->config->sheet,
    };
    feeder->list = supplier_list_new(fd, &options);
    if (feeder->list == NULL) {
        feeder_free(feeder);
        return NULL;
    }
    digest_begin(&feeder->seen);
    supplier_list_watch(feeder->list, note_bytes, feeder);
    return feeder;
}

bool feeder_find_first(struct feeder *feeder, char *out_error, size_t error_size)
{
    const char *list = feeder->run->config->list;
    for (;;) {
        switch (supplier_list_next(feeder->list, &feeder->first)) {
        case SUPPLIER_LIST_ITEM:
            feeder->has_first = true;
            return true;
        case SUPPLIER_LIST_AGAIN: /* standard input that was given to us like that */
            await_input(feeder);
            break;
        case SUPPLIER_LIST_PASSED:
            break;
        case SUPPLIER_LIST_UNCLEAR:
            list_notices_write_unclear(&feeder->notices, feeder->list, feeder->run->config->column,
                                       out_error, error_size);
            return false;
        case SUPPLIER_LIST_ENDLESS: /* of a comment: else it is an item first */
            say_endless(feeder, out_error, error_size);
            return false;
        case SUPPLIER_LIST_END:
            snprintf(out_error, error_size,
                     "%s: no line in it names a %s: nothing was scanned, and nothing written", list,
                     feeder->run->config->hosts ? "host" : "domain");
            return false;
        case SUPPLIER_LIST_ERROR:
            snprintf(out_error, error_size, "%s: cannot read the list: %s", list,
                     why_unread(feeder));
            return false;
        }
    }
}

bool feeder_start(struct feeder *feeder, const struct line_set *done)
{
    feeder->done_lines = done;
    feeder->is_joined = pthread_create(&feeder->thread, NULL, feeder_main, feeder) != 0;
    return !feeder->is_joined;
}

void feeder_stop(struct feeder *feeder)
{
    atomic_store(&feeder->stop, true);
    feeder_wake(feeder);
}

void feeder_finish(struct feeder *feeder)
{
    if (!feeder->is_joined) {
        feeder_stop(feeder);
        pthread_join(feeder->thread, NULL);
        feeder->is_joined = true;
    }
}

void feeder_wake(struct feeder *feeder)
{
    pthread_mutex_lock(&feeder->mutex);
    pthread_cond_signal(&feeder->credit);
    pthread_mutex_unlock(&feeder->mutex);
}

bool feeder_is_done(const struct feeder *feeder)
{
    return atomic_load(&feeder->done);
}

uint64_t feeder_num_lines(const struct feeder *feeder)
{
    return atomic_load(&feeder->num_lines);
}

uint64_t feeder_num_own_lines(const struct feeder *feeder)
{
    return atomic_load(&feeder->num_lines) - atomic_load(&feeder->num_others);
}

void feeder_tell_end(const struct feeder *feeder)
{
    assert(feeder->is_joined);
    list_notices_end(&feeder->notices, feeder->list, atomic_load(&feeder->num_lines));
}

const char *feeder_error(const struct feeder *feeder)
{
    assert(feeder->is_joined); /* the thread writes it */
    return feeder->error[0] != '\0' ? feeder->error : NULL;
}

void feeder_free(struct feeder *feeder)
{
    if (feeder != NULL) {
        feeder_finish(feeder);
        supplier_list_free(feeder->list);
        pthread_cond_destroy(&feeder->credit);
        pthread_mutex_destroy(&feeder->mutex);
        free(feeder);
    }
}
