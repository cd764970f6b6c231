/*
 * Who is to blame for answers that fail to validate: zones, or the resolver of this run. A resolver
 * with a wrong clock or an old trust anchor finds every signed zone bogus, and its finding would
 * make D of all of them.
 *
 * Lines that rest on a bogus answer are held, in two versions: as the answer has it, and as it is
 * if the resolver is blamed. The verdict comes once, when the list has ended or HELD_LINES_MAX
 * lines are held, and holds for all of the run, so that no two lines of it contradict each other.
 *
 * The resolver is blamed if the bogus names belong to at least BLAME_MIN organisations and these
 * are more than 5 % of the signed domains. Organisations are counted, as the zone of one provider
 * may hold the hosts of many domains. If one signed zone in a hundred is bogus, more than 20 of 400
 * are by chance in one of 700 million runs; fewer than 20 may well be one list of neglected
 * domains.
 */
#ifndef MXGRADE_SCANNER_BLAME_H
#define MXGRADE_SCANNER_BLAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/engine/held_lines.h"

#define BLAME_MIN 20

struct blame;

/* NULL on lack of memory. */
struct blame *blame_new(void);
void blame_free(struct blame *blame);

/* Counts a signed domain. Any thread. */
void blame_note_signed(struct blame *blame);

/* Notes that the answer to a question as dns_validated_text() has it was bogus. Any thread. False
 * on lack of memory, which leaves the question out of the count. */
bool blame_note_bogus(struct blame *blame, const char *question);

/* Takes over a line and sends its plain or its doubted version to the sink, perhaps later. Any
 * thread. */
void blame_line(struct blame *blame, struct sink *sink, struct line_versions *versions);

/* The list has ended: gives the verdict and sends what is held. Further lines are sent at once. */
void blame_end(struct blame *blame, struct sink *sink);

struct blame_counts {
    bool is_resolver; /* the verdict has come, and the resolver is blamed */
    uint64_t num_signed;
    uint64_t num_organisations;
};

struct blame_counts blame_counts(struct blame *blame);

#endif
