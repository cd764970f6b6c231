/* An endpoint's line: every field, each kind of nothing, and hostile bytes of server and
 * certificate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_expect.h"
#include "output/record/record_json.h"
#include "record_line.h"

#define REPLACEMENT "\xef\xbf\xbd"
#define ZEROES_64   "0000000000000000000000000000000000000000000000000000000000000000"
#define ELEVENS_64  "1111111111111111111111111111111111111111111111111111111111111111"
#define TWOS_64     "2222222222222222222222222222222222222222222222222222222222222222"

static const struct verdict yes = {TRI_YES, OUTCOME_OK}, no = {TRI_NO, OUTCOME_OK};

/* ---- Certificates ---- */

static void every_field_of_a_certificate(void **state)
{
    static const struct text names[] = {TEXT_OF("mx.example"), TEXT_OF("192.0.2.1"),
                                        TEXT_OF("\0.example")};
    static const struct sent_certificate sent[] = {
        {.subject = TEXT_OF("CN=mx.example"),
         .key = "RSA",
         .key_bits = 2048,
         .signature = "sha256WithRSAEncryption",
         .has_validity = true,
         .not_after = 1796126400},
        {.subject = {NULL, 0}},
    };
    struct certificate_record certificate = {
        .subject = TEXT_OF("CN=\xe4"),
        .issuer = TEXT_OF("CN=Example CA"),
        .names = names,
        .num_names = 3,
        .has_validity = true,
        .not_before = -1,
        .not_after = INT64_C(253402300799),
        .days_left = -5,
        .validity_days = 90,
        .validity_limit = 398,
        .key = "RSA",
        .key_bits = 2048,
        .signature = "sha256WithRSAEncryption",
        .weakest_signature = "sha1WithRSAEncryption",
        .smallest_rsa_bits = 1024,
        .chain_length = 3,
        .sent = sent,
        .num_sent = 2,
        .chain_notes = CHAIN_NOTE_BIT(CHAIN_EXTRA) | CHAIN_NOTE_BIT(CHAIN_CUT),
        .trusted = no,
        .name_checked = true,
        .name_match = {TRI_UNKNOWN, OUTCOME_NOT_TESTED},
        .problems = CERTIFICATE_PROBLEM_BIT(CERTIFICATE_SELF_SIGNED) |
                    CERTIFICATE_PROBLEM_BIT(CERTIFICATE_REVOKED),
        .ocsp_staple = yes,
        .ocsp = {.status = OCSP_STATUS_REVOKED,
                 .fresh = no,
                 .signature = {TRI_UNKNOWN, OUTCOME_NOT_TESTED},
                 .has_this_update = true,
                 .this_update = 0,
                 .revoked_at = 1,
                 .problems = OCSP_PROBLEM_BIT(OCSP_UNPARSABLE) |
                             OCSP_PROBLEM_BIT(OCSP_UNAUTHORIZED_RESPONDER)},
        .must_staple = true,
        .sct = yes,
        .sct_sources = SCT_IN_CERTIFICATE | SCT_IN_OCSP_STAPLE,
    };
    (void)state;
    memset(certificate.sha256, 0x11, 32);
    memset(certificate.spki_sha256, 0x22, 32);
    EXPECT_RECORD(
        record_json_certificate, &certificate,
        "{'subject':'CN=" REPLACEMENT "','issuer':'CN=Example CA',"
        "'names':['mx.example','192.0.2.1','\\u0000.example'],"
        "'not_before':'1969-12-31T23:59:59Z','not_after':'9999-12-31T23:59:59Z','days_left':-5,"
        "'validity_days':90,'validity_limit_days':398,'key':'RSA','key_bits':2048,"
        "'signature':'sha256WithRSAEncryption','weakest_signature':'sha1WithRSAEncryption',"
        "'smallest_rsa_bits':1024,'chain_length':3,"
        "'chain':[{'subject':'CN=mx.example','not_after':'2026-12-01T12:00:00Z','key':'RSA',"
        "'key_bits':2048,'signature':'sha256WithRSAEncryption'},"
        "{'subject':null,'not_after':null,'key':null,'key_bits':null,'signature':null}],"
        "'chain_notes':['extra_certificate','cut'],'trusted':'no','name_match':'unknown',"
        "'name_match_reason':'not_tested','problems':['self_signed','revoked'],"
        "'sha256':'" ELEVENS_64 "','spki_sha256':'" TWOS_64 "','ocsp_staple':'yes',"
        "'ocsp':{'status':'revoked','fresh':'no','signature':'unknown',"
        "'signature_reason':'not_tested','this_update':'1970-01-01T00:00:00Z',"
        "'next_update':null,'revoked_at':'1970-01-01T00:00:01Z',"
        "'problems':['unparsable','unauthorized_responder']},'must_staple':true,'sct':'yes',"
        "'sct_sources':['certificate','ocsp_staple']}");
}

