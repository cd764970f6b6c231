/* What the services that people's mail programs use add to a domain's record and letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/named.h"

#include "scanner/dialogue/service_imap.h"
#include "scanner/dialogue/service_smtp.h"
#include "scanner/domain/target_enforcement.h"
#include "scanner/grading/target_judge.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

/* A domain whose MX host is an A, with IMAP on two hosts and POP3 on none. */
struct scene {
    struct domain_record record;
    struct target_mx mx, imap_hosts[2];
    struct target_service services[2];
    struct domain_published policy;
    struct dane_lookup mx_lookup;
    struct arena arena;
};

static struct target_mx host_with(const char *name, const struct service *service, enum grade grade,
                                  uint8_t address)
{
    struct host_result *result = calloc(1, sizeof(*result) + sizeof(result->endpoints[0]));
    assert_non_null(result);
    result->outcome = OUTCOME_OK;
    result->num_endpoints = 1;
    struct endpoint_summary *endpoint = &result->endpoints[0];
    endpoint->address.family = 4;
    memcpy(endpoint->address.bytes, (const uint8_t[]){192, 0, 2, address}, 4);
    endpoint->port = service->port;
    endpoint->grade = grade;
    endpoint->starttls = TRI_YES;
    return (struct target_mx){.preference = 1,
                              .name = name,
                              .host = named(name),
                              .port = service->port,
                              .result = result};
}

static struct endpoint_summary *imap(struct scene *scene, size_t host)
{
    return &scene->imap_hosts[host].result->endpoints[0];
}

static void make(struct scene *scene)
{
    memset(scene, 0, sizeof(*scene));
    scene->record.domain = "example.org";
    scene->record.mail = MAIL_MX;
    scene->record.dns_outcome = OUTCOME_OK;
    scene->mx = host_with("mx.example.org", &service_smtp, GRADE_A, 1);
    scene->imap_hosts[0] = host_with("a.example.org", &service_imap, GRADE_A, 2);
    scene->imap_hosts[1] = host_with("b.example.org", &service_imap, GRADE_A, 3);
    scene->services[0] = (struct target_service){.name = "imap",
                                                 .outcome = OUTCOME_OK,
                                                 .offered = TRI_YES,
                                                 .hosts = scene->imap_hosts,
                                                 .num_hosts = 2};
    scene->services[1] = (struct target_service){.name = "pop3", .outcome = OUTCOME_DNS_NXDOMAIN};
}

/* Judges it twice over: as a run that asks for services alone, and as one for smtp besides. */
static void judge(struct scene *scene, bool grades_by_mx, struct judgement *judgement)
{
    static struct policy policy;
    policy_init(&policy);
    judgement_init(judgement, &policy, &scene->arena);
    const struct target_enforcement_input enforcement = {
        .domain = named(scene->record.domain),
        .mx_lookup = &scene->mx_lookup,
        .policy = grades_by_mx ? &scene->policy : NULL,
    };
    size_t num_mx = grades_by_mx ? 1 : 0;
    const struct target_evidence evidence = {
        .mx = &scene->mx,
        .num_mx = num_mx,
        .enforcement = target_enforcement_of(&enforcement, &scene->mx, num_mx, &scene->arena),
        .services = scene->services,
        .num_services = NUM(scene->services),
        .grades_by_mx = grades_by_mx,
    };
    target_judge(&scene->record, &evidence, judgement);
}

static void free_scene(struct scene *scene)
{
    free(scene->mx.result);
    free(scene->imap_hosts[0].result);
    free(scene->imap_hosts[1].result);
    arena_free(&scene->arena);
}

/* ---- What a case changes ---- */

static void nothing(struct scene *scene)
{
    (void)scene;
}

static void b_in_clear(struct scene *scene)
{
    imap(scene, 1)->grade = GRADE_F;
    imap(scene, 1)->starttls = TRI_NO;
    finding_set_add(&imap(scene, 1)->findings, FINDING_NO_STARTTLS);
}

static void login_in_clear(struct scene *scene)
{
    imap(scene, 0)->grade = GRADE_C;
    finding_set_add(&imap(scene, 0)->findings, FINDING_LOGIN_BEFORE_TLS);
}

static void b_unobserved(struct scene *scene)
{
    imap(scene, 1)->grade = GRADE_U;
    imap(scene, 1)->starttls = TRI_UNKNOWN;
    imap(scene, 1)->outcome = OUTCOME_CONNECT_TIMEOUT;
}

