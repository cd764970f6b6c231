#include "benchmarks/fleet/behaviour.h"

#include <string.h>

#include <openssl/ssl.h>

/* What a careful administrator leaves on for an RSA key; BoringSSL's default has static RSA too. */
#define FORWARD_SECRET                                                                             \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"

#define EXPECT_TLS .outcome = "ok", .advertised = "yes", .accepted = "yes", .handshake = "yes"
#define EXPECT_END(name)                                                                           \
    .outcome = (name), .advertised = "unknown", .accepted = "unknown", .handshake = "unknown",     \
    .grade = "U"
#define EXPECT_NOT_OFFERED(name, letter)                                                           \
    .outcome = (name), .advertised = "no", .accepted = "unknown", .handshake = "unknown",          \
    .grade = (letter)
#define EXPECT_NOT_ACCEPTED(name, verdict)                                                         \
    .outcome = (name), .advertised = "yes", .accepted = (verdict), .handshake = "unknown"
#define EXPECT_NO_HANDSHAKE(name, verdict)                                                         \
    .outcome = (name), .advertised = "yes", .accepted = "yes", .handshake = (verdict)

static const struct behaviour table[] = {
    /* clang-format off */
    /* What most of the world runs. */
    {.name = "ok_tls12_13", .weight = 4000, EXPECT_TLS, .grade = "A"},
    {.name = "ok_tls13_only", .weight = 40, .min_version = TLS1_3_VERSION, EXPECT_TLS, .grade = "A"},
    {.name = "ok_tls12_only", .weight = 400, .max_version = TLS1_2_VERSION, EXPECT_TLS, .grade = "A"},
    {.name = "with_intermediate", .weight = 1500, .certificate = CERTIFICATE_WITH_INTERMEDIATE, EXPECT_TLS, .grade = "A"},
    {.name = "rsa2048", .weight = 600, .certificate = CERTIFICATE_RSA2048, .ciphers = FORWARD_SECRET, EXPECT_TLS, .grade = "A"},
    {.name = "wildcard", .weight = 200, .certificate = CERTIFICATE_WILDCARD, EXPECT_TLS, .grade = "A"},
    {.name = "two_leaves", .weight = 40, .hello = HELLO_TWO_LEAVES, .ciphers = FORWARD_SECRET, EXPECT_TLS, .grade = "A"},
    {.name = "client_cert_requested", .weight = 80, .client_certificate = CLIENT_CERT_REQUESTED, EXPECT_TLS, .grade = "A"},
    {.name = "plain_mail_530", .weight = 40, .plain_mail = PLAIN_MAIL_530, EXPECT_TLS, .grade = "A"},
    {.name = "requiretls", .weight = 20, .requiretls = true, EXPECT_TLS, .grade = "A"},
    {.name = "p256_only", .weight = 20, .groups = "P-256", EXPECT_TLS, .grade = "A"},

    /* Old or weak TLS. */
    {.name = "tls10_on", .weight = 700, .min_version = TLS1_VERSION, EXPECT_TLS, .grade = "B"},
    {.name = "tls11_max", .weight = 30, .min_version = TLS1_VERSION, .max_version = TLS1_1_VERSION, EXPECT_TLS, .weak = "CBC_only", .grade = "D"},
    {.name = "tls12_static_rsa", .weight = 20, .max_version = TLS1_2_VERSION, .certificate = CERTIFICATE_RSA2048, .ciphers = "AES128-GCM-SHA256:AES128-SHA", EXPECT_TLS, .weak = "static_RSA", .grade = "B"},
    {.name = "tls12_cbc_only", .weight = 20, .max_version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA", EXPECT_TLS, .weak = "CBC_only", .grade = "B"},
    {.name = "tls12_3des", .weight = 20, .max_version = TLS1_2_VERSION, .certificate = CERTIFICATE_RSA2048, .ciphers = "ECDHE-RSA-AES128-GCM-SHA256:DES-CBC3-SHA", EXPECT_TLS, .weak = "3DES,static_RSA", .grade = "B"},
    {.name = "tls13_hello_closed", .weight = 10, .max_version = TLS1_2_VERSION, .hello = HELLO_CLOSE_TLS13, EXPECT_TLS, .grade = "A"},
    {.name = "old_hello_closed", .weight = 10, .hello = HELLO_CLOSE_OLD, EXPECT_TLS, .grade = "A"},
    {.name = "large_hello_dropped", .weight = 10, .hello = HELLO_SILENT_LARGE, EXPECT_TLS, .grade = "A"},

    /* Certificates. */
    {.name = "expired", .weight = 150, .certificate = CERTIFICATE_EXPIRED, EXPECT_TLS, .problems = "expired", .grade = "C"},
    {.name = "not_yet_valid", .weight = 10, .certificate = CERTIFICATE_NOT_YET_VALID, EXPECT_TLS, .problems = "not_yet_valid", .grade = "C"},
    {.name = "wrong_name", .weight = 400, .certificate = CERTIFICATE_WRONG_NAME, EXPECT_TLS, .problems = "name_mismatch", .grade = "C"},
    {.name = "cn_only", .weight = 20, .certificate = CERTIFICATE_CN_ONLY, EXPECT_TLS, .problems = "name_mismatch,cn_only", .grade = "C"},
    {.name = "self_signed", .weight = 300, .certificate = CERTIFICATE_SELF_SIGNED, EXPECT_TLS, .problems = "self_signed", .grade = "C"},
    {.name = "untrusted_root", .weight = 100, .certificate = CERTIFICATE_UNTRUSTED_ROOT, EXPECT_TLS, .problems = "untrusted_root", .grade = "C"},
    {.name = "incomplete_chain", .weight = 100, .certificate = CERTIFICATE_INCOMPLETE, EXPECT_TLS, .problems = "incomplete_chain", .grade = "C"},
    {.name = "rsa1024", .weight = 20, .certificate = CERTIFICATE_RSA1024, EXPECT_TLS, .problems = "weak_key", .weak = "3DES,static_RSA", .grade = "C"},
    {.name = "sha1_signature", .weight = 10, .certificate = CERTIFICATE_SHA1, EXPECT_TLS, .problems = "weak_signature", .grade = "C"},
    {.name = "bad_purpose", .weight = 10, .certificate = CERTIFICATE_BAD_PURPOSE, EXPECT_TLS, .problems = "bad_purpose", .grade = "C"},

    /* The greeting. */
    {.name = "banner_delay", .weight = 100, .greet = GREET_SLOW, EXPECT_TLS, .grade = "A"},
    {.name = "banner_multiline", .weight = 100, .greet = GREET_MULTILINE, EXPECT_TLS, .grade = "A"},
    {.name = "pregreet_strict", .weight = 100, .greet = GREET_STRICT, EXPECT_TLS, .grade = "A"},
    {.name = "banner_421", .weight = 40, .greet = GREET_421, EXPECT_END("banner_421")},
    {.name = "banner_421_once", .weight = 40, .greet = GREET_421_ONCE, EXPECT_TLS, .grade = "A"},
    {.name = "banner_421_rate", .weight = 60, .greet = GREET_421_RATE, EXPECT_TLS, .grade = "A"},
    {.name = "banner_450", .weight = 20, .greet = GREET_450, EXPECT_END("banner_4xx")},
    {.name = "banner_554", .weight = 80, .greet = GREET_554, EXPECT_END("banner_5xx")},
    {.name = "banner_http", .weight = 5, .greet = GREET_HTTP, EXPECT_END("banner_garbage")},
    {.name = "banner_binary", .weight = 5, .greet = GREET_BINARY, EXPECT_END("banner_garbage")},
    {.name = "silence", .weight = 30, .greet = GREET_SILENCE, EXPECT_END("banner_timeout")},
    {.name = "tarpit", .weight = 10, .greet = GREET_TARPIT, EXPECT_END("banner_timeout")},
    {.name = "endless_banner", .weight = 2, .greet = GREET_ENDLESS, EXPECT_END("too_much_data")},
    {.name = "close_at_connect", .weight = 30, .greet = GREET_CLOSE, EXPECT_END("banner_closed")},
    {.name = "rst_at_connect", .weight = 30, .greet = GREET_RESET, EXPECT_END("banner_reset")},
    {.name = "close_in_banner", .weight = 5, .greet = GREET_CLOSE_LINE, EXPECT_END("banner_closed")},

    /* EHLO. */
    {.name = "no_starttls", .weight = 250, .ehlo = EHLO_NO_STARTTLS, EXPECT_NOT_OFFERED("starttls_not_advertised", "F")},
    {.name = "starttls_stripped", .weight = 20, .ehlo = EHLO_STRIPPED, EXPECT_END("starttls_stripped")},
    {.name = "ehlo_5xx_helo_ok", .weight = 20, .ehlo = EHLO_HELO_ONLY, EXPECT_NOT_OFFERED("starttls_not_advertised", "F")},
    {.name = "ehlo_lowercase", .weight = 20, .ehlo = EHLO_LOWERCASE, EXPECT_TLS, .grade = "A"},
    {.name = "ehlo_starttls_last", .weight = 50, .ehlo = EHLO_LAST, EXPECT_TLS, .grade = "A"},
    {.name = "ehlo_200_lines", .weight = 10, .ehlo = EHLO_LONG, EXPECT_TLS, .grade = "A"},
    {.name = "ehlo_long_line", .weight = 10, .ehlo = EHLO_LONG_LINE, EXPECT_TLS, .grade = "A"},
    {.name = "split_replies", .weight = 40, .drip_ms = 1, EXPECT_TLS, .grade = "A"},
    {.name = "lone_lf", .weight = 20, .lone_lf = true, EXPECT_TLS, .grade = "A"},
    {.name = "ehlo_421", .weight = 10, .ehlo = EHLO_421, EXPECT_END("ehlo_421")},
    {.name = "ehlo_450", .weight = 10, .ehlo = EHLO_450, EXPECT_END("ehlo_4xx")},
    {.name = "ehlo_554", .weight = 10, .ehlo = EHLO_554, EXPECT_END("turned_away")},
    {.name = "ehlo_silence", .weight = 5, .ehlo = EHLO_SILENCE, EXPECT_END("ehlo_timeout")},
    {.name = "ehlo_garbage", .weight = 5, .ehlo = EHLO_GARBAGE, EXPECT_END("ehlo_garbage")},
    {.name = "close_after_ehlo", .weight = 10, .ehlo = EHLO_CLOSE, EXPECT_END("ehlo_closed")},
    {.name = "rst_after_ehlo", .weight = 10, .ehlo = EHLO_RESET, EXPECT_END("ehlo_reset")},

    /* STARTTLS. */
    {.name = "starttls_refused_5xx", .weight = 20, .starttls = STARTTLS_554, EXPECT_NOT_ACCEPTED("starttls_refused", "unknown"), .grade = "U"},
    {.name = "starttls_502", .weight = 5, .starttls = STARTTLS_502, EXPECT_NOT_ACCEPTED("starttls_refused", "no"), .grade = "F"},
    {.name = "starttls_454_always", .starttls = STARTTLS_454, EXPECT_NOT_ACCEPTED("starttls_4xx", "no"), .grade = "F"},
    {.name = "starttls_454_once", .weight = 20, .starttls = STARTTLS_454_ONCE, EXPECT_TLS, .grade = "A"},
    {.name = "starttls_421", .weight = 5, .starttls = STARTTLS_421, EXPECT_NOT_ACCEPTED("starttls_421", "unknown"), .grade = "U"},
    {.name = "starttls_silence", .weight = 5, .starttls = STARTTLS_SILENCE, EXPECT_NOT_ACCEPTED("starttls_timeout", "unknown"), .grade = "U"},
    {.name = "starttls_garbage", .weight = 5, .starttls = STARTTLS_GARBAGE, EXPECT_NOT_ACCEPTED("starttls_garbage", "unknown"), .grade = "U"},
    {.name = "close_at_starttls", .weight = 5, .starttls = STARTTLS_CLOSE, EXPECT_NOT_ACCEPTED("starttls_closed", "unknown"), .grade = "U"},
    {.name = "rst_at_starttls", .weight = 5, .starttls = STARTTLS_RESET, EXPECT_NOT_ACCEPTED("starttls_reset", "unknown"), .grade = "U"},
    {.name = "early_bytes", .weight = 10, .starttls = STARTTLS_EARLY_BYTES, EXPECT_TLS, .grade = "A"},
    {.name = "keeps_input", .weight = 10, .starttls = STARTTLS_KEEPS_INPUT, EXPECT_TLS, .grade = "F"},

    /* The handshake. */
    {.name = "client_cert_required", .weight = 10, .client_certificate = CLIENT_CERT_REQUIRED, EXPECT_NO_HANDSHAKE("tls_client_certificate", "no"), .grade = "F"},
    {.name = "close_after_220", .weight = 15, .tls = TLS_CLOSE, EXPECT_NO_HANDSHAKE("tls_closed", "unknown"), .grade = "U"},
    {.name = "rst_after_220", .weight = 10, .tls = TLS_RESET, EXPECT_NO_HANDSHAKE("tls_reset", "unknown"), .grade = "U"},
    {.name = "tls_silence", .weight = 10, .tls = TLS_SILENCE, EXPECT_NO_HANDSHAKE("tls_timeout", "unknown"), .grade = "U"},
    {.name = "garbage_after_220", .weight = 5, .tls = TLS_GARBAGE, EXPECT_NO_HANDSHAKE("tls_garbage", "no"), .grade = "F"},
    {.name = "plaintext_after_220", .weight = 10, .tls = TLS_PLAINTEXT, EXPECT_NO_HANDSHAKE("tls_plaintext", "no"), .grade = "F"},
    {.name = "tls_alert_40", .weight = 20, .tls = TLS_ALERT, .alert = SSL_AD_HANDSHAKE_FAILURE, EXPECT_NO_HANDSHAKE("tls_alert", "no"), .grade = "F"},
    {.name = "tls_alert_70", .weight = 5, .tls = TLS_ALERT, .alert = SSL_AD_PROTOCOL_VERSION, EXPECT_NO_HANDSHAKE("tls_alert", "no"), .grade = "F"},
    {.name = "tls_alert_80", .weight = 5, .tls = TLS_ALERT, .alert = SSL_AD_INTERNAL_ERROR, EXPECT_NO_HANDSHAKE("tls_alert", "no"), .grade = "F"},
    {.name = "tls_broken", .weight = 5, .tls = TLS_BROKEN, EXPECT_NO_HANDSHAKE("tls_protocol_error", "unknown"), .grade = "U"},

    /* For measuring; not in the default mix. */
    {.name = "rsa_wildcard", .certificate = CERTIFICATE_RSA_WILDCARD, .ciphers = FORWARD_SECRET, EXPECT_TLS, .grade = "A"},
    {.name = "costly_chain", .certificate = CERTIFICATE_COSTLY, EXPECT_TLS, .grade = "A"},

    /* Silent at a moment of interest; not in the default mix. */
    {.name = "silent_after_220_once", .starttls = STARTTLS_SILENCE_AFTER_220_ONCE, EXPECT_TLS, .grade = "A"},
    {.name = "silent_later", .hello = HELLO_SILENT_LATER, EXPECT_TLS, .grade = "A"},
    {.name = "silent_inside", .certificate = CERTIFICATE_WILDCARD, .ehlo = EHLO_SILENCE_INSIDE, EXPECT_TLS, .grade = "A"},
    {.name = "ehlo_and_helo_502", .ehlo = EHLO_502, EXPECT_END("ehlo_5xx")},

    /* What several machines behind one address may show; not in the default mix. */
    {.name = "two_certificates", .hello = HELLO_TURNS, EXPECT_TLS, .problems = "self_signed", .grade = "C"},
    /* clang-format on */
};

size_t behaviour_count(void)
{
    return sizeof table / sizeof table[0];
}

const struct behaviour *behaviour_at(size_t index)
{
    return &table[index];
}

size_t behaviour_index(const struct behaviour *behaviour)
{
    return (size_t)(behaviour - table);
}

bool behaviour_refuses_every_version(const struct behaviour *behaviour)
{
    return behaviour->tls == TLS_ALERT && (behaviour->alert == SSL_AD_HANDSHAKE_FAILURE ||
                                           behaviour->alert == SSL_AD_PROTOCOL_VERSION);
}

bool behaviour_find(const char *name, size_t *out_index)
{
    for (size_t i = 0; i < behaviour_count(); i++) {
        if (strcmp(table[i].name, name) == 0) {
            *out_index = i;
            return true;
        }
    }
    return false;
}

bool behaviour_versions(const struct behaviour *behaviour, uint16_t *out_min, uint16_t *out_max)
{
    if (behaviour->tls != TLS_REAL || strcmp(behaviour->accepted, "yes") != 0) {
        return false;
    }
    *out_min = behaviour->min_version != 0 ? behaviour->min_version : TLS1_2_VERSION;
    *out_max = behaviour->max_version != 0 ? behaviour->max_version : TLS1_3_VERSION;
    return true;
}
