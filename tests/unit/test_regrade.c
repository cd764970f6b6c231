/* Judged again from the line that was written of it, a record comes out as it was, whatever was
 * seen: random evidence, with the seed of what fails. And how endpoints are found again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "io/base/calendar.h"
#include "io/tls/tls_names.h"
#include "output/record/record_json.h"
#include "output/record/record_read.h"
#include "scanner/dialogue/service.h"
#include "scanner/domain/target_enforcement.h"
#include "scanner/enforcement/mta_sts_problem.h"
#include "scanner/evidence/facts.h"
#include "scanner/grading/endpoint_verdict.h"
#include "scanner/grading/target_judge.h"
#include "scanner/regrade/restore_domain.h"
#include "scanner/regrade/restore_endpoint.h"
#include "scanner/x509/chain.h"
#include "tests/unit/failing_allocator.h"
#include "tests/unit/random_record.h"

#define ROUNDS  4000
#define NOW     1796126400
#define NUM(of) (sizeof(of) / sizeof((of)[0]))

static bool one_in(struct random_source *source, unsigned num)
{
    return random_number(source, num) == 0;
}

static void expect_same_line(const char *written, const char *again, uint64_t seed)
{
    size_t i = 0;
    if (strcmp(written, again) == 0) {
        return;
    }
    while (written[i] == again[i]) {
        i++;
    }
    i = i > 60 ? i - 60 : 0;
    fail_msg("seed %llu: %.160s\n was judged again as %.160s", (unsigned long long)seed,
             written + i, again + i);
}

/* The line as a string without its end; the caller frees it. */
static char *string_of(struct json_writer *writer)
{
    size_t len;
    char *line = json_writer_take(writer, &len);
    assert_non_null(line);
    line[len - 1] = '\0';
    json_writer_fini(writer);
    return line;
}

/* ---- Endpoints ---- */

static const char *const services[] = {"smtp", "imap", "submissions", "of tomorrow", NULL};

static struct name_list random_numbers(struct random_source *source, bool are_suites,
                                       const uint16_t **out_numbers, size_t *out_num)
{
    static const uint16_t suites[] = {0x1301, 0x1302, 0xc0b4, 0xfe01, 0xc02f, 0x0005, 0x00ff};
    static const uint16_t groups[] = {0x001d, 0x0017, 0x11ec, 0x0100, 0xfe00, 0x0018, 0x0001};
    const uint16_t *all = are_suites ? suites : groups;
    size_t num = random_number(source, NUM(suites) + 1);
    const char **names = arena_alloc(source->arena, (num + 1) * sizeof(*names));
    uint16_t *numbers = arena_alloc(source->arena, (num + 1) * sizeof(*numbers));
    size_t first = are_suites && one_in(source, 2) ? 3 : 0; /* without those of TLS 1.3 */
    *out_num = num > first ? num - first : 0;
    for (size_t i = 0; i < *out_num; i++) {
        numbers[i] = all[first + i];
        const char *name = are_suites ? tls_names_suite(numbers[i]) : tls_names_group(numbers[i]);
        names[i] = name != NULL ? name : arena_format(source->arena, "0x%04x", numbers[i]);
    }
    *out_numbers = numbers;
    return (struct name_list){names, *out_num};
}

static void make_tls(struct random_source *source, struct endpoint_record *record)
{
    static const uint16_t suites[] = {0, 0x1301, 0xc02f, 0x0005, 0x000a, 0x0035};
    struct tls_facts *tls = &record->tls;
    if (!record->has_tls) {
        memset(tls, 0, sizeof(*tls)); /* as nothing of it is printed */
        return;
    }
    tls->cut_lists = tls->has_lists ? tls->cut_lists : 0;
    record->tls_cipher_id = suites[random_number(source, NUM(suites))];
    tls->cipher = record->tls_cipher_id != 0 ? tls_names_suite(record->tls_cipher_id) : NULL;
    tls->group_names = random_numbers(source, false, &tls->groups, &tls->num_groups);
    tls->curve_names = random_numbers(source, false, &tls->curves, &tls->num_curves);
    tls->suite_names = random_numbers(source, true, &tls->suites, &tls->num_suites);
    while (tls->num_suites_tls13 < tls->num_suites &&
           (tls->suites[tls->num_suites_tls13] >> 8 == 0x13 ||
            tls->suites[tls->num_suites_tls13] == 0xc0b4)) {
        tls->num_suites_tls13++;
    }
}

