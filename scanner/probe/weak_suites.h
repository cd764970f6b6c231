/*
 * The weak suites that are asked for, and the classes they fall into: those that TLS stacks in use
 * have, or had, in numbers that fit one hello.
 */
#ifndef MXGRADE_SCANNER_WEAK_SUITES_H
#define MXGRADE_SCANNER_WEAK_SUITES_H

#include <stddef.h>
#include <stdint.h>

#include "io/tls/hello.h"

/* Bits 0 to 7 are enum weak_class of the record, and TLS_CLASS_* of io/tls/tls_suites.h; this one
 * asks for ephemeral DH, to see the size of its prime. */
#define WEAK_SUITES_DHE (1u << 8)
/* Everything there is to ask for. */
#define WEAK_SUITES_ALL 0x1ffu

/* Those suites that have at least one of the wanted classes, at most HELLO_SUITES_MAX. */
size_t weak_suites_offer(unsigned wanted, uint16_t out_suites[HELLO_SUITES_MAX]);

/* All classes of a suite, among WEAK_SUITES_ALL. */
unsigned weak_suites_classes(uint16_t suite);

#endif
