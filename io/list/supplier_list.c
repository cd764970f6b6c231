/*
 * Reads the supplier list through one fixed buffer, a record at a time.
 *
 * Records are looked at where they lie in the buffer and consumed only once whole, so that a quote
 * which turns out not to be closed costs its own line and nothing after it. The scans keep their
 * place: a record that comes in a byte at a time is not read from its start again and again. All
 * memory is allocated by supplier_list_new(), but for what a workbook takes.
 */
#include "io/list/supplier_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/base/file_io.h"
#include "io/list/csv_record.h"
#include "io/list/domain_cell.h"
#include "io/list/list_text.h"
#include "io/list/prepared_list.h"
#include "io/list/supplier_columns.h"
#include "io/list/supplier_header.h"
#include "io/workbook/workbook_text.h"

_Static_assert(WORKBOOK_ROW_MAX > SUPPLIER_LINE_MAX, "a row that was cut is told as too long");

/* What the column of the domain is chosen by. */
#define SAMPLE_SIZE ((size_t)1 << 20)
/* Room for the sample, or for the longest record and as much again, so that every read has
 * somewhere to go. */
#define BUFFER_SIZE (SAMPLE_SIZE + (size_t)SUPPLIER_LINE_MAX)
#define READ_SIZE   ((size_t)SUPPLIER_LINE_MAX)

/* prepared_list hands these on by their numbers. */
enum problem { TOO_LONG, OPEN_QUOTE, NO_CELL, NUL_BYTE, HEADLESS };

enum mode { MODE_BEGINNING, MODE_DETECT, MODE_LINES, MODE_ROWS, MODE_PREPARED, MODE_ENDED };

/* What one step over the buffer came to. */
enum step {
    STEP_ITEM,
    STEP_NOTHING, /* something was passed over, or the mode is another one now */
    STEP_ENDLESS, /* the line is too long to go on with the list */
    STEP_UNCLEAR, /* no column can be told to be the one of the domains */
    STEP_BAD,     /* `problem` says why the list cannot be read */
    STEP_MORE     /* needs more bytes; there are some to come */
};

enum extent { EXTENT_WHOLE, EXTENT_MORE, EXTENT_TOO_LONG, EXTENT_OPEN_QUOTE };

struct supplier_list {
    struct list_text *text;         /* NULL: the list is a workbook */
    struct workbook_text *workbook; /* NULL: it is none */
    const char *problem;            /* of a workbook that comes through a pipe; NULL */
    bool host_mode;
    const char *column; /* the one of the domain; NULL: find it */
    bool at_eof;
    bool after_cr;  /* an LF that comes next belongs to the line end before it */
    bool skipping;  /* up to the next line end */
    size_t skipped; /* of that line so far */
    enum mode mode;
    uint64_t line; /* of the byte at `start` */
    size_t start;  /* buffer[start, end) is not consumed yet */
    size_t end;

    /* Progress in the record at `start`. In MODE_ROWS only the first scan is used. */
    size_t line_scanned;
    struct csv_scan scans[SUPPLIER_NUM_DELIMITERS];

    struct supplier_header header;
    bool is_chosen; /* the column of the domain, by `choice` */
    struct column_choice choice;

    struct csv_cell cells[SUPPLIER_FIELDS_MAX];
    struct supplier_field fields[SUPPLIER_FIELDS_MAX];
    char cell_text[SUPPLIER_LINE_MAX + 1];
    char buffer[BUFFER_SIZE];
};

static bool is_line_end(char byte)
{
    return byte == '\n' || byte == '\r';
}

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* ---- The record at `start` ------------------------------------------------------------------- */

static void restart_scans(struct supplier_list *list)
{
    list->line_scanned = 0;
    csv_scan_init(&list->scans[0],
                  list->mode == MODE_ROWS ? list->header.delimiter : supplier_delimiters[0]);
    for (size_t i = 1; i < SUPPLIER_NUM_DELIMITERS; i++) {
        csv_scan_init(&list->scans[i], supplier_delimiters[i]);
    }
}

static uint64_t count_line_ends(const char *bytes, size_t len)
{
    uint64_t count = 0;
    for (size_t i = 0; i < len; i++) {
        bool second_half = bytes[i] == '\n' && i > 0 && bytes[i - 1] == '\r';
        if (is_line_end(bytes[i]) && !second_half) {
            count++;
        }
    }
    return count;
}