static void make_days(const struct certificate_record *certificate)
{
    if (certificate != NULL && !certificate->has_validity) {
        struct certificate_record *leaf = (struct certificate_record *)(uintptr_t)certificate;
        leaf->not_before = leaf->not_after = leaf->days_left = 0; /* nothing could be read */
    }
    for (size_t i = 0; certificate != NULL && i < certificate->num_sent; i++) {
        struct sent_certificate *sent = (struct sent_certificate *)(uintptr_t)&certificate->sent[i];
        sent->has_weak_key = i % 2 != 0;
        sent->days_left = sent->has_validity ? calendar_days_until(sent->not_after, NOW) : 0;
    }
}

static void make_endpoint(struct random_source *source, struct endpoint_record *record)
{
    memset(record, 0, sizeof(*record));
    random_fields(source, &record_of_endpoint, (char *)record);
    record->service = services[random_number(source, NUM(services))];
    const struct service *service =
        record->service != NULL ? service_find(record->service, strlen(record->service)) : NULL;
    record->is_between_servers = service != NULL && service->is_between_servers;
    record->implicit_tls = service != NULL && service->implicit_tls;
    record->tls13_intolerant = one_in(source, 3);
    record->sni_intolerant = one_in(source, 3);
    if (one_in(source, 2)) {
        record->votes.handshake.completed = 1;
    }
    if (record->implicit_tls) { /* nobody was asked to begin TLS */
        record->starttls_advertised = record->starttls_accepted = (struct verdict){0};
    }
    make_tls(source, record);
    facts_apply(record);
    make_days(record->certificate);
    make_days(record->certificate2);
    record->grade = GRADE_U;
    record->score = 0;
    record->num_findings = 0;
    memset(record->profiles, 0, sizeof(record->profiles));
}

static char *judge_endpoint_record(struct endpoint_record *record, const struct policy *policy,
                                   struct arena *arena, struct endpoint_summary *summary)
{
    struct judgement judgement;
    struct json_writer writer;
    judgement_init(&judgement, policy, arena);
    memset(summary, 0, sizeof(*summary));
    endpoint_verdict(&judgement, record, summary);
    json_writer_init(&writer);
    record_json_endpoint(&writer, record);
    return string_of(&writer);
}

static void an_endpoint_is_judged_again_as_it_was(void **state)
{
    struct policy policy;
    (void)state;
    policy_init(&policy);
    unsigned num_graded = 0;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct arena arena = {0};
        struct random_source source = {seed * UINT64_C(0x9e3779b97f4a7c15), &arena};
        struct endpoint_record record;
        struct record read;
        struct endpoint_summary summary, summary_again;
        make_endpoint(&source, &record);
        char *line = judge_endpoint_record(&record, &policy, &arena, &summary);
        assert_int_equal(record_read(line, strlen(line), &arena, &read), RECORD_READ);
        assert_true(read.endpoint.has_evidence);
        assert_true(restore_endpoint(&read.endpoint, NOW, &arena));
        char *again = judge_endpoint_record(&read.endpoint, &policy, &arena, &summary_again);
        expect_same_line(line, again, seed);
        assert_memory_equal(&summary, &summary_again, sizeof(summary));
        num_graded += record.grade != GRADE_U;
        free(line);
        free(again);
        arena_free(&arena);
    }
    assert_true(num_graded > ROUNDS / 4);
}

/* ---- Domains ---- */

/* What a scan knew of a domain, and the index of its endpoints. */
struct scene {
    struct random_source *source;
    struct domain_record record;
    struct target_evidence evidence;
    struct domain_published published;
    struct target_mx *mx;
    struct target_service *services;
    struct endpoint_index index;
    unsigned num_addresses;
};

static enum outcome random_lookup(struct random_source *source)
{
    static const enum outcome outcomes[] = {OUTCOME_DNS_NODATA, OUTCOME_DNS_NXDOMAIN,
                                            OUTCOME_DNS_SERVFAIL, OUTCOME_DNS_TIMEOUT};
    return outcomes[random_number(source, NUM(outcomes))];
}

