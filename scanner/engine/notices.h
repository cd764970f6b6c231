/*
 * What a run says of this machine, its network and its resolver: what is wrong, how it is known,
 * and what to do. Whoever calls decides whether it is so, and sees to it that each is said once.
 */
#ifndef MXGRADE_SCANNER_NOTICES_H
#define MXGRADE_SCANNER_NOTICES_H

#include <stdint.h>

#include "scanner/base/config.h"
#include "scanner/engine/blame.h"
#include "scanner/engine/interception.h"
#include "scanner/engine/outage.h"
#include "scanner/engine/own_resolver.h"

/* The network or the resolver fails for everyone, as the state of `outage` says. */
void notice_outage(const struct config *config, const struct outage *outage, unsigned port);

/* All servers accept the connection and none has greeted yet. */
void notice_waiting(unsigned port);

/* Something on the way speaks in place of the servers: the run is void. */
void notice_intercepted(unsigned port, const struct interception_verdict *verdict);

/* The servers have in common what is a reason to look twice, and no verdict; if they have. */
void notice_uniform(unsigned port, const struct interception_verdict *verdict);

/* Nobody answered, and the networks are too few for a verdict. */
void notice_no_answer(unsigned port, const struct network_verdict *verdict);

/* The resolver is silent. */
void notice_dead_resolver(const struct config *config, uint64_t num_failed);

/* The resolver of this run has ended. */
void notice_own_resolver(const struct own_resolver *resolver, enum own_resolver_news news);

/* This machine has no route, or no --source, for a family of which mail hosts have addresses. */
void notice_unrouted(const struct config *config);

/* No further line is begun, as so many were given up for lack of memory. */
void notice_too_many_given_up(uint64_t num_lines);

/* So many lines were given up for lack of memory. */
void notice_given_up(uint64_t num_lines, bool can_be_resumed);

/* The resolver is blamed for failed validation. */
void notice_blamed(const struct config *config, const struct blame_counts *counts);

#endif
