/* The pacer's limits, in simulated time: none is ever passed, and nobody waits for ever. */
#include "io/net/pacer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/base/loop.h"
#include "tests/replay/replay_clock.h"
#include "tests/unit/named.h"

#define PROVIDERS_MAX 64
#define TICKETS_MAX   4096

struct scene;

/* A connection of the test: it is started, lasts a while, and is released. */
struct job {
    struct pacer_ticket ticket; /* first, so that a ticket is a job */
    struct scene *scene;
    struct pacer *pacer;
    unsigned network;
    unsigned address;
    unsigned provider;
    ev_timer timer;
    bool started;
    bool ended;
    double when;    /* it was started */
    unsigned order; /* among all that were started */
    unsigned more;  /* times that it is to be started again before it has ended */
};

struct scene {
    struct ev_loop *loop;
    struct table_seed seed;
    struct pacer *pacer;
    struct pacer_rates rates;
    struct pacer_limits limits;
    double seconds; /* that a job lasts; below 0: until the test ends it */
    struct job *jobs;
    size_t num_jobs;
    unsigned started, ended;
    unsigned active_of_address[PROVIDERS_MAX];
    unsigned active_of_provider[PROVIDERS_MAX];
    unsigned active, most_active;
    unsigned most_of_address, most_of_provider;
    bool has_two_pacers;
    bool within_call; /* of a function of the pacer's that must not start anything */
};

static void on_start_alone(struct pacer_ticket *ticket)
{
    ((struct job *)ticket)->started = true;
}

static void enqueue(struct job *job, unsigned network);

/* Part of it is over, and the next one follows. */
static void job_go_on(struct job *job)
{
    struct scene *scene = job->scene;
    job->more--;
    job->started = false;
    scene->active--;
    scene->active_of_address[job->address]--;
    scene->active_of_provider[job->provider]--;
    scene->within_call = true;
    pacer_release(job->pacer, &job->ticket);
    scene->within_call = false;
    enqueue(job, job->address);
}

static void job_end(struct job *job)
{
    struct scene *scene = job->scene;
    ev_timer_stop(scene->loop, &job->timer);
    if (job->started && !job->ended) {
        scene->active--;
        scene->active_of_address[job->address]--;
        scene->active_of_provider[job->provider]--;
    }
    job->ended = true;
    scene->ended++;
    scene->within_call = true;
    pacer_release(job->pacer, &job->ticket);
    scene->within_call = false;
    if (scene->ended == scene->num_jobs) {
        ev_break(scene->loop, EVBREAK_ALL);
    }
}

static void on_job_over(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    struct job *job = timer->data;
    if (job->more > 0) {
        job_go_on(job);
    } else {
        job_end(job);
    }
}

