/* Options of the command line and of files: what wins where both say something. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "io/dns/dns.h"
#include "io/net/https_get.h"
#include "scanner/cli/scan_options.h"
#include "tests/unit/temp_file.h"

#define ARGUMENTS_MAX 12

static const char *const lacks[] = {"bom", "hosts", NULL};
static const struct command all = {.name = "scan",
                                   .options = &scan_options,
                                   .operands = "[LIST|-]",
                                   .max_operands = COMMAND_OPERANDS_ANY};
static const struct command some = {.name = "check",
                                    .options = &scan_options,
                                    .lacks = lacks,
                                    .operands = "DOMAIN...",
                                    .max_operands = COMMAND_OPERANDS_ANY};

struct scene {
    struct temp_file file;
    struct config config;
    struct option_origins origins;
    bool is_ok;
    int status;
    struct operands operands;
    char *argv[ARGUMENTS_MAX + 2];
};

/* Reads a command line; in `arguments` an argument FILE is the file with `text` in it. */
static void parse_bytes(struct scene *scene, const struct command *command, const char *text,
                        size_t len, const char *const *arguments)
{
    static char program[] = "scan";
    int argc = 1;
    temp_file_init(&scene->file, "options");
    temp_file_write(&scene->file, text, len);
    scene->argv[0] = program;
    for (; arguments[argc - 1] != NULL; argc++) {
        assert_true(argc <= ARGUMENTS_MAX);
        const char *argument = arguments[argc - 1];
        scene->argv[argc] =
            strcmp(argument, "FILE") == 0 ? scene->file.path : (char *)(uintptr_t)argument;
    }
    scene->argv[argc] = NULL;
    config_init(&scene->config);
    option_origins_init(&scene->origins);
    scene->is_ok = scan_options_parse(command, &scene->config, argc, scene->argv, &scene->origins,
                                      &scene->operands, &scene->status);
}

static void parse_of(struct scene *scene, const struct command *command, const char *text,
                     const char *const *arguments)
{
    parse_bytes(scene, command, text, strlen(text), arguments);
}

static void parse(struct scene *scene, const char *text, const char *const *arguments)
{
    parse_of(scene, &all, text, arguments);
}

static void end(struct scene *scene)
{
    option_origins_fini(&scene->origins);
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
        assert_true(scene.is_ok);
        assert_string_equal(scene.config.exclude_file, "mine");
        assert_true(scene.config.rate > 8.5);
        assert_int_equal(scene.config.depth, DEPTH_DEEP);
        assert_true(scene.config.ipv6 && !scene.config.ipv4);
        /* What only the file says holds. */
        assert_int_equal(scene.config.port, 26);
        assert_int_equal(scene.config.num_threads, 3);
        assert_true(scene.config.limits.reply < 5.5);
        assert_string_equal(scene.operands.names[0], "list");
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
    assert_true(scene.is_ok);
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
    assert_true(scene.is_ok);
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
    assert_true(scene.is_ok);
    assert_true(scene.config.rate > 8.5);
    assert_string_equal(scene.operands.names[0], "--config");
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
        assert_false(scene.is_ok);
        assert_int_equal(scene.status, 2);
        end(&scene);
    }
}

