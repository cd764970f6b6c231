#include "benchmarks/fleet/dns_zone.h"

#include "benchmarks/fleet/world.h"

#define LOOPBACK_ADDRESS 0x7f000001u
#define PRIVATE_ADDRESS  0x0a000001u /* 10.0.0.1 */
#define METADATA_ADDRESS 0xa9fea9feu /* 169.254.169.254, cloud metadata */

static const uint8_t ipv6_loopback[16] = {[15] = 1};

static void add_host_addresses(const struct options *options, const struct host *host,
                               const char *owner, struct dns_answer *answer)
{
    unsigned num_addresses = world_num_addresses(options, host);
    for (unsigned i = 0; i < num_addresses; i++) {
        dns_add_a(answer, owner, world_address(world_host_slot(options, host, i)));
    }
}

static void answer_alias(const struct options *options, const struct dns_question *question,
                         const struct host *host, struct dns_answer *answer)
{
    struct host target = *host;
    target.variant++;
    char name[NAME_MAX_LEN];
    names_host(options, &target, name);
    dns_add_cname(answer, name);
    if (question->type == DNS_A) {
        add_host_addresses(options, &target, name, answer);
    }
}

static enum target_kind target_of(const struct options *options, const struct host *host)
{
    return host->owner != OWNER_DOMAIN
               ? TARGET_ADDRESSES
               : world_shape(options, host->index)->hosts[host->variant].target;
}

static bool answer_host(const struct options *options, const struct dns_question *question,
                        const struct host *host, struct dns_answer *answer)
{
    bool a = question->type == DNS_A;
    enum target_kind target = target_of(options, host);
    switch (target) {
    case TARGET_ADDRESSES:
        if (a) {
            add_host_addresses(options, host, NULL, answer);
        }
        return true;
    case TARGET_ALIAS:
        answer_alias(options, question, host, answer);
        return true;
    case TARGET_NONE:
    case TARGET_DANGLING:
        answer->rcode = DNS_NXDOMAIN;
        return true;
    case TARGET_NODATA:
        return true;
    case TARGET_SERVFAIL:
        answer->rcode = DNS_SERVFAIL;
        return true;
    case TARGET_TIMEOUT:
        return false;
    case TARGET_PRIVATE:
    case TARGET_METADATA:
        if (a) {
            dns_add_a(answer, NULL, target == TARGET_PRIVATE ? PRIVATE_ADDRESS : METADATA_ADDRESS);
        }
        return true;
    case TARGET_IPV6_LOOPBACK:
        if (question->type == DNS_AAAA) {
            dns_add_aaaa(answer, NULL, ipv6_loopback);
        }
        return true;
    }
    return true;
}

static void add_mx_host(const struct options *options, const struct host *host, int preference,
                        struct dns_answer *answer)
{
    char name[NAME_MAX_LEN];
    names_host(options, host, name);
    dns_add_mx(answer, (uint16_t)preference, name);
}

static void add_listed_mx(const struct options *options, uint32_t domain, struct dns_answer *answer)
{
    const struct shape *shape = world_shape(options, domain);
    for (uint8_t i = 0; i < SHAPE_HOSTS; i++) {
        const struct shape_host *entry = &shape->hosts[i];
        if (entry->target != TARGET_NONE && entry->preference != PREFERENCE_UNLISTED) {
            struct host host = {.index = domain, .variant = i};
            add_mx_host(options, &host, entry->preference, answer);
        }
    }
}

static void add_literal_mx(const struct options *options, uint32_t domain,
                           struct dns_answer *answer)
{
    char text[NAME_MAX_LEN];
    names_address(world_address(world_host_slot(options, &(struct host){.index = domain}, 0)),
                  text);
    dns_add_mx(answer, 10, text);
}

static void add_provider_mx(const struct options *options, uint32_t domain,
                            struct dns_answer *answer)
{
    struct host host = {.owner = OWNER_PROVIDER, .index = world_provider(options, domain)};
    for (uint8_t i = 0; i < WORLD_PROVIDER_HOSTS; i++) {
        host.variant = i;
        add_mx_host(options, &host, world_provider_preference(i), answer);
    }
}

static void add_customer_mx(const struct options *options, uint32_t domain,
                            struct dns_answer *answer)
{
    struct host host = {
        .owner = OWNER_POOL, .index = domain, .variant = world_pool(options, domain)};
    add_mx_host(options, &host, 0, answer);
}

