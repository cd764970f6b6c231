#include "scanner/x509/chain_verify.h"

#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "io/base/library_memory.h"
#include "scanner/x509/name_constraints.h"
#include "scanner/x509/policy_constraints.h"

#define BIT(problem) CERTIFICATE_PROBLEM_BIT(CERTIFICATE_##problem)

#define EXAMINED_MAX 16 /* paths to a root that are looked into before taking the best so far */

/* A root's own signature proves nothing and its key is the store's business; a leaf's are not. */
static size_t num_without_root(const struct chain_path *path)
{
    bool has_root = path->end >= CHAIN_PATH_FOREIGN_ROOT;
    return has_root && path->num_members > 1 ? path->num_members - 1 : path->num_members;
}

/* ---- One path through X509_verify_cert ---- */

/* What the callback has seen. */
struct errors {
    const struct chain_path *path;
    uint32_t problems;
    int invalid_ca_depth; /* -1: none yet */
    bool has_met_unknown_constraint;
    bool out_of_memory;
};

/*
 * RFC 5280 section 4.2.1.12: anyExtendedKeyUsage allows every purpose; X509_check_purpose() does
 * not know it. The key usage must fit all the same: section 4.2.1.3, a TLS server signs, decrypts
 * or agrees on keys.
 */
static bool is_any_purpose(X509 *x509, int depth)
{
    const uint32_t tls_usage =
        X509v3_KU_DIGITAL_SIGNATURE | X509v3_KU_KEY_ENCIPHERMENT | X509v3_KU_KEY_AGREEMENT;
    uint32_t wanted = depth == 0 ? tls_usage : X509v3_KU_KEY_CERT_SIGN;
    return (X509_get_extension_flags(x509) & EXFLAG_XKUSAGE) != 0 &&
           (X509_get_extended_key_usage(x509) & XKU_ANYEKU) != 0 &&
           (X509_get_key_usage(x509) & wanted) != 0;
}

static uint32_t problem_of_extension(const struct chain_path *path)
{
    uint32_t problems = 0;
    for (size_t i = 0; i < path->num_members; i++) {
        const struct chain_member *member = path->members[i];
        if (member->has_invalid_extension) {
            problems |=
                member->der.pathlen_without_ca ? BIT(CONSTRAINT_VIOLATION) : BIT(UNPARSABLE);
        }
    }
    return problems != 0 ? problems : BIT(UNPARSABLE);
}

/* Errors about who is whose issuer: the path says that already, and better. */
static bool is_about_trust(int error)
{
    return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
           error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
           error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN || error == X509_V_ERR_CERT_UNTRUSTED;
}

static void record_error(struct errors *errors, int error, int depth, X509 *current)
{
    const struct chain_path *path = errors->path;
    if (is_about_trust(error)) {
        /* On a path to a root it may only come where the root is the leaf itself. */
        if (path->end == CHAIN_PATH_TRUSTED_ROOT && path->num_members > 1) {
            errors->problems |= BIT(CONSTRAINT_VIOLATION);
        }
        return;
    }
    switch (error) {
    case X509_V_OK:
    case X509_V_ERR_CERT_NOT_YET_VALID: /* dates are judged apart */
    case X509_V_ERR_CERT_HAS_EXPIRED:
        break;
    case X509_V_ERR_OUT_OF_MEM:
        errors->out_of_memory = true;
        break;
    case X509_V_ERR_INVALID_PURPOSE:
        /* What is no CA has no CA's purpose either: one fault, one problem. */
        if (depth != errors->invalid_ca_depth &&
            (current == NULL || !is_any_purpose(current, depth))) {
            errors->problems |= BIT(BAD_PURPOSE);
        }
        break;
    case X509_V_ERR_INVALID_CA:
        errors->invalid_ca_depth = depth;
        errors->problems |= BIT(CONSTRAINT_VIOLATION);
        break;
    case X509_V_ERR_INVALID_EXTENSION:
    case X509_V_ERR_INVALID_POLICY_EXTENSION:
        errors->problems |= problem_of_extension(path);
        break;
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
        errors->problems |= BIT(UNPARSABLE);
        break;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
        /* The path has been along its signatures; only those that cannot be checked are left. */
        if (!path->has_unchecked_signature) {
            errors->problems |= BIT(UNTRUSTED_ROOT);
        }
        break;
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
        errors->has_met_unknown_constraint = true;
        break;
    default: /* path length, name constraints, unknown critical extensions and their like */
        errors->problems |= BIT(CONSTRAINT_VIOLATION);
        break;
    }
}

