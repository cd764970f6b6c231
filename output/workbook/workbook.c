/*
 * The parts of the package are those that ECMA-376 part 1 section 12 asks for and no more. Texts
 * stand in the cells themselves (inlineStr, section 18.18.11): a table of shared strings would have
 * to be kept until the end.
 */
#include "output/workbook/workbook.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/utf8.h"
#include "output/workbook/zip_parts.h"

#define CELL_UNITS_MAX  32767u /* UTF-16 units that a cell holds */
#define COLUMN_NAME_MAX 4      /* "XFD" */
#define SHEET_NAME_MAX  32

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define SHEET_SPACE "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define PACKAGE     "http://schemas.openxmlformats.org/package/2006"
#define OFFICE      "http://schemas.openxmlformats.org/officeDocument/2006"
#define SHEET_TYPE  "application/vnd.openxmlformats-officedocument.spreadsheetml"

/* Rows of cellXfs below. */
enum { STYLE_HEADER = 1, STYLE_TEXT = 2 };

static const char content_types[] = DECLARATION
    "<Types xmlns=\"" PACKAGE "/content-types\">"
    "<Default Extension=\"rels\" ContentType=\"application/"
    "vnd.openxmlformats-package.relationships+xml\"/>"
    "<Override PartName=\"/xl/workbook.xml\" ContentType=\"" SHEET_TYPE ".sheet.main+xml\"/>"
    "<Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"" SHEET_TYPE
    ".worksheet+xml\"/>"
    "<Override PartName=\"/xl/styles.xml\" ContentType=\"" SHEET_TYPE ".styles+xml\"/>"
    "</Types>";

static const char package_relationships[] =
    DECLARATION "<Relationships xmlns=\"" PACKAGE "/relationships\">"
                "<Relationship Id=\"rId1\" Type=\"" OFFICE "/relationships/officeDocument\" "
                "Target=\"xl/workbook.xml\"/></Relationships>";

static const char workbook_relationships[] =
    DECLARATION "<Relationships xmlns=\"" PACKAGE "/relationships\">"
                "<Relationship Id=\"rId1\" Type=\"" OFFICE "/relationships/worksheet\" "
                "Target=\"worksheets/sheet1.xml\"/>"
                "<Relationship Id=\"rId2\" Type=\"" OFFICE "/relationships/styles\" "
                "Target=\"styles.xml\"/></Relationships>";

/* Format 49 is "@", text: a cell stays one when it is edited. */
static const char styles[] =
    DECLARATION "<styleSheet xmlns=\"" SHEET_SPACE "\">"
                "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>"
                "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>"
                "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>"
                "<fill><patternFill patternType=\"gray125\"/></fill></fills>"
                "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border>"
                "</borders>"
                "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" "
                "borderId=\"0\"/></cellStyleXfs>"
                "<cellXfs count=\"3\">"
                "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"
                "<xf numFmtId=\"49\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" "
                "applyNumberFormat=\"1\" applyFont=\"1\"/>"
                "<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" "
                "applyNumberFormat=\"1\"/>"
                "</cellXfs>"
                "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/>"
                "</cellStyles></styleSheet>";

static const char sheet_head[] =
    DECLARATION "<worksheet xmlns=\"" SHEET_SPACE "\">"
                "<sheetViews><sheetView workbookViewId=\"0\">"
                "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/>"
                "</sheetView></sheetViews>"
                "<sheetFormatPr defaultColWidth=\"18\" defaultRowHeight=\"15\"/><sheetData>";

struct workbook {
    struct zip_parts *parts;
    uint32_t row;         /* rows that were begun; from 1 */
    uint32_t column;      /* cells of this row */
    uint32_t max_columns; /* of any row */
    bool in_row;
    char sheet[SHEET_NAME_MAX];
};

/* ---- XML ---- */

static void put(struct workbook *workbook, const char *text)
{
    zip_parts_put(workbook->parts, text, strlen(text));
}

