/*
 * Does a chain of certificates match what a host's TLSA records say? RFC 7672 section 3, RFC 7671
 * section 5. Pure; nothing here asks the DNS (see dane_plan.h for that).
 *
 * DANE-EE(3): the leaf, or its key, is compared and nothing else: names, dates, purpose and issuer
 * do not count (RFC 7672 section 3.1.1). DANE-TA(2): an issuer of the leaf is the trust anchor
 * (RFC 7672 section 3.1.2). It has to be among the certificates sent, unless the record holds it in
 * full; the path from the leaf to it has to verify, dates and purpose included; and the leaf has to
 * be for one of the names given. No public root plays a part.
 */
#ifndef MXGRADE_SCANNER_DANE_H
#define MXGRADE_SCANNER_DANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/record/record.h"
#include "scanner/x509/certificate.h"
#include "scanner/enforcement/tlsa.h"

#define DANE_ANCHORS_MAX 8 /* records whose trust anchors are followed; it costs signatures */

/* X(constant, name): by stable names, those of tlsa.h first */
#define DANE_PROBLEM_TABLE(X)                                                                      \
    X(NO_CERTIFICATE, "no_certificate")                                                            \
    X(ANCHOR_NOT_SENT, "anchor_not_sent")                                                          \
    X(ANCHOR_PATH_INVALID, "anchor_path_invalid")                                                  \
    X(EXPIRED, "expired")                                                                          \
    X(NOT_YET_VALID, "not_yet_valid")                                                              \
    X(NAME_MISMATCH, "name_mismatch")                                                              \
    X(NO_ROLLOVER_SPARE, "no_rollover_spare")                                                      \
    X(WEAK_ANCHOR_KEY, "weak_anchor_key")                                                          \
    X(ANCHOR_KEY_BELOW_1024, "anchor_key_below_1024")

enum dane_problem {
    DANE_PROBLEM_BEFORE_FIRST = TLSA_PROBLEM_COUNT - 1,
#define X(constant, name) DANE_PROBLEM_##constant,
    DANE_PROBLEM_TABLE(X)
#undef X
        DANE_PROBLEM_COUNT
};

#define DANE_PROBLEM_BIT(problem) (1u << (problem))

/* The stable name of one, those of tlsa.h included. Never NULL. */
const char *dane_problem_name(unsigned problem);

/* The bits of those that are named; names that are no problem's have none. */
uint32_t dane_problems_of(const char *const *names, size_t num_names);

struct dane_result {
    /* VALID, MISMATCH, UNUSABLE. UNKNOWN on lack of memory, and where nothing matches but a path to
     * an anchor could not be verified here: a signature of a kind that BoringSSL does not compute,
     * a chain longer than is looked at, more than DANE_ANCHORS_MAX anchors, more CPU than the chain
     * and its records may take (work_limit.h). */
    enum dane_status status;
    bool lacked_memory;                /* it would have been another one perhaps */
    const struct tlsa_record *matched; /* the record that did it; borrowed from the set */
    uint32_t problems;                 /* TLSA_PROBLEM_BIT()s and DANE_PROBLEM_BIT()s */
};

/*
 * `names` are the reference identifiers of RFC 7672 section 3.2.2: the TLSA base domain, and the
 * domain of the recipient where it is known; A-labels. `chain` is NULL where the handshake gave no
 * certificate. A server with two leaves is asked about both.
 *
 * UNUSABLE: no record can be used, so TLS is mandatory and nobody is authenticated (RFC 7672
 * section 2.2). The problem no_rollover_spare is advice: the next key has no record yet (RFC 7671
 * section 8.1).
 */
void dane_match(const struct tlsa_set *set, const struct chain *chain, const char *const *names,
                size_t num_names, struct dane_result *out_result);

/* Does the set hold records whose anchors are to be followed? The others cost a digest each. */
bool dane_follows_anchors(const struct tlsa_set *set);

#endif
