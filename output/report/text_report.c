#include "output/report/text_report.h"

#include <jansson.h>
#include <string.h>

#include "output/file/line_source.h"
#include "output/record/text_safe.h"
#include "output/report/text_wrap.h"

/* Bounds of what is shown of foreign text. */
#define NAME_SHOWN   100
#define DETAIL_SHOWN 200
#define INDENT       4

struct page {
    const struct text_report_options *options;
    json_t *endpoints; /* by "host address port" */
};

/* ---- Fields ---- */

static const char *string_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static bool is_set(const char *text)
{
    return text[0] != '\0';
}

/* ---- Writing ---- */

static void put(const struct page *page, const char *text)
{
    fputs(text, page->options->stream);
}

static void put_foreign(const struct page *page, const char *text, size_t max)
{
    text_safe_write(page->options->stream, text, strlen(text), max, page->options->utf8);
}

static const char *colour_of_grade(const char *grade)
{
    switch (grade[0]) {
    case 'A':
        return "\033[32m";
    case 'B':
        return "\033[36m";
    case 'C':
        return "\033[33m";
    case 'D':
    case 'F':
        return "\033[31m";
    default:
        return "\033[2m";
    }
}

static void put_coloured(const struct page *page, const char *colour, const char *text)
{
    bool colour_on = page->options->colour;
    fprintf(page->options->stream, "%s%s%s", colour_on ? colour : "", text,
            colour_on ? "\033[0m" : "");
}

static void put_wrapped(const struct page *page, const char *label, const char *text)
{
    text_wrap(page->options->stream, INDENT, label, text, page->options->width);
}

/* ---- Endpoints ---- */

static void put_versions(const struct page *page, const json_t *tls)
{
    const char *version;
    json_t *verdict;
    put(page, "        speaks");
    json_object_foreach(json_object_get(tls, "versions"), version, verdict)
    {
        const char *value = json_string_value(verdict);
        if (value != NULL && strcmp(value, "yes") == 0) {
            put(page, " ");
            put(page, version);
        }
    }
    if (is_set(string_of(tls, "cipher"))) {
        put(page, "; chose ");
        put(page, string_of(tls, "cipher"));
        if (is_set(string_of(tls, "group"))) {
            put(page, ", ");
            put(page, string_of(tls, "group"));
        }
    }
    put(page, "\n");
}

static void put_certificate(const struct page *page, const json_t *certificate)
{
    put(page, "        certificate ");
    put_foreign(page, string_of(certificate, "subject"), NAME_SHOWN);
    put(page, " by ");
    put_foreign(page, string_of(certificate, "issuer"), NAME_SHOWN);
    fprintf(page->options->stream,
            "\n        valid until %.10s (%lld days), trusted: %s, name: %s\n",
            string_of(certificate, "not_after"),
            (long long)json_integer_value(json_object_get(certificate, "days_left")),
            string_of(certificate, "trusted"),
            is_set(string_of(certificate, "name_match")) ? string_of(certificate, "name_match")
                                                         : "not checked");
}

static void put_refusal(const struct page *page, const json_t *reply)
{
    if (!json_is_object(reply)) {
        return;
    }
    put(page, "        it said: ");
    put_foreign(page, string_of(reply, "text"), DETAIL_SHOWN);
    put(page, "\n");
}

static void put_origin(const struct page *page, const json_t *endpoint)
{
    json_int_t asn = json_integer_value(json_object_get(endpoint, "asn"));
    if (is_set(string_of(endpoint, "country"))) {
        fprintf(page->options->stream, "  %s", string_of(endpoint, "country"));
    }
    if (asn > 0) {
        fprintf(page->options->stream, "  AS%lld ", (long long)asn);
        put_foreign(page, string_of(endpoint, "as_org"), NAME_SHOWN);
    }
}

static void put_endpoint(const struct page *page, const char *host, const json_t *brief)
{
    char key[512];
    enum outcome outcome;
    snprintf(key, sizeof(key), "%s %s %lld", host, string_of(brief, "address"),
             (long long)json_integer_value(json_object_get(brief, "port")));
    const json_t *endpoint = json_object_get(page->endpoints, key);
    put(page, "      ");
    put_coloured(page, colour_of_grade(string_of(brief, "grade")), string_of(brief, "grade"));
    fprintf(page->options->stream, "  %s", string_of(brief, "address"));
    put_origin(page, endpoint);
    if (outcome_from_name(string_of(brief, "outcome"), &outcome) && outcome != OUTCOME_OK) {
        fprintf(page->options->stream, "  %s", outcome_text(outcome));
    }
    put(page, "\n");
    put_refusal(page, json_object_get(endpoint, "reply"));
    const json_t *tls = json_object_get(endpoint, "tls");
    if (json_is_object(tls)) {
        put_versions(page, tls);
    }
    if (json_is_object(json_object_get(endpoint, "certificate"))) {
        put_certificate(page, json_object_get(endpoint, "certificate"));
    }
}

static void put_host(const struct page *page, const json_t *host)
{
    size_t i;
    json_t *brief;
    enum outcome outcome;
    put_foreign(page, string_of(host, "host"), NAME_SHOWN);
    if (json_array_size(json_object_get(host, "endpoints")) == 0 &&
        outcome_from_name(string_of(host, "outcome"), &outcome)) {
        fprintf(page->options->stream, ": %s", outcome_text(outcome));
    }
    put(page, "\n");
    json_array_foreach(json_object_get(host, "endpoints"), i, brief)
    {
        put_endpoint(page, string_of(host, "host"), brief);
    }
}

