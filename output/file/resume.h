/*
 * Continuing a result file that was cut anywhere, also in the middle of a line or a zstd frame, or
 * by power loss (a tail of NUL bytes). The file is read once, cut back to its last whole valid line
 * (for .zst: rewritten frame by frame where the cut fell inside one), and each record is told to
 * the caller, who learns which input lines are done and which endpoints need no second look.
 */
#ifndef MXGRADE_OUTPUT_RESUME_H
#define MXGRADE_OUTPUT_RESUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/record/record.h"

/* What the records hold is valid during the call only. */
struct resume_handler {
    void *user;
    /* false: stop, this file must not be continued (the caller knows why). */
    bool (*on_run)(void *user, const struct run_record *run);
    void (*on_endpoint)(void *user, const struct endpoint_record *endpoint);
    void (*on_domain)(void *user, const struct domain_record *domain);
};

enum resume_status {
    RESUME_NEW,      /* no such file, or nothing whole in it: start afresh */
    RESUME_CONTINUE, /* cut to whole lines; append */
    RESUME_COMPLETE, /* it has its summary of a complete run: nothing to do */
    RESUME_REFUSED,  /* on_run said no */
    RESUME_ERROR     /* out_error says why */
};

/*
 * Reads and cuts `path`. A summary of a run that was cut short is removed with the tail, so that
 * the continued file has one, at its end. So are the records of lines that were given up, which
 * stand behind all others and say interrupted or local_error: these lines are begun anew. Where it
 * says that the port was blocked or the DNS dead, and has no letter other than U, nothing was seen,
 * and the file is begun anew, whatever was asked then. So is one all of whose records are void;
 * void records behind others are cut off, and their lines are not done. `out_records`: how many
 * records are left, that of the run included.
 */
enum resume_status resume_open(const char *path, const struct resume_handler *handler,
                               uint64_t *out_records, char *out_error, size_t error_size);

/* Does the file end with a run that was ended by an outage, and yet saw something before? */
bool resume_is_after_outage(const char *path);

#endif
