#include "output/file/resume.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "output/file/line_source.h"
#include "output/record/record_enum.h"

#define CODES_MAX   256
#define OPTIONS_MAX 64

/* ---- Fields ---- */

static const char *string_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static uint64_t number_of(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));
    return value > 0 ? (uint64_t)value : 0;
}

static enum tri tri_of(const json_t *object, const char *key)
{
    const char *text = string_of(object, key);
    if (text == NULL) {
        return TRI_UNKNOWN;
    }
    return strcmp(text, "yes") == 0 ? TRI_YES : (strcmp(text, "no") == 0 ? TRI_NO : TRI_UNKNOWN);
}

static enum grade grade_of(const json_t *object)
{
    enum grade grade = GRADE_U;
    const char *text = string_of(object, "grade");
    if (text != NULL && !grade_from_name(text, &grade)) {
        grade = GRADE_U;
    }
    return grade;
}

static enum outcome outcome_of(const json_t *object)
{
    enum outcome outcome;
    const char *text = string_of(object, "outcome");
    return text != NULL && outcome_from_name(text, &outcome) ? outcome : OUTCOME_NOT_TESTED;
}

static void copy(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text != NULL ? text : "");
}

/* ---- Records ---- */

static bool tell_run(const struct resume_handler *handler, const json_t *record)
{
    struct run_option options[OPTIONS_MAX];
    struct resume_run run = {
        .policy = string_of(record, "policy"),
        .policy_digest = string_of(record, "policy_digest"),
        .list_sha256 = string_of(record, "list_sha256"),
        .schema_version = number_of(record, "schema_version"),
        .options = options,
    };
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(record, "options"), key, value)
    {
        if (run.num_options < OPTIONS_MAX && json_is_string(value)) {
            options[run.num_options++] = (struct run_option){key, json_string_value(value)};
        }
    }
    return handler->on_run(handler->user, &run);
}

static bool is_valid_certificate(const json_t *certificate)
{
    static const char *const in_the_way[] = {"expired", "not_yet_valid", "name_mismatch",
                                             "revoked"};
    if (tri_of(certificate, "trusted") != TRI_YES) {
        return false;
    }
    size_t i;
    json_t *problem;
    json_array_foreach(json_object_get(certificate, "problems"), i, problem)
    {
        const char *name = json_string_value(problem);
        for (size_t k = 0; name != NULL && k < sizeof(in_the_way) / sizeof(in_the_way[0]); k++) {
            if (strcmp(name, in_the_way[k]) == 0) {
                return false;
            }
        }
    }
    return true;
}

/* Of two leaves both: a sender may get either. */
static bool has_valid_certificates(const json_t *record)
{
    size_t i;
    json_t *certificate;
    json_array_foreach(json_object_get(record, "certificates"), i, certificate)
    {
        if (!is_valid_certificate(certificate)) {
            return false;
        }
    }
    return is_valid_certificate(json_object_get(record, "certificate"));
}

static size_t codes_of(const json_t *record, const char *codes[CODES_MAX])
{
    size_t num = 0;
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(record, "findings"), i, finding)
    {
        const char *code = string_of(finding, "code");
        if (code != NULL && num < CODES_MAX) {
            codes[num++] = code;
        }
    }
    return num;
}

static enum dane_status dane_of(const char *name)
{
    for (unsigned i = 0; name != NULL && i < DANE_STATUS_COUNT; i++) {
        if (strcmp(name, dane_status_name((enum dane_status)i)) == 0) {
            return (enum dane_status)i;
        }
    }
    return DANE_UNKNOWN;
}

static bool lacks_name(const json_t *dane)
{
    size_t i;
    json_t *problem;
    json_array_foreach(json_object_get(dane, "problems"), i, problem)
    {
        const char *name = json_string_value(problem);
        if (name != NULL && strcmp(name, "name_mismatch") == 0) {
            return true;
        }
    }
    return false;
}

