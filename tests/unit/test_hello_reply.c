/*
 * Replies as bytes, what must be read from them as one line of text, and the same line for every
 * way of cutting the bytes.
 */
#include "io/tls/hello_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/tls/tls_names.h"

#define FACTS_MAX 2048
#define BYTES_MAX (HELLO_REPLY_BYTES_MAX + 4096)

#define ZEROS8 "0000000000000000"
#define RANDOM ZEROS8 ZEROS8 ZEROS8 ZEROS8
#define RETRY  "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"

/* ServerHello of TLS 1.2 without extensions, in a record of its own: 0x2a bytes. */
#define SERVER_HELLO_12(suite) "16 0303 002a 02 000026 0303" RANDOM "00" suite "00"

static size_t from_hex(const char *text, uint8_t *out)
{
    size_t len = 0;
    while (*text) {
        if (*text == ' ') {
            text++;
            continue;
        }
        char pair[3] = {text[0], text[1], 0};
        out[len++] = (uint8_t)strtoul(pair, NULL, 16);
        text += 2;
    }
    return len;
}

/* A stream over the text that describes a reply. */
static void describe_flight(FILE *out, const struct hello_reply *reply)
{
    for (size_t i = 0; i < reply->num_certificates; i++) {
        unsigned long sum = 0;
        for (size_t j = 0; j < reply->certificates[i].len; j++) {
            sum = sum * 31 + reply->certificates[i].data[j];
        }
        fprintf(out, " certificate=%zu/%lx", reply->certificates[i].len, sum);
    }
    if (reply->sent_certificates != reply->num_certificates) {
        fprintf(out, " sent=%zu", reply->sent_certificates);
    }
    if (reply->ocsp.len > 0) {
        fprintf(out, " ocsp=%zu/%02x", reply->ocsp.len, reply->ocsp.data[0]);
    }
    if (reply->server_key_exchange) {
        fprintf(out, " ske");
    }
    if (reply->dh_bits) {
        fprintf(out, " dh=%u/%s", reply->dh_bits, reply->dh_prime ? reply->dh_prime->name : "-");
    }
    if (reply->rsa_bits) {
        fprintf(out, " rsa=%u", reply->rsa_bits);
    }
    if (reply->signature) {
        fprintf(out, " signature=%04x", reply->signature);
    }
    fprintf(out, "%s", reply->flight_complete ? " complete" : "");
}

static void describe_hello(FILE *out, const struct hello_reply *reply)
{
    fprintf(out, " %04x/%04x suite=%04x", reply->legacy_version, reply->version, reply->suite);
    if (reply->compression) {
        fprintf(out, " compression=%u", reply->compression);
    }
    if (reply->group) {
        fprintf(out, " group=%04x", reply->group);
    }
    fprintf(out, "%s%s%s%s%s%s", reply->ems ? " ems" : "",
            reply->renegotiation_info ? " renegotiation" : "",
            reply->session_ticket ? " ticket" : "", reply->encrypt_then_mac ? " etm" : "",
            reply->status_request ? " status" : "", reply->sct ? " sct" : "");
}

static void describe(const struct hello_reply *reply, char text[FACTS_MAX])
{
    FILE *out = fmemopen(text, FACTS_MAX, "w");
    assert_non_null(out);
    fprintf(out, "%s", hello_reply_kind_name(reply->kind));
    if (reply->record_version) {
        fprintf(out, " record=%04x", reply->record_version);
    }
    if (reply->kind == HELLO_REPLY_SERVER_HELLO || reply->kind == HELLO_REPLY_HELLO_RETRY_REQUEST) {
        describe_hello(out, reply);
        describe_flight(out, reply);
    }
    if (reply->kind == HELLO_REPLY_SSL2_SERVER_HELLO) {
        fprintf(out, " version=%04x", reply->ssl2_version);
        for (size_t i = 0; i < reply->num_ssl2_kinds; i++) {
            fprintf(out, " kind=%06x", reply->ssl2_kinds[i]);
        }
        describe_flight(out, reply);
    }
    if (reply->kind == HELLO_REPLY_SSL2_ERROR) {
        fprintf(out, " error=%u", reply->ssl2_error);
    }
    if (reply->warning) {
        fprintf(out, " warning=%u", reply->warning_description);
    }
    if (reply->alert) {
        fprintf(out, " alert=%u", reply->alert_description);
    }
    if (reply->plaintext_len) {
        fprintf(out, " text=[%.*s]", (int)reply->plaintext_len, reply->plaintext);
    }
    if (reply->problem) {
        fprintf(out, " problem=[%s]", reply->problem);
    }
    fclose(out);
}