static void put_hosts(const struct page *page, const json_t *domain)
{
    size_t i;
    json_t *mx;
    json_array_foreach(json_object_get(domain, "mx"), i, mx)
    {
        const json_t *preference = json_object_get(mx, "preference");
        put(page, "    ");
        if (json_is_integer(preference)) {
            fprintf(page->options->stream, "%lld ", (long long)json_integer_value(preference));
        }
        put_host(page, mx);
    }
}

/* The others, that people's mail programs use; a host or why there is none. */
static void put_services(const struct page *page, const json_t *domain)
{
    size_t i;
    json_t *service;
    json_array_foreach(json_object_get(domain, "services"), i, service)
    {
        fprintf(page->options->stream, "    %s ", string_of(service, "service"));
        if (is_set(string_of(service, "host"))) {
            put_host(page, service);
        } else if (strcmp(string_of(service, "offered"), "no") == 0) {
            put(page, "not offered, says its SRV record\n");
        } else {
            enum outcome outcome;
            bool known = outcome_from_name(string_of(service, "lookup"), &outcome);
            fprintf(page->options->stream, "not found by SRV: %s\n",
                    known ? outcome_text(outcome) : "unknown");
        }
    }
}

/* ---- Findings ---- */

static void put_finding(const struct page *page, const json_t *finding,
                        const struct finding_rule *rule)
{
    static const char *const colours[] = {"\033[2m", "\033[36m", "\033[33m", "\033[31m",
                                          "\033[1;31m"};
    put(page, "  ");
    put_coloured(page, colours[rule->severity], severity_name(rule->severity));
    fprintf(page->options->stream, ": %s [%s]\n", rule->title, rule->code);
    if (is_set(string_of(finding, "detail"))) {
        put(page, "    seen:   ");
        put_foreign(page, string_of(finding, "detail"), DETAIL_SHOWN);
        put(page, "\n");
    }
    put_wrapped(page, "fix:    ", rule->remedy);
    put_wrapped(page, "source: ", rule->source);
}

/* The most severe first. */
static void put_findings(const struct page *page, const json_t *domain)
{
    const json_t *findings = json_object_get(domain, "findings");
    if (json_array_size(findings) > 0) {
        put(page, "\n");
    }
    for (int severity = SEVERITY_CRITICAL; severity >= SEVERITY_INFO; severity--) {
        size_t i;
        json_t *finding;
        json_array_foreach(findings, i, finding)
        {
            const struct finding_rule *rule = page->options->find_rule(string_of(finding, "code"));
            if (rule != NULL && (int)rule->severity == severity) {
                put_finding(page, finding, rule);
            }
        }
    }
}

/* ---- Domains ---- */

static const char *meaning_of(const char *name)
{
    enum grade grade;
    return grade_from_name(name, &grade) ? grade_meaning(grade) : "";
}

static void put_answer(const struct page *page, const char *label, const char *value,
                       const char *reason)
{
    fprintf(page->options->stream, "  %s%s", label, value);
    if (is_set(reason)) {
        put(page, " (");
        put_foreign(page, reason, DETAIL_SHOWN);
        put(page, ")");
    }
    put(page, "\n");
}

static void put_domain(const struct page *page, const json_t *domain)
{
    const char *name = string_of(domain, "domain");
    const char *grade = string_of(domain, "grade");
    const json_t *score = json_object_get(domain, "score");
    put_foreign(page, is_set(name) ? name : string_of(domain, "input"), NAME_SHOWN);
    put(page, "  ");
    put_coloured(page, colour_of_grade(grade), grade);
    if (json_is_integer(score)) {
        fprintf(page->options->stream, " %lld", (long long)json_integer_value(score));
    }
    fprintf(page->options->stream, "  %s\n", meaning_of(grade));
    put_answer(page, "Opportunistic TLS: ", string_of(domain, "opportunistic_tls"),
               string_of(domain, "opportunistic_reason"));
    put_answer(page, "Enforced TLS:      ", string_of(domain, "enforced_tls"),
               string_of(domain, "enforced_reason"));
    put_hosts(page, domain);
    put_services(page, domain);
    put_findings(page, domain);
    put(page, "\n");
}

/* ---- The file ---- */

static json_int_t line_of(const json_t *domain)
{
    return json_integer_value(json_object_get(domain, "line"));
}

/* They were written as they were done, and are wanted as they were asked for. */
static void insert_by_line(json_t *domains, json_t *domain)
{
    size_t at = json_array_size(domains);
    while (at > 0 && line_of(json_array_get(domains, at - 1)) > line_of(domain)) {
        at--;
    }
    json_array_insert(domains, at, domain);
}

static void take_record(struct page *page, json_t *record, json_t *domains)
{
    const char *type = string_of(record, "type");
    if (strcmp(type, "domain") == 0) {
        insert_by_line(domains, record);
    } else if (strcmp(type, "endpoint") == 0) {
        char key[512];
        snprintf(key, sizeof(key), "%s %s %lld", string_of(record, "host"),
                 string_of(record, "address"),
                 (long long)json_integer_value(json_object_get(record, "port")));
        json_object_set(page->endpoints, key, record);
    }
}

bool text_report_print(const char *path, const struct text_report_options *options)
{
    struct page page = {options, json_object()};
    json_t *domains = json_array();
    struct line_source *source = line_source_open(path, false);
    const char *line;
    size_t len, i;
    json_t *domain;
    bool ok = source != NULL && page.endpoints != NULL && domains != NULL;
    while (ok && line_source_next(source, &line, &len) == LINE_SOURCE_LINE) {
        json_t *record = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
        take_record(&page, record, domains);
        json_decref(record);
    }
    json_array_foreach(domains, i, domain)
    {
        put_domain(&page, domain);
    }
    if (source != NULL) {
        line_source_close(source);
    }
    json_decref(domains);
    json_decref(page.endpoints);
    return ok;
}
