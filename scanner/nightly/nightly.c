#include "scanner/nightly/nightly.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/base/clock.h"
#include "scanner/base/log.h"
#include "scanner/nightly/night_changes.h"
#include "scanner/nightly/night_child.h"
#include "scanner/nightly/night_figures.h"
#include "scanner/nightly/night_folder.h"
#include "scanner/nightly/night_results.h"
#include "scanner/nightly/notification.h"

/* The rest of an older night would be compared with what was seen days ago. */
#define CUT_SECONDS_MAX (48 * 3600.0)
/* So many seconds are the stamps of nights ahead of time that follow each other within one. */
#define CLOSE_SECONDS_MAX 3600
#define UNDER_WAY         "under-way.jsonl.zst"
#define SELF              "/proc/self/exe"
#define ERROR_MAX         512

struct night {
    const struct config *config;
    char *const *options; /* of the scan */
    size_t num_options;
    struct night_folder folder;
    struct night_signals signals;
    int lock; /* a descriptor */
    double started;
    bool has_changes; /* the night was compared with the one before it */
    struct diff_totals changes;
};

static enum nightly_status fail(const char *what)
{
    log_message("%s: %s", what, strerror(errno));
    return NIGHTLY_CUT_SHORT;
}

/* ---- Other commands ---- */

/* Runs "mxgrade ARGUMENT..."; the exit status, 3 where it has none. `arguments` begins with the
 * name of the program. */
static int run_command(struct night *night, char *const *arguments)
{
    const struct night_child child = {
        .program = SELF, .arguments = arguments, .standard_input = -1, .kept_fd = night->lock};
    int number = 0;
    switch (night_child_run(&night->signals, &child, &number)) {
    case NIGHT_CHILD_EXITED:
        return number;
    case NIGHT_CHILD_KILLED:
        log_message("mxgrade %s was ended by signal %d", arguments[1], number);
        break;
    case NIGHT_CHILD_LATE:
    case NIGHT_CHILD_FAILED:
        log_message("mxgrade %s: %s", arguments[1], strerror(errno));
        break;
    }
    return NIGHTLY_CUT_SHORT;
}

/* ---- The scan ---- */

static int run_scan_once(struct night *night)
{
    char output[NIGHT_PATH_SIZE + 16] = "--output=";
    char **arguments = calloc(night->num_options + 8, sizeof(*arguments));
    size_t num = 0;
    if (arguments == NULL ||
        !night_folder_path(&night->folder, UNDER_WAY, output + strlen(output))) {
        free(arguments);
        return (int)fail("scan");
    }
    arguments[num++] = (char *)"mxgrade";
    arguments[num++] = (char *)"scan";
    for (size_t i = 0; i < night->num_options; i++) {
        arguments[num++] = night->options[i];
    }
    arguments[num++] = output;
    arguments[num++] = (char *)"--resume";
    arguments[num++] = (char *)"--progress=never";
    arguments[num++] = (char *)"--";
    arguments[num++] = (char *)night->config->list;
    int status = run_command(night, arguments);
    free(arguments);
    return status;
}

/*
 * The name of a file of that moment, or of the next one that nobody has so far and that is later
 * than `after` (NULL: than nothing): a night that was removed leaves its name to none that follows
 * it. `after` does not count where it lies further ahead than nights can be close together, as the
 * clock was wrong then.
 */
static void free_name(const struct night *night, const char *kind, double moment,
                      const char *ending, const char *after, char out[NIGHT_NAME_SIZE])
{
    unsigned num_seconds = 0;
    bool is_taken;
    do {
        char stamp[NIGHT_STAMP_SIZE];
        night_stamp(moment + num_seconds, stamp);
        snprintf(out, NIGHT_NAME_SIZE, "%s-%s%s", kind, stamp, ending);
        bool is_early = after != NULL && num_seconds < CLOSE_SECONDS_MAX && strcmp(out, after) <= 0;
        is_taken = is_early || night_folder_has(&night->folder, out);
        num_seconds++;
    } while (is_taken);
}

static bool set_aside(struct night *night, double moment, const char *why)
{
    char name[NIGHT_NAME_SIZE];
    free_name(night, "cut", moment, ".jsonl.zst", NULL, name);
    log_message("the night that was cut short is set aside as %s/%s: %s", night->folder.path, name,
                why);
    return night_folder_rename(&night->folder, UNDER_WAY, name);
}

