/* What --only asks for: its words, and which lines each of them has scanned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scanner/engine/since_choice.h"

#define NOW  1000000000.0
#define DAYS 86400.0

static void words_are_read(void **state)
{
    static const struct {
        const char *text;
        bool is_read;
        struct since_choice choice;
    } cases[] = {
        {"new", true, {.older_than = 0}},
        {"new,changed,failed,unknown,older-than=7d", true, {true, true, true, 7 * DAYS}},
        {"failed,failed", true, {.failed = true}},
        {"older-than=36h", true, {.older_than = 1.5 * DAYS}},
        {"older-than=100000d", true, {.older_than = 100000 * DAYS}},
        {"", false, {.older_than = 0}},
        {"new,", false, {.older_than = 0}},
        {"fail", false, {.older_than = 0}},
        {"failed unknown", false, {.older_than = 0}},
        {"older-than=", false, {.older_than = 0}},
        {"older-than", false, {.older_than = 0}},
        {"older-than=7", false, {.older_than = 0}},
        {"older-than=d", false, {.older_than = 0}},
        {"older-than=0d", false, {.older_than = 0}},
        {"older-than=-1d", false, {.older_than = 0}},
        {"older-than=7dd", false, {.older_than = 0}},
        {"older-than=100001d", false, {.older_than = 0}},
        {"older-than=99999999999999999999d", false, {.older_than = 0}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct since_choice choice;
        bool is_read = since_choice_read(cases[i].text, &choice) == NULL;
        const struct since_choice *wanted = &cases[i].choice;
        if (is_read != cases[i].is_read ||
            (is_read &&
             (choice.changed != wanted->changed || choice.failed != wanted->failed ||
              choice.unknown != wanted->unknown || choice.older_than < wanted->older_than ||
              choice.older_than > wanted->older_than))) {
            fail_msg("\"%s\"", cases[i].text);
        }
    }
}

static void each_word_has_its_lines_scanned(void **state)
{
    static const struct domain_record good = {.grade = GRADE_A, .started = NOW - DAYS};
    static const struct domain_record failed = {.grade = GRADE_F, .started = NOW - DAYS};
    static const struct domain_record middling = {.grade = GRADE_C, .started = NOW - DAYS};
    static const struct domain_record unseen = {.grade = GRADE_U, .started = NOW - DAYS};
    static const struct domain_record unasked = {
        .grade = GRADE_U, .dns_outcome = OUTCOME_DNS_TIMEOUT, .started = NOW - DAYS};
    static const struct domain_record old = {.grade = GRADE_A, .started = NOW - 8 * DAYS};
    static const struct endpoint_record ours = {.grade = GRADE_U,
                                                .outcome = OUTCOME_CONNECT_UNREACHABLE};
    static const struct endpoint_record theirs = {.grade = GRADE_U,
                                                  .outcome = OUTCOME_CONNECT_REFUSED};
    static const struct {
        const char *words;
        const struct domain_record *domain;
        const struct endpoint_record *endpoint;
        bool is_changed;
        enum grade bar;
        bool is_wanted;
    } cases[] = {
        {"new", &failed, &ours, true, GRADE_F, false},
        {"changed", &good, NULL, true, GRADE_F, true},
        {"changed", &failed, &ours, false, GRADE_F, false},
        {"failed", &failed, NULL, false, GRADE_F, true},
        {"failed", &middling, NULL, false, GRADE_F, false},
        {"failed", &middling, NULL, false, GRADE_C, true},
        {"failed", &unseen, NULL, false, GRADE_A_PLUS, false},
        {"unknown", &unasked, NULL, false, GRADE_F, true},
        {"unknown", &good, &ours, false, GRADE_F, true},
        {"unknown", &good, &theirs, false, GRADE_F, false},
        {"failed", &unasked, &ours, false, GRADE_F, false},
        {"older-than=7d", &old, NULL, false, GRADE_F, true},
        {"older-than=7d", &good, NULL, false, GRADE_F, false},
        {"older-than=8d", &old, NULL, false, GRADE_F, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct since_choice choice;
        assert_null(since_choice_read(cases[i].words, &choice));
        const struct since_sight sight = {
            .domain = cases[i].domain,
            .endpoints = cases[i].endpoint,
            .num_endpoints = cases[i].endpoint != NULL ? 1 : 0,
            .is_same_line = !cases[i].is_changed,
        };
        if (since_choice_wants(&choice, &sight, cases[i].bar, NOW) != cases[i].is_wanted) {
            fail_msg("case %zu: %s", i, cases[i].words);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_read),
        cmocka_unit_test(each_word_has_its_lines_scanned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
