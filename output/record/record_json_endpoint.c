#include "output/record/record_json.h"

#include <stdio.h>

#include "output/record/field.h"

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
        if (name == NULL) {
            snprintf(digits, sizeof(digits), "0x%04x", numbers[i]);
        }
        json_put_string(writer, name != NULL ? name : digits);
    }
    json_close_array(writer);
}

static void field_cut_lists(struct json_writer *writer, const struct tls_facts *tls)
{
    if (!tls->has_lists) {
        return;
    }
    json_key(writer, "lists_incomplete");
    json_open_array(writer);
    for (unsigned i = 0; i < TLS_LIST_COUNT; i++) {
        if ((tls->cut_lists >> i & 1) != 0) {
            json_put_string(writer, tls_list_name((enum tls_list)i));
        }
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
    field_string(writer, "dh_group", tls->dh_group);
    field_numbers(writer, "groups", tls->groups, tls->num_groups, tls->group_name);
    field_numbers(writer, "groups_tls12", tls->curves, tls->num_curves, tls->group_name);
    field_numbers(writer, "suites", tls->suites, tls->num_suites, tls->suite_name);
    field_cut_lists(writer, tls);
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
        field_strings(writer, "failed_levels", verdict->failed_levels, verdict->num_failed);
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
