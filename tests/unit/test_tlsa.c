/*
 * TLSA records as they come from the DNS: which of them SMTP clients use, what is said of the
 * others, and which digest counts where several stand side by side.
 */
#include "scanner/enforcement/tlsa.h"

#include "scanner/x509/certificate_der.h"
#include "tests/unit/certificate_world.h"

#undef BIT
#define BIT(problem) TLSA_PROBLEM_BIT(TLSA_##problem)

#define RDATA_MAX 4096

/* RDATA to order: three numbers and bytes. */
struct rdata {
    uint8_t bytes[RDATA_MAX];
    size_t len;
};

static struct rdata rdata_of(int usage, int selector, int matching, const void *data, size_t len)
{
    struct rdata rdata = {.bytes = {(uint8_t)usage, (uint8_t)selector, (uint8_t)matching},
                          .len = len + 3};
    assert_true(rdata.len <= RDATA_MAX);
    if (len > 0) {
        memcpy(rdata.bytes + 3, data, len);
    }
    return rdata;
}

static struct rdata digest(int usage, int selector, int matching, size_t len)
{
    static const uint8_t zeros[128];
    return rdata_of(usage, selector, matching, zeros, len);
}

static struct tlsa_set *set_of(const struct rdata *rdata, size_t num)
{
    struct dns_record records[TLSA_RECORDS_MAX + 8];
    assert_true(num <= NUM(records));
    for (size_t i = 0; i < num; i++) {
        records[i] = (struct dns_record){.data = {rdata[i].bytes, rdata[i].len}};
    }
    struct tlsa_set *set = tlsa_set_new(records, num);
    assert_non_null(set);
    return set;
}

#define SET(...)                                                                                   \
    set_of((const struct rdata[]){__VA_ARGS__}, NUM(((const struct rdata[]){__VA_ARGS__})))

/* ---- One record ---- */

static void a_record_is_usable_or_says_why_not(void **state)
{
    struct world *world = *state;
    const struct made *leaf = &world->leaf;
    struct certificate_der der;
    certificate_der_read(made_text(leaf), &der);
    struct text spki = der.spki;
    const struct {
        const char *what;
        struct rdata rdata;
        uint32_t problem;
        const char *name;
    } cases[] = {
        {"a digest of a leaf's key", digest(3, 1, 1, 32), 0, "3 1 1"},
        {"a long digest of a leaf's key", digest(3, 1, 2, 64), 0, "3 1 2"},
        {"a digest of a leaf", digest(3, 0, 1, 32), 0, "3 0 1"},
        {"a long digest of a leaf", digest(3, 0, 2, 64), 0, "3 0 2"},
        {"a digest of an anchor's key", digest(2, 1, 1, 32), 0, "2 1 1"},
        {"a long digest of an anchor's key", digest(2, 1, 2, 64), 0, "2 1 2"},
        {"a digest of an anchor", digest(2, 0, 1, 32), 0, "2 0 1"},
        {"a long digest of an anchor", digest(2, 0, 2, 64), 0, "2 0 2"},
        {"a whole leaf", rdata_of(3, 0, 0, leaf->der, leaf->len), 0, "3 0 0"},
        {"a whole anchor", rdata_of(2, 0, 0, leaf->der, leaf->len), 0, "2 0 0"},
        {"a leaf's whole key", rdata_of(3, 1, 0, spki.bytes, spki.len), 0, "3 1 0"},
        {"an anchor's whole key", rdata_of(2, 1, 0, spki.bytes, spki.len), 0, "2 1 0"},
        {"PKIX-TA is not for SMTP", digest(0, 1, 1, 32), BIT(USAGE_PKIX), NULL},
        {"PKIX-EE is not for SMTP", digest(1, 0, 1, 32), BIT(USAGE_PKIX), NULL},
        {"a usage that is not assigned", digest(4, 1, 1, 32), BIT(UNKNOWN_USAGE), NULL},
        {"the usage for private use", digest(255, 1, 1, 32), BIT(UNKNOWN_USAGE), NULL},
        {"a selector that is not assigned", digest(3, 2, 1, 32), BIT(UNKNOWN_SELECTOR), NULL},
        {"a matching type that is not assigned", digest(3, 1, 3, 32), BIT(UNKNOWN_MATCHING), NULL},
        {"a digest one octet short", digest(3, 1, 1, 31), BIT(BAD_DIGEST_LENGTH), NULL},
        {"a digest one octet long", digest(3, 1, 1, 33), BIT(BAD_DIGEST_LENGTH), NULL},
        {"SHA-1 under SHA-256's number", digest(2, 0, 1, 20), BIT(BAD_DIGEST_LENGTH), NULL},
        {"SHA-256 under SHA-512's number", digest(3, 1, 2, 32), BIT(BAD_DIGEST_LENGTH), NULL},
        {"hex digits in place of octets", digest(3, 1, 1, 64), BIT(BAD_DIGEST_LENGTH), NULL},
        {"a whole certificate with its end cut off", rdata_of(2, 0, 0, leaf->der, leaf->len - 1),
         BIT(BAD_FULL_DATA), NULL},
        {"a certificate where a key should be", rdata_of(3, 1, 0, leaf->der, leaf->len),
         BIT(BAD_FULL_DATA), NULL},
        {"a key where a certificate should be", rdata_of(3, 0, 0, spki.bytes, spki.len),
         BIT(BAD_FULL_DATA), NULL},
        {"a digest where a certificate should be", digest(2, 0, 0, 32), BIT(BAD_FULL_DATA), NULL},
        {"an empty sequence where a key should be", rdata_of(3, 1, 0, "\x30\x00", 2),
         BIT(BAD_FULL_DATA), NULL},
        {"no data at all", digest(3, 1, 1, 0), BIT(MALFORMED), NULL},
    };
    for (size_t i = 0; i < NUM(cases); i++) {
        print_message("%s\n", cases[i].what);
        struct tlsa_set *set = set_of(&cases[i].rdata, 1);
        assert_int_equal(set->num_records, 1);
        assert_int_equal(set->problems, cases[i].problem);
        assert_int_equal(set->num_usable, cases[i].problem == 0 ? 1 : 0);
        assert_int_equal(set->records[0].is_usable, cases[i].problem == 0);
        assert_int_equal(set->records[0].is_effective, cases[i].problem == 0);
        const char *name = tlsa_record_name(&set->records[0]);
        if (cases[i].name != NULL) {
            assert_string_equal(name, cases[i].name);
        } else {
            assert_null(name);
        }
        free(set);
    }
}

