/* What servers are known by in words: what makes no difference, and what does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scanner/evidence/voice.h"

static uint64_t voice(const struct table_seed *seed, const char *greeting, const char *ehlo)
{
    return voice_of(seed, (struct text){greeting, strlen(greeting)},
                    (struct text){ehlo, strlen(ehlo)});
}

static void what_varies_by_itself_makes_no_difference(void **state)
{
    static const struct {
        const char *what, *greetings[2], *ehlos[2];
    } rows[] = {
        {"nothing differs", {"220 mx.a.example ESMTP", "220 mx.a.example ESMTP"}, {"", ""}},
        {"the date",
         {"220 r.isp.example ESMTP Exim 4.96 Mon, 30 Nov 2026 23:59:59 +0000",
          "220 r.isp.example ESMTP Exim 4.96 Tue, 01 Dec 2026 00:00:01 +0000"},
         {"", ""}},
        {"an identifier",
         {"220 mx.google.com ESMTP 5b1f17b1804b1-43ab.12 - gsmtp",
          "220 mx.google.com ESMTP 98e67ed59e1d1-33b.7 - gsmtp"},
         {"", ""}},
        {"the machine of one organisation",
         {"220 relay1.isp.example ESMTP", "220 relay2.isp.example ESMTP"},
         {"250-relay1.isp.example\n250 HELP", "250-relay2.isp.example\n250 HELP"}},
        {"our address, and a size",
         {"220 r.isp.example", "220 r.isp.example"},
         {"250-r.isp.example Hello [192.0.2.1]\n250-SIZE 1000\n250 HELP",
          "250-r.isp.example Hello [2001:db8::1]\n250-SIZE 2000\n250 HELP"}},
        {"letter case and white space",
         {"220 R.ISP.example  esmtp", "220 r.isp.example ESMTP\t"},
         {"250-r.isp.example\r\n250 help", "250 r.isp.example\n250 HELP"}},
    };
    const struct table_seed seed = table_seed_random();
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (voice(&seed, rows[i].greetings[0], rows[i].ehlos[0]) !=
            voice(&seed, rows[i].greetings[1], rows[i].ehlos[1])) {
            fail_msg("%s", rows[i].what);
        }
    }
}

static void what_a_server_is_makes_one(void **state)
{
    static const struct {
        const char *what, *greetings[2], *ehlos[2];
    } rows[] = {
        {"the organisation", {"220 mx.a.example ESMTP", "220 mx.b.example ESMTP"}, {"", ""}},
        {"numbered organisations", {"220 mx.s1.example", "220 mx.s2.example"}, {"", ""}},
        {"the organisation in the answer to EHLO",
         {"220 localhost", "220 localhost"},
         {"250-mx.a.example\n250 HELP", "250-mx.b.example\n250 HELP"}},
        {"the software", {"220 a.example Postfix", "220 a.example Sendmail"}, {"", ""}},
        {"a keyword",
         {"220 a.example", "220 a.example"},
         {"250-a.example\n250 HELP", "250-a.example\n250-PIPELINING\n250 HELP"}},
        {"a name without dots", {"220 mailgate", "220 localhost"}, {"", ""}},
        {"where the greeting ends", {"220 a b", "220 a"}, {"250 c", "250 b c"}},
    };
    const struct table_seed seed = table_seed_random();
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (voice(&seed, rows[i].greetings[0], rows[i].ehlos[0]) ==
            voice(&seed, rows[i].greetings[1], rows[i].ehlos[1])) {
            fail_msg("%s", rows[i].what);
        }
    }
}

/* Any bytes, NUL and more than are compared among them. */
static void any_text_has_a_voice(void **state)
{
    static char bytes[4096];
    const struct table_seed seed = table_seed_random();
    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(i * 31);
    }
    for (size_t len = 0; len < sizeof(bytes); len += 97) {
        const struct text text = {bytes, len};
        assert_int_equal(voice_of(&seed, text, text), voice_of(&seed, text, text));
    }
    assert_int_equal(voice_of(&seed, (struct text){NULL, 0}, (struct text){NULL, 0}),
                     voice(&seed, "220 ", "250 "));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_varies_by_itself_makes_no_difference),
        cmocka_unit_test(what_a_server_is_makes_one),
        cmocka_unit_test(any_text_has_a_voice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
