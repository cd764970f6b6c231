#include "scanner/cli/command_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/record/record_markdown.h"
#include "output/record/schema.h"
#include "scanner/base/log.h"
#include "scanner/grading/policy.h"
#include "scanner/grading/profile.h"

static const char usage[] =
    "usage: mxgrade schema               the JSON Schema (draft 2020-12) of every record, on one "
    "line\n"
    "       mxgrade schema --markdown    docs/records.md\n";

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
static bool write_schema(void)
{
    struct names names;
    const struct schema_policy policy = policy_names(&names);
    struct json_writer writer;
    size_t len;
    json_writer_init(&writer);
    schema_write(&writer, &policy);
    char *text = json_writer_take(&writer, &len);
    json_writer_fini(&writer);
    if (text != NULL) {
        fwrite(text, 1, len, stdout);
    }
    free(text);
    return text != NULL;
}

int command_schema(int argc, char **argv)
{
    bool as_markdown = argc == 2 && strcmp(argv[1], "--markdown") == 0;
    if (argc > 1 && !as_markdown) {
        bool help = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0;
        fputs(usage, help ? stdout : stderr);
        return help ? 0 : 2;
    }
    if (as_markdown) {
        record_markdown(stdout);
    } else if (!write_schema()) {
        log_message("out of memory");
        return 3;
    }
    return 0;
}
