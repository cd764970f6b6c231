/* Hellos byte for byte, and what hello_write() must refuse. */
#include "io/tls/hello.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/named.h"
#include <openssl/ec.h>
#include <openssl/nid.h>

#include "io/tls/tls_names.h"

#define RANDOM "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* SHA-256 of the random and "x" or "s" */
#define X25519_SHARE "6c990015c9cf9eda2664115bb8e389a7bd2ce87cec6699095c1ea5a7e7aeba50"
#define SESSION_ID   "142a87bb6187710951c1cb3eaef23140869bd546a2cc936ca21819b3c5cf724c"

static const uint8_t random_bytes[HELLO_RANDOM_LEN] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                                       11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                                       22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

/* Hexadecimal text, blanks between the fields. */
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

static void assert_written(const struct hello_spec *spec, const char *hex)
{
    uint8_t expected[HELLO_BYTES_MAX], written[HELLO_BYTES_MAX];
    size_t expected_len = from_hex(hex, expected), len;

    assert_true(hello_write(spec, random_bytes, written, sizeof written, &len));
    assert_int_equal(len, expected_len);
    assert_memory_equal(written, expected, len);
}

static void an_sslv3_hello_has_no_extensions(void **state)
{
    (void)state;
    const struct hello_spec spec = {.record_version = 0x0300,
                                    .legacy_version = 0x0300,
                                    .suites = {0x0005, 0x000a},
                                    .num_suites = 2,
                                    .renegotiation_scsv = true};
    assert_written(&spec, "16 0300 0031"
                          "01 00002d 0300" RANDOM "00"
                          "0006 0005 000a 00ff"
                          "01 00");
}

static void a_fallback_hello_with_deflate_says_so(void **state)
{
    (void)state;
    const struct hello_spec spec = {.record_version = 0x0301,
                                    .legacy_version = 0x0302,
                                    .suites = {0x002f},
                                    .num_suites = 1,
                                    .fallback_scsv = true,
                                    .deflate = true};
    assert_written(&spec, "16 0301 0030"
                          "01 00002c 0302" RANDOM "00"
                          "0004 002f 5600"
                          "02 01 00");
}

static void a_tls12_hello_has_each_extension_once(void **state)
{
    (void)state;
    const struct hello_spec spec = {.record_version = 0x0301,
                                    .legacy_version = 0x0303,
                                    .suites = {0xc02f, 0x009e},
                                    .num_suites = 2,
                                    .groups = {TLS_GROUP_X25519, TLS_GROUP_SECP256R1},
                                    .num_groups = 2,
                                    .signatures = {0x0401, 0x0403},
                                    .num_signatures = 2,
                                    .sni = named("mx.example.org"),
                                    .ems = true,
                                    .renegotiation_info = true,
                                    .session_ticket = true,
                                    .status_request = true,
                                    .sct = true,
                                    .encrypt_then_mac = true,
                                    .point_formats = true};
    assert_written(&spec, "16 0301 0080"
                          "01 00007c 0303" RANDOM "00"
                          "0004 c02f 009e"
                          "01 00"
                          "004f"
                          "0000 0013 0011 00 000e 6d782e6578616d706c652e6f7267" /* server_name */
                          "0017 0000"                                           /* ems */
                          "0016 0000"                  /* encrypt_then_mac */
                          "0023 0000"                  /* session_ticket */
                          "0012 0000"                  /* signed_certificate_timestamp */
                          "ff01 0001 00"               /* renegotiation_info */
                          "0005 0005 01 0000 0000"     /* status_request */
                          "000b 0002 01 00"            /* ec_point_formats */
                          "000a 0006 0004 001d 0017"   /* supported_groups */
                          "000d 0006 0004 0401 0403"); /* signature_algorithms */
}

static struct hello_spec tls13_spec(void)
{
    return (struct hello_spec){.record_version = 0x0301,
                               .legacy_version = 0x0303,
                               .versions = {0x0304},
                               .num_versions = 1,
                               .suites = {0x1301},
                               .num_suites = 1,
                               .groups = {TLS_GROUP_X25519, TLS_GROUP_SECP256R1},
                               .num_groups = 2,
                               .shares = {TLS_GROUP_X25519, TLS_GROUP_SECP256R1},
                               .num_shares = 2,
                               .signatures = {0x0804},
                               .num_signatures = 1};
}