static void make_summary(struct scene *scene, struct endpoint_summary *summary)
{
    struct random_source *source = scene->source;
    unsigned number = ++scene->num_addresses;
    summary->address.family = 4;
    memcpy(summary->address.bytes, (const uint8_t[]){192, 0, 2, (uint8_t)number}, 4);
    summary->port = 25;
    do { /* with an address the DNS has said what it had to */
        summary->outcome = (enum outcome)random_number(source, OUTCOME_COUNT);
    } while (outcome_phase(summary->outcome) == PHASE_DNS);
    enum grade grade = one_in(source, 4) ? GRADE_U : (enum grade)random_number(source, GRADE_COUNT);
    summary->grade = grade;
    if (grade == GRADE_N) {
        summary->grade = GRADE_F;
    }
    summary->score = summary->grade != GRADE_U ? (uint8_t)random_number(source, 101) : 0;
    summary->starttls = (enum tri)random_number(source, 3);
    summary->certificate_valid = (enum tri)random_number(source, 3);
    summary->dane = (enum dane_status)random_number(source, DANE_STATUS_COUNT);
    for (unsigned i = random_number(source, 5); i > 0; i--) {
        finding_set_add(&summary->findings,
                        (enum finding_code)random_number(source, FINDING_NULL_MX));
    }
}

static void keep_summary(struct scene *scene, const char *service, const struct target_mx *mx,
                         const struct endpoint_summary *summary)
{
    char address[ADDRESS_TEXT_MAX];
    const struct endpoint_before before = {summary->outcome, summary->grade, summary->score};
    address_format(&summary->address, address);
    const struct endpoint_key key = {service, hostname_text(mx->host), address, summary->port};
    assert_true(endpoint_index_add(&scene->index, &key, scene->num_addresses, &before, summary));
}

static struct host_result *make_result(struct scene *scene, const char *service,
                                       const struct target_mx *mx)
{
    struct random_source *source = scene->source;
    size_t num = random_number(source, 4);
    struct host_result *result =
        arena_alloc(source->arena, sizeof(*result) + num * sizeof(result->endpoints[0]));
    assert_non_null(result);
    result->num_endpoints = num;
    result->aliased = one_in(source, 3);
    result->lookup = num > 0 && !one_in(source, 3) ? OUTCOME_OK : random_lookup(source);
    random_verdict(source, &result->dnssec);
    result->dane = (enum dane_status)random_number(source, DANE_PARTIAL);
    result->bogus = one_in(source, 4) ? "A mx1.example.org" : NULL;
    for (size_t i = 0; i < num; i++) {
        make_summary(scene, &result->endpoints[i]);
        keep_summary(scene, service, mx, &result->endpoints[i]);
    }
    result->outcome = host_outcome(result->lookup, result->endpoints, num);
    if (one_in(source, 4)) {
        result->caa = arena_alloc(source->arena, sizeof(*result->caa));
        result->caa->num_texts = 1;
        strcpy(result->caa->texts[0], "0 issue \"ca.example\"");
    }
    return result;
}

static void make_host(struct scene *scene, const char *service, const char *name,
                      int32_t preference, struct target_mx *mx)
{
    struct random_source *source = scene->source;
    *mx = (struct target_mx){.preference = preference, .name = name};
    assert_true(target_mx_read_name(mx));
    if (mx->host == NULL) {
        return;
    }
    mx->result = make_result(scene, service, mx);
    mx->is_named = mx->result->dane == DANE_MISMATCH && one_in(source, 2);
}

static const char *random_name(struct random_source *source)
{
    char label[64];
    static const char *const names[] = {"mx1.example.org", "MX2.example.org.", ".",
                                        "192.0.2.9",       "not a host",       "mx3.example.org"};
    if (!one_in(source, 8)) {
        return names[random_number(source, NUM(names))];
    }
    memset(label, 'a', sizeof(label) - 1); /* longer than a name may be: of the DNS, in escapes */
    label[sizeof(label) - 1] = '\0';
    return arena_format(source->arena, "\\009%s.%s.%s.%s.%s", label, label, label, label, label);
}