static unsigned greater(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

static void on_start(struct pacer_ticket *ticket)
{
    struct job *job = (struct job *)ticket;
    struct scene *scene = job->scene;
    assert_false(scene->within_call);
    assert_false(job->started);
    job->started = true;
    job->when = loop_now(scene->loop).seconds;
    job->order = scene->started++;
    scene->active++;
    scene->active_of_address[job->address]++;
    scene->active_of_provider[job->provider]++;
    scene->most_active = greater(scene->most_active, scene->active);
    scene->most_of_address =
        greater(scene->most_of_address, scene->active_of_address[job->address]);
    scene->most_of_provider =
        greater(scene->most_of_provider, scene->active_of_provider[job->provider]);
    assert_true(scene->has_two_pacers || pacer_in_flight(scene->pacer) == scene->active);
    if (scene->seconds >= 0) {
        ev_timer_set(&job->timer, scene->seconds, 0.);
        ev_timer_start(scene->loop, &job->timer);
    }
}

static void scene_init_from(struct scene *scene, const struct pacer_limits *limits,
                            const struct source_addresses *sources)
{
    memset(scene, 0, sizeof(*scene));
    scene->loop = loop_new();
    assert_non_null(scene->loop);
    scene->seed = table_seed_random();
    scene->limits = *limits;
    scene->pacer = pacer_new(scene->loop, &scene->seed, limits, &scene->rates, sources);
    assert_non_null(scene->pacer);
    scene->jobs = calloc(TICKETS_MAX, sizeof(*scene->jobs));
    assert_non_null(scene->jobs);
}

static void scene_init(struct scene *scene, const struct pacer_limits *limits)
{
    scene_init_from(scene, limits, NULL);
}

static void scene_fini(struct scene *scene)
{
    pacer_free(scene->pacer);
    loop_free(scene->loop);
    free(scene->jobs);
}

static struct address address_of(unsigned network, unsigned address)
{
    return (struct address){.family = 4, .bytes = {127, 1, (uint8_t)network, (uint8_t)address}};
}

static void enqueue(struct job *job, unsigned network)
{
    struct scene *scene = job->scene;
    struct address text = address_of(network, job->address);
    job->network = network;
    char name[32];
    snprintf(name, sizeof(name), "provider%u.example", job->provider);
    scene->within_call = true;
    assert_true(pacer_enqueue(job->pacer, &job->ticket, &text, named(name)));
    scene->within_call = false;
}

static struct job *add_in_turn(struct scene *scene, unsigned network, unsigned address,
                               unsigned provider, uint32_t turn)
{
    assert_true(scene->num_jobs < TICKETS_MAX && address < PROVIDERS_MAX);
    struct job *job = &scene->jobs[scene->num_jobs++];
    memset(job, 0, sizeof(*job));
    job->scene = scene;
    job->pacer = scene->pacer;
    job->address = address;
    job->provider = provider;
    job->ticket.start = on_start;
    job->ticket.turn = turn;
    ev_timer_init(&job->timer, on_job_over, 0., 0.);
    job->timer.data = job;
    enqueue(job, network);
    return job;
}

static struct job *add_to(struct scene *scene, unsigned network, unsigned address,
                          unsigned provider)
{
    return add_in_turn(scene, network, address, provider, 0);
}

/* An address in a network of its own. */
static struct job *add(struct scene *scene, unsigned address, unsigned provider)
{
    return add_to(scene, address, address, provider);
}

/* Runs the loop for so long, or until all jobs have ended. */
static void run_for(struct scene *scene, double seconds)
{
    replay_run(scene->loop, seconds);
}

#define PATIENCE 60. /* seconds, in which every scene is over */

static void end_all(struct scene *scene)
{
    for (size_t i = 0; i < scene->num_jobs; i++) {
        if (!scene->jobs[i].ended) {
            job_end(&scene->jobs[i]);
        }
    }
    assert_int_equal(pacer_in_flight(scene->pacer), 0);
    assert_int_equal(pacer_waiting(scene->pacer), 0);
}

/* ---- Limits ---- */

struct limits_case {
    const char *name;
    struct pacer_limits limits; /* in flight, rate, per address, per provider, its rate */
    unsigned num_addresses, num_providers, num_jobs;
    unsigned most_active, most_of_address, most_of_provider; /* reached, and not passed */
};

static const struct limits_case limits_cases[] = {
    {"one address gets as many as its limit", {100, 0, 2, 100, 0}, 1, 1, 40, 2, 2, 2},
    {"each address has its own limit", {100, 0, 2, 100, 0}, 8, 1, 80, 16, 2, 16},
    {"a provider's addresses share its limit", {100, 0, 10, 3, 0}, 8, 1, 80, 3, 3, 3},
    {"each provider has its own limit", {100, 0, 10, 3, 0}, 8, 4, 80, 12, 3, 3},
    {"what is in flight is limited over all", {5, 0, 10, 10, 0}, 16, 8, 100, 5, 5, 5},
    {"a limit of one for all is one after the other", {1, 0, 1, 1, 0}, 8, 4, 30, 1, 1, 1},
};

static void limits_hold_and_are_reached(void **state)
{
    const struct limits_case *expected = *state;
    struct scene scene;
    scene_init(&scene, &expected->limits);
    scene.seconds = 0.002;
    for (unsigned i = 0; i < expected->num_jobs; i++) {
        unsigned address = i % expected->num_addresses;
        add(&scene, address, address % expected->num_providers);
    }
    assert_int_equal(scene.started, 0); /* nothing starts from within pacer_enqueue() */
    assert_int_equal(pacer_waiting(scene.pacer), expected->num_jobs);
    run_for(&scene, PATIENCE);
    assert_int_equal(scene.ended, expected->num_jobs); /* nobody starves */
    assert_int_equal(scene.most_active, expected->most_active);
    assert_in_range(scene.most_of_address, 1, expected->most_of_address);
    assert_in_range(scene.most_of_provider, 1, expected->most_of_provider);
    assert_int_equal(pacer_waiting(scene.pacer), 0);
    scene_fini(&scene);
}

static void the_rate_holds_in_every_window(void **state)
{
    const struct pacer_limits limits = {1000, 200, 1000, 1000, 0};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = 0;
    const unsigned num = 100;
    double begin = loop_now(scene.loop).seconds;
    for (unsigned i = 0; i < num; i++) {
        add(&scene, i % 10, i % 5);
    }
    run_for(&scene, PATIENCE);
    assert_int_equal(scene.ended, num);
    /* 100 at 200 a second: half a second, less what may be saved up. */
    double took = scene.jobs[0].when - begin;
    for (unsigned i = 0; i < num; i++) {
        took = scene.jobs[i].when - begin > took ? scene.jobs[i].when - begin : took;
    }
    assert_true(took > 0.44 && took < 0.52);
    /* In any tenth of a second at most 20, and two ticks' worth saved up. */
    for (unsigned i = 0; i < num; i++) {
        unsigned within = 0;
        for (unsigned k = 0; k < num; k++) {
            double after = scene.jobs[k].when - scene.jobs[i].when;
            within += after >= 0 && after < 0.1 ? 1 : 0;
        }
        assert_in_range(within, 1, 26);
    }
    scene_fini(&scene);
}

static void a_pause_is_not_followed_by_a_burst(void **state)
{
    const struct pacer_limits limits = {1000, 100, 1000, 1000, 0};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = 10;
    add(&scene, 1, 1);
    run_for(&scene, 0.5);
    assert_int_equal(scene.started, 1);
    for (unsigned i = 0; i < 60; i++) {
        add(&scene, i % 10, i % 5);
    }
    double begin = loop_now(scene.loop).seconds;
    run_for(&scene, 0.2);
    unsigned at_once = 0;
    for (size_t i = 1; i < scene.num_jobs; i++) {
        at_once += scene.jobs[i].started && scene.jobs[i].when - begin < 0.005 ? 1 : 0;
    }
    assert_in_range(at_once, 0, 3);
    assert_in_range(scene.started, 1 + 15, 1 + 25);
    end_all(&scene);
    scene_fini(&scene);
}

static void a_rate_of_less_than_one_a_second_still_starts(void **state)
{
    const struct pacer_limits limits = {10, 0.5, 10, 10, 0};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = 0;
    add(&scene, 1, 1);
    add(&scene, 2, 2);
    run_for(&scene, PATIENCE);
    assert_int_equal(scene.ended, 2);
    double between = scene.jobs[1].when - scene.jobs[0].when;
    assert_true(between > 1.9 && between < 2.1);
    scene_fini(&scene);
}

/* Vanity names of one operator's hosts: it is still one operator who counts the connections. */
static void a_network_shares_a_limit_by_whatever_names_it_goes(void **state)
{
    const struct pacer_limits limits = {100, 0, 10, 3, 0};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = -1;
    for (unsigned i = 0; i < 20; i++) {
        add_to(&scene, 7, i, i);
    }
    struct job *elsewhere = add_to(&scene, 8, 1, 1);
    run_for(&scene, 0.05);
    assert_int_equal(scene.started, 3 + 1);
    assert_true(elsewhere->started);
    end_all(&scene);
    scene_fini(&scene);
}

/* How long the jobs of `provider` took to be started, the first one to the last. */
static double spread_of(const struct scene *scene, unsigned provider)
{
    double first = 0;
    double last = 0;
    for (size_t i = 0; i < scene->num_jobs; i++) {
        const struct job *job = &scene->jobs[i];
        if (job->provider == provider && job->started) {
            first = first == 0 || job->when < first ? job->when : first;
            last = job->when > last ? job->when : last;
        }
    }
    return last - first;
}

static void a_provider_has_a_rate_of_its_own(void **state)
{
    const struct pacer_limits limits = {1000, 0, 1000, 1000, 100};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = 0; /* each ends at once: nothing but the rate holds them up */
    for (unsigned i = 0; i < 40; i++) {
        add(&scene, i, 1);
    }
    struct job *other = add(&scene, 50, 2);
    run_for(&scene, PATIENCE);
    assert_int_equal(scene.ended, 41);
    /* 39 more at 100 a second, less those that may be given at once. */
    assert_true(spread_of(&scene, 1) > 0.35 && spread_of(&scene, 1) < 0.4);
    assert_true(other->order < 10);
    scene_fini(&scene);
}

/* The group of a provider that has nothing under way must not forget what it was given. */
static void a_provider_rate_outlives_its_last_ticket(void **state)
{
    const struct pacer_limits limits = {1000, 0, 1000, 1000, 100};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = 0;
    double begin = loop_now(scene.loop).seconds;
    for (unsigned i = 0; i < 30; i++) { /* one after the other */
        add(&scene, i, 1);
        run_for(&scene, PATIENCE);
    }
    assert_int_equal(scene.ended, 30);
    assert_true(scene.jobs[29].when - begin > 0.26 && scene.jobs[29].when - begin < 0.3);
    scene_fini(&scene);
}

/* Two loops share the rate: each gets half of it while both want it, and one alone gets all. */
static void the_rate_of_all_loops_goes_to_those_that_want_it(void **state)
{
    const struct pacer_limits limits = {1000, 100, 1000, 1000, 0};
    struct scene scene;
    double most_of_second = 0, begin;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = 0;
    struct pacer *first = scene.pacer;
    struct pacer *second = pacer_new(scene.loop, &scene.seed, &limits, &scene.rates, NULL);
    assert_non_null(second);
    begin = loop_now(scene.loop).seconds;
    scene.has_two_pacers = true;
    for (unsigned i = 0; i < 300; i++) {
        scene.pacer = i < 20 ? second : first;
        add(&scene, i % 50, i % 7);
    }
    run_for(&scene, PATIENCE);
    assert_int_equal(scene.ended, 300);
    double took = loop_now(scene.loop).seconds - begin;
    for (size_t i = 0; i < 20; i++) {
        double after = scene.jobs[i].when - begin;
        most_of_second = after > most_of_second ? after : most_of_second;
    }
    assert_true(took > 2.9 && took < 3.1); /* with half of the rate for each 5.6 */
    assert_true(most_of_second > 0.3 && most_of_second < 0.5);
    pacer_free(second);
    scene.pacer = first;
    scene_fini(&scene);
}

/* Its addresses may be anywhere: what one loop has started the other must not start again. */
static void a_provider_rate_holds_over_several_loops(void **state)
{
    const struct pacer_limits limits = {1000, 0, 1000, 1000, 100};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = 0;
    struct pacer *first = scene.pacer;
    struct pacer *second = pacer_new(scene.loop, &scene.seed, &limits, &scene.rates, NULL);
    assert_non_null(second);
    for (unsigned i = 0; i < 40; i++) {
        scene.pacer = i % 2 == 0 ? first : second;
        add(&scene, i, 1);
    }
    scene.has_two_pacers = true;
    run_for(&scene, PATIENCE);
    assert_int_equal(scene.ended, 40);
    assert_true(spread_of(&scene, 1) > 0.35 && spread_of(&scene, 1) < 0.4);
    pacer_free(second);
    scene.pacer = first;
    scene_fini(&scene);
}

/* ---- Several addresses that connections come from ---- */

static struct source_addresses *two_sources(void)
{
    static const char *const texts[] = {"192.0.2.1", "192.0.2.2"};
    char error[128];
    struct source_addresses *sources = source_addresses_new(texts, 2, error, sizeof(error));
    assert_non_null(sources);
    return sources;
}

static size_t source_of_job(const struct source_addresses *sources, const struct job *job)
{
    const struct address address = address_of(job->network, job->address);
    return source_addresses_index(sources, &address);
}

/* Of the jobs that are called from that source: started within `seconds` of the moment that the
 * first one was, at most. */
static unsigned most_within(const struct scene *scene, const struct source_addresses *sources,
                            size_t source, double seconds)
{
    unsigned most = 0;
    for (size_t i = 0; i < scene->num_jobs; i++) {
        unsigned within = 0;
        for (size_t k = 0; k < scene->num_jobs; k++) {
            double after = scene->jobs[k].when - scene->jobs[i].when;
            within +=
                source_of_job(sources, &scene->jobs[k]) == source && after >= 0 && after < seconds;
        }
        most = greater(most, within);
    }
    return most;
}

/* A provider that takes 100 a second from one address takes as many from each of two. */
static void each_source_has_a_provider_rate_of_its_own(void **state)
{
    const struct pacer_limits limits = {1000, 0, 1000, 1000, 100};
    struct source_addresses *sources = two_sources();
    double took[2];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct source_addresses *from = i == 0 ? NULL : sources;
        struct scene scene;
        scene_init_from(&scene, &limits, from);
        scene.seed = (struct table_seed){{1, 2}}; /* that gives no two groups one place */
        scene.seconds = 0;
        for (unsigned k = 0; k < 200; k++) {
            add_to(&scene, k, k % PROVIDERS_MAX, 1);
        }
        run_for(&scene, PATIENCE);
        assert_int_equal(scene.ended, 200);
        took[i] = spread_of(&scene, 1);
        for (size_t source = 0; source <= i; source++) {
            assert_in_range(most_within(&scene, from, source, 0.5), 45, 53);
        }
        scene_fini(&scene);
    }
    assert_true(took[0] > 1.95 && took[0] < 2.05);
    assert_true(took[1] > 0.95 && took[1] < 1.2); /* the hash deals them out nearly evenly */
    source_addresses_free(sources);
}

