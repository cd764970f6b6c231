/*
 * The dialogues of the services that people's mail programs use, against scripted servers: what is
 * sent, in what order, and what is concluded. How each kind of reply reads is in test_services.c.
 */
#include "tests/replay/session_scene.h"

#define IMAP_BANNER   "S:* OK ready\r\n"
#define IMAP_ASK      "C:a1 CAPABILITY\r\n"
#define IMAP_OFFER    "S:* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na1 OK done\r\n"
#define IMAP_STARTTLS "C:a2 STARTTLS\r\n"
#define IMAP_GO       "S:a2 OK begin\r\n"
#define IMAP_INSIDE   "tls", IMAP_ASK, "S:* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\na1 OK done\r\n"
#define IMAP_GOODBYE  "C:a3 LOGOUT\r\n", "S:* BYE out\r\na3 OK done\r\n", "eof"
#define IMAP_INJECTED "C:a2 STARTTLS\r\na9 NOOP\r\n"

#define POP3_BANNER   "S:+OK ready\r\n"
#define POP3_ASK      "C:CAPA\r\n"
#define POP3_OFFER    "S:+OK list\r\nUIDL\r\nSTLS\r\n.\r\n"
#define POP3_STLS     "C:STLS\r\n"
#define POP3_GO       "S:+OK begin\r\n"
#define POP3_INSIDE   "tls", POP3_ASK, "S:+OK list\r\nUSER\r\n.\r\n"
#define POP3_GOODBYE  "C:QUIT\r\n", "S:+OK bye\r\n", "eof"
#define POP3_INJECTED "C:STLS\r\nNOOP\r\n"

#define SIEVE_BANNER                                                                               \
    "S:\"IMPLEMENTATION\" \"x\"\r\n\"SASL\" \"\"\r\n\"STARTTLS\"\r\nOK \"ready\"\r\n"
#define SIEVE_STARTTLS "C:STARTTLS\r\n"
#define SIEVE_GO       "S:OK \"begin\"\r\n"
#define SIEVE_INSIDE   "tls", "S:\"IMPLEMENTATION\" \"x\"\r\n\"SASL\" \"PLAIN\"\r\nOK \"TLS\"\r\n"
#define SIEVE_GOODBYE  "C:LOGOUT\r\n", "S:OK \"bye\"\r\n", "eof"
#define SIEVE_INJECTED "C:STARTTLS\r\nNOOP \"mxgrade\"\r\n"

#define EHLO         "C:EHLO client.example.net\r\n"
#define SMTP_BANNER  "S:220 mx.example.org ESMTP\r\n"
#define SMTP_GOODBYE "C:QUIT\r\n", "S:221 bye\r\n", "eof"

#define ALERT_70 "X:15030300020246"

/* ---- What a case changes ---- */

static void test_injection(struct scene *scene)
{
    scene->request.test_plaintext = true;
}

static void hello_by_hand(struct scene *scene)
{
    scene->hello = hello_for_version(HELLO_TLS1_2, named(HOST));
    scene->request.hello = &scene->hello;
}

/* ---- What a case looks at besides ---- */

static void no_login_in_clear(const struct observation *result)
{
    assert_true(result->has_capabilities);
    assert_false(result->capabilities.auth);
    assert_true(result->has_capabilities_tls);
    assert_true(result->capabilities_tls.auth);
    assert_false(result->capabilities_tls.starttls);
    assert_int_equal(result->injection_commands.value, TRI_UNKNOWN);
    assert_int_equal(result->plaintext_mail, PLAINTEXT_MAIL_UNKNOWN);
    assert_non_null(result->chain);
}

static void a_login_in_clear(const struct observation *result)
{
    assert_true(result->has_capabilities);
    assert_true(result->capabilities.auth);
}

static void nothing_in_clear(const struct observation *result)
{
    assert_false(result->has_capabilities);
    assert_true(result->has_capabilities_tls);
    assert_int_equal(result->injection_commands.value, TRI_UNKNOWN);
    assert_non_null(result->chain);
}

static void nothing_told(const struct observation *result)
{
    assert_false(result->has_capabilities);
    assert_int_equal(result->injection_commands.value, TRI_UNKNOWN);
}

static void injected(const struct observation *result)
{
    assert_int_equal(result->injection_commands.value, TRI_YES);
}

static void not_injected(const struct observation *result)
{
    assert_int_equal(result->injection_commands.value, TRI_NO);
}

