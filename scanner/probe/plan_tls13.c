/*
 * Every group and every suite of TLS 1.3. They are asked for without a key share: the server has to
 * name the group that it wants in a HelloRetryRequest (RFC 8446 section 4.1.4), so no arithmetic of
 * the group is needed. Suites and groups do not depend on each other there (section 4.1.1), so that
 * each answer shows one of both.
 *
 * What was found is left out of the next hello, until the server refuses. While groups are still
 * asked for, the suites that were found stay in the hello, behind the others. A refusal is then
 * about the groups and not about the suites.
 *
 * wolfSSL ties some suites to curves all the same: it takes those of RFC 9150 only from a client
 * that names a curve of its own beside them. So a hello settles which suites there are only if the
 * server has chosen a curve from its groups. Otherwise the suites are asked for once more, with
 * the usual groups, when the groups are known.
 */
#include <string.h>

#include "io/tls/tls_names.h"
#include "io/tls/tls_suites.h"
#include "scanner/probe/plan_rules.h"

_Static_assert(PLAN_GROUPS_MAX <= 64, "a bit each in plan_deep.groups_refused");

/*
 * TLS 1.3 has given up the curves of before, but for five: RFC 8446 section 4.2.7 forbids to offer
 * the others, and the two for curves of the server's own.
 */
static bool is_of_tls13(uint16_t group)
{
    bool is_kept = (group >= TLS_GROUP_SECP256R1 && group <= TLS_GROUP_SECP521R1) ||
                   group == TLS_GROUP_X25519 || group == TLS_GROUP_X448;
    return is_kept || (group > TLS_GROUP_X448 && group < 0xff00);
}

static bool is_curve(uint16_t group)
{
    return group != 0 && group < TLS_GROUP_FFDHE2048;
}

/* ---- What is on offer ---- */

/* The groups to offer next, and the bits of these. */
static size_t groups_to_offer(const struct plan_deep *deep, uint16_t out_groups[HELLO_GROUPS_MAX],
                              uint64_t *out_bits)
{
    size_t num = 0, num_all;
    const struct tls_group *all = tls_names_all_groups(&num_all);
    *out_bits = 0;
    for (size_t i = 0; i < num_all && i < PLAN_GROUPS_MAX && num < HELLO_GROUPS_MAX; i++) {
        bool is_known = (deep->groups_refused >> i & 1) != 0 ||
                        plan_list_holds(deep->groups, deep->num_groups, all[i].code);
        if (is_of_tls13(all[i].code) && !is_known) {
            out_groups[num++] = all[i].code;
            *out_bits |= UINT64_C(1) << i;
        }
    }
    return num;
}

static bool has_groups_to_offer(const struct plan_deep *deep)
{
    uint16_t groups[HELLO_GROUPS_MAX];
    uint64_t bits;
    return !deep->groups_cut && groups_to_offer(deep, groups, &bits) > 0;
}

/* Those that were not found yet, and how many these are. */
static size_t offer_suites(const struct plan_deep *deep, struct hello_spec *hello)
{
    hello_for_classes(HELLO_TLS1_3, hello->sni, 0, 0, hello);
    for (size_t i = 0; i < deep->num_suites_tls13; i++) {
        hello_remove_suite(hello, deep->suites[i]);
    }
    return hello->num_suites;
}

static void offer_found_suites(const struct plan_deep *deep, struct hello_spec *hello)
{
    for (size_t i = 0; i < deep->num_suites_tls13 && hello->num_suites < HELLO_SUITES_MAX; i++) {
        hello->suites[hello->num_suites++] = deep->suites[i];
    }
}

/* ---- The question ---- */

bool plan_tls13_lists_needed(const struct server_facts *facts, const struct plan_rule *rule,
                             const struct plan_context *context)
{
    (void)rule;
    (void)context;
    return facts->deep != NULL && plan_has(facts, TLS_1_3) &&
           (has_groups_to_offer(facts->deep) || !facts->deep->suites_tls13_done);
}

