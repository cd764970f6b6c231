/*
 * Programs that a night runs, one after the other, each a process group of its own. A night that is
 * told to stop passes that on and waits for the program that it runs to end.
 */
#ifndef MXGRADE_SCANNER_NIGHT_CHILD_H
#define MXGRADE_SCANNER_NIGHT_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* The signals of the process while a night runs. */
struct night_signals {
    sigset_t awaited, before;
    bool is_stopping; /* SIGINT, SIGTERM or SIGHUP has come */
};

/* From here on these signals are heard by night_child_run() alone, in the one thread there is. */
void night_signals_begin(struct night_signals *signals);
void night_signals_end(struct night_signals *signals);
/* Takes notice of a stop that has come while nothing ran. */
bool night_signals_stop(struct night_signals *signals);

struct night_variable {
    const char *name, *value;
};

struct night_child {
    const char *program;
    char *const *arguments; /* NULL-terminated, with the name of the program first */
    const struct night_variable *variables; /* of its environment, beside ours */
    size_t num_variables;
    int standard_input; /* a descriptor; -1: nothing to read */
    int kept_fd;        /* stays open in it, as a lock does; -1: none */
    double seconds;     /* then it and all that it started are killed; 0: it may take any time */
};

enum night_child_end {
    NIGHT_CHILD_EXITED,
    NIGHT_CHILD_KILLED, /* by a signal */
    NIGHT_CHILD_LATE,   /* its time was over */
    NIGHT_CHILD_FAILED  /* it could not be started: errno */
};

/* Runs it to its end. *out_number is the exit status, or the number of the signal. */
enum night_child_end night_child_run(struct night_signals *signals, const struct night_child *child,
                                     int *out_number);

#endif