static void make_mx(struct scene *scene)
{
    struct random_source *source = scene->source;
    size_t num = 1 + random_number(source, 3);
    for (size_t i = 0; i < num; i++) {
        make_host(scene, "smtp", random_name(source), (int32_t)random_number(source, 20),
                  &scene->mx[i]);
    }
    scene->evidence.num_mx = num;
    if (num == 1 && scene->mx[0].is_null) {
        scene->record.mail = MAIL_NULL_MX;
    }
}

static void make_services(struct scene *scene)
{
    static const char *const names[] = {"imaps", "pop3", "sieve"};
    struct random_source *source = scene->source;
    scene->evidence.num_services = random_number(source, 4);
    for (size_t i = 0; i < scene->evidence.num_services; i++) {
        struct target_service *service = &scene->services[i];
        *service = (struct target_service){
            .name = names[i],
            .outcome = one_in(source, 2) ? OUTCOME_OK : random_lookup(source),
            .offered = (enum tri)random_number(source, 3),
            .hosts = arena_alloc(source->arena, 2 * sizeof(*service->hosts)),
            .num_hosts = random_number(source, 3),
        };
        for (size_t k = 0; k < service->num_hosts; k++) {
            make_host(scene, names[i], k == 0 ? "imap.example.org" : "pop.example.org", (int32_t)k,
                      &service->hosts[k]);
            service->hosts[k].port = (uint16_t)(993 + k);
        }
    }
}

static void make_txt(struct random_source *source, struct mta_sts_txt *txt)
{
    static const uint64_t problems[] = {
        [MTA_STS_TXT_UNKNOWN] = MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_TXT_LOOKUP_FAILED),
        [MTA_STS_TXT_ABSENT] = 0,
        [MTA_STS_TXT_INVALID] = MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_TXT_BAD_ID),
        [MTA_STS_TXT_VALID] = MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_TXT_DUPLICATE_ID),
    };
    bool is_valid = !one_in(source, 4);
    txt->status = is_valid ? MTA_STS_TXT_VALID
                           : (enum mta_sts_txt_status)random_number(source, MTA_STS_TXT_VALID);
    txt->problems = !is_valid || one_in(source, 3) ? problems[txt->status] : 0;
    strcpy(txt->id, is_valid ? "20261130" : "");
}

/* Everything that a look-up and a fetch may come to. */
static void make_published(struct random_source *source, struct domain_published *published)
{
    static const char *const patterns[] = {"mx1.example.org", "*.example.org", "example.org"};
    struct mta_sts_policy *policy = &published->policy;
    make_txt(source, &published->txt);
    published->is_fetched = published->txt.status == MTA_STS_TXT_VALID && !one_in(source, 8);
    if (published->is_fetched && one_in(source, 3)) {
        unsigned problem = MTA_STS_PROBLEM_FETCH_DNS +
                           random_number(source, MTA_STS_PROBLEM_POLICY_BYTE_ORDER_MARK -
                                                     MTA_STS_PROBLEM_FETCH_DNS);
        published->fetch.problems = MTA_STS_PROBLEM_BIT(problem);
        published->fetch.may_be_the_network = one_in(source, 2);
    }
    const uint64_t of_type = MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_FETCH_CONTENT_TYPE);
    published->has_policy = published->is_fetched && (published->fetch.problems & ~of_type) == 0;
    policy->max_age = -1;
    if (published->has_policy) {
        policy->is_valid = !one_in(source, 4);
        policy->mode = (enum mta_sts_mode)(MTA_STS_MODE_NONE + random_number(source, 3));
        policy->mode = policy->is_valid ? policy->mode : MTA_STS_MODE_UNKNOWN;
        policy->max_age = (int64_t)random_number(source, 100000);
        policy->mx = patterns + random_number(source, 3);
        policy->num_mx = 1;
        policy->problems =
            one_in(source, 2) ? 0 : MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_POLICY_TOO_MANY_MX);
    }
}

static void make_enforcement(struct scene *scene)
{
    struct random_source *source = scene->source;
    struct target_enforcement *enforcement = &scene->evidence.enforcement;
    struct domain_record filler = {0};
    bool takes_mail = scene->record.mail == MAIL_MX || scene->record.mail == MAIL_IMPLICIT;
    enforcement->is_asked = takes_mail && scene->evidence.grades_by_mx;
    enforcement->dane = (enum dane_status)random_number(source, DANE_STATUS_COUNT);
    enforcement->mx_is_signed = scene->record.dnssec.value == TRI_YES;
    scene->evidence.trusts_resolver = one_in(source, 2);
    if (enforcement->is_asked) {
        random_fields(source, &record_of_domain, (char *)&filler);
        enforcement->tls_rpt = filler.tls_rpt;
        make_published(source, &scene->published);
        enforcement->mta_sts = target_enforcement_mta_sts(&scene->published, scene->mx,
                                                          scene->evidence.num_mx, source->arena);
    }
}