/* Field by field: nothing of it could be read, but it was sent. */
static void a_certificate_that_cannot_be_read(void **state)
{
    const struct certificate_record certificate = {
        .chain_length = 1,
        .trusted = {TRI_UNKNOWN, OUTCOME_NOT_TESTED},
        .problems = CERTIFICATE_PROBLEM_BIT(CERTIFICATE_UNPARSABLE),
    };
    (void)state;
    EXPECT_RECORD(record_json_certificate, &certificate,
                  "{'subject':null,'issuer':null,'names':[],'not_before':null,'not_after':null,"
                  "'days_left':null,'validity_days':null,'validity_limit_days':null,'key':null,"
                  "'key_bits':null,'signature':null,'weakest_signature':null,"
                  "'smallest_rsa_bits':null,'chain_length':1,'chain':[],'chain_notes':[],"
                  "'trusted':'unknown','trusted_reason':'not_tested','name_match':null,"
                  "'problems':['unparsable'],'sha256':'" ZEROES_64 "','spki_sha256':'" ZEROES_64
                  "','ocsp_staple':'unknown','ocsp_staple_reason':'not_tested','ocsp':null,"
                  "'must_staple':false,'sct':'unknown','sct_reason':'not_tested',"
                  "'sct_sources':[]}");
}

/* ---- Whole endpoints ---- */

static void fill_tls(struct tls_facts *tls)
{
    static const char *const groups[] = {"X25519MLKEM768", "0xfe00"}, *const curves[] = {"0x0017"},
                             *const suites[] = {"0x0005"};
    *tls = (struct tls_facts){
        .has_version = true,
        .version = TLS_1_2,
        .cipher = "TLS_RSA_WITH_AES_128_CBC_SHA",
        .group = "x25519",
        .versions =
            {[TLS_SSL2] = {TRI_UNKNOWN, OUTCOME_TLS_RESET}, [TLS_1_2] = yes, [TLS_1_3] = no},
        .version_evidence = {[TLS_SSL2] = "not printed", [TLS_1_3] = "alert 70 protocol_version"},
        .weak = {[WEAK_NULL] = no, [WEAK_RC4] = yes, [WEAK_SMALL_DH] = yes},
        .weak_evidence = {[WEAK_DES] = "not printed", [WEAK_RC4] = "TLS_RSA_WITH_RC4_128_SHA"},
        .dh_bits = 1024,
        .dh_group = "ffdhe2048",
        .group_names = {groups, 2},
        .curve_names = {curves, 1},
        .suite_names = {suites, 1},
        .has_lists = true,
        .cut_lists = 1u << TLS_LIST_GROUPS | 1u << TLS_LIST_CURVES | 1u << TLS_LIST_SUITES,
        .post_quantum = yes,
        .post_quantum_group = "X25519MLKEM768",
        .large_hello_intolerant = true,
        .preference = PREFERENCE_CLIENT,
        .ems = no,
        .secure_renegotiation = yes,
        .compression = {TRI_UNKNOWN, OUTCOME_TLS_TIMEOUT},
        .tickets = no,
        .client_certificate = CLIENT_CERTIFICATE_REQUESTED,
    };
}

