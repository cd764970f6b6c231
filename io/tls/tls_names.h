/*
 * Names of the numbers in TLS messages, as in the IANA registries "TLS Cipher Suites", "TLS
 * Supported Groups" and "TLS Alerts". Every look-up gives NULL for a number
 * that is not listed: print that in hexadecimal. GREASE values (RFC 8701) are never listed.
 */
#ifndef MXGRADE_IO_TLS_NAMES_H
#define MXGRADE_IO_TLS_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/tls/tls_suites.h"

/* Groups that code refers to by name; all others are in the table only. */
enum {
    TLS_GROUP_SECP256R1 = 0x0017, /* RFC 8422 section 5.1.1 */
    TLS_GROUP_SECP384R1 = 0x0018,
    TLS_GROUP_SECP521R1 = 0x0019,
    TLS_GROUP_X25519 = 0x001d,
    TLS_GROUP_X448 = 0x001e,
    TLS_GROUP_FFDHE2048 = 0x0100, /* RFC 7919 section 2 */
    TLS_GROUP_FFDHE3072 = 0x0101,
    TLS_GROUP_FFDHE4096 = 0x0102,
    TLS_GROUP_FFDHE6144 = 0x0103,
    TLS_GROUP_FFDHE8192 = 0x0104,
    TLS_GROUP_MLKEM512 = 0x0200, /* draft-ietf-tls-mlkem */
    TLS_GROUP_MLKEM768 = 0x0201,
    TLS_GROUP_MLKEM1024 = 0x0202,
    TLS_GROUP_SECP256R1MLKEM768 = 0x11eb, /* draft-ietf-tls-ecdhe-mlkem */
    TLS_GROUP_X25519MLKEM768 = 0x11ec,
    TLS_GROUP_SECP384R1MLKEM1024 = 0x11ed,
    TLS_GROUP_EXPLICIT_PRIME_CURVE = 0xff01, /* RFC 4492 section 5.1.1 */
    TLS_GROUP_EXPLICIT_CHAR2_CURVE = 0xff02
};

enum tls_group_kind {
    TLS_GROUP_KIND_EC,    /* elliptic curve, x25519 and x448 among them */
    TLS_GROUP_KIND_FFDHE, /* finite field */
    TLS_GROUP_KIND_PQ,    /* ML-KEM alone */
    TLS_GROUP_KIND_HYBRID /* ML-KEM and an elliptic curve together */
};

struct tls_group {
    uint16_t code;
    const char *name;
    enum tls_group_kind kind;
    uint16_t bits; /* size of the field, prime, or the curve's part of a hybrid; 0: not fixed */
};

/* Alert descriptions that code refers to (RFC 8446 section 6). */
enum {
    TLS_ALERT_CLOSE_NOTIFY = 0,
    TLS_ALERT_HANDSHAKE_FAILURE = 40,
    TLS_ALERT_ILLEGAL_PARAMETER = 47,
    TLS_ALERT_PROTOCOL_VERSION = 70,
    TLS_ALERT_INSUFFICIENT_SECURITY = 71,
    TLS_ALERT_INTERNAL_ERROR = 80,
    TLS_ALERT_INAPPROPRIATE_FALLBACK = 86,
    TLS_ALERT_USER_CANCELED = 90,
    TLS_ALERT_NO_RENEGOTIATION = 100,
    TLS_ALERT_UNRECOGNIZED_NAME = 112
};

/* "TLS_AES_128_GCM_SHA256" */
const char *tls_names_suite(uint16_t suite);

/* "x25519", "secp256r1", "X25519MLKEM768" */
const char *tls_names_group(uint16_t group);

/* The number of a name that one of the two above gave; false: it is none of theirs. */
bool tls_names_suite_of(const char *name, uint16_t *out_suite);
bool tls_names_group_of(const char *name, uint16_t *out_group);

/* "handshake_failure" */
const char *tls_names_alert(uint8_t description);

/* The whole row of a group; NULL if it is not in the table. */
const struct tls_group *tls_names_find_group(uint16_t group);

/* All groups in the order of their code points, for enumeration. */
const struct tls_group *tls_names_all_groups(size_t *out_num);

/* Whether the group gives secrecy against a quantum computer (ML-KEM, alone or as hybrid). */
bool tls_names_group_is_post_quantum(uint16_t group);

#endif