static void a_command_refuses_the_options_that_it_lacks(void **state)
{
    static const struct {
        const char *text;
        const char *arguments[ARGUMENTS_MAX];
        bool is_ok;
    } rows[] = {
        {"", {"--rate", "9"}, true},
        {"", {"--hosts"}, false},
        {"", {"--bom"}, false},
        {"rate = 9\n", {"--config", "FILE"}, true},
        /* One file serves all commands: what others read is passed over, unless it is wrong. */
        {"hosts\nlist = suppliers.csv\n", {"--config", "FILE"}, true},
        {"hosts = perhaps\n", {"--config", "FILE"}, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene scene;
        parse_of(&scene, &some, rows[i].text, rows[i].arguments);
        assert_int_equal(scene.is_ok, rows[i].is_ok);
        end(&scene);
    }
}

static void what_others_read_in_a_file_changes_nothing(void **state)
{
    struct scene scene;
    (void)state;
    parse_of(&scene, &some, "bom = yes\nhosts\nrate = 9\n",
             (const char *const[]){"--config", "FILE", NULL});
    assert_true(scene.is_ok);
    assert_false(scene.config.hosts || scene.config.byte_order_mark);
    assert_true(scene.config.rate < 9.5);
    end(&scene);
}

static void a_command_has_a_file_that_it_reads_where_none_is_named(void **state)
{
    static char name[] = "nightly", option[] = "--config", rate[] = "--rate=9", help[] = "--keep=3";
    struct temp_file usual, other;
    struct config config;
    struct operands operands;
    int status;
    (void)state;
    temp_file_init(&usual, "usual");
    temp_file_write(&usual, "keep = 5\nrate = 7\n", 18);
    temp_file_init(&other, "other");
    temp_file_write(&other, "rate = 8\n", 9);
    const struct command nightly = {.name = "nightly",
                                    .options = &scan_options,
                                    .has_nights = true,
                                    .configuration = usual.path,
                                    .operands = ""};
    for (unsigned i = 0; i < 3; i++) {
        char *lines[][5] = {
            {name, NULL}, {name, rate, help, NULL}, {name, option, other.path, NULL}};
        const unsigned keeps[] = {5, 3, 30};
        const double rates[] = {7, 9, 8};
        int argc = (int[]){1, 3, 3}[i];
        config_init(&config);
        assert_true(
            scan_options_parse(&nightly, &config, argc, lines[i], NULL, &operands, &status));
        assert_int_equal(config.nights.keep, keeps[i]);
        assert_true(config.rate > rates[i] - 0.5 && config.rate < rates[i] + 0.5);
        config_fini(&config);
    }
    /* It has to be there. */
    unlink(usual.path);
    char *argv[] = {name, NULL};
    config_init(&config);
    assert_false(scan_options_parse(&nightly, &config, 1, argv, NULL, &operands, &status));
    assert_int_equal(status, 2);
    config_fini(&config);
    temp_file_fini(&usual);
    temp_file_fini(&other);
}

static void what_is_of_nights_is_passed_over_by_a_scan(void **state)
{
    struct scene scene;
    (void)state;
    PARSE(&scene, "keep = 5\nrate = 7\n", "--config", "FILE");
    assert_true(scene.is_ok && scene.config.nights.keep == 30);
    end(&scene);
    PARSE(&scene, "keep = none\n", "--config", "FILE");
    assert_false(scene.is_ok);
    end(&scene);
    PARSE(&scene, "", "--keep", "5");
    assert_false(scene.is_ok);
    end(&scene);
}

struct settings_of_more {
    struct config config; /* first */
    bool is_thorough;
};

static const struct option_rule rules_of_more[] = {
    {"thorough", 't', NULL, OPTION_FLAG, offsetof(struct settings_of_more, is_thorough), NULL,
     "look twice", .standard = "no"},
};
static const struct option_table own_of_more = OPTION_TABLE(rules_of_more);
static const struct command more = {
    .name = "more", .options = &scan_options, .own = &own_of_more, .lacks = lacks, .operands = ""};

static void a_command_has_options_of_its_own_beside_those_of_a_scan(void **state)
{
    static char name[] = "more", thorough[] = "--thorough", letter[] = "-t", rate[] = "--rate=9";
    struct settings_of_more settings;
    struct operands operands;
    int status;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *argv[] = {name, rate, i == 0 ? thorough : letter, NULL};
        config_init(&settings.config);
        settings.is_thorough = false;
        assert_true(scan_options_parse(&more, &settings.config, 3, argv, NULL, &operands, &status));
        assert_true(settings.is_thorough && settings.config.rate > 8.5);
        config_fini(&settings.config);
    }
    /* Others have none of them, nor have files. */
    struct scene scene;
    PARSE(&scene, "", "--thorough");
    assert_false(scene.is_ok);
    end(&scene);
    parse_of(&scene, &more, "thorough = yes\n", (const char *const[]){"--config", "FILE", NULL});
    assert_false(scene.is_ok);
    end(&scene);
}

static void no_option_is_abbreviated(void **state)
{
    (void)state;
    for (size_t i = 0; i < scan_options.num_rules; i++) {
        const struct option_rule *rule = &scan_options.rules[i];
        for (size_t len = 1; len < strlen(rule->name); len++) {
            struct scene scene;
            char word[64];
            snprintf(word, sizeof(word), "--%.*s", (int)len, rule->name);
            if (option_find(&scan_options, word + 2) != NULL) {
                continue; /* it is another option's whole name */
            }
            PARSE(&scene, "", word, "1");
            assert_false(scene.is_ok);
            end(&scene);
        }
    }
}

static void a_list_of_the_file_is_no_option_of_the_command_line(void **state)
{
    struct scene scene;
    (void)state;
    PARSE(&scene, "list = of the file # and a comment\n", "--config", "FILE");
    assert_true(scene.is_ok);
    assert_string_equal(scene.config.list, "of the file");
    end(&scene);
    PARSE(&scene, "", "--list", "mine");
    assert_false(scene.is_ok);
    end(&scene);
}