/* Moves past `len` bytes and the line end behind them, if there is one. */
static void consume(struct supplier_list *list, size_t len)
{
    list->line += count_line_ends(list->buffer + list->start, len);
    list->start += len;
    if (list->start < list->end && is_line_end(list->buffer[list->start])) {
        list->after_cr = list->buffer[list->start] == '\r';
        list->start++;
        list->line++;
    }
    restart_scans(list);
}

/* How much of the record may be looked at: a byte over the limit shows that the limit is passed. */
static size_t visible(const struct supplier_list *list)
{
    size_t held = list->end - list->start;
    return held <= SUPPLIER_LINE_MAX ? held : SUPPLIER_LINE_MAX + 1;
}

static enum extent physical_line(struct supplier_list *list, size_t *out_len)
{
    const char *bytes = list->buffer + list->start;
    size_t limit = visible(list);
    while (list->line_scanned < limit && !is_line_end(bytes[list->line_scanned])) {
        list->line_scanned++;
    }
    *out_len = list->line_scanned;
    if (list->line_scanned < limit) {
        return EXTENT_WHOLE;
    }
    if (limit > SUPPLIER_LINE_MAX) {
        return EXTENT_TOO_LONG;
    }
    return list->at_eof ? EXTENT_WHOLE : EXTENT_MORE;
}

static enum extent csv_row(struct supplier_list *list, struct csv_scan *scan, size_t *out_len)
{
    size_t limit = visible(list);
    enum csv_extent extent = csv_scan_feed(scan, list->buffer + list->start, limit);
    if (extent == CSV_MORE && limit > SUPPLIER_LINE_MAX) {
        return EXTENT_TOO_LONG;
    }
    if (extent == CSV_MORE && list->at_eof) {
        extent = csv_scan_finish(scan);
    }
    *out_len = scan->len;
    switch (extent) {
    case CSV_WHOLE:
        return EXTENT_WHOLE;
    case CSV_MORE:
        return EXTENT_MORE;
    case CSV_MALFORMED:
        break;
    }
    return EXTENT_OPEN_QUOTE;
}

/* ---- Items ----------------------------------------------------------------------------------- */

/* Begins an item out of the first `len` bytes at `start`, and consumes them. */
static void begin_item(struct supplier_list *list, struct supplier *out, size_t len)
{
    const char *raw = list->buffer + list->start;
    *out = (struct supplier){.line = list->line, .raw = raw, .raw_len = len, .cell = raw};
    if (memchr(raw, '\0', len) != NULL) {
        out->problem = prepared_list_problem(NUL_BYTE);
    }
    consume(list, len);
}

static void skip_rest_of_line(struct supplier_list *list)
{
    list->skipping = true;
    list->skipped = 0;
}

static enum step take_too_long(struct supplier_list *list, struct supplier *out)
{
    begin_item(list, out, SUPPLIER_LINE_MAX);
    out->problem = prepared_list_problem(TOO_LONG);
    skip_rest_of_line(list);
    return STEP_ITEM;
}

static size_t before_comment(const char *bytes, size_t len)
{
    for (size_t i = 1; i < len; i++) {
        if (bytes[i] == '#' && is_blank(bytes[i - 1])) {
            return i;
        }
    }
    return len;
}

static bool has_delimiter(const struct csv_cell *cell)
{
    for (size_t i = 0; i < SUPPLIER_NUM_DELIMITERS; i++) {
        if (memchr(cell->bytes, supplier_delimiters[i], cell->len) != NULL) {
            return true;
        }
    }
    return false;
}

/* A list of one column, as spreadsheets and databases write it: each name in quotes. */
static struct csv_cell unquote(struct csv_cell cell)
{
    if (cell.len >= 2 && cell.bytes[0] == '"' && cell.bytes[cell.len - 1] == '"') {
        return csv_trim((struct csv_cell){cell.bytes + 1, cell.len - 2});
    }
    return cell;
}

static enum step take_line(struct supplier_list *list, struct supplier *out)
{
    size_t len = 0;
    enum extent extent = physical_line(list, &len);
    if (extent == EXTENT_MORE) {
        return STEP_MORE;
    }
    if (extent == EXTENT_TOO_LONG) {
        return take_too_long(list, out);
    }
    begin_item(list, out, len);
    struct csv_cell cell = csv_trim((struct csv_cell){out->raw, before_comment(out->raw, len)});
    cell = unquote(cell);
    if (cell.len == 0) {
        return STEP_NOTHING;
    }
    out->cell = cell.bytes;
    out->cell_len = cell.len;
    if (out->problem == NULL && has_delimiter(&cell)) {
        out->problem = prepared_list_problem(HEADLESS);
    }
    return STEP_ITEM;
}

