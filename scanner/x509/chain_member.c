#include "scanner/x509/chain_member.h"

#include <limits.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "io/base/library_memory.h"

/*
 * *out_x509 is NULL where BoringSSL refuses the certificate, also because bytes follow it. False on
 * lack of memory.
 */
static bool parse(struct text der, X509 **out_x509)
{
    *out_x509 = NULL;
    if (der.len > LONG_MAX) {
        return true;
    }
    const uint8_t *cursor = (const uint8_t *)der.bytes;
    X509 *x509 = d2i_X509(NULL, &cursor, (long)der.len);
    if (x509 != NULL && cursor != (const uint8_t *)der.bytes + der.len) {
        X509_free(x509);
        x509 = NULL;
    }
    *out_x509 = x509;
    return !library_lacked_memory();
}

/* False on lack of memory, which says nothing of the key. */
static bool decode_key(struct chain_member *member)
{
    EVP_PKEY *key = X509_get_pubkey(member->x509);
    if (library_lacked_memory()) {
        EVP_PKEY_free(key);
        return false;
    }
    member->key.is_invalid |= key == NULL && member->key.is_of_library;
    EVP_PKEY_free(key);
    return true;
}

/*
 * BoringSSL decodes extensions and keys at first use and keeps them in the object. Doing it here
 * keeps its locks out of the way later. False on lack of memory.
 */
static bool decode_now(struct chain_member *member)
{
    X509 *x509 = member->x509;
    member->has_invalid_extension = (X509_get_extension_flags(x509) & EXFLAG_INVALID) != 0;
    int is_own_issuer = X509_check_issued(x509, x509);
    member->is_self_issued =
        is_own_issuer == X509_V_OK || is_own_issuer == X509_V_ERR_KEYUSAGE_NO_CERTSIGN ||
        (member->has_invalid_extension &&
         X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0);
    return !library_lacked_memory() && decode_key(member);
}

bool chain_member_init(struct chain_member *member, struct arena *arena, struct text der)
{
    memset(member, 0, sizeof(*member));
    certificate_der_read(der, &member->der);
    if (!certificate_key_read(arena, member->der.spki, &member->key) ||
        !certificate_signature_read(arena, member->der.signature_algorithm, &member->signature)) {
        return false;
    }
    if (!parse(der, &member->x509)) {
        return false;
    }
    member->is_parsable = member->x509 != NULL;
    return !member->is_parsable || decode_now(member);
}

void chain_member_fini(struct chain_member *member)
{
    X509_free(member->x509);
    member->x509 = NULL;
}

bool chain_member_open(const struct chain_member *member, struct chain_member *out_open)
{
    *out_open = *member;
    if (member->x509 != NULL) {
        X509_up_ref(member->x509);
    } else if (member->is_parsable) {
        return parse(member->der.whole, &out_open->x509) && out_open->x509 != NULL;
    }
    return true;
}

static bool text_equal(struct text a, struct text b)
{
    return a.len == b.len && a.bytes != NULL && b.bytes != NULL &&
           memcmp(a.bytes, b.bytes, a.len) == 0;
}

bool chain_member_equal(const struct chain_member *a, const struct chain_member *b)
{
    return text_equal(a->der.whole, b->der.whole);
}

bool chain_member_is_same_entity(const struct chain_member *a, const struct chain_member *b)
{
    return text_equal(a->der.spki, b->der.spki) && text_equal(a->der.subject, b->der.subject);
}
