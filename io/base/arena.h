/*
 * A region of memory that is freed as a whole: what one target's dialogues learn lives as long as
 * the target. Not thread-safe; an arena may move between threads with its owner.
 */
#ifndef MXGRADE_IO_ARENA_H
#define MXGRADE_IO_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

/* All zero is an empty arena. */
struct arena {
    SLIST_HEAD(arena_blocks, arena_block) blocks; /* the newest first */
    bool
        has_failed; /* it lacked memory since it was empty: something that was to be in it is not */
};

/* Zeroed memory, aligned for any type; NULL on lack of memory. Freed by arena_free(). */
void *arena_alloc(struct arena *arena, size_t size);

/* As arena_alloc(), with whatever bytes stand there: the caller fills them all. */
void *arena_take(struct arena *arena, size_t size);

/* A copy of `len` bytes with a NUL behind them; NULL on lack of memory. */
char *arena_copy(struct arena *arena, const void *bytes, size_t len);

/* printf into the arena; NULL on lack of memory. */
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Frees everything; the arena is empty and usable again. */
void arena_free(struct arena *arena);

#endif
