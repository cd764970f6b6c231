/*
 * What our TLS library lacks of what a server shows: by its choice, and by the key of its
 * certificate. Certificates are made around a key, byte by byte, as no library makes bad ones.
 */
#include "scanner/evidence/lack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "scanner/x509/leaf_use.h"
#include "tests/unit/certificate_maker.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define DER_MAX    2048

struct der {
    uint8_t bytes[DER_MAX];
    size_t len;
};

#define RSA_OID   "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
#define PSS_OID   "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
#define EC_OID    "\x2a\x86\x48\xce\x3d\x02\x01"
#define ED448_OID "\x2b\x65\x71"
#define MLDSA_OID "\x60\x86\x48\x01\x65\x03\x04\x03\x12"
#define P256_OID  "\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define BRAINPOOL "\x2b\x24\x03\x03\x02\x08\x01\x01\x07"
#define SECP256K1 "\x2b\x81\x04\x00\x0a"

static void add(CBB *parent, unsigned tag, const void *bytes, size_t len)
{
    CBB child;
    MAKER_MUST(CBB_add_asn1(parent, &child, tag) && CBB_add_bytes(&child, bytes, len) &&
               CBB_flush(parent));
}

static struct der finish(CBB *cbb)
{
    struct der der;
    MAKER_MUST(CBB_flush(cbb) && CBB_len(cbb) <= sizeof(der.bytes));
    memcpy(der.bytes, CBB_data(cbb), CBB_len(cbb));
    der.len = CBB_len(cbb);
    CBB_cleanup(cbb);
    return der;
}

/* A SubjectPublicKeyInfo. `curve` is an OID, or empty for a SEQUENCE in its place; NULL: none. */
static struct der spki_on(const char *oid, const char *curve, size_t curve_len, const void *key,
                          size_t len)
{
    CBB cbb, outer, algorithm, bits;
    MAKER_MUST(CBB_init(&cbb, 256) && CBB_add_asn1(&cbb, &outer, CBS_ASN1_SEQUENCE) &&
               CBB_add_asn1(&outer, &algorithm, CBS_ASN1_SEQUENCE));
    add(&algorithm, CBS_ASN1_OBJECT, oid, strlen(oid));
    if (curve != NULL) {
        add(&algorithm, curve_len > 0 ? CBS_ASN1_OBJECT : CBS_ASN1_SEQUENCE, curve, curve_len);
    } else if (strcmp(oid, RSA_OID) == 0) {
        add(&algorithm, CBS_ASN1_NULL, "", 0);
    }
    MAKER_MUST(CBB_add_asn1(&outer, &bits, CBS_ASN1_BITSTRING) && CBB_add_u8(&bits, 0) &&
               CBB_add_bytes(&bits, key, len));
    return finish(&cbb);
}

static struct der spki_of(const char *oid, const void *key, size_t len)
{
    return spki_on(oid, NULL, 0, key, len);
}

/* An RSAPublicKey of 2048 bits with this exponent. */
static struct der rsa_of(const char *oid, uint64_t exponent)
{
    uint8_t modulus[256];
    memset(modulus, 0xcb, sizeof(modulus));
    CBB cbb, rsa, integer;
    MAKER_MUST(CBB_init(&cbb, 300) && CBB_add_asn1(&cbb, &rsa, CBS_ASN1_SEQUENCE) &&
               CBB_add_asn1(&rsa, &integer, CBS_ASN1_INTEGER) && CBB_add_u8(&integer, 0) &&
               CBB_add_bytes(&integer, modulus, sizeof(modulus)) &&
               CBB_add_asn1_uint64(&rsa, exponent));
    struct der key = finish(&cbb);
    return spki_of(oid, key.bytes, key.len);
}

static struct der spki_made(enum maker_key kind)
{
    EVP_PKEY *key = maker_key(kind);
    CBB cbb;
    MAKER_MUST(CBB_init(&cbb, 256) && EVP_marshal_public_key(&cbb, key));
    EVP_PKEY_free(key);
    return finish(&cbb);
}

