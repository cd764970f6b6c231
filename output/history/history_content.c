#include "output/history/history_content.h"

#include <string.h>

#include "output/history/history_detail.h"
#include "output/record/record_json.h"
#include "output/record/record_parts.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Parts of records ---- */

/* Some members of an object inside a record; nothing where it has no such object. */
static void put_part(struct json_writer *writer, const struct record_object *object,
                     const void *record, const char *name, const char *const *names,
                     size_t num_names)
{
    const struct record_field *field = record_field_find(object, name);
    if (!record_field_is_there(field, record)) {
        return;
    }
    const void *at = record_field_at(field, record);
    json_key(writer, name);
    json_open_object(writer);
    record_json_members(writer, field->object,
                        field->kind == FIELD_POINTED ? *(const void *const *)at : at, names,
                        num_names);
    json_close_object(writer);
}

#define PUT_PART(writer, object, record, name, ...)                                                \
    do {                                                                                           \
        static const char *const names_[] = {__VA_ARGS__};                                         \
        put_part(writer, object, record, name, names_, NUM(names_));                               \
    } while (0)

#define PUT(writer, object, record, ...)                                                           \
    do {                                                                                           \
        static const char *const names_[] = {__VA_ARGS__};                                         \
        record_json_members(writer, object, record, names_, NUM(names_));                          \
    } while (0)

/* ---- Hosts of a domain ---- */

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Has the host, as the run knows it, the same addresses in the same order? */
static bool has_these_addresses(const struct history_hosts *hosts, const struct mx_record *mx)
{
    const struct history_host *host =
        mx->host.bytes != NULL && mx->num_endpoints > 0
            ? history_hosts_find(hosts, mx->host.bytes, mx->endpoints[0].port)
            : NULL;
    if (host == NULL || host->num_addresses != mx->num_endpoints) {
        return false;
    }
    for (size_t i = 0; i < mx->num_endpoints; i++) {
        if (mx->endpoints[i].port != host->port ||
            !is_same(mx->endpoints[i].address, host->addresses[i])) {
            return false;
        }
    }
    return true;
}

static void put_address(struct json_writer *writer, const char *address, uint16_t port)
{
    json_open_object(writer);
    json_key(writer, "address");
    json_put_string(writer, address);
    json_key(writer, "port");
    json_uint(writer, port);
    json_close_object(writer);
}

static void put_addresses(struct json_writer *writer, const struct history_hosts *hosts,
                          const struct mx_record *mx)
{
    json_key(writer, "endpoints");
    json_open_array(writer);
    if (hosts != NULL && has_these_addresses(hosts, mx)) {
        put_address(writer, HISTORY_HOSTS_OWN, mx->endpoints[0].port);
    } else {
        for (size_t i = 0; i < mx->num_endpoints; i++) {
            put_address(writer, mx->endpoints[i].address, mx->endpoints[i].port);
        }
    }
    json_close_array(writer);
}