/* What a scan that ended with `status` makes of the night: whether a bar is crossed, its results
 * say. */
static enum nightly_status night_status_of(int status)
{
    switch (status) {
    case NIGHTLY_DONE:
    case NIGHTLY_BAR_CROSSED:
        return NIGHTLY_DONE;
    case NIGHTLY_USAGE:
        return NIGHTLY_USAGE;
    case NIGHTLY_CUT_SHORT:
        return NIGHTLY_CUT_SHORT;
    default:
        log_message("mxgrade scan ended with status %d", status);
        return NIGHTLY_CUT_SHORT;
    }
}

/* A file that the scan does not take, or that is of a wrong list, is in nobody's way. */
static enum nightly_status scan(struct night *night)
{
    bool has_rest = night_folder_has(&night->folder, UNDER_WAY);
    int status = run_scan_once(night);
    if (status == NIGHTLY_USAGE && has_rest) {
        if (!set_aside(night, night->started, "it cannot be gone on with")) {
            return fail(UNDER_WAY);
        }
        status = run_scan_once(night);
    }
    if (status == NIGHTLY_USAGE && night_folder_has(&night->folder, UNDER_WAY) &&
        !set_aside(night, night->started, "it is of no use")) {
        return fail(UNDER_WAY);
    }
    return night_status_of(status);
}

/* ---- A whole night ---- */

static bool is_bar_crossed(const struct night *night, const struct summary_record *summary)
{
    enum grade bar;
    if (night->config->fail_on == NULL || !grade_from_name(night->config->fail_on, &bar)) {
        return false;
    }
    for (unsigned grade = bar; grade <= GRADE_F; grade++) {
        uint64_t num = summary->accepted.domains > 0 ? summary->accepted.domain_grades[grade]
                                                     : summary->domain_grades[grade];
        if (num > 0) {
            return true;
        }
    }
    return false;
}

/* Compares it with the last good night. False after a message. */
static bool compare(struct night *night, const char *latest, const char *path, const char *stamp)
{
    char name[NIGHT_NAME_SIZE], before[NIGHT_PATH_SIZE], lines[NIGHT_PATH_SIZE], error[ERROR_MAX];
    snprintf(name, sizeof(name), "changes%.*s.jsonl", (int)strcspn(stamp, "."), stamp);
    if (!night_folder_path(&night->folder, latest, before) ||
        !night_folder_path(&night->folder, name, lines)) {
        (void)fail(night->folder.path);
        return false;
    }
    switch (night_changes_write(before, path, lines, &night->changes, error, sizeof(error))) {
    case NIGHT_CHANGES_WRITTEN:
        night->has_changes = true;
        return true;
    case NIGHT_CHANGES_NO_BEFORE:
        log_message("the night is compared with nothing: %s", error);
        return true;
    case NIGHT_CHANGES_FAILED:
        break;
    }
    log_message("%s", error);
    return false;
}

/* Adds it to the history, where a night that is there already changes nothing. False after a
 * message. */
static bool remember(struct night *night, char *path)
{
    const char *history = night->config->history;
    char usual[NIGHT_PATH_SIZE];
    if (history == NULL && !night_folder_path(&night->folder, "history.sqlite", usual)) {
        (void)fail(night->folder.path);
        return false;
    }
    char *const arguments[] = {(char *)"mxgrade",
                               (char *)"history",
                               (char *)"--add",
                               path,
                               (char *)"--history",
                               history != NULL ? (char *)history : usual,
                               NULL};
    int status = run_command(night, arguments);
    if (status != 0) {
        log_message("the night could not be added to the history %s (status %d): it is finished by "
                    "the next one",
                    history != NULL ? history : usual, status);
    }
    return status == 0;
}

/* Makes the file that is under way the latest night. */
static enum nightly_status take_over(struct night *night, char *path, double moment)
{
    const struct night_folder *folder = &night->folder;
    char latest[NIGHT_NAME_SIZE], name[NIGHT_NAME_SIZE];
    bool has_latest = night_folder_read_link(folder, "latest", latest);
    free_name(night, "night", moment, ".jsonl.zst", has_latest ? latest : NULL, name);
    if ((has_latest && !compare(night, latest, path, name + strlen("night"))) ||
        !remember(night, path)) {
        return NIGHTLY_CUT_SHORT;
    }
    if (!night_folder_rename(folder, UNDER_WAY, name) ||
        (has_latest && !night_folder_set_link(folder, "previous", latest)) ||
        !night_folder_set_link(folder, "latest", name)) {
        return fail(folder->path);
    }
    static const char *const kinds[] = {"night-", "changes-", "cut-"};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (!night_folder_prune(folder, kinds[i], night->config->nights.keep)) {
            (void)fail("old nights cannot be removed"); /* and the night is good all the same */
        }
    }
    return NIGHTLY_DONE;
}

