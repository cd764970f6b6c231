/*
 * Whom a scan may contact: public addresses and those of --allow-net, but for what --exclude has
 * and for a family of addresses that the run leaves out.
 */
#ifndef MXGRADE_SCANNER_CONTACT_H
#define MXGRADE_SCANNER_CONTACT_H

#include "io/base/address.h"
#include "output/record/outcome.h"
#include "scanner/base/config.h"

/* May the address be contacted? OUTCOME_OK, OUTCOME_ADDRESS_NOT_PUBLIC, OUTCOME_EXCLUDED or
 * OUTCOME_FAMILY_NOT_ASKED. */
enum outcome contact_check(const struct config *config, const struct address *address);

/* More about an outcome other than OK of contact_check(); NULL: the outcome says it all. */
const char *contact_detail(const struct config *config, const struct address *address,
                           enum outcome outcome);

#endif
