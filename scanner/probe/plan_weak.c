/*
 * Which classes of weak suites a server accepts: a hello with nothing but weak suites, again and
 * again without the classes already found, until the server refuses: what is left then is not
 * there. And whether there is anything but CBC.
 */
#include "io/tls/tls_names.h"
#include "io/tls/tls_suites.h"
#include "scanner/probe/plan_rules.h"
#include "scanner/probe/weak_suites.h"

bool plan_weak_needed(const struct server_facts *facts, const struct plan_rule *rule,
                      const struct plan_context *context)
{
    (void)rule;
    (void)context;
    return facts->weak_left != 0 && !plan_is_tls13_only(facts);
}

void plan_weak_make(struct plan_step *step, const struct server_facts *facts,
                    const struct hostname *sni)
{
    enum hello_version oldest;
    bool at_oldest = facts->weak_at_oldest && plan_oldest_beside_tls12(facts, &oldest);
    step->hello = hello_for_version(at_oldest ? oldest : HELLO_TLS1_2, sni);
    step->hello.num_suites = weak_suites_offer(facts->weak_left, step->hello.suites);
    step->hello.deflate = true;
}

void plan_weak_seen(struct server_facts *facts, uint16_t suite)
{
    unsigned classes = weak_suites_classes(suite);
    for (unsigned i = 0; i <= WEAK_STATIC_DH; i++) {
        if ((classes >> i & 1) != 0 && facts->weak[i].value != TRI_YES) {
            facts->weak[i].value = TRI_YES;
            facts->weak_evidence[i] = tls_names_suite(suite);
        }
    }
}

static bool is_anonymous(unsigned classes)
{
    return (classes & 1u << WEAK_ANON) != 0;
}

void plan_weak_accepted(struct server_facts *facts, const struct plan_step *step,
                        const struct hello_reply *reply)
{
    unsigned classes = weak_suites_classes(reply->suite);
    plan_answer(&facts->compression, reply->compression != 0); /* RFC 3749 */
    if (reply->version <= step->hello.legacy_version) {
        /* Hellos about versions offer nothing anonymous, exportable or without encryption, so that
         * a server with nothing else has refused all of them. */
        plan_version_seen(facts, reply->version);
    }
    plan_weak_seen(facts, reply->suite);
    /* The prime of an anonymous suite is of no use to a sender that authenticates the server. */
    if (!is_anonymous(classes) && reply->dh_bits != 0 &&
        (facts->dh_bits == 0 || reply->dh_bits < facts->dh_bits)) {
        facts->dh_bits = reply->dh_bits;
        facts->dh_prime = reply->dh_prime;
    }
    /* A suite that was not asked for would be asked for again for ever. */
    bool is_new = (classes & facts->weak_left) != 0;
    facts->weak_left = is_new ? facts->weak_left & ~classes : 0;
}

/*
 * Servers that keep the rules take no exportable suite above TLS 1.0 (RFC 4346 section A.5) and no
 * DES above TLS 1.1 (RFC 5246 section 1.2): where they have TLS 1.2 as well, these classes are
 * asked for once more in the oldest version that there is.
 */
#define GATED_CLASSES (1u << WEAK_EXPORT | 1u << WEAK_DES)

static unsigned classes_to_ask_again(const struct server_facts *facts)
{
    enum hello_version oldest;
    bool is_gated = !facts->weak_at_oldest && plan_oldest_beside_tls12(facts, &oldest);
    return is_gated ? facts->weak_left & GATED_CLASSES : 0;
}

/* What is left is not there. */
static void settle(struct server_facts *facts)
{
    unsigned again = classes_to_ask_again(facts);
    for (unsigned i = 0; i <= WEAK_STATIC_DH; i++) {
        if (((facts->weak_left & ~again) >> i & 1) != 0) {
            plan_answer(&facts->weak[i], false);
        }
    }
    facts->weak_left = again;
    facts->weak_at_oldest |= again != 0;
}

void plan_weak_refused(struct server_facts *facts, const struct plan_step *step,
                       const char *evidence)
{
    (void)step;
    (void)evidence;
    settle(facts);
}

void plan_weak_nothing(struct server_facts *facts, const struct plan_step *step,
                       enum outcome reason)
{
    (void)step;
    for (unsigned i = 0; i <= WEAK_STATIC_DH; i++) {
        plan_leave_open(&facts->weak[i], reason);
    }
    facts->weak_left = 0;
}

