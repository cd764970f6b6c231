#include "scanner/nightly/notification.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scanner/base/log.h"
#include "scanner/nightly/night_changes.h"

#define ERROR_MAX 512

/* What there is to tell. */
struct news {
    bool are_there;
    char latest[NIGHT_NAME_SIZE]; /* "": there is no night */
    char before[NIGHT_PATH_SIZE], after[NIGHT_PATH_SIZE], lines[NIGHT_PATH_SIZE];
};

static bool say_error(const char *what)
{
    log_message("the notification: %s: %s", what, strerror(errno));
    return false;
}

/* The night that was told of last, or else the one before the latest. */
static bool find_told(const struct night_folder *folder, char out[NIGHT_NAME_SIZE])
{
    return night_folder_read_link(folder, "notified", out) ||
           night_folder_read_link(folder, "previous", out);
}

/* False after a message. */
static bool look_for_news(const struct notification *notification, struct news *out)
{
    const struct night_folder *folder = notification->folder;
    char told[NIGHT_NAME_SIZE], error[ERROR_MAX];
    struct diff_totals totals;
    out->are_there = false;
    if (!night_folder_read_link(folder, "latest", out->latest)) {
        out->latest[0] = '\0';
        return true;
    }
    if (notification->command == NULL || !find_told(folder, told) ||
        strcmp(told, out->latest) == 0) {
        return true;
    }
    if (!night_folder_path(folder, told, out->before) ||
        !night_folder_path(folder, out->latest, out->after) ||
        !night_folder_path(folder, "notification.jsonl", out->lines)) {
        return say_error(folder->path);
    }
    switch (
        night_changes_write(out->before, out->after, out->lines, &totals, error, sizeof(error))) {
    case NIGHT_CHANGES_WRITTEN:
        out->are_there = night_changes_are_news(&totals);
        return true;
    case NIGHT_CHANGES_NO_BEFORE:
        log_message("nobody is told what has changed, as there is nothing to compare with: %s",
                    error);
        return true;
    case NIGHT_CHANGES_FAILED:
        break;
    }
    log_message("the notification: %s", error);
    return false;
}

static bool has_worked(const struct notification *notification, enum night_child_end end,
                       int number)
{
    switch (end) {
    case NIGHT_CHILD_EXITED:
        if (number == 0) {
            return true;
        }
        log_message("the notification failed: \"%s\" ended with status %d", notification->command,
                    number);
        break;
    case NIGHT_CHILD_KILLED:
        log_message("the notification failed: \"%s\" was ended by signal %d", notification->command,
                    number);
        break;
    case NIGHT_CHILD_LATE:
        log_message("the notification failed: \"%s\" was not over after %g s and was ended",
                    notification->command, notification->seconds);
        break;
    case NIGHT_CHILD_FAILED:
        return say_error("/bin/sh");
    }
    return false;
}

static bool tell(const struct notification *notification, struct night_signals *signals,
                 const struct news *news)
{
    char *const arguments[] = {(char *)"sh", (char *)"-c", (char *)notification->command, NULL};
    const char *status =
        notification->failure != NULL ? notification->failure : notification->status;
    const struct night_variable variables[] = {
        {"MXGRADE_STATUS", status}, {"MXGRADE_OLD", news->before}, {"MXGRADE_NEW", news->after}};
    int input = news->are_there ? open(news->lines, O_RDONLY | O_CLOEXEC) : -1;
    int number = 0;
    if (news->are_there && input < 0) {
        return say_error(news->lines);
    }
    const struct night_child child = {.program = "/bin/sh",
                                      .arguments = arguments,
                                      .variables = variables,
                                      .num_variables = news->are_there ? 3 : 1,
                                      .standard_input = input,
                                      .kept_fd = -1,
                                      .seconds = notification->seconds};
    enum night_child_end end = night_child_run(signals, &child, &number);
    if (input >= 0) {
        close(input);
    }
    return has_worked(notification, end, number);
}

static bool tell_if_new(const struct notification *notification, struct night_signals *signals)
{
    struct news news;
    bool ok = look_for_news(notification, &news);
    if (ok && notification->command != NULL && (news.are_there || notification->failure != NULL)) {
        ok = tell(notification, signals, &news);
    }
    if (ok && news.latest[0] != '\0' &&
        !night_folder_set_link(notification->folder, "notified", news.latest)) {
        ok = say_error("notified");
    }
    return ok;
}

bool notification_run(const struct notification *notification, struct night_signals *signals)
{
    int lock = night_folder_lock(notification->folder, "notify.lock");
    if (lock < 0) {
        return say_error(errno == EWOULDBLOCK ? "another one is under way" : "notify.lock");
    }
    bool ok = tell_if_new(notification, signals);
    close(lock);
    return ok;
}
