#include "output/report/report_facts.h"

#include <string.h>

#include "output/file/run_match.h"
#include "output/record/record_json.h"
#include "output/report/report_fields.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

static void put_string(struct json_writer *out, const char *key, const char *string)
{
    json_key(out, key);
    json_put_string(out, string);
}

/* ---- The run ---- */

static void put_options(struct json_writer *out, const struct run_record *run)
{
    static const char *const names[] = {"depth", "services", "hosts", "shard"};
    json_key(out, "options");
    json_open_object(out);
    for (size_t i = 0; run != NULL && i < NUM(names); i++) {
        const char *value = run_option_value(run, names[i]);
        if (value != NULL) {
            put_string(out, names[i], value);
        }
    }
    json_close_object(out);
}

void report_facts_run(struct json_writer *out, const struct run_record *run)
{
    static const char *const names[] = {"version", "policy", "policy_digest", "started", "now"};
    json_open_object(out);
    if (run != NULL) {
        record_json_members(out, &record_of_run, run, names, NUM(names));
    }
    if (run != NULL && run->list != NULL) {
        const char *slash = strrchr(run->list, '/');
        put_string(out, "list", slash != NULL ? slash + 1 : run->list);
    }
    put_options(out, run);
    json_close_object(out);
}

void report_facts_summary(struct json_writer *out, const struct summary_record *summary)
{
    static const char *const names[] = {"complete", "interrupted", "port_blocked", "dns_failed",
                                        "finished", "lines",       "connections",  "seconds"};
    if (summary == NULL) {
        json_put_null(out);
        return;
    }
    json_open_object(out);
    record_json_members(out, &record_of_summary, summary, names, NUM(names));
    json_close_object(out);
}

/* ---- Words ---- */

void report_facts_outcomes(struct json_writer *out)
{
    json_open_object(out);
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        put_string(out, outcome_name((enum outcome)i), outcome_text((enum outcome)i));
    }
    json_close_object(out);
}

void report_facts_grades(struct json_writer *out)
{
    json_open_object(out);
    for (unsigned i = 0; i < GRADE_COUNT; i++) {
        put_string(out, grade_name((enum grade)i), grade_meaning((enum grade)i));
    }
    json_close_object(out);
}

void report_facts_questions(struct json_writer *out)
{
    json_open_object(out);
    for (unsigned i = 0; i < record_question.num_values; i++) {
        put_string(out, record_question.values[i], record_question.meanings[i]);
    }
    json_close_object(out);
}

void report_facts_findings(struct json_writer *out, const struct report_rows *rows,
                           const struct report_words *words)
{
    json_open_object(out);
    for (size_t i = 0; i < rows->codes.count; i++) {
        const struct report_code *seen = &rows->seen_codes[i];
        const struct finding_rule *rule = words->rule_of(seen->code);
        json_key_text(out, (struct text){seen->code, strlen(seen->code)}, SIZE_MAX);
        json_open_object(out);
        put_string(out, "severity", severity_name(seen->severity));
        if (rule != NULL) {
            put_string(out, "title", rule->title);
            put_string(out, "why", rule->why);
            put_string(out, "remedy", rule->remedy);
            put_string(out, "source", rule->source);
            put_string(out, "cap", rule->cap != GRADE_U ? grade_name(rule->cap) : NULL);
        }
        json_close_object(out);
    }
    json_close_object(out);
}

void report_facts_fields(struct json_writer *out)
{
    static const struct {
        const char *name;
        enum report_fields_of which;
    } tables[] = {
        {"endpoint", REPORT_OF_ENDPOINT},
        {"certificate", REPORT_OF_CERTIFICATE},
        {"domain", REPORT_OF_DOMAIN},
        {"mx", REPORT_OF_MX},
    };
    json_open_object(out);
    for (size_t i = 0; i < NUM(tables); i++) {
        json_key(out, tables[i].name);
        report_fields_names(tables[i].which, out);
    }
    json_close_object(out);
}
