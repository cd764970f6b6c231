/* A history in memory: runs added, restored and told, also while memory is short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "output/history/history_past.h"
#include "output/history/history_results.h"
#include "output/history/history_store.h"
#include "temp_file.h"
#include "tests/unit/failing_allocator.h"

#define IN_MEMORY ":memory:"

#define RUN(day)                                                                                   \
    "{\"type\":\"run\",\"schema_version\":1,\"list\":\"list\",\"policy_digest\":\"aa\","           \
    "\"started\":\"2026-11-" day "T02:00:00.007Z\",\"now\":\"2026-11-" day "T02:00:00Z\"}\n"
#define ENDPOINT(address)                                                                          \
    "{\"type\":\"endpoint\",\"host\":\"mx.a.example\",\"address\":\"" address "\",\"port\":25,"    \
    "\"service\":\"smtp\",\"outcome\":\"ok\",\"certificate\":{\"subject\":\"CN=x\","               \
    "\"not_after\":\"2026-11-30T00:00:00Z\",\"trusted\":\"yes\",\"sha256\":"                       \
    "\"0101010101010101010101010101010101010101010101010101010101010101\"},\"grade\":\"A\","       \
    "\"score\":90,\"provider\":\"a.example\",\"evidence\":{}}\n"
#define DOMAIN(address, grade)                                                                     \
    "{\"type\":\"domain\",\"domain\":\"a.example\",\"input\":\"a.example\",\"line\":1,"            \
    "\"mail\":\"mx\",\"mx\":[{\"preference\":10,\"host\":\"mx.a.example\",\"outcome\":\"ok\","     \
    "\"endpoints\":[{\"address\":\"" address "\",\"port\":25}]}],\"grade\":\"" grade "\","         \
    "\"score\":80,\"evidence\":{},\"findings\":[{\"code\":\"no_sct\",\"severity\":\"info\","       \
    "\"detail\":\"mx.a.example (" address ")\"}]}\n"
#define SUMMARY                    "{\"type\":\"summary\",\"complete\":true,\"domains\":1}\n"
#define NIGHT(day, address, grade) RUN(day) ENDPOINT(address) DOMAIN(address, grade) SUMMARY

#define ERROR_SIZE 512

struct scene {
    struct temp_file file;
    struct history *history;
    char error[ERROR_SIZE];
};

static enum history_added add(struct scene *scene, const char *lines, struct history_run_key *key)
{
    temp_file_write(&scene->file, lines, strlen(lines));
    scene->error[0] = '\0';
    return history_add(scene->history, scene->file.path, key, scene->error, ERROR_SIZE);
}

static void open_scene(struct scene *scene)
{
    temp_file_init(&scene->file, "night.jsonl");
    scene->history = history_open(IN_MEMORY, HISTORY_WRITE, scene->error, ERROR_SIZE);
    assert_non_null(scene->history);
}

/* Also what a failed addition has left alone, which it says itself no more. */
static int64_t count(struct scene *scene, const char *table)
{
    struct history_sql sql = {.db = scene->history->sql.db, .path = IN_MEMORY};
    char text[64];
    snprintf(text, sizeof(text), "SELECT count(*) FROM %s", table);
    return history_sql_number(&sql, text, -1);
}

static void close_scene(struct scene *scene)
{
    history_close(scene->history);
    temp_file_fini(&scene->file);
}

/* ---- What is kept ---- */

static void test_addresses_that_rotate_change_no_domain(void **state)
{
    (void)state;
    struct scene scene;
    struct history_run_key key;
    open_scene(&scene);
    assert_int_equal(add(&scene, NIGHT("20", "192.0.2.1", "A"), &key), HISTORY_ADDED);
    assert_int_equal(count(&scene, "state"), 2);   /* the domain and its host */
    assert_int_equal(count(&scene, "content"), 3); /* these, and what the address showed */
    assert_int_equal(add(&scene, NIGHT("21", "192.0.2.2", "A"), &key), HISTORY_ADDED);
    assert_int_equal(count(&scene, "state"), 3);
    assert_int_equal(count(&scene, "content"), 3);
    /* What comes again is kept once. */
    assert_int_equal(add(&scene, NIGHT("22", "192.0.2.1", "B"), &key), HISTORY_ADDED);
    assert_int_equal(count(&scene, "content"), 4);
    assert_int_equal(add(&scene, NIGHT("23", "192.0.2.1", "A"), &key), HISTORY_ADDED);
    assert_int_equal(count(&scene, "state"), 6);
    assert_int_equal(count(&scene, "content"), 4);
    assert_int_equal(count(&scene, "certificate"), 1);
    close_scene(&scene);
}

static void test_a_run_is_restored_with_its_addresses_and_days(void **state)
{
    (void)state;
    struct scene scene;
    struct history_run_key key;
    struct history_runs runs;
    open_scene(&scene);
    add(&scene, NIGHT("20", "192.0.2.1", "A"), &key);
    add(&scene, NIGHT("21", "192.0.2.2", "B"), &key);
    assert_true(history_runs_read(scene.history, &runs));
    static const char *const addresses[] = {"192.0.2.1", "192.0.2.2"};
    static const char *const details[] = {"mx.a.example (192.0.2.1)", "mx.a.example (192.0.2.2)"};
    static const enum grade grades[] = {GRADE_A, GRADE_B};
    for (int i = 0; i < 2; i++) {
        struct arena arena = {0};
        struct domain_record domain;
        struct endpoint_record endpoint;
        struct result_file *file =
            history_results(scene.history, &runs.items[i], scene.error, ERROR_SIZE);
        assert_non_null(file);
        assert_int_equal(result_file_ending(file), RESULT_COMPLETE);
        assert_true(result_file_domain(file, 0, &arena, &domain));
        assert_int_equal(domain.grade, grades[i]);
        assert_string_equal(domain.mx[0].endpoints[0].address, addresses[i]);
        assert_string_equal(domain.findings[0].detail, details[i]);
        assert_true(
            result_file_endpoint(file, "mx.a.example", addresses[i], 25, &arena, &endpoint));
        assert_int_equal(endpoint.certificate->days_left, 9 - i);
        assert_int_equal(endpoint.certificate->trusted.value, TRI_YES);
        assert_string_equal(endpoint.provider, "a.example");
        arena_free(&arena);
        result_file_close(file);
    }
    history_runs_fini(&runs);
    close_scene(&scene);
}

