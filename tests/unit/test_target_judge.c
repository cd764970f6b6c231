/* What a domain's hosts and policies add up to: letter, findings, the two answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "output/record/record_enum.h"

#include "tests/unit/named.h"

#include "io/base/address.h"
#include "scanner/enforcement/leaf_names.h"
#include "scanner/domain/target_enforcement.h"
#include "scanner/grading/acceptances.h"
#include "scanner/grading/target_judge.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define MX_MAX     3

/* A domain with one healthy MX host on one address, which a test then changes. */
struct scene {
    struct domain_record record;
    struct target_mx mx[MX_MAX];
    size_t num_mx;
    struct dane_lookup mx_lookup;
    struct domain_published policy;
    const char *patterns[1];
    const char *problem;
    bool without_policy;
    bool distrusts_resolver;
    struct arena arena;
};

static struct host_result *host_with(size_t num_endpoints)
{
    struct host_result *result =
        calloc(1, sizeof(*result) + num_endpoints * sizeof(result->endpoints[0]));
    assert_non_null(result);
    result->outcome = result->lookup = OUTCOME_OK;
    result->dane = DANE_NONE;
    result->num_endpoints = num_endpoints;
    for (size_t i = 0; i < num_endpoints; i++) {
        struct endpoint_summary *endpoint = &result->endpoints[i];
        endpoint->address.family = 4;
        endpoint->port = 25;
        memcpy(endpoint->address.bytes, (const uint8_t[]){192, 0, 2, (uint8_t)i}, 4);
        endpoint->grade = GRADE_A;
        endpoint->starttls = TRI_YES;
        endpoint->certificate_valid = TRI_YES;
        endpoint->outcome = OUTCOME_OK;
        finding_set_add(&endpoint->findings, FINDING_NO_DANE);
    }
    return result;
}

static struct endpoint_summary *endpoint_of(struct scene *scene, size_t mx)
{
    return &scene->mx[mx].result->endpoints[0];
}

static void add_mx(struct scene *scene, int32_t preference, const char *name)
{
    scene->mx[scene->num_mx++] = (struct target_mx){
        .preference = preference, .name = name, .host = named(name), .result = host_with(1)};
}

static void make_healthy(struct scene *scene)
{
    memset(scene, 0, sizeof(*scene));
    scene->record.domain = "example.org";
    scene->record.mail = MAIL_MX;
    scene->record.dns_outcome = OUTCOME_OK;
    scene->mx_lookup = (struct dane_lookup){.is_answered = true, .outcome = DNS_OK};
    scene->policy.txt.status = MTA_STS_TXT_ABSENT;
    scene->policy.tls_rpt.status.value = TRI_YES;
    add_mx(scene, 10, "mx.example.org");
}

static void free_scene(struct scene *scene)
{
    for (size_t i = 0; i < scene->num_mx; i++) {
        struct host_result *result = scene->mx[i].result;
        if (result != NULL) {
            leaf_names_release((struct leaf_names *)(uintptr_t)result->endpoints[0].leaf_names);
        }
        free(result);
    }
    arena_free(&scene->arena);
}

static void judge(struct scene *scene, const struct policy *policy, struct judgement *judgement)
{
    const struct target_enforcement_input enforcement = {
        .domain = named(scene->record.domain),
        .mx_lookup = &scene->mx_lookup,
        .trusts_resolver = !scene->distrusts_resolver,
        .policy = scene->without_policy ? NULL : &scene->policy,
    };
    const struct target_evidence evidence = {
        .mx = scene->mx,
        .num_mx = scene->num_mx,
        .enforcement = target_enforcement_of(&enforcement, scene->mx, scene->num_mx, &scene->arena),
        .trusts_resolver = !scene->distrusts_resolver,
        .grades_by_mx = true,
        .problem = scene->problem,
    };
    judgement_init(judgement, policy, &scene->arena);
    target_judge(&scene->record, &evidence, judgement);
}

/* ---- One respect at a time ---- */

#define CHANGE(name_, statement)                                                                   \
    static void name_(struct scene *scene)                                                         \
    {                                                                                              \
        statement;                                                                                 \
    }

static void no_tls(struct endpoint_summary *endpoint)
{
    memset(&endpoint->findings, 0, sizeof(endpoint->findings));
    endpoint->starttls = TRI_NO;
    endpoint->grade = GRADE_F;
    endpoint->outcome = OUTCOME_STARTTLS_NOT_ADVERTISED;
    finding_set_add(&endpoint->findings, FINDING_NO_STARTTLS);
}

static void not_observed(struct endpoint_summary *endpoint, enum outcome outcome)
{
    memset(&endpoint->findings, 0, sizeof(endpoint->findings));
    endpoint->starttls = TRI_UNKNOWN;
    endpoint->grade = GRADE_U;
    endpoint->outcome = outcome;
}

static void match_dane(struct scene *scene, size_t mx)
{
    struct endpoint_summary *endpoint = endpoint_of(scene, mx);
    memset(&endpoint->findings, 0, sizeof(endpoint->findings));
    endpoint->dane = DANE_VALID;
    scene->mx[mx].result->dane = DANE_VALID;
    scene->mx_lookup.authentic = true;
}

static void publish(struct scene *scene, enum mta_sts_mode mode, const char *pattern)
{
    scene->patterns[0] = pattern;
    scene->policy.txt.status = MTA_STS_TXT_VALID;
    scene->policy.is_fetched = true;
    scene->policy.has_policy = true;
    scene->policy.policy = (struct mta_sts_policy){
        .is_valid = true, .mode = mode, .max_age = 604800, .mx = scene->patterns, .num_mx = 1};
}

static void without_hosts(struct scene *scene, enum mail_kind mail, enum outcome outcome)
{
    scene->record.mail = mail;
    scene->record.dns_outcome = outcome;
    scene->without_policy = true;
    free(scene->mx[0].result);
    scene->mx[0].result = NULL;
    scene->num_mx = 0;
}

/* One that cannot be a host. */
static void add_other_mx(struct scene *scene, int32_t preference, const char *name)
{
    scene->mx[scene->num_mx++] = (struct target_mx){.preference = preference, .name = name};
}

CHANGE(nothing, (void)scene)
CHANGE(null_mx, without_hosts(scene, MAIL_NULL_MX, OUTCOME_OK))
CHANGE(no_domain, without_hosts(scene, MAIL_NONE, OUTCOME_DNS_NXDOMAIN))
CHANGE(no_mail, scene->record.mail = MAIL_IMPLICIT; scene->mx[0].preference = -1;
       scene->without_policy = true; scene->mx[0].result->num_endpoints = 0;
       scene->mx[0].result->outcome = scene->mx[0].result->lookup = OUTCOME_DNS_NODATA)
