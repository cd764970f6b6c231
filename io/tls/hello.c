/*
 * Writing the hello. Extensions without content go first and one with content last: some servers
 * hang if the last extension is empty (as BoringSSL's extensions.cc notes too).
 */
#include "io/tls/hello.h"

#include <string.h>

#include <openssl/bytestring.h>
#include <openssl/sha.h>

#include "io/tls/tls_names.h"

#define HANDSHAKE_CLIENT_HELLO 1
#define HANDSHAKE_HEADER_LEN   4
#define RECORD_HANDSHAKE       22
#define RECORD_HEADER_LEN      5
#define SESSION_ID_LEN         32
#define EXTENSION_HEADER_LEN   4
#define EXPECTED_LEN           512 /* of a usual hello: the builder grows past it */
#define SSL2_CLIENT_HELLO      1
#define SSL2_KIND_LEN          3

/* Extension numbers of the IANA registry "TLS ExtensionType Values". */
enum {
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_STATUS_REQUEST = 5,
    EXTENSION_SUPPORTED_GROUPS = 10,
    EXTENSION_POINT_FORMATS = 11,
    EXTENSION_SIGNATURE_ALGORITHMS = 13,
    EXTENSION_SIGNED_CERTIFICATE_TIMESTAMP = 18,
    EXTENSION_PADDING = 21,
    EXTENSION_ENCRYPT_THEN_MAC = 22,
    EXTENSION_EXTENDED_MASTER_SECRET = 23,
    EXTENSION_SESSION_TICKET = 35,
    EXTENSION_SUPPORTED_VERSIONS = 43,
    EXTENSION_KEY_SHARE = 51,
    EXTENSION_RENEGOTIATION_INFO = 0xff01
};

/* The generators of the two curves: points that any server must take, and nobody's secret. */
static const uint8_t p256_point[] = {
    0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5,
    0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4,
    0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a,
    0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33,
    0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};
static const uint8_t p384_point[] = {
    0x04, 0xaa, 0x87, 0xca, 0x22, 0xbe, 0x8b, 0x05, 0x37, 0x8e, 0xb1, 0xc7, 0x1e, 0xf3,
    0x20, 0xad, 0x74, 0x6e, 0x1d, 0x3b, 0x62, 0x8b, 0xa7, 0x9b, 0x98, 0x59, 0xf7, 0x41,
    0xe0, 0x82, 0x54, 0x2a, 0x38, 0x55, 0x02, 0xf2, 0x5d, 0xbf, 0x55, 0x29, 0x6c, 0x3a,
    0x54, 0x5e, 0x38, 0x72, 0x76, 0x0a, 0xb7, 0x36, 0x17, 0xde, 0x4a, 0x96, 0x26, 0x2c,
    0x6f, 0x5d, 0x9e, 0x98, 0xbf, 0x92, 0x92, 0xdc, 0x29, 0xf8, 0xf4, 0x1d, 0xbd, 0x28,
    0x9a, 0x14, 0x7c, 0xe9, 0xda, 0x31, 0x13, 0xb5, 0xf0, 0xb8, 0xc0, 0x0a, 0x60, 0xb1,
    0xce, 0x1d, 0x7e, 0x81, 0x9d, 0x7a, 0x43, 0x1d, 0x7c, 0x90, 0xea, 0x0e, 0x5f};

/* SHA-256 of the random and one byte: different values from one, the same every time. */
static void derive(const uint8_t random[HELLO_RANDOM_LEN], uint8_t purpose,
                   uint8_t out[SHA256_DIGEST_LENGTH])
{
    uint8_t input[HELLO_RANDOM_LEN + 1];
    memcpy(input, random, HELLO_RANDOM_LEN);
    input[HELLO_RANDOM_LEN] = purpose;
    SHA256(input, sizeof input, out);
}

static bool add_empty(CBB *out, uint16_t extension)
{
    return CBB_add_u16(out, extension) && CBB_add_u16(out, 0);
}

static bool add_list(CBB *out, const uint16_t *values, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (!CBB_add_u16(out, values[i])) {
            return false;
        }
    }
    return true;
}

