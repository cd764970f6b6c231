/*
 * DNS messages (RFC 1035 section 4): reading one question, writing the answer to it. Knows the
 * format only, not the zone.
 */
#ifndef MXGRADE_FLEET_DNS_MESSAGE_H
#define MXGRADE_FLEET_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/bytestring.h>

#include "benchmarks/fleet/names.h"

#define DNS_QUESTION_MAX 512  /* nobody asks for more in one question */
#define DNS_ANSWER_MAX   2048 /* four MX or addresses need far less */

enum dns_type {
    DNS_A = 1,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_OPT = 41,
    DNS_TLSA = 52
};

enum dns_rcode {
    DNS_NOERROR = 0,
    DNS_FORMERR = 1,
    DNS_SERVFAIL = 2,
    DNS_NXDOMAIN = 3,
    DNS_NOTIMP = 4,
    DNS_REFUSED = 5
};

struct dns_question {
    uint16_t id;
    uint16_t flags;
    uint16_t type;
    uint16_t class;
    char name[NAME_MAX_LEN]; /* lower case, without trailing dot */
    const uint8_t *wire;     /* the question section as it came */
    size_t wire_len;
    bool edns;
    uint16_t udp_len; /* the longest answer the client takes by UDP */
};

/*
 * False if it is no question worth an answer. The question points into the message. An answer with
 * *out_rcode is due at once if that is not DNS_NOERROR.
 */
bool dns_read_question(const uint8_t *message, size_t message_len,
                       struct dns_question *out_question, enum dns_rcode *out_rcode);

struct dns_answer {
    const struct dns_question *question;
    enum dns_rcode rcode;
    bool truncated;
    uint16_t num_records;
    CBB records; /* over `bytes` */
    bool ok;     /* false once a record did not fit */
    uint8_t bytes[DNS_ANSWER_MAX];
};

bool dns_answer_init(struct dns_answer *answer, const struct dns_question *question);

void dns_answer_fini(struct dns_answer *answer);

void dns_add_a(struct dns_answer *answer, const char *owner, uint32_t address);
void dns_add_aaaa(struct dns_answer *answer, const char *owner, const uint8_t address[16]);
void dns_add_mx(struct dns_answer *answer, uint16_t preference, const char *host);
void dns_add_cname(struct dns_answer *answer, const char *target);
void dns_add_ptr(struct dns_answer *answer, const char *target);

/* Writes the whole message; 0 if it cannot be done. */
size_t dns_write_answer(struct dns_answer *answer, uint8_t *out_message, size_t out_size);

#endif
