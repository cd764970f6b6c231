/*
 * What a refusal says: that the server cannot do it, or that it does not want us. Only the first is
 * a fact about the server. Pure.
 */
#ifndef MXGRADE_SCANNER_REFUSAL_H
#define MXGRADE_SCANNER_REFUSAL_H

#include <stdbool.h>

#include "output/record/record.h"

enum refusal {
    REFUSAL_LACKS,  /* the server says that it has no such thing */
    REFUSAL_BUSY,   /* "454": TLS is not available now, RFC 3207 section 4 */
    REFUSAL_OF_US,  /* a policy, a blocklist, or a complaint about our name */
    REFUSAL_UNCLEAR /* none of these */
};

/* A permanent refusal of EHLO; `text` is the whole reply. */
enum refusal refusal_of_ehlo(unsigned code, struct text text);

/* A refusal of STARTTLS or its like. `code` is 0 where the protocol has no codes. */
enum refusal refusal_of_starttls(unsigned code, struct text text);

/* Does a greeting or a reply come from a decoy that only pretends to be a mail server? */
bool refusal_is_decoy(struct text text);

#endif
