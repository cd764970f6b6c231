/*
 * Foreign bytes in certificates: names of hosts, distinguished names, times, and bytes that are no
 * certificate at all.
 */
#include "scanner/x509/certificate.h"

#include <openssl/bytestring.h>

#include "scanner/x509/certificate_der.h"
#include "scanner/x509/certificate_dn.h"
#include "tests/unit/certificate_world.h"

/* ---- Names ---- */

static void names_match_as_rfc_9525_says(void **state)
{
    static const struct {
        const char *pattern;
        const char *host;
        bool match;
    } cases[] = {
        {"mx.example.org", "mx.example.org", true},
        {"MX.Example.ORG", "mx.example.org", true},
        {"mx.example.org", "MX.EXAMPLE.ORG", true},
        {"mx.example.org", "mx.example.net", false},
        {"example.org", "mx.example.org", false},
        {"mx.example.org", "example.org", false},
        {"*.example.org", "mx.example.org", true},
        {"*.example.org", "MX.EXAMPLE.ORG", true},
        {"*.EXAMPLE.org", "xn--mnchen-3ya.example.org", true},
        {"*.example.org", "example.org", false},
        {"*.example.org", ".example.org", false},
        {"*.example.org", "a.b.example.org", false},
        {"*.org", "example.org", false}, /* a top-level domain */
        {"*.co.uk", "example.co.uk", true},
        {"*.org", "mx.example.org", false},
        {"*", "localhost", false},
        {"*.", "localhost.", false},
        {"*.", "localhost", false},
        {"m*.example.org", "mx.example.org", false},
        {"*x.example.org", "mx.example.org", false},
        {"mx.*.org", "mx.example.org", false},
        {"mx.example.*", "mx.example.org", false},
        {"*.*.org", "mx.example.org", false},
        {"**.example.org", "mx.example.org", false},
        {"*.example.org.", "mx.example.org", false},
        {"mx.example.org.", "mx.example.org", false},
        {"192.0.2.1", "192.0.2.1", false},
        {"*.0.2.1", "192.0.2.1", false},
        {"", "mx.example.org", false},
        {"mx.example.org", "", false},
        {"*.example.org", "*.example.org", true},
        {"_smtp.example.org", "_smtp.example.org", true},
        {"m\xc3\xbcnchen.example", "xn--mnchen-3ya.example", false},
    };
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        bool match =
            certificate_name_matches(cases[i].pattern, strlen(cases[i].pattern), cases[i].host);
        if (match != cases[i].match) {
            fail_msg("%s for %s: %d", cases[i].pattern, cases[i].host, match);
        }
    }
    assert_false(certificate_name_matches("mx.example.org\0", 15, "mx.example.org"));
    assert_false(certificate_name_matches("mx.example.org\0.evil.example", 28, "mx.example.org"));
    assert_false(certificate_name_matches("*.example.org\0", 14, "mx.example.org"));
}

static void the_common_name_is_no_name(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *cn;
        const char *san;
        const char *host;
        uint32_t problems;
    } cases[] = {
        {HOST, NULL, HOST, BIT(NAME_MISMATCH) | BIT(CN_ONLY)},
        {"*.example.org", NULL, HOST, BIT(NAME_MISMATCH) | BIT(CN_ONLY)},
        {HOST, "DNS:other.example.org", HOST, BIT(NAME_MISMATCH) | BIT(CN_ONLY)},
        {HOST, "DNS:" HOST, HOST, 0},
        {"other", "DNS:" HOST, HOST, 0},
        {"other", NULL, HOST, BIT(NAME_MISMATCH)},
        {NULL, "DNS:" HOST, HOST, 0},
        {NULL, NULL, HOST, BIT(NAME_MISMATCH)},
        {"x", "IP:192.0.2.1", "192.0.2.1", 0},
        {"x", "IP:192.0.2.1", "192.0.2.2", BIT(NAME_MISMATCH)},
        {"x", "DNS:192.0.2.1", "192.0.2.1", BIT(NAME_MISMATCH)},
        {"192.0.2.1", NULL, "192.0.2.1", BIT(NAME_MISMATCH) | BIT(CN_ONLY)},
        {"x", "IP:2001:db8::1", "2001:DB8:0::1", 0},
        {"x", "email:a@mx.example.org,URI:https://mx.example.org", HOST, BIT(NAME_MISMATCH)},
        {"x", "DNS:" HOST, NULL, 0},
        {"x", "DNS:a.example,DNS:b.example,DNS:" HOST, HOST, 0},
    };
    for (size_t i = 0; i < NUM(cases); i++) {
        struct recipe recipe = {.cn = cases[i].cn, .issuer = &world->inter};
        if (cases[i].san != NULL) {
            recipe.extensions[0].name = "subjectAltName";
            recipe.extensions[0].value = cases[i].san;
        }
        struct made leaf = make(&recipe);
        struct result result = JUDGE(world, cases[i].host, &leaf, &world->inter);
        print_message("%s, %s for %s\n", cases[i].cn, cases[i].san, cases[i].host);
        assert_problems(result.problems, cases[i].problems);
        assert_int_equal(result.record.name_checked, cases[i].host != NULL);
        made_free(&leaf);
    }
}

