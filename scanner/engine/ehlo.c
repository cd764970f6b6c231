#include "scanner/engine/ehlo.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/dns/dns.h"
#include "io/base/hostname.h"
#include "io/base/loop.h"

/* Connecting a UDP socket sends nothing: it only asks for the route. TEST-NET-2 and 2001:db8::/32
 * are for documentation (RFC 5737, RFC 3849) and take the default route. */
static bool source_address(const char *towards, struct address *out_source)
{
    struct address destination;
    struct sockaddr_storage name;
    address_parse(towards, &destination);
    socklen_t len = address_to_sockaddr(&destination, 25, &name);
    int fd = socket(name.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&name, len) == 0;
    len = sizeof(name);
    ok = ok && getsockname(fd, (struct sockaddr *)&name, &len) == 0;
    if (fd >= 0) {
        close(fd);
    }
    if (!ok) {
        return false;
    }
    memset(out_source, 0, sizeof(*out_source));
    if (name.ss_family == AF_INET) {
        out_source->family = 4;
        memcpy(out_source->bytes, &((struct sockaddr_in *)&name)->sin_addr, 4);
    } else {
        out_source->family = 6;
        memcpy(out_source->bytes, &((struct sockaddr_in6 *)&name)->sin6_addr, 16);
    }
    return true;
}

/* RFC 1035 section 3.5, RFC 3596 section 2.5. */
static void reverse_name(const struct address *address, char out[EHLO_MAX])
{
    size_t len = 0;
    if (address->family == 4) {
        snprintf(out, EHLO_MAX, "%u.%u.%u.%u.in-addr.arpa", address->bytes[3], address->bytes[2],
                 address->bytes[1], address->bytes[0]);
        return;
    }
    for (int i = 15; i >= 0; i--) {
        len += (size_t)snprintf(out + len, EHLO_MAX - len, "%x.%x.", address->bytes[i] & 15,
                                address->bytes[i] >> 4);
    }
    snprintf(out + len, EHLO_MAX - len, "ip6.arpa");
}

struct lookup {
    struct ev_loop *loop;
    char *name;
};

static void on_ptr(void *user, const struct dns_answer *answer)
{
    struct lookup *lookup = user;
    if (answer->outcome == DNS_OK && lookup->loop != NULL) {
        snprintf(lookup->name, EHLO_MAX, "%s", answer->records[0].host);
    }
    if (answer->outcome != DNS_CANCELLED) {
        ev_break(lookup->loop, EVBREAK_ALL);
    }
}

static void look_up(const struct config *config, const struct address *source,
                    char out_name[EHLO_MAX])
{
    char question[EHLO_MAX];
    struct ev_loop *loop = loop_new();
    if (loop == NULL) {
        return;
    }
    const struct dns_options options = {
        .servers = config->resolver, .timeout_ms = 1000, .tries = 2};
    struct dns *dns = dns_new(loop, &options);
    if (dns != NULL) {
        struct lookup lookup = {loop, out_name};
        reverse_name(source, question);
        dns_ask(dns, question, DNS_PTR, on_ptr, &lookup);
        ev_run(loop, 0);
        dns_free(dns);
    }
    loop_free(loop);
}

void ehlo_find(const struct config *config, char out_name[EHLO_MAX])
{
    struct address source;
    bool has_source = (config->ipv4 && source_address("198.51.100.1", &source)) ||
                      (config->ipv6 && source_address("2001:db8::1", &source));
    out_name[0] = '\0';
    if (has_source) {
        look_up(config, &source, out_name);
    }
    if (out_name[0] == '\0' &&
        (gethostname(out_name, EHLO_MAX) != 0 || strchr(out_name, '.') == NULL)) {
        char text[ADDRESS_TEXT_MAX] = "127.0.0.1";
        if (has_source) {
            address_format(&source, text);
        }
        snprintf(out_name, EHLO_MAX, strchr(text, ':') != NULL ? "[IPv6:%s]" : "[%s]", text);
    }
    out_name[EHLO_MAX - 1] = '\0';
}

const char *ehlo_problem(const char *name)
{
    static const char *const private_suffixes[] = {".local",    ".localdomain", ".internal",
                                                   ".lan",      ".home.arpa",   ".localhost",
                                                   ".intranet", ".corp",        ".home"};
    const struct hostname *normal;
    if (name[0] == '[') {
        return "it is an address, not a name";
    }
    if (hostname_parse(name, strlen(name), &normal) != HOSTNAME_OK) {
        return "it is not a fully qualified domain name";
    }
    const char *problem = NULL;
    size_t len = hostname_len(normal);
    for (size_t i = 0; i < sizeof(private_suffixes) / sizeof(private_suffixes[0]); i++) {
        size_t suffix_len = strlen(private_suffixes[i]);
        if (len > suffix_len &&
            strcmp(hostname_text(normal) + len - suffix_len, private_suffixes[i]) == 0) {
            problem = "it is not a public name";
        }
    }
    hostname_release(normal);
    return problem;
}
