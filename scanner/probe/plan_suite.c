/*
 * Every suite of TLS 1.2 and older, by removal: what was found is left out of the next hello, and
 * so is what the server has refused. What a class of weak suites has settled is not asked for
 * again.
 *
 * The same hellos ask for the curves: the server names the curve of its ephemeral key (RFC 8422
 * section 5.4), so that an answer with such a suite shows one of each. At first only curves that
 * were not found are on offer. Once they are refused beside a suite that is known to be taken (the
 * "keeper"), there are no others, and the rest of the suites is asked for with any curve. A server
 * needs a curve of ours for an ECDSA certificate too (section 5.1.1), so where it has ECDSA suites
 * the others are offered once more before those that were found.
 */
#include <string.h>

#include "io/tls/tls_names.h"
#include "io/tls/tls_suites.h"
#include "scanner/probe/plan_rules.h"

#define LAST_CURVE 0x001e /* x448; what follows is of TLS 1.3, or of suites that nobody has */

/* ---- Which suites are left ---- */

static const uint16_t versions[] = {
    [HELLO_SSL3] = 0x0300,
    [HELLO_TLS1_0] = 0x0301,
    [HELLO_TLS1_1] = 0x0302,
    [HELLO_TLS1_2] = 0x0303,
};

/* Some suites are only taken in the oldest version: see plan_weak.c. */
#define GATED (TLS_CLASS_EXPORT | TLS_CLASS_DES)

/*
 * The class was refused, by the suites that stand for it. None of those needs a DSS certificate:
 * see weak_suites.c.
 */
static bool is_settled(const struct server_facts *facts, const struct tls_suite *suite)
{
    unsigned classes = tls_suites_classes(suite);
    classes = (classes & GATED) != 0 ? classes & GATED : classes;
    for (unsigned i = 0; i <= WEAK_STATIC_DH && suite->auth != TLS_AUTH_DSS; i++) {
        if ((classes >> i & 1) != 0 && facts->weak[i].value == TRI_NO) {
            return true;
        }
    }
    return false;
}

static bool is_refused(const struct plan_deep *deep, size_t index)
{
    return index >= PLAN_SUITES_KNOWN || (deep->suites_refused[index / 8] >> index % 8 & 1) != 0;
}

static bool is_left(const struct server_facts *facts, const struct tls_suite *suite, size_t index,
                    uint16_t version)
{
    const struct plan_deep *deep = facts->deep;
    bool is_of_stage =
        deep->suite_stage == SUITES_AT_TLS12 || (tls_suites_classes(suite) & GATED) != 0;
    return is_of_stage && tls_suites_usable(suite, version) &&
           tls_suites_without_shared_secret(suite) && !is_refused(deep, index) &&
           !is_settled(facts, suite) && !plan_list_has_suite(deep, suite->code);
}

static enum hello_version version_of_stage(const struct server_facts *facts)
{
    enum hello_version version = HELLO_TLS1_2;
    if (facts->deep->suite_stage == SUITES_AT_OLDEST) {
        plan_oldest_beside_tls12(facts, &version);
    }
    return version;
}

/*
 * Servers that keep to RFC 7919 section 4 may take DHE suites only from a client that names a group
 * of theirs, which no other hello of ours does: see groups_legacy in hello_for.c. Where the weak
 * suites have shown no DHE, it is asked for with these groups, once the curves are known.
 */
static bool needs_ffdhe(const struct plan_deep *deep, const struct tls_suite *suite)
{
    return suite->kx == TLS_KX_DHE && suite->auth == TLS_AUTH_RSA && !deep->has_dhe;
}

/* ---- Stages ---- */

static bool has_curve_suite(const struct plan_deep *deep)
{
    for (size_t i = 0; i < deep->num_suites; i++) {
        if (plan_list_is_curve_suite(deep->suites[i])) {
            return true;
        }
    }
    return false;
}

static bool has_ecdsa_suite(const struct plan_deep *deep)
{
    for (size_t i = 0; i < deep->num_suites; i++) {
        const struct tls_suite *suite = tls_suites_find(deep->suites[i]);
        if (suite != NULL && suite->kx == TLS_KX_ECDHE && suite->auth == TLS_AUTH_ECDSA) {
            return true;
        }
    }
    return false;
}

