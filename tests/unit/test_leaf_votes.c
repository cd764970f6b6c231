/*
 * Certificates that dialogues under one name were shown: what they come to, whatever their order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scanner/evidence/leaf_votes.h"

#define LEAVES_MAX 4
#define RUNS       20000

struct scene {
    struct certificate_record records[LEAVES_MAX];
    struct leaf_vote leaves[LEAVES_MAX];
    size_t num;
};

static void add(struct scene *scene, const char *key, enum tri valid, enum dane_status dane)
{
    struct certificate_record *record = &scene->records[scene->num];
    *record = (struct certificate_record){
        .key = key,
        .has_validity = true,
        .days_left = 60,
        .trusted.value = valid,
        .name_checked = true,
        .name_match.value = TRI_YES,
        .problems = valid == TRI_NO ? CERTIFICATE_PROBLEM_BIT(CERTIFICATE_SELF_SIGNED) : 0,
        .sha256 = {(uint8_t)(scene->num + 1)},
    };
    scene->leaves[scene->num++] =
        (struct leaf_vote){.certificate = record, .dane = dane, .num_dialogues = 1};
}

static const struct certificate_record *shown(const struct scene *scene, size_t index)
{
    return scene->leaves[index].certificate;
}

static void nothing_was_shown(void **state)
{
    struct leaf_verdict verdict;
    (void)state;
    leaf_votes_count(NULL, 0, &verdict);
    assert_int_equal(verdict.num_shown, 0);
    assert_int_equal(verdict.dane, DANE_NONE);
    assert_false(verdict.votes.mixed);
}

/* A client's offer decides which one it is shown. */
static void one_of_each_kind_of_key_is_no_disagreement(void **state)
{
    struct scene scene = {.num = 0};
    struct leaf_verdict verdict;
    (void)state;
    add(&scene, "RSA", TRI_NO, DANE_MISMATCH);
    add(&scene, "ECDSA P-256", TRI_YES, DANE_VALID);
    scene.leaves[0].num_dialogues = 2;
    leaf_votes_count(scene.leaves, scene.num, &verdict);
    assert_false(verdict.votes.mixed);
    assert_false(verdict.votes.dane_mixed);
    assert_false(verdict.votes.dane_alone);
    assert_int_equal(verdict.votes.valid, 1);
    assert_int_equal(verdict.votes.invalid, 2);
    assert_int_equal(verdict.dane, DANE_MISMATCH);
    assert_int_equal(verdict.by, 0);
    assert_int_equal(verdict.num_shown, 2);
    assert_string_equal(shown(&scene, verdict.first)->key, "ECDSA P-256");
    assert_string_equal(shown(&scene, verdict.second)->key, "RSA");
}

static void two_of_one_kind_are_one(void **state)
{
    struct scene scene = {.num = 0};
    struct leaf_verdict verdict;
    (void)state;
    add(&scene, "ECDSA P-256", TRI_YES, DANE_VALID);
    add(&scene, "ECDSA P-384", TRI_NO, DANE_MISMATCH);
    scene.leaves[0].num_dialogues = 3;
    leaf_votes_count(scene.leaves, scene.num, &verdict);
    assert_true(verdict.votes.mixed);
    assert_true(verdict.votes.dane_mixed);
    assert_int_equal(verdict.votes.valid, 3);
    assert_int_equal(verdict.votes.invalid, 1);
    assert_int_equal(verdict.dane, DANE_UNKNOWN);
    assert_int_equal(verdict.first, 1); /* the worse one stands first */
    assert_int_equal(verdict.second, 0);
}

static void two_valid_ones_are_none(void **state)
{
    struct scene scene = {.num = 0};
    struct leaf_verdict verdict;
    (void)state;
    add(&scene, "RSA", TRI_YES, DANE_VALID);
    add(&scene, "RSA", TRI_YES, DANE_VALID);
    add(&scene, "RSA", TRI_UNKNOWN, DANE_VALID);
    leaf_votes_count(scene.leaves, scene.num, &verdict);
    assert_false(verdict.votes.mixed);
    assert_int_equal(verdict.votes.unclear, 1);
    assert_int_equal(verdict.dane, DANE_VALID);
    assert_int_equal(verdict.first, 2);
}

/* ---- What caps at D takes two dialogues ---- */