/* An extension whose content is a list of 16-bit numbers behind a length of two bytes. */
static bool add_list_extension(CBB *out, uint16_t extension, const uint16_t *values, size_t num)
{
    CBB content, list;
    return CBB_add_u16(out, extension) && CBB_add_u16_length_prefixed(out, &content) &&
           CBB_add_u16_length_prefixed(&content, &list) && add_list(&list, values, num) &&
           CBB_flush(out);
}

/* RFC 6066 section 3: a list of one host_name. */
static bool add_server_name(CBB *out, const struct hostname *sni)
{
    CBB content, list, name;
    return CBB_add_u16(out, EXTENSION_SERVER_NAME) && CBB_add_u16_length_prefixed(out, &content) &&
           CBB_add_u16_length_prefixed(&content, &list) && CBB_add_u8(&list, 0) &&
           CBB_add_u16_length_prefixed(&list, &name) &&
           CBB_add_bytes(&name, (const uint8_t *)hostname_text(sni), hostname_len(sni)) &&
           CBB_flush(out);
}

/* RFC 6066 section 8: type ocsp, no responder ids, no request extensions. */
static bool add_status_request(CBB *out)
{
    return CBB_add_u16(out, EXTENSION_STATUS_REQUEST) && CBB_add_u16(out, 5) &&
           CBB_add_u8(out, 1) && CBB_add_u16(out, 0) && CBB_add_u16(out, 0);
}

static bool add_supported_versions(CBB *out, const struct hello_spec *spec)
{
    CBB content, list;
    return CBB_add_u16(out, EXTENSION_SUPPORTED_VERSIONS) &&
           CBB_add_u16_length_prefixed(out, &content) &&
           CBB_add_u8_length_prefixed(&content, &list) &&
           add_list(&list, spec->versions, spec->num_versions) && CBB_flush(out);
}

static bool add_public_key(CBB *out, uint16_t group, const uint8_t random[HELLO_RANDOM_LEN])
{
    switch (group) {
    case TLS_GROUP_X25519: {
        /* Any 32 bytes are a public key, but no client that computes its own has one of more than
           255 bits (RFC 7748 section 5), and wolfSSL closes the connection to who sends one. */
        uint8_t key[SHA256_DIGEST_LENGTH];
        derive(random, 'x', key);
        key[sizeof key - 1] &= 0x7f;
        return CBB_add_bytes(out, key, sizeof key);
    }
    case TLS_GROUP_SECP256R1:
        return CBB_add_bytes(out, p256_point, sizeof p256_point);
    case TLS_GROUP_SECP384R1:
        return CBB_add_bytes(out, p384_point, sizeof p384_point);
    default:
        return false;
    }
}

static bool add_key_share(CBB *out, const struct hello_spec *spec,
                          const uint8_t random[HELLO_RANDOM_LEN])
{
    CBB content, shares, key;
    if (!CBB_add_u16(out, EXTENSION_KEY_SHARE) || !CBB_add_u16_length_prefixed(out, &content) ||
        !CBB_add_u16_length_prefixed(&content, &shares)) {
        return false;
    }
    for (size_t i = 0; i < spec->num_shares; i++) {
        if (!CBB_add_u16(&shares, spec->shares[i]) || !CBB_add_u16_length_prefixed(&shares, &key) ||
            !add_public_key(&key, spec->shares[i], random)) {
            return false;
        }
    }
    return CBB_flush(out);
}

static bool offers_tls13(const struct hello_spec *spec)
{
    for (size_t i = 0; i < spec->num_versions; i++) {
        if (spec->versions[i] == 0x0304) {
            return true;
        }
    }
    return false;
}

