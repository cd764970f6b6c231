/*
 * The parts of a zip archive in a regular file, unpacked piece by piece. The archive is a
 * stranger's: no part is unpacked beyond the length that the caller allows, whatever its packed
 * length is. The file is read by place, so that its offset stays where it is.
 */
#ifndef MXGRADE_IO_ZIP_SOURCE_H
#define MXGRADE_IO_ZIP_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct zip_source;

/* `fd` is borrowed. NULL where the file is no whole archive, or on lack of memory. */
struct zip_source *zip_source_new(int fd);
void zip_source_free(struct zip_source *source); /* NULL is fine */

enum zip_status {
    ZIP_PART_OPEN,
    ZIP_PART_MISSING,
    ZIP_PART_ENCRYPTED,
    ZIP_PART_TOO_LONG, /* unpacked it has more than `max_bytes` */
    ZIP_PART_DAMAGED
};

/* Begins a part, by its name with ASCII case aside, and ends the one before. */
enum zip_status zip_source_open(struct zip_source *source, const char *name, uint64_t max_bytes);

/* Some bytes of the part; 0 at its end, -1 where it is damaged. */
ssize_t zip_source_read(struct zip_source *source, void *out, size_t size);

#endif
