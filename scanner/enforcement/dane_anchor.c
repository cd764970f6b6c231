#include "scanner/enforcement/dane_anchor.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "io/base/library_memory.h"

/* ---- Which certificate ---- */

bool dane_anchor_is(const struct tlsa_record *record, const struct chain_member *member)
{
    uint8_t digest[SHA512_DIGEST_LENGTH];
    struct text selected = record->selector == TLSA_KEY ? member->der.spki : member->der.whole;
    const uint8_t *bytes = (const uint8_t *)selected.bytes;
    if (bytes == NULL) {
        return false;
    }
    switch (record->matching) {
    case TLSA_FULL:
        return record->len == selected.len && memcmp(record->data, bytes, selected.len) == 0;
    case TLSA_SHA256:
        SHA256(bytes, selected.len, digest);
        break;
    default:
        SHA512(bytes, selected.len, digest);
        break;
    }
    return memcmp(record->data, digest, record->len) == 0;
}

struct anchors {
    struct text certificates[CHAIN_CERTIFICATES_MAX + 1];
    size_t num;
};

static void add(struct anchors *anchors, struct text certificate)
{
    anchors->certificates[anchors->num++] = certificate;
}

static void add_sent(struct anchors *anchors, const struct tlsa_record *record,
                     const struct member_list *sent)
{
    for (size_t i = 1; i < sent->num_members; i++) {
        const struct chain_member *member = &sent->members[i];
        if (dane_anchor_is(record, member) && !chain_member_equal(member, &sent->members[0])) {
            add(anchors, member->der.whole);
        }
    }
}

/*
 * "2 1 0": the key alone is enough, its certificate need not be sent. Whatever it has signed is as
 * good as an anchor: only what lies between the leaf and that is left to verify. False on lack of
 * memory.
 */
static bool add_signed_by_key(struct anchors *anchors, const struct tlsa_record *record,
                              const struct member_list *sent)
{
    CBS cbs;
    CBS_init(&cbs, record->data, record->len);
    EVP_PKEY *key = EVP_parse_public_key(&cbs);
    for (size_t i = 0; key != NULL && i < sent->num_members; i++) {
        const struct chain_member *member = &sent->members[i];
        if (member->x509 != NULL && member->signature.is_checkable && !member->is_self_issued &&
            X509_verify(member->x509, key) == 1) {
            add(anchors, member->der.whole);
        }
    }
    EVP_PKEY_free(key);
    return !library_lacked_memory();
}

/* False on lack of memory. */
static bool find_anchors(struct anchors *anchors, const struct tlsa_record *record,
                         const struct member_list *sent)
{
    const struct text data = {(const char *)record->data, record->len};
    const struct text leaf = sent->members[0].der.whole;
    anchors->num = 0;
    add_sent(anchors, record, sent);
    if (anchors->num > 0 || record->matching != TLSA_FULL) {
        return true;
    }
    if (record->selector == TLSA_KEY) {
        return add_signed_by_key(anchors, record, sent);
    }
    if (data.len != leaf.len || memcmp(data.bytes, leaf.bytes, leaf.len) != 0) {
        add(anchors, data);
    }
    return true;
}

/* ---- The path to it ---- */

static void note_key(struct dane_anchor *anchor, const struct certificate_key *key)
{
    anchor->has_weak_key = key->is_weak;
    anchor->rsa_bits = key->is_rsa ? key->bits : 0;
}

/* "2 1 0": the anchor is the key in the record, not what it has signed. False on lack of memory. */
static bool note_key_of_record(struct dane_anchor *anchor, const struct tlsa_record *record)
{
    struct arena scratch = {0};
    struct certificate_key key;
    const struct text spki = {(const char *)record->data, record->len};
    bool ok = certificate_key_read(&scratch, spki, &key);
    if (ok) {
        note_key(anchor, &key);
    }
    arena_free(&scratch);
    return ok;
}

bool dane_anchor_verify(const struct tlsa_record *record, const struct member_list *sent,
                        int64_t now, const struct work_limit *limit, struct dane_anchor *out_anchor)
{
    struct anchors anchors;
    struct chain_verdict verdict;
    *out_anchor = (struct dane_anchor){.is_there = false};
    if (!find_anchors(&anchors, record, sent)) {
        return false;
    }
    if (anchors.num == 0) {
        return true;
    }
    struct trust_store *store = trust_store_new_anchors(anchors.certificates, anchors.num);
    bool ok = store != NULL && chain_verify(store, sent, false, now, limit, &verdict);
    if (ok) {
        out_anchor->is_there = true;
        out_anchor->path = verdict.trusted;
        out_anchor->problems = verdict.problems;
        note_key(out_anchor, &verdict.path.members[verdict.path.num_members - 1]->key);
    }
    trust_store_free(store);
    if (ok && record->selector == TLSA_KEY && record->matching == TLSA_FULL) {
        ok = note_key_of_record(out_anchor, record);
    }
    return ok;
}