static bool is_any_left(const struct server_facts *facts, bool (*is_wanted)(uint16_t code))
{
    size_t num_all;
    const struct tls_suite *all = tls_suites_all(&num_all);
    uint16_t version = versions[version_of_stage(facts)];
    for (size_t i = 0; facts->deep->suite_stage != SUITES_ASKED && i < num_all; i++) {
        if (is_left(facts, &all[i], i, version) && (is_wanted == NULL || is_wanted(all[i].code))) {
            return true;
        }
    }
    return false;
}

static enum plan_curve_stage curve_stage(const struct server_facts *facts)
{
    const struct plan_deep *deep = facts->deep;
    bool has_curves = has_curve_suite(deep) || is_any_left(facts, plan_list_is_curve_suite);
    return has_curves && deep->num_curves < PLAN_CURVES_MAX ? deep->curve_stage : CURVES_ASKED;
}

static void end_curve_stage(struct plan_deep *deep)
{
    bool is_beside = deep->curve_stage == CURVES_ALONE && has_ecdsa_suite(deep);
    deep->curve_stage = is_beside ? CURVES_BESIDE : CURVES_ASKED;
}

/* On to the next stage if nothing is left of this one. */
static void advance(struct server_facts *facts)
{
    struct plan_deep *deep = facts->deep;
    enum hello_version oldest;
    while (deep->suite_stage != SUITES_ASKED && !is_any_left(facts, NULL) &&
           curve_stage(facts) == CURVES_ASKED) {
        bool has_oldest =
            deep->suite_stage == SUITES_AT_TLS12 && plan_oldest_beside_tls12(facts, &oldest);
        deep->suite_stage = has_oldest ? SUITES_AT_OLDEST : SUITES_ASKED;
        deep->curve_stage = CURVES_ASKED;
        memset(deep->suites_refused, 0, sizeof(deep->suites_refused));
    }
}

bool plan_suites_are_over(const struct server_facts *facts)
{
    return facts->deep->suite_stage == SUITES_ASKED || plan_is_tls13_only(facts) ||
           (!is_any_left(facts, NULL) && curve_stage(facts) == CURVES_ASKED);
}

/* ---- The question ---- */

bool plan_suites_needed(const struct server_facts *facts, const struct plan_rule *rule,
                        const struct plan_context *context)
{
    (void)rule;
    (void)context;
    return facts->deep != NULL && facts->deep->suite_stage != SUITES_ASKED &&
           !plan_is_tls13_only(facts);
}

/*
 * A suite that was found stays on offer: one with a curve as long as curves are asked for, so that
 * a refusal is about them, and else what the server has chosen before, as long as it is open whose
 * order of suites counts. 0: none.
 */
static uint16_t keeper_of(const struct server_facts *facts)
{
    const struct plan_deep *deep = facts->deep;
    bool asks_for_curves = curve_stage(facts) != CURVES_ASKED && has_curve_suite(deep);
    if (deep->suite_stage != SUITES_AT_TLS12) {
        return 0;
    }
    if (!asks_for_curves || plan_list_is_curve_suite(deep->chosen)) {
        bool is_open = facts->preference == PREFERENCE_UNKNOWN;
        return asks_for_curves || is_open ? deep->chosen : 0;
    }
    for (size_t i = 0; i < deep->num_suites; i++) {
        if (plan_list_is_curve_suite(deep->suites[i])) {
            return deep->suites[i];
        }
    }
    return 0;
}

static void add_suite(struct hello_spec *hello, uint16_t suite)
{
    if (suite != 0 && hello->num_suites < HELLO_SUITES_MAX) {
        hello->suites[hello->num_suites++] = suite;
    }
}

enum turn { WITH_A_CURVE, USUAL, RARE };

static enum turn turn_of(uint16_t suite, const struct hello_spec *usual)
{
    if (plan_list_is_curve_suite(suite)) {
        return WITH_A_CURVE;
    }
    return plan_list_holds(usual->suites, usual->num_suites, suite) ? USUAL : RARE;
}

/*
 * Some suites are asked for only when the curves are known. These are DHE suites for which the
 * groups of RFC 7919 must be offered, and, where the server chooses by its own order, all without a
 * curve.
 */
static bool has_to_wait(const struct server_facts *facts, const struct tls_suite *suite)
{
    if (curve_stage(facts) == CURVES_ASKED) {
        return false;
    }
    bool is_by_server = facts->preference == PREFERENCE_SERVER && has_curve_suite(facts->deep);
    return needs_ffdhe(facts->deep, suite) ||
           (is_by_server && !plan_list_is_curve_suite(suite->code));
}

