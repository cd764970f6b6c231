/*
 * DNS answers as they come from resolvers, from careless servers and from attackers.
 */
#include "io/dns/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dns_build.h"

static struct dns_build build;

static void start(const char *name, enum dns_type type)
{
    build_start(&build, 0x1234, DNS_BUILD_REPLY, name, type);
}

/* From a block of its exact size, so that the sanitizer sees the first byte too many. */
static struct dns_answer *parse_bytes(const uint8_t *bytes, size_t len, const char *name,
                                      enum dns_type type)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    struct dns_answer *answer = dns_answer_parse(copy, len, name, type);
    free(copy);
    assert_non_null(answer);
    return answer;
}

static struct dns_answer *parse(const char *name, enum dns_type type)
{
    return parse_bytes(build.bytes, build.len, name, type);
}

static void expect_outcome(const char *name, enum dns_type type, enum dns_outcome outcome)
{
    struct dns_answer *answer = parse(name, type);
    assert_string_equal(dns_outcome_name(answer->outcome), dns_outcome_name(outcome));
    if (outcome != DNS_OK) {
        assert_int_equal(answer->num_records, 0);
        assert_null(answer->records);
    }
    assert_non_null(answer->canonical);
    dns_answer_free(answer);
}

static void an_mx_set_is_read_whole_and_in_its_order(void **state)
{
    (void)state;
    start("Example.COM", DNS_MX);
    build_mx(&build, "example.com", 300, 20, "MX2.Example.com");
    build_mx(&build, "EXAMPLE.com", 60, 10, "mx1.example.com");
    struct dns_answer *answer = parse("eXample.com.", DNS_MX);
    assert_int_equal(answer->outcome, DNS_OK);
    assert_int_equal(answer->num_records, 2);
    assert_int_equal(answer->records[0].mx.preference, 20);
    assert_string_equal(answer->records[0].mx.host, "mx2.example.com");
    assert_int_equal(answer->records[0].ttl, 300);
    assert_int_equal(answer->records[1].mx.preference, 10);
    assert_string_equal(answer->records[1].mx.host, "mx1.example.com");
    assert_int_equal(answer->ttl, 60);
    assert_string_equal(answer->canonical, "example.com");
    assert_false(answer->aliased);
    assert_false(answer->authentic);
    assert_false(answer->truncated);
    dns_answer_free(answer);
}

static void a_null_mx_is_the_root(void **state)
{
    (void)state;
    start("example.com", DNS_MX);
    build_mx(&build, "example.com", 300, 0, "");
    struct dns_answer *answer = parse("example.com", DNS_MX);
    assert_int_equal(answer->num_records, 1);
    assert_string_equal(answer->records[0].mx.host, "");
    dns_answer_free(answer);
}

static void every_type_of_record_is_read(void **state)
{
    static const uint8_t ipv6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    static const uint8_t tlsa[] = {3, 1, 1, 0xaa, 0xbb};
    static const uint8_t caa[] = "\x00\x05issueca.example";
    static const uint8_t txt[] = "\x05v=STS\x00\x04v1; \x01";
    (void)state;

    start("a.example", DNS_A);
    build_a(&build, "a.example", 5, 0xc0000201);
    struct dns_answer *answer = parse("a.example", DNS_A);
    assert_int_equal(answer->records[0].address.family, 4);
    assert_memory_equal(answer->records[0].address.bytes, "\xc0\x00\x02\x01", 4);
    dns_answer_free(answer);

    start("a.example", DNS_AAAA);
    build_record(&build, "a.example", DNS_AAAA, 5, ipv6, sizeof(ipv6));
    answer = parse("a.example", DNS_AAAA);
    assert_int_equal(answer->records[0].address.family, 6);
    assert_memory_equal(answer->records[0].address.bytes, ipv6, sizeof(ipv6));
    dns_answer_free(answer);

    start("_25._tcp.a.example", DNS_TLSA);
    build_record(&build, "_25._tcp.a.example", DNS_TLSA, 5, tlsa, sizeof(tlsa));
    answer = parse("_25._tcp.a.example", DNS_TLSA);
    assert_int_equal(answer->records[0].data.len, sizeof(tlsa));
    assert_memory_equal(answer->records[0].data.bytes, tlsa, sizeof(tlsa));
    dns_answer_free(answer);

    start("a.example", DNS_CAA);
    build_record(&build, "a.example", DNS_CAA, 5, caa, sizeof(caa) - 1);
    answer = parse("a.example", DNS_CAA);
    assert_int_equal(answer->records[0].data.len, sizeof(caa) - 1);
    assert_memory_equal(answer->records[0].data.bytes, caa, sizeof(caa) - 1);
    dns_answer_free(answer);

    start("a.example", DNS_TXT);
    build_record(&build, "a.example", DNS_TXT, 5, txt, 12);
    build_record(&build, "a.example", DNS_TXT, 5, "", 1);
    answer = parse("a.example", DNS_TXT);
    assert_int_equal(answer->num_records, 2);
    assert_int_equal(answer->records[0].data.len, 9);
    assert_memory_equal(answer->records[0].data.bytes, "v=STSv1; ", 9);
    assert_int_equal(answer->records[1].data.len, 0);
    assert_non_null(answer->records[1].data.bytes);
    dns_answer_free(answer);

    start("1.2.0.192.in-addr.arpa", DNS_PTR);
    build_host(&build, "1.2.0.192.in-addr.arpa", DNS_PTR, 5, "Host.example");
    answer = parse("1.2.0.192.in-addr.arpa", DNS_PTR);
    assert_string_equal(answer->records[0].host, "host.example");
    dns_answer_free(answer);

    start("_imaps._tcp.a.example", DNS_SRV);
    size_t opened = build_open(&build, BUILD_ANSWER, "_imaps._tcp.a.example", DNS_SRV, 5);
    build_u16(&build, 1);
    build_u16(&build, 2);
    build_u16(&build, 993);
    build_name(&build, "imap.a.example");
    build_close(&build, opened);
    answer = parse("_imaps._tcp.a.example", DNS_SRV);
    assert_int_equal(answer->records[0].srv.priority, 1);
    assert_int_equal(answer->records[0].srv.weight, 2);
    assert_int_equal(answer->records[0].srv.port, 993);
    assert_string_equal(answer->records[0].srv.host, "imap.a.example");
    dns_answer_free(answer);
}

