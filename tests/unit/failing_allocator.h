/*
 * Lack of memory on demand. The linker sends every malloc(), calloc(), realloc() and strdup() of
 * the program's own code here (see FAILING_TESTS in the Makefile), those inside libraries not. Only
 * the test's own thread is counted. Included by one test program each, so everything is static.
 */
#ifndef MXGRADE_TESTS_FAILING_ALLOCATOR_H
#define MXGRADE_TESTS_FAILING_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

/* A test may define before whose allocations never fail: a condition. */
#ifndef FAILING_SPARES
#define FAILING_SPARES() false
#endif

/* What `failing_allocator` does from now on; counted on each thread by itself. */
static _Thread_local struct {
    bool is_armed;
    unsigned long count; /* of allocations since it was armed */
    unsigned long first_failing, num_failing;
    unsigned long num_failed;
} failing_allocator;

void *__real_malloc(size_t size);
void *__real_calloc(size_t num, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t num, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

/* From now on, of the allocations 0, 1, 2 ... those from `first` on fail, `num` of them. */
static inline void fail_allocations(unsigned long first, unsigned long num)
{
    failing_allocator.is_armed = true;
    failing_allocator.count = 0;
    failing_allocator.first_failing = first;
    failing_allocator.num_failing = num;
    failing_allocator.num_failed = 0;
}

/* Memory is back. How many allocations failed? None: there are not as many as `first`. */
static inline unsigned long end_failing(void)
{
    failing_allocator.is_armed = false;
    return failing_allocator.num_failed;
}

static inline bool fails_now(void)
{
    if (!failing_allocator.is_armed || FAILING_SPARES()) {
        return false;
    }
    unsigned long index = failing_allocator.count++;
    bool fails = index >= failing_allocator.first_failing &&
                 index - failing_allocator.first_failing < failing_allocator.num_failing;
    failing_allocator.num_failed += fails ? 1 : 0;
    return fails;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t num, size_t size)
{
    return fails_now() ? NULL : __real_calloc(num, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails_now() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return fails_now() ? NULL : __real_strdup(text);
}

#endif
