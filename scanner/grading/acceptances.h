/*
 * What is accepted: the file of --accept says of whom which finding is lived with, until when, why,
 * and who has decided that. docs/accepting.md describes it:
 *
 *   # a comment
 *   subject,finding,until,reason,by
 *   supplier.example,no_starttls,2027-03-31,"a new mail server comes, ticket 4711",the CISO
 *   mx1.provider.example,expired,2026-12-15,renewal is under way,IT security
 *   *,tls10,2027-06-30,old scanners,the CISO
 *
 * A subject is a mail domain, a mail host (the name, or the address where it has none), or all of
 * them. A line holds to the end of its last day in UTC. What is not understood is refused with the
 * number of its line: a typing error must not pass for an acceptance.
 *
 * The set is read before a run and constant then, but for the marks of what was used, which any
 * thread may set.
 */
#ifndef MXGRADE_SCANNER_ACCEPTANCES_H
#define MXGRADE_SCANNER_ACCEPTANCES_H

#include "scanner/grading/policy.h"

#define ACCEPTANCES_MAX          100000 /* lines of a file */
#define ACCEPTANCE_LINE_MAX      2048   /* bytes of one, with its end */
#define ACCEPTANCE_REASON_MAX    512    /* bytes */
#define ACCEPTANCE_BY_MAX        256    /* bytes */
#define ACCEPTANCES_TOLD_MAX     50     /* lines that a summary names of each kind */
#define ACCEPTANCES_ALL_SUBJECTS "*"

struct acceptances;

/* An empty set, or NULL on lack of memory. acceptances_free() takes NULL too. */
struct acceptances *acceptances_new(void);
void acceptances_free(struct acceptances *acceptances);

/*
 * Takes one line, without its end, which is written to; NULL or what is wrong with it. `number` is
 * that of the line in its file. A blank line, a comment and the line of titles add nothing.
 */
const char *acceptances_add(struct acceptances *acceptances, char *line, unsigned number);

/* Reads a whole file. NULL on failure, with a sentence that names the line in out_error. */
struct acceptances *acceptances_read(const char *path, char *out_error, size_t error_size);

/* The SHA-256 of the file in hexadecimal digits; "" of a set that was not read from one. */
const char *acceptances_sha256(const struct acceptances *acceptances);

/* From now on those hold whose last day has not ended at `now`, in seconds since 1970. Before
 * anything is judged. */
void acceptances_judge_at(struct acceptances *acceptances, int64_t now);

/*
 * Who accepts the finding of that name, or of everybody: of several that hold the one that ends
 * last, which is marked as used. NULL: nobody does, or there is no set. `name`: NULL is nobody's.
 * Borrowed from the set.
 */
const struct accepted *acceptances_use(struct acceptances *acceptances, const char *name,
                                       enum finding_code code);

/* Marks what the findings of a record, which was judged before, rest on. */
void acceptances_note(struct acceptances *acceptances, const char *name,
                      const struct finding *findings, size_t num_findings);

/*
 * Counts what has ended, and what nothing was found for where `is_whole` says that everybody was
 * looked at. The texts belong to the set. Once, when all is judged.
 */
void acceptances_count(struct acceptances *acceptances, bool is_whole,
                       struct acceptance_counts *out_counts);

#endif
