/* Questions to the resolver, asked together, while the caller waits. */
#ifndef MXGRADE_SCANNER_QUESTIONS_H
#define MXGRADE_SCANNER_QUESTIONS_H

#include "io/dns/dns.h"
#include "scanner/doctor/examination.h"

#define QUESTION_ADDRESSES_MAX 8
#define QUESTION_HOSTS_MAX     4

struct doctor_question {
    char name[DNS_NAME_MAX];
    enum dns_type type;
    /* The answer. Without one within the time it is DNS_TIMED_OUT. */
    enum dns_outcome outcome;
    bool authentic;                                   /* the AD bit */
    struct address addresses[QUESTION_ADDRESSES_MAX]; /* of DNS_A and DNS_AAAA */
    size_t num_addresses;
    char hosts[QUESTION_HOSTS_MAX][DNS_NAME_MAX]; /* of DNS_PTR, and of DNS_MX, the best first */
    size_t num_hosts;
};

/* Names the question: ask it with questions_ask(). */
void question_set(struct doctor_question *question, const char *name, enum dns_type type);

/* Asks all at once and waits for the answers, four seconds at most. */
void questions_ask(const struct examination *examination, struct doctor_question *questions,
                   size_t num_questions);

/* What the resolver says of a name, asked for A, AAAA and MX. */
enum name_sight {
    NAME_UNKNOWN, /* it said nothing that can be believed */
    NAME_THERE,   /* some records */
    NAME_EMPTY,   /* no such records, and yet not that the name does not exist */
    NAME_ABSENT   /* it does not exist */
};

/* Asks for all of the names. Without memory all are unknown. */
void questions_look_up(const struct examination *examination, const struct hostname *const *names,
                       size_t num_names, enum name_sight *out_sights);

bool question_has_address(const struct doctor_question *question, const struct address *address);

#endif
