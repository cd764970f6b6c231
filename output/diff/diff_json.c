#include "output/diff/diff_json.h"

#include "output/record/record_enum.h"
#include "output/record/record_json.h"
#include "output/record/record_parts.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

static void put_number(struct json_writer *writer, const char *key, uint64_t number)
{
    json_key(writer, key);
    json_uint(writer, number);
}

static void put_string(struct json_writer *writer, const char *key, const char *string)
{
    json_key(writer, key);
    json_put_string(writer, string);
}

static void put_flag(struct json_writer *writer, const char *key, bool flag)
{
    json_key(writer, key);
    json_bool(writer, flag);
}

static void put_strings(struct json_writer *writer, const char *key, const char *const *strings,
                        size_t num)
{
    json_key(writer, key);
    json_open_array(writer);
    for (size_t i = 0; i < num; i++) {
        json_put_string(writer, strings[i]);
    }
    json_close_array(writer);
}

/* ---- About the runs ---- */

static void put_run(struct json_writer *writer, const char *key, const struct result_file *file)
{
    static const char *const fields[] = {"run",  "version",     "policy",  "policy_digest",
                                         "list", "list_sha256", "started", "now"};
    json_key(writer, key);
    json_open_object(writer);
    record_json_members(writer, &record_of_run, result_file_run(file), fields, NUM(fields));
    put_string(writer, "ending", diff_ending_name(result_file_ending(file)));
    put_number(writer, "domains", result_file_num_domains(file));
    json_close_object(writer);
}

static void put_other_options(struct json_writer *writer, const struct diff_pair *pair)
{
    struct diff_other_option option;
    json_key(writer, "other_options");
    json_open_array(writer);
    for (size_t i = 0; diff_next_other_option(pair, &i, &option);) {
        json_put_string(writer, option.name);
    }
    json_close_array(writer);
}

static void put_runs(struct json_writer *writer, const struct diff_pair *pair)
{
    put_string(writer, "type", "diff");
    put_number(writer, "schema_version", RECORD_SCHEMA_VERSION);
    put_run(writer, "old", pair->before);
    put_run(writer, "new", pair->after);
    put_flag(writer, "same_policy", pair->same_policy);
    put_other_options(writer, pair);
    put_number(writer, "expiring_days", (uint64_t)pair->options->expiring.days[0]);
}

/* ---- A change ---- */

static void put_cell(struct json_writer *writer, const char *key, const struct diff_cell *cell)
{
    json_key(writer, key);
    switch (cell->kind) {
    case DIFF_CELL_NULL:
        json_put_null(writer);
        break;
    case DIFF_CELL_NAME:
        json_put_string(writer, cell->name);
        break;
    case DIFF_CELL_NUMBER:
        json_int(writer, cell->number);
        break;
    case DIFF_CELL_BOOLEAN:
        json_bool(writer, cell->number != 0);
        break;
    }
}

static void put_moves(struct json_writer *writer, const struct diff_change *change)
{
    for (size_t i = 0; i < DIFF_MOVED_COUNT; i++) {
        const struct diff_move *move = &change->moves[i];
        if (move->direction != DIFF_SAME) {
            json_key(writer, diff_moved_name((enum diff_moved)i));
            json_open_object(writer);
            put_cell(writer, "old", &move->before);
            put_cell(writer, "new", &move->after);
            put_string(writer, "direction", diff_direction_name(move->direction));
            json_close_object(writer);
        }
    }
}

static void put_findings(struct json_writer *writer, const struct diff_findings *findings)
{
    static const char *const fields[] = {"code", "severity", "detail", "accepted"};
    if (findings->num_items == 0) {
        return;
    }
    json_key(writer, "findings");
    json_open_object(writer);
    for (unsigned state = 0; state < DIFF_FINDING_STATE_COUNT; state++) {
        json_key(writer, diff_finding_state_name((enum diff_finding_state)state));
        json_open_array(writer);
        for (size_t i = 0; i < findings->num_items; i++) {
            if (findings->items[i].state == state) {
                json_open_object(writer);
                record_json_members(writer, &record_of_finding, findings->items[i].finding, fields,
                                    NUM(fields));
                json_close_object(writer);
            }
        }
        json_close_array(writer);
    }
    json_close_object(writer);
}

static void put_questions(struct json_writer *writer, const char *key, uint32_t open)
{
    json_key(writer, key);
    json_open_array(writer);
    for (unsigned i = 0; i < QUESTION_COUNT; i++) {
        if ((open & QUESTION_BIT(i)) != 0) {
            json_put_string(writer, record_enum_name(&record_question, i));
        }
    }
    json_close_array(writer);
}

static void put_open(struct json_writer *writer, const struct diff_open *open)
{
    if (open->direction != DIFF_SAME) {
        json_key(writer, "open");
        json_open_object(writer);
        put_questions(writer, "old", open->before);
        put_questions(writer, "new", open->after);
        put_string(writer, "direction", diff_direction_name(open->direction));
        json_close_object(writer);
    }
}

static void put_preference(struct json_writer *writer, const char *key, int32_t preference)
{
    json_key(writer, key);
    if (preference < 0) {
        json_put_null(writer);
    } else {
        json_int(writer, preference);
    }
}

