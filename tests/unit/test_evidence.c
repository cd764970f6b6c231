/*
 * What votes come to, by hand and with random evidence: the order of observations changes nothing,
 * what could not tell changes neither a yes nor a no, and more agreement weakens no verdict.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scanner/evidence/facts.h"

#define RUNS    4000
#define SIGHTS  8 /* observations of a random server, at most */
#define SECONDS 40

/* ---- Observations ---- */

static struct observation with(double second, double provoked)
{
    return (struct observation){
        .outcome = OUTCOME_OK,
        .starttls_advertised = {.value = TRI_YES},
        .starttls_accepted = {.value = TRI_YES},
        .starttls_handshake = {.value = TRI_YES},
        .capabilities_at = {second},
        .provoked_at = {provoked},
        .timings = {.total = 5},
    };
}

static struct observation without(double second)
{
    return (struct observation){
        .outcome = OUTCOME_STARTTLS_NOT_ADVERTISED,
        .starttls_advertised = {.value = TRI_NO},
        .capabilities_at = {second},
    };
}

static struct observation answered(double second, unsigned code, enum tri accepted)
{
    bool is_busy = code == 454;
    return (struct observation){
        .outcome = is_busy ? OUTCOME_STARTTLS_4XX : OUTCOME_STARTTLS_REFUSED,
        .starttls_advertised = {.value = TRI_YES},
        .starttls_accepted = {.value = accepted},
        .capabilities_at = {second},
        .reply = {.code = code},
    };
}

static struct observation silent(void)
{
    return (struct observation){.outcome = OUTCOME_CONNECT_TIMEOUT};
}

static struct endpoint_votes votes_of(const struct observation *observations, size_t num)
{
    struct server_evidence evidence = {0};
    struct endpoint_votes votes = {0};
    for (size_t i = 0; i < num; i++) {
        server_evidence_add(&evidence, &observations[i], DIALOGUE_HANDSHAKE);
    }
    server_evidence_count(&evidence, &votes);
    return votes;
}

#define VOTES(...)                                                                                 \
    votes_of((const struct observation[]){__VA_ARGS__},                                            \
             sizeof((const struct observation[]){__VA_ARGS__}) / sizeof(struct observation))

/* ---- By hand ---- */

static enum fact offered_by(struct endpoint_votes votes)
{
    return facts_offered(&votes.offer);
}

static void starttls_is_missing_if_two_dialogues_agree_and_none_disagrees(void **state)
{
    (void)state;
    assert_int_equal(offered_by(VOTES(silent())), FACT_UNKNOWN);
    assert_int_equal(offered_by(VOTES(without(5))), FACT_UNKNOWN);
    assert_int_equal(offered_by(VOTES(without(5), without(5))), FACT_NO);
    assert_int_equal(offered_by(VOTES(without(5), without(9), with(20, 0))), FACT_YES);
    assert_int_equal(offered_by(VOTES(with(5, 0))), FACT_YES);
}

static void now_and_then_takes_two_of_each_ten_seconds_apart(void **state)
{
    (void)state;
    struct endpoint_votes votes = VOTES(with(1, 0), without(4), with(7, 0), without(12));
    assert_int_equal(facts_offered(&votes.offer), FACT_MIXED);
    votes = VOTES(with(1, 0), without(4), with(7, 0), without(10));
    assert_int_equal(facts_offered(&votes.offer), FACT_YES);
    assert_true(facts_offer_is_open(&votes.offer));
    votes = VOTES(with(1, 0), without(4), with(30, 0));
    assert_int_equal(facts_offered(&votes.offer), FACT_YES);
    votes = VOTES(with(1, 0), without(4), without(4.5), with(30, 0)); /* one event */
    assert_int_equal(facts_offered(&votes.offer), FACT_YES);
}

