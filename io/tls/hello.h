/*
 * A ClientHello written by hand, for what the TLS library cannot or will not offer: SSLv2, SSLv3,
 * weak suites, single groups, post-quantum groups without their arithmetic. Such a hello is only a
 * question: the reply (hello_reply.h) is read as far as it needs no key, and no handshake follows.
 *
 * A struct hello_spec says what is offered. Fill it by a constructor and change what is to differ;
 * it is plain data without ownership (the name it points to stays the caller's). hello_write()
 * refuses a spec that contradicts itself, so that a server's refusal is never due to our own hello.
 */
#ifndef MXGRADE_IO_HELLO_H
#define MXGRADE_IO_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/hostname.h"

#define HELLO_SUITES_MAX     64 /* servers are known to ignore, or choke on, what comes after */
#define HELLO_VERSIONS_MAX   5
#define HELLO_GROUPS_MAX     32
#define HELLO_SHARES_MAX     3
#define HELLO_SIGNATURES_MAX 32
#define HELLO_PAD_MAX        16384
#define HELLO_FRAGMENT_MIN   64
#define HELLO_FRAGMENT_MAX   16384 /* RFC 8446 section 5.1 */
#define HELLO_RANDOM_LEN     32
#define HELLO_CHALLENGE_LEN  16
#define HELLO_BYTES_MAX      20480 /* enough for every hello that hello_write() accepts */
#define HELLO_SSL2_LEN       48    /* what hello_write_ssl2() writes */

enum hello_version { HELLO_SSL3, HELLO_TLS1_0, HELLO_TLS1_1, HELLO_TLS1_2, HELLO_TLS1_3 };

struct hello_spec {
    /* of the record header, 0x0301 with all but SSLv3: RFC 8446 section 5.1 */
    uint16_t record_version;
    uint16_t legacy_version; /* the highest offered, 0x0303 also for TLS 1.3: section 4.1.2 */
    /* supported_versions, RFC 8446 section 4.2.1; none: the extension is not sent */
    uint16_t versions[HELLO_VERSIONS_MAX];
    size_t num_versions;
    /* in the order of preference; without the SCSV */
    uint16_t suites[HELLO_SUITES_MAX];
    size_t num_suites;
    /* supported_groups, RFC 8422 section 5.1.1, RFC 8446 section 4.2.7; none: not sent */
    uint16_t groups[HELLO_GROUPS_MAX];
    size_t num_groups;
    /* key_share, RFC 8446 section 4.2.8: always sent with TLS 1.3. Shares can be made for x25519,
       secp256r1 and secp384r1. Without any, the server has to name its group in a
       HelloRetryRequest. */
    uint16_t shares[HELLO_SHARES_MAX];
    size_t num_shares;
    /* signature_algorithms, RFC 5246 section 7.4.1.4.1, RFC 8446 section 4.2.3; none: not sent */
    uint16_t signatures[HELLO_SIGNATURES_MAX];
    size_t num_signatures;
    const struct hostname *sni; /* RFC 6066 section 3; NULL: not sent */
    bool deflate;               /* RFC 3749: offered beside null */
    bool ems;                   /* extended_master_secret, RFC 7627 section 5.1 */
    bool renegotiation_info;    /* RFC 5746 section 3.2, as an extension */
    bool renegotiation_scsv;    /* section 3.3, as a suite at the end: not both */
    bool fallback_scsv;         /* RFC 7507 section 4, as a suite at the end */
    bool session_ticket;        /* RFC 5077 section 3.2, empty */
    bool status_request;        /* RFC 6066 section 8, OCSP */
    bool sct;                   /* signed_certificate_timestamp, RFC 6962 section 3.3.1 */
    bool encrypt_then_mac;      /* RFC 7366 section 2 */
    bool point_formats;         /* RFC 8422 section 5.1.2: uncompressed */
    bool session_id;            /* 32 bytes, middlebox compatibility: RFC 8446 section D.4 */
    size_t pad_to; /* RFC 7685: the handshake message has at least so many bytes; 0: no padding */
    size_t fragment_len; /* bytes of the message per record; 0: HELLO_FRAGMENT_MAX */
};

/*
 * Writes the hello as one or more records. `random` goes out as the hello's random; the session id
 * and the x25519 share are derived from it. False if the spec contradicts itself, `max` is too
 * small, or memory ran out; `out` is then undefined.
 */
bool hello_write(const struct hello_spec *spec, const uint8_t random[HELLO_RANDOM_LEN],
                 uint8_t *out, size_t max, size_t *out_len);

/*
 * Whether hello_write() would take the spec: all versions, suites, extensions fit each other.
 * Suites unknown to tls_suites.h are taken as they are.
 */
bool hello_is_consistent(const struct hello_spec *spec);

/* An SSLv2 CLIENT-HELLO with all seven cipher kinds (draft-hickman-netscape-ssl). */
bool hello_write_ssl2(const uint8_t challenge[HELLO_CHALLENGE_LEN], uint8_t *out, size_t max,
                      size_t *out_len);

/*
 * Constructors (hello_for.c).
 */

/*
 * Offers that version as the highest, with the suites a server of it may have, the strong ones
 * first: every key exchange, also static RSA, and last the broken ciphers, but nothing anonymous,
 * exportable or without encryption. For TLS 1.3 no older version is offered beside it. What is
 * negotiated may still be lower than asked, below TLS 1.3: read the version of the reply.
 */
struct hello_spec hello_for_version(enum hello_version version, const struct hostname *sni);

/*
 * The same hello with only the suites of any of these classes (TLS_CLASS_* of tls_suites.h; 0: all
 * suites) that the version can carry and that need no shared secret; in the order of their code
 * points, HELLO_SUITES_MAX at a time, `part` counted from 0. False: there is no such part.
 */
bool hello_for_classes(enum hello_version version, const struct hostname *sni, unsigned classes,
                       size_t part, struct hello_spec *out_spec);

/*
 * TLS 1.3 only, these groups only and no key share: a server that has one of them names it in a
 * HelloRetryRequest, one that has none ends with an alert. No arithmetic of the group is needed, so
 * this is also how post-quantum groups are asked for. False if there are too many groups, or none.
 */
bool hello_for_groups(const struct hostname *sni, const uint16_t *groups, size_t num_groups,
                      struct hello_spec *out_spec);

/* hello_for_groups() with the hybrids of ML-KEM and an elliptic curve. */
struct hello_spec hello_for_post_quantum(const struct hostname *sni);

/*
 * TLS 1.2 at most, with what hello_for_version() leaves out and some libraries have all the same:
 * Camellia-GCM, ARIA, AES-CCM-8, SEED, GOST, and DHE beside the groups of RFC 7919.
 */
struct hello_spec hello_for_rare_suites(const struct hostname *sni);

/* TLS 1.3 alone, with every suite but those without encryption, every group and every signature. */
struct hello_spec hello_for_all_of_tls13(const struct hostname *sni);

/* The same with these signatures only; false if there are too many, or none. */
bool hello_for_signatures(const struct hostname *sni, const uint16_t *signatures, size_t num,
                          struct hello_spec *out_spec);

/*
 * Puts what goes with an RSA certificate before what goes with another, the order within kept: a
 * server with a leaf of each kind that goes by the client's order then shows the RSA one.
 */
void hello_prefer_rsa(struct hello_spec *spec);

/* Takes a suite out of the offer, for enumeration by removal; false if it was not in it. */
bool hello_remove_suite(struct hello_spec *spec, uint16_t suite);

#endif