static void a_nul_in_a_name_matches_nothing_and_is_kept(void **state)
{
    struct world *world = *state;
    /* SEQUENCE { [2] "mx.example.org\0.evil" } */
    struct made leaf = make(&(struct recipe){
        .cn = "x",
        .issuer = &world->inter,
        .extensions = {{"2.5.29.17", "DER:30:16:82:14:6d:78:2e:65:78:61:6d:70:6c:65:2e:6f:72:67:00:"
                                     "2e:65:76:69:6c"}}});
    struct result result = JUDGE(world, HOST, &leaf, &world->inter);
    assert_int_equal(result.record.name_match.value, TRI_NO);
    assert_true((result.problems & BIT(NAME_MISMATCH)) != 0);
    assert_int_equal(result.record.num_names, 1);
    assert_int_equal(result.name_lens[0], 20);
    assert_memory_equal(result.names[0], "mx.example.org\0.evil", 20);
    made_free(&leaf);
}

static void a_broken_list_of_names_matches_nothing(void **state)
{
    struct world *world = *state;
    static const char *const lists[] = {
        "DER:30:10:82:0e:6d:78:2e:65:78:61:6d:70:6c:65:2e:6f:72:67:00", /* more behind it */
        "DER:30:11:82:0e:6d:78:2e:65:78:61:6d:70:6c:65:2e:6f:72:67:82", /* half an entry */
        "DER:05:00",
    };
    for (size_t i = 0; i < NUM(lists); i++) {
        struct made leaf = make(&(struct recipe){
            .cn = "x", .issuer = &world->inter, .extensions = {{"2.5.29.17", lists[i]}}});
        struct result result = JUDGE(world, HOST, &leaf, &world->inter);
        assert_int_equal(result.record.name_match.value, TRI_NO);
        assert_true((result.problems & BIT(UNPARSABLE)) != 0);
        assert_trusted(&result, false);
        made_free(&leaf);
    }
}

static void more_names_than_are_kept_still_match(void **state)
{
    struct world *world = *state;
    char san[16 * 400];
    size_t len = 0;
    for (unsigned i = 0; i < 300; i++) {
        len += (size_t)snprintf(san + len, sizeof(san) - len, "DNS:h%u.example,", i);
    }
    snprintf(san + len, sizeof(san) - len, "DNS:" HOST);
    struct recipe recipe = {.cn = "x", .issuer = &world->inter};
    recipe.extensions[0].name = "subjectAltName";
    recipe.extensions[0].value = san;
    struct made leaf = make(&recipe);
    struct result result = JUDGE(world, HOST, &leaf, &world->inter);
    assert_problems(result.problems, 0);
    assert_int_equal(result.record.num_names, CERTIFICATE_NAMES_MAX);
    made_free(&leaf);
}

/* ---- Distinguished names ---- */

