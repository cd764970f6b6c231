/*
 * Records as events of the Elastic Common Schema, an object a line, which a SIEM takes as they are.
 * What the schema has no field for stands under "mxgrade", as in the record.
 */
#ifndef MXGRADE_OUTPUT_EXPORT_ECS_H
#define MXGRADE_OUTPUT_EXPORT_ECS_H

#include "output/record/json_writer.h"
#include "output/record/record.h"

/* The version whose fields are used: https://www.elastic.co/docs/reference/ecs */
#define EXPORT_ECS_VERSION "9.4.0"

/* Each writes an event into an empty writer. The run is that of the file. */
void export_ecs_domain(struct json_writer *writer, const struct run_record *run,
                       const struct domain_record *domain);
void export_ecs_endpoint(struct json_writer *writer, const struct run_record *run,
                         const struct endpoint_record *endpoint);

#endif
