/*
 * The real session on a real worker's loop against scripted servers, in simulated time: one row for
 * each way in which a dialogue can end, with what must have been concluded, and the server's word
 * that nothing was sent out of turn.
 */
#include "io/tls/tls_names.h"
#include "scanner/evidence/facts.h"
#include "scanner/evidence/lack.h"
#include "tests/replay/session_scene.h"

#define EHLO     "C:EHLO client.example.net\r\n"
#define HELO     "C:HELO client.example.net\r\n"
#define STARTTLS "C:STARTTLS\r\n"
#define BANNER   "S:220 mx.example.org ESMTP\r\n"
#define OFFER    "S:250-mx.example.org\r\n250-PIPELINING\r\n250 STARTTLS\r\n"
#define GO       "S:220 go ahead\r\n"
#define TO_GO    BANNER, EHLO, OFFER, STARTTLS, GO
#define GOODBYE  "C:QUIT\r\n", "S:221 bye\r\n", "eof"
#define MAIL     "C:MAIL FROM:<>\r\n"
#define INSIDE   "tls", EHLO, "S:250-mx.example.org\r\n250 REQUIRETLS\r\n"
#define WHOLE    INSIDE, GOODBYE

/* ---- What a case changes ---- */

/* Less than any of its states may take. */
#define SHORT_TARGET 10

static void short_target(struct scene *scene)
{
    scene->config.limits.target = SHORT_TARGET;
}

static void test_plaintext(struct scene *scene)
{
    scene->request.test_plaintext = true;
}

static void test_mail_in_tls(struct scene *scene)
{
    scene->request.test_mail_in_tls = true;
}

static void tls12_only(struct scene *scene)
{
    SSL_CTX_set_max_proto_version(scene->peer.context, TLS1_2_VERSION);
}

static void tls10_only(struct scene *scene)
{
    SSL_CTX_set_max_proto_version(scene->peer.context, TLS1_VERSION);
}

static void require_certificate(struct scene *scene)
{
    SSL_CTX_set_verify(scene->peer.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       NULL);
}

static void require_certificate_in_tls12(struct scene *scene)
{
    tls12_only(scene);
    require_certificate(scene);
}

static void request_certificate(struct scene *scene)
{
    SSL_CTX_set_verify(scene->peer.context, SSL_VERIFY_PEER, NULL);
}

static void without_tls13(struct scene *scene)
{
    scene->request.without_tls13 = true;
}

/* Another handshake is under way, and stays that for longer than this target may take. */
static void crowded(struct scene *scene)
{
    scene->worker.dialogues.handshakes.limit = 1;
    scene->worker.dialogues.handshakes.patience = TURN_LIMIT - 2;
    scene->config.limits.target = SHORT_TARGET;
    assert_true(gate_enter(&scene->worker.dialogues.handshakes, &scene->other, NULL));
}

static void crowded_for_long(struct scene *scene)
{
    crowded(scene);
    scene->worker.dialogues.handshakes.patience = TURN_LIMIT + 2;
    scene->config.limits.target = TARGET_LIMIT;
}

static void hello_by_hand(struct scene *scene)
{
    scene->hello = hello_for_version(HELLO_TLS1_2, named(HOST));
    scene->request.hello = &scene->hello;
}

/* One that hello_write() refuses: the spec has no suites. */
static void impossible_hello(struct scene *scene)
{
    hello_by_hand(scene);
    scene->hello.num_suites = 0;
}

/* Longer than any command of ours. */
static void long_command(struct scene *scene)
{
    static const char text[400] = {[0 ... 398] = 'A'};
    static struct service service;
    service = *scene->request.service;
    service.commands[PHASE_OF_CAPABILITIES] = text;
    scene->request.service = &service;
}

static void ssl2_hello(struct scene *scene)
{
    scene->request.ssl2 = true;
}

static void without_sni(struct scene *scene)
{
    scene->request.sni = NULL;
}

static void closed_port(struct scene *scene)
{
    scene->peer.place.manner = REPLAY_REFUSES;
    scene->peer.place.latency = 2;
}

static void without_route(struct scene *scene)
{
    scene->peer.place.manner = REPLAY_UNREACHABLE;
}

static void no_answer(struct scene *scene)
{
    scene->peer.place.manner = REPLAY_SILENT;
}

static void far_away(struct scene *scene)
{
    scene->peer.place.latency = CONNECT_LIMIT - 1;
}

static void too_far_away(struct scene *scene)
{
    scene->peer.place.latency = CONNECT_LIMIT + 1;
}

/* ---- What a case looks at besides ---- */

static void saw_tls13(const struct observation *result)
{
    assert_int_equal(result->tls_version, 0x0304);
    assert_true(result->offered_tls13);
    assert_int_not_equal(result->tls_cipher, 0);
    assert_int_equal(result->tls_group, 0x001d);
    assert_int_equal(result->client_certificate, CLIENT_CERTIFICATE_NONE);
    assert_non_null(result->chain);
    assert_int_equal(chain_num_certificates(result->chain), 1);
    assert_true(result->capabilities.starttls);
    assert_false(result->capabilities.requiretls);
    assert_true(result->has_capabilities_tls);
    assert_true(result->capabilities_tls.requiretls);
    assert_false(result->capabilities_tls.starttls);
    assert_memory_equal(result->banner.bytes, "220 mx.example.org ESMTP", result->banner.len);
    const struct timings *timings = &result->timings;
    assert_true(timings->connect >= 0 && timings->banner >= 0 && timings->ehlo >= 0);
    assert_true(timings->starttls >= 0 && timings->handshake >= 0);
    assert_true(timings->total >= timings->banner + timings->handshake);
    assert_true(result->started > 1.6e9);
}

static void saw_tls12(const struct observation *result)
{
    assert_int_equal(result->tls_version, 0x0303);
    assert_true(result->ems);
    assert_true(result->secure_renegotiation);
    assert_non_null(result->chain);
}

static void saw_tls12_not_offered_newer(const struct observation *result)
{
    saw_tls12(result);
    assert_false(result->offered_tls13);
}

