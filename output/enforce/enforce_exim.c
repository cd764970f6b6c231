#include "output/enforce/enforce_format.h"

static void begin_exim(struct enforce_out *out, const struct enforce_head *head)
{
    enforce_put_head(out, head,
                     "A table for lsearch, read by the router and the transport in docs/enforce.md "
                     "(Exim 4.94 and later).");
    fputs("# A domain without an entry is left to your other routers.\n", out->stream);
}

static void entry_exim(struct enforce_out *out, const struct enforce_record *record)
{
    enforce_put_remarks(out, record);
    if (record->level == ENFORCE_NONE) {
        return;
    }
    fprintf(out->stream, "%s: level=%s", record->domain, enforce_level_name(record->level));
    for (size_t i = 0; i < record->num_names; i++) {
        fprintf(out->stream, "%s%s", i == 0 ? " hosts=" : ":", record->names[i]);
    }
    fprintf(out->stream, " sni=%s\n", record->without_sni ? "no" : "yes");
}

static void end_exim(struct enforce_out *out)
{
    (void)out;
}

const struct enforce_format enforce_exim = {begin_exim, entry_exim, end_exim};
