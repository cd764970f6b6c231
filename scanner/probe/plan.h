/*
 * Which probe of an address comes next, and what its answer says: a table of rules (plan.c). The
 * facts are shared by every host name and domain on the address, so a probe is made once.
 *
 * A clean server with TLS 1.2 and 1.3 is settled by five connections: the handshake of its
 * endpoint, which also tries what comes before TLS, and one hello each for TLS 1.2, for what is
 * older, what is weak, and what is post-quantum.
 */
#ifndef MXGRADE_SCANNER_PLAN_H
#define MXGRADE_SCANNER_PLAN_H

#include "io/tls/hello.h"
#include "scanner/x509/certificate.h"
#include "scanner/base/config.h"
#include "scanner/evidence/leaf_tally.h"
#include "scanner/evidence/observation.h"

#define PLAN_GROUPS_MAX 64
#define PLAN_SUITES_MAX 256
/* Named curves that TLS 1.2 can have: up to x448 of RFC 8422. */
#define PLAN_CURVES_MAX 30

/* With which hello the suites of TLS 1.2 and older are asked for: see plan_suite.c. */
enum plan_suite_stage { SUITES_AT_TLS12, SUITES_AT_OLDEST, SUITES_ASKED };

/* Which curves such a hello offers: those not found yet, these before those found, or any. */
enum plan_curve_stage { CURVES_ALONE, CURVES_BESIDE, CURVES_ASKED };

#define PLAN_SUITES_KNOWN 512 /* more than tls_suites_all() has */

/* What only the deep scan collects. */
struct plan_deep {
    uint16_t groups[PLAN_GROUPS_MAX];
    size_t num_groups;
    uint16_t curves[PLAN_CURVES_MAX]; /* of TLS 1.2 and older */
    size_t num_curves;
    uint16_t suites[PLAN_SUITES_MAX]; /* those of TLS 1.3 first */
    size_t num_suites;
    size_t num_suites_tls13;
    bool is_new_suite, is_new_group; /* of the last answer: it was not in the lists before */
    /* TLS 1.3: see plan_tls13.c */
    uint64_t groups_refused;   /* a bit for each of tls_names_all_groups() */
    uint16_t handshake_suite;  /* of the handshake before the probes; 0: of an older version */
    bool follows_us_in_tls13;  /* the order of the client's suites decides */
    bool suites_tls13_alone;   /* those found are not offered behind the others */
    bool suites_tls13_refused; /* alone, with the groups that the next hello offers */
    bool suites_tls13_done;    /* there are no others */
    bool groups_cut, suites_tls13_cut; /* a question got no answer */
    /* TLS 1.2 and older: see plan_suite.c */
    enum plan_suite_stage suite_stage;
    enum plan_curve_stage curve_stage;
    uint8_t suites_refused[PLAN_SUITES_KNOWN / 8]; /* in this stage, by tls_suites_all() */
    bool has_dhe;      /* for a client that names no group of RFC 7919 */
    bool skips_keeper; /* a suite that was found would only be chosen again */
    bool curves_cut, suites_cut;
    /* Whose order counts: see plan_preference.c */
    uint16_t offer[HELLO_SUITES_MAX]; /* of a hello ... */
    size_t num_offer;
    uint16_t chosen;          /* ... from which this was chosen; 0: none yet */
    uint16_t preferred_suite; /* of two, offered one way round; 0: not asked yet */
    bool preference_done;
};

