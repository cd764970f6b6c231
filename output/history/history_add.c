#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "io/base/hex.h"
#include "output/file/result_file.h"
#include "output/history/history_content.h"
#include "output/history/history_host_state.h"
#include "output/history/history_hosts.h"
#include "output/history/history_store.h"
#include "output/record/record_json.h"

#define NAME_MAX_BYTES 4096 /* as long as a line of the list is in a record */
#define CACHE_KIB      "65536"

enum { DIGEST_LEN = 16, SHA256_HEX_LEN = 2 * SHA256_DIGEST_LENGTH };

/* Statements, by what they do. */
enum statement {
    FIND_SUBJECT,
    ADD_SUBJECT,
    FIND_CONTENT,
    ADD_CONTENT,
    FIND_CERTIFICATE,
    ADD_CERTIFICATE,
    FIND_STATE,
    ADD_STATE,
    KEEP_STATE,
    SEE_SUBJECT,
    STATEMENT_COUNT
};

#define STATE_VALUES " (subject, at, content, line, addresses) VALUES (?, ?, ?, ?, ?)"
#define FIND_STATE_TEXT                                                                            \
    "SELECT content, line, addresses FROM state"                                                   \
    " WHERE subject = ? AND at < ? ORDER BY at DESC LIMIT 1"

static const char *const texts[STATEMENT_COUNT] = {
    [FIND_SUBJECT] = "SELECT id FROM subject WHERE kind = ? AND name = ? AND number = ?",
    [ADD_SUBJECT] = "INSERT INTO subject (kind, name, number) VALUES (?, ?, ?)",
    [FIND_CONTENT] = "SELECT id FROM content WHERE digest = ?",
    [ADD_CONTENT] = "INSERT INTO content (digest, record) VALUES (?, ?)",
    [FIND_CERTIFICATE] = "SELECT id FROM certificate WHERE sha256 = ?",
    [ADD_CERTIFICATE] = "INSERT INTO certificate (sha256, record) VALUES (?, ?)",
    [FIND_STATE] = FIND_STATE_TEXT,
    [ADD_STATE] = "INSERT INTO state" STATE_VALUES,
    [KEEP_STATE] = "INSERT OR IGNORE INTO state" STATE_VALUES,
    [SEE_SUBJECT] = "INSERT OR IGNORE INTO temp.seen (subject) VALUES (?)",
};

/* What a subject was in a run. */
struct state {
    int64_t content;       /* 0: it was not in the run */
    int64_t line;          /* 0: of a host */
    struct text addresses; /* of a host */
};

struct addition {
    struct history_sql *sql;
    const struct result_file *file;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    struct history_hosts hosts;
    struct json_writer writer;
    struct history_run_key key;
    int64_t later; /* when the next run in time began; 0: there is none */
};

/* ---- Things that have a number ---- */

/* The number that the first statement finds, or a new one that the second makes. Both have the same
 * values, from 1 on, but for what the second one has besides. */
static int64_t find_or_add(struct addition *addition, enum statement find, enum statement add)
{
    struct history_sql *sql = addition->sql;
    if (history_sql_row(sql, addition->statements[find])) {
        int64_t id = sqlite3_column_int64(addition->statements[find], 0);
        history_sql_done(addition->statements[find]);
        history_sql_done(addition->statements[add]);
        return id;
    }
    return history_sql_run(sql, addition->statements[add]) ? sqlite3_last_insert_rowid(sql->db) : 0;
}

static struct text text_of(const char *string)
{
    return (struct text){string, strlen(string)};
}

/* 0: it has failed. */
static int64_t subject_of(struct addition *addition, const char *kind, const char *name,
                          int64_t number)
{
    struct history_sql *sql = addition->sql;
    if (strlen(name) > NAME_MAX_BYTES) {
        history_sql_fail_with(sql, "a name in the result file is longer than any can be");
        return 0;
    }
    const enum statement both[] = {FIND_SUBJECT, ADD_SUBJECT};
    for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
        sqlite3_stmt *statement = addition->statements[both[i]];
        history_sql_bind_text(sql, statement, 1, text_of(kind));
        history_sql_bind_text(sql, statement, 2, text_of(name));
        history_sql_bind(sql, statement, 3, number);
    }
    return find_or_add(addition, FIND_SUBJECT, ADD_SUBJECT);
}

