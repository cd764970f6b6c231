/* What a domain publishes about TLS towards its mail servers, read: MTA-STS and TLS reporting. */
#ifndef MXGRADE_SCANNER_DOMAIN_PUBLISHED_H
#define MXGRADE_SCANNER_DOMAIN_PUBLISHED_H

#include "scanner/enforcement/mta_sts.h"
#include "scanner/enforcement/tls_rpt.h"

struct domain_published {
    struct mta_sts_txt txt;
    bool is_fetched;
    struct mta_sts_fetch fetch; /* where it is fetched */
    bool has_policy;
    struct mta_sts_policy policy;
    struct tls_rpt_record tls_rpt; /* its problems included */
};

#endif
