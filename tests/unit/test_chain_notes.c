/*
 * How a chain was sent and for how long it is valid: what is told without any bearing on trust.
 */
#include "scanner/x509/certificate_validity.h"

#include "tests/unit/certificate_world.h"

#define NOTE(note) CHAIN_NOTE_BIT(CHAIN_##note)

struct sending {
    const char *name;
    const struct made *sent[8];
    uint32_t notes;
    uint32_t problems;
};

static void check_sending(const struct world *world, const struct sending *sending)
{
    size_t num = 0;
    while (num < NUM(sending->sent) && sending->sent[num] != NULL) {
        num++;
    }
    print_message("%s\n", sending->name);
    struct result result = judge_at(world->store, MAKER_NOW, HOST, sending->sent, num);
    assert_int_equal(result.record.chain_notes, sending->notes);
    assert_problems(result.problems, sending->problems);
    assert_int_equal(result.record.num_sent, num);
}

static void what_was_sent_is_noted_whatever_it_is_worth(void **state)
{
    struct world *world = *state;
    const struct made *leaf = &world->leaf;
    const struct made *inter = &world->inter;
    const struct made *root = &world->root;
    struct made sub = make(
        &(struct recipe){.cn = "Sub", .issuer = &world->inter, .extensions = {CA, SIGN, SKI, AKI}});
    struct made deep =
        make(&(struct recipe){.cn = "Deep", .issuer = &sub, .extensions = {SAN, EKU, AKI}});
    struct made alone = make(&(struct recipe){.cn = "Alone", .extensions = {SAN, EKU, SKI}});
    struct made namesake = make(&(struct recipe){
        .cn = "Inter", .issuer = &world->root, .extensions = {CA, SIGN, SKI, AKI}});
    struct made cross = make(&(struct recipe){.cn = "Root",
                                              .issuer = &world->foreign,
                                              .key = world->root.key,
                                              .extensions = {CA, SIGN, SKI, AKI}});
    const struct sending sendings[] = {
        {"leaf and intermediate", {leaf, inter}, 0, 0},
        {"the leaf alone", {leaf}, 0, BIT(INCOMPLETE_CHAIN)},
        {"the root too", {leaf, inter, root}, NOTE(ROOT_INCLUDED), 0},
        {"two intermediates", {&deep, &sub, inter}, 0, 0},
        {"two intermediates, swapped", {&deep, inter, &sub}, NOTE(UNORDERED), 0},
        {"the root first", {leaf, root, inter}, NOTE(UNORDERED) | NOTE(ROOT_INCLUDED), 0},
        {"the intermediate twice", {leaf, inter, inter}, NOTE(DUPLICATE), 0},
        {"the leaf twice", {leaf, leaf, inter}, NOTE(DUPLICATE), 0},
        {"the root twice", {leaf, inter, root, root}, NOTE(DUPLICATE) | NOTE(ROOT_INCLUDED), 0},
        {"a stranger", {leaf, inter, &alone}, NOTE(EXTRA), 0},
        {"a stranger between", {leaf, &alone, inter}, NOTE(EXTRA), 0},
        {"a root of others", {leaf, inter, &world->foreign}, NOTE(EXTRA), 0},
        {"a namesake of the issuer with another key", {leaf, &namesake, inter}, NOTE(EXTRA), 0},
        {"another leaf of the same issuer", {leaf, &deep, inter}, NOTE(EXTRA), 0},
        {"a root signed by another root", {leaf, inter, &cross}, 0, 0},
        {"and that root", {leaf, inter, &cross, &world->foreign}, NOTE(ROOT_INCLUDED), 0},
        {"both ways up", {leaf, inter, root, &cross}, NOTE(ROOT_INCLUDED), 0},
        {"a self-signed leaf", {&alone}, 0, BIT(SELF_SIGNED)},
        {"a self-signed leaf twice", {&alone, &alone}, NOTE(DUPLICATE), BIT(SELF_SIGNED)},
        {"a self-signed leaf and a chain", {&alone, inter}, NOTE(EXTRA), BIT(SELF_SIGNED)},
        {"everything at once",
         {&deep, root, inter, &sub, inter, &alone},
         NOTE(UNORDERED) | NOTE(ROOT_INCLUDED) | NOTE(DUPLICATE) | NOTE(EXTRA),
         0},
    };
    for (size_t i = 0; i < NUM(sendings); i++) {
        check_sending(world, &sendings[i]);
    }
    made_free(&sub);
    made_free(&deep);
    made_free(&alone);
    made_free(&namesake);
    made_free(&cross);
}

