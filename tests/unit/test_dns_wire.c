/*
 * Names on the wire: compression, limits, and bytes that could make one name pass for another.
 */
#include "io/dns/dns_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dns_build.h"

static struct dns_build build;

static void start(const char *name, enum dns_type type)
{
    build_start(&build, 0x1234, DNS_BUILD_REPLY, name, type);
}

/* From a block of its exact size, so that the sanitizer sees the first byte too many. */
static struct dns_answer *parse(const char *name, enum dns_type type)
{
    uint8_t *copy = malloc(build.len);
    assert_non_null(copy);
    memcpy(copy, build.bytes, build.len);
    struct dns_answer *answer = dns_answer_parse(copy, build.len, name, type);
    free(copy);
    assert_non_null(answer);
    return answer;
}

static void expect_outcome(const char *name, enum dns_type type, enum dns_outcome outcome)
{
    struct dns_answer *answer = parse(name, type);
    assert_string_equal(dns_outcome_name(answer->outcome), dns_outcome_name(outcome));
    dns_answer_free(answer);
}

static void compressed_names_are_read(void **state)
{
    (void)state;
    start("mail.example", DNS_MX); /* the name stands at 12, "example" at 17 */
    for (unsigned i = 0; i < 3; i++) {
        static const char *const data[] = {"\x00\x0a\x02mx\xc0\x11", "\x00\x0a\xc0\x0c",
                                           "\x00\x0a\x01x\x01y\xc0\x0c"};
        static const size_t lens[] = {7, 4, 8};
        build_put_u16(&build, BUILD_ANSWER, i + 1);
        build_bytes(&build, "\xc0\x0c\x00\x0f\x00\x01\x00\x00\x00\x05", 10);
        build_u16(&build, (unsigned)lens[i]);
        build_bytes(&build, data[i], lens[i]);
    }
    struct dns_answer *answer = parse("mail.example", DNS_MX);
    assert_int_equal(answer->num_records, 3);
    assert_string_equal(answer->records[0].mx.host, "mx.example");
    assert_string_equal(answer->records[1].mx.host, "mail.example");
    assert_string_equal(answer->records[2].mx.host, "x.y.mail.example");
    dns_answer_free(answer);
}

static void hostile_names_make_a_bad_answer(void **state)
{
    static const struct {
        const char *what;
        const char *data; /* RDATA of a PTR; it stands at 35 (0x23) */
        size_t len;
    } cases[] = {
        {"a pointer to itself", "\xc0\x23", 2},
        {"a pointer to the label before it", "\x01x\xc0\x23", 4},
        {"a pointer forward", "\xc0\x25\x01x\x00", 5},
        {"a pointer into the header", "\xc0\x00", 2},
        {"a pointer behind the end", "\xff\xff", 2},
        {"half a pointer", "\xc0", 1},
        {"a label type of 01", "\x41x\x00", 3},
        {"a label type of 10", "\x81x\x00", 3},
        {"a label over the end", "\x3fx\x00", 3},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        start("a.b.c", DNS_PTR);
        build_put_u16(&build, BUILD_ANSWER, 1);
        build_bytes(&build, "\xc0\x0c\x00\x0c\x00\x01\x00\x00\x00\x05", 10);
        size_t opened = build.len;
        build_u16(&build, 0);
        build_bytes(&build, cases[i].data, cases[i].len);
        build_close(&build, opened);
        assert_int_equal(opened + 2, 12 + 7 + 4 + 12);
        struct dns_answer *answer = parse("a.b.c", DNS_PTR);
        if (answer->outcome != DNS_BAD_ANSWER) {
            fail_msg("believed: %s", cases[i].what);
        }
        dns_answer_free(answer);
    }
}

static void two_pointers_at_each_other_end(void **state)
{
    (void)state;
    start("a.b.c", DNS_PTR);
    for (unsigned i = 0; i < 2; i++) {
        size_t opened = build_open(&build, BUILD_ANSWER, "a.b.c", DNS_PTR, 5);
        size_t here = build.len;
        build_u16(&build, 0xc000u | (unsigned)(i == 0 ? here + 19 : here - 19));
        build_close(&build, opened);
    }
    expect_outcome("a.b.c", DNS_PTR, DNS_BAD_ANSWER);
}

static void a_name_of_255_octets_is_read_and_a_longer_one_is_not(void **state)
{
    char label[64], name[300];
    (void)state;
    memset(label, 'x', 63);
    label[63] = '\0';
    for (int last = 61; last <= 62; last++) {
        snprintf(name, sizeof(name), "%s.%s.%s.%.*s", label, label, label, last, label);
        start("a.example", DNS_PTR);
        build_host(&build, "a.example", DNS_PTR, 5, name);
        struct dns_answer *answer = parse("a.example", DNS_PTR);
        if (last == 61) {
            assert_int_equal(answer->outcome, DNS_OK);
            assert_string_equal(answer->records[0].host, name);
        } else {
            assert_int_equal(answer->outcome, DNS_BAD_ANSWER);
        }
        dns_answer_free(answer);
    }
}

