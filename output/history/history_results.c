#include "output/history/history_results.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/history/history_content.h"
#include "output/history/history_host_state.h"
#include "output/history/history_records.h"
#include "output/history/history_store.h"
#include "output/record/record_json.h"

#define PATH_LEN_MAX 4096

/* Subjects of the kinds, as they were in the run. */
#define STATES_OF(kinds, order)                                                                    \
    "SELECT subject.name, subject.number, content.record, state.line, state.addresses"             \
    " FROM subject"                                                                                \
    " JOIN state ON state.subject = subject.id AND state.at ="                                     \
    "  (SELECT max(at) FROM state WHERE subject = subject.id AND at <= ?)"                         \
    " JOIN content ON content.id = state.content WHERE subject.kind IN (" kinds                    \
    ") ORDER BY " order

struct restoring {
    struct history_sql *sql;
    const struct history_run *run;
    FILE *file;
    struct json_writer writer;
    struct history_hosts hosts;
    sqlite3_stmt *content, *certificate; /* by number */
};

static void fail_as_damaged(struct restoring *restoring)
{
    history_sql_fail_with(restoring->sql, "it is damaged, or there is no memory to read it");
}

/* The line in the writer. */
static void put_line(struct restoring *restoring)
{
    struct text line = json_writer_text(&restoring->writer);
    if (line.bytes == NULL || fwrite(line.bytes, 1, line.len, restoring->file) != line.len ||
        putc('\n', restoring->file) == EOF) {
        history_sql_fail_with(restoring->sql, "no memory, or no room for a temporary file");
    }
    json_writer_clear(&restoring->writer);
}

/* ---- Endpoints ---- */

/* Without bytes where there is no such number. It lasts until the next call. */
static struct text text_by_number(struct restoring *restoring, sqlite3_stmt *statement,
                                  int64_t number)
{
    sqlite3_reset(statement);
    history_sql_bind(restoring->sql, statement, 1, number);
    return number != 0 && history_sql_row(restoring->sql, statement)
               ? history_sql_text(statement, 0)
               : (struct text){NULL, 0};
}

static void put_endpoint(struct restoring *restoring, const char *name, uint16_t port,
                         const struct history_host_state *host,
                         const struct history_address_state *state, struct arena *arena)
{
    struct endpoint_record endpoint;
    struct text content = text_by_number(restoring, restoring->content, state->content);
    struct text certificate = text_by_number(restoring, restoring->certificate, state->certificate);
    if (state->content == 0) {
        return;
    }
    if (!history_record_endpoint(content, certificate, restoring->run->run.now, arena, &endpoint)) {
        fail_as_damaged(restoring);
        return;
    }
    endpoint.host = name;
    endpoint.address = state->address;
    endpoint.family = state->address == NULL ? 0 : strchr(state->address, ':') != NULL ? 6 : 4;
    endpoint.port = port;
    endpoint.provider = host->provider;
    history_content_endpoint_line(&restoring->writer, &endpoint);
    put_line(restoring);
}

static void put_host(struct restoring *restoring, sqlite3_stmt *statement)
{
    struct arena arena = {0};
    struct history_host_state host;
    const char *name = history_sql_text(statement, 0).bytes;
    uint16_t port = (uint16_t)sqlite3_column_int64(statement, 1);
    if (name == NULL || !history_host_state_read(history_sql_text(statement, 2),
                                                 history_sql_text(statement, 4), &arena, &host)) {
        fail_as_damaged(restoring);
        host.num_addresses = 0;
    }
    for (size_t i = 0; i < host.num_addresses && !restoring->sql->has_failed; i++) {
        put_endpoint(restoring, name, port, &host, &host.addresses[i], &arena);
        if (!history_hosts_add(&restoring->hosts, name, port, host.addresses[i].address)) {
            fail_as_damaged(restoring);
        }
    }
    arena_free(&arena);
}

/* ---- Domains ---- */

static void put_domain(struct restoring *restoring, sqlite3_stmt *statement)
{
    struct arena arena = {0};
    struct domain_record domain;
    if (history_record_domain(history_sql_text(statement, 2), &restoring->hosts, &arena, &domain)) {
        domain.line = (uint64_t)sqlite3_column_int64(statement, 3);
        history_content_domain_line(&restoring->writer, &domain);
        put_line(restoring);
    } else {
        fail_as_damaged(restoring);
    }
    arena_free(&arena);
}

/* ---- All of it ---- */

typedef void put_row(struct restoring *restoring, sqlite3_stmt *statement);

static void for_each(struct restoring *restoring, const char *text, put_row *put)
{
    sqlite3_stmt *statement = history_sql_prepare(restoring->sql, text);
    history_sql_bind(restoring->sql, statement, 1, restoring->run->key.at);
    while (history_sql_row(restoring->sql, statement)) {
        put(restoring, statement);
    }
    sqlite3_finalize(statement);
}

/* In one view of the file, whatever is added meanwhile. */
static bool write_run(struct restoring *restoring)
{
    struct history_sql *sql = restoring->sql;
    history_sql_exec(sql, "BEGIN");
    restoring->content = history_sql_prepare(sql, "SELECT record FROM content WHERE id = ?");
    restoring->certificate =
        history_sql_prepare(sql, "SELECT record FROM certificate WHERE id = ?");
    record_json_run(&restoring->writer, &restoring->run->run);
    put_line(restoring);
    for_each(restoring, STATES_OF("'host'", "subject.id"), put_host);
    for_each(restoring, STATES_OF("'domain', 'line'", "state.line, subject.id"), put_domain);
    record_json_summary(&restoring->writer, &restoring->run->summary);
    put_line(restoring);
    sqlite3_finalize(restoring->content);
    sqlite3_finalize(restoring->certificate);
    sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL);
    if (fflush(restoring->file) != 0) {
        history_sql_fail_with(sql, "no room for a temporary file");
    }
    return !sql->has_failed;
}

static struct result_file *restore(struct history *history, const struct history_run *run,
                                   const char *path, FILE *file, char *out_error, size_t error_size)
{
    struct restoring restoring = {.sql = &history->sql, .run = run, .file = file};
    struct result_file *results = NULL;
    json_writer_init(&restoring.writer);
    history_hosts_init(&restoring.hosts);
    if (write_run(&restoring)) {
        results = result_file_open(path, true, out_error, error_size);
    } else {
        snprintf(out_error, error_size, "%s", history->sql.error);
    }
    json_writer_fini(&restoring.writer);
    history_hosts_fini(&restoring.hosts);
    return results;
}

struct result_file *history_results(struct history *history, const struct history_run *run,
                                    char *out_error, size_t error_size)
{
    char path[PATH_LEN_MAX];
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof(path), "%s/mxgrade-history-XXXXXX", folder != NULL ? folder : "/tmp");
    int fd = mkostemp(path, O_CLOEXEC);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        snprintf(out_error, error_size, "%s: no temporary file can be made", path);
        if (fd >= 0) {
            close(fd);
            unlink(path);
        }
        return NULL;
    }
    struct result_file *results = restore(history, run, path, file, out_error, error_size);
    unlink(path);
    fclose(file);
    return results;
}
