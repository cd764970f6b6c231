/* The addresses that connections come from: what may be one, and which of them calls whom. */
#include "io/net/source_addresses.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

static struct source_addresses *sources_of(const char *const *texts, size_t num)
{
    char error[128] = "";
    struct source_addresses *sources = source_addresses_new(texts, num, error, sizeof(error));
    if (sources == NULL) {
        fail_msg("%s", error);
    }
    return sources;
}

static void what_is_no_address_of_one_machine_is_refused(void **state)
{
    static const char *const cases[][2] = {
        {"mx.example.org", "mx.example.org: not an address"},
        {"", ": not an address"},
        {"192.0.2.0/24", "192.0.2.0/24: not an address"},
        {"0.0.0.0", "0.0.0.0: not the address of one machine"},
        {"::", "::: not the address of one machine"},
        {"224.0.0.1", "224.0.0.1: not the address of one machine"},
        {"ff02::1", "ff02::1: not the address of one machine"},
        {"127.0.0.1", "127.0.0.1: given twice"},
        {"::1", "::1: given twice"},
        {"0:0:0:0:0:0:0:1", "0:0:0:0:0:0:0:1: given twice"},
    };
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        const char *texts[] = {"127.0.0.1", "::1", cases[i][0]};
        char error[128] = "";
        assert_null(source_addresses_new(texts, NUM(texts), error, sizeof(error)));
        assert_string_equal(error, cases[i][1]);
    }
    source_addresses_free(NULL);
}

static void without_sources_everybody_can_be_called(void **state)
{
    const struct address peer = {.family = 6, .bytes = {0x20, 1}};
    char error[128] = "";
    (void)state;
    assert_true(source_addresses_has(NULL, 4));
    assert_true(source_addresses_has(NULL, 6));
    assert_int_equal(source_addresses_index(NULL, &peer), 0);
    assert_true(source_addresses_can_bind(NULL, error, sizeof(error)));
    assert_true(source_addresses_bind(NULL, -1, &peer));
}

static void a_family_without_a_source_cannot_be_called(void **state)
{
    static const char *const texts[] = {"192.0.2.1", "2001:db8::1"};
    struct source_addresses *ipv4 = sources_of(texts, 1);
    struct source_addresses *ipv6 = sources_of(texts + 1, 1);
    struct source_addresses *both = sources_of(texts, 2);
    (void)state;
    assert_true(source_addresses_has(ipv4, 4) && !source_addresses_has(ipv4, 6));
    assert_true(source_addresses_has(ipv6, 6) && !source_addresses_has(ipv6, 4));
    assert_true(source_addresses_has(both, 4) && source_addresses_has(both, 6));
    source_addresses_free(ipv4);
    source_addresses_free(ipv6);
    source_addresses_free(both);
}

/* The addresses of a provider stand side by side; each of ours has a fair part of them. */
static void neighbours_are_spread_over_the_sources_of_their_family(void **state)
{
    static const char *const texts[] = {"192.0.2.1", "2001:db8::1", "192.0.2.2", "192.0.2.3"};
    struct source_addresses *sources = sources_of(texts, NUM(texts));
    unsigned num_of[NUM(texts)] = {0};
    (void)state;
    for (unsigned i = 0; i < 256; i++) {
        const struct address ipv4 = {.family = 4, .bytes = {203, 0, 113, (uint8_t)i}};
        num_of[source_addresses_index(sources, &ipv4)]++;
    }
    assert_int_equal(num_of[1], 0);
    for (size_t i = 0; i < NUM(texts); i++) {
        assert_true(i == 1 || (num_of[i] > 60 && num_of[i] < 112));
    }
    for (unsigned i = 0; i < 256; i++) {
        const struct address ipv6 = {.family = 6, .bytes = {0x20, 1, 0xd, 0xb8, [15] = (uint8_t)i}};
        assert_int_equal(source_addresses_index(sources, &ipv6), 1);
    }
    source_addresses_free(sources);
}

/* A run that is continued calls a server from where the first one did: nothing random is in it. */
static void the_choice_is_the_same_in_every_run(void **state)
{
    static const char *const texts[] = {"192.0.2.1", "192.0.2.2", "192.0.2.3"};
    static const size_t expected[] = {0, 2, 1, 0, 1, 0, 2, 2};
    struct source_addresses *sources = sources_of(texts, NUM(texts));
    (void)state;
    for (unsigned i = 0; i < NUM(expected); i++) {
        const struct address peer = {.family = 4, .bytes = {203, 0, 113, (uint8_t)i}};
        assert_int_equal(source_addresses_index(sources, &peer), expected[i]);
    }
    source_addresses_free(sources);
}

static void an_address_that_this_machine_lacks_is_named(void **state)
{
    static const char *const texts[] = {"127.0.1.1", "127.0.1.2", "192.0.2.77"};
    struct source_addresses *own = sources_of(texts, 2);
    struct source_addresses *all = sources_of(texts, 3);
    char error[128] = "";
    (void)state;
    assert_true(source_addresses_can_bind(own, error, sizeof(error)));
    assert_false(source_addresses_can_bind(all, error, sizeof(error)));
    assert_string_equal(error, "192.0.2.77: this machine does not have that address");
    source_addresses_free(own);
    source_addresses_free(all);
}

static void a_socket_is_bound_to_the_source_of_its_peer(void **state)
{
    static const char *const texts[] = {"127.0.1.1", "127.0.1.2"};
    struct source_addresses *sources = sources_of(texts, 2);
    unsigned seen = 0;
    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        const struct address peer = {.family = 4, .bytes = {203, 0, 113, (uint8_t)i}};
        struct sockaddr_in name = {.sin_port = 1};
        socklen_t len = sizeof(name);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_true(fd >= 0 && source_addresses_bind(sources, fd, &peer));
        assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
        size_t index = source_addresses_index(sources, &peer);
        assert_int_equal(ntohl(name.sin_addr.s_addr), 0x7f000101 + index);
        assert_int_equal(name.sin_port, 0); /* connect() chooses it */
        seen |= 1U << index;
        close(fd);
    }
    assert_int_equal(seen, 3);
    source_addresses_free(sources);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_address_of_one_machine_is_refused),
        cmocka_unit_test(without_sources_everybody_can_be_called),
        cmocka_unit_test(a_family_without_a_source_cannot_be_called),
        cmocka_unit_test(neighbours_are_spread_over_the_sources_of_their_family),
        cmocka_unit_test(the_choice_is_the_same_in_every_run),
        cmocka_unit_test(an_address_that_this_machine_lacks_is_named),
        cmocka_unit_test(a_socket_is_bound_to_the_source_of_its_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