static void tell_endpoint(const struct resume_handler *handler, const json_t *record)
{
    const char *codes[CODES_MAX];
    const json_t *starttls = json_object_get(record, "starttls");
    struct resume_endpoint endpoint = {
        .host = string_of(record, "host"),
        .address = string_of(record, "address"),
        .port = (uint16_t)number_of(record, "port"),
        .service = string_of(record, "service"),
        .grade = grade_of(record),
        .score = (unsigned)number_of(record, "score"),
        .starttls_advertised = tri_of(starttls, "advertised"),
        .starttls_accepted = tri_of(starttls, "accepted"),
        .starttls_handshake = tri_of(starttls, "handshake"),
        .certificate_valid = has_valid_certificates(record),
        .dane = dane_of(string_of(json_object_get(record, "dane"), "status")),
        .dane_lacks_name = lacks_name(json_object_get(record, "dane")),
        .finding_codes = codes,
        .num_finding_codes = codes_of(record, codes),
    };
    endpoint.outcome = outcome_of(record);
    struct tally_item *item = &endpoint.item;
    item->kind = TALLY_ENDPOINT;
    item->grade = endpoint.grade;
    item->outcome = endpoint.outcome;
    item->asn = (uint32_t)number_of(record, "asn");
    copy(item->country, sizeof(item->country), string_of(record, "country"));
    copy(item->as_org, sizeof(item->as_org), string_of(record, "as_org"));
    copy(item->provider, sizeof(item->provider), string_of(record, "provider"));
    handler->on_endpoint(handler->user, &endpoint);
}

static enum mail_kind mail_of(const char *name)
{
    unsigned kind;
    bool found = name != NULL && record_enum_find(&record_mail_kind, name, strlen(name), &kind);
    return found ? (enum mail_kind)kind : MAIL_UNKNOWN;
}

static enum opportunistic_tls opportunistic_of(const char *name)
{
    for (unsigned i = 0; name != NULL && i <= OPPORTUNISTIC_YES; i++) {
        if (strcmp(name, opportunistic_tls_name((enum opportunistic_tls)i)) == 0) {
            return (enum opportunistic_tls)i;
        }
    }
    return OPPORTUNISTIC_UNKNOWN;
}

static enum enforced_tls enforced_of(const char *name)
{
    for (unsigned i = 0; name != NULL && i <= ENFORCED_BOTH; i++) {
        if (strcmp(name, enforced_tls_name((enum enforced_tls)i)) == 0) {
            return (enum enforced_tls)i;
        }
    }
    return ENFORCED_UNKNOWN;
}

static const char *first_address_of(const json_t *hosts)
{
    size_t i, k;
    json_t *host, *endpoint;
    json_array_foreach(hosts, i, host)
    {
        json_array_foreach(json_object_get(host, "endpoints"), k, endpoint)
        {
            if (string_of(endpoint, "address") != NULL) {
                return string_of(endpoint, "address");
            }
        }
    }
    return NULL;
}

static void tell_domain(const struct resume_handler *handler, const json_t *record)
{
    const json_t *hosts = json_object_get(record, "mx");
    struct resume_domain domain = {
        .line = number_of(record, "line"),
        .domain = string_of(record, "domain"),
        .first_mx = string_of(json_array_get(hosts, 0), "host"),
        .first_address = first_address_of(hosts),
    };
    struct tally_item *item = &domain.item;
    item->kind = domain.domain != NULL ? TALLY_DOMAIN : TALLY_INVALID_LINE;
    item->grade = grade_of(record);
    item->outcome = outcome_of(json_object_get(record, "dns"));
    item->mail = mail_of(string_of(record, "mail"));
    item->opportunistic = opportunistic_of(string_of(record, "opportunistic_tls"));
    item->enforced = enforced_of(string_of(record, "enforced_tls"));
    handler->on_domain(handler->user, &domain);
}

/* ---- The file ---- */

enum line_meaning {
    LINE_KEEP,
    LINE_SUMMARY,
    LINE_COMPLETE,
    LINE_BLOCKED, /* the summary of a run that saw nothing of anyone */
    LINE_REFUSED,
    LINE_BAD
};

