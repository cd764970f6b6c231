#include "scanner/engine/signals.h"

#include <unistd.h>

#include "io/base/clock.h"

#define STATUS_CUT_SHORT 3

static void on_wake(struct ev_loop *loop, ev_async *watcher, int events)
{
    (void)loop;
    (void)events;
    struct signals *signals = watcher->data;
    while (signals->stops_told < atomic_load(&signals->num_stops)) {
        signals->on_stop(signals->user, ++signals->stops_told);
    }
    if (signals->questions_told != atomic_load(&signals->num_questions)) {
        signals->questions_told = atomic_load(&signals->num_questions);
        signals->on_question(signals->user);
    }
}

/* Nothing has been begun or written: the signal does what it does to any program. The others stay
 * blocked, since the SIGUSR1 of signals_fini() would kill the process. */
static void die_of(int number)
{
    sigset_t alone;
    sigemptyset(&alone);
    sigaddset(&alone, number);
    signal(number, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &alone, NULL);
    raise(number);
}

static bool is_ending(struct signals *signals)
{
    pthread_mutex_lock(&signals->mutex);
    bool ending = signals->is_ending;
    pthread_mutex_unlock(&signals->mutex);
    return ending;
}

/* The process is gone when this has returned, or is about to be. */
static void leave_soon(struct signals *signals)
{
    struct moment begun = clock_now();
    double left = SIGNALS_LEAVE_SECONDS;
    pthread_mutex_lock(&signals->mutex);
    while (!signals->is_ending && left > 0) {
        clock_cond_wait(&signals->ending, &signals->mutex, left);
        left = SIGNALS_LEAVE_SECONDS - moment_between(begun, clock_now());
    }
    bool has_ended = signals->is_ending;
    pthread_mutex_unlock(&signals->mutex);
    if (!has_ended) {
        _exit(STATUS_CUT_SHORT);
    }
}

static void take_stop(struct signals *signals, int number)
{
    if (!atomic_load(&signals->is_delivering)) {
        die_of(number);
        return;
    }
    unsigned num_stops = atomic_fetch_add(&signals->num_stops, 1) + 1;
    ev_async_send(signals->loop, &signals->wake);
    if (num_stops > 1) {
        leave_soon(signals);
    }
}

static void *signals_main(void *argument)
{
    struct signals *signals = argument;
    int number = SIGUSR1;
    while (sigwait(&signals->blocked, &number) == 0 && !is_ending(signals)) {
        if (number != SIGUSR1) {
            take_stop(signals, number);
        } else {
            atomic_fetch_add(&signals->num_questions, 1);
            if (atomic_load(&signals->is_delivering)) {
                ev_async_send(signals->loop, &signals->wake);
            }
        }
    }
    signals->last = number;
    return NULL;
}

static bool is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

bool signals_init(struct signals *signals)
{
    *signals = (struct signals){.loop = NULL};
    sigemptyset(&signals->blocked);
    sigaddset(&signals->blocked, SIGINT);
    sigaddset(&signals->blocked, SIGTERM);
    sigaddset(&signals->blocked, SIGUSR1);
    if (!is_ignored(SIGHUP)) {
        sigaddset(&signals->blocked, SIGHUP);
    }
    pthread_mutex_init(&signals->mutex, NULL);
    pthread_cond_init(&signals->ending, NULL);
    pthread_sigmask(SIG_BLOCK, &signals->blocked, &signals->before);
    signals->is_started = pthread_create(&signals->thread, NULL, signals_main, signals) == 0;
    return signals->is_started;
}

static void end_thread(struct signals *signals)
{
    pthread_mutex_lock(&signals->mutex);
    signals->is_ending = true;
    pthread_cond_signal(&signals->ending);
    pthread_mutex_unlock(&signals->mutex);
    pthread_kill(signals->thread, SIGUSR1); /* it may wait for a signal */
    pthread_join(signals->thread, NULL);
}

bool signals_restart(struct signals *signals)
{
    end_thread(signals);
    signals->is_ending = false;
    if (signals->last != SIGUSR1) {
        kill(getpid(), signals->last); /* a stop that came just now: it is for the next thread */
    }
    signals->is_started = pthread_create(&signals->thread, NULL, signals_main, signals) == 0;
    return signals->is_started;
}

void signals_deliver(struct signals *signals, struct ev_loop *loop,
                     void (*on_stop)(void *user, unsigned num_stops),
                     void (*on_question)(void *user), void *user)
{
    signals->loop = loop;
    signals->on_stop = on_stop;
    signals->on_question = on_question;
    signals->user = user;
    ev_async_init(&signals->wake, on_wake);
    signals->wake.data = signals;
    ev_async_start(loop, &signals->wake);
    atomic_store(&signals->is_delivering, true);
    if (atomic_load(&signals->num_questions) > 0) {
        ev_async_send(loop, &signals->wake);
    }
}

void signals_fini(struct signals *signals)
{
    if (signals->is_started) {
        end_thread(signals);
    }
    if (signals->loop != NULL) {
        ev_async_stop(signals->loop, &signals->wake);
    }
    pthread_cond_destroy(&signals->ending);
    pthread_mutex_destroy(&signals->mutex);
    pthread_sigmask(SIG_SETMASK, &signals->before, NULL);
}
