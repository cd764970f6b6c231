#include "scanner/probe/plan.h"

#include <string.h>

#include "scanner/probe/plan_rules.h"
#include "scanner/probe/weak_suites.h"

void plan_init(struct server_facts *facts)
{
    memset(facts, 0, sizeof(*facts));
    facts->weak_left = WEAK_SUITES_ALL;
}

void plan_unprobed(struct server_facts *facts, const struct observation *result)
{
    plan_init(facts);
    plan_learn_handshake(facts, result);
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        facts->versions[i].reason = result->outcome;
    }
}

/* ---- The rules, in the order in which they are asked ---- */

enum rule_number {
    RULE_TLS13,
    RULE_TLS12,
    RULE_SMALL_TLS12,
    RULE_RARE_SUITES,
    RULE_ALL_OF_TLS13,
    RULE_SIGNERS,
    RULE_TLS11,
    RULE_TLS10,
    RULE_SSL3,
    RULE_SSL2,
    RULE_WEAK,
    RULE_AEAD,
    RULE_POST_QUANTUM,
    RULE_TLS13_LISTS,
    RULE_PREFERENCE,
    RULE_SUITES
};

#define VERSION_RULE(name_, version_)                                                              \
    {                                                                                              \
        .name = name_, .kind = PLAN_HELLO, .depth = DEPTH_STANDARD, .version = version_,           \
        .is_needed = plan_version_needed, .make = plan_version_make,                               \
        .accepted = plan_version_accepted, .refused = plan_version_refuse,                         \
        .nothing = plan_version_nothing                                                            \
    }

static const struct plan_rule rules[] = {
    [RULE_TLS13] = VERSION_RULE("TLS 1.3 alone", TLS_1_3),
    [RULE_TLS12] =
        {
            .name = "up to TLS 1.2, RSA first",
            .kind = PLAN_HELLO_FLIGHT, /* for the second leaf of a server that has two */
            .depth = DEPTH_STANDARD,
            .version = TLS_1_2,
            .is_about_others = true,
            .is_needed = plan_tls12_needed,
            .make = plan_tls12_make,
            .accepted = plan_tls12_accepted,
            .refused = plan_tls12_refused,
            .nothing = plan_tls12_nothing,
        },
    [RULE_SMALL_TLS12] =
        {
            .name = "up to TLS 1.2, in few bytes",
            .kind = PLAN_HELLO,
            .depth = DEPTH_STANDARD,
            .version = TLS_1_2,
            .is_needed = plan_small_tls12_needed,
            .make = plan_small_tls12_make,
            .accepted = plan_version_accepted,
            .refused = plan_version_refuse,
            .nothing = plan_version_nothing,
        },
    [RULE_RARE_SUITES] =
        {
            .name = "rare suites of TLS 1.2",
            .kind = PLAN_HELLO_FLIGHT, /* shows the key and a request for a client certificate */
            .depth = DEPTH_STANDARD,
            .is_about_others = true,
            .is_needed = plan_rare_suites_needed,
            .make = plan_rare_suites_make,
            .accepted = plan_rare_suites_accepted,
            .refused = plan_rare_suites_refused,
            .nothing = plan_rare_suites_nothing,
        },
    [RULE_ALL_OF_TLS13] =
        {
            .name = "all of TLS 1.3",
            .kind = PLAN_HELLO,
            .depth = DEPTH_STANDARD,
            .is_about_others = true,
            .is_needed = plan_all_of_tls13_needed,
            .make = plan_all_of_tls13_make,
            .accepted = plan_all_of_tls13_accepted,
            .refused = plan_all_of_tls13_refused,
            .nothing = plan_all_of_tls13_nothing,
        },
    [RULE_SIGNERS] =
        {
            .name = "rare keys in TLS 1.3",
            .kind = PLAN_HELLO,
            .depth = DEPTH_STANDARD,
            .is_about_others = true,
            .is_needed = plan_signers_needed,
            .make = plan_signers_make,
            .accepted = plan_signers_accepted,
            .refused = plan_signers_refused,
            .nothing = plan_signers_nothing,
        },
    [RULE_TLS11] = VERSION_RULE("up to TLS 1.1", TLS_1_1),
    [RULE_TLS10] = VERSION_RULE("up to TLS 1.0", TLS_1_0),
    [RULE_SSL3] = VERSION_RULE("SSLv3", TLS_SSL3),
    [RULE_SSL2] =
        {
            .name = "SSLv2",
            .kind = PLAN_SSL2,
            .depth = DEPTH_STANDARD,
            .version = TLS_SSL2,
            .is_needed = plan_ssl2_needed,
            .accepted = plan_ssl2_accepted,
            .refused = plan_version_refuse,
            .nothing = plan_version_nothing,
        },
    [RULE_WEAK] =
        {
            .name = "weak suites",
            .kind = PLAN_HELLO_FLIGHT, /* for the size of a DH prime */
            .depth = DEPTH_STANDARD,
            .is_needed = plan_weak_needed,
            .make = plan_weak_make,
            .accepted = plan_weak_accepted,
            .refused = plan_weak_refused,
            .nothing = plan_weak_nothing,
        },
    [RULE_AEAD] =
        {
            .name = "AEAD suites alone",
            .kind = PLAN_HELLO,
            .depth = DEPTH_STANDARD,
            .is_needed = plan_aead_needed,
            .make = plan_aead_make,
            .accepted = plan_aead_accepted,
            .refused = plan_aead_refused,
            .nothing = plan_aead_nothing,
        },
    [RULE_POST_QUANTUM] =
        {
            .name = "post-quantum groups",
            .kind = PLAN_HELLO,
            .depth = DEPTH_STANDARD,
            .is_needed = plan_post_quantum_needed,
            .make = plan_post_quantum_make,
            .accepted = plan_post_quantum_accepted,
            .refused = plan_post_quantum_refused,
            .nothing = plan_post_quantum_nothing,
        },
    /* What follows is of a deep scan. The lists of suites may be longer than the budget, so that
     * they are asked for last; their hellos ask for the curves and the preference at first. */
    [RULE_TLS13_LISTS] =
        {
            .name = "every group and suite of TLS 1.3",
            .kind = PLAN_HELLO,
            .depth = DEPTH_DEEP,
            .is_needed = plan_tls13_lists_needed,
            .make = plan_tls13_lists_make,
            .accepted = plan_tls13_lists_accepted,
            .refused = plan_tls13_lists_refused,
            .nothing = plan_tls13_lists_nothing,
        },
    [RULE_PREFERENCE] =
        {
            .name = "whose preference",
            .kind = PLAN_HELLO,
            .depth = DEPTH_DEEP,
            .is_needed = plan_preference_needed,
            .make = plan_preference_make,
            .accepted = plan_preference_accepted,
            .refused = plan_preference_refused,
            .nothing = plan_preference_nothing,
        },
    [RULE_SUITES] =
        {
            .name = "every suite and curve of TLS 1.2",
            .kind = PLAN_HELLO_FLIGHT,
            .depth = DEPTH_DEEP,
            .is_needed = plan_suites_needed,
            .make = plan_suites_make,
            .accepted = plan_suites_accepted,
            .refused = plan_suites_refused,
            .nothing = plan_suites_nothing,
        },
};