/* Those of one turn, until `max` are on offer. */
static void offer_turn(const struct server_facts *facts, const struct hello_spec *usual,
                       enum turn turn, size_t max, struct hello_spec *hello)
{
    size_t num_all;
    const struct tls_suite *all = tls_suites_all(&num_all);
    for (size_t i = 0; i < num_all && hello->num_suites < max; i++) {
        if (turn_of(all[i].code, usual) == turn &&
            is_left(facts, &all[i], i, usual->legacy_version) && !has_to_wait(facts, &all[i])) {
            add_suite(hello, all[i].code);
        }
    }
}

/* As many as there is room for, `keeper` behind those with a curve, or last. */
static void offer_suites(const struct server_facts *facts, const struct hello_spec *usual,
                         uint16_t keeper, struct hello_spec *hello)
{
    bool has_curve = plan_list_is_curve_suite(keeper);
    size_t max = HELLO_SUITES_MAX - (keeper != 0 ? 1 : 0);
    hello->num_suites = 0;
    offer_turn(facts, usual, WITH_A_CURVE, max, hello);
    if (has_curve) {
        add_suite(hello, keeper);
        max = HELLO_SUITES_MAX;
    }
    offer_turn(facts, usual, USUAL, max, hello);
    offer_turn(facts, usual, RARE, max, hello);
    if (!has_curve) {
        add_suite(hello, keeper);
    }
}

static void add_group(struct hello_spec *hello, uint16_t group)
{
    if (hello->num_groups < HELLO_GROUPS_MAX &&
        !plan_list_holds(hello->groups, hello->num_groups, group)) {
        hello->groups[hello->num_groups++] = group;
    }
}

/* The curves not found yet, and behind them those that were, if they are to stay. */
static void offer_curves(const struct plan_deep *deep, bool with_found, struct hello_spec *hello)
{
    size_t num_all;
    const struct tls_group *all = tls_names_all_groups(&num_all);
    hello->num_groups = 0;
    for (size_t i = 0; i < num_all && all[i].code <= LAST_CURVE; i++) {
        if (!plan_list_holds(deep->curves, deep->num_curves, all[i].code)) {
            add_group(hello, all[i].code);
        }
    }
    for (size_t i = 0; with_found && i < deep->num_curves; i++) {
        add_group(hello, deep->curves[i]);
    }
}

static void offer_ffdhe(const struct plan_deep *deep, struct hello_spec *hello)
{
    static const uint16_t groups[] = {TLS_GROUP_FFDHE2048, TLS_GROUP_FFDHE3072, TLS_GROUP_FFDHE4096,
                                      TLS_GROUP_FFDHE6144, TLS_GROUP_FFDHE8192};
    for (size_t i = 0; !deep->has_dhe && i < sizeof(groups) / sizeof(groups[0]); i++) {
        add_group(hello, groups[i]);
    }
}

void plan_suites_make(struct plan_step *step, const struct server_facts *facts,
                      const struct hostname *sni)
{
    const struct plan_deep *deep = facts->deep;
    struct hello_spec *hello = &step->hello;
    const struct hello_spec usual = hello_for_version(version_of_stage(facts), sni);
    *hello = usual;
    hello->deflate = true;
    uint16_t keeper = keeper_of(facts);
    offer_suites(facts, &usual, deep->skips_keeper ? 0 : keeper, hello);
    if (hello->num_suites == 0) {
        add_suite(hello, keeper); /* what is left waits for the groups of RFC 7919 */
    }
    if (deep->suite_stage != SUITES_AT_TLS12) {
        return;
    }
    if (curve_stage(facts) != CURVES_ASKED) {
        offer_curves(deep, deep->curve_stage == CURVES_BESIDE, hello);
        return;
    }
    for (size_t i = 0; i < deep->num_curves && i < 8; i++) {
        add_group(hello, deep->curves[i]); /* the server may have none of the usual ones */
    }
    offer_ffdhe(deep, hello);
}

/* ---- The answer ---- */

static void refuse_offered(struct plan_deep *deep, const struct plan_step *step, bool with_curves)
{
    size_t num_all;
    const struct tls_suite *all = tls_suites_all(&num_all);
    for (size_t i = 0; i < num_all && i < PLAN_SUITES_KNOWN; i++) {
        if (plan_list_was_offered(step, all[i].code) &&
            (with_curves || !plan_list_is_curve_suite(all[i].code))) {
            deep->suites_refused[i / 8] |= (uint8_t)(1u << i % 8);
        }
    }
}