#define TLS_EXPECTED                                                                               \
    "'tls':{'version':'TLSv1.2','cipher':'TLS_RSA_WITH_AES_128_CBC_SHA','group':'x25519',"         \
    "'alpn':null,'versions':{'SSLv2':'unknown','SSLv3':'unknown','TLSv1.0':'unknown',"             \
    "'TLSv1.1':'unknown','TLSv1.2':'yes','TLSv1.3':'no'},"                                         \
    "'versions_reason':{'SSLv2':'tls_reset','SSLv3':'not_tested','TLSv1.0':'not_tested',"          \
    "'TLSv1.1':'not_tested'},'versions_evidence':{'TLSv1.3':'alert 70 protocol_version'},"         \
    "'weak':['RC4','small_DH'],'weak_unknown':['anonymous','export','DES','3DES','static_RSA',"    \
    "'static_DH','CBC_only'],'dh_bits':1024,'dh_group':'ffdhe2048',"                               \
    "'groups':['X25519MLKEM768','0xfe00'],'groups_tls12':['0x0017'],'suites':['0x0005'],"          \
    "'lists_incomplete':['groups','groups_tls12','suites'],'post_quantum':'yes',"                  \
    "'post_quantum_group':'X25519MLKEM768','large_hello_intolerant':true,'preference':'client',"   \
    "'ems':'no','secure_renegotiation':'yes','compression':'unknown',"                             \
    "'compression_reason':'tls_timeout','tickets':'no','client_certificate':'requested'},"

static void every_field_of_an_endpoint(void **state)
{
    static const char *const dane_problems[] = {"mismatch"};
    static const char *const tlsa[] = {"3 1 1 ab", "9 9 9 cd"};
    static const struct finding findings[] = {
        {.code = "rc4", .severity = SEVERITY_HIGH, .detail = "TLS_RSA_WITH_RC4_128_SHA \xff"}};
    static const char *const failed[] = {"no_rc4"}, *const open[] = {"dh"};
    static const char *const failed_levels[] = {"old"};
    struct endpoint_record endpoint = {
        .host = "mx.example",
        .address = "2001:db8::1",
        .family = 6,
        .port = 25,
        .service = "smtp",
        .is_between_servers = true,
        .outcome = OUTCOME_OK,
        .outcome_detail = "detail",
        .reply = {454, TEXT_OF("454 later\r\n\x1b[2J")},
        .attempts = 2,
        .connections = 9,
        .banner = TEXT_OF("220 mx\0.example \xff"),
        .esmtp = yes,
        .starttls_advertised = yes,
        .starttls_accepted = no,
        .starttls_handshake = yes,
        .starttls_in_tls = {TRI_UNKNOWN, OUTCOME_EHLO_TIMEOUT},
        .login_before_tls = yes,
        .no_common_suite = true,
        .inconsistent = true,
        .has_tls = true,
        .injection_commands = yes,
        .injection_responses = no,
        .plaintext_mail = PLAINTEXT_MAIL_REFUSED,
        .mail_only_in_tls = true,
        .login_by_challenge = true,
        .requiretls = no,
        .dane = DANE_MISMATCH,
        .dane_records = 2,
        .dane_matched = "3 1 1",
        .dane_base = "mx.example",
        .dane_problems = dane_problems,
        .num_dane_problems = 1,
        .tlsa = tlsa,
        .num_tlsa = 2,
        .tls13_intolerant = true,
        .sni_intolerant = true,
        .has_evidence = true,
        .votes = {.offer = {3, 2, 1, 40}, .command = {5, 4, 2, 61}, .handshake = {1, 2, 3}},
        .country = "DE",
        .asn = 4294967295u,
        .as_org = TEXT_OF("Caf\xe9"),
        .provider = "example",
        .grade = GRADE_C,
        .score = 55,
        .open = QUESTION_BIT(QUESTION_STARTTLS) | QUESTION_BIT(QUESTION_3DES_SUITES),
        .findings = findings,
        .num_findings = 1,
        .profiles = {[PROFILE_MOZILLA] = {.level = "old",
                                          .failed = failed,
                                          .failed_levels = failed_levels,
                                          .num_failed = 1,
                                          .num_failed_levels = 1,
                                          .open = open,
                                          .num_open = 1}},
        .policy = "2026.1",
        .policy_digest = "abcd",
        .timings = {0, 1, 2, 3, 4, 5},
        .started = 1796126400.125,
        .run = "00ff",
    };
    (void)state;
    fill_tls(&endpoint.tls);
    EXPECT_RECORD(
        record_json_endpoint, &endpoint,
        "{'type':'endpoint','host':'mx.example','address':'2001:db8::1','family':6,'port':25,"
        "'service':'smtp','outcome':'ok','outcome_detail':'detail',"
        "'reply':{'code':454,'text':'454 later\\r\\n\\u001b[2J'},'attempts':2,'connections':9,"
        "'banner':'220 mx\\u0000.example " REPLACEMENT "','esmtp':'yes','starttls':{"
        "'advertised':'yes','accepted':'no','handshake':'yes','offered_in_tls':'unknown',"
        "'offered_in_tls_reason':'ehlo_timeout'},'login_before_tls':'yes','inconsistent':true,"
        "'no_common_suite':true," TLS_EXPECTED "'certificate':null,"
        "'injection':{'commands':'yes','responses':'no'},'plaintext_mail':'refused',"
        "'requiretls':'no','dane':{'status':'mismatch','records':2,'matched':'3 1 1',"
        "'base':'mx.example','problems':['mismatch']},"
        "'evidence':{'offer':{'with':3,'without':2,'unclear':1,'seconds':40},"
        "'command':{'accepted':5,'refused':4,'busy':2,'seconds':61},'handshake':{'completed':1,"
        "'failed':2,'unclear':3},'weak_suites':{'RC4':'TLS_RSA_WITH_RC4_128_SHA'},'tls13_"
        "intolerant':true,"
        "'sni_intolerant':true,'mail_only_in_tls':true,'login_by_challenge':true,'tlsa':['3 1 1 "
        "ab','9 9 9 "
        "cd']},'country':'DE','asn':4294967295,"
        "'as_org':'Caf" REPLACEMENT "','provider':'example','grade':'C','score':55,"
        "'open':['starttls','3des_suites'],'findings':[{'code':'rc4','severity':'high',"
        "'detail':'TLS_RSA_WITH_RC4_128_SHA " REPLACEMENT "'}],"
        "'profiles':{'rfc9325':null,'ncsc_nl_2025_05':null,"
        "'mozilla':{'level':'old','failed':['no_rc4'],"
        "'failed_levels':['old'],'open':['dh']},'pci_dss':null},"
        "'policy':'2026.1','policy_digest':'abcd','timings_ms':{'connect':0,'banner':1,'ehlo':2,"
        "'starttls':3,'handshake':4,'total':5},'started':'2026-12-01T12:00:00.125Z','run':'00ff'}");
}