/* Feeds the bytes in pieces of `step` and tells what was understood after how many bytes. */
static size_t read_in_pieces(const uint8_t *bytes, size_t len, size_t step, bool want_flight,
                             char text[FACTS_MAX])
{
    struct hello_reply_reader reader;
    enum hello_reply_status status = HELLO_REPLY_MORE;

    hello_reply_init(&reader, want_flight);
    for (size_t at = 0; at < len; at += step) {
        size_t part = len - at < step ? len - at : step;
        uint8_t *copy = malloc(part); /* so that reading past a piece is seen */
        assert_non_null(copy);
        memcpy(copy, bytes + at, part);
        status = hello_reply_feed(&reader, copy, part);
        free(copy);
    }
    if (status == HELLO_REPLY_MORE) {
        hello_reply_eof(&reader);
    }
    assert_int_equal(hello_reply_feed(&reader, (const uint8_t *)"x", 1), HELLO_REPLY_DONE);
    describe(&reader.reply, text);
    size_t taken = reader.reply.bytes;
    hello_reply_fini(&reader);
    hello_reply_fini(&reader);
    return taken;
}

static void assert_read(const uint8_t *bytes, size_t len, bool want_flight, const char *facts)
{
    static const size_t steps[] = {1, 2, 3, 5, 7, 64, 1000};
    char whole[FACTS_MAX], pieces[FACTS_MAX];
    size_t taken = read_in_pieces(bytes, len, len ? len : 1, want_flight, whole);

    assert_string_equal(whole, facts);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        assert_int_equal(read_in_pieces(bytes, len, steps[i], want_flight, pieces), taken);
        assert_string_equal(pieces, facts);
    }
}

struct reply_case {
    const char *name;
    const char *hex;
    const char *facts;
    bool want_flight;
};

static void assert_cases(const struct reply_case *cases, size_t num)
{
    static uint8_t bytes[4096];
    for (size_t i = 0; i < num; i++) {
        print_message("           %s\n", cases[i].name);
        assert_read(bytes, from_hex(cases[i].hex, bytes), cases[i].want_flight, cases[i].facts);
    }
}

#define ASSERT_CASES(cases) assert_cases(cases, sizeof(cases) / sizeof((cases)[0]))

static void tls13_replies(void **state)
{
    (void)state;
    static const struct reply_case cases[] = {
        {"the ServerHello of RFC 8448 section 3",
         "16 03 03 00 5a 02 00 00 56 03 03 a6 af 06 a4 12 18 60 dc 5e 6e 60 24 9c d3 4c 95 93 0c 8a"
         "c5 cb 14 34 da c1 55 77 2e d3 e2 69 28 00 13 01 00 00 2e 00 33 00 24 00 1d 00 20 c9 82 88"
         "76 11 20 95 fe 66 76 2b db f7 c6 72 e1 56 d6 cc 25 3b 83 3d f1 dd 69 b1 b0 4e 75 1f 0f 00"
         "2b 00 02 03 04 17 03 03 00 01 aa",
         "server_hello record=0303 0303/0304 suite=1301 group=001d", true},
        {"the HelloRetryRequest of RFC 8448 section 5, its cookie shortened",
         "16 03 03 0040 02 00003c 0303" RETRY "00 1301 00"
         "0014 0033 0002 0017 002c 0004 0002 71dc 002b 0002 0304",
         "hello_retry_request record=0303 0303/0304 suite=1301 group=0017", true},
        {"a HelloRetryRequest for X25519MLKEM768 with an echoed session id",
         "16 0303 0058 02 000054 0303" RETRY "20" RANDOM "1302 00"
         "000c 002b 0002 0304 0033 0002 11ec 14 0303 0001 01",
         "hello_retry_request record=0303 0303/0304 suite=1302 group=11ec", false},
        {"a HelloRetryRequest that does not say TLS 1.3",
         "16 0303 002a 02 000026 0303" RETRY "00 1301 00",
         "garbage record=0303 problem=[HelloRetryRequest without TLS 1.3]", false},
        {"a key share cut short",
         "16 0303 0038 02 000034 0303" RANDOM "00 1301 00"
         "000c 002b 0002 0304 0033 0002 001d",
         "garbage record=0303 problem=[malformed ServerHello]", false},
    };
    ASSERT_CASES(cases);
}

