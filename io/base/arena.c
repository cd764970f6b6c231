#include "io/base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The first block holds what is known while a connection waits, of which there are tens of
 * thousands at once; each further one is twice as large, for what is learnt in a dialogue.
 */
#define ARENA_FIRST_SIZE 112
#define ARENA_BLOCK_MAX  2048

struct arena_block {
    SLIST_ENTRY(arena_block) next;
    uint32_t used;
    uint32_t size;
    max_align_t bytes[];
};

static struct arena_block *block_new(size_t size)
{
    /* Not by calloc(), which in glibc does not take from what the thread has just freed. */
    struct arena_block *block = malloc(sizeof(*block) + size);
    if (block != NULL) {
        *block = (struct arena_block){.size = (uint32_t)size};
    }
    return block;
}

void *arena_take(struct arena *arena, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    if (size > UINT32_MAX - align) {
        arena->has_failed = true;
        return NULL;
    }
    size = (size + align - 1) / align * align;
    struct arena_block *block = SLIST_FIRST(&arena->blocks);
    if (block == NULL || block->size - block->used < size) {
        size_t usual = block == NULL ? ARENA_FIRST_SIZE : (size_t)2 * block->size;
        usual = usual < ARENA_BLOCK_MAX ? usual : ARENA_BLOCK_MAX;
        block = block_new(size > usual ? size : usual);
        if (block == NULL) {
            arena->has_failed = true;
            return NULL;
        }
        SLIST_INSERT_HEAD(&arena->blocks, block, next);
    }
    void *memory = (char *)block->bytes + block->used;
    block->used += (uint32_t)size;
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    void *memory = arena_take(arena, size);
    return memory != NULL ? memset(memory, 0, size) : NULL;
}

char *arena_copy(struct arena *arena, const void *bytes, size_t len)
{
    char *copy = len < SIZE_MAX ? arena_take(arena, len + 1) : NULL;
    if (copy == NULL) {
        return NULL;
    }
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    copy[len] = '\0';
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (len < 0) {
        return NULL;
    }
    size_t kept = (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
    return arena_copy(arena, text, kept);
}

void arena_free(struct arena *arena)
{
    struct arena_block *block;
    while ((block = SLIST_FIRST(&arena->blocks)) != NULL) {
        SLIST_REMOVE_HEAD(&arena->blocks, next);
        free(block);
    }
    arena->has_failed = false;
}
