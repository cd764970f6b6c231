#include "scanner/engine/route.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUTED_PORT 25

/* Documentation addresses (RFC 5737, RFC 3849): packets to them would take the default route. */
#define SOMEWHERE_IPV4 "198.51.100.1"
#define SOMEWHERE_IPV6 "2001:db8::1"

static void take_source(const struct sockaddr_storage *name, struct address *out_source)
{
    memset(out_source, 0, sizeof(*out_source));
    if (name->ss_family == AF_INET) {
        out_source->family = 4;
        memcpy(out_source->bytes, &((const struct sockaddr_in *)name)->sin_addr, 4);
    } else {
        out_source->family = 6;
        memcpy(out_source->bytes, &((const struct sockaddr_in6 *)name)->sin6_addr, 16);
    }
}

/* connect() on a UDP socket looks up the route and sends nothing. */
bool route_source(uint8_t family, struct address *out_source)
{
    struct address destination;
    struct sockaddr_storage name;
    address_parse(family == 4 ? SOMEWHERE_IPV4 : SOMEWHERE_IPV6, &destination);
    socklen_t len = address_to_sockaddr(&destination, ROUTED_PORT, &name);
    int fd = socket(name.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    bool ok = connect(fd, (struct sockaddr *)&name, len) == 0;
    len = sizeof(name);
    ok = ok && getsockname(fd, (struct sockaddr *)&name, &len) == 0;
    close(fd);
    if (ok) {
        take_source(&name, out_source);
    }
    return ok;
}

uint8_t route_missing(void)
{
    struct address source;
    bool has_ipv4 = route_source(4, &source);
    bool has_ipv6 = route_source(6, &source);
    return has_ipv4 == has_ipv6 ? 0 : has_ipv4 ? 6 : 4;
}