static void each_source_has_a_share_of_the_provider_of_its_own(void **state)
{
    const struct pacer_limits limits = {1000, 0, 1000, 3, 0};
    struct source_addresses *sources = two_sources();
    struct scene scene;
    unsigned num_of[2] = {0, 0};
    (void)state;
    scene_init_from(&scene, &limits, sources);
    scene.seconds = -1;
    for (unsigned i = 0; i < 40; i++) {
        add_to(&scene, i, i, 1);
    }
    run_for(&scene, 1);
    for (size_t i = 0; i < scene.num_jobs; i++) {
        num_of[source_of_job(sources, &scene.jobs[i])] += scene.jobs[i].started;
    }
    assert_int_equal(num_of[0], 3);
    assert_int_equal(num_of[1], 3);
    end_all(&scene);
    scene_fini(&scene);
    source_addresses_free(sources);
}

/* An address is called from one of them only, and has its limit whatever their number. */
static void an_address_gets_no_more_from_several_sources(void **state)
{
    const struct pacer_limits limits = {1000, 0, 2, 1000, 0};
    struct source_addresses *sources = two_sources();
    struct scene scene;
    (void)state;
    scene_init_from(&scene, &limits, sources);
    scene.seconds = 0.01;
    for (unsigned i = 0; i < 80; i++) {
        add(&scene, i % 8, 1);
    }
    run_for(&scene, PATIENCE);
    assert_int_equal(scene.ended, 80);
    assert_int_equal(scene.most_of_address, 2);
    scene_fini(&scene);
    source_addresses_free(sources);
}

