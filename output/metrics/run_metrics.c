#include "output/metrics/run_metrics.h"

#include "output/metrics/metrics_text.h"

static void put_run(FILE *stream, double started, const struct summary_record *summary)
{
    metrics_seconds(stream, "mxgrade_run_start_timestamp_seconds", "When the run began.", started);
    metrics_seconds(stream, "mxgrade_run_end_timestamp_seconds", "When the run ended.",
                    summary->finished);
    metrics_seconds(stream, "mxgrade_run_duration_seconds", "How long the run took.",
                    summary->seconds);
    metrics_flag(stream, "mxgrade_run_complete",
                 "1 if every line of the list has its record, 0 if the run was cut short.",
                 summary->complete);
    metrics_flag(stream, "mxgrade_run_interrupted", "1 if a signal stopped the run.",
                 summary->interrupted);
    metrics_flag(stream, "mxgrade_run_port_blocked",
                 "1 if connections of unrelated networks came to nothing.", summary->port_blocked);
    metrics_flag(stream, "mxgrade_run_dns_failed",
                 "1 if the resolver was silent, failed each question, or answered falsely.",
                 summary->dns_failed);
    metrics_flag(stream, "mxgrade_run_resolver_blamed",
                 "1 if so much failed to validate that the resolver is blamed for it.",
                 summary->resolver_blamed);
    metrics_flag(stream, "mxgrade_run_void",
                 "1 if something on the way spoke in place of the servers.",
                 summary->void_reason != VOID_NONE);
}

static void put_work(FILE *stream, const struct summary_record *summary)
{
    metrics_count(stream, "mxgrade_run_lines_read", "Lines of the list that were read.",
                  summary->lines_read);
    metrics_count(stream, "mxgrade_run_lines_begun", "Lines whose first question was asked.",
                  summary->lines_begun);
    metrics_count(stream, "mxgrade_run_lines_written", "Lines whose record is in the results.",
                  summary->lines_written);
    metrics_count(stream, "mxgrade_run_lines_invalid", "Lines that name no domain.",
                  summary->invalid_lines);
    metrics_count(stream, "mxgrade_run_connections", "Connections that the run made.",
                  summary->connections);
    metrics_count(stream, "mxgrade_run_connections_saved",
                  "Connections that shared work made unnecessary.", summary->connections_saved);
    metrics_count(stream, "mxgrade_run_dns_questions", "Questions that resolvers were asked.",
                  summary->dns_questions);
    metrics_count(stream, "mxgrade_run_addresses_unrouted",
                  "Addresses left out, as this machine has no route for their family.",
                  summary->addresses_unrouted);
}

static void put_results(FILE *stream, const struct summary_record *summary)
{
    metrics_counts(stream, "mxgrade_domains", "Domains by their grade.", "grade", &record_grade,
                   summary->domain_grades);
    metrics_counts(stream, "mxgrade_domains_opportunistic_tls",
                   "Domains by whether mail to them is encrypted.", "answer",
                   &record_opportunistic_tls, summary->opportunistic);
    metrics_counts(stream, "mxgrade_domains_enforced_tls", "Domains by how TLS is enforced.",
                   "answer", &record_enforced_tls, summary->enforced);
    metrics_counts(stream, "mxgrade_domains_mail", "Domains by where their mail goes.", "mail",
                   &record_mail_kind, summary->mail);
    metrics_count(stream, "mxgrade_domains_signed", "Domains whose MX answer is signed, or bogus.",
                  summary->signed_domains);
    metrics_count(stream, "mxgrade_domains_bogus", "Domains with an answer that does not validate.",
                  summary->bogus_domains);
    metrics_counts(stream, "mxgrade_endpoints", "Endpoints by their grade.", "grade", &record_grade,
                   summary->endpoint_grades);
    metrics_counts(stream, "mxgrade_endpoints_outcome", "Endpoints by what became of them.",
                   "outcome", &record_outcome, summary->outcomes);
}

void run_metrics_write(FILE *stream, const char *version, double started,
                       const struct summary_record *summary)
{
    metrics_family(stream, "mxgrade_build_info", "The program, by its version.");
    metrics_sample(stream, "mxgrade_build_info", "version", version, 1);
    metrics_family(stream, "mxgrade_policy_info", "The grading policy, by its name.");
    metrics_sample(stream, "mxgrade_policy_info", "policy",
                   summary->policy != NULL ? summary->policy : "", 1);
    put_run(stream, started, summary);
    put_work(stream, summary);
    put_results(stream, summary);
}
