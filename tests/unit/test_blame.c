/* Whose fault it is that answers do not validate: by how many organisations, of how many domains.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scanner/engine/blame.h"
#include "tests/unit/failing_allocator.h"
#include "tests/unit/temp_file.h"

struct scene {
    struct temp_file file;
    struct tally *tally;
    struct sink *sink;
    struct blame *blame;
};

static void begin(struct scene *scene)
{
    char error[256];
    temp_file_init(&scene->file, "results.jsonl");
    scene->tally = tally_new();
    scene->sink = sink_new(&(struct sink_options){.path = scene->file.path, .tally = scene->tally},
                           error, sizeof(error));
    scene->blame = blame_new();
    assert_non_null(scene->sink);
    assert_non_null(scene->blame);
}

static struct finished_line line_of(const char *text)
{
    return (struct finished_line){.bytes = strdup(text), .len = strlen(text)};
}

static void send(struct scene *scene)
{
    struct line_versions versions = {.plain = line_of("D\n"), .doubted = line_of("A\n")};
    blame_line(scene->blame, scene->sink, &versions);
}

/* Notes `num_bogus` organisations, each with a bogus name, and `num_signed` signed domains. */
static void note(struct scene *scene, unsigned num_bogus, unsigned num_signed)
{
    for (unsigned i = 0; i < num_bogus; i++) {
        char question[64];
        (void)snprintf(question, sizeof(question), "A mx.bogus%u.example", i);
        assert_true(blame_note_bogus(scene->blame, question));
    }
    for (unsigned i = 0; i < num_signed; i++) {
        blame_note_signed(scene->blame);
    }
}

/* What has been written: the letters without their line ends. The caller frees it. */
static char *written(struct scene *scene)
{
    size_t len, num = 0;
    sink_drain(scene->sink);
    char *text = temp_file_read(&scene->file, &len);
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '\n') {
            text[num++] = text[i];
        }
    }
    text[num] = '\0';
    return text;
}

static void expect_written(struct scene *scene, const char *expected)
{
    char *text = written(scene);
    assert_string_equal(text, expected);
    free(text);
}

static void end(struct scene *scene)
{
    blame_free(scene->blame);
    sink_finish(scene->sink);
    sink_free(scene->sink);
    tally_free(scene->tally);
    temp_file_fini(&scene->file);
}

static void the_share_and_the_number_decide(void **state)
{
    static const struct {
        unsigned num_bogus, num_signed;
        const char *written;
    } rows[] = {
        {0, 0, "DD"},    {19, 19, "DD"},  {20, 20, "AA"},    {20, 399, "AA"},
        {20, 400, "DD"}, {21, 400, "AA"}, {200, 4000, "DD"}, {201, 4000, "AA"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene scene;
        begin(&scene);
        note(&scene, rows[i].num_bogus, rows[i].num_signed);
        send(&scene);
        expect_written(&scene, ""); /* it is held until the list has ended */
        blame_end(scene.blame, scene.sink);
        send(&scene);
        expect_written(&scene, rows[i].written);
        assert_int_equal(blame_counts(scene.blame).is_resolver, rows[i].written[0] == 'A');
        end(&scene);
    }
}

static void an_organisation_counts_once(void **state)
{
    static const char *const questions[] = {
        "MX bogus.example",
        "A mx.bogus.example",
        "AAAA mx2.bogus.example",
        "TLSA _25._tcp.mx.bogus.example",
        "A mx.customer.example, an alias of mx.bogus.example",
        "CNAME a.b.c.bogus.example",
    };
    struct scene scene;
    (void)state;
    begin(&scene);
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        assert_true(blame_note_bogus(scene.blame, questions[i]));
    }
    assert_int_equal(blame_counts(scene.blame).num_organisations, 1);
    assert_true(blame_note_bogus(scene.blame, "A mx.other.example"));
    assert_true(blame_note_bogus(scene.blame, "A \\009.odd"));
    assert_int_equal(blame_counts(scene.blame).num_organisations, 3);
    end(&scene);
}

/* What is held is bounded, and the verdict that frees it holds for the rest, whatever comes. */
static void many_held_lines_hasten_the_verdict(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    note(&scene, 10, 1000);
    for (unsigned i = 1; i < HELD_LINES_MAX; i++) {
        send(&scene);
    }
    expect_written(&scene, "");
    send(&scene);
    char *text = written(&scene);
    assert_int_equal(strlen(text), HELD_LINES_MAX);
    assert_int_equal(strspn(text, "D"), HELD_LINES_MAX);
    free(text);
    note(&scene, 1000, 0);
    send(&scene);
    blame_end(scene.blame, scene.sink);
    text = written(&scene);
    assert_int_equal(strspn(text, "D"), HELD_LINES_MAX + 1);
    free(text);
    end(&scene);
}

static void without_memory_a_question_is_not_counted(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    unsigned long num_failed = 1, number = 0;
    for (; num_failed > 0; number++) {
        char question[64];
        (void)snprintf(question, sizeof(question), "MX bogus%lu.example", number);
        uint64_t before = blame_counts(scene.blame).num_organisations;
        fail_allocations(number, 1);
        bool ok = blame_note_bogus(scene.blame, question);
        num_failed = end_failing();
        assert_int_equal(blame_counts(scene.blame).num_organisations, before + (ok ? 1 : 0));
        assert_true(ok || num_failed > 0);
    }
    assert_in_range(number, 2, 100);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_share_and_the_number_decide),
        cmocka_unit_test(an_organisation_counts_once),
        cmocka_unit_test(many_held_lines_hasten_the_verdict),
        cmocka_unit_test(without_memory_a_question_is_not_counted),
    };
    return cmocka_run_group_tests_name("blame", tests, NULL, NULL);
}
