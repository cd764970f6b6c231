/* TLSA records of any bytes: counted, named, and usable only where they are what they claim. */
#include <stdint.h>
#include <stdlib.h>

#include "scanner/enforcement/tlsa.h"

#define RECORDS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_record records[RECORDS_MAX] = {0};
    size_t num = 0;
    /* A length, then so many bytes: one record after the other. */
    while (size > 0 && num < RECORDS_MAX) {
        size_t len = data[0] < size - 1 ? data[0] : size - 1;
        records[num].data.bytes = data + 1;
        records[num].data.len = len;
        num++;
        data += 1 + len;
        size -= 1 + len;
    }
    struct tlsa_set *set = tlsa_set_new(records, num);
    if (set == NULL) {
        return 0;
    }
    size_t num_usable = 0;
    for (size_t i = 0; i < set->num_records; i++) {
        const struct tlsa_record *record = &set->records[i];
        num_usable += record->is_usable ? 1 : 0;
        if ((record->is_effective && !record->is_usable) ||
            (record->is_usable && tlsa_record_name(record) == NULL)) {
            abort();
        }
    }
    if (set->num_usable != num_usable) {
        abort();
    }
    free(set);
    return 0;
}
