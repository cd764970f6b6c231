#include "output/report/text_report.h"

#include <inttypes.h>
#include <string.h>

#include "io/base/calendar.h"
#include "output/record/record_enum.h"
#include "output/record/text_safe.h"
#include "output/report/text_page.h"
#include "output/report/text_wrap.h"

/* Bounds of what is shown of foreign text. */
#define NAME_SHOWN    100
#define DETAIL_SHOWN  200
#define INDENT        4
#define OPEN_TEXT_MAX 2048 /* the names of all questions take a third of it */

struct writing {
    const struct text_report_options *options;
    const struct text_page *page;
};

/* ---- Writing ---- */

static void put(const struct writing *writing, const char *text)
{
    fputs(text, writing->options->stream);
}

static void put_foreign(const struct writing *writing, const char *text, size_t max)
{
    text_safe_write(writing->options->stream, text, strlen(text), max, writing->options->utf8);
}

static void put_text(const struct writing *writing, struct text text, size_t max)
{
    text_safe_write(writing->options->stream, text.bytes != NULL ? text.bytes : "", text.len, max,
                    writing->options->utf8);
}

static const char *colour_of_grade(enum grade grade)
{
    switch (grade) {
    case GRADE_A_PLUS:
    case GRADE_A:
        return "\033[32m";
    case GRADE_B:
        return "\033[36m";
    case GRADE_C:
        return "\033[33m";
    case GRADE_D:
    case GRADE_F:
        return "\033[31m";
    default:
        return "\033[2m";
    }
}

static void put_coloured(const struct writing *writing, const char *colour, const char *text)
{
    bool colour_on = writing->options->colour;
    fprintf(writing->options->stream, "%s%s%s", colour_on ? colour : "", text,
            colour_on ? "\033[0m" : "");
}

static void put_wrapped(const struct writing *writing, const char *label, const char *text)
{
    text_wrap(writing->options->stream, INDENT, label, text, writing->options->width);
}

/* ---- Endpoints ---- */

static void put_versions(const struct writing *writing, const struct tls_facts *tls)
{
    put(writing, "        speaks");
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        if (tls->versions[i].value == TRI_YES) {
            put(writing, " ");
            put(writing, record_enum_name(&record_tls_version, i));
        }
    }
    if (tls->cipher != NULL) {
        put(writing, "; chose ");
        put(writing, tls->cipher);
    }
    if (tls->cipher != NULL && tls->group != NULL) {
        put(writing, ", ");
        put(writing, tls->group);
    }
    put(writing, "\n");
}

static void put_certificate(const struct writing *writing,
                            const struct certificate_record *certificate)
{
    char date[CALENDAR_TEXT_MAX] = "";
    if (certificate->has_validity) {
        calendar_write((double)certificate->not_after, false, date);
    }
    put(writing, "        certificate ");
    put_text(writing, certificate->subject, NAME_SHOWN);
    put(writing, " by ");
    put_text(writing, certificate->issuer, NAME_SHOWN);
    fprintf(writing->options->stream,
            "\n        valid until %.10s (%" PRId32 " days), trusted: %s, name: %s\n", date,
            certificate->days_left, record_enum_name(&record_verdict, certificate->trusted.value),
            certificate->name_checked
                ? record_enum_name(&record_verdict, certificate->name_match.value)
                : "not checked");
}

static void put_refusal(const struct writing *writing, const struct reply *reply)
{
    if (reply->code != 0 || reply->text.bytes != NULL) {
        put(writing, "        it said: ");
        put_text(writing, reply->text, DETAIL_SHOWN);
        put(writing, "\n");
    }
}

static void put_origin(const struct writing *writing, const struct endpoint_record *endpoint)
{
    if (endpoint->country != NULL) {
        fprintf(writing->options->stream, "  %s", endpoint->country);
    }
    if (endpoint->asn > 0) {
        fprintf(writing->options->stream, "  AS%" PRIu32 " ", endpoint->asn);
        put_text(writing, endpoint->as_org, NAME_SHOWN);
    }
}

