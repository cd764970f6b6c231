#include "io/net/source_addresses.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/base/table.h"

static bool is_unspecified(const struct address *address)
{
    static const uint8_t zeros[sizeof(address->bytes)] = {0};
    return memcmp(address->bytes, zeros, sizeof(zeros)) == 0;
}

/* Connections come from one address (RFC 9293 section 3.9.1), never from a group of them. */
static bool is_multicast(const struct address *address)
{
    return address->family == 4 ? (address->bytes[0] & 0xf0) == 0xe0 : address->bytes[0] == 0xff;
}

static bool is_among(const struct source_addresses *sources, const struct address *address)
{
    for (size_t i = 0; i < sources->num_items; i++) {
        if (address_equal(&sources->items[i], address)) {
            return true;
        }
    }
    return false;
}

/* NULL, or what is wrong with the text. */
static const char *add(struct source_addresses *sources, const char *text)
{
    struct address *address = &sources->items[sources->num_items];
    if (!address_parse(text, address)) {
        return "not an address";
    }
    if (is_unspecified(address) || is_multicast(address)) {
        return "not the address of one machine";
    }
    if (is_among(sources, address)) {
        return "given twice";
    }
    sources->num_items++;
    return NULL;
}

struct source_addresses *source_addresses_new(const char *const *texts, size_t num_texts,
                                              char *out_error, size_t error_size)
{
    struct source_addresses *sources =
        calloc(1, sizeof(*sources) + num_texts * sizeof(sources->items[0]));
    if (sources == NULL) {
        (void)snprintf(out_error, error_size, "out of memory");
        return NULL;
    }
    for (size_t i = 0; i < num_texts; i++) {
        const char *problem = add(sources, texts[i]);
        if (problem != NULL) {
            (void)snprintf(out_error, error_size, "%s: %s", texts[i], problem);
            source_addresses_free(sources);
            return NULL;
        }
    }
    return sources;
}

void source_addresses_free(struct source_addresses *sources)
{
    free(sources);
}

static bool bind_to(int fd, const struct address *address)
{
    struct sockaddr_storage name;
    socklen_t len = address_to_sockaddr(address, 0, &name);
#ifdef IP_BIND_ADDRESS_NO_PORT
    /* The port is chosen by connect(), which may share it among peers, as without a source. */
    const int on = 1;
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
#endif
    return bind(fd, (struct sockaddr *)&name, len) == 0;
}

static bool can_bind(const struct address *address, char *out_error, size_t error_size)
{
    char text[ADDRESS_TEXT_MAX];
    int fd = socket(address->family == 4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && bind_to(fd, address);
    if (!ok) {
        int error = errno;
        address_format(address, text);
        (void)snprintf(out_error, error_size, "%s: %s", text,
                       error == EADDRNOTAVAIL ? "this machine does not have that address"
                                              : strerror(error));
    }
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

bool source_addresses_can_bind(const struct source_addresses *sources, char *out_error,
                               size_t error_size)
{
    for (size_t i = 0; sources != NULL && i < sources->num_items; i++) {
        if (!can_bind(&sources->items[i], out_error, error_size)) {
            return false;
        }
    }
    return true;
}

static size_t count(const struct source_addresses *sources, uint8_t family)
{
    size_t num = 0;
    for (size_t i = 0; i < sources->num_items; i++) {
        num += sources->items[i].family == family;
    }
    return num;
}

bool source_addresses_has(const struct source_addresses *sources, uint8_t family)
{
    return sources == NULL || count(sources, family) > 0;
}

/*
 * The hash has no secret, so that a run that is continued, and that of the next night, call a
 * server from where it was called before.
 */
size_t source_addresses_index(const struct source_addresses *sources, const struct address *peer)
{
    static const struct table_seed open = {{0, 0}};
    if (sources == NULL) {
        return 0;
    }
    size_t skip = (size_t)(table_hash(&open, peer->bytes, sizeof(peer->bytes)) %
                           count(sources, peer->family));
    size_t index = 0;
    while (sources->items[index].family != peer->family || skip-- > 0) {
        index++;
    }
    return index;
}

bool source_addresses_bind(const struct source_addresses *sources, int fd,
                           const struct address *peer)
{
    return sources == NULL || bind_to(fd, &sources->items[source_addresses_index(sources, peer)]);
}
