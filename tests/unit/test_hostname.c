/*
 * Names of hosts and domains: what is taken, in what form, and why the rest is refused; and how
 * names are shared.
 */
#include "io/base/hostname.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/failing_allocator.h"
#include "tests/unit/named.h"

#define LABEL_60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LABEL_63 LABEL_60 "aaa"
#define NAME_253 LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_60 "a"

struct name_case {
    const char *what;
    const char *text;
    const char *expected;
};

static const struct name_case taken[] = {
    {"a plain name stays as it is", "example.com", "example.com"},
    {"case is folded", "ExAmPle.COM", "example.com"},
    {"white space around is dropped", " \t example.com\r\n", "example.com"},
    {"no-break spaces around are dropped", "\xC2\xA0 example.com \xC2\xA0", "example.com"},
    {"one trailing dot is dropped", "example.com.", "example.com"},
    {"digits and hyphens inside are fine", "a-1.2b.example", "a-1.2b.example"},
    {"a label may be all digits", "163.com", "163.com"},
    {"a label may start with a digit", "1and1.example", "1and1.example"},
    {"underscores are fine", "_dmarc.example.com", "_dmarc.example.com"},
    {"two hyphens in places 3 and 4 of an ASCII label are fine", "r3---sn.example",
     "r3---sn.example"},
    {"a label of 63 octets is fine", LABEL_63 ".example", LABEL_63 ".example"},
    {"a name of 253 octets is fine", NAME_253, NAME_253},
    {"a name of 253 octets may have its trailing dot", NAME_253 ".", NAME_253},
    {"a U-label becomes an A-label", "bücher.example", "xn--bcher-kva.example"},
    {"a U-label is folded", "BÜCHER.example", "xn--bcher-kva.example"},
    {"a U-label is composed",
     "bu\xCC\x88"
     "cher.example",
     "xn--bcher-kva.example"},
    {"sharp s is a letter of its own", "faß.de", "xn--fa-hia.de"},
    {"an A-label stays as it is", "xn--bcher-kva.example", "xn--bcher-kva.example"},
    {"an A-label is folded", "XN--Bcher-KVA.example", "xn--bcher-kva.example"},
    {"an A-label may be the top-level domain", "example.xn--p1ai", "example.xn--p1ai"},
    {"full-width letters are letters", "ｅｘａｍｐｌｅ.com", "example.com"},
    {"the ideographic full stop is a dot", "日本。jp", "xn--wgv71a.jp"},
    {"the ideographic full stop is a dot between ASCII labels", "example。com", "example.com"},
    {"the full-width full stop is a dot", "example．com", "example.com"},
    {"the half-width full stop is a dot", "example｡com｡", "example.com"},
    {"right-to-left labels are fine", "אב.example", "xn--4dbc.example"},
    {"an ASCII label keeps its hyphens beside a U-label", "r3---sn.bücher.example",
     "r3---sn.xn--bcher-kva.example"},
    {"an underscore may stand beside a U-label", "_dmarc.bücher.example",
     "_dmarc.xn--bcher-kva.example"},
    {"soft hyphens vanish", "exam\xC2\xADple.com", "example.com"},
};

struct refusal {
    const char *what;
    const char *text;
    enum hostname_status expected;
};

