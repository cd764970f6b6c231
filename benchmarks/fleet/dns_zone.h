/*
 * What the fleet's name server says: the answer to a question, from the world alone.
 */
#ifndef MXGRADE_FLEET_DNS_ZONE_H
#define MXGRADE_FLEET_DNS_ZONE_H

#include <stdbool.h>

#include "benchmarks/fleet/dns_message.h"
#include "benchmarks/fleet/options.h"

/* False if the question must stay without an answer. */
bool zone_answer(const struct options *options, const struct dns_question *question, bool by_tcp,
                 struct dns_answer *answer);

#endif
