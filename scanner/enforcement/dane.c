#include "scanner/enforcement/dane.h"

#include <string.h>

#include <openssl/sha.h>

#include "scanner/x509/certificate_dn.h"
#include "scanner/x509/certificate_name.h"
#include "scanner/x509/chain.h"
#include "scanner/enforcement/dane_anchor.h"

#define BIT(problem) DANE_PROBLEM_BIT(DANE_PROBLEM_##problem)

const char *dane_problem_name(unsigned problem)
{
    static const char *const names[] = {
#define X(constant, name) name,
        TLSA_PROBLEM_TABLE(X) DANE_PROBLEM_TABLE(X)
#undef X
    };
    return problem < DANE_PROBLEM_COUNT ? names[problem] : "unknown";
}

uint32_t dane_problems_of(const char *const *names, size_t num_names)
{
    uint32_t problems = 0;
    for (size_t i = 0; i < num_names; i++) {
        for (unsigned k = 0; k < DANE_PROBLEM_COUNT; k++) {
            if (strcmp(names[i], dane_problem_name(k)) == 0) {
                problems |= DANE_PROBLEM_BIT(k);
            }
        }
    }
    return problems;
}

/* ---- DANE-EE ---- */

static const struct tlsa_record *match_leaf(const struct tlsa_set *set,
                                            const struct chain_member *leaf)
{
    for (size_t i = 0; i < set->num_records; i++) {
        const struct tlsa_record *record = &set->records[i];
        if (record->is_effective && record->usage == TLSA_DANE_EE && dane_anchor_is(record, leaf)) {
            return record;
        }
    }
    return NULL;
}

/*
 * RFC 7671 section 8.1: the record of the next key is published before that key is used. A record
 * that is not the leaf's own is taken for that, or for an anchor that outlives the leaf.
 */
static bool has_spare(const struct tlsa_set *set, const struct chain_member *leaf)
{
    for (size_t i = 0; i < set->num_records; i++) {
        const struct tlsa_record *record = &set->records[i];
        if (record->is_effective &&
            (record->usage == TLSA_DANE_TA || !dane_anchor_is(record, leaf))) {
            return true;
        }
    }
    return false;
}

/* ---- DANE-TA ---- */

/* The DNS identifiers alone: an IP identifier does not keep the common name from counting. */
static bool has_dns_name(const struct chain *chain)
{
    struct address address;
    for (size_t i = 0; i < chain->num_names; i++) {
        char text[ADDRESS_TEXT_MAX];
        struct text name = chain->names[i];
        if (name.len >= sizeof(text)) {
            return true;
        }
        memcpy(text, name.bytes, name.len);
        text[name.len] = '\0';
        if (!address_parse(text, &address)) {
            return true;
        }
    }
    return false;
}

/* RFC 7672 section 3.2.3: the common name counts where there is no DNS identifier. */
static bool has_name(const struct chain *chain, const char *const *names, size_t num_names)
{
    const struct certificate_der *leaf = &chain->kept.members[0].der;
    bool may_use_common_name = !has_dns_name(chain);
    for (size_t i = 0; i < num_names; i++) {
        if (certificate_name_list_has(leaf->subject_alt_name, names[i]) ||
            (may_use_common_name && certificate_dn_common_name_is(leaf->subject, names[i]))) {
            return true;
        }
    }
    return false;
}

static uint32_t path_problems(const struct dane_anchor *anchor)
{
    uint32_t problems = anchor->path == TRI_NO ? BIT(ANCHOR_PATH_INVALID) : 0;
    if ((anchor->problems & CERTIFICATE_PROBLEM_BIT(CERTIFICATE_EXPIRED)) != 0) {
        problems |= BIT(EXPIRED);
    }
    if ((anchor->problems & CERTIFICATE_PROBLEM_BIT(CERTIFICATE_NOT_YET_VALID)) != 0) {
        problems |= BIT(NOT_YET_VALID);
    }
    return problems;
}

static uint32_t key_problems(const struct dane_anchor *anchor)
{
    uint32_t problems = anchor->has_weak_key ? BIT(WEAK_ANCHOR_KEY) : 0;
    return anchor->rsa_bits > 0 && anchor->rsa_bits < 1024 ? problems | BIT(ANCHOR_KEY_BELOW_1024)
                                                           : problems;
}

