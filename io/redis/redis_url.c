#include "io/redis/redis_url.h"

#include <stdio.h>
#include <string.h>

#include "io/base/address.h"
#include "io/base/percent.h"

static bool read_user(const char *text, size_t len, struct redis_url *url)
{
    const char *colon = memchr(text, ':', len);
    if (colon == NULL) {
        return false; /* a user without a password means nothing to Redis */
    }
    size_t user_len = (size_t)(colon - text);
    url->has_password = true;
    return percent_decode(text, user_len, url->user, REDIS_SECRET_SIZE) &&
           percent_decode(colon + 1, len - user_len - 1, url->password, REDIS_SECRET_SIZE);
}

/* Decimal digits, all of the text. */
static bool read_number(const char *text, size_t len, unsigned max, unsigned *out_number)
{
    unsigned number = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9' || len > 5) {
            return false;
        }
        number = number * 10 + (unsigned)(text[i] - '0');
    }
    *out_number = number;
    return len > 0 && number <= max;
}

static bool is_host_byte(char c, bool is_bracketed)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_' || (is_bracketed && c == ':');
}

static bool read_host(const char *text, size_t len, struct redis_url *url)
{
    struct address address;
    bool is_bracketed = len > 2 && text[0] == '[' && text[len - 1] == ']';
    text += is_bracketed ? 1 : 0;
    len -= is_bracketed ? 2 : 0;
    if (len == 0 || len >= sizeof(url->host)) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_host_byte(text[i], is_bracketed)) {
            return false;
        }
    }
    memcpy(url->host, text, len);
    url->host[len] = '\0';
    return !is_bracketed || (address_parse(url->host, &address) && address.family == 6);
}

static const char *read_host_and_port(const char *text, size_t len, struct redis_url *url)
{
    const char *bracket = memchr(text, ']', len);
    const char *from = bracket != NULL ? bracket : text;
    const char *colon = memchr(from, ':', len - (size_t)(from - text));
    size_t host_len = colon != NULL ? (size_t)(colon - text) : len;
    unsigned port = REDIS_PORT;
    if (colon != NULL &&
        (!read_number(colon + 1, len - host_len - 1, UINT16_MAX, &port) || port == 0)) {
        return "its port is no number from 1 to 65535";
    }
    url->port = (uint16_t)port;
    return read_host(text, host_len, url) ? NULL : "it names no host";
}

static const char *read_network(const char *text, struct redis_url *url)
{
    const char *slash = strchr(text, '/');
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
    if (slash != NULL && slash[1] != '\0' &&
        !read_number(slash + 1, strlen(slash + 1), REDIS_DATABASE_MAX, &url->database)) {
        return "its database is no number";
    }
    return read_host_and_port(text, len, url);
}

static const char *read_path(const char *text, struct redis_url *url)
{
    static const char key[] = "?db=";
    const char *query = strchr(text, '?');
    size_t len = query != NULL ? (size_t)(query - text) : strlen(text);
    if (query != NULL && (strncmp(query, key, sizeof(key) - 1) != 0 ||
                          !read_number(query + sizeof(key) - 1, strlen(query + sizeof(key) - 1),
                                       REDIS_DATABASE_MAX, &url->database))) {
        return "only ?db=NUMBER may stand behind its path";
    }
    if (len < 2 || text[0] != '/') {
        return "it names no absolute path of a socket";
    }
    if (len >= sizeof(url->host)) {
        return "its path is too long";
    }
    memcpy(url->host, text, len);
    url->host[len] = '\0';
    return NULL;
}

const char *redis_url_parse(const char *text, struct redis_url *out_url)
{
    static const struct {
        const char *scheme;
        enum redis_transport transport;
    } kinds[] = {{"redis://", REDIS_TCP}, {"rediss://", REDIS_TLS}, {"unix://", REDIS_UNIX}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t len = strlen(kinds[i].scheme);
        if (strncmp(text, kinds[i].scheme, len) != 0) {
            continue;
        }
        *out_url = (struct redis_url){.transport = kinds[i].transport};
        const char *rest = text + len;
        const char *at = strrchr(rest, '@');
        if (at != NULL && !read_user(rest, (size_t)(at - rest), out_url)) {
            return "its user and password cannot be read: USER:PASSWORD@ or :PASSWORD@, with "
                   "other bytes than letters and digits as %XX";
        }
        rest = at != NULL ? at + 1 : rest;
        return out_url->transport == REDIS_UNIX ? read_path(rest, out_url)
                                                : read_network(rest, out_url);
    }
    return "not redis://HOST:PORT, rediss://HOST:PORT or unix:///PATH";
}

const char *redis_url_take_secret(struct redis_url *url, const char *text)
{
    size_t len = strcspn(text, "\r\n");
    const char *colon = memchr(text, ':', len);
    size_t user_len = colon != NULL ? (size_t)(colon - text) : 0;
    const char *password = colon != NULL ? colon + 1 : text;
    size_t password_len = len - (size_t)(password - text);
    if (password_len == 0) {
        return "its first line holds no password";
    }
    if (user_len >= sizeof(url->user) || password_len >= sizeof(url->password)) {
        return "its user or password is too long";
    }
    memcpy(url->user, text, user_len);
    url->user[user_len] = '\0';
    memcpy(url->password, password, password_len);
    url->password[password_len] = '\0';
    url->has_password = true;
    return NULL;
}

void redis_url_format(const struct redis_url *url, char out_text[REDIS_URL_SIZE])
{
    bool is_ipv6 = strchr(url->host, ':') != NULL;
    if (url->transport == REDIS_UNIX) {
        (void)snprintf(out_text, REDIS_URL_SIZE, "unix://%s", url->host);
        return;
    }
    (void)snprintf(out_text, REDIS_URL_SIZE, "%s://%s%s%s:%u",
                   url->transport == REDIS_TLS ? "rediss" : "redis", is_ipv6 ? "[" : "", url->host,
                   is_ipv6 ? "]" : "", url->port);
}
