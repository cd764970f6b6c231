/*
 * Lines read back into the structs of record.h, by the tables that they were written by, in one
 * pass and without a tree. What a line lacks, as older files do, and what is not of the type that
 * it should be, stays as if nobody had looked at it: zero, or what is printed as null. Fields that
 * are not known are passed over: within a schema version they are only ever added.
 */
#ifndef MXGRADE_OUTPUT_RECORD_READ_H
#define MXGRADE_OUTPUT_RECORD_READ_H

#include "io/base/arena.h"
#include "output/record/record.h"

enum record_kind {
    RECORD_RUN,
    RECORD_ENDPOINT,
    RECORD_DOMAIN,
    RECORD_RUN_VOID,
    RECORD_SUMMARY,
    RECORD_OTHER
};

/* A line of a result file. */
struct record {
    enum record_kind kind; /* OTHER: of a type that is not known here */
    union {
        struct run_record run;
        struct endpoint_record endpoint;
        struct domain_record domain;
        struct run_void_record run_void;
        struct summary_record summary;
    };
};

enum record_read_status {
    RECORD_READ,
    RECORD_READ_BAD, /* no JSON object with a "type", or a field of ours stands in it twice */
    RECORD_READ_NO_MEMORY
};

/* What the record points at is in the arena. `out_record` means something where it was READ. */
enum record_read_status record_read(const char *line, size_t len, struct arena *arena,
                                    struct record *out_record);

/*
 * The same, and of an endpoint or a domain only the fields by which a file is indexed, which are
 * marked so in their tables. The rest is held to the same rules, and stays as if nobody had looked
 * at it.
 */
enum record_read_status record_read_keys(const char *line, size_t len, struct arena *arena,
                                         struct record *out_record);

#endif