CHANGE(dns_failure, without_hosts(scene, MAIL_UNKNOWN, OUTCOME_DNS_SERVFAIL))
CHANGE(bad_line, without_hosts(scene, MAIL_UNKNOWN, OUTCOME_INVALID_INPUT);
       scene->problem = "not a name")
CHANGE(implicit, scene->record.mail = MAIL_IMPLICIT; scene->mx[0].preference = -1)
CHANGE(null_beside, add_other_mx(scene, 0, "."); scene->mx[1].is_null = true)
CHANGE(address_beside, add_other_mx(scene, 20, "192.0.2.9"); scene->mx[1].is_address = true)
CHANGE(invalid_beside, add_other_mx(scene, 20, "no host"))
CHANGE(alias, scene->mx[0].result->aliased = true; scene->mx[0].preference = 0)
CHANGE(dangling, add_mx(scene, 0, "gone.example.org"); scene->mx[1].result->num_endpoints = 0;
       scene->mx[1].result->outcome = OUTCOME_DNS_NXDOMAIN)
CHANGE(token, add_mx(scene, 32767, "ms12345678.msv1.invalid"); scene->mx[1].is_token = true;
       scene->mx[1].result->num_endpoints = 0;
       scene->mx[1].result->outcome = scene->mx[1].result->lookup = OUTCOME_DNS_NXDOMAIN)
CHANGE(token_and_enforce, token(scene); publish(scene, MTA_STS_MODE_ENFORCE, "*.example.org"))
CHANGE(token_lookup_failed, token(scene); scene->mx[1].result->lookup = OUTCOME_DNS_SERVFAIL)
CHANGE(all_dangling, scene->mx[0].result->num_endpoints = 0;
       scene->mx[0].result->outcome = scene->mx[0].result->lookup = OUTCOME_DNS_NXDOMAIN)
CHANGE(host_not_looked_up, add_mx(scene, 20, "mx2.example.org");
       scene->mx[1].result->num_endpoints = 0;
       scene->mx[1].result->outcome = scene->mx[1].result->lookup = OUTCOME_DNS_SERVFAIL)
CHANGE(no_host_looked_up, scene->mx[0].result->num_endpoints = 0;
       scene->mx[0].result->outcome = scene->mx[0].result->lookup = OUTCOME_DNS_TIMEOUT)
CHANGE(family_not_looked_up, scene->mx[0].result->lookup = OUTCOME_DNS_TIMEOUT)
CHANGE(private_address, add_mx(scene, 20, "inside.example.org");
       not_observed(endpoint_of(scene, 1), OUTCOME_ADDRESS_NOT_PUBLIC);
       memcpy(endpoint_of(scene, 1)->address.bytes, (const uint8_t[]){10, 0, 0, 1}, 4))
CHANGE(one_unobserved, add_mx(scene, 20, "mx2.example.org");
       not_observed(endpoint_of(scene, 1), OUTCOME_CONNECT_TIMEOUT))
CHANGE(addresses_left, scene->mx[0].result->num_left = 62)
CHANGE(host_left, add_mx(scene, 20, "mx2.example.org"); scene->mx[1].result->num_endpoints = 0;
       scene->mx[1].result->outcome = scene->mx[1].result->lookup = OUTCOME_NOT_TESTED)
CHANGE(all_unobserved, not_observed(endpoint_of(scene, 0), OUTCOME_CONNECT_TIMEOUT))
CHANGE(family_left_out, add_mx(scene, 20, "mx2.example.org");
       not_observed(endpoint_of(scene, 1), OUTCOME_FAMILY_NOT_ASKED))
CHANGE(all_left_out, not_observed(endpoint_of(scene, 0), OUTCOME_FAMILY_NOT_ASKED);
       scene->mx[0].result->outcome = OUTCOME_FAMILY_NOT_ASKED;
       scene->mx[0].result->lookup = OUTCOME_DNS_NODATA)
CHANGE(implied_left_out, all_left_out(scene); implicit(scene))
CHANGE(one_clear, add_mx(scene, 20, "mx2.example.org"); no_tls(endpoint_of(scene, 1)))
CHANGE(all_clear, no_tls(endpoint_of(scene, 0)))
CHANGE(clear_and_unobserved, one_unobserved(scene); no_tls(endpoint_of(scene, 0)))
CHANGE(clear_and_not_looked_up, host_not_looked_up(scene); no_tls(endpoint_of(scene, 0)))
CHANGE(clear_and_family_left_out, family_left_out(scene); no_tls(endpoint_of(scene, 0)))
CHANGE(clear_and_left, host_left(scene); no_tls(endpoint_of(scene, 0)))
CHANGE(host_excluded, host_left(scene);
       scene->mx[1].result->outcome = scene->mx[1].result->lookup = OUTCOME_EXCLUDED)
CHANGE(clear_and_excluded, host_excluded(scene); no_tls(endpoint_of(scene, 0)))
CHANGE(clear_and_private, private_address(scene); no_tls(endpoint_of(scene, 0)))
CHANGE(clear_and_dangling, dangling(scene); no_tls(endpoint_of(scene, 0)))
CHANGE(clear_and_lost, one_unobserved(scene); no_tls(endpoint_of(scene, 0));
       free(scene->mx[1].result); scene->mx[1].result = NULL)
CHANGE(worst_counts, add_mx(scene, 20, "mx2.example.org"); endpoint_of(scene, 1)->grade = GRADE_B;
       finding_set_add(&endpoint_of(scene, 1)->findings, FINDING_TLS10))
CHANGE(dane, match_dane(scene, 0))
CHANGE(dane_on_one, match_dane(scene, 0); add_mx(scene, 20, "mx2.example.org"))
CHANGE(dane_insecure_mx, match_dane(scene, 0); scene->mx_lookup.authentic = false)
CHANGE(dane_unknown, scene->mx[0].result->dane = DANE_TEMPERROR)

/* The MX records did not validate, and the hosts are those of an answer without validation. */
static void forge_mx(struct scene *scene)
{
    scene->record.mx_bogus = "MX example.org";
    scene->record.dns_outcome = OUTCOME_DNS_SERVFAIL;
    scene->mx_lookup =
        (struct dane_lookup){.is_answered = true, .outcome = DNS_SERVFAIL, .bogus = true};
}

static void forge_host(struct scene *scene, struct endpoint_summary *endpoint)
{
    scene->mx[0].result->dane = endpoint->dane = DANE_BOGUS;
    scene->mx[0].result->bogus = "A mx.example.org";
    endpoint->grade = GRADE_D;
    finding_set_add(&endpoint->findings, FINDING_DANE_BOGUS);
}

CHANGE(bogus_mx, forge_mx(scene))
CHANGE(bogus_mx_unobserved, forge_mx(scene); all_unobserved(scene))
CHANGE(bogus_without_mail, forge_mx(scene); scene->record.mail = MAIL_IMPLICIT;
       scene->mx[0].preference = -1; scene->mx[0].result->num_endpoints = 0)
