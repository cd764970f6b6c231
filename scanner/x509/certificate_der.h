/*
 * A lenient reader of one certificate: the parts of RFC 5280 section 4.1 found by position, each
 * kept as it was reached. A certificate that a strict parser refuses (a negative serial number, a
 * month 13, a name of a broken type, an end cut off) still tells its names, its dates and its key.
 * Everything points into the DER given; nothing is allocated.
 */
#ifndef MXGRADE_SCANNER_CERTIFICATE_DER_H
#define MXGRADE_SCANNER_CERTIFICATE_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/record/record.h"

/* Of one certificate; honest ones have some ten. More could hide one that stands there twice. */
#define CERTIFICATE_EXTENSIONS_MAX 128

/* A text whose `bytes` is NULL could not be read, or is not there. */
struct certificate_der {
    struct text whole;               /* as sent */
    struct text serial;              /* the content of the INTEGER, whatever sign it has */
    struct text issuer;              /* Name, DER */
    struct text subject;             /* Name, DER */
    struct text spki;                /* SubjectPublicKeyInfo, DER */
    struct text signature_algorithm; /* AlgorithmIdentifier, DER: that beside the signature */
    struct text subject_alt_name;    /* what is inside GeneralNames; NULL also if it is broken */
    bool has_subject_alt_name;       /* broken ones count */
    struct text name_constraints;    /* NameConstraints, DER */
    bool has_validity;
    int64_t not_before; /* seconds since 1970 */
    int64_t not_after;
    bool has_sct;     /* a list of signed certificate timestamps, RFC 6962 section 3.3 */
    bool must_staple; /* status_request among its TLS features, RFC 7633 */
    /* The algorithm inside what is signed is another than beside the signature, which RFC 5280
     * section 4.1.1.2 forbids. */
    bool algorithms_differ;
    bool pathlen_without_ca; /* RFC 5280 section 4.2.1.9 forbids it */
    /* The same extension stands in it twice, which RFC 5280 section 4.2 forbids, or there are more
     * than CERTIFICATE_EXTENSIONS_MAX. */
    bool has_bad_extensions;
    struct text policies;           /* CertificatePolicies, DER: RFC 5280 section 4.2.1.4 */
    struct text policy_mappings;    /* PolicyMappings, DER: section 4.2.1.5 */
    struct text policy_constraints; /* PolicyConstraints, DER: section 4.2.1.11 */
    struct text inhibit_any_policy; /* SkipCerts, DER: section 4.2.1.14 */
    bool is_complete;               /* every part above that has to be there could be read */
};

void certificate_der_read(struct text der, struct certificate_der *out_certificate);

/* Subject and issuer are the same name, whatever key has signed it: RFC 5280 section 6.1. */
bool certificate_der_is_self_issued(const struct certificate_der *certificate);

/*
 * UTCTime or GeneralizedTime (by `tag`, CBS_ASN1_UTCTIME or CBS_ASN1_GENERALIZEDTIME) in seconds
 * since 1970. DER wants "...SSZ"; seconds left out and "+hhmm" are understood as well, since X.690
 * has them and old software wrote them. False if it is no time.
 */
bool certificate_der_time(struct text text, unsigned tag, int64_t *out_seconds);

#endif
