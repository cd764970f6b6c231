#include "io/net/proxy_tunnel.h"

#include "io/net/proxy_connect.h"
#include "io/net/proxy_socks5.h"

void proxy_tunnel_begin(struct proxy_talk *talk, const struct proxy *proxy,
                        const struct address *address, uint16_t port)
{
    *talk = (struct proxy_talk){.proxy = proxy, .address = *address, .port = port};
    if (proxy->kind == PROXY_SOCKS5) {
        proxy_socks5_begin(talk);
    } else {
        proxy_connect_begin(talk);
    }
}

size_t proxy_tunnel_feed(struct proxy_talk *talk, const uint8_t *bytes, size_t len)
{
    return talk->proxy->kind == PROXY_SOCKS5 ? proxy_socks5_feed(talk, bytes, len)
                                             : proxy_connect_feed(talk, bytes, len);
}
