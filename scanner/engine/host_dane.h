/*
 * What the DNS says of TLSA for one mail host: asked once, by the rules of dane_plan.h, and shared
 * by all endpoints of the host, on whatever thread they live.
 */
#ifndef MXGRADE_SCANNER_HOST_DANE_H
#define MXGRADE_SCANNER_HOST_DANE_H

#include <stdatomic.h>

#include "io/base/hostname.h"
#include "scanner/enforcement/dane_plan.h"
#include "scanner/enforcement/tlsa.h"

/* Immutable once handed out. */
struct host_dane {
    atomic_uint references;
    enum dane_status status; /* without a set: NONE, INSECURE, TEMPERROR, BOGUS or UNKNOWN */
    struct tlsa_set *set;    /* authentic records to match; NULL: there are none */
    char *base;              /* with a set: the TLSA base domain, RFC 7672 section 2.2.3 */
    /* The base as a host name, for SNI. NULL: it is none. The end of an alias may be any name of
     * the DNS (RFC 2181 section 11), and a host name is less than that. */
    const struct hostname *sni;
    char *bogus; /* with BOGUS: the question whose answer is, such as "A mx.example.org" */
};

/* NULL is fine for both. */
struct host_dane *host_dane_hold(struct host_dane *dane);
void host_dane_release(struct host_dane *dane);

/* With DNS_OK the callee gets a reference, `dane`. Otherwise `dane` is NULL, and `outcome` is
 * DNS_CANCELLED or DNS_SHORTAGE, which also stands for lack of memory. */
typedef void (*host_dane_callback)(void *user, struct host_dane *dane, enum dns_outcome outcome);

/* The callback comes exactly once, perhaps at once. The input is not kept. */
void host_dane_ask(struct dns *dns, const struct dane_plan_input *input,
                   host_dane_callback callback, void *user);

#endif
