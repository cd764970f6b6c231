#include "output/diff/diff_text.h"

#include <inttypes.h>
#include <string.h>

#include "io/base/calendar.h"
#include "output/record/record_enum.h"
#include "output/record/text_safe.h"

#define NAME_SHOWN   100
#define DETAIL_SHOWN 160
#define DATE_LEN     10 /* of "2026-11-23T12:00:00Z" */
#define SECOND_LEN   19

#define RED    "\033[31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define CYAN   "\033[36m"
#define FAINT  "\033[2m"

/* What words are coloured by: directions and verdicts. */
static const struct {
    const char *word;
    const char *colour;
} colours[] = {
    {"worse", RED},
    {"regression", RED},
    {"mixed", RED},
    {"better", GREEN},
    {"improvement", GREEN},
    {"not_observed", FAINT},
    {"observed_again", FAINT},
    {"accepted", FAINT},
    {"acceptance_ended", RED},
    {"expiring", YELLOW},
    {"expired", RED},
    {"vanished", YELLOW},
    {"new", CYAN},
    {"opened", RED},
    {"closed", GREEN},
};

/* ---- Pieces ---- */

static void put(const struct diff_text *text, const char *words)
{
    fputs(words, text->stream);
}

static void put_foreign(const struct diff_text *text, const char *words, size_t max)
{
    words = words != NULL ? words : "";
    text_safe_write(text->stream, words, strlen(words), max, text->utf8);
}

/* The first `len` bytes of a time. */
static void put_time(const struct diff_text *text, double seconds, size_t len)
{
    char time[CALENDAR_TEXT_MAX] = "";
    size_t time_len = calendar_write(seconds, false, time);
    fprintf(text->stream, "%.*s", (int)len, time_len > 0 ? time : "-");
}

/* A word of ours, with blanks for its underscores, in its colour. */
static void put_word(const struct diff_text *text, const char *word)
{
    const char *colour = NULL;
    word = word != NULL ? word : "";
    for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]) && text->colour; i++) {
        colour = strcmp(colours[i].word, word) == 0 ? colours[i].colour : colour;
    }
    put(text, colour != NULL ? colour : "");
    for (const char *at = word; *at != '\0'; at++) {
        char one[2] = {*at == '_' ? ' ' : *at, '\0'};
        put_foreign(text, one, 1);
    }
    put(text, colour != NULL ? "\033[0m" : "");
}

static void put_text(const struct diff_text *text, struct text words)
{
    text_safe_write(text->stream, words.bytes != NULL ? words.bytes : "", words.len, NAME_SHOWN,
                    text->utf8);
}

static void put_cell(const struct diff_text *text, const struct diff_cell *cell)
{
    switch (cell->kind) {
    case DIFF_CELL_NULL:
        put(text, "-");
        break;
    case DIFF_CELL_NAME:
        put(text, cell->name);
        break;
    case DIFF_CELL_NUMBER:
        fprintf(text->stream, "%" PRId64, cell->number);
        break;
    case DIFF_CELL_BOOLEAN:
        put(text, cell->number != 0 ? "yes" : "no");
        break;
    }
}

static void put_names(const struct diff_text *text, const char *const *names, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        put(text, i > 0 ? ", " : "");
        put_foreign(text, names[i], NAME_SHOWN);
    }
}

/* ---- A change ---- */

static void put_moves(const struct diff_text *text, const struct diff_change *change)
{
    static const struct {
        enum diff_moved moved;
        const char *label;
    } moves[] = {
        {DIFF_MOVED_GRADE, "grade"},
        {DIFF_MOVED_ACCEPTED_GRADE, "grade accepted as"},
        {DIFF_MOVED_SCORE, "score"},
        {DIFF_MOVED_MAIL, "mail"},
        {DIFF_MOVED_OPPORTUNISTIC, "opportunistic TLS"},
        {DIFF_MOVED_ENFORCED, "enforced TLS"},
        {DIFF_MOVED_DANE, "DANE"},
        {DIFF_MOVED_MTA_STS, "MTA-STS"},
        {DIFF_MOVED_TLS_RPT, "TLS-RPT"},
        {DIFF_MOVED_PARTIAL, "only partly seen"},
    };
    for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
        const struct diff_move *move = &change->moves[moves[i].moved];
        if (move->direction != DIFF_SAME) {
            fprintf(text->stream, "    %-18s ", moves[i].label);
            put_cell(text, &move->before);
            put(text, " -> ");
            put_cell(text, &move->after);
            put(text, "  ");
            put_word(text, diff_direction_name(move->direction));
            put(text, "\n");
        }
    }
}

