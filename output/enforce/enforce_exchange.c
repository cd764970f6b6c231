/* New-OutboundConnector of Exchange Online PowerShell. A name has no quote, so that it cannot end
 * the string that it stands in. */
#include "output/enforce/enforce_format.h"

#define DOMAINS_MAX 200 /* of one connector, so that a line stays readable */

static void begin_exchange(struct enforce_out *out, const struct enforce_head *head)
{
    enforce_put_head(out, head, "Connectors of Exchange Online, as a PowerShell script.");
    fputs("# Checked for its form only: no Exchange has run it. Read it before you do.\n"
          "# Exchange Online heeds DANE and MTA-STS by itself; these connectors demand TLS beside "
          "them.\n"
          "# CertificateValidation asks for a trusted certificate, of whatever name.\n"
          "$ErrorActionPreference = 'Stop'\n",
          out->stream);
}

static void begin_connector(struct enforce_out *out, const char *level)
{
    fprintf(out->stream,
            "New-OutboundConnector -Name 'mxgrade %s %u' -ConnectorType Partner "
            "-UseMXRecord $true -RecipientDomains @(",
            level, ++out->num_written);
}

/* The one name that all hosts share is with the domain, so that each has a connector. */
static void entry_exchange(struct enforce_out *out, const struct enforce_record *record)
{
    enforce_put_remarks(out, record);
    if (record->level == ENFORCE_SECURE && record->num_names == 1) {
        begin_connector(out, "secure");
        fprintf(out->stream, "'%s') -TlsSettings DomainValidation -TlsDomain '%s'\n",
                record->domain, record->names[0]);
    } else if (record->level != ENFORCE_NONE) {
        enforce_group_add(out, record);
    }
}

static void put_group(struct enforce_out *out, enum enforce_level level, const char *settings)
{
    const struct enforce_group *group = &out->groups[level];
    for (size_t i = 0; i < group->num; i++) {
        bool is_first = i % DOMAINS_MAX == 0;
        if (is_first) {
            begin_connector(out, enforce_level_name(level));
        }
        fprintf(out->stream, "%s'%s'", is_first ? "" : ", ", group->domains[i]);
        if (i + 1 == group->num || (i + 1) % DOMAINS_MAX == 0) {
            fprintf(out->stream, ") -TlsSettings %s\n", settings);
        }
    }
}

static void end_exchange(struct enforce_out *out)
{
    put_group(out, ENFORCE_VERIFY, "CertificateValidation");
    put_group(out, ENFORCE_ENCRYPT, "EncryptionOnly");
}

const struct enforce_format enforce_exchange = {begin_exchange, entry_exchange, end_exchange};
