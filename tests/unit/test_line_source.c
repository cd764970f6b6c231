/* Result files line by line, plain and compressed, whole and cut, and cutting them where told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "output/file/line_source.h"
#include "temp_file.h"
#include "zstd_text.h"

#define BYTES(literal) (literal), sizeof(literal) - 1
#define PACKED_MAX     (1u << 16)

static struct line_source *opened(const struct temp_file *file)
{
    struct line_source *source = line_source_open(file->path, true);
    assert_non_null(source);
    return source;
}

static void expect_line(struct line_source *source, const char *expected)
{
    const char *line;
    size_t len;
    assert_int_equal(line_source_next(source, &line, &len), LINE_SOURCE_LINE);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(line, expected, len);
}

/* What comes of reading on, where no line is due. */
static enum line_source_status end_of(struct line_source *source)
{
    const char *line;
    size_t len;
    return line_source_next(source, &line, &len);
}

/* ---- Plain ---- */

static void lines_come_without_their_ends(void **state)
{
    struct temp_file file;
    (void)state;
    temp_file_init(&file, "r.jsonl");
    temp_file_write(&file, BYTES("one\n\ntwo\r\n"));
    struct line_source *source = opened(&file);
    assert_false(line_source_is_compressed(source));
    expect_line(source, "one");
    expect_line(source, "");
    expect_line(source, "two\r");
    assert_int_equal(end_of(source), LINE_SOURCE_END);
    assert_int_equal(end_of(source), LINE_SOURCE_END);
    line_source_close(source);
    temp_file_fini(&file);
}

static void a_tail_without_an_end_is_told_apart(void **state)
{
    struct temp_file file;
    const char *line;
    size_t len;
    (void)state;
    temp_file_init(&file, "r.jsonl");
    temp_file_write(&file, BYTES("one\ntw\0"));
    struct line_source *source = opened(&file);
    expect_line(source, "one");
    assert_int_equal(line_source_next(source, &line, &len), LINE_SOURCE_PARTIAL);
    assert_int_equal(len, 3);
    assert_memory_equal(line, "tw\0", 3);
    line_source_close(source);
    temp_file_fini(&file);
}

/* Longer than what is read at once, and ending on either side of that. */
static void lines_may_be_longer_than_a_read(void **state)
{
    static const size_t lens[] = {65535, 65536, 65537, 1, 300000};
    struct temp_file file;
    const char *line;
    size_t len;
    (void)state;
    temp_file_init(&file, "r.jsonl");
    FILE *stream = fopen(file.path, "wb");
    for (size_t i = 0; i < 5; i++) {
        for (size_t k = 0; k + 1 < lens[i]; k++) {
            putc('a' + (int)i, stream);
        }
        putc('\n', stream);
    }
    fclose(stream);
    struct line_source *source = opened(&file);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(line_source_next(source, &line, &len), LINE_SOURCE_LINE);
        assert_int_equal(len, lens[i] - 1);
        assert_true(len == 0 || line[len - 1] == 'a' + (int)i);
    }
    assert_int_equal(end_of(source), LINE_SOURCE_END);
    line_source_close(source);
    temp_file_fini(&file);
}

static void a_line_without_end_is_an_error_and_not_all_memory(void **state)
{
    struct temp_file file;
    (void)state;
    temp_file_init(&file, "r.jsonl");
    temp_file_write(&file, "", 0);
    assert_int_equal(truncate(file.path, LINE_SOURCE_MAX + 200000), 0);
    FILE *stream = fopen(file.path, "ab");
    putc('x', stream);
    fclose(stream);
    struct line_source *source = opened(&file);
    assert_int_equal(end_of(source), LINE_SOURCE_ERROR);
    assert_int_equal(errno, EMSGSIZE);
    line_source_close(source);
    temp_file_fini(&file);
}

