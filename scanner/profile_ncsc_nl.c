/*
 * IT Security Guidelines for TLS of NCSC-NL, edition 2025-05, as the mail test of Internet.nl
 * applies them. Whether suites and groups below "sufficient" are accepted takes a deep scan; a
 * standard one decides it only where the answer is bad.
 */
#include "scanner/profile_facts.h"

#include <string.h>

#include "io/tls_names.h"

enum { GOOD, SUFFICIENT, PHASE_OUT, INSUFFICIENT };

static int has_tls(const struct endpoint_record *record)
{
    return profile_if(profile_has_tls(record), INSUFFICIENT);
}

static int versions(const struct endpoint_record *record)
{
    enum tri older = profile_any_version(record, TLS_SSL2, TLS_1_1);
    if (older != TRI_NO) {
        return profile_unless(older, INSUFFICIENT);
    }
    return profile_unless(profile_version(record, TLS_1_2), SUFFICIENT);
}

static int weak_suites(const struct endpoint_record *record)
{
    int level = GOOD;
    for (unsigned i = WEAK_NULL; i <= WEAK_STATIC_DH; i++) {
        int one = profile_unless(profile_weak(record, (enum weak_class)i), INSUFFICIENT);
        if (one == INSUFFICIENT) {
            return INSUFFICIENT;
        }
        level = one == PROFILE_OPEN ? PROFILE_OPEN : level;
    }
    return level;
}

static bool is_forward_secret(const struct tls_suite *suite)
{
    return (suite->kx == TLS_KX_ECDHE || suite->kx == TLS_KX_DHE) &&
           (suite->auth == TLS_AUTH_RSA || suite->auth == TLS_AUTH_ECDSA);
}

static bool is_insufficient(const struct tls_suite *suite)
{
    if (suite->kx == TLS_KX_TLS13) {
        return suite->mode == TLS_MODE_CCM_8;
    }
    return !is_forward_secret(suite) || suite->mode == TLS_MODE_CCM_8 ||
           suite->mac == TLS_MAC_SHA1 || suite->mac == TLS_MAC_MD5;
}

static bool is_phased_out(const struct tls_suite *suite)
{
    if (suite->kx == TLS_KX_TLS13 || is_insufficient(suite)) {
        return false;
    }
    return suite->kx == TLS_KX_DHE || suite->mode == TLS_MODE_CBC ||
           suite->cipher == TLS_CIPHER_CAMELLIA || suite->cipher == TLS_CIPHER_ARIA;
}

static int suites(const struct endpoint_record *record)
{
    enum tri bad = profile_any_suite(record, is_insufficient);
    if (bad == TRI_YES) {
        return INSUFFICIENT;
    }
    enum tri old = profile_any_suite(record, is_phased_out);
    return bad == TRI_UNKNOWN ? PROFILE_OPEN : profile_unless(old, PHASE_OUT);
}

/* Ephemeral DH: groups of RFC 7919 from 3072 bits are to be phased out, all else is insufficient.
 */
static int finite_field(const struct endpoint_record *record)
{
    if (record->tls.dh_bits > 0) {
        bool is_rfc7919 =
            record->tls.dh_group != NULL && strncmp(record->tls.dh_group, "ffdhe", 5) == 0;
        return record->tls.dh_bits < 3072 || !is_rfc7919 ? INSUFFICIENT : PHASE_OUT;
    }
    return profile_unless(profile_weak(record, WEAK_SMALL_DH), INSUFFICIENT);
}

static int level_of_group(uint16_t number)
{
    const struct tls_group *group = tls_names_find_group(number);
    if (group == NULL) {
        return INSUFFICIENT;
    }
    if (group->kind == TLS_GROUP_KIND_FFDHE) {
        return group->bits < 3072 ? INSUFFICIENT : PHASE_OUT;
    }
    /* 224-bit curves are to be phased out, smaller ones have no place. */
    return group->bits >= 255 ? GOOD : group->bits >= 224 ? PHASE_OUT : INSUFFICIENT;
}

static int worst_group(const uint16_t *list, size_t num)
{
    int worst = GOOD;
    for (size_t i = 0; i < num; i++) {
        int level = level_of_group(list[i]);
        worst = level > worst ? level : worst;
    }
    return worst;
}