/* The rate of the whole run stays what it is. */
static void the_rate_of_all_is_the_same_with_several_sources(void **state)
{
    const struct pacer_limits limits = {1000, 100, 1000, 1000, 0};
    struct source_addresses *sources = two_sources();
    struct scene scene;
    (void)state;
    scene_init_from(&scene, &limits, sources);
    scene.seconds = 0;
    double begin = loop_now(scene.loop).seconds;
    for (unsigned i = 0; i < 200; i++) {
        add(&scene, i % PROVIDERS_MAX, i % 7);
    }
    run_for(&scene, PATIENCE);
    assert_int_equal(scene.ended, 200);
    double took = loop_now(scene.loop).seconds - begin;
    assert_true(took > 1.9 && took < 2.1);
    scene_fini(&scene);
    source_addresses_free(sources);
}

static void block_loop(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)events;
    replay_pass(0.09);
    ev_timer_stop(loop, timer);
}

/* How many were started in the same round of the loop, at most. */
static unsigned most_at_once(const struct scene *scene)
{
    unsigned most = 0;
    for (size_t i = 0; i < scene->num_jobs; i++) {
        unsigned at_once = 0;
        for (size_t k = 0; k < scene->num_jobs; k++) {
            at_once += scene->jobs[k].when == scene->jobs[i].when;
        }
        most = greater(most, at_once);
    }
    return most;
}

/* What it could not start while the loop was busy it may start afterwards, and not much more. */
static void a_busy_loop_costs_a_provider_no_starts(void **state)
{
    const struct pacer_limits limits = {1000, 0, 1000, 1000, 100};
    struct scene scene;
    ev_timer busy;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = 0;
    for (unsigned i = 0; i < 40; i++) {
        add(&scene, i, 1);
    }
    ev_timer_init(&busy, block_loop, 0.05, 0.);
    ev_timer_start(scene.loop, &busy);
    run_for(&scene, PATIENCE);
    assert_int_equal(scene.ended, 40);
    assert_in_range(most_at_once(&scene), 5, 9);
    scene_fini(&scene);
}

/* ---- Fairness ---- */

static void a_busy_address_does_not_hold_up_another(void **state)
{
    const struct pacer_limits limits = {10, 0, 2, 4, 0};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = -1;
    for (unsigned i = 0; i < 50; i++) {
        add(&scene, 1, 1);
    }
    struct job *same_provider = add(&scene, 2, 1);
    struct job *other = add(&scene, 3, 2);
    run_for(&scene, 0.05);
    assert_true(same_provider->started);
    assert_true(other->started);
    assert_int_equal(scene.active_of_address[1], 2);
    end_all(&scene);
    scene_fini(&scene);
}

static void tickets_of_an_address_start_in_order(void **state)
{
    const struct pacer_limits limits = {10, 0, 1, 4, 0};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    for (unsigned i = 0; i < 20; i++) {
        add(&scene, 1, 1);
    }
    run_for(&scene, PATIENCE);
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(scene.jobs[i].order, i);
    }
    scene_fini(&scene);
}

/* Jobs of an address, of a provider, and of nobody in common, one at a time: by their turns, and
 * of the same turn in the order in which they came. */
