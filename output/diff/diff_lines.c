/*
 * diff_json.c writes these lines from structs of another shape, so that the rows name no members.
 * test_schema.py holds real lines against the schema, closed to fields that no row names.
 */
#include "output/diff/diff_lines.h"

#include "output/diff/diff.h"
#include "output/record/field_rows.h"
#include "output/record/record_parts.h"

#define SHOWN(name, kind, sentence, ...)                                                           \
    {                                                                                              \
        ROW(name, kind, sentence), ##__VA_ARGS__                                                   \
    }
#define OF(set)     .values = &(set)
#define LIKE(table) .object = &(table)

#define LINE(variable, name_, sentence_, array)                                                    \
    static const struct record_object variable = {.name = (name_),                                 \
                                                  .title = (name_),                                \
                                                  .sentence = (sentence_),                         \
                                                  .fields = (array),                               \
                                                  .num_fields = NUM_ROWS(array)}

/* ---- The runs ---- */

static const struct record_field run[] = {
    SHOWN("run", FIELD_STRING, "The id of the run.", SHAPE("run_id"), NULLABLE),
    SHOWN("version", FIELD_STRING, "The version of the program.", NULLABLE),
    SHOWN("policy", FIELD_STRING, "The grading policy.", NULLABLE),
    SHOWN("policy_digest", FIELD_STRING, "A digest of that policy's weights.", SHAPE("digest"),
          NULLABLE),
    SHOWN("list", FIELD_STRING, "The list as it was named.", NULLABLE),
    SHOWN("list_sha256", FIELD_STRING, "A digest of the list.", SHAPE("sha256"), NULLABLE),
    SHOWN("started", FIELD_INSTANT, "When the run began."),
    SHOWN("now", FIELD_TIME, "The time that certificates were judged at."),
    SHOWN("ending", FIELD_ENUM, "Whether the file is whole.", OF(diff_endings)),
    SHOWN("domains", FIELD_COUNT, "How many domain records it has."),
};

LINE(of_run, "diff_run", "One of the two runs.", run);

static const struct record_field runs[] = {
    CONSTANT("type", "diff", "The kind of line: the first one."),
    SHOWN("schema_version", FIELD_COUNT, "The version of the format."),
    SHOWN("old", FIELD_OBJECT, "The earlier run.", LIKE(of_run)),
    SHOWN("new", FIELD_OBJECT, "The later run.", LIKE(of_run)),
    SHOWN("same_policy", FIELD_BOOLEAN, "Whether one policy graded both."),
    SHOWN("other_options", FIELD_STRINGS, "The options that shape results and are not the same."),
    SHOWN("expiring_days", FIELD_COUNT,
          "How many days before its end a certificate is told; the first of several."),
};

LINE(line_of_runs, "diff", "What was compared.", runs);

/* ---- Values that moved ---- */

#define DIRECTION SHOWN("direction", FIELD_ENUM, "Which way it went.", OF(diff_directions))

