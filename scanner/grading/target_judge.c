#include "scanner/grading/target_judge.h"

#include <string.h>

#include "scanner/grading/coverage.h"
#include "scanner/grading/judge_certificate.h"
#include "scanner/grading/target_accept.h"
#include "scanner/grading/target_enforced.h"

/* The worst letters of the addresses that were graded ... */
struct letters {
    enum grade all;
    enum grade with_tls; /* ... and of those among them that do have TLS */
};

/* What all endpoints of a domain add up to. */
struct observed {
    unsigned with_tls;
    unsigned without_tls;
    unsigned unknown;
    unsigned left_out; /* by this run, so they do not count */
    struct letters seen;
    struct letters left; /* without what is accepted */
    struct target_accept accept;
    unsigned deductions; /* the most of any endpoint */
    uint32_t open;       /* QUESTION_BIT()s that any endpoint leaves open */
};

/* A host without DANE is no worse for that: the domain may enforce TLS by MTA-STS. */
static bool is_inherited(enum finding_code code)
{
    return code != FINDING_NO_DANE;
}

/* What DANE authenticates under the domain's own name has neither of these faults for the domain.
 */
static bool is_healed(const struct endpoint_summary *endpoint, enum finding_code code)
{
    return endpoint->dane == DANE_MISMATCH &&
           (code == FINDING_DANE_MISMATCH || judge_is_of_public_chain(code));
}

static struct finding_set inherited_of(const struct endpoint_summary *endpoint, bool is_named)
{
    struct finding_set inherited = {0};
    for (unsigned code = 0; code < FINDING_COUNT; code++) {
        if (finding_set_has(&endpoint->findings, (enum finding_code)code) &&
            is_inherited((enum finding_code)code) &&
            !(is_named && is_healed(endpoint, (enum finding_code)code))) {
            finding_set_add(&inherited, (enum finding_code)code);
        }
    }
    return inherited;
}

static void add_letter(struct letters *letters, const struct policy *policy,
                       const struct finding_set *findings, enum tri starttls)
{
    enum grade grade = policy_worse(GRADE_A_PLUS, policy_cap(policy, findings));
    letters->all = policy_worse(letters->all, grade);
    if (starttls != TRI_NO) {
        letters->with_tls = policy_worse(letters->with_tls, grade);
    }
}

static void add_endpoint(struct observed *observed, const struct policy *policy,
                         const struct endpoint_summary *endpoint, const struct target_mx *host)
{
    if (endpoint->outcome == OUTCOME_FAMILY_NOT_ASKED) {
        observed->left_out++;
        return;
    }
    switch (endpoint->starttls) {
    case TRI_YES:
        observed->with_tls++;
        break;
    case TRI_NO:
        observed->without_tls++;
        break;
    case TRI_UNKNOWN:
        observed->unknown++;
        break;
    }
    struct finding_set inherited = inherited_of(endpoint, host->is_named);
    struct finding_set accepted = target_accept_address(&observed->accept, host, &inherited);
    if (endpoint->grade == GRADE_U) {
        return; /* its findings are told, and marked, but it has no letter */
    }
    unsigned deductions = policy_deductions(policy, &inherited);
    add_letter(&observed->seen, policy, &inherited, endpoint->starttls);
    struct finding_set left = finding_set_without(inherited, &accepted);
    add_letter(&observed->left, policy, &left, endpoint->starttls);
    observed->deductions = deductions > observed->deductions ? deductions : observed->deductions;
}

/* ---- The MX table of the record ---- */

static bool is_missing(enum outcome outcome)
{
    return outcome == OUTCOME_DNS_NXDOMAIN || outcome == OUTCOME_DNS_NODATA;
}

/* After a failed look-up the host may have addresses that were not observed. */
static bool is_lookup_failed(const struct host_result *result)
{
    return outcome_phase(result->lookup) == PHASE_DNS && !is_missing(result->lookup);
}

/* The domain had no room for it among its addresses. */
static bool is_left(const struct host_result *result)
{
    return result->lookup == OUTCOME_NOT_TESTED;
}

static void fill_caa(struct mx_record *out, const struct host_caa *caa, struct arena *arena)
{
    const char **texts = arena_alloc(arena, CAA_TEXTS_MAX * sizeof(*texts));
    out->caa = texts;
    for (size_t i = 0; texts != NULL && caa != NULL && i < caa->num_texts; i++) {
        texts[out->num_caa++] = caa->texts[i];
    }
}

