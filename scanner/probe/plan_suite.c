/*
 * Every suite, by removal: what the server picks is left out of the next hello, until it refuses;
 * then the next HELLO_SUITES_MAX are offered. First those of TLS 1.3, then the others. And whose
 * order of preference counts.
 */
#include <string.h>

#include "io/tls/tls_names.h"
#include "io/tls/tls_suites.h"
#include "scanner/probe/plan_rules.h"

static void remove_found(const struct plan_deep *deep, struct hello_spec *hello)
{
    for (size_t i = 0; i < deep->num_suites; i++) {
        hello_remove_suite(hello, deep->suites[i]);
    }
}

static bool was_offered(const struct plan_step *step, uint16_t suite)
{
    for (size_t i = 0; i < step->hello.num_suites; i++) {
        if (step->hello.suites[i] == suite) {
            return true;
        }
    }
    return false;
}

/* ---- TLS 1.3 ---- */

bool plan_suites_tls13_needed(const struct server_facts *facts, const struct plan_rule *rule,
                              const struct plan_context *context)
{
    (void)rule;
    (void)context;
    return facts->deep != NULL && !facts->deep->suites_tls13_done && plan_has(facts, TLS_1_3);
}

void plan_suites_tls13_make(struct plan_step *step, const struct server_facts *facts,
                            const struct hostname *sni)
{
    hello_for_classes(HELLO_TLS1_3, sni, 0, 0, &step->hello);
    remove_found(facts->deep, &step->hello);
}

void plan_suites_tls13_accepted(struct server_facts *facts, const struct plan_step *step,
                                const struct hello_reply *reply)
{
    struct plan_deep *deep = facts->deep;
    if (!was_offered(step, reply->suite)) {
        deep->suites_tls13_done = deep->suites_tls13_cut = true; /* as below */
        return;
    }
    plan_weak_seen(facts, reply->suite);
    deep->suites[deep->num_suites++] = reply->suite;
    deep->num_suites_tls13 = deep->num_suites;
    deep->suites_tls13_done = step->hello.num_suites == 1;
}

void plan_suites_tls13_refused(struct server_facts *facts, const struct plan_step *step,
                               const char *evidence)
{
    (void)step;
    (void)evidence;
    facts->deep->suites_tls13_done = true;
}

void plan_suites_tls13_nothing(struct server_facts *facts, const struct plan_step *step,
                               enum outcome reason)
{
    (void)step;
    facts->deep->suites_tls13_done = true;
    facts->deep->suites_tls13_cut = !plan_is_hang_up(reason);
}

/* ---- TLS 1.2 and older ---- */

bool plan_suites_needed(const struct server_facts *facts, const struct plan_rule *rule,
                        const struct plan_context *context)
{
    (void)rule;
    (void)context;
    return facts->deep != NULL && !facts->deep->suites_done && !plan_is_tls13_only(facts);
}

/*
 * Servers that keep to RFC 7919 section 4 may take DHE suites only from a client that names a group
 * of theirs, which no other hello of ours does: see groups_legacy in hello_for.c.
 */
static void offer_ffdhe(struct hello_spec *hello, const struct hostname *sni)
{
    static const uint16_t groups[] = {TLS_GROUP_FFDHE2048, TLS_GROUP_FFDHE3072, TLS_GROUP_FFDHE4096,
                                      TLS_GROUP_FFDHE6144, TLS_GROUP_FFDHE8192};
    size_t num_all;
    const struct tls_suite *all = tls_suites_all(&num_all);
    *hello = hello_for_version(HELLO_TLS1_2, sni);
    hello->num_suites = 0;
    for (size_t i = 0; i < num_all && hello->num_suites < HELLO_SUITES_MAX; i++) {
        bool is_wanted = all[i].kx == TLS_KX_DHE && all[i].auth == TLS_AUTH_RSA;
        if (is_wanted && tls_suites_usable(&all[i], 0x0303)) {
            hello->suites[hello->num_suites++] = all[i].code;
        }
    }
    memcpy(hello->groups + hello->num_groups, groups, sizeof(groups));
    hello->num_groups += sizeof(groups) / sizeof(groups[0]);
}

/* The hello of a stage and part, without what was found; false: the stage has no such part. */
static bool make_hello(const struct server_facts *facts, const struct hostname *sni,
                       struct hello_spec *hello)
{
    const struct plan_deep *deep = facts->deep;
    enum hello_version version = HELLO_TLS1_2;
    bool exists = false;
    switch (deep->suite_stage) {
    case SUITES_AT_OLDEST: /* some suites are only taken there: see plan_weak.c */
        if (!plan_oldest_beside_tls12(facts, &version)) {
            break;
        }
        /* fall through */
    case SUITES_AT_TLS12:
        exists = hello_for_classes(version, sni, 0, deep->suite_part, hello);
        break;
    case SUITES_WITH_FFDHE:
        exists = deep->suite_part == 0 && plan_has(facts, TLS_1_2);
        offer_ffdhe(hello, sni);
        break;
    case SUITES_ASKED:
        break;
    }
    remove_found(deep, hello);
    return exists;
}

