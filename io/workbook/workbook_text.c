#include "io/workbook/workbook_text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/base/utf8.h"
#include "io/workbook/workbook_parts.h"
#include "io/workbook/xml_stream.h"

#define SHEET_BYTES_MAX (1u << 30)
#define ROWS_MAX        1048576u
#define COLUMNS_MAX     16384u
#define CHUNK_SIZE      16384
#define CELL_MAX        WORKBOOK_ROW_MAX

enum state { STATE_CLOSED, STATE_READING, STATE_PAUSED, STATE_ENDED, STATE_FAILED };

enum cell_type { CELL_NUMBER, CELL_SHARED, CELL_BOOLEAN, CELL_TEXT };

struct workbook_text {
    int fd;
    const char *sheet_name;
    enum state state;
    char problem[PROBLEM_MAX + 64];
    struct zip_source *source;
    struct xml_stream *stream;
    struct workbook_parts parts;
    bool has_parts;

    uint32_t row;       /* rows that were begun, by their number */
    uint32_t num_given; /* line ends that were given out */
    uint32_t column;    /* cells of the row so far */
    uint32_t written;   /* ... of which so many are in `line` */
    bool in_sheet;      /* within sheetData */
    bool has_ended;     /* sheetData is over */
    bool in_value;
    unsigned in_phonetic;
    enum cell_type type;
    size_t style;
    size_t cell_len;
    size_t line_len;
    size_t line_given;
    bool has_line; /* `line` is whole and not yet given out */
    char cell[CELL_MAX + 1];
    char line[WORKBOOK_ROW_MAX + 1];
};

enum workbook_kind workbook_kind_of(const unsigned char *bytes, size_t len)
{
    static const unsigned char compound[] = {0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1};
    if (len >= 4 && memcmp(bytes, "PK\003\004", 4) == 0) {
        return WORKBOOK_ZIP;
    }
    if (len >= sizeof(compound) && memcmp(bytes, compound, sizeof(compound)) == 0) {
        return WORKBOOK_BINARY;
    }
    return WORKBOOK_NONE;
}

/* ---- A line of CSV ---- */

/* What is too much is left out: the line is too long for its reader then. */
static void add(struct workbook_text *text, const char *bytes, size_t len)
{
    size_t room = WORKBOOK_ROW_MAX - text->line_len;
    len = len < room ? len : room;
    memcpy(text->line + text->line_len, bytes, len);
    text->line_len += len;
}

static bool needs_quotes(const struct workbook_text *text, const char *bytes, size_t len)
{
    if (text->column == 1 && len > 0 && bytes[0] == '#') {
        return true; /* no comment */
    }
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == ',' || bytes[i] == ';' || bytes[i] == '"') {
            return true;
        }
    }
    return false;
}

static void add_cell(struct workbook_text *text, char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (unsigned char)bytes[i] < ' ' ? ' ' : bytes[i];
    }
    for (; text->written < text->column; text->written++) {
        add(text, ",", text->written > 0);
    }
    if (!needs_quotes(text, bytes, len)) {
        add(text, bytes, len);
        return;
    }
    add(text, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        add(text, "\"", bytes[i] == '"');
        add(text, &bytes[i], 1);
    }
    add(text, "\"", 1);
}

/* ---- Cells ---- */

static bool read_hex(const char *digits, uint32_t *out)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        char digit = digits[i];
        uint32_t nibble = digit >= '0' && digit <= '9'   ? (uint32_t)(digit - '0')
                          : digit >= 'A' && digit <= 'F' ? (uint32_t)(digit - 'A' + 10)
                          : digit >= 'a' && digit <= 'f' ? (uint32_t)(digit - 'a' + 10)
                                                         : 16;
        if (nibble > 15) {
            return false;
        }
        value = value << 4 | nibble;
    }
    *out = value;
    return true;
}

/* "_x000D_" is a character that XML cannot hold: ECMA-376 part 1 section 22.9.2.19. */
static size_t unescape(char *bytes, size_t len)
{
    size_t out = 0;
    for (size_t at = 0; at < len;) {
        uint32_t character;
        bool is_escape = len - at >= 7 && bytes[at] == '_' && bytes[at + 1] == 'x' &&
                         bytes[at + 6] == '_' && read_hex(bytes + at + 2, &character) &&
                         (character < 0xD800 || character > 0xDFFF);
        if (is_escape) {
            out += utf8_encode(character, bytes + out);
            at += 7;
        } else {
            bytes[out++] = bytes[at++];
        }
    }
    return out;
}

static void set_cell(struct workbook_text *text, const char *bytes, size_t len)
{
    text->cell_len = len < CELL_MAX ? len : CELL_MAX;
    memcpy(text->cell, bytes, text->cell_len);
}

static void set_number(struct workbook_text *text)
{
    char number[CELL_NUMBER_MAX];
    struct cell_format format = {false, false, 0};
    text->cell[text->cell_len] = '\0';
    if (text->style < text->parts.num_formats) {
        format = text->parts.formats[text->style];
    }
    cell_format_write(&format, text->parts.is_1904, text->cell, number);
    set_cell(text, number, strlen(number));
}

