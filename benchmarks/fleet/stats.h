/*
 * What the clients did, counted per address in memory that all processes share, so that a test can
 * assert how polite a scanner is. The memory is mapped lazily: only addresses in use cost any.
 */
#ifndef MXGRADE_FLEET_STATS_H
#define MXGRADE_FLEET_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "benchmarks/fleet/options.h"

/* X(name): per address, in the dump under the same name. */
#define STATS_ADDRESS_TABLE(X)                                                                     \
    X(connections)                                                                                 \
    X(open)                                                                                        \
    X(peak_open)                                                                                   \
    X(handshakes)                                                                                  \
    X(handshakes_failed) /* real TLS that did not come to its end, whoever ended it */             \
    X(quits)                                                                                       \
    X(refusals)  /* 421 and 454 given */                                                           \
    X(pregreets) /* connections that spoke before the banner was complete */                       \
    X(pipelined) /* commands sent before the reply to the one before */                            \
    X(injected)  /* STARTTLS with more behind it */                                                \
    X(no_quit)   /* left without QUIT while the server waited for a command */                     \
    X(ehlo_own)  /* EHLO with the server's own name or address: a forged client name */            \
    X(mail)                                                                                        \
    X(rcpt)                                                                                        \
    X(data)                                                                                        \
    X(unknown_commands)

/* X(name): of the whole fleet. */
#define STATS_TOTAL_TABLE(X)                                                                       \
    X(connections)                                                                                 \
    X(open)                                                                                        \
    X(peak_open)                                                                                   \
    X(strangers) /* connections to addresses where no host lives */                                \
    X(dns_udp)                                                                                     \
    X(dns_tcp)                                                                                     \
    X(dns_a)                                                                                       \
    X(dns_aaaa)                                                                                    \
    X(dns_mx)                                                                                      \
    X(dns_txt)                                                                                     \
    X(dns_tlsa)                                                                                    \
    X(dns_ptr)                                                                                     \
    X(dns_other)                                                                                   \
    X(dns_malformed)

/* X(name): of each operator of shared addresses, all of them together. */
#define STATS_OPERATOR_TABLE(X)                                                                    \
    X(connections)                                                                                 \
    X(open)                                                                                        \
    X(peak_open)                                                                                   \
    X(peak_per_second)                                                                             \
    X(banned) /* connections refused since it had enough */

#define STATS_BLOCK 64u

struct stats_address {
#define X(name) atomic_uint name;
    STATS_ADDRESS_TABLE(X)
#undef X
};

struct stats_total {
#define X(name) atomic_uint name;
    STATS_TOTAL_TABLE(X)
#undef X
};

struct stats_operator {
#define X(name) atomic_uint name;
    STATS_OPERATOR_TABLE(X)
#undef X
    atomic_uint second;    /* the one that is being counted */
    atomic_uint in_second; /* its connections so far */
};

struct stats {
    const struct options *options;
    struct stats_total *total;
    struct stats_operator *operators; /* WORLD_OPERATORS of them */
    struct stats_address *addresses;  /* world_num_cells() of them */
    atomic_uchar *blocks_used;        /* one for each STATS_BLOCK addresses: reading maps memory */
    size_t map_len;
};

bool stats_init(struct stats *stats, const struct options *options);

void stats_fini(struct stats *stats);

/* The slot's counters, from now on part of the dump. */
struct stats_address *stats_of_slot(const struct stats *stats, uint32_t slot);

/* Returns the number before. */
unsigned stats_add(atomic_uint *counter);

/*
 * Counts one more open connection and keeps the peak; returns how many are open now. `gone` of
 * those counted have been closed by the client, which the server is still to notice.
 */
unsigned stats_open(atomic_uint *open, atomic_uint *peak, unsigned gone);

void stats_close(atomic_uint *open);

/*
 * Counts a connection to an operator in the second `now_s` (of any clock that all processes share).
 * True if the client is banned, from then on.
 */
bool stats_open_operator(const struct stats *stats, uint32_t operator, unsigned now_s);

/* Writes FILE anew as a whole: a "total" line, then a line for each operator and address called. */
bool stats_dump(const struct stats *stats, const char *file);

#endif
