/*
 * A TLS client on a connected socket, by BoringSSL, that observes instead of judging: every
 * certificate is accepted and kept as raw DER, every alert and the way a handshake ended are noted.
 *
 * Input is pushed in (tls_stream_feed), so that one receive call serves a whole flight and a
 * waiting connection needs no buffer of its own; output goes straight to the socket. X.509 is not
 * touched here: the chain is taken from the Certificate message before anything tries to parse it,
 * so a certificate that BoringSSL refuses is still seen.
 */
#ifndef MXGRADE_IO_TLS_H
#define MXGRADE_IO_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/hostname.h"
#include "io/tls/tls_library.h"

#define TLS_CERTIFICATES_MAX  32     /* of one Certificate message; what is beyond is not kept */
#define TLS_CERTIFICATE_BYTES 131072 /* of one Certificate message */
#define TLS_FIRST_BYTES_MAX   160    /* kept of what came first, to name what is not TLS */

struct tls_client;

/*
 * What every handshake of a thread shares. Offers TLS 1.0 to 1.3, every suite BoringSSL has, and
 * the classical groups only: large post-quantum hellos break some servers and are a probe of their
 * own. NULL on lack of memory.
 */
struct tls_client *tls_client_new(void);
void tls_client_free(struct tls_client *client);

enum tls_status {
    TLS_STATUS_DONE,
    TLS_STATUS_WANT_READ,
    TLS_STATUS_WANT_WRITE,
    TLS_STATUS_CLOSED, /* close_notify or end of stream after the handshake */
    TLS_STATUS_FAILED
};

/* How a handshake (or what follows it) failed, as far as it can be told. */
enum tls_failure {
    TLS_FAILURE_NONE,
    TLS_FAILURE_CLOSED,    /* end of stream without an alert */
    TLS_FAILURE_RESET,     /* connection reset */
    TLS_FAILURE_ALERT,     /* the server sent a fatal alert, or close_notify before the end of the
                              handshake: alert_description */
    TLS_FAILURE_PLAINTEXT, /* text came instead of TLS records */
    TLS_FAILURE_GARBAGE,   /* neither TLS records nor text */
    TLS_FAILURE_PROTOCOL,  /* BoringSSL refused what the server sent, or cannot go on: reason */
    TLS_FAILURE_SIGNATURE, /* what the server signed does not fit the key it showed */
    TLS_FAILURE_KEY_USAGE, /* its certificate's keyUsage does not allow what the key was used for */
    TLS_FAILURE_LOCAL      /* lack of memory */
};

struct tls_bytes {
    const uint8_t *bytes;
    size_t len;
};

/* What was observed so far; valid as long as the stream. */
struct tls_observed {
    uint16_t version; /* 0x0303 ...; 0 before the ServerHello */
    uint16_t cipher;  /* IANA number */
    uint16_t group;   /* IANA number; 0 where no group was used */
    bool handshake_done;
    bool extended_master_secret;
    bool secure_renegotiation;
    bool session_ticket;        /* a NewSessionTicket message came */
    bool certificate_requested; /* a CertificateRequest message came */
    bool certificate_message;   /* a Certificate message came, even if nothing could be kept */
    const struct tls_bytes *certificates; /* DER, as sent */
    size_t num_certificates;
    struct tls_bytes ocsp_response; /* stapled */
    struct tls_bytes sct_list;      /* by TLS extension */
    enum tls_failure failure;
    uint8_t alert_description;  /* of a received alert */
    struct tls_choice choice;   /* by the server's own messages, whatever came of them */
    bool has_sent_alert;        /* a fatal one of ours ... */
    uint8_t sent_alert;         /* ... and its description */
    const char *reason;         /* static text with TLS_FAILURE_PROTOCOL and _SIGNATURE */
    const uint8_t *first_bytes; /* of a peer that began with something else than a TLS record */
    size_t first_bytes_len;
};

struct tls_stream;

/* What a handshake offers, where it is not simply everything. */
struct tls_offer {
    const struct hostname *sni; /* NULL: none */
    bool without_tls13;         /* TLS 1.2 at most */
    bool is_modern;             /* TLS 1.2 at least, as RFC 8996 section 5 asks of clients */
};

/*
 * A client on the connected, non-blocking socket `fd` (borrowed, not closed here). The offer is
 * used during the call only. NULL on lack of memory.
 */
struct tls_stream *tls_stream_new(struct tls_client *client, int fd, const struct tls_offer *offer);
void tls_stream_free(struct tls_stream *stream);

enum tls_feed {
    TLS_FEED_TAKEN,
    TLS_FEED_TOO_MUCH, /* more waits to be read than any peer has reason to send */
    TLS_FEED_NO_MEMORY
};

/* Hands received bytes in; what the next calls do not use is kept. */
enum tls_feed tls_stream_feed(struct tls_stream *stream, const uint8_t *bytes, size_t len);

/* Nothing more will come: end of stream, or a reset. */
void tls_stream_feed_end(struct tls_stream *stream, bool reset);

enum tls_status tls_stream_handshake(struct tls_stream *stream);

/* DONE: *out_len bytes were decrypted. */
enum tls_status tls_stream_read(struct tls_stream *stream, uint8_t *out, size_t max,
                                size_t *out_len);

/* DONE: all was taken. WANT_WRITE: call again with the same bytes. */
enum tls_status tls_stream_write(struct tls_stream *stream, const uint8_t *bytes, size_t len);

/* Sends close_notify, where there is TLS to be closed. False: no room, call again. */
bool tls_stream_close_notify(struct tls_stream *stream);

const struct tls_observed *tls_stream_observed(const struct tls_stream *stream);

#endif
