#include "output/record_json.h"

#include <stdio.h>
#include <string.h>

/* Bounds on foreign text in a record, in bytes of input. */
#define LINE_TEXT_MAX  512
#define NAME_TEXT_MAX  256
#define INPUT_TEXT_MAX 4096

/* ---- Small shapes that recur ---- */

static void field_string(struct json_writer *writer, const char *key, const char *value)
{
    json_key(writer, key);
    json_put_string(writer, value);
}

static void field_text(struct json_writer *writer, const char *key, struct text value,
                       size_t max_bytes)
{
    json_key(writer, key);
    json_text(writer, value, max_bytes);
}

static void field_uint(struct json_writer *writer, const char *key, uint64_t value)
{
    json_key(writer, key);
    json_uint(writer, value);
}

static void field_bool(struct json_writer *writer, const char *key, bool value)
{
    json_key(writer, key);
    json_bool(writer, value);
}

static void field_time(struct json_writer *writer, const char *key, double seconds, bool fine)
{
    json_key(writer, key);
    json_time(writer, seconds, fine);
}

/* "key": "unknown", "key_reason": "connect_timeout" - the reason only beside unknown. */
static void field_verdict(struct json_writer *writer, const char *key, struct verdict verdict)
{
    char reason_key[64];
    field_string(writer, key, tri_name(verdict.value));
    if (verdict.value == TRI_UNKNOWN) {
        snprintf(reason_key, sizeof(reason_key), "%s_reason", key);
        field_string(writer, reason_key, outcome_name(verdict.reason));
    }
}

/* 0 stands for "not known" in these. */
static void field_uint_or_null(struct json_writer *writer, const char *key, uint64_t value)
{
    json_key(writer, key);
    if (value == 0) {
        json_put_null(writer);
    } else {
        json_uint(writer, value);
    }
}

static void field_grade(struct json_writer *writer, enum grade grade, unsigned score)
{
    field_string(writer, "grade", grade_name(grade));
    json_key(writer, "score");
    if (grade == GRADE_U || grade == GRADE_N) {
        json_put_null(writer);
    } else {
        json_uint(writer, score);
    }
}