static bool is_on_a_curve(const struct tls_suite *suite)
{
    return suite->kx == TLS_KX_ECDHE || suite->kx == TLS_KX_ECDH_ANON;
}

static int groups(const struct endpoint_record *record)
{
    const struct tls_facts *tls = &record->tls;
    int worst = worst_group(tls->groups, tls->num_groups);
    int worst_curve = worst_group(tls->curves, tls->num_curves);
    worst = worst_curve > worst ? worst_curve : worst;
    bool is_complete = (tls->num_groups > 0 || profile_version(record, TLS_1_3) == TRI_NO) &&
                       (tls->num_curves > 0 || profile_any_suite(record, is_on_a_curve) == TRI_NO);
    return worst == GOOD && !is_complete ? PROFILE_OPEN : worst;
}

static int post_quantum(const struct endpoint_record *record)
{
    return profile_if(record->has_tls ? record->tls.post_quantum.value : TRI_UNKNOWN, SUFFICIENT);
}

static int key(const struct endpoint_record *record)
{
    const struct certificate_record *certificate = record->certificate;
    if (certificate == NULL) {
        return PROFILE_OPEN;
    }
    unsigned rsa = certificate->smallest_rsa_bits;
    if ((certificate->problems & CERTIFICATE_PROBLEM_BIT(CERTIFICATE_WEAK_KEY)) != 0 ||
        (rsa > 0 && rsa < 2048)) {
        return INSUFFICIENT;
    }
    return rsa > 0 && rsa < 3072 ? PHASE_OUT : SUFFICIENT;
}

static int signature(const struct endpoint_record *record)
{
    const struct certificate_record *certificate = record->certificate;
    if (certificate == NULL || certificate->weakest_signature == NULL) {
        return PROFILE_OPEN;
    }
    if ((certificate->problems & CERTIFICATE_PROBLEM_BIT(CERTIFICATE_WEAK_SIGNATURE)) != 0) {
        return INSUFFICIENT;
    }
    return strstr(certificate->weakest_signature, "224") != NULL ? PHASE_OUT : GOOD;
}

static int with_old_tls(const struct endpoint_record *record, enum tri value)
{
    return profile_has_old_tls(record) == TRI_NO ? GOOD : profile_if(value, INSUFFICIENT);
}

static int extended_master_secret(const struct endpoint_record *record)
{
    return with_old_tls(record, record->tls.ems.value);
}

static int secure_renegotiation(const struct endpoint_record *record)
{
    return with_old_tls(record, record->tls.secure_renegotiation.value);
}

/* TLS 1.3 has none. */
static int compression(const struct endpoint_record *record)
{
    return profile_has_old_tls(record) == TRI_NO
               ? GOOD
               : profile_unless(record->tls.compression.value, INSUFFICIENT);
}

const struct profile_table profile_ncsc_nl = {
    .title = "NCSC-NL IT Security Guidelines for TLS, 2025-05",
    .source = "NCSC-NL, IT Security Guidelines for Transport Layer Security, version 2025-05",
    .levels = {"good", "sufficient", "phase_out", "insufficient"},
    .num_rules = 12,
    .rules =
        {
            {"tls", has_tls, "TLS is offered and works", "chapter 2"},
            {"versions", versions, "TLS 1.3 good, 1.2 sufficient, older insufficient", "Versions"},
            {"weak_suites", weak_suites, "No NULL, anonymous, export, DES, RC4, 3DES, static key",
             "Algorithm selections"},
            {"suites", suites,
             "(EC)DHE with AEAD; CBC with SHA-2, Camellia, ARIA and DHE phase out",
             "Algorithm selections"},
            {"finite_field", finite_field, "No DHE; RFC 7919 groups from 3072 bits phase out",
             "Finite field groups"},
            {"groups", groups, "Curves of 256 bits and more, x25519, x448", "Elliptic curves"},
            {"post_quantum", post_quantum, "A hybrid ML-KEM group is good", "Key exchange"},
            {"key", key, "ECDSA or RSA from 3072 bits; 2048 phase out", "Certificates"},
            {"signature", signature, "Certificates signed with SHA-2", "Hash functions"},
            {"extended_master_secret", extended_master_secret, "Extended master secret",
             "Extended master secret"},
            {"secure_renegotiation", secure_renegotiation, "Secure renegotiation", "Renegotiation"},
            {"compression", compression, "No TLS compression", "Compression"},
        },
};
