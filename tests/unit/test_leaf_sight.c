/* What a leaf shows at a glance is what the judgement of its chain says later. */
#include "tests/unit/certificate_world.h"

#include "scanner/x509/leaf_sight.h"

static struct leaf_sight sight_of(const struct world *world, struct text leaf, const char *host,
                                  bool is_judged)
{
    struct leaf_sight sight;
    struct chain_cache *cache = chain_cache_new(world->store, MAKER_NOW, 4);
    const struct chain *chain = chain_cache_add(cache, &leaf, 1);
    assert_non_null(chain);
    leaf_sight_of(chain, host, &sight);
    assert_false(chain_is_verified(chain));
    if (is_judged) {
        struct certificate_record record = {.names = NULL};
        assert_true(chain_cache_verify(cache, chain));
        certificate_judge(chain, host, &record);
        assert_memory_equal(sight.key, record.spki_sha256, sizeof(sight.key));
    }
    chain_release(cache, chain);
    chain_cache_free(cache);
    return sight;
}

static void it_names_the_hosts_that_it_is_made_out_to(void **state)
{
    static const struct {
        const char *host;
        bool is_named;
    } rows[] = {
        {HOST, true},
        {"a.wild.example.org", true},
        {"192.0.2.25", true},
        {"mx.example.com", false},
        {"wild.example.org", false},
        {"192.0.2.26", false},
        {NULL, false},
    };
    const struct world *world = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct leaf_sight sight =
            sight_of(world, made_text(&world->leaf), rows[i].host, true);
        assert_int_equal(sight.names_host, rows[i].is_named);
    }
}

/* It was meant for the host, though it is not valid for it. */
static void a_common_name_that_is_the_host_names_it(void **state)
{
    const struct world *world = *state;
    struct made leaf = make(&(struct recipe){.cn = HOST, .extensions = {EKU, KU}});
    assert_true(sight_of(world, made_text(&leaf), HOST, true).names_host);
    assert_false(sight_of(world, made_text(&leaf), "mx.example.com", true).names_host);
    made_free(&leaf);
}

/* What is no certificate is known by all of its bytes. */
static void what_is_broken_is_known_by_its_bytes(void **state)
{
    const struct world *world = *state;
    const struct leaf_sight one = sight_of(world, (struct text){"one", 3}, HOST, false);
    const struct leaf_sight again = sight_of(world, (struct text){"one", 3}, HOST, false);
    const struct leaf_sight other = sight_of(world, (struct text){"other", 5}, HOST, false);
    assert_memory_equal(one.key, again.key, sizeof(one.key));
    assert_memory_not_equal(one.key, other.key, sizeof(one.key));
    assert_false(one.names_host);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_names_the_hosts_that_it_is_made_out_to),
        cmocka_unit_test(a_common_name_that_is_the_host_names_it),
        cmocka_unit_test(what_is_broken_is_known_by_its_bytes),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
