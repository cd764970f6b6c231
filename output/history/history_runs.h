/* The runs of a history. */
#ifndef MXGRADE_OUTPUT_HISTORY_RUNS_H
#define MXGRADE_OUTPUT_HISTORY_RUNS_H

#include "io/base/arena.h"
#include "output/history/history.h"
#include "output/record/record.h"

struct history_run {
    struct history_run_key key;
    struct run_record run;         /* as its result file has it, but for ... */
    struct summary_record summary; /* ... likewise */
};

/* By time. */
struct history_runs {
    struct history_run *items;
    size_t num_items;
    struct arena memory; /* of the items and of what they point at */
};

/* False: history_error(). */
bool history_runs_read(struct history *history, struct history_runs *out_runs);
void history_runs_fini(struct history_runs *runs);

/*
 * The run that a person names: by its number, or by the time it began (UTC) or the beginning of
 * that, a day at least, of which the last run counts. NULL: there is none.
 */
const struct history_run *history_runs_find(const struct history_runs *runs, const char *name);

/* The time of a run in seconds since 1970: the middle of the millisecond, as what prints times cuts
 * off what is behind it. */
double history_seconds(int64_t at);

/* The last run before that time; NULL: there is none. */
const struct history_run *history_runs_before(const struct history_runs *runs, int64_t at);
/* The first run at that time or later. */
const struct history_run *history_runs_from(const struct history_runs *runs, int64_t at);

#endif