static int on_verify(int ok, X509_STORE_CTX *ctx)
{
    if (!ok) {
        struct errors *errors = X509_STORE_CTX_get_ex_data(ctx, 0);
        record_error(errors, X509_STORE_CTX_get_error(ctx), X509_STORE_CTX_get_error_depth(ctx),
                     X509_STORE_CTX_get_current_cert(ctx));
    }
    return 1;
}

static bool push(STACK_OF(X509) * stack, X509 *x509)
{
    if (sk_X509_push(stack, x509) == 0) {
        return false;
    }
    X509_up_ref(x509);
    return true;
}

/*
 * Sorts the path into what X509_verify_cert() gets: a store with the root alone, and the rest.
 * With nothing else to choose from, it can only build this path. What is in the store ends it, also
 * if it is not self-signed: a trust anchor of DANE-TA need not be.
 */
static bool prepare(const struct chain_path *path, X509_STORE *store, STACK_OF(X509) * untrusted)
{
    bool has_root = path->end == CHAIN_PATH_TRUSTED_ROOT;
    size_t num_untrusted = path->num_members - (has_root ? 1 : 0);
    for (size_t i = 1; i < num_untrusted; i++) {
        if (!push(untrusted, path->members[i]->x509)) {
            return false;
        }
    }
    return !has_root || X509_STORE_add_cert(store, path->members[path->num_members - 1]->x509) == 1;
}

static bool run_verification(X509_STORE_CTX *ctx, X509_STORE *store, STACK_OF(X509) * untrusted,
                             struct errors *errors)
{
    if (!prepare(errors->path, store, untrusted) ||
        !X509_STORE_CTX_init(ctx, store, errors->path->members[0]->x509, untrusted) ||
        !X509_STORE_CTX_set_ex_data(ctx, 0, errors)) {
        return false;
    }
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    if (!X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER) ||
        !X509_VERIFY_PARAM_set_flags(param,
                                     X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN)) {
        return false;
    }
    X509_VERIFY_PARAM_set_depth(param, CHAIN_PATH_MAX);
    X509_STORE_CTX_set_verify_cb(ctx, on_verify);
    if (X509_verify_cert(ctx) != 1) {
        /* It gave up without asking the callback. */
        record_error(errors, X509_STORE_CTX_get_error(ctx), X509_STORE_CTX_get_error_depth(ctx),
                     NULL);
    }
    return !errors->out_of_memory;
}

/* What BoringSSL lets pass. */
static uint32_t member_problems(const struct chain_path *path)
{
    uint32_t problems = 0;
    size_t num = num_without_root(path);
    for (size_t i = 0; i < num; i++) {
        const struct chain_member *member = path->members[i];
        if (member->key.is_invalid) {
            problems |= BIT(INVALID_KEY);
        }
        if (member->der.has_bad_extensions) {
            problems |= BIT(UNPARSABLE);
        }
    }
    return problems;
}

/* Everything that is wrong with a path apart from how it ends. False on lack of memory. */
static bool examine(const struct chain_path *path, uint32_t *out_problems)
{
    struct errors errors = {.path = path, .invalid_ca_depth = -1};
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    X509_STORE *store = X509_STORE_new();
    STACK_OF(X509) *untrusted = sk_X509_new_null();
    bool ok = ctx != NULL && store != NULL && untrusted != NULL &&
              run_verification(ctx, store, untrusted, &errors);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    sk_X509_pop_free(untrusted, X509_free);
    ok = !library_lacked_memory() && ok;
    *out_problems = errors.problems;
    enum name_constraints_verdict names = name_constraints_check(path);
    if (path->has_issuer_without_right || names == NAME_CONSTRAINTS_VIOLATED ||
        (names == NAME_CONSTRAINTS_UNDECIDED && errors.has_met_unknown_constraint) ||
        !policy_constraints_obeyed(path)) {
        *out_problems |= BIT(CONSTRAINT_VIOLATION);
    }
    *out_problems |= member_problems(path);
    return ok;
}

/* ---- What is seen without it ---- */

