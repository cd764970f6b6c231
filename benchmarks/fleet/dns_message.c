#include "benchmarks/fleet/dns_message.h"

#include <string.h>

#define HEADER_LEN     12
#define LABEL_MAX      63
#define UDP_LEN_PLAIN  512  /* RFC 1035 section 4.2.1 */
#define UDP_LEN_OURS   1232 /* what we announce ourselves in EDNS */
#define TTL_SECONDS    300
#define CLASS_IN       1
#define FLAG_RESPONSE  0x8000
#define FLAG_AUTHORITY 0x0400
#define FLAG_TRUNCATED 0x0200
#define FLAG_RECURSE   0x0100
#define FLAG_RECURSION 0x0080
#define OPCODE_MASK    0x7800

static char lower(uint8_t c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* Reads an uncompressed name. Bytes that no name of ours holds become '?': they match nothing. */
static bool read_name(CBS *cbs, char out_name[NAME_MAX_LEN])
{
    size_t len = 0;
    for (;;) {
        uint8_t label_len;
        CBS label;
        if (!CBS_get_u8(cbs, &label_len) || label_len > LABEL_MAX ||
            !CBS_get_bytes(cbs, &label, label_len)) {
            return false;
        }
        if (label_len == 0) {
            out_name[len > 0 ? len - 1 : 0] = '\0';
            return true;
        }
        if (len + label_len + 1 >= NAME_MAX_LEN) {
            return false;
        }
        for (size_t i = 0; i < label_len; i++) {
            uint8_t c = CBS_data(&label)[i];
            out_name[len++] = c > ' ' && c < 127 && c != '.' ? lower(c) : '?';
        }
        out_name[len++] = '.';
    }
}

/* Looks for the OPT record of EDNS (RFC 6891) in the additional section. */
static void read_edns(CBS *cbs, struct dns_question *question)
{
    uint8_t root;
    uint16_t type;
    uint16_t udp_len;
    if (CBS_get_u8(cbs, &root) && root == 0 && CBS_get_u16(cbs, &type) && type == DNS_OPT &&
        CBS_get_u16(cbs, &udp_len)) {
        question->edns = true;
        question->udp_len = udp_len > UDP_LEN_PLAIN ? udp_len : UDP_LEN_PLAIN;
    }
}

bool dns_read_question(const uint8_t *message, size_t message_len,
                       struct dns_question *out_question, enum dns_rcode *out_rcode)
{
    CBS cbs;
    CBS_init(&cbs, message, message_len);
    *out_question = (struct dns_question){.udp_len = UDP_LEN_PLAIN};
    uint16_t num_questions;
    uint16_t num_answers;
    uint16_t num_authorities;
    uint16_t num_additional;
    if (!CBS_get_u16(&cbs, &out_question->id) || !CBS_get_u16(&cbs, &out_question->flags) ||
        !CBS_get_u16(&cbs, &num_questions) || !CBS_get_u16(&cbs, &num_answers) ||
        !CBS_get_u16(&cbs, &num_authorities) || !CBS_get_u16(&cbs, &num_additional) ||
        (out_question->flags & FLAG_RESPONSE) != 0) {
        return false;
    }
    *out_rcode = DNS_NOERROR;
    if ((out_question->flags & OPCODE_MASK) != 0) {
        *out_rcode = DNS_NOTIMP;
        return true;
    }
    const uint8_t *start = CBS_data(&cbs);
    if (num_questions != 1 || num_answers != 0 || num_authorities != 0 ||
        !read_name(&cbs, out_question->name) || !CBS_get_u16(&cbs, &out_question->type) ||
        !CBS_get_u16(&cbs, &out_question->class)) {
        *out_rcode = DNS_FORMERR;
        return true;
    }
    out_question->wire = start;
    out_question->wire_len = (size_t)(CBS_data(&cbs) - start);
    if (out_question->class != CLASS_IN) {
        *out_rcode = DNS_REFUSED;
    }
    if (num_additional > 0) {
        read_edns(&cbs, out_question);
    }
    return true;
}

bool dns_answer_init(struct dns_answer *answer, const struct dns_question *question)
{
    answer->question = question;
    answer->rcode = DNS_NOERROR;
    answer->truncated = false;
    answer->num_records = 0;
    answer->ok = CBB_init_fixed(&answer->records, answer->bytes, sizeof answer->bytes) == 1;
    return answer->ok;
}

void dns_answer_fini(struct dns_answer *answer)
{
    CBB_cleanup(&answer->records);
}

static bool add_name(CBB *cbb, const char *name)
{
    while (*name != '\0') {
        size_t label_len = strcspn(name, ".");
        if (label_len == 0 || label_len > LABEL_MAX || !CBB_add_u8(cbb, (uint8_t)label_len) ||
            !CBB_add_bytes(cbb, (const uint8_t *)name, label_len)) {
            return false;
        }
        name += label_len + (name[label_len] == '.');
    }
    return CBB_add_u8(cbb, 0) == 1;
}

/* The owner is the name asked for (a pointer to it, RFC 1035 section 4.1.4) or given. */
static bool begin_record(struct dns_answer *answer, const char *owner, enum dns_type type,
                         CBB *out_data)
{
    CBB *cbb = &answer->records;
    bool named = owner == NULL || strcmp(owner, answer->question->name) == 0
                     ? CBB_add_u16(cbb, 0xc000 | HEADER_LEN) == 1
                     : add_name(cbb, owner);
    return answer->ok && named && CBB_add_u16(cbb, (uint16_t)type) && CBB_add_u16(cbb, CLASS_IN) &&
           CBB_add_u32(cbb, TTL_SECONDS) && CBB_add_u16_length_prefixed(cbb, out_data);
}

static void end_record(struct dns_answer *answer, bool ok)
{
    answer->ok = ok && CBB_flush(&answer->records);
    answer->num_records++;
}

void dns_add_a(struct dns_answer *answer, const char *owner, uint32_t address)
{
    CBB data;
    end_record(answer, begin_record(answer, owner, DNS_A, &data) && CBB_add_u32(&data, address));
}

void dns_add_aaaa(struct dns_answer *answer, const char *owner, const uint8_t address[16])
{
    CBB data;
    end_record(answer,
               begin_record(answer, owner, DNS_AAAA, &data) && CBB_add_bytes(&data, address, 16));
}

void dns_add_mx(struct dns_answer *answer, uint16_t preference, const char *host)
{
    CBB data;
    end_record(answer, begin_record(answer, NULL, DNS_MX, &data) &&
                           CBB_add_u16(&data, preference) && add_name(&data, host));
}

void dns_add_cname(struct dns_answer *answer, const char *target)
{
    CBB data;
    end_record(answer, begin_record(answer, NULL, DNS_CNAME, &data) && add_name(&data, target));
}

void dns_add_ptr(struct dns_answer *answer, const char *target)
{
    CBB data;
    end_record(answer, begin_record(answer, NULL, DNS_PTR, &data) && add_name(&data, target));
}

/* The zone's SOA, so that a resolver may keep "no such thing" (RFC 2308 section 2). */
static bool add_soa(CBB *cbb, const char *name)
{
    size_t name_len = strlen(name);
    bool reverse = name_len > 5 && strcmp(name + name_len - 5, ".arpa") == 0;
    CBB data;
    if (!add_name(cbb, reverse ? "127.in-addr.arpa" : "test") || !CBB_add_u16(cbb, DNS_SOA) ||
        !CBB_add_u16(cbb, CLASS_IN) || !CBB_add_u32(cbb, TTL_SECONDS) ||
        !CBB_add_u16_length_prefixed(cbb, &data) || !add_name(&data, "ns.fleet.test") ||
        !add_name(&data, "hostmaster.fleet.test")) {
        return false;
    }
    for (unsigned i = 0; i < 5; i++) { /* serial, refresh, retry, expire, minimum */
        if (!CBB_add_u32(&data, TTL_SECONDS)) {
            return false;
        }
    }
    return CBB_flush(cbb) == 1;
}

static bool add_opt(CBB *cbb)
{
    return CBB_add_u8(cbb, 0) && CBB_add_u16(cbb, DNS_OPT) && CBB_add_u16(cbb, UDP_LEN_OURS) &&
           CBB_add_u32(cbb, 0) && CBB_add_u16(cbb, 0);
}

size_t dns_write_answer(struct dns_answer *answer, uint8_t *out_message, size_t out_size)
{
    const struct dns_question *question = answer->question;
    uint16_t flags = (uint16_t)(FLAG_RESPONSE | FLAG_AUTHORITY | FLAG_RECURSION |
                                (question->flags & (OPCODE_MASK | FLAG_RECURSE)) |
                                (answer->truncated ? FLAG_TRUNCATED : 0) | (int)answer->rcode);
    bool negative = !answer->truncated && answer->num_records == 0 &&
                    (answer->rcode == DNS_NOERROR || answer->rcode == DNS_NXDOMAIN);
    uint16_t num_records = answer->truncated ? 0 : answer->num_records;
    CBB cbb;
    size_t message_len;
    if (!answer->ok || !CBB_init_fixed(&cbb, out_message, out_size)) {
        return 0;
    }
    bool ok =
        CBB_add_u16(&cbb, question->id) && CBB_add_u16(&cbb, flags) &&
        CBB_add_u16(&cbb, question->wire_len > 0) && CBB_add_u16(&cbb, num_records) &&
        CBB_add_u16(&cbb, negative) && CBB_add_u16(&cbb, question->edns) &&
        (question->wire_len == 0 || CBB_add_bytes(&cbb, question->wire, question->wire_len)) &&
        (num_records == 0 ||
         CBB_add_bytes(&cbb, CBB_data(&answer->records), CBB_len(&answer->records))) &&
        (!negative || add_soa(&cbb, question->name)) && (!question->edns || add_opt(&cbb)) &&
        CBB_finish(&cbb, NULL, &message_len);
    CBB_cleanup(&cbb);
    return ok ? message_len : 0;
}
