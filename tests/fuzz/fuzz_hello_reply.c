/*
 * Replies from anyone. The first byte of the input picks whether the flight is wanted and how the
 * rest is cut; the facts must stay within their bounds, and must be those of the uncut reply.
 */
#include <stdlib.h>
#include <string.h>

#include "io/tls/hello_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static void read_reply(struct hello_reply_reader *reader, const uint8_t *bytes, size_t len,
                       size_t step, bool want_flight)
{
    hello_reply_init(reader, want_flight);
    for (size_t at = 0; at < len; at += step) {
        size_t part = len - at < step ? len - at : step;
        if (hello_reply_feed(reader, bytes + at, part) == HELLO_REPLY_DONE) {
            return;
        }
    }
    hello_reply_eof(reader);
}

/* Touches every byte that a slice claims, so that the sanitizer sees a wrong one. */
static unsigned sum(struct hello_reply_slice slice)
{
    unsigned total = 0;
    for (size_t i = 0; i < slice.len; i++) {
        total += slice.data[i];
    }
    return total;
}

static void check_bounds(const struct hello_reply *reply)
{
    size_t total = reply->ocsp.len;
    REQUIRE(reply->bytes <= HELLO_REPLY_BYTES_MAX);
    REQUIRE(reply->plaintext_len <= HELLO_REPLY_PLAINTEXT_MAX);
    REQUIRE(reply->num_certificates <= HELLO_REPLY_CERTIFICATES_MAX);
    REQUIRE(reply->num_certificates <= reply->sent_certificates);
    REQUIRE(reply->num_ssl2_kinds <= HELLO_REPLY_SSL2_KINDS_MAX);
    for (size_t i = 0; i < reply->num_certificates; i++) {
        total += reply->certificates[i].len;
    }
    REQUIRE(total <= HELLO_REPLY_FLIGHT_MAX);
}

static void check_equal(const struct hello_reply *a, const struct hello_reply *b)
{
    REQUIRE(a->kind == b->kind && a->problem == b->problem && a->bytes == b->bytes);
    REQUIRE(a->version == b->version && a->suite == b->suite && a->group == b->group);
    REQUIRE(a->alert == b->alert && a->alert_description == b->alert_description);
    REQUIRE(a->warning == b->warning && a->dh_bits == b->dh_bits && a->signature == b->signature);
    REQUIRE(a->plaintext_len == b->plaintext_len &&
            memcmp(a->plaintext, b->plaintext, a->plaintext_len) == 0);
    REQUIRE(a->flight_complete == b->flight_complete);
    REQUIRE(a->num_certificates == b->num_certificates && sum(a->ocsp) == sum(b->ocsp));
    for (size_t i = 0; i < a->num_certificates; i++) {
        REQUIRE(sum(a->certificates[i]) == sum(b->certificates[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    struct hello_reply_reader whole, cut;
    bool want_flight = (data[0] & 1) != 0;
    size_t step = 1 + (data[0] >> 1);

    data++;
    size--;
    read_reply(&whole, data, size, size ? size : 1, want_flight);
    read_reply(&cut, data, size, step, want_flight);
    check_bounds(&whole.reply);
    check_equal(&whole.reply, &cut.reply);
    hello_reply_fini(&whole);
    hello_reply_fini(&cut);
    return 0;
}
