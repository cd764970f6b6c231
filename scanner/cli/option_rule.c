#include "scanner/cli/option_rule.h"

#include <string.h>

#include "scanner/cli/option_values.h"

static const char *read_flag(const char *value, bool *out)
{
    if (!option_is_yes(value) && strcmp(value, "no") != 0 && strcmp(value, "false") != 0) {
        return "not one of true, yes, false, no";
    }
    *out = option_is_yes(value);
    return NULL;
}

static const char *read_off(const char *value, bool *out)
{
    if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0) {
        return "not one of on, off";
    }
    *out = strcmp(value, "off") == 0;
    return NULL;
}

static const char *add_text(struct config_texts *texts, unsigned source, const char *value)
{
    if (texts->source != source) {
        texts->num_items = 0;
        texts->source = source;
    }
    if (texts->num_items == CONFIG_LIST_MAX) {
        return "given too often";
    }
    texts->items[texts->num_items++] = value;
    return NULL;
}

const char *option_read(const struct option_rule *rule, void *settings, unsigned source,
                        const char *value)
{
    void *field = (char *)settings + rule->offset;
    const char *problem = NULL;
    bool is_set = true;
    if (rule->argument == NULL) {
        value = value != NULL ? value : "yes";
        problem = read_flag(value, &is_set);
    }
    if (problem != NULL) {
        return problem;
    }
    switch (rule->kind) {
    case OPTION_FLAG:
        *(bool *)field = is_set;
        return NULL;
    case OPTION_OFF:
        return read_off(value, field);
    case OPTION_TEXT:
    case OPTION_FILE:
        *(const char **)field = value;
        return NULL;
    case OPTION_TEXTS:
    case OPTION_FILES:
        return add_text(field, source, value);
    case OPTION_COUNT:
        return read_count(value, field);
    case OPTION_NUMBER:
        return read_number(value, field);
    case OPTION_PORT:
        return read_port(value, field);
    case OPTION_SECONDS:
        return read_seconds(value, field);
    case OPTION_RATE:
        return read_rate(value, field);
    case OPTION_SPECIAL:
        return rule->read(settings, value);
    case OPTION_CONFIGURATION:
        break;
    }
    return "a file of options cannot stand here";
}

const struct option_rule *option_find(const struct option_table *table, const char *name)
{
    for (size_t i = 0; i < table->num_rules; i++) {
        if (strcmp(table->rules[i].name, name) == 0) {
            return &table->rules[i];
        }
    }
    return NULL;
}

bool option_is_repeatable(const struct option_rule *rule)
{
    return rule->kind == OPTION_TEXTS || rule->kind == OPTION_FILES;
}

bool option_is_yes(const char *value)
{
    return strcmp(value, "yes") == 0 || strcmp(value, "true") == 0;
}
