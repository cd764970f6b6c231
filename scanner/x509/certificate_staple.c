#include "scanner/x509/certificate_staple.h"

#include <string.h>

#include <openssl/asn1.h>
#include <openssl/bytestring.h>
#include <openssl/digest.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "scanner/x509/chain.h"
#include "io/base/library_memory.h"
#include "scanner/x509/ocsp_response.h"

static CBS cbs_of(struct text text)
{
    CBS cbs;
    CBS_init(&cbs, (const uint8_t *)text.bytes, text.len);
    return cbs;
}

static bool text_equal(struct text a, struct text b)
{
    return a.bytes != NULL && b.bytes != NULL && a.len == b.len &&
           memcmp(a.bytes, b.bytes, a.len) == 0;
}

/* ---- Is the answer about the leaf? ---- */

static const EVP_MD *digest_by_oid(struct text oid)
{
    static const struct {
        uint8_t len;
        uint8_t bytes[9];
        const EVP_MD *(*digest)(void);
    } digests[] = {
        {5, {0x2b, 0x0e, 0x03, 0x02, 0x1a}, EVP_sha1},
        {9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01}, EVP_sha256},
        {9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02}, EVP_sha384},
        {9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03}, EVP_sha512},
    };
    CBS cbs = cbs_of(oid);
    for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
        if (CBS_mem_equal(&cbs, digests[i].bytes, digests[i].len)) {
            return digests[i].digest();
        }
    }
    return NULL;
}

static bool is_hash_of(struct text hash, const EVP_MD *digest, struct text bytes)
{
    uint8_t computed[EVP_MAX_MD_SIZE];
    unsigned computed_len;
    return bytes.bytes != NULL &&
           EVP_Digest(bytes.bytes, bytes.len, computed, &computed_len, digest, NULL) == 1 &&
           text_equal(hash, (struct text){(const char *)computed, computed_len});
}

/* The bits of the key alone, without tag, length and number of unused bits: section 4.1.1. */
static struct text key_bits(struct text spki)
{
    CBS cbs = cbs_of(spki);
    CBS outer;
    CBS algorithm;
    CBS bits;
    uint8_t unused_bits;
    if (!CBS_get_asn1(&cbs, &outer, CBS_ASN1_SEQUENCE) ||
        !CBS_get_asn1(&outer, &algorithm, CBS_ASN1_SEQUENCE) ||
        !CBS_get_asn1(&outer, &bits, CBS_ASN1_BITSTRING) || !CBS_get_u8(&bits, &unused_bits)) {
        return (struct text){NULL, 0};
    }
    return (struct text){(const char *)CBS_data(&bits), CBS_len(&bits)};
}

/* `issuer` may be NULL where it is not known: then its name has to do, which the leaf tells. */
static bool is_about(const struct ocsp_single *single, const struct chain_member *leaf,
                     const struct chain_member *issuer)
{
    const EVP_MD *digest = digest_by_oid(single->hash_oid);
    return digest != NULL && text_equal(single->serial, leaf->der.serial) &&
           is_hash_of(single->issuer_name_hash, digest, leaf->der.issuer) &&
           (issuer == NULL ||
            is_hash_of(single->issuer_key_hash, digest, key_bits(issuer->der.spki)));
}

/* The newest of the answers about the leaf. */
static bool find_single(const struct ocsp_response *response, const struct chain_member *leaf,
                        const struct chain_member *issuer, struct ocsp_single *out_single)
{
    bool is_found = false;
    struct ocsp_single single = {.status = OCSP_STATUS_NONE};
    for (struct text cursor = response->singles; ocsp_response_next(&cursor, &single);) {
        if (is_about(&single, leaf, issuer) &&
            (!is_found || single.this_update > out_single->this_update)) {
            *out_single = single;
            is_found = true;
        }
    }
    return is_found;
}

/* ---- Who has signed it? ---- */

