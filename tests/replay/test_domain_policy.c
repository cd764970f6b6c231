/* What domains publish, looked up and fetched by a worker in simulated time. */
#include "tests/replay/engine_scene.h"

#include <limits.h>
#include <sys/resource.h>

#include "scanner/engine/domain_policy.h"
#include "tests/replay/replay_https.h"
#include "tests/unit/certificate_maker.h"
#include "tests/unit/failing_allocator.h"
#include "tests/unit/named.h"

#define NUM_DOMAINS (2 * POLICY_FETCHES_MAX + 1)

struct asker {
    struct domain_policy_waiter waiter; /* first */
    unsigned num_told;
    bool has_policy;
    bool has_body; /* the policy's text was fetched */
    enum once_failure failure;
};

static struct world {
    struct engine_scene scene;
    struct asker askers[NUM_DOMAINS];
    size_t num_told;
} world;

/* Every domain announces a policy; its policy host has no address. */
static bool zone(struct dns_responder *responder, const struct responder_query *query)
{
    static const char text[] = "\x11v=STSv1; id=2025;";
    struct dns_build *build = &responder->build;
    build_start(build, query->id, DNS_BUILD_REPLY, query->name, query->type);
    if (query->type == 16 && strncmp(query->name, "_mta-sts.", 9) == 0) {
        build_record(build, query->name, 16, 60, text, sizeof(text) - 1);
    }
    return true;
}

static void world_init(void)
{
    memset(&world, 0, sizeof(world));
    engine_scene_init(&world.scene, zone);
}

static void on_ready(struct once_waiter *waiter)
{
    struct asker *asker = (struct asker *)waiter;
    asker->num_told++;
    asker->has_policy = asker->waiter.policy != NULL;
    asker->has_body = asker->has_policy && asker->waiter.policy->has_policy;
    asker->failure = waiter->failure;
    world.num_told++;
    domain_policy_release(asker->waiter.policy);
}

static void ask(struct asker *asker, size_t number)
{
    char domain[32];
    (void)snprintf(domain, sizeof(domain), "d%zu.example", number);
    asker->waiter.waiter.ready = on_ready;
    domain_policy_ask(&world.scene.worker.policies, named(domain), &asker->waiter);
}

static bool so_many_are_told(const void *user)
{
    return world.num_told == *(const size_t *)user;
}

static bool all_fetch_or_wait(const void *user)
{
    (void)user;
    const struct policy_fetches *fetches = &world.scene.worker.policies.fetches;
    const struct policy_fetch *fetch;
    size_t num = fetches->num_under_way;
    TAILQ_FOREACH(fetch, &fetches->waiting, link)
    {
        num++;
    }
    return num == NUM_DOMAINS;
}

/* All places are taken, and more fetches wait than there are places. */
static void fill_places(void)
{
    world.scene.responder.held = "mta-sts.";
    for (size_t i = 0; i < NUM_DOMAINS; i++) {
        ask(&world.askers[i], i);
    }
    engine_scene_run(&world.scene, all_fetch_or_wait, NULL);
    assert_int_equal(world.scene.worker.policies.fetches.num_under_way, POLICY_FETCHES_MAX);
    assert_int_equal(world.num_told, 0);
}

static void fetches_that_cannot_start_do_not_stop_the_queue(void **state)
{
    (void)state;
    const size_t all = NUM_DOMAINS;
    world_init();
    fill_places();
    /* Those under way end without memory, and none of those that wait can start. */
    dns_responder_release(&world.scene.responder);
    fail_allocations(0, ULONG_MAX);
    engine_scene_run(&world.scene, so_many_are_told, &all);
    assert_true(end_failing() > POLICY_FETCHES_MAX);
    for (size_t i = 0; i < NUM_DOMAINS; i++) {
        assert_int_equal(world.askers[i].num_told, 1);
        assert_int_equal(world.askers[i].failure, ONCE_NO_MEMORY);
    }
    engine_scene_fini(&world.scene);
}

static void a_stop_gives_up_the_fetches_that_wait(void **state)
{
    (void)state;
    const size_t all = NUM_DOMAINS;
    world_init();
    fill_places();
    once_stop(&world.scene.worker.policies.once);
    assert_int_equal(world.num_told, NUM_DOMAINS - POLICY_FETCHES_MAX);
    dns_responder_release(&world.scene.responder);
    engine_scene_run(&world.scene, so_many_are_told, &all);
    size_t num_policies = 0;
    for (size_t i = 0; i < NUM_DOMAINS; i++) {
        assert_int_equal(world.askers[i].num_told, 1);
        assert_true(world.askers[i].has_policy || world.askers[i].failure == ONCE_STOPPED);
        num_policies += world.askers[i].has_policy;
    }
    assert_int_equal(num_policies, POLICY_FETCHES_MAX);
    assert_int_equal(world.scene.worker.policies.fetches.num_under_way, 0);
    engine_scene_fini(&world.scene);
}

