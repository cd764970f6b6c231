/* Parts of a list: each name is in one of them, on every machine the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "io/base/shard.h"

static void each_name_is_in_one_part(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        char name[32];
        size_t len = (size_t)snprintf(name, sizeof(name), "d%u.example", i);
        unsigned num = 0;
        for (unsigned number = 1; number <= 7; number++) {
            num += shard_has((struct shard){number, 7}, name, len) ? 1 : 0;
        }
        assert_int_equal(num, 1);
        assert_true(shard_has((struct shard){1, 1}, name, len));
    }
}

/* Machines with programs of several versions may share a list. */
static void the_choice_never_changes(void **state)
{
    static const struct {
        const char *name;
        unsigned number;
    } parts[] = {{"a.example", 16}, {"example.org", 8}, {"xn--bcher-kva.example", 3}, {"", 8}};
    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const struct shard shard = {parts[i].number, 16};
        assert_true(shard_has(shard, parts[i].name, strlen(parts[i].name)));
    }
}

static void what_is_no_part_is_refused(void **state)
{
    static const struct {
        const char *text;
        unsigned number, of; /* 0: refused */
    } texts[] = {
        {"1/1", 1, 1},
        {"2/3", 2, 3},
        {"1000000/1000000", 1000000, 1000000},
        {"0/3", 0, 0},
        {"4/3", 0, 0},
        {"1/0", 0, 0},
        {"1000001/1000001", 0, 0},
        {"99999999999999999999/2", 0, 0},
        {"1", 0, 0},
        {"1/", 0, 0},
        {"/2", 0, 0},
        {"", 0, 0},
        {"1/2x", 0, 0},
        {"-1/2", 0, 0},
        {" 1/2", 0, 0},
        {"1/2/3", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct shard shard;
        bool is_read = shard_read(texts[i].text, &shard);
        if (is_read != (texts[i].of > 0) ||
            (is_read && (shard.number != texts[i].number || shard.of != texts[i].of))) {
            fail_msg("\"%s\"", texts[i].text);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_name_is_in_one_part),
        cmocka_unit_test(the_choice_never_changes),
        cmocka_unit_test(what_is_no_part_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
