/*
 * Chains are verified beside the loop, by a pool whose jobs take as long as a test says: what the
 * loop does meanwhile, who waits for which verdict, and what a stop, a lack of memory or the end
 * leaves of it. A worker of the engine and scripted servers, in simulated time.
 */
#include "tests/replay/engine_scene.h"

#include <limits.h>

#include "output/file/sink.h"
#include "scanner/engine/target.h"
#include "tests/replay/replay_peer.h"
#include "tests/replay/replay_pool.h"
#include "tests/unit/certificate_maker.h"
#include "tests/unit/failing_allocator.h"
#include "tests/unit/temp_file.h"

#define SERVER_ADDRESS "192.0.2.25"
#define NETWORK        "192.0.2.0/24"
#define NUM_SERVERS    2
#define NUM_CHAINS     2
#define VERDICT        300. /* seconds that a job takes; no dialogue lasts as long */
#define HOUR           3600.

static const char *const has_tls[] = {"S:220 mx ESMTP\r\n",
                                      "C:EHLO client.example.net\r\n",
                                      "S:250-mx\r\n250 STARTTLS\r\n",
                                      "C:STARTTLS\r\n",
                                      "S:220 go\r\n",
                                      "tls",
                                      "C:EHLO client.example.net\r\n",
                                      "S:250 mx\r\n",
                                      "C:QUIT\r\n",
                                      "S:221 bye\r\n",
                                      "eof",
                                      NULL};

/* Servers at consecutive ports of one address, from 25 on. */
struct world {
    struct engine_scene scene; /* first */
    struct peer servers[NUM_SERVERS];
    struct temp_file file;
    struct trust_store *store;
    struct made chains[NUM_CHAINS];
    char *results; /* the lines that were written */
};