static void all_unobserved(struct scene *scene)
{
    b_unobserved(scene);
    imap(scene, 0)->grade = GRADE_U;
    imap(scene, 0)->starttls = TRI_UNKNOWN;
}

static void pop3_not_looked_up(struct scene *scene)
{
    scene->services[1].outcome = OUTCOME_DNS_SERVFAIL;
}

static void none_offered(struct scene *scene)
{
    scene->services[0].num_hosts = 0;
    scene->services[0].offered = TRI_NO;
}

/* ---- The cases ---- */

struct service_case {
    const char *name;
    void (*change)(struct scene *scene);
    enum grade alone; /* where smtp was not asked for; with it the MX host's A stays */
    bool partial;
    enum finding_code finding; /* the domain's, alone; FINDING_COUNT: none */
};

static const struct service_case cases[] = {
    {"sound services are A", nothing, GRADE_A, false, FINDING_COUNT},
    {"one in clear is F", b_in_clear, GRADE_F, false, FINDING_NO_STARTTLS},
    {"a login in clear is C", login_in_clear, GRADE_C, false, FINDING_LOGIN_BEFORE_TLS},
    {"one that was not seen does not lower it", b_unobserved, GRADE_A, true, FINDING_COUNT},
    {"none that was seen is not graded", all_unobserved, GRADE_U, true, FINDING_COUNT},
    {"a look-up that failed leaves it partial", pop3_not_looked_up, GRADE_A, true, FINDING_COUNT},
    {"none that is offered is not graded", none_offered, GRADE_U, false, FINDING_COUNT},
};

static void a_domain_is_graded_by_services_where_smtp_was_not_asked_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        const struct service_case *row = &cases[i];
        struct scene scene;
        struct judgement judgement;
        make(&scene);
        row->change(&scene);
        judge(&scene, false, &judgement);
        bool has_finding = row->finding == FINDING_COUNT
                               ? scene.record.num_findings == 0
                               : finding_set_has(&judgement.set, row->finding);
        if (scene.record.grade != row->alone || scene.record.partial != row->partial ||
            !has_finding || scene.record.opportunistic != OPPORTUNISTIC_UNKNOWN ||
            scene.record.enforced != ENFORCED_UNKNOWN) {
            fail_msg("%s: %s, partial %d, %zu findings", row->name, grade_name(scene.record.grade),
                     scene.record.partial, scene.record.num_findings);
        }
        free_scene(&scene);
    }
}

static void services_beside_smtp_change_nothing_about_mail(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        struct scene scene;
        struct judgement judgement;
        make(&scene);
        cases[i].change(&scene);
        judge(&scene, true, &judgement);
        if (scene.record.grade != GRADE_A || scene.record.partial ||
            scene.record.opportunistic != OPPORTUNISTIC_YES ||
            finding_set_has(&judgement.set, FINDING_NO_STARTTLS) ||
            finding_set_has(&judgement.set, FINDING_LOGIN_BEFORE_TLS)) {
            fail_msg("%s: %s", cases[i].name, grade_name(scene.record.grade));
        }
        free_scene(&scene);
    }
}

static void each_service_has_its_entries(void **state)
{
    struct scene scene;
    struct judgement judgement;
    (void)state;
    make(&scene);
    b_in_clear(&scene);
    judge(&scene, true, &judgement);
    assert_int_equal(scene.record.num_services, 3);
    const struct service_record *rows = scene.record.services;
    assert_string_equal(rows[0].service, "imap");
    assert_int_equal(rows[0].offered, TRI_YES);
    assert_int_equal(rows[0].port, 143);
    assert_memory_equal(rows[0].host.host.bytes, "a.example.org", strlen("a.example.org"));
    assert_int_equal(rows[0].host.grade, GRADE_A);
    assert_int_equal(rows[0].host.num_endpoints, 1);
    assert_string_equal(rows[0].host.endpoints[0].address, "192.0.2.2");
    assert_int_equal(rows[1].host.grade, GRADE_F);
    assert_string_equal(rows[2].service, "pop3");
    assert_int_equal(rows[2].offered, TRI_UNKNOWN);
    assert_int_equal(rows[2].lookup, OUTCOME_DNS_NXDOMAIN);
    assert_int_equal(rows[2].host.num_endpoints, 0);
    assert_int_equal(rows[2].host.host.len, 0);
    free_scene(&scene);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_domain_is_graded_by_services_where_smtp_was_not_asked_for),
        cmocka_unit_test(services_beside_smtp_change_nothing_about_mail),
        cmocka_unit_test(each_service_has_its_entries),
    };
    return cmocka_run_group_tests_name("target_services", tests, NULL, NULL);
}
