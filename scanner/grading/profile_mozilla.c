/* The configurations of Mozilla's Server Side TLS, version 5.7: the best one that the server fits.
 */
#include "scanner/grading/profile_facts.h"

#include <string.h>

#define DAY (24 * 60 * 60)

enum { MODERN, INTERMEDIATE, OLD, NONE };

static int has_tls(const struct endpoint_record *record)
{
    return profile_if(profile_has_tls(record), NONE);
}

static int versions(const struct endpoint_record *record)
{
    enum tri ssl = profile_any_version(record, TLS_SSL2, TLS_SSL3);
    if (ssl != TRI_NO) {
        return profile_unless(ssl, NONE);
    }
    enum tri old = profile_any_version(record, TLS_1_0, TLS_1_1);
    if (old != TRI_NO) {
        return profile_unless(old, OLD);
    }
    return profile_unless(profile_version(record, TLS_1_2), INTERMEDIATE);
}

static int weak_suites(const struct endpoint_record *record)
{
    int worst = MODERN;
    bool is_open = false;
    for (unsigned i = WEAK_NULL; i <= WEAK_STATIC_DH; i++) {
        bool is_old = i == WEAK_3DES || i == WEAK_STATIC_RSA;
        int level = profile_unless(profile_weak(record, (enum weak_class)i), is_old ? OLD : NONE);
        is_open |= level == PROFILE_OPEN;
        worst = level > worst ? level : worst;
    }
    return is_open && worst < NONE ? PROFILE_OPEN : worst;
}

/* Those of "intermediate" up to TLS 1.2, by their code points; "old" has the others as well. */
static const uint16_t intermediate_suites[] = {
    0xc02b, /* ECDHE-ECDSA-AES128-GCM-SHA256 */
    0xc02f, /* ECDHE-RSA-AES128-GCM-SHA256 */
    0xc02c, /* ECDHE-ECDSA-AES256-GCM-SHA384 */
    0xc030, /* ECDHE-RSA-AES256-GCM-SHA384 */
    0xcca9, /* ECDHE-ECDSA-CHACHA20-POLY1305 */
    0xcca8, /* ECDHE-RSA-CHACHA20-POLY1305 */
    0x009e, /* DHE-RSA-AES128-GCM-SHA256 */
    0x009f, /* DHE-RSA-AES256-GCM-SHA384 */
    0xccaa, /* DHE-RSA-CHACHA20-POLY1305 */
};

static const uint16_t old_suites[] = {
    0xc023, 0xc027, /* ECDHE-{ECDSA,RSA}-AES128-SHA256 */
    0xc009, 0xc013, /* ECDHE-{ECDSA,RSA}-AES128-SHA */
    0xc024, 0xc028, /* ECDHE-{ECDSA,RSA}-AES256-SHA384 */
    0xc00a, 0xc014, /* ECDHE-{ECDSA,RSA}-AES256-SHA */
    0x0067, 0x006b, /* DHE-RSA-AES{128,256}-SHA256 */
    0x009c, 0x009d, /* AES128-GCM-SHA256, AES256-GCM-SHA384 */
    0x003c, 0x003d, /* AES{128,256}-SHA256 */
    0x002f, 0x0035, /* AES{128,256}-SHA */
    0x000a,         /* DES-CBC3-SHA */
};

static bool is_among(uint16_t code, const uint16_t *list, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (list[i] == code) {
            return true;
        }
    }
    return false;
}

#define IS_AMONG(code, list) is_among(code, list, sizeof(list) / sizeof((list)[0]))

/* Of TLS 1.3 the first three, which all configurations have. */
static bool is_beyond_intermediate(const struct tls_suite *suite)
{
    return suite->kx == TLS_KX_TLS13 ? suite->code < 0x1301 || suite->code > 0x1303
                                     : !IS_AMONG(suite->code, intermediate_suites);
}

static bool is_in_none(const struct tls_suite *suite)
{
    return is_beyond_intermediate(suite) && !IS_AMONG(suite->code, old_suites);
}

static bool is_beyond_modern(const struct tls_suite *suite)
{
    return is_beyond_intermediate(suite) || suite->kx != TLS_KX_TLS13;
}