/* What is under way has been scanned to its end. */
static enum nightly_status finish(struct night *night)
{
    struct night_results results;
    char path[NIGHT_PATH_SIZE];
    enum nightly_status status = NIGHTLY_CUT_SHORT;
    if (!night_folder_path(&night->folder, UNDER_WAY, path)) {
        return fail(night->folder.path);
    }
    if (!night_results_read(&results, path)) {
        status = fail(path);
    } else if (!night_results_are_whole(&results)) {
        log_message("%s is not the whole list, or it is void: the last good night still holds",
                    path);
    } else {
        status = take_over(night, path, results.run.started);
    }
    if (status == NIGHTLY_DONE && is_bar_crossed(night, &results.summary)) {
        status = NIGHTLY_BAR_CROSSED;
    }
    night_results_fini(&results);
    return status;
}

/*
 * What an earlier night has left: whole, if it ended between its scan and its end; otherwise its
 * scan goes on with it, unless that is too old.
 */
static enum nightly_status finish_earlier(struct night *night)
{
    struct night_results results;
    char path[NIGHT_PATH_SIZE];
    enum nightly_status status = NIGHTLY_DONE;
    if (!night_folder_has(&night->folder, UNDER_WAY)) {
        return NIGHTLY_DONE;
    }
    if (!night_folder_path(&night->folder, UNDER_WAY, path)) {
        return fail(night->folder.path);
    }
    bool is_read = night_results_read(&results, path);
    double age = night->started - results.run.started;
    if (!is_read) {
        status = fail(path);
    } else if (night_results_are_whole(&results)) {
        log_message("an earlier night was scanned and not finished: it is finished now");
        status = finish(night);
    } else if (results.has_run && age > CUT_SECONDS_MAX &&
               !set_aside(night, results.run.started, "it is older than two days")) {
        status = fail(UNDER_WAY);
    }
    night_results_fini(&results);
    return status == NIGHTLY_BAR_CROSSED ? NIGHTLY_DONE : status;
}

static enum nightly_status scan_and_finish(struct night *night)
{
    enum nightly_status status = finish_earlier(night);
    if (status == NIGHTLY_DONE && night_signals_stop(&night->signals)) {
        status = NIGHTLY_CUT_SHORT;
    }
    if (status == NIGHTLY_DONE) {
        status = scan(night);
    }
    return status == NIGHTLY_DONE ? finish(night) : status;
}

/* ---- What others are told ---- */

static struct night_figures figures_of(const struct night *night)
{
    return (struct night_figures){.folder = &night->folder, .path = night->config->metrics};
}

/* The figures are those of the last good night, and how this one went. */
static bool write_figures(const struct night *night, enum nightly_status status)
{
    const struct night_figures figures = figures_of(night);
    const char *verdicts[DIFF_VERDICT_COUNT];
    for (unsigned i = 0; i < DIFF_VERDICT_COUNT; i++) {
        verdicts[i] = diff_verdict_name((enum diff_verdict)i);
    }
    return night_figures_write(
        &figures,
        (struct night_metrics){.status = (unsigned)status,
                               .verdicts = verdicts,
                               .num_verdicts = DIFF_VERDICT_COUNT,
                               .started = night->started,
                               .ended = clock_wall(),
                               .changes = night->has_changes ? night->changes.verdicts : NULL,
                               .num_expiring = night->changes.certificates_expiring});
}

static bool notify(struct night *night, enum nightly_status status)
{
    char number[4];
    bool has_failed = status == NIGHTLY_CUT_SHORT || status == NIGHTLY_USAGE;
    snprintf(number, sizeof(number), "%u", (unsigned)status % 100);
    const struct notification notification = {.folder = &night->folder,
                                              .command = night->config->nights.notify_command,
                                              .seconds = night->config->nights.notify_seconds,
                                              .failure = has_failed ? number : NULL,
                                              .status = number};
    return notification_run(&notification, &night->signals);
}

