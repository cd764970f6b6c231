/* What a proxy says, in any pieces: the talk ends alike however it was cut, and keeps its bounds.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/net/proxy_tunnel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All that is to be said is said at once; a proxy that did not wait for it is not excused. */
static size_t hold(struct proxy_talk *talk, const struct proxy *proxy, const uint8_t *data,
                   size_t size, size_t piece)
{
    const struct address server = {.family = 4, .bytes = {192, 0, 2, 25}};
    size_t own = 0;
    proxy_tunnel_begin(talk, proxy, &server, 25);
    talk->num_sent = talk->request_len;
    while (own < size && talk->state == PROXY_TALKS) {
        size_t len = size - own < piece ? size - own : piece;
        size_t used = proxy_tunnel_feed(talk, data + own, len);
        if (used > len || talk->request_len > sizeof(talk->request)) {
            abort();
        }
        own += used;
        talk->num_sent = piece == 1 ? talk->request_len : talk->num_sent;
    }
    return own;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const urls[] = {"socks5://127.0.0.1:1", "socks5://me:secret@127.0.0.1:1",
                                       "http://127.0.0.1:1", "http://me:secret@127.0.0.1:1"};
    struct proxy proxy;
    struct proxy_talk whole, pieces;
    char text[PROXY_FAULT_SIZE];
    if (size == 0 || proxy_parse(urls[data[0] % 4], &proxy) != NULL) {
        return 0;
    }
    size_t one = hold(&whole, &proxy, data + 1, size - 1, size);
    size_t other = hold(&pieces, &proxy, data + 1, size - 1, 1);
    proxy_fault_text(&whole.fault, text);
    /* A whole reply may come ahead of the next request, which the pieces never do. */
    if (proxy.kind == PROXY_HTTP && (one != other || whole.state != pieces.state)) {
        abort();
    }
    if (whole.state == PROXY_PASSES && pieces.state != PROXY_PASSES) {
        abort();
    }
    return 0;
}
