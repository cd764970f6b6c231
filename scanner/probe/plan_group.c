/*
 * Key exchange groups. Those of TLS 1.3 are asked for without a key share: the server has to name
 * the one it wants in a HelloRetryRequest (RFC 8446 section 4.1.4), so no arithmetic of the group
 * is needed.
 */
#include "io/tls/tls_names.h"
#include "io/tls/tls_suites.h"
#include "scanner/probe/plan_rules.h"

/*
 * The size of a hello with a share of X25519MLKEM768 (1216 bytes) in it: more than one TCP segment,
 * which some servers and middleboxes cannot put together again.
 */
#define POST_QUANTUM_HELLO_SIZE 1750

bool plan_post_quantum_needed(const struct server_facts *facts, const struct plan_rule *rule,
                              const struct plan_context *context)
{
    (void)rule;
    (void)context;
    return plan_is_open(&facts->post_quantum) && plan_has(facts, TLS_1_3);
}

void plan_post_quantum_make(struct plan_step *step, const struct server_facts *facts,
                            const struct hostname *sni)
{
    step->hello = hello_for_post_quantum(sni);
    if (!facts->large_hello_intolerant) {
        step->hello.pad_to = POST_QUANTUM_HELLO_SIZE;
    }
}

void plan_post_quantum_accepted(struct server_facts *facts, const struct plan_step *step,
                                const struct hello_reply *reply)
{
    (void)step;
    bool is_hybrid = tls_names_group_is_post_quantum(reply->group);
    plan_answer(&facts->post_quantum, is_hybrid);
    if (is_hybrid) {
        facts->post_quantum_group = tls_names_group(reply->group);
    }
}

void plan_post_quantum_refused(struct server_facts *facts, const struct plan_step *step,
                               const char *evidence)
{
    (void)step;
    (void)evidence;
    plan_answer(&facts->post_quantum, false);
}

/* Nothing came: once more in a small hello, to tell whether it was the size. */
void plan_post_quantum_nothing(struct server_facts *facts, const struct plan_step *step,
                               enum outcome reason)
{
    (void)step;
    if (facts->large_hello_intolerant || reason == OUTCOME_TLS_ALERT) {
        facts->large_hello_intolerant = false;
        plan_leave_open(&facts->post_quantum, reason);
    } else {
        facts->large_hello_intolerant = true;
    }
}

/* ---- Every group of TLS 1.3 ---- */

static bool is_among(const uint16_t *groups, size_t num, uint16_t group)
{
    for (size_t i = 0; i < num; i++) {
        if (groups[i] == group) {
            return true;
        }
    }
    return false;
}

static bool is_found(const struct plan_deep *deep, uint16_t group)
{
    return is_among(deep->groups, deep->num_groups, group);
}

/* The next ones to offer; `next` is set behind the last of them. */
static size_t groups_to_offer(const struct plan_deep *deep, uint16_t out_groups[HELLO_GROUPS_MAX],
                              size_t *out_next)
{
    size_t num = 0, num_all;
    const struct tls_group *all = tls_names_all_groups(&num_all);
    *out_next = deep->next_group;
    for (size_t i = deep->next_group; i < num_all && num < HELLO_GROUPS_MAX; i++) {
        if (!is_found(deep, all[i].code)) {
            out_groups[num++] = all[i].code;
            *out_next = i + 1;
        }
    }
    return num;
}

bool plan_groups_needed(const struct server_facts *facts, const struct plan_rule *rule,
                        const struct plan_context *context)
{
    uint16_t wanted[HELLO_GROUPS_MAX];
    size_t next;
    (void)rule;
    (void)context;
    return facts->deep != NULL && !facts->deep->groups_done && plan_has(facts, TLS_1_3) &&
           groups_to_offer(facts->deep, wanted, &next) > 0;
}

void plan_groups_make(struct plan_step *step, const struct server_facts *facts,
                      const struct hostname *sni)
{
    uint16_t wanted[HELLO_GROUPS_MAX];
    size_t next;
    size_t num = groups_to_offer(facts->deep, wanted, &next);
    hello_for_groups(sni, wanted, num, &step->hello);
}

void plan_groups_refused(struct server_facts *facts, const struct plan_step *step,
                         const char *evidence)
{
    uint16_t wanted[HELLO_GROUPS_MAX];
    (void)step;
    (void)evidence;
    groups_to_offer(facts->deep, wanted, &facts->deep->next_group);
}

void plan_groups_accepted(struct server_facts *facts, const struct plan_step *step,
                          const struct hello_reply *reply)
{
    struct plan_deep *deep = facts->deep;
    if (!is_among(step->hello.groups, step->hello.num_groups, reply->group)) {
        /* It has none of these, and names one of its own: wolfSSL does. */
        plan_groups_refused(facts, step, NULL);
    } else if (deep->num_groups == PLAN_GROUPS_MAX) {
        deep->groups_done = true;
    } else {
        deep->groups[deep->num_groups++] = reply->group;
    }
}

