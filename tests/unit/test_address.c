/*
 * Addresses: text forms, prefixes at every length, and what the special-purpose registries say.
 */
#include "io/base/address.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct address address_of(const char *text)
{
    struct address address;
    if (!address_parse(text, &address)) {
        fail_msg("not an address: %s", text);
    }
    return address;
}

static void every_written_form_of_an_address_is_understood(void **state)
{
    static const struct {
        const char *text;
        const char *canonical;
        int family;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1", 4},
        {"[192.0.2.1]", "192.0.2.1", 4},
        {"255.255.255.255", "255.255.255.255", 4},
        {"2001:db8::1", "2001:db8::1", 6},
        {"2001:DB8:0:0::1", "2001:db8::1", 6},
        {"[2001:db8::1]", "2001:db8::1", 6},
        {"IPv6:2001:db8::1", "2001:db8::1", 6},
        {"[IPv6:2001:db8::1]", "2001:db8::1", 6},
        {"[ipv6:::1]", "::1", 6},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1", 6},
        {"[IPv6:ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 6},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct address address = address_of(cases[i].text);
        char text[ADDRESS_TEXT_MAX];
        address_format(&address, text);
        assert_string_equal(text, cases[i].canonical);
        assert_int_equal(address.family, cases[i].family);
    }
}

static void what_is_no_address_is_refused_and_leaves_the_result_alone(void **state)
{
    static const char *const cases[] = {
        "",
        "[",
        "]",
        "[]",
        "[192.0.2.1",
        "192.0.2.1]",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.01",
        "192.0.2.1 ",
        "192.0.2.1:53",
        "IPv6:192.0.2.1",
        "IPv6:",
        "IPv4:192.0.2.1",
        "2001:db8::1%eth0",
        "2001:db8:::1",
        "2001:db8::1/64",
        "example.com",
        "0x7f.1",
        "1",
        "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct address address = {.family = 99};
        if (address_parse(cases[i], &address)) {
            fail_msg("taken for an address: \"%s\"", cases[i]);
        }
        assert_int_equal(address.family, 99);
    }
}

static void addresses_are_equal_only_within_a_family(void **state)
{
    struct address v4 = address_of("192.0.2.1"), other = address_of("192.0.2.2");
    struct address mapped = address_of("::ffff:192.0.2.1");
    (void)state;
    assert_true(address_equal(&v4, &v4));
    assert_false(address_equal(&v4, &other));
    assert_false(address_equal(&v4, &mapped));
    assert_true(address_equal(&mapped, &mapped));
}

static void a_sockaddr_carries_address_and_port(void **state)
{
    struct sockaddr_storage storage;
    struct address v4 = address_of("192.0.2.1"), v6 = address_of("2001:db8::1");
    (void)state;
    assert_int_equal(address_to_sockaddr(&v4, 25, &storage), sizeof(struct sockaddr_in));
    const struct sockaddr_in *in = (const struct sockaddr_in *)&storage;
    assert_int_equal(in->sin_family, AF_INET);
    assert_int_equal(ntohs(in->sin_port), 25);
    assert_int_equal(ntohl(in->sin_addr.s_addr), 0xc0000201u);
    assert_int_equal(address_to_sockaddr(&v6, 65535, &storage), sizeof(struct sockaddr_in6));
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&storage;
    assert_int_equal(in6->sin6_family, AF_INET6);
    assert_int_equal(ntohs(in6->sin6_port), 65535);
    assert_memory_equal(&in6->sin6_addr, v6.bytes, 16);
    assert_int_equal(in6->sin6_scope_id, 0);
}

static void prefixes_are_parsed_and_their_host_bits_cleared(void **state)
{
    static const struct {
        const char *text;
        const char *base;
        int length;
    } cases[] = {
        {"192.0.2.0/24", "192.0.2.0", 24},
        {"192.0.2.255/24", "192.0.2.0", 24},
        {"192.0.2.255/25", "192.0.2.128", 25},
        {"192.0.2.1", "192.0.2.1", 32},
        {"192.0.2.1/32", "192.0.2.1", 32},
        {"255.255.255.255/0", "0.0.0.0", 0},
        {"2001:db8:ffff::1/33", "2001:db8:8000::", 33},
        {"2001:db8::1", "2001:db8::1", 128},
        {"[2001:db8::1]/128", "2001:db8::1", 128},
        {"::/0", "::", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct prefix prefix;
        char text[ADDRESS_TEXT_MAX];
        assert_true(prefix_parse(cases[i].text, &prefix));
        address_format(&prefix.base, text);
        assert_string_equal(text, cases[i].base);
        assert_int_equal(prefix.length, cases[i].length);
    }
}

static void what_is_no_prefix_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "/",
        "/24",
        "192.0.2.0/",
        "192.0.2.0/33",
        "192.0.2.0/256",
        "192.0.2.0/4294967296",
        "192.0.2.0/-1",
        "192.0.2.0/+8",
        "192.0.2.0/08",
        "192.0.2.0/ 8",
        "192.0.2.0/8 ",
        "192.0.2.0/8/8",
        "192.0.2/24",
        "2001:db8::/129",
        "example.com/8",
        "1111111111111111111111111111111111111111111111111111111111111111111111111111111/8",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct prefix prefix;
        if (prefix_parse(cases[i], &prefix)) {
            fail_msg("taken for a prefix: \"%s\"", cases[i]);
        }
    }
}

