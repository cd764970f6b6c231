#include "io/tls/tls.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/bytestring.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "io/tls/hello_reply_message.h"

/* Bytes received and not yet read by BoringSSL; more than one maximal record never has to wait. */
#define SPILL_MAX 65536

struct tls_client {
    SSL_CTX *context;
    BIO_METHOD *bio_method;
};

/* A Certificate message and where in it each certificate is: there only once one has come. */
struct tls_certificates {
    struct tls_bytes each[TLS_CERTIFICATES_MAX];
    uint8_t message[];
};

struct tls_stream {
    SSL *ssl;
    int fd;
    bool input_ended;
    bool input_reset;
    bool send_failed;
    bool began_with_record;
    bool lacks_memory; /* to keep what is to be observed */
    /* What BoringSSL reads from: the caller's bytes during a call, else the spill. */
    const uint8_t *input;
    size_t input_len;
    uint8_t *spill;
    size_t spill_len;
    struct tls_certificates *certificates; /* malloc'ed */
    uint8_t *first_bytes;                  /* malloc'ed; TLS_FIRST_BYTES_MAX, where kept at all */
    struct tls_observed observed;
};

/* ---- The BIO between BoringSSL and the socket ---- */

static int bio_read(BIO *bio, char *out, int max)
{
    struct tls_stream *stream = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (stream->input_len == 0) {
        if (stream->input_ended) {
            return 0;
        }
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t len = stream->input_len < (size_t)max ? stream->input_len : (size_t)max;
    memcpy(out, stream->input, len);
    stream->input += len;
    stream->input_len -= len;
    return (int)len;
}

static int bio_write(BIO *bio, const char *bytes, int len)
{
    struct tls_stream *stream = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    ssize_t sent = send(stream->fd, bytes, (size_t)len, MSG_NOSIGNAL);
    if (sent >= 0) {
        return (int)sent;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
        BIO_set_retry_write(bio);
    } else {
        stream->send_failed = true;
    }
    return -1;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/* ---- Watching messages as they come ---- */

/*
 * Keeps the DER of each certificate of a Certificate message. RFC 5246 section 7.4.2: a list of
 * 24-bit lengths; RFC 8446 section 4.4.2: a request context first, extensions behind each entry.
 */
static void keep_certificates(struct tls_stream *stream, CBS body, bool is_tls13)
{
    struct tls_observed *observed = &stream->observed;
    observed->certificate_message = true;
    if (stream->certificates != NULL || CBS_len(&body) > TLS_CERTIFICATE_BYTES) {
        return;
    }
    size_t len = CBS_len(&body);
    struct tls_certificates *certificates = malloc(sizeof(*certificates) + len);
    if (certificates == NULL) {
        stream->lacks_memory = true;
        return;
    }
    stream->certificates = certificates;
    observed->certificates = certificates->each;
    memcpy(certificates->message, CBS_data(&body), len);
    CBS_init(&body, certificates->message, len);
    CBS context, list;
    if (is_tls13 && !CBS_get_u8_length_prefixed(&body, &context)) {
        return;
    }
    if (!CBS_get_u24_length_prefixed(&body, &list)) {
        return;
    }
    while (CBS_len(&list) > 0 && observed->num_certificates < TLS_CERTIFICATES_MAX) {
        CBS certificate, extensions;
        if (!CBS_get_u24_length_prefixed(&list, &certificate) ||
            (is_tls13 && !CBS_get_u16_length_prefixed(&list, &extensions))) {
            return;
        }
        struct tls_bytes *kept = &certificates->each[observed->num_certificates++];
        kept->bytes = CBS_data(&certificate);
        kept->len = CBS_len(&certificate);
    }
}

/* What the server chooses is kept before BoringSSL has a chance to refuse it. */
static void keep_choice(struct tls_stream *stream, uint8_t type, CBS body)
{
    struct tls_choice *choice = &stream->observed.choice;
    struct hello_reply reply = {.version = choice->version, .suite = choice->suite};
    const char *problem = type == SSL3_MT_SERVER_HELLO
                              ? hello_reply_read_server_hello(&reply, &body)
                              : hello_reply_read_server_key_exchange(&reply, &body);
    if (problem == NULL) {
        *choice = (struct tls_choice){reply.version, reply.suite, reply.group, reply.signature};
    }
}

static void on_handshake_message(struct tls_stream *stream, int version, CBS message)
{
    uint8_t type;
    CBS body;
    if (!CBS_get_u8(&message, &type) || !CBS_get_u24_length_prefixed(&message, &body)) {
        return;
    }
    switch (type) {
    case SSL3_MT_SERVER_HELLO:
    case SSL3_MT_SERVER_KEY_EXCHANGE:
        keep_choice(stream, type, body);
        break;
    case SSL3_MT_CERTIFICATE:
        keep_certificates(stream, body, version == TLS1_3_VERSION);
        break;
    case SSL3_MT_CERTIFICATE_REQUEST:
        stream->observed.certificate_requested = true;
        break;
    case SSL3_MT_NEW_SESSION_TICKET:
        stream->observed.session_ticket = true;
        break;
    default:
        break;
    }
}

static void note_alert(struct tls_stream *stream, bool is_ours, const uint8_t alert[2])
{
    struct tls_observed *observed = &stream->observed;
    bool is_fatal = alert[0] == SSL3_AL_FATAL;
    if (is_ours) {
        observed->has_sent_alert |= is_fatal;
        observed->sent_alert = is_fatal ? alert[1] : observed->sent_alert;
    } else if (is_fatal) {
        observed->failure = TLS_FAILURE_ALERT;
        observed->alert_description = alert[1];
    }
}

static void on_message(int is_write, int version, int content_type, const void *bytes, size_t len,
                       SSL *ssl, void *argument)
{
    (void)ssl;
    struct tls_stream *stream = argument;
    if (content_type == SSL3_RT_ALERT && len == 2) {
        note_alert(stream, is_write != 0, bytes);
    } else if (content_type == SSL3_RT_HANDSHAKE && !is_write) {
        CBS message;
        CBS_init(&message, bytes, len);
        on_handshake_message(stream, version, message);
    }
}

/* The verdict on a chain is made elsewhere, once per chain; here every peer is let in. */
static enum ssl_verify_result_t accept_any(SSL *ssl, uint8_t *out_alert)
{
    (void)ssl;
    (void)out_alert;
    return ssl_verify_ok;
}

/* ---- The client ---- */

static bool configure(SSL_CTX *context)
{
    size_t num_signatures;
    const uint16_t *signatures = tls_library_signatures(&num_signatures);
    SSL_CTX_set_custom_verify(context, SSL_VERIFY_PEER, accept_any);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(context, TLS_CERTIFICATE_BYTES);
    SSL_CTX_set_msg_callback(context, on_message);
    SSL_CTX_enable_signed_cert_timestamps(context);
    SSL_CTX_enable_ocsp_stapling(context);
    /* What the socket does not take is kept and written again from where it was kept. */
    SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return SSL_CTX_set_min_proto_version(context, TLS1_VERSION) &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) &&
           SSL_CTX_set_cipher_list(context, "ALL") &&
           SSL_CTX_set1_curves_list(context, TLS_LIBRARY_GROUPS) &&
           SSL_CTX_set_verify_algorithm_prefs(context, signatures, num_signatures);
}

struct tls_client *tls_client_new(void)
{
    struct tls_client *client = calloc(1, sizeof(*client));
    if (client == NULL) {
        return NULL;
    }
    client->context = SSL_CTX_new(TLS_with_buffers_method());
    client->bio_method = BIO_meth_new(0, "pushed socket");
    if (client->context == NULL || client->bio_method == NULL ||
        !BIO_meth_set_read(client->bio_method, bio_read) ||
        !BIO_meth_set_write(client->bio_method, bio_write) ||
        !BIO_meth_set_ctrl(client->bio_method, bio_ctrl) || !configure(client->context)) {
        tls_client_free(client);
        return NULL;
    }
    return client;
}

void tls_client_free(struct tls_client *client)
{
    if (client != NULL) {
        SSL_CTX_free(client->context);
        BIO_meth_free(client->bio_method);
        free(client);
    }
}

/* ---- One stream ---- */

struct tls_stream *tls_stream_new(struct tls_client *client, int fd, const struct tls_offer *offer)
{
    struct tls_stream *stream = malloc(sizeof(*stream));
    if (stream == NULL) {
        return NULL;
    }
    *stream = (struct tls_stream){.fd = fd, .ssl = SSL_new(client->context)};
    BIO *bio = BIO_new(client->bio_method);
    if (stream->ssl == NULL || bio == NULL) {
        BIO_free(bio);
        tls_stream_free(stream);
        return NULL;
    }
    BIO_set_data(bio, stream);
    BIO_set_init(bio, 1);
    SSL_set_bio(stream->ssl, bio, bio);
    SSL_set_connect_state(stream->ssl);
    SSL_set_msg_callback_arg(stream->ssl, stream);
    SSL_set_shed_handshake_config(stream->ssl, 1); /* what was offered, done with once agreed */
    /* RFC 5280 section 4.2.1.3: what the keyUsage of an RSA leaf does not allow is a matter of the
     * certificate, which is judged apart. A later BoringSSL breaks the handshake off by itself. */
    SSL_set_enforce_rsa_key_usage(stream->ssl, 0);
    if (offer->without_tls13) {
        SSL_set_max_proto_version(stream->ssl, TLS1_2_VERSION);
    }
    if (offer->is_modern) {
        SSL_set_min_proto_version(stream->ssl, TLS1_2_VERSION);
    }
    /* It has no reason to refuse a host name but lack of memory. */
    if (offer->sni != NULL && !SSL_set_tlsext_host_name(stream->ssl, hostname_text(offer->sni))) {
        tls_stream_free(stream);
        return NULL;
    }
    return stream;
}

void tls_stream_free(struct tls_stream *stream)
{
    if (stream != NULL) {
        SSL_free(stream->ssl);
        free(stream->certificates);
        free(stream->first_bytes);
        free(stream->spill);
        free(stream);
    }
}

/* RFC 8446 section 5.1: a record starts with a content type from 20 (change_cipher_spec) to 23. */
static bool is_tls_record(const uint8_t *bytes, size_t len)
{
    return len > 0 && bytes[0] >= 20 && bytes[0] <= 23 && (len < 2 || bytes[1] == 3);
}

/* So that what is not TLS can be named. Nearly every peer begins with a record, and of that nothing
 * need be kept. */
static bool note_first_bytes(struct tls_stream *stream, const uint8_t *bytes, size_t len)
{
    struct tls_observed *observed = &stream->observed;
    if (stream->began_with_record) {
        return true;
    }
    if (stream->first_bytes == NULL) {
        stream->began_with_record = len >= 2 && is_tls_record(bytes, len);
        if (stream->began_with_record) {
            return true;
        }
        stream->first_bytes = malloc(TLS_FIRST_BYTES_MAX);
        if (stream->first_bytes == NULL) {
            return false;
        }
        observed->first_bytes = stream->first_bytes;
    }
    size_t room = TLS_FIRST_BYTES_MAX - observed->first_bytes_len;
    size_t kept = len < room ? len : room;
    memcpy(stream->first_bytes + observed->first_bytes_len, bytes, kept);
    observed->first_bytes_len += kept;
    return true;
}

enum tls_feed tls_stream_feed(struct tls_stream *stream, const uint8_t *bytes, size_t len)
{
    if (!note_first_bytes(stream, bytes, len)) {
        return TLS_FEED_NO_MEMORY;
    }
    if (stream->spill_len == 0) {
        stream->input = bytes;
        stream->input_len = len;
        return TLS_FEED_TAKEN;
    }
    if (stream->spill_len + len > SPILL_MAX) {
        return TLS_FEED_TOO_MUCH;
    }
    uint8_t *spill = realloc(stream->spill, stream->spill_len + len);
    if (spill == NULL) {
        return TLS_FEED_NO_MEMORY;
    }
    memcpy(spill + stream->spill_len, bytes, len);
    stream->spill = spill;
    stream->spill_len += len;
    stream->input = spill;
    stream->input_len = stream->spill_len;
    return TLS_FEED_TAKEN;
}

void tls_stream_feed_end(struct tls_stream *stream, bool reset)
{
    stream->input_ended = true;
    stream->input_reset = reset;
}

static enum tls_status fail_without_memory(struct tls_stream *stream)
{
    stream->observed.failure = TLS_FAILURE_LOCAL;
    return TLS_STATUS_FAILED;
}

/*
 * BoringSSL wants more than there is, or is done for now: nothing may point at the caller's bytes.
 * `status` is where the stream stands, unless memory is lacking now, or was for what was observed.
 */
static enum tls_status keep_unread(struct tls_stream *stream, enum tls_status status)
{
    if (stream->lacks_memory) {
        return fail_without_memory(stream);
    }
    if (stream->input_len == 0) {
        free(stream->spill);
        stream->spill = NULL;
        stream->spill_len = 0;
        return status;
    }
    uint8_t *spill = malloc(stream->input_len);
    if (spill == NULL) {
        return fail_without_memory(stream);
    }
    memcpy(spill, stream->input, stream->input_len);
    free(stream->spill);
    stream->spill = spill;
    stream->spill_len = stream->input_len;
    stream->input = spill;
    return status;
}

static bool is_text(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((bytes[i] < 0x20 || bytes[i] > 0x7e) && bytes[i] != '\r' && bytes[i] != '\n' &&
            bytes[i] != '\t') {
            return false;
        }
    }
    return len > 0;
}

