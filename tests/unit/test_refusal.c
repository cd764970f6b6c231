/* Which refusals are a server's word about itself, and which are about us. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scanner/evidence/refusal.h"

struct row {
    const char *text;
    enum refusal refusal;
};

static unsigned code_of(const char *text)
{
    unsigned code = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        code = code * 10 + (unsigned)(*text - '0');
    }
    return code;
}

static void check(const struct row *rows, size_t num,
                  enum refusal (*refusal_of)(unsigned, struct text))
{
    for (size_t i = 0; i < num; i++) {
        struct text text = {rows[i].text, strlen(rows[i].text)};
        enum refusal refusal = refusal_of(code_of(rows[i].text), text);
        if (refusal != rows[i].refusal) {
            fail_msg("%s: %d", rows[i].text, (int)refusal);
        }
    }
}

static void ehlo_is_lacking_only_where_the_command_is_not_known(void **state)
{
    static const struct row rows[] = {
        {"500 5.5.1 command unrecognized", REFUSAL_LACKS},
        {"502 5.5.1 not implemented", REFUSAL_LACKS},
        {"502 mail.marblesville.example: command not implemented", REFUSAL_LACKS},
        {"502 5.7.1 not implemented for you", REFUSAL_OF_US},
        {"500 your address is blacklisted", REFUSAL_OF_US},
        {"501 5.5.4 Invalid domain name", REFUSAL_OF_US},
        {"504 5.5.2 need fully-qualified hostname", REFUSAL_OF_US},
        {"521 5.3.2 no mail here", REFUSAL_OF_US},
        {"550 5.7.1 Access denied", REFUSAL_OF_US},
        {"554 5.7.1 Client host rejected: cannot find your hostname", REFUSAL_OF_US},
        {"-ERR unknown command", REFUSAL_LACKS},
    };
    (void)state;
    check(rows, sizeof(rows) / sizeof(rows[0]), refusal_of_ehlo);
}

static void starttls_is_lacking_by_five_codes_without_a_policy(void **state)
{
    static const struct row rows[] = {
        {"500 5.5.1 command unrecognized", REFUSAL_LACKS},
        {"501 5.5.4 no parameters", REFUSAL_LACKS},
        {"502 5.5.1 not implemented", REFUSAL_LACKS},
        {"503 5.5.1 EHLO first", REFUSAL_LACKS},
        {"503 5.7.1 not for you", REFUSAL_OF_US},
        {"454 4.7.0 TLS not available due to temporary reason", REFUSAL_BUSY},
        {"454 TLS currently unavailable", REFUSAL_BUSY},
        {"454 4.7.1 your host is listed at dnsbl.example", REFUSAL_OF_US},
        {"550 5.7.1 listed at dnsbl.example", REFUSAL_OF_US},
        {"554 5.7.1 access denied", REFUSAL_OF_US},
        {"554 5.5.0 something else", REFUSAL_UNCLEAR},
        {"554 5.7.3 Unable to initialise security subsystem", REFUSAL_UNCLEAR},
        {"450 4.2.0 later", REFUSAL_UNCLEAR},
        {"450 4.7.1 Client host rejected: cannot find your reverse hostname", REFUSAL_OF_US},
        {"-ERR no TLS here", REFUSAL_LACKS},
        {"-ERR you are banned", REFUSAL_OF_US},
    };
    (void)state;
    check(rows, sizeof(rows) / sizeof(rows[0]), refusal_of_starttls);
}

static void decoys_give_themselves_away(void **state)
{
    static const struct {
        const char *text;
        bool is_decoy;
    } rows[] = {
        {"220 mx.example ESMTP spamd IP-based SPAM blocker; Sun Nov 29 2026", true},
        {"250 Hello, spam sender. Pleased to be wasting your time.", true},
        {"220 mx.example ESMTP Postfix", false},
        {"220 mx.notspamd.example ESMTP", false},
        {"", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text text = {rows[i].text, strlen(rows[i].text)};
        if (refusal_is_decoy(text) != rows[i].is_decoy) {
            fail_msg("%s", rows[i].text);
        }
    }
    assert_false(refusal_is_decoy((struct text){NULL, 0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ehlo_is_lacking_only_where_the_command_is_not_known),
        cmocka_unit_test(starttls_is_lacking_by_five_codes_without_a_policy),
        cmocka_unit_test(decoys_give_themselves_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