/* What its own record says. */
static void put_observed(const struct writing *writing, const struct endpoint_record *endpoint)
{
    put_refusal(writing, &endpoint->reply);
    if (endpoint->has_tls) {
        put_versions(writing, &endpoint->tls);
    }
    if (endpoint->certificate != NULL) {
        put_certificate(writing, endpoint->certificate);
    }
}

static void put_endpoint(const struct writing *writing, const char *host,
                         const struct mx_endpoint *brief)
{
    const struct endpoint_record *endpoint =
        text_page_endpoint(writing->page, host, brief->address, brief->port);
    put(writing, "      ");
    put_coloured(writing, colour_of_grade(brief->grade), grade_name(brief->grade));
    fprintf(writing->options->stream, "  %s", brief->address != NULL ? brief->address : "");
    if (endpoint != NULL) {
        put_origin(writing, endpoint);
    }
    if (brief->outcome != OUTCOME_OK) {
        fprintf(writing->options->stream, "  %s", outcome_text(brief->outcome));
    }
    put(writing, "\n");
    if (endpoint != NULL) {
        put_observed(writing, endpoint);
    }
}

static void put_host(const struct writing *writing, const struct mx_record *host)
{
    put_text(writing, host->host, NAME_SHOWN);
    if (host->num_endpoints == 0) {
        fprintf(writing->options->stream, ": %s", outcome_text(host->outcome));
    }
    put(writing, "\n");
    for (size_t i = 0; i < host->num_endpoints; i++) {
        put_endpoint(writing, host->host.bytes, &host->endpoints[i]);
    }
}

static void put_hosts(const struct writing *writing, const struct domain_record *domain)
{
    for (size_t i = 0; i < domain->num_mx; i++) {
        put(writing, "    ");
        if (domain->mx[i].preference >= 0) {
            fprintf(writing->options->stream, "%" PRId32 " ", domain->mx[i].preference);
        }
        put_host(writing, &domain->mx[i]);
    }
}

/* The others, that people's mail programs use; a host or why there is none. */
static void put_services(const struct writing *writing, const struct domain_record *domain)
{
    for (size_t i = 0; i < domain->num_services; i++) {
        const struct service_record *service = &domain->services[i];
        fprintf(writing->options->stream, "    %s ", service->service);
        if (service->host.host.bytes != NULL) {
            put_host(writing, &service->host);
        } else if (service->offered == TRI_NO) {
            put(writing, "not offered, says its SRV record\n");
        } else {
            fprintf(writing->options->stream, "not found by SRV: %s\n",
                    outcome_text(service->lookup));
        }
    }
}

/* ---- Findings ---- */

static void put_finding(const struct writing *writing, const struct finding *finding,
                        const struct finding_rule *rule)
{
    static const char *const colours[] = {"\033[2m", "\033[36m", "\033[33m", "\033[31m",
                                          "\033[1;31m"};
    put(writing, "  ");
    put_coloured(writing, colours[rule->severity], severity_name(rule->severity));
    fprintf(writing->options->stream, ": %s [%s]\n", rule->title, rule->code);
    if (finding->detail != NULL) {
        put(writing, "    seen:   ");
        put_foreign(writing, finding->detail, DETAIL_SHOWN);
        put(writing, "\n");
    }
    if (finding->accepted.until != NULL) {
        put(writing, "    accepted until ");
        put_foreign(writing, finding->accepted.until, DETAIL_SHOWN);
        put(writing, " by ");
        put_text(writing, finding->accepted.by, NAME_SHOWN);
        put(writing, ": ");
        put_text(writing, finding->accepted.reason, DETAIL_SHOWN);
        put(writing, "\n");
    }
    put_wrapped(writing, "fix:    ", rule->remedy);
    put_wrapped(writing, "source: ", rule->source);
}