/* A service manager says how the night ended that this is about: systemd.exec(5), MONITOR_*. */
static bool notify_only(struct night *night)
{
    const char *result = getenv("MONITOR_SERVICE_RESULT");
    const char *code = getenv("MONITOR_EXIT_CODE"), *status = getenv("MONITOR_EXIT_STATUS");
    bool is_known = code != NULL && strcmp(code, "exited") == 0 && status != NULL;
    bool has_failed = result != NULL && strcmp(result, "success") != 0;
    const struct notification notification = {.folder = &night->folder,
                                              .command = night->config->nights.notify_command,
                                              .seconds = night->config->nights.notify_seconds,
                                              .failure = !has_failed ? NULL
                                                         : is_known  ? status
                                                                     : "3",
                                              .status = is_known ? status : "0"};
    const struct night_figures figures = figures_of(night);
    bool is_told = notification_run(&notification, &night->signals);
    if (has_failed) {
        return is_told;
    }
    if (is_told) {
        bool is_crossed = is_known && strcmp(status, "1") == 0;
        (void)night_figures_set_status(&figures, NIGHTLY_NOT_TOLD,
                                       is_crossed ? NIGHTLY_BAR_CROSSED : NIGHTLY_DONE);
    } else {
        (void)night_figures_set_status(&figures, NIGHT_METRICS_ANY_STATUS, NIGHTLY_NOT_TOLD);
    }
    return is_told;
}

/* ---- All together ---- */

static void say_end(const struct night *night, enum nightly_status status)
{
    const uint64_t *changes = night->changes.verdicts;
    const double seconds = clock_wall() - night->started;
    if (status == NIGHTLY_CUT_SHORT || status == NIGHTLY_USAGE) {
        log_message(
            "the night was cut short after %.0f s: the last good night still holds, and the "
            "next one goes on with this one (status %u)",
            seconds, (unsigned)status);
    } else if (!night->has_changes) {
        log_message("the night is done after %.0f s, compared with none (status %u)", seconds,
                    (unsigned)status);
    } else {
        log_message(
            "the night is done after %.0f s: %llu domains worse, %llu better, %llu new, "
            "%llu vanished, %llu certificates near their end (status %u)",
            seconds,
            (unsigned long long)(changes[DIFF_VERDICT_REGRESSION] + changes[DIFF_VERDICT_MIXED]),
            (unsigned long long)changes[DIFF_VERDICT_IMPROVEMENT],
            (unsigned long long)changes[DIFF_VERDICT_NEW],
            (unsigned long long)changes[DIFF_VERDICT_VANISHED],
            (unsigned long long)night->changes.certificates_expiring, (unsigned)status);
    }
}

static enum nightly_status run_night(struct night *night)
{
    if (access(night->config->list, R_OK) != 0) {
        (void)fail(night->config->list);
        return NIGHTLY_USAGE;
    }
    night->lock = night_folder_lock(&night->folder, "lock");
    if (night->lock < 0 && errno == EWOULDBLOCK) {
        log_message("another night is under way in %s", night->folder.path);
        return NIGHTLY_CUT_SHORT;
    }
    if (night->lock < 0) {
        return fail(night->folder.path);
    }
    log_message("the night begins: %s, into %s", night->config->list, night->folder.path);
    enum nightly_status status = scan_and_finish(night);
    bool is_told = night->config->nights.notify == CONFIG_NOTIFY_LATER || notify(night, status);
    bool is_good = status == NIGHTLY_DONE || status == NIGHTLY_BAR_CROSSED;
    status = is_good && !is_told ? NIGHTLY_NOT_TOLD : status;
    if (!write_figures(night, status) && is_good) {
        status = NIGHTLY_NOT_TOLD;
    }
    say_end(night, status);
    close(night->lock);
    return status;
}

enum nightly_status nightly_run(const struct config *config, char *const *options,
                                size_t num_options)
{
    struct night night = {.config = config,
                          .options = options,
                          .num_options = num_options,
                          .lock = -1,
                          .started = clock_wall()};
    if (!night_folder_open(&night.folder, config->nights.folder)) {
        return fail(config->nights.folder);
    }
    night_signals_begin(&night.signals);
    enum nightly_status status = NIGHTLY_DONE;
    if (config->nights.notify != CONFIG_NOTIFY_ONLY) {
        status = run_night(&night);
    } else if (!notify_only(&night)) {
        status = NIGHTLY_NOT_TOLD;
    }
    night_signals_end(&night.signals);
    night_folder_close(&night.folder);
    return status;
}
