#include "output/file/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DRAW_EVERY_SECONDS 0.25
#define LINE_EVERY_SECONDS 10.0
#define LINE_MAX           512
/* The rate is taken over about this long, so that it follows the run without jumping. */
#define RATE_WINDOW_SECONDS 10.0

struct progress {
    FILE *stream;
    bool enabled;
    bool is_terminal;
    bool is_drawn;
    double last_draw;
    bool has_window;
    double window_start;
    uint64_t window_done;
    double rate; /* lines a second; negative: not known */
};

struct progress *progress_new(FILE *stream, enum progress_mode mode)
{
    struct progress *progress = calloc(1, sizeof(*progress));
    if (progress == NULL) {
        return NULL;
    }
    int fd = fileno(stream);
    progress->stream = stream;
    progress->is_terminal = fd >= 0 && isatty(fd);
    progress->enabled = mode == PROGRESS_ALWAYS || (mode == PROGRESS_AUTO && progress->is_terminal);
    progress->last_draw = -LINE_EVERY_SECONDS;
    progress->rate = -1;
    return progress;
}

void progress_free(struct progress *progress)
{
    if (progress != NULL) {
        progress_clear(progress);
        free(progress);
    }
}

/* ---- What to say ---- */

static void update_rate(struct progress *progress, double seconds, uint64_t done)
{
    if (!progress->has_window) {
        /* What an earlier run has done, that is being continued, says nothing about this one. */
        progress->has_window = true;
        progress->window_start = seconds;
        progress->window_done = done;
    }
    double elapsed = seconds - progress->window_start;
    if (elapsed >= 1) {
        progress->rate = (double)(done - progress->window_done) / elapsed;
    }
    if (elapsed >= RATE_WINDOW_SECONDS) {
        progress->window_start = seconds;
        progress->window_done = done;
    }
}

static void format_left(char *out, size_t size, double seconds)
{
    if (seconds >= 3600) {
        snprintf(out, size, "%.1fh left", seconds / 3600);
    } else if (seconds >= 60) {
        snprintf(out, size, "%.0fm left", seconds / 60);
    } else {
        snprintf(out, size, "%.0fs left", seconds);
    }
}

static size_t append(char *line, size_t len, const char *text)
{
    size_t text_len = strlen(text);
    if (len + text_len >= LINE_MAX) {
        text_len = LINE_MAX - 1 - len;
    }
    memcpy(line + len, text, text_len);
    line[len + text_len] = '\0';
    return len + text_len;
}

/* ---- What is waited for ---- */

/* Appends "3 servers wait for their retry"; nothing of none. */
static size_t append_waiting(char *line, size_t len, uint64_t num, const char *one,
                             const char *many, const char *what)
{
    char part[128];
    snprintf(part, sizeof(part), "%s%llu %s %s %s", len > 0 ? ", " : "", (unsigned long long)num,
             num == 1 ? one : many, num == 1 ? "waits for its" : "wait for their", what);
    return num > 0 ? append(line, len, part) : len;
}

/* Nothing goes on but what is waited for: says what that is. Empty: nothing, as far as is known. */
static void format_waits(const struct progress_snapshot *snapshot, char out[LINE_MAX])
{
    char part[128];
    uint64_t num_retrying = snapshot->servers_retrying + snapshot->policies_retrying;
    size_t len = 0;
    out[0] = '\0';
    len = append_waiting(out, len, snapshot->servers_retrying, "server", "servers", "retry");
    len = append_waiting(out, len, snapshot->policies_retrying, "policy", "policies", "retry");
    if (num_retrying > 0) {
        snprintf(part, sizeof(part), "%s in %.0f s", num_retrying > 1 ? ", the first" : "",
                 snapshot->retry_seconds);
        len = append(out, len, part);
    }
    len = append_waiting(out, len, snapshot->waiting, "connection", "connections", "turn");
    if (snapshot->dns_asking > 0) {
        append(out, len, len > 0 ? ", others for the DNS" : "waiting for the DNS");
    }
}

/* ---- The line ---- */

static size_t append_activity(char *line, size_t len, const struct progress_snapshot *snapshot)
{
    char waits[LINE_MAX];
    char part[64];
    format_waits(snapshot, waits);
    if (snapshot->in_flight > 0 || waits[0] == '\0') {
        snprintf(part, sizeof(part), " | %llu in flight", (unsigned long long)snapshot->in_flight);
        return append(line, len, part);
    }
    return append(line, append(line, len, " | "), waits);
}

