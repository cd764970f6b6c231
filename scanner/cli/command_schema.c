#include "scanner/cli/command_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/diff/diff_lines.h"
#include "output/history/history_lines.h"
#include "output/record/record_markdown.h"
#include "output/record/schema.h"
#include "scanner/base/log.h"
#include "scanner/cli/options.h"
#include "scanner/grading/policy.h"
#include "scanner/grading/profile.h"

#define LEVELS_MAX (PROFILE_LEVELS_MAX + 1)

struct names {
    const char *findings[FINDING_COUNT];
    const char *levels[PROFILE_COUNT][LEVELS_MAX];
    const char *rules[PROFILE_COUNT][PROFILE_RULES_MAX];
};

static struct schema_names levels_of(const struct profile_table *table,
                                     const char *levels[LEVELS_MAX])
{
    size_t num = 0;
    for (int i = 0; i <= profile_worst(table); i++) {
        levels[num++] = table->levels[i];
    }
    levels[num++] = "unknown";
    return (struct schema_names){levels, num};
}

static struct schema_names rules_of(const struct profile_table *table,
                                    const char *rules[PROFILE_RULES_MAX])
{
    for (size_t i = 0; i < table->num_rules; i++) {
        rules[i] = table->rules[i].code;
    }
    return (struct schema_names){rules, table->num_rules};
}

static struct schema_policy policy_names(struct names *names)
{
    struct schema_policy policy;
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        names->findings[i] = policy_rule((enum finding_code)i)->code;
    }
    policy.findings = (struct schema_names){names->findings, FINDING_COUNT};
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        const struct profile_table *table = profile_table((enum profile)i);
        policy.levels[i] = levels_of(table, names->levels[i]);
        policy.rules[i] = rules_of(table, names->rules[i]);
    }
    return policy;
}

/* False without memory; what standard output does not take, main() notices. */
static bool write_schema(const struct schema_lines *lines)
{
    struct names names;
    const struct schema_policy policy = policy_names(&names);
    struct json_writer writer;
    size_t len;
    json_writer_init(&writer);
    schema_write(&writer, &policy, lines, &diff_lines);
    char *text = json_writer_take(&writer, &len);
    json_writer_fini(&writer);
    if (text != NULL) {
        fwrite(text, 1, len, stdout);
    }
    free(text);
    return text != NULL;
}

struct schema_options {
    bool as_markdown;
    bool of_history;
};

static int run(int argc, char **argv)
{
    struct schema_options options = {.as_markdown = false};
    struct operands operands;
    int status;
    if (!options_parse(&command_schema, &options, argc, argv, NULL, &operands, &status)) {
        return status;
    }
    if (options.as_markdown) {
        record_markdown(stdout);
    } else if (!write_schema(options.of_history ? &history_lines : NULL)) {
        log_message("out of memory");
        return 3;
    }
    return 0;
}

static const struct option_rule rules[] = {
    {"markdown", 0, NULL, OPTION_FLAG, offsetof(struct schema_options, as_markdown), NULL,
     "docs/records.md instead", .standard = "no"},
    {"history", 0, NULL, OPTION_FLAG, offsetof(struct schema_options, of_history), NULL,
     "the lines of \"mxgrade history --json\" instead", .standard = "no"},
};

static const struct option_table options = OPTION_TABLE(rules);

const struct command command_schema = {
    .name = "schema",
    .run = run,
    .summary = "the JSON Schema of every record",
    .about = "Prints the JSON Schema (draft 2020-12) of every record, on one line. A line of a "
             "result file is what the schema describes; the lines of diff, doctor and enforce, and "
             "what verify prints, are under their names in its $defs, such as #/$defs/change.",
    .options = &options,
    .operands = "",
};