/* Of the object in the writer. */
static int64_t content_of(struct addition *addition)
{
    struct history_sql *sql = addition->sql;
    struct text record = json_writer_text(&addition->writer);
    uint8_t digest[SHA256_DIGEST_LENGTH];
    if (record.bytes == NULL) {
        history_sql_fail_with(sql, "out of memory");
        return 0;
    }
    SHA256((const uint8_t *)record.bytes, record.len, digest);
    history_sql_bind_blob(sql, addition->statements[FIND_CONTENT], 1, digest, DIGEST_LEN);
    history_sql_bind_blob(sql, addition->statements[ADD_CONTENT], 1, digest, DIGEST_LEN);
    history_sql_bind_text(sql, addition->statements[ADD_CONTENT], 2, record);
    return find_or_add(addition, FIND_CONTENT, ADD_CONTENT);
}

static int64_t certificate_of(struct addition *addition,
                              const struct certificate_record *certificate)
{
    struct history_sql *sql = addition->sql;
    char digest[SHA256_HEX_LEN];
    hex_write(digest, certificate->sha256, sizeof(certificate->sha256), HEX_LOWER);
    json_writer_clear(&addition->writer);
    history_content_certificate(&addition->writer, certificate);
    struct text record = json_writer_text(&addition->writer);
    if (record.bytes == NULL) {
        history_sql_fail_with(sql, "out of memory");
        return 0;
    }
    const struct text key = {digest, sizeof(digest)};
    history_sql_bind_text(sql, addition->statements[FIND_CERTIFICATE], 1, key);
    history_sql_bind_text(sql, addition->statements[ADD_CERTIFICATE], 1, key);
    history_sql_bind_text(sql, addition->statements[ADD_CERTIFICATE], 2, record);
    return find_or_add(addition, FIND_CERTIFICATE, ADD_CERTIFICATE);
}

/* ---- States ---- */

/* Its addresses are in the arena. */
static struct state state_before(struct addition *addition, int64_t subject, struct arena *arena)
{
    struct history_sql *sql = addition->sql;
    sqlite3_stmt *statement = addition->statements[FIND_STATE];
    struct state state = {0};
    history_sql_bind(sql, statement, 1, subject);
    history_sql_bind(sql, statement, 2, addition->key.at);
    if (history_sql_row(sql, statement)) {
        struct text addresses = history_sql_text(statement, 2);
        state.content = sqlite3_column_int64(statement, 0);
        state.line = sqlite3_column_int64(statement, 1);
        if (addresses.bytes != NULL) {
            state.addresses.bytes = arena_copy(arena, addresses.bytes, addresses.len);
            state.addresses.len = addresses.len;
        }
        if (arena->has_failed) {
            history_sql_fail_with(sql, "out of memory");
        }
        history_sql_done(statement);
    }
    return state;
}

static bool is_same_state(const struct state *a, const struct state *b)
{
    return a->content == b->content && a->line == b->line && a->addresses.len == b->addresses.len &&
           (a->addresses.len == 0 ||
            memcmp(a->addresses.bytes, b->addresses.bytes, a->addresses.len) == 0);
}

static void write_state(struct addition *addition, enum statement which, int64_t subject,
                        int64_t at, struct state state)
{
    sqlite3_stmt *statement = addition->statements[which];
    history_sql_bind(addition->sql, statement, 1, subject);
    history_sql_bind(addition->sql, statement, 2, at);
    if (state.content != 0) {
        history_sql_bind(addition->sql, statement, 3, state.content);
    }
    if (state.line != 0) {
        history_sql_bind(addition->sql, statement, 4, state.line);
    }
    if (state.addresses.bytes != NULL) {
        history_sql_bind_text(addition->sql, statement, 5, state.addresses);
    }
    history_sql_run(addition->sql, statement);
}

