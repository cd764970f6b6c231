#include "io/dns/dns_burst.h"

#include <string.h>

void dns_burst_init(struct dns_burst *burst, unsigned most, int64_t now_ms)
{
    memset(burst, 0, sizeof(*burst));
    burst->most = most;
    burst->slot = now_ms / DNS_BURST_SLOT_MS;
}

static void forget_old_ones(struct dns_burst *burst, int64_t now_ms)
{
    int64_t slot = now_ms / DNS_BURST_SLOT_MS;
    if (slot - burst->slot >= DNS_BURST_SLOTS) {
        dns_burst_init(burst, burst->most, now_ms);
    }
    while (burst->slot < slot) {
        unsigned *oldest = &burst->num_sent[++burst->slot % DNS_BURST_SLOTS];
        burst->num_recent -= *oldest;
        *oldest = 0;
    }
}

bool dns_burst_has_room(struct dns_burst *burst, int64_t now_ms)
{
    forget_old_ones(burst, now_ms);
    return burst->num_recent < burst->most;
}

void dns_burst_note_sent(struct dns_burst *burst, int64_t now_ms)
{
    forget_old_ones(burst, now_ms);
    burst->num_sent[burst->slot % DNS_BURST_SLOTS]++;
    burst->num_recent++;
}

void dns_burst_note_answered(struct dns_burst *burst, int64_t sent_ms, int64_t now_ms)
{
    int64_t slot = sent_ms / DNS_BURST_SLOT_MS;
    forget_old_ones(burst, now_ms);
    if (burst->slot - slot < DNS_BURST_SLOTS) {
        burst->num_sent[slot % DNS_BURST_SLOTS]--;
        burst->num_recent--;
    }
}
