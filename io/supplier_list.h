/*
 * The supplier list: a domain a line, or CSV with a header, read as a stream in constant memory.
 *
 * It is CSV if the first line that is neither blank nor a comment has, after RFC 4180 unquoting, a
 * field named "domain" (any case), or in host mode "host" or "domain"; delimiter ',', ';' or tab,
 * whichever splits that header. Otherwise every line is one domain. A UTF-8 BOM, CRLF, blank lines,
 * and lines starting with '#' are handled; a quoted CSV field may hold line ends. `line` counts
 * physical lines from 1 (a record that spans several has the number of its first). Bounded: a line
 * over SUPPLIER_LINE_MAX is one bad item, and reading goes on at the next line.
 */
#ifndef MXGRADE_IO_SUPPLIER_LIST_H
#define MXGRADE_IO_SUPPLIER_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SUPPLIER_LINE_MAX   65536
#define SUPPLIER_FIELDS_MAX 256

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
    const char *cell; /* what stands in the domain column or on the line, trimmed */
    size_t cell_len;
    const struct supplier_field *fields; /* the other columns */
    size_t num_fields;
    const char *problem; /* NULL, or why the line itself is unusable ("line too long", ...) */
};

enum supplier_list_status {
    SUPPLIER_LIST_ITEM,  /* *out_supplier is filled (check its problem) */
    SUPPLIER_LIST_AGAIN, /* a non-blocking source has nothing now (never from a plain file) */
    SUPPLIER_LIST_END,
    SUPPLIER_LIST_ERROR /* read error; errno is set */
};

struct supplier_list;

/* Takes nothing over: the caller closes `fd` after supplier_list_free(). NULL on lack of memory. */
struct supplier_list *supplier_list_new(int fd, bool host_mode);
void supplier_list_free(struct supplier_list *list);

/* The supplier and all it points to are valid until the next call. */
enum supplier_list_status supplier_list_next(struct supplier_list *list,
                                             struct supplier *out_supplier);

#endif
