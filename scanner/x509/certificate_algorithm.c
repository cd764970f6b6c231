#include "scanner/x509/certificate_algorithm.h"

#include <limits.h>
#include <openssl/bytestring.h>
#include <openssl/mem.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define OID_MAX 11

struct oid {
    uint8_t len;
    uint8_t bytes[OID_MAX];
};

#define OID(...)                                                                                   \
    {                                                                                              \
        sizeof((const uint8_t[]){__VA_ARGS__}),                                                    \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

enum key_kind { KEY_RSA, KEY_EC, KEY_DSA, KEY_FIXED };

struct key_row {
    struct oid oid;
    enum key_kind kind;
    const char *name;
    unsigned bits; /* of KEY_FIXED */
};

/* RFC 3279, RFC 4055, RFC 8410; ML-DSA: RFC 9881 (sizes of the public keys) */
static const struct key_row key_rows[] = {
    {OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01), KEY_RSA, "RSA", 0},
    {OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a), KEY_RSA, "RSA-PSS", 0},
    {OID(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01), KEY_EC, "ECDSA", 0},
    {OID(0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01), KEY_DSA, "DSA", 0},
    {OID(0x2b, 0x65, 0x70), KEY_FIXED, "Ed25519", 256},
    {OID(0x2b, 0x65, 0x71), KEY_FIXED, "Ed448", 456},
    {OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11), KEY_FIXED, "ML-DSA-44", 10496},
    {OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12), KEY_FIXED, "ML-DSA-65", 15616},
    {OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x13), KEY_FIXED, "ML-DSA-87", 20736},
};

struct curve_row {
    struct oid oid;
    const char *name;
    unsigned bits;
    bool is_of_library;
};

/* RFC 5480 section 2.1.1.1, SEC 2, RFC 5639 */
static const struct curve_row curve_rows[] = {
    {OID(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07), "ECDSA P-256", 256, true},
    {OID(0x2b, 0x81, 0x04, 0x00, 0x22), "ECDSA P-384", 384, true},
    {OID(0x2b, 0x81, 0x04, 0x00, 0x23), "ECDSA P-521", 521, true},
    {OID(0x2b, 0x81, 0x04, 0x00, 0x21), "ECDSA P-224", 224, true},
    {OID(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01), "ECDSA P-192", 192, false},
    {OID(0x2b, 0x81, 0x04, 0x00, 0x0a), "ECDSA secp256k1", 256, false},
    {OID(0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07), "ECDSA brainpoolP256r1", 256,
     false},
    {OID(0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0b), "ECDSA brainpoolP384r1", 384,
     false},
    {OID(0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0d), "ECDSA brainpoolP512r1", 512,
     false},
};

struct signature_row {
    struct oid oid;
    const char *name;
    enum signature_strength strength;
    bool is_checkable;
};

#define PKCS1(n)      OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, n)
#define ECDSA_SHA2(n) OID(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, n)
#define NIST_SIGN(n)  OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, n)

/*
 * RFC 3279, RFC 4055, RFC 5758, RFC 8410, NIST's registry. MD5 and older could be forged: BoringSSL
 * versions differ in whether they still compute them, the verdict must not.
 */