/* Of an empty list a standard scan says nothing, and a deep one that it is whole. */
static void which_lists_are_whole_is_said_of_a_deep_scan_only(void **state)
{
    struct endpoint_record endpoint = {.has_tls = true};
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct json_writer writer;
        json_writer_init(&writer);
        endpoint.tls.has_lists = i != 0;
        record_json_endpoint(&writer, &endpoint);
        json_t *value = parse_line(&writer);
        const json_t *cut = json_object_get(json_object_get(value, "tls"), "lists_incomplete");
        assert_int_equal(cut != NULL, endpoint.tls.has_lists);
        assert_int_equal(json_array_size(cut), 0);
        json_decref(value);
    }
}

static void an_address_that_never_answered(void **state)
{
    const struct verdict unseen = {TRI_UNKNOWN, OUTCOME_CONNECT_TIMEOUT};
    const struct endpoint_record endpoint = {
        .address = "192.0.2.1",
        .family = 4,
        .port = 465,
        .service = "submissions",
        .has_evidence = true,
        .implicit_tls = true,
        .outcome = OUTCOME_CONNECT_TIMEOUT,
        .attempts = 2,
        .connections = 2,
        .esmtp = unseen,
        .starttls_handshake = unseen,
        .starttls_in_tls = unseen,
        .login_before_tls = unseen,
        .injection_commands = unseen,
        .injection_responses = unseen,
        .requiretls = unseen,
        .score = 100, /* of no grade: not printed */
        .timings = {-1, -1, -1, -1, -1, 60000},
    };
    (void)state;
    EXPECT_RECORD(
        record_json_endpoint, &endpoint,
        "{'type':'endpoint','host':null,'address':'192.0.2.1','family':4,'port':465,"
        "'service':'submissions','outcome':'connect_timeout','outcome_detail':null,'reply':null,"
        "'attempts':2,'connections':2,'banner':null,'esmtp':'unknown',"
        "'esmtp_reason':'connect_timeout','starttls':{'advertised':null,'accepted':null,"
        "'handshake':'unknown','handshake_reason':'connect_timeout','offered_in_tls':'unknown',"
        "'offered_in_tls_reason':'connect_timeout'},'login_before_tls':'unknown',"
        "'login_before_tls_reason':'connect_timeout','inconsistent':false,"
        "'no_common_suite':false,'tls':null,'certificate':null,'injection':{"
        "'commands':'unknown','commands_reason':'connect_timeout','responses':'unknown',"
        "'responses_reason':'connect_timeout'},'plaintext_mail':'unknown',"
        "'requiretls':'unknown','requiretls_reason':'connect_timeout','dane':{'status':'unknown',"
        "'records':0,'matched':null,'base':null,'problems':[]},'evidence':{'offer':{},'command':{},"
        "'handshake':{}},'country':null,'asn':"
        "null,"
        "'as_org':null,'provider':null,'grade':'U','score':null,'open':[],'findings':[],"
        "'profiles':{'rfc9325':null,'ncsc_nl_2025_05':null,'mozilla':null,'pci_dss':null},"
        "'policy':null,'policy_digest':null,'timings_ms':{'connect':null,'banner':null,"
        "'ehlo':null,'starttls':null,'handshake':null,'total':60000},"
        "'started':'1970-01-01T00:00:00.000Z','run':null}");
}

