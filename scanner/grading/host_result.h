/*
 * What is known of a mail host once it has been scanned, as far as the verdict on a domain rests on
 * it. Filled by the engine, which counts the references.
 */
#ifndef MXGRADE_SCANNER_HOST_RESULT_H
#define MXGRADE_SCANNER_HOST_RESULT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/address.h"
#include "output/record/record.h"
#include "scanner/grading/policy.h"

#define CAA_TEXTS_MAX 8   /* properties kept */
#define CAA_TEXT_MAX  256 /* bytes of one in presentation form, NUL included */

struct leaf_names;

/* Which certification authorities may issue for a host. */
struct host_caa {
    size_t num_texts;
    char texts[CAA_TEXTS_MAX][CAA_TEXT_MAX]; /* as in a zone file: 0 issue "ca.example" */
};

/* The verdict on an endpoint as it is if the resolver is blamed for what was bogus. */
struct endpoint_doubt {
    enum grade grade : 8;
    uint8_t score;
    uint32_t open;
    struct finding_set findings;
};

/* What others need to know of a finished endpoint; the whole story is in its line. */
struct endpoint_summary {
    struct address address; /* family 0: the host has none */
    uint16_t port;
    uint8_t score;
    /* Chain, dates, name: what a sender that enforces would ask for. */
    enum tri certificate_valid : 8;
    enum outcome outcome : 8;
    enum grade grade : 8;
    enum tri starttls : 8; /* endpoint_encrypts() */
    enum dane_status dane : 8;
    uint32_t open;                 /* QUESTION_BIT()s that the letter does not rest on */
    struct leaf_names *leaf_names; /* a reference; only where DANE failed for the name alone */
    struct finding_set findings;
    struct endpoint_doubt doubt; /* means nothing unless `dane` is BOGUS */
};

/* Does mail to it travel encrypted? "No" takes the server's own word. */
enum tri endpoint_encrypts(const struct endpoint_record *record);

/*
 * What the record says, and `findings`, which are those of the record; address, port and leaf names
 * stay as they are.
 */
void endpoint_summarise(const struct endpoint_record *record, const struct finding_set *findings,
                        struct endpoint_summary *summary);

/* Of a host's name: ok if one of its endpoints was observed; else why none was, which `lookup` says
 * where there is none. */
enum outcome host_outcome(enum outcome lookup, const struct endpoint_summary *endpoints,
                          size_t num_endpoints);

struct host_result {
    atomic_uint references;
    bool aliased;          /* the name is a CNAME: RFC 2181 section 10.3 */
    struct verdict dnssec; /* of the addresses: signed, in one family at least */
    enum dane_status dane; /* of the host as a whole, by RFC 7672 */
    const char *bogus; /* owned; the question by which `dane` is bogus: "A mx.example.org"; NULL */
    struct host_caa *caa; /* NULL: none found */
    enum outcome outcome; /* of the name: ok if an endpoint was observed, else why none was */
    enum outcome lookup;  /* of its addresses, A and AAAA; ok: it has some, and neither failed */
    size_t num_left; /* addresses that were not asked: --max-addresses bounds those of a domain */
    size_t num_endpoints;
    struct endpoint_summary endpoints[];
};

#endif
