/*
 * SPF, RFC 7208: what the TXT records of a domain say of who may send in its name. Its syntax is
 * checked; nothing that it names is asked for, and no grade rests on it.
 */
#ifndef MXGRADE_SCANNER_SPF_H
#define MXGRADE_SCANNER_SPF_H

#include "io/base/arena.h"
#include "io/dns/dns.h"
#include "output/record/record.h"

/*
 * Reads the TXT answer for the domain. The status is yes with one record without an error of
 * syntax, no with none and with a record that gives a permanent error (RFC 7208, section 2.6.7),
 * and unknown where the question failed. Texts are copied into the arena. False on lack of memory.
 */
bool spf_of_answer(struct arena *arena, const struct dns_answer *answer,
                   struct spf_record *out_record);

/* The same of records at hand. */
bool spf_of_records(struct arena *arena, const struct text *records, size_t num_records,
                    struct spf_record *out_record);

#endif
