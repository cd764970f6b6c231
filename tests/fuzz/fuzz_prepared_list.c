/* A part of a list as it comes from a queue: what is read of it and written again is the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/queue/queue_chunk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_line(const struct queue_chunk *chunk, const struct queue_line *line)
{
    static struct supplier_field fields[SUPPLIER_FIELDS_MAX], again[SUPPLIER_FIELDS_MAX];
    struct supplier supplier, other;
    struct prepared_text text = {0};
    char *copy = malloc(line->len);
    memcpy(copy, chunk->text + line->offset, line->len);
    if (!prepared_list_read(copy, line->len - 1, fields, &supplier) ||
        supplier.line != line->number || !prepared_list_add(&text, &supplier) ||
        !prepared_list_read(text.bytes, text.len - 1, again, &other) ||
        other.raw_len != supplier.raw_len || other.num_fields != supplier.num_fields ||
        memcmp(other.raw, supplier.raw, other.raw_len) != 0) {
        abort();
    }
    prepared_text_fini(&text);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct queue_chunk *chunk = size > 0 ? queue_chunk_new("1-0", (const char *)data, size) : NULL;
    for (size_t i = 0; chunk != NULL && i < chunk->num_lines; i++) {
        read_line(chunk, &chunk->lines[i]);
    }
    queue_chunk_free(chunk);
    return 0;
}