CHANGE(doubted_mx, forge_mx(scene); scene->mx_lookup = (struct dane_lookup){0})
CHANGE(bogus_host, forge_host(scene, endpoint_of(scene, 0)))
CHANGE(bogus_host_without_address, forge_host(scene, endpoint_of(scene, 0));
       scene->mx[0].result->num_endpoints = 0;
       scene->mx[0].result->outcome = scene->mx[0].result->lookup = OUTCOME_DNS_SERVFAIL)

/* TLSA records that match but for the name, and a leaf that has the names given. */
static void mismatch_dane(struct scene *scene, const char *name)
{
    const struct text names[] = {{name, strlen(name)}};
    match_dane(scene, 0);
    scene->mx[0].result->dane = DANE_MISMATCH;
    struct endpoint_summary *endpoint = endpoint_of(scene, 0);
    endpoint->dane = DANE_MISMATCH;
    finding_set_add(&endpoint->findings, FINDING_DANE_MISMATCH);
    finding_set_add(&endpoint->findings, FINDING_UNTRUSTED_ROOT);
    finding_set_add(&endpoint->findings, FINDING_NO_DANE);
    endpoint->certificate_valid = TRI_NO;
    endpoint->leaf_names = leaf_names_new(names, 1);
    assert_non_null(endpoint->leaf_names);
}

CHANGE(dane_of_domain, mismatch_dane(scene, "example.org"))
CHANGE(dane_of_domain_weak, mismatch_dane(scene, "example.org");
       finding_set_add(&endpoint_of(scene, 0)->findings, FINDING_TLS10))
CHANGE(dane_of_another, mismatch_dane(scene, "example.net"))
CHANGE(dane_untrusted, match_dane(scene, 0); scene->distrusts_resolver = true)
CHANGE(nothing_there, scene->record.mail = MAIL_IMPLICIT; scene->mx[0].preference = -1;
       scene->mx[0].result->num_endpoints = 0; scene->mx[0].result->outcome = OUTCOME_DNS_NXDOMAIN;
       scene->without_policy = true)
CHANGE(lookup_failed, scene->mx[0].result->num_endpoints = 0;
       scene->mx[0].result->outcome = OUTCOME_DNS_SERVFAIL)
CHANGE(alias_without_mx, alias(scene); implicit(scene))
CHANGE(enforce_on_some, publish(scene, MTA_STS_MODE_ENFORCE, "*.example.org");
       add_mx(scene, 20, "mx2.example.org"); no_tls(endpoint_of(scene, 1)))
CHANGE(enforce_unobserved, publish(scene, MTA_STS_MODE_ENFORCE, "*.example.org");
       not_observed(endpoint_of(scene, 0), OUTCOME_CONNECT_TIMEOUT))
CHANGE(enforce, publish(scene, MTA_STS_MODE_ENFORCE, "*.example.org"))
CHANGE(enforce_and_dane, publish(scene, MTA_STS_MODE_ENFORCE, "*.example.org");
       match_dane(scene, 0))
CHANGE(testing, publish(scene, MTA_STS_MODE_TESTING, "*.example.org"))
CHANGE(off, publish(scene, MTA_STS_MODE_NONE, "*.example.org"))
CHANGE(enforce_mismatch, publish(scene, MTA_STS_MODE_ENFORCE, "mx.example.net"))
CHANGE(enforce_bad_certificate, publish(scene, MTA_STS_MODE_ENFORCE, "*.example.org");
       endpoint_of(scene, 0)->certificate_valid = TRI_NO)
CHANGE(testing_mismatch, publish(scene, MTA_STS_MODE_TESTING, "mx.example.net"))
CHANGE(bad_record, scene->policy.txt.status = MTA_STS_TXT_INVALID)
CHANGE(no_reports, scene->policy.tls_rpt.status.value = TRI_NO)
CHANGE(bad_reports, static const char *const problems[] = {"no_rua"};
       scene->policy.tls_rpt.status.value = TRI_NO; scene->policy.tls_rpt.problems = problems;
       scene->policy.tls_rpt.num_problems = 1)

struct domain_case {
    const char *name;
    void (*change)(struct scene *scene);
    const char *findings; /* in the order of the policy */
    enum grade grade;
    enum opportunistic_tls opportunistic;
    enum enforced_tls enforced;
};

#define TLS(answer) OPPORTUNISTIC_##answer, ENFORCED_NONE
#define OPEN        OPPORTUNISTIC_UNKNOWN, ENFORCED_UNKNOWN

