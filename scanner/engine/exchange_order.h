/*
 * Which of the MX records of an answer count, and in which order: the lowest preference first, each
 * host once. RFC 5321 section 5.1.
 */
#ifndef MXGRADE_SCANNER_EXCHANGE_ORDER_H
#define MXGRADE_SCANNER_EXCHANGE_ORDER_H

#include <stddef.h>

#include "io/dns/dns.h"

/*
 * Puts the records in `out_records`, at most `max` of them, and returns how many there are. A host
 * that is named twice stands there with its lowest preference; of more than `max` hosts the
 * preferred ones are kept. Hosts of one preference stand in the order of their names, so that the
 * order of the answer, which changes with each question, does not show. They borrow from the
 * answer.
 */
size_t exchange_order(const struct dns_answer *answer, const struct dns_record **out_records,
                      size_t max);

#endif
