/*
 * Simulated time. A test program that is linked with this lives in it from its start: the clocks
 * and epoll_wait() of the C library are replaced, beneath libev, c-ares and BoringSSL, which run as
 * they are. Time stands still as long as anything can be done. When the loop waits and nobody
 * beside it can act, time jumps to the next moment that somebody waits for. So minutes take
 * milliseconds, a busy machine changes nothing, and each run is the same.
 *
 * Time goes by on one thread only, that of the loop. Other threads see the clock, and what they
 * wait for in pthread_cond_clockwait() ends when the time has come; nobody waits for what they do
 * then.
 */
#ifndef MXGRADE_TESTS_REPLAY_CLOCK_H
#define MXGRADE_TESTS_REPLAY_CLOCK_H

#include <ev.h>
#include <stdbool.h>
#include <sys/queue.h>

/*
 * Somebody beside the loop under test, such as a server. `act` does what can be done without
 * waiting, and says whether that was anything. It is called whenever the loop has nothing to do,
 * and once time has reached `due`, which is INFINITY for those who only wait for others.
 */
struct replay_actor {
    bool (*act)(struct replay_actor *actor);
    double due; /* by replay_now() */
    TAILQ_ENTRY(replay_actor) link;
};

/* The actor is the caller's, until it leaves; it may leave from within `act`. */
void replay_enter(struct replay_actor *actor);
void replay_leave(struct replay_actor *actor);

/* Do those beside the loop act right now, and not the code under test? */
bool replay_is_turn_of_others(void);

/* Seconds since the program began. */
double replay_now(void);

/* Time that goes by while the program is busy, so that nobody else gets to act. */
void replay_pass(double seconds);

/* Somebody sets the wall clock ahead, or back. */
void replay_set_wall(double seconds);

/*
 * Runs the loop until ev_break() or until nothing keeps it alive, for so many seconds at most.
 * True: it ended before that.
 */
bool replay_run(struct ev_loop *loop, double seconds);

/* What can be done now, by the loop and by the others, is done. Time stands still. */
void replay_settle(struct ev_loop *loop);

#endif
