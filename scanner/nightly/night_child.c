#include "scanner/nightly/night_child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io/base/clock.h"

#define NOT_STARTED 127 /* as a shell says it */

static const int stops[] = {SIGINT, SIGTERM, SIGHUP};

#define NUM_STOPS (sizeof(stops) / sizeof(stops[0]))

/* ---- Signals ---- */

void night_signals_begin(struct night_signals *signals)
{
    signals->is_stopping = false;
    sigemptyset(&signals->awaited);
    sigaddset(&signals->awaited, SIGCHLD);
    for (size_t i = 0; i < NUM_STOPS; i++) {
        struct sigaction action;
        /* SIGHUP stays ignored where it was, as under nohup. */
        if (sigaction(stops[i], NULL, &action) != 0 || action.sa_handler != SIG_IGN) {
            sigaddset(&signals->awaited, stops[i]);
        }
    }
    sigprocmask(SIG_BLOCK, &signals->awaited, &signals->before);
}

void night_signals_end(struct night_signals *signals)
{
    sigprocmask(SIG_SETMASK, &signals->before, NULL);
}

/* Waits for a signal for so many seconds, negative: for ever. True: it is a stop. */
static bool wait_for_stop(struct night_signals *signals, double seconds)
{
    const struct timespec time = {.tv_sec = (time_t)seconds,
                                  .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    int number = seconds < 0 ? sigwaitinfo(&signals->awaited, NULL)
                             : sigtimedwait(&signals->awaited, NULL, &time);
    bool is_stop = number > 0 && number != SIGCHLD;
    signals->is_stopping = signals->is_stopping || is_stop;
    return is_stop;
}

bool night_signals_stop(struct night_signals *signals)
{
    while (wait_for_stop(signals, 0)) {}
    return signals->is_stopping;
}

/* ---- The child ---- */

static void become(const struct night_signals *signals, const struct night_child *child,
                   pid_t parent)
{
    int input = child->standard_input >= 0 ? child->standard_input
                                           : open("/dev/null", O_RDONLY | O_CLOEXEC);
    setpgid(0, 0);
    /* A night that is killed leaves nothing running. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    /* As main() found them, or so every program expects. */
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    bool ok = getppid() == parent && input >= 0 && dup2(input, STDIN_FILENO) == STDIN_FILENO &&
              (child->kept_fd < 0 || fcntl(child->kept_fd, F_SETFD, 0) == 0);
    sigprocmask(SIG_SETMASK, &signals->before, NULL);
    for (size_t i = 0; i < child->num_variables && ok; i++) {
        ok = setenv(child->variables[i].name, child->variables[i].value, 1) == 0;
    }
    if (ok) {
        execv(child->program, child->arguments);
    }
    _exit(NOT_STARTED);
}

/* Has it ended? Then *out_status says how. */
static bool has_ended(pid_t pid, int *out_status)
{
    return waitpid(pid, out_status, WNOHANG) == pid;
}

enum night_child_end night_child_run(struct night_signals *signals, const struct night_child *child,
                                     int *out_number)
{
    const struct moment deadline = moment_after(clock_now(), child->seconds);
    bool is_late = false;
    int status;
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        become(signals, child, parent);
    }
    if (pid < 0) {
        return NIGHT_CHILD_FAILED;
    }
    setpgid(pid, pid); /* whoever of both is first */
    while (!has_ended(pid, &status)) {
        double left = child->seconds > 0 ? moment_between(clock_now(), deadline) : -1;
        if (child->seconds > 0 && left <= 0 && !is_late) {
            is_late = true;
            kill(-pid, SIGKILL);
        }
        if (wait_for_stop(signals, is_late ? -1 : left)) {
            kill(pid, SIGTERM);
        }
    }
    if (is_late) {
        return NIGHT_CHILD_LATE;
    }
    *out_number = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
    return WIFEXITED(status) ? NIGHT_CHILD_EXITED : NIGHT_CHILD_KILLED;
}
