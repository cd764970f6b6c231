#include "io/tls/hello_reply_message.h"

#include <string.h>

#include "io/tls/tls_names.h"

#define RANDOM_LEN     32
#define SESSION_ID_MAX 32 /* RFC 5246 section 7.4.1.2 */

/* Message types: RFC 5246 section 7.4, RFC 6066 section 8. */
enum {
    MESSAGE_HELLO_REQUEST = 0,
    MESSAGE_SERVER_HELLO = 2,
    MESSAGE_CERTIFICATE = 11,
    MESSAGE_SERVER_KEY_EXCHANGE = 12,
    MESSAGE_CERTIFICATE_REQUEST = 13,
    MESSAGE_SERVER_HELLO_DONE = 14,
    MESSAGE_CERTIFICATE_STATUS = 22
};

/* Extension numbers of the IANA registry "TLS ExtensionType Values". */
enum {
    EXTENSION_STATUS_REQUEST = 5,
    EXTENSION_SIGNED_CERTIFICATE_TIMESTAMP = 18,
    EXTENSION_ENCRYPT_THEN_MAC = 22,
    EXTENSION_EXTENDED_MASTER_SECRET = 23,
    EXTENSION_SESSION_TICKET = 35,
    EXTENSION_SUPPORTED_VERSIONS = 43,
    EXTENSION_KEY_SHARE = 51,
    EXTENSION_RENEGOTIATION_INFO = 0xff01
};

/* RFC 8446 section 4.1.3: SHA-256 of "HelloRetryRequest". */
static const uint8_t retry_random[RANDOM_LEN] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

/* A HelloRetryRequest has the group alone, a ServerHello a whole share: RFC 8446 section 4.2.8. */
static bool read_key_share(struct hello_reply *reply, CBS *content)
{
    CBS key;
    return CBS_get_u16(content, &reply->group) &&
           (reply->kind == HELLO_REPLY_HELLO_RETRY_REQUEST ||
            CBS_get_u16_length_prefixed(content, &key)) &&
           CBS_len(content) == 0;
}

static bool read_extension(struct hello_reply *reply, uint16_t type, CBS *content)
{
    switch (type) {
    case EXTENSION_SUPPORTED_VERSIONS:
        return CBS_get_u16(content, &reply->version) && CBS_len(content) == 0;
    case EXTENSION_KEY_SHARE:
        return read_key_share(reply, content);
    case EXTENSION_RENEGOTIATION_INFO:
        reply->renegotiation_info = true;
        return true;
    case EXTENSION_EXTENDED_MASTER_SECRET:
        reply->ems = true;
        return true;
    case EXTENSION_ENCRYPT_THEN_MAC:
        reply->encrypt_then_mac = true;
        return true;
    case EXTENSION_SESSION_TICKET:
        reply->session_ticket = true;
        return true;
    case EXTENSION_STATUS_REQUEST:
        reply->status_request = true;
        return true;
    case EXTENSION_SIGNED_CERTIFICATE_TIMESTAMP:
        reply->sct = CBS_len(content) > 0;
        return true;
    default:
        return true;
    }
}

/* SSLv3 and TLS 1.0 hellos may end without the block: RFC 5246 section 7.4.1.3. */
static bool read_extensions(struct hello_reply *reply, CBS *body)
{
    CBS extensions, content;
    uint16_t type;

    if (CBS_len(body) == 0) {
        return true;
    }
    if (!CBS_get_u16_length_prefixed(body, &extensions) || CBS_len(body) != 0) {
        return false;
    }
    while (CBS_len(&extensions) > 0) {
        if (!CBS_get_u16(&extensions, &type) ||
            !CBS_get_u16_length_prefixed(&extensions, &content) ||
            !read_extension(reply, type, &content)) {
            return false;
        }
    }
    return true;
}

static bool read_server_hello_fields(struct hello_reply *reply, CBS *body)
{
    CBS session_id;
    uint8_t random[RANDOM_LEN];

    if (!CBS_get_u16(body, &reply->legacy_version) || reply->legacy_version >> 8 != 3 ||
        !CBS_copy_bytes(body, random, sizeof random) ||
        !CBS_get_u8_length_prefixed(body, &session_id) || CBS_len(&session_id) > SESSION_ID_MAX ||
        !CBS_get_u16(body, &reply->suite) || !CBS_get_u8(body, &reply->compression)) {
        return false;
    }
    reply->version = reply->legacy_version;
    reply->kind = memcmp(random, retry_random, sizeof random) == 0 ? HELLO_REPLY_HELLO_RETRY_REQUEST
                                                                   : HELLO_REPLY_SERVER_HELLO;
    return read_extensions(reply, body);
}

const char *hello_reply_read_server_hello(struct hello_reply *reply, CBS *body)
{
    if (!read_server_hello_fields(reply, body)) {
        reply->kind = HELLO_REPLY_NONE;
        return "malformed ServerHello";
    }
    /* Only TLS 1.3 has this message, and it says so: RFC 8446 section 4.1.4. */
    if (reply->kind == HELLO_REPLY_HELLO_RETRY_REQUEST && reply->version < 0x0304) {
        reply->kind = HELLO_REPLY_NONE;
        return "HelloRetryRequest without TLS 1.3";
    }
    return NULL;
}

