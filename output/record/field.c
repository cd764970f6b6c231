#include "output/record/field.h"

#include <string.h>

void field_string(struct json_writer *writer, const char *key, const char *value)
{
    json_key(writer, key);
    json_put_string(writer, value);
}

void field_text(struct json_writer *writer, const char *key, struct text value, size_t max_bytes)
{
    json_key(writer, key);
    json_text(writer, value, max_bytes);
}

void field_uint(struct json_writer *writer, const char *key, uint64_t value)
{
    json_key(writer, key);
    json_uint(writer, value);
}

void field_bool(struct json_writer *writer, const char *key, bool value)
{
    json_key(writer, key);
    json_bool(writer, value);
}

void field_time(struct json_writer *writer, const char *key, double seconds, bool fine)
{
    json_key(writer, key);
    json_time(writer, seconds, fine);
}

/* "key": "unknown", "key_reason": "connect_timeout" - the reason only beside unknown. */
void field_verdict(struct json_writer *writer, const char *key, struct verdict verdict)
{
    field_string(writer, key, tri_name(verdict.value));
    if (verdict.value == TRI_UNKNOWN) {
        json_key_joined(writer, key, "_reason");
        json_put_string(writer, outcome_name(verdict.reason));
    }
}

/* 0 stands for "not known" in these. */
void field_uint_or_null(struct json_writer *writer, const char *key, uint64_t value)
{
    json_key(writer, key);
    if (value == 0) {
        json_put_null(writer);
    } else {
        json_uint(writer, value);
    }
}

void field_grade(struct json_writer *writer, enum grade grade, unsigned score)
{
    field_string(writer, "grade", grade_name(grade));
    json_key(writer, "score");
    if (grade == GRADE_U || grade == GRADE_N) {
        json_put_null(writer);
    } else {
        json_uint(writer, score);
    }
}

void field_findings(struct json_writer *writer, const struct finding *findings, size_t num)
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

void field_policy(struct json_writer *writer, const char *policy, const char *digest)
{
    field_string(writer, "policy", policy);
    field_string(writer, "policy_digest", digest);
}

void field_strings(struct json_writer *writer, const char *key, const char *const *values,
                   size_t num)
{
    json_key(writer, key);
    json_open_array(writer);
    for (size_t i = 0; i < num; i++) {
        json_put_string(writer, values[i]);
    }
    json_close_array(writer);
}
