/* Options of the command line and of files: what wins where both say something. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "scanner/cli/options.h"
#include "tests/unit/temp_file.h"

#define ARGUMENTS_MAX 12

static const char *const lacks[] = {"bom", "hosts", NULL};
static const struct options_of all = {.usage = "scan [options] [LIST|-]"};
static const struct options_of some = {
    .usage = "check [options] DOMAIN...", .command = "check", .lacks = lacks};

struct scene {
    struct temp_file file;
    struct config config;
    enum options_status status;
    int first;
    char *argv[ARGUMENTS_MAX + 2];
};

/* Reads a command line; in `arguments` an argument FILE is the file with `text` in it. */
static void parse_of(struct scene *scene, const struct options_of *of, const char *text,
                     const char *const *arguments)
{
    static char program[] = "scan";
    int argc = 1;
    temp_file_init(&scene->file, "options");
    temp_file_write(&scene->file, text, strlen(text));
    scene->argv[0] = program;
    for (; arguments[argc - 1] != NULL; argc++) {
        assert_true(argc <= ARGUMENTS_MAX);
        const char *argument = arguments[argc - 1];
        scene->argv[argc] =
            strcmp(argument, "FILE") == 0 ? scene->file.path : (char *)(uintptr_t)argument;
    }
    scene->argv[argc] = NULL;
    config_init(&scene->config);
    scene->status = options_parse(&scene->config, argc, scene->argv, of, &scene->first);
}

static void parse(struct scene *scene, const char *text, const char *const *arguments)
{
    parse_of(scene, &all, text, arguments);
}

static void end(struct scene *scene)
{
    config_fini(&scene->config);
    temp_file_fini(&scene->file);
}

#define PARSE(scene, text, ...) parse((scene), (text), (const char *const[]){__VA_ARGS__, NULL})

static void the_command_line_wins_before_and_behind_the_file(void **state)
{
    static const char file[] = "exclude = of-the-file\nrate = 7\ndepth = quick\nipv4-only\n"
                               "port = 26\nthreads = 3\nreply-timeout = 5\n";
    static const char *const lines[][ARGUMENTS_MAX] = {
        {"--exclude", "mine", "--rate", "9", "--depth", "deep", "-6", "--config", "FILE", "list"},
        {"--config", "FILE", "--exclude", "mine", "--rate", "9", "--depth", "deep", "-6", "list"},
        {"list", "--exclude", "mine", "--rate", "9", "--config", "FILE", "--depth", "deep", "-6"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct scene scene;
        parse(&scene, file, lines[i]);
        assert_int_equal(scene.status, OPTIONS_OK);
        assert_string_equal(scene.config.exclude_file, "mine");
        assert_true(scene.config.rate > 8.5);
        assert_int_equal(scene.config.depth, DEPTH_DEEP);
        assert_true(scene.config.ipv6 && !scene.config.ipv4);
        /* What only the file says holds. */
        assert_int_equal(scene.config.port, 26);
        assert_int_equal(scene.config.num_threads, 3);
        assert_true(scene.config.limits.reply < 5.5);
        assert_string_equal(scene.argv[scene.first], "list");
        end(&scene);
    }
}

static void a_repeatable_option_of_the_command_line_replaces_that_of_the_file(void **state)
{
    static const char file[] =
        "allow-net = 10.0.0.0/8\nallow-net = 127.0.0.0/8\ngeo = country.mmdb\ngeo = as.mmdb\n";
    struct scene scene;
    (void)state;
    PARSE(&scene, file, "--allow-net", "192.0.2.0/24", "--config", "FILE", "--allow-net", "::1");
    assert_int_equal(scene.status, OPTIONS_OK);
    assert_int_equal(scene.config.allow_net.num_items, 2);
    assert_string_equal(scene.config.allow_net.items[0], "192.0.2.0/24");
    assert_string_equal(scene.config.allow_net.items[1], "::1");
    assert_int_equal(scene.config.allowed.num_items, 2);
    assert_int_equal(scene.config.geo.num_items, 2);
    assert_string_equal(scene.config.geo.items[1], "as.mmdb");
    end(&scene);
}

static void of_two_files_the_later_one_wins(void **state)
{
    static const char file[] = "rate = 7\nallow-net = 10.0.0.0/8\n";
    static const char later[] = "rate = 8\nallow-net = 127.0.0.0/8\n";
    struct temp_file second;
    struct scene scene;
    (void)state;
    temp_file_init(&second, "second");
    temp_file_write(&second, later, strlen(later));
    PARSE(&scene, file, "--config", "FILE", "--config", second.path);
    assert_int_equal(scene.status, OPTIONS_OK);
    assert_true(scene.config.rate > 7.5);
    assert_int_equal(scene.config.allow_net.num_items, 1);
    assert_string_equal(scene.config.allow_net.items[0], "127.0.0.0/8");
    end(&scene);
    temp_file_fini(&second);
}

static void what_stands_behind_two_dashes_is_no_option(void **state)
{
    struct scene scene;
    (void)state;
    PARSE(&scene, "rate = 7\n", "--rate", "9", "--", "--config", "FILE");
    assert_int_equal(scene.status, OPTIONS_OK);
    assert_true(scene.config.rate > 8.5);
    assert_string_equal(scene.argv[scene.first], "--config");
    end(&scene);
}

static void a_bad_file_and_a_bad_option_are_refused(void **state)
{
    static const char *const lines[][ARGUMENTS_MAX] = {
        {"--config", "FILE"}, {"--config", "/nonexistent"}, {"--nonsense"}, {"--rate", "-1"},
        {"--config"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct scene scene;
        parse(&scene, "rate = fast\n", lines[i]);
        assert_int_equal(scene.status, OPTIONS_BAD);
        end(&scene);
    }
}

static void a_command_refuses_the_options_that_it_lacks(void **state)
{
    static const struct {
        const char *text;
        const char *arguments[ARGUMENTS_MAX];
        enum options_status status;
    } rows[] = {
        {"", {"--rate", "9"}, OPTIONS_OK},
        {"", {"--hosts"}, OPTIONS_BAD},
        {"", {"--bo"}, OPTIONS_BAD}, /* short for --bom */
        {"rate = 9\n", {"--config", "FILE"}, OPTIONS_OK},
        {"hosts\n", {"--config", "FILE"}, OPTIONS_BAD},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene scene;
        parse_of(&scene, &some, rows[i].text, rows[i].arguments);
        assert_int_equal(scene.status, rows[i].status);
        end(&scene);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_command_line_wins_before_and_behind_the_file),
        cmocka_unit_test(a_repeatable_option_of_the_command_line_replaces_that_of_the_file),
        cmocka_unit_test(of_two_files_the_later_one_wins),
        cmocka_unit_test(what_stands_behind_two_dashes_is_no_option),
        cmocka_unit_test(a_bad_file_and_a_bad_option_are_refused),
        cmocka_unit_test(a_command_refuses_the_options_that_it_lacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
