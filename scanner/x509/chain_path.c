#include "scanner/x509/chain_path.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "io/base/library_memory.h"

enum link_kind {
    LINK_NONE,      /* the one does not name the other as its issuer */
    LINK_FAILED,    /* it does, but the signature is not by that key */
    LINK_UNCHECKED, /* it does, and the signature cannot be checked */
    LINK_VERIFIED,
    LINK_NO_MEMORY /* to check the signature */
};

/* A signature once computed. */
struct link {
    const struct chain_member *subject;
    const struct chain_member *issuer;
    enum link_kind kind;
};

struct search {
    const struct trust_store *store;
    const struct member_list *sent;
    enum chain_path_signatures signatures;
    const struct work_limit *limit;
    chain_path_visit visit;
    void *context;
    struct chain_path path;
    struct link links[CHAIN_SIGNATURES_MAX];
    size_t num_links;
    size_t num_steps;
    bool is_stopped;
    bool has_met_bound;
    bool lacks_memory;
};

/* ---- One link ---- */

static enum link_kind check_signature(const struct chain_member *subject,
                                      const struct chain_member *issuer)
{
    if (subject->der.algorithms_differ) {
        return LINK_FAILED;
    }
    if (!subject->signature.is_checkable) {
        return LINK_UNCHECKED;
    }
    EVP_PKEY *key = X509_get_pubkey(issuer->x509);
    enum link_kind kind = LINK_UNCHECKED;
    if (key != NULL) {
        kind = X509_verify(subject->x509, key) == 1 ? LINK_VERIFIED : LINK_FAILED;
    }
    EVP_PKEY_free(key);
    return library_lacked_memory() ? LINK_NO_MEMORY : kind;
}

static enum link_kind signature_link(struct search *search, const struct chain_member *subject,
                                     const struct chain_member *issuer)
{
    if (search->signatures == CHAIN_PATH_SUPPOSES) {
        return subject->signature.is_checkable ? LINK_VERIFIED : LINK_UNCHECKED;
    }
    for (size_t i = 0; i < search->num_links; i++) {
        const struct link *link = &search->links[i];
        if (link->subject == subject && link->issuer == issuer) {
            return link->kind;
        }
    }
    if (search->num_links == CHAIN_SIGNATURES_MAX || work_limit_is_reached(search->limit)) {
        search->is_stopped = search->has_met_bound = true;
        return LINK_NONE;
    }
    enum link_kind kind = check_signature(subject, issuer);
    if (kind == LINK_NO_MEMORY) {
        search->is_stopped = search->lacks_memory = true;
        return LINK_NONE;
    }
    search->links[search->num_links++] = (struct link){subject, issuer, kind};
    return kind;
}

static enum link_kind link_between(struct search *search, const struct chain_member *subject,
                                   const struct chain_member *issuer, bool *out_has_right)
{
    *out_has_right = true;
    if (issuer->x509 == NULL) {
        return LINK_NONE;
    }
    switch (X509_check_issued(issuer->x509, subject->x509)) {
    case X509_V_OK:
        break;
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
        *out_has_right = false;
        break;
    case X509_V_ERR_UNSPECIFIED:
        /* An extension is broken. The names agree, so say what is broken, not "issuer missing". */
        break;
    default:
        return LINK_NONE;
    }
    return signature_link(search, subject, issuer);
}

/* ---- The search ---- */

static void visit_path(struct search *search, enum chain_path_end end)
{
    search->path.end = end;
    if (search->visit(search->context, &search->path)) {
        search->is_stopped = true;
    }
}

static bool is_on_path(const struct chain_path *path, const struct chain_member *member)
{
    for (size_t i = 0; i < path->num_members; i++) {
        if (path->members[i] == member || chain_member_is_same_entity(path->members[i], member)) {
            return true;
        }
    }
    return false;
}

/* What the candidates for one place on the path came to. */
struct issuers {
    bool any_good;
    bool any_failed;
};

static void extend(struct search *search, bool is_root);

static void try_issuer(struct search *search, const struct chain_member *issuer, bool is_root,
                       struct issuers *issuers)
{
    struct chain_path *path = &search->path;
    const struct chain_member *subject = path->members[path->num_members - 1];
    bool has_right;
    if (search->is_stopped || path->num_members == CHAIN_PATH_MAX || is_on_path(path, issuer)) {
        return;
    }
    enum link_kind kind = link_between(search, subject, issuer, &has_right);
    if (kind == LINK_NONE || kind == LINK_FAILED) {
        issuers->any_failed = issuers->any_failed || kind == LINK_FAILED;
        return;
    }
    if (search->num_steps++ == CHAIN_STEPS_MAX) {
        search->is_stopped = search->has_met_bound = true;
        return;
    }
    issuers->any_good = true;
    bool had_unchecked = path->has_unchecked_signature;
    bool had_issuer_without_right = path->has_issuer_without_right;
    path->has_unchecked_signature = had_unchecked || kind == LINK_UNCHECKED;
    path->has_issuer_without_right = had_issuer_without_right || !has_right;
    path->members[path->num_members++] = issuer;
    extend(search, is_root);
    path->num_members--;
    path->has_unchecked_signature = had_unchecked;
    path->has_issuer_without_right = had_issuer_without_right;
}

static void try_list(struct search *search, const struct member_list *list, bool are_roots,
                     struct issuers *issuers)
{
    for (size_t i = 0; i < list->num_members; i++) {
        try_issuer(search, &list->members[i], are_roots, issuers);
    }
}

static bool is_duplicate(const struct member_list *sent, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (chain_member_equal(&sent->members[i], &sent->members[index])) {
            return true;
        }
    }
    return false;
}

/* The path's last member is where to go on from; `is_root`: it came from the store's roots. */
static void extend(struct search *search, bool is_root)
{
    struct chain_path *path = &search->path;
    const struct chain_member *top = path->members[path->num_members - 1];
    struct issuers issuers = {false, false};
    if (is_root) {
        visit_path(search, CHAIN_PATH_TRUSTED_ROOT);
        return;
    }
    if (top->is_self_issued) {
        enum link_kind own = signature_link(search, top, top);
        if (own == LINK_VERIFIED || own == LINK_UNCHECKED) {
            visit_path(search, CHAIN_PATH_FOREIGN_ROOT);
            return;
        }
        issuers.any_failed = true;
    }
    try_list(search, trust_store_roots(search->store), true, &issuers);
    try_list(search, trust_store_intermediates(search->store), false, &issuers);
    for (size_t i = 1; i < search->sent->num_members; i++) {
        if (!is_duplicate(search->sent, i)) {
            try_issuer(search, &search->sent->members[i], false, &issuers);
        }
    }
    if (!issuers.any_good && !search->is_stopped) {
        visit_path(search,
                   issuers.any_failed ? CHAIN_PATH_BAD_SIGNATURE : CHAIN_PATH_ISSUER_MISSING);
    }
}

enum chain_path_result chain_path_search(const struct trust_store *store,
                                         const struct member_list *sent,
                                         enum chain_path_signatures signatures,
                                         const struct work_limit *limit, chain_path_visit visit,
                                         void *context)
{
    struct search search = {.store = store,
                            .sent = sent,
                            .signatures = signatures,
                            .limit = limit,
                            .visit = visit,
                            .context = context};
    search.path.members[0] = &sent->members[0];
    search.path.num_members = 1;
    extend(&search, trust_store_has_root(store, &sent->members[0]));
    return search.lacks_memory    ? CHAIN_PATH_NO_MEMORY
           : search.has_met_bound ? CHAIN_PATH_BOUND_MET
                                  : CHAIN_PATH_ALL_SEEN;
}
