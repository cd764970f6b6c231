/*
 * Lines of a list that were read already, as a text that keeps what was read: their numbers, the
 * line as given, the cell of the domain and the other columns. A list that is handed on in parts is
 * so the same list, whatever its header, delimiter or encoding was. supplier_list reads it.
 *
 * A line each, of UTF-8: number, problem, whether the column is one of web sites, the line as
 * given, the cell, then names and values of the fields, with tabs between. A backslash stands
 * before "\", "t", "n" and "r", the last three for the bytes that would end a field or a line.
 */
#ifndef MXGRADE_IO_PREPARED_LIST_H
#define MXGRADE_IO_PREPARED_LIST_H

#include "io/list/supplier_list.h"

/* The first line of such a text, which no list of domains has. */
#define PREPARED_LIST_MAGIC "#mxgrade prepared list 1\n"

/* A line of it: every byte escaped, the line as given, all of its cells, and their names. */
#define PREPARED_LINE_MAX ((size_t)8 * SUPPLIER_LINE_MAX)

/* The problems that a line can have, by number; NULL behind the last. */
const char *prepared_list_problem(size_t number);

/* A text that grows; all zero is empty. */
struct prepared_text {
    char *bytes; /* malloc'ed; not NUL-terminated */
    size_t len, capacity;
};

/* Adds the line. False: no memory, or longer than PREPARED_LINE_MAX, and nothing was added. */
bool prepared_list_add(struct prepared_text *text, const struct supplier *supplier);
void prepared_text_fini(struct prepared_text *text);

/*
 * Reads a line, without its end, which is changed and borrowed, as are `fields`, of which there are
 * SUPPLIER_FIELDS_MAX. False: it is none.
 */
bool prepared_list_read(char *line, size_t len, struct supplier_field *fields,
                        struct supplier *out_supplier);

/* The number alone; 0: it is none. */
uint64_t prepared_list_number(const char *line, size_t len);

#endif
