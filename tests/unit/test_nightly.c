/* A night with a scan that ends as the test wants it: a night starts its own program, and that is
 * this one here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <zstd.h>

#include "io/base/calendar.h"
#include "scanner/nightly/night_folder.h"
#include "scanner/nightly/nightly.h"
#include "tests/unit/temp_file.h"

#define UNDER_WAY  "under-way.jsonl.zst"
#define RUN        "{\"type\":\"run\",\"schema_version\":1,\"version\":\"9.9\",\"started\":\"%s\"}\n"
#define DOMAIN     "{\"type\":\"domain\",\"domain\":\"a.example\",\"grade\":\"A\"}\n"
#define VOIDED     "{\"type\":\"run_void\",\"reason\":\"same_greeting\",\"detail\":\"one greeting\"}\n"
#define SUMMARY    "{\"type\":\"summary\",\"complete\":true,\"domains\":1}\n"
#define INCOMPLETE "{\"type\":\"summary\",\"complete\":false,\"domains\":1}\n"
#define GRADED(letter)                                                                             \
    "{\"type\":\"summary\",\"complete\":true,\"domains\":1,\"domain_grades\":{\"" letter "\":1}}"  \
    "\n"
#define TEXT_MAX 1024

/* ---- The program in place of the scan ---- */

/* Writes a run that began so many hours ago. */
static bool write_night(const char *path, double hours, const char *rest)
{
    char text[TEXT_MAX], packed[2 * TEXT_MAX], started[CALENDAR_TEXT_MAX + 1];
    size_t len = calendar_write((double)time(NULL) - hours * 3600, false, started);
    started[len] = '\0';
    int text_len = snprintf(text, sizeof(text), RUN "%s", started, rest);
    size_t packed_len = ZSTD_compress(packed, sizeof(packed), text, (size_t)text_len, 1);
    FILE *stream = fopen(path, "wb");
    return stream != NULL && fwrite(packed, 1, packed_len, stream) == packed_len &&
           fclose(stream) == 0;
}

/* Is one of this program's descriptors a file of that name? */
static bool has_open(const char *name)
{
    for (int fd = 3; fd < 64; fd++) {
        char link[64], target[PATH_MAX];
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        ssize_t len = readlink(link, target, sizeof(target) - 1);
        target[len > 0 ? len : 0] = '\0';
        const char *last = strrchr(target, '/');
        if (last != NULL && strcmp(last + 1, name) == 0) {
            return true;
        }
    }
    return false;
}

/* As the variables say: SCAN_WRITES is what it writes, SCAN_STATUS or SCAN_SIGNAL how it ends. */
static int play_scan(int argc, char **argv)
{
    static const char output[] = "--output=";
    const char *text = getenv("SCAN_WRITES"), *number = getenv("SCAN_SIGNAL");
    for (int i = 2; i < argc && text != NULL; i++) {
        if (strncmp(argv[i], output, strlen(output)) == 0 &&
            !write_night(argv[i] + strlen(output), 0, text)) {
            return 99;
        }
    }
    if (!has_open("lock")) {
        return 98;
    }
    if (number != NULL) {
        (void)raise(atoi(number));
    }
    return atoi(getenv("SCAN_STATUS"));
}

/* ---- A folder of nights ---- */

struct scene {
    struct temp_file place;
    struct night_folder folder;
    struct config config;
};

static void begin(struct scene *scene)
{
    temp_file_init(&scene->place, "nights");
    assert_true(night_folder_open(&scene->folder, scene->place.path));
    scene->config = (struct config){
        .list = "/dev/null",
        .nights = {.folder = scene->place.path, .keep = 30, .notify = CONFIG_NOTIFY_LATER}};
    setenv("HISTORY_STATUS", "0", 1);
    setenv("SCAN_STATUS", "0", 1);
    unsetenv("SCAN_SIGNAL");
    unsetenv("SCAN_WRITES");
}

/* How many names begin so. */
static unsigned count(const struct scene *scene, const char *prefix)
{
    unsigned num = 0;
    DIR *names = opendir(scene->place.path);
    assert_non_null(names);
    for (struct dirent *entry = readdir(names); entry != NULL; entry = readdir(names)) {
        num += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    }
    closedir(names);
    return num;
}

static void end(struct scene *scene)
{
    DIR *names = opendir(scene->place.path);
    assert_non_null(names);
    for (struct dirent *entry = readdir(names); entry != NULL; entry = readdir(names)) {
        (void)unlinkat(scene->folder.fd, entry->d_name, 0);
    }
    closedir(names);
    night_folder_close(&scene->folder);
    assert_int_equal(rmdir(scene->place.path), 0);
    assert_int_equal(rmdir(scene->place.folder), 0);
}

static enum nightly_status run(struct scene *scene)
{
    return nightly_run(&scene->config, NULL, 0);
}

static void leave_under_way(const struct scene *scene, double hours, const char *rest)
{
    char path[NIGHT_PATH_SIZE];
    assert_true(night_folder_path(&scene->folder, UNDER_WAY, path));
    assert_true(write_night(path, hours, rest));
}

/* ---- What a night makes of how its scan ended ---- */

