/*
 * When a server is asked again, how long it is left alone, and what a stop leaves of that: a worker
 * of the engine and scripted servers, in simulated time. Minutes of waiting, to 20 ms.
 */
#include "tests/replay/engine_scene.h"

#include "output/file/sink.h"
#include "scanner/engine/server.h"
#include "scanner/engine/target.h"
#include "scanner/probe/dialogue_plan.h"
#include "tests/replay/replay_peer.h"
#include "tests/unit/certificate_maker.h"
#include "tests/unit/temp_file.h"

#define SERVER_ADDRESS "192.0.2.25"
#define NETWORK        "192.0.2.0/24"
#define NUM_SERVERS    2
#define RETRY_WAIT     30. /* the first time, and four times as long the next */
#define GREETING       35. /* seconds to wait for it */
#define HOUR           3600.
#define TOLERANCE      0.02 /* the pacer starts connections every 10 ms */

#define GOODBYE "C:QUIT\r\n", "S:221 bye\r\n", "eof", NULL

static const char *const is_busy[] = {"S:421 4.3.2 too busy\r\n", GOODBYE};
static const char *const says_later[] = {"S:450 4.3.2 not now\r\n", GOODBYE};
static const char *const says_no[] = {"S:554 5.7.1 no\r\n", GOODBYE};
static const char *const is_silent[] = {"silent", NULL};
static const char *const is_slow[] = {"W:20", "S:554 5.7.1 no\r\n", GOODBYE};

/* Servers at consecutive ports of one address, from 25 on. */
struct world {
    struct engine_scene scene; /* first */
    struct peer servers[NUM_SERVERS];
    struct temp_file file;
    struct trust_store *store;
    struct made certificate;
    char *results; /* the lines that were written */
    double begun;
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
    config->retry_wait = RETRY_WAIT;
    config->limits.greeting = GREETING;
    config->allowed.items = malloc(sizeof(*config->allowed.items));
    config->allowed.num_items = 1;
    assert_true(prefix_parse(NETWORK, &config->allowed.items[0]));
    world->certificate = make(&(struct recipe){.cn = "Root"});
    world->store = make_store((const struct made *const[]){&world->certificate}, 1);
    run->chain_cache = chain_cache_new(world->store, MAKER_NOW, 8);
    world->scene.worker.chain_cache = run->chain_cache;
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
    made_free(&world->certificate);
    temp_file_fini(&world->file);
    free(world->results);
    free(world);
    return 0;
}

/* ---- What a test does ---- */