static const struct domain_case cases[] = {
    {"a healthy domain without enforcement gets A", nothing, "no_mta_sts no_enforcement", GRADE_A,
     TLS(YES)},
    {"a null MX is no mail", null_mx, "null_mx", GRADE_N, OPEN},
    {"no such domain is not graded", no_domain, "no_such_domain", GRADE_U, OPEN},
    {"nor is one without MX and addresses", no_mail, "no_mail_service", GRADE_U, OPEN},
    {"a failed look-up is not graded", dns_failure, "dns_failure", GRADE_U, OPEN},
    {"a line that is no domain", bad_line, "invalid_input", GRADE_U, OPEN},
    {"an implicit MX", implicit, "implicit_mx no_mta_sts no_enforcement", GRADE_A, TLS(YES)},
    {"a null MX beside another", null_beside, "null_mx_beside_others no_mta_sts no_enforcement",
     GRADE_A, TLS(YES)},
    {"an address for an MX", address_beside, "mx_is_address no_mta_sts no_enforcement", GRADE_A,
     TLS(YES)},
    {"an MX that cannot be a host", invalid_beside, "mx_invalid no_mta_sts no_enforcement", GRADE_A,
     TLS(YES)},
    {"an MX that is an alias", alias, "mx_is_cname no_mta_sts no_enforcement", GRADE_A, TLS(YES)},
    {"an MX that does not exist", dangling, "mx_dangling no_mta_sts no_enforcement", GRADE_A,
     TLS(YES)},
    {"an MX that proves who owns the domain", token, "no_mta_sts no_enforcement", GRADE_A,
     TLS(YES)},
    {"it is no host that MTA-STS would ask for", token_and_enforce, "", GRADE_A_PLUS,
     OPPORTUNISTIC_YES, ENFORCED_MTA_STS},
    {"one MX that could not be looked up lowers nothing", host_not_looked_up,
     "mx_unobserved no_mta_sts no_enforcement", GRADE_A, TLS(YES)},
    {"none that could be looked up is not graded", no_host_looked_up, "mx_unobserved no_mta_sts",
     GRADE_U, OPPORTUNISTIC_UNKNOWN, ENFORCED_NONE},
    {"half of an MX that could be looked up", family_not_looked_up,
     "mx_unobserved no_mta_sts no_enforcement", GRADE_A, TLS(YES)},
    {"an MX inside somebody's network", private_address, "mx_not_public no_mta_sts no_enforcement",
     GRADE_A, TLS(YES)},
    {"one MX that was not seen lowers nothing", one_unobserved,
     "mx_unobserved no_mta_sts no_enforcement", GRADE_A, TLS(YES)},
    {"addresses that there was no room for lower nothing", addresses_left,
     "mx_unobserved no_mta_sts no_enforcement", GRADE_A, TLS(YES)},
    {"nor does a host that there was no room for", host_left,
     "mx_unobserved no_mta_sts no_enforcement", GRADE_A, TLS(YES)},
    {"none that was seen is not graded", all_unobserved, "mx_unobserved no_mta_sts", GRADE_U,
     OPPORTUNISTIC_UNKNOWN, ENFORCED_NONE},
    {"an address of a family that this run leaves out", family_left_out,
     "no_mta_sts no_enforcement", GRADE_A, TLS(YES)},
    {"none but such addresses is not graded", all_left_out, "no_mta_sts", GRADE_U,
     OPPORTUNISTIC_UNKNOWN, ENFORCED_NONE},
    {"nor is it where no MX names the host", implied_left_out, "implicit_mx no_mta_sts", GRADE_U,
     OPPORTUNISTIC_UNKNOWN, ENFORCED_NONE},
    {"TLS on one of two is sometimes", one_clear,
     "no_starttls starttls_on_some no_mta_sts no_enforcement", GRADE_D, TLS(PARTIAL)},
    {"TLS on none is F", all_clear, "no_starttls no_mta_sts no_enforcement", GRADE_F, TLS(NO)},
    {"one that was not seen may have TLS", clear_and_unobserved,
     "no_starttls mx_unobserved no_mta_sts no_enforcement", GRADE_D, TLS(NO)},
    {"so may one whose addresses are not known", clear_and_not_looked_up,
     "no_starttls mx_unobserved no_mta_sts no_enforcement", GRADE_D, TLS(NO)},
    {"one of a family that this run leaves out", clear_and_family_left_out,
     "no_starttls no_mta_sts no_enforcement", GRADE_D, TLS(NO)},
    {"one that there was no room for", clear_and_left,
     "no_starttls mx_unobserved no_mta_sts no_enforcement", GRADE_D, TLS(NO)},
    {"one on the exclusion list", clear_and_excluded, "no_starttls no_mta_sts no_enforcement",
     GRADE_D, TLS(NO)},
    {"and one that was lost here", clear_and_lost, "no_starttls no_mta_sts no_enforcement", GRADE_D,
     TLS(NO)},
    {"but not one that nobody can reach", clear_and_private,
     "no_starttls mx_not_public no_mta_sts no_enforcement", GRADE_F, TLS(NO)},
    {"nor one that does not exist", clear_and_dangling,
     "no_starttls mx_dangling no_mta_sts no_enforcement", GRADE_F, TLS(NO)},
    {"a host on the exclusion list lowers nothing", host_excluded, "no_mta_sts no_enforcement",
     GRADE_A, TLS(YES)},
    {"the worst of two counts", worst_counts, "tls10 no_mta_sts no_enforcement", GRADE_B, TLS(YES)},
    {"DANE on every MX is A+", dane, "no_mta_sts", GRADE_A_PLUS, OPPORTUNISTIC_YES, ENFORCED_DANE},
    {"DANE on one of two enforces nothing", dane_on_one, "dane_partial no_mta_sts no_enforcement",
     GRADE_A, TLS(YES)},
    {"DANE behind an MX that is not signed", dane_insecure_mx,
     "dane_partial no_mta_sts no_enforcement", GRADE_A, TLS(YES)},
    {"DANE that could not be looked up", dane_unknown, "no_mta_sts enforcement_unknown", GRADE_A,
     OPPORTUNISTIC_YES, ENFORCED_UNKNOWN},
    {"DANE under the domain's own name heals the host's", dane_of_domain, "no_mta_sts",
     GRADE_A_PLUS, OPPORTUNISTIC_YES, ENFORCED_DANE},
    {"it heals nothing else", dane_of_domain_weak, "tls10 no_mta_sts", GRADE_B, OPPORTUNISTIC_YES,
     ENFORCED_DANE},
    {"DANE under another domain's name is D", dane_of_another,
     "untrusted_root dane_mismatch no_mta_sts no_enforcement", GRADE_D, TLS(YES)},
    {"DANE by a resolver that is not trusted", dane_untrusted, "no_mta_sts enforcement_unknown",
     GRADE_A, OPPORTUNISTIC_YES, ENFORCED_UNKNOWN},
    {"bogus MX records are D, whatever the hosts do", bogus_mx,
     "dane_bogus no_mta_sts no_enforcement", GRADE_D, TLS(YES)},
    {"also if no host was observed", bogus_mx_unobserved,
     "dane_bogus mx_unobserved no_mta_sts no_enforcement", GRADE_D, OPPORTUNISTIC_UNKNOWN,
     ENFORCED_NONE},
    {"but not if there is nowhere to deliver to", bogus_without_mail, "implicit_mx no_mta_sts",
     GRADE_U, OPPORTUNISTIC_UNKNOWN, ENFORCED_NONE},
    {"but not if the resolver is blamed", doubted_mx, "dane_doubted no_mta_sts enforcement_unknown",
     GRADE_A, OPPORTUNISTIC_YES, ENFORCED_UNKNOWN},
    {"a bogus host is D", bogus_host, "dane_bogus no_mta_sts no_enforcement", GRADE_D, TLS(YES)},
    {"also without an address", bogus_host_without_address,
     "dane_bogus mx_unobserved no_mta_sts no_enforcement", GRADE_D, OPPORTUNISTIC_UNKNOWN,
     ENFORCED_NONE},
    {"neither MX nor address is no mail", nothing_there, "no_mail_service", GRADE_U, OPEN},
    {"an MX whose address could not be looked up", lookup_failed, "no_mta_sts", GRADE_U,
     OPPORTUNISTIC_UNKNOWN, ENFORCED_NONE},
    {"an alias that no MX names", alias_without_mx, "implicit_mx no_mta_sts no_enforcement",
     GRADE_A, TLS(YES)},
    {"an enforce with a host in clear", enforce_on_some,
     "no_starttls starttls_on_some mta_sts_broken no_enforcement", GRADE_D, TLS(PARTIAL)},
    {"an enforce whose host was not seen", enforce_unobserved, "mx_unobserved", GRADE_U,
     OPPORTUNISTIC_UNKNOWN, ENFORCED_UNKNOWN},
    {"MTA-STS in enforce is A+", enforce, "", GRADE_A_PLUS, OPPORTUNISTIC_YES, ENFORCED_MTA_STS},
    {"both", enforce_and_dane, "", GRADE_A_PLUS, OPPORTUNISTIC_YES, ENFORCED_BOTH},
    {"MTA-STS in testing", testing, "mta_sts_testing no_enforcement", GRADE_A, TLS(YES)},
    {"MTA-STS that is off", off, "mta_sts_off no_enforcement", GRADE_A, TLS(YES)},
    {"an enforce that names other hosts is D", enforce_mismatch, "mta_sts_broken no_enforcement",
     GRADE_D, TLS(YES)},
    {"an enforce that a certificate fails is D", enforce_bad_certificate,
     "mta_sts_broken no_enforcement", GRADE_D, TLS(YES)},
    {"a testing that names other hosts is a warning", testing_mismatch,
     "mta_sts_would_break no_enforcement", GRADE_A, TLS(YES)},
    {"a record that senders ignore", bad_record, "mta_sts_invalid no_enforcement", GRADE_A,
     TLS(YES)},
    {"no reports", no_reports, "no_mta_sts no_tls_rpt no_enforcement", GRADE_A, TLS(YES)},
    {"reports that nobody can send", bad_reports, "no_mta_sts tls_rpt_invalid no_enforcement",
     GRADE_A, TLS(YES)},
};

