/* An HTTP response in any pieces: it ends within its limits, and alike however it was cut. */
#include <stdint.h>
#include <stdlib.h>

#include "io/net/http_reply.h"

#define BODY_MAX 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum http_reply_state feed(struct http_reply *reply, const uint8_t *data, size_t size,
                                  size_t piece)
{
    http_reply_init(reply, BODY_MAX);
    enum http_reply_state state = HTTP_REPLY_MORE;
    for (size_t at = 0; at < size && state == HTTP_REPLY_MORE; at += piece) {
        state = http_reply_feed(reply, data + at, size - at < piece ? size - at : piece);
    }
    return state == HTTP_REPLY_MORE ? http_reply_end(reply, true) : state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_reply whole, pieces;
    enum http_reply_state one = feed(&whole, data, size, size > 0 ? size : 1);
    enum http_reply_state other = feed(&pieces, data, size, 1);
    if (one == HTTP_REPLY_MORE || whole.body_len > BODY_MAX ||
        (one == HTTP_REPLY_DONE && other == HTTP_REPLY_DONE &&
         (whole.status != pieces.status || whole.body_len != pieces.body_len))) {
        abort();
    }
    http_reply_fini(&whole);
    http_reply_fini(&pieces);
    return 0;
}