void plan_tls13_lists_make(struct plan_step *step, const struct server_facts *facts,
                           const struct hostname *sni)
{
    const struct plan_deep *deep = facts->deep;
    struct hello_spec suites = {.sni = sni};
    uint64_t bits;
    size_t num_new = offer_suites(deep, &suites);
    if (!has_groups_to_offer(deep)) {
        step->hello = suites; /* with the usual groups, and shares of them */
        return;
    }
    uint16_t groups[HELLO_GROUPS_MAX];
    size_t num_groups = groups_to_offer(deep, groups, &bits);
    hello_for_groups(sni, groups, num_groups, &step->hello);
    memcpy(step->hello.suites, suites.suites, sizeof(suites.suites));
    step->hello.num_suites = num_new;
    if (!deep->suites_tls13_alone || deep->suites_tls13_done || num_new == 0) {
        offer_found_suites(deep, &step->hello);
    }
}

/* ---- The answer ---- */

static void leave_groups(struct plan_deep *deep)
{
    uint16_t groups[HELLO_GROUPS_MAX];
    uint64_t bits;
    groups_to_offer(deep, groups, &bits);
    deep->groups_refused |= bits;
    deep->suites_tls13_refused = false; /* which was with these groups */
}

static bool is_of_our_handshake(uint16_t suite)
{
    return suite >= 0x1301 && suite <= 0x1303; /* BoringSSL offers these three */
}

/* One that the handshake offered behind what it chose, and this hello before that. */
static bool follows_us(const struct plan_deep *deep, const struct plan_step *step,
                       const struct hello_reply *reply)
{
    return is_of_our_handshake(deep->handshake_suite) && is_of_our_handshake(reply->suite) &&
           plan_list_was_offered(step, deep->handshake_suite);
}

/* The server chose a suite that was found before, although others stood ahead of it. */
static void learn_old_suite(struct plan_deep *deep, uint16_t group)
{
    if (deep->follows_us_in_tls13 || deep->suites_tls13_refused) {
        /* The server has none of the others, at least for these groups. */
        deep->suites_tls13_done = is_curve(group);
    } else {
        deep->suites_tls13_alone = true; /* it may prefer its own */
    }
}

void plan_tls13_lists_accepted(struct server_facts *facts, const struct plan_step *step,
                               const struct hello_reply *reply)
{
    struct plan_deep *deep = facts->deep;
    bool asks_for_groups = step->hello.num_shares == 0;
    if (!plan_list_was_offered(step, reply->suite)) {
        /* A server that answers off the list would go on for ever. */
        deep->suites_tls13_done = deep->suites_tls13_cut = deep->groups_cut = true;
        return;
    }
    plan_weak_seen(facts, reply->suite);
    if (asks_for_groups && !deep->is_new_group) {
        leave_groups(deep); /* it has none of these, and names one of its own: wolfSSL does */
    }
    if (deep->is_new_suite) {
        deep->follows_us_in_tls13 |= follows_us(deep, step, reply);
        struct hello_spec left = {.num_suites = 0};
        deep->suites_tls13_done = offer_suites(deep, &left) == 0;
    } else if (!deep->suites_tls13_done) {
        learn_old_suite(deep, reply->group);
    }
}

void plan_tls13_lists_refused(struct server_facts *facts, const struct plan_step *step,
                              const char *evidence)
{
    struct plan_deep *deep = facts->deep;
    (void)evidence;
    if (step->hello.num_shares > 0) {
        deep->suites_tls13_done = true;
    } else if (deep->suites_tls13_alone && !deep->suites_tls13_done) {
        /* No suite of these, or no group: the next answer tells. */
        deep->suites_tls13_alone = false;
        deep->suites_tls13_refused = true;
    } else {
        leave_groups(deep);
    }
}

void plan_tls13_lists_nothing(struct server_facts *facts, const struct plan_step *step,
                              enum outcome reason)
{
    struct plan_deep *deep = facts->deep;
    if (plan_is_hang_up(reason)) {
        plan_tls13_lists_refused(facts, step, NULL); /* who hangs up may take the next offer */
    } else if (step->hello.num_shares > 0) {
        deep->suites_tls13_done = deep->suites_tls13_cut = true;
    } else {
        deep->groups_cut = true;
    }
}

bool plan_groups_are_whole(const struct server_facts *facts)
{
    return plan_lacks(facts, TLS_1_3) || (plan_has(facts, TLS_1_3) && !facts->deep->groups_cut &&
                                          !has_groups_to_offer(facts->deep));
}

bool plan_suites_tls13_are_whole(const struct server_facts *facts)
{
    const struct plan_deep *deep = facts->deep;
    return plan_lacks(facts, TLS_1_3) || (deep->suites_tls13_done && !deep->suites_tls13_cut);
}
