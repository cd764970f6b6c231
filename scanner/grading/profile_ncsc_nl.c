/*
 * IT Security Guidelines for TLS of NCSC-NL, edition 2025-05, as the mail test of Internet.nl
 * applies them. Whether suites and groups below "sufficient" are accepted takes a deep scan; a
 * standard one decides it only where the answer is bad.
 */
#include "scanner/grading/profile_facts.h"

#include <string.h>

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

/* The drafts of ChaCha20 that came before RFC 7905, which are no suites of the guideline. */
static bool is_draft(const struct tls_suite *suite)
{
    return suite->code >= 0xcc13 && suite->code <= 0xcc15;
}

static bool is_insufficient(const struct tls_suite *suite)
{
    bool is_known = suite->cipher == TLS_CIPHER_AES || suite->cipher == TLS_CIPHER_CHACHA20 ||
                    suite->cipher == TLS_CIPHER_CAMELLIA || suite->cipher == TLS_CIPHER_ARIA;
    return !is_known || is_draft(suite) || suite->mode == TLS_MODE_CCM_8 ||
           suite->mac == TLS_MAC_SHA1 || suite->mac == TLS_MAC_MD5 ||
           !(suite->kx == TLS_KX_TLS13 || is_forward_secret(suite));
}

static bool is_phased_out(const struct tls_suite *suite)
{
    return !is_insufficient(suite) &&
           (suite->kx == TLS_KX_DHE || suite->mode == TLS_MODE_CBC ||
            suite->cipher == TLS_CIPHER_CAMELLIA || suite->cipher == TLS_CIPHER_ARIA);
}

/* Good are TLS_AES_256_GCM_SHA384 and TLS_CHACHA20_POLY1305_SHA256 alone. */
static bool is_sufficient(const struct tls_suite *suite)
{
    return !is_insufficient(suite) && !is_phased_out(suite) &&
           (suite->kx != TLS_KX_TLS13 || suite->bits < 256);
}

static int suites(const struct endpoint_record *record)
{
    static const struct {
        bool (*is_at)(const struct tls_suite *suite);
        int level;
    } kinds[] = {
        {is_insufficient, INSUFFICIENT}, {is_phased_out, PHASE_OUT}, {is_sufficient, SUFFICIENT}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        enum tri any = profile_any_suite(record, kinds[i].is_at);
        if (any == TRI_UNKNOWN || any == TRI_YES) {
            return profile_unless(any, kinds[i].level);
        }
    }
    return GOOD;
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
    static const struct {
        uint16_t number;
        int level;
    } named[] = {
        {0x0015, PHASE_OUT},  /* secp224r1 */
        {0x0017, SUFFICIENT}, /* secp256r1 */
        {0x0018, SUFFICIENT}, /* secp384r1 */
        {0x0019, SUFFICIENT}, /* secp521r1 */
        {0x001a, SUFFICIENT}, /* brainpoolP256r1, and for TLS 1.3 below */
        {0x001b, SUFFICIENT}, /* brainpoolP384r1 */
        {0x001c, SUFFICIENT}, /* brainpoolP512r1 */
        {0x001d, SUFFICIENT}, /* x25519 */
        {0x001e, SUFFICIENT}, /* x448 */
        {0x001f, SUFFICIENT}, {0x0020, SUFFICIENT},
        {0x0021, SUFFICIENT}, {0x0101, PHASE_OUT}, /* ffdhe3072 */
        {0x0102, PHASE_OUT},                       /* ffdhe4096 */
        {0x0103, PHASE_OUT},                       /* ffdhe6144 */
        {0x0104, PHASE_OUT},                       /* ffdhe8192 */
        {0x11eb, GOOD},                            /* SecP256r1MLKEM768 */
        {0x11ec, GOOD},                            /* X25519MLKEM768 */
        {0x11ed, GOOD},                            /* SecP384r1MLKEM1024 */
    };
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (named[i].number == number) {
            return named[i].level;
        }
    }
    return INSUFFICIENT;
}

static int groups(const struct endpoint_record *record)
{
    return profile_of_groups(record, level_of_group, INSUFFICIENT);
}

