#include "output/diff/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/file/run_match.h"
#include "io/base/shard.h"

struct walk {
    const struct diff_pair *pair;
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

static bool send(struct walk *walk, const struct diff_line *line)
{
    return walk->emit(walk->user, line) || stop(walk, "");
}

/* ---- About the runs ---- */

static const char *const ending_names[] = {
    [RESULT_COMPLETE] = "complete", [RESULT_INCOMPLETE] = "incomplete", [RESULT_CUT] = "cut"};
const struct record_enum diff_endings = {.name = "diff_ending",
                                         .values = ending_names,
                                         .num_values =
                                             sizeof(ending_names) / sizeof(ending_names[0])};

const char *diff_ending_name(enum result_ending ending)
{
    return record_enum_name(&diff_endings, ending);
}

struct diff_pair diff_pair_of(const struct result_file *before, const struct result_file *after,
                              const struct diff_options *options)
{
    const char *old_digest = result_file_run(before)->policy_digest;
    const char *new_digest = result_file_run(after)->policy_digest;
    return (struct diff_pair){
        .before = before,
        .after = after,
        .options = options,
        .same_policy = old_digest != NULL && diff_same_string(old_digest, new_digest),
    };
}

bool diff_next_other_option(const struct diff_pair *pair, size_t *inout_index,
                            struct diff_other_option *out_option)
{
    const struct run_record *before = result_file_run(pair->before);
    const struct run_record *after = result_file_run(pair->after);
    while (*inout_index < after->num_options) {
        const struct run_option *option = &after->options[(*inout_index)++];
        const char *earlier = run_option_value(before, option->name);
        if (!diff_same_string(earlier, option->value)) {
            *out_option = (struct diff_other_option){option->name, earlier, option->value};
            return true;
        }
    }
    return false;
}

/* ---- Domains ---- */

static void count(struct diff_totals *totals, const struct diff_change *change)
{
    enum diff_direction enforced = change->moves[DIFF_MOVED_ENFORCED].direction;
    totals->verdicts[change->verdict]++;
    totals->enforcement_lost += enforced == DIFF_WORSE;
    totals->enforcement_gained += enforced == DIFF_BETTER;
    totals->moved_provider += change->providers.num_before > 0;
    for (const struct diff_certificate *item = STAILQ_FIRST(&change->certificates); item != NULL;
         item = STAILQ_NEXT(item, next)) {
        *(item->change == DIFF_REPLACED ? &totals->certificates_replaced
                                        : &totals->certificates_expiring) += 1;
    }
}

static bool send_change(struct walk *walk, const struct diff_change *change)
{
    count(walk->totals, change);
    return send(walk, &(struct diff_line){DIFF_LINE_CHANGE, walk->pair, change, NULL});
}

/* Would the file have the domain if the list of its run had it? Not if it was cut, or if it is of
 * another part of the list. */
static bool would_have(const struct result_file *file, const struct domain_record *domain)
{
    const char *name = domain->domain != NULL ? domain->domain : domain->input.bytes;
    size_t len = domain->domain != NULL ? strlen(name) : domain->input.len;
    const char *text = run_option_value(result_file_run(file), "shard");
    struct shard shard;
    return result_file_ending(file) == RESULT_COMPLETE &&
           (text == NULL || name == NULL || !shard_read(text, &shard) ||
            shard_has(shard, name, len));
}

/* One that only one of the runs has. */
static bool send_lone(struct walk *walk, const struct domain_record *domain,
                      enum diff_presence presence)
{
    bool is_later = presence == DIFF_IN_AFTER_ALONE;
    bool is_certain = would_have(is_later ? walk->pair->before : walk->pair->after, domain);
    enum diff_verdict certain = is_later ? DIFF_VERDICT_NEW : DIFF_VERDICT_VANISHED;
    enum diff_verdict uncertain =
        is_later ? DIFF_VERDICT_OBSERVED_AGAIN : DIFF_VERDICT_NOT_OBSERVED;
    struct diff_change change = {
        .verdict = is_certain ? certain : uncertain,
        .presence = presence,
        .domain = domain,
        .is_certain = is_certain,
        .certificates = STAILQ_HEAD_INITIALIZER(change.certificates),
    };
    return send_change(walk, &change);
}

static bool compare(struct walk *walk, const struct domain_record *before,
                    const struct domain_record *after, struct arena *arena)
{
    struct diff_change change;
    walk->totals->num_compared++;
    if (!diff_domain(walk->pair, before, after, arena, &change)) {
        return stop(walk, "out of memory");
    }
    if (diff_change_is_empty(&change)) {
        walk->totals->num_unchanged++;
        return true;
    }
    return send_change(walk, &change);
}

static bool take_later(struct walk *walk, size_t index, const struct domain_record *domain,
                       struct arena *arena)
{
    if (!result_file_is_first(walk->pair->after, index, domain)) {
        walk->totals->num_repeated++;
        return true;
    }
    size_t found;
    struct domain_record before;
    if (!result_file_find(walk->pair->before, domain, arena, &before, &found)) {
        return send_lone(walk, domain, DIFF_IN_AFTER_ALONE);
    }
    walk->found[found] = true;
    return compare(walk, &before, domain, arena);
}

static bool take_earlier(struct walk *walk, size_t index, const struct domain_record *domain,
                         struct arena *arena)
{
    (void)arena;
    return !result_file_is_first(walk->pair->before, index, domain) ||
           send_lone(walk, domain, DIFF_IN_BEFORE_ALONE);
}

typedef bool take_domain(struct walk *walk, size_t index, const struct domain_record *domain,
                         struct arena *arena);

/* Those that `done`, where it is given, does not name. */
static bool for_each(struct walk *walk, const struct result_file *file, const bool *done,
                     take_domain *take)
{
    bool ok = true;
    for (size_t i = 0; ok && i < result_file_num_domains(file); i++) {
        struct arena arena = {0};
        struct domain_record domain;
        if (done != NULL && done[i]) {
            continue;
        }
        ok = result_file_domain(file, i, &arena, &domain)
                 ? take(walk, i, &domain, &arena)
                 : stop(walk, "a record cannot be read again: was the file changed meanwhile?");
        arena_free(&arena);
    }
    return ok;
}

bool diff_run(const struct diff_pair *pair, diff_emit *emit, void *user,
              struct diff_totals *out_totals, char *out_error, size_t error_size)
{
    struct walk walk = {
        .pair = pair,
        .totals = out_totals,
        .emit = emit,
        .user = user,
        .error = out_error,
        .error_size = error_size,
    };
    *out_totals = (struct diff_totals){0};
    walk.found = calloc(result_file_num_domains(pair->before) + 1, sizeof(*walk.found));
    if (walk.found == NULL) {
        return stop(&walk, "out of memory");
    }
    bool ok = send(&walk, &(struct diff_line){DIFF_LINE_RUNS, pair, NULL, NULL}) &&
              for_each(&walk, pair->after, NULL, take_later) &&
              for_each(&walk, pair->before, walk.found, take_earlier) &&
              send(&walk, &(struct diff_line){DIFF_LINE_SUMMARY, pair, NULL, out_totals});
    free(walk.found);
    return ok;
}