/* The slices just made point into the message: it has to stay. */
static void keep_message(struct hello_reply_reader *reader, struct hello_reply_buffer *place)
{
    *place = reader->message;
    reader->message = (struct hello_reply_buffer){0};
}

/* RFC 5246 section 7.4.2. */
static const char *read_certificates(struct hello_reply_reader *reader, CBS *body)
{
    struct hello_reply *reply = &reader->reply;
    CBS list, certificate;

    if (reader->certificate_message.data) {
        return "a second Certificate message";
    }
    if (!CBS_get_u24_length_prefixed(body, &list) || CBS_len(body) != 0) {
        return "malformed Certificate";
    }
    keep_message(reader, &reader->certificate_message);
    while (CBS_len(&list) > 0) {
        if (!CBS_get_u24_length_prefixed(&list, &certificate) || CBS_len(&certificate) == 0) {
            return "malformed Certificate";
        }
        if (reply->num_certificates < HELLO_REPLY_CERTIFICATES_MAX) {
            reply->certificates[reply->num_certificates++] =
                (struct hello_reply_slice){CBS_data(&certificate), CBS_len(&certificate)};
        }
        reply->sent_certificates++;
    }
    return NULL;
}

/* RFC 6066 section 8; other types than ocsp (1) were not asked for. */
static const char *read_certificate_status(struct hello_reply_reader *reader, CBS *body)
{
    CBS response;
    uint8_t type;

    if (reader->status_message.data) {
        return "a second CertificateStatus message";
    }
    if (!CBS_get_u8(body, &type) || type != 1 || !CBS_get_u24_length_prefixed(body, &response) ||
        CBS_len(body) != 0) {
        return "malformed CertificateStatus";
    }
    keep_message(reader, &reader->status_message);
    reader->reply.ocsp = (struct hello_reply_slice){CBS_data(&response), CBS_len(&response)};
    return NULL;
}

/* RFC 5246 section 7.4.3: p, g, Ys. */
static bool read_dh_params(struct hello_reply *reply, CBS *body)
{
    CBS prime, generator, public_key;
    if (!CBS_get_u16_length_prefixed(body, &prime) || CBS_len(&prime) == 0 ||
        !CBS_get_u16_length_prefixed(body, &generator) ||
        !CBS_get_u16_length_prefixed(body, &public_key)) {
        return false;
    }
    reply->dh_bits = dh_prime_bits(CBS_data(&prime), CBS_len(&prime));
    reply->dh_prime = dh_prime_find(CBS_data(&prime), CBS_len(&prime));
    reply->group = reply->dh_prime ? reply->dh_prime->group : 0;
    return true;
}

/* RFC 8422 section 5.4. The explicit curves of RFC 4492 are named as such and not read further. */
static bool read_ecdh_params(struct hello_reply *reply, CBS *body)
{
    enum { EXPLICIT_PRIME = 1, EXPLICIT_CHAR2 = 2, NAMED_CURVE = 3 };
    uint8_t curve_type;
    CBS point;

    if (!CBS_get_u8(body, &curve_type)) {
        return false;
    }
    switch (curve_type) {
    case EXPLICIT_PRIME:
    case EXPLICIT_CHAR2:
        reply->group = curve_type == EXPLICIT_PRIME ? TLS_GROUP_EXPLICIT_PRIME_CURVE
                                                    : TLS_GROUP_EXPLICIT_CHAR2_CURVE;
        CBS_init(body, NULL, 0);
        return true;
    case NAMED_CURVE:
        return CBS_get_u16(body, &reply->group) && CBS_get_u8_length_prefixed(body, &point) &&
               CBS_len(&point) > 0;
    default:
        return false;
    }
}

/* The temporary key of RSA_EXPORT: RFC 2246 section 7.4.3. */
static bool read_rsa_params(struct hello_reply *reply, CBS *body)
{
    CBS modulus, exponent;
    if (!CBS_get_u16_length_prefixed(body, &modulus) || CBS_len(&modulus) == 0 ||
        !CBS_get_u16_length_prefixed(body, &exponent)) {
        return false;
    }
    reply->rsa_bits = dh_prime_bits(CBS_data(&modulus), CBS_len(&modulus));
    return true;
}

/* Since TLS 1.2 the algorithm stands before the signature: RFC 5246 section 4.7. */
static bool read_signature(struct hello_reply *reply, CBS *body)
{
    CBS signature;
    return (reply->version < 0x0303 || CBS_get_u16(body, &reply->signature)) &&
           CBS_get_u16_length_prefixed(body, &signature) && CBS_len(body) == 0;
}

