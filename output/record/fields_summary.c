#include "output/record/field_rows.h"

#define RECORD struct share

static const struct record_field share[] = {
    TEXT("key", key, "The country, the autonomous system or the organisational domain.",
         CUT_AT(NAME_TEXT_MAX), NULLABLE),
    COUNT("endpoints", endpoints, "How many endpoints are there."),
    COUNT("domains", domains, "Of how many domains the first MX host is there."),
};

static const struct record_object of_share = {.name = "share",
                                              .title = "share",
                                              .sentence = "A row of a concentration table.",
                                              FIELDS(share)};

#undef RECORD
#define RECORD struct acceptance_counts

static bool is_told(const void *record)
{
    const struct acceptance_counts *counts = record;
    return counts->num_acceptances > 0;
}

static const struct record_field accepted_counts[] = {
    COUNT("domains", domains, "Domains that have a finding that is accepted."),
    COUNT("endpoints", endpoints, "Endpoints that have one."),
    COUNTS("domain_grades", domain_grades, grade,
           "How many domains have which letter where accepted findings do not count. `--fail-on` "
           "goes by these."),
    COUNT("acceptances", num_acceptances,
          "Lines of the file of `--accept`; absent with the four below where nobody has counted "
          "them, as in a file that was merged.",
          NULL_UNLESS_SAID(is_told), ABSENT),
    COUNT("expired", num_expired, "Of these, how many have ended.", NULL_UNLESS_SAID(is_told),
          ABSENT),
    STRINGS("expired_lines", expired, num_expired_named, "The first 50 of them.",
            NULL_UNLESS_SAID(is_told), ABSENT),
    COUNT("unused", num_unused,
          "Those that hold, and whose finding was not seen: 0 of a run that was cut short or is a "
          "shard, where it may be elsewhere.",
          NULL_UNLESS_SAID(is_told), ABSENT),
    STRINGS("unused_lines", unused, num_unused_named, "The first 50 of them.",
            NULL_UNLESS_SAID(is_told), ABSENT),
};

static const struct record_object of_accepted_counts = {
    .name = "accepted_counts",
    .title = "accepted (of the summary)",
    .sentence = "What `--accept` comes to.",
    FIELDS(accepted_counts),
};

#undef RECORD
#define RECORD struct summary_record

static bool has_accepted(const void *record)
{
    const struct acceptance_counts *counts = &((const struct summary_record *)record)->accepted;
    return counts->num_acceptances > 0 || counts->domains > 0 || counts->endpoints > 0;
}

static const struct record_field merged[] = {
    COUNT("files", merged_files, "How many files were joined."),
    INTEGER("not_scanned", not_scanned,
            "Lines of their lists that have no record, as a run was cut short or a shard is "
            "missing; null where nobody knows how many.",
            NULL_IF_NEGATIVE),
};

static const struct record_object of_merged = {
    .name = "merged",
    .title = "merged (of a file that was joined from others)",
    .sentence = "What `mxgrade merge` made the file of.",
    FIELDS(merged),
};

static bool is_merged(const void *record)
{
    const struct summary_record *summary_of_file = record;
    return summary_of_file->merged_files > 0;
}

