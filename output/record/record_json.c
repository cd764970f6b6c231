#include "output/record/record_json.h"

#include <string.h>

#include "output/record/field.h"

/* ---- Run ---- */

void record_json_run(struct json_writer *writer, const struct run_record *record)
{
    json_open_object(writer);
    field_string(writer, "type", "run");
    field_uint(writer, "schema_version", RECORD_SCHEMA_VERSION);
    field_string(writer, "version", record->version);
    field_policy(writer, record->policy, record->policy_digest);
    field_text(writer, "list", (struct text){record->list, strlen(record->list)}, INPUT_TEXT_MAX);
    field_string(writer, "list_sha256", record->list_sha256);
    json_key(writer, "options");
    json_open_object(writer);
    for (size_t i = 0; i < record->num_options; i++) {
        const char *value = record->options[i].value;
        field_text(writer, record->options[i].name, (struct text){value, strlen(value)},
                   INPUT_TEXT_MAX);
    }
    json_close_object(writer);
    field_time(writer, "started", record->started, true);
    field_time(writer, "now", record->now, false);
    json_close_object(writer);
}

/* ---- Summary ---- */

static void field_grades(struct json_writer *writer, const char *key,
                         const uint64_t grades[GRADE_COUNT])
{
    static const enum grade order[] = {GRADE_A_PLUS, GRADE_A, GRADE_B, GRADE_C,
                                       GRADE_D,      GRADE_F, GRADE_U, GRADE_N};
    json_key(writer, key);
    json_open_object(writer);
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        field_uint(writer, grade_name(order[i]), grades[order[i]]);
    }
    json_close_object(writer);
}

static void field_shares(struct json_writer *writer, const char *key, const struct share *shares,
                         size_t num)
{
    json_key(writer, key);
    json_open_array(writer);
    for (size_t i = 0; i < num; i++) {
        json_open_object(writer);
        field_text(writer, "key", shares[i].key, NAME_TEXT_MAX);
        field_uint(writer, "endpoints", shares[i].endpoints);
        field_uint(writer, "domains", shares[i].domains);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void field_seconds(struct json_writer *writer, const char *key, double seconds)
{
    json_key(writer, key);
    if (seconds < 0) {
        json_put_null(writer);
    } else {
        json_double(writer, seconds, 3);
    }
}

static void field_counts(struct json_writer *writer, const struct summary_record *record)
{
    field_uint(writer, "lines", record->lines);
    field_uint(writer, "lines_read", record->lines_read);
    field_uint(writer, "lines_begun", record->lines_begun);
    field_uint(writer, "lines_written", record->lines_written);
    field_uint(writer, "domains", record->domains);
    field_uint(writer, "invalid_lines", record->invalid_lines);
    field_uint(writer, "endpoints", record->endpoints);
    field_uint(writer, "connections", record->connections);
    field_uint(writer, "connections_saved", record->connections_saved);
    field_uint(writer, "dns_questions", record->dns_questions);
    field_grades(writer, "domain_grades", record->domain_grades);
    field_grades(writer, "endpoint_grades", record->endpoint_grades);
    json_key(writer, "outcomes");
    json_open_object(writer);
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        if (record->outcomes[i] > 0) {
            field_uint(writer, outcome_name((enum outcome)i), record->outcomes[i]);
        }
    }
    json_close_object(writer);
}

static void field_answers(struct json_writer *writer, const struct summary_record *record)
{
    json_key(writer, "mail");
    json_open_object(writer);
    for (unsigned i = 0; i <= MAIL_NONE; i++) {
        field_uint(writer, mail_kind_name((enum mail_kind)i), record->mail[i]);
    }
    json_close_object(writer);
    json_key(writer, "opportunistic_tls");
    json_open_object(writer);
    for (unsigned i = 0; i <= OPPORTUNISTIC_YES; i++) {
        field_uint(writer, opportunistic_tls_name((enum opportunistic_tls)i),
                   record->opportunistic[i]);
    }
    json_close_object(writer);
    json_key(writer, "enforced_tls");
    json_open_object(writer);
    for (unsigned i = 0; i <= ENFORCED_BOTH; i++) {
        field_uint(writer, enforced_tls_name((enum enforced_tls)i), record->enforced[i]);
    }
    json_close_object(writer);
}

void record_json_summary(struct json_writer *writer, const struct summary_record *record)
{
    json_open_object(writer);
    field_string(writer, "type", "summary");
    field_policy(writer, record->policy, record->policy_digest);
    field_bool(writer, "complete", record->complete);
    field_bool(writer, "interrupted", record->interrupted);
    field_bool(writer, "port_blocked", record->port_blocked);
    field_bool(writer, "dns_failed", record->dns_failed);
    field_counts(writer, record);
    field_answers(writer, record);
    field_shares(writer, "countries", record->countries, record->num_countries);
    field_shares(writer, "networks", record->networks, record->num_networks);
    field_shares(writer, "providers", record->providers, record->num_providers);
    field_seconds(writer, "seconds", record->seconds);
    field_seconds(writer, "seconds_to_half", record->seconds_to_half);
    field_seconds(writer, "seconds_to_95", record->seconds_to_95);
    field_seconds(writer, "dns_share", record->dns_seconds_share);
    field_time(writer, "finished", record->finished, true);
    json_close_object(writer);
}
