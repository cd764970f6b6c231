/* What a result file says of its run as a whole: the beginning, the end, and whether it counts. */
#ifndef MXGRADE_SCANNER_NIGHT_RESULTS_H
#define MXGRADE_SCANNER_NIGHT_RESULTS_H

#include "io/base/arena.h"
#include "output/record/record.h"

struct night_results {
    bool has_run, has_summary; /* the last of each */
    bool is_void;              /* there is a run_void record behind the last run's beginning */
    struct run_record run;
    struct summary_record summary;
    struct arena memory; /* of what they point at */
};

/*
 * Reads the file. False: it cannot be read, or no memory; errno. night_results_fini() is due in
 * either case. A file that ends in the middle is read as far as it goes.
 */
bool night_results_read(struct night_results *results, const char *path);
void night_results_fini(struct night_results *results);

/* Every line of the list has its record, and the records count. */
bool night_results_are_whole(const struct night_results *results);

#endif
