#include "output/history/history_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APPLICATION_ID 0x4d584752 /* "MXGR" */

#define NUMBER_TEXT_(number) #number
#define NUMBER_TEXT(number)  NUMBER_TEXT_(number)

/*
 * `content` has each text once, whatever says it. `state` has a row for a subject where it differs
 * from what it was in the run before; without a content it was not in that run. The view is for
 * people with other tools.
 */
static const char schema[] =
    "CREATE TABLE run ("
    " id INTEGER PRIMARY KEY,"
    " at INTEGER NOT NULL UNIQUE," /* milliseconds since 1970 */
    " identity TEXT NOT NULL UNIQUE,"
    " record TEXT NOT NULL," /* its lines in the result file */
    " summary TEXT NOT NULL);"
    "CREATE TABLE subject ("
    " id INTEGER PRIMARY KEY,"
    " kind TEXT NOT NULL," /* domain, host, or line: of the list, and no domain */
    " name TEXT NOT NULL,"
    " number INTEGER NOT NULL," /* the port of a host; else how often the list had it before */
    " UNIQUE (kind, name, number));"
    "CREATE TABLE content ("
    " id INTEGER PRIMARY KEY,"
    " digest BLOB NOT NULL UNIQUE,"
    " record TEXT NOT NULL);"
    "CREATE TABLE certificate ("
    " id INTEGER PRIMARY KEY,"
    " sha256 TEXT NOT NULL UNIQUE,"
    " record TEXT NOT NULL);"
    "CREATE TABLE state ("
    " subject INTEGER NOT NULL,"
    " at INTEGER NOT NULL,"
    " content INTEGER,"
    " line INTEGER,"   /* of the list */
    " addresses TEXT," /* of a host */
    " PRIMARY KEY (subject, at)) WITHOUT ROWID;"
    "CREATE VIEW grade AS SELECT"
    " subject.name AS domain,"
    " replace(datetime(state.at / 1000, 'unixepoch'), ' ', 'T') || 'Z' AS since,"
    " json_extract(content.record, '$.grade') AS grade,"
    " json_extract(content.record, '$.score') AS score,"
    " json_extract(content.record, '$.opportunistic_tls') AS opportunistic_tls,"
    " json_extract(content.record, '$.enforced_tls') AS enforced_tls"
    " FROM state JOIN subject ON subject.id = state.subject"
    " LEFT JOIN content ON content.id = state.content"
    " WHERE subject.kind = 'domain' AND subject.number = 0 ORDER BY subject.name, state.at;"
    "PRAGMA application_id = " NUMBER_TEXT(APPLICATION_ID) ";"
                                                           "PRAGMA user_version = " NUMBER_TEXT(
                                                               HISTORY_VERSION) ";";

/* ---- Opening ---- */

/* Two processes may make the same file: the second one finds the tables. */
static bool make_tables(struct history_sql *sql)
{
    bool ok = history_sql_exec(sql, "BEGIN IMMEDIATE");
    if (ok && history_sql_number(sql, "SELECT count(*) FROM sqlite_schema", 0) == 0) {
        ok = history_sql_exec(sql, schema);
    }
    if (ok && !sql->has_failed) {
        return history_sql_exec(sql, "COMMIT");
    }
    sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

static bool check_version(struct history_sql *sql)
{
    int64_t application = history_sql_number(sql, "PRAGMA application_id", 0);
    int64_t version = history_sql_number(sql, "PRAGMA user_version", 0);
    if (!sql->has_failed && application != APPLICATION_ID) {
        history_sql_fail_with(sql, "it is no history of mxgrade");
    }
    if (!sql->has_failed && version > HISTORY_VERSION) {
        history_sql_fail_with(sql, "it was written by a newer mxgrade; use that one");
    }
    return !sql->has_failed;
}

static bool prepare_file(struct history_sql *sql, enum history_access access)
{
    bool is_empty = history_sql_number(sql, "SELECT count(*) FROM sqlite_schema", 0) == 0;
    if (sql->has_failed) {
        return false;
    }
    if (access == HISTORY_WRITE && is_empty &&
        !(history_sql_exec(sql, "PRAGMA journal_mode = WAL") && make_tables(sql))) {
        return false;
    }
    return check_version(sql);
}

struct history *history_open(const char *path, enum history_access access, char *out_error,
                             size_t error_size)
{
    size_t size = strlen(path) + 1;
    struct history *history = calloc(1, sizeof(*history) + size);
    if (history == NULL) {
        snprintf(out_error, error_size, "%s: out of memory", path);
        return NULL;
    }
    memcpy(history->path, path, size);
    if (!history_sql_open(&history->sql, history->path, access == HISTORY_WRITE) ||
        !prepare_file(&history->sql, access)) {
        snprintf(out_error, error_size, "%s", history->sql.error);
        history_close(history);
        return NULL;
    }
    return history;
}

void history_close(struct history *history)
{
    if (history != NULL) {
        history_sql_close(&history->sql);
        free(history);
    }
}

const char *history_error(const struct history *history)
{
    return history->sql.error;
}