/*
 * Only a difference is written. Where the run is older than others, what the next one found to be
 * as in the run before is no difference from that one any more.
 */
static void put_state(struct addition *addition, int64_t subject, struct state state)
{
    struct arena arena = {0};
    struct state before = state_before(addition, subject, &arena);
    if (!addition->sql->has_failed && !is_same_state(&before, &state)) {
        write_state(addition, ADD_STATE, subject, addition->key.at, state);
        if (addition->later != 0) {
            write_state(addition, KEEP_STATE, subject, addition->later, before);
        }
    }
    arena_free(&arena);
}

/* False where the run had this subject before. */
static bool see_subject(struct addition *addition, int64_t subject)
{
    sqlite3_stmt *statement = addition->statements[SEE_SUBJECT];
    history_sql_bind(addition->sql, statement, 1, subject);
    return history_sql_run(addition->sql, statement) && sqlite3_changes(addition->sql->db) > 0;
}

/* Subjects of the history that this run does not have. */
static void put_absent(struct addition *addition)
{
    sqlite3_stmt *statement = history_sql_prepare(
        addition->sql,
        "SELECT id FROM subject WHERE id NOT IN (SELECT subject FROM temp.seen) ORDER BY id");
    while (history_sql_row(addition->sql, statement)) {
        put_state(addition, sqlite3_column_int64(statement, 0), (struct state){0});
    }
    sqlite3_finalize(statement);
}

/* ---- Hosts ---- */

/* The provider is the host's, which each of its addresses shows. */
static void read_address(struct addition *addition, const struct history_host *host,
                         const char *address, struct history_address_state *out_state,
                         const char **out_provider, struct arena *arena)
{
    struct endpoint_record endpoint;
    *out_state = (struct history_address_state){.address = address};
    if (!result_file_endpoint(addition->file, host->name, address, host->port, arena, &endpoint)) {
        return;
    }
    json_writer_clear(&addition->writer);
    history_content_endpoint(&addition->writer, &endpoint);
    out_state->content = content_of(addition);
    if (endpoint.certificate != NULL) {
        out_state->certificate = certificate_of(addition, endpoint.certificate);
    }
    if (endpoint.provider != NULL) {
        *out_provider = endpoint.provider;
    }
}

static void add_host(struct addition *addition, const struct history_host *host)
{
    struct arena arena = {0};
    struct history_host_state state = {.num_addresses = host->num_addresses};
    state.addresses = arena_alloc(&arena, host->num_addresses * sizeof(*state.addresses));
    if (state.addresses == NULL) {
        history_sql_fail_with(addition->sql, "out of memory");
        return;
    }
    for (size_t i = 0; i < host->num_addresses; i++) {
        read_address(addition, host, host->addresses[i], &state.addresses[i], &state.provider,
                     &arena);
    }
    int64_t subject = subject_of(addition, "host", host->name, host->port);
    json_writer_clear(&addition->writer);
    history_host_state_write(&addition->writer, &state);
    struct state kept = {.content = content_of(addition)};
    json_writer_clear(&addition->writer);
    history_host_state_write_addresses(&addition->writer, &state);
    kept.addresses = json_writer_text(&addition->writer);
    if (kept.addresses.bytes == NULL) {
        history_sql_fail_with(addition->sql, "out of memory");
    }
    put_state(addition, subject, kept);
    see_subject(addition, subject);
    arena_free(&arena);
}

/* ---- Domains ---- */

/* One that the list has more than once is a subject for each of its lines. */
static int64_t domain_subject(struct addition *addition, const struct domain_record *domain)
{
    const char *input = domain->input.bytes != NULL ? domain->input.bytes : "";
    const char *kind = domain->domain != NULL ? "domain" : "line";
    const char *name = domain->domain != NULL ? domain->domain : input;
    int64_t subject = 0;
    for (int64_t number = 0; !addition->sql->has_failed; number++) {
        subject = subject_of(addition, kind, name, number);
        if (subject != 0 && see_subject(addition, subject)) {
            break;
        }
    }
    return subject;
}

