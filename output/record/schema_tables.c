#include "output/record/schema_tables.h"

#include "output/record/record.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Enumerations: the functions that the records are printed with ---- */

#define VALUES(function, type)                                                                     \
    static const char *function##_value(unsigned value)                                            \
    {                                                                                              \
        return function((enum type)value);                                                         \
    }

VALUES(tri_name, tri)
VALUES(outcome_name, outcome)
VALUES(grade_name, grade)
VALUES(severity_name, severity)
VALUES(certificate_problem_name, certificate_problem)
VALUES(ocsp_problem_name, ocsp_problem)
VALUES(chain_note_name, chain_note)
VALUES(tls_version_name, tls_version)
VALUES(weak_class_name, weak_class)
VALUES(tls_list_name, tls_list)
VALUES(client_certificate_name, client_certificate)
VALUES(cipher_preference_name, cipher_preference)
VALUES(plaintext_mail_name, plaintext_mail)
VALUES(dane_status_name, dane_status)
VALUES(mail_kind_name, mail_kind)
VALUES(opportunistic_tls_name, opportunistic_tls)
VALUES(enforced_tls_name, enforced_tls)
VALUES(mta_sts_status_name, mta_sts_status)

/* The first one is "nothing was said" and printed as null. */
static const char *ocsp_status_value(unsigned value)
{
    return ocsp_status_name((enum ocsp_status)(value + 1));
}

static const char *mta_sts_host_value(unsigned value)
{
    return mta_sts_host_name((enum mta_sts_host)(value + 1));
}

const struct schema_enum schema_enums[] = {
    {"verdict", tri_name_value, TRI_YES + 1},
    {"outcome", outcome_name_value, OUTCOME_COUNT},
    {"grade", grade_name_value, GRADE_COUNT},
    {"severity", severity_name_value, SEVERITY_CRITICAL + 1},
    {"certificate_problem", certificate_problem_name_value, CERTIFICATE_PROBLEM_COUNT},
    {"ocsp_status", ocsp_status_value, OCSP_STATUS_UNKNOWN},
    {"ocsp_problem", ocsp_problem_name_value, OCSP_PROBLEM_COUNT},
    {"chain_note", chain_note_name_value, CHAIN_NOTE_COUNT},
    {"sct_source", sct_source_name, SCT_SOURCE_COUNT},
    {"tls_version", tls_version_name_value, TLS_VERSION_COUNT},
    {"weak_class", weak_class_name_value, WEAK_CLASS_COUNT},
    {"tls_list", tls_list_name_value, TLS_LIST_COUNT},
    {"client_certificate", client_certificate_name_value, CLIENT_CERTIFICATE_REQUIRED + 1},
    {"cipher_preference", cipher_preference_name_value, PREFERENCE_CLIENT + 1},
    {"plaintext_mail", plaintext_mail_name_value, PLAINTEXT_MAIL_REFUSED + 1},
    {"dane_status", dane_status_name_value, DANE_STATUS_COUNT},
    {"mail_kind", mail_kind_name_value, MAIL_NONE + 1},
    {"opportunistic_tls", opportunistic_tls_name_value, OPPORTUNISTIC_YES + 1},
    {"enforced_tls", enforced_tls_name_value, ENFORCED_BOTH + 1},
    {"mta_sts_status", mta_sts_status_name_value, MTA_STS_MX_MISMATCH + 1},
    {"mta_sts_host", mta_sts_host_value, MTA_STS_HOST_CERTIFICATE_INVALID},
};
const size_t schema_num_enums = NUM(schema_enums);

/* ---- Run ---- */

#define NULLABLE FIELD_NULLABLE
#define OPTIONAL FIELD_OPTIONAL
#define ARRAY    FIELD_ARRAY

/* What every judged record says of its judge. */
#define POLICY_FIELDS                                                                              \
    {"policy", SHAPE_TEXT, 0, NULL, "grading table that it was judged by"},                        \
    {                                                                                              \
        "policy_digest", SHAPE_DIGEST, 0, NULL, "of that table's weights"                          \
    }

