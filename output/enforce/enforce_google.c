/* Lists for the compliance setting "Secure transport (TLS)" of Google Workspace. */
#include "output/enforce/enforce_format.h"

static void begin_google(struct enforce_out *out, const struct enforce_head *head)
{
    enforce_put_head(out, head,
                     "Address lists for \"Secure transport (TLS) compliance\" of Google Workspace, "
                     "outbound.");
    fputs("# Checked for its form only: no Google has taken it. Lines with # are for you.\n"
          "# Google heeds MTA-STS by itself; these lists demand TLS beside it.\n",
          out->stream);
}

static void entry_google(struct enforce_out *out, const struct enforce_record *record)
{
    enforce_put_remarks(out, record);
    if (record->level != ENFORCE_NONE) {
        enforce_group_add(out, record);
    }
}

static void put_list(struct enforce_out *out, enum enforce_level level, const char *options)
{
    const struct enforce_group *group = &out->groups[level];
    fprintf(out->stream, "# List \"mxgrade %s\", %zu domains: %s\n", enforce_level_name(level),
            group->num, options);
    for (size_t i = 0; i < group->num; i++) {
        fprintf(out->stream, "%s\n", group->domains[i]);
    }
}

static void end_google(struct enforce_out *out)
{
    put_list(out, ENFORCE_VERIFY,
             "\"Require CA-signed certificate\" and \"Validate certificate hostname\" on");
    put_list(out, ENFORCE_ENCRYPT,
             "\"Require CA-signed certificate\" and \"Validate certificate hostname\" off");
}

const struct enforce_format enforce_google = {begin_google, entry_google, end_google};
