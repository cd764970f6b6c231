#include "scanner/engine/continuation.h"

#include <stdio.h>
#include <string.h>

#include "io/base/calendar.h"
#include "output/file/resume.h"
#include "output/file/run_match.h"
#include "output/file/tally.h"
#include "scanner/engine/endpoint.h"
#include "scanner/base/log.h"
#include "scanner/engine/retry.h"
#include "scanner/engine/run.h"
#include "scanner/engine/run_options.h"
#include "scanner/grading/acceptances.h"

/* While the file is read. */
struct loading {
    struct continuation *continuation;
    struct run *run;
    const struct file_digest *digest;
    bool has_warned; /* that nobody knows whether the list is the same */
    bool out_of_memory;
};

static bool refuse(const char *what)
{
    log_message("--resume: the file is of another run (%s); give another --output", what);
    return false;
}

/* A file's certificates are judged at one time: that of the run, unless another one is asked for.
 */
static bool takes_time(struct loading *loading, int64_t now)
{
    const struct config *config = loading->run->config;
    char mine[CALENDAR_TEXT_MAX + 1], theirs[CALENDAR_TEXT_MAX + 1];
    loading->continuation->now = now;
    if (!config->has_now || config->now == now) {
        return true;
    }
    mine[calendar_write((double)config->now, false, mine)] = '\0';
    theirs[calendar_write((double)now, false, theirs)] = '\0';
    log_message("--now is %s and was %s", mine, theirs);
    return refuse("other options");
}

static void tell_other_option(const struct run_option *mine, const char *theirs)
{
    const char *of_file = strstr(mine->name, RUN_OPTION_OF_FILE);
    if (of_file != NULL) {
        log_message("the file of --%.*s has changed", (int)(of_file - mine->name), mine->name);
    } else {
        log_message("--%s is \"%s\" now and was \"%s\"", mine->name, mine->value, theirs);
    }
}

/* Results of different questions must not end up in one file. */
static bool on_run(void *user, const struct run_record *run)
{
    struct loading *loading = user;
    struct run_options mine;
    snprintf(loading->continuation->run_id, sizeof(loading->continuation->run_id), "%s",
             run->id != NULL ? run->id : "");
    run_options_of(loading->run->config, &mine);
    if (run->schema_version != RECORD_SCHEMA_VERSION) {
        return refuse("another schema version");
    }
    const struct policy *policy = &loading->run->policy;
    if (run->policy == NULL || strcmp(run->policy, policy->name) != 0 ||
        run->policy_digest == NULL || strcmp(run->policy_digest, policy->digest) != 0) {
        return refuse("another policy");
    }
    if (loading->digest->sha256[0] == '\0' && !loading->has_warned) {
        loading->has_warned = true;
        log_message("--resume: the list is no file, so it is not checked to be the same as before; "
                    "lines are told by their numbers");
    }
    const char *sha256 = run->list_sha256 != NULL ? run->list_sha256 : "";
    if (strcmp(sha256, loading->digest->sha256) != 0) {
        return refuse("the list has changed");
    }
    for (size_t i = 0; i < mine.num_items; i++) {
        const char *theirs = run_option_value(run, mine.items[i].name);
        if (theirs != NULL && strcmp(mine.items[i].value, theirs) != 0) {
            tell_other_option(&mine.items[i], theirs);
            return refuse("other options");
        }
    }
    return takes_time(loading, run->now);
}

/* Servers that answered before are witnesses of the network: what is left may well be the dead. */
static void note_witness(struct loading *loading, const struct endpoint_record *seen,
                         const struct endpoint_summary *summary)
{
    enum outcome_phase phase = outcome_phase(seen->outcome);
    const struct network_place place = {.address = &summary->address, .port = seen->port};
    if (summary->address.family != 0 && phase != PHASE_POLICY && phase != PHASE_LOCAL &&
        network_trouble_of(seen->outcome) == NETWORK_FINE) {
        network_watch_greeted(&loading->run->watch, &place);
    }
}

