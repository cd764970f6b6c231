/*
 * The domain in a cell of a supplier list, in whatever form people keep it: a name, a mail address,
 * the address of a web page.
 *
 * Sources: RFC 3986 section 3 (URLs), RFC 6068 (mailto), RFC 5322 section 3.4 (mailboxes).
 */
#ifndef MXGRADE_IO_DOMAIN_CELL_H
#define MXGRADE_IO_DOMAIN_CELL_H

#include <stdbool.h>
#include <stddef.h>

#include "io/list/csv_record.h"

enum domain_cell_form {
    DOMAIN_CELL_NAME,         /* the cell is the name */
    DOMAIN_CELL_MAIL_ADDRESS, /* it stands behind an "@" */
    DOMAIN_CELL_URL           /* it is the host of a URL, or stands before a path or a port */
};

/*
 * Finds the part of a trimmed cell that should be a domain; it is not checked, and lies in the
 * cell. Of several mail addresses it is that of the first. "www." in front of the host of a URL is
 * left out, and also that of a name if `is_web`: the cell is of a column of web sites.
 */
struct csv_cell domain_cell_find(struct csv_cell cell, bool is_web,
                                 enum domain_cell_form *out_form);

/* Does the cell name a domain, as far as can be told without a look at the rules of IDNA? */
bool domain_cell_is_likely(struct csv_cell cell);

#endif
