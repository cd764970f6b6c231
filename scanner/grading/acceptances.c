#include "scanner/grading/acceptances.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "io/base/address.h"
#include "io/base/arena.h"
#include "io/base/calendar.h"
#include "io/base/hex.h"
#include "io/base/hostname.h"
#include "io/base/table.h"
#include "io/base/utf8.h"

#define DAY_LEN         10 /* of "2027-03-31" */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* The columns of a line. */
enum { SUBJECT, FINDING, UNTIL, REASON, BY, NUM_CELLS };

struct acceptance {
    SLIST_ENTRY(acceptance) of_subject;
    STAILQ_ENTRY(acceptance) of_file;
    const char *subject;
    enum finding_code code;
    struct accepted accepted;
    int64_t end; /* the first second that it does not hold in */
    unsigned line;
    atomic_bool is_used;
};

struct subject {
    struct table_node node; /* first */
    SLIST_HEAD(of_subject, acceptance) acceptances;
    const char *name;
};

struct acceptances {
    struct arena arena; /* of all that is in it */
    struct table subjects;
    struct table_seed seed;
    STAILQ_HEAD(of_file, acceptance) all;
    uint64_t num;
    int64_t now;
    char sha256[2 * SHA256_DIGEST_LENGTH + 1];
    char problem[128]; /* a sentence about the last line */
};

struct acceptances *acceptances_new(void)
{
    struct acceptances *acceptances = calloc(1, sizeof(*acceptances));
    if (acceptances != NULL) {
        acceptances->seed = table_seed_random();
        STAILQ_INIT(&acceptances->all);
    }
    return acceptances;
}

void acceptances_free(struct acceptances *acceptances)
{
    if (acceptances == NULL) {
        return;
    }
    while (table_take_any(&acceptances->subjects) != NULL) {}
    table_fini(&acceptances->subjects);
    arena_free(&acceptances->arena);
    free(acceptances);
}

/* ---- The cells of a line ---- */

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static char *trim(char *cell, char *end)
{
    while (end > cell && is_blank(end[-1])) {
        end--;
    }
    *end = '\0';
    return cell;
}

/* Undoes the quotes of the cell at `at`, in place. The place behind it, or NULL: a quote is left
 * open, or something follows the closing one. */
static char *unquote(char *at, char delimiter, char **out_cell)
{
    char *to = ++at;
    *out_cell = to;
    while (*at != '\0' && (at[0] != '"' || at[1] == '"')) {
        at += *at == '"';
        *to++ = *at++;
    }
    if (*at == '\0') {
        return NULL;
    }
    for (at++; is_blank(*at); at++) {}
    *to = '\0';
    return *at == delimiter || *at == '\0' ? at : NULL;
}

static const char *split(char *line, char *cells[NUM_CELLS])
{
    static const char wrong[] =
        "a line has five cells: subject, finding, until, reason, by; one that holds a comma "
        "stands in quotes";
    char *at = line;
    size_t first = strcspn(line, ",;");
    const char delimiter = line[first] != '\0' ? line[first] : ',';
    for (unsigned i = 0; i < NUM_CELLS; i++) {
        while (is_blank(*at)) {
            at++;
        }
        char *end;
        if (*at == '"') {
            end = unquote(at, delimiter, &cells[i]);
        } else {
            cells[i] = at;
            end = strchrnul(at, delimiter);
        }
        if (end == NULL || (*end == '\0') != (i == BY)) {
            return wrong;
        }
        if (*at != '"') {
            (void)trim(at, end);
        }
        at = end + 1;
    }
    return NULL;
}

/* ---- What they say ---- */

/* Copies the subject in the form that records have it in; NULL after a sentence in `problem`. */
static const char *read_subject(struct acceptances *acceptances, const char *cell)
{
    const struct hostname *name = NULL;
    struct address address;
    if (strcmp(cell, ACCEPTANCES_ALL_SUBJECTS) == 0) {
        return ACCEPTANCES_ALL_SUBJECTS;
    }
    if (address_parse(cell, &address)) {
        char text[ADDRESS_TEXT_MAX];
        address_format(&address, text);
        return arena_copy(&acceptances->arena, text, strlen(text));
    }
    enum hostname_status status = hostname_parse_any(cell, strlen(cell), &name);
    if (status != HOSTNAME_OK) {
        snprintf(acceptances->problem, sizeof(acceptances->problem),
                 "the subject is no domain, no host and not \"*\": %s",
                 hostname_status_text(status));
        return NULL;
    }
    const char *text = arena_copy(&acceptances->arena, hostname_text(name), hostname_len(name));
    hostname_release(name);
    return text;
}