static int post_quantum(const struct endpoint_record *record)
{
    return profile_if(record->has_tls ? record->tls.post_quantum.value : TRI_UNKNOWN, SUFFICIENT);
}

static int level_of_curve(const char *key)
{
    static const struct {
        const char *key;
        int level;
    } named[] = {
        {"Ed25519", GOOD},
        {"Ed448", GOOD},
        {"ECDSA P-256", SUFFICIENT},
        {"ECDSA P-384", SUFFICIENT},
        {"ECDSA P-521", SUFFICIENT},
        {"ECDSA brainpoolP256r1", SUFFICIENT},
        {"ECDSA brainpoolP384r1", SUFFICIENT},
        {"ECDSA brainpoolP512r1", SUFFICIENT},
        {"ECDSA P-224", PHASE_OUT},
    };
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (strcmp(key, named[i].key) == 0) {
            return named[i].level;
        }
    }
    return INSUFFICIENT;
}

/* Of the leaf, and the RSA keys of the whole chain that was sent. */
static int level_of_key(const struct certificate_record *certificate)
{
    if (certificate->key == NULL) {
        return PROFILE_OPEN;
    }
    bool is_rsa = strncmp(certificate->key, "RSA", 3) == 0;
    int leaf = is_rsa ? SUFFICIENT : level_of_curve(certificate->key);
    unsigned rsa = certificate->smallest_rsa_bits;
    if (leaf == INSUFFICIENT || (rsa > 0 && rsa < 2048)) {
        return INSUFFICIENT;
    }
    int weak = profile_unless_problem(certificate, CERTIFICATE_WEAK_KEY, INSUFFICIENT);
    return weak > 0 ? weak : rsa > 0 && rsa < 3072 ? PHASE_OUT : leaf;
}

static int key(const struct endpoint_record *record)
{
    return profile_of_certificates(record, level_of_key);
}

static int level_of_signature(const struct certificate_record *certificate)
{
    if (certificate->weakest_signature == NULL) {
        return PROFILE_OPEN;
    }
    return strstr(certificate->weakest_signature, "224") != NULL
               ? PHASE_OUT
               : profile_unless_problem(certificate, CERTIFICATE_WEAK_SIGNATURE, INSUFFICIENT);
}

static int signature(const struct endpoint_record *record)
{
    return profile_of_certificates(record, level_of_signature);
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
    .limits = "the hash of the key exchange's signature, 0-RTT, renegotiation by the client",
    .levels = {"good", "sufficient", "phase_out", "insufficient"},
    .num_rules = 12,
    .rules =
        {
            {"tls", has_tls, "TLS is offered and works", "chapter 2"},
            {"versions", versions, "TLS 1.3 good, 1.2 sufficient, older insufficient", "Versions"},
            {"weak_suites", weak_suites, "No NULL, anonymous, export, DES, RC4, 3DES, static key",
             "Algorithm selections"},
            {"suites", suites,
             "AES-256-GCM and ChaCha20 of TLS 1.3 good; ECDHE with AEAD sufficient; ECDHE-CBC with "
             "SHA-2, Camellia, ARIA, DHE phase out; all else insufficient",
             "Algorithm selections"},
            {"finite_field", finite_field, "No DHE; RFC 7919 groups from 3072 bits phase out",
             "Finite field groups"},
            {"groups", groups,
             "Hybrids good; P-256, P-384, P-521, x25519, x448, brainpool sufficient; P-224 and "
             "ffdhe3072 and up phase out",
             "Elliptic curves"},
            {"post_quantum", post_quantum, "A hybrid ML-KEM group is good", "Key exchange"},
            {"key", key,
             "RSA from 3072 bits or a curve as above sufficient; RSA from 2048 and P-224 phase out",
             "Certificates"},
            {"signature", signature, "Certificates signed with SHA-2", "Hash functions"},
            {"extended_master_secret", extended_master_secret, "Extended master secret",
             "Extended master secret"},
            {"secure_renegotiation", secure_renegotiation, "Secure renegotiation", "Renegotiation"},
            {"compression", compression, "No TLS compression", "Compression"},
        },
};