static void on_done(struct ev_loop *loop, ev_async *watcher, int events)
{
    (void)watcher;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static bool has_no_names(struct dns_responder *responder, const struct responder_query *query)
{
    build_start(&responder->build, query->id, DNS_BUILD_REPLY, query->name, query->type);
    return true;
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    struct run *run = &world->scene.run;
    char error[256];
    engine_scene_init(&world->scene, has_no_names);
    struct config *config = &world->scene.config;
    config->hosts = true;
    config->depth = DEPTH_QUICK;
    config->allowed.items = malloc(sizeof(*config->allowed.items));
    config->allowed.num_items = 1;
    assert_true(prefix_parse(NETWORK, &config->allowed.items[0]));
    for (size_t i = 0; i < NUM_CHAINS; i++) {
        world->chains[i] = make(&(struct recipe){.cn = "Server"});
    }
    world->store = make_store((const struct made *const[]){&world->chains[0]}, 1);
    run->chain_cache = chain_cache_new(world->store, MAKER_NOW, 8);
    world->scene.worker.chain_cache = run->chain_cache;
    world->scene.worker.dialogues.chain_cache = run->chain_cache;
    run->services[run->num_services++] = service_find("smtp", 4);
    run->tally = tally_new();
    temp_file_init(&world->file, "results.jsonl");
    run->sink = sink_new(&(struct sink_options){.path = world->file.path, .tally = run->tally},
                         error, sizeof(error));
    assert_non_null(run->sink);
    run->emitter.sink = run->sink;
    run->loop = world->scene.worker.loop;
    ev_async_init(&run->done_wake, on_done);
    ev_async_start(run->loop, &run->done_wake);
    replay_pool_take(run->pool, VERDICT);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    struct run *run = &world->scene.run;
    ev_async_stop(run->loop, &run->done_wake);
    engine_scene_fini(&world->scene);
    sink_free(run->sink);
    tally_free(run->tally);
    chain_cache_free(run->chain_cache);
    trust_store_free(world->store);
    for (size_t i = 0; i < NUM_CHAINS; i++) {
        made_free(&world->chains[i]);
    }
    temp_file_fini(&world->file);
    free(world->results);
    free(world);
    return 0;
}

/* ---- What a test does ---- */

static struct peer *add_server(struct world *world, unsigned index, size_t chain)
{
    struct peer *server = &world->servers[index];
    server->scripts[0] = has_tls;
    server->context = SSL_CTX_new(TLS_method());
    assert_true(SSL_CTX_use_certificate(server->context, world->chains[chain].x509));
    assert_true(SSL_CTX_use_PrivateKey(server->context, world->chains[chain].key));
    assert_true(address_parse(SERVER_ADDRESS, &server->place.address));
    server->place.port = (uint16_t)(25 + index);
    peer_open(server);
    return server;
}

static void close_server(struct world *world, struct peer *server)
{
    replay_settle(world->scene.run.loop); /* it may have to notice that its client has gone */
    peer_close(server);
    assert_string_equal(server->problem, "");
    SSL_CTX_free(server->context);
}

static void post(struct world *world, const struct peer *server)
{
    struct run *run = &world->scene.run;
    struct target *target = target_new_place(
        run, &(struct target_place){.address = server->place.address, .port = server->place.port});
    assert_non_null(target);
    counter_add(&run->targets_admitted, 1);
    target_post(target);
}

/* Runs for so long, or until every target is done; true: it is. */
static bool run_for(struct world *world, double seconds)
{
    struct run *run = &world->scene.run;
    replay_run(run->loop, seconds);
    return counter_read(&run->targets_done) == counter_read(&run->targets_admitted);
}

static uint64_t num_done(const struct world *world)
{
    return counter_read(&world->scene.run.targets_done);
}

static unsigned num_run(const struct world *world)
{
    return replay_pool_num_run(world->scene.run.pool);
}

static unsigned long num_verified(const struct world *world)
{
    return (unsigned long)chain_cache_verifications(world->scene.run.chain_cache);
}

static unsigned num_written(struct world *world, const char *text)
{
    size_t len;
    unsigned num = 0;
    sink_finish(world->scene.run.sink);
    world->results = temp_file_read(&world->file, &len);
    for (const char *at = world->results; (at = strstr(at, text)) != NULL; at++) {
        num++;
    }
    return num;
}

/* ---- Beside the loop ---- */

static void the_loop_holds_dialogues_while_a_chain_is_verified(void **state)
{
    struct world *world = *state;
    struct peer *slow = add_server(world, 0, 0);
    struct peer *other = add_server(world, 1, 1);
    post(world, slow);
    assert_false(run_for(world, VERDICT / 3));
    assert_int_equal(slow->num_clients, 1);
    assert_int_equal(num_verified(world), 0);
    post(world, other);
    double asked = replay_now();
    assert_false(run_for(world, VERDICT / 3));
    assert_int_equal(other->num_clients, 1);
    assert_true(other->came[0] - asked < 1);
    assert_int_equal(counter_read(&world->scene.worker.dialogues.counters.in_flight), 0);
    assert_int_equal(num_run(world), 0);
    assert_true(run_for(world, HOUR));
    assert_int_equal(num_run(world), 2);
    assert_int_equal(num_written(world, "\"outcome\":\"ok\""), 2);
    close_server(world, slow);
    close_server(world, other);
}

static void what_is_known_is_judged_on_the_loop(void **state)
{
    struct world *world = *state;
    struct peer *first = add_server(world, 0, 0);
    struct peer *second = add_server(world, 1, 0);
    post(world, first);
    assert_true(run_for(world, HOUR));
    post(world, second);
    double asked = replay_now();
    assert_true(run_for(world, HOUR));
    assert_true(replay_now() - asked < 1);
    assert_int_equal(num_run(world), 1);
    assert_int_equal(num_verified(world), 1);
    close_server(world, first);
    close_server(world, second);
}

static void two_that_show_one_chain_at_once_get_one_verdict(void **state)
{
    struct world *world = *state;
    struct peer *first = add_server(world, 0, 0);
    struct peer *second = add_server(world, 1, 0);
    post(world, first);
    post(world, second);
    assert_false(run_for(world, VERDICT / 2));
    assert_int_equal(first->num_clients + second->num_clients, 2);
    assert_true(run_for(world, HOUR));
    assert_int_equal(num_verified(world), 1);
    assert_int_equal(num_written(world, "\"trusted\":\"yes\""), 2);
    close_server(world, first);
    close_server(world, second);
}

/* ---- Ends ---- */

/* The dialogue was under way, and its result is not thrown away. */
static void a_stop_waits_for_the_verdict(void **state)
{
    struct world *world = *state;
    struct peer *server = add_server(world, 0, 0);
    post(world, server);
    assert_false(run_for(world, VERDICT / 2));
    worker_post_stop(&world->scene.worker);
    assert_false(run_for(world, VERDICT / 4));
    assert_true(run_for(world, HOUR));
    assert_int_equal(num_written(world, "\"outcome\":\"ok\""), 1);
    close_server(world, server);
}

/* A stop that has waited long enough: who was not begun has no line, and whose turn it was has. */
static void what_waits_for_the_pool_can_be_given_up(void **state)
{
    struct world *world = *state;
    struct peer *first = add_server(world, 0, 0);
    struct peer *second = add_server(world, 1, 1);
    post(world, first);
    post(world, second);
    assert_false(run_for(world, VERDICT / 2));
    worker_post_stop(&world->scene.worker);
    pool_drop_waiting(world->scene.run.pool);
    assert_false(run_for(world, VERDICT / 4));
    assert_int_equal(num_done(world), 1);
    assert_true(run_for(world, HOUR));
    assert_int_equal(num_run(world), 1);
    assert_int_equal(num_written(world, "\"type\":\"endpoint\""), 1);
    close_server(world, first);
    close_server(world, second);
}

/* What comes back then finds nobody; that it is freed is seen by ASan. */
static void who_leaves_at_once_waits_for_no_verdict(void **state)
{
    struct world *world = *state;
    struct peer *first = add_server(world, 0, 0);
    struct peer *second = add_server(world, 1, 1);
    post(world, first);
    post(world, second);
    assert_false(run_for(world, VERDICT / 2));
    assert_int_equal(num_done(world), 0);
    close_server(world, first);
    close_server(world, second);
}

/* The pool of a test works on its only thread, whose allocations are counted. */
static void without_memory_for_the_verdict_nothing_is_said(void **state)
{
    struct world *world = *state;
    struct peer *server = add_server(world, 0, 0);
    post(world, server);
    assert_false(run_for(world, VERDICT / 2));
    fail_allocations(0, ULONG_MAX);
    bool is_over = run_for(world, HOUR);
    assert_true(end_failing() > 0);
    assert_true(is_over);
    assert_int_equal(num_run(world), 1);
    assert_int_equal(num_written(world, "\"type\":\"endpoint\""), 0);
    close_server(world, server);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(the_loop_holds_dialogues_while_a_chain_is_verified),
        T(what_is_known_is_judged_on_the_loop),
        T(two_that_show_one_chain_at_once_get_one_verdict),
        T(a_stop_waits_for_the_verdict),
        T(what_waits_for_the_pool_can_be_given_up),
        T(who_leaves_at_once_waits_for_no_verdict),
        T(without_memory_for_the_verdict_nothing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
