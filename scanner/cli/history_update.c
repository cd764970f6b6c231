#include "scanner/cli/history_update.h"

#include "io/base/calendar.h"
#include "output/history/history_runs.h"
#include "scanner/base/log.h"

#define ERROR_MAX 1024

enum { STATUS_OK, STATUS_BAD_INPUT = 2, STATUS_NOT_ADDED };

bool history_update_is_possible(const char *path)
{
    char error[ERROR_MAX];
    struct history *history = history_open(path, HISTORY_WRITE, error, sizeof(error));
    if (history == NULL) {
        log_message("%s", error);
    }
    history_close(history);
    return history != NULL;
}

static void say_key(const char *path, const char *results, const struct history_run_key *key,
                    const char *what)
{
    char time[CALENDAR_TEXT_MAX];
    size_t len = calendar_write(history_seconds(key->at), false, time);
    log_message("%s: %s %s as run %lld, of %.*s", results, what, path, (long long)key->id, (int)len,
                time);
}

static int add(struct history *history, const char *path, const char *results)
{
    char error[ERROR_MAX];
    struct history_run_key key;
    switch (history_add(history, results, &key, error, sizeof(error))) {
    case HISTORY_ADDED:
        say_key(path, results, &key, "added to");
        return STATUS_OK;
    case HISTORY_KNOWN:
        say_key(path, results, &key, "was already in");
        return STATUS_OK;
    case HISTORY_UNREADABLE:
        log_message("%s", error);
        return STATUS_BAD_INPUT;
    case HISTORY_REFUSED:
    case HISTORY_FAILED:
        log_message("%s", error);
        return STATUS_NOT_ADDED;
    }
    return STATUS_NOT_ADDED;
}

int history_update(const char *path, const char *results)
{
    char error[ERROR_MAX];
    struct history *history = history_open(path, HISTORY_WRITE, error, sizeof(error));
    if (history == NULL) {
        log_message("%s", error);
        return STATUS_NOT_ADDED;
    }
    int status = add(history, path, results);
    history_close(history);
    return status;
}
