#include "scanner/engine/domain_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/x509/certificate.h"
#include "scanner/engine/host.h"
#include "scanner/base/log.h"
#include "scanner/engine/worker.h"

#define QUESTIONS   2 /* TXT of MTA-STS and of TLS reporting */
#define NAME_SIZE   (HOSTNAME_SIZE + sizeof("_smtp._tls."))
#define FETCH_TRIES 2 /* what may be the network's fault is believed the second time */

struct policy_entry {
    struct table_node node;      /* first */
    struct domain_policy policy; /* what is handed out */
    struct lru_node kept;        /* once ready */
    struct worker *worker;
    struct arena arena;            /* of all texts */
    const struct hostname *domain; /* a reference */
    const struct hostname *host;   /* of the policy, a reference; NULL before it is fetched */
    struct domain_policy_waiter *waiting;
    unsigned references;
    unsigned questions_left;
    unsigned tries;
    bool is_ready;
    struct https_get *get;           /* under way */
    struct policy_entry *next_fetch; /* waits for its turn */
    ev_timer retry;
};

static struct policy_entry *entry_of(const struct domain_policy *policy)
{
    return (struct policy_entry *)((char *)policy - offsetof(struct policy_entry, policy));
}

/* ---- The end ---- */

static void entry_free(struct policy_entry *entry)
{
    ev_timer_stop(entry->worker->loop, &entry->retry);
    https_get_cancel(entry->get);
    arena_free(&entry->arena);
    hostname_release(entry->domain);
    hostname_release(entry->host);
    free(entry);
}

/* Those still read by a target stay, however old. */
static void forget_oldest(struct worker *worker)
{
    while (worker->done_policies.num_nodes > WORKER_KEPT_MAX) {
        struct lru_node *oldest = lru_oldest(&worker->done_policies);
        struct policy_entry *entry =
            (struct policy_entry *)((char *)oldest - offsetof(struct policy_entry, kept));
        lru_remove(&worker->done_policies, oldest);
        table_remove(&worker->policies, &entry->node);
        entry_free(entry);
    }
}

static void hand_out(struct policy_entry *entry, struct domain_policy_waiter *waiter)
{
    if (entry->references++ == 0) {
        lru_remove(&entry->worker->done_policies, &entry->kept);
    }
    waiter->ready(waiter, &entry->policy);
}

void domain_policy_release(struct worker *worker, const struct domain_policy *policy)
{
    if (policy == NULL) {
        return;
    }
    struct policy_entry *entry = entry_of(policy);
    if (--entry->references == 0) {
        lru_add(&worker->done_policies, &entry->kept);
        forget_oldest(worker);
    }
}

static void finish(struct policy_entry *entry)
{
    struct domain_policy_waiter *waiter = entry->waiting;
    entry->waiting = NULL;
    entry->is_ready = true;
    entry->references = 1; /* ours, so that it outlives the loop */
    while (waiter != NULL) {
        struct domain_policy_waiter *next = waiter->next;
        hand_out(entry, waiter);
        waiter = next;
    }
    domain_policy_release(entry->worker, &entry->policy);
}

/* ---- The fetch ---- */

static bool may_contact(void *user, const struct address *address)
{
    struct policy_entry *entry = user;
    return host_may_contact(entry->worker, address) == OUTCOME_OK;
}

/* RFC 8461 section 3.3: trusted, in its dates, for the policy host by DNS-ID. */
static bool accepts(void *user, const struct tls_observed *observed)
{
    struct policy_entry *entry = user;
    struct text certificates[CHAIN_CERTIFICATES_MAX];
    size_t num = 0;
    while (num < observed->num_certificates && num < CHAIN_CERTIFICATES_MAX) {
        certificates[num].bytes = (const char *)observed->certificates[num].bytes;
        certificates[num].len = observed->certificates[num].len;
        num++;
    }
    const struct chain *chain = chain_cache_get(entry->worker->chain_cache, certificates, num);
    if (chain == NULL) {
        return false;
    }
    struct certificate_record record = {0};
    certificate_judge(chain, hostname_text(entry->host), &record);
    bool is_valid = certificate_is_valid(&record);
    chain_release(entry->worker->chain_cache, chain);
    return is_valid;
}

static void start_fetch(struct policy_entry *entry);

/* The first in the queue take the places that are free. One that cannot start takes none. */
static void start_waiting(struct worker *worker)
{
    while (worker->first_fetch != NULL && worker->num_fetches < DOMAIN_POLICY_FETCHES_MAX) {
        struct policy_entry *entry = worker->first_fetch;
        worker->first_fetch = entry->next_fetch;
        if (worker->first_fetch == NULL) {
            worker->last_fetch = &worker->first_fetch;
        }
        start_fetch(entry);
    }
}

static bool keep_response(struct policy_entry *entry, const struct https_response *response)
{
    struct domain_policy *policy = &entry->policy;
    policy->response = *response;
    policy->response.body = NULL;
    policy->response.content_type =
        arena_copy(&entry->arena, response->content_type, strlen(response->content_type));
    policy->response.location = NULL;
    policy->is_fetched = policy->response.content_type != NULL;
    if (policy->is_fetched && mta_sts_has_body(response)) {
        policy->has_policy = mta_sts_policy_parse(&entry->arena, response->body, response->body_len,
                                                  &policy->policy);
    }
    return policy->is_fetched;
}