void plan_groups_nothing(struct server_facts *facts, const struct plan_step *step,
                         enum outcome reason)
{
    if (plan_is_hang_up(reason)) {
        plan_groups_refused(facts, step, NULL); /* who hangs up on one offer may take the next */
    } else {
        facts->deep->groups_done = true;
    }
}

bool plan_groups_are_whole(const struct server_facts *facts)
{
    uint16_t left[HELLO_GROUPS_MAX];
    size_t next;
    return plan_lacks(facts, TLS_1_3) ||
           (plan_has(facts, TLS_1_3) && groups_to_offer(facts->deep, left, &next) == 0);
}

/*
 * ---- Every curve of TLS 1.2 and older ----
 *
 * The server names the curve of its ephemeral key (RFC 8422 section 5.4). It must have a curve of
 * ours for an ECDSA certificate too (section 5.1.1), so where the curves left are refused without
 * those that were found, they are offered once more with them.
 */

#define LAST_CURVE 0x001e /* x448; what follows is of TLS 1.3, or of suites that nobody has */

static bool is_curve_found(const struct plan_deep *deep, uint16_t curve)
{
    return is_among(deep->curves, deep->num_curves, curve);
}

/* Those suites that were accepted and have an ephemeral key on a curve. */
static size_t curve_suites(const struct plan_deep *deep, uint16_t out_suites[HELLO_SUITES_MAX])
{
    size_t num = 0;
    for (size_t i = 0; i < deep->num_suites && num < HELLO_SUITES_MAX; i++) {
        const struct tls_suite *suite = tls_suites_find(deep->suites[i]);
        if (suite != NULL && (suite->kx == TLS_KX_ECDHE || suite->kx == TLS_KX_ECDH_ANON)) {
            out_suites[num++] = suite->code;
        }
    }
    return num;
}

bool plan_curves_needed(const struct server_facts *facts, const struct plan_rule *rule,
                        const struct plan_context *context)
{
    uint16_t suites[HELLO_SUITES_MAX];
    (void)rule;
    (void)context;
    return facts->deep != NULL && facts->deep->suites_done && !facts->deep->curves_done &&
           facts->deep->num_curves < PLAN_CURVES_MAX && curve_suites(facts->deep, suites) > 0;
}

void plan_curves_make(struct plan_step *step, const struct server_facts *facts,
                      const struct hostname *sni)
{
    const struct plan_deep *deep = facts->deep;
    struct hello_spec *hello = &step->hello;
    size_t num_all;
    const struct tls_group *all = tls_names_all_groups(&num_all);
    *hello = hello_for_version(HELLO_TLS1_2, sni);
    hello->num_suites = curve_suites(deep, hello->suites);
    hello->num_groups = 0;
    for (size_t i = 0; i < num_all && all[i].code <= LAST_CURVE; i++) {
        if (!is_curve_found(deep, all[i].code)) {
            hello->groups[hello->num_groups++] = all[i].code;
        }
    }
    for (size_t i = 0; deep->curves_with_found && i < deep->num_curves; i++) {
        hello->groups[hello->num_groups++] = deep->curves[i];
    }
}

void plan_curves_accepted(struct server_facts *facts, const struct plan_step *step,
                          const struct hello_reply *reply)
{
    struct plan_deep *deep = facts->deep;
    bool is_offered = is_among(step->hello.groups, step->hello.num_groups, reply->group);
    deep->curves_cut |= !is_offered;
    if (!is_offered || is_curve_found(deep, reply->group)) {
        deep->curves_done = true;
        return;
    }
    deep->curves[deep->num_curves++] = reply->group;
}

void plan_curves_refused(struct server_facts *facts, const struct plan_step *step,
                         const char *evidence)
{
    struct plan_deep *deep = facts->deep;
    (void)step;
    (void)evidence;
    deep->curves_done = deep->curves_with_found || deep->num_curves == 0;
    deep->curves_with_found = true;
}

void plan_curves_nothing(struct server_facts *facts, const struct plan_step *step,
                         enum outcome reason)
{
    if (plan_is_hang_up(reason)) {
        plan_curves_refused(facts, step, NULL);
    } else {
        facts->deep->curves_done = facts->deep->curves_cut = true;
    }
}

/* They are asked for with the suites that were found. */
bool plan_curves_are_whole(const struct server_facts *facts)
{
    const struct plan_deep *deep = facts->deep;
    uint16_t suites[HELLO_SUITES_MAX];
    bool is_over = deep->curves_done || deep->num_curves == PLAN_CURVES_MAX;
    return plan_old_suites_are_whole(facts) && !deep->curves_cut &&
           (is_over || curve_suites(deep, suites) == 0);
}
