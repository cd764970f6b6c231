#include "output/file/run_void.h"

#include <errno.h>
#include <string.h>

#include "output/file/line_source.h"

static const struct verdict nobody_knows = {.value = TRI_UNKNOWN, .reason = OUTCOME_INTERCEPTED};

static const uint32_t open_questions = QUESTION_BIT(QUESTION_STARTTLS) |
                                       QUESTION_BIT(QUESTION_HANDSHAKE) |
                                       QUESTION_BIT(QUESTION_CERTIFICATE);

void run_void_fini(struct run_void *run_void)
{
    arena_free(&run_void->memory);
}

/* ---- Finding it ---- */

void run_void_take(struct run_void *run_void, const struct record *record, struct arena *arena)
{
    if (record->kind != RECORD_RUN_VOID) {
        return;
    }
    arena_free(&run_void->memory);
    *run_void = (struct run_void){true, record->run_void, *arena};
    *arena = (struct arena){0};
    if (run_void->record.detail == NULL) {
        run_void->record.detail = outcome_text(OUTCOME_INTERCEPTED);
    }
}

bool run_void_take_line(struct run_void *run_void, const char *line, size_t len)
{
    static const char beginning[] = "{\"type\":\"run_void\"";
    struct arena arena = {0};
    struct record record;
    if (len < strlen(beginning) || memcmp(line, beginning, strlen(beginning)) != 0) {
        return true;
    }
    enum record_read_status status = record_read(line, len, &arena, &record);
    if (status == RECORD_READ) {
        run_void_take(run_void, &record, &arena);
    }
    arena_free(&arena);
    return status != RECORD_READ_NO_MEMORY;
}

bool run_void_find(struct run_void *run_void, const char *path)
{
    const char *line;
    size_t len;
    struct line_source *source = line_source_open(path, false);
    if (source == NULL) {
        return false;
    }
    enum line_source_status status;
    bool has_memory = true;
    while (has_memory && (status = line_source_next(source, &line, &len)) == LINE_SOURCE_LINE) {
        has_memory = run_void_take_line(run_void, line, len);
    }
    int error = has_memory ? errno : ENOMEM;
    bool ok = has_memory && status != LINE_SOURCE_ERROR;
    line_source_close(source);
    errno = error;
    return ok;
}

bool run_void_covers(const struct run_void *run_void, uint64_t number)
{
    return run_void->is_void && number > run_void->record.records_kept;
}

/* ---- What becomes of a record ---- */

enum outcome run_void_outcome(enum outcome outcome)
{
    enum outcome_phase phase = outcome_phase(outcome);
    return phase == PHASE_POLICY || phase == PHASE_DNS ? outcome : OUTCOME_INTERCEPTED;
}

static void forget_tls(struct tls_facts *tls)
{
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        tls->versions[i] = nobody_knows;
    }
    for (unsigned i = 0; i < WEAK_CLASS_COUNT; i++) {
        tls->weak[i] = nobody_knows;
    }
    tls->post_quantum = tls->ems = tls->secure_renegotiation = tls->compression = tls->tickets =
        nobody_knows;
}

void run_void_endpoint(struct endpoint_record *record)
{
    const struct endpoint_record was = *record;
    *record = (struct endpoint_record){
        .host = was.host,
        .address = was.address,
        .family = was.family,
        .port = was.port,
        .service = was.service,
        .implicit_tls = was.implicit_tls,
        .is_between_servers = was.is_between_servers,
        .outcome = run_void_outcome(was.outcome),
        .attempts = was.attempts,
        .connections = was.connections,
        .banner = was.banner,
        .esmtp = nobody_knows,
        .starttls_advertised = nobody_knows,
        .starttls_accepted = nobody_knows,
        .starttls_handshake = nobody_knows,
        .starttls_in_tls = nobody_knows,
        .login_before_tls = nobody_knows,
        .has_evidence = was.has_evidence,
        .injection_commands = nobody_knows,
        .injection_responses = nobody_knows,
        .requiretls = nobody_knows,
        .country = was.country,
        .asn = was.asn,
        .as_org = was.as_org,
        .provider = was.provider,
        .grade = GRADE_U,
        .open = open_questions,
        .policy = was.policy,
        .policy_digest = was.policy_digest,
        .timings = was.timings,
        .started = was.started,
        .run = was.run,
    };
    forget_tls(&record->tls);
}

static bool forget_endpoints(struct mx_record *host, struct arena *arena)
{
    struct mx_endpoint *copies = arena_alloc(arena, (host->num_endpoints + 1) * sizeof(*copies));
    for (size_t i = 0; copies != NULL && i < host->num_endpoints; i++) {
        copies[i] = host->endpoints[i];
        copies[i].outcome = run_void_outcome(copies[i].outcome);
        copies[i].grade = GRADE_U;
        copies[i].score = 0;
    }
    host->endpoints = copies;
    return copies != NULL;
}

/* What the DNS says of a host stays. */
static bool forget_host(struct mx_record *host, struct arena *arena)
{
    if (host->num_endpoints > 0) {
        host->outcome = run_void_outcome(host->outcome);
    }
    host->grade = GRADE_U;
    host->dane = DANE_UNKNOWN;
    if (host->mta_sts != MTA_STS_HOST_NOT_ASKED) {
        host->mta_sts = MTA_STS_HOST_UNOBSERVED;
    }
    return forget_endpoints(host, arena);
}

static bool forget_hosts(struct domain_record *record, struct arena *arena)
{
    struct mx_record *hosts = arena_alloc(arena, (record->num_mx + 1) * sizeof(*hosts));
    bool ok = hosts != NULL;
    for (size_t i = 0; ok && i < record->num_mx; i++) {
        hosts[i] = record->mx[i];
        ok = forget_host(&hosts[i], arena);
    }
    record->mx = hosts;
    return ok;
}

static bool forget_services(struct domain_record *record, struct arena *arena)
{
    struct service_record *services =
        arena_alloc(arena, (record->num_services + 1) * sizeof(*services));
    bool ok = services != NULL;
    for (size_t i = 0; ok && i < record->num_services; i++) {
        services[i] = record->services[i];
        ok = forget_host(&services[i].host, arena);
    }
    record->services = services;
    return ok;
}

bool run_void_domain(const struct run_void_record *why, struct domain_record *record,
                     struct arena *arena)
{
    if (record->domain == NULL) {
        return true;
    }
    record->opportunistic = OPPORTUNISTIC_UNKNOWN;
    record->enforced = ENFORCED_UNKNOWN;
    record->opportunistic_reason = record->enforced_reason = why->detail;
    record->dane = DANE_UNKNOWN;
    if (record->mta_sts.status == MTA_STS_BROKEN) {
        record->mta_sts.status = MTA_STS_UNKNOWN; /* it was the hosts that failed it */
    }
    record->grade = GRADE_U;
    record->score = 0;
    record->findings = NULL;
    record->num_findings = 0;
    record->accepted_grade = (struct accepted_grade){.grade = GRADE_U};
    record->partial = false;
    record->open = open_questions;
    return forget_hosts(record, arena) && forget_services(record, arena);
}

bool run_void_apply(const struct run_void_record *why, struct record *record, struct arena *arena)
{
    switch (record->kind) {
    case RECORD_ENDPOINT:
        run_void_endpoint(&record->endpoint);
        return true;
    case RECORD_DOMAIN:
        return run_void_domain(why, &record->domain, arena);
    case RECORD_RUN:
    case RECORD_RUN_VOID:
    case RECORD_SUMMARY:
    case RECORD_OTHER:
        break;
    }
    return true;
}