static void one_dialogue_alone_says_no_mismatch(void **state)
{
    struct scene scene = {.num = 0};
    struct leaf_verdict verdict;
    (void)state;
    add(&scene, "ECDSA P-256", TRI_YES, DANE_MISMATCH);
    leaf_votes_count(scene.leaves, scene.num, &verdict);
    assert_int_equal(verdict.dane, DANE_UNKNOWN);
    assert_true(verdict.votes.dane_alone);
    scene.leaves[0].num_dialogues = 2;
    leaf_votes_count(scene.leaves, scene.num, &verdict);
    assert_int_equal(verdict.dane, DANE_MISMATCH);
    assert_false(verdict.votes.dane_alone);
}

static void two_mismatches_agree_whatever_the_kinds_of_keys(void **state)
{
    struct scene scene = {.num = 0};
    struct leaf_verdict verdict;
    (void)state;
    add(&scene, "ECDSA P-256", TRI_YES, DANE_MISMATCH);
    add(&scene, "RSA", TRI_YES, DANE_MISMATCH);
    leaf_votes_count(scene.leaves, scene.num, &verdict);
    assert_int_equal(verdict.dane, DANE_MISMATCH);
    assert_false(verdict.votes.dane_alone);
}

static void one_dialogue_alone_shows_no_rsa_key_below_1024_bits(void **state)
{
    struct scene scene = {.num = 0};
    struct leaf_verdict verdict;
    (void)state;
    add(&scene, "RSA", TRI_YES, DANE_VALID);
    scene.records[0].smallest_rsa_bits = 1023;
    leaf_votes_count(scene.leaves, scene.num, &verdict);
    assert_true(verdict.votes.key_alone);
    add(&scene, "RSA", TRI_YES, DANE_VALID);
    scene.records[1].smallest_rsa_bits = 512;
    leaf_votes_count(scene.leaves, scene.num, &verdict);
    assert_false(verdict.votes.key_alone);
    scene.records[0].smallest_rsa_bits = scene.records[1].smallest_rsa_bits = 1024;
    leaf_votes_count(scene.leaves, scene.num, &verdict);
    assert_false(verdict.votes.key_alone);
    scene.leaves[0].has_smallest_anchor = true;
    leaf_votes_count(scene.leaves, scene.num, &verdict);
    assert_true(verdict.votes.key_alone);
}

/* ---- Whatever came first ---- */

static void shuffle(struct scene *scene)
{
    for (size_t i = scene->num; i > 1; i--) {
        size_t k = (size_t)rand() % i;
        struct leaf_vote last = scene->leaves[i - 1];
        scene->leaves[i - 1] = scene->leaves[k];
        scene->leaves[k] = last;
    }
}

static void the_order_of_votes_makes_no_difference(void **state)
{
    static const char *const keys[] = {"RSA", "ECDSA P-256", "Ed25519", NULL};
    static const enum dane_status statuses[] = {DANE_VALID, DANE_MISMATCH, DANE_UNKNOWN,
                                                DANE_UNUSABLE};
    (void)state;
    for (unsigned seed = 0; seed < RUNS; seed++) {
        struct scene scene = {.num = 0};
        struct leaf_verdict one, other;
        srand(seed);
        for (int i = rand() % LEAVES_MAX; i >= 0; i--) {
            add(&scene, keys[rand() % 4], (enum tri)(rand() % 3), statuses[rand() % 4]);
            scene.leaves[scene.num - 1].num_dialogues = (unsigned)rand() % 3 + 1;
        }
        leaf_votes_count(scene.leaves, scene.num, &one);
        const struct certificate_record *first = shown(&scene, one.first);
        const struct certificate_record *second =
            one.num_shown > 1 ? shown(&scene, one.second) : NULL;
        const struct certificate_record *by = shown(&scene, one.by);
        shuffle(&scene);
        leaf_votes_count(scene.leaves, scene.num, &other);
        if (shown(&scene, other.first) != first || other.num_shown != one.num_shown ||
            (second != NULL && shown(&scene, other.second) != second) || other.dane != one.dane ||
            shown(&scene, other.by) != by ||
            memcmp(&other.votes, &one.votes, sizeof(one.votes)) != 0) {
            fail_msg("seed %u", seed);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_was_shown),
        cmocka_unit_test(one_of_each_kind_of_key_is_no_disagreement),
        cmocka_unit_test(two_of_one_kind_are_one),
        cmocka_unit_test(two_valid_ones_are_none),
        cmocka_unit_test(one_dialogue_alone_says_no_mismatch),
        cmocka_unit_test(two_mismatches_agree_whatever_the_kinds_of_keys),
        cmocka_unit_test(one_dialogue_alone_shows_no_rsa_key_below_1024_bits),
        cmocka_unit_test(the_order_of_votes_makes_no_difference),
    };
    return cmocka_run_group_tests_name("leaf_votes", tests, NULL, NULL);
}
