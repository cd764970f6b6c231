#include "scanner/x509/leaf_use.h"

#include <openssl/bytestring.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <string.h>

#include "scanner/x509/certificate_algorithm.h"
#include "scanner/x509/certificate_der.h"
#include "io/base/library_memory.h"

/* Our handshake accepts ECDSA signatures on these curves, which TLS_LIBRARY_GROUPS lists. */
static bool is_offered_curve(const EVP_PKEY *key)
{
    const EC_KEY *ec = EVP_PKEY_get0_EC_KEY(key);
    int curve = EC_GROUP_get_curve_name(EC_KEY_get0_group(ec));
    return curve == NID_X9_62_prime256v1 || curve == NID_secp384r1 || curve == NID_secp521r1;
}

static bool is_kind_offered(const EVP_PKEY *key)
{
    switch (EVP_PKEY_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_ED25519:
        return true;
    case EVP_PKEY_EC:
        return is_offered_curve(key);
    default:
        return false;
    }
}

/* Does BoringSSL parse the key, and does our handshake offer its kind? False on lack of memory. */
static bool ask_library(struct text spki, bool *out_is_key, bool *out_is_offered)
{
    CBS cbs;
    CBS_init(&cbs, (const uint8_t *)spki.bytes, spki.len);
    EVP_PKEY *key = EVP_parse_public_key(&cbs);
    *out_is_key = key != NULL && CBS_len(&cbs) == 0;
    *out_is_offered = *out_is_key && is_kind_offered(key);
    EVP_PKEY_free(key);
    return !library_lacked_memory();
}

/*
 * BoringSSL refuses RSA keys whose modulus or exponent is too small or too large; other libraries
 * take them. OpenSSL even takes an exponent of 1, which lets anybody sign. A key with an even
 * exponent is no RSA key (RFC 8017 section 3.1).
 */
static bool read_rsa(struct arena *arena, const struct certificate_key *key, enum leaf_use *out_use,
                     const char **out_key)
{
    if (key->bits == 0 || (key->is_invalid && key->rsa_exponent_bits != 1)) {
        *out_use = LEAF_IS_OF_NOBODY;
        return true;
    }
    *out_use = LEAF_IS_OF_OTHERS;
    *out_key = arena_format(arena, "%s of %u bits with an exponent of %u bits", key->name,
                            key->bits, key->rsa_exponent_bits);
    return *out_key != NULL;
}

bool leaf_use_find(struct arena *arena, struct text leaf, enum leaf_use *out_use,
                   const char **out_key)
{
    struct certificate_der der;
    struct certificate_key key;
    bool is_key, is_offered;
    *out_use = LEAF_IS_OF_NOBODY;
    *out_key = NULL;
    certificate_der_read(leaf, &der);
    if (der.spki.bytes == NULL) {
        return true;
    }
    if (!certificate_key_read(arena, der.spki, &key) ||
        !ask_library(der.spki, &is_key, &is_offered)) {
        return false;
    }
    if (is_offered) {
        *out_use = LEAF_IS_USABLE;
    } else if (!is_key && key.name != NULL && strcmp(key.name, "RSA") == 0) {
        return read_rsa(arena, &key, out_use, out_key);
    } else if (key.name != NULL && (is_key || !key.is_of_library)) {
        *out_use = LEAF_IS_OF_OTHERS;
        *out_key = key.name;
    }
    return true;
}
