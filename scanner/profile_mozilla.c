/* The configurations of Mozilla's Server Side TLS, version 5.7: the best one that the server fits.
 */
#include "scanner/profile_facts.h"

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

static bool is_only_old(const struct tls_suite *suite)
{
    bool is_aead = (tls_suites_classes(suite) & TLS_CLASS_AEAD) != 0;
    bool is_ephemeral =
        suite->kx == TLS_KX_ECDHE || (suite->kx == TLS_KX_DHE && suite->auth == TLS_AUTH_RSA);
    bool is_listed = suite->cipher == TLS_CIPHER_AES || suite->cipher == TLS_CIPHER_CHACHA20;
    return suite->kx != TLS_KX_TLS13 && !(is_aead && is_ephemeral && is_listed);
}

static int suites(const struct endpoint_record *record)
{
    return profile_unless(profile_any_suite(record, is_only_old), OLD);
}

static int dh_size(const struct endpoint_record *record)
{
    if (record->tls.dh_bits > 0) {
        return record->tls.dh_bits < 2048 ? OLD : INTERMEDIATE;
    }
    return profile_unless(profile_weak(record, WEAK_SMALL_DH), OLD);
}

static int key(const struct endpoint_record *record)
{
    const struct certificate_record *certificate = record->certificate;
    if (certificate == NULL || certificate->key == NULL) {
        return PROFILE_OPEN;
    }
    if ((certificate->problems & CERTIFICATE_PROBLEM_BIT(CERTIFICATE_WEAK_KEY)) != 0) {
        return NONE;
    }
    bool is_modern = strcmp(certificate->key, "ECDSA P-256") == 0 ||
                     strcmp(certificate->key, "ECDSA P-384") == 0;
    return is_modern ? MODERN : INTERMEDIATE;
}

static int lifetime(const struct endpoint_record *record)
{
    const struct certificate_record *certificate = record->certificate;
    if (certificate == NULL || !certificate->has_validity) {
        return PROFILE_OPEN;
    }
    int64_t seconds = certificate->not_after - certificate->not_before;
    return seconds <= INT64_C(90) * DAY    ? MODERN
           : seconds <= INT64_C(366) * DAY ? INTERMEDIATE
                                           : OLD;
}

static int signature(const struct endpoint_record *record)
{
    if (record->certificate == NULL) {
        return PROFILE_OPEN;
    }
    bool is_weak =
        (record->certificate->problems & CERTIFICATE_PROBLEM_BIT(CERTIFICATE_WEAK_SIGNATURE)) != 0;
    return is_weak ? NONE : MODERN;
}

const struct profile_table profile_mozilla = {
    .title = "Mozilla Server Side TLS 5.7",
    .source = "Mozilla Server Side TLS, guidelines version 5.7",
    .levels = {"modern", "intermediate", "old", "none"},
    .num_rules = 8,
    .rules =
        {
            {"tls", has_tls, "TLS is offered and works", "all configurations"},
            {"versions", versions, "TLS 1.3 modern, 1.2 intermediate, 1.0 and 1.1 old",
             "Protocols"},
            {"weak_suites", weak_suites, "3DES and static RSA old; no NULL, anonymous, RC4, ...",
             "Cipher suites"},
            {"suites", suites, "ECDHE and DHE-RSA with AEAD; CBC old", "Cipher suites"},
            {"dh_size", dh_size, "DH of 2048 bits", "DH parameter size"},
            {"key", key, "ECDSA P-256 or P-384 modern; RSA from 2048 bits intermediate",
             "Certificate type"},
            {"lifetime", lifetime, "90 days modern, 366 intermediate", "Certificate lifespan"},
            {"signature", signature, "Certificates signed with SHA-2", "Certificate signature"},
        },
};