/* "A", "Z", "AA", ... of a column from 1 on. */
static const char *column_name(uint32_t column, char out[COLUMN_NAME_MAX])
{
    char *at = out + COLUMN_NAME_MAX - 1;
    *at = '\0';
    for (; column > 0 && at > out; column = (column - 1) / 26) {
        *--at = (char)('A' + (column - 1) % 26);
    }
    return at;
}

/* What is written in place of a character that XML cannot hold (XML 1.0, section 2.2). NULL: the
 * character may stand as it is. */
static const char *stand_in(const unsigned char *bytes, size_t len)
{
    switch (bytes[0]) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\r': /* as it is, an XML reader would make a line feed of it */
        return "&#13;";
    case '\t':
    case '\n':
        return NULL;
    default:
        break;
    }
    bool is_none = len == 3 && bytes[0] == 0xEF && bytes[1] == 0xBF && bytes[2] >= 0xBE;
    return bytes[0] < 0x20 || is_none ? "\xef\xbf\xbd" : NULL;
}

static bool is_hex_digit(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'F') ||
           (byte >= 'a' && byte <= 'f');
}

/* "_x0041_" would be read as an "A": ECMA-376 part 1 section 22.9.2.19. */
static bool looks_escaped(const char *bytes, size_t len)
{
    return len >= 7 && memcmp(bytes, "_x", 2) == 0 && is_hex_digit(bytes[2]) &&
           is_hex_digit(bytes[3]) && is_hex_digit(bytes[4]) && is_hex_digit(bytes[5]) &&
           bytes[6] == '_';
}

static void put_text(struct workbook *workbook, const char *bytes, size_t len)
{
    uint32_t units = 0;
    for (size_t at = 0; at < len;) {
        const unsigned char *byte = (const unsigned char *)bytes + at;
        size_t character = *byte < 0x80 ? 1 : utf8_len(byte, len - at);
        character = character > 0 ? character : 1;
        units += character == 4 ? 2 : 1;
        if (units > CELL_UNITS_MAX) {
            return;
        }
        const char *instead =
            looks_escaped(bytes + at, len - at) ? "_x005F_" : stand_in(byte, character);
        if (instead != NULL) {
            put(workbook, instead);
        } else {
            zip_parts_put(workbook->parts, byte, character);
        }
        at += character;
    }
}

/* ---- Cells ---- */

static void begin_row(struct workbook *workbook)
{
    char tag[32];
    workbook->in_row = true;
    workbook->row++;
    workbook->column = 0;
    if (workbook->row <= WORKBOOK_ROWS_MAX) {
        snprintf(tag, sizeof(tag), "<row r=\"%" PRIu32 "\">", workbook->row);
        put(workbook, tag);
    }
}

/* False: the sheet has no place for another cell. */
static bool begin_cell(struct workbook *workbook)
{
    if (!workbook->in_row) {
        begin_row(workbook);
    }
    workbook->column++;
    bool has_place = workbook->column <= WORKBOOK_COLUMNS_MAX && workbook->row <= WORKBOOK_ROWS_MAX;
    if (has_place && workbook->column > workbook->max_columns) {
        workbook->max_columns = workbook->column;
    }
    return has_place;
}

static void put_cell(void *to, const char *bytes, size_t len)
{
    struct workbook *workbook = to;
    char name[COLUMN_NAME_MAX];
    char tag[96];
    if (!begin_cell(workbook) || len == 0) {
        return;
    }
    snprintf(tag, sizeof(tag),
             "<c r=\"%s%" PRIu32 "\" s=\"%d\" t=\"inlineStr\"><is><t xml:space=\"preserve\">",
             column_name(workbook->column, name), workbook->row,
             workbook->row == 1 ? STYLE_HEADER : STYLE_TEXT);
    put(workbook, tag);
    put_text(workbook, bytes, len);
    put(workbook, "</t></is></c>");
}