static void a_file_that_is_none_is_told(void **state)
{
    (void)state;
    assert_null(line_source_open("/nonexistent", false));
    assert_int_equal(errno, ENOENT);
    struct line_source *source = line_source_open("/", false);
    assert_non_null(source);
    assert_int_equal(end_of(source), LINE_SOURCE_ERROR);
    assert_int_equal(errno, EISDIR);
    line_source_close(source);
}

/* ---- Compressed ---- */

/* Three frames: "one\ntwo\n", "three\n", "four\nfi" (which only others do). */
static size_t three_frames(char packed[PACKED_MAX], size_t ends[3])
{
    ends[0] = zstd_add_frame(packed, 0, PACKED_MAX, BYTES("one\ntwo\n"));
    ends[1] = zstd_add_frame(packed, ends[0], PACKED_MAX, BYTES("three\n"));
    ends[2] = zstd_add_frame(packed, ends[1], PACKED_MAX, BYTES("four\nfi"));
    return ends[2];
}

static void frames_are_read_as_one_text(void **state)
{
    static char packed[PACKED_MAX];
    size_t ends[3];
    struct temp_file file;
    (void)state;
    temp_file_init(&file, "a.name.without.ending");
    size_t len = three_frames(packed, ends);
    len = zstd_add_frame(packed, len, PACKED_MAX, BYTES("ve\n"));
    temp_file_write(&file, packed, len);
    struct line_source *source = opened(&file);
    assert_true(line_source_is_compressed(source));
    expect_line(source, "one");
    expect_line(source, "two");
    expect_line(source, "three");
    expect_line(source, "four");
    expect_line(source, "five");
    assert_int_equal(end_of(source), LINE_SOURCE_END);
    line_source_close(source);
    temp_file_fini(&file);
}

/* Wherever a compressed file is cut: what comes out is a beginning of the text, in whole lines. */
static void a_cut_anywhere_leaves_the_lines_before_it(void **state)
{
    static char packed[PACKED_MAX];
    static const char *const lines[] = {"one", "two", "three", "four"};
    size_t ends[3], last_num = 0;
    (void)state;
    size_t whole = three_frames(packed, ends);
    for (size_t cut = 1; cut < whole; cut++) {
        struct temp_file file;
        const char *line;
        size_t len, num = 0;
        enum line_source_status status;
        temp_file_init(&file, "r.jsonl.zst");
        temp_file_write(&file, packed, cut);
        struct line_source *source = opened(&file);
        while ((status = line_source_next(source, &line, &len)) == LINE_SOURCE_LINE) {
            assert_true(num < 4 && len == strlen(lines[num]));
            assert_memory_equal(line, lines[num], len);
            num++;
        }
        assert_int_not_equal(status, LINE_SOURCE_ERROR);
        assert_true(num >= last_num && (cut < ends[0] || num >= 2) && (cut < ends[1] || num >= 3));
        last_num = num;
        line_source_close(source);
        temp_file_fini(&file);
    }
}

static void a_broken_frame_is_told(void **state)
{
    static char packed[PACKED_MAX];
    size_t ends[3];
    struct temp_file file;
    (void)state;
    temp_file_init(&file, "r.jsonl.zst");
    size_t len = three_frames(packed, ends);
    memset(packed + ends[0], 0xff, 4);
    temp_file_write(&file, packed, len);
    struct line_source *source = opened(&file);
    expect_line(source, "one");
    expect_line(source, "two");
    assert_int_equal(end_of(source), LINE_SOURCE_DAMAGED);
    line_source_close(source);
    temp_file_fini(&file);
}

/* ---- Cutting ---- */

/* Marks the first `num` lines and cuts behind them. */
static void keep_lines(const struct temp_file *file, size_t num)
{
    const char *line;
    size_t len;
    struct line_source *source = opened(file);
    for (size_t i = 0; line_source_next(source, &line, &len) == LINE_SOURCE_LINE; i++) {
        if (i < num) {
            line_source_mark(source);
        }
    }
    assert_true(line_source_cut(source));
    line_source_close(source);
}

