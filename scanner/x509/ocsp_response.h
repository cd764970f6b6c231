/*
 * A reader of OCSP responses (RFC 6960 section 4.2.1), as servers staple them. It only takes apart:
 * whether a response is about a certificate, fresh and rightly signed is for others to say. Strict
 * in its framing, since a staple that does not parse helps nobody: one broken part makes all of it
 * unreadable. Everything points into the DER given; nothing is allocated.
 */
#ifndef MXGRADE_SCANNER_OCSP_RESPONSE_H
#define MXGRADE_SCANNER_OCSP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/record/record.h"

#define OCSP_RESPONSE_MAX     32768 /* looked at; an honest one has 500 to 5000 bytes */
#define OCSP_SINGLES_MAX      64    /* answers in one response; a staple needs one */
#define OCSP_CERTIFICATES_MAX 8     /* sent along to verify it; one is usual */

#define OCSP_REASON_NONE (-1)
#define OCSP_REASON_HOLD 6 /* certificateHold, RFC 5280 section 5.3.1: it may come back */

/* An answer about one certificate. */
struct ocsp_single {
    struct text hash_oid;         /* of the two hashes */
    struct text issuer_name_hash; /* over the issuer's Name, DER */
    struct text issuer_key_hash;  /* over the bits of the issuer's key */
    struct text serial;           /* the content of the INTEGER */
    enum ocsp_status status;
    int64_t this_update; /* seconds since 1970 */
    bool has_next_update;
    int64_t next_update;
    int64_t revoked_at; /* of OCSP_STATUS_REVOKED */
    int reason;         /* CRLReason, OCSP_REASON_NONE if not given */
    bool has_sct;       /* RFC 6962 section 3.3 */
};

struct ocsp_response {
    unsigned response_status;        /* 0 is successful; with any other nothing below is there */
    struct text tbs;                 /* ResponseData, DER: what is signed */
    struct text signature_algorithm; /* AlgorithmIdentifier, DER */
    struct text signature;           /* BIT STRING, DER */
    struct text responder_name;      /* Name, DER; or else ... */
    struct text responder_key_hash;  /* ... the SHA-1 of the responder's key */
    int64_t produced_at;
    struct text singles; /* for ocsp_response_next() */
    struct text certificates[OCSP_CERTIFICATES_MAX];
    size_t num_certificates;
};

/* False if it is no OCSP response, or exceeds one of the maxima. */
bool ocsp_response_read(struct text der, struct ocsp_response *out_response);

/* The next answer; `cursor` starts as a copy of `singles`. False at the end. */
bool ocsp_response_next(struct text *cursor, struct ocsp_single *out_single);

#endif
