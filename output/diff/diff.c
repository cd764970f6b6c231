#include "output/diff/diff.h"

#include <stdio.h>
#include <stdlib.h>

#include "output/diff/diff_json.h"
#include "output/diff/diff_side.h"

struct walk {
    struct diff_pair pair;
    struct diff_totals *totals;
    bool *found; /* by index: the later run has that domain of the earlier one too */
    diff_emit *emit;
    void *user;
    char *error;
    size_t error_size;
};

bool diff_totals_has_regression(const struct diff_totals *totals)
{
    return totals->verdicts[DIFF_VERDICT_REGRESSION] + totals->verdicts[DIFF_VERDICT_MIXED] > 0;
}

static bool stop(struct walk *walk, const char *error)
{
    snprintf(walk->error, walk->error_size, "%s", error);
    return false;
}

/* Takes the line over. */
static bool send(struct walk *walk, json_t *line, bool failed)
{
    bool ok = !failed && line != NULL && walk->emit(walk->user, line);
    json_decref(line);
    return ok || stop(walk, failed ? "out of memory" : "");
}

/* ---- About the runs ---- */

static const char *ending_name(enum result_ending ending)
{
    static const char *const names[] = {
        [RESULT_COMPLETE] = "complete", [RESULT_INCOMPLETE] = "incomplete", [RESULT_CUT] = "cut"};
    return names[ending];
}

static json_t *describe_run(const struct result_file *file, bool *failed)
{
    static const char *const fields[] = {
        "version", "policy", "policy_digest", "list", "list_sha256", "started", "now"};
    json_t *run = json_object();
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        diff_put_field(failed, run, fields[i], result_file_run(file));
    }
    diff_put_text(failed, run, "ending", ending_name(result_file_ending(file)));
    diff_put(failed, run, "domains", json_integer((json_int_t)result_file_num_domains(file)));
    return run;
}

/* Options that shape results and are not the same: the runs did not ask the same questions. */
static json_t *other_options(const struct walk *walk, bool *failed)
{
    const json_t *before = json_object_get(result_file_run(walk->pair.before), "options");
    const json_t *after = json_object_get(result_file_run(walk->pair.after), "options");
    json_t *names = json_array();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)after, name, value)
    {
        if (json_equal(json_object_get(before, name), value) != 1) {
            diff_append(failed, names, json_string(name));
        }
    }
    return names;
}

static bool send_header(struct walk *walk)
{
    bool failed = false;
    json_t *line = json_object();
    diff_put_text(&failed, line, "type", "diff");
    diff_put(&failed, line, "schema_version", json_integer(RECORD_SCHEMA_VERSION));
    diff_put(&failed, line, "old", describe_run(walk->pair.before, &failed));
    diff_put(&failed, line, "new", describe_run(walk->pair.after, &failed));
    diff_put(&failed, line, "same_policy", json_boolean(walk->pair.same_policy));
    diff_put(&failed, line, "other_options", other_options(walk, &failed));
    diff_put(&failed, line, "expiring_days", json_integer(walk->pair.options->expiring_days));
    return send(walk, line, failed);
}

static bool send_summary(struct walk *walk)
{
    const struct diff_totals *totals = walk->totals;
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        {"compared", totals->num_compared},
        {"unchanged", totals->num_unchanged},
        {"repeated", totals->num_repeated},
        {"certificates_replaced", totals->certificates_replaced},
        {"certificates_expiring", totals->certificates_expiring},
        {"moved_provider", totals->moved_provider},
        {"enforcement_gained", totals->enforcement_gained},
        {"enforcement_lost", totals->enforcement_lost},
    };
    bool failed = false;
    json_t *line = json_object();
    json_t *verdicts = json_object();
    diff_put_text(&failed, line, "type", "diff_summary");
    for (unsigned i = 0; i < DIFF_VERDICT_COUNT; i++) {
        diff_put(&failed, verdicts, diff_verdict_name((enum diff_verdict)i),
                 json_integer((json_int_t)totals->verdicts[i]));
    }
    diff_put(&failed, line, "verdicts", verdicts);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        diff_put(&failed, line, counts[i].name, json_integer((json_int_t)counts[i].value));
    }
    return send(walk, line, failed);
}

