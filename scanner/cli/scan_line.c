#include "scanner/cli/scan_line.h"

#include <stdio.h>
#include <stdlib.h>

#include "scanner/cli/command_scan.h"
#include "scanner/cli/scan_options.h"

static bool add_option(struct scan_line *line, const struct option_given *given, bool is_no)
{
    const char *flag = is_no ? "no" : given->value != NULL ? given->value : "yes";
    const char *value = given->rule->argument != NULL ? given->value : flag;
    if (line->num == line->capacity) {
        size_t capacity = 2 * line->capacity + 16;
        char **options = realloc(line->options, capacity * sizeof(*options));
        if (options == NULL) {
            return false;
        }
        line->options = options;
        line->capacity = capacity;
    }
    if (asprintf(&line->options[line->num], "--%s=%s", given->rule->name, value) < 0) {
        return false;
    }
    line->num++;
    return true;
}

bool scan_line_fill(struct scan_line *line, const struct option_origins *origins,
                    bool (*wants)(const struct option_rule *rule))
{
    bool ok = true;
    for (size_t i = 0; ok && i < scan_options.num_rules; i++) {
        const struct option_rule *rule = &scan_options.rules[i];
        bool is_no;
        const struct option_given *given = option_origins_find(origins, rule, &is_no);
        if (given == NULL || rule->is_of_files || (wants != NULL && !wants(rule)) ||
            !command_has(&command_scan, rule)) {
            continue;
        }
        if (!option_is_repeatable(rule)) {
            /* A flag that ended where its contrary was set is "no" by itself. */
            ok = (is_no && given->rule != rule) || add_option(line, given, is_no);
            continue;
        }
        for (const struct option_given *at = given; ok && at != NULL; at = STAILQ_NEXT(at, next)) {
            if (at->rule == rule && at->place.source == given->place.source) {
                ok = add_option(line, at, false);
            }
        }
    }
    return ok;
}

void scan_line_fini(struct scan_line *line)
{
    for (size_t i = 0; i < line->num; i++) {
        free(line->options[i]);
    }
    free(line->options);
}
