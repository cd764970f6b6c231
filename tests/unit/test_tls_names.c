/* Names and attributes of the numbers in TLS messages. */
#include "io/tls/tls_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void suites_are_in_the_order_of_their_code_points(void **state)
{
    (void)state;
    size_t num;
    const struct tls_suite *all = tls_suites_all(&num);

    assert_true(num > 350);
    for (size_t i = 1; i < num; i++) {
        assert_true(all[i - 1].code < all[i].code);
    }
    for (size_t i = 0; i < num; i++) {
        assert_ptr_equal(tls_suites_find(all[i].code), &all[i]);
    }
}

static void no_two_suites_share_a_name(void **state)
{
    (void)state;
    size_t num;
    const struct tls_suite *all = tls_suites_all(&num);

    for (size_t i = 0; i < num; i++) {
        for (size_t j = i + 1; j < num; j++) {
            assert_string_not_equal(all[i].name, all[j].name);
        }
    }
}

static void a_name_leads_back_to_its_number(void **state)
{
    (void)state;
    size_t num;
    uint16_t number;
    const struct tls_suite *suites = tls_suites_all(&num);
    for (size_t i = 0; i < num; i++) {
        assert_true(tls_names_suite_of(suites[i].name, &number));
        assert_int_equal(number, suites[i].code);
    }
    const struct tls_group *groups = tls_names_all_groups(&num);
    for (size_t i = 0; i < num; i++) {
        assert_true(tls_names_group_of(groups[i].name, &number));
        assert_int_equal(number, groups[i].code);
    }
    assert_false(tls_names_suite_of("x25519", &number));
    assert_false(tls_names_group_of("TLS_AES_128_GCM_SHA256", &number));
}

static bool names(const struct tls_suite *suite, const char *part)
{
    return strstr(suite->name, part) != NULL;
}

/* The attributes and the name are two sources for the same thing. */
static void attributes_agree_with_the_name(void **state)
{
    (void)state;
    size_t num;
    const struct tls_suite *all = tls_suites_all(&num);

    for (size_t i = 0; i < num; i++) {
        const struct tls_suite *s = &all[i];
        assert_int_equal(s->export, names(s, "EXPORT"));
        assert_int_equal(s->cipher == TLS_CIPHER_RC4, names(s, "_RC4_"));
        assert_int_equal(s->cipher == TLS_CIPHER_3DES, names(s, "3DES"));
        assert_int_equal(s->cipher == TLS_CIPHER_CAMELLIA, names(s, "CAMELLIA"));
        assert_int_equal(s->cipher == TLS_CIPHER_AES, names(s, "_AES_"));
        assert_int_equal(s->mode == TLS_MODE_CBC, names(s, "CBC"));
        assert_int_equal(s->mode == TLS_MODE_GCM, names(s, "GCM"));
        assert_int_equal(s->mode == TLS_MODE_CCM || s->mode == TLS_MODE_CCM_8, names(s, "_CCM"));
        assert_int_equal(s->kx == TLS_KX_DH_ANON || s->kx == TLS_KX_ECDH_ANON, names(s, "_anon_"));
        assert_int_equal(s->kx == TLS_KX_ECDHE || s->kx == TLS_KX_ECDHE_PSK, names(s, "ECDHE_"));
        assert_int_equal(s->auth == TLS_AUTH_ECDSA, names(s, "_ECDSA"));
        assert_int_equal(s->auth == TLS_AUTH_DSS, names(s, "_DSS"));
        if (names(s, "_256_") && s->cipher != TLS_CIPHER_GOST) {
            assert_int_equal(s->bits, 256);
        }
        if (names(s, "_128_") && !s->export) {
            assert_int_equal(s->bits, 128);
        }
        if (s->export) {
            assert_true(s->bits == 40 || s->bits == 56);
        }
    }
}

