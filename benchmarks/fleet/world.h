/*
 * The world: which host lives at which address, how it behaves, what the DNS says about a domain.
 * Everything here is a pure function of the options; nothing is stored per host.
 *
 * Addresses. 127.16.0.0 to 127.239.255.255 are WORLD_ADDRESSES places, numbered by slots. Domain I
 * owns the slots 8I to 8I+7, handed to the addresses of its hosts in order; the providers' shared
 * hosts own the last slots, and the pools of the large providers those before. Slot s lives at
 * place (s * 65795) mod WORLD_ADDRESSES, counted from 127.16.0.0. The factor is odd and no multiple
 * of 7, so coprime to WORLD_ADDRESSES = 14 * 2^20, and the map is a bijection; being 65536 + 259 it
 * puts neighbours into different /16 and /24.
 */
#ifndef MXGRADE_FLEET_WORLD_H
#define MXGRADE_FLEET_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "benchmarks/fleet/behaviour.h"
#include "benchmarks/fleet/options.h"
#include "benchmarks/fleet/shape.h"

#define WORLD_ADDRESSES (14u << 20)

#define WORLD_LARGE_PROVIDERS    4u
#define WORLD_HOSTERS            20u
#define WORLD_PROVIDERS          (WORLD_LARGE_PROVIDERS + WORLD_HOSTERS)
#define WORLD_PROVIDER_HOSTS     4u
#define WORLD_PROVIDER_ADDRESSES 2u
#define WORLD_PROVIDER_SLOTS     (WORLD_PROVIDERS * WORLD_PROVIDER_HOSTS * WORLD_PROVIDER_ADDRESSES)

#define WORLD_POOLS              2u
#define WORLD_POOL_ADDRESSES     128u
#define WORLD_POOL_SLOTS         (WORLD_POOLS * WORLD_POOL_ADDRESSES)
#define WORLD_CUSTOMER_ADDRESSES 2u /* of the pool, for the name of one customer */

#define WORLD_SHARED_SLOTS (WORLD_POOL_SLOTS + WORLD_PROVIDER_SLOTS)
#define WORLD_HOSTS_MAX    ((WORLD_ADDRESSES - WORLD_SHARED_SLOTS) / SHAPE_ADDRESSES)

/* Who counts the connections to a shared address. */
#define WORLD_OPERATORS (WORLD_PROVIDERS + WORLD_POOLS)

enum host_owner {
    OWNER_DOMAIN,   /* host `variant` of domain `index` */
    OWNER_PROVIDER, /* host `variant` of the provider with that number */
    OWNER_POOL,     /* the name of customer `index` at pool `variant` */
};

struct host {
    enum host_owner owner;
    uint32_t index;
    uint8_t variant;
};

/* The IPv4 address of a slot, in host byte order. */
uint32_t world_address(uint32_t slot);

/* False if the address is not one of the fleet's places. */
bool world_slot(uint32_t address, uint32_t *out_slot);

/* The host that lives at a slot; false if nobody does. */
bool world_host_at(const struct options *options, uint32_t slot, struct host *out_host);

unsigned world_num_addresses(const struct options *options, const struct host *host);

/* The slot of one of the host's addresses, counted from 0. */
uint32_t world_host_slot(const struct options *options, const struct host *host, unsigned address);

const struct shape *world_shape(const struct options *options, uint32_t domain);

/* The operator of a shared address, from 0; false if the address belongs to a domain. */
bool world_operator(uint32_t slot, uint32_t *out_operator);

/* The pool of a domain with the answer MX_CUSTOMER: three of five use the first. */
uint8_t world_pool(const struct options *options, uint32_t domain);

/*
 * The provider of a domain with the answer MX_PROVIDER, of which the first has half, or MX_HOSTER,
 * who are all alike.
 */
uint32_t world_provider(const struct options *options, uint32_t domain);

/* The preference of a provider's host: two of the first rank, two of the second. */
int world_provider_preference(uint8_t variant);

const struct behaviour *world_behaviour(const struct options *options, const struct host *host);

enum world_span { SPAN_RTT, SPAN_BANNER, SPAN_SLOW_BANNER, SPAN_DNS };

/*
 * A host's own time within the span: a sum of uniform draws on a logarithmic scale, so that most
 * hosts lie around the geometric mean and a few far out.
 */
uint32_t world_delay_ms(const struct options *options, uint64_t key, enum world_span span);

/* A number for each slot in use, dense from 0, for per-address tables of world_num_cells(). */
uint32_t world_cell(const struct options *options, uint32_t slot);

uint32_t world_cell_slot(const struct options *options, uint32_t cell);

uint32_t world_num_cells(const struct options *options);

#endif
