#include "scanner/engine/domain_policy.h"

#include <stddef.h>

#include "scanner/engine/domain_lookup.h"
#include "scanner/engine/worker.h"

struct policy_entry {
    struct once_entry entry;        /* first */
    struct domain_published policy; /* what is handed out */
    struct arena arena;             /* of all texts */
    const struct hostname *domain;  /* a reference */
};

/* While it is being looked up and fetched. */
struct policy_work {
    struct once_work work; /* first */
    struct domain_lookup lookup;
};

static struct domain_lookup *lookup_of(const struct once_entry *entry)
{
    return &((struct policy_work *)entry->work)->lookup;
}

/* A stop begins no fetch. */
static void on_lookup_ended(struct domain_lookup *lookup, enum domain_lookup_end end)
{
    struct once_entry *entry = lookup->user;
    bool wants_fetch = end == DOMAIN_LOOKUP_FETCH || end == DOMAIN_LOOKUP_REPEAT;
    if (wants_fetch && entry->once->is_stopping) {
        once_give_up(entry, ONCE_STOPPED);
        return;
    }
    switch (end) {
    case DOMAIN_LOOKUP_COMPLETE:
        once_finish(entry);
        break;
    case DOMAIN_LOOKUP_FETCH:
        domain_lookup_fetch(lookup);
        break;
    case DOMAIN_LOOKUP_REPEAT:
        once_pause(entry, lookup->config->retry_wait);
        break;
    case DOMAIN_LOOKUP_NO_MEMORY:
        once_give_up(entry, ONCE_NO_MEMORY);
        break;
    case DOMAIN_LOOKUP_CANCELLED:
        once_give_up(entry, ONCE_STOPPED);
        break;
    }
}

/* ---- The kind ---- */

static uint64_t domain_policy_hash(const struct table_seed *seed, const void *key)
{
    return hostname_hash(key, seed);
}

static bool domain_policy_equal(const struct once_entry *entry, const void *key)
{
    return hostname_equal(((const struct policy_entry *)entry)->domain, key);
}

static bool domain_policy_init(struct once_entry *entry, const void *key)
{
    struct policy_entry *self = (struct policy_entry *)entry;
    const struct worker *worker = entry->once->worker;
    self->domain = hostname_hold(key);
    *lookup_of(entry) = (struct domain_lookup){
        .dns = worker->dns,
        .config = worker->config,
        .fetches = &((struct domain_policies *)entry->once)->fetches,
        .domain = self->domain,
        .published = &self->policy,
        .arena = &self->arena,
        .ended = on_lookup_ended,
        .user = entry,
    };
    return true;
}

static void domain_policy_start(struct once_entry *entry)
{
    domain_lookup_start(lookup_of(entry));
}

static void domain_policy_resume(struct once_entry *entry)
{
    domain_lookup_fetch(lookup_of(entry));
}

static void domain_policy_stop(struct once_entry *entry)
{
    if (entry->state == ONCE_WAITING || policy_fetch_is_waiting(&lookup_of(entry)->fetch)) {
        once_give_up(entry, ONCE_STOPPED);
    }
}

static void domain_policy_end(struct once_entry *entry)
{
    domain_lookup_fini(lookup_of(entry));
}

static void domain_policy_free(struct once_entry *entry)
{
    struct policy_entry *self = (struct policy_entry *)entry;
    arena_free(&self->arena);
    hostname_release(self->domain);
}

static void domain_policy_copy_answer(struct once_entry *entry, struct once_waiter *waiter,
                                      bool is_first)
{
    (void)is_first;
    once_hold(entry);
    ((struct domain_policy_waiter *)waiter)->policy = &((struct policy_entry *)entry)->policy;
}

static const struct once_kind domain_policy_kind = {
    .size = sizeof(struct policy_entry),
    .work_size = sizeof(struct policy_work),
    .hash = domain_policy_hash,
    .equal = domain_policy_equal,
    .init = domain_policy_init,
    .start = domain_policy_start,
    .resume = domain_policy_resume,
    .stop = domain_policy_stop,
    .end = domain_policy_end,
    .free = domain_policy_free,
    .copy_answer = domain_policy_copy_answer,
};

void domain_policies_init(struct domain_policies *policies, struct worker *worker)
{
    once_init(&policies->once, &domain_policy_kind, worker, worker->loop, &worker->config->seed,
              WORKER_KEPT_MAX);
    policy_fetches_init(&policies->fetches, worker);
}

void domain_policy_ask(struct domain_policies *policies, const struct hostname *domain,
                       struct domain_policy_waiter *waiter)
{
    once_ask(&policies->once, domain, &waiter->waiter);
}

/* Those still read by a target stay, however old. */
void domain_policy_release(const struct domain_published *policy)
{
    if (policy != NULL) {
        struct policy_entry *self =
            (struct policy_entry *)((char *)policy - offsetof(struct policy_entry, policy));
        once_release(&self->entry);
    }
}