static void bytes_behind_a_certificate_or_key_spoil_it(void **state)
{
    struct world *world = *state;
    struct rdata longer = rdata_of(2, 0, 0, world->root.der, world->root.len);
    longer.bytes[longer.len++] = 0;
    struct tlsa_set *set = set_of(&longer, 1);
    assert_int_equal(set->problems, BIT(BAD_FULL_DATA));
    free(set);
}

static void rdata_shorter_than_its_head_is_malformed(void **state)
{
    (void)state;
    for (size_t len = 0; len < 4; len++) {
        struct rdata rdata = {.bytes = {3, 1, 1}, .len = len};
        struct tlsa_set *set = set_of(&rdata, 1);
        assert_int_equal(set->num_usable, 0);
        assert_int_equal(set->problems, BIT(MALFORMED));
        assert_null(tlsa_record_name(&set->records[0]));
        free(set);
    }
}

/* ---- Several ---- */

static void the_good_records_count_beside_the_bad_ones(void **state)
{
    (void)state;
    struct tlsa_set *set =
        SET(digest(1, 0, 1, 32), digest(3, 1, 1, 32), digest(2, 0, 1, 20), digest(9, 9, 9, 9));
    assert_int_equal(set->num_records, 4);
    assert_int_equal(set->num_usable, 1);
    assert_true(set->records[1].is_effective);
    assert_int_equal(set->problems, BIT(USAGE_PKIX) | BIT(BAD_DIGEST_LENGTH) | BIT(UNKNOWN_USAGE));
    free(set);
}

static void of_two_digests_the_stronger_one_counts_for_its_usage_and_selector(void **state)
{
    struct world *world = *state;
    struct tlsa_set *set =
        SET(digest(3, 1, 1, 32), digest(3, 1, 2, 64), digest(3, 0, 1, 32), digest(2, 1, 1, 32),
            digest(3, 1, 2, 64), rdata_of(2, 0, 0, world->root.der, world->root.len),
            digest(2, 0, 2, 64));
    const bool effective[] = {false, true, true, true, true, true, true};
    for (size_t i = 0; i < NUM(effective); i++) {
        assert_true(set->records[i].is_usable);
        assert_int_equal(set->records[i].is_effective, effective[i]);
    }
    assert_int_equal(set->num_usable, 7);
    free(set);
}

static void a_stronger_digest_that_is_broken_hides_nothing(void **state)
{
    (void)state;
    struct tlsa_set *set = SET(digest(3, 1, 2, 32), digest(3, 1, 1, 32));
    assert_false(set->records[0].is_effective);
    assert_true(set->records[1].is_effective);
    free(set);
}

static void the_data_is_a_copy(void **state)
{
    (void)state;
    struct rdata rdata = rdata_of(3, 1, 1, "abcdefghijklmnopqrstuvwxyz012345", 32);
    struct tlsa_set *set = set_of(&rdata, 1);
    memset(&rdata, 0, sizeof(rdata));
    assert_memory_equal(set->records[0].data, "abcdefghijklmnopqrstuvwxyz012345", 32);
    assert_int_equal(set->records[0].len, 32);
    free(set);
}

static void a_flood_of_records_is_cut_and_said(void **state)
{
    (void)state;
    static struct rdata many[TLSA_RECORDS_MAX + 1];
    for (size_t i = 0; i < NUM(many); i++) {
        many[i] = digest(3, 1, 1, 32);
    }
    struct tlsa_set *set = set_of(many, TLSA_RECORDS_MAX);
    assert_int_equal(set->problems, 0);
    free(set);
    set = set_of(many, TLSA_RECORDS_MAX + 1);
    assert_int_equal(set->num_records, TLSA_RECORDS_MAX);
    assert_int_equal(set->problems, BIT(TOO_MANY_RECORDS));
    free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_usable_or_says_why_not),
        cmocka_unit_test(bytes_behind_a_certificate_or_key_spoil_it),
        cmocka_unit_test(rdata_shorter_than_its_head_is_malformed),
        cmocka_unit_test(the_good_records_count_beside_the_bad_ones),
        cmocka_unit_test(of_two_digests_the_stronger_one_counts_for_its_usage_and_selector),
        cmocka_unit_test(a_stronger_digest_that_is_broken_hides_nothing),
        cmocka_unit_test(the_data_is_a_copy),
        cmocka_unit_test(a_flood_of_records_is_cut_and_said),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