static void field_findings(struct json_writer *writer, const struct finding *findings, size_t num)
{
    json_key(writer, "findings");
    json_open_array(writer);
    for (size_t i = 0; i < num; i++) {
        const char *detail = findings[i].detail;
        json_open_object(writer);
        field_string(writer, "code", findings[i].rule->code);
        field_string(writer, "severity", severity_name(findings[i].rule->severity));
        field_text(writer, "detail", (struct text){detail, detail != NULL ? strlen(detail) : 0},
                   LINE_TEXT_MAX);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void field_policy(struct json_writer *writer, const char *policy, const char *digest)
{
    field_string(writer, "policy", policy);
    field_string(writer, "policy_digest", digest);
}

static void field_strings(struct json_writer *writer, const char *key, const char *const *values,
                          size_t num)
{
    json_key(writer, key);
    json_open_array(writer);
    for (size_t i = 0; i < num; i++) {
        json_put_string(writer, values[i]);
    }
    json_close_array(writer);
}

/* ---- Certificate ---- */

static void field_names(struct json_writer *writer, const struct certificate_record *record)
{
    json_key(writer, "names");
    json_open_array(writer);
    for (size_t i = 0; i < record->num_names; i++) {
        json_text(writer, record->names[i], NAME_TEXT_MAX);
    }
    json_close_array(writer);
}

static void field_validity(struct json_writer *writer, const struct certificate_record *record)
{
    static const char *const keys[] = {"not_before", "not_after", "days_left"};
    if (!record->has_validity) {
        for (size_t i = 0; i < 3; i++) {
            json_key(writer, keys[i]);
            json_put_null(writer);
        }
        return;
    }
    field_time(writer, keys[0], (double)record->not_before, false);
    field_time(writer, keys[1], (double)record->not_after, false);
    json_key(writer, keys[2]);
    json_int(writer, record->days_left);
}

static void field_problems(struct json_writer *writer, uint32_t problems)
{
    json_key(writer, "problems");
    json_open_array(writer);
    for (unsigned i = 0; i < CERTIFICATE_PROBLEM_COUNT; i++) {
        if ((problems & CERTIFICATE_PROBLEM_BIT(i)) != 0) {
            json_put_string(writer, certificate_problem_name((enum certificate_problem)i));
        }
    }
    json_close_array(writer);
}

static void field_chain_notes(struct json_writer *writer, uint32_t notes)
{
    json_key(writer, "chain_notes");
    json_open_array(writer);
    for (unsigned i = 0; i < CHAIN_NOTE_COUNT; i++) {
        if ((notes & CHAIN_NOTE_BIT(i)) != 0) {
            json_put_string(writer, chain_note_name((enum chain_note)i));
        }
    }
    json_close_array(writer);
}

static void field_time_or_null(struct json_writer *writer, const char *key, bool has_time,
                               int64_t time)
{
    if (has_time) {
        field_time(writer, key, (double)time, false);
    } else {
        json_key(writer, key);
        json_put_null(writer);
    }
}

static void field_chain(struct json_writer *writer, const struct certificate_record *record)
{
    json_key(writer, "chain");
    json_open_array(writer);
    for (size_t i = 0; i < record->num_sent; i++) {
        const struct sent_certificate *sent = &record->sent[i];
        json_open_object(writer);
        field_text(writer, "subject", sent->subject, LINE_TEXT_MAX);
        field_time_or_null(writer, "not_after", sent->has_validity, sent->not_after);
        field_string(writer, "key", sent->key);
        field_uint_or_null(writer, "key_bits", sent->key_bits);
        field_string(writer, "signature", sent->signature);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void field_ocsp(struct json_writer *writer, const struct certificate_record *record)
{
    const struct ocsp_record *ocsp = &record->ocsp;
    json_key(writer, "ocsp");
    if (record->ocsp_staple.value != TRI_YES) {
        json_put_null(writer);
        return;
    }
    json_open_object(writer);
    field_string(writer, "status", ocsp_status_name(ocsp->status));
    field_verdict(writer, "fresh", ocsp->fresh);
    field_verdict(writer, "signature", ocsp->signature);
    field_time_or_null(writer, "this_update", ocsp->has_this_update, ocsp->this_update);
    field_time_or_null(writer, "next_update", ocsp->has_next_update, ocsp->next_update);
    field_time_or_null(writer, "revoked_at", ocsp->status == OCSP_STATUS_REVOKED, ocsp->revoked_at);
    json_key(writer, "problems");
    json_open_array(writer);
    for (unsigned i = 0; i < OCSP_PROBLEM_COUNT; i++) {
        if ((ocsp->problems & OCSP_PROBLEM_BIT(i)) != 0) {
            json_put_string(writer, ocsp_problem_name((enum ocsp_problem)i));
        }
    }
    json_close_array(writer);
    json_close_object(writer);
}

static void field_sct_sources(struct json_writer *writer, unsigned sources)
{
    json_key(writer, "sct_sources");
    json_open_array(writer);
    for (unsigned i = 0; i < SCT_SOURCE_COUNT; i++) {
        if ((sources >> i & 1) != 0) {
            json_put_string(writer, sct_source_name(i));
        }
    }
    json_close_array(writer);
}

void record_json_certificate(struct json_writer *writer, const struct certificate_record *record)
{
    json_open_object(writer);
    field_text(writer, "subject", record->subject, LINE_TEXT_MAX);
    field_text(writer, "issuer", record->issuer, LINE_TEXT_MAX);
    field_names(writer, record);
    field_validity(writer, record);
    field_uint_or_null(writer, "validity_days", record->validity_days);
    field_uint_or_null(writer, "validity_limit_days", record->validity_limit);
    field_string(writer, "key", record->key);
    field_uint_or_null(writer, "key_bits", record->key_bits);
    field_string(writer, "signature", record->signature);
    field_string(writer, "weakest_signature", record->weakest_signature);
    field_uint_or_null(writer, "smallest_rsa_bits", record->smallest_rsa_bits);
    field_uint(writer, "chain_length", record->chain_length);
    field_chain(writer, record);
    field_chain_notes(writer, record->chain_notes);
    field_verdict(writer, "trusted", record->trusted);
    if (record->name_checked) {
        field_verdict(writer, "name_match", record->name_match);
    } else {
        json_key(writer, "name_match");
        json_put_null(writer);
    }
    field_problems(writer, record->problems);
    json_key(writer, "sha256");
    json_hex(writer, record->sha256, sizeof(record->sha256));
    json_key(writer, "spki_sha256");
    json_hex(writer, record->spki_sha256, sizeof(record->spki_sha256));
    field_verdict(writer, "ocsp_staple", record->ocsp_staple);
    field_ocsp(writer, record);
    field_bool(writer, "must_staple", record->must_staple);
    field_verdict(writer, "sct", record->sct);
    field_sct_sources(writer, record->sct_sources);
    json_close_object(writer);
}

static void field_certificates(struct json_writer *writer, const struct endpoint_record *record)
{
    json_key(writer, "certificate");
    if (record->certificate == NULL) {
        json_put_null(writer);
        return;
    }
    record_json_certificate(writer, record->certificate);
    if (record->certificate2 != NULL) {
        json_key(writer, "certificates");
        json_open_array(writer);
        record_json_certificate(writer, record->certificate);
        record_json_certificate(writer, record->certificate2);
        json_close_array(writer);
    }
}

/* ---- TLS ---- */

static void field_versions(struct json_writer *writer, const struct tls_facts *tls)
{
    json_key(writer, "versions");
    json_open_object(writer);
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        field_string(writer, tls_version_name((enum tls_version)i),
                     tri_name(tls->versions[i].value));
    }
    json_close_object(writer);
    json_key(writer, "versions_reason");
    json_open_object(writer);
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        if (tls->versions[i].value == TRI_UNKNOWN) {
            field_string(writer, tls_version_name((enum tls_version)i),
                         outcome_name(tls->versions[i].reason));
        }
    }
    json_close_object(writer);
    json_key(writer, "versions_evidence");
    json_open_object(writer);
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        if (tls->versions[i].value != TRI_UNKNOWN && tls->version_evidence[i] != NULL) {
            field_string(writer, tls_version_name((enum tls_version)i), tls->version_evidence[i]);
        }
    }
    json_close_object(writer);
}

static void field_weak_where(struct json_writer *writer, const char *key,
                             const struct tls_facts *tls, enum tri value)
{
    json_key(writer, key);
    json_open_array(writer);
    for (unsigned i = 0; i < WEAK_CLASS_COUNT; i++) {
        if (tls->weak[i].value == value) {
            json_put_string(writer, weak_class_name((enum weak_class)i));
        }
    }
    json_close_array(writer);
}

/* IANA numbers by their names, those without one in hexadecimal. */
static void field_numbers(struct json_writer *writer, const char *key, const uint16_t *numbers,
                          size_t num, const char *(*name_of)(uint16_t number))
{
    json_key(writer, key);
    json_open_array(writer);
    for (size_t i = 0; i < num; i++) {
        char digits[8];
        const char *name = name_of(numbers[i]);
        snprintf(digits, sizeof(digits), "0x%04x", numbers[i]);
        json_put_string(writer, name != NULL ? name : digits);
    }
    json_close_array(writer);
}

static void field_tls(struct json_writer *writer, const struct endpoint_record *record)
{
    const struct tls_facts *tls = &record->tls;
    json_key(writer, "tls");
    if (!record->has_tls) {
        json_put_null(writer);
        return;
    }
    json_open_object(writer);
    bool has_handshake = record->starttls_handshake.value == TRI_YES;
    field_string(writer, "version", has_handshake ? tls_version_name(tls->version) : NULL);
    field_string(writer, "cipher", tls->cipher);
    field_string(writer, "group", tls->group);
    field_text(writer, "alpn", tls->alpn, NAME_TEXT_MAX);
    field_versions(writer, tls);
    field_weak_where(writer, "weak", tls, TRI_YES);
    field_weak_where(writer, "weak_unknown", tls, TRI_UNKNOWN);
    field_uint_or_null(writer, "dh_bits", tls->dh_bits);
    field_numbers(writer, "groups", tls->groups, tls->num_groups, tls->group_name);
    field_numbers(writer, "suites", tls->suites, tls->num_suites, tls->suite_name);
    field_verdict(writer, "post_quantum", tls->post_quantum);
    field_string(writer, "post_quantum_group", tls->post_quantum_group);
    field_bool(writer, "large_hello_intolerant", tls->large_hello_intolerant);
    field_string(writer, "preference", cipher_preference_name(tls->preference));
    field_verdict(writer, "ems", tls->ems);
    field_verdict(writer, "secure_renegotiation", tls->secure_renegotiation);
    field_verdict(writer, "compression", tls->compression);
    field_verdict(writer, "tickets", tls->tickets);
    field_string(writer, "client_certificate", client_certificate_name(tls->client_certificate));
    json_close_object(writer);
}

/* ---- Endpoint ---- */

static void field_reply(struct json_writer *writer, const struct reply *reply)
{
    json_key(writer, "reply");
    if (reply->code == 0 && reply->text.bytes == NULL) {
        json_put_null(writer);
        return;
    }
    json_open_object(writer);
    field_uint_or_null(writer, "code", reply->code);
    field_text(writer, "text", reply->text, LINE_TEXT_MAX);
    json_close_object(writer);
}

static void field_identity(struct json_writer *writer, const struct endpoint_record *record)
{
    field_string(writer, "type", "endpoint");
    field_string(writer, "host", record->host);
    field_string(writer, "address", record->address);
    field_uint_or_null(writer, "family", record->family);
    field_uint(writer, "port", record->port);
    field_string(writer, "service", record->service);
}

static void field_outcome(struct json_writer *writer, const struct endpoint_record *record)
{
    field_string(writer, "outcome", outcome_name(record->outcome));
    field_string(writer, "outcome_detail", record->outcome_detail);
    field_reply(writer, &record->reply);
    field_uint(writer, "attempts", record->attempts);
    field_uint(writer, "connections", record->connections);
    field_text(writer, "banner", record->banner, LINE_TEXT_MAX);
}

static void field_starttls(struct json_writer *writer, const struct endpoint_record *record)
{
    field_verdict(writer, "esmtp", record->esmtp);
    json_key(writer, "starttls");
    json_open_object(writer);
    if (record->implicit_tls) {
        json_key(writer, "advertised");
        json_put_null(writer);
        json_key(writer, "accepted");
        json_put_null(writer);
    } else {
        field_verdict(writer, "advertised", record->starttls_advertised);
        field_verdict(writer, "accepted", record->starttls_accepted);
    }
    field_verdict(writer, "handshake", record->starttls_handshake);
    field_verdict(writer, "offered_in_tls", record->starttls_in_tls);
    json_close_object(writer);
    field_verdict(writer, "login_before_tls", record->login_before_tls);
    field_bool(writer, "inconsistent", record->inconsistent);
    field_bool(writer, "no_common_suite", record->no_common_suite);
}

static void field_dialogue_tests(struct json_writer *writer, const struct endpoint_record *record)
{
    json_key(writer, "injection");
    json_open_object(writer);
    field_verdict(writer, "commands", record->injection_commands);
    field_verdict(writer, "responses", record->injection_responses);
    json_close_object(writer);
    field_string(writer, "plaintext_mail", plaintext_mail_name(record->plaintext_mail));
    field_verdict(writer, "requiretls", record->requiretls);
    json_key(writer, "dane");
    json_open_object(writer);
    field_string(writer, "status", dane_status_name(record->dane));
    field_uint(writer, "records", record->dane_records);
    field_string(writer, "matched", record->dane_matched);
    field_string(writer, "base", record->dane_base);
    field_strings(writer, "problems", record->dane_problems, record->num_dane_problems);
    json_close_object(writer);
}

static void field_origin(struct json_writer *writer, const struct endpoint_record *record)
{
    field_string(writer, "country", record->country);
    field_uint_or_null(writer, "asn", record->asn);
    field_text(writer, "as_org", record->as_org, NAME_TEXT_MAX);
    field_string(writer, "provider", record->provider);
}

static void field_milliseconds(struct json_writer *writer, const char *key, int32_t value)
{
    json_key(writer, key);
    if (value < 0) {
        json_put_null(writer);
    } else {
        json_int(writer, value);
    }
}

static void field_timings(struct json_writer *writer, const struct timings *timings)
{
    json_key(writer, "timings_ms");
    json_open_object(writer);
    field_milliseconds(writer, "connect", timings->connect);
    field_milliseconds(writer, "banner", timings->banner);
    field_milliseconds(writer, "ehlo", timings->ehlo);
    field_milliseconds(writer, "starttls", timings->starttls);
    field_milliseconds(writer, "handshake", timings->handshake);
    field_milliseconds(writer, "total", timings->total);
    json_close_object(writer);
}

static void field_profiles(struct json_writer *writer, const struct endpoint_record *record)
{
    json_key(writer, "profiles");
    json_open_object(writer);
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        const struct profile_verdict *verdict = &record->profiles[i];
        json_key(writer, profile_name((enum profile)i));
        if (verdict->level == NULL) {
            json_put_null(writer);
            continue;
        }
        json_open_object(writer);
        field_string(writer, "level", verdict->level);
        field_strings(writer, "failed", verdict->failed, verdict->num_failed);
        field_strings(writer, "open", verdict->open, verdict->num_open);
        json_close_object(writer);
    }
    json_close_object(writer);
}

