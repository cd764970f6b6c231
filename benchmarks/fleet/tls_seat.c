#include "benchmarks/fleet/tls_seat.h"

#include <openssl/bytestring.h>

#define TLS_EXTENSION_SUPPORTED_VERSIONS 43
#define TLS_EXTENSION_SIGNATURE_ALGS     13

static bool list_holds(CBS *list, uint16_t wanted)
{
    uint16_t value;
    while (CBS_get_u16(list, &value)) {
        if (value == wanted) {
            return true;
        }
    }
    return false;
}

/* The newest version offered (RFC 8446 section 4.2.1; the old field where there is no list). */
static bool offers_version(const SSL_CLIENT_HELLO *hello, uint16_t version)
{
    const uint8_t *data;
    size_t data_len;
    if (!SSL_early_callback_ctx_extension_get(hello, TLS_EXTENSION_SUPPORTED_VERSIONS, &data,
                                              &data_len)) {
        return version < TLS1_3_VERSION && hello->version >= version;
    }
    CBS extension;
    CBS list;
    CBS_init(&extension, data, data_len);
    return CBS_get_u8_length_prefixed(&extension, &list) && list_holds(&list, version);
}

static bool offers_ecdsa_signatures(const SSL_CLIENT_HELLO *hello)
{
    const uint8_t *data;
    size_t data_len;
    if (!SSL_early_callback_ctx_extension_get(hello, TLS_EXTENSION_SIGNATURE_ALGS, &data,
                                              &data_len)) {
        return true; /* RFC 5246 section 7.4.1.4.1: then SHA-1 with whatever the suite names */
    }
    CBS extension;
    CBS list;
    CBS_init(&extension, data, data_len);
    return CBS_get_u16_length_prefixed(&extension, &list) &&
           list_holds(&list, SSL_SIGN_ECDSA_SECP256R1_SHA256);
}

static bool offers_suite(const SSL_CLIENT_HELLO *hello, uint16_t suite)
{
    CBS list;
    CBS_init(&list, hello->cipher_suites, hello->cipher_suites_len);
    return list_holds(&list, suite);
}

static bool offers_ecdsa_suite(const SSL_CLIENT_HELLO *hello)
{
    /* ECDHE-ECDSA with AES-GCM, ChaCha20 and AES-CBC, which is all BoringSSL has. */
    static const uint16_t suites[] = {0xc02b, 0xc02c, 0xcca9, 0xc009, 0xc00a};
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        if (offers_suite(hello, suites[i])) {
            return true;
        }
    }
    return offers_version(hello, TLS1_3_VERSION);
}

#define TLS_AES_128_GCM_SHA256 0x1301

static enum certificate_kind choose_certificate(const struct tls_seat *seat,
                                                const SSL_CLIENT_HELLO *hello)
{
    const struct behaviour *behaviour = seat->behaviour;
    const uint32_t begins = seat->id * UINT32_C(2654435761) >> 31; /* 0 or 1, by chance */
    if (behaviour->hello == HELLO_TURNS && (begins + seat->connection) % 2 == 1) {
        return CERTIFICATE_SELF_SIGNED;
    }
    if (behaviour->hello == HELLO_TWO_LEAVES &&
        (!offers_ecdsa_signatures(hello) || !offers_ecdsa_suite(hello))) {
        return CERTIFICATE_RSA2048;
    }
    return behaviour->certificate;
}

static enum hello_verdict judge(enum hello_rule rule, const SSL_CLIENT_HELLO *hello)
{
    switch (rule) {
    case HELLO_CLOSE_TLS13:
        return offers_version(hello, TLS1_3_VERSION) ? HELLO_DROP_CLOSE : HELLO_GO_ON;
    case HELLO_CLOSE_OLD:
        return offers_version(hello, TLS1_3_VERSION) || offers_version(hello, TLS1_2_VERSION)
                   ? HELLO_GO_ON
                   : HELLO_DROP_CLOSE;
    case HELLO_SILENT_LARGE:
        return hello->client_hello_len > HELLO_LARGE_LEN ? HELLO_DROP_SILENTLY : HELLO_GO_ON;
    case HELLO_SILENT_LATER:
        return offers_version(hello, TLS1_3_VERSION) && !offers_suite(hello, TLS_AES_128_GCM_SHA256)
                   ? HELLO_DROP_SILENTLY
                   : HELLO_GO_ON;
    case HELLO_ANY:
    case HELLO_TURNS:
    case HELLO_TWO_LEAVES:
        return HELLO_GO_ON;
    }
    return HELLO_GO_ON;
}

static enum ssl_select_cert_result_t on_hello(const SSL_CLIENT_HELLO *hello)
{
    struct tls_seat *seat = SSL_get_app_data(hello->ssl);
    seat->verdict = judge(seat->behaviour->hello, hello);
    if (seat->verdict != HELLO_GO_ON) {
        return ssl_select_cert_retry; /* an error would send an alert */
    }
    const struct leaf *leaf =
        pki_leaf(seat->pki, choose_certificate(seat, hello), seat->id, seat->name, seat->alias);
    if (leaf == NULL ||
        !SSL_set_chain_and_key(hello->ssl, leaf->chain, leaf->chain_length, leaf->key, NULL)) {
        return ssl_select_cert_error;
    }
    return ssl_select_cert_success;
}

/* Whatever certificate a client shows will do: only whether it shows one matters here. */
static enum ssl_verify_result_t accept_any(SSL *ssl, uint8_t *out_alert)
{
    (void)ssl;
    (void)out_alert;
    return ssl_verify_ok;
}

static bool configure(SSL_CTX *context, const struct behaviour *behaviour, const char *groups)
{
    uint16_t min_version = behaviour->min_version != 0 ? behaviour->min_version : TLS1_2_VERSION;
    uint16_t max_version = behaviour->max_version != 0 ? behaviour->max_version : TLS1_3_VERSION;
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_select_certificate_cb(context, on_hello);
    if (behaviour->client_certificate != CLIENT_CERT_NOT_ASKED) {
        int mode = SSL_VERIFY_PEER;
        if (behaviour->client_certificate == CLIENT_CERT_REQUIRED) {
            mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
        }
        SSL_CTX_set_custom_verify(context, mode, accept_any);
    }
    return SSL_CTX_set_min_proto_version(context, min_version) &&
           SSL_CTX_set_max_proto_version(context, max_version) &&
           SSL_CTX_set_session_id_context(context, (const uint8_t *)"fleet", 5) &&
           (behaviour->ciphers == NULL ||
            SSL_CTX_set_strict_cipher_list(context, behaviour->ciphers)) &&
           (groups == NULL || SSL_CTX_set1_curves_list(context, groups));
}

SSL_CTX *tls_seat_context_new(const struct behaviour *behaviour, const char *groups)
{
    SSL_CTX *context = SSL_CTX_new(TLS_with_buffers_method());
    const char *own = behaviour->groups != NULL ? behaviour->groups : groups;
    if (context == NULL || !configure(context, behaviour, own)) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

SSL *tls_seat_new(SSL_CTX *context, struct tls_seat *seat, int fd)
{
    SSL *ssl = SSL_new(context);
    if (ssl == NULL) {
        return NULL;
    }
    SSL_set_app_data(ssl, seat);
    SSL_set_accept_state(ssl);
    if (!SSL_set_fd(ssl, fd)) {
        SSL_free(ssl);
        return NULL;
    }
    return ssl;
}