static void answer_mx(const struct options *options, uint32_t domain, bool by_tcp,
                      struct dns_answer *answer)
{
    switch (world_shape(options, domain)->mx) {
    case MX_TRUNCATED:
        answer->truncated = !by_tcp;
        add_listed_mx(options, domain, answer);
        break;
    case MX_LISTED:
        add_listed_mx(options, domain, answer);
        break;
    case MX_NULL:
        dns_add_mx(answer, 0, "");
        break;
    case MX_LITERAL:
        add_literal_mx(options, domain, answer);
        break;
    case MX_PROVIDER:
    case MX_HOSTER:
        add_provider_mx(options, domain, answer);
        break;
    case MX_CUSTOMER:
        add_customer_mx(options, domain, answer);
        break;
    default:
        break;
    }
}

static bool answer_domain(const struct options *options, const struct dns_question *question,
                          const struct parsed_name *name, bool by_tcp, struct dns_answer *answer)
{
    enum mx_answer mx = world_shape(options, name->domain)->mx;
    if (mx == MX_TIMEOUT) {
        return false;
    }
    if (mx == MX_NXDOMAIN || mx == MX_SERVFAIL || mx == MX_REFUSED) {
        answer->rcode = mx == MX_NXDOMAIN   ? DNS_NXDOMAIN
                        : mx == MX_SERVFAIL ? DNS_SERVFAIL
                                            : DNS_REFUSED;
        return true;
    }
    if (question->type == DNS_MX && !name->service) {
        answer_mx(options, name->domain, by_tcp, answer);
    } else if (question->type == DNS_A && mx == MX_IMPLICIT && !name->service) {
        struct host host = {.index = name->domain};
        add_host_addresses(options, &host, NULL, answer);
    }
    return true;
}

static bool answer_named_host(const struct options *options, const struct dns_question *question,
                              const struct parsed_name *name, struct dns_answer *answer)
{
    const struct shape *shape =
        name->host.owner == OWNER_DOMAIN ? world_shape(options, name->host.index) : NULL;
    if (shape != NULL && (shape->mx == MX_IMPLICIT || shape->mx == MX_LITERAL)) {
        answer->rcode = DNS_NXDOMAIN; /* the host lives under its domain's name, or under none */
        return true;
    }
    if (!name->service) {
        return answer_host(options, question, &name->host, answer);
    }
    /* Below a host nothing has data, but what fails for the host fails there too. */
    enum target_kind target = target_of(options, &name->host);
    if (target == TARGET_SERVFAIL) {
        answer->rcode = DNS_SERVFAIL;
    } else if (target == TARGET_NONE || target == TARGET_DANGLING) {
        answer->rcode = DNS_NXDOMAIN;
    }
    return target != TARGET_TIMEOUT;
}

static void answer_reverse(const struct options *options, const struct dns_question *question,
                           uint32_t address, struct dns_answer *answer)
{
    char name[NAME_MAX_LEN] = NAME_SCANNER;
    uint32_t slot;
    struct host host;
    if (address != LOOPBACK_ADDRESS) {
        if (!world_slot(address, &slot) || !world_host_at(options, slot, &host)) {
            answer->rcode = DNS_NXDOMAIN;
            return;
        }
        names_host(options, &host, name);
    }
    if (question->type == DNS_PTR) {
        dns_add_ptr(answer, name);
    }
}

bool zone_answer(const struct options *options, const struct dns_question *question, bool by_tcp,
                 struct dns_answer *answer)
{
    struct parsed_name name = names_parse(options, question->name);
    switch (name.kind) {
    case NAME_FOREIGN:
        answer->rcode = DNS_REFUSED;
        return true;
    case NAME_UNKNOWN:
        answer->rcode = DNS_NXDOMAIN;
        return true;
    case NAME_EMPTY:
        return true;
    case NAME_DOMAIN:
        return answer_domain(options, question, &name, by_tcp, answer);
    case NAME_HOST:
        return answer_named_host(options, question, &name, answer);
    case NAME_THE_SCANNER:
        if (question->type == DNS_A && !name.service) {
            dns_add_a(answer, NULL, LOOPBACK_ADDRESS);
        }
        return true;
    case NAME_REVERSE:
        answer_reverse(options, question, name.address, answer);
        return true;
    }
    return true;
}
