#include "benchmarks/fleet/world.h"

#define PLACE_FACTOR        65795u
#define FIRST_ADDRESS       0x7f100000u /* 127.16.0.0 */
#define FIRST_SHARED_SLOT   (WORLD_ADDRESSES - WORLD_SHARED_SLOTS)
#define FIRST_PROVIDER_SLOT (FIRST_SHARED_SLOT + WORLD_POOL_SLOTS)
#define POOL_STRIDE         37u /* between the addresses of one customer */

/* What a draw is for: one seed must not tie the shape of a domain to its hosts' behaviour. */
enum draw { DRAW_SHAPE = 1, DRAW_BEHAVIOUR, DRAW_PROVIDER, DRAW_DELAY, DRAW_POOL };

/* The finaliser of SplitMix64: every input bit moves every output bit. */
static uint64_t scramble(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t draw(const struct options *options, enum draw what, uint64_t key)
{
    return scramble(scramble(options->seed ^ ((uint64_t)what << 56)) ^ key);
}

static uint64_t host_key(const struct host *host)
{
    return ((uint64_t)host->owner << 40) | ((uint64_t)host->variant << 32) | host->index;
}

/* The inverse of PLACE_FACTOR modulo WORLD_ADDRESSES, by the extended Euclidean algorithm. */
static uint32_t place_factor_inverse(void)
{
    int64_t old_r = PLACE_FACTOR;
    int64_t r = WORLD_ADDRESSES;
    int64_t old_s = 1;
    int64_t s = 0;
    while (r != 0) {
        int64_t quotient = old_r / r;
        int64_t next_r = old_r - quotient * r;
        int64_t next_s = old_s - quotient * s;
        old_r = r;
        r = next_r;
        old_s = s;
        s = next_s;
    }
    return (uint32_t)(old_s < 0 ? old_s + (int64_t)WORLD_ADDRESSES : old_s);
}

uint32_t world_address(uint32_t slot)
{
    return FIRST_ADDRESS + (uint32_t)((uint64_t)slot * PLACE_FACTOR % WORLD_ADDRESSES);
}

bool world_slot(uint32_t address, uint32_t *out_slot)
{
    if (address < FIRST_ADDRESS || address - FIRST_ADDRESS >= WORLD_ADDRESSES) {
        return false;
    }
    uint64_t place = address - FIRST_ADDRESS;
    *out_slot = (uint32_t)(place * place_factor_inverse() % WORLD_ADDRESSES);
    return true;
}

static struct host shared_host_at(uint32_t slot)
{
    if (slot < FIRST_PROVIDER_SLOT) { /* any of its customers will do: they are all alike */
        uint32_t number = slot - FIRST_SHARED_SLOT;
        return (struct host){
            .owner = OWNER_POOL,
            .index = number % WORLD_POOL_ADDRESSES,
            .variant = (uint8_t)(number / WORLD_POOL_ADDRESSES),
        };
    }
    uint32_t number = (slot - FIRST_PROVIDER_SLOT) / WORLD_PROVIDER_ADDRESSES;
    return (struct host){
        .owner = OWNER_PROVIDER,
        .index = number / WORLD_PROVIDER_HOSTS,
        .variant = (uint8_t)(number % WORLD_PROVIDER_HOSTS),
    };
}

bool world_operator(uint32_t slot, uint32_t *out_operator)
{
    if (slot < FIRST_SHARED_SLOT) {
        return false;
    }
    struct host host = shared_host_at(slot);
    *out_operator = host.owner == OWNER_POOL ? WORLD_PROVIDERS + host.variant : host.index;
    return true;
}

bool world_host_at(const struct options *options, uint32_t slot, struct host *out_host)
{
    if (slot >= FIRST_SHARED_SLOT) {
        *out_host = shared_host_at(slot);
        return true;
    }
    uint32_t domain = slot / SHAPE_ADDRESSES;
    if (domain >= options->num_hosts) {
        return false;
    }
    const struct shape *shape = world_shape(options, domain);
    uint32_t left = slot % SHAPE_ADDRESSES;
    for (uint8_t i = 0; i < SHAPE_HOSTS; i++) {
        if (left < shape->hosts[i].num_addresses) {
            *out_host = (struct host){.index = domain, .variant = i};
            return true;
        }
        left -= shape->hosts[i].num_addresses;
    }
    return false;
}

unsigned world_num_addresses(const struct options *options, const struct host *host)
{
    switch (host->owner) {
    case OWNER_PROVIDER:
        return WORLD_PROVIDER_ADDRESSES;
    case OWNER_POOL:
        return WORLD_CUSTOMER_ADDRESSES;
    case OWNER_DOMAIN:
        break;
    }
    return world_shape(options, host->index)->hosts[host->variant].num_addresses;
}

uint32_t world_host_slot(const struct options *options, const struct host *host, unsigned address)
{
    if (host->owner == OWNER_PROVIDER) {
        uint32_t number = host->index * WORLD_PROVIDER_HOSTS + host->variant;
        return FIRST_PROVIDER_SLOT + number * WORLD_PROVIDER_ADDRESSES + address;
    }
    if (host->owner == OWNER_POOL) {
        uint64_t place = draw(options, DRAW_POOL, host->index) % WORLD_POOL_ADDRESSES;
        uint32_t number = ((uint32_t)place + address * POOL_STRIDE) % WORLD_POOL_ADDRESSES;
        return FIRST_SHARED_SLOT + host->variant * WORLD_POOL_ADDRESSES + number;
    }
    const struct shape *shape = world_shape(options, host->index);
    uint32_t slot = host->index * SHAPE_ADDRESSES + address;
    for (uint8_t i = 0; i < host->variant; i++) {
        slot += shape->hosts[i].num_addresses;
    }
    return slot;
}

/* The index at which the running sum of the weights passes `point`. */
static size_t pick(const unsigned *weights, uint64_t point)
{
    size_t i = 0;
    while (point >= weights[i]) {
        point -= weights[i];
        i++;
    }
    return i;
}

const struct shape *world_shape(const struct options *options, uint32_t domain)
{
    if (options->each) {
        return shape_at(domain < shape_count() ? domain : 0);
    }
    uint64_t number = draw(options, DRAW_SHAPE, domain);
    return shape_at(pick(options->shape_weights, number % options->shape_total));
}

uint32_t world_provider(const struct options *options, uint32_t domain)
{
    uint64_t number = draw(options, DRAW_PROVIDER, domain);
    if (world_shape(options, domain)->mx == MX_HOSTER) {
        return WORLD_LARGE_PROVIDERS + (uint32_t)(number % WORLD_HOSTERS);
    }
    for (uint32_t i = 0; i + 1 < WORLD_LARGE_PROVIDERS; i++) {
        if ((number >> i) & 1) {
            return i;
        }
    }
    return WORLD_LARGE_PROVIDERS - 1;
}

uint8_t world_pool(const struct options *options, uint32_t domain)
{
    return draw(options, DRAW_PROVIDER, domain) % 5 < 3 ? 0 : 1;
}

int world_provider_preference(uint8_t variant)
{
    return variant < WORLD_PROVIDER_HOSTS / 2 ? 10 : 20;
}

const struct behaviour *world_behaviour(const struct options *options, const struct host *host)
{
    if (host->owner == OWNER_POOL) { /* one certificate for all its customers */
        size_t wildcard = 0;
        return behaviour_at(behaviour_find("wildcard", &wildcard) ? wildcard : 0);
    }
    /* A provider's hosts work where the mix lets any host work: one draw must not decide about a
     * fifth of the fleet. Row 0 is the ordinary host. */
    if (host->owner == OWNER_PROVIDER && options->behaviour_weights[0] > 0) {
        return behaviour_at(0);
    }
    if (options->each) {
        size_t row = host->index < shape_count() ? 0 : host->index - shape_count();
        return behaviour_at(row % behaviour_count());
    }
    uint64_t number = draw(options, DRAW_BEHAVIOUR, host_key(host));
    return behaviour_at(pick(options->behaviour_weights, number % options->behaviour_total));
}

static const struct span_ms *span_of(const struct options *options, enum world_span span)
{
    switch (span) {
    case SPAN_RTT:
        return &options->rtt;
    case SPAN_BANNER:
        return &options->banner;
    case SPAN_SLOW_BANNER:
        return &options->slow_banner;
    case SPAN_DNS:
        return &options->dns_rtt;
    }
    return &options->rtt;
}

uint32_t world_delay_ms(const struct options *options, uint64_t key, enum world_span span)
{
    const struct span_ms *bounds = span_of(options, span);
    uint32_t min = bounds->min_ms;
    uint32_t max = bounds->max_ms;
    if (min >= max) {
        return min;
    }
    uint64_t bits = draw(options, DRAW_DELAY, key ^ ((uint64_t)span << 48));
    double bell = 0; /* 0..1, most often near the middle */
    for (unsigned i = 0; i < 4; i++) {
        bell += (double)((bits >> (16 * i)) & 0xffff) / (4 * 65536.0);
    }
    /* log2 and its inverse, both straight between the powers of two: no need for more. */
    double low = min > 0 ? min : 1;
    double octaves = 0;
    double ratio = max / low;
    for (; ratio >= 2; ratio /= 2) {
        octaves += 1;
    }
    double exponent = bell * (octaves + ratio - 1);
    double value = low;
    for (; exponent >= 1; exponent -= 1) {
        value *= 2;
    }
    value *= 1 + exponent;
    return value < max ? (uint32_t)value : max;
}

/* All first addresses come first: most hosts have one only, so the pages in use stay few. */
uint32_t world_cell(const struct options *options, uint32_t slot)
{
    if (slot >= FIRST_SHARED_SLOT) {
        return SHAPE_ADDRESSES * options->num_hosts + (slot - FIRST_SHARED_SLOT);
    }
    return slot % SHAPE_ADDRESSES * options->num_hosts + slot / SHAPE_ADDRESSES;
}

uint32_t world_cell_slot(const struct options *options, uint32_t cell)
{
    if (cell >= SHAPE_ADDRESSES * options->num_hosts) {
        return FIRST_SHARED_SLOT + (cell - SHAPE_ADDRESSES * options->num_hosts);
    }
    return cell % options->num_hosts * SHAPE_ADDRESSES + cell / options->num_hosts;
}

uint32_t world_num_cells(const struct options *options)
{
    return SHAPE_ADDRESSES * options->num_hosts + WORLD_SHARED_SLOTS;
}
