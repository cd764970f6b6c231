/*
 * Which dialogues the plan holds with a server, in a time that this test keeps: how often, how far
 * apart, in what manner, and what the votes come to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scanner/evidence/facts.h"
#include "scanner/probe/dialogue_plan.h"

#define RETRY_WAIT 30.
#define STEPS_MAX  64

/* A server, and what has been held with it so far. */
struct scene {
    struct config config;
    struct dialogue_plan_service service;
    struct server_evidence server;
    struct name_evidence name;
    struct dialogue_manner manner;
    double now;
    enum dialogue_kind kinds[STEPS_MAX];
    bool had_tests[STEPS_MAX];
    double waits[STEPS_MAX]; /* before each */
    size_t num_steps;
    struct dialogue_step last;
};

/* What the server shows in its `number`th dialogue, from 0 on. */
typedef struct observation (*behaviour)(const struct scene *scene, size_t number);

static void begin(struct scene *scene)
{
    *scene = (struct scene){
        .config = {.depth = DEPTH_STANDARD, .retry_wait = RETRY_WAIT, .max_retries = 2},
        .service = {.takes_mail = true},
        .now = 1000,
    };
}

/* Holds what the plan asks for under a name, to the end. */
static void hold_all(struct scene *scene, behaviour behave)
{
    struct dialogue_step step = {.kind = DIALOGUE_HANDSHAKE};
    scene->name = (struct name_evidence){0};
    scene->manner = dialogue_plan_begin(&scene->config, &scene->service, &scene->server);
    while (step.kind != DIALOGUE_NONE) {
        assert_true(scene->num_steps < STEPS_MAX);
        size_t number = scene->num_steps++;
        scene->now += step.wait;
        scene->kinds[number] = step.kind;
        scene->waits[number] = step.wait;
        scene->had_tests[number] =
            step.kind == DIALOGUE_GLUED || (step.kind == DIALOGUE_HANDSHAKE && scene->manner.tests);
        struct observation observation = behave(scene, number);
        observation.capabilities_at.seconds = scene->now;
        if (scene->had_tests[number] && observation.starttls_advertised.value == TRI_YES) {
            observation.provoked_at.seconds = scene->now;
            observation.has_tests = true;
        }
        if (step.kind == DIALOGUE_HANDSHAKE) {
            name_evidence_add(&scene->name, &observation, scene->had_tests[number]);
        }
        server_evidence_add(&scene->server, &observation, step.kind);
        scene->now += 1;
        step = dialogue_plan_next(&scene->config, &scene->service, &scene->server, &scene->name,
                                  &observation, step.kind, &scene->manner,
                                  (struct moment){scene->now});
        scene->last = step;
        if (step.is_wait) {
            server_evidence_wait(&scene->server, (struct moment){scene->now}, step.wait);
        }
    }
}

static struct endpoint_votes votes_of(const struct scene *scene)
{
    struct endpoint_votes votes = {0};
    server_evidence_count(&scene->server, &votes);
    return votes;
}

/* ---- Behaviours ---- */

static struct observation fine(void)
{
    return (struct observation){
        .outcome = OUTCOME_OK,
        .starttls_advertised = {.value = TRI_YES},
        .starttls_accepted = {.value = TRI_YES},
        .starttls_handshake = {.value = TRI_YES},
        .timings = {.total = 1000},
    };
}

static struct observation ending(enum outcome outcome)
{
    struct observation observation = {.outcome = outcome, .timings = {.total = 1000}};
    if (outcome == OUTCOME_STARTTLS_NOT_ADVERTISED) {
        observation.starttls_advertised.value = TRI_NO;
    }
    if (outcome_phase(outcome) == PHASE_TLS) {
        observation.starttls_advertised.value = observation.starttls_accepted.value = TRI_YES;
    }
    return observation;
}

static struct observation is_fine(const struct scene *scene, size_t number)
{
    struct observation observation = fine();
    if (scene->had_tests[number]) {
        observation.injection_commands.value = TRI_NO;
    }
    return observation;
}