static bool read_params(struct hello_reply *reply, enum tls_key_exchange kx, CBS *body)
{
    CBS psk_hint; /* RFC 4279 section 2, RFC 5489 section 2: before the parameters */
    switch (kx) {
    case TLS_KX_DHE:
        return read_dh_params(reply, body) && read_signature(reply, body);
    case TLS_KX_DH_ANON:
        return read_dh_params(reply, body) && CBS_len(body) == 0;
    case TLS_KX_DHE_PSK:
        return CBS_get_u16_length_prefixed(body, &psk_hint) && read_dh_params(reply, body);
    case TLS_KX_ECDHE:
        return read_ecdh_params(reply, body) && (CBS_len(body) == 0 || read_signature(reply, body));
    case TLS_KX_ECDH_ANON:
        return read_ecdh_params(reply, body) && CBS_len(body) == 0;
    case TLS_KX_ECDHE_PSK:
        return CBS_get_u16_length_prefixed(body, &psk_hint) && read_ecdh_params(reply, body);
    case TLS_KX_RSA:
        return read_rsa_params(reply, body) && read_signature(reply, body);
    default:
        return true;
    }
}

const char *hello_reply_read_server_key_exchange(struct hello_reply *reply, CBS *body)
{
    const struct tls_suite *suite = tls_suites_find(reply->suite);
    if (reply->server_key_exchange) {
        return "a second ServerKeyExchange message";
    }
    reply->server_key_exchange = true;
    return !suite || read_params(reply, suite->kx, body) ? NULL : "malformed ServerKeyExchange";
}

static const char *read_flight(struct hello_reply_reader *reader, uint8_t type, CBS *body)
{
    switch (type) {
    case MESSAGE_CERTIFICATE:
        return read_certificates(reader, body);
    case MESSAGE_CERTIFICATE_STATUS:
        return read_certificate_status(reader, body);
    case MESSAGE_SERVER_KEY_EXCHANGE:
        return hello_reply_read_server_key_exchange(&reader->reply, body);
    case MESSAGE_CERTIFICATE_REQUEST:
        return NULL;
    case MESSAGE_SERVER_HELLO_DONE:
        reader->reply.flight_complete = true;
        return NULL;
    default:
        return "a message that does not belong here";
    }
}

const char *hello_reply_message_read(struct hello_reply_reader *reader)
{
    CBS body;
    uint8_t type = reader->message.data[0];
    CBS_init(&body, reader->message.data + HELLO_REPLY_MESSAGE_HEADER_LEN,
             reader->message.len - HELLO_REPLY_MESSAGE_HEADER_LEN);

    if (type == MESSAGE_HELLO_REQUEST) {
        return NULL; /* may come at any time and says nothing: RFC 5246 section 7.4.1.1 */
    }
    if (reader->reply.kind == HELLO_REPLY_SERVER_HELLO) {
        return read_flight(reader, type, &body);
    }
    if (type == MESSAGE_SERVER_HELLO) {
        return hello_reply_read_server_hello(&reader->reply, &body);
    }
    return "another message than a ServerHello";
}

/* SERVER-HELLO of draft-hickman-netscape-ssl. */
static bool read_ssl2_server_hello(struct hello_reply_reader *reader, CBS *body)
{
    struct hello_reply *reply = &reader->reply;
    uint8_t session_id_hit, certificate_type;
    uint16_t certificate_len, kinds_len, connection_id_len;
    CBS certificate, kinds;

    if (!CBS_get_u8(body, &session_id_hit) || !CBS_get_u8(body, &certificate_type) ||
        !CBS_get_u16(body, &reply->ssl2_version) || !CBS_get_u16(body, &certificate_len) ||
        !CBS_get_u16(body, &kinds_len) || !CBS_get_u16(body, &connection_id_len) ||
        !CBS_get_bytes(body, &certificate, certificate_len) ||
        !CBS_get_bytes(body, &kinds, kinds_len) || CBS_len(body) != connection_id_len) {
        return false;
    }
    while (CBS_len(&kinds) > 0 && reply->num_ssl2_kinds < HELLO_REPLY_SSL2_KINDS_MAX) {
        if (!CBS_get_u24(&kinds, &reply->ssl2_kinds[reply->num_ssl2_kinds])) {
            return false;
        }
        reply->num_ssl2_kinds++;
    }
    reply->version = reply->ssl2_version;
    if (certificate_len > 0) {
        keep_message(reader, &reader->certificate_message);
        reply->certificates[0] =
            (struct hello_reply_slice){CBS_data(&certificate), CBS_len(&certificate)};
        reply->num_certificates = reply->sent_certificates = 1;
    }
    return true;
}

const char *hello_reply_message_read_ssl2(struct hello_reply_reader *reader)
{
    struct hello_reply *reply = &reader->reply;
    CBS body;
    uint8_t type;

    CBS_init(&body, reader->message.data, reader->message.len);
    if (CBS_get_u8(&body, &type) && type == HELLO_REPLY_SSL2_TYPE_SERVER_HELLO) {
        if (!read_ssl2_server_hello(reader, &body)) {
            return "malformed SSLv2 SERVER-HELLO";
        }
        reply->kind = HELLO_REPLY_SSL2_SERVER_HELLO;
        return NULL;
    }
    if (!CBS_get_u16(&body, &reply->ssl2_error) || CBS_len(&body) != 0) {
        return "malformed SSLv2 ERROR";
    }
    reply->kind = HELLO_REPLY_SSL2_ERROR;
    return NULL;
}
