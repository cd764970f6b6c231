/*
 * One question as the bytes of a message, and which question a message answers. Pure.
 */
#ifndef MXGRADE_IO_DNS_QUERY_H
#define MXGRADE_IO_DNS_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/dns/dns.h"

/* The header, the longest name, type and class, and the OPT record of EDNS. */
#define DNS_QUERY_MAX (12 + 255 + 4 + 11)

struct dns_query {
    const char *name; /* as dns_name_fold() leaves it; borrowed */
    enum dns_type type;
    bool unchecked; /* the resolver is asked not to validate: CD, RFC 4035 section 3.2.2 */
    bool edns;      /* the answer may be up to 1232 bytes by UDP, and 512 without */
    uint16_t id;
};

/*
 * Returns the length. Recursion is desired, and the AD bit asks for the resolver's word on DNSSEC
 * (RFC 6840 section 5.7).
 */
size_t dns_query_write(const struct dns_query *query, uint8_t out_bytes[DNS_QUERY_MAX]);

/* A number that cannot be guessed, as RFC 5452 section 9.2 demands. */
uint16_t dns_query_fresh_id(void);

/*
 * The question that a message says it answers: id, type, and the name in `out_name`. False if it is
 * no answer to exactly one question of the class IN. What the answer holds is not looked at.
 */
bool dns_query_of_answer(const uint8_t *message, size_t len, char out_name[DNS_NAME_MAX],
                         struct dns_query *out_query);

/* The answer did not fit, and the whole one is to be had by TCP (RFC 2181 section 9). */
bool dns_query_answer_is_cut(const uint8_t *message, size_t len);

#endif
