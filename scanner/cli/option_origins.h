/* What was given of the options, and where: in which line of which file, or on the command line. */
#ifndef MXGRADE_SCANNER_OPTION_ORIGINS_H
#define MXGRADE_SCANNER_OPTION_ORIGINS_H

#include <sys/queue.h>

#include "scanner/cli/option_rule.h"

/* Sources count the files and then the command line, in the order in which they are read. */
struct option_place {
    unsigned source;
    const char *file; /* NULL: the command line */
    unsigned line;
};

struct option_given {
    STAILQ_ENTRY(option_given) next;
    const struct option_rule *rule;
    const char *value; /* borrowed as the settings borrow it; NULL of a flag: "yes" */
    struct option_place place;
};

struct option_origins {
    STAILQ_HEAD(option_givens, option_given) given; /* in the order of reading; owned */
};

void option_origins_init(struct option_origins *origins);
void option_origins_fini(struct option_origins *origins);

/* False on lack of memory. */
bool option_origins_add(struct option_origins *origins, const struct option_rule *rule,
                        const char *value, const struct option_place *place);

/*
 * What holds of an option in the end: the last value, and of a repeatable option the first of the
 * last source, whose others follow in the list. A flag is also given, as "no", where its contrary
 * is given as "yes": *out_is_no says so. NULL: nothing, the default holds.
 */
const struct option_given *option_origins_find(const struct option_origins *origins,
                                               const struct option_rule *rule, bool *out_is_no);

#endif
