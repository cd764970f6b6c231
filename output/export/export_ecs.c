#include "output/export/export_ecs.h"

#include <stdio.h>
#include <string.h>

#include "io/base/hex.h"
#include "output/record/record_enum.h"
#include "output/record/record_json.h"
#include "output/record/record_parts.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

#define MESSAGE_MAX    1024
#define ID_MAX         512
#define TEXT_MAX       1024 /* a keyword that is longer is not indexed by default */
#define LABEL_NAME_MAX 256

/* ---- Members ---- */

static void put_string(struct json_writer *writer, const char *key, const char *value)
{
    if (value != NULL) {
        json_key(writer, key);
        json_put_string(writer, value);
    }
}

static void put_text(struct json_writer *writer, const char *key, struct text value)
{
    if (value.bytes != NULL) {
        json_key(writer, key);
        json_text(writer, value, TEXT_MAX);
    }
}

static void put_number(struct json_writer *writer, const char *key, uint64_t value)
{
    json_key(writer, key);
    json_uint(writer, value);
}

static void put_time(struct json_writer *writer, const char *key, double seconds)
{
    json_key(writer, key);
    json_time(writer, seconds, true);
}

static void open_object(struct json_writer *writer, const char *key)
{
    json_key(writer, key);
    json_open_object(writer);
}

static void put_words(struct json_writer *writer, const char *key, const char *const *words,
                      size_t num)
{
    json_key(writer, key);
    json_open_array(writer);
    for (size_t i = 0; i < num; i++) {
        json_put_string(writer, words[i]);
    }
    json_close_array(writer);
}

/* ---- What both kinds of events have ---- */

static bool has_score(enum grade grade)
{
    return grade != GRADE_U && grade != GRADE_N;
}

/* A score is the better the higher it is, and a risk the other way round. */
static void put_risk(struct json_writer *writer, enum grade grade, unsigned score)
{
    if (has_score(grade)) {
        put_number(writer, "risk_score", score < 100 ? 100 - score : 0);
    }
}

static void put_beginning(struct json_writer *writer, const struct run_record *run, double started)
{
    put_time(writer, "@timestamp", started > 0 ? started : run->started);
    open_object(writer, "ecs");
    put_string(writer, "version", EXPORT_ECS_VERSION);
    json_close_object(writer);
    open_object(writer, "observer");
    put_string(writer, "product", "mxgrade");
    put_string(writer, "type", "scanner");
    put_string(writer, "version", run->version);
    json_close_object(writer);
}

/* The codes, by which events are found; what they say stands in "mxgrade". */
static void put_tags(struct json_writer *writer, const struct finding *findings, size_t num)
{
    json_key(writer, "tags");
    json_open_array(writer);
    for (size_t i = 0; i < num; i++) {
        if (findings[i].code != NULL) {
            json_put_string(writer, findings[i].code);
        }
    }
    json_close_array(writer);
}

/* ---- Domains ---- */

static void put_domain_event(struct json_writer *writer, const struct domain_record *domain)
{
    static const char *const categories[] = {"vulnerability"}, *const types[] = {"info"};
    char id[ID_MAX];
    open_object(writer, "event");
    put_string(writer, "kind", "state");
    put_words(writer, "category", categories, NUM(categories));
    put_words(writer, "type", types, NUM(types));
    put_string(writer, "module", "mxgrade");
    put_string(writer, "dataset", "mxgrade.domain");
    if (domain->run != NULL) {
        snprintf(id, sizeof(id), "%s-%llu", domain->run, (unsigned long long)domain->line);
        put_string(writer, "id", id);
    }
    put_risk(writer, domain->grade, domain->score);
    json_close_object(writer);
}

static void put_domain_message(struct json_writer *writer, const struct domain_record *domain)
{
    char message[MESSAGE_MAX];
    if (domain->domain == NULL) {
        open_object(writer, "error");
        put_string(writer, "message",
                   domain->problem != NULL ? domain->problem : "the line is no domain");
        json_close_object(writer);
        return;
    }
    snprintf(message, sizeof(message), "%s: grade %s, opportunistic TLS: %s, enforced TLS: %s",
             domain->domain, grade_name(domain->grade),
             record_enum_name(&record_opportunistic_tls, domain->opportunistic),
             record_enum_name(&record_enforced_tls, domain->enforced));
    put_string(writer, "message", message);
    open_object(writer, "dns");
    open_object(writer, "question");
    put_string(writer, "name", domain->domain);
    put_string(writer, "type", "MX");
    json_close_object(writer);
    json_close_object(writer);
}

/* The name of a column as that of a label, which has no dot: it would stand for an object. */
static struct text label_name(struct text name, char room[LABEL_NAME_MAX])
{
    size_t len = name.len < LABEL_NAME_MAX ? name.len : LABEL_NAME_MAX;
    for (size_t i = 0; i < len; i++) {
        room[i] = name.bytes[i] == '.' ? '_' : name.bytes[i];
    }
    return len > 0 ? (struct text){room, len} : (struct text){"_", 1};
}