static void the_rcode_decides_the_outcome(void **state)
{
    static const struct {
        unsigned rcode;
        enum dns_outcome outcome;
    } cases[] = {
        {0, DNS_NODATA},   {1, DNS_REFUSED_}, {2, DNS_SERVFAIL}, {3, DNS_NXDOMAIN},
        {4, DNS_REFUSED_}, {5, DNS_REFUSED_}, {6, DNS_REFUSED_}, {15, DNS_REFUSED_},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        build_start(&build, 1, DNS_BUILD_REPLY | cases[i].rcode, "a.example", DNS_A);
        expect_outcome("a.example", DNS_A, cases[i].outcome);
    }
}

static void records_beside_an_error_are_not_believed(void **state)
{
    (void)state;
    for (unsigned rcode = 1; rcode < 16; rcode++) {
        build_start(&build, 1, DNS_BUILD_REPLY | rcode, "a.example", DNS_A);
        build_a(&build, "a.example", 5, 0x7f000001);
        struct dns_answer *answer = parse("a.example", DNS_A);
        assert_int_not_equal(answer->outcome, DNS_OK);
        assert_int_equal(answer->num_records, 0);
        dns_answer_free(answer);
    }
}

static void the_extended_rcode_is_no_success(void **state)
{
    (void)state;
    start("a.example", DNS_A);
    build_opt(&build, 1, "", 0); /* BADVERS: 16, of which the header shows 0 */
    expect_outcome("a.example", DNS_A, DNS_REFUSED_);
}

static void a_bogus_answer_is_known_by_its_extended_error(void **state)
{
    static const struct {
        unsigned rcode;
        const char *options;
        size_t len;
        bool bogus;
    } cases[] = {
        {2, "\x00\x0f\x00\x02\x00\x06", 6, true},                      /* DNSSEC bogus */
        {2, "\x00\x0f\x00\x06\x00\x07text", 10, true},                 /* signature expired */
        {2, "\x00\x0a\x00\x01\x00\x00\x0f\x00\x02\x00\x09", 11, true}, /* behind another option */
        {2, "\x00\x0f\x00\x02\x00\x16", 6, false},                     /* no reachable authority */
        {2, "\x00\x0f\x00\x01\x06", 5, false},                         /* too short for a code */
        {2, "", 0, false},
        {0, "\x00\x0f\x00\x02\x00\x06", 6, false}, /* not an error: it says nothing */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        build_start(&build, 1, DNS_BUILD_REPLY | cases[i].rcode, "a.example", DNS_A);
        build_opt(&build, 0, cases[i].options, cases[i].len);
        struct dns_answer *answer = parse("a.example", DNS_A);
        assert_int_equal(answer->outcome, cases[i].rcode == 2 ? DNS_SERVFAIL : DNS_NODATA);
        if (answer->bogus != cases[i].bogus) {
            fail_msg("case %zu", i);
        }
        dns_answer_free(answer);
    }
}