static void fill_mx(struct mx_record *out, const struct target_mx *mx, struct arena *arena)
{
    out->preference = mx->preference;
    out->host = (struct text){mx->name, strlen(mx->name)};
    if (mx->result == NULL) {
        out->outcome = mx->host == NULL ? OUTCOME_MX_INVALID : OUTCOME_LOCAL_ERROR;
        return;
    }
    size_t num = mx->result->num_endpoints;
    struct mx_endpoint *endpoints = arena_alloc(arena, (num + 1) * sizeof(*endpoints));
    out->outcome = mx->result->outcome;
    out->dnssec = mx->result->dnssec;
    out->dane = mx->is_named ? DANE_VALID : mx->result->dane;
    out->is_named = mx->is_named;
    out->bogus = mx->result->bogus;
    out->is_alias = mx->result->aliased;
    out->lookup = mx->result->lookup;
    out->addresses_left = mx->result->num_left;
    fill_caa(out, mx->result->caa, arena);
    out->endpoints = endpoints;
    out->num_endpoints = endpoints != NULL ? num : 0;
    for (size_t i = 0; i < out->num_endpoints; i++) {
        const struct endpoint_summary *summary = &mx->result->endpoints[i];
        char text[ADDRESS_TEXT_MAX];
        address_format(&summary->address, text);
        endpoints[i].address = arena_copy(arena, text, strlen(text));
        endpoints[i].port = summary->port;
        endpoints[i].outcome = summary->outcome;
        endpoints[i].grade = summary->grade;
        endpoints[i].score = summary->score;
        out->grade = policy_worse(out->grade, summary->grade);
    }
}

static void fill_mx_table(struct domain_record *record, const struct target_evidence *evidence,
                          struct arena *arena)
{
    const struct target_mx *mx = evidence->mx;
    struct mx_record *table = arena_alloc(arena, (evidence->num_mx + 1) * sizeof(*table));
    record->mx = table;
    record->num_mx = table != NULL ? evidence->num_mx : 0;
    for (size_t i = 0; i < record->num_mx; i++) {
        fill_mx(&table[i], &mx[i], arena);
        table[i].mta_sts = mx[i].mta_sts;
    }
}

static void fill_services(struct domain_record *record, const struct target_evidence *evidence,
                          struct arena *arena)
{
    size_t num = 0;
    for (size_t i = 0; i < evidence->num_services; i++) {
        size_t num_hosts = evidence->services[i].num_hosts;
        num += num_hosts > 0 ? num_hosts : 1;
    }
    struct service_record *table = arena_alloc(arena, (num + 1) * sizeof(*table));
    record->services = table;
    for (size_t i = 0; i < evidence->num_services && table != NULL; i++) {
        const struct target_service *service = &evidence->services[i];
        for (size_t k = 0; k < service->num_hosts || k == 0; k++) {
            struct service_record *row = &table[record->num_services++];
            row->service = service->name;
            row->offered = service->offered;
            row->lookup = service->outcome;
            row->host.outcome = service->outcome;
            if (k < service->num_hosts) {
                row->port = service->hosts[k].port;
                fill_mx(&row->host, &service->hosts[k], arena);
            }
        }
    }
}

/* ---- Findings ---- */

/* Listed beside the grade and never part of it. */
static bool is_unobserved(const struct endpoint_summary *endpoint)
{
    return endpoint->grade == GRADE_U && outcome_phase(endpoint->outcome) != PHASE_POLICY;
}

static struct finding_place place_of_host(const struct target_mx *mx)
{
    return (struct finding_place){.host = mx->name};
}

static struct finding_place place_of_endpoint(struct judgement *judgement,
                                              const struct target_mx *mx,
                                              const struct endpoint_summary *endpoint,
                                              const char *address)
{
    bool has_address = endpoint->address.family != 0;
    return (struct finding_place){
        .host = mx->name,
        .address = has_address ? arena_copy(judgement->arena, address, strlen(address)) : NULL,
        .port = has_address ? endpoint->port : 0,
    };
}

