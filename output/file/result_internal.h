/*
 * The parts of a result file: result_read.c goes through it once, result_file.c looks things up in
 * what that has noted, result_key.c says by what.
 */
#ifndef MXGRADE_OUTPUT_RESULT_INTERNAL_H
#define MXGRADE_OUTPUT_RESULT_INTERNAL_H

#include <stdio.h>

#include "io/base/table.h"
#include "output/file/line_source.h"
#include "output/file/result_file.h"
#include "output/file/run_void.h"

struct domain_entry {
    uint64_t hash;
    struct result_place place;
    uint64_t line;
};

struct endpoint_entry {
    uint64_t hash;
    struct result_place place;
    uint64_t fingerprint;
    int32_t days_left;
    bool has_certificate;
    bool has_days_left;
};

struct result_file {
    int fd;                 /* plain lines */
    struct table_seed seed; /* of the hashes below */
    FILE *spool;            /* while a copy is being made; owns fd then */
    uint64_t offset;
    bool has_run;
    struct run_record run;
    struct arena memory; /* of what it points at */
    enum result_ending ending;
    struct summary_record summary; /* all zero where there is none */
    struct arena summary_memory;   /* of what it points at */
    struct run_void run_void;
    uint64_t void_from; /* records from that place on are void, if one is */
    bool wants_endpoints;
    result_watch *watch; /* NULL: nobody watches */
    void *user;
    uint64_t num_endpoint_lines;
    struct domain_entry *domains; /* by line */
    size_t num_domains, max_domains;
    uint32_t *domains_by_hash;        /* indexes of `domains`; of one hash by line */
    struct endpoint_entry *endpoints; /* by hash; of one hash in the order of the file */
    size_t num_endpoints, max_endpoints;
};

/* ---- result_key.c ---- */

/* By which a record is found again; several may have the same. */
uint64_t result_domain_hash(const struct result_file *file, const char *domain, const char *input);
uint64_t result_endpoint_hash(const struct result_file *file, const char *host, const char *address,
                              uint16_t port);

/* Do both records have the same key, and of the same kind? */
bool result_same_domain(const struct domain_record *a, const struct domain_record *b);

/* ---- result_read.c ---- */

/* Reads all of the source and sorts what was noted. False with a sentence in out_error. */
bool result_read(struct result_file *file, struct line_source *source, const char *path,
                 char *out_error, size_t error_size);

#endif
