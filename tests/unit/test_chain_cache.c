/*
 * The cache: one verification per chain whoever asks and when, different chains kept apart, bounded
 * in number, references honoured.
 */
#include "scanner/x509/certificate.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

#include "tests/unit/certificate_maker.h"

#define HOST        "mx.example.org"
#define NUM_LEAVES  8
#define NUM_THREADS 2
#define NUM_GETS    1000

struct world {
    struct made root;
    struct made leaves[NUM_LEAVES];
    struct trust_store *store;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    world->root = make(
        &(struct recipe){.cn = "Root", .from_day = -1000, .to_day = 3000, .extensions = MAKER_CA});
    for (size_t i = 0; i < NUM_LEAVES; i++) {
        world->leaves[i] = make(&(struct recipe){
            .cn = "Leaf", .issuer = &world->root, .extensions = {{"subjectAltName", "DNS:" HOST}}});
    }
    const struct made *roots[] = {&world->root};
    world->store = make_store(roots, 1);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < NUM_LEAVES; i++) {
        made_free(&world->leaves[i]);
    }
    made_free(&world->root);
    trust_store_free(world->store);
    free(world);
    return 0;
}

static const struct chain *get(struct chain_cache *cache, const struct world *world, size_t leaf)
{
    struct text text = made_text(&world->leaves[leaf]);
    return chain_cache_get(cache, &text, 1);
}

static void a_chain_is_verified_once_while_it_is_kept(void **state)
{
    struct world *world = *state;
    struct chain_cache *cache = chain_cache_new(world->store, MAKER_NOW, 4);
    const struct chain *first = get(cache, world, 0);
    const struct chain *second = get(cache, world, 0);
    assert_ptr_equal(first, second);
    chain_release(cache, first);
    chain_release(cache, second);
    assert_ptr_equal(get(cache, world, 0), first);
    assert_int_equal(chain_cache_verifications(cache), 1);
    chain_release(cache, first);
    chain_release(cache, NULL);
    chain_cache_free(cache);
    chain_cache_free(NULL);
}

static void a_chain_is_verified_when_somebody_asks_for_it(void **state)
{
    struct world *world = *state;
    struct text text = made_text(&world->leaves[0]);
    struct chain_cache *cache = chain_cache_new(world->store, MAKER_NOW, 4);
    const struct chain *chain = chain_cache_add(cache, &text, 1);
    assert_false(chain_is_verified(chain));
    assert_int_equal(chain_cache_verifications(cache), 0);
    assert_int_equal(chain_num_certificates(chain), 1);
    struct text kept = chain_certificate(chain, 0);
    assert_int_equal(kept.len, text.len);
    assert_ptr_not_equal(kept.bytes, text.bytes);
    assert_memory_equal(kept.bytes, text.bytes, text.len);
    assert_true(chain_cache_verify(cache, chain));
    assert_true(chain_cache_verify(cache, chain));
    assert_true(chain_is_verified(chain));
    assert_int_equal(chain_cache_verifications(cache), 1);
    assert_ptr_equal(chain_cache_add(cache, &text, 1), chain);
    chain_release(cache, chain);
    chain_release(cache, chain);
    chain_cache_free(cache);
}

static void a_chain_stays_until_all_references_are_given_back(void **state)
{
    struct world *world = *state;
    struct text text = made_text(&world->leaves[0]);
    struct chain_cache *cache = chain_cache_new(world->store, MAKER_NOW, 0);
    const struct chain *chain = chain_cache_add(cache, &text, 1);
    assert_ptr_equal(chain_hold(cache, chain), chain);
    assert_null(chain_hold(cache, NULL));
    chain_release(cache, chain);
    assert_ptr_equal(chain_cache_add(cache, &text, 1), chain);
    chain_release(cache, chain);
    chain_release(cache, chain);
    chain_release(cache, get(cache, world, 0));
    assert_int_equal(chain_cache_verifications(cache), 1); /* of the last one, which is another */
    chain_cache_free(cache);
}

