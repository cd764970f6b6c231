#include "output/report/report_since.h"

#define ERROR_MAX 256

static void put_string(struct json_writer *out, const char *key, const char *string)
{
    json_key(out, key);
    json_put_string(out, string);
}

static void put_letter(struct json_writer *out, const struct diff_cell *cell)
{
    json_put_string(out, cell->kind == DIFF_CELL_NAME ? cell->name : NULL);
}

static void put_codes(struct json_writer *out, const struct diff_findings *findings,
                      enum diff_finding_state state)
{
    json_open_array(out);
    for (size_t i = 0; i < findings->num_items; i++) {
        if (findings->items[i].state == state) {
            json_put_string(out, findings->items[i].finding->code);
        }
    }
    json_close_array(out);
}

/* The letters: where they did not move, both are that of the record. */
static void put_letters(struct json_writer *out, const struct diff_change *change)
{
    const struct diff_move *move = &change->moves[DIFF_MOVED_GRADE];
    bool is_new = change->presence == DIFF_IN_AFTER_ALONE;
    bool is_gone = change->presence == DIFF_IN_BEFORE_ALONE;
    if (is_new || is_gone || move->direction == DIFF_SAME) {
        const char *letter = grade_name(change->domain->grade);
        json_put_string(out, is_new ? NULL : letter);
        json_put_string(out, is_gone ? NULL : letter);
    } else {
        put_letter(out, &move->before);
        put_letter(out, &move->after);
    }
}

static void put_change(struct json_writer *out, const struct diff_change *change)
{
    json_open_array(out);
    if (change->domain->domain != NULL) {
        json_put_string(out, change->domain->domain);
    } else {
        json_text(out, change->domain->input, SIZE_MAX);
    }
    json_put_string(out, diff_verdict_name(change->verdict));
    put_letters(out, change);
    put_codes(out, &change->findings, DIFF_OPENED);
    put_codes(out, &change->findings, DIFF_CLOSED);
    json_bool(out, change->is_certain);
    json_close_array(out);
}

static bool take_line(void *user, const struct diff_line *line)
{
    struct json_writer *out = user;
    switch (line->kind) {
    case DIFF_LINE_RUNS:
        json_key(out, "changes");
        json_open_array(out);
        break;
    case DIFF_LINE_CHANGE:
        put_change(out, line->change);
        break;
    case DIFF_LINE_SUMMARY:
        json_close_array(out);
        json_key(out, "compared");
        json_uint(out, line->totals->num_compared);
        json_key(out, "unchanged");
        json_uint(out, line->totals->num_unchanged);
        break;
    }
    return json_writer_text(out).bytes != NULL;
}

bool report_since(struct json_writer *out, const struct diff_pair *pair)
{
    char error[ERROR_MAX];
    struct diff_totals totals;
    if (pair == NULL) {
        json_put_null(out);
        return true;
    }
    json_open_object(out);
    json_key(out, "started");
    json_time(out, result_file_run(pair->before)->started, true);
    put_string(out, "ending", diff_ending_name(result_file_ending(pair->before)));
    json_key(out, "same_policy");
    json_bool(out, pair->same_policy);
    if (!diff_run(pair, take_line, out, &totals, error, sizeof(error))) {
        return false;
    }
    json_close_object(out);
    return true;
}
