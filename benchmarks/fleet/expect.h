/*
 * The fleet on paper: the lists to scan, and what a scanner must find there.
 */
#ifndef MXGRADE_FLEET_EXPECT_H
#define MXGRADE_FLEET_EXPECT_H

#include <stdio.h>

#include "benchmarks/fleet/options.h"

/* One domain a line. */
void expect_domains(const struct options *options, FILE *stream);

/* One MX host name a line, each once. */
void expect_hosts(const struct options *options, FILE *stream);

/* The behaviours and shapes with their default weights. */
void expect_behaviours(FILE *stream);

/*
 * JSON lines. For each domain {"type":"domain","domain","shape","mail","dns_outcome","mx":[...]},
 * for each host name and address {"type":"endpoint","host","address","behaviour","outcome",...};
 * a host without an address to contact has one endpoint line with "address":null.
 */
void expect_records(const struct options *options, FILE *stream);

#endif
