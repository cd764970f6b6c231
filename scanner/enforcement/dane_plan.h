/*
 * Whether TLSA records of a mail host may be asked for, and under which name: RFC 7672 sections
 * 2.1, 2.2.2 and 2.2.3. Pure: the caller asks the DNS and hands in what came.
 *
 *   dane_plan_init(&plan, &input);
 *   while (dane_plan_question(&plan, name, &type)) {
 *       ask; dane_plan_take(&plan, answer);
 *   }
 *
 * When the plan is done, either has_records is set and the last answer holds the records to match,
 * or the status is the result.
 *
 * A sender does not ask for TLSA records of a host without authentic addresses, unless the host is
 * a signed alias: some name servers fail on TLSA questions, and such a failure must not keep mail
 * away. The plan asks there too, in DANE_STEP_UNSIGNED, but only to tell INSECURE from NONE:
 * INSECURE says that records were seen that no sender uses. A failure of that question means NONE.
 */
#ifndef MXGRADE_SCANNER_DANE_PLAN_H
#define MXGRADE_SCANNER_DANE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "io/base/hostname.h"
#include "io/dns/dns_validated.h"
#include "output/record/record.h"

#define DANE_BASES_MAX    2
#define DANE_QUESTION_MAX (DNS_NAME_MAX + 16) /* "_65535._tcp." and a name */

/* What a look-up told, as far as DANE wants to know; all zero: not asked. */
struct dane_lookup {
    bool is_answered;
    enum dns_outcome outcome;
    bool authentic;
    bool bogus;
    bool aliased;
    const char *canonical; /* owned; where the alias ends, NULL where there is none */
    const char *question;  /* owned; what was asked, where the answer is bogus; NULL */
};

/*
 * Notes what the callback of a dns_validated question was told. False without memory. What was
 * noted is freed by dane_lookup_fini(), which all zero needs not.
 */
bool dane_lookup_note(struct dane_lookup *lookup, const struct dns_validated *question,
                      const struct dns_answer *answer, const struct dns_answer *unchecked);
void dane_lookup_fini(struct dane_lookup *lookup);

struct dane_plan_input {
    const struct hostname *host; /* as the MX names it; copied */
    uint16_t port;
    bool trusts_resolver;        /* its AD bit means something */
    const struct dane_lookup *a; /* NULL: not asked */
    const struct dane_lookup *aaaa;
};

enum dane_step {
    DANE_STEP_CNAME, /* of the host: whether the alias itself is signed */
    DANE_STEP_TLSA,
    DANE_STEP_UNSIGNED, /* TLSA, where no sender would ask: the answer only informs */
    DANE_STEP_DONE
};

struct dane_plan {
    enum dane_step step;
    /* With DANE_STEP_DONE: NONE, INSECURE, TEMPERROR, BOGUS, UNKNOWN; else meaningless. */
    enum dane_status status;
    bool has_records; /* DONE, and the last answer holds records to match; status is UNKNOWN */
    bool saw_insecure_records;
    uint16_t port;
    char bases[DANE_BASES_MAX][DNS_NAME_MAX]; /* TLSA base domains, in order of preference */
    unsigned num_bases;
    unsigned base; /* the one asked; with has_records the one that has them */
};

void dane_plan_init(struct dane_plan *plan, const struct dane_plan_input *input);

/* The next thing to ask; false: nothing, the plan is done. */
bool dane_plan_question(const struct dane_plan *plan, char out_name[DANE_QUESTION_MAX],
                        enum dns_type *out_type);

/* The answer to that question. */
void dane_plan_take(struct dane_plan *plan, const struct dns_answer *answer);

/* The name for SNI and for the name check of DANE-TA; valid with has_records. */
const char *dane_plan_base(const struct dane_plan *plan);

#endif