static void injection_unknown(const struct observation *result)
{
    assert_int_equal(result->injection_commands.value, TRI_UNKNOWN);
}

static void hello_alert(const struct observation *result)
{
    assert_non_null(result->hello);
    assert_int_equal(result->hello->kind, HELLO_REPLY_ALERT);
    assert_int_equal(result->hello->alert_description, 70);
}

/* ---- The cases ---- */

static const struct session_case cases[] = {
    /* IMAP */
    {.name = "IMAP comes to TLS and leaves in order",
     .service = "imap",
     .script = {IMAP_BANNER, IMAP_ASK, IMAP_OFFER, IMAP_STARTTLS, IMAP_GO, IMAP_INSIDE,
                IMAP_GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .look = no_login_in_clear},
    {.name = "IMAP replies may come byte by byte",
     .service = "imap",
     .script = {"1:* OK ready\r\n", IMAP_ASK,
                "1:* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na1 OK done\r\n", IMAP_STARTTLS,
                "1:a2 OK begin\r\n", IMAP_INSIDE, IMAP_GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .look = no_login_in_clear},
    {.name = "IMAP without STARTTLS says so itself",
     .service = "imap",
     .script = {IMAP_BANNER, IMAP_ASK, "S:* CAPABILITY IMAP4rev1\r\na1 OK\r\n", IMAP_GOODBYE},
     .outcome = OUTCOME_STARTTLS_NOT_ADVERTISED,
     .verdicts = "?n??",
     .look = a_login_in_clear},
    {.name = "IMAP that greets us as logged in offers a login in clear",
     .service = "imap",
     .script = {"S:* PREAUTH ready\r\n", IMAP_ASK,
                "S:* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na1 OK\r\n", IMAP_STARTTLS,
                "S:a2 BAD not now\r\n", IMAP_GOODBYE},
     .outcome = OUTCOME_STARTTLS_REFUSED,
     .verdicts = "?yn?",
     .text = "a2 BAD not now",
     .look = a_login_in_clear},
    {.name = "IMAP that greets with BYE is busy",
     .service = "imap",
     .script = {"S:* BYE too many connections\r\n", "close"},
     .outcome = OUTCOME_BANNER_421,
     .verdicts = "????",
     .text = "* BYE too many connections"},
    {.name = "IMAP that refuses STARTTLS for now may be asked again",
     .service = "imap",
     .script = {IMAP_BANNER, IMAP_ASK, IMAP_OFFER, IMAP_STARTTLS, "S:a2 NO [UNAVAILABLE] x\r\n",
                IMAP_GOODBYE},
     .outcome = OUTCOME_STARTTLS_4XX,
     .verdicts = "?y??"},
    {.name = "IMAP text behind the OK of STARTTLS is counted and dropped",
     .service = "imap",
     .script = {IMAP_BANNER, IMAP_ASK, IMAP_OFFER, IMAP_STARTTLS,
                "S:a2 OK begin\r\n* CAPABILITY STARTTLS\r\n", IMAP_INSIDE, IMAP_GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .early_bytes = sizeof("* CAPABILITY STARTTLS\r\n") - 1,
     .look = no_login_in_clear},
    {.name = "IMAP that forgets the glued command is sound",
     .service = "imap",
     .script = {IMAP_BANNER, IMAP_ASK, IMAP_OFFER, IMAP_INJECTED, IMAP_GO, IMAP_INSIDE,
                IMAP_GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .arrange = test_injection,
     .look = not_injected},
    {.name = "IMAP that executes the glued command inside TLS is not",
     .service = "imap",
     .script = {IMAP_BANNER, IMAP_ASK, IMAP_OFFER, IMAP_INJECTED, IMAP_GO, "tls",
                "G:a9 OK NOOP done\r\n", IMAP_ASK, "G:* CAPABILITY IMAP4rev1\r\na1 OK\r\n",
                IMAP_GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .arrange = test_injection,
     .look = injected},
    {.name = "IMAP takes a hello by hand",
     .service = "imap",
     .script = {IMAP_BANNER, IMAP_ASK, IMAP_OFFER, IMAP_STARTTLS, IMAP_GO, "N:50", ALERT_70,
                "silent"},
     .outcome = OUTCOME_OK,
     .verdicts = "?yy?",
     .arrange = hello_by_hand,
     .look = hello_alert},
    /* POP3 */
    {.name = "POP3 comes to TLS and leaves in order",
     .service = "pop3",
     .script = {POP3_BANNER, POP3_ASK, POP3_OFFER, POP3_STLS, POP3_GO, POP3_INSIDE, POP3_GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .look = no_login_in_clear},
    {.name = "POP3 without STLS says so itself",
     .service = "pop3",
     .script = {POP3_BANNER, POP3_ASK, "S:+OK\r\nUSER\r\n.\r\n", POP3_GOODBYE},
     .outcome = OUTCOME_STARTTLS_NOT_ADVERTISED,
     .verdicts = "?n??",
     .look = a_login_in_clear},
    {.name = "POP3 without CAPA may have STLS all the same",
     .service = "pop3",
     .script = {POP3_BANNER, POP3_ASK, "S:-ERR what?\r\n", POP3_STLS, POP3_GO, "tls", POP3_ASK,
                "S:-ERR what?\r\n", POP3_GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "?nyy",
     .arrange = test_injection, /* whose answer would be no other than that to CAPA */
     .look = nothing_told},
    {.name = "POP3 without CAPA that refuses STLS does not have it",
     .service = "pop3",
     .script = {POP3_BANNER, POP3_ASK, "S:-ERR what?\r\n", POP3_STLS, "S:-ERR what?\r\n",
                POP3_GOODBYE},
     .outcome = OUTCOME_STARTTLS_NOT_ADVERTISED,
     .verdicts = "?nn?",
     .look = nothing_told},
    {.name = "POP3 that is busy for CAPA is not asked otherwise",
     .service = "pop3",
     .script = {POP3_BANNER, POP3_ASK, "S:-ERR [SYS/TEMP] later\r\n", POP3_GOODBYE},
     .outcome = OUTCOME_EHLO_4XX,
     .verdicts = "????"},
    {.name = "POP3 that forgets the glued command is sound",
     .service = "pop3",
     .script = {POP3_BANNER, POP3_ASK, POP3_OFFER, POP3_INJECTED, POP3_GO, POP3_INSIDE,
                POP3_GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .arrange = test_injection,
     .look = not_injected},
    {.name = "POP3 that refuses the glued command inside TLS has read it",
     .service = "pop3",
     .script = {POP3_BANNER, POP3_ASK, POP3_OFFER, POP3_INJECTED, POP3_GO, "tls",
                "G:-ERR log in first\r\n", POP3_ASK, "G:+OK\r\nUSER\r\n.\r\n", "C:QUIT\r\n",
                "G:+OK bye\r\n", "silent"},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .arrange = test_injection,
     .look = injected},
    {.name = "POP3 that takes the glued command inside TLS has read it too",
     .service = "pop3",
     .script = {POP3_BANNER, POP3_ASK, POP3_OFFER, POP3_INJECTED, POP3_GO, "tls", "G:+OK\r\n",
                POP3_ASK, "G:+OK list\r\nUSER\r\n.\r\n", "C:QUIT\r\n", "G:+OK bye\r\n", "silent"},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .arrange = test_injection,
     .look = injected},
    /* ManageSieve */
    {.name = "ManageSieve says its capabilities unasked, before TLS and inside",
     .service = "sieve",
     .script = {SIEVE_BANNER, SIEVE_STARTTLS, SIEVE_GO, SIEVE_INSIDE, SIEVE_GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .look = no_login_in_clear},
    {.name = "ManageSieve without STARTTLS says so itself",
     .service = "sieve",
     .script = {"S:\"SASL\" \"PLAIN\"\r\nOK\r\n", SIEVE_GOODBYE},
     .outcome = OUTCOME_STARTTLS_NOT_ADVERTISED,
     .verdicts = "?n??",
     .look = a_login_in_clear},
    {.name = "ManageSieve that says nothing inside TLS has TLS all the same",
     .service = "sieve",
     .script = {SIEVE_BANNER, SIEVE_STARTTLS, SIEVE_GO, "tls", "silent"},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .seconds = REPLY_LIMIT},
    {.name = "a literal behind the OK of STARTTLS is no early text",
     .service = "sieve",
     .script = {SIEVE_BANNER, SIEVE_STARTTLS, "S:OK {5}\r\nbegin\r\n", SIEVE_INSIDE, SIEVE_GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .look = no_login_in_clear},
    {.name = "ManageSieve that forgets the glued command is sound",
     .service = "sieve",
     .script = {SIEVE_BANNER, SIEVE_INJECTED, SIEVE_GO, SIEVE_INSIDE, SIEVE_GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .arrange = test_injection,
     .look = not_injected},
    {.name = "ManageSieve that executes the glued command inside TLS is not",
     .service = "sieve",
     .script = {SIEVE_BANNER, SIEVE_INJECTED, SIEVE_GO, SIEVE_INSIDE,
                "G:OK (TAG \"mxgrade\") \"Done\"\r\n", "C:LOGOUT\r\n", "G:OK\r\n", "silent"},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .arrange = test_injection,
     .look = injected},
    {.name = "a server that leaves inside TLS has shown nothing of the glued command",
     .service = "sieve",
     .script = {SIEVE_BANNER, SIEVE_INJECTED, SIEVE_GO, SIEVE_INSIDE, "C:LOGOUT\r\n", "close"},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .arrange = test_injection,
     .look = injection_unknown},
    /* submission */
    {.name = "submission is SMTP, and no mail is offered there",
     .service = "submission",
     .script = {SMTP_BANNER, EHLO, "S:250-mx\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n",
                "C:STARTTLS\r\nNOOP\r\n", "S:220 go ahead\r\n", "tls", EHLO, "S:250 mx\r\n",
                SMTP_GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = test_injection,
     .look = not_injected},
    /* TLS from the first byte */
    {.name = "submissions begins with TLS, and then greets",
     .service = "submissions",
     .script = {"tls", SMTP_BANNER, EHLO, "S:250-mx\r\n250 AUTH PLAIN\r\n", SMTP_GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .arrange = test_injection, /* there is nothing before TLS that could be */
     .look = nothing_in_clear},
    {.name = "imaps begins with TLS, and then greets",
     .service = "imaps",
     .script = {"tls", IMAP_BANNER, IMAP_ASK, "S:* CAPABILITY AUTH=PLAIN\r\na1 OK\r\n",
                IMAP_GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .look = nothing_in_clear},
    {.name = "pop3s begins with TLS, and then greets",
     .service = "pop3s",
     .script = {"tls", POP3_BANNER, POP3_ASK, "S:+OK\r\nUSER\r\n.\r\n", POP3_GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy",
     .look = nothing_in_clear},
    {.name = "a greeting inside TLS that refuses us changes nothing about TLS",
     .service = "imaps",
     .script = {"tls", "S:* BYE too many connections\r\n", "C:a3 LOGOUT\r\n", "close"},
     .outcome = OUTCOME_OK,
     .verdicts = "?yyy"},
    {.name = "a greeting in clear where TLS should begin is the server's word",
     .service = "imaps",
     .script = {"G:* OK ready\r\n", "silent"},
     .outcome = OUTCOME_TLS_PLAINTEXT,
     .verdicts = "?yyn"},
    {.name = "an excuse in clear where TLS should begin says nothing of TLS",
     .service = "submissions",
     .script = {"G:421 too many connections\r\n", "silent"},
     .outcome = OUTCOME_TLS_PLAINTEXT,
     .verdicts = "?yy?"},
    {.name = "nor does an excuse in another protocol",
     .service = "imaps",
     .script = {"G:220 mx.example.org\r\n", "silent"},
     .outcome = OUTCOME_TLS_PLAINTEXT,
     .verdicts = "?yy?"},
    {.name = "the end of the stream where TLS should begin neither",
     .service = "pop3s",
     .script = {"fin", "silent"},
     .outcome = OUTCOME_TLS_CLOSED,
     .verdicts = "?yy?"},
    {.name = "a hello by hand is the first thing said where TLS begins at once",
     .service = "submissions",
     .script = {"N:50", ALERT_70, "silent"},
     .outcome = OUTCOME_OK,
     .verdicts = "?yy?",
     .arrange = hello_by_hand,
     .look = hello_alert},
};

int main(void)
{
    struct CMUnitTest tests[NUM(cases)];
    for (size_t i = 0; i < NUM(cases); i++) {
        tests[i] = (struct CMUnitTest){.name = cases[i].name,
                                       .test_func = play,
                                       .initial_state = (void *)(uintptr_t)&cases[i]};
    }
    scene_libraries_init();
    int failed = cmocka_run_group_tests_name("session of services", tests, NULL, NULL);
    ares_library_cleanup();
    return failed;
}
