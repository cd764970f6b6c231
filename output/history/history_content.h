/*
 * What a history keeps of records, as JSON objects with the names that result files have. It is
 * what `mxgrade diff` and people ask for, without what changes from night to night and says
 * nothing: counts of votes, timings, greetings, the days that a certificate has left. Addresses of
 * a host stand apart, so that a host whose addresses rotate changes no domain.
 *
 * Each function writes one object into an empty writer.
 */
#ifndef MXGRADE_OUTPUT_HISTORY_CONTENT_H
#define MXGRADE_OUTPUT_HISTORY_CONTENT_H

#include "io/base/arena.h"
#include "output/history/history_hosts.h"
#include "output/record/json_writer.h"
#include "output/record/record.h"

/* In place of the addresses of a host: those that the host has in that run. */
#define HISTORY_HOSTS_OWN "*"

/* Addresses of an MX host or of a service stand in the object only where `hosts` has others. */
void history_content_domain(struct json_writer *writer, const struct domain_record *domain,
                            const struct history_hosts *hosts, struct arena *arena);

/* Without host, address, port, provider and what identifies its certificate. */
void history_content_endpoint(struct json_writer *writer, const struct endpoint_record *endpoint);

/* The same as lines of a result file, with all that the others leave to be found elsewhere. */
void history_content_domain_line(struct json_writer *writer, const struct domain_record *domain);
void history_content_endpoint_line(struct json_writer *writer,
                                   const struct endpoint_record *endpoint);

/* What identifies a certificate. */
void history_content_certificate(struct json_writer *writer,
                                 const struct certificate_record *certificate);

#endif
