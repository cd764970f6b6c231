#include "output/report/report_list.h"

#include <stdlib.h>

bool report_list_init(struct report_list *list, enum report_rows_of which,
                      struct report_packer *packer, FILE *evidence)
{
    bool ok = true;
    *list = (struct report_list){.which = which, .evidence = evidence, .packer = packer};
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
    if (list->block != NULL) {
        fclose(list->block);
    }
    free(list->block_text);
}

/* ---- Blocks of evidence ---- */

static bool open_block(struct report_list *list)
{
    free(list->block_text);
    list->block_text = NULL;
    list->block = open_memstream(&list->block_text, &list->block_len);
    return list->block != NULL;
}

static bool close_block(struct report_list *list)
{
    static const char *const names[] = {
        [REPORT_ROWS_OF_ENDPOINTS] = "endpoints", [REPORT_ROWS_OF_DOMAINS] = "domains"};
    fputc(']', list->block);
    bool ok = ferror(list->block) == 0;
    ok = fclose(list->block) == 0 && ok;
    list->block = NULL;
    ok = ok && report_island_write(list->packer, list->evidence, names[list->which],
                                   (list->count - 1) / REPORT_BLOCK_RECORDS,
                                   (struct text){list->block_text, list->block_len});
    return ok || ferror(list->evidence) != 0; /* who owns that looks at it */
}

/* ---- Records ---- */

static bool add_cells(struct report_list *list, struct report_rows *rows, const void *record)
{
    bool ok = true;
    for (size_t i = 0; ok && report_rows_column(list->which, i) != NULL; i++) {
        FILE *stream = list->columns[i].stream;
        json_writer_clear(&list->cell);
        report_rows_cell(rows, list->which, i, record, &list->cell);
        ok = (list->count == 0 || putc_unlocked(',', stream) != EOF) &&
             report_island_put_value(stream, &list->cell);
    }
    return ok;
}

bool report_list_add(struct report_list *list, struct report_rows *rows, const void *record,
                     const struct json_writer *evidence)
{
    if (json_writer_text(evidence).bytes == NULL || !add_cells(list, rows, record) ||
        (list->block == NULL && !open_block(list))) {
        return false;
    }
    putc_unlocked(list->count % REPORT_BLOCK_RECORDS == 0 ? '[' : ',', list->block);
    report_island_put_value(list->block, evidence);
    list->count++;
    return list->count % REPORT_BLOCK_RECORDS != 0 || close_block(list);
}

bool report_list_end(struct report_list *list)
{
    return list->block == NULL || close_block(list);
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