static struct observation takes_mail_only_in_tls(const struct scene *scene, size_t number)
{
    struct observation observation = is_fine(scene, number);
    bool is_check = scene->kinds[number] == DIALOGUE_MAIL;
    observation.is_mail_refused = scene->had_tests[number] || is_check;
    observation.is_mail_taken_in_tls = is_check;
    observation.extra_reply.value = TRI_NO;
    return observation;
}

static struct observation takes_no_mail(const struct scene *scene, size_t number)
{
    struct observation observation = takes_mail_only_in_tls(scene, number);
    observation.is_mail_taken_in_tls = false;
    return observation;
}

static struct observation demands_tls(const struct scene *scene, size_t number)
{
    struct observation observation = takes_mail_only_in_tls(scene, number);
    observation.plaintext_mail = PLAINTEXT_MAIL_REFUSED;
    return observation;
}

static struct observation takes_no_mail_and_shakes_no_hands(const struct scene *scene,
                                                            size_t number)
{
    struct observation observation = takes_no_mail(scene, number);
    observation.outcome = OUTCOME_TLS_ALERT;
    observation.starttls_handshake.value = TRI_NO;
    observation.choice.version = 0x0303;
    return observation;
}

static struct observation is_without(const struct scene *scene, size_t number)
{
    (void)scene;
    (void)number;
    return ending(OUTCOME_STARTTLS_NOT_ADVERTISED);
}

static struct observation is_without_at_first(const struct scene *scene, size_t number)
{
    return number % 2 == 0 ? is_without(scene, number) : fine();
}

static struct observation is_busy(const struct scene *scene, size_t number)
{
    (void)scene;
    (void)number;
    struct observation observation = ending(OUTCOME_STARTTLS_4XX);
    observation.starttls_advertised.value = TRI_YES;
    observation.reply.code = 454;
    return observation;
}

static struct observation says_come_back(const struct scene *scene, size_t number)
{
    (void)scene;
    (void)number;
    return ending(OUTCOME_BANNER_421);
}

static struct observation is_silent(const struct scene *scene, size_t number)
{
    (void)scene;
    (void)number;
    return ending(OUTCOME_CONNECT_TIMEOUT);
}

static struct observation answers_too_much(const struct scene *scene, size_t number)
{
    struct observation observation = fine();
    observation.extra_reply.value = TRI_YES; /* a habit of its own */
    if (scene->had_tests[number]) {
        observation.injection_commands.value = TRI_YES;
    }
    return observation;
}

static struct observation executes(const struct scene *scene, size_t number)
{
    struct observation observation = fine();
    bool is_glued = scene->had_tests[number];
    observation.extra_reply.value = is_glued ? TRI_YES : TRI_NO;
    observation.injection_commands.value = is_glued ? TRI_YES : TRI_UNKNOWN;
    return observation;
}

static struct observation refuses_once_among_silence(const struct scene *scene, size_t number)
{
    (void)scene;
    struct observation observation = ending(number == 1 ? OUTCOME_TLS_ALERT : OUTCOME_TLS_TIMEOUT);
    observation.starttls_handshake.value = number == 1 ? TRI_NO : TRI_UNKNOWN;
    observation.choice.version = 0x0303;
    return observation;
}

static struct observation wants_a_certificate_after_silence(const struct scene *scene,
                                                            size_t number)
{
    (void)scene;
    struct observation observation =
        ending(number == 0 ? OUTCOME_CONNECT_TIMEOUT : OUTCOME_TLS_CLIENT_CERTIFICATE);
    observation.choice.version = 0x0304; /* the server asks for it behind its ServerHello */
    return observation;
}

static struct observation is_slow(const struct scene *scene, size_t number)
{
    (void)scene;
    (void)number;
    struct observation observation = ending(OUTCOME_BANNER_4XX);
    observation.timings.total = 100000;
    return observation;
}

/* ---- The plan ---- */