static void put_mx(struct json_writer *writer, const struct domain_record *domain,
                   const struct history_hosts *hosts)
{
    json_key(writer, "mx");
    json_open_array(writer);
    for (size_t i = 0; i < domain->num_mx; i++) {
        json_open_object(writer);
        PUT(writer, &record_of_mx, &domain->mx[i], "preference", "host", "outcome", "grade");
        put_addresses(writer, hosts, &domain->mx[i]);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void put_services(struct json_writer *writer, const struct domain_record *domain,
                         const struct history_hosts *hosts)
{
    const struct record_object *object = record_field_find(&record_of_domain, "services")->object;
    if (domain->num_services == 0) {
        return;
    }
    json_key(writer, "services");
    json_open_array(writer);
    for (size_t i = 0; i < domain->num_services; i++) {
        json_open_object(writer);
        PUT(writer, object, &domain->services[i], "service", "host", "port", "outcome", "grade");
        put_addresses(writer, hosts, &domain->services[i].host);
        json_close_object(writer);
    }
    json_close_array(writer);
}

/* ---- Findings ---- */

static void put_finding(struct json_writer *writer, const struct finding *finding)
{
    json_open_object(writer);
    PUT(writer, &record_of_finding, finding, "code", "severity", "detail", "accepted");
    json_close_object(writer);
}

static void put_findings(struct json_writer *writer, const struct domain_record *domain,
                         const struct history_addresses *addresses, struct arena *arena)
{
    json_key(writer, "findings");
    json_open_array(writer);
    for (size_t i = 0; i < domain->num_findings; i++) {
        struct finding finding = domain->findings[i];
        if (addresses != NULL) {
            finding.detail = history_detail_fold(finding.detail, addresses, arena);
        }
        put_finding(writer, &finding);
    }
    json_close_array(writer);
}

/* The details of an endpoint's findings hold figures that change each night, and nobody compares
 * them. */
static void put_codes(struct json_writer *writer, const struct endpoint_record *endpoint)
{
    json_key(writer, "findings");
    json_open_array(writer);
    for (size_t i = 0; i < endpoint->num_findings; i++) {
        json_open_object(writer);
        PUT(writer, &record_of_finding, &endpoint->findings[i], "code", "severity");
        json_close_object(writer);
    }
    json_close_array(writer);
}

/* ---- Records ---- */

static void put_domain(struct json_writer *writer, const struct domain_record *domain,
                       const struct history_hosts *hosts)
{
    PUT(writer, &record_of_domain, domain, "type", "domain", "input", "mail", "opportunistic_tls",
        "enforced_tls");
    PUT_PART(writer, &record_of_domain, domain, "dns", "outcome");
    PUT_PART(writer, &record_of_domain, domain, "dane", "status");
    PUT_PART(writer, &record_of_domain, domain, "mta_sts", "status", "mode", "problems");
    PUT_PART(writer, &record_of_domain, domain, "tls_rpt", "status");
    PUT_PART(writer, &record_of_domain, domain, "evidence", "mta_sts_network");
    PUT(writer, &record_of_domain, domain, "grade", "accepted_grade", "score", "open", "partial");
    put_mx(writer, domain, hosts);
    put_services(writer, domain, hosts);
}

void history_content_domain(struct json_writer *writer, const struct domain_record *domain,
                            const struct history_hosts *hosts, struct arena *arena)
{
    struct history_addresses addresses;
    bool ok = history_addresses_of(domain, arena, &addresses);
    json_open_object(writer);
    put_domain(writer, domain, hosts);
    put_findings(writer, domain, ok ? &addresses : NULL, arena);
    json_close_object(writer);
    if (!ok || arena->has_failed) {
        json_writer_fail(writer);
    }
}

void history_content_domain_line(struct json_writer *writer, const struct domain_record *domain)
{
    json_open_object(writer);
    put_domain(writer, domain, NULL);
    PUT(writer, &record_of_domain, domain, "line");
    put_findings(writer, domain, NULL, NULL);
    json_close_object(writer);
}

/* What the presence or absence of a finding can be seen by (output/record/finding_sight.h). */
static void put_sight(struct json_writer *writer, const struct endpoint_record *endpoint)
{
    PUT(writer, &record_of_endpoint, endpoint, "esmtp", "login_before_tls", "inconsistent");
    PUT_PART(writer, &record_of_endpoint, endpoint, "starttls", "advertised", "accepted",
             "handshake", "offered_in_tls");
    PUT_PART(writer, &record_of_endpoint, endpoint, "tls", "version", "cipher", "versions", "weak",
             "weak_unknown", "post_quantum", "ems", "secure_renegotiation", "compression",
             "client_certificate");
    PUT_PART(writer, &record_of_endpoint, endpoint, "injection", "commands", "responses");
    PUT(writer, &record_of_endpoint, endpoint, "plaintext_mail");
    PUT_PART(writer, &record_of_endpoint, endpoint, "dane", "status");
}

static void put_endpoint_evidence(struct json_writer *writer,
                                  const struct endpoint_record *endpoint)
{
    const struct record_field *field = record_field_find(&record_of_endpoint, "evidence");
    if (record_field_is_there(field, endpoint)) {
        json_key(writer, "evidence");
        json_open_object(writer);
        PUT_PART(writer, field->object, record_field_at(field, endpoint), "certificate", "mixed",
                 "dane_mixed", "dane_alone", "key_alone", "left_out");
        json_close_object(writer);
    }
}

static void put_endpoint(struct json_writer *writer, const struct endpoint_record *endpoint)
{
    PUT(writer, &record_of_endpoint, endpoint, "type", "service", "outcome");
    put_sight(writer, endpoint);
    put_endpoint_evidence(writer, endpoint);
    PUT(writer, &record_of_endpoint, endpoint, "grade", "score", "open");
    put_codes(writer, endpoint);
}

void history_content_endpoint(struct json_writer *writer, const struct endpoint_record *endpoint)
{
    json_open_object(writer);
    put_endpoint(writer, endpoint);
    PUT_PART(writer, &record_of_endpoint, endpoint, "certificate", "trusted", "name_match",
             "problems", "ocsp_staple", "sct");
    json_close_object(writer);
}

void history_content_endpoint_line(struct json_writer *writer,
                                   const struct endpoint_record *endpoint)
{
    json_open_object(writer);
    put_endpoint(writer, endpoint);
    PUT(writer, &record_of_endpoint, endpoint, "host", "address", "family", "port", "provider");
    PUT_PART(writer, &record_of_endpoint, endpoint, "certificate", "trusted", "name_match",
             "problems", "ocsp_staple", "sct", "subject", "issuer", "not_before", "not_after",
             "days_left", "sha256", "spki_sha256");
    json_close_object(writer);
}

void history_content_certificate(struct json_writer *writer,
                                 const struct certificate_record *certificate)
{
    json_open_object(writer);
    PUT(writer, &record_of_certificate, certificate, "subject", "issuer", "not_before", "not_after",
        "sha256", "spki_sha256");
    json_close_object(writer);
}
