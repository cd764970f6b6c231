/*
 * Questions of which it matters whether a failure is one of validation. SERVFAIL says that, or that
 * the name servers are lame (RFC 4035 section 5.5), and a resolver that explains itself (RFC 8914)
 * says "bogus" of some lame zones too. So a question that ends in SERVFAIL is asked once more
 * without validation (CD). An answer to that shows what the name servers hold, and the failure was
 * one of validation, if the resolver says so or a third question, with validation, fails again.
 */
#ifndef MXGRADE_IO_DNS_VALIDATED_H
#define MXGRADE_IO_DNS_VALIDATED_H

#include <stdbool.h>

#include "io/dns/dns.h"

/*
 * `unchecked` is NULL unless the answer is bogus. Then `answer` is DNS_SERVFAIL with `bogus` set,
 * and `unchecked` is the answer without validation: DNS_OK, DNS_NODATA or DNS_NXDOMAIN. Both are
 * borrowed for the time of the call, in which the question may be asked again.
 */
typedef void (*dns_validated_callback)(void *user, const struct dns_answer *answer,
                                       const struct dns_answer *unchecked);

/* The caller embeds it, sets the first part, and keeps it and the name until the callback. */
struct dns_validated {
    struct dns *dns;
    const char *name; /* borrowed */
    enum dns_type type;
    /* The resolver's word on validation counts. Otherwise every answer is passed on as it is. */
    bool trusts_resolver;
    dns_validated_callback callback;
    void *user;

    struct dns_waiter waiter;
    bool is_there; /* without validation the question has an answer */
    bool is_bogus; /* validation has failed, if there is an answer without it */
};

/* As dns_ask() and dns_put_off(): the callback comes exactly once, later. */
void dns_validated_ask(struct dns_validated *question);
void dns_validated_put_off(struct dns_validated *question);

/*
 * The question as text, with the end of an alias: "A mx.example.org, an alias of a.example.net".
 * For the caller to free; NULL on lack of memory.
 */
char *dns_validated_text(const struct dns_validated *question, const struct dns_answer *unchecked);

#endif
