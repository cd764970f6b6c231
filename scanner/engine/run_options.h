/* The options that shape results, as the run record lists them and as --resume compares them. */
#ifndef MXGRADE_SCANNER_RUN_OPTIONS_H
#define MXGRADE_SCANNER_RUN_OPTIONS_H

#include "output/record/record.h"
#include "scanner/base/config.h"

#define RUN_OPTIONS_MAX 16

struct run_options {
    struct run_option items[RUN_OPTIONS_MAX];
    size_t num_items;
    char port[8];
    char shard[24];
};

/* Strings are borrowed from the config and from *out_options itself. */
void run_options_of(const struct config *config, struct run_options *out_options);

#endif