static bool is_responder(const struct ocsp_response *response, const struct chain_member *member)
{
    if (response->responder_name.bytes != NULL) {
        return text_equal(response->responder_name, member->der.subject);
    }
    return is_hash_of(response->responder_key_hash, EVP_sha1(), key_bits(member->der.spki));
}

/*
 * BoringSSL verifies signatures over ASN.1 objects only. A SEQUENCE read as ANY is kept as the
 * bytes it came in, so this is over the very bytes that were signed.
 */
static bool is_signed_by(const struct ocsp_response *response, X509 *signer)
{
    const uint8_t *tbs_der = (const uint8_t *)response->tbs.bytes;
    const uint8_t *algorithm_der = (const uint8_t *)response->signature_algorithm.bytes;
    const uint8_t *signature_der = (const uint8_t *)response->signature.bytes;
    ASN1_TYPE *tbs = d2i_ASN1_TYPE(NULL, &tbs_der, (long)response->tbs.len);
    X509_ALGOR *algorithm =
        d2i_X509_ALGOR(NULL, &algorithm_der, (long)response->signature_algorithm.len);
    ASN1_BIT_STRING *signature =
        d2i_ASN1_BIT_STRING(NULL, &signature_der, (long)response->signature.len);
    EVP_PKEY *key = X509_get_pubkey(signer);
    bool is_good = tbs != NULL && algorithm != NULL && signature != NULL && key != NULL &&
                   ASN1_item_verify(ASN1_ITEM_rptr(ASN1_ANY), algorithm, signature, tbs, key) == 1;
    ASN1_TYPE_free(tbs);
    X509_ALGOR_free(algorithm);
    ASN1_BIT_STRING_free(signature);
    EVP_PKEY_free(key);
    return is_good;
}

static bool has_signed(const struct chain_member *issuer, const struct chain_member *subject)
{
    EVP_PKEY *key = X509_get_pubkey(issuer->x509);
    bool is_good = key != NULL && subject->signature.is_checkable &&
                   X509_check_issued(issuer->x509, subject->x509) == X509_V_OK &&
                   X509_verify(subject->x509, key) == 1;
    EVP_PKEY_free(key);
    return is_good;
}

/*
 * RFC 6960 section 4.2.2.2: a responder's certificate has id-kp-OCSPSigning (anyExtendedKeyUsage is
 * not enough) and is issued by the CA itself that has issued the leaf.
 */
static bool is_delegate(const struct chain_member *delegate, const struct chain_member *issuer,
                        int64_t now)
{
    return (X509_get_extension_flags(delegate->x509) & EXFLAG_XKUSAGE) != 0 &&
           (X509_get_extended_key_usage(delegate->x509) & XKU_OCSP_SIGN) != 0 &&
           (X509_get_key_usage(delegate->x509) & X509v3_KU_DIGITAL_SIGNATURE) != 0 &&
           !delegate->has_invalid_extension && delegate->der.has_validity &&
           now >= delegate->der.not_before && now <= delegate->der.not_after &&
           has_signed(issuer, delegate);
}

/* Lack of memory makes it unknown: it accuses nobody. */
enum signer { SIGNER_STRANGER, SIGNER_WITHOUT_RIGHT, SIGNER_FORGED, SIGNER_GOOD, SIGNER_UNKNOWN };

static enum signer judge_signer(const struct ocsp_response *response,
                                const struct chain_member *candidate, bool has_right)
{
    enum signer signer = has_right ? SIGNER_GOOD : SIGNER_WITHOUT_RIGHT;
    if (candidate->x509 == NULL || !is_responder(response, candidate)) {
        signer = SIGNER_STRANGER;
    } else if (!is_signed_by(response, candidate->x509)) {
        signer = SIGNER_FORGED;
    }
    return library_lacked_memory() ? SIGNER_UNKNOWN : signer;
}