static const struct record_field summary[] = {
    CONSTANT("type", "summary", "The kind of line."),
    RUN_ROW(run, "The id of the run, as in its `run` record."),
    POLICY_ROWS,
    BOOLEAN("complete", complete,
            "Every line that was read was begun and has its record, and none was given up for lack "
            "of memory."),
    BOOLEAN("interrupted", interrupted, "The run was stopped by a signal."),
    BOOLEAN("port_blocked", port_blocked,
            "Connections of 20 unrelated networks or more came to the same, such as a time-out, "
            "and none got an answer."),
    BOOLEAN("dns_failed", dns_failed,
            "The resolver was silent, failed each question, or answered falsely.", ADDED),
    ENUM("void_reason", enum void_reason, void_reason, void_reason,
         "Why the run is void, as its `run_void` record says; null where its records count.",
         NULLABLE, ADDED),
    STRING("unrouted_family", unrouted,
           "`ipv4` or `ipv6`: this machine has no route or no `--source` for the family, and mail "
           "hosts have "
           "addresses of it. They were left out.",
           NULLABLE, ADDED),
    COUNT("addresses_unrouted", addresses_unrouted, "How many addresses were left out for that.",
          ADDED),
    BOOLEAN(
        "resolver_blamed", resolver_blamed,
        "So many domains failed to validate that the resolver is blamed for it, and nobody else.",
        ADDED),
    COUNT("signed_domains", signed_domains,
          "Domains whose MX answer is signed, and those with a bogus answer.", ADDED),
    COUNT("bogus_domains", bogus_domains,
          "Of these, how many have an answer that failed to validate: for MX records, or for the "
          "addresses or TLSA records of a host.",
          ADDED),
    COUNT("lines", lines, "Lines of the list, those of other shards too."),
    COUNT("lines_read", lines_read, "Lines of this shard that were read.", ADDED),
    COUNT("lines_begun", lines_begun, "Lines whose first question was asked, or that needed none.",
          ADDED),
    COUNT("lines_written", lines_written, "Lines whose record is in the file.", ADDED),
    COUNT("carried_over", carried_over,
          "Lines whose record was taken over from an earlier file (`--since`). Absent where none "
          "was.",
          NULLABLE, ABSENT),
    COUNT("domains", domains,
          "Lines that name a domain; the counts of domains below add up to it."),
    COUNT("invalid_lines", invalid_lines, "Lines that name none."),
    COUNT("endpoints", endpoints, "Endpoint lines."),
    COUNT("connections", connections, "Connections made."),
    COUNT("connections_saved", connections_saved, "Dialogues that shared work made unnecessary."),
    COUNT("dns_questions", dns_questions, "Questions sent to resolvers."),
    COUNTS("domain_grades", domain_grades, grade, "How many domains have which letter."),
    COUNTS("endpoint_grades", endpoint_grades, grade, "How many endpoints have which letter."),
    OBJECT("accepted", struct acceptance_counts, accepted, of_accepted_counts,
           "What `--accept` comes to; absent where nothing is accepted.",
           NULL_UNLESS_SAID(has_accepted), ABSENT),
    COUNTS("outcomes", outcomes, outcome,
           "How many endpoints have which outcome; those that none has are left out.", ABSENT),
    COUNTS("mail", mail, mail_kind, "How many domains say where their mail goes in which way.",
           ADDED),
    COUNTS("opportunistic_tls", opportunistic, opportunistic_tls,
           "How many domains have which answer."),
    COUNTS("enforced_tls", enforced, enforced_tls, "How many domains have which answer."),
    OBJECTS("countries", struct share, countries, num_countries, of_share,
            "Concentration by country, largest first, at most 50."),
    OBJECTS("networks", struct share, networks, num_networks, of_share,
            "Concentration by autonomous system, likewise."),
    OBJECTS("providers", struct share, providers, num_providers, of_share,
            "Concentration by organisational domain, likewise."),
    STRINGS("revised_servers", revised_servers, num_revised_servers,
            "Servers, the first 50, that were seen to offer or accept STARTTLS after a record had "
            "said that they do not: a record rests on what was seen when it was written.",
            ADDED),
    SECONDS("seconds", seconds, "How long the run took.", NULL_IF_NEGATIVE),
    SECONDS("seconds_to_half", seconds_to_half, "How long half of the lines took.",
            NULL_IF_NEGATIVE),
    SECONDS("seconds_to_95", seconds_to_95, "How long 95 % of the lines took.", NULL_IF_NEGATIVE),
    SECONDS("dns_share", dns_seconds_share,
            "0 to 1: the share of DNS questions in the time that questions and dialogues took, "
            "summed.",
            NULL_IF_NEGATIVE),
    INSTANT("finished", finished, "When the run ended."),
    PART("merged", of_merged, "Of a file that `mxgrade merge` wrote; absent otherwise.",
         NULL_UNLESS_SAID(is_merged), ABSENT),
};

const struct record_object record_of_summary = {
    .name = "summary",
    .title = "summary (the last line)",
    .sentence = "The last line.",
    FIELDS(summary),
};