static const struct refusal refused[] = {
    {"nothing", "", HOSTNAME_EMPTY},
    {"white space", " \t\r\n \xC2\xA0", HOSTNAME_EMPTY},
    {"the root", ".", HOSTNAME_EMPTY},
    {"the root in full width", "。", HOSTNAME_EMPTY},
    {"an empty label", "a..b", HOSTNAME_BAD_LABEL},
    {"an empty first label", ".example.com", HOSTNAME_BAD_LABEL},
    {"two trailing dots", "example.com..", HOSTNAME_BAD_LABEL},
    {"two dots", "..", HOSTNAME_BAD_LABEL},
    {"an empty label between full-width dots", "a。。b", HOSTNAME_BAD_LABEL},
    {"a leading hyphen", "-a.example", HOSTNAME_BAD_LABEL},
    {"a trailing hyphen", "a-.example", HOSTNAME_BAD_LABEL},
    {"a hyphen alone", "-.example", HOSTNAME_BAD_LABEL},
    {"a space inside", "exam ple.com", HOSTNAME_BAD_LABEL},
    {"two names", "a.example b.example", HOSTNAME_BAD_LABEL},
    {"a comma", "a,b.example", HOSTNAME_BAD_LABEL},
    {"a wildcard", "*.example.com", HOSTNAME_BAD_LABEL},
    {"a port", "example.com:25", HOSTNAME_BAD_LABEL},
    {"quotes", "\"example.com\"", HOSTNAME_BAD_LABEL},
    {"a backslash", "a\\.example", HOSTNAME_BAD_LABEL},
    {"a control character", "a\x01.example", HOSTNAME_BAD_LABEL},
    {"a label of 64 octets", LABEL_63 "a.example", HOSTNAME_TOO_LONG},
    {"a name of 254 octets", NAME_253 "a", HOSTNAME_TOO_LONG},
    {"a U-label that is too long as an A-label",
     "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü.example",
     HOSTNAME_TOO_LONG},
    {"a single label", "localhost", HOSTNAME_NOT_QUALIFIED},
    {"a single label and its dot", "com.", HOSTNAME_NOT_QUALIFIED},
    {"a single U-label", "bücher", HOSTNAME_NOT_QUALIFIED},
    {"an IPv4 address", "192.0.2.1", HOSTNAME_IS_ADDRESS},
    {"an IPv4 address with a dot", "192.0.2.1.", HOSTNAME_IS_ADDRESS},
    {"a bracketed IPv4 address", "[192.0.2.1]", HOSTNAME_IS_ADDRESS},
    {"an IPv4 address in full width", "１９２．0.2.1", HOSTNAME_IS_ADDRESS},
    {"an IPv4 prefix", "192.0.2.0/24", HOSTNAME_IS_ADDRESS},
    {"an IPv6 address", "2001:db8::1", HOSTNAME_IS_ADDRESS},
    {"a bracketed IPv6 address", "[2001:db8::1]", HOSTNAME_IS_ADDRESS},
    {"an IPv6 literal of SMTP", "[IPv6:2001:db8::1]", HOSTNAME_IS_ADDRESS},
    {"an IPv6 address with a zone", "fe80::1%eth0", HOSTNAME_IS_ADDRESS},
    {"an IPv6 prefix", "2001:db8::/32", HOSTNAME_IS_ADDRESS},
    {"an impossible IPv4 address", "256.0.0.1", HOSTNAME_BAD_LABEL},
    {"a top-level domain of digits", "example.123", HOSTNAME_BAD_LABEL},
    {"brackets around a name", "[example.com]", HOSTNAME_BAD_LABEL},
    {"half a bracket", "[192.0.2.1", HOSTNAME_BAD_LABEL},
    {"a URL", "http://example.com", HOSTNAME_IS_URL},
    {"a URL with everything", "https://user@example.com:8080/path?q=1#x", HOSTNAME_IS_URL},
    {"a URL of an international name", "http://bücher.example/", HOSTNAME_IS_URL},
    {"a path", "example.com/mail", HOSTNAME_IS_URL},
    {"an e-mail address", "user@example.com", HOSTNAME_IS_MAILBOX},
    {"an e-mail address at an international name", "user@bücher.example", HOSTNAME_IS_MAILBOX},
    {"a mailto link", "mailto:user@example.com", HOSTNAME_IS_MAILBOX},
    {"a symbol, which IDNA 2008 forbids", "☃.example", HOSTNAME_BAD_LABEL},
    {"an A-label of a symbol", "xn--n3h.example", HOSTNAME_BAD_LABEL},
    {"an A-label that decodes to nothing allowed", "xn--a.example", HOSTNAME_BAD_LABEL},
    {"an A-label that is not punycode", "xn--0.example", HOSTNAME_BAD_LABEL},
    {"an empty A-label", "xn--.example", HOSTNAME_BAD_LABEL},
    {"an A-label with a space", "xn--bcher kva.example", HOSTNAME_BAD_LABEL},
    {"a joiner where no script allows it",
     "a\xE2\x80\x8D"
     "b.example",
     HOSTNAME_BAD_LABEL},
    {"mixed directions in a label", "אa.example", HOSTNAME_BAD_LABEL},
    {"a U-label with a leading hyphen", "-ü.example", HOSTNAME_BAD_LABEL},
    {"a U-label that maps to a space", "ü\xC2\xA0ü.example", HOSTNAME_BAD_LABEL},
    {"a character that maps to a slash", "℀.example", HOSTNAME_BAD_LABEL},
    {"only a soft hyphen", "\xC2\xAD.example", HOSTNAME_BAD_LABEL},
    {"a stray continuation byte", "\x80.example", HOSTNAME_BAD_LABEL},
    {"a cut UTF-8 sequence", "example.com\xC3", HOSTNAME_BAD_LABEL},
    {"an overlong UTF-8 dot",
     "example\xC0\xAE"
     "com",
     HOSTNAME_BAD_LABEL},
    {"a surrogate", "\xED\xA0\x80.example", HOSTNAME_BAD_LABEL},
};