/* The line of a record, read back; the caller frees it. */
static json_t *line_of(const struct endpoint_record *endpoint)
{
    struct json_writer writer;
    json_writer_init(&writer);
    record_json_endpoint(&writer, endpoint);
    return parse_line(&writer);
}

static void a_server_with_two_certificates_shows_both(void **state)
{
    const struct certificate_record rsa = {.key = "RSA"}, ecdsa = {.key = "ECDSA P-256"};
    const struct endpoint_record endpoint = {.certificate = &rsa, .certificate2 = &ecdsa};
    (void)state;
    json_t *line = line_of(&endpoint);
    json_t *both = json_object_get(line, "certificates");
    assert_int_equal(json_array_size(both), 2);
    assert_true(json_equal(json_array_get(both, 0), json_object_get(line, "certificate")));
    const json_t *second = json_object_get(json_array_get(both, 1), "key");
    assert_string_equal(json_string_value(second), "ECDSA P-256");
    json_decref(line);
}

/* Without a handshake there is no version "SSLv2", which the value zero would be. */
static void a_version_is_negotiated_by_a_handshake_only(void **state)
{
    const struct endpoint_record endpoint = {.has_tls = true};
    (void)state;
    json_t *line = line_of(&endpoint);
    assert_true(json_is_null(json_object_get(json_object_get(line, "tls"), "version")));
    json_decref(line);
}

static void a_reply_without_a_code_keeps_its_text(void **state)
{
    const struct endpoint_record endpoint = {.reply = {0, TEXT_OF("-ERR busy")}};
    (void)state;
    json_t *line = line_of(&endpoint);
    expect_json("reply", json_object_get(line, "reply"), "{'code':null,'text':'-ERR busy'}");
    json_decref(line);
}

static void what_a_server_says_is_cut(void **state)
{
    char banner[5000];
    struct endpoint_record endpoint = {.banner = {banner, sizeof(banner)}};
    (void)state;
    memset(banner, '\x01', sizeof(banner));
    json_t *line = line_of(&endpoint);
    const char *text = json_string_value(json_object_get(line, "banner"));
    assert_int_equal(strlen(text), 512 + 3);
    assert_string_equal(text + 512, "\xe2\x80\xa6");
    json_decref(line);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_a_certificate),
        cmocka_unit_test(a_certificate_that_cannot_be_read),
        cmocka_unit_test(every_field_of_an_endpoint),
        cmocka_unit_test(which_lists_are_whole_is_said_of_a_deep_scan_only),
        cmocka_unit_test(an_address_that_never_answered),
        cmocka_unit_test(a_server_with_two_certificates_shows_both),
        cmocka_unit_test(a_version_is_negotiated_by_a_handshake_only),
        cmocka_unit_test(a_reply_without_a_code_keeps_its_text),
        cmocka_unit_test(what_a_server_says_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