static void tls12_replies(void **state)
{
    (void)state;
    static const struct reply_case cases[] = {
        {"a bare ServerHello", SERVER_HELLO_12("c02f"),
         "server_hello record=0303 0303/0303 suite=c02f", false},
        {"an SSLv3 ServerHello", "16 0300 002a 02 000026 0300" RANDOM "00 0005 00",
         "server_hello record=0300 0300/0300 suite=0005", false},
        {"compression, a session id and every extension",
         "16 0301 0069 02 000065 0301" RANDOM "04 01020304 002f 01"
         "0039 ff01 0001 00 0017 0000 0016 0000 0023 0000 0005 0000"
         "0012 0006 0004 0002 0102"
         "0010 0005 0003 02 6832 abcd 0003 010203 000b 0002 0100 0000 0000",
         "server_hello record=0301 0301/0301 suite=002f compression=1 ems "
         "renegotiation"
         " ticket etm status sct",
         false},
        {"a HelloRequest before the ServerHello", "16 0303 0004 00 000000" SERVER_HELLO_12("c02f"),
         "server_hello record=0303 0303/0303 suite=c02f", false},
        {"a ServerHello over three records, one of them empty",
         "16 0303 0003 02 0000 16 0303 0000 16 0303 0027 26 0303" RANDOM "00 c02f 00",
         "server_hello record=0303 0303/0303 suite=c02f", false},
        {"an extension block longer than the message",
         "16 0303 002c 02 000028 0303" RANDOM "00 c02f 00 0004",
         "garbage record=0303 problem=[malformed ServerHello]", false},
        {"bytes after the extension block",
         "16 0303 002d 02 000029 0303" RANDOM "00 c02f 00 0000 ff",
         "garbage record=0303 problem=[malformed ServerHello]", false},
        {"a session id of 33 bytes", "16 0303 004b 02 000047 0303" RANDOM "21 00" RANDOM "c02f 00",
         "garbage record=0303 problem=[malformed ServerHello]", false},
        {"a version that is not of SSL", "16 0303 002a 02 000026 0403" RANDOM "00 c02f 00",
         "garbage record=0303 problem=[malformed ServerHello]", false},
        {"a Certificate first", "16 0303 0007 0b 000003 000000",
         "garbage record=0303 problem=[another message than a ServerHello]", false},
    };
    ASSERT_CASES(cases);
}

/* Two certificates, 3082 and 30; an OCSP response of one byte. */
#define CERTIFICATES "0b 00000c 000009 000002 3082 000001 30"
#define STATUS       "16 000005 01 000001 99"
#define DONE         "0e 000000"