/* The physical line that a row starts on is bad; the row's other lines are read anew. */
static enum step take_open_quote(struct supplier_list *list, struct supplier *out)
{
    size_t len = 0;
    if (physical_line(list, &len) == EXTENT_TOO_LONG) {
        return take_too_long(list, out);
    }
    begin_item(list, out, len);
    out->problem = prepared_list_problem(OPEN_QUOTE);
    return STEP_ITEM;
}

static void fill_cells(struct supplier_list *list, struct supplier *out, size_t num_cells)
{
    for (size_t i = 0; i < num_cells && i < list->header.num_columns; i++) {
        const struct csv_cell *cell = &list->cells[i];
        if (i == list->header.domain_column) {
            struct csv_cell trimmed = csv_trim(*cell);
            out->cell = trimmed.bytes;
            out->cell_len = trimmed.len;
            continue;
        }
        list->fields[out->num_fields++] = (struct supplier_field){
            list->header.columns[i].bytes, list->header.columns[i].len, cell->bytes, cell->len};
    }
    out->fields = list->fields;
    out->is_web = list->header.is_web;
    if (num_cells <= list->header.domain_column) {
        out->problem = prepared_list_problem(NO_CELL);
    }
}

static bool all_blank(const struct csv_cell *cells, size_t num_cells)
{
    for (size_t i = 0; i < num_cells; i++) {
        if (csv_trim(cells[i]).len > 0) {
            return false;
        }
    }
    return true;
}

static enum step take_row(struct supplier_list *list, struct supplier *out)
{
    size_t len = 0;
    enum extent extent = csv_row(list, &list->scans[0], &len);
    if (extent == EXTENT_MORE) {
        return STEP_MORE;
    }
    if (extent != EXTENT_WHOLE) {
        return take_open_quote(list, out);
    }
    begin_item(list, out, len);
    size_t num_cells = csv_split(out->raw, len, list->header.delimiter, list->cell_text,
                                 list->cells, SUPPLIER_FIELDS_MAX);
    if (all_blank(list->cells, num_cells)) {
        return STEP_NOTHING;
    }
    fill_cells(list, out, num_cells);
    return STEP_ITEM;
}

/* ---- The beginning: byte order mark, header -------------------------------------------------- */

static enum step enter_mode(struct supplier_list *list, enum mode mode)
{
    list->mode = mode;
    restart_scans(list);
    return STEP_NOTHING;
}

static const char not_prepared[] = "it is a prepared list, and one of its lines is broken";

/* A line that somebody has read before. */
static enum step take_prepared(struct supplier_list *list, struct supplier *out)
{
    char *line = list->buffer + list->start;
    size_t held = list->end - list->start;
    char *end = memchr(line + list->line_scanned, '\n', held - list->line_scanned);
    list->line_scanned = held;
    if (end == NULL && held <= PREPARED_LINE_MAX && !list->at_eof) {
        return STEP_MORE;
    }
    if (end == NULL || !prepared_list_read(line, (size_t)(end - line), list->fields, out)) {
        list->problem = not_prepared;
        return STEP_BAD;
    }
    list->start += (size_t)(end - line) + 1;
    list->line_scanned = 0;
    list->line = out->line;
    return STEP_ITEM;
}

/* Is what is held the beginning of a sign, and not yet all of it? */
static bool is_part_of(const char *bytes, size_t held, const char *sign, size_t sign_len)
{
    return held < sign_len && memcmp(bytes, sign, held) == 0;
}

/* A byte order mark, a prepared list, or what a workbook begins with (workbook_kind_of()). A pipe
 * may give these bytes one by one. */
