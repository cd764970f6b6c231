/*
 * The checks of "mxgrade doctor", each in a file of its own: scanner/doctor/doctor.c has the table.
 * A check fills a finding that is empty. Those that ask the DNS or call servers keep within the
 * examination's deadline.
 */
#ifndef MXGRADE_SCANNER_CHECKS_H
#define MXGRADE_SCANNER_CHECKS_H

#include "scanner/doctor/examination.h"

typedef void doctor_check(struct examination *examination, struct doctor_finding *finding);

/* The first of all: it finds out what the others rest on. */
doctor_check check_resolver;
doctor_check check_nxdomain;
doctor_check check_dnssec;
doctor_check check_ipv6;
/* Before the next: it finds the name to greet with. */
doctor_check check_name;
doctor_check check_port_25;
doctor_check check_descriptors;
doctor_check check_local_ports;
doctor_check check_disk;
doctor_check check_clock;
doctor_check check_libraries;
doctor_check check_sandbox;

#endif
