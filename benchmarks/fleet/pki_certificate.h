/*
 * Making one X.509 certificate from a plain description.
 */
#ifndef MXGRADE_FLEET_PKI_CERTIFICATE_H
#define MXGRADE_FLEET_PKI_CERTIFICATE_H

#include <stdbool.h>

#include <openssl/x509.h>

struct certificate_plan {
    const char *subject;    /* the CN */
    const char *names[2];   /* subjectAltName DNS names, NULL for none */
    EVP_PKEY *key;          /* the subject's */
    X509 *issuer;           /* NULL: self-signed */
    EVP_PKEY *issuer_key;   /* of the issuer, or the subject's own */
    const EVP_MD *digest;   /* of the signature */
    bool authority;         /* may sign certificates */
    int purpose;            /* NID of the extended key usage, NID_undef for none */
    int from_days, to_days; /* validity around now */
};

/* NULL if memory is short. */
X509 *certificate_make(const struct certificate_plan *plan);

#endif