static void judge_endpoints(struct judgement *judgement, const struct target_mx *mx)
{
    for (size_t i = 0; i < mx->result->num_endpoints; i++) {
        const struct endpoint_summary *endpoint = &mx->result->endpoints[i];
        char text[ADDRESS_TEXT_MAX];
        address_format(&endpoint->address, text);
        const struct finding_place place = place_of_endpoint(judgement, mx, endpoint, text);
        if (endpoint->outcome == OUTCOME_ADDRESS_NOT_PUBLIC) {
            judgement_add_place(judgement, FINDING_MX_NOT_PUBLIC, &place, "%s is %s, %s", mx->name,
                                text, address_not_public(&endpoint->address));
        } else if (is_unobserved(endpoint)) {
            judgement_add_place(judgement, FINDING_MX_UNOBSERVED, &place, "%s (%s): %s", mx->name,
                                text, outcome_text(endpoint->outcome));
        }
    }
}

static void judge_host(struct judgement *judgement, const struct target_mx *mx)
{
    const struct host_result *result = mx->result;
    const struct finding_place place = place_of_host(mx);
    if (result == NULL || mx->is_token) {
        return;
    }
    if (result->aliased && mx->preference >= 0) {
        judgement_add_place(judgement, FINDING_MX_IS_CNAME, &place, "%s", mx->name);
    }
    if (result->num_endpoints == 0 && is_missing(result->outcome) && mx->preference >= 0) {
        judgement_add_place(judgement, FINDING_MX_DANGLING, &place, "%s: %s", mx->name,
                            outcome_text(result->outcome));
    }
    if (result->num_endpoints == 0 && result->bogus != NULL && mx->preference >= 0) {
        judgement_add_place(judgement,
                            result->dane == DANE_BOGUS ? FINDING_DANE_BOGUS : FINDING_DANE_DOUBTED,
                            &place, "%s: %s", mx->name, result->bogus);
    }
    if (is_lookup_failed(result)) {
        judgement_add(judgement, FINDING_MX_UNOBSERVED, "%s: %s%s", mx->name,
                      result->num_endpoints > 0 ? "IPv4 or IPv6 addresses: " : "",
                      outcome_text(result->lookup));
        judgement_list_place(judgement, FINDING_MX_UNOBSERVED, &place);
    }
    judge_endpoints(judgement, mx);
}

static void judge_exchange(struct judgement *judgement, const struct domain_record *record,
                           const struct target_mx *mx)
{
    const struct finding_place place = place_of_host(mx);
    if (mx->is_null && record->num_mx > 1) {
        judgement_add(judgement, FINDING_NULL_MX_BESIDE_OTHERS, NULL);
    } else if (mx->is_address) {
        judgement_add_place(judgement, FINDING_MX_IS_ADDRESS, &place, "%s", mx->name);
    } else if (mx->host == NULL && !mx->is_null) {
        judgement_add_place(judgement, FINDING_MX_INVALID, &place, "%s", mx->name);
    }
    judge_host(judgement, mx);
}

/* A finding of an endpoint is one of the domain, with where it was seen. */
static void inherit_findings(struct judgement *judgement, const struct target_mx *mx)
{
    const struct host_result *result = mx->result;
    for (size_t i = 0; result != NULL && i < result->num_endpoints; i++) {
        const struct endpoint_summary *endpoint = &result->endpoints[i];
        struct finding_set inherited = inherited_of(endpoint, mx->is_named);
        char text[ADDRESS_TEXT_MAX];
        address_format(&endpoint->address, text);
        const struct finding_place place = place_of_endpoint(judgement, mx, endpoint, text);
        for (unsigned code = 0; code < FINDING_COUNT; code++) {
            if (!finding_set_has(&inherited, (enum finding_code)code)) {
                continue;
            }
            if ((code == FINDING_DANE_BOGUS || code == FINDING_DANE_DOUBTED) &&
                result->bogus != NULL) {
                judgement_add_place(judgement, (enum finding_code)code, &place, "%s (%s): %s",
                                    mx->name, text, result->bogus);
            } else {
                judgement_add_place(judgement, (enum finding_code)code, &place, "%s (%s)", mx->name,
                                    text);
            }
        }
    }
}