static enum line_meaning meaning_of_summary(const json_t *record)
{
    if (json_is_true(json_object_get(record, "port_blocked")) ||
        json_is_true(json_object_get(record, "dns_failed"))) {
        return LINE_BLOCKED;
    }
    return json_is_true(json_object_get(record, "complete")) ? LINE_COMPLETE : LINE_SUMMARY;
}

/* `number` is counted from 1: the first line must be the run's. */
static enum line_meaning take_line(const struct resume_handler *handler, const char *line,
                                   size_t len, uint64_t number)
{
    enum line_meaning meaning = LINE_KEEP;
    json_error_t error;
    json_t *record = json_loadb(line, len, JSON_ALLOW_NUL, &error);
    const char *type = string_of(record, "type");
    if (type == NULL || (number == 1) != (strcmp(type, "run") == 0)) {
        meaning = LINE_BAD;
    } else if (number == 1) {
        meaning = tell_run(handler, record) ? LINE_KEEP : LINE_REFUSED;
    } else if (strcmp(type, "endpoint") == 0) {
        tell_endpoint(handler, record);
    } else if (strcmp(type, "domain") == 0) {
        tell_domain(handler, record);
    } else if (strcmp(type, "summary") == 0) {
        meaning = meaning_of_summary(record);
    }
    json_decref(record);
    return meaning;
}

struct reading {
    uint64_t number;
    uint64_t bad_line; /* 0: none yet */
    bool has_run;
    enum line_meaning last;
};

/*
 * Reads on until the end or a reason to stop. A line that is no record may only be the tail of the
 * file, where the cut was; anywhere else the file is damaged and is not touched.
 */
static enum line_source_status read_lines(struct line_source *source,
                                          const struct resume_handler *handler,
                                          struct reading *reading)
{
    const char *line;
    size_t len;
    enum line_source_status status;
    while ((status = line_source_next(source, &line, &len)) == LINE_SOURCE_LINE) {
        reading->number++;
        if (reading->bad_line != 0) {
            return status; /* something follows it */
        }
        reading->last = take_line(handler, line, len, reading->number);
        switch (reading->last) {
        case LINE_KEEP:
            reading->has_run = true;
            line_source_mark(source);
            break;
        case LINE_BAD:
            reading->bad_line = reading->number;
            break;
        case LINE_SUMMARY:
            break; /* goes with the tail */
        case LINE_COMPLETE:
        case LINE_BLOCKED:
        case LINE_REFUSED:
            return status;
        }
    }
    return status;
}

enum resume_status resume_open(const char *path, const struct resume_handler *handler,
                               char *out_error, size_t error_size)
{
    struct reading reading = {.last = LINE_KEEP};
    enum resume_status result = RESUME_ERROR;
    struct line_source *source = line_source_open(path, true);
    if (source == NULL) {
        snprintf(out_error, error_size, "%s: %s", path,
                 errno == ETXTBSY ? "another run is writing this file" : strerror(errno));
        return errno == ENOENT ? RESUME_NEW : RESUME_ERROR;
    }
    enum line_source_status status = read_lines(source, handler, &reading);
    if (status == LINE_SOURCE_ERROR) {
        snprintf(out_error, error_size, "%s: %s", path, strerror(errno));
    } else if (reading.last == LINE_COMPLETE) {
        result = RESUME_COMPLETE;
    } else if (reading.last == LINE_BLOCKED) {
        /* Its endpoints count as done, though they were never seen: they would not be asked again.
         */
        snprintf(out_error, error_size,
                 "%s: the port was blocked or the DNS dead in that run, nothing in it is worth "
                 "keeping; begin another file",
                 path);
    } else if (reading.last == LINE_REFUSED) {
        result = RESUME_REFUSED;
    } else if (reading.bad_line != 0 && (status == LINE_SOURCE_LINE || !reading.has_run)) {
        snprintf(out_error, error_size, "%s, line %llu: not a record; the file is left as it is",
                 path, (unsigned long long)reading.bad_line);
    } else if (!line_source_cut(source)) {
        snprintf(out_error, error_size, "%s: cannot be cut to whole lines: %s", path,
                 strerror(errno));
    } else {
        result = reading.has_run ? RESUME_CONTINUE : RESUME_NEW;
    }
    line_source_close(source);
    return result;
}
