/*
 * Whom a scan may contact: public addresses and those of --allow-net, but for what --exclude has.
 */
#ifndef MXGRADE_SCANNER_CONTACT_H
#define MXGRADE_SCANNER_CONTACT_H

#include "io/base/address.h"
#include "output/record/outcome.h"
#include "scanner/base/config.h"

/* May the address be contacted? OUTCOME_OK, OUTCOME_ADDRESS_NOT_PUBLIC or OUTCOME_EXCLUDED. */
enum outcome contact_check(const struct config *config, const struct address *address);

#endif
