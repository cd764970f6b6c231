/*
 * How long the answers of one resolver usually take, and so when a question that got none is sent
 * once more; and how many may be, so that a resolver that is slow because it is asked too much is
 * not asked yet more. Pure.
 */
#ifndef MXGRADE_IO_DNS_PATIENCE_H
#define MXGRADE_IO_DNS_PATIENCE_H

#include <stdbool.h>

/* All zero is the beginning, when nothing is known and nothing may be repeated. */
struct dns_patience {
    bool known;
    double usual_ms;
    double spread_ms; /* the usual distance from usual_ms */
    unsigned credit;
};

/* An answer came, so long after its question was first sent. */
void dns_patience_note(struct dns_patience *patience, double elapsed_ms);

/* A question that has waited so long is probably lost. */
double dns_patience_ms(const struct dns_patience *patience);

/* Takes the credit for one repetition; false if there is none. */
bool dns_patience_take(struct dns_patience *patience);

#endif
