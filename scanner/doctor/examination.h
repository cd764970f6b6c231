/*
 * What the checks of "mxgrade doctor" share: whom they may ask, until when, and how a check says
 * what it found.
 */
#ifndef MXGRADE_SCANNER_EXAMINATION_H
#define MXGRADE_SCANNER_EXAMINATION_H

#include "io/base/clock.h"
#include "io/dns/dns.h"
#include "output/record/record.h"
#include "scanner/base/config.h"
#include "scanner/engine/canaries.h"

#define DOCTOR_TEXT_MAX 512

/* What a check has found: a clause for people, without a dot at its end, and what to do. */
struct doctor_finding {
    enum doctor_status status;
    char found[DOCTOR_TEXT_MAX];
    char remedy[DOCTOR_TEXT_MAX]; /* "": nothing is to be done */
};

struct examination {
    const struct config *config;      /* borrowed; its exclude is loaded */
    const struct config_texts *hosts; /* borrowed: servers to be called, host[:port] */
    const char *list;                 /* "-": standard input; NULL: none was named */
    struct canaries canaries;
    struct moment deadline; /* nobody is asked anything after it */
    /* What earlier checks have found out. */
    bool is_resolver_dead;  /* it has answered nothing; no other check asks it */
    enum dns_outcome root;  /* of the question for the root's SOA */
    bool is_root_authentic; /* its AD bit */
    struct ehlo_name ehlo;  /* to greet with */
};

/* Seconds until the deadline, 0 at least and `most` at most. */
double examination_left(const struct examination *examination, double most);

void finding_set(struct doctor_finding *finding, enum doctor_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void finding_advise(struct doctor_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
