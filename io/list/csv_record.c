/*
 * One state machine, csv_step(), finds the end of a record and takes it apart: the two cannot
 * disagree about where a cell ends.
 */
#include "io/list/csv_record.h"

enum csv_event { CSV_KEEP, CSV_DROP, CSV_OPEN, CSV_CELL_END, CSV_RECORD_END, CSV_BREACH };

static bool is_line_end(char byte)
{
    return byte == '\n' || byte == '\r';
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* A byte that stands outside quotes. */
static enum csv_event step_outside(struct csv_scan *scan, char byte, enum csv_state otherwise)
{
    if (byte == scan->delimiter) {
        scan->state = CSV_CELL_START;
        return CSV_CELL_END;
    }
    if (is_line_end(byte)) {
        return CSV_RECORD_END;
    }
    scan->state = otherwise;
    return CSV_KEEP;
}

static enum csv_event step_behind_quote(struct csv_scan *scan, char byte)
{
    if (byte == '"' && scan->state == CSV_QUOTE_IN_QUOTED) {
        scan->state = CSV_QUOTED;
        return CSV_KEEP;
    }
    if (is_blank(byte) && byte != scan->delimiter) {
        scan->state = CSV_AFTER_QUOTED;
        return CSV_DROP;
    }
    if (scan->spans_lines && byte != scan->delimiter && !is_line_end(byte)) {
        return CSV_BREACH;
    }
    return step_outside(scan, byte, CSV_PLAIN);
}

static enum csv_event csv_step(struct csv_scan *scan, char byte)
{
    switch (scan->state) {
    case CSV_CELL_START:
        if (byte == '"') {
            scan->state = CSV_QUOTED;
            return CSV_OPEN;
        }
        return step_outside(scan, byte, is_blank(byte) ? CSV_CELL_START : CSV_PLAIN);
    case CSV_PLAIN:
        return step_outside(scan, byte, CSV_PLAIN);
    case CSV_QUOTED:
        if (byte == '"') {
            scan->state = CSV_QUOTE_IN_QUOTED;
            return CSV_DROP;
        }
        scan->spans_lines = scan->spans_lines || is_line_end(byte);
        return CSV_KEEP;
    case CSV_QUOTE_IN_QUOTED:
    case CSV_AFTER_QUOTED:
        return step_behind_quote(scan, byte);
    }
    return CSV_BREACH;
}

void csv_scan_init(struct csv_scan *scan, char delimiter)
{
    *scan = (struct csv_scan){.delimiter = delimiter, .state = CSV_CELL_START};
}

enum csv_extent csv_scan_feed(struct csv_scan *scan, const char *bytes, size_t len)
{
    while (scan->len < len) {
        enum csv_event event = csv_step(scan, bytes[scan->len]);
        if (event == CSV_RECORD_END) {
            return CSV_WHOLE;
        }
        if (event == CSV_BREACH) {
            return CSV_MALFORMED;
        }
        scan->len++;
    }
    return CSV_MORE;
}

enum csv_extent csv_scan_finish(const struct csv_scan *scan)
{
    return scan->state == CSV_QUOTED ? CSV_MALFORMED : CSV_WHOLE;
}

size_t csv_split(const char *bytes, size_t len, char delimiter, char *text,
                 struct csv_cell *out_cells, size_t max_cells)
{
    struct csv_scan scan;
    size_t num_cells = 0;
    size_t start = 0; /* of the cell, in `text` */
    size_t end = 0;
    csv_scan_init(&scan, delimiter);
    for (size_t i = 0; i <= len; i++) {
        enum csv_event event = i < len ? csv_step(&scan, bytes[i]) : CSV_CELL_END;
        if (event == CSV_KEEP) {
            text[end++] = bytes[i];
        } else if (event == CSV_OPEN) {
            end = start; /* blanks before the quote are not part of the value */
        } else if (event == CSV_CELL_END) {
            text[end] = '\0';
            if (num_cells < max_cells) {
                out_cells[num_cells++] = (struct csv_cell){text + start, end - start};
            }
            start = ++end;
        }
    }
    return num_cells;
}

static bool is_white(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

struct csv_cell csv_trim(struct csv_cell cell)
{
    while (cell.len > 0 && is_white(cell.bytes[0])) {
        cell.bytes++;
        cell.len--;
    }
    while (cell.len > 0 && is_white(cell.bytes[cell.len - 1])) {
        cell.len--;
    }
    return cell;
}
