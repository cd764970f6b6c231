/* Files of a test: made in a folder of their own, read and written whole, removed with it. */
#ifndef MXGRADE_TESTS_TEMP_FILE_H
#define MXGRADE_TESTS_TEMP_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMP_PATH_MAX 128

struct temp_file {
    char folder[TEMP_PATH_MAX];
    char path[TEMP_PATH_MAX * 2];
};

/* The file does not exist yet. */
static inline void temp_file_init(struct temp_file *file, const char *name)
{
    snprintf(file->folder, sizeof(file->folder), "/tmp/mxgrade-test-XXXXXX");
    assert_non_null(mkdtemp(file->folder));
    snprintf(file->path, sizeof(file->path), "%s/%s", file->folder, name);
}

static inline void temp_file_fini(struct temp_file *file)
{
    unlink(file->path);
    assert_int_equal(rmdir(file->folder), 0);
}

static inline void temp_file_write(const struct temp_file *file, const void *bytes, size_t len)
{
    FILE *stream = fopen(file->path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, len, stream), len);
    assert_int_equal(fclose(stream), 0);
}

/* All of it with a NUL behind; the caller frees it. */
static inline char *temp_file_read(const struct temp_file *file, size_t *out_len)
{
    struct stat info;
    FILE *stream = fopen(file->path, "rb");
    assert_non_null(stream);
    assert_int_equal(fstat(fileno(stream), &info), 0);
    *out_len = (size_t)info.st_size;
    char *bytes = malloc(*out_len + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *out_len, stream), *out_len);
    bytes[*out_len] = '\0';
    fclose(stream);
    return bytes;
}

/* Checks the bytes; says both where they are text. */
static inline void temp_file_expect(const struct temp_file *file, const char *bytes, size_t len)
{
    size_t found_len;
    char *found = temp_file_read(file, &found_len);
    if (found_len != len || memcmp(found, bytes, len) != 0) {
        fail_msg("%s has %zu bytes, not %zu: %.200s", file->path, found_len, len, found);
    }
    free(found);
}

#endif
