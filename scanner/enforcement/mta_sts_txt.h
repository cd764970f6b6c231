/*
 * The TXT record that announces an MTA-STS policy, at _mta-sts.DOMAIN: RFC 8461 section 3.1. Of all
 * TXT records there exactly one must start with the version; its id tells one policy from the next.
 */
#ifndef MXGRADE_SCANNER_MTA_STS_TXT_H
#define MXGRADE_SCANNER_MTA_STS_TXT_H

#include <stddef.h>
#include <stdint.h>

#include "io/dns/dns.h"
#include "output/record/record.h"

#define MTA_STS_ID_MAX 32 /* RFC 8461 section 3.1 */

enum mta_sts_txt_status {
    MTA_STS_TXT_UNKNOWN, /* it could not be asked for */
    MTA_STS_TXT_ABSENT,
    MTA_STS_TXT_INVALID, /* senders take it for absent, but somebody meant it */
    MTA_STS_TXT_VALID    /* a policy is to be fetched */
};

struct mta_sts_txt {
    enum mta_sts_txt_status status;
    char id[MTA_STS_ID_MAX + 1]; /* "" unless valid */
    uint64_t problems;           /* MTA_STS_PROBLEM_BIT()s */
};

/* `records`: each the joined strings of one TXT record. */
void mta_sts_txt_select(const struct text *records, size_t num_records, struct mta_sts_txt *out);

void mta_sts_txt_of_answer(const struct dns_answer *answer, struct mta_sts_txt *out);

#endif