static const struct schema_field run[] = {
    {"type", SHAPE_CONSTANT, 0, "run", NULL},
    {"schema_version", SHAPE_COUNT, 0, NULL, NULL},
    {"version", SHAPE_TEXT, 0, NULL, "of the program"},
    POLICY_FIELDS,
    {"list", SHAPE_TEXT, 0, NULL, "as named; - is standard input"},
    {"list_sha256", SHAPE_SHA256, NULLABLE, NULL, "null for what is not a plain file"},
    {"options", SHAPE_TEXTS_BY_NAME, 0, NULL, "those that shape results"},
    {"started", SHAPE_TIME, 0, NULL, NULL},
    {"now", SHAPE_TIME, 0, NULL, "the time certificates are judged at"},
};

/* ---- Endpoint ---- */

static const struct schema_field finding[] = {
    {"code", SHAPE_ENUM, 0, "finding_code", NULL},
    {"severity", SHAPE_ENUM, 0, "severity", NULL},
    {"detail", SHAPE_TEXT, NULLABLE, NULL, "the evidence"},
};

static const struct schema_field reply[] = {
    {"code", SHAPE_COUNT, NULLABLE, NULL, NULL},
    {"text", SHAPE_TEXT, NULLABLE, NULL, NULL},
};

static const struct schema_field starttls[] = {
    {"advertised", SHAPE_VERDICT, NULLABLE, NULL, "null where TLS begins with the first byte"},
    {"accepted", SHAPE_VERDICT, NULLABLE, NULL, "null where TLS begins with the first byte"},
    {"handshake", SHAPE_VERDICT, 0, NULL, NULL},
    {"offered_in_tls", SHAPE_VERDICT, 0, NULL, "once more inside TLS"},
};

static const struct schema_field tls[] = {
    {"version", SHAPE_ENUM, NULLABLE, "tls_version", "of the handshake with the certificate"},
    {"cipher", SHAPE_TEXT, NULLABLE, NULL, "IANA name"},
    {"group", SHAPE_TEXT, NULLABLE, NULL, "IANA name"},
    {"alpn", SHAPE_TEXT, NULLABLE, NULL, NULL},
    {"versions", SHAPE_ENUM_BY_VERSION, 0, "verdict", NULL},
    {"versions_reason", SHAPE_ENUM_BY_VERSION, 0, "outcome", "of those unknown"},
    {"versions_evidence", SHAPE_TEXT_BY_VERSION, 0, NULL, "of the others"},
    {"weak", SHAPE_ENUM, ARRAY, "weak_class", "classes accepted"},
    {"weak_unknown", SHAPE_ENUM, ARRAY, "weak_class", "classes that could not be decided"},
    {"dh_bits", SHAPE_COUNT, NULLABLE, NULL, "the smallest prime seen"},
    {"dh_group", SHAPE_TEXT, NULLABLE | OPTIONAL, NULL, "its name if it is well known"},
    {"groups", SHAPE_TEXT, ARRAY, NULL, "of a deep scan: in TLS 1.3"},
    {"groups_tls12", SHAPE_TEXT, ARRAY | OPTIONAL, NULL, "of a deep scan: in TLS 1.2 and older"},
    {"suites", SHAPE_TEXT, ARRAY, NULL, "of a deep scan"},
    {"lists_incomplete", SHAPE_ENUM, ARRAY | OPTIONAL, "tls_list",
     "of a deep scan: lists that may lack something, as answers were missing"},
    {"post_quantum", SHAPE_VERDICT, 0, NULL, NULL},
    {"post_quantum_group", SHAPE_TEXT, NULLABLE, NULL, NULL},
    {"large_hello_intolerant", SHAPE_BOOLEAN, 0, NULL, NULL},
    {"preference", SHAPE_ENUM, 0, "cipher_preference", NULL},
    {"ems", SHAPE_VERDICT, 0, NULL, "extended master secret"},
    {"secure_renegotiation", SHAPE_VERDICT, 0, NULL, NULL},
    {"compression", SHAPE_VERDICT, 0, NULL, NULL},
    {"tickets", SHAPE_VERDICT, 0, NULL, NULL},
    {"client_certificate", SHAPE_ENUM, 0, "client_certificate", NULL},
};

static const struct schema_field sent_certificate[] = {
    {"subject", SHAPE_TEXT, NULLABLE, NULL, NULL},
    {"not_after", SHAPE_TIME, NULLABLE, NULL, NULL},
    {"key", SHAPE_TEXT, NULLABLE, NULL, NULL},
    {"key_bits", SHAPE_COUNT, NULLABLE, NULL, NULL},
    {"signature", SHAPE_TEXT, NULLABLE, NULL, NULL},
};

