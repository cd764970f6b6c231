/*
 * Addresses and prefixes. Text forms are those of inet_pton/inet_ntop; nothing here resolves names.
 */
#ifndef MXGRADE_IO_ADDRESS_H
#define MXGRADE_IO_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define ADDRESS_TEXT_MAX 46 /* INET6_ADDRSTRLEN */

struct address {
    uint8_t family;    /* 4 or 6 */
    uint8_t bytes[16]; /* network order; the first 4 for IPv4, the rest zero */
};

struct prefix {
    struct address base;
    uint8_t length; /* bits */
};

/* Parses "192.0.2.1" or "2001:db8::1" (also in "[...]", and with "IPv6:" as in an SMTP literal). */
bool address_parse(const char *text, struct address *out_address);

void address_format(const struct address *address, char out_text[ADDRESS_TEXT_MAX]);

bool address_equal(const struct address *a, const struct address *b);

/* For connect(): fills a sockaddr and returns its length. */
socklen_t address_to_sockaddr(const struct address *address, uint16_t port,
                              struct sockaddr_storage *out_sockaddr);

/* Parses "192.0.2.0/24", "2001:db8::/32" or a bare address (its full length). Host bits are zeroed.
 */
bool prefix_parse(const char *text, struct prefix *out_prefix);

/* An IPv4-mapped IPv6 address counts as its IPv4 address where the prefix is IPv4. */
bool prefix_contains(const struct prefix *prefix, const struct address *address);

/* The prefix of that length around an address (host bits zeroed). */
struct prefix prefix_around(const struct address *address, uint8_t length);

/*
 * NULL if the address is globally reachable unicast; otherwise what it is, e.g. "loopback",
 * "private", "link-local", "documentation", "multicast", "cloud metadata". From the IANA IPv4 and
 * IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190). IPv4-mapped, 6to4, NAT64 (RFC 6052)
 * forms are judged by the IPv4 address they carry.
 */
const char *address_not_public(const struct address *address);

#endif
