#include "scanner/engine/waits.h"

#include "scanner/engine/endpoint.h"
#include "scanner/engine/ledger.h"
#include "scanner/engine/server.h"
#include "scanner/engine/worker.h"

static void note_pause(struct waits *waits, const struct once_entry *entry)
{
    double seconds = ev_timer_remaining(entry->once->loop, entry->work->pause);
    uint64_t at = (uint64_t)clock_now_ms() + (uint64_t)(seconds > 0 ? seconds * 1000 : 0);
    waits->retry_at_ms =
        waits->retry_at_ms == 0 || at < waits->retry_at_ms ? at : waits->retry_at_ms;
}

/* Several names of a server, and what is asked of it under none, are one server. */
static void count_servers(const struct once *once,
                          struct ledger *(*retrying)(const struct once_entry *entry),
                          uint32_t count, struct waits *waits)
{
    const struct once_entry *entry = NULL;
    TAILQ_FOREACH(entry, &once->busy, link)
    {
        struct ledger *ledger = entry->state == ONCE_WAITING ? retrying(entry) : NULL;
        if (ledger != NULL) {
            note_pause(waits, entry);
            waits->num_servers += ledger->counted_in != count;
            ledger->counted_in = count;
        }
    }
}

static void count_policies(const struct once *once, struct waits *waits)
{
    const struct once_entry *entry = NULL;
    TAILQ_FOREACH(entry, &once->busy, link)
    {
        if (entry->state == ONCE_WAITING) {
            note_pause(waits, entry);
            waits->num_policies++;
        }
    }
}

void waits_count(struct worker *worker, struct waits *out_waits)
{
    *out_waits = (struct waits){.num_servers = 0};
    uint32_t count = ++worker->num_waits_counts;
    count_servers(&worker->endpoints, endpoint_retrying, count, out_waits);
    count_servers(&worker->servers, server_retrying, count, out_waits);
    count_policies(&worker->policies.once, out_waits);
}