static void only_a_scan_that_ended_well_with_a_whole_file_is_a_night(void **state)
{
    static const struct {
        const char *writes, *status, *signal;
        enum nightly_status wanted;
    } cases[] = {
        {DOMAIN SUMMARY, "0", NULL, NIGHTLY_DONE},
        {DOMAIN SUMMARY, "1", NULL, NIGHTLY_DONE},
        {DOMAIN VOIDED SUMMARY, "0", NULL, NIGHTLY_CUT_SHORT},
        {DOMAIN INCOMPLETE, "0", NULL, NIGHTLY_CUT_SHORT},
        {DOMAIN, "0", NULL, NIGHTLY_CUT_SHORT},
        {NULL, "0", NULL, NIGHTLY_CUT_SHORT},
        {DOMAIN INCOMPLETE, "3", NULL, NIGHTLY_CUT_SHORT},
        {DOMAIN SUMMARY, "127", NULL, NIGHTLY_CUT_SHORT},
        {DOMAIN SUMMARY, "4", NULL, NIGHTLY_CUT_SHORT},
        {DOMAIN, "0", "9", NIGHTLY_CUT_SHORT},
        {NULL, "2", NULL, NIGHTLY_USAGE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scene scene;
        char latest[NIGHT_NAME_SIZE];
        begin(&scene);
        if (cases[i].writes != NULL) {
            setenv("SCAN_WRITES", cases[i].writes, 1);
        }
        if (cases[i].signal != NULL) {
            setenv("SCAN_SIGNAL", cases[i].signal, 1);
        }
        setenv("SCAN_STATUS", cases[i].status, 1);
        enum nightly_status status = run(&scene);
        bool is_night = night_folder_read_link(&scene.folder, "latest", latest);
        if (status != cases[i].wanted || is_night != (status == NIGHTLY_DONE) ||
            count(&scene, "night-") != is_night) {
            fail_msg("case %zu: status %u", i, (unsigned)status);
        }
        end(&scene);
    }
}

static void a_history_that_refuses_leaves_the_night_to_the_next_one(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    setenv("SCAN_WRITES", DOMAIN SUMMARY, 1);
    setenv("HISTORY_STATUS", "3", 1);
    assert_int_equal(run(&scene), NIGHTLY_CUT_SHORT);
    assert_int_equal(count(&scene, UNDER_WAY), 1);
    assert_int_equal(count(&scene, "latest"), 0);
    setenv("HISTORY_STATUS", "0", 1);
    assert_int_equal(run(&scene), NIGHTLY_DONE);
    assert_int_equal(count(&scene, "night-"), 2); /* that one, and one of its own */
    end(&scene);
}

static void a_rest_of_more_than_two_days_is_set_aside(void **state)
{
    static const struct {
        double hours;
        unsigned num_aside;
    } cases[] = {{49, 1}, {47, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scene scene;
        begin(&scene);
        leave_under_way(&scene, cases[i].hours, DOMAIN INCOMPLETE);
        setenv("SCAN_WRITES", DOMAIN SUMMARY, 1);
        assert_int_equal(run(&scene), NIGHTLY_DONE);
        assert_int_equal(count(&scene, "cut-"), cases[i].num_aside);
        assert_int_equal(count(&scene, "night-"), 1);
        end(&scene);
    }
}

static void a_whole_night_is_finished_however_old(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    leave_under_way(&scene, 100, DOMAIN SUMMARY);
    setenv("SCAN_WRITES", DOMAIN SUMMARY, 1);
    assert_int_equal(run(&scene), NIGHTLY_DONE);
    assert_int_equal(count(&scene, "night-"), 2);
    assert_int_equal(count(&scene, "cut-"), 0);
    end(&scene);
}

/* The bar is that of each night, and none of them keeps the next one from its scan. */
static void a_night_below_the_bar_is_finished_and_the_next_one_scans(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    scene.config.fail_on = "B";
    leave_under_way(&scene, 24, DOMAIN GRADED("C"));
    setenv("SCAN_WRITES", DOMAIN GRADED("A"), 1);
    assert_int_equal(run(&scene), NIGHTLY_DONE);
    assert_int_equal(count(&scene, "night-"), 2);
    setenv("SCAN_WRITES", DOMAIN GRADED("B"), 1);
    assert_int_equal(run(&scene), NIGHTLY_BAR_CROSSED);
    assert_int_equal(count(&scene, "night-"), 3);
    end(&scene);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_scan_that_ended_well_with_a_whole_file_is_a_night),
        cmocka_unit_test(a_history_that_refuses_leaves_the_night_to_the_next_one),
        cmocka_unit_test(a_rest_of_more_than_two_days_is_set_aside),
        cmocka_unit_test(a_whole_night_is_finished_however_old),
        cmocka_unit_test(a_night_below_the_bar_is_finished_and_the_next_one_scans),
    };
    if (argc > 1 && strcmp(argv[1], "scan") == 0) {
        return play_scan(argc, argv);
    }
    if (argc > 1 && strcmp(argv[1], "history") == 0) {
        return atoi(getenv("HISTORY_STATUS"));
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