static void list_findings(const struct finding_set *set, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        if (finding_set_has(set, (enum finding_code)i)) {
            used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? " " : "",
                                     policy_rule((enum finding_code)i)->code);
        }
    }
}

static void each_domain_is_judged_for_what_it_shows(void **state)
{
    struct policy policy;
    (void)state;
    policy_init(&policy);
    for (size_t i = 0; i < NUM(cases); i++) {
        const struct domain_case *row = &cases[i];
        struct scene scene;
        struct judgement judgement;
        char found[1024];
        make_healthy(&scene);
        row->change(&scene);
        judge(&scene, &policy, &judgement);
        list_findings(&judgement.set, found, sizeof(found));
        const struct domain_record *record = &scene.record;
        if (strcmp(found, row->findings) != 0 || record->grade != row->grade ||
            record->opportunistic != row->opportunistic || record->enforced != row->enforced) {
            fail_msg("%s: %s, %s, opportunistic %s, enforced %s", row->name,
                     grade_name(record->grade), found,
                     record_enum_name(&record_opportunistic_tls, record->opportunistic),
                     record_enum_name(&record_enforced_tls, record->enforced));
        }
        free_scene(&scene);
    }
}

/* ---- What was not seen ---- */

struct partial_case {
    void (*change)(struct scene *scene);
    bool partial;
    const char *reason; /* of the first answer */
};

static const struct partial_case partial_cases[] = {
    {nothing, false, "TLS on 1, no TLS on 0, unknown on 0 of the MX addresses"},
    {one_unobserved, true, "TLS on 1, no TLS on 0, unknown on 1 of the MX addresses"},
    {host_not_looked_up, true, "TLS on 1, no TLS on 0, unknown on 1 of the MX addresses"},
    {no_host_looked_up, true, "TLS on 0, no TLS on 0, unknown on 1 of the MX addresses"},
    {family_not_looked_up, true, "TLS on 1, no TLS on 0, unknown on 1 of the MX addresses"},
    {family_left_out, false, "TLS on 1, no TLS on 0, unknown on 0 of the MX addresses"},
    {all_left_out, false,
     "an address of the family that this run leaves out: -4, -6, no --source, or no route here"},
    {token_lookup_failed, false, "TLS on 1, no TLS on 0, unknown on 0 of the MX addresses"},
    {dangling, false, "TLS on 1, no TLS on 0, unknown on 0 of the MX addresses"},
    {all_dangling, false, "no MX host has an address"},
    {null_mx, false, "the domain takes no mail"},
    {no_mail, false, "the domain takes no mail"},
    {no_domain, false, "the domain does not exist"},
    {dns_failure, false, "the MX records are not known"},
};

static void what_was_not_seen_is_said(void **state)
{
    struct policy policy;
    (void)state;
    policy_init(&policy);
    for (size_t i = 0; i < NUM(partial_cases); i++) {
        struct scene scene;
        struct judgement judgement;
        make_healthy(&scene);
        partial_cases[i].change(&scene);
        judge(&scene, &policy, &judgement);
        if (scene.record.partial != partial_cases[i].partial ||
            strcmp(scene.record.opportunistic_reason, partial_cases[i].reason) != 0) {
            fail_msg("case %zu: partial %d, %s", i, scene.record.partial,
                     scene.record.opportunistic_reason);
        }
        free_scene(&scene);
    }
}

/*
 * Random domains, of which one host is not observed: their letter is never worse than one that they
 * have with that host observed, whatever it shows. A+ alone asks for all, and counts as A here.
 */

static void show_tls(struct endpoint_summary *endpoint, enum grade grade, enum finding_code code)
{
    endpoint->grade = grade;
    finding_set_add(&endpoint->findings, code);
}

static void show(struct scene *scene, size_t mx, unsigned what)
{
    struct host_result *result = scene->mx[mx].result;
    struct endpoint_summary *endpoint = &result->endpoints[0];
    switch (what) {
    case 0:
        break;
    case 1:
        show_tls(endpoint, GRADE_B, FINDING_TLS10);
        break;
    case 2:
        show_tls(endpoint, GRADE_C, FINDING_UNTRUSTED_ROOT);
        endpoint->certificate_valid = TRI_NO;
        break;
    case 3:
        show_tls(endpoint, GRADE_D, FINDING_NO_TLS12);
        break;
    case 4:
        show_tls(endpoint, GRADE_F, FINDING_SSL2);
        break;
    case 5:
        no_tls(endpoint);
        break;
    case 6:
        no_tls(endpoint);
        result->dane = endpoint->dane = DANE_MISMATCH;
        finding_set_add(&endpoint->findings, FINDING_DANE_MISMATCH);
        break;
    case 7:
        endpoint->findings = (struct finding_set){0};
        result->dane = endpoint->dane = DANE_VALID;
        break;
    default:
        show_tls(endpoint, GRADE_D, FINDING_DANE_MISMATCH);
        result->dane = endpoint->dane = DANE_MISMATCH;
        break;
    }
}

#define KINDS_SHOWN 9

static void hide(struct scene *scene, size_t mx, unsigned how)
{
    static const enum outcome outcomes[] = {OUTCOME_CONNECT_TIMEOUT, OUTCOME_BANNER_421,
                                            OUTCOME_LOCAL_ERROR, OUTCOME_EXCLUDED,
                                            OUTCOME_FAMILY_NOT_ASKED};
    static const enum outcome lookups[] = {OUTCOME_DNS_SERVFAIL, OUTCOME_DNS_TIMEOUT,
                                           OUTCOME_NOT_TESTED, OUTCOME_EXCLUDED};
    struct host_result *result = scene->mx[mx].result;
    if (how < NUM(outcomes)) {
        not_observed(&result->endpoints[0], outcomes[how]);
        result->outcome = outcomes[how];
    } else {
        result->num_endpoints = 0;
        result->outcome = result->lookup = lookups[how - NUM(outcomes)];
    }
    result->dane = DANE_UNKNOWN;
}

