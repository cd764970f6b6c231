/*
 * Key exchange groups, asked for without a key share: the server has to name the one it wants in a
 * HelloRetryRequest (RFC 8446 section 4.1.4), so no arithmetic of the group is needed.
 */
#include "io/tls_names.h"
#include "scanner/plan_rules.h"

/*
 * The size of a hello with a share of X25519MLKEM768 (1216 bytes) in it: more than one TCP segment,
 * which some servers and middleboxes cannot put together again.
 */
#define POST_QUANTUM_HELLO_SIZE 1750

bool plan_post_quantum_needed(const struct peer_facts *facts, const struct plan_rule *rule,
                              const struct plan_context *context)
{
    (void)rule;
    (void)context;
    return plan_is_open(&facts->post_quantum) && plan_has(facts, TLS_1_3);
}

void plan_post_quantum_make(struct plan_step *step, const struct peer_facts *facts, const char *sni)
{
    step->hello = hello_for_post_quantum(sni);
    if (!facts->large_hello_intolerant) {
        step->hello.pad_to = POST_QUANTUM_HELLO_SIZE;
    }
}

void plan_post_quantum_accepted(struct peer_facts *facts, const struct plan_step *step,
                                const struct hello_reply *reply)
{
    (void)step;
    bool is_hybrid = tls_names_group_is_post_quantum(reply->group);
    plan_answer(&facts->post_quantum, is_hybrid);
    if (is_hybrid) {
        facts->post_quantum_group = tls_names_group(reply->group);
    }
}

void plan_post_quantum_refused(struct peer_facts *facts, const struct plan_step *step,
                               const char *evidence)
{
    (void)step;
    (void)evidence;
    plan_answer(&facts->post_quantum, false);
}

/* Nothing came: once more in a small hello, to tell whether it was the size. */
void plan_post_quantum_nothing(struct peer_facts *facts, const struct plan_step *step,
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

/* ---- Every group ---- */

bool plan_groups_needed(const struct peer_facts *facts, const struct plan_rule *rule,
                        const struct plan_context *context)
{
    (void)rule;
    (void)context;
    return facts->deep != NULL && !facts->deep->groups_done && plan_has(facts, TLS_1_3);
}

static bool is_found(const struct plan_deep *deep, uint16_t group)
{
    for (size_t i = 0; i < deep->num_groups; i++) {
        if (deep->groups[i] == group) {
            return true;
        }
    }
    return false;
}

void plan_groups_make(struct plan_step *step, const struct peer_facts *facts, const char *sni)
{
    uint16_t wanted[HELLO_GROUPS_MAX];
    size_t num_wanted = 0, num_all;
    const struct tls_group *all = tls_names_all_groups(&num_all);
    for (size_t i = facts->deep->next_group; i < num_all && num_wanted < HELLO_GROUPS_MAX; i++) {
        if (!is_found(facts->deep, all[i].code)) {
            wanted[num_wanted++] = all[i].code;
        }
    }
    hello_for_groups(sni, wanted, num_wanted, &step->hello);
}

void plan_groups_accepted(struct peer_facts *facts, const struct plan_step *step,
                          const struct hello_reply *reply)
{
    struct plan_deep *deep = facts->deep;
    (void)step;
    if (reply->group == 0 || is_found(deep, reply->group) || deep->num_groups == PLAN_GROUPS_MAX) {
        deep->groups_done = true;
        return;
    }
    deep->groups[deep->num_groups++] = reply->group;
}

void plan_groups_refused(struct peer_facts *facts, const struct plan_step *step,
                         const char *evidence)
{
    size_t num_all;
    (void)evidence;
    tls_names_all_groups(&num_all);
    facts->deep->next_group += step->hello.num_groups;
    facts->deep->groups_done = facts->deep->next_group >= num_all;
}

void plan_groups_nothing(struct peer_facts *facts, const struct plan_step *step,
                         enum outcome reason)
{
    (void)step;
    (void)reason;
    facts->deep->groups_done = true;
}
