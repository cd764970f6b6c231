#include "io/tls/tls_names.h"

#include <stdlib.h>
#include <string.h>

struct name {
    uint16_t code;
    const char *name;
};

static int compare_name(const void *key, const void *row)
{
    return (int)*(const uint16_t *)key - (int)((const struct name *)row)->code;
}

static const char *find_name(const struct name *names, size_t num, uint16_t code)
{
    const struct name *found = bsearch(&code, names, num, sizeof names[0], compare_name);
    return found ? found->name : NULL;
}

const char *tls_names_suite(uint16_t suite)
{
    const struct tls_suite *found = tls_suites_find(suite);
    return found ? found->name : NULL;
}

/* RFC 8422, RFC 4492 (the curves it took out), RFC 7027, RFC 8734, RFC 8998, RFC 9189, RFC 7919,
   draft-ietf-tls-mlkem, draft-ietf-tls-ecdhe-mlkem; in the order of the code points. */
static const struct tls_group groups[] = {
    {0x0001, "sect163k1", TLS_GROUP_KIND_EC, 163},
    {0x0002, "sect163r1", TLS_GROUP_KIND_EC, 163},
    {0x0003, "sect163r2", TLS_GROUP_KIND_EC, 163},
    {0x0004, "sect193r1", TLS_GROUP_KIND_EC, 193},
    {0x0005, "sect193r2", TLS_GROUP_KIND_EC, 193},
    {0x0006, "sect233k1", TLS_GROUP_KIND_EC, 233},
    {0x0007, "sect233r1", TLS_GROUP_KIND_EC, 233},
    {0x0008, "sect239k1", TLS_GROUP_KIND_EC, 239},
    {0x0009, "sect283k1", TLS_GROUP_KIND_EC, 283},
    {0x000a, "sect283r1", TLS_GROUP_KIND_EC, 283},
    {0x000b, "sect409k1", TLS_GROUP_KIND_EC, 409},
    {0x000c, "sect409r1", TLS_GROUP_KIND_EC, 409},
    {0x000d, "sect571k1", TLS_GROUP_KIND_EC, 571},
    {0x000e, "sect571r1", TLS_GROUP_KIND_EC, 571},
    {0x000f, "secp160k1", TLS_GROUP_KIND_EC, 160},
    {0x0010, "secp160r1", TLS_GROUP_KIND_EC, 160},
    {0x0011, "secp160r2", TLS_GROUP_KIND_EC, 160},
    {0x0012, "secp192k1", TLS_GROUP_KIND_EC, 192},
    {0x0013, "secp192r1", TLS_GROUP_KIND_EC, 192},
    {0x0014, "secp224k1", TLS_GROUP_KIND_EC, 224},
    {0x0015, "secp224r1", TLS_GROUP_KIND_EC, 224},
    {0x0016, "secp256k1", TLS_GROUP_KIND_EC, 256},
    {0x0017, "secp256r1", TLS_GROUP_KIND_EC, 256},
    {0x0018, "secp384r1", TLS_GROUP_KIND_EC, 384},
    {0x0019, "secp521r1", TLS_GROUP_KIND_EC, 521},
    {0x001a, "brainpoolP256r1", TLS_GROUP_KIND_EC, 256},
    {0x001b, "brainpoolP384r1", TLS_GROUP_KIND_EC, 384},
    {0x001c, "brainpoolP512r1", TLS_GROUP_KIND_EC, 512},
    {0x001d, "x25519", TLS_GROUP_KIND_EC, 255},
    {0x001e, "x448", TLS_GROUP_KIND_EC, 448},
    {0x001f, "brainpoolP256r1tls13", TLS_GROUP_KIND_EC, 256},
    {0x0020, "brainpoolP384r1tls13", TLS_GROUP_KIND_EC, 384},
    {0x0021, "brainpoolP512r1tls13", TLS_GROUP_KIND_EC, 512},
    {0x0022, "GC256A", TLS_GROUP_KIND_EC, 256},
    {0x0023, "GC256B", TLS_GROUP_KIND_EC, 256},
    {0x0024, "GC256C", TLS_GROUP_KIND_EC, 256},
    {0x0025, "GC256D", TLS_GROUP_KIND_EC, 256},
    {0x0026, "GC512A", TLS_GROUP_KIND_EC, 512},
    {0x0027, "GC512B", TLS_GROUP_KIND_EC, 512},
    {0x0028, "GC512C", TLS_GROUP_KIND_EC, 512},
    {0x0029, "curveSM2", TLS_GROUP_KIND_EC, 256},
    {0x0100, "ffdhe2048", TLS_GROUP_KIND_FFDHE, 2048},
    {0x0101, "ffdhe3072", TLS_GROUP_KIND_FFDHE, 3072},
    {0x0102, "ffdhe4096", TLS_GROUP_KIND_FFDHE, 4096},
    {0x0103, "ffdhe6144", TLS_GROUP_KIND_FFDHE, 6144},
    {0x0104, "ffdhe8192", TLS_GROUP_KIND_FFDHE, 8192},
    {0x0200, "MLKEM512", TLS_GROUP_KIND_PQ, 0},
    {0x0201, "MLKEM768", TLS_GROUP_KIND_PQ, 0},
    {0x0202, "MLKEM1024", TLS_GROUP_KIND_PQ, 0},
    {0x11eb, "SecP256r1MLKEM768", TLS_GROUP_KIND_HYBRID, 256},
    {0x11ec, "X25519MLKEM768", TLS_GROUP_KIND_HYBRID, 255},
    {0x11ed, "SecP384r1MLKEM1024", TLS_GROUP_KIND_HYBRID, 384},
    {0x11ee, "curveSM2MLKEM768", TLS_GROUP_KIND_HYBRID, 256},
    {0x6399, "X25519Kyber768Draft00", TLS_GROUP_KIND_HYBRID, 255},
    {0x639a, "SecP256r1Kyber768Draft00", TLS_GROUP_KIND_HYBRID, 256},
    {0xff01, "arbitrary_explicit_prime_curves", TLS_GROUP_KIND_EC, 0},
    {0xff02, "arbitrary_explicit_char2_curves", TLS_GROUP_KIND_EC, 0},
};

