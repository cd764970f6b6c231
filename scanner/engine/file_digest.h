/*
 * The digest of a file, by which a run that is continued knows its list again, and the files that
 * its options name.
 */
#ifndef MXGRADE_SCANNER_FILE_DIGEST_H
#define MXGRADE_SCANNER_FILE_DIGEST_H

#include <openssl/sha.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/config.h"

struct file_digest {
    char sha256[CONFIG_DIGEST_SIZE]; /* hex; "" where it is not a regular file */
    uint64_t num_lines;              /* line ends, and a last line without one; 0 of a workbook */
};

/* The digest of bytes that come one after the other. */
struct digest_of_bytes {
    SHA256_CTX sha256;
    uint64_t num_line_ends;
    uint8_t last;
};

void digest_begin(struct digest_of_bytes *state);
void digest_add(struct digest_of_bytes *state, const void *bytes, size_t len);
void digest_end(struct digest_of_bytes *state, struct file_digest *out_digest);

/* Of a regular file, which is read from its beginning and left there. False: errno. */
bool file_digest_of(int fd, struct file_digest *out_digest);

/* Takes the digests of the files that options name, as far as they are regular files. False with a
 * sentence in out_error. */
bool file_digest_options(struct config *config, char *out_error, size_t error_size);

#endif
