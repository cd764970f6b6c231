#include "io/dns/dns_query.h"

#include <openssl/rand.h>
#include <string.h>

#include "io/dns/dns_wire.h"

/* RFC 1035 section 4.1.1, RFC 6840 section 5.7 for AD, RFC 4035 section 3.2.2 for CD */
#define FLAGS_AT       2
#define FLAG_ANSWER    0x8000
#define FLAG_TRUNCATED 0x0200
#define FLAG_RECURSION 0x0100
#define FLAG_AD        0x0020
#define FLAG_CD        0x0010

#define CLASS_IN 1

/* RFC 6891 section 6.1.2: the class of an OPT record is the size that a datagram may have. This one
 * is never fragmented on any sane path: DNS flag day 2020. */
#define TYPE_OPT      41
#define EDNS_UDP_SIZE 1232

static uint8_t *put_u16(uint8_t *to, unsigned value)
{
    *to++ = (uint8_t)(value >> 8);
    *to++ = (uint8_t)value;
    return to;
}

static uint8_t *put_name(uint8_t *to, const char *name)
{
    while (*name != '\0') {
        size_t len = strcspn(name, ".");
        *to++ = (uint8_t)len;
        memcpy(to, name, len);
        to += len;
        name += len + (name[len] == '.');
    }
    *to++ = 0;
    return to;
}

size_t dns_query_write(const struct dns_query *query, uint8_t out_bytes[DNS_QUERY_MAX])
{
    uint8_t *to = out_bytes;
    to = put_u16(to, query->id);
    to = put_u16(to, FLAG_RECURSION | FLAG_AD | (query->unchecked ? FLAG_CD : 0u));
    to = put_u16(to, 1); /* question */
    to = put_u16(to, 0);
    to = put_u16(to, 0);
    to = put_u16(to, query->edns); /* records beside it */
    to = put_name(to, query->name);
    to = put_u16(to, query->type);
    to = put_u16(to, CLASS_IN);
    if (query->edns) {
        to = put_name(to, "");
        to = put_u16(to, TYPE_OPT);
        to = put_u16(to, EDNS_UDP_SIZE);
        to = put_u16(to, 0); /* version and flags, where other records have their TTL */
        to = put_u16(to, 0);
        to = put_u16(to, 0); /* no options */
    }
    return (size_t)(to - out_bytes);
}

uint16_t dns_query_fresh_id(void)
{
    uint16_t id;
    RAND_bytes((uint8_t *)&id, sizeof(id));
    return id;
}

bool dns_query_of_answer(const uint8_t *message, size_t len, char out_name[DNS_NAME_MAX],
                         struct dns_query *out_query)
{
    const struct dns_wire wire = {message, len};
    uint16_t id, flags, num_questions, type, class;
    size_t end;
    if (!dns_wire_u16(&wire, 0, &id) || !dns_wire_u16(&wire, FLAGS_AT, &flags) ||
        (flags & FLAG_ANSWER) == 0 || !dns_wire_u16(&wire, 4, &num_questions) ||
        num_questions != 1 || !dns_wire_name(&wire, DNS_HEADER_LEN, out_name, &end) ||
        !dns_wire_u16(&wire, end, &type) || !dns_wire_u16(&wire, end + 2, &class) ||
        class != CLASS_IN) {
        return false;
    }
    *out_query = (struct dns_query){.name = out_name, .type = type, .id = id};
    return true;
}

bool dns_query_answer_is_cut(const uint8_t *message, size_t len)
{
    uint16_t flags;
    const struct dns_wire wire = {message, len};
    return dns_wire_u16(&wire, FLAGS_AT, &flags) && (flags & FLAG_TRUNCATED) != 0;
}
