#include "output/history/history_runs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/calendar.h"
#include "output/history/history_store.h"
#include "output/record/record_read.h"

#define DAY_LEN 10 /* "2026-11-30" */

/* ---- Reading ---- */

/* False: the line is of another kind, or there is no memory. */
static bool read_line(sqlite3_stmt *statement, int column, enum record_kind kind,
                      struct arena *arena, struct record *out_record)
{
    struct text text = history_sql_text(statement, column);
    return text.bytes != NULL &&
           record_read(text.bytes, text.len, arena, out_record) == RECORD_READ &&
           out_record->kind == kind;
}

static bool take_run(sqlite3_stmt *statement, struct arena *arena, struct history_run *out_run)
{
    struct record record;
    out_run->key = (struct history_run_key){sqlite3_column_int64(statement, 0),
                                            sqlite3_column_int64(statement, 1)};
    if (!read_line(statement, 2, RECORD_RUN, arena, &record)) {
        return false;
    }
    out_run->run = record.run;
    if (!read_line(statement, 3, RECORD_SUMMARY, arena, &record)) {
        return false;
    }
    out_run->summary = record.summary;
    return true;
}

bool history_runs_read(struct history *history, struct history_runs *out_runs)
{
    struct history_sql *sql = &history->sql;
    *out_runs = (struct history_runs){0};
    int64_t most = history_sql_number(sql, "SELECT count(*) FROM run", 0);
    sqlite3_stmt *statement =
        history_sql_prepare(sql, "SELECT id, at, record, summary FROM run ORDER BY at LIMIT ?");
    out_runs->items = arena_alloc(&out_runs->memory, ((size_t)most + 1) * sizeof(*out_runs->items));
    if (out_runs->items == NULL) {
        history_sql_fail_with(sql, "out of memory");
    }
    history_sql_bind(sql, statement, 1, most);
    while (history_sql_row(sql, statement)) {
        if (take_run(statement, &out_runs->memory, &out_runs->items[out_runs->num_items])) {
            out_runs->num_items++;
        } else {
            history_sql_fail_with(sql, "it is damaged, or there is no memory to read it");
        }
    }
    sqlite3_finalize(statement);
    return !sql->has_failed;
}

void history_runs_fini(struct history_runs *runs)
{
    arena_free(&runs->memory);
    *runs = (struct history_runs){0};
}

/* ---- Finding ---- */

static bool is_number(const char *name, int64_t *out_number)
{
    char *end;
    errno = 0;
    *out_number = strtoll(name, &end, 10);
    return name[strspn(name, "0123456789")] == '\0' && end != name && errno == 0;
}

double history_seconds(int64_t at)
{
    return ((double)at + 0.5) / 1000;
}

static bool begins_with(const struct history_run *run, const char *name)
{
    char time[CALENDAR_TEXT_MAX + 1];
    size_t len = calendar_write(history_seconds(run->key.at), true, time);
    time[len] = '\0';
    /* `mxgrade history` prints times without milliseconds, and users copy them from there. */
    bool is_second = len > 4 && strlen(name) == len - 4 && name[len - 5] == 'Z' &&
                     strncmp(time, name, len - 5) == 0;
    return is_second || strncmp(time, name, strlen(name)) == 0;
}

const struct history_run *history_runs_find(const struct history_runs *runs, const char *name)
{
    int64_t number;
    bool by_number = is_number(name, &number);
    if (!by_number && strlen(name) < DAY_LEN) {
        return NULL;
    }
    for (size_t i = runs->num_items; i > 0; i--) {
        const struct history_run *run = &runs->items[i - 1];
        if (by_number ? run->key.id == number : begins_with(run, name)) {
            return run;
        }
    }
    return NULL;
}

const struct history_run *history_runs_from(const struct history_runs *runs, int64_t at)
{
    size_t low = 0, high = runs->num_items;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (runs->items[middle].key.at < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < runs->num_items ? &runs->items[low] : NULL;
}

const struct history_run *history_runs_before(const struct history_runs *runs, int64_t at)
{
    const struct history_run *from = history_runs_from(runs, at);
    const struct history_run *end = from != NULL ? from : runs->items + runs->num_items;
    return end > runs->items ? end - 1 : NULL;
}