static void put_labels(struct json_writer *writer, const struct domain_record *domain)
{
    if (domain->num_fields == 0) {
        return;
    }
    open_object(writer, "labels");
    for (size_t i = 0; i < domain->num_fields; i++) {
        char room[LABEL_NAME_MAX];
        json_key_text(writer, label_name(domain->fields[i].name, room), LABEL_NAME_MAX);
        json_text(writer, domain->fields[i].value, TEXT_MAX);
    }
    json_close_object(writer);
}

static void put_related(struct json_writer *writer, const struct domain_record *domain)
{
    open_object(writer, "related");
    json_key(writer, "hosts");
    json_open_array(writer);
    if (domain->domain != NULL) {
        json_put_string(writer, domain->domain);
    }
    for (size_t i = 0; i < domain->num_mx; i++) {
        if (domain->mx[i].host.bytes != NULL) {
            json_text(writer, domain->mx[i].host, TEXT_MAX);
        }
    }
    json_close_array(writer);
    json_key(writer, "ip");
    json_open_array(writer);
    for (size_t i = 0; i < domain->num_mx; i++) {
        for (size_t k = 0; k < domain->mx[i].num_endpoints; k++) {
            if (domain->mx[i].endpoints[k].address != NULL) {
                json_put_string(writer, domain->mx[i].endpoints[k].address);
            }
        }
    }
    json_close_array(writer);
    json_close_object(writer);
}

void export_ecs_domain(struct json_writer *writer, const struct run_record *run,
                       const struct domain_record *domain)
{
    static const char *const fields[] = {"run",
                                         "line",
                                         "domain",
                                         "input",
                                         "mail",
                                         "grade",
                                         "score",
                                         "partial",
                                         "open",
                                         "opportunistic_tls",
                                         "opportunistic_reason",
                                         "enforced_tls",
                                         "enforced_reason",
                                         "dns",
                                         "dane",
                                         "mta_sts",
                                         "tls_rpt",
                                         "spf",
                                         "dmarc",
                                         "accepted_grade",
                                         "findings",
                                         "policy",
                                         "policy_digest"};
    json_open_object(writer);
    put_beginning(writer, run, domain->started);
    put_domain_event(writer, domain);
    put_domain_message(writer, domain);
    put_related(writer, domain);
    put_labels(writer, domain);
    put_tags(writer, domain->findings, domain->num_findings);
    open_object(writer, "mxgrade");
    record_json_members(writer, &record_of_domain, domain, fields, NUM(fields));
    json_close_object(writer);
    json_close_object(writer);
}

/* ---- Endpoints ---- */

static void put_endpoint_event(struct json_writer *writer, const struct endpoint_record *endpoint)
{
    static const char *const categories[] = {"network", "vulnerability"}, *const types[] = {"info"};
    char id[ID_MAX];
    open_object(writer, "event");
    put_string(writer, "kind", "state");
    put_words(writer, "category", categories, NUM(categories));
    put_words(writer, "type", types, NUM(types));
    put_string(writer, "module", "mxgrade");
    put_string(writer, "dataset", "mxgrade.endpoint");
    if (endpoint->run != NULL) {
        snprintf(id, sizeof(id), "%s-%s-%s-%u-%s", endpoint->run,
                 endpoint->host != NULL ? endpoint->host : "",
                 endpoint->address != NULL ? endpoint->address : "", endpoint->port,
                 endpoint->service != NULL ? endpoint->service : "");
        put_string(writer, "id", id);
    }
    put_risk(writer, endpoint->grade, endpoint->score);
    json_close_object(writer);
}

static void put_server(struct json_writer *writer, const struct endpoint_record *endpoint)
{
    open_object(writer, "server");
    put_string(writer, "address", endpoint->host != NULL ? endpoint->host : endpoint->address);
    put_string(writer, "domain", endpoint->host);
    put_string(writer, "ip", endpoint->address);
    put_number(writer, "port", endpoint->port);
    if (endpoint->host != NULL) { /* otherwise it is the prefix of the address */
        put_string(writer, "registered_domain", endpoint->provider);
    }
    if (endpoint->country != NULL) {
        open_object(writer, "geo");
        put_string(writer, "country_iso_code", endpoint->country);
        json_close_object(writer);
    }
    if (endpoint->asn != 0) {
        open_object(writer, "as");
        put_number(writer, "number", endpoint->asn);
        open_object(writer, "organization");
        put_text(writer, "name", endpoint->as_org);
        json_close_object(writer);
        json_close_object(writer);
    }
    json_close_object(writer);
}

/* The protocol is that of the service, whether TLS is begun by a command or with the first byte. */
static const char *protocol_of(const char *service)
{
    static const struct {
        const char *service, *protocol;
    } protocols[] = {
        {"submission", "smtp"}, {"submissions", "smtp"}, {"imaps", "imap"}, {"pop3s", "pop3"}};
    for (size_t i = 0; i < NUM(protocols); i++) {
        if (service != NULL && strcmp(service, protocols[i].service) == 0) {
            return protocols[i].protocol;
        }
    }
    return service;
}

