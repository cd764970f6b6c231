/*
 * DMARC, RFC 7489: what a domain asks of those who receive mail in its name. The record is at
 * _dmarc.DOMAIN or, where there is none, at that of the organisational domain (section 6.6.3). No
 * grade rests on it.
 */
#ifndef MXGRADE_SCANNER_DMARC_H
#define MXGRADE_SCANNER_DMARC_H

#include "io/base/arena.h"
#include "io/dns/dns.h"
#include "output/record/record.h"

#define DMARC_PREFIX "_dmarc."

/* Whose record it is: of the domain itself, or of its organisational domain. */
enum dmarc_place { DMARC_OF_DOMAIN, DMARC_OF_ORGANISATION };

/*
 * Reads the TXT answer. The status is yes with one record that asks for something, no with none and
 * with one that has to be ignored, and unknown where the question failed. Texts are copied into the
 * arena. *out_is_absent: there is no record, so that the organisational domain is asked next. False
 * on lack of memory.
 */
bool dmarc_of_answer(struct arena *arena, const struct dns_answer *answer, enum dmarc_place place,
                     struct dmarc_record *out_record, bool *out_is_absent);

/* The same of records at hand. */
bool dmarc_of_records(struct arena *arena, const struct text *records, size_t num_records,
                      enum dmarc_place place, struct dmarc_record *out_record, bool *out_is_absent);

#endif
