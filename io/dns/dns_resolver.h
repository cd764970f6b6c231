/*
 * One resolver: a c-ares channel on a libev loop, and one try of one question at a time, without
 * any policy. Which resolver is asked, how often, and what an answer means is for dns.c: c-ares
 * cannot tell SERVFAIL from REFUSED from silence once it has gone through its own list of servers.
 *
 * A datagram may get lost. So within a try the question is sent once more when answers use to be
 * there sooner (dns_patience); an answer to either of the two is one, until the try has timed out.
 */
#ifndef MXGRADE_IO_DNS_RESOLVER_H
#define MXGRADE_IO_DNS_RESOLVER_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "io/base/address.h"
#include "io/dns/dns.h"

#define DNS_RESOLVERS_MAX 8

struct dns_server {
    struct address address;
    uint16_t port;
};

enum dns_try {
    DNS_TRY_ANSWERED,    /* some message with this id and question; any rcode */
    DNS_TRY_TIMED_OUT,   /* maybe sooner than asked for: newer c-ares adapts its time-outs */
    DNS_TRY_UNREACHABLE, /* nothing listens, no route, connection lost, out of memory */
    DNS_TRY_MALFORMED,   /* c-ares itself could not read the message */
    DNS_TRY_NO_NAME,     /* a name that must not be asked for (RFC 7686) */
    DNS_TRY_STOPPED      /* dns_resolver_free() */
};

/* One question under way; the caller embeds it and keeps it until on_end. */
struct dns_attempt {
    /* The message is borrowed. May be called from within dns_resolver_send(). */
    void (*on_end)(struct dns_attempt *attempt, enum dns_try result, const uint8_t *message,
                   size_t len);
    /* The rest is the resolver's. */
    struct dns_resolver *resolver;
    TAILQ_ENTRY(dns_attempt) link; /* among those that were sent once, while it is one */
    struct dns_sending *first;
    struct dns_sending *second; /* NULL: it was sent once */
    int64_t sent_ms;
    const char *name;
    enum dns_type type;
    bool edns;
};

struct dns_resolver;

/*
 * The servers of a list such as dns_options.servers, or the system's if that is NULL. Returns their
 * number; 0 if the list cannot be parsed, is empty or too long.
 */
size_t dns_server_list(const char *text, struct dns_server out_servers[DNS_RESOLVERS_MAX]);

struct dns_resolver *dns_resolver_new(struct ev_loop *loop, const struct dns_server *server,
                                      unsigned timeout_ms);

/* Attempts under way end as DNS_TRY_STOPPED. NULL is fine. */
void dns_resolver_free(struct dns_resolver *resolver);

/* `name` as dns_name_fold() leaves it, borrowed until on_end. With EDNS the answer may be up to
 * 1232 bytes by UDP. */
void dns_resolver_send(struct dns_resolver *resolver, struct dns_attempt *attempt, const char *name,
                       enum dns_type type, bool edns);

#endif
