/* The shapes that recur in records: a key and its value. */
#ifndef MXGRADE_OUTPUT_FIELD_H
#define MXGRADE_OUTPUT_FIELD_H

#include "output/record/json_writer.h"
#include "output/record/record.h"

/* Bounds on foreign text in a record, in bytes of input. */
#define LINE_TEXT_MAX  512
#define NAME_TEXT_MAX  256
#define INPUT_TEXT_MAX 4096

void field_string(struct json_writer *writer, const char *key, const char *value);
void field_text(struct json_writer *writer, const char *key, struct text value, size_t max_bytes);
void field_uint(struct json_writer *writer, const char *key, uint64_t value);
void field_bool(struct json_writer *writer, const char *key, bool value);
void field_time(struct json_writer *writer, const char *key, double seconds, bool fine);
void field_verdict(struct json_writer *writer, const char *key, struct verdict verdict);
void field_uint_or_null(struct json_writer *writer, const char *key, uint64_t value);
void field_grade(struct json_writer *writer, enum grade grade, unsigned score);
void field_findings(struct json_writer *writer, const struct finding *findings, size_t num);
void field_policy(struct json_writer *writer, const char *policy, const char *digest);
void field_strings(struct json_writer *writer, const char *key, const char *const *values,
                   size_t num);

#endif
