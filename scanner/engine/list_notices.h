/*
 * What is said of a supplier list on standard error: the column and the encoding that were found
 * out, and the rows that name no domain. All of it is used by the thread that reads the list, and
 * by others once that has ended.
 */
#ifndef MXGRADE_SCANNER_LIST_NOTICES_H
#define MXGRADE_SCANNER_LIST_NOTICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/list/supplier_list.h"

#define LIST_NOTICES_ROWS 5 /* unusable rows that are told one by one */

struct list_notices {
    const char *name; /* of the list; borrowed */
    bool has_said_column;
    bool has_said_encoding;
    uint64_t num_unusable;
    struct {
        uint64_t line;
        const char *problem; /* a string that is always there */
    } rows[LIST_NOTICES_ROWS];
};

void list_notices_init(struct list_notices *notices, const char *name);

/* After each item: says once what was found out about the list. */
void list_notices_look(struct list_notices *notices, const struct supplier_list *list);

/* Keeps a row that cannot be used. `problem` is a string that is always there. */
void list_notices_add(struct list_notices *notices, uint64_t line, const char *problem);

/* The list has ended, after `num_rows` rows: says how many cannot be used, and what was no text. */
void list_notices_end(const struct list_notices *notices, const struct supplier_list *list,
                      uint64_t num_rows);

/* Why a list is SUPPLIER_LIST_UNCLEAR, as a sentence. `column`: the one that the user named, or
 * NULL. */
void list_notices_write_unclear(const struct list_notices *notices,
                                const struct supplier_list *list, const char *column, char *out,
                                size_t size);

#endif