static bool offers_found_curve_suite(const struct plan_deep *deep, const struct plan_step *step)
{
    for (size_t i = 0; i < step->hello.num_suites; i++) {
        if (plan_list_is_curve_suite(step->hello.suites[i]) &&
            plan_list_has_suite(deep, step->hello.suites[i])) {
            return true;
        }
    }
    return false;
}

/* What the suite and its curve say of the other curves. */
static void learn_curve(struct server_facts *facts, const struct plan_step *step,
                        const struct hello_reply *reply)
{
    struct plan_deep *deep = facts->deep;
    if (!plan_list_is_curve_suite(reply->suite)) {
        /* By our order it would have taken the keeper with one of these curves. */
        if (facts->preference == PREFERENCE_CLIENT && offers_found_curve_suite(deep, step)) {
            end_curve_stage(deep);
        }
    } else if (!plan_list_holds(step->hello.groups, step->hello.num_groups, reply->group)) {
        deep->curves_cut = true;
        deep->curve_stage = CURVES_ASKED;
    } else if (!deep->is_new_group) {
        deep->curve_stage = CURVES_ASKED; /* it prefers one that was found */
    }
}

void plan_suites_accepted(struct server_facts *facts, const struct plan_step *step,
                          const struct hello_reply *reply)
{
    struct plan_deep *deep = facts->deep;
    bool is_full = !deep->is_new_suite && !plan_list_has_suite(deep, reply->suite);
    if (!plan_list_was_offered(step, reply->suite) || is_full) {
        /* A server that answers off the list would go on for ever. */
        deep->suite_stage = SUITES_ASKED;
        deep->suites_cut = deep->curves_cut = true;
        return;
    }
    plan_answer(&facts->compression, reply->compression != 0); /* RFC 3749 */
    plan_weak_seen(facts, reply->suite);
    if (curve_stage(facts) != CURVES_ASKED) {
        learn_curve(facts, step, reply);
    }
    deep->skips_keeper = !deep->is_new_suite && is_any_left(facts, NULL);
    advance(facts);
}

void plan_suites_refused(struct server_facts *facts, const struct plan_step *step,
                         const char *evidence)
{
    struct plan_deep *deep = facts->deep;
    (void)evidence;
    bool is_about_curves = curve_stage(facts) != CURVES_ASKED && has_curve_suite(deep);
    bool has_keeper = offers_found_curve_suite(deep, step);
    if (is_about_curves && has_keeper && deep->curve_stage == CURVES_ALONE) {
        end_curve_stage(deep);
    } else if (has_keeper) {
        deep->curve_stage = CURVES_ASKED; /* it takes back what it took */
    }
    refuse_offered(deep, step, !is_about_curves);
    deep->skips_keeper = false;
    advance(facts);
}

void plan_suites_nothing(struct server_facts *facts, const struct plan_step *step,
                         enum outcome reason)
{
    struct plan_deep *deep = facts->deep;
    /* Those who hang up on one offer may take the next; where they take none, it is no refusal. */
    deep->suites_cut |= !plan_is_hang_up(reason) || !plan_has_any(facts);
    if (plan_is_hang_up(reason)) {
        plan_suites_refused(facts, step, NULL);
        return;
    }
    deep->curves_cut |= curve_stage(facts) != CURVES_ASKED;
    deep->suite_stage = SUITES_ASKED;
}

/* ---- All answers together ---- */

static bool versions_are_known(const struct server_facts *facts)
{
    bool known = true;
    for (unsigned i = TLS_SSL3; i <= TLS_1_2; i++) {
        known = known && facts->versions[i].value != TRI_UNKNOWN;
    }
    return known;
}

bool plan_suites_are_whole(const struct server_facts *facts)
{
    return plan_is_tls13_only(facts) ||
           (plan_suites_are_over(facts) && !facts->deep->suites_cut && versions_are_known(facts));
}

/* Where a suite with a curve was found, the other suites say nothing of the curves. */
bool plan_curves_are_whole(const struct server_facts *facts)
{
    const struct plan_deep *deep = facts->deep;
    bool is_over = has_curve_suite(deep) && curve_stage(facts) == CURVES_ASKED;
    return !deep->curves_cut && (is_over || plan_suites_are_whole(facts));
}
