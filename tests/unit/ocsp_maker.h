/*
 * OCSP responses made to order, for tests: a recipe says what is to be in one, good or bad.
 * Included by one test program each, behind certificate_maker.h, so everything is static.
 */
#ifndef MXGRADE_TESTS_OCSP_MAKER_H
#define MXGRADE_TESTS_OCSP_MAKER_H

#include <time.h>

#include <openssl/bytestring.h>
#include <openssl/digest.h>

#include "scanner/x509/ocsp_response.h"
#include "tests/unit/certificate_maker.h"

#define OCSP_MAKER_ANSWERS 3
#define OCSP_MAKER_CERTS   2
#define EXPLICIT(number)   (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | (number))

struct ocsp_answer {
    const struct made *leaf; /* NULL: no answer */
    const struct made *issuer;
    enum ocsp_status status;
    int this_day; /* relative to MAKER_NOW */
    int next_day; /* 0: no nextUpdate */
    int reason;   /* of a revocation; 0: none given */
    const EVP_MD *hash;
    bool other_serial, with_sct;
};

struct ocsp_recipe {
    struct ocsp_answer answers[OCSP_MAKER_ANSWERS];
    const struct made *signer;
    const struct made *named; /* as responder; NULL: the signer */
    bool by_key;
    bool forged; /* a bit of the signature is turned */
    const struct made *certificates[OCSP_MAKER_CERTS];
};

static inline void ocsp_add_time(CBB *out, int day)
{
    char text[32];
    CBB time_bytes;
    struct tm broken_down;
    time_t when = (time_t)(MAKER_NOW + (int64_t)day * MAKER_DAY);
    MAKER_MUST(gmtime_r(&when, &broken_down) != NULL);
    size_t len = strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &broken_down);
    MAKER_MUST(CBB_add_asn1(out, &time_bytes, CBS_ASN1_GENERALIZEDTIME) &&
               CBB_add_bytes(&time_bytes, (const uint8_t *)text, len) && CBB_flush(out));
}

static inline void ocsp_add_hash(CBB *out, const EVP_MD *digest, const uint8_t *bytes, size_t len)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned hash_len;
    MAKER_MUST(EVP_Digest(bytes, len, hash, &hash_len, digest, NULL) &&
               CBB_add_asn1_octet_string(out, hash, hash_len));
}

static inline void ocsp_add_key_hash(CBB *out, const EVP_MD *digest, const struct made *made)
{
    const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr(made->x509);
    ocsp_add_hash(out, digest, ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key));
}

static inline void ocsp_add_der(CBB *out, int len, uint8_t *der)
{
    MAKER_MUST(len > 0 && CBB_add_bytes(out, der, (size_t)len));
    OPENSSL_free(der);
}

static inline void ocsp_add_certificate_id(CBB *out, const struct ocsp_answer *answer)
{
    CBB id;
    uint8_t *name = NULL;
    uint8_t *serial = NULL;
    const EVP_MD *hash = answer->hash != NULL ? answer->hash : EVP_sha1();
    MAKER_MUST(CBB_add_asn1(out, &id, CBS_ASN1_SEQUENCE) &&
               EVP_marshal_digest_algorithm(&id, hash));
    int name_len = i2d_X509_NAME(X509_get_subject_name(answer->issuer->x509), &name);
    MAKER_MUST(name_len > 0);
    ocsp_add_hash(&id, hash, name, (size_t)name_len);
    OPENSSL_free(name);
    ocsp_add_key_hash(&id, hash, answer->issuer);
    int serial_len = i2d_ASN1_INTEGER(X509_get_serialNumber(answer->leaf->x509), &serial);
    MAKER_MUST(serial_len > 0);
    serial[serial_len - 1] ^= answer->other_serial ? 1 : 0;
    ocsp_add_der(&id, serial_len, serial);
    MAKER_MUST(CBB_flush(out));
}

static inline void ocsp_add_status(CBB *out, const struct ocsp_answer *answer)
{
    CBB status;
    CBB wrapper;
    CBB reason;
    switch (answer->status) {
    case OCSP_STATUS_REVOKED:
        MAKER_MUST(CBB_add_asn1(out, &status, EXPLICIT(1)));
        ocsp_add_time(&status, -20);
        if (answer->reason != 0) {
            MAKER_MUST(CBB_add_asn1(&status, &wrapper, EXPLICIT(0)) &&
                       CBB_add_asn1(&wrapper, &reason, CBS_ASN1_ENUMERATED) &&
                       CBB_add_u8(&reason, (uint8_t)answer->reason));
        }
        break;
    case OCSP_STATUS_UNKNOWN:
        MAKER_MUST(CBB_add_asn1(out, &status, CBS_ASN1_CONTEXT_SPECIFIC | 2));
        break;
    default:
        MAKER_MUST(CBB_add_asn1(out, &status, CBS_ASN1_CONTEXT_SPECIFIC | 0));
        break;
    }
    MAKER_MUST(CBB_flush(out));
}

static inline void ocsp_add_answer(CBB *out, const struct ocsp_answer *answer)
{
    static const uint8_t sct[] = {0x30, 0x10, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01,
                                  0xd6, 0x79, 0x02, 0x04, 0x05, 0x04, 0x02, 0x04, 0x00};
    CBB single;
    CBB wrapper;
    CBB extensions;
    MAKER_MUST(CBB_add_asn1(out, &single, CBS_ASN1_SEQUENCE));
    ocsp_add_certificate_id(&single, answer);
    ocsp_add_status(&single, answer);
    ocsp_add_time(&single, answer->this_day);
    if (answer->next_day != 0) {
        MAKER_MUST(CBB_add_asn1(&single, &wrapper, EXPLICIT(0)));
        ocsp_add_time(&wrapper, answer->next_day);
    }
    if (answer->with_sct) {
        MAKER_MUST(CBB_add_asn1(&single, &wrapper, EXPLICIT(1)) &&
                   CBB_add_asn1(&wrapper, &extensions, CBS_ASN1_SEQUENCE) &&
                   CBB_add_bytes(&extensions, sct, sizeof(sct)));
    }
    MAKER_MUST(CBB_flush(out));
}

