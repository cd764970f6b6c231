/*
 * Reading the values of options. Each function fills what it is given and returns NULL, or leaves
 * it and returns what is wrong with the value, to be shown behind it.
 */
#ifndef MXGRADE_SCANNER_OPTION_VALUES_H
#define MXGRADE_SCANNER_OPTION_VALUES_H

#include "scanner/base/config.h"

const char *read_count(const char *value, unsigned *out_count);   /* 1 to 10 million */
const char *read_number(const char *value, unsigned *out_number); /* 0 to 10 million */
const char *read_port(const char *value, uint16_t *out_port);     /* 1 to 65535 */
const char *read_seconds(const char *value, double *out_seconds); /* above 0, to a day */
const char *read_rate(const char *value, double *out_rate);       /* 0 and up */

/* The settings are a struct config. */
const char *read_ehlo(void *settings, const char *value);
const char *read_encoding(void *settings, const char *value);
const char *read_depth(void *settings, const char *value);
const char *read_format(void *settings, const char *value);
const char *read_now(void *settings, const char *value);
const char *read_only(void *settings, const char *value);
const char *read_shard(void *settings, const char *value);
const char *read_progress(void *settings, const char *value);
const char *read_fail_on(void *settings, const char *value);
const char *read_notify(void *settings, const char *value);

#endif