#define WAYS_HIDDEN 9

/* The domain of the seed, whose host 0 shows `what`, or is hidden if `what` is KINDS_SHOWN. */
static enum grade grade_of_random(unsigned seed, unsigned what, const struct policy *policy)
{
    static const char *const names[] = {"mx2.example.org", "mx3.example.net"};
    static const enum mta_sts_mode modes[] = {MTA_STS_MODE_NONE, MTA_STS_MODE_TESTING,
                                              MTA_STS_MODE_ENFORCE};
    struct scene scene;
    struct judgement judgement;
    make_healthy(&scene);
    srand(seed);
    unsigned num_more = (unsigned)rand() % (MX_MAX - 1) + 1, how = (unsigned)rand() % WAYS_HIDDEN;
    scene.mx_lookup.authentic = rand() % 2 == 0;
    if (rand() % 2 == 0) {
        publish(&scene, modes[rand() % 3], "*.example.org");
    }
    for (size_t i = 1; i <= num_more; i++) {
        add_mx(&scene, 20, names[i - 1]);
        if (rand() % 4 == 0) {
            hide(&scene, i, (unsigned)rand() % WAYS_HIDDEN);
        } else {
            show(&scene, i, (unsigned)rand() % KINDS_SHOWN);
        }
    }
    if (what < KINDS_SHOWN) {
        show(&scene, 0, what);
    } else {
        hide(&scene, 0, how);
    }
    judge(&scene, policy, &judgement);
    enum grade grade = scene.record.grade;
    free_scene(&scene);
    return grade == GRADE_A_PLUS ? GRADE_A : grade;
}

static void what_was_not_seen_lowers_no_letter(void **state)
{
    struct policy policy;
    (void)state;
    policy_init(&policy);
    for (unsigned seed = 0; seed < 3000; seed++) {
        enum grade hidden = grade_of_random(seed, KINDS_SHOWN, &policy);
        for (unsigned what = 0; what < KINDS_SHOWN; what++) {
            enum grade seen = grade_of_random(seed, what, &policy);
            if (policy_worse(hidden, seen) != seen) {
                fail_msg("seed %u: %s, but %s if the host shows %u", seed, grade_name(hidden),
                         grade_name(seen), what);
            }
        }
    }
}

/* ---- Evidence: where it was seen, everywhere, and bounded ---- */

static const struct finding *finding_of(const struct domain_record *record, enum finding_code code)
{
    for (size_t i = 0; i < record->num_findings; i++) {
        if (strcmp(record->findings[i].code, policy_rule(code)->code) == 0) {
            return &record->findings[i];
        }
    }
    fail_msg("%s was not found", policy_rule(code)->code);
    return NULL;
}

static const char *detail_of(const struct domain_record *record, enum finding_code code)
{
    return finding_of(record, code)->detail;
}

static void a_finding_names_every_place_where_it_was_seen(void **state)
{
    struct policy policy;
    struct scene scene;
    struct judgement judgement;
    (void)state;
    policy_init(&policy);
    make_healthy(&scene);
    add_mx(&scene, 20, "mx2.example.org");
    add_mx(&scene, 30, "mx3.example.org");
    finding_set_add(&endpoint_of(&scene, 0)->findings, FINDING_TLS10);
    finding_set_add(&endpoint_of(&scene, 1)->findings, FINDING_TLS10);
    finding_set_add(&endpoint_of(&scene, 1)->findings, FINDING_EXPIRED);
    not_observed(endpoint_of(&scene, 2), OUTCOME_CONNECT_TIMEOUT);
    judge(&scene, &policy, &judgement);
    assert_string_equal(detail_of(&scene.record, FINDING_TLS10),
                        "mx.example.org (192.0.2.0); mx2.example.org (192.0.2.0)");
    assert_string_equal(detail_of(&scene.record, FINDING_EXPIRED), "mx2.example.org (192.0.2.0)");
    assert_memory_equal(detail_of(&scene.record, FINDING_MX_UNOBSERVED),
                        "mx3.example.org (192.0.2.0): ", 29);
    /* Seen twice, it takes its points once. */
    assert_int_equal(judgement.deductions, policy.rules[FINDING_TLS10].deduction +
                                               policy.rules[FINDING_EXPIRED].deduction +
                                               policy.rules[FINDING_NO_ENFORCEMENT].deduction);
    free_scene(&scene);
}

static void a_finding_of_hundreds_of_addresses_names_some(void **state)
{
    struct policy policy;
    struct scene scene;
    struct judgement judgement;
    size_t num_places = 1;
    (void)state;
    policy_init(&policy);
    make_healthy(&scene);
    free(scene.mx[0].result);
    scene.mx[0].result = host_with(200);
    for (size_t i = 0; i < 200; i++) {
        finding_set_add(&scene.mx[0].result->endpoints[i].findings, FINDING_TLS10);
    }
    judge(&scene, &policy, &judgement);
    const char *detail = detail_of(&scene.record, FINDING_TLS10);
    for (const char *at = detail; (at = strchr(at, ';')) != NULL; at++) {
        num_places++;
    }
    assert_int_equal(num_places, JUDGE_NAMED_MAX + 1);
    assert_string_equal(detail + strlen(detail) - strlen("; and others"), "; and others");
    const struct finding *finding = finding_of(&scene.record, FINDING_TLS10);
    assert_int_equal(finding->num_places, JUDGE_PLACES_MAX);
    for (size_t i = 0; i < finding->num_places; i++) {
        char address[ADDRESS_TEXT_MAX];
        address_format(&scene.mx[0].result->endpoints[i].address, address);
        assert_string_equal(finding->places[i].host, scene.mx[0].name);
        assert_string_equal(finding->places[i].address, address);
        assert_int_equal(finding->places[i].port, scene.mx[0].result->endpoints[i].port);
    }
    free_scene(&scene);
}

static void without_hosts_the_second_answer_says_why(void **state)
{
    static const struct {
        void (*change)(struct scene *scene);
        bool distrusts_resolver;
        const char *reason;
        enum dane_status dane;
    } rows[] = {
        {null_mx, false, "the domain takes no mail", DANE_UNKNOWN},
        {no_domain, false, "the domain does not exist", DANE_UNKNOWN},
        {dns_failure, false, "the MX records are not known", DANE_TEMPERROR},
        {dns_failure, true, "the MX records are not known", DANE_UNKNOWN},
    };
    struct policy policy;
    (void)state;
    policy_init(&policy);
    for (size_t i = 0; i < NUM(rows); i++) {
        struct scene scene;
        struct judgement judgement;
        make_healthy(&scene);
        rows[i].change(&scene);
        scene.mx_lookup.outcome = scene.record.mail == MAIL_UNKNOWN ? DNS_SERVFAIL : DNS_OK;
        scene.distrusts_resolver = rows[i].distrusts_resolver;
        judge(&scene, &policy, &judgement);
        assert_string_equal(scene.record.enforced_reason, rows[i].reason);
        assert_int_equal(scene.record.dane, rows[i].dane);
        free_scene(&scene);
    }
}

