/* How each mail protocol's replies are read: what is a yes, what is a no, what is offered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/base/line_reader.h"
#include "scanner/dialogue/service.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

/* What is offered, as bits, to fit in a table. */
enum { STARTTLS = 1, LOGIN = 2, REQUIRETLS = 4, STRIPPED = 8, INJECTED = 16 };

struct reply_case {
    const char *name;
    const char *service;
    enum dialogue_phase phase;
    const char *text;
    enum reply_status status;
    unsigned offers;
};

#define CAPABILITIES PHASE_OF_CAPABILITIES

static const struct reply_case cases[] = {
    {"EHLO with keywords in any case", "smtp", CAPABILITIES,
     "250-mx.example greets you\r\n250-starttls\r\n250-AUTH PLAIN\r\n250 RequireTLS\r\n", REPLY_OK,
     STARTTLS | LOGIN | REQUIRETLS},
    {"a keyword on the greeting line is a name", "smtp", CAPABILITIES, "250 STARTTLS\r\n", REPLY_OK,
     0},
    {"a keyword with more letters is another", "smtp", CAPABILITIES, "250-mx\r\n250 STARTTLSX\r\n",
     REPLY_OK, 0},
    {"a keyword that was overwritten", "smtp", CAPABILITIES, "250-mx\r\n250 XXXXXXXA\r\n", REPLY_OK,
     STRIPPED},
    {"a code alone ends a reply", "smtp", CAPABILITIES, "250-mx\r\n250\r\n", REPLY_OK, 0},
    {"bare line feeds", "smtp", CAPABILITIES, "250-mx\n250 STARTTLS\n", REPLY_OK, STARTTLS},
    {"421 means that it hangs up", "smtp", PHASE_OF_GREETING, "421 busy\r\n", REPLY_CLOSING, 0},
    {"4xx", "smtp", PHASE_OF_GREETING, "450 later\r\n", REPLY_TEMPORARY, 0},
    {"5xx of two lines", "smtp", PHASE_OF_GREETING, "554-no\r\n554 never\r\n", REPLY_PERMANENT, 0},
    {"250 to STARTTLS is nonsense", "smtp", PHASE_OF_STARTTLS, "250 ok\r\n", REPLY_GARBAGE, 0},
    {"a 250 at QUIT answers something else if the answer to QUIT follows", "smtp", PHASE_OF_QUIT,
     "250-mx\r\n250 SIZE\r\n221 bye\r\n", REPLY_OK, INJECTED},
    {"a 250 at QUIT that nothing follows does not", "smtp", PHASE_OF_QUIT, "250 ok\r\n", REPLY_MORE,
     0},
    {"a 221 to QUIT", "smtp", PHASE_OF_QUIT, "221 bye\r\n", REPLY_OK, 0},
    {"another protocol", "smtp", PHASE_OF_GREETING, "* OK IMAP4rev1\r\n", REPLY_GARBAGE, 0},
    {"submission reads as SMTP does", "submission", CAPABILITIES,
     "250-mx\r\n250-AUTH LOGIN\r\n250 STARTTLS\r\n", REPLY_OK, STARTTLS | LOGIN},

    {"an IMAP greeting", "imap", PHASE_OF_GREETING, "* OK ready\r\n", REPLY_OK, 0},
    {"a greeting that has authenticated us", "imap", PHASE_OF_GREETING, "* PREAUTH hello\r\n",
     REPLY_OK, LOGIN},
    {"a greeting that hangs up", "imap", PHASE_OF_GREETING, "* BYE too many\r\n", REPLY_CLOSING, 0},
    {"a greeting of another protocol", "imap", PHASE_OF_GREETING, "220 mx ESMTP\r\n", REPLY_GARBAGE,
     0},
    {"IMAP capabilities with a login in clear", "imap", CAPABILITIES,
     "* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK done\r\n", REPLY_OK, STARTTLS | LOGIN},
    {"LOGINDISABLED", "imap", CAPABILITIES,
     "* CAPABILITY IMAP4rev1 StartTLS LOGINDISABLED\r\na1 OK done\r\n", REPLY_OK, STARTTLS},
    {"LOGINDISABLED beside a SASL mechanism", "imap", CAPABILITIES,
     "* CAPABILITY LOGINDISABLED AUTH=PLAIN\r\na1 OK\r\n", REPLY_OK, LOGIN},
    {"other untagged lines between", "imap", CAPABILITIES,
     "* OK [ALERT] down at noon\r\n* CAPABILITY STARTTLS LOGINDISABLED\r\na1 OK\r\n", REPLY_OK,
     STARTTLS},
    {"capabilities refused", "imap", CAPABILITIES, "a1 BAD what?\r\n", REPLY_PERMANENT, 0},
    {"an OK without the list says nothing", "imap", CAPABILITIES, "a1 OK done\r\n", REPLY_GARBAGE,
     0},
    {"an OK of another command's is passed over", "imap", CAPABILITIES,
     "a2 OK stray\r\n* CAPABILITY LOGINDISABLED\r\na1 OK\r\n", REPLY_OK, 0},
    {"capabilities with a login on one of two lines", "imap", CAPABILITIES,
     "* CAPABILITY AUTH=PLAIN\r\n* CAPABILITY LOGINDISABLED\r\na1 OK\r\n", REPLY_OK, LOGIN},
    {"AUTH without a mechanism offers no login", "smtp", CAPABILITIES,
     "250-mx\r\n250-AUTH\r\n250-AUTH= \r\n250 STARTTLS\r\n", REPLY_OK, STARTTLS},
    {"AUTH with one after another without", "smtp", CAPABILITIES,
     "250-mx\r\n250-AUTH\r\n250-AUTH=LOGIN\r\n250 STARTTLS\r\n", REPLY_OK, STARTTLS | LOGIN},
    {"AUTH= without a mechanism", "imap", CAPABILITIES,
     "* CAPABILITY AUTH= LOGINDISABLED\r\na1 OK\r\n", REPLY_OK, 0},
    {"STARTTLS refused for now", "imap", PHASE_OF_STARTTLS, "a2 NO [UNAVAILABLE] later\r\n",
     REPLY_TEMPORARY, 0},
    {"STARTTLS refused with a code of another kind", "imap", PHASE_OF_STARTTLS,
     "a2 NO [PRIVACYREQUIRED] x\r\n", REPLY_PERMANENT, 0},
    {"STARTTLS refused", "imap", PHASE_OF_STARTTLS, "a2 NO not now\r\n", REPLY_PERMANENT, 0},
    {"a BYE in place of an answer", "imap", PHASE_OF_STARTTLS, "* BYE gone\r\n", REPLY_CLOSING, 0},
    {"LOGOUT says BYE and then OK", "imap", PHASE_OF_QUIT, "* BYE out\r\na3 OK done\r\n", REPLY_OK,
     0},
    {"an answer to what came before TLS", "imap", CAPABILITIES,
     "a9 OK NOOP\r\n* CAPABILITY LOGINDISABLED\r\na1 OK\r\n", REPLY_OK, INJECTED},

    {"a POP3 greeting", "pop3", PHASE_OF_GREETING, "+OK ready\r\n", REPLY_OK, 0},
    {"a greeting that refuses", "pop3", PHASE_OF_GREETING, "-ERR no\r\n", REPLY_PERMANENT, 0},
    {"one that refuses for now", "pop3", PHASE_OF_GREETING, "-ERR [SYS/TEMP] later\r\n",
     REPLY_TEMPORARY, 0},
    {"POP3 capabilities", "pop3", CAPABILITIES, "+OK\r\nUSER\r\nSTLS\r\n.\r\n", REPLY_OK,
     STARTTLS | LOGIN},
    {"SASL without a mechanism", "pop3", CAPABILITIES, "+OK\r\nSASL\r\nSTLS\r\n.\r\n", REPLY_OK,
     STARTTLS},
    {"SASL with one", "pop3", CAPABILITIES, "+OK x\r\nSASL PLAIN\r\n.\r\n", REPLY_OK, LOGIN},
    {"a server without CAPA, or one that answers NOOP", "pop3", CAPABILITIES, "-ERR unknown\r\n",
     REPLY_PERMANENT, INJECTED},
    {"one that takes NOOP, and then lists its capabilities", "pop3", CAPABILITIES,
     "+OK\r\n+OK methods:\r\nSTLS\r\n.\r\n", REPLY_OK, STARTTLS | INJECTED},
    {"capabilities that only begin like others", "pop3", CAPABILITIES,
     "+OK\r\nUSERS\r\nSTLSX\r\nSASLY PLAIN\r\n.\r\n", REPLY_OK, 0},
    {"a dot with more behind it is a line", "pop3", CAPABILITIES, "+OK\r\n..\r\n.x\r\n.\r\n",
     REPLY_OK, 0},
    {"STLS", "pop3", PHASE_OF_STARTTLS, "+OK begin\r\n", REPLY_OK, 0},
    {"not POP3", "pop3", PHASE_OF_GREETING, "220 mx ESMTP\r\n", REPLY_GARBAGE, 0},

    {"a ManageSieve greeting", "sieve", PHASE_OF_GREETING,
     "\"IMPLEMENTATION\" \"x\"\r\n\"SASL\" \"\"\r\n\"STARTTLS\"\r\nOK \"ready\"\r\n", REPLY_OK,
     STARTTLS},
    {"one with a login", "sieve", PHASE_OF_GREETING, "\"SASL\" \"PLAIN\"\r\nOK\r\n", REPLY_OK,
     LOGIN},
    {"one that hangs up", "sieve", PHASE_OF_GREETING, "BYE \"busy\"\r\n", REPLY_CLOSING, 0},
    {"STARTTLS refused", "sieve", PHASE_OF_STARTTLS, "NO \"none\"\r\n", REPLY_PERMANENT, 0},
    {"the answer to our NOOP", "sieve", PHASE_OF_QUIT, "OK (TAG \"mxgrade\") \"Done\"\r\n",
     REPLY_OK, INJECTED},
    {"the answer to our NOOP, its tag in a literal", "sieve", PHASE_OF_QUIT,
     "OK (TAG {7}\r\nmxgrade) \"Done\"\r\n", REPLY_OK, INJECTED},
    {"mechanisms in a literal", "sieve", PHASE_OF_GREETING, "\"SASL\" {5}\r\nPLAIN\r\nOK\r\n",
     REPLY_OK, LOGIN},
    {"no mechanisms in a literal", "sieve", PHASE_OF_GREETING, "\"SASL\" {0+}\r\n\r\nOK\r\n",
     REPLY_OK, 0},
    {"everything in literals", "sieve", PHASE_OF_GREETING,
     "{4}\r\nSASL {5+}\r\nLOGIN\r\n{8}\r\nSTARTTLS\r\nOK {5}\r\nready\r\n", REPLY_OK,
     STARTTLS | LOGIN},
    {"an OK inside a literal ends nothing", "sieve", PHASE_OF_GREETING,
     "\"IMPLEMENTATION\" {14}\r\none\r\nOK \"two\"\r\n\"STARTTLS\"\r\nNO\r\n", REPLY_PERMANENT,
     STARTTLS},
    {"a literal that ends with a line", "sieve", PHASE_OF_STARTTLS, "NO {7}\r\nnever\r\n (x)\r\n",
     REPLY_PERMANENT, 0},
    {"a brace that announces nothing", "sieve", PHASE_OF_GREETING,
     "\"IMPLEMENTATION\" \"{x}\r\n\"VERSION\" \"{}\r\n+}\r\nOK\r\n", REPLY_OK, 0},
    {"STARTTLS refused for now", "sieve", PHASE_OF_STARTTLS, "NO (TRYLATER) \"x\"\r\n",
     REPLY_TEMPORARY, 0},
    {"no quoted string first", "sieve", PHASE_OF_GREETING, "STARTTLS\r\n", REPLY_GARBAGE, 0},
    {"not ManageSieve", "sieve", PHASE_OF_GREETING, "* OK IMAP\r\n", REPLY_GARBAGE, 0},
};

