/*
 * The lists of a deep scan. Every ServerHello shows a suite, and most show a group: those to the
 * questions about versions and weak suites count as well as those to the questions of the lists.
 */
#include <string.h>

#include "io/tls/tls_suites.h"
#include "scanner/probe/plan_rules.h"

bool plan_list_holds(const uint16_t *values, size_t num, uint16_t value)
{
    for (size_t i = 0; i < num; i++) {
        if (values[i] == value) {
            return true;
        }
    }
    return false;
}

bool plan_list_was_offered(const struct plan_step *step, uint16_t suite)
{
    return plan_list_holds(step->hello.suites, step->hello.num_suites, suite);
}

bool plan_list_has_suite(const struct plan_deep *deep, uint16_t suite)
{
    return plan_list_holds(deep->suites, deep->num_suites, suite);
}

bool plan_list_is_curve_suite(uint16_t code)
{
    const struct tls_suite *suite = tls_suites_find(code);
    return suite != NULL && (suite->kx == TLS_KX_ECDHE || suite->kx == TLS_KX_ECDH_ANON);
}

static bool is_of_tls13(uint16_t code)
{
    const struct tls_suite *suite = tls_suites_find(code);
    return suite != NULL && suite->kx == TLS_KX_TLS13;
}

/* Those of TLS 1.3 come before the others. */
static void add_suite(struct plan_deep *deep, uint16_t suite)
{
    deep->is_new_suite = !plan_list_has_suite(deep, suite) && deep->num_suites < PLAN_SUITES_MAX;
    if (!deep->is_new_suite) {
        return;
    }
    size_t at = deep->num_suites++;
    if (is_of_tls13(suite)) {
        size_t first = deep->num_suites_tls13++;
        memmove(deep->suites + first + 1, deep->suites + first,
                (at - first) * sizeof(deep->suites[0]));
        at = first;
    }
    deep->suites[at] = suite;
}

static bool add_group(uint16_t *groups, size_t *num, size_t max, uint16_t group)
{
    if (group == 0 || *num == max || plan_list_holds(groups, *num, group)) {
        return false;
    }
    groups[(*num)++] = group;
    return true;
}

static void add_group_of_suite(struct plan_deep *deep, uint16_t suite, uint16_t group)
{
    if (is_of_tls13(suite)) {
        deep->is_new_group = add_group(deep->groups, &deep->num_groups, PLAN_GROUPS_MAX, group);
    } else if (plan_list_is_curve_suite(suite)) {
        deep->is_new_group = add_group(deep->curves, &deep->num_curves, PLAN_CURVES_MAX, group);
    }
}

/* Finite-field DH, for a client that names none of its groups. */
static bool shows_dhe(const struct plan_step *step, uint16_t code)
{
    const struct tls_suite *suite = tls_suites_find(code);
    return suite != NULL && suite->kx == TLS_KX_DHE &&
           !plan_list_holds(step->hello.groups, step->hello.num_groups, TLS_GROUP_FFDHE2048);
}

void plan_list_learn(struct plan_deep *deep, const struct plan_step *step,
                     const struct hello_reply *reply)
{
    deep->is_new_suite = deep->is_new_group = false;
    if (!plan_list_was_offered(step, reply->suite)) {
        return;
    }
    add_suite(deep, reply->suite);
    deep->has_dhe |= shows_dhe(step, reply->suite);
    if (plan_list_holds(step->hello.groups, step->hello.num_groups, reply->group)) {
        add_group_of_suite(deep, reply->suite, reply->group);
    }
}

void plan_list_learn_handshake(struct plan_deep *deep, const struct observation *result)
{
    if (result->choice.suite == 0) {
        return;
    }
    add_suite(deep, result->choice.suite);
    add_group_of_suite(deep, result->choice.suite, result->choice.group);
    deep->handshake_suite = is_of_tls13(result->choice.suite) ? result->choice.suite : 0;
}