/* From a copy without a NUL behind it, so that reading past the end is seen by the sanitizer. */
static enum hostname_status parse_exactly(const char *text, size_t len,
                                          const struct hostname **out_name)
{
    char *copy = malloc(len + (len == 0));
    assert_non_null(copy);
    memcpy(copy, text, len);
    enum hostname_status status = hostname_parse(copy, len, out_name);
    free(copy);
    assert_true((status == HOSTNAME_OK) == (*out_name != NULL));
    return status;
}

static void names_that_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        const struct hostname *name;
        enum hostname_status status = parse_exactly(taken[i].text, strlen(taken[i].text), &name);
        if (status != HOSTNAME_OK || strcmp(hostname_text(name), taken[i].expected) != 0) {
            fail_msg("%s: got %s (%s)", taken[i].what,
                     status == HOSTNAME_OK ? hostname_text(name) : "nothing",
                     hostname_status_text(status));
        }
        assert_int_equal(hostname_len(name), strlen(taken[i].expected));
        hostname_release(name);
    }
}

static void what_is_taken_stays_the_same_when_read_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        const struct hostname *name;
        const char *expected = taken[i].expected;
        assert_int_equal(parse_exactly(expected, strlen(expected), &name), HOSTNAME_OK);
        assert_string_equal(hostname_text(name), expected);
        hostname_release(name);
    }
}

static void texts_that_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        const struct hostname *name;
        enum hostname_status status =
            parse_exactly(refused[i].text, strlen(refused[i].text), &name);
        if (status != refused[i].expected) {
            fail_msg("%s: got \"%s\" instead of \"%s\"", refused[i].what,
                     hostname_status_text(status), hostname_status_text(refused[i].expected));
        }
    }
}

/* All else is refused as before. */
static void a_single_label_is_a_name_where_that_is_asked_for(void **state)
{
    (void)state;
    const struct hostname *name;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        const struct refusal *text = &refused[i];
        enum hostname_status expected =
            text->expected == HOSTNAME_NOT_QUALIFIED ? HOSTNAME_OK : text->expected;
        if (hostname_parse_any(text->text, strlen(text->text), &name) != expected) {
            fail_msg("%s: not \"%s\"", text->what, hostname_status_text(expected));
        }
        hostname_release(name);
    }
    assert_int_equal(hostname_parse_any("COM.", 4, &name), HOSTNAME_OK);
    assert_string_equal(hostname_text(name), "com");
    assert_string_equal(hostname_organisation(name), "com");
    hostname_release(name);
}

/* What a resolver may make of any bytes: lower case, "-_*+/=" as they are, the rest escaped. */
static void names_of_the_dns_that_are_no_host_names_are_refused(void **state)
{
    static const struct refusal names[] = {
        {"a plus sign", "x+y.example", HOSTNAME_BAD_LABEL},
        {"a plus sign in a single label", "x+y", HOSTNAME_BAD_LABEL},
        {"a wildcard", "*.example", HOSTNAME_BAD_LABEL},
        {"an equals sign", "a=b.example", HOSTNAME_BAD_LABEL},
        {"a slash", "0/25.2.0.192.in-addr.arpa", HOSTNAME_IS_URL},
        {"an escaped blank", "a\\032b.example", HOSTNAME_BAD_LABEL},
        {"an escaped dot", "a\\046b.example", HOSTNAME_BAD_LABEL},
        {"an escaped NUL", "a\\000.example", HOSTNAME_BAD_LABEL},
        {"escaped UTF-8", "b\\195\\188cher.example", HOSTNAME_BAD_LABEL},
        {"an address", "192.0.2.1", HOSTNAME_IS_ADDRESS},
        {"the root", "", HOSTNAME_EMPTY},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct hostname *name;
        if (hostname_parse_any(names[i].text, strlen(names[i].text), &name) != names[i].expected) {
            fail_msg("%s: not \"%s\"", names[i].what, hostname_status_text(names[i].expected));
        }
        assert_null(name);
    }
}