static void judge_mail(struct judgement *judgement, struct domain_record *record)
{
    switch (record->mail) {
    case MAIL_NULL_MX:
        record->num_mx = 0; /* it names no host, and is not an invalid one: RFC 7505 section 3 */
        judgement_add(judgement, FINDING_NULL_MX, NULL);
        break;
    case MAIL_IMPLICIT:
        /* Neither MX nor address: nothing there takes mail. */
        if (record->num_mx == 1 && is_missing(record->mx[0].outcome)) {
            record->mail = MAIL_NONE;
            record->num_mx = 0;
            judgement_add(judgement, FINDING_NO_MAIL, NULL);
        } else {
            judgement_add(judgement, FINDING_IMPLICIT_MX, NULL);
        }
        break;
    case MAIL_NONE:
        judgement_add(judgement, FINDING_NO_SUCH_DOMAIN, NULL);
        break;
    case MAIL_UNKNOWN:
        judgement_add(judgement, FINDING_DNS_FAILURE, "%s", outcome_text(record->dns_outcome));
        break;
    case MAIL_MX:
        break;
    }
}

/* ---- The two answers ---- */

static const char *why_no_hosts(const struct domain_record *record)
{
    switch (record->mail) {
    case MAIL_UNKNOWN:
        return "the MX records are not known";
    case MAIL_NONE:
        if (record->dns_outcome == OUTCOME_DNS_NXDOMAIN) {
            return "the domain does not exist";
        }
        break;
    case MAIL_MX:
    case MAIL_IMPLICIT:
        return "no MX host has an address";
    case MAIL_NULL_MX:
        break;
    }
    return "the domain takes no mail";
}

static void answer_opportunistic(struct domain_record *record, const struct observed *observed,
                                 struct arena *arena)
{
    if (observed->with_tls + observed->without_tls == 0) {
        record->opportunistic = OPPORTUNISTIC_UNKNOWN;
    } else if (observed->without_tls == 0) {
        record->opportunistic = OPPORTUNISTIC_YES;
    } else {
        record->opportunistic = observed->with_tls == 0 ? OPPORTUNISTIC_NO : OPPORTUNISTIC_PARTIAL;
    }
    const unsigned asked = observed->with_tls + observed->without_tls + observed->unknown;
    if (asked == 0 && observed->left_out > 0) {
        record->opportunistic_reason = outcome_text(OUTCOME_FAMILY_NOT_ASKED);
    } else if (asked > 0) {
        record->opportunistic_reason =
            arena_format(arena, "TLS on %u, no TLS on %u, unknown on %u of the MX addresses",
                         observed->with_tls, observed->without_tls, observed->unknown);
    } else {
        record->opportunistic_reason = why_no_hosts(record);
    }
}

/*
 * There are no hosts to look at. MX records that cannot be had are DANE's matter all the same:
 * senders put the mail off (RFC 7672 section 2.1.2).
 */
static void answer_without_hosts(struct domain_record *record,
                                 const struct target_evidence *evidence)
{
    record->enforced_reason = why_no_hosts(record);
    if (record->mail == MAIL_UNKNOWN && evidence->trusts_resolver) {
        record->dane = evidence->enforcement.dane;
    }
}

/* ---- All together ---- */

static void judge_lack_of_enforcement(struct judgement *judgement,
                                      const struct domain_record *record)
{
    if (record->enforced == ENFORCED_NONE) {
        judgement_add(judgement, FINDING_NO_ENFORCEMENT, "%s", record->enforced_reason);
    } else if (record->enforced == ENFORCED_UNKNOWN) {
        judgement_add(judgement, FINDING_ENFORCEMENT_UNKNOWN, "%s", record->enforced_reason);
    }
}

/* A+ requires that no question is open; a domain with an open one gets A at best. */
static void set_grade(struct domain_record *record, const struct judgement *judgement,
                      const struct observed *observed, enum grade grade)
{
    record->grade = grade;
    record->open = coverage_of_domain(judgement->policy, record, observed->open);
    if (record->open != 0) {
        record->grade = policy_worse(grade, GRADE_A);
    }
    record->score = policy_score(record->grade, observed->deductions + judgement->deductions);
}

/* There is no enforcement to speak of towards a service that people log in to. */
static void grade_by_services(const struct judgement *judgement, struct domain_record *record,
                              const struct target_evidence *evidence,
                              const struct observed *observed)
{
    record->partial = observed->unknown > 0;
    for (size_t i = 0; i < evidence->num_services; i++) {
        enum outcome lookup = evidence->services[i].outcome;
        record->partial |= lookup != OUTCOME_OK && !is_missing(lookup);
    }
    if (observed->seen.all != GRADE_U) {
        set_grade(record, judgement, observed, policy_worse(GRADE_A, observed->seen.all));
    }
}

