#include "benchmarks/fleet/pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec_key.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/pool.h>
#include <openssl/rsa.h>

#include "benchmarks/fleet/pki_certificate.h"

#define CACHE_SIZE     4093 /* leaves, of about a kilobyte each; a prime, so that ids spread */
#define AUTHORITY_DAYS 3650
#define P256           NID_X9_62_prime256v1

struct authority {
    EVP_PKEY *key;
    X509 *certificate;
    CRYPTO_BUFFER *der;
};

struct cache_entry {
    uint32_t id;
    enum certificate_kind kind;
    struct leaf leaf; /* chain[0] is owned, NULL while the entry is empty */
};

struct pki {
    struct authority root;
    struct authority intermediate;
    struct authority costly[PKI_COSTLY]; /* the first issues the leaf, the second the first, ... */
    struct authority stranger;           /* a root that no client is told to trust */
    EVP_PKEY *leaf_ecdsa;
    EVP_PKEY *leaf_rsa2048;
    EVP_PKEY *leaf_rsa1024;
    struct cache_entry cache[CACHE_SIZE];
};

/* What makes a leaf of each kind: all but the names, which the host decides. */
static const struct leaf_kind {
    size_t issuer;      /* offset of a struct authority in struct pki, NO_ISSUER: self-signed */
    size_t key;         /* offset of an EVP_PKEY pointer in struct pki */
    size_t num_issuers; /* that are sent: the issuer, and those above it in struct pki */
    bool is_wildcard;
    bool sha1;
    bool bad_purpose;
    bool no_names;
    int from_days, to_days;
} kinds[CERTIFICATE_KIND_COUNT] = {
#define NO_ISSUER   SIZE_MAX
#define BY_ROOT     .issuer = offsetof(struct pki, root)
#define BY_MIDDLE   .issuer = offsetof(struct pki, intermediate)
#define BY_COSTLY   .issuer = offsetof(struct pki, costly)
#define BY_STRANGER .issuer = offsetof(struct pki, stranger)
#define ECDSA       .key = offsetof(struct pki, leaf_ecdsa)
#define VALID_NOW   .from_days = -10, .to_days = 80
    [CERTIFICATE_OK] = {BY_ROOT, ECDSA, VALID_NOW},
    [CERTIFICATE_WITH_INTERMEDIATE] = {BY_MIDDLE, ECDSA, VALID_NOW, .num_issuers = 1},
    [CERTIFICATE_INCOMPLETE] = {BY_MIDDLE, ECDSA, VALID_NOW},
    [CERTIFICATE_EXPIRED] = {BY_ROOT, ECDSA, .from_days = -100, .to_days = -10},
    [CERTIFICATE_NOT_YET_VALID] = {BY_ROOT, ECDSA, .from_days = 10, .to_days = 100},
    [CERTIFICATE_WRONG_NAME] = {BY_ROOT, ECDSA, VALID_NOW},
    [CERTIFICATE_WILDCARD] = {BY_ROOT, ECDSA, VALID_NOW, .is_wildcard = true},
    [CERTIFICATE_CN_ONLY] = {BY_ROOT, ECDSA, VALID_NOW, .no_names = true},
    [CERTIFICATE_SELF_SIGNED] = {.issuer = NO_ISSUER, ECDSA, VALID_NOW},
    [CERTIFICATE_UNTRUSTED_ROOT] = {BY_STRANGER, ECDSA, VALID_NOW, .num_issuers = 1},
    [CERTIFICATE_RSA2048] = {BY_ROOT, .key = offsetof(struct pki, leaf_rsa2048), VALID_NOW},
    [CERTIFICATE_RSA1024] = {BY_ROOT, .key = offsetof(struct pki, leaf_rsa1024), VALID_NOW},
    [CERTIFICATE_SHA1] = {BY_ROOT, ECDSA, VALID_NOW, .sha1 = true},
    [CERTIFICATE_BAD_PURPOSE] = {BY_ROOT, ECDSA, VALID_NOW, .bad_purpose = true},
    [CERTIFICATE_RSA_WILDCARD] = {BY_ROOT, .key = offsetof(struct pki, leaf_rsa2048), VALID_NOW,
                                  .is_wildcard = true},
    [CERTIFICATE_COSTLY] = {BY_COSTLY, ECDSA, VALID_NOW, .num_issuers = PKI_COSTLY},
};

