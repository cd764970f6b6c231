/*
 * Domain names as people write them: what is taken, in what form, and why the rest is refused.
 */
#include "io/base/name.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
    enum name_status expected;
};

static const struct refusal refused[] = {
    {"nothing", "", NAME_EMPTY},
    {"white space", " \t\r\n \xC2\xA0", NAME_EMPTY},
    {"the root", ".", NAME_EMPTY},
    {"the root in full width", "。", NAME_EMPTY},
    {"an empty label", "a..b", NAME_BAD_LABEL},
    {"an empty first label", ".example.com", NAME_BAD_LABEL},
    {"two trailing dots", "example.com..", NAME_BAD_LABEL},
    {"two dots", "..", NAME_BAD_LABEL},
    {"an empty label between full-width dots", "a。。b", NAME_BAD_LABEL},
    {"a leading hyphen", "-a.example", NAME_BAD_LABEL},
    {"a trailing hyphen", "a-.example", NAME_BAD_LABEL},
    {"a hyphen alone", "-.example", NAME_BAD_LABEL},
    {"a space inside", "exam ple.com", NAME_BAD_LABEL},
    {"two names", "a.example b.example", NAME_BAD_LABEL},
    {"a comma", "a,b.example", NAME_BAD_LABEL},
    {"a wildcard", "*.example.com", NAME_BAD_LABEL},
    {"a port", "example.com:25", NAME_BAD_LABEL},
    {"quotes", "\"example.com\"", NAME_BAD_LABEL},
    {"a backslash", "a\\.example", NAME_BAD_LABEL},
    {"a control character", "a\x01.example", NAME_BAD_LABEL},
    {"a label of 64 octets", LABEL_63 "a.example", NAME_TOO_LONG},
    {"a name of 254 octets", NAME_253 "a", NAME_TOO_LONG},
    {"a U-label that is too long as an A-label",
     "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü.example", NAME_TOO_LONG},
    {"a single label", "localhost", NAME_NOT_QUALIFIED},
    {"a single label and its dot", "com.", NAME_NOT_QUALIFIED},
    {"a single U-label", "bücher", NAME_NOT_QUALIFIED},
    {"an IPv4 address", "192.0.2.1", NAME_IS_ADDRESS},
    {"an IPv4 address with a dot", "192.0.2.1.", NAME_IS_ADDRESS},
    {"a bracketed IPv4 address", "[192.0.2.1]", NAME_IS_ADDRESS},
    {"an IPv4 address in full width", "１９２．0.2.1", NAME_IS_ADDRESS},
    {"an IPv4 prefix", "192.0.2.0/24", NAME_IS_ADDRESS},
    {"an IPv6 address", "2001:db8::1", NAME_IS_ADDRESS},
    {"a bracketed IPv6 address", "[2001:db8::1]", NAME_IS_ADDRESS},
    {"an IPv6 literal of SMTP", "[IPv6:2001:db8::1]", NAME_IS_ADDRESS},
    {"an IPv6 address with a zone", "fe80::1%eth0", NAME_IS_ADDRESS},
    {"an IPv6 prefix", "2001:db8::/32", NAME_IS_ADDRESS},
    {"an impossible IPv4 address", "256.0.0.1", NAME_BAD_LABEL},
    {"a top-level domain of digits", "example.123", NAME_BAD_LABEL},
    {"brackets around a name", "[example.com]", NAME_BAD_LABEL},
    {"half a bracket", "[192.0.2.1", NAME_BAD_LABEL},
    {"a URL", "http://example.com", NAME_IS_URL},
    {"a URL with everything", "https://user@example.com:8080/path?q=1#x", NAME_IS_URL},
    {"a URL of an international name", "http://bücher.example/", NAME_IS_URL},
    {"a path", "example.com/mail", NAME_IS_URL},
    {"an e-mail address", "user@example.com", NAME_IS_MAILBOX},
    {"an e-mail address at an international name", "user@bücher.example", NAME_IS_MAILBOX},
    {"a mailto link", "mailto:user@example.com", NAME_IS_MAILBOX},
    {"a symbol, which IDNA 2008 forbids", "☃.example", NAME_BAD_LABEL},
    {"an A-label of a symbol", "xn--n3h.example", NAME_BAD_LABEL},
    {"an A-label that decodes to nothing allowed", "xn--a.example", NAME_BAD_LABEL},
    {"an A-label that is not punycode", "xn--0.example", NAME_BAD_LABEL},
    {"an empty A-label", "xn--.example", NAME_BAD_LABEL},
    {"an A-label with a space", "xn--bcher kva.example", NAME_BAD_LABEL},
    {"a joiner where no script allows it",
     "a\xE2\x80\x8D"
     "b.example",
     NAME_BAD_LABEL},
    {"mixed directions in a label", "אa.example", NAME_BAD_LABEL},
    {"a U-label with a leading hyphen", "-ü.example", NAME_BAD_LABEL},
    {"a U-label that maps to a space", "ü\xC2\xA0ü.example", NAME_BAD_LABEL},
    {"a character that maps to a slash", "℀.example", NAME_BAD_LABEL},
    {"only a soft hyphen", "\xC2\xAD.example", NAME_BAD_LABEL},
    {"a stray continuation byte", "\x80.example", NAME_BAD_LABEL},
    {"a cut UTF-8 sequence", "example.com\xC3", NAME_BAD_LABEL},
    {"an overlong UTF-8 dot",
     "example\xC0\xAE"
     "com",
     NAME_BAD_LABEL},
    {"a surrogate", "\xED\xA0\x80.example", NAME_BAD_LABEL},
};

