/* The options that shape results, as the run record lists them and as --resume compares them. */
#ifndef MXGRADE_SCANNER_RUN_OPTIONS_H
#define MXGRADE_SCANNER_RUN_OPTIONS_H

#include "io/net/proxy.h"
#include "output/record/record.h"
#include "scanner/base/config.h"

#define RUN_OPTIONS_MAX 40

/* Behind the name of an option that names a file: the digest of what the file said. */
#define RUN_OPTION_OF_FILE "-sha256"

#define RUN_OPTION_NUMBERS_MAX 16
#define RUN_OPTION_TEXTS_SIZE  (CONFIG_LIST_MAX * 64) /* the longest prefix is shorter */

struct run_options {
    struct run_option items[RUN_OPTIONS_MAX];
    size_t num_items;
    char numbers[RUN_OPTION_NUMBERS_MAX][32];
    size_t num_numbers;
    char allow_net[RUN_OPTION_TEXTS_SIZE];
    char extra_ca[RUN_OPTION_TEXTS_SIZE];
    char source[RUN_OPTION_TEXTS_SIZE];
    char proxy[PROXY_URL_SIZE];
    char ehlo[RUN_OPTION_TEXTS_SIZE * 4];
};

/* Strings are borrowed from the config and from *out_options itself. What a run finds out, its name
 * for EHLO and whether the resolver is on this machine, must have been found out. */
void run_options_of(const struct config *config, struct run_options *out_options);

#endif
