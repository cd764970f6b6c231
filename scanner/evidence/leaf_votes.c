#include "scanner/evidence/leaf_votes.h"

#include <string.h>

#include "scanner/x509/certificate.h"

/* Kinds of keys that a server may have a certificate of at the same time. */
enum leaf_kind { LEAF_OTHER, LEAF_EC, LEAF_ED, LEAF_RSA, LEAF_KIND_COUNT };

static enum leaf_kind kind_of(const struct leaf_vote *leaf)
{
    const char *key = leaf->certificate->key;
    if (key == NULL) {
        return LEAF_OTHER;
    }
    return strncmp(key, "RSA", 3) == 0  ? LEAF_RSA
           : strncmp(key, "EC", 2) == 0 ? LEAF_EC
           : strncmp(key, "Ed", 2) == 0 ? LEAF_ED
                                        : LEAF_OTHER;
}

static int num_problems(const struct leaf_vote *leaf)
{
    return __builtin_popcount(leaf->certificate->problems);
}

/* How bad that is: invalid, not known, valid. */
static int badness(enum tri valid)
{
    return valid == TRI_NO ? 2 : valid == TRI_UNKNOWN ? 1 : 0;
}

/* Of two of one kind. The digests of two leaves differ, so that it is never a matter of order. */
static bool is_worse(const struct leaf_vote *a, const struct leaf_vote *b)
{
    int more = badness(certificate_is_valid(a->certificate)) -
               badness(certificate_is_valid(b->certificate));
    more = more != 0 ? more : num_problems(a) - num_problems(b);
    more = more != 0 ? more
                     : memcmp(a->certificate->sha256, b->certificate->sha256,
                              sizeof(a->certificate->sha256));
    return more > 0 || (more == 0 && a->certificate->chain_length > b->certificate->chain_length);
}

/* ---- One kind ---- */

/* The worst of some leaves, so that it does not depend on their order. */
struct worst {
    bool is_known;
    size_t index;
};

static void take_worse(struct worst *worst, const struct leaf_vote *leaves, size_t index)
{
    if (!worst->is_known || is_worse(&leaves[index], &leaves[worst->index])) {
        *worst = (struct worst){true, index};
    }
}

/* What dialogues that were shown a key of one kind say. */
struct kind_votes {
    struct worst any, match, mismatch, other; /* by what they are beside the TLSA records */
    unsigned valid, invalid;
    unsigned mismatches; /* dialogues */
};

/* Dialogues that have to agree on what caps at D. */
#define ACCUSERS_MIN 2
#define RSA_BITS_MIN 1024

static void add_leaf(struct kind_votes *kind, const struct leaf_vote *leaves, size_t index)
{
    const struct leaf_vote *leaf = &leaves[index];
    enum tri valid = certificate_is_valid(leaf->certificate);
    kind->valid += valid == TRI_YES ? leaf->num_dialogues : 0;
    kind->invalid += valid == TRI_NO ? leaf->num_dialogues : 0;
    kind->mismatches += leaf->dane == DANE_MISMATCH ? leaf->num_dialogues : 0;
    take_worse(&kind->any, leaves, index);
    take_worse(leaf->dane == DANE_VALID      ? &kind->match
               : leaf->dane == DANE_MISMATCH ? &kind->mismatch
                                             : &kind->other,
               leaves, index);
}

/* ---- All kinds ---- */

static void add_dane(struct leaf_verdict *verdict, const struct leaf_vote *leaves,
                     const struct kind_votes *kind, unsigned *in_out_mismatches)
{
    enum dane_status status = DANE_VALID;
    const struct worst *by = &kind->match;
    if (kind->other.is_known) {
        by = &kind->other;
        status = leaves[by->index].dane;
    } else if (kind->mismatch.is_known) {
        by = &kind->mismatch;
        status = kind->match.is_known ? DANE_UNKNOWN : DANE_MISMATCH;
        verdict->votes.dane_mixed |= kind->match.is_known;
        *in_out_mismatches += status == DANE_MISMATCH ? kind->mismatches : 0;
    }
    /* A sender may be shown a key of either kind, so both have to match. */
    bool is_first = verdict->dane == DANE_NONE;
    if (is_first || (verdict->dane == DANE_VALID && status != DANE_VALID) ||
        (verdict->dane != DANE_MISMATCH && status == DANE_MISMATCH)) {
        verdict->dane = status;
        verdict->by = by->index;
    }
}

/* Dialogues that were shown a mismatch agree, whatever the kinds of keys. */
static void believe_mismatch(struct leaf_verdict *verdict, unsigned num_mismatches)
{
    if (verdict->dane == DANE_MISMATCH && num_mismatches < ACCUSERS_MIN) {
        verdict->dane = DANE_UNKNOWN;
        verdict->votes.dane_alone = true;
    }
}

static bool has_smallest_key(const struct leaf_vote *leaf)
{
    const unsigned bits = leaf->certificate->smallest_rsa_bits;
    return (bits > 0 && bits < RSA_BITS_MIN) || leaf->has_smallest_anchor;
}

/* The worst but `first`. */
static size_t second_worst(const struct leaf_vote *leaves, size_t num, size_t first)
{
    size_t second = first == 0 ? 1 : 0;
    for (size_t i = 0; i < num; i++) {
        if (i != first && is_worse(&leaves[i], &leaves[second])) {
            second = i;
        }
    }
    return second;
}

static void show(struct leaf_verdict *verdict, const struct leaf_vote *leaves, size_t num,
                 const struct kind_votes kinds[LEAF_KIND_COUNT])
{
    for (unsigned i = 0; i < LEAF_KIND_COUNT && verdict->num_shown < 2; i++) {
        if (kinds[i].any.is_known) {
            *(verdict->num_shown++ == 0 ? &verdict->first : &verdict->second) = kinds[i].any.index;
        }
    }
    if (verdict->num_shown == 1 && num > 1) {
        verdict->num_shown = 2;
        verdict->second = second_worst(leaves, num, verdict->first);
    }
}

void leaf_votes_count(const struct leaf_vote *leaves, size_t num, struct leaf_verdict *out_verdict)
{
    struct kind_votes kinds[LEAF_KIND_COUNT] = {0};
    *out_verdict = (struct leaf_verdict){.dane = DANE_NONE};
    struct certificate_votes *votes = &out_verdict->votes;
    unsigned num_smallest = 0, num_mismatches = 0;
    for (size_t i = 0; i < num; i++) {
        add_leaf(&kinds[kind_of(&leaves[i])], leaves, i);
        votes->unclear += certificate_is_valid(leaves[i].certificate) == TRI_UNKNOWN
                              ? leaves[i].num_dialogues
                              : 0;
        num_smallest += has_smallest_key(&leaves[i]) ? leaves[i].num_dialogues : 0;
    }
    votes->key_alone = num_smallest > 0 && num_smallest < ACCUSERS_MIN;
    for (unsigned i = 0; i < LEAF_KIND_COUNT; i++) {
        votes->valid += kinds[i].valid;
        votes->invalid += kinds[i].invalid;
        votes->mixed |= kinds[i].valid > 0 && kinds[i].invalid > 0;
        if (kinds[i].any.is_known) {
            add_dane(out_verdict, leaves, &kinds[i], &num_mismatches);
        }
    }
    believe_mismatch(out_verdict, num_mismatches);
    show(out_verdict, leaves, num, kinds);
}
