/*
 * From bytes to messages. Every take_* function consumes some of the bytes given and stops right
 * after the one that settles the reply, so that the facts, the count of bytes among them, do not
 * depend on how the bytes were cut.
 */
#include "io/tls/hello_reply.h"

#include <stdlib.h>
#include <string.h>

#include "io/tls/hello_reply_message.h"

#define RECORD_HEADER_LEN 5
#define SSL2_HEADER_LEN   2
#define ALERT_LEN         2
#define BUFFER_START      512

enum format { FORMAT_UNKNOWN, FORMAT_TLS, FORMAT_SSL2, FORMAT_TEXT };

/* RFC 8446 section 5.1, RFC 5246 section 6.2.1. */
enum {
    RECORD_CHANGE_CIPHER_SPEC = 0x14,
    RECORD_ALERT = 0x15,
    RECORD_HANDSHAKE = 0x16,
    RECORD_APPLICATION_DATA = 0x17
};

enum { ALERT_LEVEL_WARNING = 1 };

void hello_reply_init(struct hello_reply_reader *reader, bool want_flight)
{
    *reader = (struct hello_reply_reader){.want_flight = want_flight};
}

void hello_reply_fini(struct hello_reply_reader *reader)
{
    free(reader->message.data);
    free(reader->certificate_message.data);
    free(reader->status_message.data);
    *reader = (struct hello_reply_reader){.done = true};
}

/*
 * Ends the reading. What a message already said about its kind stands: a ServerHello once
 * understood stays one, with the problem noted beside it.
 */
static void settle(struct hello_reply_reader *reader, enum hello_reply_kind kind,
                   const char *problem)
{
    if (reader->reply.kind == HELLO_REPLY_NONE) {
        reader->reply.kind = kind;
    }
    reader->reply.problem = problem;
    reader->done = true;
}