/* What is known of an address and port, whatever name it is called by. */
struct server_facts {
    struct verdict versions[TLS_VERSION_COUNT];
    const char *evidence[TLS_VERSION_COUNT]; /* in the server's arena, or static */
    struct verdict ems;                      /* in TLS 1.2 */
    struct verdict secure_renegotiation;     /* in TLS 1.2 */
    struct verdict compression;
    struct verdict weak[WEAK_CLASS_COUNT];
    const char *weak_evidence[WEAK_CLASS_COUNT]; /* a suite's name */
    unsigned weak_left;                          /* classes still to be asked for: WEAK_SUITES_* */
    bool weak_at_oldest;                         /* ... with the oldest version: see plan_weak.c */
    unsigned dh_bits;                            /* the smallest prime seen; 0: none */
    const struct dh_prime *dh_prime;             /* that one, if it is well known; or NULL */
    bool has_chosen_cbc; /* in TLS 1.2, from an offer with AEAD suites first */
    struct verdict post_quantum;
    const char *post_quantum_group;
    bool large_hello_intolerant; /* a hello of the size of a post-quantum one got no answer */
    /* Under the name that the probes were made with: the chain of the handshake before them, which
     * prefers ECDSA, and those in flights of TLS 1.2 or older, of which the first prefers RSA. Who
     * gets one of these under another name would get the others too. What came beside them is in
     * the server's arena. */
    struct leaf_tally first_leaf, flight_leaves;
    enum cipher_preference preference;
    struct plan_deep *deep; /* NULL but in a deep scan; the server's */
    /* The members up to signer_found are about a server that ended the whole handshake by an
     * alert. */
    bool is_refused;
    bool had_server_hello;    /* the alert came after a ServerHello */
    const char *lack;         /* what our library lacks (lack.h), in the arena; NULL: nothing */
    bool tls13_lacks_nothing; /* it chose a suite and a group of TLS 1.3 that our library has */
    bool rare_suites_asked;   /* see plan_others.c */
    bool all_of_tls13_asked;
    size_t next_signer;
    size_t signer_found; /* from 1: kind of key that the control hello has to confirm; 0: none */
    bool lacks_memory;   /* to keep what an answer shows */
    bool tls12_asked;    /* the hello of TLS 1.2 that prefers RSA has its answer */
    bool has_answered;   /* a ServerHello or an alert came to some hello */
    unsigned num_unanswered;
    enum outcome unanswered_reason; /* of the last one */
};

/* How a question is put. */
enum plan_kind {
    PLAN_HELLO,        /* one hand-written hello; the ServerHello is enough */
    PLAN_HELLO_FLIGHT, /* likewise, and the rest of the server's flight */
    PLAN_SSL2          /* an SSLv2 CLIENT-HELLO */
};

/* What a question may depend on besides the facts. */
struct plan_context {
    enum depth depth;
    const struct hostname *sni; /* NULL: none */
    bool only_others;           /* nothing but whether another library could go on */
};

struct plan_rule;

/* One probe: what to send. */
struct plan_step {
    const struct plan_rule *rule;
    struct hello_spec hello; /* of PLAN_HELLO and PLAN_HELLO_FLIGHT */
};

const char *plan_step_name(const struct plan_step *step);
enum plan_kind plan_step_kind(const struct plan_step *step);

/* A fresh server: nothing has been asked. */
void plan_init(struct server_facts *facts);

/*
 * Takes what a whole handshake showed: the version negotiated, and that no newer one was
 * chosen although all were offered.
 */
void plan_learn_handshake(struct server_facts *facts, const struct observation *result);

/* The facts of a server that is not probed: unknown, for the reason why its dialogue ended. */
void plan_unprobed(struct server_facts *facts, const struct observation *result);

/* The next probe that the facts call for; false if there is none. */
bool plan_next(const struct server_facts *facts, const struct plan_context *context,
               struct plan_step *out_step);

/*
 * A question that may be put while another one is under way: it is asked anyway, in the same words,
 * whatever the answer to that one is. False if there is none.
 */
bool plan_next_beside(const struct server_facts *facts, const struct plan_context *context,
                      const struct plan_step *under_way, struct plan_step *out_step);

#define PLAN_TRIES 2 /* of a step without an answer */

/*
 * Takes the answer to a step. `attempts` is how often it has been asked: a broken connection says
 * nothing the first time. Returns false if the step should be asked once more. Evidence goes into
 * the arena.
 */
bool plan_learn(struct server_facts *facts, struct arena *arena, const struct plan_step *step,
                const struct observation *result, unsigned attempts);

/*
 * The lists of the deep scan that may lack something, a bit each (enum tls_list). Whole is one that
 * the server ended: it refused what was left, or all there is was found.
 */
unsigned plan_cut_lists(const struct server_facts *facts);

/*
 * Has it been asked whether another TLS library could finish the handshake that the server ended by
 * an alert? True where no such question is left, and where the server did not end it so.
 */
bool plan_others_are_asked(const struct server_facts *facts);

/*
 * No more steps: settles what only all answers together can tell. `limit`: why what was left to ask
 * is asked no more; NOT_TESTED where nothing was, or for no other reason than its number.
 */
void plan_conclude(struct server_facts *facts, enum outcome limit);

#endif
