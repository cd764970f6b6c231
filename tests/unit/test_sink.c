/* The one writer: whole lines in order, into a file, frames, a pipe; and what it says when it
 * cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "output/file/line_source.h"
#include "output/file/sink.h"
#include "temp_file.h"
#include "tests/unit/failing_allocator.h"
#include "zstd_text.h"

static const struct tally_item nothing = {.kind = TALLY_NOTHING};
static const struct tally_item domain_b = {.kind = TALLY_DOMAIN, .grade = GRADE_B};

static void put(struct sink *sink, const char *text, const struct tally_item *item)
{
    char *line = strdup(text);
    assert_non_null(line);
    sink_line(sink, line, strlen(line), item);
}

/* A line of that many bytes, its end included. */
static void put_long(struct sink *sink, size_t len, char letter, const struct tally_item *item)
{
    char *line = malloc(len);
    assert_non_null(line);
    memset(line, letter, len);
    line[len - 1] = '\n';
    sink_line(sink, line, len, item);
}

static struct sink *opened(const char *path, bool append, struct tally *tally)
{
    char error[512];
    const struct sink_options options = {.path = path, .append = append, .tally = tally};
    struct sink *sink = sink_new(&options, error, sizeof(error));
    if (sink == NULL) {
        fail_msg("%s", error);
    }
    return sink;
}

static uint64_t domains_of(const struct tally *tally)
{
    return atomic_load(&tally_counters(tally)->domains);
}

/* ---- Files ---- */

static void lines_are_written_in_order_and_counted(void **state)
{
    struct temp_file file;
    struct tally *tally = tally_new();
    (void)state;
    temp_file_init(&file, "out.jsonl");
    struct sink *sink = opened(file.path, false, tally);
    put(sink, "one\n", &nothing);
    put(sink, "two\n", &domain_b);
    sink_drain(sink);
    assert_int_equal(domains_of(tally), 1);
    assert_int_equal(sink_backlog(sink), 0);
    temp_file_expect(&file, "one\ntwo\n", 8);
    put(sink, "three\n", &domain_b);
    sink_finish(sink);
    assert_null(sink_error(sink));
    sink_free(sink);
    temp_file_expect(&file, "one\ntwo\nthree\n", 14);
    assert_int_equal(domains_of(tally), 2);
    tally_free(tally);
    temp_file_fini(&file);
}

static void a_file_with_something_in_it_is_not_overwritten(void **state)
{
    struct temp_file file;
    struct tally *tally = tally_new();
    char error[512];
    (void)state;
    temp_file_init(&file, "out.jsonl");
    temp_file_write(&file, "old\n", 4);
    const struct sink_options options = {
        .path = file.path, .tally = tally, .advice = "as the command advises"};
    assert_null(sink_new(&options, error, sizeof(error)));
    assert_non_null(strstr(error, "is not empty: as the command advises"));
    temp_file_expect(&file, "old\n", 4);
    struct sink *sink = opened(file.path, true, tally);
    put(sink, "new\n", &nothing);
    sink_free(sink);
    temp_file_expect(&file, "old\nnew\n", 8);
    tally_free(tally);
    temp_file_fini(&file);
}

static void an_empty_file_may_be_written(void **state)
{
    struct temp_file file;
    struct tally *tally = tally_new();
    (void)state;
    temp_file_init(&file, "out.jsonl");
    temp_file_write(&file, "", 0);
    struct sink *sink = opened(file.path, false, tally);
    put(sink, "new\n", &nothing);
    sink_free(sink);
    temp_file_expect(&file, "new\n", 4);
    tally_free(tally);
    temp_file_fini(&file);
}

static void a_path_that_cannot_be_opened_is_told(void **state)
{
    struct tally *tally = tally_new();
    char error[512];
    const struct sink_options options = {.path = "/nonexistent/out.jsonl", .tally = tally};
    (void)state;
    assert_null(sink_new(&options, error, sizeof(error)));
    assert_string_equal(error, "cannot write /nonexistent/out.jsonl: No such file or directory");
    tally_free(tally);
}

/* Servers, certificates and lists decide how long a line gets: no length of it may end a run. */
static void a_line_of_any_length_is_written(void **state)
{
    static const size_t lens[] = {256u << 10, (256u << 10) + 1, 700000, 2};
    struct temp_file file;
    struct tally *tally = tally_new();
    size_t len, at = 0;
    (void)state;
    temp_file_init(&file, "out.jsonl");
    struct sink *sink = opened(file.path, false, tally);
    put(sink, "first\n", &nothing);
    for (size_t i = 0; i < 4; i++) {
        put_long(sink, lens[i], (char)('a' + i), &domain_b);
    }
    put(sink, "last\n", &nothing);
    sink_finish(sink);
    assert_null(sink_error(sink));
    sink_free(sink);
    char *bytes = temp_file_read(&file, &len);
    assert_memory_equal(bytes, "first\n", 6);
    at = 6;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(bytes[at], 'a' + (int)i);
        at += lens[i];
        assert_int_equal(bytes[at - 1], '\n');
    }
    assert_string_equal(bytes + at, "last\n");
    assert_int_equal(domains_of(tally), 4);
    free(bytes);
    tally_free(tally);
    temp_file_fini(&file);
}