/* The most severe first. */
static void put_findings(const struct writing *writing, const struct domain_record *domain)
{
    if (domain->num_findings > 0) {
        put(writing, "\n");
    }
    for (int severity = SEVERITY_CRITICAL; severity >= SEVERITY_INFO; severity--) {
        for (size_t i = 0; i < domain->num_findings; i++) {
            const struct finding *finding = &domain->findings[i];
            const struct finding_rule *rule =
                finding->code != NULL ? writing->options->find_rule(finding->code) : NULL;
            if (rule != NULL && (int)rule->severity == severity) {
                put_finding(writing, finding, rule);
            }
        }
    }
}

/* ---- Domains ---- */

static void put_answer(const struct writing *writing, const char *label, const char *value,
                       const char *reason)
{
    fprintf(writing->options->stream, "  %s%s", label, value);
    if (reason != NULL) {
        put(writing, " (");
        put_foreign(writing, reason, DETAIL_SHOWN);
        put(writing, ")");
    }
    put(writing, "\n");
}

/* A letter with open questions may turn out lower. */
static void put_open(const struct writing *writing, const struct domain_record *domain)
{
    char text[OPEN_TEXT_MAX] = "";
    size_t len = 0;
    for (unsigned i = 0; i < QUESTION_COUNT; i++) {
        if ((domain->open & QUESTION_BIT(i)) != 0 && len < sizeof(text)) {
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len > 0 ? ", " : "",
                                    record_enum_name(&record_question, i));
        }
    }
    if (len > 0 && len < sizeof(text)) {
        snprintf(text + len, sizeof(text) - len, " (an answer might lower the letter)");
        text_wrap(writing->options->stream, 2, "Not answered:      ", text,
                  writing->options->width);
    }
}

static void put_grade(const struct writing *writing, const struct domain_record *domain)
{
    put(writing, "  ");
    put_coloured(writing, colour_of_grade(domain->grade), grade_name(domain->grade));
    if (domain->grade != GRADE_U && domain->grade != GRADE_N) {
        fprintf(writing->options->stream, " %u", domain->score);
    }
    fprintf(writing->options->stream, "  %s\n", grade_meaning(domain->grade));
    if (domain->accepted_grade.until != NULL) {
        fprintf(writing->options->stream, "  Accepted as ");
        put_coloured(writing, colour_of_grade(domain->accepted_grade.grade),
                     grade_name(domain->accepted_grade.grade));
        put(writing, " until ");
        put_foreign(writing, domain->accepted_grade.until, DETAIL_SHOWN);
        put(writing, "\n");
    }
}

static void put_domain(const struct writing *writing, const struct domain_record *domain)
{
    if (domain->domain != NULL) {
        put_foreign(writing, domain->domain, NAME_SHOWN);
    } else {
        put_text(writing, domain->input, NAME_SHOWN);
    }
    put_grade(writing, domain);
    put_answer(writing, "Opportunistic TLS: ",
               record_enum_name(&record_opportunistic_tls, domain->opportunistic),
               domain->opportunistic_reason);
    put_answer(writing,
               "Enforced TLS:      ", record_enum_name(&record_enforced_tls, domain->enforced),
               domain->enforced_reason);
    put_open(writing, domain);
    put_hosts(writing, domain);
    put_services(writing, domain);
    put_findings(writing, domain);
    put(writing, "\n");
}

bool text_report_print(const char *path, const struct text_report_options *options)
{
    struct text_page page;
    const struct writing writing = {options, &page};
    if (!text_page_open(&page, path)) {
        return false;
    }
    for (const struct text_page_domain *domain = TAILQ_FIRST(&page.domains); domain != NULL;
         domain = TAILQ_NEXT(domain, next)) {
        put_domain(&writing, &domain->record);
    }
    text_page_close(&page);
    return true;
}