static void nul_bytes_are_refused(void **state)
{
    (void)state;
    const struct hostname *name;
    assert_int_equal(parse_exactly("a\0b.example", 11, &name), HOSTNAME_BAD_LABEL);
    assert_int_equal(parse_exactly("example.com\0", 12, &name), HOSTNAME_BAD_LABEL);
    assert_int_equal(parse_exactly("xn--bcher-kva\0x.example", 23, &name), HOSTNAME_BAD_LABEL);
}

static void long_texts_are_refused(void **state)
{
    (void)state;
    size_t len = 65536;
    char *text = malloc(len);
    const struct hostname *name;
    assert_non_null(text);
    memset(text, 'a', len);
    assert_int_equal(hostname_parse(text, len, &name), HOSTNAME_TOO_LONG);
    memset(text, 0xC3, len);
    assert_int_equal(hostname_parse(text, len, &name), HOSTNAME_TOO_LONG);
    for (size_t i = 1; i < len; i += 2) {
        text[i] = '.';
    }
    memset(text, 'a', 1);
    assert_int_not_equal(hostname_parse(text, len, &name), HOSTNAME_OK);
    free(text);
}

static void a_name_below_another_is_made_where_it_fits(void **state)
{
    (void)state;
    const struct hostname *below;
    assert_int_equal(hostname_below("mta-sts", named("example.com"), &below), HOSTNAME_OK);
    assert_string_equal(hostname_text(below), "mta-sts.example.com");
    assert_int_equal(hostname_len(below), strlen("mta-sts.example.com"));
    assert_string_equal(hostname_organisation(below), "example.com");
    hostname_release(below);
    assert_int_equal(hostname_below("a", named(&NAME_253[2]), &below), HOSTNAME_OK);
    assert_int_equal(hostname_len(below), 253);
    hostname_release(below);
    assert_int_equal(hostname_below("ab", named(&NAME_253[2]), &below), HOSTNAME_TOO_LONG);
    assert_null(below);
}

static void equal_names_are_equal_wherever_they_were_made(void **state)
{
    (void)state;
    const struct table_seed seed = table_seed_random();
    const struct hostname *upper;
    const struct hostname *lower = named("mx.example.com");
    assert_int_equal(hostname_parse("MX.Example.COM.", 15, &upper), HOSTNAME_OK);
    assert_ptr_not_equal(upper, lower);
    assert_true(hostname_equal(upper, lower));
    assert_int_equal(hostname_hash(upper, &seed), hostname_hash(lower, &seed));
    assert_int_equal(hostname_hash(lower, &seed), table_hash(&seed, "mx.example.com", 14));
    assert_false(hostname_equal(lower, named("mx.example.org")));
    assert_false(hostname_equal(lower, named("mx.example.co")));
    assert_false(hostname_equal(named("mx.example.co"), lower));
    assert_false(hostname_equal(lower, NULL));
    assert_false(hostname_equal(NULL, lower));
    assert_true(hostname_equal(NULL, NULL));
    hostname_release(upper);
}

static void lack_of_memory_is_told_and_makes_no_name(void **state)
{
    (void)state;
    const struct hostname *parent = named("example.com");
    const struct hostname *name;
    fail_allocations(0, 1);
    assert_int_equal(hostname_parse("mx.example.com", 14, &name), HOSTNAME_NO_MEMORY);
    assert_int_equal(end_failing(), 1);
    assert_null(name);
    fail_allocations(0, 1);
    assert_int_equal(hostname_parse_any("mx", 2, &name), HOSTNAME_NO_MEMORY);
    assert_int_equal(end_failing(), 1);
    assert_null(name);
    fail_allocations(0, 1);
    assert_int_equal(hostname_below("mx", parent, &name), HOSTNAME_NO_MEMORY);
    assert_int_equal(end_failing(), 1);
    assert_null(name);
}

/* A leak checker and the sanitizer see whether it is freed with the last reference and no sooner.
 */