static void put_number(void *to, int64_t value)
{
    struct workbook *workbook = to;
    char name[COLUMN_NAME_MAX];
    char tag[96];
    if (begin_cell(workbook)) {
        snprintf(tag, sizeof(tag), "<c r=\"%s%" PRIu32 "\"><v>%" PRId64 "</v></c>",
                 column_name(workbook->column, name), workbook->row, value);
        put(workbook, tag);
    }
}

static void pass_cell(void *to)
{
    begin_cell(to);
}

static void end_row(void *to)
{
    struct workbook *workbook = to;
    if (!workbook->in_row) {
        begin_row(workbook);
    }
    if (workbook->row <= WORKBOOK_ROWS_MAX) {
        put(workbook, "</row>");
    }
    workbook->in_row = false;
}

struct row_writer workbook_rows(struct workbook *workbook)
{
    static const struct row_kind kind = {put_cell, put_number, pass_cell, end_row};
    return (struct row_writer){&kind, workbook};
}

/* ---- The file ---- */

struct workbook *workbook_new(FILE *stream, const char *sheet)
{
    struct workbook *workbook = malloc(sizeof(*workbook));
    struct zip_parts *parts = zip_parts_new(stream);
    if (workbook == NULL || parts == NULL) {
        free(workbook);
        zip_parts_free(parts);
        return NULL;
    }
    *workbook = (struct workbook){.parts = parts};
    snprintf(workbook->sheet, sizeof(workbook->sheet), "%s", sheet);
    zip_parts_begin(parts, "[Content_Types].xml");
    put(workbook, content_types);
    zip_parts_begin(parts, "_rels/.rels");
    put(workbook, package_relationships);
    zip_parts_begin(parts, "xl/_rels/workbook.xml.rels");
    put(workbook, workbook_relationships);
    zip_parts_begin(parts, "xl/styles.xml");
    put(workbook, styles);
    zip_parts_begin(parts, "xl/worksheets/sheet1.xml");
    put(workbook, sheet_head);
    return workbook;
}

void workbook_free(struct workbook *workbook)
{
    if (workbook != NULL) {
        zip_parts_free(workbook->parts);
        free(workbook);
    }
}

/* The cells that hold something, "A1:AI2001" or "$A$1:$AI$2001". */
static void put_extent(struct workbook *workbook, const char *fixed)
{
    char name[COLUMN_NAME_MAX];
    char extent[64];
    uint32_t rows = workbook->row < WORKBOOK_ROWS_MAX ? workbook->row : WORKBOOK_ROWS_MAX;
    snprintf(extent, sizeof(extent), "%sA%s1:%s%s%s%" PRIu32, fixed, fixed, fixed,
             column_name(workbook->max_columns, name), fixed, rows);
    put(workbook, extent);
}

/* The name by which spreadsheets know the cells of a filter stands in the workbook. */
static void put_workbook(struct workbook *workbook)
{
    put(workbook, DECLARATION "<workbook xmlns=\"" SHEET_SPACE "\" xmlns:r=\"" OFFICE
                              "/relationships\"><sheets><sheet name=\"");
    put(workbook, workbook->sheet);
    put(workbook, "\" sheetId=\"1\" r:id=\"rId1\"/></sheets>");
    if (workbook->max_columns > 0) {
        put(workbook, "<definedNames><definedName name=\"_xlnm._FilterDatabase\" "
                      "localSheetId=\"0\" hidden=\"1\">'");
        put(workbook, workbook->sheet);
        put(workbook, "'!");
        put_extent(workbook, "$");
        put(workbook, "</definedName></definedNames>");
    }
    put(workbook, "</workbook>");
}

bool workbook_end(struct workbook *workbook)
{
    put(workbook, "</sheetData>");
    if (workbook->max_columns > 0) {
        put(workbook, "<autoFilter ref=\"");
        put_extent(workbook, "");
        put(workbook, "\"/>");
    }
    put(workbook, "</worksheet>");
    zip_parts_begin(workbook->parts, "xl/workbook.xml");
    put_workbook(workbook);
    return zip_parts_end(workbook->parts);
}
