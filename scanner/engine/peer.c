#include "scanner/engine/peer.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/base/log.h"
#include "scanner/x509/ocsp_response.h"
#include "scanner/dialogue/session.h"
#include "scanner/dialogue/trouble.h"
#include "scanner/engine/worker.h"

struct peer_key {
    struct address address;
    uint16_t port;
    const struct service *service;
};

struct peer {
    struct table_node node; /* first */
    struct lru_node kept;   /* once complete */
    struct worker *worker;
    struct peer_key key;
    struct peer_facts facts;
    struct arena arena; /* evidence: lives as long as the peer */
    unsigned connections;
    struct peer_waiter *first_waiter;
    struct peer_waiter **last_waiter;
    struct peer_probing *probing; /* NULL once complete */
};

/* What is needed while it is being probed, and not a moment longer. */
struct peer_probing {
    const struct hostname *host; /* references, as the next; NULL: none */
    const struct hostname *sni;
    struct session *session;
    struct session_request request;
    struct observation result; /* of the last dialogue; texts in `arena` */
    struct plan_step step;
    struct arena arena;
    unsigned attempts;
    ev_timer retry;
};

static bool peer_equal(const struct table_node *node, const void *key)
{
    const struct peer_key *mine = &((const struct peer *)node)->key;
    const struct peer_key *wanted = key;
    return mine->port == wanted->port && mine->service == wanted->service &&
           address_equal(&mine->address, &wanted->address);
}

static uint64_t peer_hash(const struct worker *worker, const struct peer_key *key)
{
    uint8_t bytes[1 + 16 + 2 + sizeof(void *)];
    bytes[0] = key->address.family;
    memcpy(bytes + 1, key->address.bytes, 16);
    memcpy(bytes + 17, &key->port, 2);
    memcpy(bytes + 19, &key->service, sizeof(void *));
    return table_hash(&worker->config->seed, bytes, sizeof(bytes));
}

static void peer_step(struct peer *peer);

static void free_probing(struct peer *peer)
{
    struct peer_probing *probing = peer->probing;
    if (probing == NULL) {
        return;
    }
    ev_timer_stop(peer->worker->loop, &probing->retry);
    session_free(probing->session);
    hostname_release(probing->host);
    hostname_release(probing->sni);
    arena_free(&probing->arena);
    free(probing);
    peer->probing = NULL;
}

static void peer_free(struct peer *peer)
{
    if (peer->facts.flight_chain != NULL) {
        chain_release(peer->worker->chain_cache, peer->facts.flight_chain);
    }
    free_probing(peer);
    arena_free(&peer->arena);
    free(peer);
}

static void forget_oldest(struct worker *worker)
{
    while (worker->done_peers.num_nodes > WORKER_KEPT_MAX) {
        struct lru_node *oldest = lru_oldest(&worker->done_peers);
        struct peer *peer = (struct peer *)((char *)oldest - offsetof(struct peer, kept));
        lru_remove(&worker->done_peers, oldest);
        table_remove(&worker->peers, &peer->node);
        peer_free(peer);
    }
}

static void complete(struct peer *peer)
{
    free_probing(peer);
    lru_add(&peer->worker->done_peers, &peer->kept);
    struct peer_waiter *waiter = peer->first_waiter;
    unsigned connections = peer->connections;
    peer->first_waiter = NULL;
    while (waiter != NULL) {
        struct peer_waiter *next = waiter->next;
        waiter->ready(waiter, &peer->facts, connections);
        connections = 0; /* the first asked for them; to the others they cost nothing */
        waiter = next;
    }
    forget_oldest(peer->worker);
}

static void on_probe_done(struct session *session, void *user);

static void start_probe(struct peer *peer)
{
    struct peer_probing *probing = peer->probing;
    enum plan_kind kind = plan_step_kind(&probing->step);
    struct session_request *request = &probing->request;
    request->hello = kind == PLAN_SSL2 ? NULL : &probing->step.hello;
    request->ssl2 = kind == PLAN_SSL2;
    request->want_flight = kind == PLAN_HELLO_FLIGHT;
    probing->session = session_new(&peer->worker->dialogues, request, &probing->arena,
                                   &probing->result, on_probe_done, peer);
    if (probing->session == NULL) {
        complete(peer); /* without memory the rest stays unknown */
    }
}

static void on_retry(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    start_probe(watcher->data);
}

/* What comes beside a certificate is in the reader, which is about to go. */
static void keep_extras(struct peer *peer, const struct hello_reply *reply)
{
    struct certificate_extras *extras = &peer->facts.flight_extras;
    extras->has_sct_extension = reply->sct;
    if (reply->ocsp.len > 0) {
        /* One that is longer than will be looked at is kept cut, which makes it unreadable. */
        size_t len = reply->ocsp.len < OCSP_RESPONSE_MAX ? reply->ocsp.len : OCSP_RESPONSE_MAX;
        extras->ocsp_response.bytes = arena_copy(&peer->arena, (const char *)reply->ocsp.data, len);
        extras->ocsp_response.len = len;
    }
}

