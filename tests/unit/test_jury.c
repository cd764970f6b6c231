/* Whose votes count before a network is convicted. */
#include "scanner/engine/jury.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "named.h"

enum { DROPS = 1, REFUSES };

static const struct table_seed seed = {{1, 2}};

static struct juror juror_at(const char *text, uint32_t asn, const char *host, uint64_t line)
{
    struct address address;
    assert_true(address_parse(text, &address));
    return jury_juror(&seed, &address, asn, host != NULL ? named(host) : NULL, line);
}

/* Number `i` is related to no other number. */
static struct juror unrelated(unsigned i)
{
    return (struct juror){.network = 1000 + i, .provider = 2000 + i, .line = 3000 + i};
}

static void hear_many(struct jury *jury, unsigned first, unsigned num, uint64_t charge)
{
    for (unsigned i = first; i < first + num; i++) {
        struct juror juror = unrelated(i);
        jury_hear(jury, &juror, charge);
    }
}

static bool convicts(const struct jury *jury)
{
    uint64_t charge;
    return jury_is_verdict(jury, jury_leading(jury, &charge), JURY_ENOUGH);
}

static void each_vote_is_of_another_network_and_another_provider(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *address;
        uint32_t asn;
        const char *host;
        uint64_t line;
        size_t votes;
    } seconds[] = {
        {"another /16, provider and line", "198.19.1.1", 0, "mx.other.example", 2, 2},
        {"the same /16", "198.18.9.9", 0, "mx.other.example", 2, 1},
        {"the same provider", "198.19.1.1", 0, "mx2.first.example", 2, 1},
        {"the same name in another country", "198.19.1.1", 0, "mx.first.co.uk", 2, 1},
        {"the same line of the list", "198.19.1.1", 0, "mx.other.example", 1, 1},
        {"the same prefix in another AS", "198.18.1.2", 64496, "mx.other.example", 2, 2},
        {"no names", "198.19.1.1", 0, NULL, 0, 2},
    };
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        static struct jury jury;
        jury = (struct jury){.num_votes = 0};
        struct juror first = juror_at("198.18.1.1", 0, "mx1.first.example", 1);
        struct juror second =
            juror_at(seconds[i].address, seconds[i].asn, seconds[i].host, seconds[i].line);
        jury_hear(&jury, &first, DROPS);
        jury_hear(&jury, &second, DROPS);
        if (jury.num_votes != seconds[i].votes) {
            fail_msg("%s: %zu votes", seconds[i].name, jury.num_votes);
        }
    }
}

static void networks_of_one_as_have_one_vote(void **state)
{
    (void)state;
    static struct jury jury;
    jury = (struct jury){.num_votes = 0};
    struct juror first = juror_at("198.18.1.1", 64496, "mx.first.example", 1);
    struct juror second = juror_at("203.0.113.1", 64496, "mx.other.example", 2);
    struct juror third = juror_at("2001:db8:1::1", 64497, "mx.third.example", 3);
    jury_hear(&jury, &first, DROPS);
    jury_hear(&jury, &second, DROPS);
    jury_hear(&jury, &third, DROPS);
    assert_int_equal(jury.num_votes, 2);
}

static void of_ipv6_a_network_is_a_32(void **state)
{
    (void)state;
    static struct jury jury;
    jury = (struct jury){.num_votes = 0};
    static const char *const addresses[] = {"2001:db8:1::1", "2001:db8:ffff::1", "2001:db9::1"};
    for (size_t i = 0; i < 3; i++) {
        struct juror juror = juror_at(addresses[i], 0, NULL, 0);
        jury_hear(&jury, &juror, DROPS);
    }
    assert_int_equal(jury.num_votes, 2);
}

static void a_verdict_takes_twenty_votes(void **state)
{
    (void)state;
    static struct jury jury;
    jury = (struct jury){.num_votes = 0};
    hear_many(&jury, 0, JURY_ENOUGH - 1, DROPS);
    assert_false(convicts(&jury));
    hear_many(&jury, JURY_ENOUGH - 1, 1, DROPS);
    assert_true(convicts(&jury));
}

static void a_verdict_takes_95_percent(void **state)
{
    (void)state;
    static struct jury jury;
    jury = (struct jury){.num_votes = 0};
    hear_many(&jury, 0, 38, DROPS);
    hear_many(&jury, 38, 2, REFUSES);
    assert_true(convicts(&jury)); /* 38 of 40 */
    hear_many(&jury, 40, 1, REFUSES);
    assert_false(convicts(&jury));
}

static void only_votes_since_the_last_proper_answer_count(void **state)
{
    (void)state;
    static struct jury jury;
    jury = (struct jury){.num_votes = 0};
    hear_many(&jury, 0, 200, DROPS);
    jury_clear(&jury);
    assert_false(convicts(&jury));
    hear_many(&jury, 0, JURY_ENOUGH - 1, DROPS);
    assert_false(convicts(&jury));
    hear_many(&jury, JURY_ENOUGH - 1, 1, DROPS);
    assert_true(convicts(&jury));
}

static void a_dismissed_jury_convicts_nobody(void **state)
{
    (void)state;
    static struct jury jury;
    jury = (struct jury){.num_votes = 0};
    hear_many(&jury, 0, 200, DROPS);
    jury_dismiss(&jury);
    assert_false(convicts(&jury));
}

static void a_juror_changes_its_vote(void **state)
{
    (void)state;
    static struct jury jury;
    jury = (struct jury){.num_votes = 0};
    hear_many(&jury, 0, 5, DROPS);
    hear_many(&jury, 0, 3, REFUSES);
    uint64_t charge;
    assert_int_equal(jury_leading(&jury, &charge), 3);
    assert_int_equal(charge, REFUSES);
    assert_int_equal(jury_count(&jury, DROPS), 2);
}

static void no_more_are_heard_than_there_is_room_for(void **state)
{
    (void)state;
    static struct jury jury;
    jury = (struct jury){.num_votes = 0};
    hear_many(&jury, 0, JURY_VOTES_MAX + 10, DROPS);
    assert_int_equal(jury.num_votes, JURY_VOTES_MAX);
}

static void nobody_has_no_leading_charge(void **state)
{
    (void)state;
    static struct jury jury;
    jury = (struct jury){.num_votes = 0};
    uint64_t charge;
    assert_int_equal(jury_leading(&jury, &charge), 0);
    assert_false(jury_is_verdict(&jury, 0, JURY_ENOUGH));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_vote_is_of_another_network_and_another_provider),
        cmocka_unit_test(networks_of_one_as_have_one_vote),
        cmocka_unit_test(of_ipv6_a_network_is_a_32),
        cmocka_unit_test(a_verdict_takes_twenty_votes),
        cmocka_unit_test(a_verdict_takes_95_percent),
        cmocka_unit_test(only_votes_since_the_last_proper_answer_count),
        cmocka_unit_test(a_dismissed_jury_convicts_nobody),
        cmocka_unit_test(a_juror_changes_its_vote),
        cmocka_unit_test(no_more_are_heard_than_there_is_room_for),
        cmocka_unit_test(nobody_has_no_leading_charge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
