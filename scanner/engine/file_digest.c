#include "scanner/engine/file_digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/base/file_io.h"
#include "io/base/hex.h"
#include "io/workbook/workbook_text.h"

void digest_begin(struct digest_of_bytes *state)
{
    SHA256_Init(&state->sha256);
    state->num_line_ends = 0;
    state->last = '\n';
}

void digest_add(struct digest_of_bytes *state, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    SHA256_Update(&state->sha256, bytes, len);
    for (size_t i = 0; i < len; i++) {
        state->num_line_ends += at[i] == '\n';
    }
    state->last = len > 0 ? at[len - 1] : state->last;
}

void digest_end(struct digest_of_bytes *state, struct file_digest *out_digest)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256_Final(digest, &state->sha256);
    *hex_write(out_digest->sha256, digest, sizeof(digest), HEX_LOWER) = '\0';
    out_digest->num_lines = state->num_line_ends + (state->last != '\n');
}

bool file_digest_of(int fd, struct file_digest *out_digest)
{
    uint8_t buffer[65536];
    struct digest_of_bytes state;
    enum workbook_kind kind = WORKBOOK_NONE;
    ssize_t len;
    digest_begin(&state);
    for (bool is_first = true; (len = file_read(fd, buffer, sizeof(buffer))) > 0;
         is_first = false) {
        kind = is_first ? workbook_kind_of(buffer, (size_t)len) : kind;
        digest_add(&state, buffer, (size_t)len);
    }
    digest_end(&state, out_digest);
    if (kind != WORKBOOK_NONE) {
        out_digest->num_lines = 0;
    }
    return len == 0 && lseek(fd, 0, SEEK_SET) == 0;
}

/* What can be read only once, such as a pipe, is left to the one who needs it. */
static bool digest_path(const char *path, char out_sha256[CONFIG_DIGEST_SIZE], char *out_error,
                        size_t error_size)
{
    struct stat info;
    if (path == NULL || (stat(path, &info) == 0 && !S_ISREG(info.st_mode))) {
        return true;
    }
    struct file_digest digest;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && file_digest_of(fd, &digest);
    if (ok) {
        memcpy(out_sha256, digest.sha256, sizeof(digest.sha256));
    } else {
        snprintf(out_error, error_size, "%s: %s", path, strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

/* Of several files it is the digest of their digests, one a line. */
static bool digest_paths(const struct config_texts *paths, char out_sha256[CONFIG_DIGEST_SIZE],
                         char *out_error, size_t error_size)
{
    struct file_digest all;
    struct digest_of_bytes state;
    bool ok = true;
    digest_begin(&state);
    for (size_t i = 0; ok && i < paths->num_items; i++) {
        char sha256[CONFIG_DIGEST_SIZE] = "";
        ok = digest_path(paths->items[i], sha256, out_error, error_size);
        digest_add(&state, sha256, strlen(sha256));
        digest_add(&state, "\n", 1);
        memcpy(out_sha256, sha256, sizeof(sha256));
    }
    digest_end(&state, &all);
    if (paths->num_items > 1) {
        memcpy(out_sha256, all.sha256, sizeof(all.sha256));
    }
    return ok;
}

bool file_digest_options(struct config *config, char *out_error, size_t error_size)
{
    return digest_path(config->ca_file, config->ca_file_sha256, out_error, error_size) &&
           digest_paths(&config->extra_ca, config->extra_ca_sha256, out_error, error_size) &&
           digest_path(config->exclude_file, config->exclude_sha256, out_error, error_size) &&
           digest_path(config->resolver_config, config->resolver_config_sha256, out_error,
                       error_size);
}