#define GROUPS_NUM (sizeof groups / sizeof groups[0])

static int compare_group(const void *key, const void *row)
{
    return (int)*(const uint16_t *)key - (int)((const struct tls_group *)row)->code;
}

const struct tls_group *tls_names_find_group(uint16_t group)
{
    return bsearch(&group, groups, GROUPS_NUM, sizeof groups[0], compare_group);
}

const struct tls_group *tls_names_all_groups(size_t *out_num)
{
    *out_num = GROUPS_NUM;
    return groups;
}

const char *tls_names_group(uint16_t group)
{
    const struct tls_group *found = tls_names_find_group(group);
    return found ? found->name : NULL;
}

bool tls_names_suite_of(const char *name, uint16_t *out_suite)
{
    size_t num;
    const struct tls_suite *all = tls_suites_all(&num);
    for (size_t i = 0; i < num; i++) {
        if (strcmp(all[i].name, name) == 0) {
            *out_suite = all[i].code;
            return true;
        }
    }
    return false;
}

bool tls_names_group_of(const char *name, uint16_t *out_group)
{
    size_t num;
    const struct tls_group *all = tls_names_all_groups(&num);
    for (size_t i = 0; i < num; i++) {
        if (strcmp(all[i].name, name) == 0) {
            *out_group = all[i].code;
            return true;
        }
    }
    return false;
}

bool tls_names_group_is_post_quantum(uint16_t group)
{
    const struct tls_group *found = tls_names_find_group(group);
    return found && (found->kind == TLS_GROUP_KIND_PQ || found->kind == TLS_GROUP_KIND_HYBRID);
}

/* RFC 8446 section 6 and appendix B.2, RFC 6066 section 9, RFC 4279 section 6, RFC 7301
   section 3.2, RFC 7507 section 4, draft-ietf-tls-esni (ech_required). */
static const struct name alerts[] = {
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {21, "decryption_failed"},
    {22, "record_overflow"},
    {30, "decompression_failure"},
    {40, "handshake_failure"},
    {41, "no_certificate"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {52, "too_many_cids_requested"},
    {60, "export_restriction"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {111, "certificate_unobtainable"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {114, "bad_certificate_hash_value"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {117, "general_error"},
    {120, "no_application_protocol"},
    {121, "ech_required"},
};

const char *tls_names_alert(uint8_t description)
{
    return find_name(alerts, sizeof alerts / sizeof alerts[0], description);
}
