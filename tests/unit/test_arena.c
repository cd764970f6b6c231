/* Memory that is freed as a whole: aligned, zeroed, apart, of any size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/base/arena.h"

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    struct arena arena = {0};
    unsigned char *pieces[300];
    (void)state;
    for (size_t i = 0; i < 300; i++) {
        pieces[i] = arena_alloc(&arena, i + 1);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        for (size_t k = 0; k <= i; k++) {
            assert_int_equal(pieces[i][k], 0);
        }
        memset(pieces[i], (int)(i % 251 + 1), i + 1);
    }
    for (size_t i = 0; i < 300; i++) {
        for (size_t k = 0; k <= i; k++) {
            assert_int_equal(pieces[i][k], i % 251 + 1);
        }
    }
    arena_free(&arena);
    assert_true(SLIST_EMPTY(&arena.blocks));
}

static void large_pieces_and_impossible_ones(void **state)
{
    struct arena arena = {0};
    (void)state;
    char *large = arena_alloc(&arena, 1000000);
    assert_non_null(large);
    memset(large, 1, 1000000);
    assert_null(arena_alloc(&arena, SIZE_MAX - 4));
    assert_null(arena_copy(&arena, "x", SIZE_MAX));
    arena_free(&arena);
}

static void copies_end_in_nul_and_keep_what_is_inside(void **state)
{
    struct arena arena = {0};
    (void)state;
    const char *copy = arena_copy(&arena, "a\0b", 3);
    assert_memory_equal(copy, "a\0b", 4);
    assert_string_equal(arena_copy(&arena, NULL, 0), "");
    assert_string_equal(arena_format(&arena, "%s %d", "mx", 10), "mx 10");
    arena_free(&arena);
    /* It is usable again. */
    assert_string_equal(arena_format(&arena, "%c", 'x'), "x");
    arena_free(&arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(large_pieces_and_impossible_ones),
        cmocka_unit_test(copies_end_in_nul_and_keep_what_is_inside),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