/* ---- Compressed ---- */

static void frames_hold_whole_lines(void **state)
{
    struct temp_file file;
    struct tally *tally = tally_new();
    size_t len, text_len;
    unsigned num_frames;
    (void)state;
    temp_file_init(&file, "out.jsonl.zst");
    struct sink *sink = opened(file.path, false, tally);
    for (size_t i = 0; i < 5; i++) {
        put_long(sink, 100000, (char)('a' + i), &nothing);
    }
    put_long(sink, 300000, 'x', &nothing);
    put(sink, "last\n", &nothing);
    sink_finish(sink);
    assert_null(sink_error(sink));
    sink_free(sink);
    char *bytes = temp_file_read(&file, &len);
    char *text = zstd_text(bytes, len, &text_len, &num_frames);
    assert_int_equal(text_len, 5 * 100000 + 300000 + 5);
    assert_true(num_frames >= 4);
    assert_string_equal(text + 800000, "last\n");
    free(text);
    /* Each frame ends with a line. */
    for (size_t at = 0; at < len;) {
        size_t frame_len = ZSTD_findFrameCompressedSize(bytes + at, len - at);
        text = zstd_text(bytes + at, frame_len, &text_len, &num_frames);
        assert_int_equal(text[text_len - 1], '\n');
        free(text);
        at += frame_len;
    }
    free(bytes);
    tally_free(tally);
    temp_file_fini(&file);
}

static void frames_are_appended_to_frames(void **state)
{
    struct temp_file file;
    struct tally *tally = tally_new();
    size_t len, text_len;
    unsigned num_frames;
    (void)state;
    temp_file_init(&file, "out.jsonl.zst");
    for (unsigned i = 0; i < 2; i++) {
        struct sink *sink = opened(file.path, true, tally);
        put(sink, i == 0 ? "one\n" : "two\n", &nothing);
        sink_free(sink);
    }
    char *bytes = temp_file_read(&file, &len);
    char *text = zstd_text(bytes, len, &text_len, &num_frames);
    assert_string_equal(text, "one\ntwo\n");
    assert_int_equal(num_frames, 2);
    free(text);
    free(bytes);
    tally_free(tally);
    temp_file_fini(&file);
}

/* ---- What cannot be written ---- */

static void count_error(void *user)
{
    atomic_fetch_add((atomic_int *)user, 1);
}

static void a_full_disk_is_told_once_and_the_rest_is_dropped(void **state)
{
    struct tally *tally = tally_new();
    atomic_int num_errors = 0;
    char error[512];
    const struct sink_options options = {
        .path = "/dev/full", .tally = tally, .on_error = count_error, .user = &num_errors};
    (void)state;
    struct sink *sink = sink_new(&options, error, sizeof(error));
    assert_non_null(sink);
    put(sink, "one\n", &nothing);
    sink_drain(sink);
    assert_string_equal(sink_error(sink), "/dev/full: No space left on device");
    for (unsigned i = 0; i < 100; i++) {
        put(sink, "more\n", &domain_b);
    }
    sink_drain(sink);
    assert_int_equal(sink_backlog(sink), 0);
    sink_finish(sink);
    assert_int_equal(num_errors, 1);
    assert_int_equal(domains_of(tally), 0);
    sink_free(sink);
    tally_free(tally);
}

/* ---- Other programs ---- */

static void cut_short(const struct temp_file *file)
{
    assert_int_equal(truncate(file->path, 2), 0);
}

static void remove_it(const struct temp_file *file)
{
    assert_int_equal(unlink(file->path), 0);
}

static void replace(const struct temp_file *file)
{
    remove_it(file);
    temp_file_write(file, "one\n", 4); /* as long as what was written */
}

static void move(const struct temp_file *file)
{
    char elsewhere[TEMP_PATH_MAX * 2];
    snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", file->folder);
    assert_int_equal(rename(file->path, elsewhere), 0);
}

static void write_to_it(const struct temp_file *file)
{
    FILE *stream = fopen(file->path, "ab");
    assert_non_null(stream);
    fputs("other\n", stream);
    assert_int_equal(fclose(stream), 0);
}

static void change(const struct temp_file *file)
{
    int fd = open(file->path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "X", 1, 3), 1); /* the line end */
    close(fd);
}

