#include "scanner/grading/policy_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANK " \t\r\n"

static const char *set_cap(struct finding_rule *rule, const char *value)
{
    enum grade cap;
    if (strcmp(value, "none") == 0) {
        rule->cap = GRADE_U;
        return NULL;
    }
    if (!grade_from_name(value, &cap) || cap == GRADE_U || cap == GRADE_N) {
        return "cap is A+, A, B, C, D, F or none";
    }
    rule->cap = cap;
    return NULL;
}

static const char *set_deduction(struct finding_rule *rule, const char *value)
{
    char *end;
    errno = 0;
    unsigned long deduction = strtoul(value, &end, 10);
    if (!isdigit((unsigned char)value[0]) || *end != '\0' || errno != 0 ||
        deduction > POLICY_DEDUCTION_MAX) {
        return "deduction is a number from 0 to 1000";
    }
    rule->deduction = (unsigned)deduction;
    return NULL;
}

static const char *set_severity(struct finding_rule *rule, const char *value)
{
    for (int i = SEVERITY_INFO; i <= SEVERITY_CRITICAL; i++) {
        if (strcmp(value, severity_name((enum severity)i)) == 0) {
            rule->severity = (enum severity)i;
            return NULL;
        }
    }
    return "severity is info, low, medium, high or critical";
}

static const char *set_one(struct finding_rule *rule, char *word)
{
    static const struct {
        const char *key;
        const char *(*set)(struct finding_rule *rule, const char *value);
    } settings[] = {
        {"cap", set_cap},
        {"deduction", set_deduction},
        {"severity", set_severity},
    };
    char *equals = strchr(word, '=');
    if (equals == NULL) {
        return "what follows the code is cap=, deduction= or severity=";
    }
    *equals = '\0';
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        if (strcmp(word, settings[i].key) == 0) {
            return settings[i].set(rule, equals + 1);
        }
    }
    return "what follows the code is cap=, deduction= or severity=";
}

static const char *set_name(struct policy *policy, const char *name)
{
    if (name == NULL) {
        return "name needs a name";
    }
    for (const char *at = name; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at) && strchr("._-", *at) == NULL) {
            return "a name is letters, digits, dots, hyphens and underscores";
        }
    }
    int len = snprintf(policy->name, sizeof(policy->name), "%s+%s", POLICY_VERSION, name);
    return len > 0 && (size_t)len < sizeof(policy->name) ? NULL : "the name is too long";
}

const char *policy_file_apply(struct policy *policy, char *line)
{
    char *rest = NULL;
    line[strcspn(line, "#")] = '\0';
    char *code = strtok_r(line, BLANK, &rest);
    if (code == NULL) {
        return NULL;
    }
    char *word = strtok_r(NULL, BLANK, &rest);
    if (strcmp(code, "name") == 0) {
        return strtok_r(NULL, BLANK, &rest) == NULL ? set_name(policy, word) : "a name is one word";
    }
    enum finding_code found = policy_find(code);
    if (found == FINDING_COUNT) {
        return "there is no finding of that code (\"mxgrade explain\" lists them)";
    }
    if (word == NULL) {
        return "nothing is set: cap=, deduction= or severity=";
    }
    const char *problem = NULL;
    while (problem == NULL && word != NULL) {
        problem = set_one(&policy->rules[found], word);
        word = strtok_r(NULL, BLANK, &rest);
    }
    return problem;
}

static const char *apply_whole_line(struct policy *policy, char *line)
{
    size_t len = strlen(line);
    if (len + 1 == POLICY_FILE_LINE_MAX && line[len - 1] != '\n') {
        return "the line is too long";
    }
    return policy_file_apply(policy, line);
}

bool policy_file_read(struct policy *policy, const char *path, char *out_error, size_t error_size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        snprintf(out_error, error_size, "%s: %s", path, strerror(errno));
        return false;
    }
    char line[POLICY_FILE_LINE_MAX];
    const char *problem = NULL;
    unsigned number = 0;
    (void)set_name(policy, "custom"); /* unless the file says better */
    while (problem == NULL && fgets(line, sizeof(line), file) != NULL) {
        number++;
        problem = apply_whole_line(policy, line);
    }
    if (problem == NULL && ferror(file)) {
        problem = "cannot be read";
    }
    fclose(file);
    if (problem != NULL) {
        snprintf(out_error, error_size, "%s, line %u: %s", path, number, problem);
        return false;
    }
    policy_seal(policy);
    return true;
}
