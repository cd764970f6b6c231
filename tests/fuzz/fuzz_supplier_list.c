/*
 * The supplier list reader on any bytes, read at once from a file and again in pieces through a
 * non-blocking pipe: both give the same items, and every item keeps the promises of the header. The
 * first byte of the input chooses host mode and the size of the pieces.
 */
#include "io/list/supplier_list.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The encoding is told, since a guess sees more of a file than of a pipe. */
static struct supplier_list *list_of(int fd, bool host_mode)
{
    const struct supplier_list_options options = {.host_mode = host_mode, .encoding = "UTF-8"};
    return supplier_list_new(fd, &options);
}

/* What an item sequence boils down to. */
struct digest {
    uint64_t hash; /* FNV-1a, 64 bits */
    uint64_t last_line;
    bool is_refused; /* it begins as a workbook does, and is none or comes through a pipe */
};

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void mix(struct digest *digest, const void *bytes, size_t len)
{
    const uint8_t *byte = bytes;
    for (size_t i = 0; i < len; i++) {
        digest->hash = (digest->hash ^ byte[i]) * 0x100000001b3;
    }
    digest->hash = (digest->hash ^ len) * 0x100000001b3;
}

static void mix_item(struct digest *digest, const struct supplier *supplier)
{
    require(supplier->line > digest->last_line);
    require(supplier->raw_len <= SUPPLIER_LINE_MAX && supplier->cell_len <= supplier->raw_len);
    require(supplier->num_fields < SUPPLIER_FIELDS_MAX);
    require(supplier->problem != NULL || supplier->raw_len > 0);
    digest->last_line = supplier->line;
    mix(digest, &supplier->line, sizeof(supplier->line));
    mix(digest, supplier->raw, supplier->raw_len);
    mix(digest, supplier->cell, supplier->cell_len);
    for (size_t i = 0; i < supplier->num_fields; i++) {
        const struct supplier_field *field = &supplier->fields[i];
        require(field->name[field->name_len] == '\0');
        mix(digest, field->name, field->name_len);
        mix(digest, field->value, field->value_len);
    }
    if (supplier->problem != NULL) {
        mix(digest, supplier->problem, strlen(supplier->problem));
    }
}

static enum supplier_list_status drain(struct supplier_list *list, struct digest *digest)
{
    struct supplier supplier;
    enum supplier_list_status status;
    while ((status = supplier_list_next(list, &supplier)) == SUPPLIER_LIST_ITEM) {
        mix_item(digest, &supplier);
    }
    return status;
}

/* Is the list over? Notes in the digest whether it was refused. */
static bool is_end(const struct supplier_list *list, enum supplier_list_status status,
                   struct digest *digest)
{
    digest->is_refused = status == SUPPLIER_LIST_ERROR && supplier_list_problem(list) != NULL;
    return status == SUPPLIER_LIST_END || status == SUPPLIER_LIST_UNCLEAR || digest->is_refused;
}

static struct digest read_at_once(const uint8_t *data, size_t size, bool host_mode)
{
    struct digest digest = {0};
    int fd = memfd_create("list", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
    struct supplier_list *list = list_of(fd, host_mode);
    require(list != NULL && is_end(list, drain(list, &digest), &digest));
    supplier_list_free(list);
    close(fd);
    return digest;
}

static struct digest read_in_pieces(const uint8_t *data, size_t size, bool host_mode, size_t piece)
{
    struct digest digest = {0};
    int ends[2];
    require(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    struct supplier_list *list = list_of(ends[0], host_mode);
    require(list != NULL);
    for (size_t at = 0; at < size; at += piece) {
        size_t len = size - at < piece ? size - at : piece;
        require(write(ends[1], data + at, len) == (ssize_t)len);
        enum supplier_list_status status = drain(list, &digest);
        if (status == SUPPLIER_LIST_UNCLEAR || status == SUPPLIER_LIST_ERROR) {
            break;
        }
        require(status == SUPPLIER_LIST_AGAIN);
    }
    close(ends[1]);
    require(is_end(list, drain(list, &digest), &digest));
    supplier_list_free(list);
    close(ends[0]);
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = {1, 2, 3, 5, 16, 61, 1024, 4096};
    if (size == 0) {
        return 0;
    }
    bool host_mode = (data[0] & 1) != 0;
    /* In small pieces a long input would be all system calls. */
    size_t piece = size > 4096 ? 1021 : pieces[(data[0] >> 1) % 8];
    struct digest at_once = read_at_once(data + 1, size - 1, host_mode);
    struct digest in_pieces = read_in_pieces(data + 1, size - 1, host_mode, piece);
    /* A workbook is read from a file alone. */
    require(in_pieces.is_refused || !at_once.is_refused);
    require(in_pieces.is_refused ||
            (at_once.hash == in_pieces.hash && at_once.last_line == in_pieces.last_line));
    return 0;
}
