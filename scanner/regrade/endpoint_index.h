/*
 * Keeps the new verdicts on the endpoints of a result file while its domains are judged again. An
 * endpoint takes 56 bytes: only what the verdict on a domain rests on. The caller adds all
 * endpoints in the order of the file, closes the index, and then looks endpoints up.
 */
#ifndef MXGRADE_SCANNER_ENDPOINT_INDEX_H
#define MXGRADE_SCANNER_ENDPOINT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/table.h"
#include "scanner/grading/host_result.h"

struct endpoint_kept;

struct endpoint_index {
    struct table_seed seeds[2]; /* one for each half of a key */
    struct endpoint_kept *kept;
    size_t num_kept, max_kept;
};

/* Texts may be NULL, as in the records. */
struct endpoint_key {
    const char *service, *host, *address;
    uint16_t port;
};

/* What an endpoint's record said before it was judged again. The domain's record repeats it, so it
 * tells apart the records of an endpoint that was scanned more than once. */
struct endpoint_before {
    enum outcome outcome;
    enum grade grade;
    unsigned score;
};

void endpoint_index_init(struct endpoint_index *index);
void endpoint_index_fini(struct endpoint_index *index);

/* `line` is the line of the endpoint's record in the file. False on lack of memory. */
bool endpoint_index_add(struct endpoint_index *index, const struct endpoint_key *key, uint64_t line,
                        const struct endpoint_before *before,
                        const struct endpoint_summary *summary);

/* Sorts the index. Comes after the last endpoint_index_add(), before endpoint_index_find(). */
void endpoint_index_close(struct endpoint_index *index);

/*
 * Finds the endpoint that the domain's record on `line` names. Among records with this key and this
 * `before`, the last one before `line` is taken, else the first one after it. If none has this
 * `before`, any record with the key is taken. False if there is none. Address, port and leaf names
 * of the summary stay as they are.
 */
bool endpoint_index_find(const struct endpoint_index *index, const struct endpoint_key *key,
                         uint64_t line, const struct endpoint_before *before,
                         struct endpoint_summary *out_summary);

#endif