/* Where so many different hellos, each sent twice, had no answer, no more are sent. */
#define UNANSWERED_MAX 2

static bool is_mute(const struct server_facts *facts)
{
    return !facts->has_answered && facts->num_unanswered >= UNANSWERED_MAX && !plan_has_any(facts);
}

static void make_step(const struct plan_rule *rule, const struct server_facts *facts,
                      const struct plan_context *context, struct plan_step *out_step)
{
    memset(out_step, 0, sizeof(*out_step));
    out_step->rule = rule;
    if (rule->make != NULL) {
        rule->make(out_step, facts, context->sni);
    }
}

bool plan_next(const struct server_facts *facts, const struct plan_context *context,
               struct plan_step *out_step)
{
    if (is_mute(facts)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const struct plan_rule *rule = &rules[i];
        if (context->depth >= rule->depth && (rule->is_about_others || !context->only_others) &&
            rule->is_needed(facts, rule, context)) {
            make_step(rule, facts, context, out_step);
            return true;
        }
    }
    return false;
}

/*
 * Pairs of questions of which the second one is asked whatever the first one's answer is, of a
 * server that is known to have TLS 1.2 or 1.3: such a server chooses no version before TLS 1.2 from
 * an offer up to it, unless it has none. Weak suites go beside no version that is still open: where
 * these are refused, it depends on the oldest version what is asked again.
 */
static const enum rule_number pairs[][2] = {
    {RULE_TLS12, RULE_TLS11},
    {RULE_SSL2, RULE_WEAK},
    {RULE_WEAK, RULE_POST_QUANTUM},
};

bool plan_next_beside(const struct server_facts *facts, const struct plan_context *context,
                      const struct plan_step *under_way, struct plan_step *out_step)
{
    bool is_known = plan_has(facts, TLS_1_2) || plan_has(facts, TLS_1_3);
    /* What is asked after something had no answer may depend on the size of hellos. */
    if (!is_known || facts->num_unanswered > 0 || context->depth != DEPTH_STANDARD ||
        context->only_others) {
        return false;
    }
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        const struct plan_rule *rule = &rules[pairs[i][1]];
        if (under_way->rule == &rules[pairs[i][0]] && rule->is_needed(facts, rule, context)) {
            make_step(rule, facts, context, out_step);
            return true;
        }
    }
    return false;
}

bool plan_others_are_asked(const struct server_facts *facts)
{
    const struct plan_context context = {.depth = DEPTH_STANDARD, .only_others = true};
    struct plan_step step;
    return !plan_next(facts, &context, &step);
}

const char *plan_step_name(const struct plan_step *step)
{
    return step->rule->name;
}

