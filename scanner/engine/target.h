/*
 * A line of the list on its way through the run: it owns copies of what the line said, finds its
 * mail servers, waits for their results, and becomes one domain record (in host mode, only its
 * endpoints' lines). It lives on the worker that its name falls to.
 */
#ifndef MXGRADE_SCANNER_TARGET_H
#define MXGRADE_SCANNER_TARGET_H

#include "io/base/address.h"
#include "io/base/arena.h"
#include "io/base/hostname.h"
#include "io/base/mailbox.h"
#include "io/list/supplier_list.h"
#include "output/record/record.h"
#include "scanner/dialogue/service.h"

struct run;
struct target;
struct worker;

/*
 * Takes copies out of a line of the list. `domain` is NULL, with a `problem`, where the line is no
 * domain. NULL on lack of memory.
 */
struct target *target_new(struct run *run, const struct supplier *supplier,
                          const struct hostname *domain, enum domain_form form,
                          const char *problem);

/* Of one host:port or address:port of a host list; port 0 stands for the service's own. */
struct target_place {
    const struct hostname *host; /* a reference; NULL with a bare address */
    struct address address;
    uint16_t port;
};

/* In host mode: what a line names instead of a domain; the caller keeps its reference. NULL on
 * lack of memory. */
struct target *target_new_place(struct run *run, const struct target_place *place);

/* Hands it to its worker, which frees it when it is done. On the reader's thread. */
void target_post(struct target *target);

/* On the worker's thread: those that wait to be believed are finished, where names have resolved
 * and servers greeted since. / The run is stopping: all of them are, or left to the next run where
 * this one has an outage. */
void target_believe(struct worker *worker);
void target_stop_doubted(struct worker *worker);

/*
 * Once the worker's thread has ended: writes of each line that was begun and is not finished that
 * it was interrupted, or, where only memory was lacking, that it met a local_error. These records
 * are the last ones before the summary, where --resume cuts them off and begins those lines anew.
 * The number of lines that lacked memory.
 */
uint64_t target_tell_given_up(struct worker *worker);

/* Frees what is left of them; none may have a part under way. */
void target_free_all(struct worker *worker);

/* Reads "host", "host:25", "192.0.2.1:25", "[2001:db8::1]:25", "2001:db8::1"; NULL or a problem.
 * The host is then a reference for the caller to release. */
const char *target_read_place(const char *text, size_t len, struct target_place *out_place);

#endif
