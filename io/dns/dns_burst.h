/*
 * How many questions a resolver may have in its socket buffer: those without an answer that were
 * sent a moment ago. Whatever is older it has read and works on, so that slow answers do not keep
 * quick ones waiting. Pure.
 */
#ifndef MXGRADE_IO_DNS_BURST_H
#define MXGRADE_IO_DNS_BURST_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Together 40 ms. On a busy machine unbound was seen not to read for 30 ms; twice as much would
 * hold back slow answers, as no more are asked for than `most` in this time.
 */
#define DNS_BURST_SLOT_MS 5
#define DNS_BURST_SLOTS   8

struct dns_burst {
    unsigned most;
    unsigned num_recent;                /* the sum of the slots */
    unsigned num_sent[DNS_BURST_SLOTS]; /* in the last slots of time, answered ones taken out */
    int64_t slot;                       /* the present one */
};

void dns_burst_init(struct dns_burst *burst, unsigned most, int64_t now_ms);
bool dns_burst_has_room(struct dns_burst *burst, int64_t now_ms);
void dns_burst_note_sent(struct dns_burst *burst, int64_t now_ms);
void dns_burst_note_answered(struct dns_burst *burst, int64_t sent_ms, int64_t now_ms);

#endif