/* The questions about addresses that were not observed, for whatever reason. */
#define UNOBSERVED                                                                                 \
    (QUESTION_BIT(QUESTION_IPV4) | QUESTION_BIT(QUESTION_IPV6) | QUESTION_BIT(QUESTION_EXCLUDED) | \
     QUESTION_BIT(QUESTION_ADDRESSES))

/*
 * A sender, or an attacker, may pick any address, so that the lowest letter counts. There is one
 * exception: an address without TLS beside others with it means "sometimes", which is what D stands
 * for. An address that was not observed may have TLS. It lowers no letter, so the letter is the one
 * that the domain has if that address has TLS; `open` says that it was not observed.
 *
 * Where it is accepted that TLS is there sometimes, each address counts for itself: that one has no
 * TLS is another finding, and accepted or not.
 */
static enum grade grade_of_addresses(const struct judgement *judgement,
                                     const struct observed *observed, const struct letters *letters)
{
    enum grade cap = judgement->policy->rules[FINDING_STARTTLS_ON_SOME].cap;
    enum grade sometimes = policy_worse(letters->with_tls, cap);
    bool is_accepted = finding_set_has(&judgement->accepted, FINDING_STARTTLS_ON_SOME);
    if (observed->without_tls == 0) {
        return letters->all;
    }
    if (observed->with_tls > 0) {
        return is_accepted ? letters->all : sometimes;
    }
    bool may_be_sometimes = (observed->open & UNOBSERVED) != 0;
    return may_be_sometimes && policy_worse(sometimes, letters->all) == letters->all ? sometimes
                                                                                     : letters->all;
}

static void grade_by_mx(struct judgement *judgement, struct domain_record *record,
                        const struct observed *observed)
{
    record->partial = observed->unknown > 0;
    if (record->mail == MAIL_NULL_MX) {
        record->grade = GRADE_N;
        record->partial = false;
        return;
    }
    /* Mail to a domain whose MX records, or a host's addresses, are bogus is kept back, whatever
     * was observed. */
    enum grade unobserved = finding_set_has(&judgement->set, FINDING_DANE_BOGUS)
                                ? judgement->policy->rules[FINDING_DANE_BOGUS].cap
                                : GRADE_U;
    if (observed->seen.all == GRADE_U && unobserved == GRADE_U) {
        return;
    }
    judge_lack_of_enforcement(judgement, record);
    enum grade grade =
        policy_worse(judgement->cap, grade_of_addresses(judgement, observed, &observed->seen));
    set_grade(record, judgement, observed, grade);
}

/* May it have addresses of which nothing is known? A host without a result was lost here. */
static bool is_unknown_host(const struct target_mx *mx)
{
    if (mx->host == NULL || mx->is_token) {
        return false;
    }
    return mx->result == NULL || is_lookup_failed(mx->result);
}

/* What the grade rests on: the MX hosts, or the services where those were not asked for. */
static void observe(struct observed *observed, const struct judgement *judgement,
                    const struct target_mx *hosts, size_t num_hosts)
{
    for (size_t i = 0; i < num_hosts; i++) {
        const struct host_result *result = hosts[i].result;
        if (is_unknown_host(&hosts[i])) {
            observed->unknown++;
            observed->open |= QUESTION_BIT(QUESTION_ADDRESSES);
        }
        if (result != NULL && (result->num_left > 0 || is_left(result))) {
            observed->open |= QUESTION_BIT(QUESTION_ADDRESSES);
        }
        observed->open |= result != NULL ? coverage_of_host(result) : 0;
        for (size_t k = 0; result != NULL && k < result->num_endpoints; k++) {
            add_endpoint(observed, judgement->policy, &result->endpoints[k], &hosts[i]);
        }
    }
}

