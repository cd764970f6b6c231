/* Which chains dialogues were shown, how often each, and that those for which there is no room are
 * counted. */
#include "tests/unit/certificate_world.h"

#include "scanner/evidence/leaf_tally.h"

#define NUM_CHAINS (LEAF_TALLY_MAX + 2)

/* Chains that differ by what is sent beside the leaf: the leaf so many times more. */
struct scene {
    struct chain_cache *cache;
    struct text sent[NUM_CHAINS];
    struct leaf_tally tally;
};

static void begin(struct scene *scene, const struct world *world)
{
    *scene = (struct scene){.cache = chain_cache_new(world->store, MAKER_NOW, NUM_CHAINS)};
    for (size_t i = 0; i < NUM_CHAINS; i++) {
        scene->sent[i] = made_text(&world->leaf);
    }
}

static void end(struct scene *scene)
{
    leaf_tally_fini(&scene->tally, scene->cache);
    chain_cache_free(scene->cache);
}

/* A dialogue is shown a chain. Returns whether there was room for it. */
static bool show(struct scene *scene, struct leaf_tally *tally, size_t number)
{
    const struct certificate_extras extras = {.has_sct_extension = false};
    const struct chain *chain = chain_cache_add(scene->cache, scene->sent, number + 1);
    assert_non_null(chain);
    return leaf_tally_take(tally, scene->cache, chain, &extras) != NULL;
}

static void each_chain_has_its_dialogues(void **state)
{
    struct scene scene;
    begin(&scene, *state);
    assert_true(show(&scene, &scene.tally, 0));
    assert_true(show(&scene, &scene.tally, 1));
    assert_true(show(&scene, &scene.tally, 0));
    assert_int_equal(scene.tally.num_sights, 2);
    assert_int_equal(scene.tally.sights[0].num_dialogues, 2);
    assert_int_equal(scene.tally.sights[1].num_dialogues, 1);
    assert_int_equal(scene.tally.num_left_out, 0);
    end(&scene);
}

static void dialogues_whose_chain_finds_no_room_are_counted(void **state)
{
    struct scene scene;
    begin(&scene, *state);
    for (size_t i = 0; i < NUM_CHAINS; i++) {
        assert_int_equal(show(&scene, &scene.tally, i), i < LEAF_TALLY_MAX);
    }
    assert_int_equal(scene.tally.num_left_out, NUM_CHAINS - LEAF_TALLY_MAX);
    assert_true(show(&scene, &scene.tally, 0)); /* one that is kept still has a vote */
    assert_int_equal(scene.tally.sights[0].num_dialogues, 2);
    assert_int_equal(scene.tally.num_left_out, NUM_CHAINS - LEAF_TALLY_MAX);
    end(&scene);
}

static void what_is_borrowed_counts_likewise(void **state)
{
    struct scene scene;
    struct leaf_tally more = {.num_sights = 0}, all = {.num_sights = 0};
    begin(&scene, *state);
    for (size_t i = 0; i < LEAF_TALLY_MAX + 1; i++) {
        show(&scene, &scene.tally, i); /* the last one is left out */
    }
    show(&scene, &more, 0);
    show(&scene, &more, LEAF_TALLY_MAX + 1);
    show(&scene, &more, LEAF_TALLY_MAX + 1);
    leaf_tally_borrow(&all, &scene.tally);
    leaf_tally_borrow(&all, &more);
    assert_int_equal(all.num_sights, LEAF_TALLY_MAX);
    assert_int_equal(all.sights[0].num_dialogues, 2);
    assert_int_equal(all.num_left_out, 3);
    leaf_tally_fini(&more, scene.cache);
    end(&scene);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_chain_has_its_dialogues),
        cmocka_unit_test(dialogues_whose_chain_finds_no_room_are_counted),
        cmocka_unit_test(what_is_borrowed_counts_likewise),
    };
    return cmocka_run_group_tests_name("leaf_tally", tests, setup, teardown);
}
