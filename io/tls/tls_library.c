#include "io/tls/tls_library.h"

#include <openssl/ssl.h>

#include "io/tls/tls_names.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

static const uint16_t groups[] = {
    TLS_GROUP_X25519,
    TLS_GROUP_SECP256R1,
    TLS_GROUP_SECP384R1,
    TLS_GROUP_SECP521R1,
};

static const uint16_t signatures[] = {
    SSL_SIGN_ECDSA_SECP256R1_SHA256, SSL_SIGN_RSA_PSS_RSAE_SHA256,
    SSL_SIGN_RSA_PKCS1_SHA256,       SSL_SIGN_ECDSA_SECP384R1_SHA384,
    SSL_SIGN_RSA_PSS_RSAE_SHA384,    SSL_SIGN_RSA_PKCS1_SHA384,
    SSL_SIGN_RSA_PSS_RSAE_SHA512,    SSL_SIGN_RSA_PKCS1_SHA512,
    SSL_SIGN_ECDSA_SECP521R1_SHA512, SSL_SIGN_ED25519,
    SSL_SIGN_RSA_PKCS1_SHA1,         SSL_SIGN_ECDSA_SHA1,
};

static bool is_among(uint16_t value, const uint16_t *list, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (list[i] == value) {
            return true;
        }
    }
    return false;
}

/* Those that need a shared secret, or do not encrypt, are never offered. */
static bool has_suite(uint16_t code)
{
    const struct tls_suite *suite = tls_suites_find(code);
    return SSL_get_cipher_by_value(code) != NULL && suite != NULL &&
           suite->cipher != TLS_CIPHER_NULL && tls_suites_without_shared_secret(suite);
}

enum tls_lack tls_library_lack(const struct tls_choice *choice)
{
    if (choice->version != 0 &&
        (choice->version < TLS1_VERSION || choice->version > TLS1_3_VERSION)) {
        return TLS_LACK_VERSION;
    }
    if (choice->suite != 0 && !has_suite(choice->suite)) {
        return TLS_LACK_SUITE;
    }
    if (choice->group != 0 && !is_among(choice->group, groups, NUM(groups))) {
        return TLS_LACK_GROUP;
    }
    if (choice->signature != 0 && !is_among(choice->signature, signatures, NUM(signatures))) {
        return TLS_LACK_SIGNATURE;
    }
    return TLS_LACK_NONE;
}

const uint16_t *tls_library_signatures(size_t *out_num)
{
    *out_num = NUM(signatures);
    return signatures;
}

/* RFC 8446 section 4.2.3, RFC 8734, RFC 8998, draft-ietf-tls-mldsa; those of TLS 1.2 by the
 * signature in the low byte: RFC 5246 section 7.4.1.4.1. */
const char *tls_library_signer(uint16_t signature)
{
    switch (signature) {
    case 0x0708:
        return "SM2";
    case 0x0807:
        return "Ed25519";
    case 0x0808:
        return "Ed448";
    case 0x0809:
    case 0x080a:
    case 0x080b:
        return "RSA-PSS";
    case 0x081a:
    case 0x081b:
    case 0x081c:
        return "ECDSA brainpool";
    case 0x0904:
    case 0x0905:
    case 0x0906:
        return "ML-DSA";
    default:
        return signature < 0x0700 && (signature & 0xff) == 0x02 ? "DSA" : NULL;
    }
}