void plan_suites_make(struct plan_step *step, const struct server_facts *facts,
                      const struct hostname *sni)
{
    make_hello(facts, sni, &step->hello);
    step->hello.deflate = true;
}

/* Goes on to the next part that has suites which were not found yet; false: there is none. */
static bool next_part(struct server_facts *facts)
{
    struct plan_deep *deep = facts->deep;
    while (deep->suite_stage != SUITES_ASKED) {
        struct hello_spec probe = {.num_suites = 0};
        deep->suite_part++;
        if (!make_hello(facts, NULL, &probe)) {
            deep->suite_stage++;
            deep->suite_part = SIZE_MAX; /* the next one is 0 */
        } else if (probe.num_suites > 0) {
            return true;
        }
    }
    return false;
}

void plan_suites_accepted(struct server_facts *facts, const struct plan_step *step,
                          const struct hello_reply *reply)
{
    struct plan_deep *deep = facts->deep;
    if (!was_offered(step, reply->suite) || deep->num_suites == PLAN_SUITES_MAX) {
        /* A server that answers off the list would go on for ever. */
        deep->suites_done = deep->suites_cut = true;
        return;
    }
    plan_answer(&facts->compression, reply->compression != 0); /* RFC 3749 */
    plan_weak_seen(facts, reply->suite);
    deep->suites[deep->num_suites++] = reply->suite;
    if (step->hello.num_suites == 1) {
        deep->suites_done = !next_part(facts);
    }
}

void plan_suites_refused(struct server_facts *facts, const struct plan_step *step,
                         const char *evidence)
{
    (void)step;
    (void)evidence;
    facts->deep->suites_done = !next_part(facts);
}

void plan_suites_nothing(struct server_facts *facts, const struct plan_step *step,
                         enum outcome reason)
{
    struct plan_deep *deep = facts->deep;
    (void)step;
    /* Those who hang up on one offer may take the next; where they take none, it is no refusal. */
    deep->suites_cut |= !plan_is_hang_up(reason) || !plan_has_any(facts);
    deep->suites_done = !plan_is_hang_up(reason) || !next_part(facts);
}

/* Some suites are only taken in the oldest version: see plan_weak.c. */
static bool versions_are_known(const struct server_facts *facts)
{
    bool known = true;
    for (unsigned i = TLS_SSL3; i <= TLS_1_2; i++) {
        known = known && facts->versions[i].value != TRI_UNKNOWN;
    }
    return known;
}

bool plan_old_suites_are_whole(const struct server_facts *facts)
{
    const struct plan_deep *deep = facts->deep;
    return plan_is_tls13_only(facts) ||
           (deep->suites_done && !deep->suites_cut && versions_are_known(facts));
}

bool plan_suites_are_whole(const struct server_facts *facts)
{
    const struct plan_deep *deep = facts->deep;
    return plan_old_suites_are_whole(facts) &&
           (plan_lacks(facts, TLS_1_3) || (deep->suites_tls13_done && !deep->suites_tls13_cut));
}

/*
 * ---- Preference ----
 *
 * Two suites, offered one way round and then the other: a server that picks the same one both times
 * goes by its own order. Of TLS 1.2 where it has two there, else of TLS 1.3.
 */

struct pair {
    enum hello_version version;
    const uint16_t *suites;
};

static bool pair_to_offer(const struct plan_deep *deep, struct pair *out_pair)
{
    if (deep->num_suites - deep->num_suites_tls13 >= 2) {
        *out_pair = (struct pair){HELLO_TLS1_2, deep->suites + deep->num_suites_tls13};
        return true;
    }
    *out_pair = (struct pair){HELLO_TLS1_3, deep->suites};
    return deep->num_suites_tls13 >= 2;
}

bool plan_preference_needed(const struct server_facts *facts, const struct plan_rule *rule,
                            const struct plan_context *context)
{
    struct pair pair;
    (void)rule;
    (void)context;
    return facts->deep != NULL && !facts->deep->preference_done &&
           (facts->deep->suites_done || plan_is_tls13_only(facts)) &&
           pair_to_offer(facts->deep, &pair);
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
    if (!was_offered(step, reply->suite)) {
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