static void flights(void **state)
{
    (void)state;
    static const struct reply_case cases[] = {
        {"static RSA in one record",
         "16 0303 003e 02 000026 0303" RANDOM "00 002f 00" CERTIFICATES DONE,
         "server_hello record=0303 0303/0303 suite=002f certificate=2/652 certificate=1/30 "
         "complete",
         true},
        {"the same when only the hello is wanted",
         "16 0303 003e 02 000026 0303" RANDOM "00 002f 00" CERTIFICATES DONE,
         "server_hello record=0303 0303/0303 suite=002f", false},
        {"ECDHE with staple, curve, signature and request",
         SERVER_HELLO_12("c02f") "16 0303 0010" CERTIFICATES "16 0303 0009" STATUS
                                 "16 0303 0010 0c 00000c 03 0017 02 0401 0804 0002 aabb"
                                 "16 0303 000c 0d 000004 00000000" DONE,
         "server_hello record=0303 0303/0303 suite=c02f group=0017 certificate=2/652"
         " certificate=1/30 ocsp=1/99 ske signature=0804 complete",
         true},
        {"ECDHE of TLS 1.1, whose signature has no algorithm",
         "16 0302 002a 02 000026 0302" RANDOM "00 c014 00"
         "16 0302 000e 0c 00000a 03 0018 02 0401 0002 aabb 16 0302 0004" DONE,
         "server_hello record=0302 0302/0302 suite=c014 group=0018 ske complete", true},
        {"an explicit curve",
         SERVER_HELLO_12("c02f") "16 0303 0007 0c 000003 01 0203 16 0303 0004" DONE,
         "server_hello record=0303 0303/0303 suite=c02f group=ff01 ske complete", true},
        {"DHE with a small prime behind zeros",
         SERVER_HELLO_12("009e") "16 0303 0014 0c 000010 0003 00 01ff 0001 02 0001 05 0401 0001 aa"
                                 "16 0303 0004" DONE,
         "server_hello record=0303 0303/0303 suite=009e ske dh=9/- signature=0401 complete", true},
        {"anonymous DH, which is not signed, and a message header over two records",
         SERVER_HELLO_12("0034") "16 0303 0010 0c 00000a 0002 ffff 0001 02 0001 05 0e 00"
                                 "16 0303 0002 0000",
         "server_hello record=0303 0303/0303 suite=0034 ske dh=16/- complete", true},
        {"a NewSessionTicket in the flight", SERVER_HELLO_12("002f") "16 0303 0004 04 000000",
         "server_hello record=0303 0303/0303 suite=002f"
         " problem=[a message that does not belong here]",
         true},
        {"anonymous ECDH", SERVER_HELLO_12("c018") "16 0303 000e 0c 000006 03 001d 02 aabb" DONE,
         "server_hello record=0303 0303/0303 suite=c018 group=001d ske complete", true},
        {"an exportable RSA key",
         "16 0300 002a 02 000026 0300" RANDOM "00 0003 00"
         "16 0300 0013 0c 00000b 0002 01ff 0001 03 0002 aabb" DONE,
         "server_hello record=0300 0300/0300 suite=0003 ske rsa=9 complete", true},
        {"DHE with PSK: hint first",
         SERVER_HELLO_12("00aa") "16 0303 0015 0c 00000d 0001 68 0002 ffff 0001 02 0001 05" DONE,
         "server_hello record=0303 0303/0303 suite=00aa ske dh=16/- complete", true},
        {"a key exchange of a suite nobody knows",
         SERVER_HELLO_12("fafa") "16 0303 0009 0c 000001 00" DONE,
         "server_hello record=0303 0303/0303 suite=fafa ske complete", true},
        {"a curve cut short: the hello stands",
         SERVER_HELLO_12("c02f") "16 0303 0006 0c 000002 03 00",
         "server_hello record=0303 0303/0303 suite=c02f ske problem=[malformed ServerKeyExchange]",
         true},
        {"a certificate list that lies about its length",
         SERVER_HELLO_12("002f") "16 0303 000a 0b 000006 000003 000002",
         "server_hello record=0303 0303/0303 suite=002f problem=[malformed Certificate]", true},
        {"an empty certificate", SERVER_HELLO_12("002f") "16 0303 000a 0b 000006 000003 000000",
         "server_hello record=0303 0303/0303 suite=002f problem=[malformed Certificate]", true},
        {"two Certificate messages",
         SERVER_HELLO_12("002f") "16 0303 0020" CERTIFICATES CERTIFICATES,
         "server_hello record=0303 0303/0303 suite=002f certificate=2/652 certificate=1/30"
         " problem=[a second Certificate message]",
         true},
        {"an alert in the flight", SERVER_HELLO_12("002f") "15 0303 0002 02 50",
         "server_hello record=0303 0303/0303 suite=002f alert=80 problem=[an alert]", true},
        {"the end in the flight", SERVER_HELLO_12("002f") "16 0303 00",
         "server_hello record=0303 0303/0303 suite=002f problem=[ended in the middle]", true},
        {"ChangeCipherSpec in the flight", SERVER_HELLO_12("002f") "14 0303 0001 01",
         "server_hello record=0303 0303/0303 suite=002f"
         " problem=[ChangeCipherSpec that does not belong here]",
         true},
    };
    ASSERT_CASES(cases);
}

