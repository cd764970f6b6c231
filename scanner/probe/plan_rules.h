/*
 * Inside the plan: what a rule is, and the rules' functions by subject. Only plan*.c include this.
 */
#ifndef MXGRADE_SCANNER_PLAN_RULES_H
#define MXGRADE_SCANNER_PLAN_RULES_H

#include "scanner/probe/plan.h"

/* A question that can be asked of a server. NULL functions: nothing to do. */
struct plan_rule {
    const char *name;
    enum plan_kind kind;
    enum depth depth;         /* asked at this depth and below */
    enum tls_version version; /* of version rules: the highest offered */
    bool is_about_others;     /* it may show what another library could go on with */
    bool (*is_needed)(const struct server_facts *facts, const struct plan_rule *rule,
                      const struct plan_context *context);
    void (*make)(struct plan_step *step, const struct server_facts *facts,
                 const struct hostname *sni);
    /* A ServerHello or HelloRetryRequest came; the server refused; nothing could be learned. */
    void (*accepted)(struct server_facts *facts, const struct plan_step *step,
                     const struct hello_reply *reply);
    void (*refused)(struct server_facts *facts, const struct plan_step *step, const char *evidence);
    void (*nothing)(struct server_facts *facts, const struct plan_step *step, enum outcome reason);
};

/* ---- plan_verdict.c: saying things once ---- */

void plan_say(struct server_facts *facts, enum tls_version version, bool value,
              const char *evidence);
void plan_answer(struct verdict *verdict, bool value);
void plan_leave_open(struct verdict *verdict, enum outcome reason);
bool plan_is_open(const struct verdict *verdict);
/* No answer, but one that stands for a refusal where the server answers other hellos. */
bool plan_is_hang_up(enum outcome reason);
bool plan_has(const struct server_facts *facts, enum tls_version version);
bool plan_lacks(const struct server_facts *facts, enum tls_version version);
/* The oldest version (but SSLv2) that it speaks beside TLS 1.2; false where there is none. */
bool plan_oldest_beside_tls12(const struct server_facts *facts, enum hello_version *out_version);
/* It was seen to have some version, so that it answers hellos that it likes. */
bool plan_has_any(const struct server_facts *facts);
/* It speaks nothing older than TLS 1.3. */
bool plan_is_tls13_only(const struct server_facts *facts);

/* The version of these two bytes of a ServerHello; false: none that there is. */
bool plan_version_of_wire(uint16_t wire, enum tls_version *out_version);
/* A ServerHello of this version came: the server speaks it, whatever was concluded before. */
void plan_version_seen(struct server_facts *facts, uint16_t wire);

/* ---- plan_version.c ---- */

void plan_version_refused(struct server_facts *facts, enum tls_version offered,
                          const char *evidence);
bool plan_version_needed(const struct server_facts *facts, const struct plan_rule *rule,
                         const struct plan_context *context);
void plan_version_make(struct plan_step *step, const struct server_facts *facts,
                       const struct hostname *sni);
void plan_version_accepted(struct server_facts *facts, const struct plan_step *step,
                           const struct hello_reply *reply);
void plan_version_refuse(struct server_facts *facts, const struct plan_step *step,
                         const char *evidence);
void plan_version_nothing(struct server_facts *facts, const struct plan_step *step,
                          enum outcome reason);
/* TLS 1.2 with RSA preferred: once, also where the version is known, for what else it shows. */
bool plan_tls12_needed(const struct server_facts *facts, const struct plan_rule *rule,
                       const struct plan_context *context);
void plan_tls12_make(struct plan_step *step, const struct server_facts *facts,
                     const struct hostname *sni);
void plan_tls12_accepted(struct server_facts *facts, const struct plan_step *step,
                         const struct hello_reply *reply);
void plan_tls12_refused(struct server_facts *facts, const struct plan_step *step,
                        const char *evidence);
void plan_tls12_nothing(struct server_facts *facts, const struct plan_step *step,
                        enum outcome reason);
