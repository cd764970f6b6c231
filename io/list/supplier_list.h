/*
 * The supplier list: a domain a line, or CSV with a header, read as a stream in constant memory.
 *
 * It is CSV if the first line that is neither blank nor a comment has, after RFC 4180 unquoting, a
 * field named "domain" (any case), or in host mode "host" or "domain" ("host" wins), or the column
 * that the user names; delimiter ',', ';' or tab, whichever splits that header. Of several such
 * fields the first counts. It is also CSV, without a header and with the fields "rank" and
 * "domain", if that first line is a number and a name with a dot, as in the public top lists
 * ("1,example.com"). If the first line has several cells, or is the title of a column ("Website"),
 * supplier_columns chooses the column by what the list's first MiB holds. Otherwise every line is
 * one domain, and what follows a '#' with white space before it is a comment.
 *
 * A UTF-8 BOM, LF, CRLF and lone CR as line ends, blank lines (also rows of empty cells), a missing
 * last line end, and lines starting with '#' are handled; a quoted CSV field may hold line ends,
 * and a spreadsheet's "sep=;" before the header is skipped. A row with fewer cells than the header
 * has only those as fields, one without its domain cell is a bad item; cells beyond the header's
 * are left to `raw`. Other encodings than UTF-8 are converted (io/list/list_text.h). `line` counts
 * physical lines from 1 (a record that spans several has the number of its first).
 *
 * A list that begins as io/list/prepared_list.h says is one that was read before, in part or whole.
 *
 * A list may be a workbook (.xlsx) in a regular file: the rows of one of its sheets are read as CSV
 * (io/workbook/workbook_text.h), and `line` is the number of the row.
 *
 * Bounded: a line over SUPPLIER_LINE_MAX is one bad item, and reading goes on at the next line. One
 * that goes on over SUPPLIER_LINE_ENDLESS ends the list: that is a device or an image, and no list.
 * A quote that is not closed within SUPPLIER_LINE_MAX, before the end of the file, or as a quote
 * should be, makes its line one bad item, and reading goes on at the next physical line: no row is
 * lost.
 */
#ifndef MXGRADE_IO_SUPPLIER_LIST_H
#define MXGRADE_IO_SUPPLIER_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SUPPLIER_LINE_MAX     65536
#define SUPPLIER_LINE_ENDLESS (16u << 20)
#define SUPPLIER_PASSED_MAX   (1u << 20)
#define SUPPLIER_FIELDS_MAX   256 /* columns; those beyond are not looked at */

struct supplier_field {
    const char *name; /* header cell; NUL-terminated, len given too as it may hold anything */
    size_t name_len;
    const char *value;
    size_t value_len;
};

struct supplier {
    uint64_t line;
    const char *raw; /* the record as given, without its line end */
    size_t raw_len;
    const char *cell; /* what stands in the domain column or on the line, trimmed; may be empty */
    size_t cell_len;
    const struct supplier_field *fields; /* the other columns */
    size_t num_fields;
    bool is_web;         /* the column of the domain is one of web sites */
    const char *problem; /* NULL, or why the line itself is unusable ("line too long", ...) */
};

enum supplier_list_status {
    SUPPLIER_LIST_ITEM,  /* *out_supplier is filled (check its problem) */
    SUPPLIER_LIST_AGAIN, /* a non-blocking source has nothing now (never from a plain file) */
    /* There is more, but SUPPLIER_PASSED_MAX bytes held no item: the caller may want to stop. */
    SUPPLIER_LIST_PASSED,
    SUPPLIER_LIST_END,
    SUPPLIER_LIST_UNCLEAR, /* several columns, and none that can be told to be the domains' */
    SUPPLIER_LIST_ENDLESS, /* a line is longer than SUPPLIER_LINE_ENDLESS */
    SUPPLIER_LIST_ERROR    /* see supplier_list_problem(), or errno where that is NULL */
};

struct supplier_list;

struct supplier_list_options {
    bool host_mode;
    const char *column;   /* the domain's: its name, or its number from 1; NULL: find it */
    const char *encoding; /* one that list_text_knows(); NULL: find it out */
    const char *sheet;    /* of a workbook; NULL: the first that is not hidden */
};

/* Takes nothing over: the caller closes `fd` after supplier_list_free(), and keeps the texts of
 * `options` until then. NULL on lack of memory. */
struct supplier_list *supplier_list_new(int fd, const struct supplier_list_options *options);
void supplier_list_free(struct supplier_list *list);

/* From now on `on_bytes` is shown all that is read, as it stands in the file. */
void supplier_list_watch(struct supplier_list *list,
                         void (*on_bytes)(void *user, const void *bytes, size_t len), void *user);

/*
 * The names of all the columns but the domain's, as `fields` of a full row has them; none of a list
 * that is no CSV. Known once there was an item. Returns how many; their values are empty.
 */
size_t supplier_list_columns(const struct supplier_list *list,
                             struct supplier_field out_columns[SUPPLIER_FIELDS_MAX]);

/* The column that was chosen by what is in it. */
struct supplier_choice {
    size_t column;    /* from 1 */
    const char *name; /* NULL: the list has no header */
    size_t num_rows;  /* that were looked at */
    size_t num_named; /* of those, rows in which it names a domain */
    bool is_part;     /* there are more rows */
};

/* False if no column was chosen like that. Known once there was an item. */
bool supplier_list_choice(const struct supplier_list *list, struct supplier_choice *out_choice);

/* The names of the columns of a list that is SUPPLIER_LIST_UNCLEAR. Returns how many. */
size_t supplier_list_titles(const struct supplier_list *list, const char **out_titles, size_t max);

/* The encoding that was found out, where it is not UTF-8; NULL as long as there is none. */
const char *supplier_list_found_encoding(const struct supplier_list *list);

/* How many bytes so far were not of the list's encoding. */
uint64_t supplier_list_num_broken(const struct supplier_list *list);

/* After SUPPLIER_LIST_ERROR: why the list, which is a workbook or should be one, cannot be read.
 * NULL: errno says it. */
const char *supplier_list_problem(const struct supplier_list *list);

/* Where the list reads on: the number of the physical line, from 1. */
uint64_t supplier_list_line(const struct supplier_list *list);

/* The supplier and all it points to are valid until the next call. */
enum supplier_list_status supplier_list_next(struct supplier_list *list,
                                             struct supplier *out_supplier);

#endif