static void make_mail(struct scene *scene)
{
    struct random_source *source = scene->source;
    struct domain_record *record = &scene->record;
    record->mail = (enum mail_kind)random_number(source, MAIL_NONE + 1);
    random_verdict(source, &record->dnssec);
    record->mx_bogus = one_in(source, 4) ? "MX example.org" : NULL;
    switch (record->mail) {
    case MAIL_MX:
        record->dns_outcome = OUTCOME_OK;
        make_mx(scene);
        break;
    case MAIL_IMPLICIT:
        record->dns_outcome = OUTCOME_DNS_NODATA;
        make_host(scene, "smtp", record->domain, -1, &scene->mx[0]);
        scene->evidence.num_mx = 1;
        break;
    case MAIL_NULL_MX:
        record->dns_outcome = OUTCOME_OK;
        make_host(scene, "smtp", ".", 0, &scene->mx[0]);
        scene->evidence.num_mx = 1;
        break;
    case MAIL_NONE:
        record->dns_outcome = OUTCOME_DNS_NXDOMAIN;
        break;
    case MAIL_UNKNOWN:
        record->dns_outcome = one_in(source, 2) ? OUTCOME_EXCLUDED : OUTCOME_DNS_SERVFAIL;
        break;
    }
}

static void make_domain(struct scene *scene)
{
    struct random_source *source = scene->source;
    struct domain_record *record = &scene->record;
    scene->mx = arena_alloc(source->arena, 4 * sizeof(*scene->mx));
    scene->services = arena_alloc(source->arena, 4 * sizeof(*scene->services));
    record->line = random_number(source, 1000);
    record->input = random_text(source);
    record->mta_sts.max_age = -1;
    scene->evidence.grades_by_mx = !one_in(source, 4);
    scene->evidence.mx = scene->mx;
    scene->evidence.services = scene->services;
    if (one_in(source, 20)) {
        record->dns_outcome = OUTCOME_INVALID_INPUT;
        scene->evidence.problem = "it is empty";
        return;
    }
    record->domain = "example.org";
    if (scene->evidence.grades_by_mx) {
        make_mail(scene);
    }
    make_services(scene);
    make_enforcement(scene);
}

static char *judge_domain(struct domain_record *record, const struct target_evidence *evidence,
                          const struct policy *policy, struct arena *arena)
{
    struct judgement judgement;
    struct json_writer writer;
    judgement_init(&judgement, policy, arena);
    target_judge(record, evidence, &judgement);
    json_writer_init(&writer);
    record_json_domain(&writer, record);
    return string_of(&writer);
}

static void free_scene(struct scene *scene)
{
    const struct restored_domain made = {
        .mx = scene->mx, .services = scene->services, .evidence = scene->evidence};
    restored_domain_release((struct restored_domain *)(uintptr_t)&made);
    endpoint_index_fini(&scene->index);
}

static void a_domain_is_judged_again_as_it_was(void **state)
{
    struct policy policy;
    unsigned num_graded = 0;
    (void)state;
    policy_init(&policy);
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct arena arena = {0};
        struct random_source source = {seed * UINT64_C(0x9e3779b97f4a7c15), &arena};
        struct scene scene = {.source = &source};
        struct restored_domain restored;
        struct record read;
        endpoint_index_init(&scene.index);
        make_domain(&scene);
        endpoint_index_close(&scene.index);
        char *line = judge_domain(&scene.record, &scene.evidence, &policy, &arena);
        assert_int_equal(record_read(line, strlen(line), &arena, &read), RECORD_READ);
        assert_true(read.domain.has_evidence);
        assert_int_equal(restore_domain(&read.domain, 1000, scene.evidence.grades_by_mx,
                                        &scene.index, &arena, &restored),
                         RESTORED);
        char *again = judge_domain(&restored.record, &restored.evidence, &policy, &arena);
        expect_same_line(line, again, seed);
        num_graded += scene.record.grade != GRADE_U;
        restored_domain_release(&restored);
        free_scene(&scene);
        free(line);
        free(again);
        arena_free(&arena);
    }
    assert_true(num_graded > ROUNDS / 4);
}