static bool add_flags(CBB *out, const struct hello_spec *spec)
{
    /* An empty renegotiated_connection: RFC 5746 section 3.4. */
    static const uint8_t renegotiation[] = {0xff, 0x01, 0x00, 0x01, 0x00};
    static const uint8_t point_formats[] = {0x00, EXTENSION_POINT_FORMATS, 0x00, 0x02, 0x01, 0x00};

    return (!spec->ems || add_empty(out, EXTENSION_EXTENDED_MASTER_SECRET)) &&
           (!spec->encrypt_then_mac || add_empty(out, EXTENSION_ENCRYPT_THEN_MAC)) &&
           (!spec->session_ticket || add_empty(out, EXTENSION_SESSION_TICKET)) &&
           (!spec->sct || add_empty(out, EXTENSION_SIGNED_CERTIFICATE_TIMESTAMP)) &&
           (!spec->renegotiation_info || CBB_add_bytes(out, renegotiation, sizeof renegotiation)) &&
           (!spec->status_request || add_status_request(out)) &&
           (!spec->point_formats || CBB_add_bytes(out, point_formats, sizeof point_formats));
}

static bool add_extensions(CBB *out, const struct hello_spec *spec,
                           const uint8_t random[HELLO_RANDOM_LEN])
{
    return (!spec->sni || add_server_name(out, spec->sni)) && add_flags(out, spec) &&
           (spec->num_groups == 0 ||
            add_list_extension(out, EXTENSION_SUPPORTED_GROUPS, spec->groups, spec->num_groups)) &&
           (spec->num_signatures == 0 ||
            add_list_extension(out, EXTENSION_SIGNATURE_ALGORITHMS, spec->signatures,
                               spec->num_signatures)) &&
           (spec->num_versions == 0 || add_supported_versions(out, spec)) &&
           (!offers_tls13(spec) || add_key_share(out, spec, random));
}

/* RFC 7685 section 3, with at least one byte of content, being the last extension. */
static bool add_padding(CBB *out, size_t message_len, size_t pad_to)
{
    if (message_len >= pad_to) {
        return true;
    }
    size_t missing = pad_to - message_len;
    size_t len = missing > EXTENSION_HEADER_LEN ? missing - EXTENSION_HEADER_LEN : 1;
    uint8_t *zeros;
    if (!CBB_add_u16(out, EXTENSION_PADDING) || !CBB_add_u16(out, (uint16_t)len) ||
        !CBB_add_space(out, &zeros, len)) {
        return false;
    }
    memset(zeros, 0, len);
    return true;
}

static bool add_suites(CBB *out, const struct hello_spec *spec)
{
    CBB suites;
    return CBB_add_u16_length_prefixed(out, &suites) &&
           add_list(&suites, spec->suites, spec->num_suites) &&
           (!spec->renegotiation_scsv || CBB_add_u16(&suites, TLS_SUITE_RENEGOTIATION_SCSV)) &&
           (!spec->fallback_scsv || CBB_add_u16(&suites, TLS_SUITE_FALLBACK_SCSV)) &&
           CBB_flush(out);
}

/* From the version to the compression methods: RFC 5246 section 7.4.1.2. */
static bool add_fixed_part(CBB *out, const struct hello_spec *spec,
                           const uint8_t random[HELLO_RANDOM_LEN])
{
    static const uint8_t compression_null[] = {1, 0};
    static const uint8_t compression_deflate[] = {2, 1, 0}; /* RFC 3749 section 2 */
    uint8_t session_id[SESSION_ID_LEN];

    derive(random, 's', session_id);
    return CBB_add_u16(out, spec->legacy_version) && CBB_add_bytes(out, random, HELLO_RANDOM_LEN) &&
           CBB_add_u8(out, spec->session_id ? SESSION_ID_LEN : 0) &&
           (!spec->session_id || CBB_add_bytes(out, session_id, SESSION_ID_LEN)) &&
           add_suites(out, spec) &&
           (spec->deflate ? CBB_add_bytes(out, compression_deflate, sizeof compression_deflate)
                          : CBB_add_bytes(out, compression_null, sizeof compression_null));
}