static void a_name_lives_as_long_as_anyone_holds_it(void **state)
{
    (void)state;
    const struct hostname *name;
    assert_int_equal(hostname_parse("mx.example.com", 14, &name), HOSTNAME_OK);
    const struct hostname *held = hostname_hold(name);
    assert_ptr_equal(held, name);
    hostname_release(name);
    assert_string_equal(hostname_text_or_null(held), "mx.example.com");
    hostname_release(held);
    assert_null(hostname_hold(NULL));
    assert_null(hostname_text_or_null(NULL));
    hostname_release(NULL);
}

static void every_status_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int i = HOSTNAME_OK; i <= HOSTNAME_NO_MEMORY; i++) {
        for (int k = HOSTNAME_OK; k < i; k++) {
            assert_string_not_equal(hostname_status_text((enum hostname_status)i),
                                    hostname_status_text((enum hostname_status)k));
        }
    }
}

struct organisation_case {
    const char *name;
    const char *expected;
};

static const struct organisation_case organisations[] = {
    {"a.b.example.co.uk", "example.co.uk"},
    {"example.co.uk", "example.co.uk"},
    {"mx1.mail.example.com", "example.com"},
    {"example.com", "example.com"},
    {"com", "com"},
    {"co.uk", "co.uk"},
    {"a.b.kawasaki.jp", "a.b.kawasaki.jp"},     /* the rule *.kawasaki.jp */
    {"x.city.kawasaki.jp", "city.kawasaki.jp"}, /* the rule !city.kawasaki.jp */
    {"a.b.xn--55qx5d.cn", "b.xn--55qx5d.cn"},   /* a rule that the list has as a U-label */
    {"a.b.nosuchtld", "b.nosuchtld"},           /* the default rule "*" */
    {"_dmarc.example.com", "example.com"},
    {NAME_253, LABEL_63 "." LABEL_60 "a"},
};

static void organisations_are_found_inside_the_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(organisations) / sizeof(organisations[0]); i++) {
        const struct hostname *name = named(organisations[i].name);
        for (int round = 0; round < 2; round++) { /* found, then remembered */
            const char *organisation = hostname_organisation(name);
            assert_string_equal(organisation, organisations[i].expected);
            assert_true(organisation >= hostname_text(name) &&
                        organisation < hostname_text(name) + hostname_len(name));
        }
    }
}

#define NUM_THREADS 4

static const struct hostname *shared;

static void *use_names_in_thread(void *unused)
{
    (void)unused;
    uintptr_t wrong = 0;
    for (int round = 0; round < 200; round++) {
        const struct hostname *name;
        bool fine = hostname_parse("www.bücher.co.uk", 17, &name) == HOSTNAME_OK &&
                    strcmp(hostname_organisation(name), "xn--bcher-kva.co.uk") == 0;
        hostname_release(name);
        const struct hostname *held = hostname_hold(shared);
        fine = fine && strcmp(hostname_organisation(held), "example.co.uk") == 0;
        hostname_release(held);
        wrong += fine ? 0 : 1;
    }
    return (void *)wrong;
}

static void threads_do_not_disturb_each_other(void **state)
{
    (void)state;
    pthread_t threads[NUM_THREADS];
    assert_int_equal(hostname_parse("mx.example.co.uk", 16, &shared), HOSTNAME_OK);
    for (size_t i = 0; i < NUM_THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, use_names_in_thread, NULL), 0);
    }
    for (size_t i = 0; i < NUM_THREADS; i++) {
        void *wrong = NULL;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    hostname_release(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_disturb_each_other), /* first: the list is not read yet */
        cmocka_unit_test(names_that_are_taken),
        cmocka_unit_test(what_is_taken_stays_the_same_when_read_again),
        cmocka_unit_test(texts_that_are_refused),
        cmocka_unit_test(a_single_label_is_a_name_where_that_is_asked_for),
        cmocka_unit_test(names_of_the_dns_that_are_no_host_names_are_refused),
        cmocka_unit_test(nul_bytes_are_refused),
        cmocka_unit_test(long_texts_are_refused),
        cmocka_unit_test(a_name_below_another_is_made_where_it_fits),
        cmocka_unit_test(equal_names_are_equal_wherever_they_were_made),
        cmocka_unit_test(a_name_lives_as_long_as_anyone_holds_it),
        cmocka_unit_test(lack_of_memory_is_told_and_makes_no_name),
        cmocka_unit_test(every_status_has_a_text_of_its_own),
        cmocka_unit_test(organisations_are_found_inside_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