/* ---- CBC only: no AEAD suite where TLS 1.2 could carry one ---- */

static unsigned classes_of(uint16_t suite)
{
    const struct tls_suite *known = tls_suites_find(suite);
    return known != NULL ? tls_suites_classes(known) : 0;
}

void plan_weak_chosen(struct server_facts *facts, uint16_t suite)
{
    unsigned classes = classes_of(suite);
    if ((classes & TLS_CLASS_AEAD) != 0) {
        plan_answer(&facts->weak[WEAK_CBC_ONLY], false);
    }
    facts->has_chosen_cbc |= (classes & TLS_CLASS_CBC) != 0;
}

/* A server that prefers CBC may have AEAD suites all the same. */
bool plan_aead_needed(const struct server_facts *facts, const struct plan_rule *rule,
                      const struct plan_context *context)
{
    (void)rule;
    (void)context;
    return facts->has_chosen_cbc && plan_is_open(&facts->weak[WEAK_CBC_ONLY]) &&
           plan_has(facts, TLS_1_2) && plan_lacks(facts, TLS_1_3);
}

void plan_aead_make(struct plan_step *step, const struct server_facts *facts,
                    const struct hostname *sni)
{
    size_t num_all;
    const struct tls_suite *all = tls_suites_all(&num_all);
    struct hello_spec *hello = &step->hello;
    (void)facts;
    *hello = hello_for_version(HELLO_TLS1_2, sni);
    hello->num_suites = 0;
    for (size_t i = 0; i < num_all && hello->num_suites < HELLO_SUITES_MAX; i++) {
        bool is_usual =
            all[i].kx == TLS_KX_ECDHE || all[i].kx == TLS_KX_DHE || all[i].kx == TLS_KX_RSA;
        if (is_usual && tls_suites_usable(&all[i], 0x0303) &&
            (tls_suites_classes(&all[i]) & TLS_CLASS_AEAD) != 0) {
            hello->suites[hello->num_suites++] = all[i].code;
        }
    }
}

void plan_aead_accepted(struct server_facts *facts, const struct plan_step *step,
                        const struct hello_reply *reply)
{
    (void)step;
    plan_answer(&facts->weak[WEAK_CBC_ONLY], (classes_of(reply->suite) & TLS_CLASS_AEAD) == 0);
}

void plan_aead_refused(struct server_facts *facts, const struct plan_step *step,
                       const char *evidence)
{
    (void)step;
    (void)evidence;
    plan_answer(&facts->weak[WEAK_CBC_ONLY], true);
}

void plan_aead_nothing(struct server_facts *facts, const struct plan_step *step,
                       enum outcome reason)
{
    (void)step;
    plan_leave_open(&facts->weak[WEAK_CBC_ONLY], reason);
}

/* A list of suites may have told one of a class where this question got no answer. */
static bool all_are_known(const struct server_facts *facts)
{
    bool known = true;
    for (unsigned i = 0; i <= WEAK_STATIC_DH; i++) {
        known = known && facts->weak[i].value != TRI_UNKNOWN;
    }
    return known;
}

void plan_weak_conclude(struct server_facts *facts)
{
    if (plan_is_tls13_only(facts)) {
        settle(facts); /* TLS 1.3 has no such suites: RFC 8446 appendix B.4 */
    }
    struct verdict *small_dh = &facts->weak[WEAK_SMALL_DH];
    if (facts->dh_bits != 0) {
        plan_answer(small_dh, facts->dh_bits < 2048); /* RFC 9325 section 4.5 */
    } else if (all_are_known(facts)) {
        plan_answer(small_dh, false); /* it was asked for with the others and is not there */
    }
    /* Before TLS 1.2 there is no AEAD: RFC 5246 section 6.2.3.3. */
    struct verdict *cbc_only = &facts->weak[WEAK_CBC_ONLY];
    if (plan_lacks(facts, TLS_1_2) && plan_lacks(facts, TLS_1_3)) {
        /* ... which says nothing of a server that refuses every version. */
        plan_answer(cbc_only, plan_has(facts, TLS_1_1) || plan_has(facts, TLS_1_0) ||
                                  plan_has(facts, TLS_SSL3));
    } else if (plan_has(facts, TLS_1_3)) {
        plan_answer(cbc_only, false);
    }
}
