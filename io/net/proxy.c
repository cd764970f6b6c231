#include "io/net/proxy.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/percent.h"

/* ---- The URL ---- */

static bool read_user(const char *text, size_t len, struct proxy *proxy)
{
    const char *colon = memchr(text, ':', len);
    size_t user_len = colon != NULL ? (size_t)(colon - text) : len;
    proxy->has_user = true;
    return user_len > 0 && percent_decode(text, user_len, proxy->user, PROXY_SECRET_SIZE) &&
           (colon == NULL ||
            percent_decode(colon + 1, len - user_len - 1, proxy->password, PROXY_SECRET_SIZE));
}

static bool read_port(const char *text, uint16_t *out_port)
{
    unsigned port = 0;
    size_t len = strlen(text);
    for (size_t i = 0; i < len && i < 5; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    *out_port = (uint16_t)port;
    return len > 0 && len <= 5 && port > 0 && port <= UINT16_MAX;
}

/* "host", "192.0.2.1" or "[2001:db8::1]". What looks up names decides whether it is one. */
static bool read_host(const char *text, size_t len, struct proxy *proxy)
{
    bool is_bracketed = len > 2 && text[0] == '[' && text[len - 1] == ']';
    if (is_bracketed) {
        text++;
        len -= 2;
    }
    if (len == 0 || len >= sizeof(proxy->host)) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        bool is_plain = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'z') ||
                        (text[i] >= 'A' && text[i] <= 'Z') || text[i] == '.' || text[i] == '-' ||
                        text[i] == '_' || (is_bracketed && text[i] == ':');
        if (!is_plain) {
            return false;
        }
    }
    memcpy(proxy->host, text, len);
    proxy->host[len] = '\0';
    bool is_address = address_parse(proxy->host, &proxy->address);
    return !is_bracketed || (is_address && proxy->address.family == 6);
}

static const char *read_authority(const char *text, struct proxy *proxy)
{
    const char *at = strrchr(text, '@');
    if (at != NULL && !read_user(text, (size_t)(at - text), proxy)) {
        return "its user or password cannot be read, or is too long";
    }
    const char *host = at != NULL ? at + 1 : text;
    const char *colon = strrchr(host, ':');
    if (colon == NULL || !read_port(colon + 1, &proxy->port)) {
        return "it names no port";
    }
    return read_host(host, (size_t)(colon - host), proxy) ? NULL : "it names no host";
}

const char *proxy_parse(const char *url, struct proxy *out_proxy)
{
    static const struct {
        const char *scheme;
        enum proxy_kind kind;
    } kinds[] = {{"socks5://", PROXY_SOCKS5}, {"http://", PROXY_HTTP}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t len = strlen(kinds[i].scheme);
        if (strncmp(url, kinds[i].scheme, len) == 0) {
            *out_proxy = (struct proxy){.kind = kinds[i].kind};
            return read_authority(url + len, out_proxy);
        }
    }
    return "not socks5://HOST:PORT or http://HOST:PORT";
}

void proxy_format(const struct proxy *proxy, char out_url[PROXY_URL_SIZE])
{
    bool is_ipv6 = strchr(proxy->host, ':') != NULL;
    (void)snprintf(out_url, PROXY_URL_SIZE, "%s://%s%s%s:%u",
                   proxy->kind == PROXY_SOCKS5 ? "socks5" : "http", is_ipv6 ? "[" : "", proxy->host,
                   is_ipv6 ? "]" : "", proxy->port);
}

/* ---- Its address ---- */

static bool take_address(const struct sockaddr *name, struct address *out_address)
{
    *out_address = (struct address){.family = 0};
    if (name->sa_family == AF_INET) {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, name, sizeof(ipv4));
        out_address->family = 4;
        memcpy(out_address->bytes, &ipv4.sin_addr, 4);
    } else if (name->sa_family == AF_INET6) {
        struct sockaddr_in6 ipv6;
        memcpy(&ipv6, name, sizeof(ipv6));
        out_address->family = 6;
        memcpy(out_address->bytes, &ipv6.sin6_addr, 16);
    }
    return out_address->family != 0;
}

const char *proxy_find(struct proxy *proxy)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (proxy->address.family != 0) {
        return NULL;
    }
    int status = getaddrinfo(proxy->host, NULL, &hints, &found);
    if (status != 0) {
        return gai_strerror(status);
    }
    bool ok = take_address(found->ai_addr, &proxy->address);
    freeaddrinfo(found);
    return ok ? NULL : "it has no address of IPv4 or IPv6";
}

/* ---- What it may do wrong ---- */

/* RFC 1928 section 6. */
static const char *socks_text(unsigned code)
{
    switch (code) {
    case 1:
        return "general failure";
    case 2:
        return "not allowed by its rules";
    case 7:
        return "it knows no CONNECT";
    case 8:
        return "it knows no addresses of this family";
    default:
        return "a reply that nobody knows";
    }
}

void proxy_fault_text(const struct proxy_fault *fault, char out_text[PROXY_FAULT_SIZE])
{
    switch (fault->trouble) {
    case PROXY_UNREACHABLE:
        (void)snprintf(out_text, PROXY_FAULT_SIZE, "the proxy cannot be reached: %s",
                       strerror((int)fault->code));
        break;
    case PROXY_SAYS_SOCKS:
        (void)snprintf(out_text, PROXY_FAULT_SIZE, "the proxy says: %s (%u)",
                       socks_text(fault->code), fault->code);
        break;
    case PROXY_SAYS_HTTP:
        (void)snprintf(out_text, PROXY_FAULT_SIZE, "the proxy answered %u", fault->code);
        break;
    default: {
        static const char *const texts[] = {
            [PROXY_FINE] = "the proxy is fine",
            [PROXY_SILENT] = "the proxy does not answer",
            [PROXY_CLOSED] = "the proxy closed the connection",
            [PROXY_MALFORMED] = "the proxy does not speak its protocol",
            [PROXY_WANTS_LOGIN] = "the proxy wants a user and a password, or another kind of login",
            [PROXY_REFUSED_LOGIN] = "the proxy refused user and password",
        };
        (void)snprintf(out_text, PROXY_FAULT_SIZE, "%s", texts[fault->trouble]);
        break;
    }
    }
}