static unsigned bits_of(const struct capabilities *capabilities, const struct reply_reader *reply)
{
    return (capabilities->starttls ? STARTTLS : 0u) | (capabilities->auth ? LOGIN : 0u) |
           (capabilities->requiretls ? REQUIRETLS : 0u) |
           (capabilities->starttls_stripped ? STRIPPED : 0u) |
           (reply->answers_injected ? INJECTED : 0u);
}

/* Byte by byte, as the worst network would deliver it. */
static void each_reply_is_read_for_what_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        const struct reply_case *row = &cases[i];
        const struct service *service = service_find(row->service, strlen(row->service));
        struct reply_reader reply = {0};
        struct capabilities capabilities = {0};
        struct line_reader lines = {0};
        enum reply_status status = REPLY_MORE;
        assert_non_null(service);
        for (const char *at = row->text; *at != '\0'; at++) {
            const char *byte = at, *line;
            size_t len = 1, line_len;
            assert_true(status == REPLY_MORE);
            if (line_reader_next(&lines, &byte, &len, &line, &line_len) == LINE_READY) {
                status = service->read_line(&reply, row->phase, line, line_len, &capabilities);
            }
        }
        if (status != row->status || bits_of(&capabilities, &reply) != row->offers) {
            fail_msg("%s: status %d, offers %u", row->name, (int)status,
                     bits_of(&capabilities, &reply));
        }
        line_reader_fini(&lines);
    }
}