static EVP_PKEY *make_ecdsa(int curve)
{
    EVP_PKEY *key = EVP_PKEY_new();
    EC_KEY *ec = EC_KEY_new_by_curve_name(curve);
    bool ok = key != NULL && ec != NULL && EC_KEY_generate_key(ec) && EVP_PKEY_set1_EC_KEY(key, ec);
    EC_KEY_free(ec);
    if (!ok) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

static EVP_PKEY *make_rsa(int bits)
{
    EVP_PKEY *key = EVP_PKEY_new();
    RSA *rsa = RSA_new();
    BIGNUM *exponent = BN_new();
    bool ok = key != NULL && rsa != NULL && exponent != NULL && BN_set_word(exponent, RSA_F4) &&
              RSA_generate_key_ex(rsa, bits, exponent, NULL) && EVP_PKEY_set1_RSA(key, rsa);
    BN_free(exponent);
    RSA_free(rsa);
    if (!ok) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

static CRYPTO_BUFFER *to_der(X509 *certificate)
{
    uint8_t *der = NULL;
    int der_len = i2d_X509(certificate, &der);
    CRYPTO_BUFFER *buffer = der_len > 0 ? CRYPTO_BUFFER_new(der, (size_t)der_len, NULL) : NULL;
    OPENSSL_free(der);
    return buffer;
}

static bool make_authority(struct authority *authority, int curve, const char *name,
                           const struct authority *issuer)
{
    authority->key = make_ecdsa(curve);
    if (authority->key == NULL) {
        return false;
    }
    struct certificate_plan plan = {
        .subject = name,
        .key = authority->key,
        .issuer = issuer != NULL ? issuer->certificate : NULL,
        .issuer_key = issuer != NULL ? issuer->key : authority->key,
        .digest = EVP_sha256(),
        .authority = true,
        .purpose = NID_undef,
        .from_days = -AUTHORITY_DAYS,
        .to_days = AUTHORITY_DAYS,
    };
    authority->certificate = certificate_make(&plan);
    authority->der = authority->certificate != NULL ? to_der(authority->certificate) : NULL;
    return authority->der != NULL;
}

static bool make_costly(struct pki *pki)
{
    const struct authority *issuer = &pki->root;
    for (size_t i = PKI_COSTLY; i-- > 0; issuer = &pki->costly[i]) {
        char name[64];
        snprintf(name, sizeof name, "mxgrade fleet costly %zu", i);
        if (!make_authority(&pki->costly[i], NID_secp521r1, name, issuer)) {
            return false;
        }
    }
    return true;
}

static void free_authority(struct authority *authority)
{
    EVP_PKEY_free(authority->key);
    X509_free(authority->certificate);
    CRYPTO_BUFFER_free(authority->der);
}

struct pki *pki_new(void)
{
    struct pki *pki = calloc(1, sizeof *pki);
    if (pki == NULL) {
        return NULL;
    }
    pki->leaf_ecdsa = make_ecdsa(P256);
    pki->leaf_rsa2048 = make_rsa(2048);
    pki->leaf_rsa1024 = make_rsa(1024);
    if (pki->leaf_ecdsa == NULL || pki->leaf_rsa2048 == NULL || pki->leaf_rsa1024 == NULL ||
        !make_authority(&pki->root, P256, "mxgrade fleet root", NULL) ||
        !make_authority(&pki->intermediate, P256, "mxgrade fleet intermediate", &pki->root) ||
        !make_authority(&pki->stranger, P256, "a root nobody trusts", NULL) || !make_costly(pki)) {
        pki_free(pki);
        return NULL;
    }
    return pki;
}

void pki_free(struct pki *pki)
{
    if (pki == NULL) {
        return;
    }
    for (size_t i = 0; i < CACHE_SIZE; i++) {
        CRYPTO_BUFFER_free(pki->cache[i].leaf.chain[0]);
    }
    free_authority(&pki->root);
    free_authority(&pki->intermediate);
    for (size_t i = 0; i < PKI_COSTLY; i++) {
        free_authority(&pki->costly[i]);
    }
    free_authority(&pki->stranger);
    EVP_PKEY_free(pki->leaf_ecdsa);
    EVP_PKEY_free(pki->leaf_rsa2048);
    EVP_PKEY_free(pki->leaf_rsa1024);
    free(pki);
}

static bool write_pem(X509 *certificate, const char *file)
{
    FILE *stream = fopen(file, "we");
    if (stream == NULL) {
        return false;
    }
    bool ok = PEM_write_X509(stream, certificate) == 1;
    return fclose(stream) == 0 && ok;
}

bool pki_write_root(const struct pki *pki, const char *file)
{
    return write_pem(pki->root.certificate, file);
}

bool pki_write_intermediate(const struct pki *pki, const char *file)
{
    return write_pem(pki->intermediate.certificate, file);
}

static const struct authority *issuer_of(const struct pki *pki, const struct leaf_kind *kind)
{
    return kind->issuer == NO_ISSUER ? NULL : (const void *)((const char *)pki + kind->issuer);
}

static EVP_PKEY *key_of(const struct pki *pki, const struct leaf_kind *kind)
{
    EVP_PKEY *key;
    memcpy(&key, (const char *)pki + kind->key, sizeof key);
    return key;
}

/* The names in the certificate: the host's, or what the kind makes of them. */
static void plan_names(struct certificate_plan *plan, enum certificate_kind kind, const char *name,
                       const char *alias, char wildcard[static 256])
{
    plan->subject = name;
    plan->names[0] = name;
    plan->names[1] = alias;
    if (kind == CERTIFICATE_WRONG_NAME) {
        plan->subject = "elsewhere.example";
        plan->names[0] = "elsewhere.example";
        plan->names[1] = NULL;
    } else if (kinds[kind].is_wildcard && strchr(name, '.') != NULL) {
        snprintf(wildcard, 256, "*%s", strchr(name, '.'));
        plan->subject = wildcard;
        plan->names[0] = wildcard;
        plan->names[1] = NULL;
    } else if (kinds[kind].no_names) {
        plan->names[0] = NULL;
    }
}

static CRYPTO_BUFFER *mint(const struct pki *pki, enum certificate_kind kind, const char *name,
                           const char *alias)
{
    const struct leaf_kind *row = &kinds[kind];
    const struct authority *issuer = issuer_of(pki, row);
    EVP_PKEY *key = key_of(pki, row);
    struct certificate_plan plan = {
        .key = key,
        .issuer = issuer != NULL ? issuer->certificate : NULL,
        .issuer_key = issuer != NULL ? issuer->key : key,
        .digest = row->sha1 ? EVP_sha1() : EVP_sha256(),
        .purpose = row->bad_purpose ? NID_client_auth : NID_server_auth,
        .from_days = row->from_days,
        .to_days = row->to_days,
    };
    char wildcard[256];
    plan_names(&plan, kind, name, alias, wildcard);
    X509 *certificate = certificate_make(&plan);
    CRYPTO_BUFFER *der = certificate != NULL ? to_der(certificate) : NULL;
    X509_free(certificate);
    return der;
}

/* A wildcard serves all names under its parent: one certificate for them all. */
static uint32_t id_of_parent(const char *name)
{
    uint32_t id = 2166136261u; /* FNV-1a */
    for (const char *at = strchr(name, '.'); at != NULL && *at != '\0'; at++) {
        id = (id ^ (uint8_t)*at) * 16777619u;
    }
    return id;
}

const struct leaf *pki_leaf(struct pki *pki, enum certificate_kind kind, uint32_t id,
                            const char *name, const char *alias)
{
    if (kinds[kind].is_wildcard) {
        id = id_of_parent(name);
    }
    struct cache_entry *entry = &pki->cache[(id * CERTIFICATE_KIND_COUNT + kind) % CACHE_SIZE];
    if (entry->leaf.chain[0] != NULL && entry->id == id && entry->kind == kind) {
        return &entry->leaf;
    }
    CRYPTO_BUFFER *der = mint(pki, kind, name, alias);
    if (der == NULL) {
        return NULL;
    }
    CRYPTO_BUFFER_free(entry->leaf.chain[0]);
    const struct authority *issuer = issuer_of(pki, &kinds[kind]);
    *entry = (struct cache_entry){
        .id = id,
        .kind = kind,
        .leaf = {.chain = {der}, .chain_length = 1, .key = key_of(pki, &kinds[kind])},
    };
    for (size_t i = 0; i < kinds[kind].num_issuers; i++) {
        entry->leaf.chain[entry->leaf.chain_length++] = issuer[i].der;
    }
    return &entry->leaf;
}
