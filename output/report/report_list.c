#include "output/report/report_list.h"

#include <stdlib.h>

#include "output/report/report_island.h"

bool report_list_init(struct report_list *list, enum report_rows_of which, FILE *evidence)
{
    bool ok = true;
    *list = (struct report_list){.which = which, .evidence = evidence};
    json_writer_init(&list->cell);
    for (size_t i = 0; report_rows_column(which, i) != NULL; i++) {
        struct report_column *column = &list->columns[i];
        column->stream = open_memstream(&column->text, &column->len);
        ok = ok && column->stream != NULL;
    }
    return ok;
}

void report_list_fini(struct report_list *list)
{
    for (size_t i = 0; i < REPORT_COLUMNS_MAX; i++) {
        if (list->columns[i].stream != NULL) {
            fclose(list->columns[i].stream);
        }
        free(list->columns[i].text);
    }
    json_writer_fini(&list->cell);
}

static bool add_cells(struct report_list *list, struct report_rows *rows, const void *record)
{
    bool ok = true;
    for (size_t i = 0; ok && report_rows_column(list->which, i) != NULL; i++) {
        FILE *stream = list->columns[i].stream;
        json_writer_clear(&list->cell);
        report_rows_cell(rows, list->which, i, record, &list->cell);
        ok = (list->count == 0 || fputc(',', stream) != EOF) &&
             report_island_put_value(stream, &list->cell);
    }
    return ok;
}

bool report_list_add(struct report_list *list, struct report_rows *rows, const void *record,
                     const struct json_writer *evidence)
{
    static const char *const blocks[] = {
        [REPORT_ROWS_OF_ENDPOINTS] = "endpoints", [REPORT_ROWS_OF_DOMAINS] = "domains"};
    size_t inside = list->count % REPORT_BLOCK_RECORDS;
    if (json_writer_text(evidence).bytes == NULL || !add_cells(list, rows, record)) {
        return false;
    }
    if (inside == 0) {
        report_island_open(list->evidence, blocks[list->which], list->count / REPORT_BLOCK_RECORDS);
    }
    fputc(inside == 0 ? '[' : ',', list->evidence);
    report_island_put_value(list->evidence, evidence);
    list->count++;
    if (inside == REPORT_BLOCK_RECORDS - 1) {
        fputc(']', list->evidence);
        report_island_close(list->evidence);
    }
    return true;
}

void report_list_end(struct report_list *list)
{
    if (list->count % REPORT_BLOCK_RECORDS != 0) {
        fputc(']', list->evidence);
        report_island_close(list->evidence);
    }
}

bool report_list_write(struct report_list *list, FILE *page)
{
    const char *name;
    for (size_t i = 0; (name = report_rows_column(list->which, i)) != NULL; i++) {
        struct report_column *column = &list->columns[i];
        if (fflush(column->stream) != 0 || ferror(column->stream)) {
            return false;
        }
        fprintf(page, "%c\"%s\":[", i == 0 ? '{' : ',', name);
        fwrite(column->text, 1, column->len, page);
        fputc(']', page);
    }
    fputc('}', page);
    return true;
}