static void a_suite_has_the_name_and_attributes_of_the_registry(void **state)
{
    (void)state;
    static const struct {
        uint16_t code;
        const char *name;
        enum tls_key_exchange kx;
        enum tls_authentication auth;
        enum tls_cipher cipher;
        unsigned bits;
        enum tls_mode mode;
        unsigned classes;
    } cases[] = {
        {0x0002, "TLS_RSA_WITH_NULL_SHA", TLS_KX_RSA, TLS_AUTH_RSA, TLS_CIPHER_NULL, 0,
         TLS_MODE_NONE, TLS_CLASS_NULL | TLS_CLASS_STATIC_RSA},
        {0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5", TLS_KX_RSA, TLS_AUTH_RSA, TLS_CIPHER_RC4, 40,
         TLS_MODE_STREAM, TLS_CLASS_EXPORT | TLS_CLASS_RC4 | TLS_CLASS_STATIC_RSA},
        {0x0014, "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA", TLS_KX_DHE, TLS_AUTH_RSA, TLS_CIPHER_DES,
         40, TLS_MODE_CBC, TLS_CLASS_EXPORT | TLS_CLASS_CBC | TLS_CLASS_BLOCK64},
        {0x0015, "TLS_DHE_RSA_WITH_DES_CBC_SHA", TLS_KX_DHE, TLS_AUTH_RSA, TLS_CIPHER_DES, 56,
         TLS_MODE_CBC,
         TLS_CLASS_DES | TLS_CLASS_CBC | TLS_CLASS_BLOCK64 | TLS_CLASS_FORWARD_SECRET},
        {0x0018, "TLS_DH_anon_WITH_RC4_128_MD5", TLS_KX_DH_ANON, TLS_AUTH_NONE, TLS_CIPHER_RC4, 128,
         TLS_MODE_STREAM, TLS_CLASS_ANON | TLS_CLASS_RC4},
        {0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", TLS_KX_RSA, TLS_AUTH_RSA, TLS_CIPHER_3DES, 112,
         TLS_MODE_CBC, TLS_CLASS_3DES | TLS_CLASS_CBC | TLS_CLASS_BLOCK64 | TLS_CLASS_STATIC_RSA},
        {0x0031, "TLS_DH_RSA_WITH_AES_128_CBC_SHA", TLS_KX_DH, TLS_AUTH_RSA, TLS_CIPHER_AES, 128,
         TLS_MODE_CBC, TLS_CLASS_STATIC_DH | TLS_CLASS_CBC},
        {0x009a, "TLS_DHE_RSA_WITH_SEED_CBC_SHA", TLS_KX_DHE, TLS_AUTH_RSA, TLS_CIPHER_SEED, 128,
         TLS_MODE_CBC, TLS_CLASS_CBC | TLS_CLASS_FORWARD_SECRET},
        {0x00ff, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", TLS_KX_SCSV, TLS_AUTH_NONE, TLS_CIPHER_NULL,
         0, TLS_MODE_NONE, 0},
        {0x1302, "TLS_AES_256_GCM_SHA384", TLS_KX_TLS13, TLS_AUTH_TLS13, TLS_CIPHER_AES, 256,
         TLS_MODE_GCM, TLS_CLASS_AEAD | TLS_CLASS_FORWARD_SECRET},
        {0xc004, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA", TLS_KX_ECDH, TLS_AUTH_ECDSA, TLS_CIPHER_AES,
         128, TLS_MODE_CBC, TLS_CLASS_STATIC_DH | TLS_CLASS_CBC},
        {0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", TLS_KX_ECDHE, TLS_AUTH_RSA,
         TLS_CIPHER_AES, 128, TLS_MODE_GCM, TLS_CLASS_AEAD | TLS_CLASS_FORWARD_SECRET},
        {0xc0ab, "TLS_PSK_DHE_WITH_AES_256_CCM_8", TLS_KX_DHE_PSK, TLS_AUTH_PSK, TLS_CIPHER_AES,
         256, TLS_MODE_CCM_8, TLS_CLASS_AEAD | TLS_CLASS_FORWARD_SECRET},
        {0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", TLS_KX_ECDHE, TLS_AUTH_ECDSA,
         TLS_CIPHER_CHACHA20, 256, TLS_MODE_POLY1305, TLS_CLASS_AEAD | TLS_CLASS_FORWARD_SECRET},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct tls_suite *suite = tls_suites_find(cases[i].code);
        assert_non_null(suite);
        assert_string_equal(suite->name, cases[i].name);
        assert_string_equal(tls_names_suite(cases[i].code), cases[i].name);
        assert_int_equal(suite->kx, cases[i].kx);
        assert_int_equal(suite->auth, cases[i].auth);
        assert_int_equal(suite->cipher, cases[i].cipher);
        assert_int_equal(suite->bits, cases[i].bits);
        assert_int_equal(suite->mode, cases[i].mode);
        assert_int_equal(tls_suites_classes(suite), cases[i].classes);
    }
}

