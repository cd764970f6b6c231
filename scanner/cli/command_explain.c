#include "scanner/cli/command_explain.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "output/report/text_wrap.h"
#include "scanner/cli/explain_markdown.h"
#include "scanner/base/log.h"
#include "scanner/cli/options.h"
#include "scanner/grading/policy.h"
#include "scanner/grading/profile.h"

#define INDENT     2
#define WEIGHT_MAX 256

static const enum grade letters[] = {GRADE_A_PLUS, GRADE_A, GRADE_B, GRADE_C,
                                     GRADE_D,      GRADE_F, GRADE_U, GRADE_N};

#define NUM_LETTERS (sizeof(letters) / sizeof(letters[0]))

static unsigned width(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static const char *cap_name(const struct finding_rule *rule)
{
    return rule->cap == GRADE_U ? "-" : grade_name(rule->cap);
}

static void print_line(const struct finding_rule *rule)
{
    printf("  %-28s %-8s %-3s %3u  %s\n", rule->code, severity_name(rule->severity), cap_name(rule),
           rule->deduction, rule->title);
}

/* ---- Everything ---- */

static void print_all(void)
{
    printf("Policy %s. A finding caps the grade at a letter (-: it does not) and takes points off\n"
           "the score within it. \"mxgrade explain CODE\" says more.\n\n",
           POLICY_VERSION);
    printf("  %-28s %-8s %-3s %3s  %s\n", "CODE", "SEVERITY", "CAP", "OFF", "WHAT WAS SEEN");
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        print_line(policy_rule((enum finding_code)i));
    }
    printf("\nGrades:\n");
    for (size_t i = 0; i < NUM_LETTERS; i++) {
        printf("  %-2s  %s\n", grade_name(letters[i]), grade_meaning(letters[i]));
    }
}

/* ---- A finding: text that can go to the supplier as it is ---- */

static void print_profiles(const struct finding_rule *rule)
{
    const char *label = "Guidelines: ";
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        if ((rule->profiles & PROFILE_BIT(i)) != 0) {
            text_wrap(stdout, INDENT, label, profile_table((enum profile)i)->title, width());
            label = "            ";
        }
    }
}

static void print_weight(const struct finding_rule *rule)
{
    char text[WEIGHT_MAX];
    if (rule->cap == GRADE_U) {
        (void)snprintf(text, sizeof(text), "no cap, %u points off the score", rule->deduction);
    } else {
        (void)snprintf(text, sizeof(text), "at best %s (%s), %u points off the score",
                       grade_name(rule->cap), grade_meaning(rule->cap), rule->deduction);
    }
    text_wrap(stdout, INDENT, "Grade:      ", text, width());
}

static void print_finding(const struct finding_rule *rule)
{
    printf("%s (%s)\n\n", rule->code, severity_name(rule->severity));
    text_wrap(stdout, INDENT, "What:       ", rule->title, width());
    text_wrap(stdout, INDENT, "Why:        ", rule->why, width());
    text_wrap(stdout, INDENT, "What to do: ", rule->remedy, width());
    text_wrap(stdout, INDENT, "Source:     ", rule->source, width());
    print_profiles(rule);
    print_weight(rule);
}

/* ---- A grade ---- */

/* What no finding says of a letter. */
static const char *grade_note(enum grade grade)
{
    switch (grade) {
    case GRADE_A_PLUS:
        return "It takes the absence of every cap: TLS 1.3 beside 1.2 at the oldest, forward "
               "secrecy, "
               "a certificate that holds on every address, and enforcement that was seen to work "
               "(DANE valid on every MX host, or a valid MTA-STS policy in enforce).";
    case GRADE_U:
        return "No server said anything about TLS: time-outs, resets, refusals of this scanner, "
               "DNS "
               "failures. The outcome of each endpoint says which. It is no verdict on the "
               "supplier; "
               "scan again, or from another address.";
    case GRADE_N:
        return "A null MX (RFC 7505) says that no mail is wanted, so there is nothing to encrypt.";
    default:
        return "The lowest letter of a domain's endpoints counts, since a sender, or an attacker, "
               "may "
               "pick any of them.";
    }
}