static void at_the_end_fetches_are_cancelled(void **state)
{
    (void)state;
    world_init();
    fill_places();
    engine_scene_fini(&world.scene);
    assert_int_equal(world.scene.worker.policies.fetches.num_under_way, 0);
}

/* Asks twice for the same domain and waits until both are told. */
static void ask_twice(struct asker askers[2])
{
    const size_t num_told = world.num_told + 2;
    memset(askers, 0, 2 * sizeof(askers[0]));
    ask(&askers[0], 0);
    ask(&askers[1], 0);
    engine_scene_run(&world.scene, so_many_are_told, &num_told);
}

static void everyone_is_told_whichever_allocation_fails(void **state)
{
    (void)state;
    struct asker askers[2];
    unsigned long num_failed = 1, num_tried = 0, num_refused = 0;
    world_init();
    world.scene.worker.policies.once.max_kept = 0; /* it is looked up and fetched each time ... */
    ask_twice(askers);                             /* ... with what the DNS now remembers */
    for (; num_failed > 0; num_tried++) {
        fail_allocations(num_tried, 1);
        ask_twice(askers);
        num_failed = end_failing();
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(askers[i].num_told, 1);
            assert_true(askers[i].has_policy || askers[i].failure == ONCE_NO_MEMORY);
        }
        num_refused += !askers[0].has_policy;
    }
    assert_in_range(num_tried, 5, 50);
    assert_in_range(num_refused, 4, num_tried - 1); /* entry, work, name, fetch */
    engine_scene_fini(&world.scene);
}

/* ---- Certificates that take time to verify ---- */

#define POLICY_HOST    "mta-sts.d0.example"
#define SERVER_ADDRESS "192.0.2.80"
#define POLICY         "version: STSv1\nmode: none\nmax_age: 86400\n"
#define FETCH_LIMIT    60. /* seconds */
#define PAUSE          5.  /* before the second fetch */

/* The policy host of the first domain, and whom its certificate is trusted by. */
struct policy_server {
    struct https_server server; /* first */
    struct made certificate;
    struct trust_store *store;
};

/* As zone(), and the policy host has an address. */
static bool zone_with_host(struct dns_responder *responder, const struct responder_query *query)
{
    bool is_answered = zone(responder, query);
    if (query->type == 1 && strcmp(query->name, POLICY_HOST) == 0) {
        build_a(&responder->build, query->name, 60, 0xc0000250);
    }
    return is_answered;
}

static void policy_server_init(struct policy_server *self, double verdict_seconds)
{
    struct engine_scene *scene = &world.scene;
    memset(self, 0, sizeof(*self));
    world_init();
    scene->responder.answer = zone_with_host;
    self->certificate = make(
        &(struct recipe){.cn = "Policy", .extensions = {{"subjectAltName", "DNS:" POLICY_HOST}}});
    self->store = make_store((const struct made *const[]){&self->certificate}, 1);
    scene->run.chain_cache = chain_cache_new(self->store, MAKER_NOW, 8);
    scene->worker.chain_cache = scene->run.chain_cache;
    scene->config.limits.https = FETCH_LIMIT;
    scene->config.retry_wait = PAUSE;
    scene->config.allowed.items = malloc(sizeof(*scene->config.allowed.items));
    scene->config.allowed.num_items = 1;
    assert_true(prefix_parse(SERVER_ADDRESS "/32", &scene->config.allowed.items[0]));
    self->server.script.reply = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" POLICY;
    self->server.certificate = self->certificate.x509;
    self->server.key = self->certificate.key;
    assert_true(address_parse(SERVER_ADDRESS, &self->server.place.address));
    self->server.place.port = HTTPS_PORT;
    https_server_open(&self->server);
    replay_pool_take(scene->run.pool, verdict_seconds);
}

static void policy_server_fini(struct policy_server *self)
{
    struct chain_cache *cache = world.scene.run.chain_cache;
    replay_settle(world.scene.worker.loop);
    https_server_close(&self->server);
    engine_scene_fini(&world.scene);
    chain_cache_free(cache);
    trust_store_free(self->store);
    made_free(&self->certificate);
}

