/*
 * TLSA records as SMTP uses them: RFC 6698 section 2 for the fields, RFC 7672 section 3.1 for which
 * usages count, RFC 7671 section 9 for digests of different strength side by side. A record that
 * cannot be used is counted and named, never an error: it is what the domain published.
 */
#ifndef MXGRADE_SCANNER_TLSA_H
#define MXGRADE_SCANNER_TLSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/arena.h"
#include "io/dns/dns.h"

#define TLSA_RECORDS_MAX 64 /* looked at of one RRset; good practice is two to four */

enum tlsa_usage { TLSA_PKIX_TA, TLSA_PKIX_EE, TLSA_DANE_TA, TLSA_DANE_EE };
enum tlsa_selector { TLSA_CERTIFICATE, TLSA_KEY };
enum tlsa_matching { TLSA_FULL, TLSA_SHA256, TLSA_SHA512 };

/* X(constant, name): what is wrong with a record, or with the set, by stable names */
#define TLSA_PROBLEM_TABLE(X)                                                                      \
    X(MALFORMED, "malformed_record")                                                               \
    X(USAGE_PKIX, "usage_pkix")                                                                    \
    X(UNKNOWN_USAGE, "unknown_usage")                                                              \
    X(UNKNOWN_SELECTOR, "unknown_selector")                                                        \
    X(UNKNOWN_MATCHING, "unknown_matching_type")                                                   \
    X(BAD_DIGEST_LENGTH, "bad_digest_length")                                                      \
    X(BAD_FULL_DATA, "bad_full_data")                                                              \
    X(TOO_MANY_RECORDS, "too_many_records")

enum tlsa_problem {
#define X(constant, name) TLSA_##constant,
    TLSA_PROBLEM_TABLE(X)
#undef X
        TLSA_PROBLEM_COUNT
};

#define TLSA_PROBLEM_BIT(problem) (1u << (problem))

struct tlsa_record {
    uint8_t usage;
    uint8_t selector;
    uint8_t matching;
    bool is_usable;    /* parsed, usage 2 or 3, the rest known and well-formed */
    bool is_effective; /* usable, and no stronger digest of the same usage and selector is there */
    const uint8_t *data;
    size_t len;
};

/* Immutable once made; any number of threads may use it. */
struct tlsa_set {
    size_t num_records; /* all, the unusable ones included */
    size_t num_usable;
    uint32_t problems; /* TLSA_PROBLEM_BIT()s */
    struct tlsa_record records[];
};

/*
 * Reads the records of a TLSA answer; the data is copied. One block, to be released with free().
 * NULL on lack of memory.
 */
struct tlsa_set *tlsa_set_new(const struct dns_record *records, size_t num_records);

#define TLSA_TEXT_RECORDS_MAX 16 /* that tlsa_set_texts() gives */
#define TLSA_TEXT_DATA_MAX    64 /* bytes of data in such a text; a SHA-512 fits */

/*
 * The records as a zone file has them, "3 1 1 0123...", in the arena. A text whose data is longer
 * than TLSA_TEXT_DATA_MAX is cut and ends in "...". On lack of memory texts are missing.
 */
const char *const *tlsa_set_texts(const struct tlsa_set *set, struct arena *arena, size_t *out_num);

/* Usage, selector and matching type, as "3 1 1"; static. NULL for a record that is not usable. */
const char *tlsa_record_name(const struct tlsa_record *record);

#endif