static const struct schema_field ocsp[] = {
    {"status", SHAPE_ENUM, NULLABLE, "ocsp_status", NULL},
    {"fresh", SHAPE_VERDICT, 0, NULL, NULL},
    {"signature", SHAPE_VERDICT, 0, NULL, NULL},
    {"this_update", SHAPE_TIME, NULLABLE, NULL, NULL},
    {"next_update", SHAPE_TIME, NULLABLE, NULL, NULL},
    {"revoked_at", SHAPE_TIME, NULLABLE, NULL, NULL},
    {"problems", SHAPE_ENUM, ARRAY, "ocsp_problem", NULL},
};

static const struct schema_field certificate[] = {
    {"subject", SHAPE_TEXT, NULLABLE, NULL, "RFC 4514 style"},
    {"issuer", SHAPE_TEXT, NULLABLE, NULL, "RFC 4514 style"},
    {"names", SHAPE_TEXT, ARRAY, NULL, "subjectAltName"},
    {"not_before", SHAPE_TIME, NULLABLE, NULL, NULL},
    {"not_after", SHAPE_TIME, NULLABLE, NULL, NULL},
    {"days_left", SHAPE_INTEGER, NULLABLE, NULL, "negative where it is past"},
    {"validity_days", SHAPE_COUNT, NULLABLE, NULL, NULL},
    {"validity_limit_days", SHAPE_COUNT, NULLABLE, NULL, "the most that public CAs allow"},
    {"key", SHAPE_TEXT, NULLABLE, NULL, NULL},
    {"key_bits", SHAPE_COUNT, NULLABLE, NULL, NULL},
    {"signature", SHAPE_TEXT, NULLABLE, NULL, NULL},
    {"weakest_signature", SHAPE_TEXT, NULLABLE, NULL, "along the chain"},
    {"smallest_rsa_bits", SHAPE_COUNT, NULLABLE, NULL, "along the chain"},
    {"chain_length", SHAPE_COUNT, 0, NULL, "certificates sent"},
    {"chain", SHAPE_OBJECT, ARRAY, "sent_certificate", "as sent, leaf first"},
    {"chain_notes", SHAPE_ENUM, ARRAY, "chain_note", "how they were sent"},
    {"trusted", SHAPE_VERDICT, 0, NULL, "chain and purpose; dates and name apart"},
    {"name_match", SHAPE_VERDICT, NULLABLE, NULL, "null with a bare address"},
    {"problems", SHAPE_ENUM, ARRAY, "certificate_problem", NULL},
    {"sha256", SHAPE_SHA256, 0, NULL, "of the certificate"},
    {"spki_sha256", SHAPE_SHA256, 0, NULL, "of its public key"},
    {"ocsp_staple", SHAPE_VERDICT, 0, NULL, NULL},
    {"ocsp", SHAPE_OBJECT, NULLABLE, "ocsp", "what was stapled"},
    {"must_staple", SHAPE_BOOLEAN, 0, NULL, NULL},
    {"sct", SHAPE_VERDICT, 0, NULL, NULL},
    {"sct_sources", SHAPE_ENUM, ARRAY, "sct_source", NULL},
};

static const struct schema_field injection[] = {
    {"commands", SHAPE_VERDICT, 0, NULL, "executed inside TLS from before it"},
    {"responses", SHAPE_VERDICT, 0, NULL, "plain text behind the reply to STARTTLS"},
};

static const struct schema_field endpoint_dane[] = {
    {"status", SHAPE_ENUM, 0, "dane_status", NULL},
    {"records", SHAPE_COUNT, 0, NULL, NULL},
    {"matched", SHAPE_TEXT, NULLABLE, NULL, "usage, selector, matching type"},
    {"base", SHAPE_TEXT, NULLABLE, NULL, "TLSA base domain"},
    {"problems", SHAPE_TEXT, ARRAY, NULL, NULL},
};

static const struct schema_field timings[] = {
    {"connect", SHAPE_COUNT, NULLABLE, NULL, NULL},
    {"banner", SHAPE_COUNT, NULLABLE, NULL, NULL},
    {"ehlo", SHAPE_COUNT, NULLABLE, NULL, NULL},
    {"starttls", SHAPE_COUNT, NULLABLE, NULL, NULL},
    {"handshake", SHAPE_COUNT, NULLABLE, NULL, NULL},
    {"total", SHAPE_COUNT, NULLABLE, NULL, NULL},
};