static void alerts(void **state)
{
    (void)state;
    static const struct reply_case cases[] = {
        {"a fatal alert", "15 0301 0002 02 28", "alert record=0301 alert=40", false},
        {"a fatal alert and what follows it", "15 0303 0002 02 46 15 0303 0002 01 00",
         "alert record=0303 alert=70", false},
        {"an alert over two records", "15 0301 0001 02 15 0301 0001 28",
         "alert record=0301 alert=40", false},
        {"close_notify", "15 0300 0002 01 00", "alert record=0300 alert=0", false},
        {"handshake_failure as a warning is an answer", "15 0301 0002 01 28",
         "alert record=0301 alert=40", false},
        {"unrecognized_name as a warning, then the hello",
         "15 0303 0002 01 70" SERVER_HELLO_12("c02f"),
         "server_hello record=0303 0303/0303 suite=c02f warning=112", false},
        {"unrecognized_name as a warning, then the end", "15 0303 0002 01 70",
         "alert record=0303 warning=112 alert=112", false},
        {"a warning and a fatal alert in one record", "15 0303 0004 01 70 02 28",
         "alert record=0303 warning=112 alert=40", false},
        {"half an alert", "15 0303 0002 02", "none record=0303 problem=[ended in the middle]",
         false},
    };
    ASSERT_CASES(cases);
}

static void ssl2_replies(void **state)
{
    (void)state;
    static const struct reply_case cases[] = {
        {"a SERVER-HELLO with two kinds and a certificate",
         "8017 04 00 01 0002 0002 0006 0004 3082 010080 0700c0 c0ffee00",
         "ssl2_server_hello version=0002 kind=010080 kind=0700c0 certificate=2/652", false},
        {"a SERVER-HELLO without any kind", "800b 04 00 00 0002 0000 0000 0000",
         "ssl2_server_hello version=0002", false},
        {"an ERROR: no cipher", "8003 00 0001", "ssl2_error error=1", false},
        {"lengths that do not add up", "800b 04 00 00 0002 0001 0000 0000",
         "garbage problem=[malformed SSLv2 SERVER-HELLO]", false},
        {"a kind cut short", "800d 04 00 00 0002 0000 0002 0000 0100",
         "garbage problem=[malformed SSLv2 SERVER-HELLO]", false},
        {"another type", "8003 02 0001", "garbage problem=[neither TLS, SSLv2 nor text]", false},
        {"no length at all", "8000 04", "garbage problem=[neither TLS, SSLv2 nor text]", false},
        {"half a SERVER-HELLO", "800b 04 00 00", "none problem=[ended in the middle]", false},
    };
    ASSERT_CASES(cases);
}