static void end_cell(struct workbook_text *text)
{
    const char *bytes;
    size_t len;
    char *end;
    if (text->cell_len == 0) {
        return;
    }
    text->cell[text->cell_len] = '\0';
    switch (text->type) {
    case CELL_NUMBER:
        set_number(text);
        break;
    case CELL_SHARED:
        if (!shared_strings_get(&text->parts.strings, strtoull(text->cell, &end, 10), &bytes,
                                &len)) {
            xml_stream_refuse(text->stream, "a cell names a text that is not there");
            return;
        }
        set_cell(text, bytes, len);
        text->cell_len = unescape(text->cell, text->cell_len);
        break;
    case CELL_BOOLEAN:
        set_cell(text, text->cell[0] == '1' ? "TRUE" : "FALSE", text->cell[0] == '1' ? 4 : 5);
        break;
    case CELL_TEXT:
        text->cell_len = unescape(text->cell, text->cell_len);
        break;
    }
    add_cell(text, text->cell, text->cell_len);
}

/* "AB12" is of column 28; 0: it names none. */
static uint32_t column_of(const char *reference)
{
    uint32_t column = 0;
    for (; *reference >= 'A' && *reference <= 'Z' && column <= COLUMNS_MAX; reference++) {
        column = column * 26 + (uint32_t)(*reference - 'A' + 1);
    }
    return column;
}

static void start_cell(struct workbook_text *text, const char **attributes)
{
    const char *reference = xml_attribute(attributes, "r");
    const char *type = xml_attribute(attributes, "t");
    const char *style = xml_attribute(attributes, "s");
    uint32_t column = reference != NULL ? column_of(reference) : text->column + 1;
    if (column <= text->column || column > COLUMNS_MAX) {
        xml_stream_refuse(text->stream, "the cells of a row are out of order, or too many");
        return;
    }
    text->column = column;
    text->type = type == NULL || strcmp(type, "n") == 0 ? CELL_NUMBER
                 : strcmp(type, "s") == 0               ? CELL_SHARED
                 : strcmp(type, "b") == 0               ? CELL_BOOLEAN
                                                        : CELL_TEXT;
    text->style = style != NULL ? strtoul(style, NULL, 10) : 0;
    text->cell_len = 0;
}

/* ---- Rows ---- */

static void start_row(struct workbook_text *text, const char **attributes)
{
    const char *reference = xml_attribute(attributes, "r");
    unsigned long row = reference != NULL ? strtoul(reference, NULL, 10) : text->row + 1;
    if (row <= text->row || row > ROWS_MAX) {
        xml_stream_refuse(text->stream, "its rows are out of order, or too many");
        return;
    }
    text->row = (uint32_t)row;
    text->column = 0;
    text->written = 0;
    text->line_len = 0;
}

static void end_row(struct workbook_text *text)
{
    text->line[text->line_len++] = '\n';
    text->line_given = 0;
    text->has_line = true;
    xml_stream_pause(text->stream);
}

static void start_of_sheet(void *user, const char *name, const char **attributes)
{
    struct workbook_text *text = user;
    if (strcmp(name, "sheetData") == 0) {
        text->in_sheet = true;
    } else if (text->in_sheet && strcmp(name, "row") == 0) {
        start_row(text, attributes);
    } else if (text->in_sheet && strcmp(name, "c") == 0) {
        start_cell(text, attributes);
    } else if (strcmp(name, "rPh") == 0) {
        text->in_phonetic++;
    }
    bool is_value = strcmp(name, "v") == 0 || strcmp(name, "t") == 0;
    text->in_value = text->in_sheet && is_value && text->in_phonetic == 0;
}

static void end_of_sheet(void *user, const char *name)
{
    struct workbook_text *text = user;
    text->in_value = false;
    text->in_phonetic -= strcmp(name, "rPh") == 0;
    if (text->in_sheet && strcmp(name, "c") == 0) {
        end_cell(text);
    } else if (text->in_sheet && strcmp(name, "row") == 0) {
        end_row(text);
    } else if (text->in_sheet && strcmp(name, "sheetData") == 0) {
        text->in_sheet = false;
        text->has_ended = true;
        xml_stream_pause(text->stream);
    }
}

static void text_of_sheet(void *user, const char *bytes, size_t len)
{
    struct workbook_text *text = user;
    size_t room = CELL_MAX - text->cell_len;
    if (text->in_value) {
        len = len < room ? len : room;
        memcpy(text->cell + text->cell_len, bytes, len);
        text->cell_len += len;
    }
}

static const struct xml_events sheet_events = {start_of_sheet, end_of_sheet, text_of_sheet};

/* ---- The stream ---- */

static void fail(struct workbook_text *text, const char *why)
{
    text->state = STATE_FAILED;
    snprintf(text->problem, sizeof(text->problem), "%s", why);
}

