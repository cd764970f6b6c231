/*
 * A worker of the engine without its thread, in simulated time, beside a DNS server that answers
 * from a zone of the test's own. Included by one test program each, so everything is static.
 */
#ifndef MXGRADE_TESTS_ENGINE_SCENE_H
#define MXGRADE_TESTS_ENGINE_SCENE_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ares.h>
#include <cmocka.h>

#include "scanner/cli/scan_options.h"
#include "scanner/engine/run.h"
#include "tests/replay/replay_dns.h"
#include "tests/replay/replay_pool.h"
#include "tests/unit/named.h"

#define SCENE_RESOLVER "192.0.2.53"
#define SCENE_PATIENCE 3600. /* seconds */

struct engine_scene {
    struct config config;
    struct run run;
    struct worker worker;
    struct dns_responder responder;
    ev_timer patience;
    bool is_impatient; /* it was waited for longer than SCENE_PATIENCE */
};

/* The responder's `user` is the scene. */
typedef bool (*engine_zone)(struct dns_responder *responder, const struct responder_query *query);

static inline void engine_scene_init(struct engine_scene *scene, engine_zone zone)
{
    const struct line_outlet nowhere = {.sink = NULL}; /* as there is no line yet */
    char error[256] = "";
    memset(scene, 0, sizeof(*scene));
    signal(SIGPIPE, SIG_IGN);
    ares_library_init(ARES_LIB_INIT_ALL);
    config_init(&scene->config);
    /* By another seed, a network and a provider may come to share a rate once in a while. */
    scene->config.seed = (struct table_seed){{1, 2}};
    scene->config.ehlo = ehlo_name_of_host(named("client.example.net"));
    scene->config.num_threads = 1;
    scene->config.ipv6 = false;
    scene->config.retry_wait = 0.;
    scene->run.config = &scene->config;
    scene->run.workers = &scene->worker;
    scene->run.num_workers = 1;
    scene->run.pool = pool_new(1);
    policy_init(&scene->run.policy);
    revised_init(&scene->run.revised);
    network_watch_init(&scene->run.watch, &scene->config.seed, NULL);
    name_watch_init(&scene->run.names, &scene->config.seed);
    scene->run.interception = interception_new(&scene->run.watch);
    scene->run.emitter.interception = scene->run.interception;
    interception_end(scene->run.interception, &nowhere); /* no line waits for its verdict */
    dns_responder_init(&scene->responder, SCENE_RESOLVER);
    scene->responder.answer = zone;
    scene->responder.user = scene;
    scene->config.resolver = SCENE_RESOLVER;
    assert_true(worker_init(&scene->worker, &scene->run, 0, error, sizeof(error)));
}

static inline void engine_scene_fini(struct engine_scene *scene)
{
    dns_responder_fini(&scene->responder);
    pool_free(scene->run.pool);
    worker_fini(&scene->worker);
    interception_free(scene->run.interception);
    config_fini(&scene->config);
}

static inline void engine_on_impatience(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)events;
    struct engine_scene *scene = timer->data;
    scene->is_impatient = true;
    ev_break(loop, EVBREAK_ALL);
}

/* Runs the worker's loop until `is_over` says so; fails the test when that takes too long. */
static inline void engine_scene_run(struct engine_scene *scene, bool (*is_over)(const void *user),
                                    const void *user)
{
    ev_timer_init(&scene->patience, engine_on_impatience, SCENE_PATIENCE, 0.);
    scene->patience.data = scene;
    ev_now_update(scene->worker.loop);
    ev_timer_start(scene->worker.loop, &scene->patience);
    while (!is_over(user) && !scene->is_impatient) {
        ev_run(scene->worker.loop, EVRUN_ONCE);
    }
    ev_timer_stop(scene->worker.loop, &scene->patience);
    assert_false(scene->is_impatient);
}

#endif
