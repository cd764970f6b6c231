/*
 * What a DNS message says about the question asked; it may come from anyone.
 *
 * Nothing is half believed: if the header, the question or any record that matters does not parse,
 * the whole answer is DNS_BAD_ANSWER.
 */
#include "io/dns/dns.h"

#include <stdlib.h>
#include <string.h>

#include "io/dns/dns_wire.h"

#define ALIASES_MAX 16 /* CNAMEs of one answer; resolvers give up after about a dozen */

#define FLAG_RESPONSE  0x8000
#define FLAG_TRUNCATED 0x0200
#define FLAG_AUTHENTIC 0x0020
#define OPCODE_MASK    0x7800

#define CLASS_IN 1
#define TYPE_OPT 41

#define OPTION_EXTENDED_ERROR 15 /* RFC 8914 */

/* What the message says, before its records are copied out. */
struct reply {
    struct dns_wire message;
    unsigned type;
    unsigned flags;
    unsigned rcode; /* with the extension of EDNS */
    bool bogus;
    size_t answers; /* where the section starts */
    struct dns_resource aliases[ALIASES_MAX];
    size_t num_aliases;
    bool aliased;
    uint32_t ttl; /* the lowest so far */
    char canonical[DNS_NAME_MAX];
};

/* Measures while `base` is NULL, then fills a block of that size. */
struct store {
    uint8_t *base;
    size_t used;
};

struct collection {
    struct dns_record *records; /* NULL while measuring */
    size_t num_records;
    bool truncated;
    uint32_t ttl;
    struct store store;
};

static bool owner_is(const struct dns_wire *message, size_t owner, const char *name)
{
    char owner_name[DNS_NAME_MAX];
    size_t end;
    return dns_wire_name(message, owner, owner_name, &end) && strcmp(owner_name, name) == 0;
}

/* The one question must be ours (RFC 9619: there is never more than one). */
static bool question_matches(const struct reply *reply, size_t *at)
{
    char name[DNS_NAME_MAX];
    uint16_t num_questions, type, class;
    const struct dns_wire *message = &reply->message;
    if (!dns_wire_u16(message, 4, &num_questions) || num_questions != 1 ||
        !dns_wire_name(message, *at, name, at) || !dns_wire_u16(message, *at, &type) ||
        !dns_wire_u16(message, *at + 2, &class)) {
        return false;
    }
    *at += 4;
    return type == reply->type && class == CLASS_IN && strcmp(name, reply->canonical) == 0;
}

/* RFC 8914 section 4: the codes that mean that validation was tried and failed. */
static bool is_validation_failure(uint16_t info_code)
{
    return info_code >= 6 && info_code <= 12;
}

/* OPT carries the upper bits of the rcode (RFC 6891 section 6.1.3) and perhaps an explanation. */
static bool read_opt(struct reply *reply, const struct dns_resource *opt)
{
    const struct dns_wire *message = &reply->message;
    size_t at = opt->data;
    size_t end = opt->data + opt->data_len;
    uint32_t extension;
    if (!dns_wire_u32(message, opt->data - 6, &extension)) {
        return false;
    }
    reply->rcode |= extension >> 24 << 4;
    while (at < end) {
        uint16_t code, len, info_code;
        if (end - at < 4 || !dns_wire_u16(message, at, &code) ||
            !dns_wire_u16(message, at + 2, &len) || end - at - 4 < len) {
            return false;
        }
        if (code == OPTION_EXTENDED_ERROR && len >= 2 &&
            dns_wire_u16(message, at + 4, &info_code)) {
            reply->bogus |= is_validation_failure(info_code);
        }
        at += 4u + len;
    }
    return true;
}

/* Goes through all sections once: CNAMEs of the answer section, OPT of the last one. */
static bool scan_sections(struct reply *reply)
{
    const struct dns_wire *message = &reply->message;
    size_t at = reply->answers;
    for (size_t section = 0; section < 3; section++) {
        uint16_t num_resources;
        struct dns_resource resource;
        if (!dns_wire_u16(message, 6 + 2 * section, &num_resources)) {
            return false;
        }
        for (size_t i = 0; i < num_resources; i++) {
            if (!dns_wire_resource(message, &at, &resource)) {
                return false;
            }
            if (section == 0 && resource.type == DNS_CNAME && resource.class == CLASS_IN) {
                if (reply->num_aliases == ALIASES_MAX) {
                    return false;
                }
                reply->aliases[reply->num_aliases++] = resource;
            }
            if (section == 2 && resource.type == TYPE_OPT && !read_opt(reply, &resource)) {
                return false;
            }
        }
    }
    return true;
}

