/* Which protocol versions a server speaks: one hello per version that is still open. */
#include <string.h>

#include "scanner/probe/plan_rules.h"

/*
 * A server picks the highest version that both sides have (RFC 8446 section 4.2.1, RFC 5246
 * appendix E.1). One that picks `chosen` from an offer up to `offered` has none of those between.
 */
static void learn_choice(struct server_facts *facts, enum tls_version offered,
                         enum tls_version chosen)
{
    plan_say(facts, chosen, true, "ServerHello");
    for (unsigned version = chosen + 1u; version <= offered; version++) {
        plan_say(facts, (enum tls_version)version, false, "an older version was chosen");
    }
}

void plan_learn_handshake(struct server_facts *facts, const struct observation *result)
{
    enum tls_version version;
    facts->is_refused = result->outcome == OUTCOME_TLS_ALERT;
    facts->had_server_hello = result->choice.version != 0;
    if (result->starttls_handshake.value != TRI_YES ||
        !plan_version_of_wire(result->tls_version, &version)) {
        return;
    }
    learn_choice(facts, result->offered_tls13 ? TLS_1_3 : TLS_1_2, version);
    if (facts->deep != NULL) {
        plan_list_learn_handshake(facts->deep, result);
    }
    if (version == TLS_1_2) {
        plan_answer(&facts->ems, result->ems);
        plan_answer(&facts->secure_renegotiation, result->secure_renegotiation);
        plan_weak_chosen(facts, result->tls_cipher);
    }
}

bool plan_version_needed(const struct server_facts *facts, const struct plan_rule *rule,
                         const struct plan_context *context)
{
    (void)context;
    return plan_is_open(&facts->versions[rule->version]);
}

void plan_version_make(struct plan_step *step, const struct server_facts *facts,
                       const struct hostname *sni)
{
    static const enum hello_version hellos[TLS_VERSION_COUNT] = {
        [TLS_SSL3] = HELLO_SSL3,  [TLS_1_0] = HELLO_TLS1_0, [TLS_1_1] = HELLO_TLS1_1,
        [TLS_1_2] = HELLO_TLS1_2, [TLS_1_3] = HELLO_TLS1_3,
    };
    (void)facts;
    step->hello = hello_for_version(hellos[step->rule->version], sni);
    step->hello.deflate = step->rule->version != TLS_1_3;
}

/*
 * What a refusal settles besides: a hello for TLS 1.1 offers all that an older server could have,
 * so that its refusal holds for TLS 1.0 and SSLv3 too. Not so from TLS 1.2: a server that chokes on
 * a newer hello may still speak an older version.
 */
void plan_version_refused(struct server_facts *facts, enum tls_version offered,
                          const char *evidence)
{
    plan_say(facts, offered, false, evidence);
    bool settles_older = offered == TLS_1_1 || offered == TLS_1_0;
    for (unsigned version = TLS_SSL3; settles_older && version < offered; version++) {
        plan_say(facts, (enum tls_version)version, false, evidence);
    }
}

void plan_version_accepted(struct server_facts *facts, const struct plan_step *step,
                           const struct hello_reply *reply)
{
    enum tls_version offered = step->rule->version;
    enum tls_version chosen;
    if (!plan_version_of_wire(reply->version, &chosen) || chosen > offered) {
        plan_version_refused(facts, offered, "a version that was not offered came back");
        return;
    }
    learn_choice(facts, offered, chosen);
    if (chosen == TLS_1_2) {
        plan_answer(&facts->ems, reply->ems);
        plan_answer(&facts->secure_renegotiation, reply->renegotiation_info);
        plan_weak_chosen(facts, reply->suite);
    }
    if (step->hello.deflate) {
        plan_answer(&facts->compression, reply->compression != 0); /* RFC 3749 */
    }
}

void plan_version_refuse(struct server_facts *facts, const struct plan_step *step,
                         const char *evidence)
{
    plan_version_refused(facts, step->rule->version, evidence);
}

void plan_version_nothing(struct server_facts *facts, const struct plan_step *step,
                          enum outcome reason)
{
    plan_leave_open(&facts->versions[step->rule->version], reason);
}

/* ---- TLS 1.2: also which certificate it has for RSA, and what only TLS 1.2 negotiates ---- */

bool plan_tls12_needed(const struct server_facts *facts, const struct plan_rule *rule,
                       const struct plan_context *context)
{
    (void)rule;
    (void)context;
    return !facts->tls12_asked && !plan_lacks(facts, TLS_1_2);
}

/* The endpoint's own handshake has offered ECDSA first. */
void plan_tls12_make(struct plan_step *step, const struct server_facts *facts,
                     const struct hostname *sni)
{
    plan_version_make(step, facts, sni);
    hello_prefer_rsa(&step->hello);
}

void plan_tls12_accepted(struct server_facts *facts, const struct plan_step *step,
                         const struct hello_reply *reply)
{
    facts->tls12_asked = true;
    plan_version_accepted(facts, step, reply);
}

void plan_tls12_refused(struct server_facts *facts, const struct plan_step *step,
                        const char *evidence)
{
    facts->tls12_asked = true;
    plan_version_refuse(facts, step, evidence);
}

/* Left open for the small hello. */
void plan_tls12_nothing(struct server_facts *facts, const struct plan_step *step,
                        enum outcome reason)
{
    (void)step;
    (void)reason;
    facts->tls12_asked = true;
}

bool plan_small_tls12_needed(const struct server_facts *facts, const struct plan_rule *rule,
                             const struct plan_context *context)
{
    (void)context;
    return facts->tls12_asked && plan_is_open(&facts->versions[rule->version]);
}

/* What any server of TLS 1.2 has (RFC 5246 section 9, RFC 7525 section 4.2), and no more. */
void plan_small_tls12_make(struct plan_step *step, const struct server_facts *facts,
                           const struct hostname *sni)
{
    static const uint16_t suites[] = {0xc02c, 0xc030, 0xc02b, 0xc02f, 0x009f,
                                      0x009e, 0x0035, 0x002f, 0x000a};
    (void)facts;
    step->hello = hello_for_version(HELLO_TLS1_2, sni);
    memcpy(step->hello.suites, suites, sizeof(suites));
    step->hello.num_suites = sizeof(suites) / sizeof(suites[0]);
    step->hello.num_groups = 3; /* x25519, secp256r1, secp384r1 */
    step->hello.status_request = false;
    step->hello.sct = false;
    step->hello.encrypt_then_mac = false;
    step->hello.pad_to = 0;
}

/*
 * No TLS stack has ever had both SSLv2 and TLS 1.3, so where TLS 1.3 was seen it is left unasked,
 * and unknown, but for the deep scan.
 */
bool plan_ssl2_needed(const struct server_facts *facts, const struct plan_rule *rule,
                      const struct plan_context *context)
{
    (void)rule;
    return plan_is_open(&facts->versions[TLS_SSL2]) &&
           (context->depth == DEPTH_DEEP || !plan_has(facts, TLS_1_3));
}

void plan_ssl2_accepted(struct server_facts *facts, const struct plan_step *step,
                        const struct hello_reply *reply)
{
    (void)step;
    bool is_ssl2 = reply->kind == HELLO_REPLY_SSL2_SERVER_HELLO;
    plan_say(facts, TLS_SSL2, is_ssl2, is_ssl2 ? "SSLv2 SERVER-HELLO" : "a newer one was chosen");
}
