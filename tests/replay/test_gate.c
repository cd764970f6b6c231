/* The gate: never more inside than its limit, in order, and nobody kept out by those who stay. */
#include "io/net/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/base/loop.h"
#include "tests/replay/replay_clock.h"

#define NUM_GUESTS 6
#define LONG       60.

struct guest {
    struct gate_pass pass; /* first, so that a pass is a guest */
    struct scene *scene;
    bool is_inside;
    bool leaves_at_once;
};

struct scene {
    struct ev_loop *loop;
    struct gate gate;
    struct guest guests[NUM_GUESTS];
    char order[NUM_GUESTS + 1]; /* in which they were let in, "0" to "5" */
    bool within_call;           /* of a function of the gate's that must let nobody in */
};

static void note(struct guest *guest)
{
    struct scene *scene = guest->scene;
    char name[2] = {(char)('0' + (guest - scene->guests)), '\0'};
    strcat(scene->order, name);
    guest->is_inside = true;
}

static void leave(struct guest *guest)
{
    guest->is_inside = false;
    guest->scene->within_call = true;
    gate_leave(&guest->scene->gate, &guest->pass);
    guest->scene->within_call = false;
}

static void on_enter(struct gate_pass *pass)
{
    struct guest *guest = (struct guest *)pass;
    assert_false(guest->scene->within_call);
    note(guest);
    if (guest->leaves_at_once) {
        leave(guest);
    }
}

static void scene_init(struct scene *scene, size_t limit, double patience)
{
    memset(scene, 0, sizeof(*scene));
    scene->loop = loop_new();
    assert_non_null(scene->loop);
    gate_init(&scene->gate, scene->loop, limit, patience);
    for (size_t i = 0; i < NUM_GUESTS; i++) {
        scene->guests[i].scene = scene;
    }
}

static void all_come(struct scene *scene)
{
    for (size_t i = 0; i < NUM_GUESTS; i++) {
        if (gate_enter(&scene->gate, &scene->guests[i].pass, on_enter)) {
            note(&scene->guests[i]);
        }
    }
}

/* What can be done without the clock. */
static void settle(struct scene *scene)
{
    replay_settle(scene->loop);
}

static void scene_fini(struct scene *scene)
{
    for (size_t i = 0; i < NUM_GUESTS; i++) {
        gate_leave(&scene->gate, &scene->guests[i].pass);
    }
    assert_int_equal(scene->gate.num_inside, 0);
    gate_fini(&scene->gate);
    loop_free(scene->loop);
}

static void no_more_than_the_limit_go_in(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene, 2, LONG);
    all_come(&scene);
    settle(&scene);
    assert_string_equal(scene.order, "01");
    assert_int_equal(scene.gate.num_inside, 2);
    scene_fini(&scene);
}

static void who_leaves_makes_room_for_the_next_in_line(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene, 2, LONG);
    all_come(&scene);
    leave(&scene.guests[1]);
    leave(&scene.guests[1]); /* idempotent */
    settle(&scene);
    assert_string_equal(scene.order, "012");
    leave(&scene.guests[0]);
    leave(&scene.guests[2]);
    settle(&scene);
    assert_string_equal(scene.order, "01234");
    assert_int_equal(scene.gate.num_inside, 2);
    scene_fini(&scene);
}

static void who_gives_up_waiting_is_passed_over(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene, 1, LONG);
    all_come(&scene);
    leave(&scene.guests[1]);
    leave(&scene.guests[0]);
    settle(&scene);
    assert_string_equal(scene.order, "02");
    scene_fini(&scene);
}

static void those_who_leave_from_inside_their_call_let_all_others_in(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene, 1, LONG);
    for (size_t i = 0; i < NUM_GUESTS; i++) {
        scene.guests[i].leaves_at_once = true;
    }
    all_come(&scene);
    leave(&scene.guests[0]);
    settle(&scene);
    assert_string_equal(scene.order, "012345");
    scene_fini(&scene);
}

static void nobody_overtakes_who_waits(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene, 1, LONG);
    assert_true(gate_enter(&scene.gate, &scene.guests[0].pass, on_enter));
    assert_false(gate_enter(&scene.gate, &scene.guests[1].pass, on_enter));
    leave(&scene.guests[0]);
    assert_false(gate_enter(&scene.gate, &scene.guests[2].pass, on_enter));
    settle(&scene);
    assert_string_equal(scene.order, "1");
    scene_fini(&scene);
}

static void who_stays_too_long_keeps_nobody_out(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene, 2, 0.5);
    all_come(&scene);
    replay_run(scene.loop, 0.45);
    assert_string_equal(scene.order, "01");
    replay_run(scene.loop, 0.1);
    assert_string_equal(scene.order, "0123");
    assert_int_equal(scene.gate.num_inside, 2);
    replay_run(scene.loop, 0.5);
    assert_string_equal(scene.order, "012345");
    assert_true(scene.guests[0].is_inside); /* it was only not counted any more */
    scene_fini(&scene);
}

static void nobody_gains_or_loses_patience_when_the_wall_clock_is_set(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene, 1, 0.5);
    all_come(&scene);
    replay_set_wall(600);
    replay_run(scene.loop, 0.45);
    assert_string_equal(scene.order, "0");
    replay_set_wall(-1200);
    replay_run(scene.loop, 0.1);
    assert_string_equal(scene.order, "01");
    scene_fini(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_more_than_the_limit_go_in),
        cmocka_unit_test(who_leaves_makes_room_for_the_next_in_line),
        cmocka_unit_test(who_gives_up_waiting_is_passed_over),
        cmocka_unit_test(those_who_leave_from_inside_their_call_let_all_others_in),
        cmocka_unit_test(nobody_overtakes_who_waits),
        cmocka_unit_test(who_stays_too_long_keeps_nobody_out),
        cmocka_unit_test(nobody_gains_or_loses_patience_when_the_wall_clock_is_set),
    };
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
