/*
 * Records as JSON lines, by the tables of record_field.h. Each function writes one whole object
 * into an empty writer.
 */
#ifndef MXGRADE_OUTPUT_RECORD_JSON_H
#define MXGRADE_OUTPUT_RECORD_JSON_H

#include "output/record/json_writer.h"
#include "output/record/record.h"
#include "output/record/record_field.h"

void record_json_run(struct json_writer *writer, const struct run_record *record);
void record_json_endpoint(struct json_writer *writer, const struct endpoint_record *record);
void record_json_domain(struct json_writer *writer, const struct domain_record *record);
void record_json_run_void(struct json_writer *writer, const struct run_void_record *record);
void record_json_summary(struct json_writer *writer, const struct summary_record *record);

/* Of "mxgrade doctor --json". */
void record_json_doctor(struct json_writer *writer, const struct doctor_record *record);

/* The certificate object alone, as in an endpoint (for `mxgrade verify`). */
void record_json_certificate(struct json_writer *writer, const struct certificate_record *record);

/* A whole object, by its table. */
void record_json_object(struct json_writer *writer, const struct record_object *object,
                        const void *record);

/* A field's value alone: null where it has none, and of a verdict without its reason. */
void record_json_value(struct json_writer *writer, const struct record_field *field,
                       const void *record);

/* Those fields of a record as members of the object that is open; a name that `object` does not
 * have is passed over, as is a field that a record leaves out where it has no value. */
void record_json_members(struct json_writer *writer, const struct record_object *object,
                         const void *record, const char *const *names, size_t num_names);

#endif
