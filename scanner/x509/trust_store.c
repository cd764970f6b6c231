#include "scanner/x509/trust_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "scanner/x509/pem_file.h"

struct trust_store {
    struct arena arena;
    struct member_list roots;
    struct member_list intermediates;
    size_t num_public; /* of the roots, the first ones are the system's */
};

/* Debian, Fedora, OpenSUSE, RHEL, Alpine and the BSDs. */
static const char *const system_bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem"};

static const char *system_bundle(void)
{
    for (size_t i = 0; i < sizeof(system_bundles) / sizeof(system_bundles[0]); i++) {
        if (access(system_bundles[i], R_OK) == 0) {
            return system_bundles[i];
        }
    }
    return NULL;
}

static bool list_reserve(struct member_list *list, size_t num_more)
{
    size_t num = list->num_members + num_more;
    struct chain_member *members = realloc(list->members, num * sizeof(*members));
    if (members != NULL) {
        list->members = members;
    }
    return members != NULL;
}

/* Which list a certificate of the store belongs to; NULL: none, it is no use to anybody. */
static struct member_list *list_for(struct trust_store *store, const struct chain_member *member,
                                    bool may_be_root)
{
    if (member->x509 == NULL) {
        return NULL;
    }
    return may_be_root && member->is_self_issued ? &store->roots : &store->intermediates;
}

/* False on lack of memory; chain_member_fini() is due all the same. */
static bool init_copy(struct trust_store *store, struct chain_member *member, struct text der)
{
    struct text copy = {arena_copy(&store->arena, der.bytes, der.len), der.len};
    *member = (struct chain_member){.x509 = NULL};
    return copy.bytes != NULL && chain_member_init(member, &store->arena, copy);
}

static bool add_all(struct trust_store *store, const struct pem_list *pem, bool are_roots)
{
    if (!list_reserve(&store->roots, pem->num_certificates) ||
        !list_reserve(&store->intermediates, pem->num_certificates)) {
        return false;
    }
    for (size_t i = 0; i < pem->num_certificates; i++) {
        struct chain_member member;
        if (!init_copy(store, &member, pem->certificates[i])) {
            chain_member_fini(&member);
            return false;
        }
        struct member_list *list = list_for(store, &member, are_roots);
        if (list == NULL) {
            chain_member_fini(&member);
        } else {
            list->members[list->num_members++] = member;
        }
    }
    return true;
}

static bool add_file(struct trust_store *store, const char *path, bool are_roots, char *out_error,
                     size_t error_size)
{
    struct arena scratch = {0};
    struct pem_list pem;
    bool ok = pem_file_read(&scratch, path, &pem, out_error, error_size);
    if (ok && !add_all(store, &pem, are_roots)) {
        (void)snprintf(out_error, error_size, "%s: out of memory", path);
        ok = false;
    }
    arena_free(&scratch);
    return ok;
}

/*
 * RFC 5280 section 6.1.1 (d): whom to trust is the user's choice, signed by itself or not. All that
 * a file held, from the `first` intermediate on, become roots. There is room, see add_all().
 */
static void promote(struct trust_store *store, size_t first)
{
    struct member_list *roots = &store->roots;
    struct member_list *others = &store->intermediates;
    for (size_t i = first; i < others->num_members; i++) {
        roots->members[roots->num_members++] = others->members[i];
    }
    others->num_members = first;
}

bool trust_store_add_roots(struct trust_store *store, const char *file, char *out_error,
                           size_t error_size)
{
    size_t num_roots = store->roots.num_members;
    size_t num_intermediates = store->intermediates.num_members;
    if (!add_file(store, file, true, out_error, error_size)) {
        return false;
    }
    if (store->roots.num_members == num_roots) {
        promote(store, num_intermediates);
    }
    if (store->roots.num_members == num_roots) {
        (void)snprintf(out_error, error_size, "%s: no certificate in it that can be used", file);
        return false;
    }
    return true;
}

struct trust_store *trust_store_new(const char *ca_file, char *out_error, size_t error_size)
{
    const char *path = ca_file != NULL ? ca_file : system_bundle();
    if (path == NULL) {
        (void)snprintf(out_error, error_size,
                       "no bundle of trusted certificates found: install the package "
                       "ca-certificates or name one with --ca-file");
        return NULL;
    }
    struct trust_store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        (void)snprintf(out_error, error_size, "%s: out of memory", path);
        return NULL;
    }
    if (!trust_store_add_roots(store, path, out_error, error_size)) {
        trust_store_free(store);
        return NULL;
    }
    store->num_public = ca_file == NULL ? store->roots.num_members : 0;
    return store;
}

static bool add_anchor(struct trust_store *store, struct text anchor)
{
    struct chain_member *member = &store->roots.members[store->roots.num_members];
    if (!init_copy(store, member, anchor)) {
        chain_member_fini(member);
        return false;
    }
    if (member->x509 != NULL) {
        store->roots.num_members++;
    }
    return true;
}

struct trust_store *trust_store_new_anchors(const struct text *anchors, size_t num_anchors)
{
    struct trust_store *store = calloc(1, sizeof(*store));
    bool ok = store != NULL && list_reserve(&store->roots, num_anchors);
    for (size_t i = 0; ok && i < num_anchors; i++) {
        ok = add_anchor(store, anchors[i]);
    }
    if (!ok) {
        trust_store_free(store);
        return NULL;
    }
    return store;
}

bool trust_store_add_intermediates(struct trust_store *store, const char *file, char *out_error,
                                   size_t error_size)
{
    return add_file(store, file, false, out_error, error_size);
}

static void list_fini(struct member_list *list)
{
    for (size_t i = 0; i < list->num_members; i++) {
        chain_member_fini(&list->members[i]);
    }
    free(list->members);
}

void trust_store_free(struct trust_store *store)
{
    if (store == NULL) {
        return;
    }
    list_fini(&store->roots);
    list_fini(&store->intermediates);
    arena_free(&store->arena);
    free(store);
}

size_t trust_store_num_roots(const struct trust_store *store)
{
    return store->roots.num_members;
}

const struct member_list *trust_store_roots(const struct trust_store *store)
{
    return &store->roots;
}

const struct member_list *trust_store_intermediates(const struct trust_store *store)
{
    return &store->intermediates;
}

static bool is_among(const struct member_list *list, size_t num, const struct chain_member *member)
{
    for (size_t i = 0; i < num; i++) {
        if (chain_member_equal(&list->members[i], member)) {
            return true;
        }
    }
    return false;
}

bool trust_store_has_root(const struct trust_store *store, const struct chain_member *member)
{
    return is_among(&store->roots, store->roots.num_members, member);
}

bool trust_store_is_public(const struct trust_store *store, const struct chain_member *member)
{
    return is_among(&store->roots, store->num_public, member);
}
