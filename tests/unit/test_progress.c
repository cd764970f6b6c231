/* The line of progress: what it says, how often, and that a terminal's line is not overrun. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "output/file/progress.h"

#define TEXT_MAX 8192

/* Adds as many finished domains of one grade. */
static void add_domains(struct tally *tally, enum grade grade, unsigned num)
{
    const struct tally_item item = {.kind = TALLY_DOMAIN, .grade = grade};
    for (unsigned i = 0; i < num; i++) {
        tally_add(tally, &item);
    }
}

/* ---- Off a terminal ---- */

struct lines {
    FILE *stream;
    char *text;
    size_t len;
    struct tally *tally;
    struct progress *progress;
};

/* A stream that is no terminal. open_memstream() would have no descriptor. */
static void lines_init(struct lines *lines, enum progress_mode mode)
{
    lines->stream = tmpfile();
    assert_non_null(lines->stream);
    lines->text = calloc(1, TEXT_MAX);
    lines->tally = tally_new();
    lines->progress = progress_new(lines->stream, mode);
    assert_non_null(lines->progress);
}

static void lines_fini(struct lines *lines)
{
    progress_free(lines->progress);
    tally_free(lines->tally);
    free(lines->text);
    fclose(lines->stream);
}

static void draw(struct lines *lines, struct progress_snapshot snapshot)
{
    progress_draw(lines->progress, &snapshot, tally_counters(lines->tally));
}

static void expect_lines(struct lines *lines, const char *expected)
{
    rewind(lines->stream);
    size_t len = fread(lines->text, 1, TEXT_MAX - 1, lines->stream);
    lines->text[len] = '\0';
    assert_string_equal(lines->text, expected);
}

static void automatic_progress_needs_a_terminal(void **state)
{
    static const enum progress_mode modes[] = {PROGRESS_AUTO, PROGRESS_NEVER};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct lines lines;
        lines_init(&lines, modes[i]);
        draw(&lines, (struct progress_snapshot){.seconds = 0});
        progress_clear(lines.progress);
        expect_lines(&lines, "");
        lines_fini(&lines);
    }
}

static void a_file_gets_a_line_every_ten_seconds(void **state)
{
    struct lines lines;
    (void)state;
    lines_init(&lines, PROGRESS_ALWAYS);
    draw(&lines, (struct progress_snapshot){.seconds = 0, .lines_total = 200});
    add_domains(lines.tally, GRADE_A, 50);
    draw(&lines, (struct progress_snapshot){.seconds = 9.9, .lines_total = 200});
    draw(&lines, (struct progress_snapshot){.seconds = 10, .lines_total = 200, .in_flight = 7});
    draw(&lines, (struct progress_snapshot){.seconds = 15, .lines_total = 200});
    progress_clear(lines.progress); /* nothing to take back */
    expect_lines(&lines, "mxgrade: 0/200 domains 0.0% | 0 in flight |\n"
                         "mxgrade: 50/200 domains 25.0% | 7 in flight | 5/s | 30s left | A 50\n");
    lines_fini(&lines);
}

static void a_line_is_said_when_asked_for_whatever_the_mode(void **state)
{
    static const enum progress_mode modes[] = {PROGRESS_AUTO, PROGRESS_NEVER, PROGRESS_ALWAYS};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct lines lines;
        const struct progress_snapshot snapshot = {
            .seconds = 5, .lines_total = 200, .in_flight = 7};
        lines_init(&lines, modes[i]);
        if (modes[i] != PROGRESS_ALWAYS) { /* which would draw it */
            draw(&lines, (struct progress_snapshot){.seconds = 0, .lines_total = 200});
            add_domains(lines.tally, GRADE_A, 50);
            progress_say(lines.progress, &snapshot, tally_counters(lines.tally));
            expect_lines(&lines, "mxgrade: 50/200 domains 25.0% | 7 in flight | 10/s | 15s left "
                                 "| A 50\n");
        } else {
            progress_say(lines.progress, &snapshot, tally_counters(lines.tally));
            expect_lines(&lines, "mxgrade: 0/200 domains 0.0% | 7 in flight |\n");
        }
        lines_fini(&lines);
    }
}

static void a_list_of_hosts_is_counted_in_hosts(void **state)
{
    struct lines lines;
    const struct tally_item endpoint = {.kind = TALLY_ENDPOINT, .grade = GRADE_B};
    (void)state;
    lines_init(&lines, PROGRESS_ALWAYS);
    tally_add(lines.tally, &endpoint);
    tally_add(lines.tally, &endpoint);
    draw(&lines, (struct progress_snapshot){
                     .seconds = 0, .lines_total = 4, .is_of_hosts = true, .hosts_done = 1});
    expect_lines(&lines, "mxgrade: 1/4 hosts 25.0% | 0 in flight | B 2\n");
    lines_fini(&lines);
}

