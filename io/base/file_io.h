/*
 * Bytes read from and written to files, whatever a system call makes of it: one that a signal
 * interrupts is made again, and one that gives or takes only a part is gone on from. POSIX.1-2017,
 * read() and write().
 */
#ifndef MXGRADE_IO_BASE_FILE_IO_H
#define MXGRADE_IO_BASE_FILE_IO_H

#include <stddef.h>
#include <sys/types.h>

/* Like read(), never interrupted: it may still give less than `len`. -1: errno. */
ssize_t file_read(int fd, void *out, size_t len);

/* As many bytes as there are from `offset` on, at most `len`. -1: errno. */
ssize_t file_read_at(int fd, void *out, size_t len, off_t offset);

/* Writes all of it, and waits where the other end takes nothing at the moment. How many bytes were
 * written; fewer than `len`: errno. */
size_t file_write(int fd, const void *bytes, size_t len);

#endif
