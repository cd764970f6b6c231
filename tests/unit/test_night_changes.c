/* What of a comparison somebody is told of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scanner/nightly/night_changes.h"

static void what_could_not_be_observed_is_no_news(void **state)
{
    static const bool are_news[DIFF_VERDICT_COUNT] = {
        [DIFF_VERDICT_REGRESSION] = true,  [DIFF_VERDICT_MIXED] = true,
        [DIFF_VERDICT_IMPROVEMENT] = true, [DIFF_VERDICT_NEW] = true,
        [DIFF_VERDICT_VANISHED] = true,    [DIFF_VERDICT_CHANGED] = true,
        [DIFF_VERDICT_EXPIRING] = true};
    (void)state;
    for (unsigned i = 0; i < DIFF_VERDICT_COUNT; i++) {
        struct diff_totals totals = {.verdicts = {0}};
        totals.verdicts[i] = 1;
        if (night_changes_are_news(&totals) != are_news[i]) {
            fail_msg("%s", diff_verdict_name((enum diff_verdict)i));
        }
    }
    assert_false(night_changes_are_news(&(struct diff_totals){.verdicts = {0}}));
}

/* As where another host of the domain could not be observed, whose verdict then stands there. */
static void a_certificate_is_news_whatever_the_verdict(void **state)
{
    struct diff_totals totals = {.verdicts = {[DIFF_VERDICT_NOT_OBSERVED] = 1}};
    (void)state;
    totals.certificates_expiring = 1;
    assert_true(night_changes_are_news(&totals));
    totals.certificates_expiring = 0;
    totals.certificates_replaced = 1;
    assert_true(night_changes_are_news(&totals));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_could_not_be_observed_is_no_news),
        cmocka_unit_test(a_certificate_is_news_whatever_the_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