static void the_lowest_turn_goes_first(void **state)
{
    static const struct pacer_limits limits[] = {
        {10, 0, 1, 10, 0}, {10, 0, 10, 1, 0}, {1, 0, 10, 10, 0}};
    (void)state;
    for (unsigned kind = 0; kind < 3; kind++) {
        struct scene scene;
        scene_init(&scene, &limits[kind]);
        for (unsigned i = 0; i < 30; i++) {
            unsigned address = kind == 0 ? 1 : 1 + i;
            add_in_turn(&scene, address, address, kind == 2 ? i : 1, 9 - i % 10);
        }
        run_for(&scene, PATIENCE);
        assert_int_equal(scene.ended, 30);
        for (unsigned i = 0; i < 30; i++) {
            for (unsigned k = 0; k < 30; k++) {
                const uint32_t turn = scene.jobs[i].ticket.turn, other = scene.jobs[k].ticket.turn;
                /* With the address the first one had nobody to wait for. */
                if ((i > 0 && k > 0) && (turn < other || (turn == other && i < k))) {
                    assert_true(scene.jobs[i].order < scene.jobs[k].order);
                }
            }
        }
        scene_fini(&scene);
    }
}

#define PARTS 5

/* Sixty jobs have five parts each, and three parts are done at once. The parts of a job that has
 * begun go before those of a job that has not, so that each job ends soon after the one before. */
static void what_has_begun_is_finished_first(void **state)
{
    const struct pacer_limits limits = {3, 0, 2, 3, 0};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = 0.001;
    for (unsigned i = 0; i < 60; i++) {
        add_in_turn(&scene, i, i, i, i)->more = PARTS - 1;
    }
    run_for(&scene, PATIENCE);
    assert_int_equal(scene.ended, 60);
    assert_int_equal(scene.started, 60 * PARTS);
    for (unsigned i = 0; i < 60; i++) {
        unsigned turn = PARTS * (i + 1);
        assert_in_range(scene.jobs[i].order, turn - PARTS, turn + 3 * PARTS);
    }
    scene_fini(&scene);
}

/* New work for one address, added whenever a job of it ends, must not keep another waiting. */
static void steady_new_work_starves_nobody(void **state)
{
    const struct pacer_limits limits = {2, 0, 2, 2, 0};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = 0.001;
    add(&scene, 1, 1);
    add(&scene, 1, 1);
    struct job *late = add(&scene, 2, 2);
    for (unsigned i = 0; i < 40 && !late->started; i++) {
        add(&scene, 1, 1);
        run_for(&scene, 0.003);
    }
    assert_true(late->started);
    assert_in_range(late->order, 0, 4);
    end_all(&scene);
    scene_fini(&scene);
}

/* The busiest provider decides how long a run takes, so it must not queue behind everyone else. */
static void a_provider_that_keeps_others_waiting_has_every_other_start(void **state)
{
    const struct pacer_limits limits = {1, 0, 10, 2, 0};
    struct scene scene;
    struct job *busy[10];
    unsigned early = 0;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = 0;
    for (unsigned i = 0; i < 10; i++) {
        busy[i] = add(&scene, 1 + i, 1);
    }
    for (unsigned i = 0; i < 40; i++) {
        add(&scene, 11 + i, 11 + i % 20);
    }
    run_for(&scene, PATIENCE);
    assert_int_equal(scene.ended, 50);
    for (unsigned i = 0; i < 10; i++) {
        early += busy[i]->order < 24;
    }
    assert_true(early >= 8); /* behind all others it would be none */
    scene_fini(&scene);
}

/* ---- Slowing down ---- */

static void a_slowed_address_gets_none_for_a_while_and_then_one_at_a_time(void **state)
{
    const struct pacer_limits limits = {10, 0, 3, 10, 0};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = -1;
    struct job *first = add(&scene, 1, 1);
    run_for(&scene, 0.02);
    assert_true(first->started);
    struct job *waiting[4];
    pacer_slow_down(&first->ticket, 0.3);
    double begin = loop_now(scene.loop).seconds;
    job_end(first);
    for (size_t i = 0; i < 4; i++) {
        waiting[i] = add(&scene, 1, 1);
    }
    struct job *other = add(&scene, 2, 2);
    run_for(&scene, 0.1);
    assert_true(other->started);
    assert_int_equal(scene.active_of_address[1], 0);
    run_for(&scene, 0.4);
    assert_int_equal(scene.active_of_address[1], 1);
    assert_true(waiting[0]->started);
    assert_true(waiting[0]->when - begin >= 0.29);
    job_end(waiting[0]);
    run_for(&scene, 0.05);
    assert_int_equal(scene.active_of_address[1], 1);
    end_all(&scene);
    /* What an address asked for is not forgotten when its last ticket is gone. */
    add(&scene, 1, 1);
    add(&scene, 1, 1);
    run_for(&scene, 0.05);
    assert_int_equal(scene.active_of_address[1], 1);
    end_all(&scene);
    scene_fini(&scene);
}

static void slowing_down_halves_the_share_of_the_provider_never_below_one(void **state)
{
    const struct pacer_limits limits = {100, 0, 8, 8, 0};
    static const unsigned shares[] = {4, 2, 1, 1, 1};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = -1;
    for (unsigned round = 0; round < 5; round++) {
        struct job *refused = add(&scene, 40 + round, 1);
        run_for(&scene, 0.02);
        assert_true(refused->started);
        pacer_slow_down(&refused->ticket, 60);
        job_end(refused);
        for (unsigned i = 0; i < 16; i++) {
            add(&scene, i, 1);
        }
        run_for(&scene, 0.05);
        assert_int_equal(scene.active_of_provider[1], shares[round]);
        end_all(&scene);
    }
    scene_fini(&scene);
}