/* TLS 1.2 once more, for a server that did not answer: as little as a hello of it can be. */
bool plan_small_tls12_needed(const struct server_facts *facts, const struct plan_rule *rule,
                             const struct plan_context *context);
void plan_small_tls12_make(struct plan_step *step, const struct server_facts *facts,
                           const struct hostname *sni);
bool plan_ssl2_needed(const struct server_facts *facts, const struct plan_rule *rule,
                      const struct plan_context *context);
void plan_ssl2_accepted(struct server_facts *facts, const struct plan_step *step,
                        const struct hello_reply *reply);

/* ---- plan_others.c: what other libraries could go on with ---- */

/* Sets facts->lack if the ServerHello proves one; sets facts->lacks_memory on lack of memory. */
void plan_others_learn(struct server_facts *facts, struct arena *arena,
                       const struct hello_reply *reply);
bool plan_rare_suites_needed(const struct server_facts *facts, const struct plan_rule *rule,
                             const struct plan_context *context);
void plan_rare_suites_make(struct plan_step *step, const struct server_facts *facts,
                           const struct hostname *sni);
void plan_rare_suites_accepted(struct server_facts *facts, const struct plan_step *step,
                               const struct hello_reply *reply);
void plan_rare_suites_refused(struct server_facts *facts, const struct plan_step *step,
                              const char *evidence);
void plan_rare_suites_nothing(struct server_facts *facts, const struct plan_step *step,
                              enum outcome reason);
bool plan_all_of_tls13_needed(const struct server_facts *facts, const struct plan_rule *rule,
                              const struct plan_context *context);
void plan_all_of_tls13_make(struct plan_step *step, const struct server_facts *facts,
                            const struct hostname *sni);
void plan_all_of_tls13_accepted(struct server_facts *facts, const struct plan_step *step,
                                const struct hello_reply *reply);
void plan_all_of_tls13_refused(struct server_facts *facts, const struct plan_step *step,
                               const char *evidence);
void plan_all_of_tls13_nothing(struct server_facts *facts, const struct plan_step *step,
                               enum outcome reason);
bool plan_signers_needed(const struct server_facts *facts, const struct plan_rule *rule,
                         const struct plan_context *context);
void plan_signers_make(struct plan_step *step, const struct server_facts *facts,
                       const struct hostname *sni);
void plan_signers_accepted(struct server_facts *facts, const struct plan_step *step,
                           const struct hello_reply *reply);
void plan_signers_refused(struct server_facts *facts, const struct plan_step *step,
                          const char *evidence);
void plan_signers_nothing(struct server_facts *facts, const struct plan_step *step,
                          enum outcome reason);

/* ---- plan_weak.c ---- */

bool plan_weak_needed(const struct server_facts *facts, const struct plan_rule *rule,
                      const struct plan_context *context);
void plan_weak_make(struct plan_step *step, const struct server_facts *facts,
                    const struct hostname *sni);
void plan_weak_accepted(struct server_facts *facts, const struct plan_step *step,
                        const struct hello_reply *reply);
void plan_weak_refused(struct server_facts *facts, const struct plan_step *step,
                       const char *evidence);
void plan_weak_nothing(struct server_facts *facts, const struct plan_step *step,
                       enum outcome reason);
/* A suite was accepted: the classes that it is of are, whatever was said of them before. */
void plan_weak_seen(struct server_facts *facts, uint16_t suite);
/* The suite that a server of TLS 1.2 picked from an offer of AEAD and CBC suites. */
void plan_weak_chosen(struct server_facts *facts, uint16_t suite);
bool plan_aead_needed(const struct server_facts *facts, const struct plan_rule *rule,
                      const struct plan_context *context);
void plan_aead_make(struct plan_step *step, const struct server_facts *facts,
                    const struct hostname *sni);
void plan_aead_accepted(struct server_facts *facts, const struct plan_step *step,
                        const struct hello_reply *reply);
void plan_aead_refused(struct server_facts *facts, const struct plan_step *step,
                       const char *evidence);
void plan_aead_nothing(struct server_facts *facts, const struct plan_step *step,
                       enum outcome reason);