/* Domains have their line when it is written; hosts have none of their own. */
static uint64_t num_done(const struct progress_snapshot *snapshot,
                         const struct tally_counters *counters)
{
    return snapshot->is_of_hosts
               ? snapshot->hosts_done
               : atomic_load_explicit(&counters->domains, memory_order_relaxed) +
                     atomic_load_explicit(&counters->invalid_lines, memory_order_relaxed);
}

static void format_line(const struct progress *progress, const struct progress_snapshot *snapshot,
                        const struct tally_counters *counters, uint64_t done, char line[LINE_MAX])
{
    char part[128];
    size_t len = 0;
    const char *unit = snapshot->is_of_hosts ? "hosts" : "domains";
    if (snapshot->lines_total > 0) {
        snprintf(part, sizeof(part), "mxgrade: %llu/%llu %s %.1f%%", (unsigned long long)done,
                 (unsigned long long)snapshot->lines_total, unit,
                 100.0 * (double)done / (double)snapshot->lines_total);
    } else {
        snprintf(part, sizeof(part), "mxgrade: %llu %s", (unsigned long long)done, unit);
    }
    len = append(line, len, part);
    len = append_activity(line, len, snapshot);
    if (progress->rate >= 0) {
        snprintf(part, sizeof(part), " | %.0f/s", progress->rate);
        len = append(line, len, part);
    }
    if (progress->rate > 0 && snapshot->lines_total > done) {
        format_left(part, sizeof(part), (double)(snapshot->lines_total - done) / progress->rate);
        len = append(line, len, " | ");
        len = append(line, len, part);
    }
    len = append(line, len, " |");
    static const enum grade order[] = {GRADE_A_PLUS, GRADE_A, GRADE_B, GRADE_C,
                                       GRADE_D,      GRADE_F, GRADE_U, GRADE_N};
    const atomic_uint_fast64_t *grades =
        snapshot->is_of_hosts ? counters->endpoint_grades : counters->domain_grades;
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        uint64_t count = atomic_load_explicit(&grades[order[i]], memory_order_relaxed);
        if (count > 0) {
            snprintf(part, sizeof(part), " %s %llu", grade_name(order[i]),
                     (unsigned long long)count);
            len = append(line, len, part);
        }
    }
}

/* ---- Drawing ---- */

static size_t terminal_width(const struct progress *progress)
{
    struct winsize size;
    if (ioctl(fileno(progress->stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 1) {
        return size.ws_col;
    }
    return 80;
}

void progress_draw(struct progress *progress, const struct progress_snapshot *snapshot,
                   const struct tally_counters *counters)
{
    double every = progress->is_terminal ? DRAW_EVERY_SECONDS : LINE_EVERY_SECONDS;
    if (!progress->enabled) {
        update_rate(progress, snapshot->seconds,
                    num_done(snapshot, counters)); /* to be asked for */
        return;
    }
    if (snapshot->seconds - progress->last_draw < every) {
        return;
    }
    char line[LINE_MAX];
    uint64_t done = num_done(snapshot, counters);
    progress->last_draw = snapshot->seconds;
    update_rate(progress, snapshot->seconds, done);
    format_line(progress, snapshot, counters, done, line);
    if (progress->is_terminal) {
        size_t width = terminal_width(progress);
        fprintf(progress->stream, "\r%.*s\033[K", (int)(width - 1), line);
        progress->is_drawn = true;
    } else {
        fprintf(progress->stream, "%s\n", line);
    }
    fflush(progress->stream);
}

void progress_say(struct progress *progress, const struct progress_snapshot *snapshot,
                  const struct tally_counters *counters)
{
    char line[LINE_MAX];
    uint64_t done = num_done(snapshot, counters);
    update_rate(progress, snapshot->seconds, done);
    format_line(progress, snapshot, counters, done, line);
    progress_clear(progress);
    fprintf(progress->stream, "%s\n", line);
    fflush(progress->stream);
}

void progress_clear(struct progress *progress)
{
    if (progress != NULL && progress->is_drawn) {
        fputs("\r\033[K", progress->stream);
        fflush(progress->stream);
        progress->is_drawn = false;
    }
}