/* Of a certificate that came with the response. */
static enum signer judge_delegate(const struct ocsp_response *response,
                                  const struct chain_member *issuer,
                                  const struct chain_member *delegate, int64_t now)
{
    if (delegate->x509 == NULL || !is_responder(response, delegate)) {
        return library_lacked_memory() ? SIGNER_UNKNOWN : SIGNER_STRANGER;
    }
    return judge_signer(response, delegate, is_delegate(delegate, issuer, now));
}

/* The best of those who may have signed. */
static enum signer find_signer(const struct ocsp_response *response,
                               const struct chain_member *issuer, int64_t now)
{
    struct arena arena = {0};
    enum signer best = judge_signer(response, issuer, true);
    for (size_t i = 0; best != SIGNER_GOOD && i < response->num_certificates; i++) {
        struct chain_member delegate;
        bool is_read = chain_member_init(&delegate, &arena, response->certificates[i]);
        enum signer signer =
            is_read ? judge_delegate(response, issuer, &delegate, now) : SIGNER_UNKNOWN;
        best = signer > best ? signer : best;
        chain_member_fini(&delegate);
    }
    arena_free(&arena);
    return best;
}

static bool is_checkable(const struct ocsp_response *response)
{
    struct arena arena = {0};
    struct certificate_signature signature;
    bool is_read = certificate_signature_read(&arena, response->signature_algorithm, &signature);
    arena_free(&arena);
    return is_read && signature.is_checkable;
}

static void judge_signature(const struct ocsp_response *response, const struct chain_member *issuer,
                            int64_t now, struct ocsp_record *ocsp)
{
    enum signer signer = SIGNER_UNKNOWN; /* while nobody could look */
    if (issuer != NULL && is_checkable(response)) {
        struct chain_member open;
        bool can_look = chain_member_open(issuer, &open) && open.x509 != NULL;
        signer = can_look ? find_signer(response, &open, now) : SIGNER_UNKNOWN;
        chain_member_fini(&open);
    }
    switch (signer) {
    case SIGNER_GOOD:
        ocsp->signature.value = TRI_YES;
        break;
    case SIGNER_FORGED:
        ocsp->signature.value = TRI_NO;
        ocsp->problems |= OCSP_PROBLEM_BIT(OCSP_BAD_SIGNATURE);
        break;
    case SIGNER_STRANGER:
    case SIGNER_WITHOUT_RIGHT:
        ocsp->signature.value = TRI_NO;
        ocsp->problems |= OCSP_PROBLEM_BIT(OCSP_UNAUTHORIZED_RESPONDER);
        break;
    case SIGNER_UNKNOWN:
        break;
    }
}

/* ---- The verdicts ---- */

/* RFC 6960 section 4.2.2.1; RFC 5019 section 4: without nextUpdate a response kept by somebody else
 * than its responder may not be relied on. */
static void judge_freshness(const struct ocsp_single *single, int64_t now, struct ocsp_record *ocsp)
{
    if (single->this_update > now + OCSP_CLOCK_SKEW) {
        ocsp->problems |= OCSP_PROBLEM_BIT(OCSP_NOT_YET_VALID);
    }
    if (!single->has_next_update) {
        ocsp->problems |= OCSP_PROBLEM_BIT(OCSP_NO_NEXT_UPDATE);
    } else if (single->next_update < now - OCSP_CLOCK_SKEW) {
        ocsp->problems |= OCSP_PROBLEM_BIT(OCSP_STALE);
    }
    ocsp->fresh.value = ocsp->problems == 0 ? TRI_YES : TRI_NO;
}

static bool is_revoked_for_good(const struct ocsp_single *single, const struct ocsp_record *ocsp)
{
    return single->status == OCSP_STATUS_REVOKED && ocsp->signature.value == TRI_YES &&
           (ocsp->fresh.value == TRI_YES || single->reason != OCSP_REASON_HOLD);
}

