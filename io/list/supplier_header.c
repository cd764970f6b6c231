/*
 * Columns are found by name, ASCII case aside. A list without a header is taken for CSV in one case
 * only: a number and a domain, the form in which Tranco, Umbrella and the like publish.
 */
#include "io/list/supplier_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/list/domain_cell.h"

const char supplier_delimiters[SUPPLIER_NUM_DELIMITERS] = {',', ';', '\t'};

bool supplier_header_is_below(const char *bytes, size_t len)
{
    struct csv_cell line = csv_trim((struct csv_cell){bytes, len});
    if (line.len == 5 && strncasecmp(line.bytes, "sep=", 4) == 0) {
        return true;
    }
    if (line.len > 0 && line.bytes[0] == '#') {
        return true;
    }
    for (size_t i = 0; i < line.len; i++) {
        bool delimits = memchr(supplier_delimiters, line.bytes[i], SUPPLIER_NUM_DELIMITERS) != NULL;
        if (line.bytes[i] != ' ' && !delimits) {
            return false;
        }
    }
    return true;
}

static bool find_column(struct supplier_header *header, const char *name)
{
    size_t name_len = strlen(name);
    for (size_t i = 0; i < header->num_columns; i++) {
        const struct csv_cell *cell = &header->columns[i];
        if (cell->len == name_len && strncasecmp(cell->bytes, name, name_len) == 0) {
            header->domain_column = i;
            return true;
        }
    }
    return false;
}

void supplier_header_split(struct supplier_header *header, const char *bytes, size_t len,
                           char delimiter)
{
    header->delimiter = delimiter;
    header->domain_column = 0;
    header->is_web = false;
    header->num_columns =
        csv_split(bytes, len, delimiter, header->text, header->columns, SUPPLIER_FIELDS_MAX);
    for (size_t i = 0; i < header->num_columns; i++) {
        struct csv_cell name = csv_trim(header->columns[i]);
        header->text[(size_t)(name.bytes - header->text) + name.len] = '\0';
        header->columns[i] = name;
    }
}

bool supplier_header_pick(struct supplier_header *header, const char *column)
{
    char *end;
    if (find_column(header, column)) {
        return true;
    }
    unsigned long number = strtoul(column, &end, 10);
    bool is_number = column[0] >= '1' && column[0] <= '9' && *end == '\0';
    header->domain_column = is_number ? number - 1 : 0;
    return is_number && number <= header->num_columns;
}

void supplier_header_number(struct supplier_header *header)
{
    char *at = header->text;
    for (size_t i = 0; i < header->num_columns; i++) {
        int len = sprintf(at, "column %zu", i + 1); /* 256 of them take less than text has */
        header->columns[i] = (struct csv_cell){at, (size_t)len};
        at += len + 1;
    }
}

bool supplier_header_read(struct supplier_header *header, const char *bytes, size_t len,
                          char delimiter, bool host_mode)
{
    supplier_header_split(header, bytes, len, delimiter);
    return (host_mode && find_column(header, "host")) || find_column(header, "domain");
}

static bool is_number(struct csv_cell cell)
{
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.bytes[i] < '0' || cell.bytes[i] > '9') {
            return false;
        }
    }
    return cell.len > 0;
}

bool supplier_header_from_rank_row(struct supplier_header *header, const char *bytes, size_t len,
                                   char delimiter)
{
    struct csv_cell *columns = header->columns;
    size_t num_cells = csv_split(bytes, len, delimiter, header->text, columns, SUPPLIER_FIELDS_MAX);
    if (num_cells != 2 || !is_number(csv_trim(columns[0])) || !domain_cell_is_likely(columns[1])) {
        return false;
    }
    header->delimiter = delimiter;
    header->domain_column = 1;
    header->is_web = false;
    header->num_columns = 2;
    columns[0] = (struct csv_cell){"rank", 4};
    columns[1] = (struct csv_cell){"domain", 6};
    return true;
}