static double ask_for_policy(void)
{
    const size_t one = 1;
    double begun = replay_now();
    ask(&world.askers[0], 0);
    engine_scene_run(&world.scene, so_many_are_told, &one);
    return replay_now() - begun;
}

static void a_fetch_waits_for_the_verdict_on_the_certificate(void **state)
{
    struct policy_server server;
    (void)state;
    policy_server_init(&server, FETCH_LIMIT / 2);
    double seconds = ask_for_policy();
    assert_true(seconds >= FETCH_LIMIT / 2 && seconds < FETCH_LIMIT);
    assert_true(world.askers[0].has_body);
    assert_int_equal(replay_pool_num_run(world.scene.run.pool), 1);
    policy_server_fini(&server);
}

/* Two fetches run out of time. Their verdicts come when nobody waits for them any more. */
static void a_verdict_that_comes_too_late_is_nobodys(void **state)
{
    struct policy_server server;
    (void)state;
    policy_server_init(&server, 3 * FETCH_LIMIT);
    double seconds = ask_for_policy();
    assert_true(seconds >= 2 * FETCH_LIMIT + PAUSE && seconds < 3 * FETCH_LIMIT);
    assert_true(world.askers[0].has_policy);
    assert_false(world.askers[0].has_body);
    assert_string_equal(server.server.request, "");
    assert_int_equal(replay_pool_num_run(world.scene.run.pool), 0);
    replay_run(world.scene.worker.loop, 2 * FETCH_LIMIT);
    assert_int_equal(replay_pool_num_run(world.scene.run.pool), 1);
    policy_server_fini(&server); /* the second is still to come */
}

static void do_nothing(struct pool_job *job)
{
    (void)job;
}

/* After a stop; another job keeps the pool busy. */
static void without_its_verdict_a_fetch_is_given_up(void **state)
{
    struct policy_server server;
    struct pool_job other = {.run = do_nothing, .done = do_nothing};
    const size_t one = 1;
    (void)state;
    policy_server_init(&server, FETCH_LIMIT / 2);
    pool_post(world.scene.run.pool, &other, &world.scene.worker.mailbox);
    ask(&world.askers[0], 0);
    replay_run(world.scene.worker.loop, FETCH_LIMIT / 4);
    assert_int_equal(world.num_told, 0);
    pool_drop_waiting(world.scene.run.pool);
    engine_scene_run(&world.scene, so_many_are_told, &one);
    assert_false(world.askers[0].has_policy);
    assert_int_equal(world.askers[0].failure, ONCE_STOPPED);
    assert_string_equal(server.server.request, "");
    replay_run(world.scene.worker.loop, FETCH_LIMIT);
    assert_int_equal(replay_pool_num_run(world.scene.run.pool), 1);
    policy_server_fini(&server);
}

/* A fetch without a descriptor says nothing of the policy: it is tried once more, and then the line
 * is given up. */
static void a_fetch_without_a_descriptor_is_not_the_domains_fault(void **state)
{
    struct policy_server server;
    struct rlimit usual;
    (void)state;
    policy_server_init(&server, 0);
    world.scene.worker.policies.once.max_kept = 0; /* it is fetched again ... */
    (void)ask_for_policy();                        /* ... with what the DNS now remembers */
    assert_true(world.askers[0].has_body);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    const struct rlimit none = {0, usual.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    memset(world.askers, 0, sizeof(world.askers));
    world.num_told = 0;
    double seconds = ask_for_policy();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
    assert_true(seconds >= PAUSE);
    assert_false(world.askers[0].has_policy);
    assert_int_equal(world.askers[0].failure, ONCE_NO_MEMORY);
    policy_server_fini(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fetches_that_cannot_start_do_not_stop_the_queue),
        cmocka_unit_test(a_stop_gives_up_the_fetches_that_wait),
        cmocka_unit_test(at_the_end_fetches_are_cancelled),
        cmocka_unit_test(everyone_is_told_whichever_allocation_fails),
        cmocka_unit_test(a_fetch_waits_for_the_verdict_on_the_certificate),
        cmocka_unit_test(a_verdict_that_comes_too_late_is_nobodys),
        cmocka_unit_test(without_its_verdict_a_fetch_is_given_up),
        cmocka_unit_test(a_fetch_without_a_descriptor_is_not_the_domains_fault),
    };
    return cmocka_run_group_tests_name("domain_policy", tests, NULL, NULL);
}