static enum step read_bom(struct supplier_list *list)
{
    static const char magic[] = PREPARED_LIST_MAGIC;
    static const char mark[] = "\xEF\xBB\xBF";
    const char *bytes = list->buffer + list->start;
    size_t held = list->end - list->start;
    if (held > 0 &&
        memcmp(bytes, magic, held < sizeof(magic) - 1 ? held : sizeof(magic) - 1) == 0) {
        if (held < sizeof(magic) - 1) {
            return list->at_eof ? enter_mode(list, MODE_DETECT) : STEP_MORE;
        }
        list->start += sizeof(magic) - 1;
        return enter_mode(list, MODE_PREPARED);
    }
    if (!list->at_eof && (is_part_of(bytes, held, mark, sizeof(mark) - 1) ||
                          is_part_of(bytes, held, "PK\003\004", 4) ||
                          is_part_of(bytes, held, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8))) {
        return STEP_MORE;
    }
    if (list->workbook == NULL &&
        workbook_kind_of((const unsigned char *)bytes, held) != WORKBOOK_NONE) {
        list->problem = "it is a workbook, which is read from a file and not from a pipe";
        return STEP_BAD;
    }
    list->start += held >= 3 && memcmp(bytes, mark, 3) == 0 ? 3 : 0;
    return enter_mode(list, MODE_DETECT);
}

/* The first record, by each delimiter: it may end elsewhere, for each has its own quotes. */
struct first_record {
    size_t len[SUPPLIER_NUM_DELIMITERS];
    bool is_whole[SUPPLIER_NUM_DELIMITERS];
};

/* Keeps the columns of the delimiter that makes most. */
static void split_widest(struct supplier_list *list, const struct first_record *first)
{
    size_t widest = 0;
    size_t most = 0;
    for (size_t i = 0; i < SUPPLIER_NUM_DELIMITERS; i++) {
        supplier_header_split(&list->header, list->buffer + list->start, first->len[i],
                              supplier_delimiters[i]);
        widest = list->header.num_columns > most ? i : widest;
        most = list->header.num_columns > most ? list->header.num_columns : most;
    }
    supplier_header_split(&list->header, list->buffer + list->start, first->len[widest],
                          supplier_delimiters[widest]);
}

/* Where the column is named by the user, or is called "domain". */
static bool is_header(struct supplier_list *list, size_t len, char delimiter)
{
    const char *bytes = list->buffer + list->start;
    if (list->column == NULL) {
        return supplier_header_read(&list->header, bytes, len, delimiter, list->host_mode);
    }
    supplier_header_split(&list->header, bytes, len, delimiter);
    return supplier_header_pick(&list->header, list->column);
}

static void consume_header(struct supplier_list *list)
{
    struct csv_scan scan;
    size_t len = 0;
    csv_scan_init(&scan, list->header.delimiter);
    if (csv_row(list, &scan, &len) != EXTENT_WHOLE) { /* a quote is open: of the line alone */
        physical_line(list, &len);
    }
    consume(list, len);
}

/* The first line has several cells, or is the title of a column: what stands below decides. */
static enum step choose_column(struct supplier_list *list)
{
    size_t held = list->end - list->start;
    if (!list->at_eof && held <= SAMPLE_SIZE) {
        return STEP_MORE;
    }
    bool is_part = held > SAMPLE_SIZE;
    list->is_chosen = supplier_columns_choose(&list->header, list->buffer + list->start,
                                              is_part ? SAMPLE_SIZE : held, is_part, &list->choice);
    if (!list->is_chosen && list->header.num_columns == 1) {
        return enter_mode(list, MODE_LINES);
    }
    if (!list->is_chosen) {
        return STEP_UNCLEAR;
    }
    if (list->choice.has_header) {
        consume_header(list);
    }
    return enter_mode(list, MODE_ROWS);
}

static bool wants_choice(const struct supplier_list *list, size_t line_len)
{
    struct csv_cell line = csv_trim((struct csv_cell){list->buffer + list->start, line_len});
    struct csv_cell before =
        csv_trim((struct csv_cell){line.bytes, before_comment(line.bytes, line.len)});
    if (domain_cell_is_likely(unquote(before))) { /* else the "#" is one of a title: "Supplier #" */
        line = before;
    }
    return !list->host_mode && (has_delimiter(&line) || supplier_columns_is_title(unquote(line)));
}

/*
 * Tries the first record with every delimiter. An earlier delimiter comes first even if its record
 * is still to be completed, so that a list reads the same however it arrives.
 */