/* What only all answers together can tell. */
void plan_weak_conclude(struct server_facts *facts);

/* ---- plan_post_quantum.c ---- */

bool plan_post_quantum_needed(const struct server_facts *facts, const struct plan_rule *rule,
                              const struct plan_context *context);
void plan_post_quantum_make(struct plan_step *step, const struct server_facts *facts,
                            const struct hostname *sni);
void plan_post_quantum_accepted(struct server_facts *facts, const struct plan_step *step,
                                const struct hello_reply *reply);
void plan_post_quantum_refused(struct server_facts *facts, const struct plan_step *step,
                               const char *evidence);
void plan_post_quantum_nothing(struct server_facts *facts, const struct plan_step *step,
                               enum outcome reason);

/* ---- plan_list.c: what the lists of a deep scan hold ---- */

bool plan_list_was_offered(const struct plan_step *step, uint16_t suite);
bool plan_list_has_suite(const struct plan_deep *deep, uint16_t suite);
bool plan_list_holds(const uint16_t *values, size_t num, uint16_t value);
/* With an ephemeral key on a curve, in TLS 1.2 or older. */
bool plan_list_is_curve_suite(uint16_t suite);
/* The suite and the group of any ServerHello, if they were offered. */
void plan_list_learn(struct plan_deep *deep, const struct plan_step *step,
                     const struct hello_reply *reply);
/* ... and of the handshake before the probes. */
void plan_list_learn_handshake(struct plan_deep *deep, const struct observation *result);

/* ---- plan_tls13.c: every group and suite of TLS 1.3 ---- */

bool plan_tls13_lists_needed(const struct server_facts *facts, const struct plan_rule *rule,
                             const struct plan_context *context);
void plan_tls13_lists_make(struct plan_step *step, const struct server_facts *facts,
                           const struct hostname *sni);
void plan_tls13_lists_accepted(struct server_facts *facts, const struct plan_step *step,
                               const struct hello_reply *reply);
void plan_tls13_lists_refused(struct server_facts *facts, const struct plan_step *step,
                              const char *evidence);
void plan_tls13_lists_nothing(struct server_facts *facts, const struct plan_step *step,
                              enum outcome reason);
bool plan_groups_are_whole(const struct server_facts *facts);
bool plan_suites_tls13_are_whole(const struct server_facts *facts);

/* ---- plan_suite.c: every suite and curve of TLS 1.2 and older ---- */

bool plan_suites_needed(const struct server_facts *facts, const struct plan_rule *rule,
                        const struct plan_context *context);
void plan_suites_make(struct plan_step *step, const struct server_facts *facts,
                      const struct hostname *sni);
void plan_suites_accepted(struct server_facts *facts, const struct plan_step *step,
                          const struct hello_reply *reply);
void plan_suites_refused(struct server_facts *facts, const struct plan_step *step,
                         const char *evidence);
void plan_suites_nothing(struct server_facts *facts, const struct plan_step *step,
                         enum outcome reason);
bool plan_suites_are_over(const struct server_facts *facts); /* all of them were asked for */
bool plan_suites_are_whole(const struct server_facts *facts);
bool plan_curves_are_whole(const struct server_facts *facts);

/* ---- plan_preference.c: whose order of suites counts ---- */

/* Takes what was chosen from the suites of a hello. */
void plan_preference_learn(struct server_facts *facts, const struct plan_step *step,
                           const struct hello_reply *reply);
bool plan_preference_needed(const struct server_facts *facts, const struct plan_rule *rule,
                            const struct plan_context *context);
void plan_preference_make(struct plan_step *step, const struct server_facts *facts,
                          const struct hostname *sni);
void plan_preference_accepted(struct server_facts *facts, const struct plan_step *step,
                              const struct hello_reply *reply);
void plan_preference_refused(struct server_facts *facts, const struct plan_step *step,
                             const char *evidence);
void plan_preference_nothing(struct server_facts *facts, const struct plan_step *step,
                             enum outcome reason);
void plan_preference_conclude(struct server_facts *facts);

#endif