/* Tells how many addresses were asked, where --max-addresses left some out. */
static void judge_bound(struct judgement *judgement, const struct target_evidence *evidence)
{
    size_t num_asked = 0, num_left = 0, num_hosts_left = 0;
    for (size_t i = 0; i < evidence->num_mx; i++) {
        const struct host_result *result = evidence->mx[i].result;
        num_asked += result != NULL ? result->num_endpoints : 0;
        num_left += result != NULL ? result->num_left : 0;
        num_hosts_left += result != NULL && is_left(result) ? 1 : 0;
    }
    if (num_left > 0 || num_hosts_left > 0) {
        judgement_add_place(judgement, FINDING_MX_UNOBSERVED, NULL,
                            "%zu of the domain's addresses were asked, as --max-addresses bounds "
                            "them; %zu others of these hosts and %zu other hosts were not",
                            num_asked, num_left, num_hosts_left);
    }
}

static void judge_mx(struct judgement *judgement, struct domain_record *record,
                     const struct target_evidence *evidence, struct observed *observed)
{
    if (record->dns_outcome != OUTCOME_EXCLUDED) {
        judge_mail(judgement, record);
    }
    judge_bound(judgement, evidence);
    for (size_t i = 0; i < evidence->num_mx; i++) {
        judge_exchange(judgement, record, &evidence->mx[i]);
    }
    observe(observed, judgement, evidence->mx, evidence->num_mx);
    if (observed->with_tls > 0 && observed->without_tls > 0) {
        judgement_add(judgement, FINDING_STARTTLS_ON_SOME, "TLS on %u, no TLS on %u addresses",
                      observed->with_tls, observed->without_tls);
    }
    answer_opportunistic(record, observed, judgement->arena);
    if (evidence->enforcement.is_asked &&
        (record->mail == MAIL_MX || record->mail == MAIL_IMPLICIT)) {
        target_enforced_judge(record, &evidence->enforcement, judgement);
    } else {
        answer_without_hosts(record, evidence);
    }
}

static void inherit_all(struct judgement *judgement, const struct target_mx *hosts,
                        size_t num_hosts)
{
    for (size_t i = 0; i < num_hosts; i++) {
        inherit_findings(judgement, &hosts[i]);
    }
}

/* What somebody lives with stays among the findings, and the letter is what it is. */
static void accept_findings(struct judgement *judgement, struct domain_record *record,
                            const struct observed *observed, const struct finding_set *own,
                            bool grades_by_mx)
{
    target_accept_mark(&observed->accept, judgement, own);
    const struct finding_set own_left = finding_set_without(*own, &judgement->accepted);
    enum grade of_addresses = grades_by_mx
                                  ? grade_of_addresses(judgement, observed, &observed->left)
                                  : observed->left.all;
    record->accepted_grade =
        judgement_grade_left(judgement, record->grade,
                             policy_worse(policy_cap(judgement->policy, &own_left), of_addresses));
}

void target_judge(struct domain_record *record, const struct target_evidence *evidence,
                  struct judgement *judgement)
{
    struct observed observed = {.open = 0};
    target_accept_init(&observed.accept, judgement->policy, record->domain);
    record->policy = judgement->policy->name;
    record->policy_digest = judgement->policy->digest;
    record->has_evidence = true;
    record->problem = evidence->problem;
    fill_services(record, evidence, judgement->arena);
    if (evidence->problem != NULL) {
        judgement_add(judgement, FINDING_INVALID_INPUT, "%s", evidence->problem);
    } else if (evidence->grades_by_mx) {
        fill_mx_table(record, evidence, judgement->arena);
        judge_mx(judgement, record, evidence, &observed);
    } else {
        record->opportunistic_reason = record->enforced_reason =
            "mail between servers was not asked for";
        for (size_t i = 0; i < evidence->num_services; i++) {
            const struct target_service *service = &evidence->services[i];
            observe(&observed, judgement, service->hosts, service->num_hosts);
        }
    }
    if (evidence->grades_by_mx) {
        grade_by_mx(judgement, record, &observed);
    } else {
        grade_by_services(judgement, record, evidence, &observed);
    }
    const struct finding_set own = judgement->set;
    if (evidence->grades_by_mx) {
        inherit_all(judgement, evidence->mx, evidence->num_mx);
    }
    for (size_t i = 0; !evidence->grades_by_mx && i < evidence->num_services; i++) {
        inherit_all(judgement, evidence->services[i].hosts, evidence->services[i].num_hosts);
    }
    accept_findings(judgement, record, &observed, &own, evidence->grades_by_mx);
    record->findings = judgement->findings;
    record->num_findings = judgement->num_findings;
}