static void a_login_is_told_by_what_its_mechanisms_send(void **state)
{
    static const struct {
        const char *line;
        bool auth, in_clear;
    } logins[] = {
        {"250 AUTH PLAIN", true, true},
        {"250 AUTH DIGEST-MD5 CRAM-MD5", true, false},
        {"250 auth digest-md5 scram-sha-256", true, false},
        {"250 AUTH CRAM-MD5 LOGIN", true, true},
        {"250 AUTH=CRAM-MD5", true, false},
        {"250 AUTH XOAUTH2 CRAM-MD5", true, true}, /* a token can be used again */
        {"250 AUTH SCRAM-", true, true},           /* no such mechanism is known */
        {"250 AUTH CRAM-MD50", true, true},
        {"250 AUTH", false, false},
        {"250 AUTH =  ", false, false},
    };
    (void)state;
    for (size_t i = 0; i < NUM(logins); i++) {
        const struct service *service = service_find("smtp", 4);
        struct reply_reader reply = {0};
        struct capabilities capabilities = {0};
        assert_int_equal(
            service->read_line(&reply, PHASE_OF_CAPABILITIES, "250-mx", 6, &capabilities),
            REPLY_MORE);
        assert_int_equal(service->read_line(&reply, PHASE_OF_CAPABILITIES, logins[i].line,
                                            strlen(logins[i].line), &capabilities),
                         REPLY_OK);
        if (capabilities.auth != logins[i].auth ||
            capabilities.auth_in_clear != logins[i].in_clear) {
            fail_msg("%s", logins[i].line);
        }
    }
}

static void services_are_found_by_their_whole_names(void **state)
{
    static const char *const names[] = {"smtp",  "submission", "submissions", "imap",
                                        "imaps", "pop3",       "pop3s",       "sieve"};
    (void)state;
    for (size_t i = 0; i < NUM(names); i++) {
        const struct service *service = service_find(names[i], strlen(names[i]));
        assert_non_null(service);
        assert_string_equal(service->name, names[i]);
        assert_int_equal(service->is_between_servers, i == 0);
        assert_true(service->implicit_tls == (service->commands[PHASE_OF_STARTTLS] == NULL));
    }
    assert_null(service_find("ima", 3));
    assert_null(service_find("imapsx", 6));
    assert_null(service_find("", 0));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reply_is_read_for_what_it_says),
        cmocka_unit_test(a_login_is_told_by_what_its_mechanisms_send),
        cmocka_unit_test(services_are_found_by_their_whole_names),
    };
    return cmocka_run_group_tests_name("services", tests, NULL, NULL);
}
