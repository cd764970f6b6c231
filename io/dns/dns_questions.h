/*
 * The questions of a run by name and type, and whether the answer is to be validated, those under
 * way and those answered, and the queues that they stand in. Of the answered ones the newest are
 * kept.
 */
#ifndef MXGRADE_IO_DNS_QUESTIONS_H
#define MXGRADE_IO_DNS_QUESTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/dns/dns.h"
#include "io/dns/dns_resolver.h"
#include "io/base/table.h"

STAILQ_HEAD(dns_waiter_list, dns_waiter); /* in order of asking */

struct dns_question {
    struct table_node node; /* first: the table knows questions by it */
    struct dns *dns;
    STAILQ_ENTRY(dns_question) queued; /* in the one queue that it stands in */
    STAILQ_ENTRY(dns_question) kept;   /* among the answered ones, the oldest first */
    struct dns_waiter_list waiters;
    struct dns_attempt attempt;
    bool answered;
    bool to_be_told; /* its waiters are: it stands in that queue */
    bool unchecked;  /* asked with CD: another question than the one without */
    bool without_edns;
    bool is_again;             /* it has failed before, or was put off: it is then believed */
    bool lacked;               /* a try could not be made for lack of memory or descriptors */
    enum dns_outcome outcome;  /* until answered: the most telling failure so far */
    struct dns_answer *answer; /* NULL where no message was received */
    int64_t started_ms;
    int64_t rested_ms; /* when it will have rested */
    size_t upstream;
    uint8_t tries[DNS_RESOLVERS_MAX];
    enum dns_type type;
    char name[];
};

STAILQ_HEAD(dns_queue, dns_question);

struct dns_questions {
    struct table_seed seed;
    struct table table;
    struct dns_queue kept;
    size_t num_kept;
};

/* Takes the first one out of a queue; NULL when it is empty. */
struct dns_question *dns_queue_pop(struct dns_queue *queue);

void dns_questions_init(struct dns_questions *questions);
void dns_questions_fini(struct dns_questions *questions); /* there must be none left */

struct dns_question *dns_questions_find(const struct dns_questions *questions, const char *name,
                                        enum dns_type type, bool unchecked);

/* A new question; NULL on lack of memory. */
struct dns_question *dns_questions_add(struct dns_questions *questions, const char *name,
                                       enum dns_type type, bool unchecked);

/* Takes it out of the table; the caller frees it. Not for one that is kept. */
void dns_questions_remove(struct dns_questions *questions, struct dns_question *question);

/* From now on it belongs to the kept ones: it is evicted when it is the oldest. */
void dns_questions_keep(struct dns_questions *questions, struct dns_question *question);

/* Frees the oldest of the kept ones over `max_kept`; not those whose waiters are to be told. */
void dns_questions_trim(struct dns_questions *questions, size_t max_kept);

/* Takes any question out of it all; NULL when there is none. For tearing down. */
struct dns_question *dns_questions_take_any(struct dns_questions *questions);

void dns_question_free(struct dns_question *question);

#endif