static const struct {
    void (*disturb)(const struct temp_file *file);
    const char *words;
    bool only_at_end; /* it is found when the lines are counted */
} disturbances[] = {
    {cut_short, "another program has cut it short", false},
    {remove_it, "it was removed, moved or replaced", false},
    {replace, "it was removed, moved or replaced", false},
    {move, "it was removed, moved or replaced", false},
    {write_to_it, "another program has written to it", false},
    {change, "it holds 1 lines where 2 were written", true},
};

static void disturb(size_t index, const char *name, bool writes_on)
{
    struct temp_file file;
    struct tally *tally = tally_new();
    temp_file_init(&file, name);
    struct sink *sink = opened(file.path, false, tally);
    put(sink, "one\n", &domain_b);
    if (writes_on) {
        sink_drain(sink);
    } else {
        put(sink, "two\n", &domain_b);
        sink_drain(sink);
    }
    disturbances[index].disturb(&file);
    if (writes_on) {
        put(sink, "two\n", &domain_b);
        sink_drain(sink);
        assert_true(disturbances[index].only_at_end == (sink_error(sink) == NULL));
    }
    sink_finish(sink);
    assert_non_null(sink_error(sink));
    assert_non_null(strstr(sink_error(sink), disturbances[index].words));
    assert_true(sink_is_disturbed(sink));
    sink_free(sink);
    struct stat info;
    if (disturbances[index].disturb == cut_short) { /* and not filled up with NULs */
        assert_int_equal(stat(file.path, &info), 0);
        assert_int_equal(info.st_size, 2);
    }
    if (disturbances[index].disturb == move) {
        snprintf(file.path, sizeof(file.path), "%s/elsewhere", file.folder);
    }
    tally_free(tally);
    temp_file_fini(&file);
}

static void what_another_program_does_to_the_file_is_an_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(disturbances) / sizeof(disturbances[0]); i++) {
        disturb(i, "out.jsonl", true);
        disturb(i, "out.jsonl", false);
    }
}