static enum step detect_csv(struct supplier_list *list, size_t line_len)
{
    struct first_record first = {{0}, {false}};
    const char *bytes = list->buffer + list->start;
    for (size_t i = 0; i < SUPPLIER_NUM_DELIMITERS; i++) {
        enum extent extent = csv_row(list, &list->scans[i], &first.len[i]);
        if (extent == EXTENT_MORE) {
            return STEP_MORE;
        }
        first.is_whole[i] = extent == EXTENT_WHOLE;
        if (first.is_whole[i] && is_header(list, first.len[i], supplier_delimiters[i])) {
            consume(list, first.len[i]);
            return enter_mode(list, MODE_ROWS);
        }
    }
    if (list->column != NULL) {
        split_widest(list, &first);
        return STEP_UNCLEAR;
    }
    for (size_t i = 0; i < SUPPLIER_NUM_DELIMITERS; i++) {
        if (first.is_whole[i] && supplier_header_from_rank_row(&list->header, bytes, first.len[i],
                                                               supplier_delimiters[i])) {
            return enter_mode(list, MODE_ROWS);
        }
    }
    return wants_choice(list, line_len) ? choose_column(list) : enter_mode(list, MODE_LINES);
}

static enum step detect(struct supplier_list *list)
{
    size_t len = 0;
    enum extent extent = physical_line(list, &len);
    if (extent == EXTENT_MORE) {
        return STEP_MORE;
    }
    if (extent == EXTENT_TOO_LONG) {
        return enter_mode(list, MODE_LINES);
    }
    if (supplier_header_is_below(list->buffer + list->start, len)) {
        consume(list, len);
        return STEP_NOTHING;
    }
    return detect_csv(list, len);
}

/* ---- The stream ------------------------------------------------------------------------------ */

static enum step skip_line(struct supplier_list *list)
{
    while (list->start < list->end) {
        if (is_line_end(list->buffer[list->start])) {
            consume(list, 0);
            list->skipping = false;
            return STEP_NOTHING;
        }
        list->start++;
        list->skipped++;
    }
    return list->skipped > SUPPLIER_LINE_ENDLESS ? STEP_ENDLESS : STEP_MORE;
}

/* One step over what the buffer holds. */
static enum step take(struct supplier_list *list, struct supplier *out)
{
    if (list->mode == MODE_BEGINNING) {
        return read_bom(list);
    }
    if (list->after_cr && list->start < list->end) {
        list->after_cr = false;
        list->start += list->buffer[list->start] == '\n' ? 1 : 0;
    }
    if (list->skipping) {
        return skip_line(list);
    }
    if (list->start == list->end) {
        return STEP_MORE;
    }
    if (list->mode == MODE_PREPARED) {
        return take_prepared(list, out);
    }
    if (list->buffer[list->start] == '#') {
        skip_rest_of_line(list);
        return STEP_NOTHING;
    }
    switch (list->mode) {
    case MODE_DETECT:
        return detect(list);
    case MODE_ROWS:
        return take_row(list, out);
    default:
        return take_line(list, out);
    }
}

/* Reads once, and adds how much. False if there is nothing to go on with; *out_status then says
 * why. */
static bool fill(struct supplier_list *list, size_t *in_out_passed,
                 enum supplier_list_status *out_status)
{
    if (list->start > 0) {
        memmove(list->buffer, list->buffer + list->start, list->end - list->start);
        list->end -= list->start;
        list->start = 0;
    }
    size_t room = BUFFER_SIZE - list->end;
    room = room < READ_SIZE ? room : READ_SIZE;
    char *to = list->buffer + list->end;
    ssize_t got = list->workbook != NULL ? workbook_text_read(list->workbook, to, room)
                                         : list_text_read(list->text, to, room);
    if (got < 0) {
        bool later = list->workbook == NULL && (errno == EAGAIN || errno == EWOULDBLOCK);
        *out_status = later ? SUPPLIER_LIST_AGAIN : SUPPLIER_LIST_ERROR;
        return false;
    }
    list->end += (size_t)got;
    list->at_eof = got == 0;
    *in_out_passed += (size_t)got;
    return true;
}

/* Is the list a file that is no text, or one of which a sheet is asked for? */
static bool is_for_workbooks(int fd, const char *sheet)
{
    unsigned char magic[WORKBOOK_MAGIC_LEN];
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        return false;
    }
    ssize_t len = file_read_at(fd, magic, sizeof(magic), 0);
    return sheet != NULL || workbook_kind_of(magic, len > 0 ? (size_t)len : 0) != WORKBOOK_NONE;
}

