/*
 * The lists behind the constructors of hello.h: which suites, groups and signatures a question of
 * each version asks about, and in which order.
 */
#include "io/tls/hello.h"

#include <string.h>

#include "io/tls/tls_names.h"
#include "io/tls/tls_suites.h"

/*
 * Some servers hang on a hello of 256 to 511 bytes (RFC 7685 section 4), which a long suite list
 * reaches: every hello that may have extensions is padded past that.
 */
#define SAFE_LEN 512

static const uint16_t protocol_versions[] = {
    [HELLO_SSL3] = 0x0300,   [HELLO_TLS1_0] = 0x0301, [HELLO_TLS1_1] = 0x0302,
    [HELLO_TLS1_2] = 0x0303, [HELLO_TLS1_3] = 0x0304,
};

/* SSLv3 to TLS 1.1. */
static const uint16_t suites_legacy[] = {
    /* ECDHE and DHE with AES, Camellia, SEED */
    0xc00a, 0xc009, 0xc014, 0xc013, 0x0039, 0x0033, 0x0038, 0x0032, 0x0088, 0x0045, 0x0087, 0x0044,
    0x009a, 0x0099,
    /* static RSA, ECDH, DH */
    0x0035, 0x002f, 0x0084, 0x0041, 0x0096, 0x0007, 0xc005, 0xc004, 0xc00f, 0xc00e, 0x0037, 0x0036,
    0x0031, 0x0030,
    /* 3DES */
    0xc008, 0xc012, 0x0016, 0x0013, 0x000a, 0xc003, 0xc00d, 0x0010, 0x000d,
    /* RC4 */
    0xc007, 0xc011, 0x0066, 0x0005, 0x0004, 0xc002, 0xc00c,
    /* DES */
    0x0015, 0x0012, 0x0009, 0x000f, 0x000c};

static const uint16_t suites_tls12[] = {
    /* ECDHE and DHE with AES-GCM, ChaCha20, AES-CCM */
    0xc02c, 0xc02b, 0xc030, 0xc02f, 0xcca9, 0xcca8, 0x009f, 0x009e, 0xccaa, 0xc0ad, 0xc0ac, 0xc09f,
    0xc09e,
    /* ARIA-GCM */
    0xc05d, 0xc05c, 0xc061, 0xc060,
    /* ECDHE and DHE with AES-CBC, Camellia-CBC; DSS */
    0xc024, 0xc023, 0xc028, 0xc027, 0x006b, 0x0067, 0xc00a, 0xc009, 0xc014, 0xc013, 0x0039, 0x0033,
    0xc073, 0xc072, 0xc077, 0xc076, 0x00c4, 0x00be, 0x0088, 0x0045, 0x00a3, 0x00a2, 0x006a, 0x0040,
    0x0038, 0x0032,
    /* static RSA */
    0x009d, 0x009c, 0xc09d, 0xc09c, 0x003d, 0x003c, 0x0035, 0x002f, 0x0084, 0x0041, 0x0007,
    /* 3DES */
    0xc008, 0xc012, 0x0016, 0x000a,
    /* RC4 */
    0xc007, 0xc011, 0x0005, 0x0004,
    /* DES */
    0x0015, 0x0009};

/* RFC 8446 section B.4. */
static const uint16_t suites_tls13[] = {0x1302, 0x1303, 0x1301, 0x1304, 0x1305};

/* No ffdhe group here: a server that honours RFC 7919 would then not show the primes it uses with
   everyone else. */
static const uint16_t groups_legacy[] = {
    TLS_GROUP_X25519,
    TLS_GROUP_SECP256R1,
    TLS_GROUP_SECP384R1,
    TLS_GROUP_SECP521R1,
    TLS_GROUP_X448,
    0x001a, /* brainpoolP256r1, P384r1, P512r1 */
    0x001b,
    0x001c,
    0x0016, /* secp256k1 */
    0x0015, /* secp224r1 */
    0x0013, /* secp192r1 */
    0x000d, /* sect571k1, sect571r1 */
    0x000e,
};