static const struct signature_row signature_rows[] = {
    {PKCS1(0x0b), "sha256WithRSAEncryption", SIGNATURE_SHA256, true},
    {PKCS1(0x0c), "sha384WithRSAEncryption", SIGNATURE_SHA384, true},
    {PKCS1(0x0d), "sha512WithRSAEncryption", SIGNATURE_SHA512, true},
    {PKCS1(0x0e), "sha224WithRSAEncryption", SIGNATURE_SHA224, true},
    {PKCS1(0x0f), "sha512-224WithRSAEncryption", SIGNATURE_SHA224, false},
    {PKCS1(0x10), "sha512-256WithRSAEncryption", SIGNATURE_SHA256, false},
    {PKCS1(0x05), "sha1WithRSAEncryption", SIGNATURE_SHA1, true},
    {OID(0x2b, 0x0e, 0x03, 0x02, 0x1d), "sha1WithRSA", SIGNATURE_SHA1, true},
    {PKCS1(0x04), "md5WithRSAEncryption", SIGNATURE_MD5, false},
    {OID(0x2b, 0x0e, 0x03, 0x02, 0x03), "md5WithRSA", SIGNATURE_MD5, false},
    {PKCS1(0x03), "md4WithRSAEncryption", SIGNATURE_MD4, false},
    {PKCS1(0x02), "md2WithRSAEncryption", SIGNATURE_MD2, false},
    {OID(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01), "ecdsa-with-SHA1", SIGNATURE_SHA1, true},
    {ECDSA_SHA2(0x01), "ecdsa-with-SHA224", SIGNATURE_SHA224, true},
    {ECDSA_SHA2(0x02), "ecdsa-with-SHA256", SIGNATURE_SHA256, true},
    {ECDSA_SHA2(0x03), "ecdsa-with-SHA384", SIGNATURE_SHA384, true},
    {ECDSA_SHA2(0x04), "ecdsa-with-SHA512", SIGNATURE_SHA512, true},
    {OID(0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03), "dsaWithSHA1", SIGNATURE_SHA1, false},
    {OID(0x2b, 0x0e, 0x03, 0x02, 0x1b), "dsaWithSHA1-old", SIGNATURE_SHA1, false},
    {NIST_SIGN(0x01), "dsa_with_SHA224", SIGNATURE_SHA224, false},
    {NIST_SIGN(0x02), "dsa_with_SHA256", SIGNATURE_SHA256, false},
    {NIST_SIGN(0x03), "dsa_with_SHA384", SIGNATURE_SHA384, false},
    {NIST_SIGN(0x04), "dsa_with_SHA512", SIGNATURE_SHA512, false},
    {NIST_SIGN(0x0a), "ecdsa_with_SHA3-256", SIGNATURE_SHA256, false},
    {NIST_SIGN(0x0b), "ecdsa_with_SHA3-384", SIGNATURE_SHA384, false},
    {NIST_SIGN(0x0c), "ecdsa_with_SHA3-512", SIGNATURE_SHA512, false},
    {NIST_SIGN(0x0e), "RSA-SHA3-256", SIGNATURE_SHA256, false},
    {NIST_SIGN(0x0f), "RSA-SHA3-384", SIGNATURE_SHA384, false},
    {NIST_SIGN(0x10), "RSA-SHA3-512", SIGNATURE_SHA512, false},
    {NIST_SIGN(0x11), "ML-DSA-44", SIGNATURE_SHA256, false},
    {NIST_SIGN(0x12), "ML-DSA-65", SIGNATURE_SHA384, false},
    {NIST_SIGN(0x13), "ML-DSA-87", SIGNATURE_SHA512, false},
    {OID(0x2b, 0x65, 0x70), "ED25519", SIGNATURE_SHA512, true},
    {OID(0x2b, 0x65, 0x71), "ED448", SIGNATURE_SHA512, false},
};

static const struct oid oid_rsassa_pss = PKCS1(0x0a);

static const struct {
    struct oid oid;
    enum signature_strength strength;
} hash_rows[] = {
    {OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01), SIGNATURE_SHA256},
    {OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02), SIGNATURE_SHA384},
    {OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03), SIGNATURE_SHA512},
    {OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04), SIGNATURE_SHA224},
    {OID(0x2b, 0x0e, 0x03, 0x02, 0x1a), SIGNATURE_SHA1},
    {OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05), SIGNATURE_MD5},
};

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

static bool oid_is(const CBS *oid, const struct oid *known)
{
    return CBS_mem_equal(oid, known->bytes, known->len) == 1;
}

/* `prefix` and the dotted OID; "unknown" where it has no dotted form. */
static const char *name_by_oid(struct arena *arena, const char *prefix, const CBS *oid)
{
    char *dotted = CBS_asn1_oid_to_text(oid);
    const char *name = arena_format(arena, "%s%s", prefix, dotted != NULL ? dotted : "unknown");
    OPENSSL_free(dotted);
    return name;
}

