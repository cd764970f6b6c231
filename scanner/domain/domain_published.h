/* What a domain publishes about TLS to its mail servers, parsed: MTA-STS and TLS reporting;
 * and, for information, SPF and DMARC. */
#ifndef MXGRADE_SCANNER_DOMAIN_PUBLISHED_H
#define MXGRADE_SCANNER_DOMAIN_PUBLISHED_H

#include "scanner/enforcement/dmarc.h"
#include "scanner/enforcement/mta_sts.h"
#include "scanner/enforcement/spf.h"
#include "scanner/enforcement/tls_rpt.h"

struct domain_published {
    struct mta_sts_txt txt;
    bool is_fetched;
    struct mta_sts_fetch fetch; /* if is_fetched */
    bool has_policy;
    struct mta_sts_policy policy;
    struct tls_rpt_record tls_rpt; /* with its problems */
    struct spf_record spf;
    struct dmarc_record dmarc;
};

#endif
