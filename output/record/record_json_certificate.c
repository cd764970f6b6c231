#include "output/record/record_json.h"

#include "output/record/field.h"

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
