/*
 * Inside a target, for the files that are one: target.c makes and starts it, target_mx.c finds the
 * hosts that mail goes to, target_services.c those that people's mail programs use, target_end.c
 * ends it, and target_given_up.c tells of those that were given up.
 */
#ifndef MXGRADE_SCANNER_TARGET_INTERNAL_H
#define MXGRADE_SCANNER_TARGET_INTERNAL_H

#include <sys/queue.h>

#include "scanner/enforcement/dane_plan.h"
#include "scanner/engine/domain_policy.h"
#include "scanner/engine/run.h"
#include "scanner/engine/target.h"
#include "scanner/grading/target_evidence.h"

/*
 * What shows no more than an outage here would show is not believed before a name has resolved, or
 * a server greeted, after it. See outage.h.
 */
struct target_doubt {
    bool is_of_names, is_of_network;    /* what is in doubt */
    uint64_t num_resolved, num_greeted; /* of the watches, when the target was done */
};

/* One of the target's other services, while its hosts are looked for. */
struct service_search {
    struct target *target;
    const struct service *service;
    struct target_service *found; /* what is known of it */
    struct dns_waiter waiter;
    size_t hosts_max; /* for how many hosts there is room */
    bool is_known;    /* the SRV look-up is over */
};

/*
 * What a target needs to find the hosts of a domain and what the domain publishes. In the target's
 * arena. A place of a host list has none of it, and tens of thousands of places wait at once.
 */
struct target_search {
    LIST_ENTRY(target) doubted; /* among those that wait to be believed */
    struct target_doubt doubt;
    struct target_service *services; /* other than between servers; one for each asked for */
    struct service_search *searches; /* for each of them */
    size_t num_services;
    struct target *target;
    const char *problem; /* why the line is no domain, NULL */
    struct domain_policy_waiter policy_waiter;
    const struct domain_published *policy; /* a reference; NULL: not asked for */
    struct dane_lookup mx_lookup;
    struct dns_validated mx_question;
    size_t mx_hosts_left; /* MX hosts that are being scanned */
    bool has_asked_more;  /* addresses of the MX hosts that there was room for */
    bool has_put_off_mx;  /* the MX question has been put off once */
    bool is_mx_known;
};

struct target {
    struct message message;  /* first */
    LIST_ENTRY(target) link; /* among those that its worker has begun */
    struct run *run;
    struct worker *worker;
    struct arena arena;
    const struct hostname *domain; /* a reference; NULL: a place, or a line that is no domain */
    struct domain_record *record; /* in the arena, as everything in it; NULL: a place has no line */
    struct target_search *search; /* in the arena; there if the record is */
    struct target_place place;    /* where there is no record */
    struct target_mx *mx;
    unsigned num_mx;
    unsigned pending;  /* questions, hosts, the policy, and whoever is just starting some */
    uint32_t turn;     /* the number in which it was posted: earlier ones are finished first */
    bool lacks_memory; /* a part of it was lost for lack of memory */
    bool was_stopped;  /* a part of it was not done when the run was stopped */
    bool is_service_done[RUN_SERVICES_MAX]; /* of a place: all endpoints have their records */
};

/* The port that a service is called at. */
uint16_t target_port(const struct target *target, const struct service *service);

/* The port that a service of a host list's line is called at: the line may name it. */
uint16_t target_place_port(const struct target *target, const struct service *service);

/* Something is under way for the target / is over; the last one over ends the target. */
void target_part_started(struct target *target);
void target_part_ended(struct target *target);

/*
 * All parts are over: sends the target's record and frees the target. One that was given up stays
 * among those that its worker has begun, until target_tell_given_up().
 */
void target_finish(struct target *target);
void target_free(struct target *target);
/* The same, of a target whose doubts are over. */
void target_finish_believed(struct target *target);

/* Does what it shows look like an outage here? Then it may wait. */
bool target_is_in_doubt(struct target *target);
void target_wait_to_be_believed(struct target *target);

/* Notes that a part of the target was not done. A DNS outcome is noted only if this machine is its
 * cause. */
void target_note_failure(struct target *target, enum once_failure why);
void target_note_dns_failure(struct target *target, enum dns_outcome outcome);

/* Has a host scanned for a service; its result will be in `mx`, which stays where it is. */
void target_start_host(struct target *target, struct target_mx *mx, const struct service *service,
                       unsigned max_addresses);

/*
 * Has the hosts of a service scanned, in the order of preference. Of all their addresses as many
 * are asked at first as --max-addresses and address_share.h allow.
 */
void target_start_hosts(struct target *target, struct target_mx *hosts, size_t num_hosts,
                        const struct service *service);

/* Finds the hosts of a domain, as parts of the target. */
void target_find_mx(struct target *target);
void target_find_services(struct target *target);

/* The MX hosts are known, or that there are none. */
void target_services_on_mx(struct target *target);

#endif
