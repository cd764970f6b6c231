#include "output/history/history_sql.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/base/hex.h"

/* A night of a million domains is added within a minute; whoever else writes waits for it. */
#define BUSY_MS      120000
#define PATH_LEN_MAX 4096

/* ---- What goes wrong ---- */

bool history_sql_fail_with(struct history_sql *sql, const char *what)
{
    if (!sql->has_failed) {
        snprintf(sql->error, sizeof(sql->error), "%s: %s", sql->path, what);
        sql->has_failed = true;
    }
    return false;
}

static bool fail_with_system(struct history_sql *sql, const char *what)
{
    char text[HISTORY_ERROR_MAX / 2];
    int error = sqlite3_system_errno(sql->db);
    if (error == 0) {
        return history_sql_fail_with(sql, what);
    }
    snprintf(text, sizeof(text), "%s (%s)", what, strerror(error));
    return history_sql_fail_with(sql, text);
}

/* What SQLite says. */
static bool sql_fail(struct history_sql *sql)
{
    switch (sqlite3_errcode(sql->db)) {
    case SQLITE_FULL:
        return history_sql_fail_with(sql, "the disk is full; what was there before is whole");
    case SQLITE_BUSY:
        return history_sql_fail_with(sql, "another program writes it, and has not come to an end");
    case SQLITE_READONLY:
        return history_sql_fail_with(
            sql, "it cannot be written: SQLite writes the file and two more beside it, FILE-wal "
                 "and FILE-shm, so that its folder must be writable, too");
    case SQLITE_CANTOPEN:
        return fail_with_system(
            sql, "it cannot be opened: there is no such file or folder, or its folder, in which "
                 "SQLite keeps FILE-wal and FILE-shm, cannot be written");
    case SQLITE_IOERR:
        return fail_with_system(sql, "it cannot be read or written");
    case SQLITE_CORRUPT:
        return history_sql_fail_with(sql, "it is damaged");
    case SQLITE_NOTADB:
        return history_sql_fail_with(sql, "it is no SQLite database");
    case SQLITE_NOMEM:
        return history_sql_fail_with(sql, "out of memory");
    default:
        return history_sql_fail_with(sql, sqlite3_errmsg(sql->db));
    }
}

/* ---- Opening ---- */

/* Where nobody writes: there is no log beside it, and we could not make one. */
static bool is_at_rest(const char *path)
{
    char folder[PATH_LEN_MAX], log[PATH_LEN_MAX + sizeof("-wal")];
    snprintf(folder, sizeof(folder), "%s", path);
    char *slash = strrchr(folder, '/');
    snprintf(log, sizeof(log), "%s-wal", path);
    if (slash != NULL) {
        slash[slash == folder ? 1 : 0] = '\0';
    }
    return access(path, R_OK) == 0 && access(log, F_OK) != 0 &&
           (access(path, W_OK) != 0 || access(slash != NULL ? folder : ".", W_OK) != 0);
}

/* The path as a URI (RFC 3986 section 2.1) that has SQLite make no files beside it. */
static void write_uri(char *out, const char *path)
{
    out += sprintf(out, "file:");
    for (; *path != '\0'; path++) {
        const uint8_t byte = (uint8_t)*path;
        bool is_plain = isalnum(byte) || strchr("/._-", byte) != NULL;
        if (is_plain) {
            *out++ = *path;
        } else {
            *out++ = '%';
            out = hex_write(out, &byte, 1, HEX_UPPER);
        }
    }
    sprintf(out, "?immutable=1");
}

static int open_file(struct history_sql *sql, const char *path, bool writable)
{
    char uri[sizeof("file:?immutable=1") + 3 * PATH_LEN_MAX];
    if (!writable && strlen(path) < PATH_LEN_MAX && is_at_rest(path)) {
        write_uri(uri, path);
        return sqlite3_open_v2(uri, &sql->db,
                               SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
    }
    int flags = writable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
    return sqlite3_open_v2(path, &sql->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
}

bool history_sql_open(struct history_sql *sql, const char *path, bool writable)
{
    *sql = (struct history_sql){.path = path};
    int status = open_file(sql, path, writable);
    if (sql->db == NULL) {
        return history_sql_fail_with(sql, "out of memory");
    }
    if (status != SQLITE_OK) {
        return sql_fail(sql);
    }
    /* The file may come from elsewhere: nothing that stands in its schema is to be run. */
    sqlite3_db_config(sql->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_busy_timeout(sql->db, BUSY_MS);
    /* No files but those beside it: the sandbox lets none be made elsewhere. */
    sqlite3_exec(sql->db, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
    return true;
}

void history_sql_close(struct history_sql *sql)
{
    sqlite3_close_v2(sql->db);
    sql->db = NULL;
}

/* ---- Statements ---- */

bool history_sql_exec(struct history_sql *sql, const char *text)
{
    return !sql->has_failed &&
           (sqlite3_exec(sql->db, text, NULL, NULL, NULL) == SQLITE_OK || sql_fail(sql));
}

sqlite3_stmt *history_sql_prepare(struct history_sql *sql, const char *text)
{
    sqlite3_stmt *statement = NULL;
    if (!sql->has_failed && sqlite3_prepare_v2(sql->db, text, -1, &statement, NULL) != SQLITE_OK) {
        sql_fail(sql);
    }
    return statement;
}

static void take(struct history_sql *sql, int status)
{
    if (status != SQLITE_OK && !sql->has_failed) {
        sql_fail(sql);
    }
}

void history_sql_bind(struct history_sql *sql, sqlite3_stmt *statement, int index, int64_t value)
{
    if (!sql->has_failed) {
        take(sql, sqlite3_bind_int64(statement, index, value));
    }
}

void history_sql_bind_text(struct history_sql *sql, sqlite3_stmt *statement, int index,
                           struct text value)
{
    if (!sql->has_failed) {
        take(sql, sqlite3_bind_text64(statement, index, value.bytes, value.len, SQLITE_STATIC,
                                      SQLITE_UTF8));
    }
}

void history_sql_bind_blob(struct history_sql *sql, sqlite3_stmt *statement, int index,
                           const void *bytes, size_t len)
{
    if (!sql->has_failed) {
        take(sql, sqlite3_bind_blob64(statement, index, bytes, len, SQLITE_STATIC));
    }
}

bool history_sql_row(struct history_sql *sql, sqlite3_stmt *statement)
{
    if (sql->has_failed) {
        return false;
    }
    int status = sqlite3_step(statement);
    if (status == SQLITE_ROW) {
        return true;
    }
    if (status != SQLITE_DONE) {
        sql_fail(sql);
    }
    history_sql_done(statement);
    return false;
}

void history_sql_done(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

bool history_sql_run(struct history_sql *sql, sqlite3_stmt *statement)
{
    while (history_sql_row(sql, statement)) {}
    return !sql->has_failed;
}

struct text history_sql_text(sqlite3_stmt *statement, int column)
{
    const char *bytes = (const char *)sqlite3_column_text(statement, column);
    return (struct text){bytes,
                         bytes != NULL ? (size_t)sqlite3_column_bytes(statement, column) : 0};
}

int64_t history_sql_number(struct history_sql *sql, const char *text, int64_t otherwise)
{
    sqlite3_stmt *statement = history_sql_prepare(sql, text);
    int64_t number = otherwise;
    if (history_sql_row(sql, statement)) {
        number = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return number;
}