/* ---- The table of MX hosts ---- */

static void names_that_prove_ownership_are_known(void **state)
{
    static const struct {
        const char *name;
        bool is_token, is_host;
    } rows[] = {
        {"ms12345678.msv1.invalid", true, true},
        {"ms1.invalid", true, true},
        {"msx.invalid", false, true},
        {"ms.invalid", false, true},
        {"mx.gone.invalid", false, true},
        {"ms12345678.msv1.example", false, true},
        {"ms12345678", false, true},
        {"ms12x.invalid", false, true},
        {"invalid", false, true},
        {"", false, false},
    };
    (void)state;
    for (size_t i = 0; i < NUM(rows); i++) {
        struct target_mx mx = {.name = rows[i].name};
        assert_true(target_mx_read_name(&mx));
        if (mx.is_token != rows[i].is_token || (mx.host != NULL) != rows[i].is_host) {
            fail_msg("%s", rows[i].name);
        }
        hostname_release(mx.host);
    }
}

static void only_an_mx_that_is_no_host_is_an_invalid_one(void **state)
{
    struct policy policy;
    struct scene scene;
    struct judgement judgement;
    (void)state;
    policy_init(&policy);
    make_healthy(&scene);
    add_mx(&scene, 20, "mx2.example.org");
    free(scene.mx[1].result);
    scene.mx[1].result = NULL; /* nothing is known of it */
    add_other_mx(&scene, 30, "no host");
    judge(&scene, &policy, &judgement);
    assert_int_equal(scene.record.mx[0].outcome, OUTCOME_OK);
    assert_int_equal(scene.record.mx[1].outcome, OUTCOME_LOCAL_ERROR);
    assert_int_equal(scene.record.mx[2].outcome, OUTCOME_MX_INVALID);
    free_scene(&scene);
}

/* ---- What is accepted ---- */

struct accept_case {
    const char *name;
    const char *lines[4];
    enum grade left; /* GRADE_U: the letter itself */
    const char *until;
    const char *marked[3]; /* the findings that are marked, in any order */
};

/* Two MX hosts. The first one's certificate has expired; the other one has no TLS, so that TLS is
 * there sometimes: D. */
static void make_two_troubled(struct scene *scene)
{
    make_healthy(scene);
    add_mx(scene, 20, "mx2.example.org");
    finding_set_add(&endpoint_of(scene, 0)->findings, FINDING_EXPIRED);
    endpoint_of(scene, 0)->grade = GRADE_C;
    no_tls(endpoint_of(scene, 1));
}

/* The same, where both have TLS and a certificate that has expired: C. */
static void make_two_expired(struct scene *scene)
{
    make_healthy(scene);
    add_mx(scene, 20, "mx2.example.org");
    for (size_t i = 0; i < 2; i++) {
        finding_set_add(&endpoint_of(scene, i)->findings, FINDING_EXPIRED);
        endpoint_of(scene, i)->grade = GRADE_C;
    }
}

/* One host's address fails to validate, and so does the look-up of the other, which has no address
 * for that: a finding of the domain by itself. */
static void make_two_bogus(struct scene *scene)
{
    make_healthy(scene);
    add_mx(scene, 20, "mx2.example.org");
    struct endpoint_summary *endpoint = endpoint_of(scene, 0);
    memset(&endpoint->findings, 0, sizeof(endpoint->findings));
    finding_set_add(&endpoint->findings, FINDING_DANE_BOGUS);
    endpoint->dane = DANE_BOGUS;
    endpoint->grade = GRADE_D;
    scene->mx[0].result->dane = DANE_BOGUS;
    scene->mx[0].result->bogus = "TLSA _25._tcp.mx.example.org";
    scene->mx[1].result->num_endpoints = 0;
    scene->mx[1].result->dane = DANE_BOGUS;
    scene->mx[1].result->bogus = "A mx2.example.org";
    scene->mx[1].result->outcome = scene->mx[1].result->lookup = OUTCOME_DNS_SERVFAIL;
}

static bool is_marked(const struct accept_case *row, const char *code)
{
    for (size_t i = 0; i < NUM(row->marked) && row->marked[i] != NULL; i++) {
        if (strcmp(row->marked[i], code) == 0) {
            return true;
        }
    }
    return false;
}

static void check_accept_case(const struct accept_case *row, void (*make)(struct scene *scene),
                              enum grade grade)
{
    struct policy policy;
    struct scene scene;
    struct judgement judgement;
    policy_init(&policy);
    policy.accepted = acceptances_new();
    for (size_t i = 0; i < NUM(row->lines) && row->lines[i] != NULL; i++) {
        char line[ACCEPTANCE_LINE_MAX];
        snprintf(line, sizeof(line), "%s,why,who", row->lines[i]);
        assert_null(acceptances_add(policy.accepted, line, (unsigned)i + 1));
    }
    make(&scene);
    judge(&scene, &policy, &judgement);
    const struct accepted_grade *left = &scene.record.accepted_grade;
    if (scene.record.grade != grade || (left->until != NULL) != (row->left != GRADE_U) ||
        (left->until != NULL && left->grade != row->left)) {
        fail_msg("%s: %s, accepted as %s", row->name, grade_name(scene.record.grade),
                 left->until != NULL ? grade_name(left->grade) : "it is");
    }
    if (row->until != NULL) {
        assert_string_equal(left->until, row->until);
    }
    for (size_t i = 0; i < scene.record.num_findings; i++) {
        const struct finding *finding = &scene.record.findings[i];
        if ((finding->accepted.until != NULL) != is_marked(row, finding->code)) {
            fail_msg("%s: %s", row->name, finding->code);
        }
    }
    free_scene(&scene);
    acceptances_free(policy.accepted);
}