static uint32_t date_problems(const struct chain_path *path, int64_t now)
{
    uint32_t problems = 0;
    for (size_t i = 0; i < path->num_members; i++) {
        const struct certificate_der *der = &path->members[i]->der;
        if (!der->has_validity) {
            problems |= BIT(UNPARSABLE);
        } else if (now > der->not_after) {
            problems |= BIT(EXPIRED);
        } else if (now < der->not_before) {
            problems |= BIT(NOT_YET_VALID);
        }
    }
    return problems;
}

static void judge_strength(const struct chain_path *path, struct chain_verdict *verdict)
{
    const struct certificate_signature *weakest = NULL;
    size_t num = num_without_root(path);
    for (size_t i = 0; i < num; i++) {
        const struct chain_member *member = path->members[i];
        if (member->key.is_weak) {
            verdict->problems |= BIT(WEAK_KEY);
        }
        if (member->key.is_rsa &&
            (verdict->smallest_rsa_bits == 0 || member->key.bits < verdict->smallest_rsa_bits)) {
            verdict->smallest_rsa_bits = member->key.bits;
        }
        if (certificate_signature_is_weak(&member->signature)) {
            verdict->problems |= BIT(WEAK_SIGNATURE);
        }
        if (member->signature.name != NULL &&
            (weakest == NULL || member->signature.strength < weakest->strength)) {
            weakest = &member->signature;
        }
    }
    verdict->weakest_signature = weakest != NULL ? weakest->name : NULL;
}

static uint32_t end_problem(const struct chain_path *path)
{
    switch (path->end) {
    case CHAIN_PATH_TRUSTED_ROOT:
        return 0;
    case CHAIN_PATH_FOREIGN_ROOT:
        return path->num_members == 1 ? BIT(SELF_SIGNED) : BIT(UNTRUSTED_ROOT);
    case CHAIN_PATH_BAD_SIGNATURE:
        return BIT(UNTRUSTED_ROOT);
    case CHAIN_PATH_ISSUER_MISSING:
        break;
    }
    return BIT(INCOMPLETE_CHAIN);
}

/* ---- The best path ---- */

/* From the worst to the best; ends in the order of enum chain_path_end. */
enum rank {
    RANK_NONE,
    RANK_ISSUER_MISSING,
    RANK_BAD_SIGNATURE,
    RANK_FOREIGN_ROOT,
    RANK_INVALID,
    RANK_UNCHECKED,
    RANK_OUT_OF_DATE,
    RANK_WEAK,
    RANK_PERFECT
};

struct choice {
    int64_t now;
    const struct work_limit *limit;
    struct chain_path path;
    enum rank rank;
    uint32_t problems; /* of examine(), where is_examined */
    bool is_examined;
    unsigned num_examined;
    bool has_met_bound; /* a better path may not have been seen */
    bool out_of_memory;
    /* Paths to a root that cannot be better than out of date: looked into last. */
    struct chain_path outdated[EXAMINED_MAX];
    size_t num_outdated;
    /* A path whose constraints take too long, or for which no time was left: what it is at best. */
    enum rank undecided;
    struct chain_path undecided_path;
};

static enum rank rank_unexamined(const struct chain_path *path)
{
    switch (path->end) {
    case CHAIN_PATH_ISSUER_MISSING:
        return RANK_ISSUER_MISSING;
    case CHAIN_PATH_BAD_SIGNATURE:
        return RANK_BAD_SIGNATURE;
    case CHAIN_PATH_FOREIGN_ROOT:
        return RANK_FOREIGN_ROOT;
    case CHAIN_PATH_TRUSTED_ROOT:
        break;
    }
    return RANK_PERFECT;
}

/* What is weak above the leaf, which stands on every path. */
static bool is_weak_above_leaf(const struct chain_path *path)
{
    size_t num = num_without_root(path);
    for (size_t i = 1; i < num; i++) {
        const struct chain_member *member = path->members[i];
        if (member->key.is_weak || certificate_signature_is_weak(&member->signature)) {
            return true;
        }
    }
    return false;
}

static enum rank rank_examined(const struct chain_path *path, uint32_t problems, int64_t now)
{
    if (problems != 0) {
        return RANK_INVALID;
    }
    if (path->has_unchecked_signature) {
        return RANK_UNCHECKED;
    }
    if (date_problems(path, now) != 0) {
        return RANK_OUT_OF_DATE;
    }
    return is_weak_above_leaf(path) ? RANK_WEAK : RANK_PERFECT;
}

