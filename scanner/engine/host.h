/*
 * A host: a name that an MX (or a line of a host list) gave. Its addresses are looked up and its
 * endpoints scanned once per run, on the worker that owns the name; the result is shared,
 * immutable, by everyone who asked.
 */
#ifndef MXGRADE_SCANNER_HOST_H
#define MXGRADE_SCANNER_HOST_H

#include "scanner/engine/host_request.h"

void hosts_init(struct once *hosts, struct worker *worker);

#endif
