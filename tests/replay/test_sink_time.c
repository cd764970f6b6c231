/* What the writer must not keep for ever: a part of a frame, while no more lines come. */
#include "output/file/sink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/replay/replay_clock.h"
#include "tests/unit/temp_file.h"

#define PATIENCE_US 20000000 /* for the writer's thread, which does what is due in no time */
#define LOOK_US     1000

struct fixture {
    struct temp_file file;
    struct tally *tally;
    struct sink *sink;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    char error[256];
    temp_file_init(&fixture->file, "out.jsonl.zst");
    fixture->tally = tally_new();
    fixture->sink =
        sink_new(&(struct sink_options){.path = fixture->file.path, .tally = fixture->tally}, error,
                 sizeof(error));
    *state = fixture;
    return fixture->sink == NULL;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    sink_free(fixture->sink);
    tally_free(fixture->tally);
    temp_file_fini(&fixture->file);
    free(fixture);
    return 0;
}

static off_t size_of(const struct fixture *fixture)
{
    struct stat info;
    assert_int_equal(stat(fixture->file.path, &info), 0);
    return info.st_size;
}

/* Puts a line; the writer has it, and waits. What it does at once it has done then. */
static void put_line(struct fixture *fixture)
{
    sink_line(fixture->sink, strdup("line\n"), 5, &(struct tally_item){.kind = TALLY_NOTHING});
    sink_drain(fixture->sink);
}

/* The first line, which is the run's, is in the file at once. */
static off_t put_first_line(struct fixture *fixture)
{
    put_line(fixture);
    off_t size = size_of(fixture);
    assert_true(size > 0);
    return size;
}

static void assert_is_written(const struct fixture *fixture, off_t before)
{
    for (unsigned us = 0; size_of(fixture) == before && us < PATIENCE_US; us += LOOK_US) {
        usleep(LOOK_US);
    }
    assert_true(size_of(fixture) > before);
}

static void a_part_of_a_frame_is_written_when_it_is_time_to_sync(void **state)
{
    struct fixture *fixture = *state;
    off_t before = put_first_line(fixture);
    put_line(fixture);
    replay_pass(SINK_SYNC_SECONDS - 0.1);
    assert_int_equal(size_of(fixture), before);
    replay_pass(0.2);
    assert_is_written(fixture, before);
}

static void also_after_the_wall_clock_was_set_back(void **state)
{
    struct fixture *fixture = *state;
    off_t before = put_first_line(fixture);
    put_line(fixture);
    replay_set_wall(-600);
    replay_pass(SINK_SYNC_SECONDS + 0.1);
    assert_is_written(fixture, before);
}

static void a_wall_clock_that_is_set_ahead_makes_nothing_due(void **state)
{
    struct fixture *fixture = *state;
    off_t before = put_first_line(fixture);
    replay_set_wall(600);
    put_line(fixture);
    assert_int_equal(size_of(fixture), before);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_part_of_a_frame_is_written_when_it_is_time_to_sync),
        TEST(also_after_the_wall_clock_was_set_back),
        TEST(a_wall_clock_that_is_set_ahead_makes_nothing_due),
    };
    return cmocka_run_group_tests_name("sink_time", tests, NULL, NULL);
}
