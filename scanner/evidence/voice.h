/*
 * What a mail server is known by in words: its greeting and its answer to EHLO, without what varies
 * from one dialogue to the next or from one machine of an organisation to the other.
 */
#ifndef MXGRADE_SCANNER_VOICE_H
#define MXGRADE_SCANNER_VOICE_H

#include "io/base/table.h"
#include "output/record/record.h"

/*
 * Two servers have the same voice if these differ in nothing but letter case, white space, reply
 * codes, dates, words with digits, which are addresses, sizes, times and identifiers, and host
 * names of one organisational domain. Names of two organisations are two voices.
 */
uint64_t voice_of(const struct table_seed *seed, struct text greeting, struct text ehlo);

#endif
