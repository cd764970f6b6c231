/*
 * What the certificates come to that dialogues under one name were shown. Pure, and the order of
 * the certificates makes no difference.
 *
 * A server may have one leaf of each kind of key, and a client's offer decides which it shows. Two
 * leaves of one kind are shown by chance, by whichever machine behind the address answers. A sender
 * may get any of them, so that each counts. Whether the certificate is valid, or matches the TLSA
 * records, is mixed if dialogues that were shown keys of one kind disagree on that.
 *
 * What caps at D takes two dialogues that agree: that no certificate of a kind matches, and that a
 * chain, or the trust anchor that it matches by, has an RSA key below 1024 bits.
 */
#ifndef MXGRADE_SCANNER_LEAF_VOTES_H
#define MXGRADE_SCANNER_LEAF_VOTES_H

#include "output/record/record.h"

/* One certificate, and how many dialogues were shown it. */
struct leaf_vote {
    const struct certificate_record *certificate;
    enum dane_status dane;    /* of this one alone: VALID, MISMATCH, UNUSABLE or UNKNOWN */
    bool has_smallest_anchor; /* it matches by a trust anchor with an RSA key below 1024 bits */
    unsigned num_dialogues;
};

struct leaf_verdict {
    /* Which of them the record has: the worst of each kind of key, or the worst two of one kind. As
     * many as there are; `first` means nothing where there is none. */
    size_t first, second;
    size_t num_shown;
    struct certificate_votes votes;
    /* NONE where there is no certificate. MISMATCH if all of some kind do not match. Where some of
     * a kind match and others do not, or one dialogue alone says so, it is UNKNOWN.
     * `by` is a certificate of that status. */
    enum dane_status dane;
    size_t by;
};

void leaf_votes_count(const struct leaf_vote *leaves, size_t num, struct leaf_verdict *out_verdict);

#endif
