#include "output/history/history_past.h"

#include <string.h>

#include "output/history/history_host_state.h"
#include "output/history/history_records.h"
#include "output/history/history_store.h"
#include "output/record/record_read.h"

#define FOREVER INT64_MAX

/* From the first run of a stretch to its last. */
struct stretch {
    const struct history_run *first, *last;
};

struct telling {
    struct history_sql *sql;
    const struct history_runs *runs;
    struct history_past *past;
    sqlite3_stmt *host_states, *certificate;
    const struct history_change *last_change; /* NULL: none so far */
};

static void fail_as_damaged(struct telling *telling)
{
    history_sql_fail_with(telling->sql, "it is damaged, or there is no memory to read it");
}

/* ---- Stretches ---- */

/* The runs from one time on, and before another; false: there are none. */
static bool stretch_of(const struct history_runs *runs, int64_t from, int64_t end,
                       struct stretch *out_stretch)
{
    out_stretch->first = history_runs_from(runs, from);
    if (out_stretch->first == NULL) {
        return false;
    }
    out_stretch->last =
        end != FOREVER ? history_runs_before(runs, end) : &runs->items[runs->num_items - 1];
    return out_stretch->last != NULL && out_stretch->first <= out_stretch->last;
}

/* Stretches come in the order of time and do not overlap. */
static void extend(struct telling *telling, struct history_span *span,
                   const struct stretch *stretch)
{
    const struct history_runs *runs = telling->runs;
    if (span->num_runs == 0) {
        span->first_run = stretch->first->key.id;
        span->first_seen = history_seconds(stretch->first->key.at);
    }
    span->last_run = stretch->last->key.id;
    span->last_seen = history_seconds(stretch->last->key.at);
    span->num_runs += (uint64_t)(stretch->last - stretch->first) + 1;
    span->is_current = stretch->last == runs->items + runs->num_items - 1;
}

/* ---- Changes ---- */

static bool is_same(const struct history_change *a, const struct history_change *b)
{
    return a->is_listed == b->is_listed &&
           (!a->is_listed || (a->grade == b->grade && a->score == b->score && a->mail == b->mail &&
                              a->opportunistic == b->opportunistic && a->enforced == b->enforced &&
                              a->dane == b->dane && a->mta_sts == b->mta_sts));
}

/* `domain` is NULL where the run did not have it. */
static void add_change(struct telling *telling, const struct history_run *run,
                       const struct domain_record *domain)
{
    struct history_past *past = telling->past;
    struct history_change change = {
        .run = run->key.id, .seen = history_seconds(run->key.at), .is_listed = domain != NULL};
    if (domain != NULL) {
        change.grade = domain->grade;
        change.score = domain->score;
        change.mail = domain->mail;
        change.opportunistic = domain->opportunistic;
        change.enforced = domain->enforced;
        change.dane = domain->dane;
        change.mta_sts = domain->mta_sts.status;
    }
    const struct history_change *last = telling->last_change;
    if (last != NULL ? is_same(last, &change) : domain == NULL) {
        return;
    }
    struct history_change *kept = arena_alloc(&past->memory, sizeof(*kept));
    if (kept == NULL) {
        fail_as_damaged(telling);
        return;
    }
    *kept = change;
    STAILQ_INSERT_TAIL(&past->changes, kept, next);
    telling->last_change = kept;
}

/* ---- Findings ---- */

static struct history_finding *find_finding(const struct history_past *past, const char *code)
{
    for (struct history_finding *finding = STAILQ_FIRST(&past->findings); finding != NULL;
         finding = STAILQ_NEXT(finding, next)) {
        if (strcmp(finding->code, code) == 0) {
            return finding;
        }
    }
    return NULL;
}

static struct history_finding *add_finding(struct history_past *past, const char *code)
{
    struct history_finding *finding = arena_alloc(&past->memory, sizeof(*finding));
    if (finding == NULL ||
        (finding->code = arena_copy(&past->memory, code, strlen(code))) == NULL) {
        return NULL;
    }
    STAILQ_INSERT_TAIL(&past->findings, finding, next);
    return finding;
}

