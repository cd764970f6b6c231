#include "scanner/engine/run_options.h"

#include <stdio.h>

static void add(struct run_options *options, const char *name, const char *value)
{
    if (options->num_items < RUN_OPTIONS_MAX) {
        options->items[options->num_items++] =
            (struct run_option){name, value != NULL ? value : ""};
    }
}

void run_options_of(const struct config *config, struct run_options *out_options)
{
    static const char *const depths[] = {"quick", "standard", "deep"};
    out_options->num_items = 0;
    snprintf(out_options->port, sizeof(out_options->port), "%u", config->port);
    snprintf(out_options->shard, sizeof(out_options->shard), "%u/%u", config->shard,
             config->num_shards);
    add(out_options, "depth", depths[config->depth]);
    add(out_options, "services", config->services);
    add(out_options, "submission-on-mx", config->submission_on_mx ? "true" : "false");
    add(out_options, "hosts", config->hosts ? "true" : "false");
    add(out_options, "port", config->port != 0 ? out_options->port : "");
    add(out_options, "families",
        config->ipv4 && config->ipv6 ? "4 and 6" : (config->ipv4 ? "4" : "6"));
    add(out_options, "shard", out_options->shard);
    add(out_options, "ca-file", config->ca_file);
    add(out_options, "exclude", config->exclude_file);
}
