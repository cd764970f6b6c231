/*
 * --resolver own: an unbound that validates DNSSEC for this run alone, on a free port of the
 * loopback address, so that nobody stands between it and us and its AD bit can be believed
 * (RFC 7672 section 2.2.3). It trusts the keys of the root that Debian packages. It ends with this
 * process, however that ends, and leaves nothing behind. On the main thread only.
 */
#ifndef MXGRADE_SCANNER_OWN_RESOLVER_H
#define MXGRADE_SCANNER_OWN_RESOLVER_H

#include "io/dns/unbound_process.h"
#include "scanner/base/config.h"

/* The value of --resolver that asks for it. */
#define OWN_RESOLVER "own"

enum own_resolver_news {
    OWN_RESOLVER_NO_NEWS,
    OWN_RESOLVER_STARTED_AGAIN, /* it had ended, which is borne once */
    OWN_RESOLVER_ENDED          /* and is not started again: see resolver->status */
};

struct own_resolver {
    const struct config *config; /* NULL: none was started */
    struct unbound_process process;
    char address[sizeof("127.0.0.1:65535")]; /* as --resolver takes it */
    unsigned num_starts, num_starts_told;
    int status; /* of unbound, once it has ended: as unbound_process_stop() says */
};

/*
 * Starts it and waits until it takes questions. `num_names` is how many domains the run has, about;
 * 0: nobody knows. `config` is borrowed. False after messages that say what to do;
 * own_resolver_stop() is then due all the same.
 */
bool own_resolver_start(struct own_resolver *resolver, const struct config *config,
                        uint64_t num_names);

/* What has become of it since the last look. Without one there is never any news. */
enum own_resolver_news own_resolver_look(struct own_resolver *resolver);

/* Ends it. Idempotent; fine for one that is all zero, too. */
void own_resolver_stop(struct own_resolver *resolver);

#endif
