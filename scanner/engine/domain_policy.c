#include "scanner/engine/domain_policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/log.h"
#include "scanner/engine/worker.h"

#define QUESTIONS   2 /* TXT of MTA-STS and of TLS reporting */
#define NAME_SIZE   (HOSTNAME_SIZE + sizeof("_smtp._tls."))
#define FETCH_TRIES 2 /* what may be the network's fault is believed the second time */

struct policy_entry {
    struct once_entry entry;        /* first */
    struct domain_published policy; /* what is handed out */
    struct arena arena;             /* of all texts */
    const struct hostname *domain;  /* a reference */
};

/* While it is being looked up and fetched. */
struct policy_work {
    struct once_work work; /* first */
    struct policy_fetch fetch;
    const struct hostname *host; /* of the policy, a reference; NULL before it is fetched */
    struct policy_entry *entry;
    struct dns_waiter mta_sts_waiter, tls_rpt_waiter;
    unsigned questions_left;
    unsigned tries;
    bool is_cancelled; /* the DNS has ended */
    bool lacks_memory; /* something that was published could not be kept */
};

static struct policy_work *work_of(const struct policy_entry *entry)
{
    return (struct policy_work *)entry->entry.work;
}

static const struct worker *worker_of(const struct policy_entry *entry)
{
    return entry->entry.once->worker;
}

/* ---- The fetch ---- */

/* False on lack of memory. */
static bool keep_response(struct policy_entry *entry, const struct https_response *response)
{
    struct domain_published *policy = &entry->policy;
    policy->fetch = mta_sts_fetch_of(response);
    policy->is_fetched = true;
    policy->has_policy = mta_sts_has_body(response);
    return !policy->has_policy ||
           mta_sts_policy_parse(&entry->arena, response->body, response->body_len, &policy->policy);
}

static bool lacked_memory(const struct https_response *response)
{
    return response == NULL || (response->outcome == HTTPS_LOCAL && response->error == ENOMEM);
}

/* The stop has ended the look-up of the policy host's addresses. */
static bool was_cancelled(const struct https_response *response)
{
    return response->outcome == HTTPS_LOCAL && response->error == ECANCELED;
}

static void on_fetched(struct policy_fetch *fetch, const struct https_response *response)
{
    struct policy_work *work =
        (struct policy_work *)((char *)fetch - offsetof(struct policy_work, fetch));
    struct policy_entry *entry = work->entry;
    const struct config *config = worker_of(entry)->config;
    if (lacked_memory(response)) {
        once_give_up(&entry->entry, ONCE_NO_MEMORY);
        return;
    }
    work->tries++;
    log_trace(config, "%s: MTA-STS policy: %s", hostname_text(entry->domain),
              https_outcome_name(response->outcome));
    bool wants_another = mta_sts_fetch_of(response).may_be_the_network && work->tries < FETCH_TRIES;
    if (was_cancelled(response) || (wants_another && entry->entry.once->is_stopping)) {
        once_give_up(&entry->entry, ONCE_STOPPED);
    } else if (wants_another) {
        once_pause(&entry->entry, config->retry_wait);
    } else if (keep_response(entry, response)) {
        once_finish(&entry->entry);
    } else {
        once_give_up(&entry->entry, ONCE_NO_MEMORY);
    }
}

static void domain_policy_fetch(struct once_entry *entry)
{
    struct domain_policies *policies = (struct domain_policies *)entry->once;
    struct policy_entry *self = (struct policy_entry *)entry;
    struct policy_work *work = work_of(self);
    if (policies->once.is_stopping) {
        once_give_up(entry, ONCE_STOPPED);
        return;
    }
    if (work->host == NULL &&
        hostname_below(MTA_STS_HOST_LABEL, self->domain, &work->host) != HOSTNAME_OK) {
        once_give_up(entry, ONCE_NO_MEMORY); /* a name that is too long has no record either */
        return;
    }
    work->fetch.host = work->host;
    policy_fetch_start(&policies->fetches, &work->fetch);
}

/* ---- The TXT records ---- */

static void question_answered(struct policy_entry *entry, const struct dns_answer *answer)
{
    struct policy_work *work = work_of(entry);
    work->is_cancelled |= answer->outcome == DNS_CANCELLED;
    work->lacks_memory |= answer->outcome == DNS_SHORTAGE;
    if (--work->questions_left > 0) {
        return;
    }
    if (work->is_cancelled) {
        once_give_up(&entry->entry, ONCE_STOPPED);
    } else if (work->lacks_memory) {
        once_give_up(&entry->entry, ONCE_NO_MEMORY);
    } else if (entry->policy.txt.status == MTA_STS_TXT_VALID) {
        domain_policy_fetch(&entry->entry);
    } else {
        once_finish(&entry->entry);
    }
}

static void on_mta_sts(void *user, const struct dns_answer *answer)
{
    struct policy_entry *entry = user;
    mta_sts_txt_of_answer(answer, &entry->policy.txt);
    question_answered(entry, answer);
}

static void on_tls_rpt(void *user, const struct dns_answer *answer)
{
    struct policy_entry *entry = user;
    struct tls_rpt_record *record = &entry->policy.tls_rpt;
    uint32_t problems = 0;
    if (tls_rpt_of_answer(&entry->arena, answer, record, &problems)) {
        tls_rpt_name_problems(&entry->arena, problems, record);
    } else {
        work_of(entry)->lacks_memory = true;
    }
    question_answered(entry, answer);
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
    self->domain = hostname_hold(key);
    work_of(self)->entry = self;
    work_of(self)->fetch.done = on_fetched;
    return true;
}

static void domain_policy_start(struct once_entry *entry)
{
    struct policy_entry *self = (struct policy_entry *)entry;
    struct dns *dns = worker_of(self)->dns;
    char name[NAME_SIZE];
    work_of(self)->questions_left = QUESTIONS;
    (void)snprintf(name, sizeof(name), MTA_STS_TXT_PREFIX "%s", hostname_text(self->domain));
    dns_ask(dns, &work_of(self)->mta_sts_waiter, name, DNS_TXT, on_mta_sts, self);
    (void)snprintf(name, sizeof(name), "_smtp._tls.%s", hostname_text(self->domain));
    dns_ask(dns, &work_of(self)->tls_rpt_waiter, name, DNS_TXT, on_tls_rpt, self);
}

static void domain_policy_stop(struct once_entry *entry)
{
    const struct policy_work *work = (const struct policy_work *)entry->work;
    if (entry->state == ONCE_WAITING || policy_fetch_is_waiting(&work->fetch)) {
        once_give_up(entry, ONCE_STOPPED);
    }
}

static void domain_policy_end(struct once_entry *entry)
{
    struct policy_work *work = (struct policy_work *)entry->work;
    policy_fetch_cancel(&work->fetch);
    hostname_release(work->host);
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
    .resume = domain_policy_fetch,
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

void domain_policies_stop(struct domain_policies *policies)
{
    once_stop(&policies->once);
}

void domain_policies_fini(struct domain_policies *policies)
{
    once_fini(&policies->once);
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
        once_release((struct once_entry *)((char *)policy - offsetof(struct policy_entry, policy)));
    }
}
