/*
 * Going on with a result file (--resume): which lines are done, and which endpoints need no second
 * look, as told by output/file/resume.h.
 */
#ifndef MXGRADE_SCANNER_CONTINUATION_H
#define MXGRADE_SCANNER_CONTINUATION_H

#include "output/record/record.h"
#include "scanner/engine/feeder.h"

struct run;

struct continuation {
    bool is_active; /* there is a file to append to */
    struct line_set lines;
    uint64_t num_lines;
    uint64_t num_carried; /* of these, lines whose records were taken over from an earlier file */
    uint64_t num_records; /* that are in the file */
    char run_id[RUN_ID_LEN + 1]; /* of the file's run; "": it has none */
    int64_t now;                 /* the time that the run judges certificates at */
    uint64_t dns_answered;
};

/*
 * Reads the run's output file and prepares the workers, which must not have started. -1: go on with
 * the run; otherwise the exit status to leave with (a message has been printed).
 */
int continuation_load(struct continuation *continuation, struct run *run,
                      const struct file_digest *digest);
void continuation_fini(struct continuation *continuation);

#endif