static void take_finding(struct telling *telling, const struct finding *seen,
                         const struct stretch *stretch)
{
    struct history_past *past = telling->past;
    struct history_finding *finding = seen->code != NULL ? find_finding(past, seen->code) : NULL;
    if (seen->code == NULL || (finding != NULL && finding->span.num_runs > 0 &&
                               finding->span.last_run == stretch->last->key.id)) {
        return; /* a record that has it twice */
    }
    if (finding == NULL) {
        finding = add_finding(past, seen->code);
    }
    if (finding == NULL) {
        fail_as_damaged(telling);
        return;
    }
    finding->severity = seen->severity;
    extend(telling, &finding->span, stretch);
}

/* ---- Certificates ---- */

static struct history_certificate *find_certificate(const struct history_past *past,
                                                    const char *host, uint16_t port, int64_t id)
{
    for (struct history_certificate *item = STAILQ_FIRST(&past->certificates); item != NULL;
         item = STAILQ_NEXT(item, next)) {
        if (item->id == id && item->port == port && strcmp(item->host, host) == 0) {
            return item;
        }
    }
    return NULL;
}

static bool read_certificate(struct telling *telling, int64_t id,
                             struct certificate_record *out_certificate)
{
    history_sql_bind(telling->sql, telling->certificate, 1, id);
    bool found = history_sql_row(telling->sql, telling->certificate) &&
                 history_record_certificate(history_sql_text(telling->certificate, 0),
                                            &telling->past->memory, out_certificate);
    history_sql_done(telling->certificate);
    return found;
}

static struct history_certificate *add_certificate(struct telling *telling, const char *host,
                                                   uint16_t port, int64_t id)
{
    struct history_past *past = telling->past;
    struct history_certificate *item = arena_alloc(&past->memory, sizeof(*item));
    if (item == NULL || (item->host = arena_copy(&past->memory, host, strlen(host))) == NULL ||
        !read_certificate(telling, id, &item->certificate)) {
        return NULL;
    }
    item->id = id;
    item->port = port;
    STAILQ_INSERT_TAIL(&past->certificates, item, next);
    return item;
}

static void take_certificate(struct telling *telling, const char *host, uint16_t port, int64_t id,
                             const struct stretch *stretch)
{
    struct history_certificate *item = find_certificate(telling->past, host, port, id);
    if (item == NULL) {
        item = add_certificate(telling, host, port, id);
    }
    if (item == NULL) {
        fail_as_damaged(telling);
    } else if (item->span.num_runs == 0 || item->span.last_run != stretch->last->key.id) {
        extend(telling, &item->span, stretch); /* once, however many addresses showed it */
    }
}

/* The row of a statement has its texts. */
static void take_host_state(struct telling *telling, const char *host, uint16_t port,
                            sqlite3_stmt *row, const struct stretch *stretch)
{
    struct arena arena = {0};
    struct history_host_state state;
    if (!history_host_state_read(history_sql_text(row, 2), history_sql_text(row, 3), &arena,
                                 &state)) {
        fail_as_damaged(telling);
        state.num_addresses = 0;
    }
    for (size_t i = 0; i < state.num_addresses && !telling->sql->has_failed; i++) {
        if (state.addresses[i].certificate != 0) {
            take_certificate(telling, host, port, state.addresses[i].certificate, stretch);
        }
    }
    arena_free(&arena);
}

/* A state of the host may hold for longer than the stretch in which the domain had the host. */
static void take_state_within(struct telling *telling, const char *host, uint16_t port,
                              sqlite3_stmt *row, const struct stretch *within)
{
    struct stretch stretch;
    int64_t first = within->first->key.at, last = within->last->key.at;
    int64_t from = sqlite3_column_int64(row, 0);
    int64_t end =
        sqlite3_column_type(row, 1) == SQLITE_NULL ? FOREVER : sqlite3_column_int64(row, 1);
    if (sqlite3_column_type(row, 2) != SQLITE_NULL &&
        stretch_of(telling->runs, from > first ? from : first, end <= last ? end : last + 1,
                   &stretch)) {
        take_host_state(telling, host, port, row, &stretch);
    }
}