static void what_is_beyond_the_maximum_is_cut_and_noted(void **state)
{
    struct world *world = *state;
    struct text certificates[CHAIN_CERTIFICATES_MAX + 1];
    certificates[0] = made_text(&world->leaf);
    for (size_t i = 1; i < NUM(certificates); i++) {
        certificates[i] = made_text(&world->inter);
    }
    struct result all = judge_texts(world->store, MAKER_NOW, HOST, certificates, 2);
    struct result most =
        judge_texts(world->store, MAKER_NOW, HOST, certificates, CHAIN_CERTIFICATES_MAX);
    struct result cut =
        judge_texts(world->store, MAKER_NOW, HOST, certificates, CHAIN_CERTIFICATES_MAX + 1);
    assert_int_equal(all.record.chain_notes, 0);
    assert_int_equal(most.record.chain_notes, NOTE(DUPLICATE));
    assert_int_equal(cut.record.chain_notes, NOTE(DUPLICATE) | NOTE(CUT));
    assert_int_equal(cut.record.num_sent, CHAIN_CERTIFICATES_MAX);
    assert_int_equal(cut.record.chain_length, CHAIN_CERTIFICATES_MAX + 1);
}

static void an_intermediate_that_cannot_be_parsed_keeps_its_place(void **state)
{
    struct world *world = *state;
    char broken[2048];
    assert_true(world->inter.len < sizeof(broken));
    memcpy(broken, world->inter.der, world->inter.len);
    const struct text certificates[] = {made_text(&world->leaf), {broken, world->inter.len - 1}};
    struct result result = judge_texts(world->store, MAKER_NOW, HOST, certificates, 2);
    assert_int_equal(result.record.chain_notes, 0);
    assert_problems(result.problems, BIT(INCOMPLETE_CHAIN) | BIT(UNPARSABLE));
}

/* ---- Validity ---- */

static void days_are_counted_with_both_ends(void **state)
{
    (void)state;
    const int64_t day = MAKER_DAY;
    assert_int_equal(certificate_validity_days(0, 0), 1);
    assert_int_equal(certificate_validity_days(0, day - 1), 1);
    assert_int_equal(certificate_validity_days(0, day), 2);
    assert_int_equal(certificate_validity_days(5, 5 + 398 * day - 1), 398);
    assert_int_equal(certificate_validity_days(5, 5 + 398 * day), 399);
    assert_int_equal(certificate_validity_days(day, day - 1), 0);
    assert_int_equal(certificate_validity_days(0, INT64_MAX), INT32_MAX);
}

static void the_limit_is_that_of_the_day_of_issue(void **state)
{
    static const struct {
        const char *name;
        int64_t issued;
        unsigned limit;
    } rows[] = {
        {"long ago", 0, 0},
        {"2018-02-28", 1519862399, 0},
        {"2018-03-01", 1519862400, 825},
        {"2020-08-31", 1598918399, 825},
        {"2020-09-01", 1598918400, 398},
        {"2026-03-14", 1773532799, 398},
        {"2026-03-15", 1773532800, 200},
        {"2027-03-15", 1805068800, 100},
        {"2029-03-15", 1868227200, 47},
    };
    (void)state;
    for (size_t i = 0; i < NUM(rows); i++) {
        print_message("%s\n", rows[i].name);
        assert_int_equal(certificate_validity_limit(rows[i].issued), rows[i].limit);
    }
}

static void a_private_root_has_promised_no_limit(void **state)
{
    struct world *world = *state;
    struct made leaf = make(&(struct recipe){.cn = "Leaf",
                                             .issuer = &world->inter,
                                             .from_day = -10,
                                             .to_day = 900,
                                             .extensions = {SAN, EKU, AKI}});
    struct result result = JUDGE(world, HOST, &leaf, &world->inter);
    assert_trusted(&result, true);
    assert_int_equal(result.record.validity_days, 911);
    assert_int_equal(result.record.validity_limit, 0);
    made_free(&leaf);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sent_is_noted_whatever_it_is_worth),
        cmocka_unit_test(what_is_beyond_the_maximum_is_cut_and_noted),
        cmocka_unit_test(an_intermediate_that_cannot_be_parsed_keeps_its_place),
        cmocka_unit_test(days_are_counted_with_both_ends),
        cmocka_unit_test(the_limit_is_that_of_the_day_of_issue),
        cmocka_unit_test(a_private_root_has_promised_no_limit),
    };
    return cmocka_run_group_tests_name("chain notes", tests, setup, teardown);
}