/* A judge of tomorrow may find that a host has no TLS: the MTA-STS of its domains says the same. */
static void mta_sts_follows_from_the_endpoints(void **state)
{
    static const char text[] =
        "{\"type\":\"domain\",\"domain\":\"example.org\",\"mail\":\"mx\",\"dns\":{\"outcome\":"
        "\"ok\"},"
        "\"mx\":[{\"preference\":10,\"host\":\"mx.example.org\",\"mta_sts\":\"pass\",\"endpoints\":"
        "["
        "{\"address\":\"192.0.2.1\",\"port\":25,\"outcome\":\"ok\",\"grade\":\"A\",\"score\":90}]}]"
        ","
        "\"mta_sts\":{\"status\":\"enforce\",\"mode\":\"enforce\",\"id\":\"1\",\"max_age\":86400,"
        "\"mx\":[\"mx.example.org\"],\"problems\":[]},\"evidence\":{}}";
    static const struct {
        enum tri starttls, certificate_valid;
        enum mta_sts_status status;
        enum mta_sts_host host;
    } cases[] = {
        {TRI_YES, TRI_YES, MTA_STS_ENFORCE, MTA_STS_HOST_PASSES},
        {TRI_NO, TRI_NO, MTA_STS_BROKEN, MTA_STS_HOST_NO_STARTTLS},
        {TRI_YES, TRI_NO, MTA_STS_BROKEN, MTA_STS_HOST_CERTIFICATE_INVALID},
        {TRI_UNKNOWN, TRI_NO, MTA_STS_UNKNOWN, MTA_STS_HOST_UNOBSERVED},
    };
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        struct arena arena = {0};
        struct endpoint_index index;
        struct restored_domain restored;
        struct record read;
        const struct endpoint_before before = {OUTCOME_OK, GRADE_A, 90};
        const struct endpoint_key key = {"smtp", "mx.example.org", "192.0.2.1", 25};
        const struct endpoint_summary summary = {.starttls = cases[i].starttls,
                                                 .certificate_valid = cases[i].certificate_valid};
        endpoint_index_init(&index);
        assert_true(endpoint_index_add(&index, &key, 2, &before, &summary));
        endpoint_index_close(&index);
        assert_int_equal(record_read(text, strlen(text), &arena, &read), RECORD_READ);
        assert_int_equal(restore_domain(&read.domain, 3, true, &index, &arena, &restored),
                         RESTORED);
        assert_int_equal(restored.evidence.enforcement.mta_sts.status, cases[i].status);
        assert_int_equal(restored.mx[0].mta_sts, cases[i].host);
        restored_domain_release(&restored);
        endpoint_index_fini(&index);
        arena_free(&arena);
    }
}

/* A lack of memory is never a verdict. */
static void whichever_allocation_fails_is_told(void **state)
{
    static const char text[] =
        "{\"type\":\"domain\",\"domain\":\"example.org\",\"mail\":\"mx\",\"dns\":{\"outcome\":"
        "\"ok\"},"
        "\"mx\":[{\"preference\":10,\"host\":\"mx.example.org\",\"caa\":[\"0 issue "
        "\\\"ca.example\\\"\"],"
        "\"endpoints\":[]},{\"preference\":20,\"host\":\"mx2.example.org\",\"endpoints\":[]}],"
        "\"services\":[{\"service\":\"imaps\",\"offered\":\"yes\",\"lookup\":\"ok\",\"port\":993,"
        "\"host\":\"imap.example.org\",\"endpoints\":[]}],\"evidence\":{}}";
    struct arena arena = {0};
    struct endpoint_index index;
    struct record read;
    unsigned long num_failed = 1, num = 0;
    (void)state;
    endpoint_index_init(&index);
    assert_int_equal(record_read(text, strlen(text), &arena, &read), RECORD_READ);
    for (; num_failed > 0; num++) {
        struct arena restored_arena = {0};
        struct restored_domain restored;
        fail_allocations(num, 1);
        enum restored status =
            restore_domain(&read.domain, 1, true, &index, &restored_arena, &restored);
        num_failed = end_failing();
        assert_int_equal(status, num_failed > 0 ? RESTORED_NO_MEMORY : RESTORED);
        if (status == RESTORED) {
            assert_int_equal(restored.evidence.num_mx, 2);
            restored_domain_release(&restored);
        }
        arena_free(&restored_arena);
    }
    assert_in_range(num, 4, 100);
    endpoint_index_fini(&index);
    arena_free(&arena);
}