/* What following the records of usage DANE-TA has come to. */
struct anchor_search {
    const struct tlsa_record *matched; /* NULL: none */
    uint32_t matched_problems;
    uint32_t problems; /* of those that do not match */
    bool is_open;      /* one that could not be followed to its end may match */
};

/* Of several that match, one with a strong key counts. False on lack of memory. */
static bool match_anchors(const struct tlsa_set *set, const struct member_list *sent, int64_t now,
                          const struct work_limit *limit, uint32_t name_problem,
                          struct anchor_search *search)
{
    size_t num_followed = 0;
    for (size_t i = 0; i < set->num_records; i++) {
        const struct tlsa_record *record = &set->records[i];
        struct dane_anchor anchor;
        if (!record->is_effective || record->usage != TLSA_DANE_TA) {
            continue;
        }
        if (num_followed == DANE_ANCHORS_MAX || work_limit_is_reached(limit)) {
            search->is_open = true;
            break;
        }
        if (!dane_anchor_verify(record, sent, now, limit, &anchor)) {
            return false;
        }
        if (!anchor.is_there) {
            search->problems |= BIT(ANCHOR_NOT_SENT);
            continue;
        }
        num_followed++;
        uint32_t problems = path_problems(&anchor) | name_problem;
        search->problems |= problems;
        if (problems != 0) {
            continue;
        }
        if (anchor.path == TRI_UNKNOWN) {
            search->is_open = true;
        } else if (search->matched == NULL || search->matched_problems != 0) {
            search->matched = record;
            search->matched_problems = key_problems(&anchor);
        }
        if (search->matched != NULL && search->matched_problems == 0) {
            break;
        }
    }
    return true;
}

bool dane_follows_anchors(const struct tlsa_set *set)
{
    for (size_t i = 0; i < set->num_records; i++) {
        if (set->records[i].is_effective && set->records[i].usage == TLSA_DANE_TA) {
            return true;
        }
    }
    return false;
}

/* ---- Both ---- */

static void succeed(struct dane_result *result, const struct tlsa_set *set,
                    const struct tlsa_record *matched)
{
    result->status = DANE_VALID;
    result->matched = matched;
    result->problems = set->problems; /* what other records did not match does not matter */
}

/* Was a part of the RRset left out, which may hold the record that matches? */
static bool is_cut(const struct tlsa_set *set)
{
    return (set->problems & TLSA_PROBLEM_BIT(TLSA_TOO_MANY_RECORDS)) != 0;
}

void dane_match(const struct tlsa_set *set, const struct chain *chain, const char *const *names,
                size_t num_names, struct dane_result *out_result)
{
    *out_result = (struct dane_result){.status = DANE_MISMATCH, .problems = set->problems};
    if (set->num_usable == 0) {
        out_result->status = is_cut(set) ? DANE_UNKNOWN : DANE_UNUSABLE;
        return;
    }
    if (chain == NULL || chain->kept.num_members == 0) {
        out_result->problems |= BIT(NO_CERTIFICATE);
        return;
    }
    const struct chain_member *leaf = &chain->kept.members[0];
    const struct tlsa_record *record = match_leaf(set, leaf);
    if (record != NULL) {
        succeed(out_result, set, record);
        out_result->problems |= has_spare(set, leaf) ? 0 : BIT(NO_ROLLOVER_SPARE);
        return;
    }
    uint32_t name_problem = has_name(chain, names, num_names) ? 0 : BIT(NAME_MISMATCH);
    struct member_list sent; /* opened once: there may be many records */
    /* What was cut off may be the anchor. */
    struct anchor_search search = {.is_open = chain_was_cut(chain) && dane_follows_anchors(set)};
    const struct work_limit limit = work_limit_after(WORK_SECONDS - chain->seconds);
    bool ok = chain_open(chain, &sent) &&
              match_anchors(set, &sent, chain->now, &limit, name_problem, &search);
    chain_close(&sent);
    if (ok && search.matched != NULL) {
        succeed(out_result, set, search.matched);
        out_result->problems |= search.matched_problems;
        return;
    }
    out_result->problems |= search.problems;
    out_result->lacked_memory = !ok;
    if (!ok || search.is_open || is_cut(set)) {
        out_result->status = DANE_UNKNOWN;
    }
}
