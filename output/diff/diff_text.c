#include "output/diff/diff_text.h"

#include <string.h>

#include "output/diff/diff_side.h"
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

/* The first `len` bytes of a time, without a sign that something follows. */
static void put_time(const struct diff_text *text, const char *time, size_t len)
{
    time = time != NULL ? time : "-";
    text_safe_write(text->stream, time, strnlen(time, len), len, text->utf8);
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

static void put_value(const struct diff_text *text, const json_t *value)
{
    if (json_is_string(value)) {
        put_foreign(text, json_string_value(value), NAME_SHOWN);
    } else if (json_is_integer(value)) {
        fprintf(text->stream, "%lld", (long long)json_integer_value(value));
    } else {
        put(text, json_is_true(value) ? "yes" : (json_is_false(value) ? "no" : "-"));
    }
}

static void put_list(const struct diff_text *text, const json_t *list)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        put(text, i > 0 ? ", " : "");
        put_value(text, item);
    }
}

/* ---- A change ---- */

static void put_move(const struct diff_text *text, const char *label, const json_t *move)
{
    if (!json_is_object(move)) {
        return;
    }
    fprintf(text->stream, "    %-18s ", label);
    put_value(text, json_object_get(move, "old"));
    put(text, " -> ");
    put_value(text, json_object_get(move, "new"));
    put(text, "  ");
    put_word(text, diff_string(move, "direction"));
    put(text, "\n");
}

static void put_moves(const struct diff_text *text, const json_t *line)
{
    static const struct {
        const char *key;
        const char *label;
    } moves[] = {
        {"grade", "grade"},
        {"score", "score"},
        {"mail", "mail"},
        {"opportunistic_tls", "opportunistic TLS"},
        {"enforced_tls", "enforced TLS"},
        {"dane", "DANE"},
        {"mta_sts", "MTA-STS"},
        {"tls_rpt", "TLS-RPT"},
        {"partial", "only partly seen"},
    };
    for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
        put_move(text, moves[i].label, json_object_get(line, moves[i].key));
    }
}

static void put_findings(const struct diff_text *text, const json_t *line)
{
    static const char *const states[] = {"opened", "closed", "not_observed", "observed_again"};
    const json_t *findings = json_object_get(line, "findings");
    for (size_t k = 0; k < sizeof(states) / sizeof(states[0]); k++) {
        size_t i;
        json_t *finding;
        json_array_foreach(json_object_get(findings, states[k]), i, finding)
        {
            put(text, "    ");
            put_word(text, states[k]);
            put(text, ": ");
            put_foreign(text, diff_string(finding, "code"), NAME_SHOWN);
            put(text, " (");
            put_foreign(text, diff_string(finding, "severity"), NAME_SHOWN);
            put(text, ")");
            if (diff_string(finding, "detail") != NULL) {
                put(text, " ");
                put_foreign(text, diff_string(finding, "detail"), DETAIL_SHOWN);
            }
            put(text, "\n");
        }
    }
}

static void put_named_list(const struct diff_text *text, const char *label, const json_t *list)
{
    if (json_array_size(list) > 0) {
        put(text, "    ");
        put(text, label);
        put_list(text, list);
        put(text, "\n");
    }
}

static void put_hosts(const struct diff_text *text, const json_t *line)
{
    const json_t *mx = json_object_get(line, "mx");
    const json_t *providers = json_object_get(line, "providers");
    size_t i;
    json_t *move;
    put_named_list(text, "MX added: ", json_object_get(mx, "added"));
    put_named_list(text, "MX removed: ", json_object_get(mx, "removed"));
    json_array_foreach(json_object_get(mx, "preference"), i, move)
    {
        put(text, "    preference of ");
        put_value(text, json_object_get(move, "host"));
        put(text, ": ");
        put_value(text, json_object_get(move, "old"));
        put(text, " -> ");
        put_value(text, json_object_get(move, "new"));
        put(text, "\n");
    }
    if (json_is_object(providers)) {
        put(text, "    mail moved from ");
        put_list(text, json_object_get(providers, "old"));
        put(text, " to ");
        put_list(text, json_object_get(providers, "new"));
        put(text, "\n");
    }
}

static void put_certificate(const struct diff_text *text, const json_t *certificate)
{
    put_foreign(text, diff_string(certificate, "subject"), NAME_SHOWN);
    put(text, " by ");
    put_foreign(text, diff_string(certificate, "issuer"), NAME_SHOWN);
    put(text, ", until ");
    put_time(text, diff_string(certificate, "not_after"), DATE_LEN);
}