void record_json_endpoint(struct json_writer *writer, const struct endpoint_record *record)
{
    json_open_object(writer);
    field_identity(writer, record);
    field_outcome(writer, record);
    field_starttls(writer, record);
    field_tls(writer, record);
    field_certificates(writer, record);
    field_dialogue_tests(writer, record);
    field_origin(writer, record);
    field_grade(writer, record->grade, record->score);
    field_findings(writer, record->findings, record->num_findings);
    field_profiles(writer, record);
    field_policy(writer, record->policy, record->policy_digest);
    field_timings(writer, &record->timings);
    field_time(writer, "started", record->started, true);
    json_close_object(writer);
}

/* ---- Domain ---- */

static size_t earlier_of_same_name(const struct input_field *fields, size_t index)
{
    size_t num = 0;
    for (size_t i = 0; i < index; i++) {
        num += fields[i].name.len == fields[index].name.len &&
               memcmp(fields[i].name.bytes, fields[index].name.bytes, fields[i].name.len) == 0;
    }
    return num;
}

/* Column names that recur get _2, _3, so that no value is lost to a parser that keeps the last. */
static void field_input_fields(struct json_writer *writer, const struct domain_record *record)
{
    json_key(writer, "input_fields");
    json_open_object(writer);
    for (size_t i = 0; i < record->num_fields; i++) {
        char name[NAME_TEXT_MAX + 16];
        struct text key = record->fields[i].name;
        size_t num_earlier = key.bytes != NULL ? earlier_of_same_name(record->fields, i) : 0;
        if (num_earlier > 0) {
            int len = snprintf(name, sizeof(name), "%.*s_%zu",
                               (int)(key.len < NAME_TEXT_MAX ? key.len : NAME_TEXT_MAX), key.bytes,
                               num_earlier + 1);
            key = (struct text){name, len > 0 ? (size_t)len : 0};
        }
        json_key_text(writer, key, NAME_TEXT_MAX + 8);
        json_text(writer, record->fields[i].value, INPUT_TEXT_MAX);
    }
    json_close_object(writer);
}

