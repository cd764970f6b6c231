#include "scanner/cli/explain_markdown.h"

#include "scanner/grading/policy.h"
#include "scanner/grading/profile.h"

static void put_grades(FILE *stream)
{
    fputs("## Grades\n\n| grade | meaning | score |\n| --- | --- | --- |\n", stream);
    for (unsigned i = GRADE_A_PLUS; i <= GRADE_F; i++) {
        enum grade grade = (enum grade)i;
        fprintf(stream, "| %s | %s | %u to %u |\n", grade_name(grade), grade_meaning(grade),
                policy_score(grade, POLICY_DEDUCTIONS_ALL), policy_score(grade, 0));
    }
    fprintf(stream, "| U | %s | none |\n| N | %s | none |\n\n", grade_meaning(GRADE_U),
            grade_meaning(GRADE_N));
    fputs("An endpoint's grade is the lowest cap of its findings. A domain's is the lowest of the\n"
          "caps of all its graded endpoints' findings (but for `no_dane`) and of its own; an\n"
          "address without TLS beside others with it counts as `starttls_on_some` alone, and so\n"
          "does one beside others that were not observed, as these may have TLS. The score is\n"
          "the top of the letter's band, less the deductions as far as the band goes. What could\n"
          "not be observed is not graded and lowers nothing.\n\n",
          stream);
}

static void put_findings(FILE *stream)
{
    fputs("## Findings\n\n", stream);
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        const struct finding_rule *rule = policy_rule((enum finding_code)i);
        fprintf(stream, "### %s\n\n%s. %s\n\n", rule->code, rule->title, rule->why);
        fprintf(stream, "* %s; cap %s; %u points\n* to do: %s\n* source: %s\n",
                severity_name(rule->severity),
                rule->cap == GRADE_U ? "none" : grade_name(rule->cap), rule->deduction,
                rule->remedy, rule->source);
        for (unsigned k = 0; k < PROFILE_COUNT; k++) {
            if ((rule->profiles & PROFILE_BIT(k)) != 0) {
                fprintf(stream, "* profile: %s\n", profile_name((enum profile)k));
            }
        }
        fputc('\n', stream);
    }
}

static void put_profiles(FILE *stream)
{
    fputs("## Profiles\n\nAn endpoint reaches the lowest level that any rule allows. Rules that\n"
          "could not be decided are listed as `open`, and the level is then `unknown`, unless\n"
          "another rule allows only the worst one. Suites and groups take `--depth deep`.\n\n",
          stream);
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        const struct profile_table *table = profile_table((enum profile)i);
        fprintf(stream, "### %s\n\n%s. Source: %s. Levels:", profile_name((enum profile)i),
                table->title, table->source);
        for (int k = 0; k <= profile_worst(table); k++) {
            fprintf(stream, " `%s`", table->levels[k]);
        }
        fprintf(stream, ".%s%s%s\n", table->limits != NULL ? " Not looked at: " : "",
                table->limits != NULL ? table->limits : "", table->limits != NULL ? "." : "");
        fputs("\n| rule | what | where |\n| --- | --- | --- |\n", stream);
        for (size_t k = 0; k < table->num_rules; k++) {
            const struct profile_rule *rule = &table->rules[k];
            fprintf(stream, "| `%s` | %s | %s |\n", rule->code, rule->title, rule->source);
        }
        fputc('\n', stream);
    }
}

void explain_markdown(FILE *stream)
{
    fprintf(stream,
            "# Policy %s\n\nMade by `mxgrade explain --markdown` from the tables that grade.\n\n",
            POLICY_VERSION);
    put_grades(stream);
    put_findings(stream);
    put_profiles(stream);
}