/* ---- The index ---- */

static void add_endpoint(struct endpoint_index *index, const struct endpoint_key *key,
                         uint64_t line, enum grade grade, enum grade grade_now)
{
    const struct endpoint_before before = {OUTCOME_OK, grade, 50};
    const struct endpoint_summary summary = {.grade = grade_now, .score = (uint8_t)line};
    assert_true(endpoint_index_add(index, key, line, &before, &summary));
}

/* The score is the number of the line that was found; 0: none. */
static unsigned find_line(const struct endpoint_index *index, const struct endpoint_key *key,
                          uint64_t line, enum grade grade)
{
    const struct endpoint_before before = {OUTCOME_OK, grade, 50};
    struct endpoint_summary summary = {0};
    return endpoint_index_find(index, key, line, &before, &summary) ? summary.score : 0;
}

static void an_endpoint_is_found_by_all_of_its_key(void **state)
{
    const struct endpoint_key keys[] = {
        {"smtp", "mx.example", "192.0.2.1", 25}, {"smtp", "mx.example", "192.0.2.1", 26},
        {"smtp", "mx.example", "192.0.2.2", 25}, {"smtp", "mx.example", NULL, 25},
        {"smtp", "mx.example", "", 25},          {"smtp", NULL, "192.0.2.1", 25},
        {"imap", "mx.example", "192.0.2.1", 25}, {NULL, "mx.example", "192.0.2.1", 25},
        {"smtpmx", ".example", "192.0.2.1", 25},
    };
    struct endpoint_index index;
    (void)state;
    endpoint_index_init(&index);
    for (size_t i = 0; i + 1 < NUM(keys); i++) {
        add_endpoint(&index, &keys[i], i + 1, GRADE_A, GRADE_B);
    }
    endpoint_index_close(&index);
    for (size_t i = 0; i + 1 < NUM(keys); i++) {
        assert_int_equal(find_line(&index, &keys[i], 100, GRADE_A), i + 1);
    }
    assert_int_equal(find_line(&index, &keys[NUM(keys) - 1], 100, GRADE_A), 0);
    endpoint_index_fini(&index);
}

/* An endpoint that was scanned more than once: the record that a domain means says what it says. */
static void of_several_records_that_of_the_domain_is_found(void **state)
{
    const struct endpoint_key key = {"smtp", "mx.example", "192.0.2.1", 25};
    struct endpoint_index index;
    (void)state;
    endpoint_index_init(&index);
    add_endpoint(&index, &key, 9, GRADE_A, GRADE_B);
    add_endpoint(&index, &key, 3, GRADE_A, GRADE_B);
    add_endpoint(&index, &key, 5, GRADE_F, GRADE_F);
    add_endpoint(&index, &key, 7, GRADE_A, GRADE_B);
    endpoint_index_close(&index);
    assert_int_equal(find_line(&index, &key, 100, GRADE_A), 9);
    assert_int_equal(find_line(&index, &key, 8, GRADE_A), 7);
    assert_int_equal(find_line(&index, &key, 8, GRADE_F), 5);
    assert_int_equal(find_line(&index, &key, 4, GRADE_A), 3);
    assert_int_equal(find_line(&index, &key, 1, GRADE_A), 3);
    assert_int_not_equal(find_line(&index, &key, 6, GRADE_C), 0); /* none says it: any */
    endpoint_index_fini(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endpoint_is_judged_again_as_it_was),
        cmocka_unit_test(a_domain_is_judged_again_as_it_was),
        cmocka_unit_test(whichever_allocation_fails_is_told),
        cmocka_unit_test(mta_sts_follows_from_the_endpoints),
        cmocka_unit_test(an_endpoint_is_found_by_all_of_its_key),
        cmocka_unit_test(of_several_records_that_of_the_domain_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
