/* What names lead to: votes of unrelated organisations, and what a greeting says of them. */
#include "scanner/engine/name_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "named.h"

#define NUM_NAMES 20u

static const struct table_seed seed = {{1, 2}};

/* As many unrelated names as a verdict needs lead to one address. */
static void lead_to(struct name_watch *watch, const char *text, unsigned first, bool is_called)
{
    struct address address;
    assert_true(address_parse(text, &address));
    for (unsigned i = first; i < first + NUM_NAMES; i++) {
        char name[32];
        snprintf(name, sizeof(name), "d%u.example", i);
        name_watch_leads_to_address(watch, named(name), i, &address, is_called);
    }
}

static void a_greeting_clears_the_votes_for_places_that_are_called(void **state)
{
    struct name_watch watch;
    (void)state;
    name_watch_init(&watch, &seed);
    lead_to(&watch, "198.51.100.1", 0, true);
    assert_int_equal(name_watch_verdict(&watch).num_alike, NUM_NAMES);
    assert_false(name_watch_verdict(&watch).has_uncalled);
    name_watch_clear_alike(&watch);
    assert_int_equal(name_watch_verdict(&watch).num_alike, 0);
    name_watch_fini(&watch);
}

/* Honest servers that were under way may greet behind the answers of a portal. */
static void a_greeting_leaves_the_votes_for_a_place_where_nobody_calls(void **state)
{
    struct name_watch watch;
    (void)state;
    name_watch_init(&watch, &seed);
    lead_to(&watch, "198.51.100.1", 0, true);
    lead_to(&watch, "10.0.0.1", NUM_NAMES, false);
    name_watch_clear_alike(&watch);
    assert_int_equal(name_watch_verdict(&watch).num_alike, NUM_NAMES);
    assert_true(name_watch_verdict(&watch).has_uncalled);
    name_watch_clear(&watch); /* a control has refuted it */
    assert_int_equal(name_watch_verdict(&watch).num_alike, 0);
    assert_false(name_watch_verdict(&watch).has_uncalled);
    name_watch_fini(&watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_greeting_clears_the_votes_for_places_that_are_called),
        cmocka_unit_test(a_greeting_leaves_the_votes_for_a_place_where_nobody_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
