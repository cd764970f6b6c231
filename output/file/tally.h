/*
 * The running totals that become the summary: fed with what each written line amounts to, by the
 * writer thread only, so that they always agree with the file. The plain counters are relaxed
 * atomics that the progress line may read from another thread.
 */
#ifndef MXGRADE_OUTPUT_TALLY_H
#define MXGRADE_OUTPUT_TALLY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "output/record/record.h"

/* What one line adds. Plain data, copied freely; texts are truncated to fit. */
enum tally_kind {
    TALLY_NOTHING,
    TALLY_ENDPOINT,
    TALLY_DOMAIN,
    TALLY_INVALID_LINE,
    TALLY_RUN_VOID /* all lines but those that are kept are void, also those to come */
};

struct tally_item {
    enum tally_kind kind;
    enum grade grade;
    enum grade accepted_grade;            /* domain: without what is accepted */
    bool has_accepted;                    /* a finding of it is accepted */
    enum outcome outcome;                 /* endpoint */
    enum mail_kind mail;                  /* domain */
    enum opportunistic_tls opportunistic; /* domain */
    enum enforced_tls enforced;           /* domain */
    bool is_signed, is_bogus;             /* domain */
    bool has_address; /* domain: one of its MX hosts has; the place is then the first one's */
    char country[4];  /* "" unknown */
    uint32_t asn;
    char as_org[64];
    char provider[128]; /* endpoint: of its host; domain: of its first MX host */
};

/* Where something is, for the concentration tables. NULL or 0: not known. */
struct tally_place {
    const char *provider, *country;
    uint32_t asn;
    struct text as_org;
};

void tally_item_place(struct tally_item *item, const struct tally_place *place);

struct tally_item tally_item_of_endpoint(const struct endpoint_record *record);
/* But for its place, which is that of its first MX host. */
struct tally_item tally_item_of_domain(const struct domain_record *record);

struct tally_counters {
    atomic_uint_fast64_t domains, invalid_lines, endpoints;
    atomic_uint_fast64_t shortages; /* records that say local_error */
    atomic_uint_fast64_t domain_grades[GRADE_COUNT];
    atomic_uint_fast64_t endpoint_grades[GRADE_COUNT];
    atomic_uint_fast64_t accepted_grades[GRADE_COUNT]; /* of domains, without what is accepted */
    atomic_uint_fast64_t accepted_domains, accepted_endpoints; /* that have such a finding */
    atomic_uint_fast64_t outcomes[OUTCOME_COUNT];
    atomic_uint_fast64_t mail[MAIL_NONE + 1];
    atomic_uint_fast64_t opportunistic[OPPORTUNISTIC_YES + 1];
    atomic_uint_fast64_t enforced[ENFORCED_BOTH + 1];
    atomic_uint_fast64_t signed_domains, bogus_domains;
};

struct tally;

struct tally *tally_new(void);
void tally_free(struct tally *tally);

/* Writer thread only. */
void tally_add(struct tally *tally, const struct tally_item *item);

/* What was added so far is of an earlier start of the run, and stays if this one becomes void.
 * Before the writer has started. */
void tally_keep(struct tally *tally);

/* Readable from any thread at any time. */
const struct tally_counters *tally_counters(const struct tally *tally);

/*
 * Fills the counts and the concentration tables of a summary (largest first, at most
 * TALLY_SHARES_MAX rows each; distinct keys kept are bounded too). After the writer has stopped.
 * The tables are borrowed from the tally.
 */
#define TALLY_SHARES_MAX 50
void tally_summary(struct tally *tally, struct summary_record *out_summary);

#endif
