/* The options by which --resume tells whether a file is of the same questions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scanner/cli/scan_options.h"
#include "scanner/engine/run_options.h"

static const struct command all = {
    .name = "scan", .options = &scan_options, .operands = "[LIST|-]"};

static void read_all(struct run_options *out_options, struct config *config, int argc, char **argv)
{
    struct operands operands;
    int status;
    config_init(config);
    assert_true(scan_options_parse(&all, config, argc, argv, NULL, &operands, &status));
    run_options_of(config, out_options);
}

/* Each option that shapes a verdict, with a value that nobody has by default, changes one entry. */
static void each_option_that_shapes_a_verdict_shows(void **state)
{
    static const char *const cases[][3] = {
        {"--depth", "deep", "depth"},
        {"--services", "imap", "services"},
        {"--submission-on-mx", NULL, "submission-on-mx"},
        {"--hosts", NULL, "hosts"},
        {"--port", "2525", "port"},
        {"--https-port", "4430", "https-port"},
        {"-6", NULL, "families"},
        {"--shard", "2/3", "shard"},
        {"--ca-file", "roots.pem", "ca-file"},
        {"--extra-ca", "more.pem", "extra-ca"},
        {"--exclude", "never.txt", "exclude"},
        {"--allow-net", "192.0.2.0/24", "allow-net"},
        {"--resolver", "192.0.2.53", "resolver"},
        {"--resolver", "own", "resolver"},
        {"--resolver-config", "unbound.conf", "resolver-config"},
        {"--trust-ad", NULL, "trust-ad"},
        {"--source", "192.0.2.7", "source"},
        {"--proxy", "socks5://me:secret@192.0.2.7:1080", "proxy"},
        {"--ehlo", "scanner.example.org", "ehlo"},
        {"--connect-timeout", "1.5", "connect-timeout"},
        {"--banner-timeout", "1.5", "banner-timeout"},
        {"--reply-timeout", "1.5", "reply-timeout"},
        {"--handshake-timeout", "1.5", "handshake-timeout"},
        {"--target-timeout", "1.5", "target-timeout"},
        {"--https-timeout", "1.5", "https-timeout"},
        {"--dns-timeout", "1.5", "dns-timeout"},
        {"--retry-wait", "1.5", "retry-wait"},
        {"--max-retries", "7", "max-retries"},
        {"--max-addresses", "7", "max-addresses"},
    };
    static struct run_options usual, other;
    static struct config usual_config, other_config;
    char program[] = "scan";
    (void)state;
    read_all(&usual, &usual_config, 1, (char *[]){program, NULL});
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *argv[] = {program, (char *)(uintptr_t)cases[i][0], (char *)(uintptr_t)cases[i][1],
                        NULL};
        unsigned num_changed = 0;
        read_all(&other, &other_config, cases[i][1] != NULL ? 3 : 2, argv);
        assert_int_equal(other.num_items, usual.num_items);
        for (size_t k = 0; k < usual.num_items; k++) {
            assert_string_equal(other.items[k].name, usual.items[k].name);
            if (strcmp(other.items[k].value, usual.items[k].value) != 0) {
                assert_string_equal(other.items[k].name, cases[i][2]);
                num_changed++;
            }
        }
        if (num_changed != 1) {
            fail_msg("%s changes %u entries", cases[i][0], num_changed);
        }
        config_fini(&other_config);
    }
    config_fini(&usual_config);
}

/* What shapes the pace alone may be different. */
static void options_of_pace_and_output_do_not_show(void **state)
{
    static const char *const cases[][2] = {
        {"--threads", "7"},         {"--concurrency", "77"}, {"--rate", "7"},
        {"--per-address", "1"},     {"--per-provider", "7"}, {"--provider-rate", "7"},
        {"--dns-concurrency", "7"}, {"--progress", "never"}, {"--output", "other.jsonl"},
    };
    static struct run_options usual, other;
    static struct config usual_config, other_config;
    char program[] = "scan";
    (void)state;
    read_all(&usual, &usual_config, 1, (char *[]){program, NULL});
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *argv[] = {program, (char *)(uintptr_t)cases[i][0], (char *)(uintptr_t)cases[i][1],
                        NULL};
        read_all(&other, &other_config, 3, argv);
        for (size_t k = 0; k < usual.num_items; k++) {
            assert_string_equal(other.items[k].value, usual.items[k].value);
        }
        config_fini(&other_config);
    }
    config_fini(&usual_config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_option_that_shapes_a_verdict_shows),
        cmocka_unit_test(options_of_pace_and_output_do_not_show),
    };
    return cmocka_run_group_tests_name("run_options", tests, NULL, NULL);
}