/*
 * What BoringSSL says of its own failure: the first error of its TLS part. Where there is none, as
 * with a key that it cannot read, the first error of another part.
 */
static enum tls_failure name_error(struct tls_stream *stream)
{
    const char *reason = NULL;
    bool is_of_tls = false, is_signature = false, is_usage = false;
    uint32_t error;
    while ((error = ERR_get_error()) != 0) {
        bool is_tls = ERR_GET_LIB(error) == ERR_LIB_SSL;
        if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE) {
            return TLS_FAILURE_LOCAL;
        }
        is_signature |= is_tls && ERR_GET_REASON(error) == SSL_R_BAD_SIGNATURE;
        is_usage |= is_tls && ERR_GET_REASON(error) == SSL_R_KEY_USAGE_BIT_INCORRECT;
        if (reason == NULL || (is_tls && !is_of_tls)) {
            reason = ERR_reason_error_string(error);
        }
        is_of_tls |= is_tls;
    }
    stream->observed.reason = reason != NULL ? reason : "no reason was given";
    return is_signature ? TLS_FAILURE_SIGNATURE
           : is_usage   ? TLS_FAILURE_KEY_USAGE
                        : TLS_FAILURE_PROTOCOL;
}

static enum tls_failure name_failure(struct tls_stream *stream)
{
    const struct tls_observed *observed = &stream->observed;
    if (stream->lacks_memory) {
        return TLS_FAILURE_LOCAL;
    }
    if (observed->failure != TLS_FAILURE_NONE) {
        return observed->failure; /* the alert */
    }
    if (observed->first_bytes_len > 0 &&
        !is_tls_record(observed->first_bytes, observed->first_bytes_len)) {
        return is_text(observed->first_bytes, observed->first_bytes_len) ? TLS_FAILURE_PLAINTEXT
                                                                         : TLS_FAILURE_GARBAGE;
    }
    if (!ERR_peek_error() && (stream->input_ended || stream->send_failed)) {
        return stream->input_ended && !stream->input_reset ? TLS_FAILURE_CLOSED : TLS_FAILURE_RESET;
    }
    return name_error(stream);
}