static const uint16_t groups_tls13[] = {
    TLS_GROUP_X25519, TLS_GROUP_SECP256R1, TLS_GROUP_SECP384R1, TLS_GROUP_SECP521R1,
    TLS_GROUP_X448,   TLS_GROUP_FFDHE2048, TLS_GROUP_FFDHE3072, TLS_GROUP_FFDHE4096,
};

static const uint16_t shares_tls13[] = {TLS_GROUP_X25519, TLS_GROUP_SECP256R1};

/* All that may sign in TLS 1.2, SHA-1 and MD5 last: a server that has nothing better answers too.
 */
static const uint16_t signatures_tls12[] = {
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b,
    0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0402, 0x0302, 0x0203, 0x0201, 0x0202, 0x0101};

/* PKCS #1 and SHA-1 are for certificates only here (RFC 8446 section 4.2.3). */
static const uint16_t signatures_tls13[] = {0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805,
                                            0x0806, 0x0809, 0x080a, 0x080b, 0x081a, 0x081b, 0x081c,
                                            0x0401, 0x0501, 0x0601, 0x0203, 0x0201};

_Static_assert(sizeof suites_legacy <= HELLO_SUITES_MAX * sizeof(uint16_t), "too many suites");
_Static_assert(sizeof suites_tls12 <= HELLO_SUITES_MAX * sizeof(uint16_t), "too many suites");
_Static_assert(sizeof groups_legacy <= HELLO_GROUPS_MAX * sizeof(uint16_t), "too many groups");
_Static_assert(sizeof signatures_tls12 <= HELLO_SIGNATURES_MAX * sizeof(uint16_t), "too many");

/* Gives the number of elements. */
static size_t copy(uint16_t *to, const uint16_t *from, size_t size)
{
    memcpy(to, from, size);
    return size / sizeof *to;
}

static void offer_tls13(struct hello_spec *spec)
{
    spec->legacy_version = 0x0303;
    spec->versions[0] = 0x0304;
    spec->num_versions = 1;
    spec->num_suites = copy(spec->suites, suites_tls13, sizeof suites_tls13);
    spec->num_groups = copy(spec->groups, groups_tls13, sizeof groups_tls13);
    spec->num_shares = copy(spec->shares, shares_tls13, sizeof shares_tls13);
    spec->num_signatures = copy(spec->signatures, signatures_tls13, sizeof signatures_tls13);
    spec->session_id = true;
}

static void offer_legacy_extensions(struct hello_spec *spec, enum hello_version version)
{
    spec->num_groups = copy(spec->groups, groups_legacy, sizeof groups_legacy);
    spec->point_formats = true;
    if (version == HELLO_TLS1_2) {
        spec->num_signatures = copy(spec->signatures, signatures_tls12, sizeof signatures_tls12);
    }
    spec->ems = true;
    spec->renegotiation_info = true;
    spec->session_ticket = true;
    spec->encrypt_then_mac = true;
}

struct hello_spec hello_for_version(enum hello_version version, const struct hostname *sni)
{
    struct hello_spec spec = {.record_version = 0x0301,
                              .legacy_version = protocol_versions[version]};
    if (version == HELLO_TLS1_2) {
        spec.num_suites = copy(spec.suites, suites_tls12, sizeof suites_tls12);
    } else {
        spec.num_suites = copy(spec.suites, suites_legacy, sizeof suites_legacy);
    }
    if (version == HELLO_SSL3) {
        /* No extensions (RFC 6101 section 5.6.1.2): many servers of that age reject them. */
        spec.record_version = 0x0300;
        spec.renegotiation_scsv = true;
        return spec;
    }
    if (version == HELLO_TLS1_3) {
        offer_tls13(&spec);
    } else {
        offer_legacy_extensions(&spec, version);
    }
    spec.sni = sni;
    spec.status_request = true;
    spec.sct = true;
    spec.pad_to = SAFE_LEN;
    return spec;
}

