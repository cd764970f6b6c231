/* BCP 195: what a server must do and must not do; its SHOULDs are left to the grade. */
#include "scanner/grading/profile_facts.h"

#define NO 1

static int has_tls(const struct endpoint_record *record)
{
    return profile_if(profile_has_tls(record), NO);
}

static int ssl(const struct endpoint_record *record)
{
    return profile_unless(profile_any_version(record, TLS_SSL2, TLS_SSL3), NO);
}

static int old_tls(const struct endpoint_record *record)
{
    return profile_unless(profile_any_version(record, TLS_1_0, TLS_1_1), NO);
}

static int new_tls(const struct endpoint_record *record)
{
    return profile_if(profile_any_version(record, TLS_1_2, TLS_1_3), NO);
}

static int null_suites(const struct endpoint_record *record)
{
    return profile_unless(profile_weak(record, WEAK_NULL), NO);
}

static int rc4_suites(const struct endpoint_record *record)
{
    return profile_unless(profile_weak(record, WEAK_RC4), NO);
}

static int export_suites(const struct endpoint_record *record)
{
    return profile_unless(profile_weak(record, WEAK_EXPORT), NO);
}

static int des_suites(const struct endpoint_record *record)
{
    return profile_unless(profile_weak(record, WEAK_DES), NO);
}

static int forward_secrecy(const struct endpoint_record *record)
{
    const struct tls_suite *suite = tls_suites_find(record->tls_cipher_id);
    if (record->tls_cipher_id == 0 || suite == NULL) {
        return PROFILE_OPEN;
    }
    return (tls_suites_classes(suite) & TLS_CLASS_FORWARD_SECRET) != 0 ? 0 : NO;
}

/* TLS 1.3 has both built in. */
static int with_old_tls(const struct endpoint_record *record, enum tri value)
{
    return profile_has_old_tls(record) == TRI_NO ? 0 : profile_if(value, NO);
}

static int extended_master_secret(const struct endpoint_record *record)
{
    return with_old_tls(record, record->tls.ems.value);
}

static int secure_renegotiation(const struct endpoint_record *record)
{
    return with_old_tls(record, record->tls.secure_renegotiation.value);
}

static int dh_size(const struct endpoint_record *record)
{
    return profile_unless(profile_weak(record, WEAK_SMALL_DH), NO);
}

static int level_of_key(const struct certificate_record *certificate)
{
    return profile_unless_problem(certificate, CERTIFICATE_WEAK_KEY, NO);
}

static int key_size(const struct endpoint_record *record)
{
    return profile_of_certificates(record, level_of_key);
}

static int level_of_signature(const struct certificate_record *certificate)
{
    return profile_unless_problem(certificate, CERTIFICATE_WEAK_SIGNATURE, NO);
}

static int signature_hash(const struct endpoint_record *record)
{
    return profile_of_certificates(record, level_of_signature);
}

static int server_name(const struct endpoint_record *record)
{
    return record->sni_intolerant ? NO : record->has_tls ? 0 : PROFILE_OPEN;
}

const struct profile_table profile_rfc9325 = {
    .title = "RFC 9325 (BCP 195), Recommendations for Secure Use of TLS, November 2022",
    .source = "RFC 9325",
    .levels = {"met", "not_met"},
    .limits = "its SHOULDs, which the grade looks at",
    .num_rules = 15,
    .rules =
        {
            {"tls", has_tls, "TLS is offered and works", "section 3.2"},
            {"no_ssl", ssl, "No SSLv2 or SSLv3", "section 3.1.1"},
            {"no_tls10_tls11", old_tls, "No TLS 1.0 or 1.1", "section 3.1.1"},
            {"tls12_or_newer", new_tls, "TLS 1.2 or 1.3", "section 3.1.1"},
            {"no_null_suites", null_suites, "No suites without encryption", "section 4.1"},
            {"no_rc4_suites", rc4_suites, "No RC4", "section 4.1"},
            {"no_export_suites", export_suites, "No export suites", "section 4.1"},
            {"no_des_suites", des_suites, "Nothing below 112 bits", "section 4.1"},
            {"forward_secrecy", forward_secrecy, "Forward secrecy is preferred", "section 4.1"},
            {"dh_2048", dh_size, "DH of at least 2048 bits", "section 4.5"},
            {"key_2048", key_size, "Keys as strong as RSA of 2048 bits", "section 4.5"},
            {"sha2_signatures", signature_hash, "Certificates signed with SHA-2", "section 4.5"},
            {"secure_renegotiation", secure_renegotiation, "renegotiation_info", "section 3.5"},
            {"extended_master_secret", extended_master_secret, "Extended master secret",
             "section 3.5"},
            {"server_name", server_name, "A hello with SNI is understood", "section 3.7"},
        },
};
