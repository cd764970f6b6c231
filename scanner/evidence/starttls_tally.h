/*
 * How many dialogues with a server were offered STARTTLS, and how many were not, whatever name they
 * came under. The order in which observations are added makes no difference.
 *
 * A server may hide STARTTLS from an address that has provoked it. So a dialogue without STARTTLS
 * that came after a provocation of ours could not tell. Only a dialogue with STARTTLS can provoke,
 * so that STARTTLS was seen before.
 */
#ifndef MXGRADE_SCANNER_STARTTLS_TALLY_H
#define MXGRADE_SCANNER_STARTTLS_TALLY_H

#include "output/record/record.h"
#include "scanner/evidence/observation.h"

#define STARTTLS_TALLY_KEPT 6

struct starttls_tally {
    /* In whole seconds of monotonic time; those of `with` and `without` mean nothing while the
     * count is zero. */
    uint32_t first_with, last_with;
    uint32_t provoked;                     /* the first time; 0: never */
    uint32_t without[STARTTLS_TALLY_KEPT]; /* the earliest seconds that differ, in order */
    uint8_t num_kept;                      /* of them */
    uint8_t num_with, num_without;         /* dialogues, 255 at most */
};

/* All zero is an empty one. Takes a dialogue that came as far as the capabilities, else nothing. */
void starttls_tally_add(struct starttls_tally *tally, const struct observation *observation);

/* The votes as a record shows them. */
void starttls_tally_count(const struct starttls_tally *tally, struct offer_votes *out_votes);

#endif
