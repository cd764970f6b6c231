#include "scanner/plan.h"

#include <string.h>

#include "io/tls_names.h"
#include "scanner/weak_suites.h"

/*
 * The size of a hello with a share of X25519MLKEM768 (1216 bytes) in it: more than one TCP segment,
 * which some servers and middleboxes cannot put together again.
 */
#define POST_QUANTUM_HELLO_SIZE 1750

void plan_init(struct peer_facts *facts)
{
    memset(facts, 0, sizeof(*facts));
    facts->weak_left = WEAK_SUITES_ALL;
}

/* ---- Saying things once ---- */

static void say(struct peer_facts *facts, enum tls_version version, bool value,
                const char *evidence)
{
    if (facts->versions[version].value == TRI_UNKNOWN) {
        facts->versions[version].value = value ? TRI_YES : TRI_NO;
        facts->evidence[version] = evidence;
    }
}

static void answer(struct verdict *verdict, bool value)
{
    if (verdict->value == TRI_UNKNOWN) {
        verdict->value = value ? TRI_YES : TRI_NO;
    }
}

static void leave_open(struct verdict *verdict, enum outcome reason)
{
    if (verdict->value == TRI_UNKNOWN) {
        verdict->reason = reason;
    }
}

static bool is_open(const struct verdict *verdict)
{
    return verdict->value == TRI_UNKNOWN && verdict->reason == OUTCOME_NOT_TESTED;
}

static bool has(const struct peer_facts *facts, enum tls_version version)
{
    return facts->versions[version].value == TRI_YES;
}

/* ---- Versions ---- */

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
        answer(&facts->ems, result->ems);
        answer(&facts->secure_renegotiation, result->secure_renegotiation);
    }
}

/*
 * What a refusal settles besides: a hello for TLS 1.1 offers all that an older server could have,
 * so that its refusal holds for TLS 1.0 and SSLv3 too. Not so from TLS 1.2: a server that chokes on
 * a newer hello may still speak an older version.
 */
static void learn_refusal(struct peer_facts *facts, enum tls_version offered, const char *evidence)
{
    say(facts, offered, false, evidence);
    bool settles_older = offered == TLS_1_1 || offered == TLS_1_0;
    for (unsigned version = TLS_SSL3; settles_older && version < offered; version++) {
        say(facts, (enum tls_version)version, false, evidence);
    }
}

static void learn_version(struct peer_facts *facts, const struct plan_step *step,
                          const struct hello_reply *reply)
{
    enum tls_version chosen;
    if (!version_of_wire(reply->version, &chosen) || chosen > step->version) {
        learn_refusal(facts, step->version, "a version that was not offered came back");
        return;
    }
    learn_choice(facts, step->version, chosen);
    if (chosen == TLS_1_2) {
        answer(&facts->ems, reply->ems);
        answer(&facts->secure_renegotiation, reply->renegotiation_info);
    }
    if (step->hello.deflate) {
        answer(&facts->compression, reply->compression != 0); /* RFC 3749 */
    }
}

/* ---- The rules ---- */

static bool needs_version(const struct peer_facts *facts, enum tls_version version)
{
    return is_open(&facts->versions[version]);
}

/* Only for services that have something to test before TLS, and where TLS 1.2 may be there. */
static bool needs_dialogue(const struct peer_facts *facts, const struct service *service)
{
    return !facts->dialogue_done && service->injected != NULL &&
           facts->versions[TLS_1_2].value != TRI_NO;
}

/*
 * No TLS stack has ever had both SSLv2 and TLS 1.3, so where TLS 1.3 was seen it is left unasked,
 * and unknown, but for the deep scan.
 */
static bool needs_ssl2(const struct peer_facts *facts, enum depth depth)
{
    return is_open(&facts->versions[TLS_SSL2]) && (depth == DEPTH_DEEP || !has(facts, TLS_1_3));
}

static bool needs_weak(const struct peer_facts *facts)
{
    bool only_tls13 =
        facts->versions[TLS_1_2].value == TRI_NO && facts->versions[TLS_1_1].value == TRI_NO &&
        facts->versions[TLS_1_0].value == TRI_NO && facts->versions[TLS_SSL3].value == TRI_NO;
    return facts->weak_left != 0 && !only_tls13;
}

static bool needs_post_quantum(const struct peer_facts *facts)
{
    return is_open(&facts->post_quantum) && has(facts, TLS_1_3);
}

static void make_version(struct plan_step *step, const char *name, enum tls_version version,
                         const char *sni)
{
    static const enum hello_version hellos[TLS_VERSION_COUNT] = {
        [TLS_SSL3] = HELLO_SSL3,  [TLS_1_0] = HELLO_TLS1_0, [TLS_1_1] = HELLO_TLS1_1,
        [TLS_1_2] = HELLO_TLS1_2, [TLS_1_3] = HELLO_TLS1_3,
    };
    step->name = name;
    step->kind = PLAN_VERSION;
    step->version = version;
    step->hello = hello_for_version(hellos[version], sni);
    step->hello.deflate = version != TLS_1_3;
}