static void add_domain(struct addition *addition, const struct domain_record *domain,
                       struct arena *arena)
{
    int64_t subject = domain_subject(addition, domain);
    json_writer_clear(&addition->writer);
    history_content_domain(&addition->writer, domain, &addition->hosts, arena);
    const struct state state = {.content = content_of(addition), .line = (int64_t)domain->line};
    put_state(addition, subject, state);
}

typedef void take_domain(struct addition *addition, const struct domain_record *domain,
                         struct arena *arena);

static void for_each_domain(struct addition *addition, take_domain *take)
{
    size_t num = result_file_num_domains(addition->file);
    for (size_t i = 0; !addition->sql->has_failed && i < num; i++) {
        struct arena arena = {0};
        struct domain_record domain;
        if (result_file_domain(addition->file, i, &arena, &domain)) {
            take(addition, &domain, &arena);
        } else {
            history_sql_fail_with(addition->sql, "a record of the result file cannot be read "
                                                 "again: was that file changed meanwhile?");
        }
        arena_free(&arena);
    }
}

static void take_hosts(struct addition *addition, const struct domain_record *domain,
                       struct arena *arena)
{
    (void)arena;
    if (!history_hosts_take(&addition->hosts, domain)) {
        history_sql_fail_with(addition->sql, "out of memory");
    }
}

static void add_records(struct addition *addition)
{
    for_each_domain(addition, take_hosts);
    for (const struct history_host *host = STAILQ_FIRST(&addition->hosts.list);
         host != NULL && !addition->sql->has_failed; host = STAILQ_NEXT(host, next)) {
        add_host(addition, host);
    }
    for_each_domain(addition, add_domain);
    put_absent(addition);
}

/* ---- The run ---- */

/* Two files are of one run if that began at the same moment with the same list and options. */
static void write_identity(struct json_writer *writer, const struct run_record *run)
{
    static const char *const names[] = {"started", "list", "list_sha256", "options"};
    json_writer_clear(writer);
    json_open_object(writer);
    record_json_members(writer, &record_of_run, run, names, sizeof(names) / sizeof(names[0]));
    json_close_object(writer);
}

static bool find_run(struct addition *addition, struct text identity)
{
    sqlite3_stmt *statement =
        history_sql_prepare(addition->sql, "SELECT id, at FROM run WHERE identity = ?");
    history_sql_bind_text(addition->sql, statement, 1, identity);
    bool found = history_sql_row(addition->sql, statement);
    if (found) {
        addition->key.id = sqlite3_column_int64(statement, 0);
        addition->key.at = sqlite3_column_int64(statement, 1);
    }
    sqlite3_finalize(statement);
    return found;
}

/* When the first run at `at` or behind it began; 0: there is none. */
static int64_t run_from(struct addition *addition, int64_t at)
{
    sqlite3_stmt *statement =
        history_sql_prepare(addition->sql, "SELECT coalesce(min(at), 0) FROM run WHERE at >= ?");
    history_sql_bind(addition->sql, statement, 1, at);
    int64_t found =
        history_sql_row(addition->sql, statement) ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return found;
}

/* Of two runs that began in one millisecond the second is taken for a little later. */
static void choose_time(struct addition *addition)
{
    int64_t at = (int64_t)(result_file_run(addition->file)->started * 1000);
    while (!addition->sql->has_failed && run_from(addition, at) == at) {
        at++;
    }
    addition->key.at = at;
    addition->later = run_from(addition, at);
}

static void insert_run(struct addition *addition, struct text identity)
{
    struct history_sql *sql = addition->sql;
    struct json_writer record;
    sqlite3_stmt *statement = history_sql_prepare(
        sql, "INSERT INTO run (at, identity, record, summary) VALUES (?, ?, ?, ?)");
    json_writer_init(&record);
    record_json_run(&record, result_file_run(addition->file));
    json_writer_clear(&addition->writer);
    record_json_summary(&addition->writer, result_file_summary(addition->file));
    history_sql_bind(sql, statement, 1, addition->key.at);
    history_sql_bind_text(sql, statement, 2, identity);
    history_sql_bind_text(sql, statement, 3, json_writer_text(&record));
    history_sql_bind_text(sql, statement, 4, json_writer_text(&addition->writer));
    if (history_sql_run(sql, statement)) {
        addition->key.id = sqlite3_last_insert_rowid(sql->db);
    }
    sqlite3_finalize(statement);
    json_writer_fini(&record);
}

