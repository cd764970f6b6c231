/* Results as text: what servers wrote can do nothing to a terminal, and the report says what
 * counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "output/record/text_safe.h"
#include "output/report/text_report.h"

static char *safe(const char *text, size_t len, size_t max, bool utf8)
{
    char *out = NULL;
    size_t out_len;
    FILE *stream = open_memstream(&out, &out_len);
    text_safe_write(stream, text, len, max, utf8);
    fclose(stream);
    return out;
}

static void foreign_text_is_made_harmless(void **state)
{
    static const struct {
        const char *name, *text;
        size_t len;
        bool utf8;
        const char *expected;
    } cases[] = {
        {"plain text stays", "220 mx.example", 14, true, "220 mx.example"},
        {"an escape sequence is shown, not obeyed", "\033[2Jx", 5, true, "\\x1b[2Jx"},
        {"a line end is shown", "a\r\nb", 4, true, "a\\x0d\\x0ab"},
        {"a NUL is shown", "a\0b", 3, true, "a\\x00b"},
        {"a C1 control is replaced",
         "\xc2\x9b"
         "31m",
         5, true, "?31m"},
        {"a change of direction is replaced",
         "\xe2\x80\xae"
         "cod.exe",
         10, true, "?cod.exe"},
        {"broken UTF-8 is replaced", "\xff\xc3", 2, true, "??"},
        {"an overlong form is replaced", "\xc0\xaf", 2, true, "??"},
        {"a letter stays where the terminal shows it", "\xc3\xbc", 2, true, "\xc3\xbc"},
        {"and is replaced where it does not", "\xc3\xbc", 2, false, "?"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *out = safe(cases[i].text, cases[i].len, 100, cases[i].utf8);
        if (strcmp(out, cases[i].expected) != 0) {
            fail_msg("%s: \"%s\"", cases[i].name, out);
        }
        free(out);
    }
    char *out = safe("abcdef", 6, 3, true);
    assert_string_equal(out, "abc...");
    free(out);
}

static const struct finding_rule expired = {
    .code = "expired",
    .severity = SEVERITY_HIGH,
    .title = "The certificate has expired",
    .remedy = "Renew the certificate",
    .source = "RFC 5280",
};

static const struct finding_rule *find_rule(const char *code)
{
    return strcmp(code, expired.code) == 0 ? &expired : NULL;
}

static const char lines[] =
    "{\"type\":\"run\"}\n"
    "{\"type\":\"endpoint\",\"host\":\"mx.example.com\",\"address\":\"192.0.2.1\",\"port\":25,"
    "\"reply\":{\"code\":554,\"text\":\"go \\u0000\\u001b[31maway\"},"
    "\"tls\":{\"cipher\":\"TLS_AES_128_GCM_SHA256\",\"versions\":{\"TLSv1.2\":\"no\",\"TLSv1.3\":"
    "\"yes\"}},"
    "\"certificate\":{\"subject\":\"CN=a\\u0007b\",\"issuer\":\"CN=ca\",\"not_after\":"
    "\"2026-01-01T00:00:00Z\",\"days_left\":-3,\"trusted\":\"yes\",\"name_match\":\"no\"}}\n"
    "{\"type\":\"domain\",\"domain\":\"example.com\",\"grade\":\"C\",\"score\":61,"
    "\"open\":[\"injection\",\"tls10\",\"extended_master_secret\",\"secure_renegotiation\"],"
    "\"opportunistic_tls\":\"yes\",\"enforced_tls\":\"none\","
    "\"mx\":[{\"preference\":10,\"host\":"
    "\"mx.example.com\",\"outcome\":\"ok\",\"endpoints\":[{\"address\":\"192.0.2.1\",\"port\":25,"
    "\"outcome\":\"ok\",\"grade\":\"C\",\"score\":61}]}],"
    "\"services\":[{\"service\":\"imaps\",\"offered\":\"yes\",\"lookup\":\"ok\",\"host\":"
    "\"mail.example.com\",\"port\":993,\"outcome\":\"ok\",\"endpoints\":[{\"address\":"
    "\"192.0.2.7\",\"port\":993,\"outcome\":\"connect_refused\",\"grade\":\"U\"}]},"
    "{\"service\":\"imap\",\"offered\":\"no\",\"lookup\":\"ok\",\"host\":null},"
    "{\"service\":\"pop3\",\"offered\":\"unknown\",\"lookup\":\"dns_servfail\",\"host\":null}],"
    "\"findings\":[{\"code\":\"expired\",\"severity\":\"high\",\"detail\":\"mx \\u009b2J\"}]}\n";

static char *report(bool colour)
{
    char path[64];
    char *out = NULL;
    size_t out_len;
    int fd = memfd_create("lines", 0);
    assert_int_equal(write(fd, lines, sizeof(lines) - 1), sizeof(lines) - 1);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    FILE *stream = open_memstream(&out, &out_len);
    const struct text_report_options options = {stream, colour, true, 80, find_rule};
    assert_true(text_report_print(path, &options));
    fclose(stream);
    close(fd);
    return out;
}

static void a_domain_is_told_with_its_reasons(void **state)
{
    static const char *const expected[] = {
        "example.com  C 61",
        "Opportunistic TLS: yes",
        "  Not answered:      tls10, extended_master_secret, secure_renegotiation,\n"
        "                     injection (an answer might lower the letter)\n",
        "10 mx.example.com",
        "192.0.2.1",
        "it said: go \\x00\\x1b[31maway\n", /* all of it, and harmless */
        "imaps mail.example.com\n      U  192.0.2.7  connection refused",
        "imap not offered",
        "pop3 not found by SRV: the resolver answered SERVFAIL",
        "speaks TLSv1.3;",
        "TLS_AES_128_GCM_SHA256",
        "valid until 2026-01-01 (-3",
        "name: no",
        "high: The certificate has expired",
        "Renew the certificate",
        "RFC 5280",
    };
    (void)state;
    char *out = report(false);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        if (strstr(out, expected[i]) == NULL) {
            fail_msg("\"%s\" is missing in:\n%s", expected[i], out);
        }
    }
    assert_null(strstr(out, "TLSv1.2"));
    free(out);
}

static void no_control_byte_comes_out_without_colour(void **state)
{
    (void)state;
    char *out = report(false);
    for (const char *byte = out; *byte != '\0'; byte++) {
        assert_true((unsigned char)*byte >= 0x20 || *byte == '\n');
    }
    free(out);
}

static void colour_is_ours_only(void **state)
{
    (void)state;
    char *out = report(true);
    assert_non_null(strstr(out, "\033[33mC\033[0m"));
    assert_null(strstr(out, "\033[31maway"));
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_text_is_made_harmless),
        cmocka_unit_test(a_domain_is_told_with_its_reasons),
        cmocka_unit_test(no_control_byte_comes_out_without_colour),
        cmocka_unit_test(colour_is_ours_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