static void nothing_sent_is_no_chain(void **state)
{
    struct world *world = *state;
    struct chain_cache *cache = chain_cache_new(world->store, MAKER_NOW, 4);
    assert_null(chain_cache_get(cache, NULL, 0));
    assert_int_equal(chain_cache_verifications(cache), 0);
    chain_cache_free(cache);
}

static void the_same_bytes_cut_otherwise_are_another_chain(void **state)
{
    struct world *world = *state;
    struct chain_cache *cache = chain_cache_new(world->store, MAKER_NOW, 8);
    const struct text chains[][3] = {
        {{"abcd", 4}, {"ef", 2}, {NULL, 0}},   {{"abc", 3}, {"def", 3}, {NULL, 0}},
        {{"abcdef", 6}, {NULL, 0}, {NULL, 0}}, {{"", 0}, {"abcdef", 6}, {NULL, 0}},
        {{"abcdef", 6}, {"", 0}, {NULL, 0}},   {{"ef", 2}, {"abcd", 4}, {NULL, 0}},
    };
    static const size_t lengths[] = {2, 2, 1, 2, 2, 2};
    const struct chain *got[6];
    for (size_t i = 0; i < 6; i++) {
        got[i] = chain_cache_get(cache, chains[i], lengths[i]);
        for (size_t j = 0; j < i; j++) {
            assert_ptr_not_equal(got[i], got[j]);
            assert_memory_not_equal(chain_digest(got[i]), chain_digest(got[j]), CHAIN_DIGEST_LEN);
        }
    }
    assert_int_equal(chain_cache_verifications(cache), 6);
    for (size_t i = 0; i < 6; i++) {
        chain_release(cache, got[i]);
    }
    chain_cache_free(cache);
}

static void the_least_recently_used_goes_first(void **state)
{
    struct world *world = *state;
    struct chain_cache *cache = chain_cache_new(world->store, MAKER_NOW, 2);
    chain_release(cache, get(cache, world, 0));
    chain_release(cache, get(cache, world, 1));
    chain_release(cache, get(cache, world, 0)); /* 1 is the oldest now */
    chain_release(cache, get(cache, world, 2));
    assert_int_equal(chain_cache_verifications(cache), 3);
    chain_release(cache, get(cache, world, 0));
    chain_release(cache, get(cache, world, 2));
    assert_int_equal(chain_cache_verifications(cache), 3);
    chain_release(cache, get(cache, world, 1));
    assert_int_equal(chain_cache_verifications(cache), 4);
    chain_cache_free(cache);
}

static void what_is_in_use_stays_even_beyond_the_bound(void **state)
{
    struct world *world = *state;
    struct chain_cache *cache = chain_cache_new(world->store, MAKER_NOW, 2);
    const struct chain *used[NUM_LEAVES];
    for (size_t i = 0; i < NUM_LEAVES; i++) {
        used[i] = get(cache, world, i);
    }
    for (size_t i = 0; i < NUM_LEAVES; i++) {
        struct certificate_record record = {0};
        assert_ptr_equal(get(cache, world, i), used[i]);
        chain_release(cache, used[i]);
        certificate_judge(used[i], HOST, &record);
        assert_int_equal(record.trusted.value, TRI_YES);
        assert_memory_equal(record.subject.bytes, "CN=Leaf", 7);
    }
    assert_int_equal(chain_cache_verifications(cache), NUM_LEAVES);
    for (size_t i = 0; i < NUM_LEAVES; i++) {
        chain_release(cache, used[i]);
    }
    /* The last two are left. */
    chain_release(cache, get(cache, world, NUM_LEAVES - 1));
    chain_release(cache, get(cache, world, NUM_LEAVES - 2));
    assert_int_equal(chain_cache_verifications(cache), NUM_LEAVES);
    chain_release(cache, get(cache, world, 0));
    assert_int_equal(chain_cache_verifications(cache), NUM_LEAVES + 1);
    chain_cache_free(cache);
}

