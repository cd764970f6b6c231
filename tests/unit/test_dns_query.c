/*
 * A question as bytes, and which question a message says it answers.
 */
#include "io/dns/dns_query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/dns/dns_wire.h"
#include "tests/unit/dns_build.h"

static void a_question_is_written_as_the_standards_have_it(void **state)
{
    static const uint8_t expected[] =
        "\x12\x34\x01\x20\x00\x01\x00\x00\x00\x00\x00\x01" /* RD and AD: RFC 1035, 6840 */
        "\x03_25\x04_tcp\x02mx\x07"
        "example\x00\x00\x34\x00\x01"
        "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00"; /* OPT, 1232 bytes: RFC 6891 */
    const size_t opt_len = 11, len = sizeof(expected) - 1;
    struct dns_query query = {
        .name = "_25._tcp.mx.example", .type = DNS_TLSA, .edns = true, .id = 0x1234};
    uint8_t bytes[DNS_QUERY_MAX];
    (void)state;
    assert_int_equal(dns_query_write(&query, bytes), len);
    assert_memory_equal(bytes, expected, len);
    query.edns = false;
    assert_int_equal(dns_query_write(&query, bytes), len - opt_len);
    assert_int_equal(bytes[11], 0);
    assert_memory_equal(bytes + 12, expected + 12, len - opt_len - 12);
    query.unchecked = true;
    assert_int_equal(dns_query_write(&query, bytes), len - opt_len);
    assert_int_equal(bytes[3], 0x30); /* AD and CD: RFC 4035 section 3.2.2 */
}

static void the_longest_name_and_the_root_fit(void **state)
{
    char name[DNS_NAME_MAX];
    uint8_t bytes[DNS_QUERY_MAX];
    struct dns_query query = {.name = name, .type = DNS_A, .edns = true};
    (void)state;
    for (size_t i = 0; i < 253; i++) {
        name[i] = i % 64 == 63 ? '.' : 'a';
    }
    name[253] = '\0';
    assert_true(dns_name_fold(name, name));
    assert_int_equal(dns_query_write(&query, bytes), DNS_QUERY_MAX);
    query.name = "";
    assert_int_equal(dns_query_write(&query, bytes), 12 + 1 + 4 + 11);
}

/* From a block of its exact size, so that the sanitizer sees the first byte too many. */
static bool answers(const struct dns_build *build, size_t len, char name[DNS_NAME_MAX],
                    struct dns_query *query)
{
    uint8_t *copy = malloc(len + 1);
    assert_non_null(copy);
    memcpy(copy + 1, build->bytes, len);
    bool result = dns_query_of_answer(copy + 1, len, name, query);
    free(copy);
    return result;
}

static void an_answer_says_to_which_question(void **state)
{
    static struct dns_build build;
    char name[DNS_NAME_MAX];
    struct dns_query query;
    (void)state;
    build_start(&build, 0xfedc, DNS_BUILD_REPLY | 2, "MX.Example", DNS_AAAA);
    assert_true(answers(&build, build.len, name, &query));
    assert_int_equal(query.id, 0xfedc);
    assert_int_equal(query.type, DNS_AAAA);
    assert_string_equal(query.name, "mx.example");
    for (size_t len = 0; len < build.len; len++) {
        assert_false(answers(&build, len, name, &query));
    }
}

static void what_is_no_answer_to_one_question_is_none(void **state)
{
    static struct dns_build build;
    char name[DNS_NAME_MAX];
    struct dns_query query;
    (void)state;
    build_start(&build, 1, 0x0120, "a.example", DNS_A);
    assert_false(answers(&build, build.len, name, &query)); /* a question */
    for (unsigned num_questions = 0; num_questions < 3; num_questions++) {
        build_start(&build, 1, DNS_BUILD_REPLY, "a.example", DNS_A);
        build_put_u16(&build, 4, num_questions);
        assert_int_equal(answers(&build, build.len, name, &query), num_questions == 1);
    }
    build_start(&build, 1, DNS_BUILD_REPLY, "a.example", DNS_A);
    build_put_u16(&build, build.len - 2, 3); /* CHAOS */
    assert_false(answers(&build, build.len, name, &query));
}

static void an_answer_that_was_cut_says_so(void **state)
{
    static struct dns_build build;
    (void)state;
    build_start(&build, 1, DNS_BUILD_REPLY, "a.example", DNS_A);
    assert_false(dns_query_answer_is_cut(build.bytes, build.len));
    build_start(&build, 1, DNS_BUILD_REPLY | DNS_BUILD_TC, "a.example", DNS_A);
    assert_true(dns_query_answer_is_cut(build.bytes, build.len));
    assert_false(dns_query_answer_is_cut(build.bytes, 3));
}

/* One step in 4,096 is that short by chance; fifty of a thousand are not. */
static void ids_are_not_one_after_the_other(void **state)
{
    unsigned num_next = 0;
    uint16_t before = dns_query_fresh_id();
    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        uint16_t id = dns_query_fresh_id();
        num_next += (uint16_t)(id - before) < 16;
        before = id;
    }
    assert_true(num_next < 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_written_as_the_standards_have_it),
        cmocka_unit_test(the_longest_name_and_the_root_fit),
        cmocka_unit_test(an_answer_says_to_which_question),
        cmocka_unit_test(what_is_no_answer_to_one_question_is_none),
        cmocka_unit_test(an_answer_that_was_cut_says_so),
        cmocka_unit_test(ids_are_not_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