static void a_line_says_what_is_waited_for_where_nothing_else_goes_on(void **state)
{
    static const struct {
        struct progress_snapshot snapshot;
        const char *words;
    } cases[] = {
        {{.servers_retrying = 1, .retry_seconds = 84.4}, "1 server waits for its retry in 84 s"},
        {{.servers_retrying = 2, .retry_seconds = 5},
         "2 servers wait for their retry, the first in 5 s"},
        {{.policies_retrying = 1, .retry_seconds = 30}, "1 policy waits for its retry in 30 s"},
        {{.servers_retrying = 1, .policies_retrying = 3, .retry_seconds = 0.2},
         "1 server waits for its retry, 3 policies wait for their retry, the first in 0 s"},
        {{.waiting = 12}, "12 connections wait for their turn"},
        {{.servers_retrying = 1, .retry_seconds = 29, .waiting = 1},
         "1 server waits for its retry in 29 s, 1 connection waits for its turn"},
        {{.dns_asking = 40}, "waiting for the DNS"},
        {{.waiting = 2, .dns_asking = 1}, "2 connections wait for their turn, others for the DNS"},
        /* Something goes on, or it is not known what is waited for. */
        {{.servers_retrying = 1, .retry_seconds = 84, .in_flight = 3}, "3 in flight"},
        {{.dns_asking = 40, .in_flight = 1}, "1 in flight"},
        {{.seconds = 0}, "0 in flight"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct lines lines;
        char expected[TEXT_MAX];
        lines_init(&lines, PROGRESS_ALWAYS);
        draw(&lines, cases[i].snapshot);
        snprintf(expected, sizeof(expected), "mxgrade: 0 domains | %s |\n", cases[i].words);
        expect_lines(&lines, expected);
        lines_fini(&lines);
    }
}

static void grades_come_best_first(void **state)
{
    static const enum grade grades[] = {GRADE_F, GRADE_U, GRADE_N, GRADE_B, GRADE_A_PLUS};
    struct lines lines;
    (void)state;
    lines_init(&lines, PROGRESS_ALWAYS);
    for (unsigned i = 0; i < 5; i++) {
        add_domains(lines.tally, grades[i], i + 1);
    }
    tally_add(lines.tally, &(struct tally_item){.kind = TALLY_INVALID_LINE});
    draw(&lines, (struct progress_snapshot){.seconds = 0});
    expect_lines(&lines, "mxgrade: 16 domains | 0 in flight | A+ 5 B 4 F 1 U 2 N 3\n");
    lines_fini(&lines);
}

static void time_left_is_said_in_fitting_units(void **state)
{
    static const struct {
        uint64_t lines_total; /* at 10 a second, 100 done */
        const char *left;
    } rows[] = {{100, NULL},         {101, "0s left"},     {690, "59s left"},      {700, "1m left"},
                {36090, "60m left"}, {36100, "1.0h left"}, {1000000, "27.8h left"}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct lines lines;
        lines_init(&lines, PROGRESS_ALWAYS);
        draw(&lines, (struct progress_snapshot){.lines_total = rows[i].lines_total});
        add_domains(lines.tally, GRADE_A, 100);
        draw(&lines, (struct progress_snapshot){.seconds = 10, .lines_total = rows[i].lines_total});
        rewind(lines.stream);
        size_t len = fread(lines.text, 1, TEXT_MAX - 1, lines.stream);
        lines.text[len] = '\0';
        const char *found = strstr(lines.text, rows[i].left != NULL ? rows[i].left : "left");
        if ((found != NULL) != (rows[i].left != NULL)) {
            fail_msg("%llu lines: %s", (unsigned long long)rows[i].lines_total, lines.text);
        }
        lines_fini(&lines);
    }
}

/* What an earlier run did is done, but it is no part of this one's speed. */
static void a_continued_run_is_not_faster_for_what_was_done_before(void **state)
{
    struct lines lines;
    (void)state;
    lines_init(&lines, PROGRESS_ALWAYS);
    add_domains(lines.tally, GRADE_A, 1000);
    draw(&lines, (struct progress_snapshot){.seconds = 2, .lines_total = 1100});
    add_domains(lines.tally, GRADE_A, 50);
    draw(&lines, (struct progress_snapshot){.seconds = 12, .lines_total = 1100});
    expect_lines(&lines,
                 "mxgrade: 1000/1100 domains 90.9% | 0 in flight | A 1000\n"
                 "mxgrade: 1050/1100 domains 95.5% | 0 in flight | 5/s | 10s left | A 1050\n");
    lines_fini(&lines);
}

/* ---- On a terminal ---- */

struct terminal {
    int master;
    FILE *slave;
    char text[TEXT_MAX];
};

static void terminal_init(struct terminal *terminal, unsigned short columns)
{
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    struct termios modes;
    terminal->master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(terminal->master >= 0);
    assert_int_equal(grantpt(terminal->master), 0);
    assert_int_equal(unlockpt(terminal->master), 0);
    assert_int_equal(ioctl(terminal->master, TIOCSWINSZ, &size), 0);
    terminal->slave = fopen(ptsname(terminal->master), "r+");
    assert_non_null(terminal->slave);
    assert_int_equal(tcgetattr(fileno(terminal->slave), &modes), 0);
    cfmakeraw(&modes);
    assert_int_equal(tcsetattr(fileno(terminal->slave), TCSANOW, &modes), 0);
}

static void terminal_fini(struct terminal *terminal)
{
    fclose(terminal->slave);
    close(terminal->master);
}

/* What has been written since; a mark of our own says where it ends. */
static const char *terminal_text(struct terminal *terminal)
{
    size_t len = 0;
    fputc('\x04', terminal->slave);
    fflush(terminal->slave);
    do {
        ssize_t got = read(terminal->master, terminal->text + len, TEXT_MAX - 1 - len);
        assert_true(got > 0);
        len += (size_t)got;
    } while (terminal->text[len - 1] != '\x04');
    terminal->text[len - 1] = '\0';
    return terminal->text;
}

static void a_terminal_has_one_line_that_is_redrawn(void **state)
{
    struct terminal terminal;
    struct tally *tally = tally_new();
    (void)state;
    terminal_init(&terminal, 200);
    struct progress *progress = progress_new(terminal.slave, PROGRESS_AUTO);
    struct progress_snapshot snapshot = {.seconds = 0, .in_flight = 3};
    progress_draw(progress, &snapshot, tally_counters(tally));
    assert_string_equal(terminal_text(&terminal), "\rmxgrade: 0 domains | 3 in flight |\033[K");
    snapshot.seconds = 0.2; /* too soon */
    progress_draw(progress, &snapshot, tally_counters(tally));
    assert_string_equal(terminal_text(&terminal), "");
    snapshot.seconds = 0.3;
    progress_draw(progress, &snapshot, tally_counters(tally));
    assert_string_equal(terminal_text(&terminal), "\rmxgrade: 0 domains | 3 in flight |\033[K");
    progress_clear(progress);
    assert_string_equal(terminal_text(&terminal), "\r\033[K");
    progress_clear(progress); /* nothing left to clear */
    progress_free(progress);
    assert_string_equal(terminal_text(&terminal), "");
    tally_free(tally);
    terminal_fini(&terminal);
}

static void a_narrow_terminal_does_not_wrap(void **state)
{
    struct terminal terminal;
    struct tally *tally = tally_new();
    const struct progress_snapshot snapshot = {.seconds = 0};
    (void)state;
    terminal_init(&terminal, 10);
    struct progress *progress = progress_new(terminal.slave, PROGRESS_AUTO);
    progress_draw(progress, &snapshot, tally_counters(tally));
    assert_string_equal(terminal_text(&terminal), "\rmxgrade: \033[K");
    progress_free(progress);
    assert_string_equal(terminal_text(&terminal), "\r\033[K");
    tally_free(tally);
    terminal_fini(&terminal);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(automatic_progress_needs_a_terminal),
        cmocka_unit_test(a_file_gets_a_line_every_ten_seconds),
        cmocka_unit_test(a_line_is_said_when_asked_for_whatever_the_mode),
        cmocka_unit_test(a_list_of_hosts_is_counted_in_hosts),
        cmocka_unit_test(a_line_says_what_is_waited_for_where_nothing_else_goes_on),
        cmocka_unit_test(grades_come_best_first),
        cmocka_unit_test(time_left_is_said_in_fitting_units),
        cmocka_unit_test(a_continued_run_is_not_faster_for_what_was_done_before),
        cmocka_unit_test(a_terminal_has_one_line_that_is_redrawn),
        cmocka_unit_test(a_narrow_terminal_does_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
