/*
 * What the DNS says about a domain of the fleet: one row a shape. A shape names up to SHAPE_HOSTS
 * hosts; what a host's name resolves to is its target.
 */
#ifndef MXGRADE_FLEET_SHAPE_H
#define MXGRADE_FLEET_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHAPE_HOSTS     5
#define SHAPE_ADDRESSES 8 /* of all hosts of a domain together */

/* The answer to the question for a domain's MX. */
enum mx_answer {
    MX_LISTED,    /* the hosts below */
    MX_TRUNCATED, /* the same, but UDP only says to come back with TCP */
    MX_NULL,      /* "0 ." (RFC 7505) */
    MX_LITERAL,   /* an address in the place of a name */
    MX_PROVIDER,  /* hosts shared with many other domains */
    MX_HOSTER,    /* the same of a smaller provider, of whom there are more */
    MX_CUSTOMER,  /* a name of the domain's own at a large provider, for addresses all share */
    MX_IMPLICIT,  /* no MX, but the domain itself has the address of host 0 */
    MX_NODATA,    /* neither MX nor address */
    MX_NXDOMAIN,
    MX_SERVFAIL,
    MX_REFUSED,
    MX_TIMEOUT, /* the question is never answered */
};

/* What a host's name resolves to. */
enum target_kind {
    TARGET_NONE, /* no such host: NXDOMAIN */
    TARGET_ADDRESSES,
    TARGET_ALIAS, /* a CNAME to the next host of the domain */
    TARGET_DANGLING,
    TARGET_NODATA,
    TARGET_SERVFAIL,
    TARGET_TIMEOUT,
    TARGET_PRIVATE,       /* 10.0.0.1: must not be contacted */
    TARGET_METADATA,      /* 169.254.169.254: must not be contacted */
    TARGET_IPV6_LOOPBACK, /* AAAA ::1, where nothing listens */
};

#define PREFERENCE_UNLISTED (-1) /* a host that no MX names, such as the target of an alias */

struct shape_host {
    enum target_kind target;
    int16_t preference;
    uint8_t num_addresses;
};

struct shape {
    const char *name;
    unsigned weight; /* in the default mix */
    enum mx_answer mx;
    struct shape_host hosts[SHAPE_HOSTS];
    /* expected, in the words of the records */
    const char *mail;
    const char *dns_outcome;
};

size_t shape_count(void);

const struct shape *shape_at(size_t index);

/* False if there is no such name. */
bool shape_find(const char *name, size_t *out_index);

/* The DNS outcome that a target gives its host, NULL if it has an address to contact. */
const char *target_outcome(enum target_kind target);

#endif
