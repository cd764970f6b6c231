#include "output/report/report_rows.h"

#include <string.h>

#define DATE_LEN 10 /* of "2026-11-23T12:00:00Z" */

static const char *const endpoint_columns[] = {
    "name",     "provider", "country", "network", "certificate", "expires", "versions",
    "findings", "grade",    "score",   "outcome", "service",     "port",
};

static const char *const domain_columns[] = {
    "name",     "line",    "grade",     "score",   "opportunistic", "enforced",
    "mail",     "mta_sts", "dane",      "outcome", "fields",        "field_values",
    "findings", "hosts",   "endpoints", "partial",
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

_Static_assert(COUNT_OF(endpoint_columns) <= REPORT_COLUMNS_MAX &&
                   COUNT_OF(domain_columns) <= REPORT_COLUMNS_MAX,
               "a list has a stream for each column");

const char *report_rows_column(enum report_rows_of which, size_t column)
{
    if (which == REPORT_ROWS_OF_ENDPOINTS) {
        return column < COUNT_OF(endpoint_columns) ? endpoint_columns[column] : NULL;
    }
    return column < COUNT_OF(domain_columns) ? domain_columns[column] : NULL;
}

bool report_rows_init(struct report_rows *rows)
{
    report_values_init(&rows->values);
    report_values_init(&rows->names);
    report_values_init(&rows->certificates);
    report_values_init(&rows->endpoints);
    rows->codes = json_object();
    return !rows->values.failed && !rows->names.failed && !rows->certificates.failed &&
           !rows->endpoints.failed && rows->codes != NULL;
}

void report_rows_fini(struct report_rows *rows)
{
    report_values_fini(&rows->values);
    report_values_fini(&rows->names);
    report_values_fini(&rows->certificates);
    report_values_fini(&rows->endpoints);
    json_decref(rows->codes);
}

/* ---- Building ---- */

/* Appends to a row that stays NULL once something could not be made. Takes `value`. */
static void append(json_t **row, json_t *value)
{
    if (*row == NULL) {
        json_decref(value);
    } else if (json_array_append_new(*row, value) != 0) {
        json_decref(*row);
        *row = NULL;
    }
}

/* Most lists have one element, and a page of many rows is read faster without a list around it. */
static json_t *unwrapped(json_t *list)
{
    if (json_array_size(list) != 1) {
        return list;
    }
    json_t *only = json_incref(json_array_get(list, 0));
    json_decref(list);
    return only;
}

static json_t *common(struct report_rows *rows, const json_t *value)
{
    return report_values_add(&rows->values, value);
}

static json_t *name_number(struct report_rows *rows, const json_t *name)
{
    return report_values_add(&rows->names, name);
}

/* The value itself if it is one that a cell can show or count with. */
static json_t *plain(json_t *value)
{
    bool is_plain = json_is_string(value) || json_is_integer(value) || json_is_boolean(value);
    return is_plain ? json_incref(value) : json_null();
}

/* A value made for a dictionary alone. Takes `value`; NULL where that is: out of memory. */
static json_t *add_new(struct report_values *values, json_t *value)
{
    json_t *number = value != NULL ? report_values_add(values, value) : NULL;
    json_decref(value);
    return number;
}

/* ---- Endpoints ---- */

static json_t *endpoint_key(json_t *host, json_t *address, json_t *port)
{
    json_t *key = json_array();
    append(&key, plain(host));
    append(&key, plain(address));
    append(&key, plain(port));
    return key;
}

bool report_rows_number_endpoint(struct report_rows *rows, const json_t *endpoint)
{
    json_t *key =
        endpoint_key(json_object_get(endpoint, "host"), json_object_get(endpoint, "address"),
                     json_object_get(endpoint, "port"));
    size_t count = report_values_count(&rows->endpoints);
    json_decref(report_values_add(&rows->endpoints, key));
    json_decref(key);
    return report_values_count(&rows->endpoints) > count && !rows->endpoints.failed;
}

/* "AS64496 Example Networks" */
static json_t *network(struct report_rows *rows, const json_t *endpoint)
{
    const json_t *asn = json_object_get(endpoint, "asn");
    const char *org = json_string_value(json_object_get(endpoint, "as_org"));
    if (!json_is_integer(asn)) {
        return json_null();
    }
    return add_new(&rows->names, json_sprintf("AS%lld%s%s", (long long)json_integer_value(asn),
                                              org != NULL ? " " : "", org != NULL ? org : ""));
}

static json_t *expiry_date(struct report_rows *rows, const json_t *certificate)
{
    const json_t *time = json_object_get(certificate, "not_after");
    if (json_string_length(time) < DATE_LEN) {
        return json_null();
    }
    /* What was cut inside a character is no date either: then there is none. */
    json_t *date = json_stringn(json_string_value(time), DATE_LEN);
    return date != NULL ? add_new(&rows->values, date) : json_null();
}

/* The codes of a record's findings, one dictionary entry for each combination. */
static json_t *finding_codes(struct report_rows *rows, json_t *findings)
{
    json_t *codes = json_array();
    size_t i;
    json_t *finding;
    json_array_foreach(findings, i, finding)
    {
        json_t *code = json_object_get(finding, "code");
        json_t *severity = json_object_get(finding, "severity");
        if (!json_is_string(code)) {
            continue;
        }
        append(&codes, plain(code));
        if (json_object_get(rows->codes, json_string_value(code)) == NULL &&
            json_object_set_new(rows->codes, json_string_value(code), plain(severity)) != 0) {
            json_decref(codes);
            return NULL;
        }
    }
    return add_new(&rows->values, codes);
}

json_t *report_rows_endpoint(struct report_rows *rows, const json_t *endpoint)
{
    json_t *row = json_array();
    const json_t *host = json_object_get(endpoint, "host");
    const json_t *certificate = json_object_get(endpoint, "certificate");
    append(&row,
           name_number(rows, json_is_string(host) ? host : json_object_get(endpoint, "address")));
    append(&row, name_number(rows, json_object_get(endpoint, "provider")));
    append(&row, common(rows, json_object_get(endpoint, "country")));
    append(&row, network(rows, endpoint));
    append(&row, report_values_add(&rows->certificates, json_object_get(certificate, "sha256")));
    append(&row, expiry_date(rows, certificate));
    append(&row, common(rows, json_object_get(json_object_get(endpoint, "tls"), "versions")));
    append(&row, finding_codes(rows, json_object_get(endpoint, "findings")));
    append(&row, common(rows, json_object_get(endpoint, "grade")));
    append(&row, plain(json_object_get(endpoint, "score")));
    append(&row, common(rows, json_object_get(endpoint, "outcome")));
    append(&row, common(rows, json_object_get(endpoint, "service")));
    append(&row, plain(json_object_get(endpoint, "port")));
    return row;
}

/* ---- Domains ---- */

json_t *report_rows_addresses(struct report_rows *rows, json_t *mx)
{
    json_t *addresses = json_array();
    size_t i;
    json_t *seen;
    json_array_foreach(json_object_get(mx, "endpoints"), i, seen)
    {
        size_t number;
        json_t *address = json_object_get(seen, "address");
        json_t *port = json_object_get(seen, "port");
        json_t *key = endpoint_key(json_object_get(mx, "host"), address, port);
        bool found = key != NULL && report_values_find(&rows->endpoints, key, &number);
        json_decref(key);
        append(&addresses, found ? json_integer((json_int_t)number)
                                 : json_pack("[ooooo]", plain(address), plain(port),
                                             plain(json_object_get(seen, "outcome")),
                                             plain(json_object_get(seen, "grade")),
                                             plain(json_object_get(seen, "score"))));
    }
    return addresses;
}

static json_t *numbers_of_endpoints(struct report_rows *rows, json_t *mx_list)
{
    json_t *numbers = json_array();
    size_t i;
    json_t *mx;
    json_array_foreach(mx_list, i, mx)
    {
        size_t k;
        json_t *address;
        json_t *addresses = report_rows_addresses(rows, mx);
        json_array_foreach(addresses, k, address)
        {
            if (json_is_integer(address)) {
                append(&numbers, json_incref(address));
            }
        }
        json_decref(addresses);
    }
    return numbers;
}

static json_t *hosts(struct report_rows *rows, json_t *mx_list)
{
    json_t *numbers = json_array();
    size_t i;
    json_t *mx;
    json_array_foreach(mx_list, i, mx)
    {
        append(&numbers, name_number(rows, json_object_get(mx, "host")));
    }
    return numbers;
}

/* The other columns of the supplier list: their names recur, their values do not. */
static void append_fields(json_t **row, struct report_rows *rows, json_t *fields)
{
    json_t *names = json_array();
    json_t *values = json_array();
    const char *name;
    json_t *value;
    json_object_foreach(fields, name, value)
    {
        append(&names, json_string(name));
        append(&values, plain(value));
    }
    append(row, add_new(&rows->values, names));
    append(row, values);
}

json_t *report_rows_domain(struct report_rows *rows, const json_t *domain)
{
    static const char *const statuses[] = {"mta_sts", "dane"};
    json_t *row = json_array();
    json_t *name = json_object_get(domain, "domain");
    json_t *mx = json_object_get(domain, "mx");
    append(&row, plain(json_is_string(name) ? name : json_object_get(domain, "input")));
    append(&row, plain(json_object_get(domain, "line")));
    append(&row, common(rows, json_object_get(domain, "grade")));
    append(&row, plain(json_object_get(domain, "score")));
    append(&row, common(rows, json_object_get(domain, "opportunistic_tls")));
    append(&row, common(rows, json_object_get(domain, "enforced_tls")));
    append(&row, common(rows, json_object_get(domain, "mail")));
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        append(&row, common(rows, json_object_get(json_object_get(domain, statuses[i]), "status")));
    }
    append(&row, common(rows, json_object_get(json_object_get(domain, "dns"), "outcome")));
    append_fields(&row, rows, json_object_get(domain, "input_fields"));
    append(&row, finding_codes(rows, json_object_get(domain, "findings")));
    append(&row, unwrapped(hosts(rows, mx)));
    append(&row, unwrapped(numbers_of_endpoints(rows, mx)));
    append(&row, plain(json_object_get(domain, "partial")));
    return row;
}