static void put_network(struct json_writer *writer, const struct endpoint_record *endpoint)
{
    open_object(writer, "network");
    put_string(writer, "transport", "tcp");
    if (endpoint->family != 0) {
        put_string(writer, "type", endpoint->family == 6 ? "ipv6" : "ipv4");
    }
    put_string(writer, "protocol", protocol_of(endpoint->service));
    json_close_object(writer);
}

static void put_name(struct json_writer *writer, const char *key, struct text name)
{
    open_object(writer, key);
    put_text(writer, "distinguished_name", name);
    json_close_object(writer);
}

static void put_dates(struct json_writer *writer, const struct certificate_record *certificate)
{
    if (certificate->has_validity) {
        put_time(writer, "not_before", (double)certificate->not_before);
        put_time(writer, "not_after", (double)certificate->not_after);
    }
}

static void put_x509(struct json_writer *writer, const struct certificate_record *certificate)
{
    open_object(writer, "x509");
    put_name(writer, "subject", certificate->subject);
    put_name(writer, "issuer", certificate->issuer);
    put_dates(writer, certificate);
    json_key(writer, "alternative_names");
    json_open_array(writer);
    for (size_t i = 0; i < certificate->num_names; i++) {
        json_text(writer, certificate->names[i], TEXT_MAX);
    }
    json_close_array(writer);
    put_string(writer, "public_key_algorithm", certificate->key);
    put_number(writer, "public_key_size", certificate->key_bits);
    put_string(writer, "signature_algorithm", certificate->signature);
    json_close_object(writer);
}

static void put_certificate(struct json_writer *writer,
                            const struct certificate_record *certificate)
{
    char sha256[2 * sizeof(certificate->sha256) + 1];
    *hex_write(sha256, certificate->sha256, sizeof(certificate->sha256), HEX_UPPER) = '\0';
    open_object(writer, "server");
    put_text(writer, "subject", certificate->subject);
    put_text(writer, "issuer", certificate->issuer);
    put_dates(writer, certificate);
    open_object(writer, "hash");
    put_string(writer, "sha256", sha256);
    json_close_object(writer);
    put_x509(writer, certificate);
    json_close_object(writer);
}

/* "TLSv1.2" is version 1.2 of "tls", and "SSLv3" version 3 of "ssl". */
static void put_version(struct json_writer *writer, enum tls_version version)
{
    const char *name = record_enum_name(&record_tls_version, version);
    const char *number = strchr(name, 'v');
    put_string(writer, "version", number != NULL ? number + 1 : name);
    put_string(writer, "version_protocol", name[0] == 'S' ? "ssl" : "tls");
}

static void put_tls(struct json_writer *writer, const struct endpoint_record *endpoint)
{
    open_object(writer, "tls");
    if (endpoint->starttls_handshake.value != TRI_UNKNOWN) {
        json_key(writer, "established");
        json_bool(writer, endpoint->starttls_handshake.value == TRI_YES);
    }
    if (endpoint->has_tls) {
        if (endpoint->tls.has_version) {
            put_version(writer, endpoint->tls.version);
        }
        put_string(writer, "cipher", endpoint->tls.cipher);
        put_string(writer, "curve", endpoint->tls.group);
    }
    if (endpoint->certificate != NULL) {
        put_certificate(writer, endpoint->certificate);
    }
    json_close_object(writer);
}

static void put_endpoint_message(struct json_writer *writer, const struct endpoint_record *endpoint)
{
    char message[MESSAGE_MAX];
    snprintf(message, sizeof(message), "%s %s port %u: grade %s, %s",
             endpoint->host != NULL ? endpoint->host : "",
             endpoint->address != NULL ? endpoint->address : "without address", endpoint->port,
             grade_name(endpoint->grade), outcome_text(endpoint->outcome));
    put_string(writer, "message", message + (message[0] == ' ' ? 1 : 0));
}

void export_ecs_endpoint(struct json_writer *writer, const struct run_record *run,
                         const struct endpoint_record *endpoint)
{
    static const char *const fields[] = {
        "run",  "service", "outcome",        "outcome_detail", "starttls", "grade",        "score",
        "open", "dane",    "plaintext_mail", "findings",       "policy",   "policy_digest"};
    json_open_object(writer);
    put_beginning(writer, run, endpoint->started);
    put_endpoint_event(writer, endpoint);
    put_endpoint_message(writer, endpoint);
    put_server(writer, endpoint);
    put_network(writer, endpoint);
    put_tls(writer, endpoint);
    put_tags(writer, endpoint->findings, endpoint->num_findings);
    open_object(writer, "mxgrade");
    record_json_members(writer, &record_of_endpoint, endpoint, fields, NUM(fields));
    json_close_object(writer);
    json_close_object(writer);
}