static const struct schema_field endpoint[] = {
    {"type", SHAPE_CONSTANT, 0, "endpoint", NULL},
    {"host", SHAPE_TEXT, NULLABLE, NULL, "null with a bare address"},
    {"address", SHAPE_TEXT, NULLABLE, NULL, "null where the host has none to contact"},
    {"family", SHAPE_COUNT, NULLABLE, NULL, "4 or 6"},
    {"port", SHAPE_COUNT, 0, NULL, NULL},
    {"service", SHAPE_TEXT, 0, NULL, NULL},
    {"outcome", SHAPE_ENUM, 0, "outcome", NULL},
    {"outcome_detail", SHAPE_TEXT, NULLABLE, NULL, NULL},
    {"reply", SHAPE_OBJECT, NULLABLE, "reply", "the last refusal"},
    {"attempts", SHAPE_COUNT, 0, NULL, NULL},
    {"connections", SHAPE_COUNT, 0, NULL, NULL},
    {"banner", SHAPE_TEXT, NULLABLE, NULL, NULL},
    {"esmtp", SHAPE_VERDICT, 0, NULL, NULL},
    {"starttls", SHAPE_OBJECT, 0, "starttls", NULL},
    {"login_before_tls", SHAPE_VERDICT, 0, NULL, NULL},
    {"inconsistent", SHAPE_BOOLEAN, 0, NULL, NULL},
    {"no_common_suite", SHAPE_BOOLEAN, OPTIONAL, NULL, "it has TLS, but none in common with us"},
    {"tls", SHAPE_OBJECT, NULLABLE, "tls", "null where it did not come to TLS"},
    {"certificate", SHAPE_OBJECT, NULLABLE, "certificate", NULL},
    {"certificates", SHAPE_OBJECT, ARRAY | OPTIONAL, "certificate", "where it has two"},
    {"injection", SHAPE_OBJECT, 0, "injection", NULL},
    {"plaintext_mail", SHAPE_ENUM, 0, "plaintext_mail", NULL},
    {"requiretls", SHAPE_VERDICT, 0, NULL, "RFC 8689"},
    {"dane", SHAPE_OBJECT, 0, "endpoint_dane", NULL},
    {"country", SHAPE_TEXT, NULLABLE, NULL, "ISO 3166"},
    {"asn", SHAPE_COUNT, NULLABLE, NULL, NULL},
    {"as_org", SHAPE_TEXT, NULLABLE, NULL, NULL},
    {"provider", SHAPE_TEXT, NULLABLE, NULL, "organisational domain of the host"},
    {"grade", SHAPE_ENUM, 0, "grade", NULL},
    {"score", SHAPE_COUNT, NULLABLE, NULL, "0 to 100; null for U and N"},
    {"findings", SHAPE_OBJECT, ARRAY, "finding", NULL},
    {"profiles", SHAPE_OBJECT, 0, "profiles", NULL},
    POLICY_FIELDS,
    {"timings_ms", SHAPE_OBJECT, 0, "timings", NULL},
    {"started", SHAPE_TIME, 0, NULL, NULL},
};

/* ---- Domain ---- */

static const struct schema_field dns[] = {
    {"outcome", SHAPE_ENUM, 0, "outcome", "of the MX look-up"},
    {"dnssec", SHAPE_VERDICT, 0, NULL, NULL},
};

static const struct schema_field mx_endpoint[] = {
    {"address", SHAPE_TEXT, NULLABLE, NULL, NULL}, {"port", SHAPE_COUNT, 0, NULL, NULL},
    {"outcome", SHAPE_ENUM, 0, "outcome", NULL},   {"grade", SHAPE_ENUM, 0, "grade", NULL},
    {"score", SHAPE_COUNT, NULLABLE, NULL, NULL},
};

