/*
 * Name constraints (RFC 5280 section 4.2.1.10) on the identifiers that servers have, DNS names and
 * addresses. BoringSSL checks names of most kinds, but gives up on addresses, which would make a
 * chain invalid that is not; and it lets a wildcard pass that stands for an excluded name as well
 * (the class of CVE-2025-61727).
 */
#ifndef MXGRADE_SCANNER_NAME_CONSTRAINTS_H
#define MXGRADE_SCANNER_NAME_CONSTRAINTS_H

#include "scanner/x509/chain_path.h"

/*
 * Comparisons of a name and a constraint for one path. BoringSSL makes up to 2^20 and nothing can
 * interrupt it, so it is not asked about a path that takes more than these: some 10 ms of CPU. An
 * honest path takes a few thousand at most.
 */
#define NAME_CONSTRAINTS_COMPARISONS_MAX 100000

enum name_constraints_verdict {
    NAME_CONSTRAINTS_OBEYED,
    NAME_CONSTRAINTS_VIOLATED,
    NAME_CONSTRAINTS_UNDECIDED /* a name of another kind meets a constraint of its kind */
};

/* Does the path take more than NAME_CONSTRAINTS_COMPARISONS_MAX? Costs next to nothing. */
bool name_constraints_are_too_many(const struct chain_path *path);

/* For a path that does not. */
enum name_constraints_verdict name_constraints_check(const struct chain_path *path);

#endif
