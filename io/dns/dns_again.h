/*
 * Questions that are asked again, since one failure of the DNS may pass: one that failed is asked
 * once more after a pause, and one that the asker puts off is asked late, when it is told to be.
 */
#ifndef MXGRADE_IO_DNS_AGAIN_H
#define MXGRADE_IO_DNS_AGAIN_H

#include "io/dns/dns_questions.h"

/* How many pauses a question that is put off waits at least. */
#define DNS_AGAIN_LATE_PAUSES 4

struct dns_again {
    struct ev_loop *loop;
    unsigned pause_ms;                          /* 0: nothing is asked again */
    void (*ask)(struct dns_question *question); /* what has become due */
    struct dns_queue pausing;                   /* all pause equally long: the first is due first */
    struct dns_queue late;                      /* likewise, and then until dns_again_release() */
    size_t num_late;
    ev_timer timer; /* active while one pauses */
};

void dns_again_init(struct dns_again *again, struct ev_loop *loop, unsigned pause_ms,
                    void (*ask)(struct dns_question *question));
void dns_again_fini(struct dns_again *again); /* the questions are the caller's */

/*
 * A question has failed in every try. True: it pauses, as good as new. False: it is to be believed,
 * since it was asked again before, its failure does not pass, or it is only reported.
 */
bool dns_again_take(struct dns_again *again, struct dns_question *question);

/* A new question is put off. */
void dns_again_put_off(struct dns_again *again, struct dns_question *question);

/* Asks those that were put off long enough ago. */
void dns_again_release(struct dns_again *again);

/* Takes out one that waits to be asked again, NULL when there is none. */
struct dns_question *dns_again_pop(struct dns_again *again);

#endif