static void what_follows_a_provocation_could_not_tell(void **state)
{
    (void)state;
    struct endpoint_votes votes =
        VOTES(with(1, 2), without(4), without(14), without(24), with(34, 0));
    assert_int_equal(facts_offered(&votes.offer), FACT_YES);
    assert_int_equal(votes.offer.without, 0);
    assert_int_equal(votes.offer.unclear, 3);
    assert_true(facts_offer_is_open(&votes.offer));
    /* What came before it still counts. */
    votes = VOTES(without(1), without(12), with(20, 0), with(30, 31), without(40));
    assert_int_equal(facts_offered(&votes.offer), FACT_MIXED);
}

static void tls_that_is_not_available_lasts_a_minute(void **state)
{
    (void)state;
    struct endpoint_votes votes =
        VOTES(answered(5, 454, TRI_UNKNOWN), answered(64, 454, TRI_UNKNOWN));
    assert_int_equal(facts_accepted(&votes.command), FACT_UNKNOWN);
    votes = VOTES(answered(5, 454, TRI_UNKNOWN), answered(65, 454, TRI_UNKNOWN));
    assert_int_equal(facts_accepted(&votes.command), FACT_NO);
    votes = VOTES(answered(5, 454, TRI_UNKNOWN), answered(65, 454, TRI_UNKNOWN), with(70, 0));
    assert_int_equal(facts_accepted(&votes.command), FACT_YES);
    votes = VOTES(answered(5, 502, TRI_NO));
    assert_int_equal(facts_accepted(&votes.command), FACT_UNKNOWN);
    votes = VOTES(answered(5, 502, TRI_NO), answered(6, 503, TRI_NO));
    assert_int_equal(facts_accepted(&votes.command), FACT_NO);
}

/* RFC 3207 section 4 has 454 in place of the 220; some servers say it behind. */
static void it_is_the_same_behind_the_go_ahead(void **state)
{
    (void)state;
    struct observation late = with(5, 5);
    late.outcome = OUTCOME_TLS_PLAINTEXT;
    late.starttls_handshake.value = TRI_NO;
    late.reply.text = (struct text){"454 4.7.0 TLS not available", 27};
    struct observation later = late;
    later.capabilities_at.seconds = 70;
    struct endpoint_votes votes = VOTES(late, later);
    assert_int_equal(votes.command.accepted, 0);
    assert_int_equal(facts_accepted(&votes.command), FACT_NO);
}

static void injection_is_shown_against_a_control(void **state)
{
    (void)state;
    const struct {
        struct injection_tally tally;
        enum tri injected;
    } rows[] = {
        {{.num_answered = 0}, TRI_UNKNOWN},
        {{.num_answered = 1}, TRI_UNKNOWN},
        {{.num_answered = 2}, TRI_UNKNOWN},
        {{.num_answered = 1, .num_control_plain = 1}, TRI_UNKNOWN},
        {{.num_answered = 2, .num_control_plain = 1}, TRI_YES},
        {{.num_answered = 2, .num_control_plain = 1, .num_ignored = 1}, TRI_NO},
        {{.num_answered = 2, .num_control_extra = 1}, TRI_NO},
        {{.num_ignored = 1}, TRI_NO},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct verdict verdict = facts_injected(&rows[i].tally, OUTCOME_NOT_TESTED);
        if (verdict.value != rows[i].injected) {
            fail_msg("row %zu: %d", i, (int)verdict.value);
        }
    }
}

static void a_record_says_what_the_votes_say(void **state)
{
    (void)state;
    struct endpoint_record record = {.outcome = OUTCOME_STARTTLS_NOT_ADVERTISED};
    record.votes.offer = (struct offer_votes){.with = 1, .unclear = 2};
    record.votes.command.accepted = 1;
    facts_apply(&record);
    assert_int_equal(record.starttls_advertised.value, TRI_YES);
    assert_int_equal(record.starttls_accepted.value, TRI_YES);
    assert_int_equal(record.starttls_handshake.value, TRI_UNKNOWN);
    assert_int_equal(record.starttls_handshake.reason, OUTCOME_STARTTLS_NOT_ADVERTISED);
    assert_false(record.inconsistent);
}

