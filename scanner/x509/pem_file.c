#include "scanner/x509/pem_file.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/pem.h>

#include "io/base/library_memory.h"

#define FIRST_CAPACITY 65536

struct bytes {
    char *data; /* malloc'ed */
    size_t len;
    size_t capacity;
};

static bool bytes_grow(struct bytes *bytes)
{
    size_t capacity = bytes->capacity == 0 ? FIRST_CAPACITY : bytes->capacity * 2;
    char *data = realloc(bytes->data, capacity);
    if (data != NULL) {
        bytes->data = data;
        bytes->capacity = capacity;
    }
    return data != NULL;
}

/* NULL, or what went wrong. */
static const char *read_all(FILE *file, struct bytes *bytes)
{
    for (;;) {
        if (bytes->len == bytes->capacity && !bytes_grow(bytes)) {
            return "out of memory";
        }
        size_t len = fread(bytes->data + bytes->len, 1, bytes->capacity - bytes->len, file);
        bytes->len += len;
        if (bytes->len > PEM_FILE_BYTES_MAX) {
            return "too large for a file of certificates";
        }
        if (len == 0) {
            return ferror(file) ? strerror(errno) : NULL;
        }
    }
}

static const char *read_path(const char *path, struct bytes *bytes)
{
    if (strcmp(path, "-") == 0) {
        return read_all(stdin, bytes);
    }
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return strerror(errno);
    }
    const char *trouble = read_all(file, bytes);
    (void)fclose(file);
    return trouble;
}

struct collector {
    struct arena *arena;
    struct text *certificates; /* malloc'ed */
    size_t num_certificates;
    size_t capacity;
};

static bool collect(struct collector *collector, const uint8_t *der, size_t len)
{
    if (collector->num_certificates == collector->capacity) {
        size_t capacity = collector->capacity == 0 ? 16 : collector->capacity * 2;
        struct text *larger = realloc(collector->certificates, capacity * sizeof(*larger));
        if (larger == NULL) {
            return false;
        }
        collector->certificates = larger;
        collector->capacity = capacity;
    }
    struct text *certificate = &collector->certificates[collector->num_certificates];
    certificate->len = len;
    certificate->bytes = arena_copy(collector->arena, der, len);
    if (certificate->bytes == NULL) {
        return false;
    }
    collector->num_certificates++;
    return true;
}

static bool is_certificate(const char *label)
{
    return strcmp(label, "CERTIFICATE") == 0 || strcmp(label, "X509 CERTIFICATE") == 0;
}

static const char *split_blocks(BIO *bio, struct collector *collector)
{
    const char *trouble = NULL;
    while (trouble == NULL) {
        char *label;
        char *header;
        uint8_t *data;
        long len;
        if (!PEM_read_bio(bio, &label, &header, &data, &len)) {
            uint32_t error = ERR_peek_last_error();
            bool is_end =
                ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
            bool has_memory = !library_lacked_memory();
            trouble = !has_memory ? "out of memory" : is_end ? NULL : "a broken PEM block";
            break;
        }
        if (is_certificate(label) && !collect(collector, data, (size_t)len)) {
            trouble = "out of memory";
        }
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_free(data);
    }
    ERR_clear_error();
    if (trouble == NULL && collector->num_certificates == 0) {
        return "no PEM certificate in it";
    }
    return trouble;
}

static const char *split(const struct bytes *bytes, struct collector *collector)
{
    if (bytes->len == 0) {
        return "empty";
    }
    BIO *bio = BIO_new_mem_buf(bytes->data, (int)bytes->len);
    if (bio == NULL) {
        return "out of memory";
    }
    const char *trouble = split_blocks(bio, collector);
    BIO_free(bio);
    return trouble;
}

bool pem_file_read(struct arena *arena, const char *path, struct pem_list *out_list,
                   char *out_error, size_t error_size)
{
    struct bytes bytes = {NULL, 0, 0};
    struct collector collector = {.arena = arena};
    const char *trouble = read_path(path, &bytes);
    if (trouble == NULL) {
        trouble = split(&bytes, &collector);
    }
    memset(out_list, 0, sizeof(*out_list));
    if (trouble == NULL) {
        out_list->num_certificates = collector.num_certificates;
        out_list->certificates = (const struct text *)(const void *)arena_copy(
            arena, collector.certificates, collector.num_certificates * sizeof(struct text));
        trouble = out_list->certificates == NULL ? "out of memory" : NULL;
    }
    free(collector.certificates);
    free(bytes.data);
    if (trouble != NULL) {
        (void)snprintf(out_error, error_size, "%s: %s",
                       strcmp(path, "-") == 0 ? "standard input" : path, trouble);
    }
    return trouble == NULL;
}
