/*
 * unbound as a child that ends with this process, however that ends.
 *
 * Between the two stands a guardian, a small process that waits for either to end. A parent-death
 * signal (prctl(2)) alone would not do: the kernel takes it away where AppArmor confines unbound,
 * as it does on Debian, and where a process changes its user. The guardian ends unbound when the
 * lifeline, a pipe of which only this process has the writing end, is closed.
 *
 * unbound reads its configuration from memory (memfd_create(2)), writes its log to a pipe, and is
 * given no environment. So it leaves nothing behind, and needs no path but those that its packaged
 * AppArmor profile allows: AppArmor does not hold files against paths where they have none.
 */
#ifndef MXGRADE_IO_DNS_UNBOUND_PROCESS_H
#define MXGRADE_IO_DNS_UNBOUND_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define UNBOUND_LINE_SIZE 256
#define UNBOUND_LINES     8 /* of its log that are kept */

/* An exit status past this one tells the number of a signal. */
#define UNBOUND_STATUS_OF_SIGNAL 128

struct unbound_command {
    const char *program; /* its path */
    const char *config;  /* the text of the configuration */
    bool has_user;       /* it runs as `uid` and `gid`, not as this process does */
    uid_t uid;
    gid_t gid;
};

struct unbound_process {
    pid_t guardian; /* 0: none */
    int lifeline;   /* -1: none, as the next one */
    int log;
    char line[UNBOUND_LINE_SIZE]; /* what came of a line that has not ended */
    size_t line_len;
    char last[UNBOUND_LINES][UNBOUND_LINE_SIZE]; /* the last lines of the log, in turn */
    size_t num_lines;                            /* of the log so far */
};

/* A line of the log, without the time and the process's number; printable ASCII. */
typedef void (*unbound_on_line)(void *user, const char *line);

void unbound_process_init(struct unbound_process *process);

/*
 * Starts the guardian and unbound. Call it from the thread that lives longest, and before the
 * process has grown: the guardian is a copy of it. False: errno.
 */
bool unbound_process_start(struct unbound_process *process, const struct unbound_command *command);

/* From now on unbound is started again if it ends, once for each call. */
void unbound_process_allow_restart(struct unbound_process *process);

/* Waits until the log says something or has ended, but no longer than so many milliseconds. */
void unbound_process_wait(const struct unbound_process *process, int milliseconds);

/* Takes what the log has said; never waits. False: it has ended, and so has unbound. */
bool unbound_process_read(struct unbound_process *process, unbound_on_line on_line, void *user);

/* The line of the log that came as the `back`-th before the last one; NULL: there is none. */
const char *unbound_process_line(const struct unbound_process *process, size_t back);

/*
 * Ends unbound and the guardian, and waits for both. Idempotent. Returns unbound's exit status, if
 * it ended by itself: where it was a signal, UNBOUND_STATUS_OF_SIGNAL and its number. Else 0.
 */
int unbound_process_stop(struct unbound_process *process);

#endif