/* ---- Keys ---- */

/* The magnitude of the INTEGER that comes next, without leading zeros; empty if none does. */
static CBS get_magnitude(CBS *cbs)
{
    CBS value;
    if (!CBS_get_asn1(cbs, &value, CBS_ASN1_INTEGER)) {
        CBS_init(&value, NULL, 0);
    }
    while (CBS_len(&value) > 0 && CBS_data(&value)[0] == 0) {
        (void)CBS_skip(&value, 1);
    }
    return value;
}

static unsigned bits_of(const CBS *magnitude)
{
    if (CBS_len(magnitude) == 0 || CBS_len(magnitude) > UINT_MAX / 8) {
        return 0;
    }
    unsigned bits = (unsigned)CBS_len(magnitude) * 8;
    for (uint8_t top = CBS_data(magnitude)[0]; (top & 0x80) == 0; top = (uint8_t)(top << 1)) {
        bits--;
    }
    return bits;
}

static bool is_odd(const CBS *magnitude)
{
    size_t len = CBS_len(magnitude);
    return len > 0 && (CBS_data(magnitude)[len - 1] & 1) != 0;
}

/*
 * The BIT STRING's bytes are an RSAPublicKey (RFC 3279 section 2.3.1): the modulus, then the
 * exponent. Both are odd and the exponent is 3 at least (RFC 8017 section 3.1); with an exponent of
 * 1 everybody can sign.
 */
static void read_rsa(CBS bytes, struct certificate_key *key)
{
    CBS rsa;
    if (!CBS_get_asn1(&bytes, &rsa, CBS_ASN1_SEQUENCE)) {
        return;
    }
    CBS modulus = get_magnitude(&rsa);
    CBS exponent = get_magnitude(&rsa);
    key->bits = bits_of(&modulus);
    key->rsa_exponent_bits = bits_of(&exponent);
    key->is_rsa = key->bits > 0;
    key->is_weak = key->bits > 0 && key->bits < WEAK_RSA_BITS;
    key->is_invalid = !is_odd(&modulus) || !is_odd(&exponent) || bits_of(&exponent) < 2;
}

/* The parameters begin with the prime p. DSA as a whole is given up by RFC 9325 section 4.1. */
static void read_dsa(CBS parameters, struct certificate_key *key)
{
    CBS dsa;
    if (CBS_get_asn1(&parameters, &dsa, CBS_ASN1_SEQUENCE)) {
        CBS prime = get_magnitude(&dsa);
        key->bits = bits_of(&prime);
    }
    key->is_weak = true;
}

static unsigned bits_of_point(const CBS *point)
{
    /* 04 X Y, or 02/03 X (SEC 1 section 2.3.3); whole bytes, good enough for a curve by its OID. */
    size_t len = CBS_len(point);
    if (len < 2 || len > 1024) {
        return 0;
    }
    return (unsigned)(CBS_data(point)[0] == 4 ? (len - 1) / 2 : len - 1) * 8;
}

static bool read_ec(struct arena *arena, CBS parameters, CBS point, struct certificate_key *key)
{
    CBS curve;
    if (!CBS_get_asn1(&parameters, &curve, CBS_ASN1_OBJECT)) {
        key->name = "ECDSA explicit curve";
        key->bits = bits_of_point(&point);
        key->is_weak = key->bits > 0 && key->bits < WEAK_EC_BITS;
        return true;
    }
    for (size_t i = 0; i < NUM(curve_rows); i++) {
        if (oid_is(&curve, &curve_rows[i].oid)) {
            key->name = curve_rows[i].name;
            key->bits = curve_rows[i].bits;
            key->is_of_library = curve_rows[i].is_of_library;
        }
    }
    if (key->bits == 0) {
        key->name = name_by_oid(arena, "ECDSA ", &curve);
        key->bits = bits_of_point(&point);
    }
    key->is_weak = key->bits > 0 && key->bits < WEAK_EC_BITS;
    return key->name != NULL;
}

