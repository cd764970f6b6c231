/*
 * The findings of domains as a log of SARIF 2.1.0 (the OASIS standard), in parts that are written
 * one behind the other, so that a log of any length takes no memory. Each part goes into an empty
 * buffer. A result is a finding of a domain; where the list is a file, its place is the line of the
 * list.
 */
#ifndef MXGRADE_OUTPUT_EXPORT_SARIF_H
#define MXGRADE_OUTPUT_EXPORT_SARIF_H

#include "output/record/json_writer.h"
#include "output/record/record.h"

/* The policy, which the caller has: rules by number, and the number of a finding's code. */
struct export_rules {
    const struct finding_rule *(*rule)(size_t number); /* NULL behind the last one */
    bool (*find)(const char *code, size_t *out_number);
};

/* The beginning of the log, up to its first result. */
char *export_sarif_head(const struct run_record *run, const struct export_rules *rules,
                        size_t *out_len);

/* The results of a domain; `inout_num` counts those of the log. An empty one, where it has none. */
char *export_sarif_domain(const struct run_record *run, const struct export_rules *rules,
                          const struct domain_record *domain, uint64_t *inout_num, size_t *out_len);

/* How the run ended. */
struct export_ending {
    bool is_complete;  /* the file has the summary of a run that was complete */
    bool has_finished; /* there is a summary, and this is when */
    double finished;
    const char *void_detail; /* why the run is void; NULL: it is not */
};

/* The end of the log. */
char *export_sarif_tail(const struct run_record *run, const struct export_ending *ending,
                        size_t *out_len);

/* All of these are malloc'ed, and NULL without memory. */

#endif
