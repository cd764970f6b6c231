/*
 * The certificates of a PEM file, as DER and unparsed: whether they are any good is for others to
 * say. What is between the blocks, and blocks of other kinds, is passed over.
 */
#ifndef MXGRADE_SCANNER_PEM_FILE_H
#define MXGRADE_SCANNER_PEM_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "io/base/arena.h"
#include "output/record/record.h"

#define PEM_FILE_BYTES_MAX (16u << 20) /* the largest public bundles have 1 MiB */

struct pem_list {
    const struct text *certificates; /* in the arena */
    size_t num_certificates;
};

/*
 * Reads `path`, "-" for standard input. A file without any certificate is an error, so is a broken
 * block: then false and a sentence in out_error.
 */
bool pem_file_read(struct arena *arena, const char *path, struct pem_list *out_list,
                   char *out_error, size_t error_size);

#endif