static void the_ad_bit_is_read(void **state)
{
    (void)state;
    build_start(&build, 1, DNS_BUILD_REPLY | DNS_BUILD_AD, "a.example", DNS_A);
    struct dns_answer *answer = parse("a.example", DNS_A);
    assert_true(answer->authentic);
    dns_answer_free(answer);
}

static void aliases_are_followed_whatever_their_order(void **state)
{
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                     {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        start("a.example", DNS_A);
        for (size_t j = 0; j < 3; j++) {
            if (orders[i][j] == 0) {
                build_host(&build, "a.example", DNS_CNAME, 30, "B.example");
            } else if (orders[i][j] == 1) {
                build_host(&build, "b.example", DNS_CNAME, 20, "c.example");
            } else {
                build_a(&build, "c.EXAMPLE", 40, 0xc0000201);
            }
        }
        struct dns_answer *answer = parse("a.example", DNS_A);
        assert_int_equal(answer->outcome, DNS_OK);
        assert_int_equal(answer->num_records, 1);
        assert_true(answer->aliased);
        assert_string_equal(answer->canonical, "c.example");
        assert_int_equal(answer->ttl, 20);
        dns_answer_free(answer);
    }
}

static void records_off_the_chain_are_not_taken(void **state)
{
    (void)state;
    start("a.example", DNS_A);
    build_a(&build, "a.example", 5, 1); /* beside a CNAME: not at the end of the chain */
    build_host(&build, "a.example", DNS_CNAME, 5, "b.example");
    build_a(&build, "b.example", 5, 2);
    build_a(&build, "b.example.org", 5, 3);
    build_a(&build, "example", 5, 4);
    struct dns_answer *answer = parse("a.example", DNS_A);
    assert_int_equal(answer->num_records, 1);
    assert_memory_equal(answer->records[0].address.bytes, "\0\0\0\2", 4);
    dns_answer_free(answer);

    start("a.example", DNS_A);
    size_t opened = build_open(&build, BUILD_AUTHORITY, "a.example", DNS_A, 5);
    build_u32(&build, 1);
    build_close(&build, opened);
    opened = build_open(&build, BUILD_ADDITIONAL, "a.example", DNS_A, 5);
    build_u32(&build, 1);
    build_close(&build, opened);
    expect_outcome("a.example", DNS_A, DNS_NODATA);
}

static void records_of_another_class_are_not_taken(void **state)
{
    (void)state;
    start("a.example", DNS_A);
    size_t opened = build_open(&build, BUILD_ANSWER, "a.example", DNS_A, 5);
    build_put_u16(&build, opened - 6, 3); /* CHAOS */
    build_u32(&build, 1);
    build_close(&build, opened);
    expect_outcome("a.example", DNS_A, DNS_NODATA);
}

static void an_alias_to_nowhere_is_nxdomain_and_still_an_alias(void **state)
{
    (void)state;
    build_start(&build, 1, DNS_BUILD_REPLY | 3, "a.example", DNS_A);
    build_host(&build, "a.example", DNS_CNAME, 30, "gone.example");
    struct dns_answer *answer = parse("a.example", DNS_A);
    assert_int_equal(answer->outcome, DNS_NXDOMAIN);
    assert_true(answer->aliased);
    assert_string_equal(answer->canonical, "gone.example");
    dns_answer_free(answer);
}

static void who_asks_for_the_cname_gets_it(void **state)
{
    (void)state;
    start("a.example", DNS_CNAME);
    build_host(&build, "a.example", DNS_CNAME, 30, "b.example");
    struct dns_answer *answer = parse("a.example", DNS_CNAME);
    assert_int_equal(answer->outcome, DNS_OK);
    assert_string_equal(answer->records[0].host, "b.example");
    assert_string_equal(answer->canonical, "a.example");
    assert_false(answer->aliased);
    dns_answer_free(answer);
}

static void a_loop_of_aliases_is_a_bad_answer(void **state)
{
    (void)state;
    start("a.example", DNS_A);
    build_host(&build, "a.example", DNS_CNAME, 30, "b.example");
    build_host(&build, "b.example", DNS_CNAME, 30, "a.example");
    expect_outcome("a.example", DNS_A, DNS_BAD_ANSWER);

    start("a.example", DNS_A);
    build_host(&build, "a.example", DNS_CNAME, 30, "a.example");
    build_a(&build, "a.example", 5, 1);
    expect_outcome("a.example", DNS_A, DNS_BAD_ANSWER);
}