static void put_finding(const struct diff_text *text, const struct diff_finding *item)
{
    put(text, "    ");
    put_word(text, diff_finding_state_name(item->state));
    put(text, ": ");
    put_foreign(text, item->finding->code, NAME_SHOWN);
    fprintf(text->stream, " (%s)", severity_name(item->finding->severity));
    if (item->finding->detail != NULL) {
        put(text, " ");
        put_foreign(text, item->finding->detail, DETAIL_SHOWN);
    }
    if (item->finding->accepted.until != NULL) {
        put(text, ", accepted until ");
        put_foreign(text, item->finding->accepted.until, DATE_LEN);
        put(text, " by ");
        put_text(text, item->finding->accepted.by);
    }
    put(text, "\n");
}

static void put_findings(const struct diff_text *text, const struct diff_findings *findings)
{
    for (unsigned state = 0; state < DIFF_FINDING_STATE_COUNT; state++) {
        for (size_t i = 0; i < findings->num_items; i++) {
            if (findings->items[i].state == state) {
                put_finding(text, &findings->items[i]);
            }
        }
    }
}

static void put_named_list(const struct diff_text *text, const char *label,
                           const char *const *names, size_t num)
{
    if (num > 0) {
        put(text, "    ");
        put(text, label);
        put_names(text, names, num);
        put(text, "\n");
    }
}

static void put_questions(const struct diff_text *text, uint32_t open)
{
    const char *before = "";
    for (unsigned i = 0; i < QUESTION_COUNT; i++) {
        if ((open & QUESTION_BIT(i)) != 0) {
            put(text, before);
            put(text, record_enum_name(&record_question, i));
            before = ", ";
        }
    }
    put(text, open == 0 ? "-" : "");
}

static void put_open(const struct diff_text *text, const struct diff_open *open)
{
    if (open->direction != DIFF_SAME) {
        put(text, "    not answered       ");
        put_questions(text, open->before);
        put(text, " -> ");
        put_questions(text, open->after);
        put(text, "  ");
        put_word(text, diff_direction_name(open->direction));
        put(text, "\n");
    }
}

static void put_preference(const struct diff_text *text, int32_t preference)
{
    if (preference < 0) {
        put(text, "-");
    } else {
        fprintf(text->stream, "%" PRId32, preference);
    }
}

static void put_hosts(const struct diff_text *text, const struct diff_change *change)
{
    const struct diff_mx *mx = &change->mx;
    const struct diff_providers *providers = &change->providers;
    put_named_list(text, "MX added: ", mx->added, mx->num_added);
    put_named_list(text, "MX removed: ", mx->removed, mx->num_removed);
    for (size_t i = 0; i < mx->num_preferences; i++) {
        put(text, "    preference of ");
        put_foreign(text, mx->preferences[i].host, NAME_SHOWN);
        put(text, ": ");
        put_preference(text, mx->preferences[i].before);
        put(text, " -> ");
        put_preference(text, mx->preferences[i].after);
        put(text, "\n");
    }
    if (providers->num_before > 0) {
        put(text, "    mail moved from ");
        put_names(text, providers->before, providers->num_before);
        put(text, " to ");
        put_names(text, providers->after, providers->num_after);
        put(text, "\n");
    }
}

static void put_certificate(const struct diff_text *text,
                            const struct certificate_record *certificate)
{
    bool is_known = certificate != NULL;
    put_text(text, is_known ? certificate->subject : (struct text){NULL, 0});
    put(text, " by ");
    put_text(text, is_known ? certificate->issuer : (struct text){NULL, 0});
    put(text, ", until ");
    if (is_known && certificate->has_validity) {
        put_time(text, (double)certificate->not_after, DATE_LEN);
    } else {
        put(text, "-");
    }
}

