/*
 * Reading the values of options. Each function fills what it is given and returns NULL, or leaves
 * it and returns what is wrong with the value, to be shown behind it.
 */
#ifndef MXGRADE_SCANNER_OPTION_VALUES_H
#define MXGRADE_SCANNER_OPTION_VALUES_H

#include "scanner/base/config.h"

const char *read_count(const char *value, unsigned *out_count);   /* 1 to 10 million */
const char *read_port(const char *value, uint16_t *out_port);     /* 1 to 65535 */
const char *read_seconds(const char *value, double *out_seconds); /* above 0, to a day */
const char *read_rate(const char *value, double *out_rate);       /* 0 and up */

const char *read_ehlo(struct config *config, const char *value);
const char *read_depth(struct config *config, const char *value);
const char *read_format(struct config *config, const char *value);
const char *read_now(struct config *config, const char *value);
const char *read_shard(struct config *config, const char *value);
const char *read_progress(struct config *config, const char *value);
const char *read_fail_on(struct config *config, const char *value);

#endif