static void put_certificates(const struct diff_text *text, const json_t *line)
{
    size_t i, k;
    json_t *change, *certificate;
    json_array_foreach(json_object_get(line, "certificates"), i, change)
    {
        const json_t *days_left = json_object_get(change, "days_left");
        put(text, "    certificate of ");
        put_value(text, json_object_get(change, "host"));
        put(text, " ");
        put_word(text, diff_string(change, "change"));
        if (json_is_integer(days_left)) {
            fprintf(text->stream, " (%lld days left): ", (long long)json_integer_value(days_left));
            put_certificate(text, json_object_get(change, "certificate"));
        }
        json_array_foreach(json_object_get(change, "new"), k, certificate)
        {
            put(text, k > 0 ? "; " : ": now ");
            put_certificate(text, certificate);
        }
        put(text, "\n");
    }
}

static void put_lone(const struct diff_text *text, const json_t *line, const char *key)
{
    const json_t *state = json_object_get(line, key);
    if (!json_is_object(state)) {
        return;
    }
    put(text, "    grade ");
    put_value(text, json_object_get(state, "grade"));
    put(text, ", opportunistic TLS ");
    put_value(text, json_object_get(state, "opportunistic_tls"));
    put(text, ", enforced TLS ");
    put_value(text, json_object_get(state, "enforced_tls"));
    put(text, json_is_false(json_object_get(line, "certain"))
                  ? " (not certain: the other file was cut short)\n"
                  : "\n");
}

static void put_change(const struct diff_text *text, const json_t *line)
{
    const char *name = diff_string(line, "domain");
    put_foreign(text, name != NULL ? name : diff_string(line, "input"), NAME_SHOWN);
    put(text, "  ");
    put_word(text, diff_string(line, "verdict"));
    put(text, "\n");
    put_moves(text, line);
    put_findings(text, line);
    put_hosts(text, line);
    put_certificates(text, line);
    put_lone(text, line, "new");
    put_lone(text, line, "old");
}

/* ---- The other lines ---- */

static void put_run(const struct diff_text *text, const char *label, const json_t *run)
{
    put(text, label);
    put_time(text, diff_string(run, "started"), SECOND_LEN);
    put(text, "  ");
    put_value(text, json_object_get(run, "domains"));
    put(text, " domains of ");
    put_foreign(text, diff_string(run, "list"), NAME_SHOWN);
    put(text, ", policy ");
    put_foreign(text, diff_string(run, "policy"), NAME_SHOWN);
    put(text, ", ");
    put_word(text, diff_string(run, "ending"));
    put(text, "\n");
}

static void put_header(const struct diff_text *text, const json_t *line)
{
    put_run(text, "old: ", json_object_get(line, "old"));
    put_run(text, "new: ", json_object_get(line, "new"));
    put(text, "\n");
}

/* What cuts across the verdicts, where there is any of it. */
static void put_counts(const struct diff_text *text, const json_t *line)
{
    static const char *const counts[][2] = {
        {"enforcement_gained", "enforcement gained"},
        {"enforcement_lost", "enforcement lost"},
        {"moved_provider", "moved to another provider"},
        {"certificates_replaced", "certificates replaced"},
        {"certificates_expiring", "certificates about to expire"},
    };
    const char *before = "";
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        const json_t *count = json_object_get(line, counts[i][0]);
        if (json_integer_value(count) > 0) {
            put(text, before);
            put_value(text, count);
            put(text, " ");
            put(text, counts[i][1]);
            before = ", ";
        }
    }
    put(text, before[0] != '\0' ? "\n" : "");
}

static void put_summary(const struct diff_text *text, const json_t *line)
{
    const char *key;
    json_t *value;
    put(text, "\n");
    json_object_foreach(json_object_get(line, "verdicts"), key, value)
    {
        if (json_integer_value(value) > 0) {
            put_value(text, value);
            put(text, " ");
            put_word(text, key);
            put(text, ", ");
        }
    }
    put_value(text, json_object_get(line, "unchanged"));
    put(text, " unchanged\n");
    put_counts(text, line);
}

bool diff_text_line(const struct diff_text *text, const json_t *line)
{
    const char *type = diff_string(line, "type");
    if (type != NULL && strcmp(type, "diff") == 0) {
        put_header(text, line);
    } else if (type != NULL && strcmp(type, "diff_summary") == 0) {
        put_summary(text, line);
    } else {
        put_change(text, line);
    }
    return ferror(text->stream) == 0;
}