static void count_lookup(struct continuation *continuation, enum outcome outcome)
{
    continuation->dns_answered +=
        outcome == OUTCOME_OK || outcome == OUTCOME_DNS_NODATA || outcome == OUTCOME_DNS_NXDOMAIN;
}

/* A name that resolved before is a witness of the resolver. */
static void note_resolved(struct loading *loading, const struct domain_record *domain,
                          enum outcome outcome)
{
    const struct hostname *name = NULL;
    if (outcome != OUTCOME_OK || domain->domain == NULL) {
        return;
    }
    enum hostname_status status = hostname_parse(domain->domain, strlen(domain->domain), &name);
    loading->out_of_memory |= status == HOSTNAME_NO_MEMORY;
    if (status == HOSTNAME_OK) {
        name_watch_resolved(&loading->run->names, name);
        hostname_release(name);
    }
}

/* A host that is no host name is in no line of ours. */
static void preload(struct loading *loading, const struct endpoint_record *seen,
                    const struct service *service, const struct endpoint_summary *summary)
{
    const struct hostname *host = NULL;
    enum hostname_status status = seen->host != NULL
                                      ? hostname_parse_any(seen->host, strlen(seen->host), &host)
                                      : HOSTNAME_OK;
    loading->out_of_memory |= status == HOSTNAME_NO_MEMORY;
    if (status == HOSTNAME_OK) {
        struct worker *owner = endpoint_owner(loading->run, host, &summary->address);
        loading->out_of_memory |=
            !endpoint_preload(owner, host, &summary->address, seen->port, service, summary);
        hostname_release(host);
    }
}

static struct finding_set findings_of(const struct endpoint_record *seen)
{
    struct finding_set findings = {0};
    for (size_t i = 0; i < seen->num_findings; i++) {
        enum finding_code code =
            seen->findings[i].code != NULL ? policy_find(seen->findings[i].code) : FINDING_COUNT;
        if (code != FINDING_COUNT) {
            finding_set_add(&findings, code);
        }
    }
    return findings;
}

static void on_endpoint(void *user, const struct endpoint_record *seen)
{
    struct loading *loading = user;
    const struct service *service =
        seen->service != NULL ? service_find(seen->service, strlen(seen->service)) : NULL;
    const struct tally_item item = tally_item_of_endpoint(seen);
    tally_add(loading->run->tally, &item);
    acceptances_note(loading->run->policy.accepted, seen->host != NULL ? seen->host : seen->address,
                     seen->findings, seen->num_findings);
    if (seen->is_carried) {
        return; /* seen by another run: whoever needs it here looks again */
    }
    struct endpoint_summary summary = {.port = seen->port};
    if (service == NULL ||
        (seen->address != NULL && !address_parse(seen->address, &summary.address)) ||
        (seen->address == NULL && seen->host == NULL)) {
        return; /* not a line of ours */
    }
    if (service->is_between_servers) {
        note_witness(loading, seen, &summary);
    }
    if (!retry_tells_all(seen)) {
        /* One that does not tell all that is needed: it is looked at again. */
        return;
    }
    const struct finding_set findings = findings_of(seen);
    endpoint_summarise(seen, &findings, &summary);
    preload(loading, seen, service, &summary);
}

/* The first address that an MX host has; NULL: none has one. */
static const char *first_address_of(const struct domain_record *domain)
{
    for (size_t i = 0; i < domain->num_mx; i++) {
        for (size_t k = 0; k < domain->mx[i].num_endpoints; k++) {
            if (domain->mx[i].endpoints[k].address != NULL) {
                return domain->mx[i].endpoints[k].address;
            }
        }
    }
    return NULL;
}

/* NULL: there is none, or it is no host name. */
static const struct hostname *first_mx_of(struct loading *loading,
                                          const struct domain_record *domain)
{
    const struct hostname *host = NULL;
    if (domain->num_mx > 0 && domain->mx[0].host.bytes != NULL) {
        struct text name = domain->mx[0].host;
        enum hostname_status status = hostname_parse_any(name.bytes, name.len, &host);
        loading->out_of_memory |= status == HOSTNAME_NO_MEMORY;
    }
    return host;
}