static void a_halved_share_comes_back_while_nobody_complains(void **state)
{
    const struct pacer_limits limits = {100, 0, 8, 8, 0};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = -1;
    struct job *refused = add(&scene, 40, 1);
    run_for(&scene, 0.02);
    pacer_slow_down(&refused->ticket, 60);
    job_end(refused);
    unsigned share = 4;
    for (unsigned round = 0; share < 8; round++) {
        assert_true(round < 20);
        for (unsigned i = 0; i < 16; i++) {
            add(&scene, i, 1);
        }
        run_for(&scene, 0.05);
        assert_in_range(scene.active_of_provider[1], share, share + 4);
        share = scene.active_of_provider[1];
        end_all(&scene);
    }
    scene_fini(&scene);
}

static void the_last_request_to_slow_down_counts(void **state)
{
    const struct pacer_limits limits = {10, 0, 3, 10, 0};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = -1;
    struct job *first = add(&scene, 1, 1);
    run_for(&scene, 0.02);
    pacer_slow_down(&first->ticket, 0.05);
    pacer_slow_down(&first->ticket, 0.4);
    job_end(first);
    struct job *second = add(&scene, 1, 1);
    run_for(&scene, 0.2);
    assert_false(second->started);
    run_for(&scene, 0.5);
    assert_true(second->started);
    end_all(&scene);
    scene_fini(&scene);
}

static void the_pacer_can_be_freed_while_an_address_is_slowed(void **state)
{
    const struct pacer_limits limits = {10, 0, 3, 10, 0};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = -1;
    struct job *job = add(&scene, 1, 1);
    run_for(&scene, 0.02);
    pacer_slow_down(&job->ticket, 600);
    job_end(job);
    scene_fini(&scene);
}

/* How many connections to an address, in a network of its own, may be open at once. */
static unsigned at_once(struct scene *scene, unsigned number, bool complains)
{
    struct address address = {.family = 4, .bytes = {10, 0, 0, 1}};
    struct job jobs[2] = {{.ticket.start = on_start_alone}, {.ticket.start = on_start_alone}};
    unsigned num = 0;
    address.bytes[0] = (uint8_t)(10 + (number >> 16));
    address.bytes[1] = (uint8_t)(number >> 8);
    address.bytes[2] = (uint8_t)number;
    for (size_t i = 0; i < 2; i++) {
        assert_true(pacer_enqueue(scene->pacer, &jobs[i].ticket, &address, NULL));
    }
    run_for(scene, 0.01);
    for (size_t i = 0; i < 2; i++) {
        num += jobs[i].started;
        if (complains && jobs[i].started) {
            pacer_slow_down(&jobs[i].ticket, 0);
        }
        pacer_release(scene->pacer, &jobs[i].ticket);
    }
    return num;
}

static void complaints_are_forgotten_where_there_are_too_many(void **state)
{
    const struct pacer_limits limits = {10, 0, 2, 10, 0};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    assert_int_equal(at_once(&scene, 0, true), 2);
    assert_int_equal(at_once(&scene, 0, true), 1); /* it is remembered */
    for (unsigned i = 1; i <= PACER_REMEMBERED_MAX; i++) {
        at_once(&scene, i, true);
    }
    assert_int_equal(at_once(&scene, PACER_REMEMBERED_MAX, false), 1);
    assert_int_equal(at_once(&scene, 0, false), 2);
    scene_fini(&scene);
}

/* ---- Shortage ---- */

/* Starts jobs until so many are open, and is out of descriptors beyond. */
struct short_of {
    struct scene scene;
    unsigned available;
    unsigned refusals;
    unsigned given_up;
    enum pacer_lack lack;
    bool is_one_address; /* only connections to address 0 lack something */
};

static void on_start_with_shortage(struct pacer_ticket *ticket)
{
    struct job *job = (struct job *)ticket;
    struct short_of *machine = (struct short_of *)job->scene;
    if (machine->scene.active >= machine->available &&
        (!machine->is_one_address || job->address == 0)) {
        machine->refusals++;
        if (!pacer_shortage(machine->scene.pacer, ticket, machine->lack)) {
            machine->given_up++;
            job_end(job);
        }
        return;
    }
    on_start(ticket);
}

static void a_shortage_lowers_what_is_in_flight_and_passes(void **state)
{
    const struct pacer_limits limits = {40, 0, 10, 100, 0};
    struct short_of machine = {.available = 5};
    struct scene *scene = &machine.scene;
    (void)state;
    scene_init(scene, &limits);
    scene->seconds = -1;
    for (unsigned i = 0; i < 60; i++) {
        add(scene, i % 20, i % 4)->ticket.start = on_start_with_shortage;
    }
    run_for(scene, 0.2);
    assert_int_equal(scene->started, 5);
    assert_int_equal(pacer_in_flight(scene->pacer), 5);
    assert_int_equal(pacer_waiting(scene->pacer), 55);
    assert_in_range(machine.refusals, 1, 60); /* it tries again, but not in every turn */
    machine.available = 100;
    run_for(scene, 3);
    assert_int_equal(scene->active, 40); /* the limit has grown back, and not beyond */
    end_all(scene);
    scene_fini(scene);
}

static void a_shortage_with_nothing_open_is_tried_again(void **state)
{
    const struct pacer_limits limits = {40, 100, 10, 100, 0};
    struct short_of machine = {.available = 0};
    struct scene *scene = &machine.scene;
    (void)state;
    scene_init(scene, &limits);
    scene->seconds = 0;
    for (unsigned i = 0; i < 10; i++) {
        add(scene, i, i)->ticket.start = on_start_with_shortage;
    }
    run_for(scene, 0.1);
    assert_int_equal(scene->started, 0);
    assert_in_range(machine.refusals, 1, 40);
    machine.available = 100;
    run_for(scene, PATIENCE);
    assert_int_equal(scene->ended, 10);
    scene_fini(scene);
}

