/*
 * A server has ended our library's handshake by an alert. These rules find out whether a client
 * with another TLS library could have finished it. The proof is a ServerHello that chooses what our
 * library lacks; without one the server counts as refusing. The hellos about versions give most
 * proofs. The rules here ask for what those hellos do not offer.
 */
#include "io/tls/tls_suites.h"
#include "scanner/evidence/lack.h"
#include "scanner/probe/plan_rules.h"

static bool is_wanted(const struct server_facts *facts)
{
    return facts->is_refused && facts->lack == NULL;
}

/* NULL, anonymous and export suites protect nothing, so they are no proof. */
static bool is_worthless(uint16_t code)
{
    const unsigned broken = TLS_CLASS_NULL | TLS_CLASS_ANON | TLS_CLASS_EXPORT;
    const struct tls_suite *suite = tls_suites_find(code);
    return suite != NULL && (tls_suites_classes(suite) & broken) != 0;
}

/*
 * An alert after the ServerHello takes the choice back. So a ServerHello of TLS 1.0 to 1.2 counts
 * only once the server's flight is complete. The flight shows the key as well.
 */
static bool is_taken_back(const struct hello_reply *reply)
{
    return reply->alert || is_worthless(reply->suite) ||
           (reply->version >= 0x0301 && reply->version < 0x0304 && !reply->flight_complete);
}

void plan_others_learn(struct server_facts *facts, struct arena *arena,
                       const struct hello_reply *reply)
{
    const struct tls_choice choice = {reply->version, reply->suite, reply->group, reply->signature};
    struct text leaf = {NULL, 0};
    struct lack lack;
    if (!is_wanted(facts) || reply->kind == HELLO_REPLY_SSL2_SERVER_HELLO || is_taken_back(reply)) {
        return;
    }
    if (reply->num_certificates > 0) {
        leaf.bytes = (const char *)reply->certificates[0].data;
        leaf.len = reply->certificates[0].len;
    }
    facts->lacks_memory |= !lack_find(arena, &choice, leaf, &lack);
    if (reply->version == 0x0304) {
        /* What it chooses besides is not what our library's handshake failed for. */
        facts->tls13_lacks_nothing |= !facts->lacks_memory && lack.text == NULL;
        if (facts->tls13_lacks_nothing) {
            return;
        }
    }
    facts->lack = facts->lacks_memory ? NULL : lack.text;
}

/* ---- Suites and groups ---- */

bool plan_rare_suites_needed(const struct server_facts *facts, const struct plan_rule *rule,
                             const struct plan_context *context)
{
    (void)rule;
    (void)context;
    return is_wanted(facts) && !facts->had_server_hello && !facts->rare_suites_asked &&
           !plan_has(facts, TLS_1_2);
}

void plan_rare_suites_make(struct plan_step *step, const struct server_facts *facts,
                           const struct hostname *sni)
{
    (void)facts;
    step->hello = hello_for_rare_suites(sni);
}

void plan_rare_suites_accepted(struct server_facts *facts, const struct plan_step *step,
                               const struct hello_reply *reply)
{
    (void)step;
    facts->rare_suites_asked = true;
    plan_version_seen(facts, reply->version);
    plan_weak_seen(facts, reply->suite);
}

void plan_rare_suites_refused(struct server_facts *facts, const struct plan_step *step,
                              const char *evidence)
{
    (void)step;
    (void)evidence;
    facts->rare_suites_asked = true;
}

void plan_rare_suites_nothing(struct server_facts *facts, const struct plan_step *step,
                              enum outcome reason)
{
    (void)step;
    (void)reason;
    facts->rare_suites_asked = true;
}

bool plan_all_of_tls13_needed(const struct server_facts *facts, const struct plan_rule *rule,
                              const struct plan_context *context)
{
    (void)rule;
    (void)context;
    return is_wanted(facts) && !facts->had_server_hello && !facts->all_of_tls13_asked &&
           !plan_has(facts, TLS_1_3);
}