/* RFC 5280 section 4.1, with as little in it as the reader needs. */
static struct der certificate_of(const struct der *spki)
{
    CBB cbb, outer, tbs, validity;
    MAKER_MUST(CBB_init(&cbb, 512) && CBB_add_asn1(&cbb, &outer, CBS_ASN1_SEQUENCE) &&
               CBB_add_asn1(&outer, &tbs, CBS_ASN1_SEQUENCE));
    add(&tbs, CBS_ASN1_INTEGER, "\x01", 1);
    add(&tbs, CBS_ASN1_SEQUENCE, "\x06\x03\x2b\x65\x70", 5);
    add(&tbs, CBS_ASN1_SEQUENCE, "", 0);
    MAKER_MUST(CBB_add_asn1(&tbs, &validity, CBS_ASN1_SEQUENCE));
    add(&validity, CBS_ASN1_UTCTIME, "260101000000Z", 13);
    add(&validity, CBS_ASN1_UTCTIME, "270101000000Z", 13);
    MAKER_MUST(CBB_flush(&tbs));
    add(&tbs, CBS_ASN1_SEQUENCE, "", 0);
    MAKER_MUST(CBB_add_bytes(&tbs, spki->bytes, spki->len) && CBB_flush(&outer));
    add(&outer, CBS_ASN1_SEQUENCE, "\x06\x03\x2b\x65\x70", 5);
    add(&outer, CBS_ASN1_BITSTRING, "\0\x01", 2);
    return finish(&cbb);
}

static void a_key_is_for_us_for_others_or_for_nobody(void **state)
{
    static const uint8_t zeros[64];
    static const uint8_t point[65] = {0x04, [1 ... 64] = 0x11}; /* on none of the curves */
    struct {
        const char *name;
        struct der spki;
        enum leaf_use use;
        const char *key;
    } cases[] = {
        {"P-256", spki_made(MAKER_P256), LEAF_IS_USABLE, NULL},
        {"P-384", spki_made(MAKER_P384), LEAF_IS_USABLE, NULL},
        {"RSA", spki_made(MAKER_RSA1024), LEAF_IS_USABLE, NULL},
        {"Ed25519", spki_made(MAKER_ED25519), LEAF_IS_USABLE, NULL},
        {"P-224, which no hello of ours offers", spki_made(MAKER_P224), LEAF_IS_OF_OTHERS,
         "ECDSA P-224"},
        {"RSA with a large exponent", rsa_of(RSA_OID, (UINT64_C(1) << 40) + 15), LEAF_IS_OF_OTHERS,
         "RSA of 2048 bits with an exponent of 41 bits"},
        {"RSA with which anybody can sign", rsa_of(RSA_OID, 1), LEAF_IS_OF_OTHERS,
         "RSA of 2048 bits with an exponent of 1 bits"},
        {"RSA with an exponent that has no inverse", rsa_of(RSA_OID, 4), LEAF_IS_OF_NOBODY, NULL},
        {"RSA without numbers", spki_of(RSA_OID, zeros, sizeof(zeros)), LEAF_IS_OF_NOBODY, NULL},
        {"RSA-PSS", rsa_of(PSS_OID, 65537), LEAF_IS_OF_OTHERS, "RSA-PSS"},
        {"Ed448", spki_of(ED448_OID, zeros, 57), LEAF_IS_OF_OTHERS, "Ed448"},
        {"ML-DSA", spki_of(MLDSA_OID, zeros, 64), LEAF_IS_OF_OTHERS, "ML-DSA-65"},
        {"brainpool", spki_on(EC_OID, BRAINPOOL, sizeof(BRAINPOOL) - 1, point, sizeof(point)),
         LEAF_IS_OF_OTHERS, "ECDSA brainpoolP256r1"},
        {"secp256k1", spki_on(EC_OID, SECP256K1, sizeof(SECP256K1) - 1, point, sizeof(point)),
         LEAF_IS_OF_OTHERS, "ECDSA secp256k1"},
        {"an explicit curve", spki_on(EC_OID, "", 0, point, sizeof(point)), LEAF_IS_OF_OTHERS,
         "ECDSA explicit curve"},
        {"a point off P-256", spki_on(EC_OID, P256_OID, sizeof(P256_OID) - 1, point, sizeof(point)),
         LEAF_IS_OF_NOBODY, NULL},
        {"an algorithm that nobody knows", spki_of("\x2a\x03\x04", zeros, 8), LEAF_IS_OF_OTHERS,
         "1.2.3.4"},
    };
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        struct der der = certificate_of(&cases[i].spki);
        struct arena arena = {0};
        enum leaf_use use;
        const char *key;
        print_message("%s\n", cases[i].name);
        assert_true(leaf_use_find(&arena, (struct text){(char *)der.bytes, der.len}, &use, &key));
        assert_int_equal(use, cases[i].use);
        if (cases[i].key == NULL) {
            assert_null(key);
        } else {
            assert_string_equal(key, cases[i].key);
        }
        arena_free(&arena);
    }
}

