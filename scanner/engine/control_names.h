/*
 * Questions to the resolver of a run whose answers show whether it can be believed: apart from all
 * others, and not from what is kept of their answers. On the thread of the loop.
 */
#ifndef MXGRADE_SCANNER_CONTROL_NAMES_H
#define MXGRADE_SCANNER_CONTROL_NAMES_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "io/dns/dns.h"

/* So many seconds pass at most, by CONTROL_NAMES_TRIES tries of a second. */
#define CONTROL_NAMES_TRIES 6

struct control_question {
    char name[DNS_NAME_MAX];
    enum dns_type type;
    /* The answer. */
    enum dns_outcome outcome;
    struct address address; /* the first, of DNS_A and DNS_AAAA; all zero: none */
};

struct control_names;

/* `servers` as for dns_new(). Copies the questions and asks them all at once. NULL on lack of
 * memory. */
struct control_names *control_names_new(struct ev_loop *loop, const char *servers,
                                        const struct control_question *questions,
                                        size_t num_questions);

/* NULL is fine. */
void control_names_free(struct control_names *control);

/* Is an answer still awaited? */
bool control_names_is_open(const struct control_names *control);

/* The questions with their answers, in the same order. */
const struct control_question *control_names_answers(const struct control_names *control);

#endif