static void note_validation(struct loading *loading, const struct domain_record *domain,
                            const struct tally_item *item)
{
    struct blame *blame = loading->run->blame;
    if (item->is_signed) {
        blame_note_signed(blame);
    }
    loading->out_of_memory |=
        domain->mx_bogus != NULL && !blame_note_bogus(blame, domain->mx_bogus);
    for (size_t i = 0; i < domain->num_mx; i++) {
        const char *question = domain->mx[i].bogus;
        loading->out_of_memory |= question != NULL && !blame_note_bogus(blame, question);
    }
}

static void on_domain(void *user, const struct domain_record *domain)
{
    struct loading *loading = user;
    struct tally_item item = tally_item_of_domain(domain);
    struct address address;
    const char *text = first_address_of(domain);
    bool has_address = text != NULL && address_parse(text, &address);
    const struct hostname *first_mx = first_mx_of(loading, domain);
    const struct domain_origin origin = {first_mx, has_address ? &address : NULL,
                                         loading->run->geo};
    emit_fill_origin(&item, &origin);
    hostname_release(first_mx);
    tally_add(loading->run->tally, &item);
    acceptances_note(loading->run->policy.accepted, domain->domain, domain->findings,
                     domain->num_findings);
    if (domain->is_carried) {
        loading->continuation->num_carried++;
    } else { /* what was seen by another run says nothing of this one's network */
        note_validation(loading, domain, &item);
        count_lookup(loading->continuation, item.outcome);
        note_resolved(loading, domain, item.outcome);
    }
    loading->continuation->num_lines++;
    loading->out_of_memory |= !line_set_add(&loading->continuation->lines, domain->line);
}

/* -1: the file can be continued; otherwise the exit status. */
static int prepare_retry(struct loading *loading, unsigned what)
{
    const struct config *config = loading->run->config;
    const char *why =
        (what & RETRY_OUTAGE) != 0 ? "the last run ended in an outage" : "--retry-unknown";
    char error[512];
    uint64_t num_lines, num_endpoints;
    switch (retry_prepare(config->output, what, &config->seed, on_run, loading, &num_lines,
                          &num_endpoints, error, sizeof(error))) {
    case RETRY_READY:
        log_message("%s: %llu lines and %llu servers are asked again", why,
                    (unsigned long long)num_lines, (unsigned long long)num_endpoints);
        return -1;
    case RETRY_REFUSED:
        return 2;
    case RETRY_ERROR:
        break;
    }
    log_message("%s: %s", why, error);
    return 3;
}

static unsigned what_to_retry(const struct config *config)
{
    return (config->retry_unknown ? RETRY_OURS : 0U) |
           (resume_is_after_outage(config->output) ? RETRY_OUTAGE : 0U);
}

int continuation_load(struct continuation *continuation, struct run *run,
                      const struct file_digest *digest)
{
    char error[512];
    struct loading loading = {.continuation = continuation, .run = run, .digest = digest};
    const struct resume_handler handler = {&loading, on_run, on_endpoint, on_domain};
    unsigned what = what_to_retry(run->config);
    int status = what != 0 ? prepare_retry(&loading, what) : -1;
    if (status >= 0) {
        return status;
    }
    switch (resume_open(run->config->output, &handler, &continuation->num_records, error,
                        sizeof(error))) {
    case RESUME_NEW:
        return -1;
    case RESUME_CONTINUE:
        if (loading.out_of_memory) {
            log_message("--resume: out of memory");
            return 3;
        }
        continuation->is_active = true;
        tally_keep(run->tally);
        if (run->config->resume) {
            log_message("going on: %llu lines are done",
                        (unsigned long long)continuation->num_lines);
        }
        return -1;
    case RESUME_COMPLETE:
        log_message("%s is complete: nothing to do", run->config->output);
        return run_says_shortages(run->tally) ? 3 : 0;
    case RESUME_REFUSED:
        return 2;
    case RESUME_ERROR:
        log_message("--resume: %s", error);
        return 3;
    }
    return 3;
}

void continuation_fini(struct continuation *continuation)
{
    line_set_fini(&continuation->lines);
}
