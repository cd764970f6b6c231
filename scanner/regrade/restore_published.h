/* Restores what a domain published from the record of its scan. */
#ifndef MXGRADE_SCANNER_RESTORE_PUBLISHED_H
#define MXGRADE_SCANNER_RESTORE_PUBLISHED_H

#include "scanner/domain/domain_published.h"

/* Texts are borrowed from the record. */
void restore_published(const struct domain_record *record, struct domain_published *out_published);

#endif
