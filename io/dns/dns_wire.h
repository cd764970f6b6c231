/*
 * The format of a DNS message (RFC 1035 section 4), read with bounds on every byte: integers, names
 * and resource records. What they mean is the business of dns_message.c.
 */
#ifndef MXGRADE_IO_DNS_WIRE_H
#define MXGRADE_IO_DNS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/dns/dns.h"

#define DNS_HEADER_LEN 12
#define DNS_RCODE_MASK 0x000f

enum dns_rcode {
    DNS_RCODE_NOERROR = 0,
    DNS_RCODE_FORMERR = 1,
    DNS_RCODE_SERVFAIL = 2,
    DNS_RCODE_NXDOMAIN = 3
};

/* A whole message, borrowed. Places in it are offsets from its start. */
struct dns_wire {
    const uint8_t *bytes;
    size_t len;
};

struct dns_resource {
    size_t owner; /* where the name stands */
    uint16_t type;
    uint16_t class;
    uint32_t ttl;
    size_t data;
    size_t data_len; /* lies wholly inside the message */
};

bool dns_wire_u16(const struct dns_wire *wire, size_t at, uint16_t *out_value);
bool dns_wire_u32(const struct dns_wire *wire, size_t at, uint32_t *out_value);

/*
 * Reads the name at `at`, in the form that io/dns/dns.h describes. *out_end is where the record
 * that it was found in goes on. A compression pointer must point before the labels it was found
 * behind, so reading ends.
 */
bool dns_wire_name(const struct dns_wire *wire, size_t at, char out_name[DNS_NAME_MAX],
                   size_t *out_end);

/* Reads the resource record at *at, not yet looking into its owner name, and moves *at behind it.
 */
bool dns_wire_resource(const struct dns_wire *wire, size_t *at, struct dns_resource *out_resource);

/* 0 for a message without a header. Without the bits that EDNS adds. */
unsigned dns_wire_rcode(const uint8_t *message, size_t len);

/*
 * Lower case, without the trailing dot: the form in which names are compared and cached. False if
 * it is no name: an empty label, a label over 63 octets, a name over 253, or a byte that would have
 * to be escaped.
 */
bool dns_name_fold(const char *name, char out_name[DNS_NAME_MAX]);

#endif