/* Each state of the host with the time of the next one. */
static void take_host(struct telling *telling, const struct mx_record *mx,
                      const struct stretch *stretch)
{
    struct history_sql *sql = telling->sql;
    sqlite3_stmt *states = telling->host_states;
    if (mx->host.bytes == NULL || mx->num_endpoints == 0) {
        return;
    }
    uint16_t port = mx->endpoints[0].port;
    history_sql_bind_text(sql, states, 1, (struct text){mx->host.bytes, strlen(mx->host.bytes)});
    history_sql_bind(sql, states, 2, port);
    history_sql_bind(sql, states, 3, stretch->first->key.at);
    history_sql_bind(sql, states, 4, stretch->last->key.at);
    while (history_sql_row(sql, states)) {
        take_state_within(telling, mx->host.bytes, port, states, stretch);
    }
}

/* ---- The domain ---- */

static void take_domain(struct telling *telling, const struct domain_record *domain,
                        const struct stretch *stretch)
{
    extend(telling, &telling->past->span, stretch);
    add_change(telling, stretch->first, domain);
    for (size_t i = 0; i < domain->num_findings; i++) {
        take_finding(telling, &domain->findings[i], stretch);
    }
    for (size_t i = 0; i < domain->num_mx; i++) {
        take_host(telling, &domain->mx[i], stretch);
    }
    for (size_t i = 0; i < domain->num_services; i++) {
        take_host(telling, &domain->services[i].host, stretch);
    }
}

/* A state that holds from `from` to before `end`. */
static void take_state(struct telling *telling, struct text text, int64_t from, int64_t end)
{
    struct arena arena = {0};
    struct stretch stretch;
    struct record record;
    if (!stretch_of(telling->runs, from, end, &stretch)) {
        return;
    }
    if (text.bytes == NULL) {
        add_change(telling, stretch.first, NULL);
    } else if (record_read(text.bytes, text.len, &arena, &record) == RECORD_READ &&
               record.kind == RECORD_DOMAIN) {
        take_domain(telling, &record.domain, &stretch);
    } else {
        fail_as_damaged(telling);
    }
    arena_free(&arena);
}

static void take_states(struct telling *telling)
{
    struct history_sql *sql = telling->sql;
    sqlite3_stmt *states = history_sql_prepare(
        sql, "SELECT state.at, lead(state.at) OVER (ORDER BY state.at), content.record FROM state"
             " JOIN subject ON subject.id = state.subject"
             " LEFT JOIN content ON content.id = state.content"
             " WHERE subject.kind = 'domain' AND subject.name = ? AND subject.number = 0"
             " ORDER BY state.at");
    const char *name = telling->past->domain;
    history_sql_bind_text(sql, states, 1, (struct text){name, strlen(name)});
    while (history_sql_row(sql, states)) {
        int64_t end = sqlite3_column_type(states, 1) == SQLITE_NULL
                          ? FOREVER
                          : sqlite3_column_int64(states, 1);
        take_state(telling, history_sql_text(states, 2), sqlite3_column_int64(states, 0), end);
    }
    sqlite3_finalize(states);
}

bool history_past_read(struct history *history, const struct history_runs *runs, const char *domain,
                       struct history_past *out_past)
{
    struct history_sql *sql = &history->sql;
    struct telling telling = {.sql = sql, .runs = runs, .past = out_past};
    *out_past = (struct history_past){.domain = domain, .num_runs = runs->num_items};
    STAILQ_INIT(&out_past->changes);
    STAILQ_INIT(&out_past->findings);
    STAILQ_INIT(&out_past->certificates);
    telling.certificate = history_sql_prepare(sql, "SELECT record FROM certificate WHERE id = ?");
    telling.host_states = history_sql_prepare(
        sql, "SELECT at, until, record, addresses FROM"
             " (SELECT state.at, content.record, state.addresses,"
             "  lead(state.at) OVER (ORDER BY state.at) AS until FROM state"
             "  JOIN subject ON subject.id = state.subject"
             "  LEFT JOIN content ON content.id = state.content"
             "  WHERE subject.kind = 'host' AND subject.name = ? AND subject.number = ?)"
             " WHERE (until IS NULL OR until > ?) AND at <= ? ORDER BY at");
    take_states(&telling);
    sqlite3_finalize(telling.certificate);
    sqlite3_finalize(telling.host_states);
    return !sql->has_failed;
}

void history_past_fini(struct history_past *past)
{
    arena_free(&past->memory);
}