static const struct chain_member *issuer_of_leaf(const struct chain *chain)
{
    const struct chain_path *path = &chain->verdict.path;
    if (path->num_members > 1) {
        return path->members[1];
    }
    bool is_own_issuer = path->num_members == 1 && path->members[0]->is_self_issued;
    return is_own_issuer ? path->members[0] : NULL;
}

static void judge_single(const struct chain *chain, const struct ocsp_response *response,
                         const struct ocsp_single *single, struct certificate_record *record)
{
    struct ocsp_record *ocsp = &record->ocsp;
    ocsp->status = single->status;
    ocsp->has_this_update = true;
    ocsp->this_update = single->this_update;
    ocsp->has_next_update = single->has_next_update;
    ocsp->next_update = single->next_update;
    ocsp->revoked_at = single->revoked_at;
    judge_freshness(single, chain->now, ocsp);
    judge_signature(response, issuer_of_leaf(chain), chain->now, ocsp);
    if (is_revoked_for_good(single, ocsp)) {
        record->problems |= CERTIFICATE_PROBLEM_BIT(CERTIFICATE_REVOKED);
    }
    if (single->has_sct) {
        record->sct_sources |= SCT_IN_OCSP_STAPLE;
    }
}

/* The answer about the chain's leaf, if there is one. False on lack of memory. */
static bool look_for_single(const struct chain *chain, const struct ocsp_response *response,
                            struct ocsp_single *out_single, bool *out_is_found)
{
    *out_is_found = chain->kept.num_members > 0 && find_single(response, &chain->kept.members[0],
                                                               issuer_of_leaf(chain), out_single);
    return !library_lacked_memory();
}

static void judge_response(const struct chain *chain, struct text der,
                           struct certificate_record *record)
{
    struct ocsp_response response;
    struct ocsp_single single = {.status = OCSP_STATUS_NONE};
    uint32_t *problems = &record->ocsp.problems;
    bool is_found;
    if (!ocsp_response_read(der, &response)) {
        *problems |= OCSP_PROBLEM_BIT(OCSP_UNPARSABLE);
    } else if (response.response_status != 0) {
        *problems |= OCSP_PROBLEM_BIT(OCSP_NOT_SUCCESSFUL);
    } else if (!look_for_single(chain, &response, &single, &is_found)) {
        return; /* lack of memory accuses nobody */
    } else if (!is_found) {
        *problems |= OCSP_PROBLEM_BIT(OCSP_OTHER_CERTIFICATE);
    } else {
        judge_single(chain, &response, &single, record);
    }
}

void certificate_staple_judge(const struct chain *chain, const struct certificate_extras *extras,
                              struct certificate_record *record)
{
    const struct chain_member *leaf = chain->kept.num_members > 0 ? chain->kept.members : NULL;
    bool has_staple = extras->ocsp_response.bytes != NULL;
    record->ocsp = (struct ocsp_record){.status = OCSP_STATUS_NONE};
    record->ocsp_staple.value = has_staple ? TRI_YES : TRI_NO;
    record->must_staple = leaf != NULL && leaf->der.must_staple;
    record->sct_sources = extras->has_sct_extension ? SCT_IN_TLS_EXTENSION : 0;
    if (leaf != NULL && leaf->der.has_sct) {
        record->sct_sources |= SCT_IN_CERTIFICATE;
    }
    if (has_staple) {
        judge_response(chain, extras->ocsp_response, record);
    }
    record->sct.value = record->sct_sources != 0 ? TRI_YES : TRI_NO;
}

void certificate_staple_unseen(struct certificate_record *record)
{
    const struct verdict unseen = {TRI_UNKNOWN, OUTCOME_NOT_TESTED};
    record->ocsp_staple = record->ocsp_staple.value == TRI_NO ? unseen : record->ocsp_staple;
    record->sct = record->sct.value == TRI_NO ? unseen : record->sct;
}