static void a_suite_is_usable_only_in_its_versions(void **state)
{
    (void)state;
    static const struct {
        uint16_t code;
        bool in[5]; /* SSLv3 ... TLS 1.3 */
    } cases[] = {
        {0x000a, {true, true, true, true, false}},    /* 3DES with SHA-1 */
        {0x0003, {true, true, true, true, false}},    /* export */
        {0x003c, {false, false, false, true, false}}, /* CBC with SHA-256 */
        {0xc02f, {false, false, false, true, false}}, /* GCM */
        {0x00ae, {false, true, true, true, false}},   /* PSK, CBC with SHA-256 */
        {0x1301, {false, false, false, false, true}},
        {0x00ff, {false, false, false, false, false}},
        {0x0000, {false, false, false, false, false}},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (uint16_t v = 0; v < 5; v++) {
            assert_int_equal(
                tls_suites_usable(tls_suites_find(cases[i].code), (uint16_t)(0x0300 + v)),
                cases[i].in[v]);
        }
    }
}

static void unknown_and_grease_numbers_have_no_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        uint16_t grease = (uint16_t)(0x0a0a + 0x1010 * i); /* RFC 8701 section 2 */
        assert_null(tls_suites_find(grease));
        assert_null(tls_names_suite(grease));
        assert_null(tls_names_group(grease));
    }
    assert_null(tls_names_suite(0xffff));
    assert_null(tls_names_group(0));
    assert_null(tls_names_alert(255));
}

static void groups_and_alerts_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(tls_names_group(TLS_GROUP_X25519), "x25519");
    assert_string_equal(tls_names_group(TLS_GROUP_X448), "x448");
    assert_string_equal(tls_names_group(TLS_GROUP_SECP521R1), "secp521r1");
    assert_string_equal(tls_names_group(0x001c), "brainpoolP512r1");
    assert_string_equal(tls_names_group(TLS_GROUP_FFDHE8192), "ffdhe8192");
    assert_string_equal(tls_names_group(0x11ec), "X25519MLKEM768");
    assert_string_equal(tls_names_group(0x11eb), "SecP256r1MLKEM768");
    assert_string_equal(tls_names_group(0x11ed), "SecP384r1MLKEM1024");
    assert_string_equal(tls_names_group(0x0201), "MLKEM768");
    assert_true(tls_names_group_is_post_quantum(0x11ec));
    assert_true(tls_names_group_is_post_quantum(0x0200));
    assert_false(tls_names_group_is_post_quantum(TLS_GROUP_X25519));
    assert_false(tls_names_group_is_post_quantum(0x1234));
    assert_string_equal(tls_names_alert(TLS_ALERT_HANDSHAKE_FAILURE), "handshake_failure");
    assert_string_equal(tls_names_alert(70), "protocol_version");
    assert_string_equal(tls_names_alert(112), "unrecognized_name");
    assert_string_equal(tls_names_alert(0), "close_notify");
}

static void every_number_in_the_small_tables_is_found(void **state)
{
    (void)state;
    unsigned num_alerts = 0;
    size_t num_groups;
    const struct tls_group *groups = tls_names_all_groups(&num_groups);

    for (size_t i = 0; i < num_groups; i++) {
        assert_ptr_equal(tls_names_find_group(groups[i].code), &groups[i]);
    }
    for (unsigned i = 0; i < 256; i++) {
        num_alerts += tls_names_alert((uint8_t)i) != NULL;
    }
    /* A row out of order would be lost to the binary search. */
    assert_int_equal(num_groups, 57);
    assert_int_equal(num_alerts, 37);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suites_are_in_the_order_of_their_code_points),
        cmocka_unit_test(no_two_suites_share_a_name),
        cmocka_unit_test(a_name_leads_back_to_its_number),
        cmocka_unit_test(attributes_agree_with_the_name),
        cmocka_unit_test(a_suite_has_the_name_and_attributes_of_the_registry),
        cmocka_unit_test(a_suite_is_usable_only_in_its_versions),
        cmocka_unit_test(unknown_and_grease_numbers_have_no_name),
        cmocka_unit_test(groups_and_alerts_have_their_names),
        cmocka_unit_test(every_number_in_the_small_tables_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
