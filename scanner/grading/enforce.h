/*
 * Who can be held to TLS: the strongest level that a sender can demand of a domain and still
 * deliver to every MX, by what a scan has seen. Pure: records in, a record out.
 *
 * An address that took no connection, or was not asked, holds no level back, as no sender delivers
 * there, or nobody knows; the notes tell of it. An address that answered and did not show what a
 * level takes holds it back.
 */
#ifndef MXGRADE_SCANNER_ENFORCE_H
#define MXGRADE_SCANNER_ENFORCE_H

#include <stdbool.h>
#include <stdint.h>

#include "io/base/arena.h"
#include "io/base/hostname.h"
#include "output/record/record.h"

/* Who sends, as senders differ in what they can demand. */
enum enforce_sender {
    ENFORCE_BY_ANY,      /* one that can demand each level, as Postfix */
    ENFORCE_BY_EXIM,     /* holds certificates to the name of the MX host alone */
    ENFORCE_BY_EXCHANGE, /* holds certificates to one name for all hosts of a domain */
    ENFORCE_BY_GOOGLE    /* knows the levels encrypt and verify */
};

struct enforce_host {
    const struct hostname *name; /* NULL: the MX names no host */
    const struct mx_record *mx;
    /* Of each of mx->endpoints its record; NULL: the file has none. */
    const struct endpoint_record *const *endpoints;
};

struct enforce_input {
    const struct hostname *domain;
    const struct domain_record *record;
    const struct enforce_host *hosts; /* as many as the record's `mx`, in its order */
    double scanned;                   /* when the run began, seconds since 1970 */
    int64_t now;
};

/*
 * What is new in *out is in the arena; domain, input and fields are borrowed from the input. False
 * on lack of memory.
 */
bool enforce_decide(const struct enforce_input *input, enum enforce_sender sender,
                    struct arena *arena, struct enforce_record *out);

/* Does mail fail, or may it, if `level` is demanded? Only of who takes mail. `level` is not NONE.
 */
bool enforce_would_fail(const struct enforce_record *record, enum enforce_level level,
                        struct enforce_answer *out_answer);

#endif