static void saw_tls10(const struct observation *result)
{
    assert_int_equal(result->tls_version, 0x0301);
}

static void saw_request(const struct observation *result)
{
    assert_int_equal(result->client_certificate, CLIENT_CERTIFICATE_REQUESTED);
}

static void saw_requirement(const struct observation *result)
{
    assert_int_equal(result->client_certificate, CLIENT_CERTIFICATE_REQUIRED);
    assert_non_null(result->chain);
}

static void saw_alert(const struct observation *result)
{
    assert_int_equal(result->alert, 40);
    assert_string_equal(result->detail, "alert 40 handshake_failure");
    assert_null(result->chain);
}

static void saw_text(const struct observation *result)
{
    assert_int_equal(result->reply.text.len, 25);
    assert_memory_equal(result->reply.text.bytes, "500 5.5.2 what is that?\r\n", 25);
}

static void saw_reason(const struct observation *result)
{
    assert_non_null(result->detail);
}

static void saw_stripping(const struct observation *result)
{
    assert_true(result->capabilities.starttls_stripped);
}

static void saw_no_inside(const struct observation *result)
{
    assert_false(result->has_capabilities_tls);
    assert_int_equal(result->tls_version, 0x0304);
    assert_non_null(result->chain);
}

static void mail_accepted(const struct observation *result)
{
    assert_int_equal(result->plaintext_mail, PLAINTEXT_MAIL_ACCEPTED);
    assert_int_equal(result->injection_commands.value, TRI_NO);
}

static void mail_refused(const struct observation *result)
{
    assert_int_equal(result->plaintext_mail, PLAINTEXT_MAIL_REFUSED);
}

static void mail_unknown(const struct observation *result)
{
    assert_int_equal(result->plaintext_mail, PLAINTEXT_MAIL_UNKNOWN);
}

/* What the dialogue shows is counted as the lack of TLS, or it is not. */
static enum plaintext_mail counted(const struct observation *result)
{
    struct server_evidence evidence = {0};
    server_evidence_add(&evidence, result, DIALOGUE_MAIL);
    return facts_plaintext_mail(&evidence);
}

static void mail_only_in_tls(const struct observation *result)
{
    assert_int_equal(result->plaintext_mail, PLAINTEXT_MAIL_UNKNOWN);
    assert_true(result->is_mail_refused && result->is_mail_taken_in_tls);
    assert_int_equal(counted(result), PLAINTEXT_MAIL_REFUSED);
}

static void mail_denied(const struct observation *result)
{
    assert_true(result->is_mail_refused);
    assert_false(result->is_mail_taken_in_tls);
    assert_int_equal(counted(result), PLAINTEXT_MAIL_UNKNOWN);
}

static void mail_out_of_step(const struct observation *result)
{
    assert_true(result->is_mail_taken_in_tls);
    assert_int_equal(counted(result), PLAINTEXT_MAIL_UNKNOWN);
}

static void mail_taken_after_all(const struct observation *result)
{
    assert_false(result->is_mail_refused || result->is_mail_taken_in_tls);
    assert_int_equal(counted(result), PLAINTEXT_MAIL_ACCEPTED);
}

static void injected(const struct observation *result)
{
    assert_int_equal(result->plaintext_mail, PLAINTEXT_MAIL_ACCEPTED);
    assert_int_equal(result->injection_commands.value, TRI_YES);
    /* The reply to EHLO, which is one behind, is read all the same. */
    assert_true(result->capabilities_tls.requiretls);
}

static void not_injected_and_refused(const struct observation *result)
{
    assert_int_equal(result->injection_commands.value, TRI_NO);
}

static void hello_alert(const struct observation *result)
{
    assert_int_equal(result->hello->kind, HELLO_REPLY_ALERT);
    assert_int_equal(result->hello->alert_description, 70);
    assert_int_equal(result->tls_version, 0);
}

static void hello_server_hello(const struct observation *result)
{
    assert_int_equal(result->hello->kind, HELLO_REPLY_SERVER_HELLO);
    assert_int_equal(result->hello->version, 0x0303);
    assert_int_equal(result->hello->suite, 0xc02f);
}

static void hello_text(const struct observation *result)
{
    assert_int_equal(result->hello->kind, HELLO_REPLY_PLAINTEXT);
}

static void hello_nothing(const struct observation *result)
{
    assert_int_equal(result->hello->kind, HELLO_REPLY_NONE);
}

static void hello_not_sent(const struct observation *result)
{
    assert_null(result->hello);
}

static void hello_ssl2_error(const struct observation *result)
{
    assert_int_equal(result->hello->kind, HELLO_REPLY_SSL2_ERROR);
}

static void not_connected(const struct observation *result)
{
    assert_int_equal(result->timings.connect, -1);
}

static void saw_timings(const struct observation *result)
{
    const struct timings *timings = &result->timings;
    assert_in_range(timings->connect, (CONNECT_LIMIT - 1) * 1000, (CONNECT_LIMIT - 1) * 1000 + 1);
    assert_in_range(timings->banner, 10000, 10001);
    assert_in_range(timings->ehlo, 12000, 12001);
    assert_in_range(timings->starttls, 12000, 12001);
    assert_int_equal(timings->handshake, -1);
}

static void long_refusal(const struct observation *result)
{
    assert_int_equal(result->reply.text.len, REPLY_TEXT_MAX);
}

static void saw_close_notify(const struct observation *result)
{
    assert_int_equal(result->alert, TLS_ALERT_CLOSE_NOTIFY);
    assert_string_equal(result->detail, "alert 0 close_notify");
    assert_int_equal(result->choice.version, 0);
    assert_false(result->has_sent_alert);
}

static void saw_choice(const struct observation *result)
{
    assert_int_equal(result->choice.version, 0x0303);
    assert_int_equal(result->choice.suite, 0xc02f);
    assert_null(result->lack);
}

static void saw_alert_80_and_choice(const struct observation *result)
{
    assert_int_equal(result->alert, TLS_ALERT_INTERNAL_ERROR);
    saw_choice(result);
}