static void a_prefix_contains_its_edges_and_not_their_neighbours(void **state)
{
    static const struct {
        const char *prefix;
        const char *address;
        bool contained;
    } cases[] = {
        {"192.0.2.0/24", "192.0.2.0", true},
        {"192.0.2.0/24", "192.0.2.255", true},
        {"192.0.2.0/24", "192.0.1.255", false},
        {"192.0.2.0/24", "192.0.3.0", false},
        {"192.0.2.64/26", "192.0.2.127", true},
        {"192.0.2.64/26", "192.0.2.128", false},
        {"192.0.2.64/26", "192.0.2.63", false},
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "192.0.2.6", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "192.0.2.1", false},
        {"2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true},
        {"2001:db8::/32", "2001:db9::", false},
        {"2001:db8::/31", "2001:db9::", true},
        {"2001:db8::1", "2001:db8::1", true},
        {"2001:db8::1", "2001:db8::", false},
        /* An AAAA record must be no way around a rule for IPv4. */
        {"10.0.0.0/8", "::ffff:10.1.2.3", true},
        {"10.0.0.0/8", "::ffff:11.1.2.3", false},
        {"::ffff:0:0/96", "::ffff:11.1.2.3", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct prefix prefix;
        struct address address = address_of(cases[i].address);
        assert_true(prefix_parse(cases[i].prefix, &prefix));
        if (prefix_contains(&prefix, &address) != cases[i].contained) {
            fail_msg("%s in %s", cases[i].address, cases[i].prefix);
        }
    }
}

static void the_prefix_around_an_address_contains_it_and_not_a_flip_of_its_last_bit(void **state)
{
    struct address ones = address_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    (void)state;
    for (unsigned length = 0; length <= 128; length++) {
        struct prefix prefix = prefix_around(&ones, (uint8_t)length);
        assert_int_equal(prefix.length, length);
        assert_true(prefix_contains(&prefix, &ones));
        if (length > 0) {
            struct address flipped = ones;
            flipped.bytes[(length - 1) / 8] ^= (uint8_t)(0x80u >> (length - 1) % 8);
            assert_false(prefix_contains(&prefix, &flipped));
        }
    }
    struct address v4 = address_of("192.0.2.77");
    assert_int_equal(prefix_around(&v4, 200).length, 32);
}

static void what_must_not_be_contacted_is_told_by_its_kind(void **state)
{
    static const struct {
        const char *address;
        const char *kind; /* NULL: public */
    } cases[] = {
        {"8.8.8.8", NULL},
        {"1.0.0.1", NULL},
        {"0.0.0.0", "this network"},
        {"9.255.255.255", NULL},
        {"10.0.0.0", "private"},
        {"10.255.255.255", "private"},
        {"11.0.0.0", NULL},
        {"100.63.255.255", NULL},
        {"100.64.0.1", "shared address space"},
        {"100.127.255.255", "shared address space"},
        {"100.128.0.0", NULL},
        {"100.100.100.200", "cloud metadata"},
        {"126.255.255.255", NULL},
        {"127.0.0.1", "loopback"},
        {"127.255.255.255", "loopback"},
        {"128.0.0.0", NULL},
        {"168.63.129.16", "cloud metadata"},
        {"168.63.129.17", NULL},
        {"169.254.0.1", "link-local"},
        {"169.254.169.254", "cloud metadata"},
        {"172.15.255.255", NULL},
        {"172.16.0.1", "private"},
        {"172.31.255.255", "private"},
        {"172.32.0.0", NULL},
        {"192.0.0.8", "IETF protocol assignment"},
        {"192.0.0.9", NULL},
        {"192.0.0.10", NULL},
        {"192.0.0.11", "IETF protocol assignment"},
        {"192.0.0.192", "cloud metadata"},
        {"192.0.2.1", "documentation"},
        {"192.31.196.1", NULL},
        {"192.88.99.1", "6to4 relay"},
        {"192.168.255.255", "private"},
        {"192.175.48.1", NULL},
        {"198.17.255.255", NULL},
        {"198.18.0.0", "benchmarking"},
        {"198.19.255.255", "benchmarking"},
        {"198.51.100.1", "documentation"},
        {"203.0.113.1", "documentation"},
        {"223.255.255.255", NULL},
        {"224.0.0.1", "multicast"},
        {"239.255.255.255", "multicast"},
        {"240.0.0.1", "reserved"},
        {"255.255.255.254", "reserved"},
        {"255.255.255.255", "broadcast"},

        {"2606:4700::1111", NULL},
        {"2000::", NULL},
        {"3ffe::1", NULL},
        {"::", "unspecified"},
        {"::1", "loopback"},
        {"::2", "reserved"},
        {"::8.8.8.8", "reserved"},
        {"::ffff:8.8.8.8", NULL},
        {"::ffff:127.0.0.1", "loopback"},
        {"::ffff:169.254.169.254", "cloud metadata"},
        {"64:ff9b::8.8.8.8", NULL},
        {"64:ff9b::10.0.0.1", "private"},
        {"64:ff9b:1::1", "local translation"},
        {"100::1", "discard"},
        {"2001::1", "Teredo"},
        {"2001:1::1", NULL},
        {"2001:1::4", "IETF protocol assignment"},
        {"2001:2::1", "benchmarking"},
        {"2001:3::1", NULL},
        {"2001:4:112::1", NULL},
        {"2001:4:113::1", "IETF protocol assignment"},
        {"2001:10::1", "IETF protocol assignment"},
        {"2001:20::1", NULL},
        {"2001:30::1", NULL},
        {"2001:1ff::1", "IETF protocol assignment"},
        {"2001:200::1", NULL},
        {"2001:db8::1", "documentation"},
        {"2001:db9::1", NULL},
        {"2002:808:808::1", NULL},
        {"2002:7f00:1::1", "loopback"},
        {"2002:a9fe:a9fe::1", "cloud metadata"},
        {"3fff::1", "documentation"},
        {"3fff:1000::1", NULL},
        {"4000::", "reserved"},
        {"5f00::1", "segment routing"},
        {"fc00::1", "private"},
        {"fdff::1", "private"},
        {"fd00:ec2::254", "cloud metadata"},
        {"fd20:ce::254", "cloud metadata"},
        {"fe00::1", "reserved"},
        {"fe80::1", "link-local"},
        {"febf::1", "link-local"},
        {"fec0::1", "private"},
        {"ff02::1", "multicast"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct address address = address_of(cases[i].address);
        const char *kind = address_not_public(&address);
        const char *said = kind != NULL ? kind : "public";
        const char *wanted = cases[i].kind != NULL ? cases[i].kind : "public";
        if (strcmp(said, wanted) != 0) {
            fail_msg("%s is %s, not %s", cases[i].address, wanted, said);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_written_form_of_an_address_is_understood),
        cmocka_unit_test(what_is_no_address_is_refused_and_leaves_the_result_alone),
        cmocka_unit_test(addresses_are_equal_only_within_a_family),
        cmocka_unit_test(a_sockaddr_carries_address_and_port),
        cmocka_unit_test(prefixes_are_parsed_and_their_host_bits_cleared),
        cmocka_unit_test(what_is_no_prefix_is_refused),
        cmocka_unit_test(a_prefix_contains_its_edges_and_not_their_neighbours),
        cmocka_unit_test(the_prefix_around_an_address_contains_it_and_not_a_flip_of_its_last_bit),
        cmocka_unit_test(what_must_not_be_contacted_is_told_by_its_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
