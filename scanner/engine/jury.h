/*
 * Who may convict a network. A verdict on the run as a whole, such as "the port is blocked", rests
 * on votes of servers that have nothing to do with each other, so that no single supplier, provider
 * or network decides it for the others. Pure.
 */
#ifndef MXGRADE_SCANNER_JURY_H
#define MXGRADE_SCANNER_JURY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/address.h"
#include "io/base/hostname.h"
#include "io/base/table.h"

/* A verdict takes so many votes, and so many percent of all of them. */
#define JURY_ENOUGH  20
#define JURY_PERCENT 95
/* No more votes are heard: so many are enough to know, and a large run stays cheap. */
#define JURY_VOTES_MAX 256

/*
 * Where a vote comes from, as keys: two jurors are related if a key of theirs is the same. 0: there
 * is no such key.
 */
struct juror {
    uint64_t network;  /* the AS number where it is known, else the /16 (of IPv6 the /32) */
    uint64_t provider; /* the organisational domain of the MX host, of which the first label counts:
                        * a company has its name in many countries */
    uint64_t line;     /* of the list, for which the host was first asked */
};

/* `asn` is 0 and `host` is NULL where they are not known. */
struct juror jury_juror(const struct table_seed *seed, const struct address *address, uint32_t asn,
                        const struct hostname *host, uint64_t line);

struct jury_vote {
    struct juror juror;
    uint64_t charge; /* what the juror saw; the caller's numbers */
};

/* All zero is a jury that has heard nobody. */
struct jury {
    struct jury_vote votes[JURY_VOTES_MAX];
    size_t num_votes;
    bool is_dismissed; /* there is no verdict any more, whatever is heard */
};

/*
 * Hears a vote. One that is related to an earlier vote does not count; the same juror changes its
 * vote.
 */
void jury_hear(struct jury *jury, const struct juror *juror, uint64_t charge);

/* Something answered properly: there is no verdict any more / what was heard before counts no
 * longer. */
void jury_dismiss(struct jury *jury);
void jury_clear(struct jury *jury);

/* How many votes the charge has. */
size_t jury_count(const struct jury *jury, uint64_t charge);

/* The charge with the most votes, and how many; 0: there is no vote. */
size_t jury_leading(const struct jury *jury, uint64_t *out_charge);

/* Has a charge with `count` votes JURY_PERCENT of all, and at least `enough`? Never after the jury
 * was dismissed. */
bool jury_is_verdict(const struct jury *jury, size_t count, size_t enough);

#endif