static void saw_lack_of_dhe(const struct observation *result)
{
    assert_string_equal(result->lack,
                        "it takes finite-field DH in the suite "
                        "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384: allow ECDHE suites with AES-GCM");
    assert_true(result->has_sent_alert);
    assert_int_equal(result->sent_alert, TLS_ALERT_ILLEGAL_PARAMETER);
}

static void saw_unreadable_leaf(const struct observation *result)
{
    assert_string_equal(result->detail, "no parser finds a key in the certificate");
    assert_null(result->lack);
    assert_true(result->has_sent_alert);
    assert_non_null(result->chain);
}

static void saw_ed448(const struct observation *result)
{
    assert_string_equal(result->lack, LACK_KEY_TEXT("Ed448"));
    assert_string_equal(result->detail, result->lack);
    assert_non_null(result->chain);
}

/* ---- The cases ---- */

#define ALERT_40 "X:15030300020228"
#define ALERT_70 "X:15030300020246"
#define SERVER_HELLO                                                                               \
    "X:160303002c02000028030300112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"     \
    "00c02f00"                                                                                     \
    "0000"
#define CLOSE_NOTIFY "X:15030300020100"
#define SERVER_HELLO_OF_DHE                                                                        \
    "X:160303002c02000028030300112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"     \
    "00009f00"                                                                                     \
    "0000"
#define CERTIFICATE_OF_NOTHING "X:160303000f0b00000b0000080000053003020105"
/* Empty fields, and an Ed448 key of 57 zero bytes. */
#define CERTIFICATE_WITH_ED448                                                                     \
    "X:16030300630b00005f00005c0000593057305002010130003000300030003043300506032b657103"           \
    "3a000000000000000000000000000000000000000000000000000000000000000000000000000000"             \
    "000000000000000000000000000000000000003000030100"
#define MANY(text) text text text text text text text text text text

