/*
 * Reading what comes back after a ClientHello, as far as it needs no key: a ServerHello, a
 * HelloRetryRequest, an alert, an SSLv2 SERVER-HELLO, plain text, or none of these. After a
 * ServerHello of TLS 1.2 or older the rest of the server's flight, which is in clear too, can be
 * read on: the certificates, the named curve or the DH prime, whether a client certificate is asked
 * for.
 *
 * The reader takes bytes however they are cut and gives the same facts for every cut. It holds at
 * most HELLO_REPLY_FLIGHT_MAX bytes of messages, allocated as they arrive and never ahead of them
 * on the word of a length field, and gives up after HELLO_REPLY_BYTES_MAX bytes of any kind. It has
 * no deadline: call hello_reply_eof() when the connection ends or time is up.
 */
#ifndef MXGRADE_IO_HELLO_REPLY_H
#define MXGRADE_IO_HELLO_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/tls/dh_prime.h"

#define HELLO_REPLY_FLIGHT_MAX       131072 /* handshake bytes in all; a real chain has under 16 KB */
#define HELLO_REPLY_BYTES_MAX        163840 /* with headers, empty records and warnings */
#define HELLO_REPLY_PLAINTEXT_MAX    256
#define HELLO_REPLY_CERTIFICATES_MAX 32 /* more are counted but not kept */
#define HELLO_REPLY_SSL2_KINDS_MAX   16
#define HELLO_REPLY_RECORD_MAX       18432 /* 2^14 + 2048: RFC 5246 section 6.2.3 */

enum hello_reply_kind {
    HELLO_REPLY_NONE,                /* nothing that can be understood (yet): see bytes */
    HELLO_REPLY_SERVER_HELLO,        /* a version and a suite were chosen */
    HELLO_REPLY_HELLO_RETRY_REQUEST, /* a TLS 1.3 server chose a suite and wants another share */
    HELLO_REPLY_ALERT,
    HELLO_REPLY_SSL2_SERVER_HELLO,
    HELLO_REPLY_SSL2_ERROR, /* an SSLv2 ERROR message: the server speaks SSLv2 and refuses */
    HELLO_REPLY_PLAINTEXT,  /* text where TLS should be */
    HELLO_REPLY_GARBAGE,    /* neither TLS nor text, or TLS that breaks its rules: see problem */
    HELLO_REPLY_TOO_LONG,
    HELLO_REPLY_NO_MEMORY /* ours, not the server's */
};

enum hello_reply_status { HELLO_REPLY_MORE, HELLO_REPLY_DONE };

/* Bytes inside the reader, valid until hello_reply_fini(). */
struct hello_reply_slice {
    const uint8_t *data;
    size_t len;
};

/* What a message says holds only with the kind that stands for it. */
struct hello_reply {
    enum hello_reply_kind kind;
    /* What broke the rules, in words, or NULL. Beside SERVER_HELLO: in the flight after it */
    const char *problem;
    size_t bytes; /* taken in all */

    /* Record layer: RFC 8446 section 5.1 */
    uint16_t record_version; /* of the first record */

    /* Alert: RFC 8446 section 6. With kind SERVER_HELLO: one that came later in the flight. */
    bool alert;
    uint8_t alert_description;
    /* A warning after which the handshake went on, e.g. unrecognized_name: RFC 6066 section 3 */
    bool warning;
    uint8_t warning_description;

    /* ServerHello, HelloRetryRequest: RFC 5246 section 7.4.1.3, RFC 8446 sections 4.1.3, 4.1.4 */
    uint16_t legacy_version;
    uint16_t version; /* negotiated: supported_versions (section 4.2.1) before legacy_version */
    uint16_t suite;
    uint8_t compression; /* 0 null, 1 deflate: RFC 3749 */
    /* From key_share, HelloRetryRequest, the named curve, or a prime of RFC 7919; 0: not seen */
    uint16_t group;
    bool ems;                /* RFC 7627 section 5.2 */
    bool renegotiation_info; /* RFC 5746 section 3.6 */
    bool session_ticket;     /* RFC 5077 section 3.2 */
    bool encrypt_then_mac;   /* RFC 7366 section 2 */
    bool status_request;     /* RFC 6066 section 8 */
    bool sct;                /* RFC 6962 section 3.3.1 */

    /* The flight of TLS 1.2 and older, if asked for */
    bool flight_complete; /* ServerHelloDone came: RFC 5246 section 7.4.5 */
    struct hello_reply_slice certificates[HELLO_REPLY_CERTIFICATES_MAX]; /* DER: section 7.4.2 */
    size_t num_certificates;                                             /* those kept */
    size_t sent_certificates;                                            /* those sent */
    struct hello_reply_slice ocsp;   /* a staple, DER: RFC 6066 section 8; empty: none */
    bool server_key_exchange;        /* RFC 5246 section 7.4.3, RFC 8422 section 5.4 */
    unsigned dh_bits;                /* of the DHE prime */
    const struct dh_prime *dh_prime; /* a well-known one, or NULL */
    unsigned rsa_bits;  /* of the temporary key of an exportable suite: RFC 2246 section 7.4.3 */
    uint16_t signature; /* SignatureScheme, TLS 1.2 only; 0: not seen */

    /* SSLv2: draft-hickman-netscape-ssl. The certificate is certificates[0]. */
    uint16_t ssl2_version;
    uint32_t ssl2_kinds[HELLO_REPLY_SSL2_KINDS_MAX];
    size_t num_ssl2_kinds;
    uint16_t ssl2_error;

    /* Up to the first line end, which is included: what the server says is for the record. */
    char plaintext[HELLO_REPLY_PLAINTEXT_MAX];
    size_t plaintext_len;
};

/* Handshake bytes that are being collected, or are kept because slices point into them. */
struct hello_reply_buffer {
    uint8_t *data;
    size_t len;
    size_t capacity;
};

/* The reader. Callers read `reply` and leave the rest alone. */
struct hello_reply_reader {
    struct hello_reply reply;
    bool want_flight;
    bool done;
    unsigned format;    /* what the first byte said */
    uint8_t header[16]; /* the record header, or an alert, so far */
    size_t header_len;
    uint8_t record_type;
    size_t record_left; /* payload bytes still to come */
    uint8_t alert[2];
    size_t alert_len;
    size_t flight_len;
    struct hello_reply_buffer message;
    struct hello_reply_buffer certificate_message;
    struct hello_reply_buffer status_message;
};

/* want_flight: go on after a ServerHello of TLS 1.2 or older, up to ServerHelloDone. */
void hello_reply_init(struct hello_reply_reader *reader, bool want_flight);

/* Frees what was allocated; the slices are gone. May be called twice. */
void hello_reply_fini(struct hello_reply_reader *reader);

/* Takes bytes. DONE: the reply is settled and everything further is ignored. */
enum hello_reply_status hello_reply_feed(struct hello_reply_reader *reader, const uint8_t *bytes,
                                         size_t len);

/* No more will come: settles the reply on what was seen. The kind may stay NONE. */
void hello_reply_eof(struct hello_reply_reader *reader);

/* "server_hello", "alert", ... Never NULL. */
const char *hello_reply_kind_name(enum hello_reply_kind kind);

#endif
