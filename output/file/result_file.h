/*
 * A result file that is looked things up in: read once from end to end, then any record again by
 * its place. Kept in memory are 24 bytes for a domain and 32 for an endpoint, so that two files of
 * 100,000 domains are compared in tens of megabytes. A compressed file, or one that is no plain
 * file, is first unpacked into a temporary file without a name.
 *
 * A file may be cut anywhere: what is whole is used, and `ending` says so. Lines of a type that is
 * not known are passed over: fields and records are only ever added within a schema version.
 */
#ifndef MXGRADE_OUTPUT_RESULT_FILE_H
#define MXGRADE_OUTPUT_RESULT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/arena.h"
#include "output/record/record_read.h"

struct result_file;

enum result_ending {
    RESULT_COMPLETE,
    RESULT_INCOMPLETE, /* its summary says that the run was cut short */
    RESULT_CUT         /* no summary: the file, or the run, ends in the middle */
};

/* What of an endpoint's certificate is kept. */
struct result_leaf {
    uint64_t fingerprint; /* the beginning of its SHA-256 */
    bool has_days_left;
    int32_t days_left;
};

/* Where a line is. Its length fits, LINE_SOURCE_MAX being 2^24; a file may have a terabyte. */
struct result_place {
    uint64_t offset : 40;
    uint64_t len : 24;
};

/* Is shown each record while the file is opened, in the order of the file. The record is valid
 * during the call only. False: no memory. */
typedef bool result_watch(void *user, const struct record *record, struct result_place place);

/* NULL with a sentence in out_error. With `endpoints` their places are kept too. */
struct result_file *result_file_open(const char *path, bool endpoints, char *out_error,
                                     size_t error_size);
struct result_file *result_file_open_watched(const char *path, result_watch *watch, void *user,
                                             char *out_error, size_t error_size);
void result_file_close(struct result_file *file);

/* The record at a place that the watcher was shown; otherwise as result_file_domain(). */
bool result_file_read(const struct result_file *file, struct result_place place,
                      struct arena *arena, struct record *out_record);
/* Is it void? */
bool result_file_is_void(const struct result_file *file, struct result_place place);

/* The run record, as long as the file is open. */
const struct run_record *result_file_run(const struct result_file *file);
/* The last summary, likewise; all zero where the file was cut before it. */
const struct summary_record *result_file_summary(const struct result_file *file);
enum result_ending result_file_ending(const struct result_file *file);
/* What voids records of the file, as long as it is open; NULL: nothing does. The records that are
 * void are given as output/file/run_void.h makes them. */
const struct run_void_record *result_file_void(const struct result_file *file);
/* Does the summary say that the server took back what a record accuses it of? Texts as in the
 * records. */
bool result_file_revises(const struct result_file *file, const char *address, uint16_t port);
/* Of a run with --hosts there are endpoints and no domains. */
uint64_t result_file_num_endpoints(const struct result_file *file);

/*
 * Domain records in the order of the list. What records that are read again point at is in the
 * arena. False: the file was changed meanwhile, or there is no memory.
 */
size_t result_file_num_domains(const struct result_file *file);
bool result_file_domain(const struct result_file *file, size_t index, struct arena *arena,
                        struct domain_record *out_domain);

/* Is `domain`, the record of that index, the first of the list's lines with its key? */
bool result_file_is_first(const struct result_file *file, size_t index,
                          const struct domain_record *domain);
/* The first record with the key of `domain`, and its index; false: there is none. */
bool result_file_find(const struct result_file *file, const struct domain_record *domain,
                      struct arena *arena, struct domain_record *out_domain, size_t *out_index);

/* Is the record of that index void? */
bool result_file_domain_is_void(const struct result_file *file, size_t index);

/*
 * The endpoint's record that a domain's record rests on, which repeats it as `seen`: of several,
 * the last one that says so, or else the last one of the service. False: there is none. The index,
 * below result_file_num_endpoints(), is that of no other record.
 */
bool result_file_find_endpoint(const struct result_file *file, const char *service,
                               struct text host, const struct mx_endpoint *seen,
                               struct arena *arena, struct endpoint_record *out_endpoint,
                               size_t *out_index);

/* An endpoint's record, the last of several; false: there is none. Texts may be NULL, as in the
 * records. */
bool result_file_endpoint(const struct result_file *file, const char *host, const char *address,
                          uint16_t port, struct arena *arena, struct endpoint_record *out_endpoint);
/* False where there is no such endpoint or it showed no certificate. */
bool result_file_leaf(const struct result_file *file, const char *host, const char *address,
                      uint16_t port, struct result_leaf *out_leaf);

#endif