static void choose(struct choice *choice, const struct chain_path *path, enum rank rank,
                   uint32_t problems, bool is_examined)
{
    /* Of paths that lead nowhere the longest tells most; else the first found is the shortest. */
    bool is_longer = rank <= RANK_FOREIGN_ROOT && path->num_members > choice->path.num_members;
    if (rank > choice->rank || (rank == choice->rank && is_longer)) {
        choice->path = *path;
        choice->rank = rank;
        choice->problems = problems;
        choice->is_examined = is_examined;
    }
}

/* It may be as good as `at_best`, and nobody knows. */
static void leave_undecided(struct choice *choice, const struct chain_path *path, enum rank at_best)
{
    if (at_best > choice->undecided) {
        choice->undecided = at_best;
        choice->undecided_path = *path;
    }
}

static void look_into(struct choice *choice, const struct chain_path *path)
{
    uint32_t problems = 0;
    enum rank at_best = rank_examined(path, 0, choice->now);
    if (name_constraints_are_too_many(path) || work_limit_is_reached(choice->limit)) {
        leave_undecided(choice, path, at_best);
    } else if (!examine(path, &problems)) {
        choice->out_of_memory = true;
    } else {
        choose(choice, path, rank_examined(path, problems, choice->now), problems, true);
    }
}

/* Paths to a root are examined as they come, those out of date last; of the others only the one
 * that is left in the end. */
static bool on_path(void *context, const struct chain_path *path)
{
    struct choice *choice = context;
    enum rank rank = rank_unexamined(path);
    if (rank != RANK_PERFECT) {
        choose(choice, path, rank, 0, false);
        return false;
    }
    if (date_problems(path, choice->now) != 0) {
        if (choice->num_outdated < EXAMINED_MAX) {
            choice->outdated[choice->num_outdated++] = *path;
        } else {
            leave_undecided(choice, path, RANK_OUT_OF_DATE);
        }
        return false;
    }
    look_into(choice, path);
    choice->num_examined++;
    choice->has_met_bound = choice->rank != RANK_PERFECT && choice->num_examined == EXAMINED_MAX;
    return choice->out_of_memory || choice->rank == RANK_PERFECT || choice->has_met_bound;
}

static void look_into_outdated(struct choice *choice)
{
    for (size_t i = 0; i < choice->num_outdated && choice->rank < RANK_OUT_OF_DATE &&
                       !choice->out_of_memory && choice->num_examined < EXAMINED_MAX;
         i++) {
        look_into(choice, &choice->outdated[i]);
        choice->num_examined++;
    }
}

/*
 * Nearly every chain is sound, and of a sound one the first path along the names is the answer.
 * X509_verify_cert() goes along its signatures anyhow: the search need not do that before it.
 */
static bool on_first_path(void *context, const struct chain_path *path)
{
    struct choice *choice = context;
    uint32_t problems = 0;
    if (rank_unexamined(path) != RANK_PERFECT ||
        rank_examined(path, 0, choice->now) != RANK_PERFECT ||
        name_constraints_are_too_many(path)) {
        return true;
    }
    if (!examine(path, &problems)) {
        choice->out_of_memory = true;
    } else if (problems == 0) {
        choose(choice, path, RANK_PERFECT, 0, true);
    }
    return true;
}

static void find_best(const struct trust_store *store, const struct member_list *sent,
                      struct choice *choice)
{
    (void)chain_path_search(store, sent, CHAIN_PATH_SUPPOSES, choice->limit, on_first_path, choice);
    if (choice->rank == RANK_PERFECT || choice->out_of_memory) {
        return;
    }
    switch (chain_path_search(store, sent, CHAIN_PATH_VERIFIES, choice->limit, on_path, choice)) {
    case CHAIN_PATH_ALL_SEEN:
        break;
    case CHAIN_PATH_BOUND_MET:
        choice->has_met_bound = true;
        break;
    case CHAIN_PATH_NO_MEMORY:
        choice->out_of_memory = true;
        break;
    }
    look_into_outdated(choice);
}

/* ---- The verdict ---- */

