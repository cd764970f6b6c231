#include "scanner/plan.h"

#include <string.h>

#include "io/tls_names.h"

void plan_init(struct peer_facts *facts)
{
    memset(facts, 0, sizeof(*facts));
}

static void say(struct peer_facts *facts, enum tls_version version, bool value,
                const char *evidence)
{
    if (facts->versions[version].value == TRI_UNKNOWN) {
        facts->versions[version].value = value ? TRI_YES : TRI_NO;
        facts->evidence[version] = evidence;
    }
}

static bool version_of_wire(uint16_t wire, enum tls_version *out_version)
{
    /* 0x0300 is SSLv3, 0x0301 TLS 1.0, and so on: RFC 8446 appendix D. */
    if (wire < 0x0300 || wire > 0x0304) {
        return false;
    }
    *out_version = (enum tls_version)(TLS_SSL3 + (wire - 0x0300));
    return true;
}

/*
 * A server picks the highest version that both sides have (RFC 8446 section 4.2.1, RFC 5246
 * appendix E.1). One that picks `chosen` from an offer up to `offered` has none of those between.
 */
static void learn_choice(struct peer_facts *facts, enum tls_version offered,
                         enum tls_version chosen)
{
    say(facts, chosen, true, "ServerHello");
    for (unsigned version = chosen + 1u; version <= offered; version++) {
        say(facts, (enum tls_version)version, false, "an older version was chosen");
    }
}

void plan_learn_handshake(struct peer_facts *facts, const struct session_result *result)
{
    enum tls_version version;
    if (result->starttls_handshake.value != TRI_YES ||
        !version_of_wire(result->tls_version, &version)) {
        return;
    }
    learn_choice(facts, result->offered_tls13 ? TLS_1_3 : TLS_1_2, version);
    if (version == TLS_1_2) {
        facts->ems.value = result->ems ? TRI_YES : TRI_NO;
        facts->secure_renegotiation.value = result->secure_renegotiation ? TRI_YES : TRI_NO;
    }
}

/* ---- The rules ---- */

static bool is_open(const struct peer_facts *facts, enum tls_version version)
{
    return facts->versions[version].value == TRI_UNKNOWN &&
           facts->versions[version].reason == OUTCOME_NOT_TESTED;
}

/*
 * From the newest down. Each hello offers one version as the highest and all that an older server
 * could have below it, so that a refusal of TLS 1.1 settles TLS 1.0 and SSLv3 too.
 */
static const struct {
    const char *name;
    enum tls_version version;
    enum hello_version hello;
    bool settles_older; /* a refusal means that nothing older is there either */
} rules[] = {
    {"TLS 1.3 alone", TLS_1_3, HELLO_TLS1_3, false}, {"up to TLS 1.2", TLS_1_2, HELLO_TLS1_2, true},
    {"up to TLS 1.1", TLS_1_1, HELLO_TLS1_1, true},  {"up to TLS 1.0", TLS_1_0, HELLO_TLS1_0, true},
    {"SSLv3", TLS_SSL3, HELLO_SSL3, true},
};

bool plan_next(const struct peer_facts *facts, enum depth depth, const char *sni,
               struct plan_step *out_step)
{
    if (depth == DEPTH_QUICK) {
        return false;
    }
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (is_open(facts, rules[i].version)) {
            memset(out_step, 0, sizeof(*out_step));
            out_step->name = rules[i].name;
            out_step->version = rules[i].version;
            out_step->hello = hello_for_version(rules[i].hello, sni);
            return true;
        }
    }
    return false;
}

/* ---- What an answer says ---- */

static bool settles_older(enum tls_version version)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (rules[i].version == version) {
            return rules[i].settles_older;
        }
    }
    return false;
}

static void leave_open(struct peer_facts *facts, enum tls_version version, enum outcome reason)
{
    if (facts->versions[version].value == TRI_UNKNOWN) {
        facts->versions[version].reason = reason;
    }
}

static void learn_refusal(struct peer_facts *facts, enum tls_version offered, const char *evidence)
{
    say(facts, offered, false, evidence);
    for (unsigned version = TLS_SSL3; settles_older(offered) && version < offered; version++) {
        say(facts, (enum tls_version)version, false, evidence);
    }
}

static void learn_server_hello(struct peer_facts *facts, const struct plan_step *step,
                               const struct hello_reply *reply)
{
    enum tls_version chosen;
    if (!version_of_wire(reply->version, &chosen) || chosen > step->version) {
        learn_refusal(facts, step->version, "a version that was not offered came back");
        return;
    }
    learn_choice(facts, step->version, chosen);
    if (chosen == TLS_1_2 && facts->ems.value == TRI_UNKNOWN) {
        facts->ems.value = reply->ems ? TRI_YES : TRI_NO;
        facts->secure_renegotiation.value = reply->renegotiation_info ? TRI_YES : TRI_NO;
    }
}

/*
 * Alerts by which a server says that it has nothing of what was offered: RFC 8446 section 6.2.
 * Others, such as internal_error, may be about anything.
 */
static bool is_refusal_alert(uint8_t description)
{
    static const uint8_t refusals[] = {
        40, /* handshake_failure */
        47, /* illegal_parameter: what some stacks say to an old version */
        70, /* protocol_version */
        71, /* insufficient_security */
    };
    return memchr(refusals, description, sizeof(refusals)) != NULL;
}

bool plan_learn(struct peer_facts *facts, struct arena *arena, const struct plan_step *step,
                const struct session_result *result, unsigned attempts)
{
    enum hello_reply_kind kind = result->hello != NULL ? result->hello->kind : HELLO_REPLY_NONE;
    switch (kind) {
    case HELLO_REPLY_SERVER_HELLO:
    case HELLO_REPLY_HELLO_RETRY_REQUEST:
        learn_server_hello(facts, step, result->hello);
        return true;
    case HELLO_REPLY_ALERT:
        if (is_refusal_alert(result->hello->alert_description)) {
            learn_refusal(facts, step->version,
                          session_alert_text(arena, result->hello->alert_description));
            return true;
        }
        if (attempts >= 2) {
            leave_open(facts, step->version, OUTCOME_TLS_ALERT);
            return true;
        }
        return false;
    default:
        break;
    }
    if (attempts < 2) {
        return false;
    }
    leave_open(facts, step->version,
               result->outcome != OUTCOME_OK ? result->outcome : OUTCOME_TLS_GARBAGE);
    return true;
}

static bool any_version(const struct peer_facts *facts)
{
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        if (facts->versions[i].value == TRI_YES) {
            return true;
        }
    }
    return false;
}

/*
 * A server that hangs up on a hello every time, and answers another, refuses that hello: some TLS
 * stacks have no alert for it. The same goes for one that answers with an alert that says nothing,
 * as OpenSSL 3 does with internal_error where its security level leaves an old version without a
 * signature algorithm. Where a server answers no hello at all, the reason may be anything.
 */
void plan_conclude(struct peer_facts *facts)
{
    for (unsigned i = 0; any_version(facts) && i < TLS_VERSION_COUNT; i++) {
        enum tls_version version = (enum tls_version)i;
        enum outcome reason = facts->versions[i].reason;
        if (facts->versions[i].value == TRI_UNKNOWN &&
            (reason == OUTCOME_TLS_CLOSED || reason == OUTCOME_TLS_RESET)) {
            learn_refusal(facts, version, "closed at the hello, twice");
        } else if (facts->versions[i].value == TRI_UNKNOWN && reason == OUTCOME_TLS_ALERT) {
            learn_refusal(facts, version, "refused with an alert, twice");
        }
    }
}
