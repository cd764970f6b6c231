#include "scanner/engine/exchange_order.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int by_preference(const void *a, const void *b)
{
    const struct dns_record *left = *(const struct dns_record *const *)a;
    const struct dns_record *right = *(const struct dns_record *const *)b;
    if (left->mx.preference != right->mx.preference) {
        return left->mx.preference < right->mx.preference ? -1 : 1;
    }
    return strcmp(left->mx.host, right->mx.host);
}

static bool is_there(const struct dns_record *const *records, size_t num, const char *host)
{
    for (size_t i = 0; i < num; i++) {
        if (strcmp(records[i]->mx.host, host) == 0) {
            return true;
        }
    }
    return false;
}

size_t exchange_order(const struct dns_answer *answer, const struct dns_record **out_records,
                      size_t max)
{
    const struct dns_record *sorted[DNS_RECORDS_MAX];
    size_t num_all = answer->num_records < DNS_RECORDS_MAX ? answer->num_records : DNS_RECORDS_MAX;
    size_t num = 0;
    for (size_t i = 0; i < num_all; i++) {
        sorted[i] = &answer->records[i];
    }
    qsort(sorted, num_all, sizeof(sorted[0]), by_preference);
    for (size_t i = 0; i < num_all && num < max; i++) {
        if (!is_there(out_records, num, sorted[i]->mx.host)) {
            out_records[num++] = sorted[i];
        }
    }
    return num;
}