/* SEQUENCE { SET { SEQUENCE { OID `oid`, value } } } */
static size_t write_name(uint8_t *out, size_t size, const uint8_t oid[3], uint8_t tag,
                         const char *bytes, size_t len)
{
    CBB cbb, name, rdn, attribute, type, value;
    size_t out_len = 0;
    assert_true(CBB_init_fixed(&cbb, out, size) && CBB_add_asn1(&cbb, &name, CBS_ASN1_SEQUENCE) &&
                CBB_add_asn1(&name, &rdn, CBS_ASN1_SET) &&
                CBB_add_asn1(&rdn, &attribute, CBS_ASN1_SEQUENCE) &&
                CBB_add_asn1(&attribute, &type, CBS_ASN1_OBJECT) && CBB_add_bytes(&type, oid, 3) &&
                CBB_add_asn1(&attribute, &value, tag) &&
                CBB_add_bytes(&value, (const uint8_t *)bytes, len) &&
                CBB_finish(&cbb, NULL, &out_len));
    return out_len;
}

static void names_are_text_whatever_their_encoding(void **state)
{
    static const struct {
        uint8_t tag;
        const char *bytes;
        size_t len;
        const char *text;
    } cases[] = {
        {V_ASN1_UTF8STRING, "M\xc3\xbcller", 7, "CN=M\xc3\xbcller"},
        {V_ASN1_PRINTABLESTRING, "plain", 5, "CN=plain"},
        {V_ASN1_IA5STRING, "a@b", 3, "CN=a@b"},
        {V_ASN1_T61STRING, "M\xfcller", 6, "CN=M\xc3\xbcller"},
        {V_ASN1_BMPSTRING, "\0M\0\xfc\x20\xac", 6, "CN=M\xc3\xbc\xe2\x82\xac"},
        {V_ASN1_BMPSTRING, "\xd8\x3d\xde\x00", 4, "CN=\xf0\x9f\x98\x80"},
        {V_ASN1_BMPSTRING, "\xde\x00\xd8\x3d", 4, "CN=\xef\xbf\xbd\xef\xbf\xbd"},
        {V_ASN1_BMPSTRING, "\0Mx", 3, "CN=#1E03004D78"},
        {V_ASN1_UNIVERSALSTRING, "\0\x01\xf6\0\0\0\0A", 8,
         "CN=\xf0\x9f\x98\x80"
         "A"},
        {V_ASN1_UNIVERSALSTRING, "\0\x11\0\0", 4, "CN=\xef\xbf\xbd"},
        {V_ASN1_UTF8STRING, "a,b+c\"d\\e<f>g;h=i", 17, "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h=i"},
        {V_ASN1_UTF8STRING, " #x ", 4, "CN=\\ #x\\ "},
        {V_ASN1_UTF8STRING, "#x", 2, "CN=\\#x"},
        {V_ASN1_UTF8STRING, " ", 1, "CN=\\ "},
        {V_ASN1_UTF8STRING, "", 0, "CN="},
        {V_ASN1_UTF8STRING, "a\0b\nc\x7f", 6, "CN=a\\00b\\0Ac\\7F"},
        {V_ASN1_UTF8STRING, "\xff\xfe", 2, "CN=\xff\xfe"},
        {V_ASN1_OCTET_STRING, "\x01\xab", 2, "CN=#040201AB"},
    };
    static const uint8_t common_name[] = {0x55, 0x04, 0x03};
    static const uint8_t unknown[] = {0x55, 0x04, 0x7f};
    uint8_t der[128];
    struct text text;
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        struct arena arena = {0};
        size_t len =
            write_name(der, sizeof(der), common_name, cases[i].tag, cases[i].bytes, cases[i].len);
        assert_true(certificate_dn_text(&arena, (struct text){(const char *)der, len}, &text));
        assert_int_equal(text.len, strlen(cases[i].text));
        assert_memory_equal(text.bytes, cases[i].text, text.len);
        arena_free(&arena);
    }
    struct arena arena = {0};
    size_t len = write_name(der, sizeof(der), unknown, V_ASN1_UTF8STRING, "x", 1);
    assert_true(certificate_dn_text(&arena, (struct text){(const char *)der, len}, &text));
    assert_string_equal(text.bytes, "2.5.4.127=x");
    for (size_t cut = 0; cut < len; cut++) {
        assert_true(certificate_dn_text(&arena, (struct text){(const char *)der, cut}, &text));
        assert_null(text.bytes);
    }
    assert_true(certificate_dn_text(&arena, (struct text){"\x30\x00", 2}, &text));
    assert_string_equal(text.bytes, "");
    arena_free(&arena);
}

