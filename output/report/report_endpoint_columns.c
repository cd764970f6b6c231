#include <stdio.h>
#include <stdlib.h>

#include "io/base/calendar.h"
#include "output/record/record_json.h"
#include "output/report/report_columns.h"

#define DATE_LEN 10 /* of "2026-11-23T12:00:00Z" */

static void put_host(struct report_rows *rows, const struct endpoint_record *endpoint,
                     struct json_writer *out)
{
    report_put_string(rows, &rows->names,
                      endpoint->host != NULL ? endpoint->host : endpoint->address, out);
}

static void put_provider(struct report_rows *rows, const struct endpoint_record *endpoint,
                         struct json_writer *out)
{
    report_put_string(rows, &rows->names, endpoint->provider, out);
}

static void put_country(struct report_rows *rows, const struct endpoint_record *endpoint,
                        struct json_writer *out)
{
    report_put_string(rows, &rows->values, endpoint->country, out);
}

/* "AS64496 Example Networks" */
static void put_network(struct report_rows *rows, const struct endpoint_record *endpoint,
                        struct json_writer *out)
{
    const char *org = endpoint->as_org.bytes;
    char *network = NULL;
    if (endpoint->asn == 0) {
        json_put_null(out);
    } else if (asprintf(&network, "AS%u%s%s", (unsigned)endpoint->asn, org != NULL ? " " : "",
                        org != NULL ? org : "") < 0) {
        rows->names.failed = true;
        json_put_null(out);
    } else {
        report_put_string(rows, &rows->names, network, out);
        free(network);
    }
}

static void put_fingerprint(struct report_rows *rows, const struct endpoint_record *endpoint,
                            struct json_writer *out)
{
    const struct certificate_record *certificate = endpoint->certificate;
    if (certificate == NULL) {
        json_put_null(out);
        return;
    }
    json_hex(report_put_fresh(rows), certificate->sha256, sizeof(certificate->sha256));
    report_put_one(rows, &rows->certificates, out);
}

static void put_expiry(struct report_rows *rows, const struct endpoint_record *endpoint,
                       struct json_writer *out)
{
    const struct certificate_record *certificate = endpoint->certificate;
    char time[CALENDAR_TEXT_MAX];
    if (certificate == NULL || !certificate->has_validity ||
        calendar_write((double)certificate->not_after, false, time) < DATE_LEN) {
        json_put_null(out);
        return;
    }
    time[DATE_LEN] = '\0';
    report_put_string(rows, &rows->values, time, out);
}

static void put_versions(struct report_rows *rows, const struct endpoint_record *endpoint,
                         struct json_writer *out)
{
    if (!endpoint->has_tls) {
        json_put_null(out);
        return;
    }
    const struct record_object *tls = record_field_find(&record_of_endpoint, "tls")->object;
    record_json_value(report_put_fresh(rows), record_field_find(tls, "versions"), &endpoint->tls);
    report_put_one(rows, &rows->values, out);
}

static void put_endpoint_codes(struct report_rows *rows, const struct endpoint_record *endpoint,
                               struct json_writer *out)
{
    report_put_codes(rows, endpoint->findings, endpoint->num_findings, out);
}

static void put_endpoint_open(struct report_rows *rows, const struct endpoint_record *endpoint,
                              struct json_writer *out)
{
    report_put_field(rows, &record_of_endpoint, "open", endpoint, out);
}

static void put_endpoint_grade(struct report_rows *rows, const struct endpoint_record *endpoint,
                               struct json_writer *out)
{
    report_put_name(rows, &record_grade, endpoint->grade, out);
}

static void put_endpoint_score(struct report_rows *rows, const struct endpoint_record *endpoint,
                               struct json_writer *out)
{
    (void)rows;
    report_put_score(endpoint->grade, endpoint->score, out);
}

static void put_outcome(struct report_rows *rows, const struct endpoint_record *endpoint,
                        struct json_writer *out)
{
    report_put_name(rows, &record_outcome, endpoint->outcome, out);
}

static void put_service(struct report_rows *rows, const struct endpoint_record *endpoint,
                        struct json_writer *out)
{
    report_put_string(rows, &rows->values, endpoint->service, out);
}

static void put_port(struct report_rows *rows, const struct endpoint_record *endpoint,
                     struct json_writer *out)
{
    (void)rows;
    json_uint(out, endpoint->port);
}

const struct report_endpoint_column report_endpoint_columns[] = {
    {"name", put_host},
    {"provider", put_provider},
    {"country", put_country},
    {"network", put_network},
    {"certificate", put_fingerprint},
    {"expires", put_expiry},
    {"versions", put_versions},
    {"findings", put_endpoint_codes},
    {"grade", put_endpoint_grade},
    {"score", put_endpoint_score},
    {"outcome", put_outcome},
    {"service", put_service},
    {"port", put_port},
    {"open", put_endpoint_open},
};

#define NUM(columns) (sizeof(columns) / sizeof((columns)[0]))

_Static_assert(NUM(report_endpoint_columns) <= REPORT_COLUMNS_MAX,
               "a list has a stream for each column");

const size_t report_num_endpoint_columns = NUM(report_endpoint_columns);
