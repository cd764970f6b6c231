/*
 * A run that something on the way has spoken to in place of the servers is void. Its file says so
 * in a run_void record. Whoever reads a file uses this, so that no reader shows a letter that such
 * a run gave.
 */
#ifndef MXGRADE_OUTPUT_RUN_VOID_H
#define MXGRADE_OUTPUT_RUN_VOID_H

#include "io/base/arena.h"
#include "output/record/record_read.h"

/* What voids the records of a file. All zero: nothing does. */
struct run_void {
    bool is_void;
    struct run_void_record record;
    struct arena memory; /* of what it points at */
};

void run_void_fini(struct run_void *run_void);

/* Takes what the record says, and what is in the arena, if it is a run_void record. The last one of
 * a file counts. */
void run_void_take(struct run_void *run_void, const struct record *record, struct arena *arena);

/* The same with a line, which need not be a record. False: no memory. */
bool run_void_take_line(struct run_void *run_void, const char *line, size_t len);

/* Looks for the record in the file. False: the file cannot be read, or no memory; errno. */
bool run_void_find(struct run_void *run_void, const char *path);

/* Is the record of that number, from 1 on, in the file void? */
bool run_void_covers(const struct run_void *run_void, uint64_t number);

/*
 * Makes of a record one that says nothing of the servers: U, with the outcome `intercepted`. What
 * the DNS said stays. A line of the list that is no domain stays as it is. `why` must live as long
 * as the record, as must the arena, in which a domain's hosts are copied. False: no memory.
 */
bool run_void_apply(const struct run_void_record *why, struct record *record, struct arena *arena);
/* The outcome of an endpoint in a void run: of who was not contacted it stays. */
enum outcome run_void_outcome(enum outcome outcome);
void run_void_endpoint(struct endpoint_record *record);
bool run_void_domain(const struct run_void_record *why, struct domain_record *record,
                     struct arena *arena);

#endif