static const struct session_case cases[] = {
    /* connect */
    {.name = "a closed port is a refused connection",
     .outcome = OUTCOME_CONNECT_REFUSED,
     .verdicts = "????",
     .seconds = 2,
     .arrange = closed_port,
     .look = not_connected},
    {.name = "an address without a route is unreachable",
     .outcome = OUTCOME_CONNECT_UNREACHABLE,
     .verdicts = "????",
     .arrange = without_route,
     .look = not_connected},
    {.name = "a connection attempt without an answer times out",
     .outcome = OUTCOME_CONNECT_TIMEOUT,
     .verdicts = "????",
     .seconds = CONNECT_LIMIT,
     .arrange = no_answer,
     .look = not_connected},
    {.name = "an answer that comes too late is none",
     .outcome = OUTCOME_CONNECT_TIMEOUT,
     .verdicts = "????",
     .seconds = CONNECT_LIMIT,
     .arrange = too_far_away,
     .look = not_connected},
    {.name = "each state has its own time",
     .script = {"W:10", BANNER, EHLO, "W:10", "S:250-mx\r\n", "W:2", "S:250 STARTTLS\r\n", STARTTLS,
                "W:12", "S:220 go\r\n", "silent"},
     .outcome = OUTCOME_TLS_TIMEOUT,
     .verdicts = "yyy?",
     .seconds = CONNECT_LIMIT - 1 + 10 + 12 + 12 + HANDSHAKE_LIMIT,
     .arrange = far_away,
     .look = saw_timings},
    {.name = "the dialogue's time is up whatever the state has left",
     .script = {"W:10", BANNER, EHLO, "W:10", OFFER, STARTTLS, "W:12", GO, "W:14", "tls", EHLO,
                "silent"},
     .outcome = OUTCOME_TARGET_TIMEOUT,
     .verdicts = "yyyy",
     .seconds = TARGET_LIMIT,
     .arrange = far_away,
     .look = saw_no_inside},
    /* greeting */
    {.name = "no greeting in time",
     .script = {"silent"},
     .outcome = OUTCOME_BANNER_TIMEOUT,
     .verdicts = "????",
     .seconds = GREETING_LIMIT},
    {.name = "a greeting that trickles in extends no deadline",
     .script = {"T:220-x\r\n"},
     .outcome = OUTCOME_BANNER_TIMEOUT,
     .verdicts = "????",
     .seconds = GREETING_LIMIT},
    {.name = "the time of the whole dialogue is limited too",
     .script = {"T:220-x\r\n"},
     .outcome = OUTCOME_TARGET_TIMEOUT,
     .verdicts = "????",
     .seconds = SHORT_TARGET,
     .arrange = short_target},
    {.name = "closed without a greeting",
     .script = {"close"},
     .outcome = OUTCOME_BANNER_CLOSED,
     .verdicts = "????"},
    {.name = "closed in the middle of a greeting",
     .script = {"S:220-mx.exam", "close"},
     .outcome = OUTCOME_BANNER_CLOSED,
     .verdicts = "????"},
    {.name = "closed after bytes that are no text",
     .script = {"X:15030100020246", "close"},
     .outcome = OUTCOME_BANNER_GARBAGE,
     .verdicts = "????"},
    {.name = "reset without a greeting",
     .script = {"reset"},
     .outcome = OUTCOME_BANNER_RESET,
     .verdicts = "????"},
    {.name = "greeted with 421",
     .script = {"S:421 4.7.0 too busy\r\n", GOODBYE},
     .outcome = OUTCOME_BANNER_421,
     .verdicts = "????",
     .code = 421,
     .text = "421 4.7.0 too busy"},
    {.name = "greeted with 421 and closed at once",
     .script = {"S:421 too busy\r\n", "close"},
     .outcome = OUTCOME_BANNER_421,
     .verdicts = "????",
     .code = 421,
     .text = "421 too busy"},
    {.name = "greeted with 450",
     .script = {"S:450 later\r\n", GOODBYE},
     .outcome = OUTCOME_BANNER_4XX,
     .verdicts = "????",
     .code = 450,
     .text = "450 later"},
    {.name = "greeted with 554 in two lines, byte by byte",
     .script = {"1:554-no\r\n554 mail here\r\n", GOODBYE},
     .outcome = OUTCOME_BANNER_5XX,
     .verdicts = "????",
     .code = 554,
     .text = "554-no\n554 mail here"},
    {.name = "greeted in another protocol",
     .script = {"S:* OK IMAP4rev1\r\n", GOODBYE},
     .outcome = OUTCOME_BANNER_GARBAGE,
     .verdicts = "????"},
    {.name = "a greeting without end is too much data",
     .script = {"F:220-and so on and so on and so on and so on and so on\r\n"},
     .outcome = OUTCOME_TOO_MUCH_DATA,
     .verdicts = "????"},
    {.name = "a line without end is too much data",
     .script = {"F:220-and so on and so on and so on and so on and so on"},
     .outcome = OUTCOME_TOO_MUCH_DATA,
     .verdicts = "????"},
    {.name = "a long refusal is kept up to its limit",
     .script = {"S:554-" MANY(MANY("0123456789")) "\r\n554 end\r\n", GOODBYE},
     .outcome = OUTCOME_BANNER_5XX,
     .verdicts = "????",
     .code = 554,
     .look = long_refusal},
    /* EHLO */
    {.name = "nothing is said between the lines of a greeting",
     .script = {"S:220-one\r\n", "S:220-two\r\n", "S:220 three\r\n", EHLO, "S:250 mx\r\n", GOODBYE},
     .outcome = OUTCOME_STARTTLS_NOT_ADVERTISED,
     .verdicts = "yn??"},
    {.name = "no answer to EHLO in time",
     .script = {BANNER, EHLO, "silent"},
     .outcome = OUTCOME_EHLO_TIMEOUT,
     .verdicts = "????",
     .seconds = REPLY_LIMIT},
    {.name = "an answer to EHLO that trickles in extends no deadline",
     .script = {BANNER, EHLO, "T:250-x\r\n"},
     .outcome = OUTCOME_EHLO_TIMEOUT,
     .verdicts = "????",
     .seconds = REPLY_LIMIT},
    {.name = "closed at EHLO",
     .script = {BANNER, EHLO, "close"},
     .outcome = OUTCOME_EHLO_CLOSED,
     .verdicts = "????"},
    {.name = "reset at EHLO",
     .script = {BANNER, EHLO, "reset"},
     .outcome = OUTCOME_EHLO_RESET,
     .verdicts = "????"},
    {.name = "421 at EHLO",
     .script = {BANNER, EHLO, "S:421 going down\r\n", GOODBYE},
     .outcome = OUTCOME_EHLO_421,
     .verdicts = "????",
     .code = 421,
     .text = "421 going down"},
    {.name = "450 at EHLO",
     .script = {BANNER, EHLO, "S:450 not now\r\n", GOODBYE},
     .outcome = OUTCOME_EHLO_4XX,
     .verdicts = "????",
     .code = 450},
    {.name = "garbage at EHLO",
     .script = {BANNER, EHLO, "S:what?\r\n", GOODBYE},
     .outcome = OUTCOME_EHLO_GARBAGE,
     .verdicts = "????"},
    {.name = "an answer to EHLO without end is too much data",
     .script = {BANNER, EHLO, "F:250-SIZE and so on and so on and so on and so on\r\n"},
     .outcome = OUTCOME_TOO_MUCH_DATA,
     .verdicts = "????"},
    {.name = "who refuses EHLO and takes HELO has no STARTTLS",
     .script = {BANNER, EHLO, "S:502 what?\r\n", HELO, "S:250 hello\r\n", GOODBYE},
     .outcome = OUTCOME_STARTTLS_NOT_ADVERTISED,
     .verdicts = "nn??",
     .code = 502,
     .text = "502 what?"},
    {.name = "who refuses EHLO and HELO says nothing of STARTTLS",
     .script = {BANNER, EHLO, "S:502 what?\r\n", HELO, "S:554 no\r\n", GOODBYE},
     .outcome = OUTCOME_EHLO_5XX,
     .verdicts = "????",
     .code = 554,
     .text = "554 no"},
    {.name = "who refuses EHLO and closes at HELO says nothing of STARTTLS",
     .script = {BANNER, EHLO, "S:502 what?\r\n", HELO, "close"},
     .outcome = OUTCOME_EHLO_CLOSED,
     .verdicts = "????",
     .code = 502},
    {.name = "421 at HELO",
     .script = {BANNER, EHLO, "S:502 what?\r\n", HELO, "S:421 later\r\n", GOODBYE},
     .outcome = OUTCOME_EHLO_421,
     .verdicts = "????",
     .code = 421},
    /* STARTTLS */
    {.name = "no STARTTLS among the keywords",
     .script = {BANNER, EHLO, "S:250-mx\r\n250-SIZE\r\n250 AUTH PLAIN\r\n", GOODBYE},
     .outcome = OUTCOME_STARTTLS_NOT_ADVERTISED,
     .verdicts = "yn??"},
    {.name = "STARTTLS in the greeting line of EHLO is no keyword",
     .script = {BANNER, EHLO, "S:250 STARTTLS\r\n", GOODBYE},
     .outcome = OUTCOME_STARTTLS_NOT_ADVERTISED,
     .verdicts = "yn??"},
    {.name = "STARTTLS overwritten on the way",
     .script = {BANNER, EHLO, "S:250-mx\r\n250-XXXXXXXA\r\n250 SIZE\r\n", GOODBYE},
     .outcome = OUTCOME_STARTTLS_STRIPPED,
     .verdicts = "y???",
     .look = saw_stripping},
    {.name = "STARTTLS in any case, byte by byte",
     .script = {BANNER, EHLO, "1:250-mx\r\n250-StartTLS\r\n250 OK\r\n", STARTTLS,
                "S:454 4.7.0 not available\r\n", GOODBYE},
     .outcome = OUTCOME_STARTTLS_4XX,
     .verdicts = "yy??",
     .code = 454,
     .text = "454 4.7.0 not available"},
    {.name = "STARTTLS refused for good",
     .script = {BANNER, EHLO, OFFER, STARTTLS, "S:502 5.5.1 no\r\n", GOODBYE},
     .outcome = OUTCOME_STARTTLS_REFUSED,
     .verdicts = "yyn?",
     .code = 502,
     .text = "502 5.5.1 no"},
    {.name = "421 at STARTTLS",
     .script = {BANNER, EHLO, OFFER, STARTTLS, "S:421 no\r\n", GOODBYE},
     .outcome = OUTCOME_STARTTLS_421,
     .verdicts = "yy??",
     .code = 421},
    {.name = "no answer to STARTTLS in time",
     .script = {BANNER, EHLO, OFFER, STARTTLS, "silent"},
     .outcome = OUTCOME_STARTTLS_TIMEOUT,
     .verdicts = "yy??",
     .seconds = REPLY_LIMIT},
    {.name = "closed at STARTTLS",
     .script = {BANNER, EHLO, OFFER, STARTTLS, "close"},
     .outcome = OUTCOME_STARTTLS_CLOSED,
     .verdicts = "yy??"},
    {.name = "reset at STARTTLS",
     .script = {BANNER, EHLO, OFFER, STARTTLS, "reset"},
     .outcome = OUTCOME_STARTTLS_RESET,
     .verdicts = "yy??"},
    {.name = "garbage at STARTTLS",
     .script = {BANNER, EHLO, OFFER, STARTTLS, "S:OK go\r\n", GOODBYE},
     .outcome = OUTCOME_STARTTLS_GARBAGE,
     .verdicts = "yy??"},
    {.name = "only 220 starts TLS",
     .script = {BANNER, EHLO, OFFER, STARTTLS, "S:250 go\r\n", GOODBYE},
     .outcome = OUTCOME_STARTTLS_GARBAGE,
     .verdicts = "yy??",
     .code = 250},
    /* TLS */
    {.name = "closed in the handshake",
     .script = {TO_GO, "N:5", "close"},
     .outcome = OUTCOME_TLS_RESET, /* what was unread in the server becomes a reset */
     .verdicts = "yyy?"},
    {.name = "the server's end of stream in the handshake",
     .script = {TO_GO, "fin", "silent"},
     .outcome = OUTCOME_TLS_CLOSED,
     .verdicts = "yyy?"},
    {.name = "reset in the handshake",
     .script = {TO_GO, "reset"},
     .outcome = OUTCOME_TLS_RESET,
     .verdicts = "yyy?"},
    {.name = "no handshake in time",
     .script = {TO_GO, "silent"},
     .outcome = OUTCOME_TLS_TIMEOUT,
     .verdicts = "yyy?",
     .seconds = HANDSHAKE_LIMIT},
    {.name = "a handshake that trickles in extends no deadline",
     .script = {TO_GO, "N:5", "X:1603030100", "T:\x01"},
     .outcome = OUTCOME_TLS_TIMEOUT,
     .verdicts = "yyy?",
     .seconds = HANDSHAKE_LIMIT},
    {.name = "an alert in the handshake",
     .script = {TO_GO, "N:5", ALERT_40, "silent"},
     .outcome = OUTCOME_TLS_ALERT,
     .verdicts = "yyyn",
     .look = saw_alert},
    {.name = "close_notify in place of a ServerHello",
     .script = {TO_GO, "N:5", CLOSE_NOTIFY, "silent"},
     .outcome = OUTCOME_TLS_ALERT,
     .verdicts = "yyyn",
     .look = saw_close_notify},
    {.name = "an alert behind a ServerHello",
     .script = {TO_GO, "N:5", SERVER_HELLO, "X:15030300020250", "silent"},
     .outcome = OUTCOME_TLS_ALERT,
     .verdicts = "yyyn",
     .look = saw_alert_80_and_choice},
    {.name = "close_notify behind a ServerHello",
     .script = {TO_GO, "N:5", SERVER_HELLO, CLOSE_NOTIFY, "silent"},
     .outcome = OUTCOME_TLS_ALERT,
     .verdicts = "yyyn",
     .look = saw_choice},
    {.name = "the end of the stream behind a ServerHello",
     .script = {TO_GO, "N:5", SERVER_HELLO, "fin", "silent"},
     .outcome = OUTCOME_TLS_CLOSED,
     .verdicts = "yyy?",
     .look = saw_choice},
    {.name = "a suite that our library lacks",
     .script = {TO_GO, "N:5", SERVER_HELLO_OF_DHE, "silent"},
     .outcome = OUTCOME_TLS_UNSUPPORTED,
     .verdicts = "yyy?",
     .look = saw_lack_of_dhe},
    {.name = "a certificate that no parser takes",
     .script = {TO_GO, "N:5", SERVER_HELLO, CERTIFICATE_OF_NOTHING, "silent"},
     .outcome = OUTCOME_TLS_PROTOCOL_ERROR,
     .verdicts = "yyyn",
     .look = saw_unreadable_leaf},
    {.name = "a certificate whose key our library cannot read",
     .script = {TO_GO, "N:5", SERVER_HELLO, CERTIFICATE_WITH_ED448, "silent"},
     .outcome = OUTCOME_TLS_UNSUPPORTED,
     .verdicts = "yyy?",
     .look = saw_ed448},
    {.name = "454 behind the 220 is a 454",
     .script = {TO_GO, "N:5", "G:454 4.7.0 TLS unavailable\r\n", "silent"},
     .outcome = OUTCOME_STARTTLS_4XX,
     .verdicts = "yy??",
     .code = 454,
     .text = "454 4.7.0 TLS unavailable"},
    {.name = "who turns us away behind the 220 has said nothing of TLS",
     .script = {TO_GO, "N:5", "G:554 5.7.1 your address is blocked\r\n", "silent"},
     .outcome = OUTCOME_TURNED_AWAY,
     .verdicts = "yy??",
     .code = 554,
     .text = "554 5.7.1 your address is blocked"},
    {.name = "421 behind the 220 is a 421",
     .script = {TO_GO, "N:5", "G:421 4.3.2 closing\r\n", "silent"},
     .outcome = OUTCOME_STARTTLS_421,
     .verdicts = "yy??",
     .code = 421},
    {.name = "plain text in the handshake",
     .script = {TO_GO, "N:5", "G:500 5.5.2 what is that?\r\n", "silent"},
     .outcome = OUTCOME_TLS_PLAINTEXT,
     .verdicts = "yyyn",
     .look = saw_text},
    {.name = "garbage in the handshake",
     .script = {TO_GO, "N:5", "X:8001020304050607", "silent"},
     .outcome = OUTCOME_TLS_GARBAGE,
     .verdicts = "yyyn"},
    {.name = "a server that breaks the protocol",
     .script = {TO_GO, "N:5", "X:1603030004ff000000", "silent"},
     .outcome = OUTCOME_TLS_PROTOCOL_ERROR,
     .verdicts = "yyy?",
     .look = saw_reason},
    {.name = "a certificate required from the client, in TLS 1.2",
     .script = {TO_GO, "broken"},
     .outcome = OUTCOME_TLS_CLIENT_CERTIFICATE,
     .verdicts = "yyyn",
     .arrange = require_certificate_in_tls12,
     .look = saw_requirement},
    {.name = "a certificate required from the client, in TLS 1.3",
     .script = {TO_GO, "broken", "silent"},
     .outcome = OUTCOME_TLS_CLIENT_CERTIFICATE,
     .verdicts = "yyyn",
     .arrange = require_certificate,
     .look = saw_requirement},
    {.name = "a certificate required from the client, in words",
     .script = {TO_GO, "tls", EHLO, "S:421 4.7.1 No client certificate presented\r\n", "close"},
     .outcome = OUTCOME_TLS_CLIENT_CERTIFICATE,
     .verdicts = "yyyy",
     .code = 421,
     .arrange = request_certificate,
     .look = saw_requirement},
    {.name = "a certificate requested from the client",
     .script = {TO_GO, WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = request_certificate,
     .look = saw_request},
    /* to the end */
    {.name = "a whole dialogue in TLS 1.3",
     .script = {TO_GO, WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .look = saw_tls13},
    {.name = "a whole dialogue without SNI",
     .script = {TO_GO, WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = without_sni,
     .look = saw_tls13},
    {.name = "a whole dialogue in TLS 1.2",
     .script = {TO_GO, WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = tls12_only,
     .look = saw_tls12},
    {.name = "a whole dialogue in TLS 1.0",
     .script = {TO_GO, WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = tls10_only,
     .look = saw_tls10},
    {.name = "a whole dialogue that offers TLS 1.2 at most",
     .script = {TO_GO, WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = without_tls13,
     .look = saw_tls12_not_offered_newer},
    {.name = "plain text glued to the 220 is counted and never used",
     .script = {BANNER, EHLO, OFFER, STARTTLS, "S:220 go\r\n250 STARTTLS\r\n", WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .early_bytes = 14,
     .look = saw_tls13},
    {.name = "half a line glued to the 220 is counted and never used",
     .script = {BANNER, EHLO, OFFER, STARTTLS, "S:220 go\r\n250-mx", WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .early_bytes = 6,
     .look = saw_tls13},
    {.name = "the time until its turn to shake hands is not the server's",
     .script = {TO_GO, WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = crowded,
     .look = saw_tls13},
    {.name = "who hangs up before our turn has closed after STARTTLS",
     .script = {TO_GO, "close"},
     .outcome = OUTCOME_TLS_CLOSED,
     .verdicts = "yyy?",
     .arrange = crowded},
    {.name = "a turn that never comes is our failure",
     .script = {TO_GO, "silent"},
     .outcome = OUTCOME_LOCAL_ERROR,
     .verdicts = "yyy?",
     .seconds = TURN_LIMIT,
     .arrange = crowded_for_long},
    {.name = "closed after the handshake: the handshake counts",
     .script = {TO_GO, "tls", EHLO, "close"},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .look = saw_no_inside},
    {.name = "reset after the handshake: the handshake counts",
     .script = {TO_GO, "tls", EHLO, "reset"},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .look = saw_no_inside},
    {.name = "silent after the handshake: the handshake counts",
     .script = {TO_GO, "tls", EHLO, "silent"},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .seconds = REPLY_LIMIT,
     .look = saw_no_inside},
    {.name = "one byte a record without end is too much data",
     .script = {TO_GO, "tls", EHLO, "F:2"},
     .outcome = OUTCOME_TOO_MUCH_DATA,
     .verdicts = "yyyy",
     .look = saw_no_inside},
    {.name = "421 inside TLS: the handshake counts",
     .script = {TO_GO, "tls", EHLO, "S:421 no\r\n", GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .code = 421,
     .look = saw_no_inside},
    {.name = "QUIT without an answer is given up soon",
     .script = {TO_GO, "tls", EHLO, "S:250 mx\r\n", "C:QUIT\r\n", "silent"},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .seconds = QUIT_LIMIT},
    {.name = "a server that talks on after QUIT is left",
     .script = {BANNER, EHLO, "S:250 mx\r\n", "C:QUIT\r\n", "F:221 bye and so on and on\r\n"},
     .outcome = OUTCOME_STARTTLS_NOT_ADVERTISED,
     .verdicts = "yn??"},
    {.name = "a bad answer to QUIT changes nothing",
     .script = {BANNER, EHLO, "S:250 mx\r\n", "C:QUIT\r\n", "S:500 what?\r\n", "eof"},
     .outcome = OUTCOME_STARTTLS_NOT_ADVERTISED,
     .verdicts = "yn??"},
    /* what comes before TLS */
    {.name = "mail without TLS is accepted, and taken back; no command is carried into TLS",
     .script = {BANNER, EHLO, OFFER, "C:MAIL FROM:<>\r\n", "S:250 ok\r\n", "C:RSET\r\n",
                "S:250 ok\r\n", "C:STARTTLS\r\nNOOP\r\n", GO, WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = test_plaintext,
     .look = mail_accepted},
    {.name = "mail without TLS is refused with 530",
     .script = {BANNER, EHLO, OFFER, "C:MAIL FROM:<>\r\n", "S:530 5.7.0 STARTTLS first\r\n",
                "C:STARTTLS\r\nNOOP\r\n", GO, WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = test_plaintext,
     .look = mail_refused},
    {.name = "a 530 for want of a login says nothing of TLS",
     .script = {BANNER, EHLO, OFFER, "C:MAIL FROM:<>\r\n",
                "S:530 5.7.0 Authentication required\r\n", "C:STARTTLS\r\nNOOP\r\n", GO, WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = test_plaintext,
     .look = mail_unknown},
    {.name = "nor does a 530 without an enhanced code",
     .script = {BANNER, EHLO, OFFER, "C:MAIL FROM:<>\r\n", "S:530 Authentication required\r\n",
                "C:STARTTLS\r\nNOOP\r\n", GO, WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = test_plaintext,
     .look = mail_unknown},
    {.name = "mail refused for another reason says nothing",
     .script = {BANNER, EHLO, OFFER, "C:MAIL FROM:<>\r\n", "S:550 not you\r\n",
                "C:STARTTLS\r\nNOOP\r\n", GO, WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = test_plaintext,
     .look = mail_unknown},
    {.name = "mail refused for now says nothing, and is in nobody's way",
     .script = {BANNER, EHLO, OFFER, "C:MAIL FROM:<>\r\n", "S:451 not now\r\n",
                "C:STARTTLS\r\nNOOP\r\n", GO, WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = test_plaintext,
     .look = mail_unknown},
    {.name = "mail that is refused in clear and accepted inside TLS",
     .script = {BANNER, EHLO, OFFER, MAIL, "S:550 Encryption is required here\r\n", STARTTLS, GO,
                INSIDE, MAIL, "S:250 ok\r\n", "C:RSET\r\n", "S:250 ok\r\n", GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = test_mail_in_tls,
     .look = mail_only_in_tls},
    {.name = "mail that is refused inside TLS too",
     .script = {BANNER, EHLO, OFFER, MAIL, "S:550 not you\r\n", STARTTLS, GO, INSIDE, MAIL,
                "S:550 not you\r\n", GOODBYE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = test_mail_in_tls,
     .look = mail_denied},
    {.name = "a server that hangs up on MAIL FROM inside TLS",
     .script = {BANNER, EHLO, OFFER, MAIL, "S:550 not you\r\n", STARTTLS, GO, INSIDE, MAIL,
                "close"},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = test_mail_in_tls,
     .look = mail_denied},
    {.name = "a server that is a reply behind inside TLS has not accepted mail there",
     .script = {BANNER, EHLO, OFFER, MAIL, "S:550 not you\r\n", STARTTLS, GO, "tls",
                "G:250 welcome\r\n", EHLO, "G:250 mx.example.org\r\n", MAIL, "G:550 not you\r\n",
                "C:RSET\r\n", "G:250 ok\r\n", "C:QUIT\r\n", "G:221 bye\r\n", "silent"},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = test_mail_in_tls,
     .look = mail_out_of_step},
    {.name = "mail that is accepted in clear is not tried inside TLS",
     .script = {BANNER, EHLO, OFFER, MAIL, "S:250 ok\r\n", "C:RSET\r\n", "S:250 ok\r\n", STARTTLS,
                GO, WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = test_mail_in_tls,
     .look = mail_taken_after_all},
    {.name = "nor is mail that is refused for now",
     .script = {BANNER, EHLO, OFFER, MAIL, "S:451 not now\r\n", STARTTLS, GO, WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = test_mail_in_tls,
     .look = mail_unknown},
    {.name = "a command from before TLS is executed inside it",
     .script = {BANNER, EHLO, OFFER, "C:MAIL FROM:<>\r\n", "S:250 ok\r\n", "C:RSET\r\n",
                "S:250 ok\r\n", "C:STARTTLS\r\nNOOP\r\n", GO, "tls", "G:250 ok\r\n", EHLO,
                "G:250-mx\r\n250 REQUIRETLS\r\n", "C:QUIT\r\n", "G:221 bye\r\n", "silent"},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = test_plaintext,
     .look = injected},
    {.name = "a server that says 250 where 221 is due has executed nothing",
     .script = {BANNER, EHLO, OFFER, "C:MAIL FROM:<>\r\n", "S:250 ok\r\n", "C:RSET\r\n",
                "S:250 ok\r\n", "C:STARTTLS\r\nNOOP\r\n", GO, "tls", EHLO, "S:250 ok\r\n",
                "C:QUIT\r\n", "S:250 ok\r\n", "close"},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .arrange = test_plaintext,
     .look = mail_accepted},
    {.name = "a server that notices the glued command and refuses does not execute it",
     .script = {BANNER, EHLO, OFFER, "C:MAIL FROM:<>\r\n", "S:250 ok\r\n", "C:RSET\r\n",
                "S:250 ok\r\n", "C:STARTTLS\r\nNOOP\r\n", "S:554 improper pipelining\r\n", GOODBYE},
     .outcome = OUTCOME_STARTTLS_REFUSED,
     .verdicts = "yy??",
     .code = 554,
     .arrange = test_plaintext,
     .look = not_injected_and_refused},
    {.name = "nothing is tested before TLS where it was not asked for",
     .script = {TO_GO, WHOLE},
     .outcome = OUTCOME_OK,
     .verdicts = "yyyy",
     .look = mail_unknown},
    {.name = "a command that is too long is not sent and is not the server's fault",
     .script = {BANNER, "eof"},
     .outcome = OUTCOME_LOCAL_ERROR,
     .verdicts = "????",
     .arrange = long_command},
    /* a hand-written hello */
    {.name = "a hand-written hello is answered by an alert",
     .script = {TO_GO, "N:50", ALERT_70, "silent"},
     .outcome = OUTCOME_OK,
     .verdicts = "yyy?",
     .arrange = hello_by_hand,
     .look = hello_alert},
    {.name = "a hand-written hello is answered by a ServerHello",
     .script = {TO_GO, "N:50", SERVER_HELLO, "silent"},
     .outcome = OUTCOME_OK,
     .verdicts = "yyy?",
     .arrange = hello_by_hand,
     .look = hello_server_hello},
    {.name = "a hand-written hello is answered in words and closed",
     .script = {TO_GO, "N:50", "G:502 what?\r\n", "close"},
     .outcome = OUTCOME_OK,
     .verdicts = "yyy?",
     .arrange = hello_by_hand,
     .look = hello_text},
    {.name = "a hand-written hello is not answered in time",
     .script = {TO_GO, "N:50", "silent"},
     .outcome = OUTCOME_TLS_TIMEOUT,
     .verdicts = "yyy?",
     .seconds = HANDSHAKE_LIMIT,
     .arrange = hello_by_hand,
     .look = hello_nothing},
    {.name = "a hand-written hello is answered by the end of the stream",
     .script = {TO_GO, "N:50", "fin", "silent"},
     .outcome = OUTCOME_TLS_CLOSED,
     .verdicts = "yyy?",
     .arrange = hello_by_hand,
     .look = hello_nothing},
    {.name = "a hand-written hello is answered by a reset",
     .script = {TO_GO, "N:50", "reset"},
     .outcome = OUTCOME_TLS_RESET,
     .verdicts = "yyy?",
     .arrange = hello_by_hand,
     .look = hello_nothing},
    {.name = "a hand-written hello that cannot be written is not sent",
     .script = {TO_GO, "eof"},
     .outcome = OUTCOME_LOCAL_ERROR,
     .verdicts = "yyy?",
     .arrange = impossible_hello,
     .look = hello_not_sent},
    {.name = "an SSLv2 hello is answered by an SSLv2 error",
     .script = {TO_GO, "N:48", "X:8003000001", "silent"},
     .outcome = OUTCOME_OK,
     .verdicts = "yyy?",
     .arrange = ssl2_hello,
     .look = hello_ssl2_error},
};

/* ---- What no script can show ---- */

static void fail_on_report(struct session *session, void *user)
{
    (void)session;
    (void)user;
    fail_msg("a session that was freed reported");
}

/* A session may be freed while it waits, and in each state, without a report or a leak. */
static void a_session_can_be_freed_at_any_time(void **state)
{
    static const char *const script[] = {"W:2",
                                         BANNER,
                                         EHLO,
                                         "W:2",
                                         "S:250-mx\r\n250",
                                         "W:2",
                                         "S: STARTTLS\r\n",
                                         STARTTLS,
                                         "W:2",
                                         GO,
                                         "W:2",
                                         "tls",
                                         EHLO,
                                         "W:2",
                                         "S:250 mx\r\n",
                                         "C:QUIT\r\n",
                                         "W:2",
                                         "S:221 bye\r\n",
                                         "W:2",
                                         NULL};
    (void)state;
    for (unsigned seconds = 0; seconds < 2 * 9; seconds += 1) {
        struct scene *scene = malloc(sizeof(*scene));
        scene_init(scene);
        scene->peer.scripts[0] = script;
        scene->peer.place.latency = 2;
        peer_open(&scene->peer);
        struct session *session = session_new(&scene->worker.dialogues, &scene->request,
                                              &scene->arena, &scene->result, fail_on_report, scene);
        if (seconds > 0) {
            assert_false(replay_run(scene->worker.loop, seconds));
        }
        assert_true(session_is_waiting(session) == (seconds == 0));
        session_free(session);
        assert_int_equal(counter_read(&scene->worker.dialogues.counters.in_flight), 0);
        if (scene->result.chain != NULL) {
            chain_release(scene->run.chain_cache, scene->result.chain);
        }
        peer_close(&scene->peer);
        scene_fini(scene);
        free(scene);
    }
}

/* ---- Several of one owner ---- */

struct pair {
    struct scene *scene;
    struct session *sessions[2];
    struct observation results[2];
    struct arena arenas[2];
    unsigned num_told;
};

/* What one has shown makes its owner give up both. */
static void free_both(struct session *session, void *user)
{
    struct pair *pair = user;
    (void)session;
    pair->num_told++;
    for (size_t i = 0; i < 2; i++) {
        session_free(pair->sessions[i]);
        pair->sessions[i] = NULL;
    }
    ev_break(pair->scene->worker.loop, EVBREAK_ALL);
}

/* Two that have no route end as they are started, one after the other, and each is to be told. */
static void a_session_that_was_freed_after_its_end_is_not_told(void **state)
{
    struct pair pair = {.scene = malloc(sizeof(*pair.scene))};
    struct scene *scene = pair.scene;
    (void)state;
    scene_init(scene);
    without_route(scene);
    peer_open(&scene->peer);
    for (size_t i = 0; i < 2; i++) {
        pair.sessions[i] = session_new(&scene->worker.dialogues, &scene->request, &pair.arenas[i],
                                       &pair.results[i], free_both, &pair);
        assert_non_null(pair.sessions[i]);
    }
    replay_run(scene->worker.loop, TARGET_LIMIT);
    assert_int_equal(pair.results[0].outcome, OUTCOME_CONNECT_UNREACHABLE);
    assert_int_equal(pair.results[1].outcome, OUTCOME_CONNECT_UNREACHABLE);
    replay_run(scene->worker.loop, TARGET_LIMIT);
    assert_int_equal(pair.num_told, 1);
    assert_true(SLIST_EMPTY(&scene->worker.dialogues.ended));
    peer_close(&scene->peer);
    scene_fini(scene);
    free(scene);
}

int main(void)
{
    struct CMUnitTest tests[NUM(cases) + 2] = {
        cmocka_unit_test(a_session_can_be_freed_at_any_time),
        cmocka_unit_test(a_session_that_was_freed_after_its_end_is_not_told),
    };
    for (size_t i = 0; i < NUM(cases); i++) {
        tests[i + 2] = (struct CMUnitTest){.name = cases[i].name,
                                           .test_func = play,
                                           .initial_state = (void *)(uintptr_t)&cases[i]};
    }
    scene_libraries_init();
    int failed = cmocka_run_group_tests_name("session", tests, NULL, NULL);
    ares_library_cleanup();
    return failed;
}