/* A copy without a NUL behind it, so that reading past the end is seen by the sanitizer. */
static enum name_status normalise_exactly(const char *text, size_t len,
                                          char out_name[NAME_MAX_TEXT])
{
    char *copy = malloc(len + (len == 0));
    assert_non_null(copy);
    memcpy(copy, text, len);
    enum name_status status = name_normalise(copy, len, out_name);
    free(copy);
    return status;
}

static void names_that_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        char name[NAME_MAX_TEXT];
        enum name_status status = normalise_exactly(taken[i].text, strlen(taken[i].text), name);
        if (status != NAME_OK || strcmp(name, taken[i].expected) != 0) {
            fail_msg("%s: got %s (%s)", taken[i].what, name, name_status_text(status));
        }
    }
}

static void what_is_taken_stays_the_same_when_read_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        char name[NAME_MAX_TEXT];
        const char *expected = taken[i].expected;
        assert_int_equal(normalise_exactly(expected, strlen(expected), name), NAME_OK);
        assert_string_equal(name, expected);
    }
}

static void texts_that_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        char name[NAME_MAX_TEXT];
        enum name_status status = normalise_exactly(refused[i].text, strlen(refused[i].text), name);
        if (status != refused[i].expected) {
            fail_msg("%s: got \"%s\" instead of \"%s\"", refused[i].what, name_status_text(status),
                     name_status_text(refused[i].expected));
        }
    }
}

static void nul_bytes_are_refused(void **state)
{
    (void)state;
    char name[NAME_MAX_TEXT];
    assert_int_equal(normalise_exactly("a\0b.example", 11, name), NAME_BAD_LABEL);
    assert_int_equal(normalise_exactly("example.com\0", 12, name), NAME_BAD_LABEL);
    assert_int_equal(normalise_exactly("xn--bcher-kva\0x.example", 23, name), NAME_BAD_LABEL);
}

static void long_texts_are_refused(void **state)
{
    (void)state;
    size_t len = 65536;
    char *text = malloc(len);
    char name[NAME_MAX_TEXT];
    assert_non_null(text);
    memset(text, 'a', len);
    assert_int_equal(name_normalise(text, len, name), NAME_TOO_LONG);
    memset(text, 0xC3, len);
    assert_int_equal(name_normalise(text, len, name), NAME_TOO_LONG);
    for (size_t i = 1; i < len; i += 2) {
        text[i] = '.';
    }
    memset(text, 'a', 1);
    assert_int_not_equal(name_normalise(text, len, name), NAME_OK);
    free(text);
}

static void every_status_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int i = NAME_OK; i <= NAME_NO_MEMORY; i++) {
        for (int k = NAME_OK; k < i; k++) {
            assert_string_not_equal(name_status_text((enum name_status)i),
                                    name_status_text((enum name_status)k));
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
    {"", ""},
    {NAME_253, LABEL_63 "." LABEL_60 "a"},
};

static void organisations_are_found_inside_the_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(organisations) / sizeof(organisations[0]); i++) {
        const char *name = organisations[i].name;
        const char *organisation = name_organisation(name);
        assert_string_equal(organisation, organisations[i].expected);
        assert_true(organisation >= name && organisation <= name + strlen(name));
    }
}

#define NUM_THREADS 4

static void *normalise_in_thread(void *unused)
{
    (void)unused;
    char name[NAME_MAX_TEXT];
    uintptr_t wrong = 0;
    for (int round = 0; round < 200; round++) {
        bool fine = name_normalise("www.bücher.co.uk", 17, name) == NAME_OK &&
                    strcmp(name_organisation(name), "xn--bcher-kva.co.uk") == 0;
        wrong += fine ? 0 : 1;
    }
    return (void *)wrong;
}

static void threads_do_not_disturb_each_other(void **state)
{
    (void)state;
    pthread_t threads[NUM_THREADS];
    for (size_t i = 0; i < NUM_THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, normalise_in_thread, NULL), 0);
    }
    for (size_t i = 0; i < NUM_THREADS; i++) {
        void *wrong = NULL;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_disturb_each_other), /* first: the list is not read yet */
        cmocka_unit_test(names_that_are_taken),
        cmocka_unit_test(what_is_taken_stays_the_same_when_read_again),
        cmocka_unit_test(texts_that_are_refused),
        cmocka_unit_test(nul_bytes_are_refused),
        cmocka_unit_test(long_texts_are_refused),
        cmocka_unit_test(every_status_has_a_text_of_its_own),
        cmocka_unit_test(organisations_are_found_inside_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
