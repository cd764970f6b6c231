/* Key exchange groups that withstand quantum computers: asked for without a key share, see
 * hello_for_groups(). */
#include "io/tls/tls_names.h"
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

/* The hello had no answer. A small one is sent, to tell whether the size was the cause. */
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
