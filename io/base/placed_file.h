/*
 * A file that is written beside its place and then takes it, so that nobody reads half of one and a
 * crash leaves the old one or the new one. What is no regular file (standard output, a pipe, a
 * device) is written as it comes.
 */
#ifndef MXGRADE_IO_BASE_PLACED_FILE_H
#define MXGRADE_IO_BASE_PLACED_FILE_H

#include <stdbool.h>
#include <stdio.h>

struct placed_file {
    FILE *stream;
    const char *path; /* borrowed */
    char *part;       /* its name until it is whole; NULL: written in place */
};

/* "-" is standard output. False: errno, and there is nothing to close. */
bool placed_file_open(struct placed_file *file, const char *path);

/*
 * Ends what open() began. With `keep` the bytes reach the disk and then the file takes its place;
 * otherwise what was written goes. False: the file is not in its place, errno.
 */
bool placed_file_close(struct placed_file *file, bool keep);

#endif
