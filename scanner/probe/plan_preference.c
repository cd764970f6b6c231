/*
 * Whose order of suites counts. Mostly the hellos that ask for something else tell: a server chose
 * one suite of two that both sides have where the other was offered before it, or another one each
 * time the client's order changed. Where they do not tell, two suites are offered one way round and
 * then the other: a server that picks the same one both times goes by its own order. Of TLS 1.2
 * where it has two there, else of TLS 1.3.
 */
#include <string.h>

#include "io/tls/tls_suites.h"
#include "scanner/probe/plan_rules.h"

/* ---- What other hellos tell ---- */

/* Whoever could have chosen one of them could have chosen the other, by certificate and group. */
static bool are_alike(uint16_t one, uint16_t other)
{
    const struct tls_suite *a = tls_suites_find(one);
    const struct tls_suite *b = tls_suites_find(other);
    return a != NULL && b != NULL && a->kx == b->kx && a->auth == b->auth;
}

/* HELLO_SUITES_MAX: not among them. */
static size_t position(const uint16_t *suites, size_t num, uint16_t suite)
{
    for (size_t i = 0; i < num; i++) {
        if (suites[i] == suite) {
            return i;
        }
    }
    return HELLO_SUITES_MAX;
}

static void keep_offer(struct plan_deep *deep, const struct hello_spec *hello, uint16_t chosen)
{
    memcpy(deep->offer, hello->suites, sizeof(deep->offer));
    deep->num_offer = hello->num_suites;
    deep->chosen = chosen;
}

/* Two different choices from two offers. */
static void compare(struct server_facts *facts, const struct hello_spec *hello, uint16_t chosen)
{
    const struct plan_deep *deep = facts->deep;
    size_t then = position(deep->offer, deep->num_offer, deep->chosen);
    size_t now_then = position(hello->suites, hello->num_suites, deep->chosen);
    size_t then_now = position(deep->offer, deep->num_offer, chosen);
    size_t now = position(hello->suites, hello->num_suites, chosen);
    if (then_now < then || now_then < now) {
        facts->preference = PREFERENCE_SERVER;
    } else if (then_now < HELLO_SUITES_MAX && now_then < HELLO_SUITES_MAX) {
        facts->preference = PREFERENCE_CLIENT;
    }
}

/* What a server takes in TLS 1.2 it need not take in older versions, or the other way round. */
static bool is_of_tls12(const struct plan_step *step)
{
    return step->hello.num_versions == 0 && step->hello.legacy_version == 0x0303;
}

void plan_preference_learn(struct server_facts *facts, const struct plan_step *step,
                           const struct hello_reply *reply)
{
    struct plan_deep *deep = facts->deep;
    if (facts->preference != PREFERENCE_UNKNOWN || !is_of_tls12(step) ||
        !plan_list_was_offered(step, reply->suite)) {
        return;
    }
    bool is_first = deep->chosen == 0;
    if (!is_first && reply->suite != deep->chosen && are_alike(reply->suite, deep->chosen)) {
        compare(facts, &step->hello, reply->suite);
    }
    if (is_first || reply->suite == deep->chosen ||
        (plan_list_is_curve_suite(reply->suite) && !plan_list_is_curve_suite(deep->chosen))) {
        keep_offer(deep, &step->hello, reply->suite);
    }
}

/* ---- Two suites ---- */

struct pair {
    enum hello_version version;
    uint16_t suites[2];
};

/* Exportable and DES suites may have been taken in an older version alone: see plan_weak.c. */
static bool is_of_any_version(uint16_t code)
{
    const struct tls_suite *suite = tls_suites_find(code);
    return suite != NULL && (tls_suites_classes(suite) & (TLS_CLASS_EXPORT | TLS_CLASS_DES)) == 0 &&
           suite->kx != TLS_KX_DHE;
}

static bool pair_of(enum hello_version version, const uint16_t *suites, size_t num,
                    bool (*is_wanted)(uint16_t code), struct pair *out_pair)
{
    size_t num_found = 0;
    out_pair->version = version;
    for (size_t i = 0; i < num && num_found < 2; i++) {
        if (is_wanted == NULL || is_wanted(suites[i])) {
            out_pair->suites[num_found++] = suites[i];
        }
    }
    return num_found == 2;
}

static bool pair_to_offer(const struct plan_deep *deep, struct pair *out_pair)
{
    const uint16_t *older = deep->suites + deep->num_suites_tls13;
    size_t num_older = deep->num_suites - deep->num_suites_tls13;
    return pair_of(HELLO_TLS1_2, older, num_older, is_of_any_version, out_pair) ||
           pair_of(HELLO_TLS1_2, older, num_older, NULL, out_pair) ||
           (!deep->follows_us_in_tls13 &&
            pair_of(HELLO_TLS1_3, deep->suites, deep->num_suites_tls13, NULL, out_pair));
}

#define HELLOS_ENOUGH 8 /* suites found in TLS 1.2 without an answer to this question */

bool plan_preference_needed(const struct server_facts *facts, const struct plan_rule *rule,
                            const struct plan_context *context)
{
    const struct plan_deep *deep = facts->deep;
    struct pair pair;
    (void)rule;
    (void)context;
    return deep != NULL && facts->preference == PREFERENCE_UNKNOWN && !deep->preference_done &&
           (plan_suites_are_over(facts) ||
            deep->num_suites - deep->num_suites_tls13 >= HELLOS_ENOUGH) &&
           pair_to_offer(deep, &pair);
}

void plan_preference_make(struct plan_step *step, const struct server_facts *facts,
                          const struct hostname *sni)
{
    struct pair pair;
    pair_to_offer(facts->deep, &pair);
    bool is_turned = facts->deep->preferred_suite != 0;
    step->hello = hello_for_version(pair.version, sni);
    step->hello.suites[0] = pair.suites[is_turned ? 1 : 0];
    step->hello.suites[1] = pair.suites[is_turned ? 0 : 1];
    step->hello.num_suites = 2;
}

void plan_preference_accepted(struct server_facts *facts, const struct plan_step *step,
                              const struct hello_reply *reply)
{
    struct plan_deep *deep = facts->deep;
    if (!plan_list_was_offered(step, reply->suite)) {
        deep->preference_done = true;
    } else if (deep->preferred_suite == 0) {
        deep->preferred_suite = reply->suite;
    } else {
        deep->preference_done = true;
        bool is_same = reply->suite == deep->preferred_suite;
        facts->preference = is_same ? PREFERENCE_SERVER : PREFERENCE_CLIENT;
    }
}

void plan_preference_refused(struct server_facts *facts, const struct plan_step *step,
                             const char *evidence)
{
    (void)step;
    (void)evidence;
    facts->deep->preference_done = true;
}

void plan_preference_nothing(struct server_facts *facts, const struct plan_step *step,
                             enum outcome reason)
{
    (void)step;
    (void)reason;
    facts->deep->preference_done = true;
}

void plan_preference_conclude(struct server_facts *facts)
{
    const struct plan_deep *deep = facts->deep;
    bool is_told = deep != NULL && facts->preference == PREFERENCE_UNKNOWN &&
                   deep->follows_us_in_tls13 && deep->num_suites - deep->num_suites_tls13 < 2;
    if (is_told && plan_suites_are_over(facts)) {
        facts->preference = PREFERENCE_CLIENT;
    }
}