static void flags_are_yes_or_no_in_files_and_on_the_command_line(void **state)
{
    static const struct {
        const char *text;
        const char *argument;
        bool is_ok, is_set;
    } rows[] = {
        {"hosts\n", "-v", true, true},
        {"hosts = yes\n", "-v", true, true},
        {"hosts=true\n", "-v", true, true},
        {"hosts = no\n", "-v", true, false},
        {"hosts = false\n", "-v", true, false},
        {"hosts = yes\n", "--hosts=no", true, false}, /* the command line wins in this too */
        {"hosts = no\n", "--hosts", true, true},
        {"hosts\n", "--hosts=false", true, false},
        {"hosts = YES\n", "-v", false, false},
        {"hosts =\n", "-v", false, false},
        {"hosts = 1\n", "-v", false, false},
        {"", "--hosts=", false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene scene;
        PARSE(&scene, rows[i].text, "--config", "FILE", rows[i].argument);
        assert_int_equal(scene.is_ok, rows[i].is_ok);
        assert_int_equal(scene.config.hosts, rows[i].is_set);
        end(&scene);
    }
}

static void a_family_may_be_given_back(void **state)
{
    static const struct {
        const char *text;
        const char *argument;
        bool ipv4, ipv6;
    } rows[] = {
        {"ipv4-only\n", "-v", true, false},
        {"ipv4-only\n", "-6", false, true},
        {"ipv4-only\n", "--ipv4-only=no", true, true},
        {"ipv4-only\n", "--ipv6-only=no", true, false},
        {"ipv4-only = no\nipv6-only = no\n", "-v", true, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene scene;
        PARSE(&scene, rows[i].text, "--config", "FILE", rows[i].argument);
        assert_true(scene.is_ok);
        assert_int_equal(scene.config.ipv4, rows[i].ipv4);
        assert_int_equal(scene.config.ipv6, rows[i].ipv6);
        end(&scene);
    }
}

static void comments_are_as_long_as_they_like_and_options_are_not(void **state)
{
    enum { LONG = 100000, LONGEST = 4096 };
    static const struct {
        const char *begin;
        size_t filling;
        bool is_ok;
        double rate;
    } rows[] = {
        {"rate = 7\n#", LONG, true, 7},
        {"rate = 7 #", LONG, true, 7},
        {"rate = 7\n\t#", LONG, true, 7},
        {"exclude = ", LONGEST - 10, true, 500},
        {"exclude = ", LONGEST - 9, false, 500},
        {"exclude=#", LONG, false, 500}, /* no blank before: it is the value */
    };
    static char text[LONG + 64];
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene scene;
        size_t len = strlen(rows[i].begin);
        memcpy(text, rows[i].begin, len);
        memset(text + len, 'x', rows[i].filling);
        strcpy(text + len + rows[i].filling, "\nport = 26\n");
        PARSE(&scene, text, "--config", "FILE");
        assert_int_equal(scene.is_ok, rows[i].is_ok);
        assert_int_equal(scene.config.port, rows[i].is_ok ? 26 : 0);
        assert_true(scene.config.rate > rows[i].rate - 0.5 &&
                    scene.config.rate < rows[i].rate + 0.5);
        end(&scene);
    }
}

static void a_number_sign_within_a_word_is_no_comment(void **state)
{
    struct scene scene;
    (void)state;
    PARSE(&scene, "exclude = list#1.txt\t# a comment", "--config", "FILE");
    assert_true(scene.is_ok);
    assert_string_equal(scene.config.exclude_file, "list#1.txt");
    end(&scene);
}

static void what_is_no_text_is_refused(void **state)
{
    static const char bytes[] = "port = 26\n\0rate = 7\n";
    static const char *const arguments[] = {"--config", "FILE", NULL};
    struct scene scene;
    (void)state;
    parse_bytes(&scene, &all, bytes, sizeof(bytes) - 1, arguments);
    assert_false(scene.is_ok);
    end(&scene);
}

static void letters_may_stand_together_and_before_their_value(void **state)
{
    struct scene scene;
    (void)state;
    PARSE(&scene, "", "-4voresults", "one", "--", "-6", "-");
    assert_true(scene.is_ok);
    assert_true(scene.config.ipv4 && !scene.config.ipv6 && scene.config.verbose);
    assert_string_equal(scene.config.output, "results");
    assert_int_equal(scene.operands.num, 3);
    assert_string_equal(scene.operands.names[0], "one");
    assert_string_equal(scene.operands.names[1], "-6");
    assert_string_equal(scene.operands.names[2], "-");
    end(&scene);
    PARSE(&scene, "", "-vo");
    assert_false(scene.is_ok);
    end(&scene);
}

static void a_value_may_look_like_an_option_and_be_empty(void **state)
{
    struct scene scene;
    (void)state;
    PARSE(&scene, "", "--output", "--resume", "--exclude=");
    assert_true(scene.is_ok);
    assert_string_equal(scene.config.output, "--resume");
    assert_string_equal(scene.config.exclude_file, "");
    assert_false(scene.config.resume);
    end(&scene);
}

static void as_many_retries_as_one_likes_and_none(void **state)
{
    struct scene scene;
    (void)state;
    PARSE(&scene, "max-retries = 7\n", "--config", "FILE", "--max-retries", "0");
    assert_true(scene.is_ok);
    assert_int_equal(scene.config.max_retries, 0);
    end(&scene);
}

static void each_default_of_the_table_can_be_read(void **state)
{
    struct config config;
    (void)state;
    config_init(&config);
    for (size_t i = 0; i < scan_options.num_rules; i++) {
        const struct option_rule *rule = &scan_options.rules[i];
        if (rule->standard != NULL) {
            assert_null(option_read(rule, &config, 1, rule->standard));
        } else {
            assert_non_null(rule->otherwise);
        }
    }
    assert_int_equal(config.dns_concurrency, DNS_MAX_IN_FLIGHT);
    assert_true(config.limits.https <= HTTPS_SECONDS && config.limits.https >= HTTPS_SECONDS);
    config_fini(&config);
}

static void each_word_of_the_table_can_be_read(void **state)
{
    struct config config;
    (void)state;
    config_init(&config);
    for (size_t i = 0; i < scan_options.num_rules; i++) {
        const struct option_rule *rule = &scan_options.rules[i];
        char words[256], *rest = words;
        snprintf(words, sizeof(words), "%s", rule->words != NULL ? rule->words : "");
        for (char *word; (word = strsep(&rest, " ")) != NULL && word[0] != '\0';) {
            assert_null(option_read(rule, &config, 1, word));
        }
    }
    config_fini(&config);
}

/* ---- Where options come from ---- */

static const struct option_given *given_of(const struct scene *scene, const char *name,
                                           bool *out_is_no)
{
    return option_origins_find(&scene->origins, option_find(&scan_options, name), out_is_no);
}

static void the_origin_is_that_of_what_holds(void **state)
{
    struct scene scene;
    bool is_no;
    (void)state;
    PARSE(&scene, "rate = 7\n\nport = 26\nallow-net = ::1\nallow-net = ::2\nipv4-only\n",
          "--config", "FILE", "--rate", "9", "--allow-net", "::3", "--allow-net", "::4", "-6");
    assert_true(scene.is_ok);
    assert_null(given_of(&scene, "rate", &is_no)->place.file);
    assert_string_equal(given_of(&scene, "port", &is_no)->place.file, scene.file.path);
    assert_int_equal(given_of(&scene, "port", &is_no)->place.line, 3);
    assert_string_equal(given_of(&scene, "allow-net", &is_no)->value, "::3");
    assert_null(given_of(&scene, "depth", &is_no));
    assert_null(given_of(&scene, "ipv4-only", &is_no)->place.file); /* -6 has ended it */
    assert_true(is_no);
    assert_non_null(given_of(&scene, "ipv6-only", &is_no));
    assert_false(is_no);
    end(&scene);
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
        cmocka_unit_test(what_others_read_in_a_file_changes_nothing),
        cmocka_unit_test(a_command_has_a_file_that_it_reads_where_none_is_named),
        cmocka_unit_test(what_is_of_nights_is_passed_over_by_a_scan),
        cmocka_unit_test(a_command_has_options_of_its_own_beside_those_of_a_scan),
        cmocka_unit_test(no_option_is_abbreviated),
        cmocka_unit_test(a_list_of_the_file_is_no_option_of_the_command_line),
        cmocka_unit_test(flags_are_yes_or_no_in_files_and_on_the_command_line),
        cmocka_unit_test(a_family_may_be_given_back),
        cmocka_unit_test(comments_are_as_long_as_they_like_and_options_are_not),
        cmocka_unit_test(a_number_sign_within_a_word_is_no_comment),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(letters_may_stand_together_and_before_their_value),
        cmocka_unit_test(a_value_may_look_like_an_option_and_be_empty),
        cmocka_unit_test(as_many_retries_as_one_likes_and_none),
        cmocka_unit_test(each_default_of_the_table_can_be_read),
        cmocka_unit_test(each_word_of_the_table_can_be_read),
        cmocka_unit_test(the_origin_is_that_of_what_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