bool certificate_key_read(struct arena *arena, struct text spki, struct certificate_key *out_key)
{
    CBS cbs;
    CBS outer;
    CBS algorithm;
    CBS oid;
    CBS bytes;
    uint8_t unused_bits;
    memset(out_key, 0, sizeof(*out_key));
    CBS_init(&cbs, (const uint8_t *)spki.bytes, spki.len);
    if (!CBS_get_asn1(&cbs, &outer, CBS_ASN1_SEQUENCE) ||
        !CBS_get_asn1(&outer, &algorithm, CBS_ASN1_SEQUENCE) ||
        !CBS_get_asn1(&algorithm, &oid, CBS_ASN1_OBJECT)) {
        return true;
    }
    if (!CBS_get_asn1(&outer, &bytes, CBS_ASN1_BITSTRING) || !CBS_get_u8(&bytes, &unused_bits)) {
        CBS_init(&bytes, NULL, 0);
    }
    for (size_t i = 0; i < NUM(key_rows); i++) {
        const struct key_row *row = &key_rows[i];
        if (!oid_is(&oid, &row->oid)) {
            continue;
        }
        out_key->name = row->name;
        switch (row->kind) {
        case KEY_RSA:
            read_rsa(bytes, out_key);
            return true;
        case KEY_DSA:
            read_dsa(algorithm, out_key);
            return true;
        case KEY_EC:
            return read_ec(arena, algorithm, bytes, out_key);
        case KEY_FIXED:
            out_key->bits = row->bits;
            return true;
        }
    }
    out_key->name = name_by_oid(arena, "", &oid);
    return out_key->name != NULL;
}

/* ---- Signatures ---- */

bool certificate_signature_is_weak(const struct certificate_signature *signature)
{
    return signature->name != NULL && signature->strength <= SIGNATURE_SHA1;
}

/* RSASSA-PSS-params: hashAlgorithm [0], SHA-1 where it is left out (RFC 4055 section 3.1). */
static enum signature_strength pss_strength(CBS parameters)
{
    CBS sequence;
    CBS wrapper;
    CBS algorithm;
    CBS oid;
    const unsigned tag = CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0;
    if (!CBS_get_asn1(&parameters, &sequence, CBS_ASN1_SEQUENCE) ||
        !CBS_get_asn1(&sequence, &wrapper, tag)) {
        return SIGNATURE_SHA1;
    }
    if (CBS_get_asn1(&wrapper, &algorithm, CBS_ASN1_SEQUENCE) &&
        CBS_get_asn1(&algorithm, &oid, CBS_ASN1_OBJECT)) {
        for (size_t i = 0; i < NUM(hash_rows); i++) {
            if (oid_is(&oid, &hash_rows[i].oid)) {
                return hash_rows[i].strength;
            }
        }
    }
    return SIGNATURE_SHA512;
}

bool certificate_signature_read(struct arena *arena, struct text algorithm,
                                struct certificate_signature *out_signature)
{
    CBS cbs;
    CBS sequence;
    CBS oid;
    *out_signature = (struct certificate_signature){NULL, SIGNATURE_SHA512, false};
    CBS_init(&cbs, (const uint8_t *)algorithm.bytes, algorithm.len);
    if (!CBS_get_asn1(&cbs, &sequence, CBS_ASN1_SEQUENCE) ||
        !CBS_get_asn1(&sequence, &oid, CBS_ASN1_OBJECT)) {
        return true;
    }
    if (oid_is(&oid, &oid_rsassa_pss)) {
        enum signature_strength strength = pss_strength(sequence);
        *out_signature =
            (struct certificate_signature){"RSASSA-PSS", strength, strength >= SIGNATURE_SHA1};
        return true;
    }
    for (size_t i = 0; i < NUM(signature_rows); i++) {
        const struct signature_row *row = &signature_rows[i];
        if (oid_is(&oid, &row->oid)) {
            *out_signature =
                (struct certificate_signature){row->name, row->strength, row->is_checkable};
            return true;
        }
    }
    out_signature->name = name_by_oid(arena, "", &oid);
    return out_signature->name != NULL;
}