/* ResponseData; the caller frees *out_der by OPENSSL_free(). */
static inline void ocsp_make_tbs(const struct ocsp_recipe *recipe, uint8_t **out_der,
                                 size_t *out_len)
{
    CBB cbb;
    CBB tbs;
    CBB wrapper;
    CBB answers;
    uint8_t *name = NULL;
    const struct made *responder = recipe->named != NULL ? recipe->named : recipe->signer;
    MAKER_MUST(CBB_init(&cbb, 512) && CBB_add_asn1(&cbb, &tbs, CBS_ASN1_SEQUENCE) &&
               CBB_add_asn1(&tbs, &wrapper, EXPLICIT(recipe->by_key ? 2 : 1)));
    if (recipe->by_key) {
        ocsp_add_key_hash(&wrapper, EVP_sha1(), responder);
    } else {
        int name_len = i2d_X509_NAME(X509_get_subject_name(responder->x509), &name);
        ocsp_add_der(&wrapper, name_len, name);
    }
    MAKER_MUST(CBB_flush(&tbs));
    ocsp_add_time(&tbs, recipe->answers[0].this_day);
    MAKER_MUST(CBB_add_asn1(&tbs, &answers, CBS_ASN1_SEQUENCE));
    for (size_t i = 0; i < OCSP_MAKER_ANSWERS && recipe->answers[i].leaf != NULL; i++) {
        ocsp_add_answer(&answers, &recipe->answers[i]);
    }
    MAKER_MUST(CBB_finish(&cbb, out_der, out_len));
}

static inline void ocsp_add_signature(CBB *basic, const struct ocsp_recipe *recipe,
                                      const uint8_t *tbs, size_t tbs_len)
{
    static const uint8_t ecdsa_sha256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
    static const uint8_t rsa_sha256[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b};
    uint8_t signature[512];
    size_t signature_len = sizeof(signature);
    CBB algorithm;
    CBB oid;
    CBB bits;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool is_rsa = EVP_PKEY_id(recipe->signer->key) == EVP_PKEY_RSA;
    MAKER_MUST(ctx != NULL &&
               EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, recipe->signer->key) &&
               EVP_DigestSign(ctx, signature, &signature_len, tbs, tbs_len));
    EVP_MD_CTX_free(ctx);
    signature[signature_len - 1] ^= recipe->forged ? 1 : 0;
    MAKER_MUST(CBB_add_asn1(basic, &algorithm, CBS_ASN1_SEQUENCE) &&
               CBB_add_asn1(&algorithm, &oid, CBS_ASN1_OBJECT) &&
               CBB_add_bytes(&oid, is_rsa ? rsa_sha256 : ecdsa_sha256,
                             is_rsa ? sizeof(rsa_sha256) : sizeof(ecdsa_sha256)));
    if (is_rsa) {
        CBB null;
        MAKER_MUST(CBB_add_asn1(&algorithm, &null, CBS_ASN1_NULL));
    }
    MAKER_MUST(CBB_add_asn1(basic, &bits, CBS_ASN1_BITSTRING) && CBB_add_u8(&bits, 0) &&
               CBB_add_bytes(&bits, signature, signature_len) && CBB_flush(basic));
}

/* The caller frees it by OPENSSL_free(). */
static inline struct text ocsp_make(const struct ocsp_recipe *recipe)
{
    static const uint8_t oid_basic[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01};
    CBB cbb, response, wrapper, bytes, oid, octets, basic, certificates_wrapper, certificates;
    uint8_t *tbs;
    size_t tbs_len;
    uint8_t *der;
    size_t len;
    CBB status;
    ocsp_make_tbs(recipe, &tbs, &tbs_len);
    MAKER_MUST(CBB_init(&cbb, 1024) && CBB_add_asn1(&cbb, &response, CBS_ASN1_SEQUENCE) &&
               CBB_add_asn1(&response, &status, CBS_ASN1_ENUMERATED) && CBB_add_u8(&status, 0) &&
               CBB_add_asn1(&response, &wrapper, EXPLICIT(0)) &&
               CBB_add_asn1(&wrapper, &bytes, CBS_ASN1_SEQUENCE) &&
               CBB_add_asn1(&bytes, &oid, CBS_ASN1_OBJECT) &&
               CBB_add_bytes(&oid, oid_basic, sizeof(oid_basic)) &&
               CBB_add_asn1(&bytes, &octets, CBS_ASN1_OCTETSTRING) &&
               CBB_add_asn1(&octets, &basic, CBS_ASN1_SEQUENCE) &&
               CBB_add_bytes(&basic, tbs, tbs_len));
    ocsp_add_signature(&basic, recipe, tbs, tbs_len);
    OPENSSL_free(tbs);
    if (recipe->certificates[0] != NULL) {
        MAKER_MUST(CBB_add_asn1(&basic, &certificates_wrapper, EXPLICIT(0)) &&
                   CBB_add_asn1(&certificates_wrapper, &certificates, CBS_ASN1_SEQUENCE));
        for (size_t i = 0; i < OCSP_MAKER_CERTS && recipe->certificates[i] != NULL; i++) {
            MAKER_MUST(CBB_add_bytes(&certificates, recipe->certificates[i]->der,
                                     recipe->certificates[i]->len));
        }
    }
    MAKER_MUST(CBB_finish(&cbb, &der, &len));
    return (struct text){(const char *)der, len};
}

#endif