static void what_is_not_tls(void **state)
{
    (void)state;
    static const struct reply_case cases[] = {
        {"nothing", "", "none", false},
        {"a line of SMTP", "353530206e6f0d0a 353530", "plaintext text=[550 no\r\n]", false},
        {"text without a line end", "353530", "plaintext text=[550]", false},
        {"zeros", "0000000000", "garbage problem=[neither TLS, SSLv2 nor text]", false},
        {"a high byte", "ff ff ff", "garbage problem=[neither TLS, SSLv2 nor text]", false},
        {"a record of version 4", "16 0400 0001 02",
         "garbage problem=[a record of no known version]", false},
        {"a record too long", "16 0303 4801 02", "garbage problem=[a record longer than allowed]",
         false},
        {"ChangeCipherSpec first", "14 0303 0001 01",
         "garbage problem=[ChangeCipherSpec that does not belong here]", false},
        {"application data first", "17 0303 0001 01",
         "garbage problem=[application data that does not belong here]", false},
        {"a type that is not of TLS in the second record", "15 0303 0002 01 70 18 0303 0001 01",
         "garbage record=0303 warning=112 problem=[a record of no known type]", false},
        {"half a record header", "16 03", "none problem=[ended in the middle]", false},
    };
    ASSERT_CASES(cases);
}

static void only_the_first_bytes_of_endless_text_are_kept(void **state)
{
    (void)state;
    uint8_t text[HELLO_REPLY_PLAINTEXT_MAX * 2];
    char facts[FACTS_MAX], expected[FACTS_MAX];

    memset(text, 'a', sizeof text);
    assert_int_equal(read_in_pieces(text, sizeof text, 7, false, facts), HELLO_REPLY_PLAINTEXT_MAX);
    snprintf(expected, sizeof expected, "plaintext text=[%.*s]", HELLO_REPLY_PLAINTEXT_MAX,
             (const char *)text);
    assert_string_equal(facts, expected);
}