static void what_was_idle_and_is_used_again_stays(void **state)
{
    struct world *world = *state;
    struct chain_cache *cache = chain_cache_new(world->store, MAKER_NOW, 2);
    chain_release(cache, get(cache, world, 0));
    chain_release(cache, get(cache, world, 1));
    const struct chain *used = get(cache, world, 0);
    for (size_t i = 1; i < NUM_LEAVES; i++) {
        chain_release(cache, get(cache, world, i));
    }
    assert_ptr_equal(get(cache, world, 0), used);
    assert_int_equal(chain_cache_verifications(cache), NUM_LEAVES);
    chain_release(cache, used);
    chain_release(cache, used);
    chain_cache_free(cache);
}

static void a_cache_of_nothing_works_without_keeping(void **state)
{
    struct world *world = *state;
    struct chain_cache *cache = chain_cache_new(world->store, MAKER_NOW, 0);
    chain_release(cache, get(cache, world, 0));
    chain_release(cache, get(cache, world, 0));
    assert_int_equal(chain_cache_verifications(cache), 2);
    chain_cache_free(cache);
}

struct thread {
    pthread_t id;
    const struct world *world;
    struct chain_cache *cache;
    pthread_barrier_t *start;
    size_t num_leaves; /* asked for in turn */
    unsigned num_wrong;
};

static void *run_thread(void *argument)
{
    struct thread *thread = argument;
    (void)pthread_barrier_wait(thread->start);
    for (size_t i = 0; i < NUM_GETS; i++) {
        struct certificate_record record = {0};
        const struct chain *chain = get(thread->cache, thread->world, i % thread->num_leaves);
        if (chain == NULL) {
            thread->num_wrong++;
            continue;
        }
        certificate_judge(chain, HOST, &record);
        if (record.trusted.value != TRI_YES || record.problems != 0) {
            thread->num_wrong++;
        }
        chain_release(thread->cache, chain);
    }
    return NULL;
}

static uint64_t run_threads(const struct world *world, size_t max_chains, size_t num_leaves)
{
    struct chain_cache *cache = chain_cache_new(world->store, MAKER_NOW, max_chains);
    struct thread threads[NUM_THREADS] = {0};
    pthread_barrier_t start;
    assert_int_equal(pthread_barrier_init(&start, NULL, NUM_THREADS), 0);
    for (size_t i = 0; i < NUM_THREADS; i++) {
        threads[i] = (struct thread){
            .world = world, .cache = cache, .start = &start, .num_leaves = num_leaves};
        assert_int_equal(pthread_create(&threads[i].id, NULL, run_thread, &threads[i]), 0);
    }
    for (size_t i = 0; i < NUM_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i].id, NULL), 0);
        assert_int_equal(threads[i].num_wrong, 0);
    }
    pthread_barrier_destroy(&start);
    uint64_t verifications = chain_cache_verifications(cache);
    chain_cache_free(cache);
    return verifications;
}

static void two_threads_that_ask_at_once_make_one_verification(void **state)
{
    struct world *world = *state;
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(run_threads(world, 4, 1), 1);
    }
    assert_int_equal(run_threads(world, NUM_LEAVES, NUM_LEAVES), NUM_LEAVES);
}

static void threads_that_evict_each_others_chains_get_right_answers(void **state)
{
    struct world *world = *state;
    assert_true(run_threads(world, 2, NUM_LEAVES) >= NUM_LEAVES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_is_verified_once_while_it_is_kept),
        cmocka_unit_test(a_chain_is_verified_when_somebody_asks_for_it),
        cmocka_unit_test(a_chain_stays_until_all_references_are_given_back),
        cmocka_unit_test(nothing_sent_is_no_chain),
        cmocka_unit_test(the_same_bytes_cut_otherwise_are_another_chain),
        cmocka_unit_test(the_least_recently_used_goes_first),
        cmocka_unit_test(what_is_in_use_stays_even_beyond_the_bound),
        cmocka_unit_test(what_was_idle_and_is_used_again_stays),
        cmocka_unit_test(a_cache_of_nothing_works_without_keeping),
        cmocka_unit_test(two_threads_that_ask_at_once_make_one_verification),
        cmocka_unit_test(threads_that_evict_each_others_chains_get_right_answers),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