static void a_clean_server_is_settled_by_one_dialogue_that_tests(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    hold_all(&scene, is_fine);
    assert_int_equal(scene.num_steps, 1);
    assert_true(scene.had_tests[0]);
    /* The next name finds the tests made. */
    hold_all(&scene, is_fine);
    assert_int_equal(scene.num_steps, 2);
    assert_false(scene.had_tests[1]);
}

static void no_starttls_takes_two_dialogues(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    hold_all(&scene, is_without);
    assert_int_equal(scene.num_steps, 2);
    struct endpoint_votes votes = votes_of(&scene);
    assert_int_equal(facts_offered(&votes.offer), FACT_NO);
    assert_true(scene.manner.mail_without_tls);
}

static void two_names_vote_together(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    scene.server.offer.num_without = 1;
    scene.server.offer.without[0] = 900;
    scene.server.offer.num_kept = 1;
    hold_all(&scene, is_without);
    assert_int_equal(scene.num_steps, 1);
}

static void a_server_seen_without_starttls_is_watched_unprovoked(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    hold_all(&scene, is_without_at_first);
    struct endpoint_votes votes = votes_of(&scene);
    assert_int_equal(facts_offered(&votes.offer), FACT_MIXED);
    assert_int_equal(scene.kinds[0], DIALOGUE_HANDSHAKE);
    assert_int_equal(scene.kinds[1], DIALOGUE_HANDSHAKE);
    for (size_t i = 1; i < scene.num_steps; i++) {
        assert_false(scene.had_tests[i]);
        assert_true(i < 2 || scene.kinds[i] == DIALOGUE_OFFER);
    }
    assert_true(scene.num_steps <= 6);
}

static void tls_that_is_not_available_is_asked_for_a_minute_later(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    scene.config.retry_wait = 0.1;
    hold_all(&scene, is_busy);
    struct endpoint_votes votes = votes_of(&scene);
    assert_int_equal(scene.num_steps, 2);
    assert_true(scene.waits[1] >= FACTS_BUSY_SECONDS);
    assert_int_equal(facts_accepted(&votes.command), FACT_NO);
}

static void an_address_is_come_back_to_twice_whatever_its_names(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    hold_all(&scene, says_come_back);
    assert_int_equal(scene.num_steps, 3);
    hold_all(&scene, says_come_back);
    assert_int_equal(scene.num_steps, 4); /* no wait of its own */
    assert_int_equal(scene.server.num_waits, 2);
}

static void what_several_names_are_told_at_once_is_one_wait(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    scene.server.num_waits = 2;
    scene.server.waits_until.seconds = scene.now + 100;
    hold_all(&scene, says_come_back);
    assert_true(scene.num_steps > 1);
    assert_int_equal(scene.server.num_waits, 2);
}

/* Busy from the second dialogue on, which is the control. */
static struct observation executes_and_is_busy_then(const struct scene *scene, size_t number)
{
    return number == 0 ? executes(scene, number) : ending(OUTCOME_BANNER_421);
}

static void a_control_that_is_told_to_come_back_is_one_of_the_two_waits(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    hold_all(&scene, executes_and_is_busy_then);
    assert_int_equal(scene.num_steps, 2);
    assert_int_equal(scene.kinds[1], DIALOGUE_CONTROL);
    assert_int_equal(scene.server.num_waits, 1);
    assert_true(scene.last.slow_down >= RETRY_WAIT); /* whatever comes next has to wait, too */
}

static void a_third_request_to_come_back_ends_all_questions(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    scene.server.num_waits = 2;
    hold_all(&scene, executes_and_is_busy_then);
    assert_int_equal(scene.num_steps, 2);
    assert_true(scene.last.gives_up);
    assert_true(scene.last.slow_down == 0);
    server_evidence_give_up(&scene.server, OUTCOME_BANNER_421);
    assert_false(dialogue_plan_affords(&scene.config, &scene.server, 0));
    assert_int_equal(dialogue_plan_limit(&scene.server), OUTCOME_BANNER_421);
}

