/*
 * Lack of memory accuses nobody, inside BoringSSL neither: each allocation fails in turn while a
 * sound certificate is judged. The judgement comes out as it does with memory, or it is not made.
 */
#include "scanner/enforcement/dane.h"
#include "scanner/x509/certificate_staple.h"
#include "scanner/x509/chain.h"
#include "scanner/x509/leaf_use.h"
#include "tests/unit/certificate_world.h"
#include "tests/unit/failing_allocator.h"
#include "tests/unit/ocsp_maker.h"

/* ---- Chains ---- */

static struct chain *chain_of(const struct world *world, int day, const struct made *leaf)
{
    const struct text certificates[] = {made_text(leaf), made_text(&world->inter)};
    uint8_t digest[CHAIN_DIGEST_LEN];
    chain_digest_of(certificates, 2, digest);
    struct chain *chain = chain_new(MAKER_NOW + (int64_t)day * MAKER_DAY, certificates, 2, digest);
    if (chain != NULL && !chain_fill(chain, world->store)) {
        chain_free(chain);
        return NULL;
    }
    return chain;
}

static void check_chain(const struct world *world, int day, const struct made *leaf)
{
    struct chain *whole = chain_of(world, day, leaf);
    unsigned long number = 0, num_unmade = 0;
    bool has_failed;
    assert_non_null(whole);
    do {
        fail_allocations(number++, 1);
        struct chain *chain = chain_of(world, day, leaf);
        has_failed = end_failing() > 0;
        if (chain != NULL) {
            assert_int_equal(chain->verdict.trusted, whole->verdict.trusted);
            assert_problems(chain->verdict.problems, whole->verdict.problems);
            assert_string_equal(chain->kept.members[0].key.name, whole->kept.members[0].key.name);
        }
        num_unmade += chain == NULL;
        chain_free(chain);
    } while (has_failed);
    assert_true(num_unmade > 10);
    chain_free(whole);
}

static void a_sound_chain_is_judged_as_sound_or_not_at_all(void **state)
{
    const struct world *world = *state;
    check_chain(world, 0, &world->leaf);
}

/* Each signature of its path is checked apart, since the first path is not perfect. */
static void so_is_one_that_has_expired(void **state)
{
    const struct world *world = *state;
    check_chain(world, 900, &world->leaf);
}

static void so_is_one_with_an_rsa_key(void **state)
{
    const struct world *world = *state;
    struct made leaf = make(&(struct recipe){.cn = "RSA",
                                             .issuer = &world->inter,
                                             .kind = MAKER_RSA2048,
                                             .extensions = {SAN, EKU, KU, AKI}});
    check_chain(world, 0, &leaf);
    made_free(&leaf);
}

/* ---- What is judged beside the chain ---- */

static void an_anchors_key_still_vouches_or_dane_is_unknown(void **state)
{
    const struct world *world = *state;
    const char *name = HOST;
    struct certificate_der der;
    uint8_t data[512] = {TLSA_DANE_TA, TLSA_KEY, TLSA_FULL};
    certificate_der_read(made_text(&world->inter), &der);
    assert_true(der.spki.len + 3 <= sizeof(data));
    memcpy(data + 3, der.spki.bytes, der.spki.len);
    const struct dns_record record = {.data = {data, 3 + der.spki.len}};
    struct tlsa_set *set = tlsa_set_new(&record, 1);
    struct chain *chain = chain_of(world, 0, &world->leaf);
    unsigned long number = 0, num_unknown = 0;
    bool has_failed;
    do {
        struct dane_result result;
        fail_allocations(number++, 1);
        dane_match(set, chain, &name, 1, &result);
        has_failed = end_failing() > 0;
        num_unknown += result.status == DANE_UNKNOWN;
        if (result.status != DANE_UNKNOWN) {
            assert_string_equal(dane_status_name(result.status), dane_status_name(DANE_VALID));
        }
    } while (has_failed);
    assert_true(num_unknown > 10);
    chain_free(chain);
    free(set);
}

static void a_good_staple_stays_good_or_unknown(void **state)
{
    const struct world *world = *state;
    struct made responder = make(&(struct recipe){
        .cn = "Responder",
        .issuer = &world->inter,
        .extensions = {{"extendedKeyUsage", "OCSPSigning"}, {"keyUsage", "digitalSignature"}}});
    struct text der = ocsp_make(&(struct ocsp_recipe){{{.leaf = &world->leaf,
                                                        .issuer = &world->inter,
                                                        .this_day = -1,
                                                        .next_day = 6,
                                                        .status = OCSP_STATUS_GOOD}},
                                                      .signer = &responder,
                                                      .by_key = true,
                                                      .certificates = {&responder}});
    const struct certificate_extras extras = {.ocsp_response = der};
    struct chain *chain = chain_of(world, 0, &world->leaf);
    unsigned long number = 0, num_unknown = 0;
    bool has_failed;
    do {
        struct certificate_record record = {0};
        fail_allocations(number++, 1);
        certificate_staple_judge(chain, &extras, &record);
        has_failed = end_failing() > 0;
        assert_int_equal(record.ocsp.problems, 0);
        assert_int_not_equal(record.ocsp.signature.value, TRI_NO);
        num_unknown += record.ocsp.signature.value == TRI_UNKNOWN;
    } while (has_failed);
    assert_true(num_unknown > 10);
    chain_free(chain);
    made_free(&responder);
    OPENSSL_free((char *)(uintptr_t)der.bytes);
}

static void a_usable_leaf_is_usable_or_not_judged(void **state)
{
    const struct world *world = *state;
    unsigned long number = 0, num_unjudged = 0;
    bool has_failed;
    do {
        struct arena arena = {0};
        enum leaf_use use;
        const char *key;
        fail_allocations(number++, 1);
        bool is_judged = leaf_use_find(&arena, made_text(&world->leaf), &use, &key);
        has_failed = end_failing() > 0;
        if (is_judged) {
            assert_int_equal(use, LEAF_IS_USABLE);
        }
        num_unjudged += !is_judged;
        arena_free(&arena);
    } while (has_failed);
    assert_true(num_unjudged > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_chain_is_judged_as_sound_or_not_at_all),
        cmocka_unit_test(so_is_one_that_has_expired),
        cmocka_unit_test(so_is_one_with_an_rsa_key),
        cmocka_unit_test(an_anchors_key_still_vouches_or_dane_is_unknown),
        cmocka_unit_test(a_good_staple_stays_good_or_unknown),
        cmocka_unit_test(a_usable_leaf_is_usable_or_not_judged),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
