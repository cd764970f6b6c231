/*
 * The sums of RFC 6298 section 2. Its weights, an eighth and a quarter, are for one sample a round
 * trip; here hundreds of questions are under way at once, some answered from the resolver's cache
 * and some not, and it takes more of them to know both kinds.
 */
#include "io/dns/dns_patience.h"

#include <math.h>

#define WEIGHT        (1. / 64)
#define SPREAD_WEIGHT (1. / 32)
#define SPREADS       4

/* RFC 6298 section 2.1 */
#define FIRST_MS 1000.

/* About what unbound waits for a server that it knows nothing of: most names are found by then. */
#define LEAST_MS 400.

/* One question in ten may be repeated, of those in a burst as many as are lost with a full socket
 * buffer. */
#define PRICE       10
#define CREDIT_MOST (100 * PRICE)

void dns_patience_note(struct dns_patience *patience, double elapsed_ms)
{
    if (patience->credit < CREDIT_MOST) {
        patience->credit++;
    }
    if (!patience->known) {
        patience->known = true;
        patience->usual_ms = elapsed_ms;
        patience->spread_ms = elapsed_ms / 2;
        return;
    }
    double error_ms = elapsed_ms - patience->usual_ms;
    patience->spread_ms += (fabs(error_ms) - patience->spread_ms) * SPREAD_WEIGHT;
    patience->usual_ms += error_ms * WEIGHT;
}

double dns_patience_ms(const struct dns_patience *patience)
{
    double ms = patience->usual_ms + SPREADS * patience->spread_ms;
    return !patience->known ? FIRST_MS : ms < LEAST_MS ? LEAST_MS : ms;
}

bool dns_patience_take(struct dns_patience *patience)
{
    if (patience->credit < PRICE) {
        return false;
    }
    patience->credit -= PRICE;
    return true;
}
