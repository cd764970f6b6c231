/*
 * SQLite as this room uses it: statements with bound values, and one place for what goes wrong. The
 * first failure stays, and everything behind it does nothing, so that a caller looks once at the
 * end.
 */
#ifndef MXGRADE_OUTPUT_HISTORY_SQL_H
#define MXGRADE_OUTPUT_HISTORY_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/record/record.h"

#define HISTORY_ERROR_MAX 512

/* All zero before history_sql_open(). */
struct history_sql {
    sqlite3 *db;
    const char *path; /* borrowed */
    bool has_failed;
    char error[HISTORY_ERROR_MAX]; /* a sentence, where it has failed */
};

/* Opens the database, to be written and made if need be, or only read. False: it has failed. */
bool history_sql_open(struct history_sql *sql, const char *path, bool writable);
void history_sql_close(struct history_sql *sql);

/* Remembers that as what went wrong with the file. Returns false. */
bool history_sql_fail_with(struct history_sql *sql, const char *what);

/* Statements without values, one or more. */
bool history_sql_exec(struct history_sql *sql, const char *text);

/* NULL: it has failed. Freed by sqlite3_finalize(). */
sqlite3_stmt *history_sql_prepare(struct history_sql *sql, const char *text);

/* Values of a statement that is about to run, numbered from 1. They stay the caller's, and have to
 * last until it has run. */
void history_sql_bind(struct history_sql *sql, sqlite3_stmt *statement, int index, int64_t value);
void history_sql_bind_text(struct history_sql *sql, sqlite3_stmt *statement, int index,
                           struct text value);
void history_sql_bind_blob(struct history_sql *sql, sqlite3_stmt *statement, int index,
                           const void *bytes, size_t len);

/* The next row, if there is one; else the statement is ready for other values. */
bool history_sql_row(struct history_sql *sql, sqlite3_stmt *statement);
/* Ends a statement whose other rows are of no interest. */
void history_sql_done(sqlite3_stmt *statement);
/* Runs a statement that has no rows. */
bool history_sql_run(struct history_sql *sql, sqlite3_stmt *statement);

/* A text of the row, with a NUL behind it, until the next step; NULL where it is null. */
struct text history_sql_text(sqlite3_stmt *statement, int column);

/* The first column of the only row of a statement without values; `otherwise` without a row. */
int64_t history_sql_number(struct history_sql *sql, const char *text, int64_t otherwise);

#endif
