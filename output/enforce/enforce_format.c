#include "output/enforce/enforce_format.h"

#include <string.h>

#include "io/base/calendar.h"

#define DATE_LEN 10 /* of "2026-11-23T12:00:00Z" */

void enforce_put_date(FILE *stream, double seconds_since_1970)
{
    char time[CALENDAR_TEXT_MAX];
    size_t len = calendar_write(seconds_since_1970, false, time);
    fprintf(stream, "%.*s", DATE_LEN, len > 0 ? time : "an unknown day");
}

void enforce_put_head(struct enforce_out *out, const struct enforce_head *head, const char *title)
{
    fprintf(out->stream, "# %s\n# Made by mxgrade enforce from a scan of ", title);
    enforce_put_date(out->stream, head->scanned);
    fputs(".\n", out->stream);
    if (head->is_cut) {
        fputs("# The scan was cut short: domains may be missing.\n", out->stream);
    }
}

/* Why the level above none that is easiest to reach does not hold. */
static void put_reason(struct enforce_out *out, const struct enforce_record *record)
{
    const struct enforce_answer *answer = &record->answers[0];
    fprintf(out->stream, "# %s: no level: %s\n", record->domain,
            answer->reason != NULL ? answer->reason : "this sender has none that holds");
}

void enforce_put_remarks(struct enforce_out *out, const struct enforce_record *record)
{
    if (record->level == ENFORCE_NONE) {
        put_reason(out, record);
    }
    for (size_t i = 0; i < record->num_notes; i++) {
        fprintf(out->stream, "# %s: %s\n", record->domain, record->notes[i]);
    }
    if (record->names_from == ENFORCE_NAMES_UNSIGNED_MX) {
        fprintf(out->stream, "# %s: the names are from an unsigned MX, taken on trust\n",
                record->domain);
    }
    if (record->stale > 0) {
        fprintf(out->stream, "# %s: stale after ", record->domain);
        enforce_put_date(out->stream, record->stale);
        fputs(", by max_age of the MTA-STS policy\n", out->stream);
    }
}

static bool grow(struct enforce_out *out, struct enforce_group *group)
{
    size_t max = group->max > 0 ? 2 * group->max : 64;
    const char **domains = arena_alloc(&out->arena, max * sizeof(*domains));
    if (domains == NULL) {
        return false;
    }
    for (size_t i = 0; i < group->num; i++) {
        domains[i] = group->domains[i];
    }
    group->domains = domains;
    group->max = max;
    return true;
}

void enforce_group_add(struct enforce_out *out, const struct enforce_record *record)
{
    struct enforce_group *group = &out->groups[record->level];
    const char *domain = arena_copy(&out->arena, record->domain, strlen(record->domain));
    if (domain != NULL && (group->num < group->max || grow(out, group))) {
        group->domains[group->num++] = domain;
    } else {
        out->has_failed = true;
    }
}

void enforce_out_fini(struct enforce_out *out)
{
    arena_free(&out->arena);
}