static bool add_body(CBB *out, const struct hello_spec *spec,
                     const uint8_t random[HELLO_RANDOM_LEN])
{
    CBB extensions;
    if (!add_fixed_part(out, spec, random)) {
        return false;
    }
    size_t fixed_len = CBB_len(out);
    if (!CBB_add_u16_length_prefixed(out, &extensions) ||
        !add_extensions(&extensions, spec, random)) {
        return false;
    }
    size_t extensions_len = CBB_len(&extensions);
    if (extensions_len == 0 && spec->pad_to == 0) {
        CBB_discard_child(out); /* as RFC 5246 section 7.4.1.2 has it: nothing, not an empty list */
        return true;
    }
    size_t message_len = HANDSHAKE_HEADER_LEN + fixed_len + sizeof(uint16_t) + extensions_len;
    return add_padding(&extensions, message_len, spec->pad_to) && CBB_flush(out);
}

/* Cuts the message into records: RFC 8446 section 5.1. */
static bool write_records(const struct hello_spec *spec, const uint8_t *message, size_t len,
                          uint8_t *out, size_t max, size_t *out_len)
{
    size_t fragment_len = spec->fragment_len ? spec->fragment_len : HELLO_FRAGMENT_MAX;
    size_t used = 0;

    while (len > 0) {
        size_t part = len < fragment_len ? len : fragment_len;
        if (max - used < RECORD_HEADER_LEN + part) {
            return false;
        }
        out[used++] = RECORD_HANDSHAKE;
        out[used++] = (uint8_t)(spec->record_version >> 8);
        out[used++] = (uint8_t)spec->record_version;
        out[used++] = (uint8_t)(part >> 8);
        out[used++] = (uint8_t)part;
        memcpy(out + used, message, part);
        used += part;
        message += part;
        len -= part;
    }
    *out_len = used;
    return true;
}

bool hello_write(const struct hello_spec *spec, const uint8_t random[HELLO_RANDOM_LEN],
                 uint8_t *out, size_t max, size_t *out_len)
{
    CBB message, body;
    bool written = false;

    if (!hello_is_consistent(spec) || !CBB_init(&message, EXPECTED_LEN)) {
        return false;
    }
    if (CBB_add_u8(&message, HANDSHAKE_CLIENT_HELLO) &&
        CBB_add_u24_length_prefixed(&message, &body) && add_body(&body, spec, random) &&
        CBB_flush(&message)) {
        written = write_records(spec, CBB_data(&message), CBB_len(&message), out, max, out_len);
    }
    CBB_cleanup(&message);
    return written;
}

bool hello_write_ssl2(const uint8_t challenge[HELLO_CHALLENGE_LEN], uint8_t *out, size_t max,
                      size_t *out_len)
{
    static const uint8_t head[] = {
        0x80,
        HELLO_SSL2_LEN - 2, /* record header of two bytes */
        SSL2_CLIENT_HELLO,  /* message type */
        0x00,
        0x02, /* version */
        0x00,
        7 * SSL2_KIND_LEN, /* length of the cipher kinds */
        0x00,
        0x00, /* of the session id */
        0x00,
        HELLO_CHALLENGE_LEN, /* of the challenge */
        0x07,
        0x00,
        0xc0, /* DES_192_EDE3_CBC_WITH_MD5 */
        0x05,
        0x00,
        0x80, /* IDEA_128_CBC_WITH_MD5 */
        0x03,
        0x00,
        0x80, /* RC2_128_CBC_WITH_MD5 */
        0x01,
        0x00,
        0x80, /* RC4_128_WITH_MD5 */
        0x06,
        0x00,
        0x40, /* DES_64_CBC_WITH_MD5 */
        0x04,
        0x00,
        0x80, /* RC2_128_CBC_EXPORT40_WITH_MD5 */
        0x02,
        0x00,
        0x80, /* RC4_128_EXPORT40_WITH_MD5 */
    };
    _Static_assert(sizeof head + HELLO_CHALLENGE_LEN == HELLO_SSL2_LEN, "length of the hello");

    if (max < HELLO_SSL2_LEN) {
        return false;
    }
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, challenge, HELLO_CHALLENGE_LEN);
    *out_len = HELLO_SSL2_LEN;
    return true;
}
