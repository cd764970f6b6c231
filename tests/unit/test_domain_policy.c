/* What domains publish, looked up and fetched by a worker on loopback. */
#include "tests/unit/engine_scene.h"

#include <limits.h>

#include "scanner/engine/domain_policy.h"
#include "tests/unit/failing_allocator.h"
#include "tests/unit/named.h"

#define NUM_DOMAINS (2 * DOMAIN_POLICY_FETCHES_MAX + 1)

struct asker {
    struct domain_policy_waiter waiter; /* first */
    struct world *world;
    unsigned num_told;
};

struct world {
    struct engine_scene scene; /* first */
    struct asker askers[NUM_DOMAINS];
    size_t num_told;
};

static struct world world;

/* Every domain announces a policy; its policy host has no address. */
static bool zone(struct dns_responder *responder, const struct responder_query *query)
{
    static const char text[] = "\x11v=STSv1; id=2025;";
    struct dns_build *build = &responder->build;
    bool is_announced = query->type == 16 && strncmp(query->name, "_mta-sts.", 9) == 0;
    build_start(build, query->id, DNS_BUILD_REPLY, query->name, query->type);
    if (is_announced) {
        build_record(build, query->name, 16, 60, text, sizeof(text) - 1);
    }
    return true;
}

static void on_ready(struct domain_policy_waiter *waiter, const struct domain_policy *policy)
{
    struct asker *asker = (struct asker *)waiter;
    asker->num_told++;
    asker->world->num_told++;
    domain_policy_release(&asker->world->scene.worker, policy);
}

static bool all_fetch_or_wait_to(const void *user)
{
    const struct world *seen = user;
    const struct worker *worker = &seen->scene.worker;
    return worker->num_fetches == DOMAIN_POLICY_FETCHES_MAX &&
           dns_stats(worker->dns)->answered == 2 * NUM_DOMAINS;
}

static bool all_are_told(const void *user)
{
    return ((const struct world *)user)->num_told == NUM_DOMAINS;
}

static void fetches_that_cannot_start_do_not_stop_the_queue(void **state)
{
    (void)state;
    memset(&world, 0, sizeof(world));
    engine_scene_init(&world.scene, zone);
    world.scene.responder.held = "mta-sts.";
    for (size_t i = 0; i < NUM_DOMAINS; i++) {
        char domain[32];
        (void)snprintf(domain, sizeof(domain), "d%zu.example", i);
        world.askers[i].world = &world;
        world.askers[i].waiter.ready = on_ready;
        domain_policy_ask(&world.scene.worker, named(domain), &world.askers[i].waiter);
    }
    engine_scene_run(&world.scene, all_fetch_or_wait_to, &world);
    assert_int_equal(world.num_told, 0);
    /* Those under way end without memory, and none of those that wait can start. */
    dns_responder_release(&world.scene.responder);
    fail_allocations(0, ULONG_MAX);
    engine_scene_run(&world.scene, all_are_told, &world);
    assert_true(end_failing() > DOMAIN_POLICY_FETCHES_MAX);
    for (size_t i = 0; i < NUM_DOMAINS; i++) {
        assert_int_equal(world.askers[i].num_told, 1);
    }
    engine_scene_fini(&world.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fetches_that_cannot_start_do_not_stop_the_queue),
    };
    return cmocka_run_group_tests_name("domain_policy", tests, NULL, NULL);
}