void plan_all_of_tls13_make(struct plan_step *step, const struct server_facts *facts,
                            const struct hostname *sni)
{
    (void)facts;
    step->hello = hello_for_all_of_tls13(sni);
}

void plan_all_of_tls13_accepted(struct server_facts *facts, const struct plan_step *step,
                                const struct hello_reply *reply)
{
    (void)step;
    facts->all_of_tls13_asked = true;
    plan_version_seen(facts, reply->version);
}

void plan_all_of_tls13_refused(struct server_facts *facts, const struct plan_step *step,
                               const char *evidence)
{
    (void)step;
    (void)evidence;
    facts->all_of_tls13_asked = true;
}

void plan_all_of_tls13_nothing(struct server_facts *facts, const struct plan_step *step,
                               enum outcome reason)
{
    (void)step;
    (void)reason;
    facts->all_of_tls13_asked = true;
}

/*
 * ---- Keys ----
 *
 * TLS 1.3 encrypts the certificate, so its key is not seen. If a server accepts a hello with all
 * signature schemes and refuses our library's hello, its key is of a kind that our library lacks.
 * One hello for each kind finds out which. All of them offer PKCS #1 too, because in TLS 1.3 it
 * only signs certificates (RFC 8446 section 4.2.3). The control hello offers a scheme that nobody
 * has: a server that accepts it ignores the schemes, and its answers prove nothing.
 */

#define PKCS1       0x0401, 0x0501, 0x0601
#define PRIVATE_USE 0xfe00 /* RFC 8446 section 4.2.3 */

static const struct {
    const char *lack;
    uint16_t signatures[6];
    size_t num;
} signers[] = {
    {LACK_KEY_TEXT("Ed448"), {0x0808, PKCS1}, 4},
    {LACK_KEY_TEXT("RSA-PSS"), {0x0809, 0x080a, 0x080b, PKCS1}, 6},
    {LACK_KEY_TEXT("ECDSA brainpool"), {0x081a, 0x081b, 0x081c, PKCS1}, 6},
    {LACK_KEY_TEXT("ML-DSA"), {0x0904, 0x0905, 0x0906, PKCS1}, 6},
    {LACK_KEY_TEXT("SM2"), {0x0708, PKCS1}, 4},
};

#define NUM_SIGNERS (sizeof(signers) / sizeof(signers[0]))

bool plan_signers_needed(const struct server_facts *facts, const struct plan_rule *rule,
                         const struct plan_context *context)
{
    (void)rule;
    (void)context;
    return is_wanted(facts) && !facts->had_server_hello && plan_has(facts, TLS_1_3) &&
           (facts->signer_found != 0 || facts->next_signer < NUM_SIGNERS);
}

void plan_signers_make(struct plan_step *step, const struct server_facts *facts,
                       const struct hostname *sni)
{
    static const uint16_t control[] = {PRIVATE_USE, PKCS1};
    size_t next = facts->next_signer;
    if (facts->signer_found != 0) {
        hello_for_signatures(sni, control, sizeof(control) / sizeof(control[0]), &step->hello);
    } else {
        hello_for_signatures(sni, signers[next].signatures, signers[next].num, &step->hello);
    }
}

void plan_signers_accepted(struct server_facts *facts, const struct plan_step *step,
                           const struct hello_reply *reply)
{
    (void)step;
    (void)reply;
    if (facts->signer_found != 0) {
        facts->signer_found = 0; /* the server ignores the schemes */
        facts->next_signer = NUM_SIGNERS;
    } else {
        facts->signer_found = facts->next_signer + 1;
    }
}

void plan_signers_refused(struct server_facts *facts, const struct plan_step *step,
                          const char *evidence)
{
    (void)step;
    (void)evidence;
    if (facts->signer_found != 0) {
        facts->lack = signers[facts->signer_found - 1].lack;
    } else {
        facts->next_signer++;
    }
}

void plan_signers_nothing(struct server_facts *facts, const struct plan_step *step,
                          enum outcome reason)
{
    (void)reason;
    plan_signers_refused(facts, step, NULL);
}
