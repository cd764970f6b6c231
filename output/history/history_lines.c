#include "output/history/history_lines.h"

#include "output/record/field_rows.h"

/* ---- A run ---- */

#define RECORD struct history_run

static const struct record_field run[] = {
    CONSTANT("type", "history_run", "The kind of line: a run of the history."),
    INTEGER("run", key.id, "The number by which it is named."),
    INSTANT("started", run.started, "When it began."),
    STRING("list", run.list, "Its list as the command line named it.", NULLABLE),
    STRING("policy", run.policy, "The policy that graded.", NULLABLE),
    STRING("policy_digest", run.policy_digest, "What tells that policy from others.", NULLABLE),
    COUNT("domains", summary.domains, "How many domains it had."),
    COUNT("endpoints", summary.endpoints, "How many endpoints."),
    COUNTS("domain_grades", summary.domain_grades, grade, "Domains by letter."),
    COUNTS("opportunistic_tls", summary.opportunistic, opportunistic_tls,
           "Domains by that answer."),
    COUNTS("enforced_tls", summary.enforced, enforced_tls, "Domains by that answer."),
};

const struct record_object history_line_of_run = {
    .name = "history_run", .title = "history_run", .sentence = "A run.", FIELDS(run)};

#undef RECORD

/* ---- A span ---- */

#define SPAN_ROWS                                                                                  \
    INTEGER("first_run", span.first_run, "The number of the first run that had it."),              \
        INSTANT("first_seen", span.first_seen, "When that began."),                                \
        INTEGER("last_run", span.last_run, "The number of the last run that had it."),             \
        INSTANT("last_seen", span.last_seen, "When that began."),                                  \
        COUNT("runs", span.num_runs, "How many runs had it."),                                     \
        BOOLEAN("current", span.is_current, "Whether the latest run of the history had it.")

#define RECORD struct history_past

static const struct record_field past[] = {
    CONSTANT("type", "history", "The kind of line: the first one of a domain."),
    STRING("domain", domain, "The domain in A-label form."),
    COUNT("history_runs", num_runs, "How many runs the history has."),
    SPAN_ROWS,
};

const struct record_object history_line_of_past = {
    .name = "history", .title = "history", .sentence = "A domain.", FIELDS(past)};

#undef RECORD
#define RECORD struct history_change

static bool has_score(const void *record)
{
    const struct history_change *change = record;
    return change->is_listed && change->grade != GRADE_U && change->grade != GRADE_N;
}

static const struct record_field change[] = {
    CONSTANT("type", "history_change", "The kind of line: what the domain was from a run on."),
    INTEGER("run", run, "The number of that run."),
    INSTANT("seen", seen, "When it began."),
    BOOLEAN("listed", is_listed, "False: the run did not have the domain; what follows is null."),
    ENUM("grade", enum grade, grade, grade, "The letter.", NULL_UNLESS(is_listed)),
    COUNT("score", score, "0 to 100; null for U and N, too.", NULL_UNLESS_SAID(has_score)),
    ENUM("mail", enum mail_kind, mail, mail_kind, "As in its record.", NULL_UNLESS(is_listed)),
    ENUM("opportunistic_tls", enum opportunistic_tls, opportunistic, opportunistic_tls,
         "As in its record.", NULL_UNLESS(is_listed)),
    ENUM("enforced_tls", enum enforced_tls, enforced, enforced_tls, "As in its record.",
         NULL_UNLESS(is_listed)),
    ENUM("dane", enum dane_status, dane, dane_status, "As in its record.", NULL_UNLESS(is_listed)),
    ENUM("mta_sts", enum mta_sts_status, mta_sts, mta_sts_status, "As in its record.",
         NULL_UNLESS(is_listed)),
};

const struct record_object history_line_of_change = {
    .name = "history_change", .title = "history_change", .sentence = "A change.", FIELDS(change)};

#undef RECORD
#define RECORD struct history_finding

static const struct record_field finding[] = {
    CONSTANT("type", "history_finding", "The kind of line: a finding of the domain."),
    STRING("code", code, "The rule that fired, also one of an older policy."),
    ENUM("severity", enum severity, severity, severity, "How bad it was when seen last."),
    SPAN_ROWS,
};

const struct record_object history_line_of_finding = {.name = "history_finding",
                                                      .title = "history_finding",
                                                      .sentence = "A finding.",
                                                      FIELDS(finding)};

#undef RECORD
#define RECORD struct history_certificate

static const struct record_field certificate[] = {
    CONSTANT("type", "history_certificate", "The kind of line: a certificate on one of its hosts."),
    STRING("host", host, "The host."),
    COUNT("port", port, "The port."),
    TEXT("subject", certificate.subject, "Its subject.", CUT_AT(LINE_TEXT_MAX), NULLABLE),
    TEXT("issuer", certificate.issuer, "Its issuer.", CUT_AT(LINE_TEXT_MAX), NULLABLE),
    TIME("not_before", certificate.not_before, "The beginning of its validity.",
         NULL_UNLESS(certificate.has_validity)),
    TIME("not_after", certificate.not_after, "The end of its validity.",
         NULL_UNLESS(certificate.has_validity)),
    SHA256("sha256", certificate.sha256, "The digest of the certificate."),
    SHA256("spki_sha256", certificate.spki_sha256, "The digest of its public key."),
    SPAN_ROWS,
};

const struct record_object history_line_of_certificate = {.name = "history_certificate",
                                                          .title = "history_certificate",
                                                          .sentence = "A certificate.",
                                                          FIELDS(certificate)};

#undef RECORD

static const struct record_object *const lines[] = {
    &history_line_of_run, &history_line_of_past, &history_line_of_change, &history_line_of_finding,
    &history_line_of_certificate};

const struct schema_lines history_lines = {
    "urn:mxgrade:schema:history:1", "A line of mxgrade history --json", lines, NUM_ROWS(lines)};
