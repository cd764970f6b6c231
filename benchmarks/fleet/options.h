/*
 * The command line of the fleet simulator, read once into a struct that is constant afterwards.
 */
#ifndef MXGRADE_FLEET_OPTIONS_H
#define MXGRADE_FLEET_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define OPTIONS_BEHAVIOURS_MAX 128
#define OPTIONS_SHAPES_MAX     64
#define OPTIONS_PROCESSES_MAX  64

/* A time that differs from host to host between two bounds. */
struct span_ms {
    uint32_t min_ms;
    uint32_t max_ms;
};

enum command {
    COMMAND_SERVE,
    COMMAND_LIST,
    COMMAND_HOSTS,
    COMMAND_EXPECT,
    COMMAND_BEHAVIOURS,
    COMMAND_HELP
};

struct options {
    enum command command;
    uint32_t num_hosts;
    uint64_t seed;
    bool each;      /* walk through the tables in order instead of drawing from the mix */
    bool own_zones; /* every domain a registrable name of its own */
    uint16_t port;
    uint16_t dns_port;
    unsigned processes;
    unsigned seconds;
    unsigned rate_connections;
    unsigned ban_rate; /* 0: nobody is banned */
    struct span_ms rtt;
    struct span_ms banner;
    struct span_ms slow_banner;
    struct span_ms dns_rtt;
    const char *groups; /* of TLS, as BoringSSL names them; NULL: its own choice */
    const char *stats_file;
    const char *calls_file;
    const char *root_file;
    const char *intermediate_file;
    unsigned behaviour_weights[OPTIONS_BEHAVIOURS_MAX];
    unsigned shape_weights[OPTIONS_SHAPES_MAX];
    uint64_t behaviour_total;
    uint64_t shape_total;
};

/* False after a message on standard error. The strings stay those of argv. */
bool options_parse(struct options *out_options, int argc, char **argv);

void options_usage(FILE *stream);

#endif
