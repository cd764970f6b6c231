#include "scanner/nightly/night_changes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "io/base/placed_file.h"
#include "output/diff/diff_json.h"
#include "scanner/grading/policy.h"
#include "scanner/grading/policy_sight.h"

/* Time to act: 30 days are when automatic renewals are due, so that what is left at 14 has failed
 * once; at one day somebody has to do it by hand. */
static const struct diff_thresholds thresholds = {.days = {30, 14, 7, 1}, .num = 4};

struct changes_output {
    FILE *stream;
    struct json_writer json;
};

static bool emit_line(void *user, const struct diff_line *line)
{
    struct changes_output *output = user;
    json_writer_clear(&output->json);
    diff_json_line(&output->json, line);
    struct text text = json_writer_text(&output->json);
    return text.bytes != NULL && fwrite(text.bytes, 1, text.len, output->stream) == text.len &&
           putc('\n', output->stream) != EOF;
}

static const struct finding_rule *find_rule(const char *code)
{
    enum finding_code found = policy_find(code);
    return found != FINDING_COUNT ? policy_rule(found) : NULL;
}

static enum night_changes_status compare(const struct result_file *before,
                                         const struct result_file *after, const char *path,
                                         struct diff_totals *out_totals, char *out_error,
                                         size_t error_size)
{
    const struct diff_options options = {
        .expiring = thresholds, .find_rule = find_rule, .sight = &policy_sight};
    const struct diff_pair pair = diff_pair_of(before, after, &options);
    struct placed_file file;
    out_error[0] = '\0';
    bool ok = placed_file_open(&file, path);
    if (ok) {
        struct changes_output output = {.stream = file.stream};
        bool is_done = diff_run(&pair, emit_line, &output, out_totals, out_error, error_size);
        json_writer_fini(&output.json);
        ok = placed_file_close(&file, is_done) && is_done;
    }
    if (!ok && out_error[0] == '\0') {
        snprintf(out_error, error_size, "%s: %s", path, strerror(errno));
    }
    return ok ? NIGHT_CHANGES_WRITTEN : NIGHT_CHANGES_FAILED;
}

enum night_changes_status night_changes_write(const char *before, const char *after,
                                              const char *path, struct diff_totals *out_totals,
                                              char *out_error, size_t error_size)
{
    struct result_file *old = result_file_open(before, true, out_error, error_size);
    if (old == NULL) {
        return NIGHT_CHANGES_NO_BEFORE;
    }
    enum night_changes_status status = NIGHT_CHANGES_FAILED;
    struct result_file *new = result_file_open(after, true, out_error, error_size);
    if (new != NULL) {
        status = compare(old, new, path, out_totals, out_error, error_size);
    }
    result_file_close(new);
    result_file_close(old);
    return status;
}

bool night_changes_are_news(const struct diff_totals *totals)
{
    static const enum diff_verdict news[] = {
        DIFF_VERDICT_REGRESSION, DIFF_VERDICT_MIXED,   DIFF_VERDICT_IMPROVEMENT, DIFF_VERDICT_NEW,
        DIFF_VERDICT_VANISHED,   DIFF_VERDICT_CHANGED, DIFF_VERDICT_EXPIRING};
    for (size_t i = 0; i < sizeof(news) / sizeof(news[0]); i++) {
        if (totals->verdicts[news[i]] > 0) {
            return true;
        }
    }
    return totals->certificates_replaced + totals->certificates_expiring > 0;
}
