/*
 * Certificates made to order, for tests: a recipe says what is to be in one, good or bad. Included
 * by one test program each, so everything is static; a recipe that cannot be made ends the program.
 */
#ifndef MXGRADE_TESTS_CERTIFICATE_MAKER_H
#define MXGRADE_TESTS_CERTIFICATE_MAKER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "scanner/x509/certificate.h"

#define MAKER_NOW        INT64_C(1800000000) /* 2027-01-15T08:00:00Z */
#define MAKER_DAY        86400
#define MAKER_EXTENSIONS 8

#define MAKER_MUST(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum maker_key { MAKER_P256, MAKER_P384, MAKER_P224, MAKER_RSA1024, MAKER_RSA2048, MAKER_ED25519 };

struct made {
    X509 *x509;
    EVP_PKEY *key;
    uint8_t *der;
    size_t len;
};

struct recipe {
    const char *cn;            /* NULL: an empty subject */
    const struct made *issuer; /* NULL: signed by itself */
    EVP_PKEY *key;             /* borrowed; NULL: a new one of `kind` */
    enum maker_key kind;
    const EVP_MD *digest; /* NULL: SHA-256; MD5 by an RSA key only */
    int from_day;         /* relative to MAKER_NOW; both 0: -10 and 90 */
    int to_day;
    struct {
        const char *name; /* as in openssl.cnf, or an OID with a value "DER:..." */
        const char *value;
    } extensions[MAKER_EXTENSIONS];
};

#define MAKER_CA                                                                                   \
    {                                                                                              \
        {"basicConstraints", "critical,CA:TRUE"}, {"keyUsage", "critical,keyCertSign,cRLSign"},    \
        {                                                                                          \
            "subjectKeyIdentifier", "hash"                                                         \
        }                                                                                          \
    }

static inline EVP_PKEY *maker_key(enum maker_key kind)
{
    static const struct {
        int id;
        int detail;
    } kinds[] = {[MAKER_P256] = {EVP_PKEY_EC, NID_X9_62_prime256v1},
                 [MAKER_P384] = {EVP_PKEY_EC, NID_secp384r1},
                 [MAKER_P224] = {EVP_PKEY_EC, NID_secp224r1},
                 [MAKER_RSA1024] = {EVP_PKEY_RSA, 1024},
                 [MAKER_RSA2048] = {EVP_PKEY_RSA, 2048},
                 [MAKER_ED25519] = {EVP_PKEY_ED25519, 0}};
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(kinds[kind].id, NULL);
    EVP_PKEY *key = NULL;
    MAKER_MUST(ctx != NULL && EVP_PKEY_keygen_init(ctx));
    if (kinds[kind].id == EVP_PKEY_EC) {
        MAKER_MUST(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, kinds[kind].detail));
    } else if (kinds[kind].id == EVP_PKEY_RSA) {
        MAKER_MUST(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, kinds[kind].detail));
    }
    MAKER_MUST(EVP_PKEY_keygen(ctx, &key));
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static inline void maker_set_dates(X509 *x509, const struct recipe *recipe)
{
    bool is_default = recipe->from_day == 0 && recipe->to_day == 0;
    ASN1_TIME *from = ASN1_TIME_adj(NULL, MAKER_NOW, is_default ? -10 : recipe->from_day, 0);
    ASN1_TIME *to = ASN1_TIME_adj(NULL, MAKER_NOW, is_default ? 90 : recipe->to_day, 0);
    MAKER_MUST(from != NULL && to != NULL);
    MAKER_MUST(X509_set1_notBefore(x509, from) && X509_set1_notAfter(x509, to));
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
}

static inline void maker_add_extensions(X509 *x509, X509 *issuer, const struct recipe *recipe)
{
    for (size_t i = 0; i < MAKER_EXTENSIONS && recipe->extensions[i].name != NULL; i++) {
        X509V3_CTX ctx;
        X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
        X509_EXTENSION *extension =
            X509V3_EXT_nconf(NULL, &ctx, recipe->extensions[i].name, recipe->extensions[i].value);
        MAKER_MUST(extension != NULL && X509_add_ext(x509, extension, -1));
        X509_EXTENSION_free(extension);
    }
}

/*
 * A newer BoringSSL signs nothing with MD5. So such a certificate is signed with SHA-1, whose
 * identifier is as long, and then again by hand: RFC 8017 section 9.2 in a plain RSA operation.
 */