static void a_shortage_that_lasts_is_given_up(void **state)
{
    const struct pacer_limits limits = {40, 100, 10, 100, 0};
    struct short_of machine = {.available = 0};
    struct scene *scene = &machine.scene;
    (void)state;
    scene_init(scene, &limits);
    for (unsigned i = 0; i < 10; i++) {
        add(scene, i, i)->ticket.start = on_start_with_shortage;
    }
    run_for(scene, PACER_SHORTAGE_SECONDS - 1);
    assert_int_equal(machine.given_up, 0);
    run_for(scene, 3);
    assert_int_equal(machine.given_up, 10); /* the others do not wait as long once more */
    assert_in_range(machine.refusals, 10, 110 * PACER_SHORTAGE_SECONDS);
    scene_fini(scene);
}

static void a_shortage_is_not_given_up_while_a_connection_is_open(void **state)
{
    const struct pacer_limits limits = {40, 100, 10, 100, 0};
    struct short_of machine = {.available = 1};
    struct scene *scene = &machine.scene;
    (void)state;
    scene_init(scene, &limits);
    scene->seconds = 2 * PACER_SHORTAGE_SECONDS;
    add(scene, 0, 0)->ticket.start = on_start_with_shortage;
    add(scene, 1, 1)->ticket.start = on_start_with_shortage;
    run_for(scene, 5 * PACER_SHORTAGE_SECONDS);
    assert_int_equal(machine.given_up, 0);
    assert_int_equal(scene->ended, 2);
    scene_fini(scene);
}

static void a_lack_of_ports_of_one_address_holds_up_no_other(void **state)
{
    const struct pacer_limits limits = {40, 0, 2, 100, 0};
    struct short_of machine = {.available = 0, .lack = PACER_NO_PORT, .is_one_address = true};
    struct scene *scene = &machine.scene;
    (void)state;
    scene_init(scene, &limits);
    scene->seconds = 0;
    for (unsigned i = 0; i < 60; i++) {
        add(scene, i % 20, 1)->ticket.start = on_start_with_shortage;
    }
    run_for(scene, 1);
    assert_int_equal(scene->ended, 57);
    assert_in_range(machine.refusals, 1, 4);
    run_for(scene, PACER_SHORTAGE_SECONDS - 3);
    assert_int_equal(machine.given_up, 0);
    run_for(scene, 4);
    assert_int_equal(machine.given_up, 3);
    assert_in_range(machine.refusals, PACER_SHORTAGE_SECONDS - 2, 3 * PACER_SHORTAGE_SECONDS);
    /* The next one to that address is refused once, and gets through when there is a port. */
    add(scene, 0, 1)->ticket.start = on_start_with_shortage;
    run_for(scene, 1);
    assert_int_equal(machine.given_up, 4);
    machine.available = 1;
    add(scene, 0, 1)->ticket.start = on_start_with_shortage;
    run_for(scene, 1);
    assert_int_equal(scene->ended, 62);
    assert_int_equal(machine.given_up, 4);
    scene_fini(scene);
}

/* ---- Release ---- */

static void a_ticket_can_be_released_in_each_place(void **state)
{
    const struct pacer_limits limits = {2, 0, 2, 3, 0};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = -1;
    struct job *a = add(&scene, 1, 1), *b = add(&scene, 1, 1), *c = add(&scene, 1, 1);
    struct job *d = add(&scene, 2, 1), *e = add(&scene, 2, 1);
    run_for(&scene, 0.02);
    assert_int_equal(a->ticket.place, PACER_STARTED);
    assert_int_equal(b->ticket.place, PACER_STARTED);
    assert_int_equal(c->ticket.place, PACER_AT_LEVEL);
    assert_int_equal(c->ticket.level, PACER_ADDRESS);
    assert_int_equal(d->ticket.place, PACER_READY);
    assert_int_equal(e->ticket.place, PACER_AT_LEVEL);
    assert_int_equal(e->ticket.level, PACER_PROVIDER);
    job_end(c);
    job_end(e);
    job_end(d);
    assert_int_equal(pacer_waiting(scene.pacer), 0);
    job_end(a);
    pacer_release(scene.pacer, &a->ticket); /* idempotent */
    assert_int_equal(pacer_in_flight(scene.pacer), 1);
    job_end(b);
    run_for(&scene, 0.02);
    assert_int_equal(scene.started, 2);
    scene_fini(&scene);
}

static void a_released_ticket_makes_room_for_the_next(void **state)
{
    const struct pacer_limits limits = {10, 0, 1, 2, 0};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = -1;
    struct job *a = add(&scene, 1, 1), *b = add(&scene, 2, 1), *c = add(&scene, 3, 1);
    struct job *d = add(&scene, 1, 1);
    run_for(&scene, 0.02);
    assert_true(a->started && b->started && !c->started && !d->started);
    job_end(b);
    run_for(&scene, 0.02);
    assert_true(c->started && !d->started);
    job_end(a);
    run_for(&scene, 0.02);
    assert_true(d->started);
    end_all(&scene);
    scene_fini(&scene);
}

static void a_ticket_can_be_used_again(void **state)
{
    const struct pacer_limits limits = {1, 0, 1, 1, 0};
    const struct address address = {.family = 4, .bytes = {127, 0, 0, 9}};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = -1;
    struct job *job = add(&scene, 1, 1);
    for (unsigned i = 0; i < 5; i++) {
        run_for(&scene, 0.01);
        assert_true(job->started);
        pacer_release(scene.pacer, &job->ticket);
        scene.active = 0;
        job->started = false;
        assert_true(pacer_enqueue(scene.pacer, &job->ticket, &address, named("again.example")));
    }
    pacer_release(scene.pacer, &job->ticket);
    assert_int_equal(pacer_waiting(scene.pacer), 0);
    scene_fini(&scene);
}

