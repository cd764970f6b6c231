/* All that is known of a domain when it is judged: plain data, gathered by the engine. */
#ifndef MXGRADE_SCANNER_TARGET_EVIDENCE_H
#define MXGRADE_SCANNER_TARGET_EVIDENCE_H

#include "io/base/arena.h"
#include "io/base/hostname.h"
#include "scanner/grading/host_result.h"

#define TARGET_MX_MAX 64 /* MX hosts scanned of a domain; further ones are ignored */

/* An MX of a domain, or a host of another service. */
struct target_mx {
    int32_t preference;          /* -1: implicit */
    const char *name;            /* as the MX names it */
    const struct hostname *host; /* NULL where that cannot be a host */
    bool is_null;                /* "." */
    bool is_address;             /* an IP address where a name belongs */
    bool is_token;               /* proof of who owns the domain; no mail goes there */
    uint16_t port;
    struct host_result *result; /* a reference; NULL where there is no host */
    /* The host's certificates match its TLSA records under the name of this mail domain, though not
     * under the host's own: RFC 7672 section 3.2.2 takes either. */
    bool is_named;
    /* Would a sender that keeps to the domain's MTA-STS policy deliver to it? */
    enum mta_sts_host mta_sts;
};

/* Sets is_null, is_address, is_token and, if `name` is a host name, `host`, which is a reference. A
 * token has a host name too. False on lack of memory. */
bool target_mx_read_name(struct target_mx *mx);

/*
 * The hosts as they are if the resolver is blamed for what was bogus, in the arena: copies that
 * share what they point at. NULL on lack of memory.
 */
struct target_mx *target_mx_in_doubt(const struct target_mx *mx, size_t num_mx,
                                     struct arena *arena);

/* A service of a domain other than mail between servers. */
struct target_service {
    const char *name;
    enum outcome outcome; /* of the SRV look-up */
    enum tri offered;     /* by an SRV record; no: by one that names the root */
    struct target_mx *hosts;
    size_t num_hosts;
};

/* What DANE, MTA-STS and TLS reporting amount to, by the rules of scanner/enforcement. */
struct target_enforcement {
    bool is_asked; /* the domain's policies were asked for; else only `dane` is known */
    enum dane_status dane;
    bool mx_is_signed;
    struct mta_sts_record mta_sts;
    struct tls_rpt_record tls_rpt;
    struct spf_record spf;     /* for information */
    struct dmarc_record dmarc; /* likewise */
};

struct target_evidence {
    const struct target_mx *mx;
    size_t num_mx;
    struct target_enforcement enforcement;
    bool trusts_resolver; /* its AD bit means something */
    const struct target_service *services;
    size_t num_services;
    bool grades_by_mx;   /* else by the services: mail between servers was not asked for */
    const char *problem; /* why the input line is no domain; NULL */
};

#endif