/* A name that fills the RDATA from `at` to its end. */
static bool read_target(const struct dns_wire *message, const struct dns_resource *resource,
                        size_t skip, char out_name[DNS_NAME_MAX])
{
    size_t end;
    return resource->data_len > skip &&
           dns_wire_name(message, resource->data + skip, out_name, &end) &&
           end == resource->data + resource->data_len;
}

static const struct dns_resource *find_alias(const struct reply *reply)
{
    for (size_t i = 0; i < reply->num_aliases; i++) {
        if (owner_is(&reply->message, reply->aliases[i].owner, reply->canonical)) {
            return &reply->aliases[i];
        }
    }
    return NULL;
}

/* The records may stand in any order. A chain longer than the number of CNAMEs is a loop. */
static bool follow_aliases(struct reply *reply)
{
    const struct dns_resource *alias;
    for (size_t steps = 0; (alias = find_alias(reply)) != NULL; steps++) {
        if (steps == reply->num_aliases ||
            !read_target(&reply->message, alias, 0, reply->canonical)) {
            return false;
        }
        reply->aliased = true;
        reply->ttl = alias->ttl < reply->ttl ? alias->ttl : reply->ttl;
    }
    return true;
}

/* A truncated message is not taken: part of an RRset must not pass for it (RFC 2181 section 9). */
static bool read_reply(struct reply *reply)
{
    uint16_t flags;
    size_t at = DNS_HEADER_LEN;
    if (reply->message.len < DNS_HEADER_LEN || !dns_wire_u16(&reply->message, 2, &flags) ||
        (flags & FLAG_RESPONSE) == 0 || (flags & (OPCODE_MASK | FLAG_TRUNCATED)) != 0 ||
        !question_matches(reply, &at)) {
        return false;
    }
    reply->flags = flags;
    reply->rcode = flags & DNS_RCODE_MASK;
    reply->answers = at;
    return scan_sections(reply) && (reply->type == DNS_CNAME || follow_aliases(reply));
}

static const void *store_put(struct store *store, const void *bytes, size_t len)
{
    uint8_t *copy = NULL;
    if (store->base != NULL) {
        copy = store->base + store->used;
        if (len > 0) {
            memcpy(copy, bytes, len);
        }
    }
    store->used += len;
    return copy;
}

static bool put_host(const struct dns_wire *message, const struct dns_resource *resource,
                     size_t skip, struct store *store, const char **out_host)
{
    char host[DNS_NAME_MAX];
    if (!read_target(message, resource, skip, host)) {
        return false;
    }
    *out_host = store_put(store, host, strlen(host) + 1);
    return true;
}

static bool put_address(const struct dns_wire *message, const struct dns_resource *resource,
                        struct address *out_address)
{
    size_t len = resource->type == DNS_A ? 4 : 16;
    if (resource->data_len != len) {
        return false;
    }
    out_address->family = resource->type == DNS_A ? 4 : 6;
    memcpy(out_address->bytes, message->bytes + resource->data, len);
    return true;
}

/* The character-strings joined, as RFC 7208 section 3.3 and RFC 8461 section 3.1 want. */
static bool put_text(const struct dns_wire *message, const struct dns_resource *resource,
                     struct store *store, struct dns_record *record)
{
    const uint8_t *at = message->bytes + resource->data;
    const uint8_t *end = at + resource->data_len;
    record->data.bytes = store_put(store, NULL, 0);
    if (at == end) {
        return false;
    }
    while (at < end) {
        size_t len = *at++;
        if ((size_t)(end - at) < len) {
            return false;
        }
        store_put(store, at, len);
        record->data.len += len;
        at += len;
    }
    return true;
}

static bool put_record(const struct dns_wire *message, const struct dns_resource *resource,
                       struct store *store, struct dns_record *record)
{
    *record = (struct dns_record){.ttl = resource->ttl};
    switch ((enum dns_type)resource->type) {
    case DNS_A:
    case DNS_AAAA:
        return put_address(message, resource, &record->address);
    case DNS_MX:
        return dns_wire_u16(message, resource->data, &record->mx.preference) &&
               put_host(message, resource, 2, store, &record->mx.host);
    case DNS_SRV:
        return dns_wire_u16(message, resource->data, &record->srv.priority) &&
               dns_wire_u16(message, resource->data + 2, &record->srv.weight) &&
               dns_wire_u16(message, resource->data + 4, &record->srv.port) &&
               put_host(message, resource, 6, store, &record->srv.host);
    case DNS_CNAME:
    case DNS_PTR:
        return put_host(message, resource, 0, store, &record->host);
    case DNS_TXT:
        return put_text(message, resource, store, record);
    case DNS_SOA:
    case DNS_TLSA:
    case DNS_CAA:
        record->data.bytes = store_put(store, message->bytes + resource->data, resource->data_len);
        record->data.len = resource->data_len;
        return true;
    }
    return false;
}

