/*
 * Name constraints (RFC 5280 section 4.2.1.10) on the identifiers that servers have, DNS names and
 * addresses. BoringSSL checks names of most kinds, but gives up on addresses, which would make a
 * chain invalid that is not; and it lets a wildcard pass that stands for an excluded name as well
 * (the class of CVE-2025-61727).
 */
#ifndef MXGRADE_SCANNER_NAME_CONSTRAINTS_H
#define MXGRADE_SCANNER_NAME_CONSTRAINTS_H

#include "scanner/x509/chain_path.h"

/* Comparisons of a name and a constraint for one path; as many as BoringSSL makes. */
#define NAME_CONSTRAINTS_COMPARISONS_MAX (1u << 20)

enum name_constraints_verdict {
    NAME_CONSTRAINTS_OBEYED,
    NAME_CONSTRAINTS_VIOLATED, /* also where there is too much to compare */
    NAME_CONSTRAINTS_UNDECIDED /* a name of another kind meets a constraint of its kind */
};

enum name_constraints_verdict name_constraints_check(const struct chain_path *path);

#endif
