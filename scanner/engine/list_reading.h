/* What a line of the list names: a domain, or in host mode a place. */
#ifndef MXGRADE_SCANNER_LIST_READING_H
#define MXGRADE_SCANNER_LIST_READING_H

#include "io/base/hostname.h"
#include "io/list/supplier_list.h"
#include "output/record/record.h"
#include "scanner/base/config.h"
#include "scanner/engine/target.h"

struct run;

struct list_reading {
    const struct hostname *domain; /* a reference; NULL in host mode, or with a problem */
    enum domain_form form;         /* of the domain in the line */
    struct target_place place;     /* in host mode; its host is a reference */
    const char *problem;           /* why it is neither; NULL */
};

struct list_reading list_reading_of(const struct run *run, const struct supplier *supplier);
void list_reading_release(struct list_reading *reading);

/* Is it in the part of the list that is scanned? However it was written, a name or an address has
 * its shard; any other line goes by its bytes. */
bool list_reading_is_own(const struct config *config, const struct supplier *supplier,
                         const struct list_reading *reading);

#endif