/* The records of the type at the end of the chain. */
static bool collect(const struct reply *reply, struct collection *collection)
{
    const struct dns_wire *message = &reply->message;
    size_t at = reply->answers;
    uint16_t num_answers;
    struct dns_resource resource;
    if (!dns_wire_u16(message, 6, &num_answers)) {
        return false;
    }
    for (size_t i = 0; i < num_answers; i++) {
        struct dns_record measured;
        if (!dns_wire_resource(message, &at, &resource)) {
            return false;
        }
        if (resource.type != reply->type || resource.class != CLASS_IN ||
            !owner_is(message, resource.owner, reply->canonical)) {
            continue;
        }
        if (collection->num_records == DNS_RECORDS_MAX) {
            collection->truncated = true;
            break;
        }
        struct dns_record *record =
            collection->records == NULL ? &measured : &collection->records[collection->num_records];
        if (!put_record(message, &resource, &collection->store, record)) {
            return false;
        }
        collection->ttl = resource.ttl < collection->ttl ? resource.ttl : collection->ttl;
        collection->num_records++;
    }
    return true;
}

static enum dns_outcome outcome_of(const struct reply *reply, size_t num_records)
{
    switch (reply->rcode) {
    case DNS_RCODE_NOERROR:
        return num_records > 0 ? DNS_OK : DNS_NODATA;
    case DNS_RCODE_SERVFAIL:
        return DNS_SERVFAIL;
    case DNS_RCODE_NXDOMAIN:
        return DNS_NXDOMAIN;
    default:
        return DNS_REFUSED_;
    }
}

static struct dns_answer *bad_answer(const char *name)
{
    size_t name_len = strlen(name) + 1;
    struct dns_answer *answer = calloc(1, sizeof(*answer) + name_len);
    if (answer != NULL) {
        answer->outcome = DNS_BAD_ANSWER;
        answer->canonical = memcpy(answer + 1, name, name_len);
    }
    return answer;
}

/* One block: the answer, its records, the canonical name, then what the records point to. */
static struct dns_answer *build_answer(const struct reply *reply, const struct collection *measured)
{
    size_t canonical_len = strlen(reply->canonical) + 1;
    size_t num_records = measured->num_records;
    size_t records_len = num_records * sizeof(struct dns_record);
    struct dns_answer *answer =
        calloc(1, sizeof(*answer) + records_len + canonical_len + measured->store.used);
    if (answer == NULL) {
        return NULL;
    }
    struct dns_record *records = (struct dns_record *)(answer + 1);
    char *canonical = (char *)records + records_len;
    memcpy(canonical, reply->canonical, canonical_len);
    if (num_records > 0) {
        struct collection filled = {.records = records, .ttl = UINT32_MAX};
        filled.store.base = (uint8_t *)canonical + canonical_len;
        collect(reply, &filled);
    }
    uint32_t ttl = measured->ttl < reply->ttl ? measured->ttl : reply->ttl;
    answer->outcome = outcome_of(reply, num_records);
    answer->authentic = (reply->flags & FLAG_AUTHENTIC) != 0;
    answer->bogus = reply->bogus && answer->outcome == DNS_SERVFAIL;
    answer->truncated = measured->truncated;
    answer->aliased = reply->aliased;
    answer->canonical = canonical;
    answer->ttl = ttl == UINT32_MAX ? 0 : ttl;
    answer->records = num_records > 0 ? records : NULL;
    answer->num_records = num_records;
    return answer;
}

struct dns_answer *dns_answer_parse(const uint8_t *message, size_t len, const char *name,
                                    enum dns_type type)
{
    char question[DNS_NAME_MAX];
    struct reply reply = {.message = {message, len}, .type = type, .ttl = UINT32_MAX};
    struct collection measured = {.ttl = UINT32_MAX};
    if (!dns_name_fold(name, question)) {
        return bad_answer("");
    }
    memcpy(reply.canonical, question, sizeof(question));
    if (!read_reply(&reply) || (reply.rcode == DNS_RCODE_NOERROR && !collect(&reply, &measured))) {
        return bad_answer(question);
    }
    return build_answer(&reply, &measured);
}

void dns_answer_free(struct dns_answer *answer)
{
    free(answer);
}

const char *dns_outcome_name(enum dns_outcome outcome)
{
    switch (outcome) {
    case DNS_OK:
        return "ok";
    case DNS_NODATA:
        return "nodata";
    case DNS_NXDOMAIN:
        return "nxdomain";
    case DNS_SERVFAIL:
        return "servfail";
    case DNS_REFUSED_:
        return "refused";
    case DNS_TIMED_OUT:
        return "timeout";
    case DNS_BAD_ANSWER:
        return "malformed";
    case DNS_SHORTAGE:
        return "shortage";
    case DNS_CANCELLED:
        return "cancelled";
    }
    return "unknown";
}