static bool suite_wanted(const struct tls_suite *suite, uint16_t version, unsigned classes)
{
    return tls_suites_usable(suite, version) && tls_suites_without_shared_secret(suite) &&
           (classes == 0 || (tls_suites_classes(suite) & classes) != 0);
}

bool hello_for_classes(enum hello_version version, const struct hostname *sni, unsigned classes,
                       size_t part, struct hello_spec *out_spec)
{
    size_t num_all, num_matching = 0;
    const struct tls_suite *all = tls_suites_all(&num_all);

    *out_spec = hello_for_version(version, sni);
    out_spec->num_suites = 0;
    for (size_t i = 0; i < num_all && out_spec->num_suites < HELLO_SUITES_MAX; i++) {
        if (suite_wanted(&all[i], protocol_versions[version], classes) &&
            num_matching++ / HELLO_SUITES_MAX == part) {
            out_spec->suites[out_spec->num_suites++] = all[i].code;
        }
    }
    return out_spec->num_suites > 0;
}

bool hello_for_groups(const struct hostname *sni, const uint16_t *groups, size_t num_groups,
                      struct hello_spec *out_spec)
{
    if (num_groups == 0 || num_groups > HELLO_GROUPS_MAX) {
        return false;
    }
    *out_spec = hello_for_version(HELLO_TLS1_3, sni);
    memcpy(out_spec->groups, groups, num_groups * sizeof groups[0]);
    out_spec->num_groups = num_groups;
    out_spec->num_shares = 0;
    return true;
}

struct hello_spec hello_for_post_quantum(const struct hostname *sni)
{
    static const uint16_t hybrids[] = {TLS_GROUP_X25519MLKEM768, TLS_GROUP_SECP256R1MLKEM768,
                                       TLS_GROUP_SECP384R1MLKEM1024};
    struct hello_spec spec = hello_for_version(HELLO_TLS1_3, sni);
    spec.num_groups = copy(spec.groups, hybrids, sizeof hybrids);
    spec.num_shares = 0;
    return spec;
}

static bool is_offered(const struct hello_spec *spec, uint16_t suite)
{
    for (size_t i = 0; i < spec->num_suites; i++) {
        if (spec->suites[i] == suite) {
            return true;
        }
    }
    return false;
}

/* Whoever has nothing else may have these; what does not encrypt or authenticate is asked for
 * elsewhere. */
static bool is_rare(const struct tls_suite *suite, const struct hello_spec *usual)
{
    const unsigned broken = TLS_CLASS_NULL | TLS_CLASS_EXPORT | TLS_CLASS_RC4 | TLS_CLASS_DES;
    bool is_ephemeral_or_rsa = suite->kx == TLS_KX_RSA || suite->kx == TLS_KX_DHE ||
                               suite->kx == TLS_KX_ECDHE || suite->kx == TLS_KX_GOST;
    bool is_dhe = suite->kx == TLS_KX_DHE && suite->auth == TLS_AUTH_RSA &&
                  suite->cipher != TLS_CIPHER_CAMELLIA && suite->cipher != TLS_CIPHER_3DES;
    return is_ephemeral_or_rsa && (tls_suites_classes(suite) & broken) == 0 &&
           (is_dhe || !is_offered(usual, suite->code));
}

struct hello_spec hello_for_rare_suites(const struct hostname *sni)
{
    static const uint16_t ffdhe[] = {TLS_GROUP_FFDHE2048, TLS_GROUP_FFDHE3072, TLS_GROUP_FFDHE4096,
                                     TLS_GROUP_FFDHE6144, TLS_GROUP_FFDHE8192};
    const struct hello_spec usual = hello_for_version(HELLO_TLS1_2, sni);
    struct hello_spec spec = usual;
    size_t num_all;
    const struct tls_suite *all = tls_suites_all(&num_all);
    spec.num_suites = 0;
    for (size_t i = 0; i < num_all && spec.num_suites < HELLO_SUITES_MAX; i++) {
        if (tls_suites_usable(&all[i], 0x0303) && is_rare(&all[i], &usual)) {
            spec.suites[spec.num_suites++] = all[i].code;
        }
    }
    spec.num_groups += copy(spec.groups + spec.num_groups, ffdhe, sizeof ffdhe);
    return spec;
}

