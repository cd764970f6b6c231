/*
 * Every suite of TLS 1.2 and older, by removal: what the server picks is left out of the next
 * hello, until it refuses; then the next HELLO_SUITES_MAX are offered. And whose order of
 * preference counts.
 */
#include <string.h>

#include "scanner/plan_rules.h"

bool plan_suites_needed(const struct peer_facts *facts, const struct plan_rule *rule,
                        const struct plan_context *context)
{
    (void)rule;
    (void)context;
    return facts->deep != NULL && !facts->deep->suites_done && !plan_is_tls13_only(facts);
}

/* Some suites are only taken in the oldest version: see plan_weak.c. */
static enum hello_version version_of(const struct peer_facts *facts)
{
    enum hello_version oldest;
    bool at_oldest = facts->deep->suites_at_oldest && plan_oldest_beside_tls12(facts, &oldest);
    return at_oldest ? oldest : HELLO_TLS1_2;
}

static void remove_found(const struct plan_deep *deep, struct hello_spec *hello)
{
    for (size_t i = 0; i < deep->num_suites; i++) {
        hello_remove_suite(hello, deep->suites[i]);
    }
}

void plan_suites_make(struct plan_step *step, const struct peer_facts *facts, const char *sni)
{
    const struct plan_deep *deep = facts->deep;
    hello_for_classes(version_of(facts), sni, 0, deep->suite_part, &step->hello);
    remove_found(deep, &step->hello);
    step->hello.deflate = true;
}

/* Goes on to the next part that has suites which were not found yet; false: there is none. */
static bool next_part(struct peer_facts *facts)
{
    struct plan_deep *deep = facts->deep;
    struct hello_spec probe;
    enum hello_version oldest;
    deep->suite_part++;
    for (;;) {
        while (hello_for_classes(version_of(facts), NULL, 0, deep->suite_part, &probe)) {
            remove_found(deep, &probe);
            if (probe.num_suites > 0) {
                return true;
            }
            deep->suite_part++;
        }
        if (deep->suites_at_oldest || !plan_oldest_beside_tls12(facts, &oldest)) {
            return false;
        }
        deep->suites_at_oldest = true;
        deep->suite_part = 0;
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

void plan_suites_accepted(struct peer_facts *facts, const struct plan_step *step,
                          const struct hello_reply *reply)
{
    struct plan_deep *deep = facts->deep;
    if (!was_offered(step, reply->suite) || deep->num_suites == PLAN_SUITES_MAX) {
        deep->suites_done = true; /* a server that answers off the list would go on for ever */
        return;
    }
    plan_answer(&facts->compression, reply->compression != 0); /* RFC 3749 */
    deep->suites[deep->num_suites++] = reply->suite;
    if (step->hello.num_suites == 1) {
        deep->suites_done = !next_part(facts);
    }
}

void plan_suites_refused(struct peer_facts *facts, const struct plan_step *step,
                         const char *evidence)
{
    (void)step;
    (void)evidence;
    facts->deep->suites_done = !next_part(facts);
}

void plan_suites_nothing(struct peer_facts *facts, const struct plan_step *step,
                         enum outcome reason)
{
    (void)step;
    (void)reason;
    facts->deep->suites_done = true;
}

/* ---- Preference ---- */

/* The suites of one part were found in the order in which the server, or our hello, prefers them.
 */
bool plan_preference_needed(const struct peer_facts *facts, const struct plan_rule *rule,
                            const struct plan_context *context)
{
    (void)rule;
    (void)context;
    return facts->deep != NULL && facts->deep->suites_done && !facts->deep->preference_done &&
           facts->deep->num_suites >= 2;
}

/* The two that were found first, the other way round. */
void plan_preference_make(struct plan_step *step, const struct peer_facts *facts, const char *sni)
{
    step->hello = hello_for_version(HELLO_TLS1_2, sni);
    step->hello.suites[0] = facts->deep->suites[1];
    step->hello.suites[1] = facts->deep->suites[0];
    step->hello.num_suites = 2;
}

void plan_preference_accepted(struct peer_facts *facts, const struct plan_step *step,
                              const struct hello_reply *reply)
{
    facts->deep->preference_done = true;
    if (reply->suite == step->hello.suites[1]) {
        facts->preference = PREFERENCE_SERVER;
    } else if (reply->suite == step->hello.suites[0]) {
        facts->preference = PREFERENCE_CLIENT;
    }
}

void plan_preference_refused(struct peer_facts *facts, const struct plan_step *step,
                             const char *evidence)
{
    (void)step;
    (void)evidence;
    facts->deep->preference_done = true;
}

void plan_preference_nothing(struct peer_facts *facts, const struct plan_step *step,
                             enum outcome reason)
{
    (void)step;
    (void)reason;
    facts->deep->preference_done = true;
}
