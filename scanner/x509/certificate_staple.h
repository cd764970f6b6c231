/*
 * What a server shows beside its certificate, judged for that certificate: a stapled OCSP response
 * (RFC 6066 section 8, RFC 8446 section 4.4.2.1) and signed certificate timestamps (RFC 6962
 * section 3.3).
 *
 * A staple is a claim of three parts, and each has its own verdict: what it says (status), whether
 * it still holds (fresh), and who said it (signature: by the leaf's issuer, or by a responder whom
 * that issuer has named, RFC 6960 section 4.2.2.2). A revocation is believed only with a good
 * signature; then the certificate has the problem "revoked", also if the response is stale, since a
 * revoked certificate stays so, unless it was only on hold (RFC 5280 section 5.3.1).
 */
#ifndef MXGRADE_SCANNER_CERTIFICATE_STAPLE_H
#define MXGRADE_SCANNER_CERTIFICATE_STAPLE_H

#include "scanner/x509/certificate.h"

/* RFC 5019 section 4 asks for a tolerance; clocks of responders are right to within minutes. */
#define OCSP_CLOCK_SKEW 300 /* seconds */

struct certificate_extras {
    struct text ocsp_response; /* DER as stapled; bytes is NULL where none was */
    bool has_sct_extension;    /* timestamps came in a TLS extension */
};

/* Fills ocsp_staple, ocsp, must_staple, sct and sct_sources of a judged record. */
void certificate_staple_judge(const struct chain *chain, const struct certificate_extras *extras,
                              struct certificate_record *record);

/* For a certificate that no handshake has shown: what might have come beside it is unknown. */
void certificate_staple_unseen(struct certificate_record *record);

#endif