static struct peer *add_server(struct world *world, unsigned index, const char *const *first,
                               const char *const *second, const char *const *third)
{
    struct peer *server = &world->servers[index];
    server->scripts[0] = first;
    server->scripts[1] = second;
    server->scripts[2] = third;
    assert_true(address_parse(SERVER_ADDRESS, &server->place.address));
    server->place.port = (uint16_t)(25 + index);
    peer_open(server);
    return server;
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

static void read_results(struct world *world)
{
    size_t len;
    const struct line_outlet outlet = emit_outlet(&world->scene.run.emitter);
    interception_end(world->scene.run.interception, &outlet); /* F waits for other networks */
    sink_finish(world->scene.run.sink);
    world->results = temp_file_read(&world->file, &len);
}

static void close_server(struct world *world, struct peer *server)
{
    replay_settle(world->scene.run.loop); /* it may have to notice that its client has gone */
    peer_close(server);
    assert_string_equal(server->problem, "");
}

static void assert_wrote(const struct world *world, const char *text)
{
    if (strstr(world->results, text) == NULL) {
        fail_msg("%s is not in %s", text, world->results);
    }
}

static void assert_waited(double waited, double expected)
{
    if (waited < expected || waited > expected + TOLERANCE) {
        fail_msg("%.3f s, expected %.3f", waited, expected);
    }
}

/* A server that is asked this often, so long after the time before, with this outcome at last. */
static void assert_asked(struct world *world, const struct peer *server, unsigned num,
                         const double waits[], const char *outcome)
{
    char attempts[32];
    assert_int_equal(server->num_clients, num);
    for (unsigned i = 1; i < num; i++) {
        assert_waited(server->came[i] - server->came[i - 1], waits[i - 1]);
    }
    snprintf(attempts, sizeof(attempts), "\"attempts\":%u,", num);
    read_results(world);
    assert_wrote(world, attempts);
    assert_wrote(world, outcome);
}

static void ask_alone(struct world *world, struct peer *server, unsigned num, const double waits[],
                      const char *outcome)
{
    post(world, server);
    assert_true(run_for(world, HOUR));
    assert_asked(world, server, num, waits, outcome);
    close_server(world, server);
}

/* ---- When a server is asked again ---- */

static void a_busy_server_is_asked_again_after_waits_that_grow(void **state)
{
    struct world *world = *state;
    ask_alone(world, add_server(world, 0, is_busy, is_busy, says_no), 3,
              (double[]){RETRY_WAIT, 4 * RETRY_WAIT}, "\"outcome\":\"banner_5xx\"");
}

static void one_that_is_busy_each_time_is_believed(void **state)
{
    struct world *world = *state;
    ask_alone(world, add_server(world, 0, is_busy, NULL, NULL), 3,
              (double[]){RETRY_WAIT, 4 * RETRY_WAIT}, "\"outcome\":\"banner_421\"");
}

static void one_that_says_later_is_asked_later(void **state)
{
    struct world *world = *state;
    ask_alone(world, add_server(world, 0, says_later, says_later, says_no), 3,
              (double[]){RETRY_WAIT, 4 * RETRY_WAIT}, "\"outcome\":\"banner_5xx\"");
}

static void a_refusal_is_asked_for_once_more_soon(void **state)
{
    struct world *world = *state;
    ask_alone(world, add_server(world, 0, says_no, NULL, NULL), 2, (double[]){RETRY_WAIT / 4},
              "\"outcome\":\"banner_5xx\"");
}

static void a_time_out_is_not_believed_the_first_time(void **state)
{
    struct world *world = *state;
    ask_alone(world, add_server(world, 0, is_silent, NULL, NULL), 2,
              (double[]){GREETING + RETRY_WAIT / 4}, "\"outcome\":\"banner_timeout\"");
}

static void a_wall_clock_that_is_set_changes_no_wait(void **state)
{
    struct world *world = *state;
    struct peer *server = add_server(world, 0, is_busy, is_silent, says_no);
    post(world, server);
    assert_false(run_for(world, RETRY_WAIT / 2));
    replay_set_wall(-600);
    assert_false(run_for(world, RETRY_WAIT / 2 + GREETING / 2));
    assert_int_equal(server->num_clients, 2);
    replay_set_wall(1200);
    assert_true(run_for(world, HOUR));
    assert_asked(world, server, 2, (double[]){RETRY_WAIT}, "\"outcome\":\"banner_timeout\"");
    close_server(world, server);
}

/* ---- Who is left alone meanwhile ---- */

static void an_address_that_is_busy_is_left_alone_by_everyone(void **state)
{
    struct world *world = *state;
    struct peer *busy = add_server(world, 0, is_busy, says_no, NULL);
    struct peer *other = add_server(world, 1, says_no, NULL, NULL);
    post(world, busy);
    assert_false(run_for(world, 1));
    post(world, other);
    assert_true(run_for(world, HOUR));
    assert_waited(busy->came[1] - busy->came[0], RETRY_WAIT);
    assert_waited(other->came[0] - busy->came[0], RETRY_WAIT);
    close_server(world, busy);
    close_server(world, other);
}

static void one_that_says_later_keeps_nobody_else_waiting(void **state)
{
    struct world *world = *state;
    struct peer *later = add_server(world, 0, says_later, says_no, NULL);
    struct peer *other = add_server(world, 1, says_no, NULL, NULL);
    post(world, later);
    assert_false(run_for(world, 1));
    post(world, other);
    assert_true(run_for(world, HOUR));
    assert_waited(other->came[0] - later->came[0], 1);
    close_server(world, later);
    close_server(world, other);
}

/* ---- Stopping ---- */

static void a_stop_does_not_wait_for_a_retry(void **state)
{
    struct world *world = *state;
    struct peer *server = add_server(world, 0, is_busy, says_no, NULL);
    post(world, server);
    assert_false(run_for(world, RETRY_WAIT / 2));
    worker_post_stop(&world->scene.worker);
    double stopped = replay_now();
    assert_true(run_for(world, HOUR));
    assert_waited(replay_now() - stopped, 0);
    assert_int_equal(server->num_clients, 1);
    close_server(world, server);
}

static void a_stop_lets_a_dialogue_come_to_its_end_and_begins_no_other(void **state)
{
    struct world *world = *state;
    struct peer *server = add_server(world, 0, is_slow, is_slow, NULL);
    post(world, server);
    assert_false(run_for(world, 10));
    worker_post_stop(&world->scene.worker);
    assert_false(run_for(world, 9.9));
    assert_true(run_for(world, HOUR));
    assert_waited(replay_now() - server->came[0], 20);
    assert_int_equal(server->num_clients, 1);
    close_server(world, server);
}

static void a_stop_begins_nothing_that_waits_for_its_turn(void **state)
{
    struct world *world = *state;
    struct peer *server = add_server(world, 0, is_busy, says_no, NULL);
    struct peer *other = add_server(world, 1, says_no, NULL, NULL);
    post(world, server);
    assert_false(run_for(world, 1));
    post(world, other); /* the address is left alone */
    assert_false(run_for(world, 1));
    worker_post_stop(&world->scene.worker);
    double stopped = replay_now();
    assert_true(run_for(world, HOUR));
    assert_waited(replay_now() - stopped, 0);
    assert_int_equal(other->num_clients, 0);
    close_server(world, server);
    close_server(world, other);
}

/* ---- Stopping a check ---- */

#define EHLO        "S:220 mx ESMTP\r\n", "C:EHLO client.example.net\r\n"
#define CHECK_AFTER 5. /* seconds after the last handshake dialogue */

static const char *const has_no_starttls[] = {EHLO, "S:250 mx\r\n", GOODBYE};
static const char *const refuses_starttls[] = {EHLO, "S:250-mx\r\n250 STARTTLS\r\n",
                                               "C:STARTTLS\r\n", "S:502 5.5.1 no\r\n", GOODBYE};

/* Two dialogues that were refused, and one that was offered nothing: the offer is to be checked. */
static struct peer *ask_until_check(struct world *world)
{
    struct peer *server = add_server(world, 0, has_no_starttls, refuses_starttls, refuses_starttls);
    world->scene.config.depth = DEPTH_STANDARD;
    post(world, server);
    assert_false(run_for(world, 2 * RETRY_WAIT / 4 + 1));
    assert_int_equal(server->num_clients, 3);
    return server;
}

static void assert_stop_keeps_what_was_seen(struct world *world, const struct peer *server)
{
    worker_post_stop(&world->scene.worker);
    double stopped = replay_now();
    assert_true(run_for(world, HOUR));
    assert_waited(replay_now() - stopped, 0);
    assert_int_equal(server->num_clients, 3);
    read_results(world);
    assert_wrote(world, "\"outcome\":\"starttls_refused\"");
    assert_wrote(world, "\"attempts\":3,");
}

static void a_stop_before_a_check_keeps_what_was_seen(void **state)
{
    struct world *world = *state;
    struct peer *server = ask_until_check(world);
    assert_stop_keeps_what_was_seen(world, server);
    close_server(world, server);
}

static void a_stop_while_a_check_waits_for_its_turn_keeps_what_was_seen(void **state)
{
    struct world *world = *state;
    struct peer *server = ask_until_check(world);
    struct peer *other = add_server(world, 1, is_busy, says_no, NULL);
    post(world, other); /* the address is left alone when the check is due */
    assert_false(run_for(world, CHECK_AFTER + 1));
    assert_int_equal(other->num_clients, 1);
    assert_stop_keeps_what_was_seen(world, server);
    close_server(world, server);
    close_server(world, other);
}

/* ---- Two names of one server ---- */

#define TYPE_A        1  /* RFC 1035 section 3.2.2 */
#define OFFER_SECONDS 18 /* that the dialogue lasts which is offered STARTTLS */

static const char *const offers_for_long[] = {
    EHLO, "S:250-mx\r\n250 STARTTLS\r\n", "C:STARTTLS\r\n", "W:18", "S:502 5.5.1 no\r\n", GOODBYE};

static bool has_one_name(struct dns_responder *responder, const struct responder_query *query)
{
    build_start(&responder->build, query->id, DNS_BUILD_REPLY, query->name, query->type);
    if (query->type == TYPE_A) {
        build_a(&responder->build, query->name, 60, 0xc0000219);
    }
    return true;
}

/* The server offers STARTTLS to the first dialogue, of the bare address, and hides it from those of
 * the name, which end while the first one lasts. */
static struct peer *ask_under_two_names(struct world *world)
{
    struct run *run = &world->scene.run;
    struct peer *server = add_server(world, 0, offers_for_long, has_no_starttls, NULL);
    world->scene.responder.answer = has_one_name;
    post(world, server);
    assert_false(run_for(world, 1));
    struct target *target = target_new_place(
        run, &(struct target_place){.host = named("mx.example.net"), .port = server->place.port});
    assert_non_null(target);
    counter_add(&run->targets_admitted, 1);
    target_post(target);
    assert_false(run_for(world, OFFER_SECONDS - 3));
    assert_int_equal(server->num_clients, 3);
    return server;
}

static void assert_accuses_nobody(struct world *world)
{
    read_results(world);
    assert_wrote(world, "\"host\":\"mx.example.net\"");
    assert_null(strstr(world->results, "\"code\":\"no_starttls\""));
    assert_int_equal(revised_count(&world->scene.run.revised), 0);
}

static void no_name_is_accused_while_another_is_offered_starttls(void **state)
{
    struct world *world = *state;
    struct peer *server = ask_under_two_names(world);
    assert_true(run_for(world, HOUR));
    assert_accuses_nobody(world);
    close_server(world, server);
}

static void nor_after_a_stop(void **state)
{
    struct world *world = *state;
    struct peer *server = ask_under_two_names(world);
    worker_post_stop(&world->scene.worker);
    assert_true(run_for(world, HOUR));
    assert_waited(replay_now() - server->came[0], OFFER_SECONDS);
    assert_int_equal(server->num_clients, 3);
    assert_accuses_nobody(world);
    close_server(world, server);
}

/* ---- The probes of a server ---- */

struct prober {
    struct server_waiter waiter; /* first */
    unsigned num_told;
    double told;
    struct server_facts facts; /* a copy */
};

static void on_probed(struct once_waiter *waiter)
{
    struct prober *prober = (struct prober *)waiter;
    prober->num_told++;
    prober->told = replay_now();
    if (!waiter->is_given_up) {
        prober->facts = *prober->waiter.facts;
    }
}

/* Asks for what only probes can tell, as an endpoint does after that handshake. */
static void probe_after(struct world *world, const struct peer *server,
                        const struct observation *handshake, struct prober *prober)
{
    const struct server_question question = {
        .server = {.address = server->place.address,
                   .port = server->place.port,
                   .service = world->scene.run.services[0]},
        .handshake = handshake,
    };
    world->scene.config.depth = DEPTH_STANDARD;
    *prober = (struct prober){.waiter.waiter.ready = on_probed};
    server_ask(&world->scene.worker.servers, &question, &prober->waiter);
}

/* A handshake that says nothing of the server: its questions are put one by one. */
static void probe(struct world *world, const struct peer *server, struct prober *prober)
{
    probe_after(world, server, &(struct observation){.outcome = OUTCOME_OK}, prober);
}

static void assert_left_open(const struct prober *prober, enum outcome reason)
{
    assert_int_equal(prober->num_told, 1);
    assert_false(prober->waiter.waiter.is_given_up);
    for (unsigned i = TLS_1_0; i < TLS_VERSION_COUNT; i++) {
        assert_int_equal(prober->facts.versions[i].value, TRI_UNKNOWN);
        assert_int_equal(prober->facts.versions[i].reason, reason);
    }
}

static void the_waits_of_a_server_are_two_whatever_is_left_to_ask(void **state)
{
    struct world *world = *state;
    struct peer *server = add_server(world, 0, is_busy, is_busy, NULL);
    struct prober prober;
    probe(world, server, &prober);
    double begun = replay_now();
    run_for(world, HOUR);
    assert_int_equal(server->num_clients, 3);
    assert_waited(prober.told - begun, 5 * RETRY_WAIT);
    assert_left_open(&prober, OUTCOME_BANNER_421);
    close_server(world, server);
}

static void nobody_calls_a_server_that_asked_to_come_back_too_often(void **state)
{
    struct world *world = *state;
    struct peer *server = add_server(world, 0, is_busy, is_busy, NULL);
    world->scene.responder.answer = has_one_name;
    post(world, server);
    assert_false(run_for(world, 1)); /* the others wait for their turns */
    for (unsigned i = 0; i < 3; i++) {
        static const char *const names[] = {"a.example.net", "b.example.net", "c.example.net"};
        struct run *run = &world->scene.run;
        struct target *target = target_new_place(
            run, &(struct target_place){.host = named(names[i]), .port = server->place.port});
        assert_non_null(target);
        counter_add(&run->targets_admitted, 1);
        target_post(target);
    }
    double begun = replay_now();
    assert_true(run_for(world, HOUR));
    assert_true(replay_now() - begun <= 5 * RETRY_WAIT + TOLERANCE);
    assert_int_equal(server->num_clients, 3);
    read_results(world);
    assert_wrote(world, "\"host\":\"c.example.net\"");
    assert_null(strstr(world->results, "\"outcome\":\"ok\""));
    close_server(world, server);
}

/* 72 seconds each. */
static const char *const is_slow_and_polite[] = {"W:34",
                                                 "S:220 mx ESMTP\r\n",
                                                 "C:EHLO client.example.net\r\n",
                                                 "W:19",
                                                 "S:250-mx\r\n250 STARTTLS\r\n",
                                                 "C:STARTTLS\r\n",
                                                 "W:19",
                                                 "S:220 go\r\n",
                                                 "N:50",
                                                 "X:15030100020228",
                                                 "silent",
                                                 NULL};

static void the_connections_of_a_server_are_open_for_three_minutes(void **state)
{
    struct world *world = *state;
    struct peer *server = add_server(world, 0, is_slow_and_polite, is_slow_and_polite, NULL);
    struct prober prober;
    world->scene.config.retry_wait = 0;
    probe(world, server, &prober);
    double begun = replay_now();
    run_for(world, HOUR);
    assert_int_equal(prober.num_told, 1);
    assert_true(prober.told - begun <= PLAN_OPEN_SECONDS + TOLERANCE);
    assert_int_equal(prober.facts.versions[TLS_1_0].reason, OUTCOME_TARGET_TIMEOUT);
    assert_int_equal(prober.facts.versions[TLS_1_3].value, TRI_NO); /* what was learnt is kept */
    replay_settle(world->scene.run.loop);
    peer_close(server);
    assert_non_null(strstr(server->problem, "250-mx")); /* we went, in the third dialogue */
}

static const struct observation tls12 = {.outcome = OUTCOME_OK,
                                         .starttls_handshake = {.value = TRI_YES},
                                         .tls_version = 0x0303,
                                         .offered_tls13 = true};

static const char *const refuses_each_hello[] = {"W:10",
                                                 EHLO,
                                                 "S:250-mx\r\n250 STARTTLS\r\n",
                                                 "C:STARTTLS\r\n",
                                                 "S:220 go\r\n",
                                                 "N:20",
                                                 "X:15030100020228",
                                                 "silent",
                                                 NULL};

static void two_questions_that_are_asked_anyway_are_asked_at_once(void **state)
{
    struct world *world = *state;
    struct peer *server = add_server(world, 0, refuses_each_hello, refuses_each_hello, NULL);
    struct prober prober;
    probe_after(world, server, &tls12, &prober);
    double begun = replay_now();
    run_for(world, HOUR);
    assert_int_equal(prober.num_told, 1);
    assert_int_equal(server->num_clients, 4); /* TLS 1.2, TLS 1.1, SSLv2, weak suites */
    const double came[] = {0, 0, 10, 10};
    for (unsigned i = 0; i < 4; i++) {
        assert_waited(server->came[i] - begun, came[i]);
    }
    assert_waited(prober.told - begun, 20);
    close_server(world, server);
}

/* Both are refused at the same time: one wait, and then one connection at a time. */
static void two_that_are_told_to_come_back_at_once_share_a_wait(void **state)
{
    struct world *world = *state;
    struct peer *server = add_server(world, 0, is_busy, is_busy, refuses_each_hello);
    struct prober prober;
    probe_after(world, server, &tls12, &prober);
    double begun = replay_now();
    run_for(world, HOUR);
    assert_int_equal(server->num_clients, 6);
    const double came[] = {0, 0, RETRY_WAIT, RETRY_WAIT + 10, RETRY_WAIT + 20, RETRY_WAIT + 30};
    for (unsigned i = 0; i < 6; i++) {
        assert_waited(server->came[i] - begun, came[i]);
    }
    assert_int_equal(prober.facts.versions[TLS_1_1].value, TRI_NO);
    close_server(world, server);
}

static void assert_stopped(struct world *world, const struct prober *prober, double when)
{
    run_for(world, HOUR);
    assert_int_equal(prober->num_told, 1);
    assert_true(prober->waiter.waiter.is_given_up);
    assert_int_equal(prober->waiter.waiter.failure, ONCE_STOPPED);
    assert_waited(prober->told - when, 0);
}

static void a_stop_lets_one_of_two_probes_end_and_forgets_the_other(void **state)
{
    struct world *world = *state;
    struct peer *server = add_server(world, 0, refuses_each_hello, refuses_each_hello, NULL);
    struct peer *other = add_server(world, 1, is_slow, is_slow, NULL);
    struct prober waiting, prober;
    probe(world, other, &waiting); /* one of the two connections that the address may have */
    probe_after(world, server, &tls12, &prober);
    run_for(world, 1);
    assert_int_equal(server->num_clients, 1);
    worker_post_stop(&world->scene.worker);
    assert_stopped(world, &prober, server->came[0] + 10);
    assert_int_equal(server->num_clients, 1);
    close_server(world, server);
    close_server(world, other);
}

static void a_stop_lets_a_probe_come_to_its_end_and_begins_no_other(void **state)
{
    struct world *world = *state;
    struct peer *server = add_server(world, 0, is_slow, is_slow, NULL);
    struct prober prober;
    probe(world, server, &prober);
    run_for(world, 10);
    worker_post_stop(&world->scene.worker);
    assert_stopped(world, &prober, server->came[0] + 20);
    assert_int_equal(server->num_clients, 1);
    close_server(world, server);
}

static void a_stop_does_not_wait_for_a_probe_that_is_to_be_repeated(void **state)
{
    struct world *world = *state;
    struct peer *server = add_server(world, 0, is_busy, says_no, NULL);
    struct prober prober;
    probe(world, server, &prober);
    run_for(world, RETRY_WAIT / 2);
    worker_post_stop(&world->scene.worker);
    assert_stopped(world, &prober, replay_now());
    assert_int_equal(server->num_clients, 1);
    close_server(world, server);
}

static void a_stop_does_not_wait_for_the_turn_of_a_probe(void **state)
{
    struct world *world = *state;
    struct peer *busy = add_server(world, 0, is_busy, says_no, NULL);
    struct peer *other = add_server(world, 1, says_no, NULL, NULL);
    struct prober prober, waiting;
    probe(world, busy, &prober);
    run_for(world, 1);
    probe(world, other, &waiting); /* the address is left alone */
    run_for(world, 1);
    worker_post_stop(&world->scene.worker);
    double stopped = replay_now();
    assert_stopped(world, &prober, stopped);
    assert_stopped(world, &waiting, stopped);
    assert_int_equal(other->num_clients, 0);
    close_server(world, busy);
    close_server(world, other);
}

static void after_a_stop_no_probe_begins(void **state)
{
    struct world *world = *state;
    struct peer *server = add_server(world, 0, says_no, NULL, NULL);
    struct prober prober;
    worker_post_stop(&world->scene.worker);
    run_for(world, 1);
    probe(world, server, &prober);
    assert_stopped(world, &prober, replay_now());
    assert_int_equal(server->num_clients, 0);
    close_server(world, server);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_busy_server_is_asked_again_after_waits_that_grow),
        TEST(one_that_is_busy_each_time_is_believed),
        TEST(one_that_says_later_is_asked_later),
        TEST(a_refusal_is_asked_for_once_more_soon),
        TEST(a_time_out_is_not_believed_the_first_time),
        TEST(a_wall_clock_that_is_set_changes_no_wait),
        TEST(an_address_that_is_busy_is_left_alone_by_everyone),
        TEST(one_that_says_later_keeps_nobody_else_waiting),
        TEST(a_stop_does_not_wait_for_a_retry),
        TEST(a_stop_lets_a_dialogue_come_to_its_end_and_begins_no_other),
        TEST(a_stop_begins_nothing_that_waits_for_its_turn),
        TEST(a_stop_before_a_check_keeps_what_was_seen),
        TEST(a_stop_while_a_check_waits_for_its_turn_keeps_what_was_seen),
        TEST(no_name_is_accused_while_another_is_offered_starttls),
        TEST(nor_after_a_stop),
        TEST(the_waits_of_a_server_are_two_whatever_is_left_to_ask),
        TEST(nobody_calls_a_server_that_asked_to_come_back_too_often),
        TEST(the_connections_of_a_server_are_open_for_three_minutes),
        TEST(two_questions_that_are_asked_anyway_are_asked_at_once),
        TEST(two_that_are_told_to_come_back_at_once_share_a_wait),
        TEST(a_stop_lets_one_of_two_probes_end_and_forgets_the_other),
        TEST(a_stop_lets_a_probe_come_to_its_end_and_begins_no_other),
        TEST(a_stop_does_not_wait_for_a_probe_that_is_to_be_repeated),
        TEST(a_stop_does_not_wait_for_the_turn_of_a_probe),
        TEST(after_a_stop_no_probe_begins),
    };
    return cmocka_run_group_tests_name("retries", tests, NULL, NULL);
}
