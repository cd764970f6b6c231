/* When the threads of a run wake the main one. */
#include "scanner/engine/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/base/counter.h"
#include "io/base/loop.h"

static void on_wake(struct ev_loop *loop, ev_async *watcher, int events)
{
    (void)loop;
    (void)events;
    ++*(unsigned *)watcher->data;
}

/* Lines that the reader holds back are not under way. */
static void the_last_line_that_is_doubted_wakes_it(void **state)
{
    struct run run = {.loop = loop_new()};
    unsigned num_wakes = 0;
    (void)state;
    assert_non_null(run.loop);
    ev_async_init(&run.done_wake, on_wake);
    run.done_wake.data = &num_wakes;
    ev_async_start(run.loop, &run.done_wake);
    counter_add(&run.targets_admitted, 9);
    counter_add(&run.targets_held, 4);
    counter_add(&run.targets_done, 2);
    for (unsigned num_doubted = 1; num_doubted <= 4; num_doubted++) {
        run_target_doubted(&run);
        ev_run(run.loop, EVRUN_NOWAIT);
        assert_int_equal(counter_read(&run.targets_in_doubt), num_doubted);
        assert_int_equal(num_wakes, num_doubted < 3 ? 0 : 1);
    }
    ev_async_stop(run.loop, &run.done_wake);
    loop_free(run.loop);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_line_that_is_doubted_wakes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
