/*
 * Signals that end a run or ask how far it is. A thread of its own waits for them, so that they are
 * heard whatever the other threads are doing: a writer that nobody reads from blocks the main
 * thread, and long computations block a worker.
 *
 * SIGINT, SIGTERM and SIGHUP are stops; SIGUSR1 asks for a line of progress. Before
 * signals_deliver() a stop ends the process as if nothing had been set up. The first stop after it
 * is reported; the second is too, and ends the process after SIGNALS_LEAVE_SECONDS with status 3 if
 * that has not ended by itself. SIGHUP stays ignored where it was, as under nohup.
 */
#ifndef MXGRADE_SCANNER_SIGNALS_H
#define MXGRADE_SCANNER_SIGNALS_H

#include <ev.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

#define SIGNALS_LEAVE_SECONDS 0.9

struct signals {
    void (*on_stop)(void *user, unsigned num_stops); /* stops so far */
    void (*on_question)(void *user);                 /* SIGUSR1 */
    void *user;
    struct ev_loop *loop; /* NULL before signals_deliver() */
    ev_async wake;
    sigset_t blocked; /* what the thread waits for */
    sigset_t before;  /* the mask to go back to */
    pthread_t thread;
    bool is_started;
    int last;              /* the signal upon which the thread ended */
    pthread_mutex_t mutex; /* for the condition and is_ending */
    pthread_cond_t ending;
    bool is_ending;
    atomic_bool is_delivering;
    atomic_uint num_stops, num_questions;
    unsigned stops_told, questions_told;
};

/* Blocks the signals in this thread and those that it starts from now on, and starts the thread.
 * False on lack of threads; signals_fini() is then due all the same. */
bool signals_init(struct signals *signals);

/* Makes the thread anew, so that it is bound by what this one has given away. Before
 * signals_deliver(). False on lack of threads. */
bool signals_restart(struct signals *signals);

/* From now on the two functions are called on the thread of `loop`. */
void signals_deliver(struct signals *signals, struct ev_loop *loop,
                     void (*on_stop)(void *user, unsigned num_stops),
                     void (*on_question)(void *user), void *user);

/* Ends the thread and lets the signals do what they did before. */
void signals_fini(struct signals *signals);

#endif
