/* The pacer's queue against a plain list, in random order. */
#include "io/net/pacer_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "io/net/pacer.h"

#define NUM_TICKETS 64
#define NUM_STEPS   200000
#define SEED        20261130

static struct world {
    struct pacer_queue queue;
    struct pacer_ticket tickets[NUM_TICKETS];
    bool is_in[NUM_TICKETS];
    size_t num_in;
    uint32_t random;
    uint32_t num_arrivals;
} world;

static uint32_t random_below(uint32_t limit)
{
    world.random = world.random * 1664525 + 1013904223;
    return (world.random >> 8) % limit;
}

/* The one that a plain list would give. */
static size_t lowest(void)
{
    size_t found = NUM_TICKETS;
    for (size_t i = 0; i < NUM_TICKETS; i++) {
        const struct pacer_ticket *ticket = &world.tickets[i];
        const struct pacer_ticket *best = found < NUM_TICKETS ? &world.tickets[found] : NULL;
        if (world.is_in[i] && (best == NULL || ticket->turn < best->turn ||
                               (ticket->turn == best->turn && ticket->arrival < best->arrival))) {
            found = i;
        }
    }
    return found;
}

static void put(size_t index)
{
    world.tickets[index].turn = random_below(20);
    world.tickets[index].arrival = world.num_arrivals++;
    pacer_queue_put(&world.queue, &world.tickets[index]);
    world.is_in[index] = true;
    world.num_in++;
}

static void take(void)
{
    const size_t expected = lowest();
    assert_ptr_equal(pacer_queue_take(&world.queue), &world.tickets[expected]);
    world.is_in[expected] = false;
    world.num_in--;
}

static void remove_one(size_t index)
{
    pacer_queue_remove(&world.queue, &world.tickets[index]);
    world.is_in[index] = false;
    world.num_in--;
}

static void the_lowest_turn_is_taken_whatever_came_and_went_before(void **state)
{
    (void)state;
    world = (struct world){.random = SEED};
    for (unsigned step = 0; step < NUM_STEPS; step++) {
        const size_t index = random_below(NUM_TICKETS);
        assert_int_equal(pacer_queue_is_empty(&world.queue), world.num_in == 0);
        if (!world.is_in[index]) {
            put(index);
        } else if (random_below(3) == 0) {
            remove_one(index);
        } else {
            take();
        }
    }
    while (world.num_in > 0) {
        take();
    }
    assert_true(pacer_queue_is_empty(&world.queue));
}

/* A run of more than four thousand million connections. */
static void numbers_may_wrap_around(void **state)
{
    struct pacer_queue queue = {0};
    struct pacer_ticket before = {.turn = UINT32_MAX}, after = {.turn = 0, .arrival = UINT32_MAX},
                        last = {.turn = 0, .arrival = 0};
    (void)state;
    pacer_queue_put(&queue, &last);
    pacer_queue_put(&queue, &after);
    pacer_queue_put(&queue, &before);
    assert_ptr_equal(pacer_queue_take(&queue), &before);
    assert_ptr_equal(pacer_queue_take(&queue), &after);
    assert_ptr_equal(pacer_queue_take(&queue), &last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_turn_is_taken_whatever_came_and_went_before),
        cmocka_unit_test(numbers_may_wrap_around),
    };
    return cmocka_run_group_tests_name("pacer_queue", tests, NULL, NULL);
}
