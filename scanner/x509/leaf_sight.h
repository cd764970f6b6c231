/* What a leaf shows at a glance, before its chain is verified: no signature is looked at. */
#ifndef MXGRADE_SCANNER_LEAF_SIGHT_H
#define MXGRADE_SCANNER_LEAF_SIGHT_H

#include "scanner/x509/certificate.h"

struct leaf_sight {
    uint8_t key[32]; /* SHA-256 of its SubjectPublicKeyInfo, or of all of it if that is broken */
    bool names_host; /* a subjectAltName is the host's name, or the CN: RFC 9525 section 6 */
};

/* `host`: as of certificate_judge(). The chain need not be verified. */
void leaf_sight_of(const struct chain *chain, const char *host, struct leaf_sight *out_sight);

#endif