static inline void maker_sign_again_with_md5(struct made *made, const EVP_PKEY *signer)
{
    static const uint8_t sha1_with_rsa[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05};
    static const uint8_t md5_info[] = {0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                       0x86, 0xf7, 0x0d, 0x02, 0x05, 0x05, 0x00, 0x04, 0x10};
    RSA *rsa = EVP_PKEY_get0_RSA(signer);
    uint8_t block[512], digest[16];
    size_t size = RSA_size(rsa), len;
    uint8_t *tail = block + size - sizeof(md5_info) - sizeof(digest);
    CBS certificate, content, signed_part;
    for (uint8_t *at = made->der; (at = memmem(at, (size_t)(made->der + made->len - at),
                                               sha1_with_rsa, sizeof(sha1_with_rsa))) != NULL;) {
        at += sizeof(sha1_with_rsa);
        at[-1] = 0x04;
    }
    CBS_init(&certificate, made->der, made->len);
    MAKER_MUST(CBS_get_asn1(&certificate, &content, CBS_ASN1_SEQUENCE) &&
               CBS_get_asn1_element(&content, &signed_part, CBS_ASN1_SEQUENCE));
    MD5(CBS_data(&signed_part), CBS_len(&signed_part), digest);
    memset(block, 0xff, size);
    block[0] = 0;
    block[1] = 1;
    tail[-1] = 0;
    memcpy(tail, md5_info, sizeof(md5_info));
    memcpy(tail + sizeof(md5_info), digest, sizeof(digest));
    MAKER_MUST(
        RSA_sign_raw(rsa, &len, made->der + made->len - size, size, block, size, RSA_NO_PADDING) &&
        len == size);
    const uint8_t *der = made->der;
    X509_free(made->x509);
    made->x509 = d2i_X509(NULL, &der, (long)made->len);
    MAKER_MUST(made->x509 != NULL);
}

static inline struct made make(const struct recipe *recipe)
{
    struct made made = {.x509 = X509_new()};
    uint8_t serial[8];
    X509 *issuer = recipe->issuer != NULL ? recipe->issuer->x509 : made.x509;
    if (recipe->key != NULL) {
        made.key = recipe->key;
        EVP_PKEY_up_ref(made.key);
    } else {
        made.key = maker_key(recipe->kind);
    }
    X509_NAME *name = X509_get_subject_name(made.x509);
    EVP_PKEY *signer = recipe->issuer != NULL ? recipe->issuer->key : made.key;
    bool md5 = recipe->digest != NULL && EVP_MD_type(recipe->digest) == NID_md5;
    const EVP_MD *digest = md5                      ? EVP_sha1()
                           : recipe->digest != NULL ? recipe->digest
                                                    : EVP_sha256();
    arc4random_buf(serial, sizeof(serial));
    serial[0] = (serial[0] & 0x7f) | 1;
    BIGNUM *number = BN_bin2bn(serial, sizeof(serial), NULL);
    MAKER_MUST(number != NULL &&
               BN_to_ASN1_INTEGER(number, X509_get_serialNumber(made.x509)) != NULL);
    BN_free(number);
    MAKER_MUST(X509_set_version(made.x509, X509_VERSION_3));
    if (recipe->cn != NULL) {
        MAKER_MUST(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                              (const unsigned char *)recipe->cn, -1, -1, 0));
    }
    MAKER_MUST(X509_set_issuer_name(made.x509, X509_get_subject_name(issuer)));
    MAKER_MUST(X509_set_pubkey(made.x509, made.key));
    maker_set_dates(made.x509, recipe);
    maker_add_extensions(made.x509, issuer, recipe);
    MAKER_MUST(
        X509_sign(made.x509, signer, EVP_PKEY_id(signer) == EVP_PKEY_ED25519 ? NULL : digest) > 0);
    int len = i2d_X509(made.x509, &made.der);
    MAKER_MUST(len > 0);
    made.len = (size_t)len;
    if (md5) {
        maker_sign_again_with_md5(&made, signer);
    }
    return made;
}

static inline void made_free(struct made *made)
{
    X509_free(made->x509);
    EVP_PKEY_free(made->key);
    OPENSSL_free(made->der);
}

static inline struct text made_text(const struct made *made)
{
    return (struct text){(const char *)made->der, made->len};
}

/* A trust store with these roots; it only loads files, so one is made in memory. */
static inline struct trust_store *make_store(const struct made *const *roots, size_t num_roots)
{
    char path[64];
    char error[256] = "";
    int fd = memfd_create("roots", 0);
    MAKER_MUST(fd >= 0);
    FILE *file = fdopen(dup(fd), "w");
    MAKER_MUST(file != NULL);
    for (size_t i = 0; i < num_roots; i++) {
        MAKER_MUST(PEM_write_X509(file, roots[i]->x509));
    }
    MAKER_MUST(fclose(file) == 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct trust_store *store = trust_store_new(path, error, sizeof(error));
    close(fd);
    if (store == NULL) {
        fprintf(stderr, "%s\n", error);
    }
    MAKER_MUST(store != NULL);
    return store;
}

#endif