static bool buffer_append(struct hello_reply_buffer *buffer, const uint8_t *bytes, size_t len)
{
    if (buffer->capacity - buffer->len < len) {
        size_t capacity = buffer->capacity ? buffer->capacity : BUFFER_START;
        while (capacity - buffer->len < len) {
            capacity *= 2;
        }
        uint8_t *data = realloc(buffer->data, capacity);
        if (!data) {
            return false;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    memcpy(buffer->data + buffer->len, bytes, len);
    buffer->len += len;
    return true;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many more of `len` bytes fit until `have` of something are `want`. */
static size_t missing(size_t have, size_t want, size_t len)
{
    return smaller(want - have, len);
}

/* ---- Plain text ------------------------------------------------------------------------------ */

static size_t take_text(struct hello_reply_reader *reader, const uint8_t *bytes, size_t len)
{
    struct hello_reply *reply = &reader->reply;
    size_t used = 0;

    while (used < len && !reader->done) {
        char c = (char)bytes[used++];
        reply->plaintext[reply->plaintext_len++] = c;
        if (c == '\n' || reply->plaintext_len == HELLO_REPLY_PLAINTEXT_MAX) {
            settle(reader, HELLO_REPLY_PLAINTEXT, NULL);
        }
    }
    return used;
}

/* ---- SSLv2 ----------------------------------------------------------------------------------- */

static size_t take_ssl2(struct hello_reply_reader *reader, const uint8_t *bytes, size_t len)
{
    if (reader->header_len < SSL2_HEADER_LEN) {
        reader->header[reader->header_len++] = bytes[0];
        return 1;
    }
    /* The first bit says that the header has two bytes, the other fifteen are the length. */
    size_t want = (size_t)(reader->header[0] & 0x7f) << 8 | reader->header[1];
    if (reader->message.len == 0 && (want == 0 || (bytes[0] != HELLO_REPLY_SSL2_TYPE_SERVER_HELLO &&
                                                   bytes[0] != HELLO_REPLY_SSL2_TYPE_ERROR))) {
        settle(reader, HELLO_REPLY_GARBAGE, "neither TLS, SSLv2 nor text");
        return 1;
    }
    size_t part = missing(reader->message.len, want, len);
    if (!buffer_append(&reader->message, bytes, part)) {
        settle(reader, HELLO_REPLY_NO_MEMORY, NULL);
    } else if (reader->message.len == want) {
        settle(reader, HELLO_REPLY_GARBAGE, hello_reply_message_read_ssl2(reader));
    }
    return part;
}

/* ---- TLS ------------------------------------------------------------------------------------- */

static const char *record_header_problem(const struct hello_reply_reader *reader)
{
    size_t len = (size_t)reader->header[3] << 8 | reader->header[4];
    if (reader->header[1] != 3) {
        return "a record of no known version";
    }
    if (len > HELLO_REPLY_RECORD_MAX) {
        return "a record longer than allowed";
    }
    switch (reader->header[0]) {
    case RECORD_ALERT:
    case RECORD_HANDSHAKE:
        return NULL;
    case RECORD_CHANGE_CIPHER_SPEC:
        return "ChangeCipherSpec that does not belong here";
    case RECORD_APPLICATION_DATA:
        return "application data that does not belong here";
    default:
        return "a record of no known type";
    }
}

static size_t take_record_header(struct hello_reply_reader *reader, const uint8_t *bytes,
                                 size_t len)
{
    size_t part = missing(reader->header_len, RECORD_HEADER_LEN, len);
    memcpy(reader->header + reader->header_len, bytes, part);
    reader->header_len += part;
    if (reader->header_len < RECORD_HEADER_LEN) {
        return part;
    }
    const char *problem = record_header_problem(reader);
    if (problem) {
        settle(reader, HELLO_REPLY_GARBAGE, problem);
        return part;
    }
    if (reader->reply.record_version == 0) {
        reader->reply.record_version = (uint16_t)(reader->header[1] << 8 | reader->header[2]);
    }
    reader->record_type = reader->header[0];
    reader->record_left = (size_t)reader->header[3] << 8 | reader->header[4];
    reader->header_len = 0;
    return part;
}

/*
 * Warnings after which servers go on: RFC 6066 section 3, RFC 5246 section 7.2.2. Any other alert
 * is the answer, whatever its level says: some servers send handshake_failure as a warning and
 * wait.
 */
static bool goes_on_after(uint8_t level, uint8_t description)
{
    return level == ALERT_LEVEL_WARNING &&
           (description == TLS_ALERT_UNRECOGNIZED_NAME ||
            description == TLS_ALERT_NO_RENEGOTIATION || description == TLS_ALERT_USER_CANCELED);
}

static void on_alert(struct hello_reply_reader *reader, uint8_t level, uint8_t description)
{
    struct hello_reply *reply = &reader->reply;
    if (goes_on_after(level, description)) {
        reply->warning = true;
        reply->warning_description = description;
        return;
    }
    reply->alert = true;
    reply->alert_description = description;
    settle(reader, HELLO_REPLY_ALERT, reply->kind == HELLO_REPLY_NONE ? NULL : "an alert");
}

static size_t take_alert(struct hello_reply_reader *reader, const uint8_t *bytes)
{
    reader->alert[reader->alert_len++] = bytes[0];
    if (reader->alert_len == ALERT_LEN) {
        reader->alert_len = 0;
        on_alert(reader, reader->alert[0], reader->alert[1]);
    }
    return 1;
}

/* Length of the message being collected as soon as its header says so, or of that header. */
static size_t message_len(const struct hello_reply_reader *reader)
{
    const uint8_t *header = reader->message.data;
    if (reader->message.len < HELLO_REPLY_MESSAGE_HEADER_LEN) {
        return HELLO_REPLY_MESSAGE_HEADER_LEN;
    }
    return HELLO_REPLY_MESSAGE_HEADER_LEN +
           ((size_t)header[1] << 16 | (size_t)header[2] << 8 | header[3]);
}

/* The whole reply is there: nothing else can be read, or nothing else is wanted. */
static bool is_settled_by_message(const struct hello_reply_reader *reader)
{
    const struct hello_reply *reply = &reader->reply;
    switch (reply->kind) {
    case HELLO_REPLY_SERVER_HELLO:
        /* What follows in TLS 1.3 is encrypted: RFC 8446 section 2. */
        return !reader->want_flight || reply->version >= 0x0304 || reply->flight_complete;
    case HELLO_REPLY_HELLO_RETRY_REQUEST:
        return true;
    default:
        return false;
    }
}

static void on_message(struct hello_reply_reader *reader)
{
    reader->flight_len += reader->message.len;
    const char *problem = hello_reply_message_read(reader);
    reader->message.len = 0;
    if (problem || is_settled_by_message(reader)) {
        settle(reader, HELLO_REPLY_GARBAGE, problem);
    }
}

static size_t take_handshake(struct hello_reply_reader *reader, const uint8_t *bytes, size_t len)
{
    size_t part = missing(reader->message.len, message_len(reader), len);
    if (!buffer_append(&reader->message, bytes, part)) {
        settle(reader, HELLO_REPLY_NO_MEMORY, "no memory");
        return part;
    }
    if (reader->message.len < HELLO_REPLY_MESSAGE_HEADER_LEN) {
        return part;
    }
    size_t want = message_len(reader);
    if (want > HELLO_REPLY_FLIGHT_MAX - reader->flight_len) {
        settle(reader, HELLO_REPLY_TOO_LONG, "a message longer than any server should send");
    } else if (reader->message.len == want) {
        on_message(reader);
    }
    return part;
}

static size_t take_tls(struct hello_reply_reader *reader, const uint8_t *bytes, size_t len)
{
    if (reader->record_left == 0) {
        return take_record_header(reader, bytes, len);
    }
    size_t used = reader->record_type == RECORD_ALERT
                      ? take_alert(reader, bytes)
                      : take_handshake(reader, bytes, smaller(len, reader->record_left));
    reader->record_left -= used;
    return used;
}

/* ---- All together ---------------------------------------------------------------------------- */

static bool is_text(uint8_t byte)
{
    return (byte >= 0x20 && byte < 0x7f) || byte == '\r' || byte == '\n' || byte == '\t';
}

static enum format format_of(uint8_t first)
{
    if (first >= RECORD_CHANGE_CIPHER_SPEC && first <= RECORD_APPLICATION_DATA) {
        return FORMAT_TLS;
    }
    if (first >= 0x80) {
        return FORMAT_SSL2;
    }
    return is_text(first) ? FORMAT_TEXT : FORMAT_UNKNOWN;
}

static size_t take(struct hello_reply_reader *reader, const uint8_t *bytes, size_t len)
{
    if (reader->format == FORMAT_UNKNOWN) {
        reader->format = format_of(bytes[0]);
    }
    switch (reader->format) {
    case FORMAT_TLS:
        return take_tls(reader, bytes, len);
    case FORMAT_SSL2:
        return take_ssl2(reader, bytes, len);
    case FORMAT_TEXT:
        return take_text(reader, bytes, len);
    default:
        settle(reader, HELLO_REPLY_GARBAGE, "neither TLS, SSLv2 nor text");
        return 1;
    }
}

enum hello_reply_status hello_reply_feed(struct hello_reply_reader *reader, const uint8_t *bytes,
                                         size_t len)
{
    while (len > 0 && !reader->done) {
        size_t room = HELLO_REPLY_BYTES_MAX - reader->reply.bytes;
        if (room == 0) {
            settle(reader, HELLO_REPLY_TOO_LONG, "more bytes than any server should send");
            break;
        }
        size_t used = take(reader, bytes, smaller(len, room));
        reader->reply.bytes += used;
        bytes += used;
        len -= used;
    }
    return reader->done ? HELLO_REPLY_DONE : HELLO_REPLY_MORE;
}

void hello_reply_eof(struct hello_reply_reader *reader)
{
    struct hello_reply *reply = &reader->reply;
    if (reader->done) {
        return;
    }
    if (reply->plaintext_len > 0) {
        settle(reader, HELLO_REPLY_PLAINTEXT, NULL);
    } else if (reply->kind == HELLO_REPLY_NONE && reply->warning) {
        /* The handshake did not go on: the warning was all the answer. */
        reply->alert = true;
        reply->alert_description = reply->warning_description;
        settle(reader, HELLO_REPLY_ALERT, NULL);
    } else {
        settle(reader, HELLO_REPLY_NONE, reply->bytes > 0 ? "ended in the middle" : NULL);
    }
}

const char *hello_reply_kind_name(enum hello_reply_kind kind)
{
    static const char *const names[] = {
        [HELLO_REPLY_NONE] = "none",
        [HELLO_REPLY_SERVER_HELLO] = "server_hello",
        [HELLO_REPLY_HELLO_RETRY_REQUEST] = "hello_retry_request",
        [HELLO_REPLY_ALERT] = "alert",
        [HELLO_REPLY_SSL2_SERVER_HELLO] = "ssl2_server_hello",
        [HELLO_REPLY_SSL2_ERROR] = "ssl2_error",
        [HELLO_REPLY_PLAINTEXT] = "plaintext",
        [HELLO_REPLY_GARBAGE] = "garbage",
        [HELLO_REPLY_TOO_LONG] = "too_long",
        [HELLO_REPLY_NO_MEMORY] = "no_memory",
    };
    return (unsigned)kind < sizeof names / sizeof names[0] ? names[kind] : "none";
}
