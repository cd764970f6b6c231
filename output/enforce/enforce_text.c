#include <stdint.h>
#include <string.h>

#include "output/enforce/enforce_format.h"
#include "output/record/record_enum.h"
#include "output/record/text_safe.h"

static const char *delivers_text(enum tri delivers)
{
    return record_enum_name(&record_verdict, delivers);
}

/* ---- A domain ---- */

static void begin_text(struct enforce_out *out, const struct enforce_head *head)
{
    (void)out; /* the command says of the run what there is to say */
    (void)head;
}

/* What strangers may have said. */
static void put_foreign(FILE *stream, const char *text)
{
    text_safe_write(stream, text, strlen(text), SIZE_MAX, true);
}

static void put_names(FILE *stream, const struct enforce_record *record)
{
    for (size_t i = 0; i < record->num_names; i++) {
        fputs(i == 0 ? "  names " : " ", stream);
        put_foreign(stream, record->names[i]);
    }
    if (record->names_from != ENFORCE_NAMES_NONE) {
        fprintf(stream, " (%s)",
                record->names_from == ENFORCE_NAMES_UNSIGNED_MX
                    ? "taken on trust: the MX records are not signed"
                    : record_enum_name(&record_enforce_names, record->names_from));
    }
    if (record->stale > 0) {
        fputs("  stale after ", stream);
        enforce_put_date(stream, record->stale);
    }
}

static void entry_text(struct enforce_out *out, const struct enforce_record *record)
{
    FILE *stream = out->stream;
    put_foreign(stream, record->domain);
    fprintf(stream, "  %s", enforce_level_name(record->level));
    put_names(stream, record);
    fputc('\n', stream);
    if (!record->takes_mail) {
        fputs("    takes no mail\n", stream);
        return;
    }
    for (size_t i = 0; i < record->num_answers; i++) {
        const struct enforce_answer *answer = &record->answers[i];
        if (answer->level > record->level && answer->delivers != TRI_YES) {
            fprintf(stream, "    %s: %s: ", enforce_level_name(answer->level),
                    delivers_text(answer->delivers));
            put_foreign(stream, answer->reason);
            fputc('\n', stream);
        }
    }
    for (size_t i = 0; i < record->num_notes; i++) {
        fputs("    note: ", stream);
        put_foreign(stream, record->notes[i]);
        fputc('\n', stream);
    }
}

static void end_text(struct enforce_out *out)
{
    (void)out;
}

const struct enforce_format enforce_text = {begin_text, entry_text, end_text};

/* ---- Who would fail ---- */

void would_fail_text(struct enforce_out *out, const struct would_fail_record *record)
{
    const struct enforce_answer *answer = &record->answer;
    fprintf(out->stream, "%s  %s: %s\n", record->domain,
            answer->others_deliver ? "at some hosts" : delivers_text(answer->delivers),
            answer->reason);
}
