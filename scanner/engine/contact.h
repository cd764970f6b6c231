/*
 * Whom a scan may contact: public addresses and those of --allow-net. Addresses of --exclude and of
 * a family that the run leaves out are not contacted.
 */
#ifndef MXGRADE_SCANNER_CONTACT_H
#define MXGRADE_SCANNER_CONTACT_H

#include "io/base/address.h"
#include "output/record/outcome.h"
#include "scanner/base/config.h"

/* OUTCOME_OK if the address may be contacted, else OUTCOME_ADDRESS_NOT_PUBLIC, OUTCOME_EXCLUDED or
 * OUTCOME_FAMILY_NOT_ASKED. */
enum outcome contact_check(const struct config *config, const struct address *address);

/* Why contact_check() gave an outcome other than OUTCOME_OK; NULL if there is no more to say. */
const char *contact_detail(const struct config *config, const struct address *address,
                           enum outcome outcome);

#endif