static void odd_bytes_are_escaped_so_that_no_name_passes_for_another(void **state)
{
    static const struct {
        const char *data;
        size_t len;
        const char *host;
    } cases[] = {
        {"\x0amx.example\x00", 12, "mx\\046example"},
        {"\x03m\x00x\x00", 5, "m\\000x"},
        {"\x03m\\x\x00", 5, "m\\092x"},
        {"\x04m\\04\x00", 6, "m\\09204"},
        {"\x03m x\x00", 5, "m\\032x"},
        {"\x03m\nx\x00", 5, "m\\010x"},
        {"\x03m\xffx\x00", 5, "m\\255x"},
        {"\x03m\"x\x00", 5, "m\\034x"},
        {"\x03_-1\x00", 5, "_-1"},
        {"\x04"
         "0/25\x00",
         6, "0/25"},
        {"\x01*\x00", 3, "*"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        start("a.example", DNS_PTR);
        build_record(&build, "a.example", DNS_PTR, 5, cases[i].data, cases[i].len);
        struct dns_answer *answer = parse("a.example", DNS_PTR);
        assert_int_equal(answer->outcome, DNS_OK);
        assert_string_equal(answer->records[0].host, cases[i].host);
        dns_answer_free(answer);
    }
}

static void an_owner_with_a_dot_inside_a_label_is_not_the_name_asked_for(void **state)
{
    (void)state;
    start("a.example", DNS_A);
    build_put_u16(&build, BUILD_ANSWER, 1);
    build_bytes(&build,
                "\x09"
                "a.example\x00\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x7f\x00\x00\x01",
                25);
    expect_outcome("a.example", DNS_A, DNS_NODATA);
}

static void an_escaped_name_that_would_not_fit_makes_a_bad_answer(void **state)
{
    uint8_t data[65] = {63};
    (void)state;
    for (unsigned odd = 0; odd <= 63; odd++) { /* 63 bytes, `odd` of them as four */
        memset(data + 1, 'x', 63);
        memset(data + 1, ' ', odd);
        start("a.example", DNS_PTR);
        build_record(&build, "a.example", DNS_PTR, 5, data, sizeof(data));
        struct dns_answer *answer = parse("a.example", DNS_PTR);
        assert_int_equal(answer->outcome, DNS_OK);
        assert_int_equal(strlen(answer->records[0].host), 63 + 3 * odd);
        dns_answer_free(answer);
    }
    start("a.example", DNS_PTR);
    size_t opened = build_open(&build, BUILD_ANSWER, "a.example", DNS_PTR, 5);
    memset(data + 1, ' ', 63);
    build_bytes(&build, data, 64);
    build_bytes(&build, "\x01x\x00", 3);
    build_close(&build, opened);
    expect_outcome("a.example", DNS_PTR, DNS_OK);
    build.bytes[build.len - 2] = ' ';
    expect_outcome("a.example", DNS_PTR, DNS_BAD_ANSWER);
}

static void names_are_folded_or_refused(void **state)
{
    char label[64], longest[256], folded[DNS_NAME_MAX];
    (void)state;
    memset(label, 'a', 63);
    label[63] = '\0';
    snprintf(longest, sizeof(longest), "%s.%s.%s.%.61s", label, label, label, label);
    const struct {
        const char *name;
        const char *folded;
    } cases[] = {
        {"Example.COM", "example.com"},
        {"example.com.", "example.com"},
        {"_25._tcp.mx.example", "_25._tcp.mx.example"},
        {"", ""},
        {".", ""},
        {"..", NULL},
        {"a..b", NULL},
        {".a", NULL},
        {"a.b..", NULL},
        {"a b", NULL},
        {"a\\.b", NULL},
        {"b\xc3\xbc"
         "cher.example",
         NULL},
        {"a\tb", NULL},
        {label, label},
        {longest, longest},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool taken = dns_name_fold(cases[i].name, folded);
        if (taken != (cases[i].folded != NULL)) {
            fail_msg("\"%s\"", cases[i].name);
        }
        if (taken) {
            assert_string_equal(folded, cases[i].folded);
        }
    }
    char too_long[257];
    snprintf(too_long, sizeof(too_long), "%sx", label);
    assert_false(dns_name_fold(too_long, folded));
    snprintf(too_long, sizeof(too_long), "%sa", longest);
    assert_false(dns_name_fold(too_long, folded));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compressed_names_are_read),
        cmocka_unit_test(hostile_names_make_a_bad_answer),
        cmocka_unit_test(two_pointers_at_each_other_end),
        cmocka_unit_test(a_name_of_255_octets_is_read_and_a_longer_one_is_not),
        cmocka_unit_test(odd_bytes_are_escaped_so_that_no_name_passes_for_another),
        cmocka_unit_test(an_owner_with_a_dot_inside_a_label_is_not_the_name_asked_for),
        cmocka_unit_test(an_escaped_name_that_would_not_fit_makes_a_bad_answer),
        cmocka_unit_test(names_are_folded_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