/* "mxgrade check" keeps its results in one. */
static void a_file_that_never_had_a_name_is_not_missed(void **state)
{
    struct tally *tally = tally_new();
    char path[64];
    (void)state;
    int fd = memfd_create("results", MFD_CLOEXEC);
    assert_true(fd >= 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct sink *sink = opened(path, false, tally);
    put(sink, "one\n", &domain_b);
    sink_drain(sink);
    put(sink, "two\n", &domain_b);
    sink_finish(sink);
    assert_null(sink_error(sink));
    sink_free(sink);
    close(fd);
    tally_free(tally);
}

/* Small frames wait, so that there is nothing to be disturbed before the end. */
static void the_lines_of_a_compressed_file_are_counted_too(void **state)
{
    struct temp_file file;
    (void)state;
    temp_file_init(&file, "out.jsonl.zst");
    for (unsigned i = 0; i < 2; i++) {
        struct tally *tally = tally_new();
        struct sink *sink = opened(file.path, i > 0, tally);
        put(sink, "one\n", &domain_b);
        sink_finish(sink);
        assert_null(sink_error(sink));
        assert_false(sink_is_disturbed(sink));
        sink_free(sink);
        tally_free(tally);
    }
    uint64_t num_lines;
    assert_true(line_source_count(file.path, &num_lines));
    assert_int_equal(num_lines, 2);
    temp_file_fini(&file);
}

static void a_line_that_could_not_be_made_is_an_error(void **state)
{
    struct temp_file file;
    struct tally *tally = tally_new();
    (void)state;
    temp_file_init(&file, "out.jsonl");
    struct sink *sink = opened(file.path, false, tally);
    put(sink, "one\n", &nothing);
    sink_line(sink, NULL, 0, &domain_b);
    sink_finish(sink);
    assert_non_null(strstr(sink_error(sink), "out of memory"));
    assert_int_equal(domains_of(tally), 0);
    sink_free(sink);
    tally_free(tally);
    temp_file_fini(&file);
}

/* A limit on the size of files stands for a disk that fills up in the middle of a line. */
/* Who was told of an error, and how often. */
struct told {
    pthread_t thread;
    atomic_uint num;
};

static void tell(void *user)
{
    struct told *told = user;
    told->thread = pthread_self();
    atomic_fetch_add(&told->num, 1);
}

/* The thread that writes may fail at the same moment: one of the two has the word. */
static void a_line_without_memory_is_told_on_the_sinks_thread(void **state)
{
    struct temp_file file;
    struct told told = {.num = 0};
    struct tally *tally = tally_new();
    char error[512];
    (void)state;
    temp_file_init(&file, "out.jsonl");
    const struct sink_options options = {
        .path = file.path, .tally = tally, .on_error = tell, .user = &told};
    struct sink *sink = sink_new(&options, error, sizeof(error));
    assert_non_null(sink);
    put(sink, "one\n", &domain_b);
    for (unsigned i = 0; i < 2; i++) {
        char *line = strdup("lost\n");
        assert_non_null(line);
        fail_allocations(0, 1);
        sink_line(sink, line, 5, &domain_b);
        assert_int_equal(end_failing(), 1);
        sink_drain(sink);
        assert_non_null(strstr(sink_error(sink), "out of memory for a record"));
    }
    put(sink, "late\n", &domain_b);
    sink_finish(sink);
    assert_int_equal(atomic_load(&told.num), 1);
    assert_false(pthread_equal(told.thread, pthread_self()));
    assert_true(domains_of(tally) <= 1); /* the first line may have been in time */
    sink_free(sink);
    tally_free(tally);
    temp_file_fini(&file);
}

static void a_file_is_cut_back_to_its_last_whole_lines(void **state)
{
    struct temp_file file;
    struct tally *tally = tally_new();
    size_t len;
    (void)state;
    temp_file_init(&file, "out.jsonl");
    struct sink *sink = opened(file.path, false, tally);
    put(sink, "kept\n", &nothing);
    sink_drain(sink);
    const struct rlimit limit = {1000, RLIM_INFINITY};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    put_long(sink, 2000, 'x', &nothing);
    sink_finish(sink);
    const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    assert_non_null(strstr(sink_error(sink), "File too large"));
    sink_free(sink);
    char *bytes = temp_file_read(&file, &len);
    assert_string_equal(bytes, "kept\n");
    free(bytes);
    tally_free(tally);
    temp_file_fini(&file);
}

static void a_pipe_that_nobody_reads_any_more_is_an_error(void **state)
{
    struct temp_file file;
    struct tally *tally = tally_new();
    char bytes[16];
    (void)state;
    temp_file_init(&file, "pipe");
    assert_int_equal(mkfifo(file.path, 0600), 0);
    int reader = open(file.path, O_RDONLY | O_NONBLOCK);
    struct sink *sink = opened(file.path, false, tally);
    put(sink, "one\n", &nothing);
    sink_drain(sink);
    assert_int_equal(read(reader, bytes, sizeof(bytes)), 4);
    close(reader);
    put(sink, "two\n", &nothing);
    sink_finish(sink);
    assert_non_null(strstr(sink_error(sink), "Broken pipe"));
    sink_free(sink);
    tally_free(tally);
    temp_file_fini(&file);
}

/* ---- Many producers ---- */

#define PRODUCERS 4
#define EACH      500

static void *produce(void *user)
{
    for (unsigned i = 0; i < EACH; i++) {
        put(user, "line\n", &domain_b);
    }
    return NULL;
}

static void lines_of_many_threads_are_all_whole(void **state)
{
    struct temp_file file;
    struct tally *tally = tally_new();
    pthread_t threads[PRODUCERS];
    size_t len;
    (void)state;
    temp_file_init(&file, "out.jsonl");
    struct sink *sink = opened(file.path, false, tally);
    for (size_t i = 0; i < PRODUCERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, produce, sink), 0);
    }
    for (size_t i = 0; i < PRODUCERS; i++) {
        pthread_join(threads[i], NULL);
    }
    sink_finish(sink);
    assert_int_equal(domains_of(tally), PRODUCERS * EACH);
    sink_free(sink);
    char *bytes = temp_file_read(&file, &len);
    assert_int_equal(len, PRODUCERS * EACH * 5);
    for (size_t i = 0; i < len; i += 5) {
        assert_memory_equal(bytes + i, "line\n", 5);
    }
    free(bytes);
    tally_free(tally);
    temp_file_fini(&file);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_written_in_order_and_counted),
        cmocka_unit_test(a_file_with_something_in_it_is_not_overwritten),
        cmocka_unit_test(an_empty_file_may_be_written),
        cmocka_unit_test(a_path_that_cannot_be_opened_is_told),
        cmocka_unit_test(a_line_of_any_length_is_written),
        cmocka_unit_test(frames_hold_whole_lines),
        cmocka_unit_test(frames_are_appended_to_frames),
        cmocka_unit_test(a_full_disk_is_told_once_and_the_rest_is_dropped),
        cmocka_unit_test(what_another_program_does_to_the_file_is_an_error),
        cmocka_unit_test(a_file_that_never_had_a_name_is_not_missed),
        cmocka_unit_test(the_lines_of_a_compressed_file_are_counted_too),
        cmocka_unit_test(a_line_that_could_not_be_made_is_an_error),
        cmocka_unit_test(a_line_without_memory_is_told_on_the_sinks_thread),
        cmocka_unit_test(a_file_is_cut_back_to_its_last_whole_lines),
        cmocka_unit_test(a_pipe_that_nobody_reads_any_more_is_an_error),
        cmocka_unit_test(lines_of_many_threads_are_all_whole),
    };
    signal(SIGPIPE, SIG_IGN); /* as the program does */
    signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