/* A provider and an address with the same bytes must not share a limit. */
static void providers_and_addresses_are_kept_apart(void **state)
{
    const struct pacer_limits limits = {10, 0, 1, 5, 0};
    struct scene scene;
    const struct address four = {.family = 4, .bytes = {1, 2, 3, 4}};
    const struct address six = {.family = 6, .bytes = {1, 2, 3, 4}};
    struct job jobs[2];
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = -1;
    memset(jobs, 0, sizeof(jobs));
    for (size_t i = 0; i < 2; i++) {
        jobs[i].scene = &scene;
        jobs[i].ticket.start = on_start;
        ev_timer_init(&jobs[i].timer, on_job_over, 0., 0.);
    }
    assert_true(pacer_enqueue(scene.pacer, &jobs[0].ticket, &four, named("example")));
    assert_true(pacer_enqueue(scene.pacer, &jobs[1].ticket, &six, named("example")));
    run_for(&scene, 0.02);
    assert_int_equal(scene.active, 2);
    pacer_release(scene.pacer, &jobs[0].ticket);
    pacer_release(scene.pacer, &jobs[1].ticket);
    scene_fini(&scene);
}

/* ---- Everything at once ---- */

static void chaos_leaves_nothing_behind(void **state)
{
    const struct pacer_limits limits = {30, 20000, 3, 7, 2000};
    struct scene scene;
    (void)state;
    scene_init(&scene, &limits);
    scene.seconds = 0.001;
    unsigned random = 12345;
    for (unsigned i = 0; i < 1500; i++) {
        random = random * 1103515245 + 12345;
        struct job *job = add(&scene, random >> 16 & 31, random >> 21 & 7);
        if ((random >> 8 & 15) == 0) {
            pacer_slow_down(&job->ticket, 0.002);
        }
        if ((random >> 12 & 3) == 0) {
            struct job *victim = &scene.jobs[(random >> 16) % scene.num_jobs];
            if (!victim->ended) {
                job_end(victim);
            }
        }
        if ((random >> 10 & 31) == 0) {
            run_for(&scene, 0.002);
        }
    }
    run_for(&scene, PATIENCE);
    assert_int_equal(scene.ended, scene.num_jobs);
    assert_in_range(scene.most_active, 1, 30);
    assert_in_range(scene.most_of_address, 1, 3);
    assert_in_range(scene.most_of_provider, 1, 7);
    assert_int_equal(pacer_waiting(scene.pacer), 0);
    assert_int_equal(pacer_in_flight(scene.pacer), 0);
    scene_fini(&scene);
}

#define NUM_LIMITS_CASES (sizeof(limits_cases) / sizeof(limits_cases[0]))

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(the_rate_holds_in_every_window),
        cmocka_unit_test(a_pause_is_not_followed_by_a_burst),
        cmocka_unit_test(a_rate_of_less_than_one_a_second_still_starts),
        cmocka_unit_test(a_network_shares_a_limit_by_whatever_names_it_goes),
        cmocka_unit_test(a_provider_has_a_rate_of_its_own),
        cmocka_unit_test(a_provider_rate_outlives_its_last_ticket),
        cmocka_unit_test(a_provider_rate_holds_over_several_loops),
        cmocka_unit_test(the_rate_of_all_loops_goes_to_those_that_want_it),
        cmocka_unit_test(each_source_has_a_provider_rate_of_its_own),
        cmocka_unit_test(each_source_has_a_share_of_the_provider_of_its_own),
        cmocka_unit_test(an_address_gets_no_more_from_several_sources),
        cmocka_unit_test(the_rate_of_all_is_the_same_with_several_sources),
        cmocka_unit_test(the_lowest_turn_goes_first),
        cmocka_unit_test(what_has_begun_is_finished_first),
        cmocka_unit_test(a_busy_loop_costs_a_provider_no_starts),
        cmocka_unit_test(a_busy_address_does_not_hold_up_another),
        cmocka_unit_test(tickets_of_an_address_start_in_order),
        cmocka_unit_test(steady_new_work_starves_nobody),
        cmocka_unit_test(a_provider_that_keeps_others_waiting_has_every_other_start),
        cmocka_unit_test(a_slowed_address_gets_none_for_a_while_and_then_one_at_a_time),
        cmocka_unit_test(slowing_down_halves_the_share_of_the_provider_never_below_one),
        cmocka_unit_test(a_halved_share_comes_back_while_nobody_complains),
        cmocka_unit_test(the_last_request_to_slow_down_counts),
        cmocka_unit_test(the_pacer_can_be_freed_while_an_address_is_slowed),
        cmocka_unit_test(complaints_are_forgotten_where_there_are_too_many),
        cmocka_unit_test(a_shortage_lowers_what_is_in_flight_and_passes),
        cmocka_unit_test(a_shortage_with_nothing_open_is_tried_again),
        cmocka_unit_test(a_shortage_that_lasts_is_given_up),
        cmocka_unit_test(a_shortage_is_not_given_up_while_a_connection_is_open),
        cmocka_unit_test(a_lack_of_ports_of_one_address_holds_up_no_other),
        cmocka_unit_test(a_ticket_can_be_released_in_each_place),
        cmocka_unit_test(a_released_ticket_makes_room_for_the_next),
        cmocka_unit_test(a_ticket_can_be_used_again),
        cmocka_unit_test(providers_and_addresses_are_kept_apart),
        cmocka_unit_test(chaos_leaves_nothing_behind),
    };
    struct CMUnitTest tests[NUM_LIMITS_CASES + sizeof(others) / sizeof(others[0])];
    for (size_t i = 0; i < NUM_LIMITS_CASES; i++) {
        tests[i] = (struct CMUnitTest){.name = limits_cases[i].name,
                                       .test_func = limits_hold_and_are_reached,
                                       .initial_state = (void *)(uintptr_t)&limits_cases[i]};
    }
    memcpy(tests + NUM_LIMITS_CASES, others, sizeof(others));
    return cmocka_run_group_tests_name("pacer", tests, NULL, NULL);
}