struct hello_spec hello_for_all_of_tls13(const struct hostname *sni)
{
    static const uint16_t groups[] = {
        TLS_GROUP_FFDHE6144,
        TLS_GROUP_FFDHE8192,
        0x001f, /* brainpoolP256r1tls13, P384r1, P512r1: RFC 8734 */
        0x0020,
        0x0021,
        0x0029, /* curveSM2: RFC 8998 */
        TLS_GROUP_X25519MLKEM768,
        TLS_GROUP_SECP256R1MLKEM768,
        TLS_GROUP_SECP384R1MLKEM1024,
    };
    /* SM2: RFC 8998; ML-DSA: draft-ietf-tls-mldsa */
    static const uint16_t signatures[] = {0x0708, 0x0904, 0x0905, 0x0906};
    struct hello_spec spec = hello_for_version(HELLO_TLS1_3, sni);
    size_t num_all;
    const struct tls_suite *all = tls_suites_all(&num_all);
    for (size_t i = 0; i < num_all && spec.num_suites < HELLO_SUITES_MAX; i++) {
        if (tls_suites_usable(&all[i], 0x0304) && all[i].cipher != TLS_CIPHER_NULL &&
            !is_offered(&spec, all[i].code)) {
            spec.suites[spec.num_suites++] = all[i].code;
        }
    }
    spec.num_groups += copy(spec.groups + spec.num_groups, groups, sizeof groups);
    spec.num_signatures +=
        copy(spec.signatures + spec.num_signatures, signatures, sizeof signatures);
    return spec;
}

bool hello_for_signatures(const struct hostname *sni, const uint16_t *signatures, size_t num,
                          struct hello_spec *out_spec)
{
    if (num == 0 || num > HELLO_SIGNATURES_MAX) {
        return false;
    }
    *out_spec = hello_for_all_of_tls13(sni);
    memcpy(out_spec->signatures, signatures, num * sizeof signatures[0]);
    out_spec->num_signatures = num;
    return true;
}

/* A suite of TLS 1.2 or older names what signs, or decrypts. */
static bool is_rsa_suite(uint16_t code)
{
    const struct tls_suite *suite = tls_suites_find(code);
    return suite != NULL && suite->auth == TLS_AUTH_RSA;
}

/* The signature in the low byte is rsa(1): RFC 5246 section 7.4.1.4.1; RSA-PSS: RFC 8446 section
 * 4.2.3. */
static bool is_rsa_signature(uint16_t scheme)
{
    return (scheme & 0xff) == 0x01 || (scheme >= 0x0804 && scheme <= 0x0806) ||
           (scheme >= 0x0809 && scheme <= 0x080b);
}

static void put_first(uint16_t *values, size_t num, bool (*is_first)(uint16_t value))
{
    size_t num_first = 0;
    for (size_t i = 0; i < num; i++) {
        uint16_t value = values[i];
        if (is_first(value)) {
            memmove(&values[num_first + 1], &values[num_first], (i - num_first) * sizeof values[0]);
            values[num_first++] = value;
        }
    }
}

void hello_prefer_rsa(struct hello_spec *spec)
{
    put_first(spec->suites, spec->num_suites, is_rsa_suite);
    put_first(spec->signatures, spec->num_signatures, is_rsa_signature);
}

bool hello_remove_suite(struct hello_spec *spec, uint16_t suite)
{
    for (size_t i = 0; i < spec->num_suites; i++) {
        if (spec->suites[i] == suite) {
            spec->num_suites--;
            memmove(&spec->suites[i], &spec->suites[i + 1],
                    (spec->num_suites - i) * sizeof spec->suites[0]);
            return true;
        }
    }
    return false;
}