static void a_plain_file_is_cut_behind_the_mark(void **state)
{
    static const struct {
        size_t num;
        const char *left;
    } rows[] = {{0, ""}, {1, "one\n"}, {2, "one\ntwo\n"}, {3, "one\ntwo\nthree\n"}};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct temp_file file;
        temp_file_init(&file, "r.jsonl");
        temp_file_write(&file, BYTES("one\ntwo\nthree\nfo"));
        keep_lines(&file, rows[i].num);
        temp_file_expect(&file, rows[i].left, strlen(rows[i].left));
        temp_file_fini(&file);
    }
}

static void a_compressed_file_is_cut_behind_the_mark(void **state)
{
    static char packed[PACKED_MAX];
    static const struct {
        size_t num;
        const char *left;
        unsigned num_frames;
    } rows[] = {{0, "", 0},
                {1, "one\n", 1}, /* inside a frame: what stays of it is written anew */
                {2, "one\ntwo\n", 1},
                {3, "one\ntwo\nthree\n", 2},
                {4, "one\ntwo\nthree\nfour\n", 3}};
    size_t ends[3];
    (void)state;
    size_t whole = three_frames(packed, ends);
    for (size_t i = 0; i < 5; i++) {
        struct temp_file file;
        size_t len, text_len;
        unsigned num_frames;
        temp_file_init(&file, "r.jsonl.zst");
        temp_file_write(&file, packed, whole);
        keep_lines(&file, rows[i].num);
        char *bytes = temp_file_read(&file, &len);
        char *text = zstd_text(bytes, len, &text_len, &num_frames);
        assert_string_equal(text, rows[i].left);
        assert_int_equal(num_frames, rows[i].num_frames);
        assert_true(rows[i].num != 2 || len == ends[0]);
        free(text);
        free(bytes);
        temp_file_fini(&file);
    }
}

/* Other programs cut frames anywhere: a line may begin in one and end in a later one. */
static void a_line_that_spans_frames_is_kept_whole(void **state)
{
    static char packed[PACKED_MAX];
    static const char *const left[] = {"", "one\n", "one\ntwo\n", "one\ntwo\nthree\n"};
    size_t whole = zstd_add_frame(packed, 0, PACKED_MAX, BYTES("one\nt"));
    whole = zstd_add_frame(packed, whole, PACKED_MAX, BYTES("w"));
    whole = zstd_add_frame(packed, whole, PACKED_MAX, BYTES("o\nthree\nfo"));
    (void)state;
    for (size_t num = 0; num < 4; num++) {
        struct temp_file file;
        size_t len, text_len;
        unsigned num_frames;
        temp_file_init(&file, "r.jsonl.zst");
        temp_file_write(&file, packed, whole);
        keep_lines(&file, num);
        char *bytes = temp_file_read(&file, &len);
        char *text = zstd_text(bytes, len, &text_len, &num_frames);
        assert_string_equal(text, left[num]);
        free(text);
        free(bytes);
        temp_file_fini(&file);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_without_their_ends),
        cmocka_unit_test(a_tail_without_an_end_is_told_apart),
        cmocka_unit_test(lines_may_be_longer_than_a_read),
        cmocka_unit_test(a_line_without_end_is_an_error_and_not_all_memory),
        cmocka_unit_test(a_file_that_is_none_is_told),
        cmocka_unit_test(frames_are_read_as_one_text),
        cmocka_unit_test(a_cut_anywhere_leaves_the_lines_before_it),
        cmocka_unit_test(a_broken_frame_is_told),
        cmocka_unit_test(a_plain_file_is_cut_behind_the_mark),
        cmocka_unit_test(a_compressed_file_is_cut_behind_the_mark),
        cmocka_unit_test(a_line_that_spans_frames_is_kept_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
