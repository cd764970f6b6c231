#include "scanner/cli/option_origins.h"

#include <stdlib.h>
#include <string.h>

void option_origins_init(struct option_origins *origins)
{
    STAILQ_INIT(&origins->given);
}

void option_origins_fini(struct option_origins *origins)
{
    struct option_given *given;
    while ((given = STAILQ_FIRST(&origins->given)) != NULL) {
        STAILQ_REMOVE_HEAD(&origins->given, next);
        free(given);
    }
}

bool option_origins_add(struct option_origins *origins, const struct option_rule *rule,
                        const char *value, const struct option_place *place)
{
    struct option_given *given = malloc(sizeof(*given));
    if (given == NULL) {
        return false;
    }
    *given = (struct option_given){.rule = rule, .value = value, .place = *place};
    STAILQ_INSERT_TAIL(&origins->given, given, next);
    return true;
}

static bool ends(const struct option_given *given, const struct option_rule *rule)
{
    return given->rule->contrary != NULL && strcmp(given->rule->contrary, rule->name) == 0 &&
           (given->value == NULL || option_is_yes(given->value));
}

const struct option_given *option_origins_find(const struct option_origins *origins,
                                               const struct option_rule *rule, bool *out_is_no)
{
    const struct option_given *found = NULL;
    *out_is_no = false;
    for (const struct option_given *given = STAILQ_FIRST(&origins->given); given != NULL;
         given = STAILQ_NEXT(given, next)) {
        bool is_same_source = found != NULL && found->place.source == given->place.source;
        if (given->rule == rule && !(option_is_repeatable(rule) && is_same_source)) {
            found = given;
            *out_is_no =
                given->value != NULL && rule->argument == NULL && !option_is_yes(given->value);
        } else if (ends(given, rule)) {
            found = given;
            *out_is_no = true;
        }
    }
    return found;
}