static void field_mx_endpoints(struct json_writer *writer, const struct mx_record *mx)
{
    json_key(writer, "endpoints");
    json_open_array(writer);
    for (size_t i = 0; i < mx->num_endpoints; i++) {
        const struct mx_endpoint *endpoint = &mx->endpoints[i];
        json_open_object(writer);
        field_string(writer, "address", endpoint->address);
        field_uint(writer, "port", endpoint->port);
        field_string(writer, "outcome", outcome_name(endpoint->outcome));
        field_grade(writer, endpoint->grade, endpoint->score);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void value_mx(struct json_writer *writer, const struct mx_record *mx)
{
    json_open_object(writer);
    json_key(writer, "preference");
    if (mx->preference < 0) {
        json_put_null(writer);
    } else {
        json_int(writer, mx->preference);
    }
    field_text(writer, "host", mx->host, NAME_TEXT_MAX);
    field_string(writer, "outcome", outcome_name(mx->outcome));
    field_string(writer, "grade", grade_name(mx->grade));
    field_verdict(writer, "dnssec", mx->dnssec);
    field_string(writer, "dane", dane_status_name(mx->dane));
    field_strings(writer, "caa", mx->caa, mx->num_caa);
    field_mx_endpoints(writer, mx);
    json_close_object(writer);
}

static void field_mail(struct json_writer *writer, const struct domain_record *record)
{
    field_string(writer, "mail", mail_kind_name(record->mail));
    json_key(writer, "dns");
    json_open_object(writer);
    field_string(writer, "outcome", outcome_name(record->dns_outcome));
    field_verdict(writer, "dnssec", record->dnssec);
    json_close_object(writer);
    json_key(writer, "mx");
    json_open_array(writer);
    for (size_t i = 0; i < record->num_mx; i++) {
        value_mx(writer, &record->mx[i]);
    }
    json_close_array(writer);
}

static void field_mta_sts(struct json_writer *writer, const struct mta_sts_record *mta_sts)
{
    json_key(writer, "mta_sts");
    json_open_object(writer);
    field_string(writer, "status", mta_sts_status_name(mta_sts->status));
    field_string(writer, "mode", mta_sts->mode);
    field_string(writer, "id", mta_sts->id);
    json_key(writer, "max_age");
    if (mta_sts->max_age < 0) {
        json_put_null(writer);
    } else {
        json_int(writer, mta_sts->max_age);
    }
    field_strings(writer, "mx", mta_sts->mx, mta_sts->num_mx);
    field_strings(writer, "problems", mta_sts->problems, mta_sts->num_problems);
    json_close_object(writer);
}

static void field_tls_rpt(struct json_writer *writer, const struct tls_rpt_record *tls_rpt)
{
    json_key(writer, "tls_rpt");
    json_open_object(writer);
    field_verdict(writer, "status", tls_rpt->status);
    json_key(writer, "rua");
    json_open_array(writer);
    for (size_t i = 0; i < tls_rpt->num_rua; i++) {
        json_text(writer, tls_rpt->rua[i], LINE_TEXT_MAX);
    }
    json_close_array(writer);
    field_strings(writer, "problems", tls_rpt->problems, tls_rpt->num_problems);
    json_close_object(writer);
}

static void field_services(struct json_writer *writer, const struct domain_record *record)
{
    json_key(writer, "services");
    json_open_array(writer);
    for (size_t i = 0; i < record->num_services; i++) {
        const struct service_record *service = &record->services[i];
        json_open_object(writer);
        field_string(writer, "service", service->service);
        field_string(writer, "offered", tri_name(service->offered));
        field_string(writer, "lookup", outcome_name(service->lookup));
        field_text(writer, "host", service->host.host, NAME_TEXT_MAX);
        field_uint_or_null(writer, "port", service->port);
        field_string(writer, "outcome", outcome_name(service->host.outcome));
        field_string(writer, "grade", grade_name(service->host.grade));
        field_mx_endpoints(writer, &service->host);
        json_close_object(writer);
    }
    json_close_array(writer);
}

void record_json_domain(struct json_writer *writer, const struct domain_record *record)
{
    json_open_object(writer);
    field_string(writer, "type", "domain");
    field_string(writer, "domain", record->domain);
    field_text(writer, "input", record->input, INPUT_TEXT_MAX);
    field_uint(writer, "line", record->line);
    field_input_fields(writer, record);
    field_mail(writer, record);
    field_services(writer, record);
    field_string(writer, "opportunistic_tls", opportunistic_tls_name(record->opportunistic));
    field_string(writer, "opportunistic_reason", record->opportunistic_reason);
    field_string(writer, "enforced_tls", enforced_tls_name(record->enforced));
    field_string(writer, "enforced_reason", record->enforced_reason);
    json_key(writer, "dane");
    json_open_object(writer);
    field_string(writer, "status", dane_status_name(record->dane));
    json_close_object(writer);
    field_mta_sts(writer, &record->mta_sts);
    field_tls_rpt(writer, &record->tls_rpt);
    field_grade(writer, record->grade, record->score);
    field_findings(writer, record->findings, record->num_findings);
    field_policy(writer, record->policy, record->policy_digest);
    field_bool(writer, "partial", record->partial);
    json_close_object(writer);
}

/* ---- Run ---- */

void record_json_run(struct json_writer *writer, const struct run_record *record)
{
    json_open_object(writer);
    field_string(writer, "type", "run");
    field_uint(writer, "schema_version", RECORD_SCHEMA_VERSION);
    field_string(writer, "version", record->version);
    field_policy(writer, record->policy, record->policy_digest);
    field_text(writer, "list", (struct text){record->list, strlen(record->list)}, INPUT_TEXT_MAX);
    field_string(writer, "list_sha256", record->list_sha256);
    json_key(writer, "options");
    json_open_object(writer);
    for (size_t i = 0; i < record->num_options; i++) {
        const char *value = record->options[i].value;
        field_text(writer, record->options[i].name, (struct text){value, strlen(value)},
                   INPUT_TEXT_MAX);
    }
    json_close_object(writer);
    field_time(writer, "started", record->started, true);
    field_time(writer, "now", record->now, false);
    json_close_object(writer);
}

/* ---- Summary ---- */

static void field_grades(struct json_writer *writer, const char *key,
                         const uint64_t grades[GRADE_COUNT])
{
    static const enum grade order[] = {GRADE_A_PLUS, GRADE_A, GRADE_B, GRADE_C,
                                       GRADE_D,      GRADE_F, GRADE_U, GRADE_N};
    json_key(writer, key);
    json_open_object(writer);
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        field_uint(writer, grade_name(order[i]), grades[order[i]]);
    }
    json_close_object(writer);
}

static void field_shares(struct json_writer *writer, const char *key, const struct share *shares,
                         size_t num)
{
    json_key(writer, key);
    json_open_array(writer);
    for (size_t i = 0; i < num; i++) {
        json_open_object(writer);
        field_text(writer, "key", shares[i].key, NAME_TEXT_MAX);
        field_uint(writer, "endpoints", shares[i].endpoints);
        field_uint(writer, "domains", shares[i].domains);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void field_seconds(struct json_writer *writer, const char *key, double seconds)
{
    json_key(writer, key);
    if (seconds < 0) {
        json_put_null(writer);
    } else {
        json_double(writer, seconds, 3);
    }
}

static void field_counts(struct json_writer *writer, const struct summary_record *record)
{
    field_uint(writer, "lines", record->lines);
    field_uint(writer, "domains", record->domains);
    field_uint(writer, "invalid_lines", record->invalid_lines);
    field_uint(writer, "endpoints", record->endpoints);
    field_uint(writer, "connections", record->connections);
    field_uint(writer, "connections_saved", record->connections_saved);
    field_uint(writer, "dns_questions", record->dns_questions);
    field_grades(writer, "domain_grades", record->domain_grades);
    field_grades(writer, "endpoint_grades", record->endpoint_grades);
    json_key(writer, "outcomes");
    json_open_object(writer);
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        if (record->outcomes[i] > 0) {
            field_uint(writer, outcome_name((enum outcome)i), record->outcomes[i]);
        }
    }
    json_close_object(writer);
}

static void field_answers(struct json_writer *writer, const struct summary_record *record)
{
    json_key(writer, "opportunistic_tls");
    json_open_object(writer);
    for (unsigned i = 0; i <= OPPORTUNISTIC_YES; i++) {
        field_uint(writer, opportunistic_tls_name((enum opportunistic_tls)i),
                   record->opportunistic[i]);
    }
    json_close_object(writer);
    json_key(writer, "enforced_tls");
    json_open_object(writer);
    for (unsigned i = 0; i <= ENFORCED_BOTH; i++) {
        field_uint(writer, enforced_tls_name((enum enforced_tls)i), record->enforced[i]);
    }
    json_close_object(writer);
}

void record_json_summary(struct json_writer *writer, const struct summary_record *record)
{
    json_open_object(writer);
    field_string(writer, "type", "summary");
    field_policy(writer, record->policy, record->policy_digest);
    field_bool(writer, "complete", record->complete);
    field_bool(writer, "interrupted", record->interrupted);
    field_bool(writer, "port_blocked", record->port_blocked);
    field_counts(writer, record);
    field_answers(writer, record);
    field_shares(writer, "countries", record->countries, record->num_countries);
    field_shares(writer, "networks", record->networks, record->num_networks);
    field_shares(writer, "providers", record->providers, record->num_providers);
    field_seconds(writer, "seconds", record->seconds);
    field_seconds(writer, "seconds_to_half", record->seconds_to_half);
    field_seconds(writer, "seconds_to_95", record->seconds_to_95);
    field_seconds(writer, "dns_share", record->dns_seconds_share);
    field_time(writer, "finished", record->finished, true);
    json_close_object(writer);
}
