#include "output/record/record_parts.h"
#include "output/report/report_columns.h"

static void put_domain_name(struct report_rows *rows, const struct domain_record *domain,
                            struct json_writer *out)
{
    (void)rows;
    if (domain->domain != NULL) {
        json_put_string(out, domain->domain);
    } else {
        json_text(out, domain->input, SIZE_MAX);
    }
}

static void put_line(struct report_rows *rows, const struct domain_record *domain,
                     struct json_writer *out)
{
    (void)rows;
    json_uint(out, domain->line);
}

static void put_domain_grade(struct report_rows *rows, const struct domain_record *domain,
                             struct json_writer *out)
{
    report_put_name(rows, &record_grade, domain->grade, out);
}

static void put_accepted_grade(struct report_rows *rows, const struct domain_record *domain,
                               struct json_writer *out)
{
    report_put_field(rows, &record_of_domain, "accepted_grade", domain, out);
}

static void put_domain_score(struct report_rows *rows, const struct domain_record *domain,
                             struct json_writer *out)
{
    (void)rows;
    report_put_score(domain->grade, domain->score, out);
}

static void put_opportunistic(struct report_rows *rows, const struct domain_record *domain,
                              struct json_writer *out)
{
    report_put_name(rows, &record_opportunistic_tls, domain->opportunistic, out);
}

static void put_enforced(struct report_rows *rows, const struct domain_record *domain,
                         struct json_writer *out)
{
    report_put_name(rows, &record_enforced_tls, domain->enforced, out);
}

static void put_mail(struct report_rows *rows, const struct domain_record *domain,
                     struct json_writer *out)
{
    report_put_name(rows, &record_mail_kind, domain->mail, out);
}

static void put_mta_sts(struct report_rows *rows, const struct domain_record *domain,
                        struct json_writer *out)
{
    report_put_name(rows, &record_mta_sts_status, domain->mta_sts.status, out);
}

static void put_dane(struct report_rows *rows, const struct domain_record *domain,
                     struct json_writer *out)
{
    report_put_name(rows, &record_dane_status, domain->dane, out);
}

static void put_dns_outcome(struct report_rows *rows, const struct domain_record *domain,
                            struct json_writer *out)
{
    report_put_name(rows, &record_outcome, domain->dns_outcome, out);
}

/* The other columns of the supplier list: their names recur, their values do not. */
static void put_field_names(struct report_rows *rows, const struct domain_record *domain,
                            struct json_writer *out)
{
    struct json_writer *names = report_put_fresh(rows);
    json_open_array(names);
    for (size_t i = 0; i < domain->num_fields; i++) {
        json_text(names, domain->fields[i].name, SIZE_MAX);
    }
    json_close_array(names);
    report_put_one(rows, &rows->values, out);
}

static void put_field_values(struct report_rows *rows, const struct domain_record *domain,
                             struct json_writer *out)
{
    (void)rows;
    json_open_array(out);
    for (size_t i = 0; i < domain->num_fields; i++) {
        json_text(out, domain->fields[i].value, SIZE_MAX);
    }
    json_close_array(out);
}

static void put_domain_codes(struct report_rows *rows, const struct domain_record *domain,
                             struct json_writer *out)
{
    report_put_codes(rows, domain->findings, domain->num_findings, out);
}

static void put_hosts(struct report_rows *rows, const struct domain_record *domain,
                      struct json_writer *out)
{
    bool is_list = domain->num_mx != 1;
    if (is_list) {
        json_open_array(out);
    }
    for (size_t i = 0; i < domain->num_mx; i++) {
        json_text(report_put_fresh(rows), domain->mx[i].host, SIZE_MAX);
        report_put_one(rows, &rows->names, out);
    }
    if (is_list) {
        json_close_array(out);
    }
}

/* How many of its addresses have an endpoint record; writes their numbers unless `out` is NULL. */
static size_t put_numbers(struct report_rows *rows, const struct domain_record *domain,
                          struct json_writer *out)
{
    size_t num = 0, number;
    for (size_t i = 0; i < domain->num_mx; i++) {
        const struct mx_record *mx = &domain->mx[i];
        for (size_t k = 0; k < mx->num_endpoints; k++) {
            if (!report_find_endpoint(rows, mx, &mx->endpoints[k], &number)) {
                continue;
            }
            num++;
            if (out != NULL) {
                json_uint(out, number);
            }
        }
    }
    return num;
}

static void put_endpoints(struct report_rows *rows, const struct domain_record *domain,
                          struct json_writer *out)
{
    bool is_list = put_numbers(rows, domain, NULL) != 1;
    if (is_list) {
        json_open_array(out);
    }
    put_numbers(rows, domain, out);
    if (is_list) {
        json_close_array(out);
    }
}

static void put_partial(struct report_rows *rows, const struct domain_record *domain,
                        struct json_writer *out)
{
    (void)rows;
    json_bool(out, domain->partial);
}

static void put_domain_open(struct report_rows *rows, const struct domain_record *domain,
                            struct json_writer *out)
{
    report_put_field(rows, &record_of_domain, "open", domain, out);
}

const struct report_domain_column report_domain_columns[] = {
    {"name", put_domain_name},
    {"line", put_line},
    {"grade", put_domain_grade},
    {"accepted", put_accepted_grade},
    {"score", put_domain_score},
    {"opportunistic", put_opportunistic},
    {"enforced", put_enforced},
    {"mail", put_mail},
    {"mta_sts", put_mta_sts},
    {"dane", put_dane},
    {"outcome", put_dns_outcome},
    {"fields", put_field_names},
    {"field_values", put_field_values},
    {"findings", put_domain_codes},
    {"hosts", put_hosts},
    {"endpoints", put_endpoints},
    {"partial", put_partial},
    {"open", put_domain_open},
};

#define NUM(columns) (sizeof(columns) / sizeof((columns)[0]))

_Static_assert(NUM(report_domain_columns) <= REPORT_COLUMNS_MAX,
               "a list has a stream for each column");

const size_t report_num_domain_columns = NUM(report_domain_columns);