static void sixteen_aliases_are_followed_and_not_one_more(void **state)
{
    (void)state;
    for (unsigned length = 16; length <= 17; length++) {
        char from[32], to[32];
        start("n0.example", DNS_A);
        for (unsigned i = 0; i < length; i++) {
            snprintf(from, sizeof(from), "n%u.example", i);
            snprintf(to, sizeof(to), "n%u.example", i + 1);
            build_host(&build, from, DNS_CNAME, 30, to);
        }
        build_a(&build, to, 5, 1);
        expect_outcome("n0.example", DNS_A, length == 16 ? DNS_OK : DNS_BAD_ANSWER);
    }
}

static void no_more_records_are_kept_than_the_maximum(void **state)
{
    (void)state;
    for (unsigned extra = 0; extra < 2; extra++) {
        start("a.example", DNS_A);
        for (unsigned i = 0; i < DNS_RECORDS_MAX + extra; i++) {
            build_a(&build, "a.example", 5, i);
        }
        struct dns_answer *answer = parse("a.example", DNS_A);
        assert_int_equal(answer->num_records, DNS_RECORDS_MAX);
        assert_int_equal(answer->truncated, extra == 1);
        dns_answer_free(answer);
    }
}

static void a_message_that_is_not_the_answer_is_refused(void **state)
{
    static const struct {
        const char *what;
        unsigned flags;
        unsigned num_questions;
        const char *name;
        unsigned type;
        unsigned class;
    } cases[] = {
        {"a query", 0x0100, 1, "a.example", DNS_A, 1},
        {"another opcode", DNS_BUILD_REPLY | 0x2800, 1, "a.example", DNS_A, 1},
        {"truncated", DNS_BUILD_REPLY | DNS_BUILD_TC, 1, "a.example", DNS_A, 1},
        {"without question", DNS_BUILD_REPLY, 0, "a.example", DNS_A, 1},
        {"with two questions", DNS_BUILD_REPLY, 2, "a.example", DNS_A, 1},
        {"of another name", DNS_BUILD_REPLY, 1, "b.example", DNS_A, 1},
        {"of a longer name", DNS_BUILD_REPLY, 1, "a.example.org", DNS_A, 1},
        {"of another type", DNS_BUILD_REPLY, 1, "a.example", DNS_AAAA, 1},
        {"of another class", DNS_BUILD_REPLY, 1, "a.example", DNS_A, 3},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        build_start(&build, 1, cases[i].flags, cases[i].name, cases[i].type);
        build_put_u16(&build, 4, cases[i].num_questions);
        build_put_u16(&build, build.len - 2, cases[i].class);
        build_a(&build, "a.example", 5, 1);
        struct dns_answer *answer = parse("a.example", DNS_A);
        if (answer->outcome != DNS_BAD_ANSWER) {
            fail_msg("believed: a message %s", cases[i].what);
        }
        assert_string_equal(answer->canonical, "a.example");
        dns_answer_free(answer);
    }
}

static void rdata_of_a_wrong_size_makes_a_bad_answer(void **state)
{
    static const struct {
        enum dns_type type;
        const char *data;
        size_t len;
    } cases[] = {
        {DNS_A, "", 0},
        {DNS_A, "\x01\x02\x03", 3},
        {DNS_A, "\x01\x02\x03\x04\x05", 5},
        {DNS_AAAA, "\x01\x02\x03\x04", 4},
        {DNS_MX, "", 0},
        {DNS_MX, "\x00", 1},
        {DNS_MX, "\x00\x0a", 2},
        {DNS_MX, "\x00\x0a\x01", 3},
        {DNS_MX, "\x00\x0a\x01h", 4},
        {DNS_MX, "\x00\x0a\x01h\x00\x00", 6}, /* something behind the name */
        {DNS_SRV, "\x00\x01\x00\x02\x00", 5},
        {DNS_SRV, "\x00\x01\x00\x02\x00\x03", 6},
        {DNS_PTR, "", 0},
        {DNS_PTR, "\x05host", 5},
        {DNS_CNAME, "", 0},
        {DNS_TXT, "", 0},
        {DNS_TXT, "\x05text", 5},
        {DNS_TXT, "\x04text\x01", 6},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        start("a.example", cases[i].type);
        build_record(&build, "a.example", cases[i].type, 5, cases[i].data, cases[i].len);
        build_record(&build, "b.example", DNS_TXT, 5, "\x03pad", 4); /* the name must not run on */
        expect_outcome("a.example", cases[i].type, DNS_BAD_ANSWER);
    }
}

