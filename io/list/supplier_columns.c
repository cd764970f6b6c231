#include "io/list/supplier_columns.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "io/list/domain_cell.h"

/* ---- What columns are called ---- */

/* How much the words of a name count, in hundredths of the rows. A column of mail domains says more
 * about mail than one of web sites. */
struct title_word {
    const char *word; /* ASCII case aside */
    unsigned weight;
    bool is_web;
};

static const struct title_word title_words[] = {
    {"domain", 40, false},  {"dom\xC3\xA4ne", 40, false},
    {"domaene", 40, false}, {"dominio", 40, false},
    {"mail", 30, false},    {"website", 10, true},
    {"web site", 10, true}, {"webseite", 10, true},
    {"homepage", 10, true}, {"internet", 10, true},
    {"url", 10, true},      {"web", 10, true},
};

static bool holds(struct csv_cell cell, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= cell.len; i++) {
        if (strncasecmp(cell.bytes + i, word, len) == 0) {
            return true;
        }
    }
    return false;
}

/* The weight of all the words in a name. */
static unsigned title_weight(struct csv_cell name, bool *out_is_web)
{
    unsigned weight = 0;
    *out_is_web = false;
    for (size_t i = 0; i < sizeof(title_words) / sizeof(title_words[0]); i++) {
        const struct title_word *word = &title_words[i];
        if (holds(name, word->word) && !(word->is_web && weight > 0)) {
            weight += word->weight;
            *out_is_web = word->is_web;
        }
    }
    return weight;
}

/* What the only column of a list may be called, without blanks and hyphens. A line of a list that
 * only holds such a word may be anything. */
static const char *const titles[] = {
    "domain",   "domains",  "domainname",   "emaildomain", "maildomain", "email",
    "mail",     "emails",   "emailaddress", "mailaddress", "website",    "websites",
    "webseite", "homepage", "url",          "urls",        "site",       "internet",
};

bool supplier_columns_is_title(struct csv_cell cell)
{
    char word[32];
    size_t len = 0;
    for (size_t i = 0; i < cell.len; i++) {
        bool is_between = cell.bytes[i] == ' ' || cell.bytes[i] == '-' || cell.bytes[i] == '_';
        if (!is_between && len + 1 == sizeof(word)) {
            return false;
        }
        word[len] = cell.bytes[i];
        len += !is_between;
    }
    word[len] = '\0';
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
        if (strcasecmp(word, titles[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- What stands in them ---- */

struct tally {
    size_t num_rows; /* with the first */
    size_t num_columns;
    size_t named[SUPPLIER_FIELDS_MAX];    /* rows that name a domain there, without the first */
    bool is_first[SUPPLIER_FIELDS_MAX];   /* the first row does */
    unsigned weight[SUPPLIER_FIELDS_MAX]; /* of the cell of the first row, as a title */
    bool is_web[SUPPLIER_FIELDS_MAX];
};

/* Finds the record at `at`. False at the end of the sample. */
static bool next_record(const char *sample, size_t len, bool is_part, char delimiter, size_t *in_at,
                        size_t *out_start, size_t *out_len)
{
    size_t at = *in_at;
    while (at < len && (sample[at] == '\n' || sample[at] == '\r')) {
        at++;
    }
    size_t held = len - at <= SUPPLIER_LINE_MAX ? len - at : SUPPLIER_LINE_MAX;
    struct csv_scan scan;
    csv_scan_init(&scan, delimiter);
    enum csv_extent extent = csv_scan_feed(&scan, sample + at, held);
    if (extent == CSV_MORE && (is_part || held == 0)) {
        return false;
    }
    if (extent == CSV_MORE) {
        extent = csv_scan_finish(&scan);
    }
    size_t record = scan.len;
    if (extent == CSV_MALFORMED) { /* the list reads its lines one by one */
        record = 0;
        while (record < held && sample[at + record] != '\n' && sample[at + record] != '\r') {
            record++;
        }
    }
    *out_start = at;
    *out_len = record;
    *in_at = at + (record > 0 ? record : 1);
    return true;
}

static void add_row(struct tally *tally, struct csv_cell *cells, size_t num_cells)
{
    bool is_blank = true;
    for (size_t i = 0; i < num_cells; i++) {
        is_blank = is_blank && csv_trim(cells[i]).len == 0;
    }
    if (is_blank) {
        return;
    }
    if (tally->num_rows++ == 0) {
        tally->num_columns = num_cells;
    }
    for (size_t i = 0; i < num_cells && i < tally->num_columns; i++) {
        bool is_likely = domain_cell_is_likely(cells[i]);
        if (tally->num_rows == 1) {
            tally->is_first[i] = is_likely;
            tally->weight[i] = title_weight(csv_trim(cells[i]), &tally->is_web[i]);
        } else {
            tally->named[i] += is_likely;
        }
    }
}

static void tally_sample(struct tally *tally, struct supplier_header *scratch, const char *sample,
                         size_t len, bool is_part, char delimiter)
{
    size_t at = 0;
    size_t start;
    size_t record;
    memset(tally, 0, sizeof(*tally));
    while (next_record(sample, len, is_part, delimiter, &at, &start, &record)) {
        if (sample[start] != '#' || tally->num_rows == 0) {
            size_t num_cells = csv_split(sample + start, record, delimiter, scratch->text,
                                         scratch->columns, SUPPLIER_FIELDS_MAX);
            add_row(tally, scratch->columns, num_cells);
        }
    }
}

/* ---- The choice ---- */

struct candidate {
    char delimiter;
    size_t column;
    double score; /* 0: none */
    bool is_web;
    struct column_choice choice;
};

static void consider(struct candidate *best, const struct tally *tally, char delimiter)
{
    for (size_t i = 0; i < tally->num_columns; i++) {
        bool has_header = !tally->is_first[i];
        size_t num_rows = tally->num_rows - has_header;
        size_t num_named = tally->named[i] + tally->is_first[i];
        if (num_rows == 0 || num_named * 2 <= num_rows) {
            continue;
        }
        double score = 100. * (double)num_named / (double)num_rows +
                       (has_header ? (double)tally->weight[i] : 0);
        if (score > best->score) {
            *best = (struct candidate){delimiter,
                                       i,
                                       score,
                                       has_header && tally->is_web[i],
                                       {num_rows, num_named, has_header, false}};
        }
    }
}

static size_t first_record(const char *sample, size_t len, bool is_part, char delimiter)
{
    size_t at = 0;
    size_t start;
    size_t record;
    return next_record(sample, len, is_part, delimiter, &at, &start, &record) ? record : 0;
}

bool supplier_columns_choose(struct supplier_header *header, const char *sample, size_t len,
                             bool is_part, struct column_choice *out_choice)
{
    struct candidate best = {.delimiter = supplier_delimiters[0]};
    size_t most_columns = 0;
    for (size_t i = 0; i < SUPPLIER_NUM_DELIMITERS; i++) {
        struct tally tally;
        tally_sample(&tally, header, sample, len, is_part, supplier_delimiters[i]);
        consider(&best, &tally, supplier_delimiters[i]);
        if (best.score == 0. && tally.num_columns > most_columns) {
            most_columns = tally.num_columns;
            best.delimiter = supplier_delimiters[i];
        }
    }
    best.choice.is_part = is_part;
    *out_choice = best.choice;
    size_t record = first_record(sample, len, is_part, best.delimiter);
    supplier_header_split(header, sample, record, best.delimiter);
    if (best.score == 0.) {
        return false;
    }
    header->domain_column = best.column;
    header->is_web = best.is_web;
    if (!best.choice.has_header) {
        supplier_header_number(header);
    }
    return true;
}
