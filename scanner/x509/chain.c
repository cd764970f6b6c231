#include "scanner/x509/chain.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "io/base/calendar.h"
#include "scanner/x509/certificate_dn.h"
#include "scanner/x509/certificate_name.h"
#include "scanner/x509/certificate_validity.h"
#include "scanner/x509/chain_notes.h"

void chain_digest_of(const struct text *certificates, size_t num_certificates,
                     uint8_t out_digest[CHAIN_DIGEST_LEN])
{
    SHA256_CTX sha;
    SHA256_Init(&sha);
    for (size_t i = 0; i < num_certificates; i++) {
        uint64_t len = certificates[i].len;
        SHA256_Update(&sha, &len, sizeof(len));
        SHA256_Update(&sha, certificates[i].bytes, certificates[i].len);
    }
    SHA256_Final(out_digest, &sha);
}

/* How many of the certificates are looked at. */
static size_t num_to_keep(const struct text *certificates, size_t num_certificates)
{
    size_t num = 0;
    size_t num_bytes = 0;
    while (num < num_certificates && num < CHAIN_CERTIFICATES_MAX &&
           certificates[num].len <= CHAIN_BYTES_MAX - num_bytes) {
        num_bytes += certificates[num].len;
        num++;
    }
    return num;
}

static void close_members(struct member_list *list)
{
    for (size_t i = 0; i < list->num_members; i++) {
        chain_member_fini(&list->members[i]);
    }
}

static bool copy_certificates(struct chain *chain, const struct text *certificates)
{
    size_t num = num_to_keep(certificates, chain->num_sent);
    struct text *copies = arena_alloc(&chain->arena, (num + 1) * sizeof(*copies));
    chain->copies = copies;
    while (copies != NULL && chain->num_copies < num) {
        struct text *copy = &copies[chain->num_copies];
        *copy = certificates[chain->num_copies];
        copy->bytes = arena_copy(&chain->arena, copy->bytes, copy->len);
        if (copy->bytes == NULL) {
            return false;
        }
        chain->num_copies++;
    }
    return copies != NULL;
}

static bool parse_certificates(struct chain *chain)
{
    chain->kept.members = calloc(chain->num_copies + 1, sizeof(*chain->kept.members));
    if (chain->kept.members == NULL) {
        return false;
    }
    while (chain->kept.num_members < chain->num_copies) {
        size_t i = chain->kept.num_members++;
        if (!chain_member_init(&chain->kept.members[i], &chain->arena, chain->copies[i])) {
            return false;
        }
    }
    return true;
}

static bool describe_leaf(struct chain *chain)
{
    const struct certificate_der *leaf = &chain->kept.members[0].der;
    if (leaf->spki.bytes != NULL) {
        SHA256((const uint8_t *)leaf->spki.bytes, leaf->spki.len, chain->spki_sha256);
    }
    return certificate_dn_text(&chain->arena, leaf->subject, &chain->subject) &&
           certificate_dn_text(&chain->arena, leaf->issuer, &chain->issuer) &&
           certificate_name_list(&chain->arena, leaf->subject_alt_name, &chain->names,
                                 &chain->num_names);
}

static bool describe_sent(struct chain *chain)
{
    const struct member_list *kept = &chain->kept;
    chain->sent = arena_alloc(&chain->arena, kept->num_members * sizeof(*chain->sent));
    for (size_t i = 0; chain->sent != NULL && i < kept->num_members; i++) {
        const struct chain_member *member = &kept->members[i];
        chain->sent[i] = (struct sent_certificate){
            .key = member->key.name,
            .key_bits = member->key.bits,
            .has_weak_key = member->key.is_weak,
            .signature = member->signature.name,
            .has_validity = member->der.has_validity,
            .not_after = member->der.not_after,
            .days_left = calendar_days_until(member->der.not_after, chain->now),
        };
        if (!certificate_dn_text(&chain->arena, member->der.subject, &chain->sent[i].subject)) {
            return false;
        }
    }
    return chain->sent != NULL;
}

/* Does the path that the verdict is about lead to a CA that the public trusts? */
static bool leads_to_public(const struct chain_verdict *verdict, const struct trust_store *store)
{
    const struct chain_path *path = &verdict->path;
    return verdict->trusted == TRI_YES &&
           trust_store_is_public(store, path->members[path->num_members - 1]);
}