static void on_response(void *user, const struct https_response *response)
{
    struct policy_entry *entry = user;
    struct worker *worker = entry->worker;
    entry->get = NULL;
    entry->tries++;
    worker->num_fetches--;
    log_trace(worker->config, "%s: MTA-STS policy: %s", hostname_text(entry->domain),
              https_outcome_name(response->outcome));
    if (mta_sts_may_be_the_network(response) && entry->tries < FETCH_TRIES && !worker->stopping) {
        ev_timer_set(&entry->retry, worker->config->retry_wait, 0.);
        ev_timer_start(worker->loop, &entry->retry);
    } else {
        entry->policy.abandoned = !keep_response(entry, response);
        finish(entry);
    }
    start_waiting(worker);
}

/* Only domains with a record have a policy host; it is shorter than the name of that record. */
static bool name_host(struct policy_entry *entry)
{
    return entry->host != NULL ||
           hostname_below(MTA_STS_HOST_LABEL, entry->domain, &entry->host) == HOSTNAME_OK;
}

static void start_fetch(struct policy_entry *entry)
{
    struct worker *worker = entry->worker;
    bool is_named = name_host(entry);
    const struct https_request request = {
        .shared = worker->conn_shared,
        .dns = worker->dns,
        .without_ipv4 = !worker->config->ipv4,
        .without_ipv6 = !worker->config->ipv6,
        .host = entry->host,
        .path = MTA_STS_PATH,
        .port = worker->config->https_port,
        .seconds = worker->config->limits.https,
        .may_contact = may_contact,
        .accepts = accepts,
        .done = on_response,
        .user = entry,
    };
    entry->get = is_named ? https_get_start(&request) : NULL;
    if (entry->get == NULL) {
        finish(entry); /* not fetched: it stays unknown */
        return;
    }
    worker->num_fetches++;
}

static void queue_fetch(struct policy_entry *entry)
{
    struct worker *worker = entry->worker;
    if (worker->stopping) {
        entry->policy.abandoned = true;
        finish(entry);
        return;
    }
    entry->next_fetch = NULL;
    *worker->last_fetch = entry;
    worker->last_fetch = &entry->next_fetch;
    start_waiting(worker);
}

static void on_retry(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    queue_fetch(watcher->data);
}

/* ---- The TXT records ---- */

static void question_answered(struct policy_entry *entry, const struct dns_answer *answer)
{
    entry->policy.abandoned |= answer->outcome == DNS_CANCELLED;
    if (--entry->questions_left > 0) {
        return;
    }
    if (entry->policy.txt.status == MTA_STS_TXT_VALID && !entry->policy.abandoned) {
        queue_fetch(entry);
    } else {
        finish(entry);
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
    }
    question_answered(entry, answer);
}

static void start(struct policy_entry *entry)
{
    char name[NAME_SIZE];
    entry->questions_left = QUESTIONS;
    (void)snprintf(name, sizeof(name), MTA_STS_TXT_PREFIX "%s", hostname_text(entry->domain));
    dns_ask(entry->worker->dns, name, DNS_TXT, on_mta_sts, entry);
    (void)snprintf(name, sizeof(name), "_smtp._tls.%s", hostname_text(entry->domain));
    dns_ask(entry->worker->dns, name, DNS_TXT, on_tls_rpt, entry);
}

/* ---- Finding or making one ---- */

static bool entry_equal(const struct table_node *node, const void *key)
{
    return hostname_equal(((const struct policy_entry *)node)->domain, key);
}

static struct policy_entry *entry_new(struct worker *worker, const struct hostname *domain,
                                      uint64_t hash)
{
    struct policy_entry *entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        return NULL;
    }
    entry->worker = worker;
    entry->domain = hostname_hold(domain);
    ev_timer_init(&entry->retry, on_retry, 0., 0.);
    entry->retry.data = entry;
    if (!table_insert(&worker->policies, &entry->node, hash)) {
        entry_free(entry);
        return NULL;
    }
    return entry;
}

void domain_policy_ask(struct worker *worker, const struct hostname *domain,
                       struct domain_policy_waiter *waiter)
{
    uint64_t hash = hostname_hash(domain, &worker->config->seed);
    struct policy_entry *entry =
        (struct policy_entry *)table_find(&worker->policies, hash, entry_equal, domain);
    if (entry != NULL && entry->is_ready) {
        hand_out(entry, waiter);
        return;
    }
    bool is_new = entry == NULL;
    if (is_new && (entry = entry_new(worker, domain, hash)) == NULL) {
        waiter->ready(waiter, NULL);
        return;
    }
    waiter->next = entry->waiting;
    entry->waiting = waiter;
    if (is_new) {
        start(entry);
    }
}

/* ---- Stopping ---- */

void domain_policy_stop_all(struct worker *worker)
{
    while (worker->first_fetch != NULL) {
        struct policy_entry *entry = worker->first_fetch;
        worker->first_fetch = entry->next_fetch;
        entry->policy.abandoned = true;
        finish(entry);
    }
    worker->last_fetch = &worker->first_fetch;
}

void domain_policy_free_all(struct worker *worker)
{
    struct table_node *node;
    while ((node = table_take_any(&worker->policies)) != NULL) {
        entry_free((struct policy_entry *)node);
    }
    table_fini(&worker->policies);
}