static void print_grade(enum grade grade)
{
    printf("%s: %s\n\n", grade_name(grade), grade_meaning(grade));
    text_wrap(stdout, INDENT, "", grade_note(grade), width());
    bool any = false;
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        const struct finding_rule *rule = policy_rule((enum finding_code)i);
        if (rule->cap == grade && grade != GRADE_U) {
            printf("%s", any ? "" : "\nFindings that cap the grade here:\n");
            print_line(rule);
            any = true;
        }
    }
}

/* ---- A profile ---- */

static void print_profile(enum profile profile)
{
    const struct profile_table *table = profile_table(profile);
    printf("%s: %s\n  levels:", profile_name(profile), table->title);
    for (int i = 0; i <= profile_worst(table); i++) {
        printf(" %s", table->levels[i]);
    }
    printf(", or unknown\n  source: %s\n\n", table->source);
    for (size_t i = 0; i < table->num_rules; i++) {
        const struct profile_rule *rule = &table->rules[i];
        printf("  %-24s %s (%s)\n", rule->code, rule->title, rule->source);
    }
    if (table->limits != NULL) {
        printf("\n  Not looked at: %s.\n", table->limits);
    }
}

static void print_policy_help(void)
{
    printf("A policy file changes what findings weigh, one a line:\n"
           "\n"
           "  # a comment\n"
           "  name acme-2026\n"
           "  tls10          cap=C deduction=20 severity=high\n"
           "  no_enforcement cap=none\n"
           "\n"
           "cap is A+, A, B, C, D, F or none; deduction 0 to 1000 points; severity info, low,\n"
           "medium, high or critical. What is unknown is refused with its line number. Records\n"
           "then name the policy \"%s+acme-2026\" and its digest.\n",
           POLICY_VERSION);
}

/* ---- What is it? ---- */

static bool explain(const char *word)
{
    enum finding_code code = policy_find(word);
    if (code != FINDING_COUNT) {
        print_finding(policy_rule(code));
        return true;
    }
    for (size_t i = 0; i < NUM_LETTERS; i++) {
        if (strcasecmp(word, grade_name(letters[i])) == 0) {
            print_grade(letters[i]);
            return true;
        }
    }
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        if (strcmp(word, profile_name((enum profile)i)) == 0) {
            print_profile((enum profile)i);
            return true;
        }
    }
    if (strcmp(word, "policy") == 0) {
        print_policy_help();
        return true;
    }
    return false;
}

struct explain_options {
    bool as_markdown;
};

static int run(int argc, char **argv)
{
    struct explain_options options = {.as_markdown = false};
    struct operands operands;
    int status;
    if (!options_parse(&command_explain, &options, argc, argv, NULL, &operands, &status)) {
        return status;
    }
    if (options.as_markdown) {
        explain_markdown(stdout);
    } else if (operands.num == 0) {
        print_all();
    }
    for (int i = 0; i < operands.num && !options.as_markdown; i++) {
        if (i > 0) {
            putchar('\n');
        }
        if (!explain(operands.names[i])) {
            log_message("\"%s\" is no finding, grade or profile; \"mxgrade explain\" lists them",
                        operands.names[i]);
            return 2;
        }
    }
    return 0;
}

static const struct option_rule rules[] = {
    {"markdown", 0, NULL, OPTION_FLAG, offsetof(struct explain_options, as_markdown), NULL,
     "all of it, as docs/policy.md has it", .standard = "no"},
};

static const struct option_table options = OPTION_TABLE(rules);

const struct command command_explain = {
    .name = "explain",
    .run = run,
    .summary = "what a finding, a grade or a profile means",
    .about = "Without TOPIC: every finding, in short. TOPIC is one of these:\n"
             "\n"
             "  CODE     a finding: what, why, what to do, whose rule\n"
             "  GRADE    a letter, and what leads to it\n"
             "  PROFILE  a guideline's rules: rfc9325, ncsc_nl_2025_05, mozilla, pci_dss\n"
             "  policy   how to re-weight findings with --policy FILE",
    .options = &options,
    .operands = "[TOPIC...]",
    .operand = OPERAND_TOPIC,
    .max_operands = COMMAND_OPERANDS_ANY,
};