struct supplier_list *supplier_list_new(int fd, const struct supplier_list_options *options)
{
    struct supplier_list *list = malloc(sizeof(*list));
    bool is_workbook = is_for_workbooks(fd, options->sheet);
    struct list_text *text = is_workbook ? NULL : list_text_new(fd, options->encoding);
    struct workbook_text *workbook = is_workbook ? workbook_text_new(fd, options->sheet) : NULL;
    if (list == NULL || (text == NULL && workbook == NULL)) {
        free(list);
        list_text_free(text);
        workbook_text_free(workbook);
        return NULL;
    }
    list->text = text;
    list->workbook = workbook;
    list->problem = NULL;
    list->host_mode = options->host_mode;
    list->column = options->column;
    list->header.num_columns = 0;
    list->is_chosen = false;
    list->at_eof = false;
    list->after_cr = false;
    list->skipping = false;
    list->skipped = 0;
    list->mode = MODE_BEGINNING;
    list->line = 1;
    list->start = 0;
    list->end = 0;
    restart_scans(list);
    return list;
}

void supplier_list_watch(struct supplier_list *list,
                         void (*on_bytes)(void *user, const void *bytes, size_t len), void *user)
{
    if (list->text != NULL) { /* a workbook is not read from its beginning to its end */
        list_text_watch(list->text, on_bytes, user);
    }
}

uint64_t supplier_list_line(const struct supplier_list *list)
{
    return list->line;
}

const char *supplier_list_found_encoding(const struct supplier_list *list)
{
    return list->text != NULL ? list_text_found(list->text) : NULL;
}

uint64_t supplier_list_num_broken(const struct supplier_list *list)
{
    return list->text != NULL ? list_text_num_broken(list->text) : 0;
}

const char *supplier_list_problem(const struct supplier_list *list)
{
    return list->workbook != NULL ? workbook_text_problem(list->workbook) : list->problem;
}

bool supplier_list_choice(const struct supplier_list *list, struct supplier_choice *out_choice)
{
    if (!list->is_chosen) {
        return false;
    }
    const struct csv_cell *name = &list->header.columns[list->header.domain_column];
    *out_choice = (struct supplier_choice){
        .column = list->header.domain_column + 1,
        .name = list->choice.has_header ? name->bytes : NULL,
        .num_rows = list->choice.num_rows,
        .num_named = list->choice.num_named,
        .is_part = list->choice.is_part,
    };
    return true;
}

void supplier_list_free(struct supplier_list *list)
{
    if (list != NULL) {
        list_text_free(list->text);
        workbook_text_free(list->workbook);
        free(list);
    }
}

enum supplier_list_status supplier_list_next(struct supplier_list *list,
                                             struct supplier *out_supplier)
{
    size_t passed = 0;
    while (list->mode != MODE_ENDED) {
        enum step step = take(list, out_supplier);
        if (step == STEP_ITEM) {
            return SUPPLIER_LIST_ITEM;
        }
        if (step == STEP_NOTHING) {
            continue;
        }
        if (step == STEP_ENDLESS) {
            return SUPPLIER_LIST_ENDLESS;
        }
        if (step == STEP_UNCLEAR) {
            return SUPPLIER_LIST_UNCLEAR;
        }
        if (step == STEP_BAD) {
            return SUPPLIER_LIST_ERROR;
        }
        if (list->at_eof) {
            list->mode = MODE_ENDED;
            break;
        }
        if (passed >= SUPPLIER_PASSED_MAX) {
            return SUPPLIER_LIST_PASSED;
        }
        enum supplier_list_status status;
        if (!fill(list, &passed, &status)) {
            return status;
        }
    }
    return SUPPLIER_LIST_END;
}

size_t supplier_list_titles(const struct supplier_list *list, const char **out_titles, size_t max)
{
    size_t num = list->header.num_columns < max ? list->header.num_columns : max;
    for (size_t i = 0; i < num; i++) {
        out_titles[i] = list->header.columns[i].bytes;
    }
    return num;
}

size_t supplier_list_columns(const struct supplier_list *list,
                             struct supplier_field out_columns[SUPPLIER_FIELDS_MAX])
{
    size_t num = 0;
    for (size_t i = 0; list->mode == MODE_ROWS && i < list->header.num_columns; i++) {
        if (i != list->header.domain_column) {
            const struct csv_cell *name = &list->header.columns[i];
            out_columns[num++] = (struct supplier_field){name->bytes, name->len, "", 0};
        }
    }
    return num;
}