static void keep_flight(struct peer *peer, const struct hello_reply *reply)
{
    struct peer_facts *facts = &peer->facts;
    if (reply == NULL || reply->num_certificates == 0 || reply->kind != HELLO_REPLY_SERVER_HELLO ||
        facts->flight_chain != NULL) {
        return;
    }
    struct text certificates[HELLO_REPLY_CERTIFICATES_MAX];
    for (size_t i = 0; i < reply->num_certificates; i++) {
        certificates[i].bytes = (const char *)reply->certificates[i].data;
        certificates[i].len = reply->certificates[i].len;
    }
    facts->flight_chain =
        chain_cache_get(peer->worker->chain_cache, certificates, reply->num_certificates);
    keep_extras(peer, reply);
}

static void on_probe_done(struct session *session, void *user)
{
    struct peer *peer = user;
    struct peer_probing *probing = peer->probing;
    struct observation *result = &probing->result;
    probing->attempts++;
    peer->connections++;
    log_trace(peer->worker->config, "%s: probe '%s': %s, %s",
              probing->sni != NULL ? hostname_text(probing->sni) : "-",
              plan_step_name(&probing->step), outcome_name(result->outcome),
              result->hello != NULL ? hello_reply_kind_name(result->hello->kind) : "no hello");
    struct trouble trouble =
        trouble_decide(peer->worker->config, result->outcome, probing->attempts);
    /* A dialogue that never came to the hello says nothing of the step. */
    bool never_asked = result->hello == NULL && trouble.retry;
    bool learned = !never_asked && plan_learn(&peer->facts, &peer->arena, &probing->step, result,
                                              probing->attempts);
    if (trouble.slow_down > 0) {
        session_slow_down(session, trouble.slow_down);
    }
    keep_flight(peer, result->hello);
    session_free(session);
    probing->session = NULL;
    arena_free(&probing->arena);
    if (learned) {
        peer_step(peer);
        return;
    }
    ev_timer_set(&probing->retry, trouble.wait, 0.);
    ev_timer_start(peer->worker->loop, &probing->retry);
}

/* On to the next probe that the facts call for, or done. */
static void peer_step(struct peer *peer)
{
    struct peer_probing *probing = peer->probing;
    probing->attempts = 0;
    const struct plan_context context = {peer->worker->config->depth, probing->sni};
    if (!plan_next(&peer->facts, &context, &probing->step)) {
        plan_conclude(&peer->facts);
        complete(peer);
        return;
    }
    start_probe(peer);
}

static struct peer_probing *probing_new(struct peer *peer, const struct peer_target *target)
{
    struct peer_probing *probing = malloc(sizeof(*probing));
    if (probing == NULL) {
        return NULL;
    }
    *probing = (struct peer_probing){0};
    ev_timer_init(&probing->retry, on_retry, 0., 0.);
    probing->retry.data = peer;
    probing->host = hostname_hold(target->host);
    probing->sni = hostname_hold(target->sni);
    probing->request = (struct session_request){
        .service = target->service,
        .address = target->address,
        .port = target->port,
        .host = probing->host,
        .sni = probing->sni,
    };
    return probing;
}

static struct peer *peer_new(struct worker *worker, const struct peer_target *target,
                             const struct peer_key *key, uint64_t hash)
{
    struct peer *peer = calloc(1, sizeof(*peer));
    if (peer == NULL) {
        return NULL;
    }
    peer->worker = worker;
    peer->key = *key;
    peer->last_waiter = &peer->first_waiter;
    plan_init(&peer->facts);
    if (worker->config->depth == DEPTH_DEEP) {
        peer->facts.deep = arena_alloc(&peer->arena, sizeof(*peer->facts.deep));
    }
    peer->probing = probing_new(peer, target);
    if (peer->probing == NULL || !table_insert(&worker->peers, &peer->node, hash)) {
        peer_free(peer);
        return NULL;
    }
    return peer;
}

static void learn_handshake(struct peer_facts *facts, const struct observation *handshake)
{
    plan_learn_handshake(facts, handshake);
    if (handshake->chain != NULL) {
        facts->has_first_chain = true;
        memcpy(facts->first_chain, chain_digest(handshake->chain), sizeof(facts->first_chain));
    }
}

bool peer_is_known(const struct worker *worker, const struct peer_target *target)
{
    struct peer_key key = {target->address, target->port, target->service};
    return table_find(&worker->peers, peer_hash(worker, &key), peer_equal, &key) != NULL;
}

bool peer_ask(struct worker *worker, const struct peer_target *target,
              const struct observation *handshake, struct peer_waiter *waiter)
{
    struct peer_key key = {target->address, target->port, target->service};
    uint64_t hash = peer_hash(worker, &key);
    struct peer *peer = (struct peer *)table_find(&worker->peers, hash, peer_equal, &key);
    bool is_new = peer == NULL;
    if (is_new && (peer = peer_new(worker, target, &key, hash)) == NULL) {
        return false;
    }
    if (peer->probing == NULL) {
        lru_touch(&worker->done_peers, &peer->kept);
        counter_add(&worker->counters.saved, peer->connections);
        waiter->ready(waiter, &peer->facts, 0);
        return true;
    }
    waiter->next = NULL;
    *peer->last_waiter = waiter;
    peer->last_waiter = &waiter->next;
    if (is_new) {
        learn_handshake(&peer->facts, handshake);
        peer_step(peer);
    } else {
        counter_add(&worker->counters.saved, 1);
    }
    return true;
}

void peer_free_all(struct worker *worker)
{
    struct table_node *node;
    while ((node = table_take_any(&worker->peers)) != NULL) {
        peer_free((struct peer *)node);
    }
    table_fini(&worker->peers);
}