static void silence_is_not_believed_the_first_time(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    hold_all(&scene, is_silent);
    assert_int_equal(scene.num_steps, 2);
}

static void an_extra_reply_that_is_a_habit_accuses_nobody(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    hold_all(&scene, answers_too_much);
    assert_int_equal(scene.num_steps, 2);
    assert_int_equal(scene.kinds[1], DIALOGUE_CONTROL);
    assert_false(scene.had_tests[1]);
    assert_int_equal(facts_injected(&scene.server.injection, OUTCOME_OK).value, TRI_NO);
}

static void injection_takes_a_control_and_a_second_dialogue(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    hold_all(&scene, executes);
    assert_int_equal(scene.num_steps, 3);
    assert_int_equal(scene.kinds[1], DIALOGUE_CONTROL);
    assert_int_equal(scene.kinds[2], DIALOGUE_GLUED);
    assert_int_equal(facts_injected(&scene.server.injection, OUTCOME_OK).value, TRI_YES);
}

/* Of `kind` among the dialogues held. */
static size_t num_of(const struct scene *scene, enum dialogue_kind kind)
{
    size_t num = 0;
    for (size_t i = 0; i < scene->num_steps; i++) {
        num += scene->kinds[i] == kind;
    }
    return num;
}

static void mail_is_asked_inside_tls_where_it_was_refused_in_clear(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    hold_all(&scene, takes_mail_only_in_tls);
    assert_int_equal(scene.num_steps, 2);
    assert_int_equal(scene.kinds[1], DIALOGUE_MAIL);
    assert_int_equal(facts_plaintext_mail(&scene.server), PLAINTEXT_MAIL_REFUSED);
    assert_int_equal(scene.server.num_mail_only_in_tls, 1);
    hold_all(&scene, takes_mail_only_in_tls); /* under another name */
    assert_int_equal(scene.num_steps, 3);
}

static void mail_is_asked_inside_tls_once(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    hold_all(&scene, takes_no_mail);
    hold_all(&scene, takes_no_mail);
    assert_int_equal(num_of(&scene, DIALOGUE_MAIL), 1);
    assert_int_equal(facts_plaintext_mail(&scene.server), PLAINTEXT_MAIL_UNKNOWN);
}

static void mail_is_not_asked_inside_tls_where_nothing_is_left_to_learn(void **state)
{
    static const behaviour behaviours[] = {is_fine, demands_tls, takes_no_mail_and_shakes_no_hands};
    (void)state;
    for (size_t i = 0; i < sizeof(behaviours) / sizeof(behaviours[0]); i++) {
        struct scene scene;
        begin(&scene);
        hold_all(&scene, behaviours[i]);
        assert_int_equal(num_of(&scene, DIALOGUE_MAIL), 0);
    }
}

static void one_refusal_among_dialogues_that_could_not_tell_is_not_believed(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    scene.server.has_tests = true;
    hold_all(&scene, refuses_once_among_silence);
    assert_int_equal(scene.num_steps, 3);
    assert_int_equal(scene.name.num_failed, 1);
}

static void a_certificate_that_is_required_takes_two_dialogues(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    hold_all(&scene, wants_a_certificate_after_silence);
    assert_int_equal(scene.num_steps, 3);
    assert_int_equal(scene.name.num_certificate_wanted, 2);
}

/* All else has been asked before it, and it is asked for once. */
static void nothing_follows_a_second_look_at_a_certificate(void **state)
{
    struct scene scene;
    struct observation denied = fine(), busy = ending(OUTCOME_BANNER_421);
    (void)state;
    begin(&scene);
    denied.is_mail_refused = true;
    hold_all(&scene, is_fine);
    server_evidence_add(&scene.server, &denied, DIALOGUE_PROBE); /* a check of mail would follow */
    struct dialogue_step step =
        dialogue_plan_next(&scene.config, &scene.service, &scene.server, &scene.name, &denied,
                           DIALOGUE_LEAF, &scene.manner, (struct moment){scene.now});
    assert_int_equal(step.kind, DIALOGUE_NONE);
    step = dialogue_plan_next(&scene.config, &scene.service, &scene.server, &scene.name, &busy,
                              DIALOGUE_LEAF, &scene.manner, (struct moment){scene.now});
    assert_int_equal(step.kind, DIALOGUE_NONE);
    assert_true(step.is_wait); /* one of the two that the server may ask for */
}