static void a_damaged_alias_spoils_the_answer(void **state)
{
    (void)state;
    start("a.example", DNS_A);
    build_record(&build, "a.example", DNS_CNAME, 5, "\x01h", 2);
    build_a(&build, "a.example", 5, 1);
    expect_outcome("a.example", DNS_A, DNS_BAD_ANSWER);
}

static void a_message_cut_anywhere_is_a_bad_answer(void **state)
{
    (void)state;
    start("a.example", DNS_MX);
    build_host(&build, "a.example", DNS_CNAME, 30, "b.example");
    build_mx(&build, "b.example", 300, 20, "mx2.example.com");
    build_record(&build, "b.example", DNS_TXT, 300, "\x03pad", 4);
    build_opt(&build, 0, "\x00\x0f\x00\x02\x00\x06", 6);
    for (size_t len = 0; len < build.len; len++) {
        struct dns_answer *answer = parse_bytes(build.bytes, len, "a.example", DNS_MX);
        if (answer->outcome != DNS_BAD_ANSWER) {
            fail_msg("believed: the first %zu of %zu bytes", len, build.len);
        }
        dns_answer_free(answer);
    }
    expect_outcome("a.example", DNS_MX, DNS_OK);
}

static void no_single_damaged_byte_is_a_danger(void **state)
{
    static const uint8_t damages[] = {0x00, 0x01, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff};
    (void)state;
    start("a.example", DNS_MX);
    build_host(&build, "a.example", DNS_CNAME, 30, "b.example");
    build_mx(&build, "b.example", 300, 20, "mx2.example.com");
    build_opt(&build, 0, "\x00\x0f\x00\x02\x00\x06", 6);
    for (size_t at = 0; at < build.len; at++) {
        uint8_t good = build.bytes[at];
        for (size_t i = 0; i < sizeof(damages); i++) {
            build.bytes[at] = damages[i];
            dns_answer_free(parse("a.example", DNS_MX));
        }
        build.bytes[at] = good;
    }
}

static void a_ttl_with_the_top_bit_is_zero(void **state)
{
    (void)state;
    start("a.example", DNS_A);
    build_a(&build, "a.example", 0x80000001, 1);
    struct dns_answer *answer = parse("a.example", DNS_A);
    assert_int_equal(answer->records[0].ttl, 0);
    assert_int_equal(answer->ttl, 0);
    dns_answer_free(answer);
}

static void outcomes_have_stable_names(void **state)
{
    static const char *const names[] = {"ok",      "nodata",    "nxdomain", "servfail", "refused",
                                        "timeout", "malformed", "shortage", "cancelled"};
    (void)state;
    for (int outcome = DNS_OK; outcome <= DNS_CANCELLED; outcome++) {
        assert_string_equal(dns_outcome_name((enum dns_outcome)outcome), names[outcome]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_mx_set_is_read_whole_and_in_its_order),
        cmocka_unit_test(a_null_mx_is_the_root),
        cmocka_unit_test(every_type_of_record_is_read),
        cmocka_unit_test(the_rcode_decides_the_outcome),
        cmocka_unit_test(records_beside_an_error_are_not_believed),
        cmocka_unit_test(the_extended_rcode_is_no_success),
        cmocka_unit_test(a_bogus_answer_is_known_by_its_extended_error),
        cmocka_unit_test(the_ad_bit_is_read),
        cmocka_unit_test(aliases_are_followed_whatever_their_order),
        cmocka_unit_test(records_off_the_chain_are_not_taken),
        cmocka_unit_test(records_of_another_class_are_not_taken),
        cmocka_unit_test(an_alias_to_nowhere_is_nxdomain_and_still_an_alias),
        cmocka_unit_test(who_asks_for_the_cname_gets_it),
        cmocka_unit_test(a_loop_of_aliases_is_a_bad_answer),
        cmocka_unit_test(sixteen_aliases_are_followed_and_not_one_more),
        cmocka_unit_test(no_more_records_are_kept_than_the_maximum),
        cmocka_unit_test(a_message_that_is_not_the_answer_is_refused),
        cmocka_unit_test(rdata_of_a_wrong_size_makes_a_bad_answer),
        cmocka_unit_test(a_damaged_alias_spoils_the_answer),
        cmocka_unit_test(a_message_cut_anywhere_is_a_bad_answer),
        cmocka_unit_test(no_single_damaged_byte_is_a_danger),
        cmocka_unit_test(a_ttl_with_the_top_bit_is_zero),
        cmocka_unit_test(outcomes_have_stable_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
