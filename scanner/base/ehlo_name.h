/*
 * The name we greet with: a host name or an address literal, RFC 5321 sections 4.1.1.1 and 4.1.3.
 * It is made here and nowhere else, so that no text of a resolver or a file of settings gets into a
 * command.
 */
#ifndef MXGRADE_SCANNER_EHLO_NAME_H
#define MXGRADE_SCANNER_EHLO_NAME_H

#include "io/base/address.h"
#include "io/base/hostname.h"

/* All zero: not chosen yet. */
struct ehlo_name {
    char text[HOSTNAME_SIZE];
};

struct ehlo_name ehlo_name_of_host(const struct hostname *host);
struct ehlo_name ehlo_name_of_address(const struct address *address);

/* A host name, qualified or not, or an address, in brackets or not. NULL or a problem, with which
 * *out_name is left alone. */
const char *ehlo_name_parse(const char *text, struct ehlo_name *out_name);

/* Why servers may frown at the name, or NULL: it looks like a public FQDN. */
const char *ehlo_name_problem(const struct ehlo_name *name);

/* What a message says of a name and its problem, and what to do. */
#define EHLO_NAME_PROBLEM "greeting as \"%s\": %s; some servers will refuse it"
#define EHLO_NAME_REMEDY  "give a public name of this machine with --ehlo"

#endif
