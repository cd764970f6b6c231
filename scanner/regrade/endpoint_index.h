/*
 * What a result file says of its endpoints, judged again: as much as the verdict on a domain rests
 * on, 56 bytes for each. Filled in the order of the file, then closed, then looked up.
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
    struct table_seed seeds[2]; /* of the two halves of a key, so that no two keys are alike */
    struct endpoint_kept *kept;
    size_t num_kept, max_kept;
};

/* Texts may be NULL, as in the records. */
struct endpoint_key {
    const char *service, *host, *address;
    uint16_t port;
};

/* What a record said before it was judged again: a domain's record says the same of its endpoints,
 * which tells apart the records of an endpoint that was scanned more than once. */
struct endpoint_before {
    enum outcome outcome;
    enum grade grade;
    unsigned score;
};

void endpoint_index_init(struct endpoint_index *index);
void endpoint_index_fini(struct endpoint_index *index);

/* `line` is the number of the record's line. False on lack of memory. */
bool endpoint_index_add(struct endpoint_index *index, const struct endpoint_key *key, uint64_t line,
                        const struct endpoint_before *before,
                        const struct endpoint_summary *summary);

/* All are added. */
void endpoint_index_close(struct endpoint_index *index);

/*
 * Of the records with that key that said the same before, the last one in front of `line`, or else
 * the first one behind it; any one where none said the same. False: there is none. The summary's
 * address, port and leaf names are left alone.
 */
bool endpoint_index_find(const struct endpoint_index *index, const struct endpoint_key *key,
                         uint64_t line, const struct endpoint_before *before,
                         struct endpoint_summary *out_summary);

#endif
