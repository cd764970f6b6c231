/*
 * Servers that said something else after a record had accused them: a record rests on what was seen
 * when it was written. All workers add to one list, which the summary shows.
 */
#ifndef MXGRADE_SCANNER_REVISED_H
#define MXGRADE_SCANNER_REVISED_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/address.h"

#define REVISED_MAX 50 /* that are listed */

struct revised {
    pthread_mutex_t lock;
    size_t num;
    char texts[REVISED_MAX][ADDRESS_TEXT_MAX + sizeof("[]:65535")];
    const char *items[REVISED_MAX]; /* the texts */
};

void revised_init(struct revised *revised);
void revised_fini(struct revised *revised);

/* Lists a server once more; whoever calls sees to it that each comes once. */
void revised_add(struct revised *revised, const struct address *address, uint16_t port);

/* How many are listed in `items`; those stay as they are. */
size_t revised_count(struct revised *revised);

#endif
