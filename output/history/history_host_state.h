/* What a host was in a run: its provider, and which of the contents its addresses showed. */
#ifndef MXGRADE_OUTPUT_HISTORY_HOST_STATE_H
#define MXGRADE_OUTPUT_HISTORY_HOST_STATE_H

#include "io/base/arena.h"
#include "output/record/json_writer.h"
#include "output/record/record.h"

struct history_address_state {
    const char *address; /* NULL: it has none that could be contacted */
    int64_t content;     /* its record; 0: there is none */
    int64_t certificate; /* 0: none was seen */
};

struct history_host_state {
    const char *provider; /* NULL: not known */
    struct history_address_state *addresses;
    size_t num_addresses;
};

/*
 * The object has what the addresses show, once where all of them show the same; the array has the
 * addresses. So the object stays the same while addresses rotate.
 */
void history_host_state_write(struct json_writer *writer, const struct history_host_state *state);
void history_host_state_write_addresses(struct json_writer *writer,
                                        const struct history_host_state *state);

/* What it points at is in the arena. False: the texts are none of ours, or there is no memory. */
bool history_host_state_read(struct text object, struct text addresses, struct arena *arena,
                             struct history_host_state *out_state);

#endif