/* ---- Domains ---- */

static void count(struct diff_totals *totals, const struct diff_outcome *outcome)
{
    totals->verdicts[outcome->verdict]++;
    totals->certificates_replaced += outcome->num_replaced;
    totals->certificates_expiring += outcome->num_expiring;
    totals->moved_provider += outcome->num_moved;
    totals->enforcement_lost += outcome->num_enforcement_lost;
    totals->enforcement_gained += outcome->num_enforcement_gained;
}

/* One that only one of the runs has. */
static bool send_lone(struct walk *walk, const json_t *domain, enum diff_verdict verdict,
                      const struct result_file *other)
{
    bool failed = false;
    bool is_certain = result_file_ending(other) == RESULT_COMPLETE;
    json_t *line = diff_lone_domain(domain, verdict, is_certain, &failed);
    walk->totals->verdicts[verdict]++;
    return send(walk, line, failed);
}

static bool compare(struct walk *walk, const json_t *before, const json_t *after)
{
    bool failed = false;
    struct diff_outcome outcome;
    json_t *line = diff_domain(&walk->pair, before, after, &outcome, &failed);
    walk->totals->num_compared++;
    if (line == NULL && !failed) {
        walk->totals->num_unchanged++;
        return true;
    }
    count(walk->totals, &outcome);
    return send(walk, line, failed);
}

static bool take_later(struct walk *walk, size_t index, const json_t *domain)
{
    if (!result_file_is_first(walk->pair.after, index, domain)) {
        walk->totals->num_repeated++;
        return true;
    }
    size_t found;
    json_t *before = result_file_find(walk->pair.before, domain, &found);
    if (before != NULL) {
        walk->found[found] = true;
    }
    bool ok = before != NULL ? compare(walk, before, domain)
                             : send_lone(walk, domain, DIFF_VERDICT_NEW, walk->pair.before);
    json_decref(before);
    return ok;
}

static bool take_earlier(struct walk *walk, size_t index, const json_t *domain)
{
    return !result_file_is_first(walk->pair.before, index, domain) ||
           send_lone(walk, domain, DIFF_VERDICT_VANISHED, walk->pair.after);
}

/* Those that `done`, where it is given, does not name. */
static bool for_each(struct walk *walk, const struct result_file *file, const bool *done,
                     bool (*take)(struct walk *walk, size_t index, const json_t *domain))
{
    for (size_t i = 0; i < result_file_num_domains(file); i++) {
        if (done != NULL && done[i]) {
            continue;
        }
        json_t *domain = result_file_domain(file, i);
        if (domain == NULL) {
            return stop(walk, "a record cannot be read again: was the file changed meanwhile?");
        }
        bool ok = take(walk, i, domain);
        json_decref(domain);
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool is_same_policy(const struct result_file *before, const struct result_file *after)
{
    const json_t *old_digest = json_object_get(result_file_run(before), "policy_digest");
    const json_t *new_digest = json_object_get(result_file_run(after), "policy_digest");
    return json_equal(old_digest, new_digest) == 1;
}

bool diff_run(const struct result_file *before, const struct result_file *after,
              const struct diff_options *options, diff_emit *emit, void *user,
              struct diff_totals *out_totals, char *out_error, size_t error_size)
{
    struct walk walk = {
        .pair = {before, after, options, is_same_policy(before, after)},
        .totals = out_totals,
        .emit = emit,
        .user = user,
        .error = out_error,
        .error_size = error_size,
    };
    *out_totals = (struct diff_totals){0};
    walk.found = calloc(result_file_num_domains(before) + 1, sizeof(*walk.found));
    if (walk.found == NULL) {
        return stop(&walk, "out of memory");
    }
    bool ok = send_header(&walk) && for_each(&walk, after, NULL, take_later) &&
              for_each(&walk, before, walk.found, take_earlier) && send_summary(&walk);
    free(walk.found);
    return ok;
}
