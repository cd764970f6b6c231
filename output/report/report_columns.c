#include "output/report/report_columns.h"

const char *report_rows_column(enum report_rows_of which, size_t column)
{
    if (which == REPORT_ROWS_OF_ENDPOINTS) {
        return column < report_num_endpoint_columns ? report_endpoint_columns[column].name : NULL;
    }
    return column < report_num_domain_columns ? report_domain_columns[column].name : NULL;
}

void report_rows_cell(struct report_rows *rows, enum report_rows_of which, size_t column,
                      const void *record, struct json_writer *out)
{
    if (which == REPORT_ROWS_OF_ENDPOINTS) {
        report_endpoint_columns[column].put(rows, record, out);
    } else {
        report_domain_columns[column].put(rows, record, out);
    }
}
