/* A result file in memory, for the few domains that a person reads about as text. */
#ifndef MXGRADE_OUTPUT_TEXT_PAGE_H
#define MXGRADE_OUTPUT_TEXT_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "io/base/arena.h"
#include "io/base/table.h"
#include "output/record/record.h"

struct text_page_domain {
    TAILQ_ENTRY(text_page_domain) next;
    struct domain_record record;
};

struct text_page {
    struct arena arena; /* of all that was read */
    struct table_seed seed;
    struct table endpoints;                                  /* by host, address and port */
    TAILQ_HEAD(text_page_domains, text_page_domain) domains; /* by line */
};

/* Reads the file; what is no record in it is passed over. False: errno, and there is no page. */
bool text_page_open(struct text_page *page, const char *path);
void text_page_close(struct text_page *page);

/* The record of an endpoint, or NULL. Texts may be NULL, as in the records. */
const struct endpoint_record *text_page_endpoint(const struct text_page *page, const char *host,
                                                 const char *address, uint16_t port);

#endif