/* ---- Times ---- */

static void times_are_read_in_every_form(void **state)
{
    static const struct {
        const char *text;
        unsigned tag;
        bool ok;
        int64_t seconds;
    } cases[] = {
        {"700101000000Z", CBS_ASN1_UTCTIME, true, 0},
        {"491231235959Z", CBS_ASN1_UTCTIME, true, 2524607999},
        {"500101000000Z", CBS_ASN1_UTCTIME, true, -631152000},
        {"000229120000Z", CBS_ASN1_UTCTIME, true, 951825600},
        {"0002291200Z", CBS_ASN1_UTCTIME, true, 951825600},
        {"000229120000+0130", CBS_ASN1_UTCTIME, true, 951820200},
        {"000229120000-0130", CBS_ASN1_UTCTIME, true, 951831000},
        {"99991231235959Z", CBS_ASN1_GENERALIZEDTIME, true, 253402300799},
        {"00000101000000Z", CBS_ASN1_GENERALIZEDTIME, true, -62167219200},
        {"20270115080000Z", CBS_ASN1_GENERALIZEDTIME, true, MAKER_NOW},
        {"010229120000Z", CBS_ASN1_UTCTIME, false, 0},
        {"001301120000Z", CBS_ASN1_UTCTIME, false, 0},
        {"000001120000Z", CBS_ASN1_UTCTIME, false, 0},
        {"000100120000Z", CBS_ASN1_UTCTIME, false, 0},
        {"000101240000Z", CBS_ASN1_UTCTIME, false, 0},
        {"000101006000Z", CBS_ASN1_UTCTIME, false, 0},
        {"000101000060Z", CBS_ASN1_UTCTIME, false, 0},
        {"000101000000", CBS_ASN1_UTCTIME, false, 0},
        {"000101000000ZZ", CBS_ASN1_UTCTIME, false, 0},
        {"000101000000+24", CBS_ASN1_UTCTIME, false, 0},
        {"20270115080000.5Z", CBS_ASN1_GENERALIZEDTIME, false, 0},
        {"", CBS_ASN1_UTCTIME, false, 0},
        {"Z", CBS_ASN1_UTCTIME, false, 0},
        {"today", CBS_ASN1_GENERALIZEDTIME, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        struct text text = {cases[i].text, strlen(cases[i].text)};
        int64_t seconds = 0;
        bool ok = certificate_der_time(text, cases[i].tag, &seconds);
        if (ok != cases[i].ok || seconds != cases[i].seconds) {
            fail_msg("%s: %d, %lld", cases[i].text, ok, (long long)seconds);
        }
    }
}

/* ---- Bytes that are no certificate ---- */

static void what_cannot_be_parsed_is_a_problem_and_never_a_crash(void **state)
{
    struct world *world = *state;
    static const char *const garbage[] = {"",
                                          "x",
                                          "\x30",
                                          "\x30\x80",
                                          "\x30\x84\xff\xff\xff\xff",
                                          "\x30\x82\x01",
                                          "not a certificate at all"};
    for (size_t i = 0; i < NUM(garbage); i++) {
        struct text text = {garbage[i], strlen(garbage[i])};
        struct result result = judge_texts(world->store, MAKER_NOW, HOST, &text, 1);
        assert_true((result.problems & BIT(UNPARSABLE)) != 0);
        assert_trusted(&result, false);
        assert_false(result.record.has_validity);
    }
}

static void a_certificate_cut_off_tells_what_was_ahead_of_the_cut(void **state)
{
    struct world *world = *state;
    for (size_t len = 0; len < world->leaf.len; len++) {
        /* A copy of its own, so that the sanitizer sees a byte too far. */
        char *copy = malloc(len > 0 ? len : 1);
        memcpy(copy, world->leaf.der, len);
        const struct text chain[] = {{copy, len}, made_text(&world->inter)};
        struct result result = judge_texts(world->store, MAKER_NOW, HOST, chain, 2);
        assert_true((result.problems & BIT(UNPARSABLE)) != 0);
        assert_trusted(&result, false);
        if (len > world->leaf.len - 60) {
            assert_string_equal(result.subject, "CN=Leaf");
            assert_string_equal(result.issuer, "CN=Inter");
            assert_true(result.record.has_validity);
            assert_string_equal(result.key, "ECDSA P-256");
        }
        free(copy);
    }
}

static void a_certificate_with_any_byte_changed_is_never_trusted(void **state)
{
    struct world *world = *state;
    uint8_t *copy = malloc(world->leaf.len);
    for (size_t i = 0; i < world->leaf.len; i++) {
        memcpy(copy, world->leaf.der, world->leaf.len);
        copy[i] ^= 0x15;
        const struct text chain[] = {{(const char *)copy, world->leaf.len},
                                     made_text(&world->inter)};
        struct result result = judge_texts(world->store, MAKER_NOW, HOST, chain, 2);
        assert_trusted(&result, false);
        assert_true(result.problems != 0);
    }
    free(copy);
}

static void bytes_behind_a_certificate_make_it_unparsable(void **state)
{
    struct world *world = *state;
    char *longer = malloc(world->leaf.len + 1);
    memcpy(longer, world->leaf.der, world->leaf.len);
    longer[world->leaf.len] = 0;
    const struct text chain[] = {{longer, world->leaf.len + 1}, made_text(&world->inter)};
    struct result result = judge_texts(world->store, MAKER_NOW, HOST, chain, 2);
    assert_true((result.problems & BIT(UNPARSABLE)) != 0);
    assert_string_equal(result.subject, "CN=Leaf");
    free(longer);
}

static void a_month_thirteen_costs_the_dates_alone(void **state)
{
    struct world *world = *state;
    struct made self = make(&(struct recipe){.cn = "Self", .extensions = {SAN}});
    assert_true(replace(self.der, self.len, "270105", "271305", 6) == 1);
    struct text text = made_text(&self);
    struct result result = judge_texts(world->store, MAKER_NOW, HOST, &text, 1);
    assert_true((result.problems & BIT(UNPARSABLE)) != 0);
    assert_false(result.record.has_validity);
    assert_string_equal(result.subject, "CN=Self");
    assert_string_equal(result.key, "ECDSA P-256");
    assert_int_equal(result.record.name_match.value, TRI_YES);
    made_free(&self);
}

static void a_leaf_larger_than_any_chain_may_be_is_a_record_still(void **state)
{
    struct world *world = *state;
    size_t len = CHAIN_BYTES_MAX + 1;
    char *huge = calloc(1, len);
    const struct text chain[] = {{huge, len}, made_text(&world->inter)};
    struct result result = judge_texts(world->store, MAKER_NOW, HOST, chain, 2);
    assert_problems(result.problems, BIT(UNPARSABLE) | BIT(NAME_MISMATCH));
    assert_int_equal(result.record.chain_length, 2);
    uint8_t digest[32];
    unsigned digest_len;
    assert_true(EVP_Digest(huge, len, digest, &digest_len, EVP_sha256(), NULL));
    assert_memory_equal(result.record.sha256, digest, 32);
    free(huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_match_as_rfc_9525_says),
        cmocka_unit_test(the_common_name_is_no_name),
        cmocka_unit_test(a_nul_in_a_name_matches_nothing_and_is_kept),
        cmocka_unit_test(a_broken_list_of_names_matches_nothing),
        cmocka_unit_test(more_names_than_are_kept_still_match),
        cmocka_unit_test(names_are_text_whatever_their_encoding),
        cmocka_unit_test(times_are_read_in_every_form),
        cmocka_unit_test(what_cannot_be_parsed_is_a_problem_and_never_a_crash),
        cmocka_unit_test(a_certificate_cut_off_tells_what_was_ahead_of_the_cut),
        cmocka_unit_test(a_certificate_with_any_byte_changed_is_never_trusted),
        cmocka_unit_test(bytes_behind_a_certificate_make_it_unparsable),
        cmocka_unit_test(a_month_thirteen_costs_the_dates_alone),
        cmocka_unit_test(a_leaf_larger_than_any_chain_may_be_is_a_record_still),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