static void hosts_and_domains_are_accepted_each_for_itself(void **state)
{
    static const struct accept_case troubled[] = {
        {"nothing", {NULL}, GRADE_U, NULL, {NULL}},
        {"another domain", {"other.example,no_starttls,2027-01-31"}, GRADE_U, NULL, {NULL}},
        {"the host without TLS, not that TLS is there sometimes",
         {"mx2.example.org,no_starttls,2027-01-31"},
         GRADE_U,
         NULL,
         {"no_starttls"}},
        {"that TLS is there sometimes, not the host without TLS",
         {"example.org,starttls_on_some,2027-01-31"},
         GRADE_U,
         NULL,
         {"starttls_on_some"}},
        {"of a host what only the domain has",
         {"mx2.example.org,starttls_on_some,2027-01-31", "mx2.example.org,no_starttls,2027-01-31"},
         GRADE_U,
         NULL,
         {"no_starttls"}},
        {"both",
         {"mx2.example.org,no_starttls,2027-01-31", "example.org,starttls_on_some,2027-02-28"},
         GRADE_C,
         "2027-01-31",
         {"no_starttls", "starttls_on_some"}},
        {"all of it",
         {"mx2.example.org,no_starttls,2027-01-31", "example.org,starttls_on_some,2027-02-28",
          "*,expired,2026-12-31"},
         GRADE_A,
         "2026-12-31",
         {"no_starttls", "starttls_on_some", "expired"}},
    };
    static const struct accept_case expired[] = {
        {"one host of two", {"mx.example.org,expired,2027-01-31"}, GRADE_U, NULL, {NULL}},
        {"both hosts",
         {"mx.example.org,expired,2027-01-31", "mx2.example.org,expired,2027-01-30"},
         GRADE_A,
         "2027-01-30",
         {"expired"}},
        {"the domain", {"example.org,expired,2027-01-31"}, GRADE_A, "2027-01-31", {"expired"}},
        {"the domain and the hosts, which hold longer",
         {"mx.example.org,expired,2027-03-31", "mx2.example.org,expired,2027-02-28",
          "example.org,expired,2027-01-31"},
         GRADE_A,
         "2027-02-28",
         {"expired"}},
        {"the domain and one of the hosts",
         {"mx.example.org,expired,2027-03-31", "example.org,expired,2027-01-31"},
         GRADE_A,
         "2027-01-31",
         {"expired"}},
        {"what costs no letter below A",
         {"*,no_enforcement,2027-01-31"},
         GRADE_U,
         NULL,
         {"no_enforcement"}},
    };
    static const struct accept_case bogus[] = {
        {"the host that has an address",
         {"mx.example.org,dane_bogus,2027-01-31"},
         GRADE_U,
         NULL,
         {NULL}},
        {"both hosts, as one has it by its name alone",
         {"mx.example.org,dane_bogus,2027-01-31", "mx2.example.org,dane_bogus,2027-01-31"},
         GRADE_U,
         NULL,
         {NULL}},
        {"the domain",
         {"example.org,dane_bogus,2027-01-31"},
         GRADE_A,
         "2027-01-31",
         {"dane_bogus"}},
    };
    (void)state;
    for (size_t i = 0; i < NUM(bogus); i++) {
        check_accept_case(&bogus[i], make_two_bogus, GRADE_D);
    }
    for (size_t i = 0; i < NUM(troubled); i++) {
        check_accept_case(&troubled[i], make_two_troubled, GRADE_D);
    }
    for (size_t i = 0; i < NUM(expired); i++) {
        check_accept_case(&expired[i], make_two_expired, GRADE_C);
    }
}

/* ---- Each rule of the policy is held by a case ---- */

/* A case as it is, and with enforcement of either kind, so that what costs the A+ shows. */
enum variant { AS_IT_IS, WITH_MTA_STS, WITH_DANE, VARIANT_COUNT };

static void grade_case(const struct domain_case *row, enum variant variant,
                       const struct policy *policy, enum grade *out_grade, unsigned *out_score)
{
    struct scene scene;
    struct judgement judgement;
    make_healthy(&scene);
    row->change(&scene);
    if (variant == WITH_MTA_STS && !scene.policy.has_policy) {
        publish(&scene, MTA_STS_MODE_ENFORCE, "*.example.org");
    }
    if (variant == WITH_DANE && scene.num_mx > 0 && scene.mx[0].result->dane == DANE_NONE) {
        match_dane(&scene, 0);
    }
    judge(&scene, policy, &judgement);
    *out_grade = scene.record.grade;
    *out_score = scene.record.score;
    free_scene(&scene);
}

static bool is_noticed(const struct policy *mutant)
{
    struct policy builtin;
    policy_init(&builtin);
    for (size_t i = 0; i < VARIANT_COUNT * NUM(cases); i++) {
        enum grade grade, other_grade;
        unsigned score, other_score;
        grade_case(&cases[i / VARIANT_COUNT], (enum variant)(i % VARIANT_COUNT), &builtin, &grade,
                   &score);
        grade_case(&cases[i / VARIANT_COUNT], (enum variant)(i % VARIANT_COUNT), mutant,
                   &other_grade, &other_score);
        if (grade != other_grade || score != other_score) {
            return true;
        }
    }
    return false;
}

/* Findings of what is not graded at all weigh nothing, whatever their numbers. */
static bool weighs_nothing(enum finding_code code)
{
    return code == FINDING_NULL_MX || code == FINDING_NO_MAIL || code == FINDING_NO_SUCH_DOMAIN ||
           code == FINDING_DNS_FAILURE || code == FINDING_INVALID_INPUT;
}

static void another_weight_of_any_rule_is_noticed(void **state)
{
    struct policy builtin;
    (void)state;
    policy_init(&builtin);
    assert_false(is_noticed(&builtin));
    for (unsigned i = FINDING_NULL_MX; i < FINDING_COUNT; i++) {
        struct policy mutant = builtin;
        struct finding_rule *rule = &mutant.rules[i];
        if (weighs_nothing((enum finding_code)i)) {
            continue;
        }
        for (unsigned cap = GRADE_U; cap < GRADE_COUNT; cap++) {
            rule->cap = (enum grade)cap;
            bool caps_nothing = cap == GRADE_N || cap == GRADE_A_PLUS ||
                                (i == FINDING_MX_UNOBSERVED && cap == GRADE_A); /* it bars A+ */
            if (cap != builtin.rules[i].cap && !caps_nothing && !is_noticed(&mutant)) {
                fail_msg("%s could have the cap %s", rule->code, grade_name(rule->cap));
            }
        }
        mutant = builtin;
        /* An F has used up its points already. */
        mutant.rules[i].deduction =
            mutant.rules[i].cap == GRADE_F ? 0 : mutant.rules[i].deduction + 15;
        if (!is_noticed(&mutant)) {
            fail_msg("nothing holds the deduction of %s", builtin.rules[i].code);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_domain_is_judged_for_what_it_shows),
        cmocka_unit_test(what_was_not_seen_is_said),
        cmocka_unit_test(what_was_not_seen_lowers_no_letter),
        cmocka_unit_test(a_finding_names_every_place_where_it_was_seen),
        cmocka_unit_test(a_finding_of_hundreds_of_addresses_names_some),
        cmocka_unit_test(names_that_prove_ownership_are_known),
        cmocka_unit_test(only_an_mx_that_is_no_host_is_an_invalid_one),
        cmocka_unit_test(hosts_and_domains_are_accepted_each_for_itself),
        cmocka_unit_test(without_hosts_the_second_answer_says_why),
        cmocka_unit_test(another_weight_of_any_rule_is_noticed),
    };
    return cmocka_run_group_tests_name("target_judge", tests, NULL, NULL);
}