static const char *read_day(struct acceptance *acceptance, const char *cell, struct arena *arena)
{
    static const char wrong[] = "until is the last day that it is accepted, as in 2027-03-31";
    char midnight[CALENDAR_TEXT_MAX + 1];
    if (strlen(cell) != DAY_LEN) {
        return wrong;
    }
    snprintf(midnight, sizeof(midnight), "%sT00:00:00Z", cell);
    if (!calendar_read(midnight, &acceptance->end)) {
        return wrong;
    }
    acceptance->end += CALENDAR_DAY;
    acceptance->accepted.until = arena_copy(arena, cell, DAY_LEN);
    return NULL;
}

static bool is_text(const char *cell)
{
    const unsigned char *at = (const unsigned char *)cell;
    for (size_t left = strlen(cell), len; left > 0; at += len, left -= len) {
        len = utf8_len(at, left);
        if (len == 0 || *at < ' ' || *at == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool read_text(struct text *out, const char *cell, struct arena *arena)
{
    *out = (struct text){arena_copy(arena, cell, strlen(cell)), strlen(cell)};
    return out->bytes != NULL;
}

static const char *read_texts(struct acceptance *acceptance, char *cells[NUM_CELLS],
                              struct arena *arena)
{
    if (!is_text(cells[REASON]) || !is_text(cells[BY])) {
        return "reason and by are text in UTF-8, without control characters";
    }
    if (cells[REASON][0] == '\0') {
        return "there is no reason";
    }
    if (cells[BY][0] == '\0') {
        return "it does not say who accepts it";
    }
    if (strlen(cells[REASON]) > ACCEPTANCE_REASON_MAX || strlen(cells[BY]) > ACCEPTANCE_BY_MAX) {
        return "the reason has more than 512 bytes, or who accepts it more than 256";
    }
    return read_text(&acceptance->accepted.reason, cells[REASON], arena) &&
                   read_text(&acceptance->accepted.by, cells[BY], arena)
               ? NULL
               : "out of memory";
}

/* ---- The set ---- */

static bool is_of_name(const struct table_node *node, const void *name)
{
    return strcmp(((const struct subject *)node)->name, name) == 0;
}

static struct subject *find_subject(const struct acceptances *acceptances, const char *name)
{
    uint64_t hash = table_hash(&acceptances->seed, name, strlen(name));
    return (struct subject *)table_find(&acceptances->subjects, hash, is_of_name, name);
}

static struct subject *get_subject(struct acceptances *acceptances, const char *name)
{
    struct subject *subject = find_subject(acceptances, name);
    if (subject != NULL) {
        return subject;
    }
    uint64_t hash = table_hash(&acceptances->seed, name, strlen(name));
    subject = arena_alloc(&acceptances->arena, sizeof(*subject));
    if (subject == NULL || !table_insert(&acceptances->subjects, &subject->node, hash)) {
        return NULL;
    }
    subject->name = name;
    return subject;
}

static const char *keep(struct acceptances *acceptances, struct acceptance *acceptance)
{
    struct subject *subject = get_subject(acceptances, acceptance->subject);
    const struct acceptance *other;
    if (subject == NULL) {
        return "out of memory";
    }
    SLIST_FOREACH(other, &subject->acceptances, of_subject)
    {
        if (other->code == acceptance->code) {
            snprintf(acceptances->problem, sizeof(acceptances->problem),
                     "line %u is about the same subject and finding", other->line);
            return acceptances->problem;
        }
    }
    SLIST_INSERT_HEAD(&subject->acceptances, acceptance, of_subject);
    STAILQ_INSERT_TAIL(&acceptances->all, acceptance, of_file);
    acceptances->num++;
    return NULL;
}

static bool is_titles(char *cells[NUM_CELLS])
{
    return strcmp(cells[SUBJECT], "subject") == 0 && strcmp(cells[UNTIL], "until") == 0;
}

static const char *add_cells(struct acceptances *acceptances, char *cells[NUM_CELLS],
                             unsigned number)
{
    struct arena *arena = &acceptances->arena;
    struct acceptance *acceptance = arena_alloc(arena, sizeof(*acceptance));
    if (acceptance == NULL) {
        return "out of memory";
    }
    acceptance->line = number;
    acceptance->code = policy_find(cells[FINDING]);
    if (acceptance->code == FINDING_COUNT) {
        return "there is no finding of that code (\"mxgrade explain\" lists them)";
    }
    snprintf(acceptances->problem, sizeof(acceptances->problem), "out of memory");
    acceptance->subject = read_subject(acceptances, cells[SUBJECT]);
    if (acceptance->subject == NULL) {
        return acceptances->problem;
    }
    const char *problem = read_day(acceptance, cells[UNTIL], arena);
    if (problem == NULL) {
        problem = read_texts(acceptance, cells, arena);
    }
    if (problem == NULL && arena->has_failed) {
        problem = "out of memory";
    }
    return problem != NULL ? problem : keep(acceptances, acceptance);
}

const char *acceptances_add(struct acceptances *acceptances, char *line, unsigned number)
{
    char *cells[NUM_CELLS];
    line += strspn(line, " \t");
    (void)trim(line, line + strcspn(line, "\r\n"));
    if (line[0] == '\0' || line[0] == '#') {
        return NULL;
    }
    if (acceptances->num == ACCEPTANCES_MAX) {
        return "there are more than 100000 lines";
    }
    const char *problem = split(line, cells);
    if (problem != NULL || is_titles(cells)) {
        return problem;
    }
    return add_cells(acceptances, cells, number);
}

/* ---- The file ---- */

static const char *add_whole_line(struct acceptances *acceptances, char *line, size_t len,
                                  unsigned number)
{
    size_t mark = strlen(BYTE_ORDER_MARK);
    if (strlen(line) != len) {
        return "the line holds a NUL byte: is the file in UTF-16? It must be in UTF-8";
    }
    if (len == ACCEPTANCE_LINE_MAX - 1 && line[len - 1] != '\n') {
        return "the line is longer than 2046 bytes";
    }
    bool has_mark = number == 1 && strncmp(line, BYTE_ORDER_MARK, mark) == 0;
    return acceptances_add(acceptances, line + (has_mark ? mark : 0), number);
}

/* The next line with its end, or the part of it that has room; its length, or 0. */
static size_t next_line(FILE *file, char line[ACCEPTANCE_LINE_MAX])
{
    size_t len = 0;
    int byte = 0;
    while (byte != '\n' && len < ACCEPTANCE_LINE_MAX - 1 && (byte = getc(file)) != EOF) {
        line[len++] = (char)byte;
    }
    line[len] = '\0';
    return len;
}

static const char *add_lines(struct acceptances *acceptances, FILE *file, unsigned *out_number)
{
    char line[ACCEPTANCE_LINE_MAX];
    uint8_t digest[SHA256_DIGEST_LENGTH];
    const char *problem = NULL;
    SHA256_CTX context;
    size_t len;
    SHA256_Init(&context);
    *out_number = 0;
    while (problem == NULL && (len = next_line(file, line)) > 0) {
        SHA256_Update(&context, line, len);
        problem = add_whole_line(acceptances, line, len, ++*out_number);
    }
    SHA256_Final(digest, &context);
    *hex_write(acceptances->sha256, digest, sizeof(digest), HEX_LOWER) = '\0';
    return problem == NULL && ferror(file) ? "cannot be read" : problem;
}

struct acceptances *acceptances_read(const char *path, char *out_error, size_t error_size)
{
    unsigned number;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        snprintf(out_error, error_size, "%s: %s", path, strerror(errno));
        return NULL;
    }
    struct acceptances *acceptances = acceptances_new();
    if (acceptances == NULL) {
        snprintf(out_error, error_size, "%s: out of memory", path);
    } else {
        const char *problem = add_lines(acceptances, file, &number);
        if (problem != NULL) {
            snprintf(out_error, error_size, "%s, line %u: %s", path, number, problem);
            acceptances_free(acceptances);
            acceptances = NULL;
        }
    }
    fclose(file);
    return acceptances;
}

const char *acceptances_sha256(const struct acceptances *acceptances)
{
    return acceptances->sha256;
}

/* ---- Asking ---- */

void acceptances_judge_at(struct acceptances *acceptances, int64_t now)
{
    if (acceptances != NULL) {
        acceptances->now = now;
    }
}

static bool holds(const struct acceptances *acceptances, const struct acceptance *acceptance)
{
    return acceptances->now < acceptance->end;
}

static struct acceptance *find(const struct acceptances *acceptances, const char *name,
                               enum finding_code code)
{
    const struct subject *subject = find_subject(acceptances, name);
    struct acceptance *acceptance = subject != NULL ? SLIST_FIRST(&subject->acceptances) : NULL;
    while (acceptance != NULL && (acceptance->code != code || !holds(acceptances, acceptance))) {
        acceptance = SLIST_NEXT(acceptance, of_subject);
    }
    return acceptance;
}

const struct accepted *acceptances_use(struct acceptances *acceptances, const char *name,
                                       enum finding_code code)
{
    if (acceptances == NULL || acceptances->num == 0) {
        return NULL;
    }
    struct acceptance *own = name != NULL ? find(acceptances, name, code) : NULL;
    struct acceptance *common = find(acceptances, ACCEPTANCES_ALL_SUBJECTS, code);
    struct acceptance *acceptance =
        own == NULL || (common != NULL && common->end > own->end) ? common : own;
    if (own != NULL) { /* it is about something that was found, whichever of them lasts longer */
        atomic_store_explicit(&own->is_used, true, memory_order_relaxed);
    }
    if (common != NULL) {
        atomic_store_explicit(&common->is_used, true, memory_order_relaxed);
    }
    return acceptance != NULL ? &acceptance->accepted : NULL;
}

void acceptances_note(struct acceptances *acceptances, const char *name,
                      const struct finding *findings, size_t num_findings)
{
    for (size_t i = 0; acceptances != NULL && i < num_findings; i++) {
        enum finding_code code =
            findings[i].code != NULL ? policy_find(findings[i].code) : FINDING_COUNT;
        if (findings[i].accepted.until != NULL && code != FINDING_COUNT) {
            (void)acceptances_use(acceptances, name, code);
        }
    }
}

/* ---- Counting ---- */

static const char *describe(struct acceptances *acceptances, const struct acceptance *acceptance)
{
    const char *text = arena_format(&acceptances->arena, "line %u: %s of %s, until %s",
                                    acceptance->line, policy_rule(acceptance->code)->code,
                                    acceptance->subject, acceptance->accepted.until);
    return text != NULL ? text : "out of memory";
}

static void count(struct acceptances *acceptances, const struct acceptance *acceptance,
                  uint64_t *count, const char **named, size_t *num_named)
{
    *count += 1;
    if (named != NULL && *num_named < ACCEPTANCES_TOLD_MAX) {
        named[(*num_named)++] = describe(acceptances, acceptance);
    }
}

void acceptances_count(struct acceptances *acceptances, bool is_whole,
                       struct acceptance_counts *out_counts)
{
    const struct acceptance *acceptance;
    if (acceptances == NULL) {
        return;
    }
    const char **expired =
        arena_alloc(&acceptances->arena, ACCEPTANCES_TOLD_MAX * sizeof(*expired));
    const char **unused = arena_alloc(&acceptances->arena, ACCEPTANCES_TOLD_MAX * sizeof(*unused));
    out_counts->num_acceptances = acceptances->num;
    out_counts->expired = expired;
    out_counts->unused = unused;
    STAILQ_FOREACH(acceptance, &acceptances->all, of_file)
    {
        if (!holds(acceptances, acceptance)) {
            count(acceptances, acceptance, &out_counts->num_expired, expired,
                  &out_counts->num_expired_named);
        } else if (is_whole && !atomic_load_explicit(&acceptance->is_used, memory_order_relaxed)) {
            count(acceptances, acceptance, &out_counts->num_unused, unused,
                  &out_counts->num_unused_named);
        }
    }
}
