#include "scanner/grading/policy.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "io/base/hex.h"

#define LINE_MAX_LEN 128 /* of a row in the digest */

/* The weights alone, one row a line, so that the same weights have the same digest anywhere. */
void policy_seal(struct policy *policy)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256_CTX context;
    SHA256_Init(&context);
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        const struct finding_rule *rule = &policy->rules[i];
        char line[LINE_MAX_LEN];
        int len = snprintf(line, sizeof(line), "%s %s %s %u\n", rule->code,
                           severity_name(rule->severity), grade_name(rule->cap), rule->deduction);
        SHA256_Update(&context, line, (size_t)len);
    }
    SHA256_Final(digest, &context);
    *hex_write(policy->digest, digest, POLICY_DIGEST_LEN / 2, HEX_LOWER) = '\0';
}

void policy_init(struct policy *policy)
{
    (void)snprintf(policy->name, sizeof(policy->name), "%s", POLICY_VERSION);
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        policy->rules[i] = *policy_rule((enum finding_code)i);
    }
    policy->accepted = NULL;
    policy_seal(policy);
}

enum finding_code policy_find(const char *code)
{
    unsigned i = 0;
    while (i < FINDING_COUNT && strcmp(policy_rule((enum finding_code)i)->code, code) != 0) {
        i++;
    }
    return (enum finding_code)i;
}

enum grade policy_cap(const struct policy *policy, const struct finding_set *set)
{
    enum grade cap = GRADE_U;
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        if (finding_set_has(set, (enum finding_code)i)) {
            cap = policy_worse(cap, policy->rules[i].cap);
        }
    }
    return cap;
}

unsigned policy_deductions(const struct policy *policy, const struct finding_set *set)
{
    unsigned deductions = 0;
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        deductions += finding_set_has(set, (enum finding_code)i) ? policy->rules[i].deduction : 0;
    }
    return deductions;
}

enum grade policy_worse(enum grade a, enum grade b)
{
    /* The letters are declared from best to worst; U and N stand before them. */
    return a > b ? a : b;
}

/* Whether `rule`, with its severity in a record, matters more than `other`. */
static bool matters_more(const struct finding_rule *rule, enum severity severity,
                         const struct finding_rule *other, enum severity other_severity)
{
    if (severity != other_severity) {
        return severity > other_severity;
    }
    return rule->cap != other->cap ? rule->cap > other->cap : rule->deduction > other->deduction;
}

const struct finding_rule *policy_worst(const struct domain_record *domain)
{
    const struct finding_rule *worst = NULL;
    enum severity worst_severity = SEVERITY_INFO;
    bool has_letter = domain->grade != GRADE_U && domain->grade != GRADE_N;
    for (size_t i = 0; i < domain->num_findings; i++) {
        const struct finding *finding = &domain->findings[i];
        enum finding_code code = finding->code != NULL ? policy_find(finding->code) : FINDING_COUNT;
        if (code == FINDING_COUNT || (has_letter && finding->severity == SEVERITY_INFO)) {
            continue;
        }
        const struct finding_rule *rule = policy_rule(code);
        if (worst == NULL || matters_more(rule, finding->severity, worst, worst_severity)) {
            worst = rule;
            worst_severity = finding->severity;
        }
    }
    return worst;
}

unsigned policy_score(enum grade grade, unsigned deductions)
{
    /* `full` is how many points of deduction use up the letter's band. */
    static const struct {
        unsigned low, high, full;
    } bands[GRADE_COUNT] = {
        [GRADE_A_PLUS] = {95, 100, 20}, [GRADE_A] = {85, 94, 20},  [GRADE_B] = {70, 84, 60},
        [GRADE_C] = {50, 69, 120},      [GRADE_D] = {25, 49, 150}, [GRADE_F] = {0, 24, 100},
    };
    unsigned full = bands[grade].full;
    if (full == 0) {
        return 0; /* U and N have no score */
    }
    unsigned used = deductions < full ? deductions : full;
    return bands[grade].high - used * (bands[grade].high - bands[grade].low) / full;
}