static void make_weak(struct plan_step *step, const struct peer_facts *facts, const char *sni)
{
    step->name = "weak suites";
    step->kind = PLAN_WEAK;
    step->hello = hello_for_version(HELLO_TLS1_2, sni);
    step->hello.num_suites = weak_suites_offer(facts->weak_left, step->hello.suites);
}

static void make_post_quantum(struct plan_step *step, const struct peer_facts *facts,
                              const char *sni)
{
    step->name = "post-quantum groups";
    step->kind = PLAN_POST_QUANTUM;
    step->hello = hello_for_post_quantum(sni);
    if (!facts->large_hello_intolerant) {
        step->hello.pad_to = POST_QUANTUM_HELLO_SIZE;
    }
}

bool plan_next(const struct peer_facts *facts, const struct service *service, enum depth depth,
               const char *sni, struct plan_step *out_step)
{
    memset(out_step, 0, sizeof(*out_step));
    if (depth == DEPTH_QUICK) {
        return false;
    }
    if (needs_version(facts, TLS_1_3)) {
        make_version(out_step, "TLS 1.3 alone", TLS_1_3, sni);
    } else if (needs_dialogue(facts, service)) {
        out_step->name = "dialogue at TLS 1.2";
        out_step->kind = PLAN_DIALOGUE;
    } else if (needs_version(facts, TLS_1_2)) {
        make_version(out_step, "up to TLS 1.2", TLS_1_2, sni);
    } else if (needs_version(facts, TLS_1_1)) {
        make_version(out_step, "up to TLS 1.1", TLS_1_1, sni);
    } else if (needs_version(facts, TLS_1_0)) {
        make_version(out_step, "up to TLS 1.0", TLS_1_0, sni);
    } else if (needs_version(facts, TLS_SSL3)) {
        make_version(out_step, "SSLv3", TLS_SSL3, sni);
    } else if (needs_ssl2(facts, depth)) {
        out_step->name = "SSLv2";
        out_step->kind = PLAN_SSL2;
        out_step->version = TLS_SSL2;
    } else if (needs_weak(facts)) {
        make_weak(out_step, facts, sni);
    } else if (needs_post_quantum(facts)) {
        make_post_quantum(out_step, facts, sni);
    } else {
        return false;
    }
    return true;
}

/* ---- What an answer says ---- */

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

static void learn_weak_suite(struct peer_facts *facts, const struct hello_reply *reply)
{
    unsigned classes = weak_suites_classes(reply->suite);
    for (unsigned i = 0; i <= WEAK_STATIC_DH; i++) {
        if ((classes >> i & 1) != 0) {
            answer(&facts->weak[i], true);
            facts->weak_evidence[i] = tls_names_suite(reply->suite);
        }
    }
    if (reply->dh_bits != 0 && (facts->dh_bits == 0 || reply->dh_bits < facts->dh_bits)) {
        facts->dh_bits = reply->dh_bits;
    }
    /* A suite that was not asked for would be asked for again for ever. */
    bool is_new = (classes & facts->weak_left) != 0;
    facts->weak_left = is_new ? facts->weak_left & ~classes : 0;
}

static void settle_weak(struct peer_facts *facts)
{
    for (unsigned i = 0; i <= WEAK_STATIC_DH; i++) {
        if ((facts->weak_left >> i & 1) != 0) {
            answer(&facts->weak[i], false);
        }
    }
    facts->weak_left = 0;
}

static void give_up_weak(struct peer_facts *facts, enum outcome reason)
{
    for (unsigned i = 0; i <= WEAK_STATIC_DH; i++) {
        leave_open(&facts->weak[i], reason);
    }
    facts->weak_left = 0;
}

static void learn_post_quantum(struct peer_facts *facts, const struct hello_reply *reply)
{
    bool is_hybrid = tls_names_group_is_post_quantum(reply->group);
    answer(&facts->post_quantum, is_hybrid);
    if (is_hybrid) {
        facts->post_quantum_group = tls_names_group(reply->group);
    }
}

static void learn_accepted(struct peer_facts *facts, const struct plan_step *step,
                           const struct hello_reply *reply)
{
    switch (step->kind) {
    case PLAN_VERSION:
        learn_version(facts, step, reply);
        break;
    case PLAN_WEAK:
        learn_weak_suite(facts, reply);
        break;
    case PLAN_POST_QUANTUM:
        learn_post_quantum(facts, reply);
        break;
    case PLAN_SSL2:
        say(facts, TLS_SSL2, false, "a newer version was chosen");
        break;
    case PLAN_DIALOGUE:
        break;
    }
}

static void learn_refused(struct peer_facts *facts, const struct plan_step *step,
                          const char *evidence)
{
    switch (step->kind) {
    case PLAN_VERSION:
        learn_refusal(facts, step->version, evidence);
        break;
    case PLAN_SSL2:
        say(facts, TLS_SSL2, false, evidence);
        break;
    case PLAN_WEAK:
        settle_weak(facts);
        break;
    case PLAN_POST_QUANTUM:
        answer(&facts->post_quantum, false);
        break;
    case PLAN_DIALOGUE:
        break;
    }
}

