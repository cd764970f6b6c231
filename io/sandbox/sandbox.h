/*
 * The process gives away what it does not need before it reads what strangers wrote: the files
 * beside those that it names (Landlock), new programs, sockets and most other system calls
 * (seccomp). Nothing takes it back, and threads that are made afterwards are bound as well.
 *
 * What the kernel lacks is left out, and the state says so.
 */
#ifndef MXGRADE_IO_SANDBOX_H
#define MXGRADE_IO_SANDBOX_H

#include <stdbool.h>

/* What may be done with a place. */
enum sandbox_access {
    SANDBOX_READ,  /* a file, or a folder and all beneath it, is read */
    SANDBOX_WRITE, /* a file is made, written, renamed or removed, and so may those beside it */
    SANDBOX_FOLDER /* the same for all files beneath a folder */
};

struct sandbox_options {
    bool is_off;         /* nothing is given away */
    bool connects;       /* connections may be opened; nobody may listen in any case */
    int landlock_most;   /* for tests: the newest ABI to use; 0: whatever the kernel has */
    bool lacks_landlock; /* for tests: as in a kernel without it */
    bool lacks_filter;   /* for tests: as in a kernel without seccomp */
};

/* What holds. */
struct sandbox_state {
    int landlock_abi; /* 0: files are not confined */
    bool has_filter;  /* of system calls */
};

/* Between sandbox_begin() and sandbox_enter(). */
struct sandbox {
    struct sandbox_options options;
    int rules; /* the descriptor of Landlock's rules, or -1 */
    int landlock_abi;
};

void sandbox_begin(struct sandbox *sandbox, const struct sandbox_options *options);

/*
 * Keeps the right to a place. NULL and "-", which stand for standard streams, and what is not there
 * to be read are passed over. Descriptors that are open keep their rights in any case.
 */
void sandbox_allow(struct sandbox *sandbox, const char *path, enum sandbox_access access);

/* Keeps the folders for temporary files, into which compressed results are unpacked: $TMPDIR, /tmp.
 */
void sandbox_allow_temporary(struct sandbox *sandbox);

/*
 * The two halves of sandbox_enter(), for who still sets up things in between. Files: for the
 * calling thread and those that it makes; returns the ABI of Landlock, or 0. System calls: for all
 * threads of the process; true where they are confined.
 */
int sandbox_enter_files(struct sandbox *sandbox);
bool sandbox_enter_calls(const struct sandbox_options *options);

/* Both. Before other threads are made. A build with a sanitizer, which opens files and traces
 * itself, is not confined. */
struct sandbox_state sandbox_enter(struct sandbox *sandbox);

#endif