/* Only a CA that the public trusts has promised a limit. */
static void describe_validity(struct chain *chain, const struct trust_store *store)
{
    const struct certificate_der *leaf = &chain->kept.members[0].der;
    if (!leaf->has_validity) {
        return;
    }
    chain->validity_days = certificate_validity_days(leaf->not_before, leaf->not_after);
    if (leads_to_public(&chain->verdict, store)) {
        chain->validity_limit = certificate_validity_limit(leaf->not_before);
    }
}

static bool work(struct chain *chain, const struct trust_store *store,
                 const struct work_limit *limit)
{
    if (!parse_certificates(chain)) {
        return false;
    }
    if (chain->kept.num_members == 0) { /* a leaf of more than CHAIN_BYTES_MAX */
        chain->verdict.trusted = TRI_NO;
        chain->verdict.problems = CERTIFICATE_PROBLEM_BIT(CERTIFICATE_UNPARSABLE);
        return true;
    }
    if (!describe_leaf(chain) || !describe_sent(chain) ||
        !chain_verify(store, &chain->kept, chain_was_cut(chain), chain->now, limit,
                      &chain->verdict)) {
        return false;
    }
    chain->notes = chain_notes_of(&chain->kept);
    close_members(&chain->kept);
    describe_validity(chain, store);
    return true;
}

struct chain *chain_new(int64_t now, const struct text *certificates, size_t num_certificates,
                        const uint8_t digest[CHAIN_DIGEST_LEN])
{
    struct chain *chain = calloc(1, sizeof(*chain));
    if (chain == NULL) {
        return NULL;
    }
    chain->now = now;
    chain->num_sent = num_certificates;
    atomic_init(&chain->is_verified, false);
    memcpy(chain->digest, digest, CHAIN_DIGEST_LEN);
    SHA256((const uint8_t *)certificates[0].bytes, certificates[0].len, chain->sha256);
    if (!copy_certificates(chain, certificates)) {
        chain_free(chain);
        return NULL;
    }
    return chain;
}

bool chain_fill(struct chain *chain, const struct trust_store *store)
{
    const struct work_limit limit = work_limit_after(WORK_SECONDS);
    if (!work(chain, store, &limit)) {
        chain_close(&chain->kept);
        chain->kept = (struct member_list){.members = NULL};
        return false;
    }
    chain->seconds = WORK_SECONDS - work_limit_left(&limit);
    atomic_store_explicit(&chain->is_verified, true, memory_order_release);
    return true;
}

bool chain_is_verified(const struct chain *chain)
{
    return atomic_load_explicit(&chain->is_verified, memory_order_acquire);
}

void chain_free(struct chain *chain)
{
    if (chain == NULL) {
        return;
    }
    chain_close(&chain->kept);
    arena_free(&chain->arena);
    free(chain);
}

bool chain_open(const struct chain *chain, struct member_list *out_members)
{
    const struct member_list *kept = &chain->kept;
    *out_members =
        (struct member_list){.members = calloc(kept->num_members + 1, sizeof(*kept->members))};
    bool ok = out_members->members != NULL;
    while (ok && out_members->num_members < kept->num_members) {
        size_t i = out_members->num_members++;
        ok = chain_member_open(&kept->members[i], &out_members->members[i]);
    }
    return ok;
}

void chain_close(struct member_list *members)
{
    close_members(members);
    free(members->members);
}

size_t chain_num_certificates(const struct chain *chain)
{
    return chain->num_copies;
}

struct text chain_certificate(const struct chain *chain, size_t index)
{
    return index < chain->num_copies ? chain->copies[index] : (struct text){NULL, 0};
}

const uint8_t *chain_digest(const struct chain *chain)
{
    return chain->digest;
}

bool chain_was_cut(const struct chain *chain)
{
    return chain->num_copies < chain->num_sent;
}

bool chain_has_embedded_sct(const struct chain *chain)
{
    return chain->kept.num_members > 0 && chain->kept.members[0].der.has_sct;
}

bool chain_leaf_spki(const struct chain *chain, struct text *out_spki)
{
    *out_spki =
        chain->kept.num_members > 0 ? chain->kept.members[0].der.spki : (struct text){NULL, 0};
    return out_spki->bytes != NULL;
}