/* The leaf cannot take part in a verification, so nothing vouches for it. */
static void judge_unparsable(const struct chain_member *leaf, int64_t now,
                             struct chain_verdict *verdict)
{
    const struct chain_path alone = {.members = {leaf}, .num_members = 1};
    verdict->path = alone;
    verdict->problems = BIT(UNPARSABLE) | date_problems(&alone, now) | member_problems(&alone);
    judge_strength(&alone, verdict);
}

/* Whether the issuer that is missing was sent, but in a form that nobody can parse. */
static bool is_issuer_unparsable(const struct chain_path *path, const struct member_list *sent)
{
    struct text issuer = path->members[path->num_members - 1]->der.issuer;
    for (size_t i = 1; i < sent->num_members; i++) {
        const struct chain_member *member = &sent->members[i];
        struct text subject = member->der.subject;
        if (member->x509 == NULL && subject.bytes != NULL && subject.len == issuer.len &&
            memcmp(subject.bytes, issuer.bytes, issuer.len) == 0) {
            return true;
        }
    }
    return false;
}

/* Another path, which nobody has seen, may be better than the best that was seen. */
static bool may_be_better(const struct choice *choice, bool was_cut)
{
    const struct chain_path *path = &choice->path;
    bool is_end_certain = path->num_members == 1 && path->end == CHAIN_PATH_FOREIGN_ROOT;
    bool is_incomplete = was_cut || choice->has_met_bound;
    return !is_end_certain &&
           ((is_incomplete && choice->rank < RANK_UNCHECKED) || choice->undecided > choice->rank);
}

/* What can be said where a better path may be there: what is true of every path. That is the leaf,
 * or, where only paths out of date are left undecided, that it is one of these. */
static void choose_common_part(struct choice *choice, bool was_cut)
{
    bool is_outdated = choice->undecided == RANK_OUT_OF_DATE && !choice->has_met_bound && !was_cut;
    if (is_outdated) {
        choice->path = choice->undecided_path;
        choice->problems = 0;
    } else {
        choice->path = (struct chain_path){.members = {choice->path.members[0]}, .num_members = 1};
    }
    choice->is_examined = is_outdated; /* as far as it can be */
}

bool chain_verify(const struct trust_store *store, const struct member_list *sent, bool was_cut,
                  int64_t now, const struct work_limit *limit, struct chain_verdict *out_verdict)
{
    const struct chain_member *leaf = &sent->members[0];
    *out_verdict = (struct chain_verdict){.trusted = TRI_NO};
    if (leaf->x509 == NULL) {
        judge_unparsable(leaf, now, out_verdict);
        return true;
    }
    const struct chain_path alone = {.members = {leaf}, .num_members = 1};
    /* What is left if the search has to give up before any path has come to its end. */
    struct choice choice = {.now = now, .limit = limit, .path = alone, .rank = RANK_NONE};
    find_best(store, sent, &choice);
    bool is_open = may_be_better(&choice, was_cut);
    if (is_open) {
        choose_common_part(&choice, was_cut);
    }
    /* Where a path ends nowhere it is not trusted, whatever its constraints say of it. */
    bool is_worth_it =
        choice.path.num_members == 1 ||
        (!name_constraints_are_too_many(&choice.path) && !work_limit_is_reached(limit));
    if (choice.out_of_memory ||
        (!choice.is_examined && is_worth_it && !examine(&choice.path, &choice.problems))) {
        return false;
    }
    out_verdict->path = choice.path;
    out_verdict->problems = choice.problems | date_problems(&choice.path, now);
    if (is_open) {
        out_verdict->trusted = TRI_UNKNOWN;
        out_verdict->why_unknown = OUTCOME_CHAIN_TOO_LONG;
    } else {
        out_verdict->problems |= end_problem(&choice.path);
        out_verdict->trusted = choice.rank >= RANK_OUT_OF_DATE ? TRI_YES
                               : choice.rank == RANK_UNCHECKED ? TRI_UNKNOWN
                                                               : TRI_NO;
        out_verdict->why_unknown = OUTCOME_UNSUPPORTED_ALGORITHM;
    }
    if (!leaf->der.is_complete || (choice.path.end == CHAIN_PATH_ISSUER_MISSING && !is_open &&
                                   is_issuer_unparsable(&choice.path, sent))) {
        out_verdict->problems |= BIT(UNPARSABLE);
    }
    judge_strength(&choice.path, out_verdict);
    return true;
}