static void a_tls13_hello_has_its_shares(void **state)
{
    (void)state;
    const struct hello_spec spec = tls13_spec();
    assert_written(&spec, "16 0301 00b7"
                          "01 0000b3 0303" RANDOM "00"
                          "0002 1301"
                          "01 00"
                          "0088"
                          "000a 0006 0004 001d 0017"
                          "000d 0004 0002 0804"
                          "002b 0003 02 0304"
                          "0033 006b 0069"
                          "001d 0020" X25519_SHARE "0017 0041 04"
                          "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                          "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
}

static void without_a_share_the_list_is_empty_but_there(void **state)
{
    (void)state;
    struct hello_spec spec = tls13_spec();
    spec.num_shares = 0;
    spec.groups[0] = TLS_GROUP_X25519MLKEM768;
    spec.num_groups = 1;
    spec.session_id = true;
    assert_written(&spec, "16 0301 006c"
                          "01 000068 0303" RANDOM "20" SESSION_ID "0002 1301"
                          "01 00"
                          "001d"
                          "000a 0004 0002 11ec"
                          "000d 0004 0002 0804"
                          "002b 0003 02 0304"
                          "0033 0002 0000");
}

static void an_sslv2_hello_offers_all_seven_kinds(void **state)
{
    (void)state;
    uint8_t expected[HELLO_SSL2_LEN], written[HELLO_SSL2_LEN];
    size_t len;

    assert_int_equal(from_hex("802e 01 0002 0015 0000 0010"
                              "0700c0 050080 030080 010080 060040 040080 020080"
                              "000102030405060708090a0b0c0d0e0f",
                              expected),
                     sizeof expected);
    assert_true(hello_write_ssl2(random_bytes, written, sizeof written, &len));
    assert_int_equal(len, sizeof expected);
    assert_memory_equal(written, expected, len);
    assert_false(hello_write_ssl2(random_bytes, written, sizeof written - 1, &len));
}

/* The length of the one message in the first record. */
static size_t message_len(const uint8_t *record)
{
    return 4 + ((size_t)record[6] << 16 | (size_t)record[7] << 8 | record[8]);
}

static void padding_brings_the_message_to_the_length_asked(void **state)
{
    (void)state;
    uint8_t out[HELLO_BYTES_MAX];
    size_t len, bare;
    struct hello_spec spec = tls13_spec();

    assert_true(hello_write(&spec, random_bytes, out, sizeof out, &len));
    bare = message_len(out);
    for (size_t pad_to = 1; pad_to < 1200; pad_to++) {
        spec.pad_to = pad_to;
        assert_true(hello_write(&spec, random_bytes, out, sizeof out, &len));
        /* The extension itself needs five bytes; the last content byte makes it never empty. */
        size_t expected = pad_to <= bare ? bare : pad_to < bare + 5 ? bare + 5 : pad_to;
        assert_int_equal(message_len(out), expected);
        assert_int_equal(len, expected + 5);
    }
    spec.pad_to = HELLO_PAD_MAX;
    assert_true(hello_write(&spec, random_bytes, out, sizeof out, &len));
    assert_int_equal(message_len(out), HELLO_PAD_MAX);
}

static void padding_needs_no_other_extension(void **state)
{
    (void)state;
    uint8_t out[HELLO_BYTES_MAX];
    size_t len;
    const struct hello_spec spec = {.record_version = 0x0301,
                                    .legacy_version = 0x0301,
                                    .suites = {0x002f},
                                    .num_suites = 1,
                                    .pad_to = 300};
    assert_true(hello_write(&spec, random_bytes, out, sizeof out, &len));
    assert_int_equal(message_len(out), 300);
}

static void fragments_together_are_the_whole_message(void **state)
{
    (void)state;
    uint8_t whole[HELLO_BYTES_MAX], cut[HELLO_BYTES_MAX], joined[HELLO_BYTES_MAX];
    size_t whole_len, cut_len, joined_len = 0, num_records = 0;
    struct hello_spec spec = tls13_spec();
    spec.pad_to = HELLO_PAD_MAX;

    assert_true(hello_write(&spec, random_bytes, whole, sizeof whole, &whole_len));
    spec.fragment_len = HELLO_FRAGMENT_MIN;
    assert_true(hello_write(&spec, random_bytes, cut, sizeof cut, &cut_len));
    for (size_t at = 0; at < cut_len; num_records++) {
        size_t len = (size_t)cut[at + 3] << 8 | cut[at + 4];
        assert_memory_equal(cut + at, "\x16\x03\x01", 3);
        assert_in_range(len, 1, HELLO_FRAGMENT_MIN);
        memcpy(joined + joined_len, cut + at + 5, len);
        joined_len += len;
        at += 5 + len;
    }
    assert_int_equal(num_records, HELLO_PAD_MAX / HELLO_FRAGMENT_MIN);
    assert_int_equal(joined_len, whole_len - 5);
    assert_memory_equal(joined, whole + 5, joined_len);
}

static void a_buffer_one_byte_short_is_refused(void **state)
{
    (void)state;
    uint8_t out[HELLO_BYTES_MAX];
    size_t len, unused;
    const struct hello_spec spec = hello_for_version(HELLO_TLS1_2, named("mx.example.org"));

    assert_true(hello_write(&spec, random_bytes, out, sizeof out, &len));
    for (size_t max = 0; max < len; max++) {
        assert_false(hello_write(&spec, random_bytes, out, max, &unused));
    }
    assert_true(hello_write(&spec, random_bytes, out, len, &unused));
}

/* Each function spoils a good TLS 1.3 spec. */
#define SPOIL(name, change)                                                                        \
    static void name(struct hello_spec *s)                                                         \
    {                                                                                              \
        change;                                                                                    \
    }
SPOIL(no_suites, s->num_suites = 0)
SPOIL(too_many_suites, s->num_suites = HELLO_SUITES_MAX + 1)
SPOIL(same_suite_twice, s->suites[s->num_suites++] = 0x1301)
SPOIL(scsv_as_suite, s->suites[s->num_suites++] = 0x00ff)
SPOIL(null_suite, s->suites[s->num_suites++] = 0x0000)
SPOIL(tls13_without_its_suites, s->suites[0] = 0xc02f)
SPOIL(tls12_without_its_suites, s->versions[s->num_versions++] = 0x0303)
SPOIL(tls13_suites_without_tls13, (s->num_versions = 0, s->num_shares = 0))
SPOIL(unknown_version, s->versions[0] = 0x0305)
SPOIL(same_version_twice, s->versions[s->num_versions++] = 0x0304)
SPOIL(legacy_version_of_tls13, s->legacy_version = 0x0304)
SPOIL(legacy_version_too_low, s->legacy_version = 0x0302)
SPOIL(record_version_above_legacy, s->record_version = 0x0304)
SPOIL(record_version_of_sslv2, s->record_version = 0x0002)
SPOIL(no_groups, (s->num_groups = 0, s->num_shares = 0))
SPOIL(too_many_groups, s->num_groups = HELLO_GROUPS_MAX + 1)
SPOIL(same_group_twice, s->groups[1] = s->groups[0])
SPOIL(share_without_group, (s->groups[0] = TLS_GROUP_X448))
SPOIL(shares_in_another_order, (s->shares[0] = s->groups[1], s->shares[1] = s->groups[0]))
SPOIL(same_share_twice, s->shares[1] = s->shares[0])
SPOIL(share_that_cannot_be_made, s->shares[0] = s->groups[0] = TLS_GROUP_X25519MLKEM768)
SPOIL(no_signatures, s->num_signatures = 0)
SPOIL(same_signature_twice, s->signatures[s->num_signatures++] = 0x0804)
SPOIL(deflate_with_tls13, s->deflate = true)
SPOIL(renegotiation_both_ways, s->renegotiation_info = s->renegotiation_scsv = true)
SPOIL(padding_too_long, s->pad_to = HELLO_PAD_MAX + 1)
SPOIL(fragment_too_short, s->fragment_len = HELLO_FRAGMENT_MIN - 1)
SPOIL(fragment_too_long, s->fragment_len = HELLO_FRAGMENT_MAX + 1)

static void a_spec_that_contradicts_itself_is_refused(void **state)
{
    (void)state;
    static void (*const spoil[])(struct hello_spec *) = {
        no_suites,
        too_many_suites,
        same_suite_twice,
        scsv_as_suite,
        null_suite,
        tls13_without_its_suites,
        tls12_without_its_suites,
        tls13_suites_without_tls13,
        unknown_version,
        same_version_twice,
        legacy_version_of_tls13,
        legacy_version_too_low,
        record_version_above_legacy,
        record_version_of_sslv2,
        no_groups,
        too_many_groups,
        same_group_twice,
        share_without_group,
        shares_in_another_order,
        same_share_twice,
        share_that_cannot_be_made,
        no_signatures,
        same_signature_twice,
        deflate_with_tls13,
        renegotiation_both_ways,
        padding_too_long,
        fragment_too_short,
        fragment_too_long,
    };
    uint8_t out[HELLO_BYTES_MAX];
    size_t len;

    for (size_t i = 0; i < sizeof spoil / sizeof spoil[0]; i++) {
        struct hello_spec spec = tls13_spec();
        assert_true(hello_is_consistent(&spec));
        spoil[i](&spec);
        if (hello_write(&spec, random_bytes, out, sizeof out, &len)) {
            fail_msg("case %zu was written", i);
        }
    }
}

static void older_versions_carry_only_what_they_know(void **state)
{
    (void)state;
    struct hello_spec spec = hello_for_version(HELLO_SSL3, NULL);
    assert_true(hello_is_consistent(&spec));
    spec.ems = true;
    assert_false(hello_is_consistent(&spec));
    spec.ems = false;
    spec.sni = named("mx.example.org");
    assert_false(hello_is_consistent(&spec));
    spec.sni = NULL;
    spec.pad_to = 1;
    assert_false(hello_is_consistent(&spec));

    spec = hello_for_version(HELLO_TLS1_1, NULL);
    assert_true(hello_is_consistent(&spec));
    spec.signatures[0] = 0x0401;
    spec.num_signatures = 1;
    assert_false(hello_is_consistent(&spec));
}

static void every_constructor_gives_a_consistent_hello(void **state)
{
    (void)state;
    static const uint16_t highest[] = {0x0300, 0x0301, 0x0302, 0x0303, 0x0303};
    uint8_t out[HELLO_BYTES_MAX];
    size_t len;

    for (enum hello_version v = HELLO_SSL3; v <= HELLO_TLS1_3; v++) {
        struct hello_spec spec = hello_for_version(v, named("mx.example.org"));
        assert_true(hello_write(&spec, random_bytes, out, sizeof out, &len));
        assert_int_equal(out[9] << 8 | out[10], highest[v]);
        assert_int_equal(spec.num_versions, v == HELLO_TLS1_3);
        /* Never between 256 and 511: RFC 7685 section 4. */
        assert_false(message_len(out) >= 256 && message_len(out) < 512);
        /* The longest name still fits. */
        char text[254];
        for (size_t i = 0; i < sizeof text - 1; i++) {
            text[i] = i % 64 == 63 ? '.' : 'a';
        }
        text[253] = 0;
        spec.sni = v == HELLO_SSL3 ? NULL : named(text);
        assert_true(hello_write(&spec, random_bytes, out, sizeof out, &len));
    }
}

static void version_hellos_offer_nothing_null_anonymous_or_export(void **state)
{
    (void)state;
    for (enum hello_version v = HELLO_SSL3; v <= HELLO_TLS1_3; v++) {
        struct hello_spec spec = hello_for_version(v, NULL);
        for (size_t i = 0; i < spec.num_suites; i++) {
            const struct tls_suite *suite = tls_suites_find(spec.suites[i]);
            assert_non_null(suite);
            assert_true(tls_suites_usable(suite, (uint16_t)(0x0300 + v)));
            assert_true(tls_suites_without_shared_secret(suite));
            assert_int_equal(tls_suites_classes(suite) &
                                 (TLS_CLASS_NULL | TLS_CLASS_ANON | TLS_CLASS_EXPORT),
                             0);
        }
        assert_int_equal(spec.suites[0], v == HELLO_TLS1_3   ? 0x1302
                                         : v == HELLO_TLS1_2 ? 0xc02c
                                                             : 0xc00a);
    }
}

static void the_parts_of_a_class_are_all_its_suites_once(void **state)
{
    (void)state;
    static const unsigned classes[] = {TLS_CLASS_NULL, TLS_CLASS_ANON, TLS_CLASS_EXPORT,
                                       TLS_CLASS_RC4 | TLS_CLASS_3DES | TLS_CLASS_DES, 0};
    size_t num_all;
    const struct tls_suite *all = tls_suites_all(&num_all);

    for (size_t c = 0; c < sizeof classes / sizeof classes[0]; c++) {
        bool offered[65536] = {false};
        struct hello_spec spec;
        size_t part = 0, expected = 0, found = 0;
        for (; hello_for_classes(HELLO_TLS1_2, named("mx.example.org"), classes[c], part, &spec);
             part++) {
            assert_true(hello_is_consistent(&spec));
            assert_int_equal(found, part * HELLO_SUITES_MAX); /* those before were full */
            for (size_t i = 0; i < spec.num_suites; i++) {
                assert_false(offered[spec.suites[i]]);
                offered[spec.suites[i]] = true;
                found++;
            }
        }
        for (size_t i = 0; i < num_all; i++) {
            if (tls_suites_usable(&all[i], 0x0303) && tls_suites_without_shared_secret(&all[i]) &&
                (classes[c] == 0 || (tls_suites_classes(&all[i]) & classes[c]))) {
                assert_true(offered[all[i].code]);
                expected++;
            }
        }
        assert_int_equal(found, expected);
        assert_int_equal(part, (expected + HELLO_SUITES_MAX - 1) / HELLO_SUITES_MAX);
        assert_true(expected > 0);
    }
}

static void a_class_the_version_lacks_has_no_part(void **state)
{
    (void)state;
    struct hello_spec spec;
    assert_false(hello_for_classes(HELLO_SSL3, NULL, TLS_CLASS_AEAD, 0, &spec));
    assert_false(hello_for_classes(HELLO_TLS1_3, NULL, TLS_CLASS_RC4, 0, &spec));
    assert_true(hello_for_classes(HELLO_TLS1_3, NULL, TLS_CLASS_NULL, 0, &spec));
    assert_int_equal(spec.suites[0], 0xc0b4);
}

static void group_hellos_have_the_groups_and_no_share(void **state)
{
    (void)state;
    const uint16_t groups[HELLO_GROUPS_MAX + 1] = {TLS_GROUP_X448, TLS_GROUP_FFDHE2048};
    struct hello_spec spec;

    assert_true(hello_for_groups(named("mx.example.org"), groups, 2, &spec));
    assert_int_equal(spec.num_groups, 2);
    assert_int_equal(spec.groups[0], TLS_GROUP_X448);
    assert_int_equal(spec.num_shares, 0);
    assert_true(hello_is_consistent(&spec));
    assert_false(hello_for_groups(NULL, groups, 0, &spec));
    assert_false(hello_for_groups(NULL, groups, HELLO_GROUPS_MAX + 1, &spec));

    spec = hello_for_post_quantum(NULL);
    assert_true(hello_is_consistent(&spec));
    for (size_t i = 0; i < spec.num_groups; i++) {
        assert_true(tls_names_group_is_post_quantum(spec.groups[i]));
    }
}

static void what_goes_with_rsa_comes_first_and_in_its_old_order(void **state)
{
    (void)state;
    static const uint16_t suites[] = {0xc030, 0x009f, 0x002f, 0xc02c, 0xc02b, 0x00a3};
    static const uint16_t signatures[] = {0x0804, 0x0401, 0x0201, 0x0403, 0x0807, 0x0402};
    struct hello_spec spec = {.suites = {0xc02c, 0xc030, 0xc02b, 0x009f, 0x00a3, 0x002f},
                              .num_suites = 6,
                              .signatures = {0x0403, 0x0807, 0x0804, 0x0401, 0x0402, 0x0201},
                              .num_signatures = 6};
    hello_prefer_rsa(&spec);
    assert_int_equal(spec.num_suites, 6);
    assert_int_equal(spec.num_signatures, 6);
    assert_memory_equal(spec.suites, suites, sizeof suites);
    assert_memory_equal(spec.signatures, signatures, sizeof signatures);
}

static void a_removed_suite_is_gone_and_the_rest_keep_their_order(void **state)
{
    (void)state;
    struct hello_spec spec = hello_for_version(HELLO_TLS1_3, NULL);
    assert_true(hello_remove_suite(&spec, 0x1303));
    assert_int_equal(spec.num_suites, 4);
    assert_int_equal(spec.suites[0], 0x1302);
    assert_int_equal(spec.suites[1], 0x1301);
    assert_int_equal(spec.suites[3], 0x1305);
    assert_false(hello_remove_suite(&spec, 0x1303));
}

static void assert_on_curve(int nid, const uint8_t *point, size_t len)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
    EC_POINT *decoded = EC_POINT_new(group);
    /* Checks that the point is on the curve. */
    assert_true(EC_POINT_oct2point(group, decoded, point, len, NULL));
    EC_POINT_free(decoded);
    EC_GROUP_free(group);
}