#define MOVE(array, variable, name, kind, ...)                                                     \
    static const struct record_field array[] = {                                                   \
        SHOWN("old", kind, "What it was.", ##__VA_ARGS__),                                         \
        SHOWN("new", kind, "What it is.", ##__VA_ARGS__),                                          \
        DIRECTION,                                                                                 \
    };                                                                                             \
    LINE(variable, name, NULL, array)

MOVE(grade, of_grade, "grade_move", FIELD_ENUM, OF(record_grade));
MOVE(accepted_grade, of_accepted_grade, "accepted_grade_move", FIELD_ENUM, OF(record_grade),
     NULLABLE);
MOVE(score, of_score, "score_move", FIELD_COUNT, NULLABLE);
MOVE(mail, of_mail, "mail_move", FIELD_ENUM, OF(record_mail_kind));
MOVE(opportunistic, of_opportunistic, "opportunistic_tls_move", FIELD_ENUM,
     OF(record_opportunistic_tls));
MOVE(dane, of_dane, "dane_move", FIELD_ENUM, OF(record_dane_status));
MOVE(mta_sts, of_mta_sts, "mta_sts_move", FIELD_ENUM, OF(record_mta_sts_status));
MOVE(enforced, of_enforced, "enforced_tls_move", FIELD_ENUM, OF(record_enforced_tls));
MOVE(tls_rpt, of_tls_rpt, "tls_rpt_move", FIELD_ENUM, OF(record_verdict));
MOVE(partial, of_partial, "partial_move", FIELD_BOOLEAN);
MOVE(open_questions, of_open, "open_move", FIELD_BITS, OF(record_question));

/* ---- The parts of a change ---- */

static const struct record_field finding[] = {
    SHOWN("code", FIELD_STRING, "The rule that fired, also one of an older policy.", NULLABLE),
    SHOWN("severity", FIELD_ENUM, "How bad it is.", OF(record_severity)),
    SHOWN("detail", FIELD_STRING, "The evidence.", NULLABLE),
    SHOWN("accepted", FIELD_OBJECT, "Who lives with it, until when and why.",
          LIKE(record_of_accepted), ABSENT),
};

LINE(of_finding, "diff_finding", "A finding of the domain.", finding);

static const struct record_field findings[] = {
    SHOWN("opened", FIELD_OBJECTS, "Those that came.", LIKE(of_finding)),
    SHOWN("closed", FIELD_OBJECTS, "Those that went.", LIKE(of_finding)),
    SHOWN("not_observed", FIELD_OBJECTS, "Those that the later run could not see.",
          LIKE(of_finding)),
    SHOWN("observed_again", FIELD_OBJECTS, "Those that the earlier run could not have seen.",
          LIKE(of_finding)),
    SHOWN("accepted", FIELD_OBJECTS, "Those of both that only the later run accepts.",
          LIKE(of_finding)),
    SHOWN("acceptance_ended", FIELD_OBJECTS,
          "Those of both that only the earlier run accepts, as that one has them.",
          LIKE(of_finding)),
};

LINE(of_findings, "diff_findings", "Findings that came or went.", findings);

static const struct record_field preference[] = {
    SHOWN("host", FIELD_STRING, "The host."),
    SHOWN("old", FIELD_COUNT, "What its preference was; null: implicit.", NULLABLE),
    SHOWN("new", FIELD_COUNT, "What it is.", NULLABLE),
};

LINE(of_preference, "diff_preference", "A preference that moved.", preference);

static const struct record_field mx[] = {
    SHOWN("added", FIELD_STRINGS, "Hosts that came.", ABSENT),
    SHOWN("removed", FIELD_STRINGS, "Hosts that went.", ABSENT),
    SHOWN("preference", FIELD_OBJECTS, "Hosts whose preference moved.", LIKE(of_preference),
          ABSENT),
};

LINE(of_mx, "diff_mx", "MX hosts that changed.", mx);

static const struct record_field providers[] = {
    SHOWN("old", FIELD_STRINGS, "The organisational domains of the hosts as they were."),
    SHOWN("new", FIELD_STRINGS, "As they are."),
};

LINE(of_providers, "diff_providers", "Who has the mail.", providers);

/* Of one that the file has no readable record of there is nothing to say. */
static const struct record_field certificate[] = {
    SHOWN("subject", FIELD_STRING, "Its subject.", NULLABLE, ADDED),
    SHOWN("issuer", FIELD_STRING, "Its issuer.", NULLABLE, ADDED),
    SHOWN("not_before", FIELD_TIME, "The beginning of its validity.", NULLABLE, ADDED),
    SHOWN("not_after", FIELD_TIME, "The end of its validity.", NULLABLE, ADDED),
    SHOWN("days_left", FIELD_INTEGER, "Days to that end.", .null = FIELD_NULL_IF, ADDED),
    SHOWN("sha256", FIELD_SHA256, "The digest of the certificate.", ADDED),
    SHOWN("spki_sha256", FIELD_SHA256, "The digest of its public key.", ADDED),
};

LINE(of_certificate, "diff_certificate", "What tells one certificate from another.", certificate);

static const struct record_field certificate_change[] = {
    SHOWN("change", FIELD_ENUM, "What became of it.", OF(diff_certificate_changes)),
    SHOWN("host", FIELD_STRING, "The host."),
    SHOWN("old", FIELD_OBJECTS, "Of a replaced one: those that were.", LIKE(of_certificate),
          ABSENT),
    SHOWN("new", FIELD_OBJECTS, "And those that are.", LIKE(of_certificate), ABSENT),
    SHOWN("days_left", FIELD_INTEGER, "Of one that expires: days to the end.", ABSENT),
    SHOWN("since_before", FIELD_BOOLEAN, "Whether the earlier run could have told it, too.",
          ABSENT),
    SHOWN("certificate", FIELD_OBJECT, "That one.", LIKE(of_certificate), ABSENT),
};

LINE(of_certificate_change, "diff_certificate_change", "A certificate of a host.",
     certificate_change);

static const struct record_field lone[] = {
    SHOWN("grade", FIELD_ENUM, "The letter.", OF(record_grade)),
    SHOWN("accepted_grade", FIELD_OBJECT, "As in its record.", LIKE(record_of_accepted_grade),
          ABSENT),
    SHOWN("score", FIELD_COUNT, "0 to 100; null for U and N.", NULLABLE),
    SHOWN("opportunistic_tls", FIELD_ENUM, "As in its record.", OF(record_opportunistic_tls)),
    SHOWN("enforced_tls", FIELD_ENUM, "As in its record.", OF(record_enforced_tls)),
    SHOWN("mail", FIELD_ENUM, "As in its record.", OF(record_mail_kind)),
};

LINE(of_lone, "diff_lone", "A domain that one of the runs has alone.", lone);

/* ---- A change ---- */

static const struct record_field change[] = {
    CONSTANT("type", "change", "The kind of line: a domain of which there is something to say."),
    SHOWN("domain", FIELD_STRING, "The domain in A-label form.", NULLABLE),
    SHOWN("input", FIELD_STRING, "The line of the list as it was given.", NULLABLE),
    SHOWN("line", FIELD_COUNT, "Its number in the list, counted from 1."),
    SHOWN("input_fields", FIELD_COLUMNS, "The list's other columns, by their names."),
    SHOWN("verdict", FIELD_ENUM, "What the change comes to.", OF(diff_verdicts)),
    SHOWN("certain", FIELD_BOOLEAN,
          "Of a domain that only one file has: whether the other would have it if its list had.",
          ABSENT),
    SHOWN("old", FIELD_OBJECT, "What it was, where the later file lacks it.", LIKE(of_lone),
          ABSENT),
    SHOWN("new", FIELD_OBJECT, "What it is, where the earlier file lacks it.", LIKE(of_lone),
          ABSENT),
    SHOWN("grade", FIELD_OBJECT, "The letter moved.", LIKE(of_grade), ABSENT),
    SHOWN("accepted_grade", FIELD_OBJECT,
          "The letter moved that is left where accepted findings do not count; null where that is "
          "`grade`.",
          LIKE(of_accepted_grade), ABSENT),
    SHOWN("score", FIELD_OBJECT, "The score moved.", LIKE(of_score), ABSENT),
    SHOWN("mail", FIELD_OBJECT, "`mail` moved.", LIKE(of_mail), ABSENT),
    SHOWN("opportunistic_tls", FIELD_OBJECT, "The answer moved.", LIKE(of_opportunistic), ABSENT),
    SHOWN("dane", FIELD_OBJECT, "The status of DANE moved.", LIKE(of_dane), ABSENT),
    SHOWN("mta_sts", FIELD_OBJECT, "The status of MTA-STS moved.", LIKE(of_mta_sts), ABSENT),
    SHOWN("enforced_tls", FIELD_OBJECT, "The answer moved.", LIKE(of_enforced), ABSENT),
    SHOWN("tls_rpt", FIELD_OBJECT, "The status of TLS reporting moved.", LIKE(of_tls_rpt), ABSENT),
    SHOWN("partial", FIELD_OBJECT, "`partial` moved.", LIKE(of_partial), ABSENT),
    SHOWN("findings", FIELD_OBJECT, "Findings came or went.", LIKE(of_findings), ABSENT),
    SHOWN("open", FIELD_OBJECT, "Questions got or lost their answer.", LIKE(of_open), ABSENT),
    SHOWN("mx", FIELD_OBJECT, "MX hosts changed.", LIKE(of_mx), ABSENT),
    SHOWN("providers", FIELD_OBJECT, "The provider changed.", LIKE(of_providers), ABSENT),
    SHOWN("certificates", FIELD_OBJECTS, "Certificates changed, or are about to expire.",
          LIKE(of_certificate_change), ABSENT),
};

LINE(line_of_change, "change", "What changed for a domain; docs/diff.md says by which rules.",
     change);

/* ---- The counts ---- */

static const struct record_field summary[] = {
    CONSTANT("type", "diff_summary", "The kind of line: the last one."),
    SHOWN("verdicts", FIELD_COUNTS, "How many changes come to which verdict.", OF(diff_verdicts)),
    SHOWN("compared", FIELD_COUNT, "Domains that both runs have."),
    SHOWN("unchanged", FIELD_COUNT, "Of these, those without a change."),
    SHOWN("repeated", FIELD_COUNT, "Lines of the later list whose domain it had before."),
    SHOWN("certificates_replaced", FIELD_COUNT, "Hosts with another certificate."),
    SHOWN("certificates_expiring", FIELD_COUNT, "Certificates that are about to expire."),
    SHOWN("moved_provider", FIELD_COUNT, "Domains whose mail went to another provider."),
    SHOWN("enforcement_gained", FIELD_COUNT, "Domains that can be enforced now."),
    SHOWN("enforcement_lost", FIELD_COUNT, "Domains that can be enforced no more."),
};

LINE(line_of_summary, "diff_summary", "How many changes there are.", summary);

static const struct record_object *const lines[] = {&line_of_runs, &line_of_change,
                                                    &line_of_summary};

const struct schema_lines diff_lines = {"urn:mxgrade:schema:diff:1", "A line of mxgrade diff",
                                        lines, NUM_ROWS(lines)};