static void a_second_look_at_a_certificate_is_a_dialogue_of_the_name(void **state)
{
    struct scene scene;
    struct observation seen = fine();
    (void)state;
    begin(&scene);
    hold_all(&scene, is_fine);
    unsigned num_connections = scene.server.num_connections;
    server_evidence_add(&scene.server, &seen, DIALOGUE_LEAF);
    assert_int_equal(scene.server.num_connections, num_connections);
    assert_true(dialogue_plan_affords_name(&scene.config, &scene.name));
    name_evidence_add(&scene.name, &seen, false);
    name_evidence_add(&scene.name, &seen, false);
    assert_false(dialogue_plan_affords_name(&scene.config, &scene.name));
}

static void a_name_has_three_minutes(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    hold_all(&scene, is_slow);
    assert_int_equal(scene.num_steps, 2); /* of a hundred seconds each */
}

static void a_server_has_twelve_connections_and_forty_at_deep(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    scene.server.num_connections = PLAN_SERVER_CONNECTIONS - 2;
    assert_true(dialogue_plan_affords(&scene.config, &scene.server, 0));
    scene.server.num_connections++;
    assert_false(dialogue_plan_affords(&scene.config, &scene.server, 0));
    scene.config.depth = DEPTH_DEEP;
    assert_true(dialogue_plan_affords(&scene.config, &scene.server, 0));
    scene.server.num_connections = PLAN_SERVER_CONNECTIONS_DEEP - 1;
    assert_false(dialogue_plan_affords(&scene.config, &scene.server, 0));
    scene.server.num_connections = 0;
    scene.server.open_seconds = PLAN_OPEN_SECONDS;
    assert_false(dialogue_plan_affords(&scene.config, &scene.server, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_server_is_settled_by_one_dialogue_that_tests),
        cmocka_unit_test(no_starttls_takes_two_dialogues),
        cmocka_unit_test(two_names_vote_together),
        cmocka_unit_test(a_server_seen_without_starttls_is_watched_unprovoked),
        cmocka_unit_test(tls_that_is_not_available_is_asked_for_a_minute_later),
        cmocka_unit_test(an_address_is_come_back_to_twice_whatever_its_names),
        cmocka_unit_test(what_several_names_are_told_at_once_is_one_wait),
        cmocka_unit_test(a_control_that_is_told_to_come_back_is_one_of_the_two_waits),
        cmocka_unit_test(a_third_request_to_come_back_ends_all_questions),
        cmocka_unit_test(silence_is_not_believed_the_first_time),
        cmocka_unit_test(an_extra_reply_that_is_a_habit_accuses_nobody),
        cmocka_unit_test(injection_takes_a_control_and_a_second_dialogue),
        cmocka_unit_test(mail_is_asked_inside_tls_where_it_was_refused_in_clear),
        cmocka_unit_test(mail_is_asked_inside_tls_once),
        cmocka_unit_test(mail_is_not_asked_inside_tls_where_nothing_is_left_to_learn),
        cmocka_unit_test(one_refusal_among_dialogues_that_could_not_tell_is_not_believed),
        cmocka_unit_test(a_certificate_that_is_required_takes_two_dialogues),
        cmocka_unit_test(nothing_follows_a_second_look_at_a_certificate),
        cmocka_unit_test(a_second_look_at_a_certificate_is_a_dialogue_of_the_name),
        cmocka_unit_test(a_name_has_three_minutes),
        cmocka_unit_test(a_server_has_twelve_connections_and_forty_at_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
