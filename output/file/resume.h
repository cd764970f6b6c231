/*
 * Continuing a result file that was cut anywhere, also in the middle of a line or a zstd frame, or
 * by power loss (a tail of NUL bytes). The file is read once, cut back to its last whole valid line
 * (for .zst: rewritten frame by frame where the cut fell inside one), and each record is told to
 * the caller, who learns which input lines are done and which endpoints need no second look.
 */
#ifndef MXGRADE_OUTPUT_RESUME_H
#define MXGRADE_OUTPUT_RESUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/record/record.h"
#include "output/file/tally.h"

/* What of an earlier run's first line must agree before it may be continued. NULL: not there. */
struct resume_run {
    const char *policy;
    const char *policy_digest;
    const char *list_sha256;
    uint64_t schema_version;
    const struct run_option *options;
    size_t num_options;
};

/* An endpoint already written. Strings are valid during the call only. */
struct resume_endpoint {
    const char *host; /* NULL with a bare address */
    const char *address;
    uint16_t port;
    const char *service;
    enum outcome outcome;
    enum grade grade;
    unsigned score;
    enum tri starttls_advertised, starttls_accepted, starttls_handshake;
    bool certificate_valid; /* present, trusted, name matches, no problems in the way */
    enum dane_status dane;
    bool dane_lacks_name; /* it matches but for the name, which is for each domain to judge */
    const char *const *finding_codes;
    size_t num_finding_codes;
    struct tally_item item; /* to feed the tally with */
};

struct resume_domain {
    uint64_t line;
    const char *domain;        /* NULL: the line was not a domain */
    const char *first_mx;      /* the first host's name as in the record; NULL: none */
    const char *first_address; /* of an MX host; NULL: none has one */
    struct tally_item item;    /* but for the provider, which the first MX host tells */
};

struct resume_handler {
    void *user;
    /* false: stop, this file must not be continued (the caller knows why). */
    bool (*on_run)(void *user, const struct resume_run *run);
    void (*on_endpoint)(void *user, const struct resume_endpoint *endpoint);
    void (*on_domain)(void *user, const struct resume_domain *domain);
};

enum resume_status {
    RESUME_NEW,      /* no such file, or nothing whole in it: start afresh */
    RESUME_CONTINUE, /* cut to whole lines; append */
    RESUME_COMPLETE, /* it has its summary of a complete run: nothing to do */
    RESUME_REFUSED,  /* on_run said no */
    RESUME_ERROR     /* out_error says why */
};

/*
 * Reads and cuts `path`. A summary of a run that was cut short is removed with the tail, so that
 * the continued file has one, at its end.
 */
enum resume_status resume_open(const char *path, const struct resume_handler *handler,
                               char *out_error, size_t error_size);

#endif