static void put_certificates(const struct diff_text *text,
                             const struct diff_certificate_list *certificates)
{
    for (const struct diff_certificate *change = STAILQ_FIRST(certificates); change != NULL;
         change = STAILQ_NEXT(change, next)) {
        put(text, "    certificate of ");
        put_foreign(text, change->host, NAME_SHOWN);
        put(text, " ");
        put_word(text, diff_certificate_change_name(change->change));
        if (change->change != DIFF_REPLACED) {
            fprintf(text->stream, " (%" PRId32 " days left): ", change->days_left);
            put_certificate(text, change->after.items[0]);
        }
        for (size_t i = 0; change->change == DIFF_REPLACED && i < change->after.num_items; i++) {
            put(text, i > 0 ? "; " : ": now ");
            put_certificate(text, change->after.items[i]);
        }
        put(text, "\n");
    }
}

/* One that only one of the runs has. */
static void put_lone(const struct diff_text *text, const struct diff_change *change)
{
    const struct domain_record *domain = change->domain;
    fprintf(text->stream, "    grade %s", grade_name(domain->grade));
    if (domain->accepted_grade.until != NULL) {
        fprintf(text->stream, ", accepted as %s", grade_name(domain->accepted_grade.grade));
    }
    fprintf(text->stream, ", opportunistic TLS %s, enforced TLS %s%s\n",
            record_enum_name(&record_opportunistic_tls, domain->opportunistic),
            record_enum_name(&record_enforced_tls, domain->enforced),
            change->is_certain ? ""
                               : " (the other file was cut short, or is of a part of the list)");
}

static void put_change(const struct diff_text *text, const struct diff_change *change)
{
    if (change->domain->domain != NULL) {
        put_foreign(text, change->domain->domain, NAME_SHOWN);
    } else {
        put_text(text, change->domain->input);
    }
    put(text, "  ");
    put_word(text, diff_verdict_name(change->verdict));
    put(text, "\n");
    if (change->presence != DIFF_IN_BOTH) {
        put_lone(text, change);
        return;
    }
    put_moves(text, change);
    put_findings(text, &change->findings);
    put_open(text, &change->open);
    put_hosts(text, change);
    put_certificates(text, &change->certificates);
}

/* ---- The other lines ---- */

static void put_run(const struct diff_text *text, const char *label, const struct result_file *file)
{
    const struct run_record *run = result_file_run(file);
    put(text, label);
    put_time(text, run->started, SECOND_LEN);
    fprintf(text->stream, "  %zu domains of ", result_file_num_domains(file));
    put_foreign(text, run->list, NAME_SHOWN);
    put(text, ", policy ");
    put_foreign(text, run->policy, NAME_SHOWN);
    put(text, ", ");
    put_word(text, diff_ending_name(result_file_ending(file)));
    put(text, "\n");
}

/* What cuts across the verdicts, where there is any of it. */
static void put_counts(const struct diff_text *text, const struct diff_totals *totals)
{
    const struct {
        uint64_t count;
        const char *words;
    } counts[] = {
        {totals->enforcement_gained, "enforcement gained"},
        {totals->enforcement_lost, "enforcement lost"},
        {totals->moved_provider, "moved to another provider"},
        {totals->certificates_replaced, "certificates replaced"},
        {totals->certificates_expiring, "certificates about to expire"},
    };
    const char *before = "";
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        if (counts[i].count > 0) {
            fprintf(text->stream, "%s%" PRIu64 " %s", before, counts[i].count, counts[i].words);
            before = ", ";
        }
    }
    put(text, before[0] != '\0' ? "\n" : "");
}

static void put_summary(const struct diff_text *text, const struct diff_totals *totals)
{
    put(text, "\n");
    for (unsigned i = 0; i < DIFF_VERDICT_COUNT; i++) {
        if (totals->verdicts[i] > 0) {
            fprintf(text->stream, "%" PRIu64 " ", totals->verdicts[i]);
            put_word(text, diff_verdict_name((enum diff_verdict)i));
            put(text, ", ");
        }
    }
    fprintf(text->stream, "%" PRIu64 " unchanged\n", totals->num_unchanged);
    put_counts(text, totals);
}

bool diff_text_line(const struct diff_text *text, const struct diff_line *line)
{
    switch (line->kind) {
    case DIFF_LINE_RUNS:
        put_run(text, "old: ", line->pair->before);
        put_run(text, "new: ", line->pair->after);
        put(text, "\n");
        break;
    case DIFF_LINE_CHANGE:
        put_change(text, line->change);
        break;
    case DIFF_LINE_SUMMARY:
        put_summary(text, line->totals);
        break;
    }
    return ferror(text->stream) == 0;
}
