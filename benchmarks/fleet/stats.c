#include "benchmarks/fleet/stats.h"

#include <stdio.h>
#include <sys/mman.h>

#include "benchmarks/fleet/names.h"
#include "benchmarks/fleet/world.h"

#define PATH_MAX_LEN 4096

bool stats_init(struct stats *stats, const struct options *options)
{
    size_t num_cells = world_num_cells(options);
    stats->options = options;
    stats->map_len = sizeof *stats->total + WORLD_OPERATORS * sizeof *stats->operators +
                     num_cells * sizeof *stats->addresses + num_cells / STATS_BLOCK + 1;
    void *memory = mmap(NULL, stats->map_len, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    stats->total = memory;
    stats->operators = (struct stats_operator *)(stats->total + 1);
    stats->addresses = (struct stats_address *)(stats->operators + WORLD_OPERATORS);
    stats->blocks_used = (atomic_uchar *)(stats->addresses + num_cells);
    return true;
}

void stats_fini(struct stats *stats)
{
    munmap(stats->total, stats->map_len);
}

struct stats_address *stats_of_slot(const struct stats *stats, uint32_t slot)
{
    uint32_t cell = world_cell(stats->options, slot);
    atomic_store_explicit(&stats->blocks_used[cell / STATS_BLOCK], 1, memory_order_relaxed);
    return &stats->addresses[cell];
}

unsigned stats_add(atomic_uint *counter)
{
    return atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static void keep_peak(atomic_uint *peak, unsigned value)
{
    unsigned seen = atomic_load_explicit(peak, memory_order_relaxed);
    while (seen < value && !atomic_compare_exchange_weak_explicit(
                               peak, &seen, value, memory_order_relaxed, memory_order_relaxed)) {}
}

unsigned stats_open(atomic_uint *open, atomic_uint *peak, unsigned gone)
{
    unsigned now_open = stats_add(open) + 1 - gone;
    keep_peak(peak, now_open);
    return now_open;
}

void stats_close(atomic_uint *open)
{
    atomic_fetch_sub_explicit(open, 1, memory_order_relaxed);
}

bool stats_open_operator(const struct stats *stats, uint32_t operator, unsigned now_s)
{
    struct stats_operator *counts = &stats->operators[operator];
    unsigned limit = stats->options->ban_rate;
    stats_add(&counts->connections);
    stats_open(&counts->open, &counts->peak_open, 0);
    /* Whoever sees the new second first begins it; one connection more or less is no matter. */
    unsigned second = atomic_load_explicit(&counts->second, memory_order_relaxed);
    if (now_s > second &&
        atomic_compare_exchange_strong_explicit(&counts->second, &second, now_s,
                                                memory_order_relaxed, memory_order_relaxed)) {
        atomic_store_explicit(&counts->in_second, 0, memory_order_relaxed);
    }
    unsigned in_second = stats_add(&counts->in_second) + 1;
    keep_peak(&counts->peak_per_second, in_second);
    bool is_banned = atomic_load_explicit(&counts->banned, memory_order_relaxed) > 0 ||
                     (limit > 0 && in_second > limit);
    if (is_banned) {
        stats_add(&counts->banned);
    }
    return is_banned;
}

static unsigned read_counter(const atomic_uint *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void dump_total(FILE *stream, const struct stats_total *total)
{
    fputs("{\"type\":\"total\"", stream);
#define X(name) fprintf(stream, ",\"" #name "\":%u", read_counter(&total->name));
    STATS_TOTAL_TABLE(X)
#undef X
    fputs("}\n", stream);
}

static void dump_operator(FILE *stream, uint32_t operator, const struct stats_operator * counts)
{
    bool is_pool = operator>= WORLD_PROVIDERS;
    fprintf(stream, "{\"type\":\"operator\",\"operator\":\"%c%u\"", is_pool ? 'c' : 'p',
            is_pool ? operator - WORLD_PROVIDERS : operator);
#define X(name) fprintf(stream, ",\"" #name "\":%u", read_counter(&counts->name));
    STATS_OPERATOR_TABLE(X)
#undef X
    fputs("}\n", stream);
}

static void dump_address(FILE *stream, const struct options *options, uint32_t slot,
                         const struct stats_address *counts)
{
    struct host host;
    if (!world_host_at(options, slot, &host)) {
        return;
    }
    char name[NAME_MAX_LEN];
    char address[NAME_MAX_LEN];
    names_host(options, &host, name);
    names_address(world_address(slot), address);
    fprintf(stream, "{\"type\":\"address\",\"host\":\"%s\",\"address\":\"%s\",\"behaviour\":\"%s\"",
            name, address, world_behaviour(options, &host)->name);
#define X(name) fprintf(stream, ",\"" #name "\":%u", read_counter(&counts->name));
    STATS_ADDRESS_TABLE(X)
#undef X
    fputs("}\n", stream);
}

static void dump_block(FILE *stream, const struct stats *stats, uint32_t block)
{
    uint32_t num_cells = world_num_cells(stats->options);
    uint32_t end = (block + 1) * STATS_BLOCK < num_cells ? (block + 1) * STATS_BLOCK : num_cells;
    for (uint32_t i = block * STATS_BLOCK; i < end; i++) {
        if (read_counter(&stats->addresses[i].connections) > 0) {
            dump_address(stream, stats->options, world_cell_slot(stats->options, i),
                         &stats->addresses[i]);
        }
    }
}

bool stats_dump(const struct stats *stats, const char *file)
{
    char temporary[PATH_MAX_LEN];
    int len = snprintf(temporary, sizeof temporary, "%s.tmp", file);
    if (len < 0 || (size_t)len >= sizeof temporary) {
        return false;
    }
    FILE *stream = fopen(temporary, "we");
    if (stream == NULL) {
        return false;
    }
    dump_total(stream, stats->total);
    for (uint32_t i = 0; i < WORLD_OPERATORS; i++) {
        if (read_counter(&stats->operators[i].connections) > 0) {
            dump_operator(stream, i, &stats->operators[i]);
        }
    }
    uint32_t num_blocks = world_num_cells(stats->options) / STATS_BLOCK + 1;
    for (uint32_t i = 0; i < num_blocks; i++) {
        if (atomic_load_explicit(&stats->blocks_used[i], memory_order_relaxed) != 0) {
            dump_block(stream, stats, i);
        }
    }
    bool written = !ferror(stream);
    written = fclose(stream) == 0 && written;
    return written && rename(temporary, file) == 0;
}