enum plan_kind plan_step_kind(const struct plan_step *step)
{
    return step->rule->kind;
}

/* ---- What an answer says ---- */

bool plan_learn(struct server_facts *facts, struct arena *arena, const struct plan_step *step,
                const struct observation *result, unsigned attempts)
{
    const struct plan_rule *rule = step->rule;
    const struct hello_reply *reply = result->hello;
    switch (reply != NULL ? reply->kind : HELLO_REPLY_NONE) {
    case HELLO_REPLY_SERVER_HELLO:
    case HELLO_REPLY_HELLO_RETRY_REQUEST:
    case HELLO_REPLY_SSL2_SERVER_HELLO:
        facts->has_answered = true;
        if (rule->depth < DEPTH_DEEP) {
            /* A hello of a deep scan may leave out what our library has. The server's choice then
             * proves no lack. */
            plan_others_learn(facts, arena, reply);
        }
        if (facts->deep != NULL && reply->kind != HELLO_REPLY_SSL2_SERVER_HELLO) {
            plan_list_learn(facts->deep, step, reply);
            plan_preference_learn(facts, step, reply);
        }
        rule->accepted(facts, step, reply);
        return true;
    case HELLO_REPLY_ALERT:
        /* The connection worked and the server did answer: asking again would change nothing. */
        facts->has_answered = true;
        if (observation_is_refusal_alert(reply->alert_description)) {
            rule->refused(facts, step, observation_alert_text(arena, reply->alert_description));
        } else {
            rule->nothing(facts, step, OUTCOME_TLS_ALERT);
        }
        return true;
    default:
        break;
    }
    if (attempts < PLAN_TRIES) {
        return false;
    }
    facts->unanswered_reason =
        result->outcome != OUTCOME_OK ? result->outcome : OUTCOME_TLS_GARBAGE;
    facts->num_unanswered++;
    rule->nothing(facts, step, facts->unanswered_reason);
    return true;
}

/* ---- All answers together ---- */

static bool is_silent_refusal(const struct verdict *verdict)
{
    return verdict->value == TRI_UNKNOWN && plan_is_hang_up(verdict->reason);
}

/*
 * A server that hangs up on a hello every time, and answers another, refuses that hello: some TLS
 * stacks have no alert for it. The same goes for one that answers with an alert that says nothing,
 * as OpenSSL 3 does with internal_error where its security level leaves an old version without a
 * signature algorithm. Where a server answers no hello at all, the reason may be anything.
 */
static void settle_silent_refusals(struct server_facts *facts)
{
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        if (is_silent_refusal(&facts->versions[i])) {
            bool by_alert = facts->versions[i].reason == OUTCOME_TLS_ALERT;
            plan_version_refused(facts, (enum tls_version)i,
                                 by_alert ? "an alert that names no reason"
                                          : "closed at the hello, twice");
        }
    }
    for (unsigned i = 0; i <= WEAK_STATIC_DH; i++) {
        if (is_silent_refusal(&facts->weak[i])) {
            plan_answer(&facts->weak[i], false);
        }
    }
    if (is_silent_refusal(&facts->post_quantum)) {
        plan_answer(&facts->post_quantum, false);
    }
}

/* What was not asked any more is unknown for the reason why. */
static void leave_the_rest_open(struct server_facts *facts, enum outcome reason)
{
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        if (plan_is_open(&facts->versions[i])) {
            plan_leave_open(&facts->versions[i], reason);
        }
    }
    for (unsigned i = 0; i < WEAK_CLASS_COUNT; i++) {
        plan_leave_open(&facts->weak[i], reason);
    }
    plan_leave_open(&facts->post_quantum, reason);
}

unsigned plan_cut_lists(const struct server_facts *facts)
{
    unsigned cut = 0;
    cut |= plan_groups_are_whole(facts) ? 0 : 1u << TLS_LIST_GROUPS;
    cut |= plan_curves_are_whole(facts) ? 0 : 1u << TLS_LIST_CURVES;
    bool suites_are_whole = plan_suites_are_whole(facts) && plan_suites_tls13_are_whole(facts);
    cut |= suites_are_whole ? 0 : 1u << TLS_LIST_SUITES;
    return cut;
}

void plan_conclude(struct server_facts *facts, enum outcome limit)
{
    if (plan_has_any(facts)) {
        settle_silent_refusals(facts);
    }
    if (is_mute(facts)) {
        leave_the_rest_open(facts, facts->unanswered_reason);
    } else if (limit != OUTCOME_NOT_TESTED) {
        leave_the_rest_open(facts, limit);
    }
    plan_weak_conclude(facts);
    plan_preference_conclude(facts);
    if (plan_lacks(facts, TLS_1_3)) {
        plan_answer(&facts->post_quantum, false); /* the groups belong to TLS 1.3 */
    }
    if (plan_is_tls13_only(facts)) {
        plan_answer(&facts->compression, false); /* it has none: RFC 8446 section 4.1.2 */
    }
}