/* ---- Random evidence ---- */

static double random_second(void)
{
    return 1 + rand() % SECONDS;
}

static struct observation random_sight(void)
{
    switch (rand() % 6) {
    case 0:
        return with(random_second(), 0);
    case 1: {
        double second = random_second();
        return with(second, second + rand() % 3);
    }
    case 2:
        return without(random_second());
    case 3:
        return answered(random_second() * 3, 454, TRI_UNKNOWN);
    case 4:
        return answered(random_second(), 502, TRI_NO);
    default:
        return silent();
    }
}

static void shuffle(struct observation *observations, size_t num)
{
    for (size_t i = num; i > 1; i--) {
        size_t other = (size_t)rand() % i;
        struct observation kept = observations[i - 1];
        observations[i - 1] = observations[other];
        observations[other] = kept;
    }
}

static size_t random_sights(struct observation *observations)
{
    size_t num = (size_t)rand() % SIGHTS + 1;
    for (size_t i = 0; i < num; i++) {
        observations[i] = random_sight();
    }
    return num;
}

/* `holds` is given random observations, with room for one more. */
static void check_random(bool (*holds)(struct observation *observations, size_t num))
{
    for (unsigned seed = 0; seed < RUNS; seed++) {
        struct observation observations[SIGHTS + 1];
        srand(seed);
        size_t num = random_sights(observations);
        if (!holds(observations, num)) {
            fail_msg("seed %u", seed);
        }
    }
}

static bool is_the_same_in_another_order(struct observation *observations, size_t num)
{
    struct endpoint_votes first = votes_of(observations, num);
    shuffle(observations, num);
    struct endpoint_votes second = votes_of(observations, num);
    return memcmp(&first, &second, sizeof(first)) == 0;
}

static void the_order_of_observations_changes_nothing(void **state)
{
    (void)state;
    check_random(is_the_same_in_another_order);
}

static bool is_the_same_beside_silence(struct observation *observations, size_t num)
{
    struct endpoint_votes before = votes_of(observations, num);
    observations[num] = silent();
    struct endpoint_votes after = votes_of(observations, num + 1);
    return facts_offered(&before.offer) == facts_offered(&after.offer) &&
           facts_accepted(&before.command) == facts_accepted(&after.command);
}

static void what_could_not_tell_changes_nothing(void **state)
{
    (void)state;
    check_random(is_the_same_beside_silence);
}

static bool is_no_weaker_beside_agreement(struct observation *observations, size_t num)
{
    struct endpoint_votes before = votes_of(observations, num);
    enum fact offered = facts_offered(&before.offer);
    enum fact accepted = facts_accepted(&before.command);
    observations[num] = offered == FACT_NO ? without(random_second()) : with(SECONDS + 1, 0);
    struct endpoint_votes after = votes_of(observations, num + 1);
    return (offered != FACT_NO || facts_offered(&after.offer) == FACT_NO) &&
           (offered != FACT_YES || facts_offered(&after.offer) != FACT_NO) &&
           (accepted != FACT_YES || facts_accepted(&after.command) == FACT_YES);
}

static void more_agreement_weakens_nothing(void **state)
{
    (void)state;
    check_random(is_no_weaker_beside_agreement);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starttls_is_missing_if_two_dialogues_agree_and_none_disagrees),
        cmocka_unit_test(now_and_then_takes_two_of_each_ten_seconds_apart),
        cmocka_unit_test(what_follows_a_provocation_could_not_tell),
        cmocka_unit_test(tls_that_is_not_available_lasts_a_minute),
        cmocka_unit_test(it_is_the_same_behind_the_go_ahead),
        cmocka_unit_test(injection_is_shown_against_a_control),
        cmocka_unit_test(a_record_says_what_the_votes_say),
        cmocka_unit_test(the_order_of_observations_changes_nothing),
        cmocka_unit_test(what_could_not_tell_changes_nothing),
        cmocka_unit_test(more_agreement_weakens_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