static int suites(const struct endpoint_record *record)
{
    static const struct {
        bool (*is_beyond)(const struct tls_suite *suite);
        int level;
    } kinds[] = {
        {is_in_none, NONE}, {is_beyond_intermediate, OLD}, {is_beyond_modern, INTERMEDIATE}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        enum tri any = profile_any_suite(record, kinds[i].is_beyond);
        if (any != TRI_NO) {
            return profile_unless(any, kinds[i].level);
        }
    }
    return MODERN;
}

static int level_of_dh(unsigned bits)
{
    return bits < 1024 ? NONE : bits < 2048 ? OLD : INTERMEDIATE;
}

static int dh_size(const struct endpoint_record *record)
{
    return record->tls.dh_bits > 0 ? level_of_dh(record->tls.dh_bits)
                                   : profile_unless(profile_weak(record, WEAK_SMALL_DH), OLD);
}

/* The hybrids are younger than version 5.7; later ones list the first. */
static int level_of_group(uint16_t number)
{
    static const uint16_t listed[] = {
        0x0017, /* secp256r1 */
        0x0018, /* secp384r1 */
        0x001d, /* x25519 */
        0x11ec, /* X25519MLKEM768 */
    };
    bool is_finite_field = number >= 0x0100 && number <= 0x01ff; /* RFC 7919: dh_size has those */
    return is_finite_field || IS_AMONG(number, listed) ? MODERN : NONE;
}

static int groups(const struct endpoint_record *record)
{
    return profile_of_groups(record, level_of_group, NONE);
}

static int level_of_key(const struct certificate_record *certificate)
{
    if (certificate->key == NULL) {
        return PROFILE_OPEN;
    }
    if (strcmp(certificate->key, "ECDSA P-256") == 0 ||
        strcmp(certificate->key, "ECDSA P-384") == 0) {
        return profile_unless_problem(certificate, CERTIFICATE_WEAK_KEY, NONE);
    }
    bool is_rsa = strcmp(certificate->key, "RSA") == 0;
    return is_rsa && profile_unless_problem(certificate, CERTIFICATE_WEAK_KEY, NONE) == 0
               ? INTERMEDIATE
               : NONE;
}

static int key(const struct endpoint_record *record)
{
    return profile_of_certificates(record, level_of_key);
}

static int level_of_lifetime(const struct certificate_record *certificate)
{
    if (!certificate->has_validity) {
        return PROFILE_OPEN;
    }
    int64_t seconds = certificate->not_after - certificate->not_before;
    return seconds <= INT64_C(90) * DAY    ? MODERN
           : seconds <= INT64_C(366) * DAY ? INTERMEDIATE
                                           : NONE;
}

static int lifetime(const struct endpoint_record *record)
{
    return profile_of_certificates(record, level_of_lifetime);
}

static int level_of_signature(const struct certificate_record *certificate)
{
    return profile_unless_problem(certificate, CERTIFICATE_WEAK_SIGNATURE, NONE);
}

static int signature(const struct endpoint_record *record)
{
    return profile_of_certificates(record, level_of_signature);
}

const struct profile_table profile_mozilla = {
    .title = "Mozilla Server Side TLS 5.7",
    .source = "Mozilla Server Side TLS, guidelines version 5.7",
    .levels = {"modern", "intermediate", "old", "none"},
    .limits = "OCSP stapling, which no mail sender asks for",
    .num_rules = 9,
    .rules =
        {
            {"tls", has_tls, "TLS is offered and works", "all configurations"},
            {"versions", versions, "TLS 1.3 modern, 1.2 intermediate, 1.0 and 1.1 old",
             "Protocols"},
            {"weak_suites", weak_suites, "3DES and static RSA old; no NULL, anonymous, RC4, ...",
             "Cipher suites"},
            {"suites", suites,
             "TLS 1.3's own modern; ECDHE and DHE-RSA with AES-GCM or ChaCha20 intermediate; "
             "AES-CBC, "
             "static RSA, 3DES old",
             "Cipher suites"},
            {"dh_size", dh_size, "DH of 2048 bits intermediate, of 1024 old", "DH parameter size"},
            {"groups", groups, "x25519, P-256, P-384 and no others", "TLS curves"},
            {"key", key, "ECDSA P-256 or P-384 modern; RSA from 2048 bits intermediate",
             "Certificate type"},
            {"lifetime", lifetime, "90 days modern, 366 intermediate and old",
             "Certificate lifespan"},
            {"signature", signature, "Certificates signed with SHA-2", "Certificate signature"},
        },
};