static void fail_in_sheet(struct workbook_text *text, const char *why)
{
    text->state = STATE_FAILED;
    snprintf(text->problem, sizeof(text->problem), "its sheet cannot be read behind row %u: %s",
             text->row, why);
}

static void open_sheet(struct workbook_text *text)
{
    unsigned char magic[WORKBOOK_MAGIC_LEN];
    char problem[PROBLEM_MAX];
    ssize_t len = pread(text->fd, magic, sizeof(magic), 0);
    enum workbook_kind kind = workbook_kind_of(magic, len > 0 ? (size_t)len : 0);
    if (kind == WORKBOOK_BINARY) {
        fail(text, "it is an old workbook (.xls) or an encrypted one, which cannot be read; save "
                   "it as .xlsx without a password, or as CSV");
        return;
    }
    if (kind == WORKBOOK_NONE) {
        fail(text, "it is no workbook, so that --sheet names nothing in it");
        return;
    }
    text->source = zip_source_new(text->fd);
    if (text->source == NULL) {
        fail(text, "it is no whole workbook: it was cut, or is damaged");
        return;
    }
    text->has_parts = true;
    if (!workbook_parts_read(&text->parts, text->source, text->sheet_name, problem)) {
        fail(text, problem);
        return;
    }
    enum zip_status status = zip_source_open(text->source, text->parts.sheet, SHEET_BYTES_MAX);
    text->stream = status == ZIP_PART_OPEN ? xml_stream_new(&sheet_events, text) : NULL;
    text->state = STATE_READING;
    if (text->stream == NULL) {
        fail_in_sheet(text, status == ZIP_PART_TOO_LONG    ? "unpacked it is larger than 1 GiB"
                            : status == ZIP_PART_ENCRYPTED ? "it is encrypted"
                            : status == ZIP_PART_OPEN      ? "out of memory"
                                                           : "it is not there, or damaged");
    }
}

/* What comes behind the rows is of no interest but for the checksum at its end. */
static void end_sheet(struct workbook_text *text)
{
    char chunk[CHUNK_SIZE];
    ssize_t len;
    do {
        len = zip_source_read(text->source, chunk, sizeof(chunk));
    } while (len > 0);
    text->state = STATE_ENDED;
    if (len < 0) {
        fail_in_sheet(text, "the archive is damaged");
    }
}

static void note_status(struct workbook_text *text, enum xml_status status)
{
    if (status == XML_STREAM_BAD) {
        fail_in_sheet(text, xml_stream_problem(text->stream));
    } else if (text->has_ended) {
        end_sheet(text);
    } else {
        text->state = status == XML_STREAM_PAUSED ? STATE_PAUSED : STATE_READING;
    }
}

static void read_on(struct workbook_text *text)
{
    char chunk[CHUNK_SIZE];
    if (text->state == STATE_PAUSED) {
        note_status(text, xml_stream_resume(text->stream));
        return;
    }
    ssize_t len = zip_source_read(text->source, chunk, sizeof(chunk));
    if (len < 0) {
        fail_in_sheet(text, "the archive is damaged");
        return;
    }
    note_status(text, xml_stream_feed(text->stream, chunk, (size_t)len, len == 0));
    if (len == 0 && text->state == STATE_READING) {
        text->state = STATE_ENDED; /* without any sheetData */
    }
}

/* Rows that the sheet leaves out are empty lines; then the row itself. */
static size_t give(struct workbook_text *text, char *out, size_t size)
{
    size_t len = 0;
    for (; len < size && text->num_given + 1 < text->row; text->num_given++) {
        out[len++] = '\n';
    }
    size_t more = text->line_len - text->line_given;
    more = more < size - len ? more : size - len;
    memcpy(out + len, text->line + text->line_given, more);
    text->line_given += more;
    if (text->line_given == text->line_len) {
        text->has_line = false;
        text->num_given = text->row;
    }
    return len + more;
}

ssize_t workbook_text_read(struct workbook_text *text, char *out, size_t size)
{
    if (text->state == STATE_CLOSED) {
        open_sheet(text);
    }
    while (!text->has_line && (text->state == STATE_READING || text->state == STATE_PAUSED)) {
        read_on(text);
    }
    if (text->has_line) {
        return (ssize_t)give(text, out, size);
    }
    return text->state == STATE_FAILED ? -1 : 0;
}

const char *workbook_text_problem(const struct workbook_text *text)
{
    return text->state == STATE_FAILED ? text->problem : NULL;
}

/* ---- Life and death ---- */

struct workbook_text *workbook_text_new(int fd, const char *sheet)
{
    struct workbook_text *text = calloc(1, sizeof(*text));
    if (text != NULL) {
        *text = (struct workbook_text){.fd = fd, .sheet_name = sheet, .state = STATE_CLOSED};
    }
    return text;
}

void workbook_text_free(struct workbook_text *text)
{
    if (text != NULL) {
        xml_stream_free(text->stream);
        if (text->has_parts) {
            workbook_parts_fini(&text->parts);
        }
        zip_source_free(text->source);
        free(text);
    }
}