/* Appends records with one message of that type and length; gives the end. */
static uint8_t *put_message(uint8_t *at, uint8_t type, size_t len)
{
    uint8_t header[4] = {type, (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len};
    size_t left = len + sizeof header, sent = 0;
    while (left > 0) {
        size_t part = left < 16384 ? left : 16384;
        at += from_hex("16 0303", at);
        *at++ = (uint8_t)(part >> 8);
        *at++ = (uint8_t)part;
        memset(at, 0, part);
        if (sent == 0) {
            memcpy(at, header, sizeof header);
        }
        at += part;
        sent += part;
        left -= part;
    }
    return at;
}

static void a_chain_may_span_many_records_up_to_the_bound(void **state)
{
    (void)state;
    static uint8_t bytes[BYTES_MAX];
    static const size_t hello = 0x2a, done = 4, headers = 4 + 3 + 3;
    size_t certificate_len = HELLO_REPLY_FLIGHT_MAX - hello - done - headers;
    char facts[FACTS_MAX], expected[FACTS_MAX];

    for (size_t excess = 0; excess < 2; excess++, certificate_len++) {
        uint8_t *at = bytes + from_hex(SERVER_HELLO_12("002f"), bytes);
        uint8_t *message = at + 5 + 4;
        at = put_message(at, 11, certificate_len + 6);
        message[0] = (uint8_t)((certificate_len + 3) >> 16);
        message[1] = (uint8_t)((certificate_len + 3) >> 8);
        message[2] = (uint8_t)(certificate_len + 3);
        message[3] = (uint8_t)(certificate_len >> 16);
        message[4] = (uint8_t)(certificate_len >> 8);
        message[5] = (uint8_t)certificate_len;
        at = put_message(at, 14, 0);
        snprintf(expected, sizeof expected,
                 "server_hello record=0303 0303/0303 suite=002f certificate=%zu/0%s",
                 certificate_len,
                 excess ? " problem=[a message longer than any server should send]" : " complete");
        read_in_pieces(bytes, (size_t)(at - bytes), 1460, true, facts);
        assert_string_equal(facts, expected);
    }
}

static void a_length_that_claims_too_much_ends_it_at_once(void **state)
{
    (void)state;
    static const struct reply_case cases[] = {
        {"a ServerHello of 16 MB", "16 0303 0004 02 ffffff",
         "too_long record=0303 problem=[a message longer than any server should send]", false},
    };
    ASSERT_CASES(cases);
}

static void endless_empty_records_end(void **state)
{
    (void)state;
    static uint8_t bytes[BYTES_MAX];
    char facts[FACTS_MAX];

    for (size_t at = 0; at + 5 <= sizeof bytes; at += 5) {
        from_hex("16 0303 0000", bytes + at);
    }
    assert_int_equal(read_in_pieces(bytes, sizeof bytes, 999, false, facts), HELLO_REPLY_BYTES_MAX);
    assert_string_equal(facts,
                        "too_long record=0303 problem=[more bytes than any server should send]");
}

static void memory_is_taken_as_bytes_arrive_not_as_lengths_claim(void **state)
{
    (void)state;
    struct hello_reply_reader reader;
    uint8_t bytes[64];
    size_t len = from_hex("16 0303 4000 02 01ff00 0303", bytes);

    hello_reply_init(&reader, true);
    assert_null(reader.message.data);
    assert_int_equal(hello_reply_feed(&reader, bytes, len), HELLO_REPLY_MORE);
    assert_true(reader.message.capacity <= 512);
    hello_reply_fini(&reader);
}

static void more_certificates_than_are_kept_are_counted(void **state)
{
    (void)state;
    static uint8_t bytes[4096];
    enum { SENT = HELLO_REPLY_CERTIFICATES_MAX + 3 };
    struct hello_reply_reader reader;

    uint8_t *at = bytes + from_hex(SERVER_HELLO_12("002f"), bytes);
    uint8_t *message = at + 5 + 4;
    at = put_message(at, 11, 3 + SENT * 4);
    message[2] = SENT * 4;
    for (size_t i = 0; i < SENT; i++) {
        message[3 + i * 4 + 2] = 1;
        message[3 + i * 4 + 3] = (uint8_t)i;
    }
    at = put_message(at, 14, 0);
    hello_reply_init(&reader, true);
    assert_int_equal(hello_reply_feed(&reader, bytes, (size_t)(at - bytes)), HELLO_REPLY_DONE);
    assert_int_equal(reader.reply.num_certificates, HELLO_REPLY_CERTIFICATES_MAX);
    assert_int_equal(reader.reply.sent_certificates, SENT);
    assert_int_equal(reader.reply.certificates[31].data[0], 31);
    hello_reply_fini(&reader);
}

static void every_cut_of_a_flight_ends_without_a_wrong_claim(void **state)
{
    (void)state;
    uint8_t bytes[512];
    char facts[FACTS_MAX];
    size_t len = from_hex(SERVER_HELLO_12("c02f") "16 0303 0010" CERTIFICATES
                                                  "16 0303 0010 0c 00000c 03 0017 02 0401 0804 0002"
                                                  "aabb 16 0303 0004" DONE,
                          bytes);
    for (size_t cut = 0; cut < len; cut++) {
        read_in_pieces(bytes, cut, cut ? cut : 1, true, facts);
        assert_null(strstr(facts, "complete"));
        assert_int_equal(strstr(facts, "server_hello") != NULL, cut >= 5 + 0x2a);
    }
    read_in_pieces(bytes, len, len, true, facts);
    assert_non_null(strstr(facts, "complete"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tls13_replies),
        cmocka_unit_test(tls12_replies),
        cmocka_unit_test(flights),
        cmocka_unit_test(alerts),
        cmocka_unit_test(ssl2_replies),
        cmocka_unit_test(what_is_not_tls),
        cmocka_unit_test(only_the_first_bytes_of_endless_text_are_kept),
        cmocka_unit_test(a_chain_may_span_many_records_up_to_the_bound),
        cmocka_unit_test(a_length_that_claims_too_much_ends_it_at_once),
        cmocka_unit_test(endless_empty_records_end),
        cmocka_unit_test(memory_is_taken_as_bytes_arrive_not_as_lengths_claim),
        cmocka_unit_test(more_certificates_than_are_kept_are_counted),
        cmocka_unit_test(every_cut_of_a_flight_ends_without_a_wrong_claim),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
