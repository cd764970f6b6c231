/*
 * Certificate policies as far as a chain itself demands them: requireExplicitPolicy of a
 * policyConstraints extension (RFC 5280 sections 4.2.1.11 and 6.1). BoringSSL takes the extension
 * for understood, also where it is critical, and old versions of it do not look at it.
 *
 * The valid policy tree of RFC 5280 section 6.1.2 is kept as one set per level, which gives the
 * same answer for a user who accepts any policy, in time that grows with the certificates and not
 * with the number of ways through them.
 */
#ifndef MXGRADE_SCANNER_POLICY_CONSTRAINTS_H
#define MXGRADE_SCANNER_POLICY_CONSTRAINTS_H

#include <stdbool.h>

#include "scanner/x509/chain_path.h"

/* Policies of one level that are compared; public CAs name up to five in a certificate. */
#define POLICIES_MAX 128

/*
 * False where a certificate of the path demands an explicit policy and none is valid for the whole
 * path, where one of the extensions cannot be read, or where there are more than POLICIES_MAX.
 */
bool policy_constraints_obeyed(const struct chain_path *path);

#endif
