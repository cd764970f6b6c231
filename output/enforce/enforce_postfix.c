#include <string.h>

#include "output/enforce/enforce_format.h"

static void begin_postfix(struct enforce_out *out, const struct enforce_head *head)
{
    enforce_put_head(out, head,
                     "smtp_tls_policy_maps of Postfix 3.4 and later: docs/enforce.md says how.");
    fputs("# A domain without an entry has smtp_tls_security_level of main.cf.\n", out->stream);
}

/* postconf(5), smtp_tls_verify_cert_match: "name" is that name, ".name" each below it. */
static void put_match(FILE *stream, const struct enforce_record *record)
{
    for (size_t i = 0; i < record->num_names; i++) {
        const char *name = record->names[i];
        bool is_pattern = strncmp(name, "*.", 2) == 0;
        fprintf(stream, "%s%s", i == 0 ? " match=" : ":", is_pattern ? name + 1 : name);
    }
}

/* The scan has named the server in the handshake, which Postfix does only where it is told to;
 * RFC 8461 section 4.2 demands it. "dane-only" always does. */
static void put_server_name(FILE *stream, const struct enforce_record *record)
{
    fputs(record->without_sni ? "" : " servername=hostname", stream);
}

static void entry_postfix(struct enforce_out *out, const struct enforce_record *record)
{
    enforce_put_remarks(out, record);
    switch (record->level) {
    case ENFORCE_DANE:
        fprintf(out->stream, "%s dane-only\n", record->domain);
        return;
    case ENFORCE_MTA_STS:
    case ENFORCE_SECURE:
    case ENFORCE_VERIFY:
        fprintf(out->stream, "%s %s", record->domain,
                record->level == ENFORCE_VERIFY ? "verify" : "secure");
        put_match(out->stream, record);
        break;
    case ENFORCE_ENCRYPT:
        fprintf(out->stream, "%s encrypt", record->domain);
        break;
    default:
        return;
    }
    put_server_name(out->stream, record);
    fputc('\n', out->stream);
}

static void end_postfix(struct enforce_out *out)
{
    (void)out;
}

const struct enforce_format enforce_postfix = {begin_postfix, entry_postfix, end_postfix};