static const struct schema_field mx[] = {
    {"preference", SHAPE_COUNT, NULLABLE, NULL, "null: implicit"},
    {"host", SHAPE_TEXT, NULLABLE, NULL, NULL},
    {"outcome", SHAPE_ENUM, 0, "outcome", NULL},
    {"grade", SHAPE_ENUM, 0, "grade", NULL},
    {"dnssec", SHAPE_VERDICT, 0, NULL, "of its addresses"},
    {"dane", SHAPE_ENUM, 0, "dane_status", NULL},
    {"mta_sts", SHAPE_ENUM, NULLABLE | OPTIONAL, "mta_sts_host", "whether it passes the policy"},
    {"caa", SHAPE_TEXT, ARRAY, NULL, NULL},
    {"endpoints", SHAPE_OBJECT, ARRAY, "mx_endpoint", NULL},
};

static const struct schema_field service[] = {
    {"service", SHAPE_TEXT, 0, NULL, NULL},
    {"offered", SHAPE_ENUM, 0, "verdict", "by SRV records; unknown: there are none"},
    {"lookup", SHAPE_ENUM, 0, "outcome", "of the SRV records"},
    {"host", SHAPE_TEXT, NULLABLE, NULL, NULL},
    {"port", SHAPE_COUNT, NULLABLE, NULL, NULL},
    {"outcome", SHAPE_ENUM, 0, "outcome", NULL},
    {"grade", SHAPE_ENUM, 0, "grade", NULL},
    {"endpoints", SHAPE_OBJECT, ARRAY, "mx_endpoint", NULL},
};

static const struct schema_field domain_dane[] = {
    {"status", SHAPE_ENUM, 0, "dane_status", NULL},
};

static const struct schema_field mta_sts[] = {
    {"status", SHAPE_ENUM, 0, "mta_sts_status", NULL},
    {"mode", SHAPE_TEXT, NULLABLE, NULL, NULL},
    {"id", SHAPE_TEXT, NULLABLE, NULL, NULL},
    {"max_age", SHAPE_COUNT, NULLABLE, NULL, "seconds"},
    {"mx", SHAPE_TEXT, ARRAY, NULL, NULL},
    {"problems", SHAPE_TEXT, ARRAY, NULL, NULL},
};

static const struct schema_field tls_rpt[] = {
    {"status", SHAPE_VERDICT, 0, NULL, NULL},
    {"rua", SHAPE_TEXT, ARRAY, NULL, NULL},
    {"problems", SHAPE_TEXT, ARRAY, NULL, NULL},
};

static const struct schema_field domain[] = {
    {"type", SHAPE_CONSTANT, 0, "domain", NULL},
    {"domain", SHAPE_TEXT, NULLABLE, NULL, "A-label form; null where the line is no domain"},
    {"input", SHAPE_TEXT, NULLABLE, NULL, "the line as given"},
    {"line", SHAPE_COUNT, 0, NULL, NULL},
    {"input_fields", SHAPE_TEXTS_BY_NAME, 0, NULL, "the list's other columns"},
    {"mail", SHAPE_ENUM, 0, "mail_kind", NULL},
    {"dns", SHAPE_OBJECT, 0, "dns", NULL},
    {"mx", SHAPE_OBJECT, ARRAY, "mx", "in order of preference"},
    {"services", SHAPE_OBJECT, ARRAY | OPTIONAL, "service", "others than smtp, where asked for"},
    {"opportunistic_tls", SHAPE_ENUM, 0, "opportunistic_tls", NULL},
    {"opportunistic_reason", SHAPE_TEXT, NULLABLE, NULL, NULL},
    {"enforced_tls", SHAPE_ENUM, 0, "enforced_tls", NULL},
    {"enforced_reason", SHAPE_TEXT, NULLABLE, NULL, NULL},
    {"dane", SHAPE_OBJECT, 0, "domain_dane", NULL},
    {"mta_sts", SHAPE_OBJECT, 0, "mta_sts", NULL},
    {"tls_rpt", SHAPE_OBJECT, 0, "tls_rpt", NULL},
    {"grade", SHAPE_ENUM, 0, "grade", NULL},
    {"score", SHAPE_COUNT, NULLABLE, NULL, "0 to 100; null for U and N"},
    {"findings", SHAPE_OBJECT, ARRAY, "finding", NULL},
    POLICY_FIELDS,
    {"partial", SHAPE_BOOLEAN, 0, NULL, "some addresses could not be observed"},
};

/* ---- Summary ---- */

static const struct schema_field share[] = {
    {"key", SHAPE_TEXT, NULLABLE, NULL, NULL},
    {"endpoints", SHAPE_COUNT, 0, NULL, NULL},
    {"domains", SHAPE_COUNT, 0, NULL, NULL},
};