static void learn_nothing(struct peer_facts *facts, const struct plan_step *step,
                          enum outcome reason)
{
    switch (step->kind) {
    case PLAN_VERSION:
    case PLAN_SSL2:
        leave_open(&facts->versions[step->version], reason);
        break;
    case PLAN_WEAK:
        give_up_weak(facts, reason);
        break;
    case PLAN_POST_QUANTUM:
        /* Once more in a small hello, to tell whether it was the size. */
        if (facts->large_hello_intolerant) {
            facts->large_hello_intolerant = false;
            leave_open(&facts->post_quantum, reason);
        } else {
            facts->large_hello_intolerant = true;
        }
        break;
    case PLAN_DIALOGUE:
        break;
    }
}

/* The dialogue is tried once: what it does not show is asked for by hellos. */
static void learn_dialogue(struct peer_facts *facts, const struct session_result *result)
{
    facts->dialogue_done = true;
    facts->plaintext_mail = result->plaintext_mail;
    facts->injection_commands = result->injection_commands;
    leave_open(&facts->injection_commands, result->outcome);
    plan_learn_handshake(facts, result);
}

bool plan_learn(struct peer_facts *facts, struct arena *arena, const struct plan_step *step,
                const struct session_result *result, unsigned attempts)
{
    if (step->kind == PLAN_DIALOGUE) {
        learn_dialogue(facts, result);
        return true;
    }
    const struct hello_reply *reply = result->hello;
    enum outcome reason = result->outcome != OUTCOME_OK ? result->outcome : OUTCOME_TLS_GARBAGE;
    switch (reply != NULL ? reply->kind : HELLO_REPLY_NONE) {
    case HELLO_REPLY_SERVER_HELLO:
    case HELLO_REPLY_HELLO_RETRY_REQUEST:
        learn_accepted(facts, step, reply);
        return true;
    case HELLO_REPLY_SSL2_SERVER_HELLO:
        say(facts, TLS_SSL2, true, "SSLv2 SERVER-HELLO");
        return true;
    case HELLO_REPLY_ALERT:
        if (is_refusal_alert(reply->alert_description)) {
            learn_refused(facts, step, session_alert_text(arena, reply->alert_description));
            return true;
        }
        /* The connection worked and the server did answer: asking again would change nothing. */
        learn_nothing(facts, step, OUTCOME_TLS_ALERT);
        return true;
    default:
        break;
    }
    if (attempts >= 2) {
        learn_nothing(facts, step, reason);
    }
    return attempts >= 2;
}

/* ---- All answers together ---- */

static bool any_version(const struct peer_facts *facts)
{
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        if (has(facts, (enum tls_version)i)) {
            return true;
        }
    }
    return false;
}

static bool is_silent_refusal(const struct verdict *verdict)
{
    return verdict->value == TRI_UNKNOWN &&
           (verdict->reason == OUTCOME_TLS_CLOSED || verdict->reason == OUTCOME_TLS_RESET ||
            verdict->reason == OUTCOME_TLS_ALERT);
}

/*
 * A server that hangs up on a hello every time, and answers another, refuses that hello: some TLS
 * stacks have no alert for it. The same goes for one that answers with an alert that says nothing,
 * as OpenSSL 3 does with internal_error where its security level leaves an old version without a
 * signature algorithm. Where a server answers no hello at all, the reason may be anything.
 */
static void settle_silent_refusals(struct peer_facts *facts)
{
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        if (is_silent_refusal(&facts->versions[i])) {
            bool by_alert = facts->versions[i].reason == OUTCOME_TLS_ALERT;
            learn_refusal(facts, (enum tls_version)i,
                          by_alert ? "refused with an alert, twice" : "closed at the hello, twice");
        }
    }
    for (unsigned i = 0; i <= WEAK_STATIC_DH; i++) {
        if (is_silent_refusal(&facts->weak[i])) {
            answer(&facts->weak[i], false);
        }
    }
    if (is_silent_refusal(&facts->post_quantum)) {
        answer(&facts->post_quantum, false);
    }
}

void plan_conclude(struct peer_facts *facts)
{
    if (any_version(facts)) {
        settle_silent_refusals(facts);
    }
    bool without_old =
        facts->versions[TLS_1_2].value == TRI_NO && facts->versions[TLS_1_1].value == TRI_NO &&
        facts->versions[TLS_1_0].value == TRI_NO && facts->versions[TLS_SSL3].value == TRI_NO;
    if (without_old && has(facts, TLS_1_3)) {
        settle_weak(facts); /* TLS 1.3 has no such suites: RFC 8446 appendix B.4 */
    }
    if (facts->versions[TLS_1_3].value == TRI_NO) {
        answer(&facts->post_quantum, false); /* the groups belong to TLS 1.3 */
    }
    if (facts->dh_bits != 0) {
        answer(&facts->weak[WEAK_SMALL_DH], facts->dh_bits < 2048); /* RFC 9325 section 4.5 */
    } else if (facts->weak[WEAK_STATIC_DH].value != TRI_UNKNOWN) {
        answer(&facts->weak[WEAK_SMALL_DH], false); /* it was asked for and is not there */
    }
}
