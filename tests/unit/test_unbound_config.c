/* The configuration of the resolver that a run starts for itself. */
#include "io/dns/unbound_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char anchor[] = "; keys of the root\n"
                             ". IN DS 20326 8 2 E06D44B8\n"
                             "\n"
                             ". IN DS 38696 8 2 683D2D0A \t; keytag 38696\r\n";

static struct unbound_settings usual(void)
{
    return (struct unbound_settings){.port = 40053,
                                     .num_threads = 2,
                                     .num_questions = 500,
                                     .num_names = 50000,
                                     .has_ipv4 = true,
                                     .anchor = anchor};
}

static char *text_of(const struct unbound_settings *settings)
{
    unsigned more_line;
    char *text = unbound_config_text(settings, &more_line);
    assert_non_null(text);
    return text;
}

static void expect(const struct unbound_settings *settings, const char *const *lines, bool is_there)
{
    char *text = text_of(settings);
    for (size_t i = 0; lines[i] != NULL; i++) {
        char line[128];
        snprintf(line, sizeof(line), "\n  %s\n", lines[i]);
        if ((strstr(text, line) != NULL) != is_there) {
            fail_msg("\"%s\" is %s in\n%s", lines[i], is_there ? "not" : "", text);
        }
    }
    free(text);
}

/* Whatever is not said here is unbound's default, and that has paths on the disk. */
static void it_needs_no_file_and_no_privilege(void **state)
{
    static const char *const lines[] = {"interface: 127.0.0.1", "port: 40053",
                                        "do-daemonize: no",     "username: \"\"",
                                        "chroot: \"\"",         "directory: \"\"",
                                        "pidfile: \"\"",        "use-syslog: no",
                                        "logfile: \"\"",        NULL};
    const struct unbound_settings settings = usual();
    (void)state;
    expect(&settings, lines, true);
}

static void it_validates_from_each_key_of_the_root_and_says_what_is_bogus(void **state)
{
    static const char *const lines[] = {
        "module-config: \"validator iterator\"", "trust-anchor: \". IN DS 20326 8 2 E06D44B8\"",
        "trust-anchor: \". IN DS 38696 8 2 683D2D0A\"", "ede: yes", NULL};
    static const char *const none[] = {"trust-anchor: \"\"", "trust-anchor: \"; keys of the root\"",
                                       NULL};
    const struct unbound_settings settings = usual();
    (void)state;
    expect(&settings, lines, true);
    expect(&settings, none, false);
}

struct size_case {
    uint64_t num_names;
    unsigned num_questions, num_threads;
    const char *lines[8];
};

static void it_is_sized_for_the_run(void **state)
{
    static const struct size_case cases[] = {
        {1,
         1,
         1,
         {"num-threads: 1", "num-queries-per-thread: 1024", "outgoing-range: 2048",
          "rrset-cache-size: 16777216", "msg-cache-size: 8388608", "infra-cache-numhosts: 10000"}},
        {50000,
         500,
         2,
         {"num-threads: 2", "num-queries-per-thread: 1024", "rrset-cache-size: 102400000",
          "msg-cache-size: 51200000", "key-cache-size: 25600000", "infra-cache-numhosts: 50000"}},
        {UINT64_MAX / 4096,
         100000,
         64,
         {"num-threads: 4", "num-queries-per-thread: 8192", "outgoing-range: 16384",
          "rrset-cache-size: 268435456", "infra-cache-numhosts: 100000"}},
        {0, 500, 1, {"rrset-cache-size: 40960000", "infra-cache-numhosts: 20000"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct unbound_settings settings = usual();
        settings.num_names = cases[i].num_names;
        settings.num_questions = cases[i].num_questions;
        settings.num_threads = cases[i].num_threads;
        expect(&settings, cases[i].lines, true);
    }
}

static void it_asks_by_the_families_that_have_a_route(void **state)
{
    static const char *const v4[] = {"do-ip4: yes", "do-ip6: no", "log-servfail: no", NULL};
    static const char *const v6[] = {"do-ip4: no", "do-ip6: yes", "log-servfail: yes", NULL};
    struct unbound_settings settings = usual();
    (void)state;
    expect(&settings, v4, true);
    settings.has_ipv4 = false;
    settings.has_ipv6 = settings.explains_failures = true;
    expect(&settings, v6, true);
}

/* Of an option that stands twice unbound takes the last one. */
static void what_comes_on_top_changes_sizes_and_not_what_we_rest_on(void **state)
{
    struct unbound_settings settings = usual();
    settings.more = "server:\n  num-threads: 9\n  port: 53"; /* no line end */
    unsigned more_line = 0;
    (void)state;
    char *text = unbound_config_text(&settings, &more_line);
    assert_non_null(text);
    const char *more = strstr(text, settings.more);
    assert_non_null(more);
    assert_true(strstr(text, "num-threads: 2") < more);
    assert_true(strstr(text, "\nserver:\n  interface: 127.0.0.1\n  port: 40053\n") > more);
    const char *line = text;
    for (unsigned i = 1; i < more_line; i++) {
        line = strchr(line, '\n') + 1;
    }
    assert_ptr_equal(line, more);
    free(text);
}

static void an_anchor_on_top_takes_the_place_of_the_root_s(void **state)
{
    (void)state;
    assert_true(unbound_config_has_anchor("server:\n  trust-anchor: \". IN DS 1 8 2 AB\"\n"));
    assert_true(unbound_config_has_anchor("server: trust-anchor-file: /etc/anchor"));
    assert_true(unbound_config_has_anchor("server:\n auto-trust-anchor-file: \"/etc/anchor\""));
    assert_true(unbound_config_has_anchor("server:\n trusted-keys-file: \"/etc/*.keys\"\n"));
    assert_false(unbound_config_has_anchor(""));
    assert_false(unbound_config_has_anchor("server:\n  trust-anchor-signaling: yes\n"));
    assert_false(unbound_config_has_anchor("server:\n  # trust-anchor: \". IN DS\"\n"));
}

static void a_file_of_anchors_without_any_is_known(void **state)
{
    (void)state;
    assert_true(unbound_config_is_anchor(anchor));
    assert_false(unbound_config_is_anchor(""));
    assert_false(unbound_config_is_anchor("; a comment\n \t\n\r\n; another"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_needs_no_file_and_no_privilege),
        cmocka_unit_test(it_validates_from_each_key_of_the_root_and_says_what_is_bogus),
        cmocka_unit_test(it_is_sized_for_the_run),
        cmocka_unit_test(it_asks_by_the_families_that_have_a_route),
        cmocka_unit_test(what_comes_on_top_changes_sizes_and_not_what_we_rest_on),
        cmocka_unit_test(an_anchor_on_top_takes_the_place_of_the_root_s),
        cmocka_unit_test(a_file_of_anchors_without_any_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