static void the_fixed_shares_are_points_of_their_curves(void **state)
{
    (void)state;
    uint8_t out[HELLO_BYTES_MAX];
    size_t len;
    struct hello_spec spec = tls13_spec();
    spec.groups[0] = spec.shares[0] = TLS_GROUP_SECP256R1;
    spec.groups[1] = spec.shares[1] = TLS_GROUP_SECP384R1;

    /* The shares end the hello. */
    assert_true(hello_write(&spec, random_bytes, out, sizeof out, &len));
    assert_on_curve(NID_secp384r1, out + len - 97, 97);
    assert_on_curve(NID_X9_62_prime256v1, out + len - 97 - 4 - 65, 65);
}

static void an_x25519_share_has_no_more_than_255_bits(void **state)
{
    (void)state;
    struct hello_spec spec = tls13_spec();
    spec.num_shares = 1;
    for (unsigned i = 0; i < 64; i++) {
        uint8_t random[HELLO_RANDOM_LEN] = {(uint8_t)i}, out[HELLO_BYTES_MAX];
        size_t len;
        assert_true(hello_write(&spec, random, out, sizeof out, &len));
        assert_int_equal(out[len - 1] & 0x80, 0); /* the share ends the hello */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_sslv3_hello_has_no_extensions),
        cmocka_unit_test(a_fallback_hello_with_deflate_says_so),
        cmocka_unit_test(a_tls12_hello_has_each_extension_once),
        cmocka_unit_test(a_tls13_hello_has_its_shares),
        cmocka_unit_test(an_x25519_share_has_no_more_than_255_bits),
        cmocka_unit_test(without_a_share_the_list_is_empty_but_there),
        cmocka_unit_test(an_sslv2_hello_offers_all_seven_kinds),
        cmocka_unit_test(padding_brings_the_message_to_the_length_asked),
        cmocka_unit_test(padding_needs_no_other_extension),
        cmocka_unit_test(fragments_together_are_the_whole_message),
        cmocka_unit_test(a_buffer_one_byte_short_is_refused),
        cmocka_unit_test(a_spec_that_contradicts_itself_is_refused),
        cmocka_unit_test(older_versions_carry_only_what_they_know),
        cmocka_unit_test(every_constructor_gives_a_consistent_hello),
        cmocka_unit_test(version_hellos_offer_nothing_null_anonymous_or_export),
        cmocka_unit_test(the_parts_of_a_class_are_all_its_suites_once),
        cmocka_unit_test(a_class_the_version_lacks_has_no_part),
        cmocka_unit_test(group_hellos_have_the_groups_and_no_share),
        cmocka_unit_test(what_goes_with_rsa_comes_first_and_in_its_old_order),
        cmocka_unit_test(a_removed_suite_is_gone_and_the_rest_keep_their_order),
        cmocka_unit_test(the_fixed_shares_are_points_of_their_curves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