static void a_certificate_cut_before_its_key_is_for_nobody(void **state)
{
    struct der spki = spki_made(MAKER_P256);
    struct der der = certificate_of(&spki);
    (void)state;
    for (size_t len = 0; len < 60; len++) {
        struct arena arena = {0};
        enum leaf_use use;
        const char *key;
        assert_true(leaf_use_find(&arena, (struct text){(char *)der.bytes, len}, &use, &key));
        assert_int_equal(use, LEAF_IS_OF_NOBODY);
        arena_free(&arena);
    }
}

/* ---- What a server has chosen ---- */

static void what_the_library_lacks_is_named_with_what_to_do(void **state)
{
    static const struct {
        struct tls_choice choice;
        const char *text; /* how it begins; NULL: nothing is lacking */
    } cases[] = {
        {{0, 0, 0, 0}, NULL},
        {{0x0304, 0x1301, 0x001d, 0}, NULL},
        {{0x0303, 0xc02f, 0x0017, 0x0804}, NULL},
        {{0x0301, 0x0035, 0, 0}, NULL},
        {{0x0300, 0x0035, 0, 0}, "it takes the version SSLv3: allow TLS 1.2"},
        {{0x0303, 0x009f, 0, 0},
         "it takes finite-field DH in the suite TLS_DHE_RSA_WITH_AES_256_GCM_SHA384: allow ECDHE"},
        {{0x0303, 0xc08b, 0, 0},
         "it takes the suite TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384: allow ECDHE"},
        {{0x0304, 0x1304, 0x001d, 0}, "it takes the suite TLS_AES_128_CCM_SHA256: allow"},
        {{0x0303, 0x003b, 0, 0}, "it takes the suite TLS_RSA_WITH_NULL_SHA256: allow"},
        {{0x0303, 0xfefe, 0, 0}, "it takes the suite "},
        {{0x0304, 0x1301, 0x001e, 0}, "it takes the group x448: allow x25519"},
        {{0x0304, 0x1301, 0x0100, 0}, "it takes the group ffdhe2048: allow x25519"},
        {{0x0303, 0xc02f, 0x7777, 0}, "it takes the group 0x7777: allow x25519"},
        {{0x0303, 0xc02c, 0x001d, 0x0808}, "it takes signatures of Ed448: use"},
        {{0x0303, 0xc02f, 0x001d, 0x0809}, "it takes signatures of RSA-PSS: use"},
        {{0x0303, 0xc02f, 0x001d, 0x0101}, "it takes signatures of 0x0101: use"},
    };
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        struct arena arena = {0};
        struct lack lack;
        assert_true(lack_find(&arena, &cases[i].choice, (struct text){NULL, 0}, &lack));
        assert_false(lack.is_leaf_unreadable);
        if (cases[i].text == NULL) {
            assert_null(lack.text);
        } else {
            assert_non_null(lack.text);
            print_message("%s\n", lack.text);
            assert_memory_equal(lack.text, cases[i].text, strlen(cases[i].text));
        }
        arena_free(&arena);
    }
}

static void the_key_is_named_before_what_follows_from_it(void **state)
{
    const struct tls_choice choice = {0x0303, 0xc02c, 0x001d, 0x0808};
    struct der spki = spki_of(ED448_OID, "key", 3);
    struct der der = certificate_of(&spki);
    struct arena arena = {0};
    struct lack lack;
    (void)state;
    assert_true(lack_find(&arena, &choice, (struct text){(char *)der.bytes, der.len}, &lack));
    assert_string_equal(lack.text, LACK_KEY_TEXT("Ed448"));
    assert_true(lack_find(&arena, &choice, (struct text){"\x30\0", 2}, &lack));
    assert_true(lack.is_leaf_unreadable);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_for_us_for_others_or_for_nobody),
        cmocka_unit_test(a_certificate_cut_before_its_key_is_for_nobody),
        cmocka_unit_test(what_the_library_lacks_is_named_with_what_to_do),
        cmocka_unit_test(the_key_is_named_before_what_follows_from_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