static enum history_added add_run(struct addition *addition)
{
    struct json_writer identity;
    json_writer_init(&identity);
    write_identity(&identity, result_file_run(addition->file));
    struct text text = json_writer_text(&identity);
    bool is_known = find_run(addition, text);
    if (!is_known) {
        choose_time(addition);
        insert_run(addition, text);
        add_records(addition);
    }
    json_writer_fini(&identity);
    if (addition->sql->has_failed) {
        return HISTORY_FAILED;
    }
    return is_known ? HISTORY_KNOWN : HISTORY_ADDED;
}

/* ---- The transaction ---- */

static bool begin(struct addition *addition)
{
    bool ok = history_sql_exec(addition->sql,
                               "PRAGMA cache_size = -" CACHE_KIB "; PRAGMA temp_store = MEMORY;"
                               "CREATE TEMP TABLE IF NOT EXISTS seen"
                               " (subject INTEGER PRIMARY KEY);"
                               "DELETE FROM temp.seen;"
                               "BEGIN IMMEDIATE");
    for (unsigned i = 0; ok && i < STATEMENT_COUNT; i++) {
        addition->statements[i] = history_sql_prepare(addition->sql, texts[i]);
        ok = addition->statements[i] != NULL;
    }
    return ok;
}

static enum history_added end(struct addition *addition, enum history_added added)
{
    for (unsigned i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(addition->statements[i]);
    }
    history_hosts_fini(&addition->hosts);
    json_writer_fini(&addition->writer);
    if (added == HISTORY_ADDED && !history_sql_exec(addition->sql, "COMMIT")) {
        added = HISTORY_FAILED;
    }
    if (added != HISTORY_ADDED) {
        sqlite3_exec(addition->sql->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return added;
}

static enum history_added add_file(struct history *history, const struct result_file *file,
                                   struct history_run_key *out_key)
{
    struct addition addition = {.sql = &history->sql, .file = file};
    history_hosts_init(&addition.hosts);
    json_writer_init(&addition.writer);
    enum history_added added = begin(&addition) ? add_run(&addition) : HISTORY_FAILED;
    added = end(&addition, added);
    *out_key = addition.key;
    return added;
}

/* ---- What is refused ---- */

static const char *refusal_of(const struct result_file *file)
{
    if (result_file_void(file) != NULL) {
        return "its run is void, as what answered was not the servers; a history has no place for "
               "it";
    }
    switch (result_file_ending(file)) {
    case RESULT_COMPLETE:
        return NULL;
    case RESULT_INCOMPLETE:
        return "its run was cut short; go on with it (mxgrade scan --resume) and add it then";
    case RESULT_CUT:
        return "it ends without a summary, as its run was cut short or is still under way; go on "
               "with it (mxgrade scan --resume) and add it then";
    }
    return NULL;
}

enum history_added history_add(struct history *history, const char *results,
                               struct history_run_key *out_key, char *out_error, size_t error_size)
{
    struct result_file *file = result_file_open(results, true, out_error, error_size);
    if (file == NULL) {
        return HISTORY_UNREADABLE;
    }
    enum history_added added;
    const char *refusal = refusal_of(file);
    if (refusal != NULL) {
        snprintf(out_error, error_size, "%s: %s", results, refusal);
        added = HISTORY_REFUSED;
    } else if (result_file_num_domains(file) == 0 && result_file_num_endpoints(file) > 0) {
        snprintf(out_error, error_size,
                 "%s: it is of a list of hosts and has no domains, of which a history is", results);
        added = HISTORY_UNREADABLE;
    } else {
        added = add_file(history, file, out_key);
        if (added == HISTORY_FAILED) {
            snprintf(out_error, error_size, "%s", history->sql.error);
        }
    }
    result_file_close(file);
    return added;
}