static const struct schema_field summary[] = {
    {"type", SHAPE_CONSTANT, 0, "summary", NULL},
    POLICY_FIELDS,
    {"complete", SHAPE_BOOLEAN, 0, NULL, "every line that was read has its record"},
    {"interrupted", SHAPE_BOOLEAN, 0, NULL, NULL},
    {"port_blocked", SHAPE_BOOLEAN, 0, NULL, NULL},
    {"dns_failed", SHAPE_BOOLEAN, OPTIONAL, NULL, "no question to the DNS was answered at all"},
    {"lines", SHAPE_COUNT, 0, NULL, "of the list, those of other shards too"},
    {"lines_read", SHAPE_COUNT, OPTIONAL, NULL, "of this shard, as the next two"},
    {"lines_begun", SHAPE_COUNT, OPTIONAL, NULL, "its first question was asked, or it needed none"},
    {"lines_written", SHAPE_COUNT, OPTIONAL, NULL, "its record is in the file"},
    {"domains", SHAPE_COUNT, 0, NULL, NULL},
    {"invalid_lines", SHAPE_COUNT, 0, NULL, NULL},
    {"endpoints", SHAPE_COUNT, 0, NULL, NULL},
    {"connections", SHAPE_COUNT, 0, NULL, NULL},
    {"connections_saved", SHAPE_COUNT, 0, NULL, NULL},
    {"dns_questions", SHAPE_COUNT, 0, NULL, NULL},
    {"domain_grades", SHAPE_COUNT_OF_EACH, 0, "grade", NULL},
    {"endpoint_grades", SHAPE_COUNT_OF_EACH, 0, "grade", NULL},
    {"outcomes", SHAPE_COUNT_OF_SOME, 0, "outcome", "of endpoints"},
    {"mail", SHAPE_COUNT_OF_EACH, OPTIONAL, "mail_kind", "of domains"},
    {"opportunistic_tls", SHAPE_COUNT_OF_EACH, 0, "opportunistic_tls", NULL},
    {"enforced_tls", SHAPE_COUNT_OF_EACH, 0, "enforced_tls", NULL},
    {"countries", SHAPE_OBJECT, ARRAY, "share", NULL},
    {"networks", SHAPE_OBJECT, ARRAY, "share", NULL},
    {"providers", SHAPE_OBJECT, ARRAY, "share", NULL},
    {"seconds", SHAPE_NUMBER, NULLABLE, NULL, NULL},
    {"seconds_to_half", SHAPE_NUMBER, NULLABLE, NULL, NULL},
    {"seconds_to_95", SHAPE_NUMBER, NULLABLE, NULL, NULL},
    {"dns_share", SHAPE_NUMBER, NULLABLE, NULL, NULL},
    {"finished", SHAPE_TIME, 0, NULL, NULL},
};

/* ---- All of them ---- */

#define OBJECT(fields, description)                                                                \
    {                                                                                              \
#fields, description, fields, NUM(fields)                                                  \
    }

const struct schema_object schema_objects[] = {
    OBJECT(run, "the first line: what was asked"),
    OBJECT(endpoint, "a host name, address and port"),
    OBJECT(domain, "a line of the list"),
    OBJECT(summary, "the last line"),
    OBJECT(finding, "a rule of the policy that fired"),
    OBJECT(reply, NULL),
    OBJECT(starttls, NULL),
    OBJECT(tls, NULL),
    OBJECT(certificate, "also what mxgrade verify prints"),
    OBJECT(sent_certificate, NULL),
    OBJECT(ocsp, NULL),
    OBJECT(injection, NULL),
    OBJECT(endpoint_dane, NULL),
    OBJECT(timings, "milliseconds; null: not reached"),
    OBJECT(dns, NULL),
    OBJECT(mx, NULL),
    OBJECT(mx_endpoint, NULL),
    OBJECT(service, NULL),
    OBJECT(domain_dane, NULL),
    OBJECT(mta_sts, NULL),
    OBJECT(tls_rpt, NULL),
    OBJECT(share, NULL),
};
const size_t schema_num_objects = NUM(schema_objects);

const char *const schema_lines[] = {"run", "endpoint", "domain", "summary"};
const size_t schema_num_lines = NUM(schema_lines);