static void test_runs_are_named_by_number_and_time(void **state)
{
    (void)state;
    struct scene scene;
    struct history_run_key key;
    struct history_runs runs;
    open_scene(&scene);
    add(&scene, NIGHT("21", "192.0.2.1", "A"), &key);
    add(&scene, NIGHT("20", "192.0.2.1", "A"), &key);
    assert_true(history_runs_read(scene.history, &runs));
    static const struct {
        const char *name;
        int64_t id; /* 0: there is none */
    } cases[] = {{"1", 1},
                 {"2", 2},
                 {"3", 0},
                 {"01", 1},
                 {"2026-11-20", 2},
                 {"2026-11-21", 1},
                 {"2026-11-20T02", 2},
                 {"2026-11-20T03", 0},
                 {"2026-11-20T02:00:00Z", 2},
                 {"2026-11-20T02:00:01Z", 0},
                 {"2026-11-20T02:00:00.007Z", 2},
                 {"2026-11-20T02:00:00.008Z", 0},
                 {"2026-11", 0}, /* less than a day */
                 {"", 0},
                 {"99999999999999999999", 0}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct history_run *run = history_runs_find(&runs, cases[i].name);
        assert_int_equal(run != NULL ? run->key.id : 0, cases[i].id);
    }
    history_runs_fini(&runs);
    close_scene(&scene);
}

static void test_a_name_longer_than_any_can_be_is_refused(void **state)
{
    (void)state;
    struct scene scene;
    struct history_run_key key;
    static char lines[16384];
    char name[6001];
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    snprintf(lines, sizeof(lines),
             RUN("20") "{\"type\":\"domain\",\"domain\":\"%s\",\"line\":1}\n" SUMMARY, name);
    open_scene(&scene);
    assert_int_equal(add(&scene, lines, &key), HISTORY_FAILED);
    assert_non_null(strstr(scene.error, "longer than any can be"));
    assert_int_equal(count(&scene, "run"), 0);
    close_scene(&scene);
}

/* ---- Without memory ---- */

static void test_without_memory_a_run_is_added_as_a_whole_or_not_at_all(void **state)
{
    (void)state;
    unsigned long first = 0, num_failed = 1, num_refused = 0;
    for (; num_failed > 0; first++) {
        struct scene scene;
        struct history_run_key key;
        open_scene(&scene);
        temp_file_write(&scene.file, NIGHT("20", "192.0.2.1", "A"),
                        strlen(NIGHT("20", "192.0.2.1", "A")));
        scene.error[0] = '\0';
        fail_allocations(first, 1);
        enum history_added added =
            history_add(scene.history, scene.file.path, &key, scene.error, ERROR_SIZE);
        num_failed = end_failing();
        bool is_there = added == HISTORY_ADDED;
        num_refused += !is_there;
        assert_int_equal(count(&scene, "run"), is_there ? 1 : 0);
        assert_int_equal(count(&scene, "state"), is_there ? 2 : 0);
        assert_true(is_there || scene.error[0] != '\0');
        assert_true(is_there || num_failed > 0);
        close_scene(&scene);
    }
    assert_true(num_refused > 10);
}

static void test_without_memory_what_is_told_is_whole_or_refused(void **state)
{
    (void)state;
    unsigned long num_failed = 1;
    for (unsigned long first = 0; num_failed > 0; first++) {
        struct scene scene;
        struct history_run_key key;
        struct history_runs runs;
        struct history_past past = {.num_runs = 0};
        open_scene(&scene);
        add(&scene, NIGHT("20", "192.0.2.1", "A"), &key);
        add(&scene, NIGHT("21", "192.0.2.1", "B"), &key);
        fail_allocations(first, 1);
        bool ok = history_runs_read(scene.history, &runs) &&
                  history_past_read(scene.history, &runs, "a.example", &past);
        struct result_file *file =
            ok ? history_results(scene.history, &runs.items[1], scene.error, ERROR_SIZE) : NULL;
        num_failed = end_failing();
        if (ok) {
            assert_int_equal(past.span.num_runs, 2);
            assert_int_equal(STAILQ_FIRST(&past.certificates)->span.num_runs, 2);
            assert_int_equal(STAILQ_FIRST(&past.findings)->span.num_runs, 2);
        } else {
            assert_string_not_equal(history_error(scene.history), "");
        }
        assert_true(file != NULL || num_failed > 0);
        result_file_close(file);
        history_past_fini(&past);
        history_runs_fini(&runs);
        close_scene(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_that_rotate_change_no_domain),
        cmocka_unit_test(test_a_run_is_restored_with_its_addresses_and_days),
        cmocka_unit_test(test_runs_are_named_by_number_and_time),
        cmocka_unit_test(test_a_name_longer_than_any_can_be_is_refused),
        cmocka_unit_test(test_without_memory_a_run_is_added_as_a_whole_or_not_at_all),
        cmocka_unit_test(test_without_memory_what_is_told_is_whole_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