static void put_mx(struct json_writer *writer, const struct diff_mx *mx)
{
    if (mx->num_added + mx->num_removed + mx->num_preferences == 0) {
        return;
    }
    json_key(writer, "mx");
    json_open_object(writer);
    if (mx->num_added > 0) {
        put_strings(writer, "added", mx->added, mx->num_added);
    }
    if (mx->num_removed > 0) {
        put_strings(writer, "removed", mx->removed, mx->num_removed);
    }
    if (mx->num_preferences > 0) {
        json_key(writer, "preference");
        json_open_array(writer);
        for (size_t i = 0; i < mx->num_preferences; i++) {
            json_open_object(writer);
            put_string(writer, "host", mx->preferences[i].host);
            put_preference(writer, "old", mx->preferences[i].before);
            put_preference(writer, "new", mx->preferences[i].after);
            json_close_object(writer);
        }
        json_close_array(writer);
    }
    json_close_object(writer);
}

static void put_providers(struct json_writer *writer, const struct diff_providers *providers)
{
    if (providers->num_before > 0) {
        json_key(writer, "providers");
        json_open_object(writer);
        put_strings(writer, "old", providers->before, providers->num_before);
        put_strings(writer, "new", providers->after, providers->num_after);
        json_close_object(writer);
    }
}

/* What tells one certificate from another. */
static void put_certificate(struct json_writer *writer,
                            const struct certificate_record *certificate)
{
    static const char *const fields[] = {"subject",   "issuer", "not_before", "not_after",
                                         "days_left", "sha256", "spki_sha256"};
    json_open_object(writer);
    if (certificate != NULL) {
        record_json_members(writer, &record_of_certificate, certificate, fields, NUM(fields));
    }
    json_close_object(writer);
}

static void put_certificate_list(struct json_writer *writer, const char *key,
                                 const struct diff_certificates *certificates)
{
    json_key(writer, key);
    json_open_array(writer);
    for (size_t i = 0; i < certificates->num_items; i++) {
        put_certificate(writer, certificates->items[i]);
    }
    json_close_array(writer);
}

static void put_certificate_change(struct json_writer *writer,
                                   const struct diff_certificate *change)
{
    json_open_object(writer);
    put_string(writer, "change", diff_certificate_change_name(change->change));
    put_string(writer, "host", change->host);
    if (change->change == DIFF_REPLACED) {
        put_certificate_list(writer, "old", &change->before);
        put_certificate_list(writer, "new", &change->after);
    } else {
        json_key(writer, "days_left");
        json_int(writer, change->days_left);
        put_flag(writer, "since_before", change->is_old_news);
        json_key(writer, "certificate");
        put_certificate(writer, change->after.items[0]);
    }
    json_close_object(writer);
}

static void put_certificates(struct json_writer *writer, const struct diff_certificate_list *list)
{
    if (STAILQ_EMPTY(list)) {
        return;
    }
    json_key(writer, "certificates");
    json_open_array(writer);
    for (const struct diff_certificate *change = STAILQ_FIRST(list); change != NULL;
         change = STAILQ_NEXT(change, next)) {
        put_certificate_change(writer, change);
    }
    json_close_array(writer);
}

/* One that only one of the runs has. */
static void put_lone(struct json_writer *writer, const struct diff_change *change)
{
    static const char *const fields[] = {
        "grade", "accepted_grade", "score", "opportunistic_tls", "enforced_tls", "mail"};
    put_flag(writer, "certain", change->is_certain);
    json_key(writer, change->presence == DIFF_IN_AFTER_ALONE ? "new" : "old");
    json_open_object(writer);
    record_json_members(writer, &record_of_domain, change->domain, fields, NUM(fields));
    json_close_object(writer);
}

static void put_change(struct json_writer *writer, const struct diff_change *change)
{
    static const char *const fields[] = {"domain", "input", "line", "input_fields"};
    put_string(writer, "type", "change");
    record_json_members(writer, &record_of_domain, change->domain, fields, NUM(fields));
    put_string(writer, "verdict", diff_verdict_name(change->verdict));
    if (change->presence != DIFF_IN_BOTH) {
        put_lone(writer, change);
    }
    put_moves(writer, change);
    put_findings(writer, &change->findings);
    put_open(writer, &change->open);
    put_mx(writer, &change->mx);
    put_providers(writer, &change->providers);
    put_certificates(writer, &change->certificates);
}

/* ---- The counts ---- */

static void put_summary(struct json_writer *writer, const struct diff_totals *totals)
{
    put_string(writer, "type", "diff_summary");
    json_key(writer, "verdicts");
    json_open_object(writer);
    for (unsigned i = 0; i < DIFF_VERDICT_COUNT; i++) {
        put_number(writer, diff_verdict_name((enum diff_verdict)i), totals->verdicts[i]);
    }
    json_close_object(writer);
    put_number(writer, "compared", totals->num_compared);
    put_number(writer, "unchanged", totals->num_unchanged);
    put_number(writer, "repeated", totals->num_repeated);
    put_number(writer, "certificates_replaced", totals->certificates_replaced);
    put_number(writer, "certificates_expiring", totals->certificates_expiring);
    put_number(writer, "moved_provider", totals->moved_provider);
    put_number(writer, "enforcement_gained", totals->enforcement_gained);
    put_number(writer, "enforcement_lost", totals->enforcement_lost);
}

void diff_json_line(struct json_writer *writer, const struct diff_line *line)
{
    json_open_object(writer);
    switch (line->kind) {
    case DIFF_LINE_RUNS:
        put_runs(writer, line->pair);
        break;
    case DIFF_LINE_CHANGE:
        put_change(writer, line->change);
        break;
    case DIFF_LINE_SUMMARY:
        put_summary(writer, line->totals);
        break;
    }
    json_close_object(writer);
}
