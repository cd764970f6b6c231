/*
 * Trust anchors that come from TLSA records of usage DANE-TA(2): which certificate a record means,
 * and whether the leaf's path to it verifies. RFC 7671 section 5.2.
 */
#ifndef MXGRADE_SCANNER_DANE_ANCHOR_H
#define MXGRADE_SCANNER_DANE_ANCHOR_H

#include <stdbool.h>

#include "scanner/x509/chain.h"
#include "scanner/enforcement/tlsa.h"

/* Whether a usable record, of either usage, is about this certificate. */
bool dane_anchor_is(const struct tlsa_record *record, const struct chain_member *member);

struct dane_anchor {
    bool is_there;     /* the rest means nothing otherwise */
    enum tri path;     /* does the leaf's path to it verify, dates apart? */
    uint32_t problems; /* CERTIFICATE_PROBLEM_BIT()s of that path */
    /* The anchor's own key. No other store vouches for it, so that its strength counts. */
    bool has_weak_key;
    unsigned rsa_bits; /* 0: another kind */
};

/*
 * Looks for the anchor that the record means: an issuer among the certificates sent, or the record
 * itself where it holds a whole certificate ("2 0 0") or key ("2 1 0"). If there is one, the
 * leaf's path to it is verified as of `now`, in seconds since 1970. `sent` is open (chain_open())
 * and not empty, leaf first. A leaf is not its own anchor. What is left undone at the limit makes
 * the path unknown. False on lack of memory.
 */
bool dane_anchor_verify(const struct tlsa_record *record, const struct member_list *sent,
                        int64_t now, const struct work_limit *limit,
                        struct dane_anchor *out_anchor);

#endif