static void observe_parameters(struct tls_stream *stream)
{
    struct tls_observed *observed = &stream->observed;
    const SSL_CIPHER *cipher = SSL_get_current_cipher(stream->ssl);
    observed->version = (uint16_t)SSL_version(stream->ssl);
    observed->cipher = cipher != NULL ? SSL_CIPHER_get_protocol_id(cipher) : 0;
    observed->group = SSL_get_curve_id(stream->ssl);
    observed->extended_master_secret = SSL_get_extms_support(stream->ssl) != 0;
    observed->secure_renegotiation = SSL_get_secure_renegotiation_support(stream->ssl) != 0;
    SSL_get0_ocsp_response(stream->ssl, &observed->ocsp_response.bytes,
                           &observed->ocsp_response.len);
    SSL_get0_signed_cert_timestamp_list(stream->ssl, &observed->sct_list.bytes,
                                        &observed->sct_list.len);
}

static enum tls_status status_of(struct tls_stream *stream, int result)
{
    switch (SSL_get_error(stream->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return keep_unread(stream, TLS_STATUS_WANT_READ);
    case SSL_ERROR_WANT_WRITE:
        return keep_unread(stream, TLS_STATUS_WANT_WRITE);
    case SSL_ERROR_ZERO_RETURN:
        if (!stream->observed.handshake_done) {
            stream->observed.failure = TLS_FAILURE_ALERT; /* close_notify, in place of its end */
            stream->observed.alert_description = SSL_AD_CLOSE_NOTIFY;
            return TLS_STATUS_FAILED;
        }
        return TLS_STATUS_CLOSED;
    default:
        stream->observed.failure = name_failure(stream);
        ERR_clear_error();
        return TLS_STATUS_FAILED;
    }
}

/* BoringSSL empties its error queue itself as each of these calls begins. */

enum tls_status tls_stream_handshake(struct tls_stream *stream)
{
    int result = SSL_do_handshake(stream->ssl);
    if (result == 1) {
        stream->observed.handshake_done = true;
        observe_parameters(stream);
        return keep_unread(stream, TLS_STATUS_DONE);
    }
    return status_of(stream, result);
}

enum tls_status tls_stream_read(struct tls_stream *stream, uint8_t *out, size_t max,
                                size_t *out_len)
{
    *out_len = 0;
    int result = SSL_read(stream->ssl, out, (int)max);
    if (result > 0) {
        *out_len = (size_t)result;
        return keep_unread(stream, TLS_STATUS_DONE);
    }
    return status_of(stream, result);
}

enum tls_status tls_stream_write(struct tls_stream *stream, const uint8_t *bytes, size_t len)
{
    int result = SSL_write(stream->ssl, bytes, (int)len);
    return result > 0 ? TLS_STATUS_DONE : status_of(stream, result);
}

bool tls_stream_close_notify(struct tls_stream *stream)
{
    if (!stream->observed.handshake_done) {
        return true;
    }
    int result = SSL_shutdown(stream->ssl);
    return result >= 0 || SSL_get_error(stream->ssl, result) != SSL_ERROR_WANT_WRITE;
}

const struct tls_observed *tls_stream_observed(const struct tls_stream *stream)
{
    return &stream->observed;
}
