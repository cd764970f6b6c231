/* Mail hosts, looked up and scanned by a worker in simulated time: without memory, and stopped. */
#include "tests/replay/engine_scene.h"

#include <limits.h>

#include "output/file/sink.h"
#include "scanner/engine/host.h"
#include "scanner/engine/host_summary.h"
#include "tests/unit/failing_allocator.h"
#include "tests/unit/temp_file.h"

#define NUM_ASKERS    2
#define NUM_IPV4      2
#define NUM_ADDRESSES (NUM_IPV4 + 1)

struct asker {
    struct host_request *request; /* NULL once told */
    struct host_result *result;
    enum once_failure failure;
    unsigned num_told;
};

static struct world {
    struct engine_scene scene;
    struct temp_file file;
    struct asker askers[NUM_ASKERS];
    unsigned num_told;
    unsigned num_tlsa; /* questions for "once" */
} world;

/* ---- The DNS ---- */

#define SERVFAIL  2
#define TYPE_A    1
#define TYPE_AAAA 28
#define TYPE_TLSA 52
#define TYPE_CAA  257

static bool begins(const struct responder_query *query, const char *with)
{
    return strncmp(query->name, with, strlen(with)) == 0;
}

/*
 * How TLSA questions end without validation: of "forged" and "denied" with an answer of name
 * servers whose signatures are wrong, of "lame" not at all, and of "once" well, since it fails but
 * the first time. Those for addresses of "bogus" and "nowherebogus", which has none, and those for
 * IPv6 addresses of "halfbogus", end as that of "forged".
 */
static bool validates(const struct responder_query *query)
{
    const bool unchecked = (query->bytes[3] & 0x10) != 0; /* CD */
    if (query->type == TYPE_A || query->type == TYPE_AAAA) {
        bool is_bogus = begins(query, "bogus") || begins(query, "nowherebogus") ||
                        (begins(query, "halfbogus") && query->type == TYPE_AAAA);
        return unchecked || !is_bogus;
    }
    if (query->type != TYPE_TLSA) {
        return true;
    }
    if (strstr(query->name, "once.") != NULL) {
        return world.num_tlsa++ > 0;
    }
    if (strstr(query->name, "forged.") != NULL || strstr(query->name, "denied.") != NULL) {
        return unchecked;
    }
    return strstr(query->name, "lame.") == NULL;
}

/*
 * Each host is the alias of one with three addresses, which no dialogue is held with as they are
 * not public. Where the alias begins with "with", its end has TLSA records. The CAA record is that
 * of the top.
 */
static bool zone(struct dns_responder *responder, const struct responder_query *query)
{
    if (!validates(query)) {
        build_start(&responder->build, query->id, DNS_BUILD_REPLY | SERVFAIL, query->name,
                    query->type);
        return true;
    }
    static const uint8_t ipv6[16] = {0x20, 0x01, 0x0d, 0xb8};
    static const uint8_t public_ipv6[16] = {0x26, 0x06, 0x47, 0x00, [15] = 1};
    static const char tlsa[35] = "\x03\x01\x01";
    static const char caa[] = "\x00\x05issueca.example";
    struct dns_build *build = &responder->build;
    build_start(build, query->id, DNS_BUILD_REPLY | DNS_BUILD_AD, query->name, query->type);
    if ((query->type == TYPE_A || query->type == TYPE_AAAA) && !begins(query, "six.") &&
        !begins(query, "nowhere")) {
        char real[RESPONDER_QUERY_MAX + 8];
        (void)snprintf(real, sizeof(real), "real-%s", query->name);
        build_host(build, query->name, 5, 60, real);
        for (uint32_t i = 0; query->type == TYPE_A && i < NUM_IPV4; i++) {
            build_a(build, real, 60, 0xc0000201 + i);
        }
        if (query->type == TYPE_AAAA) {
            build_record(build, real, TYPE_AAAA, 60, ipv6, sizeof(ipv6));
        }
    } else if (query->type == TYPE_AAAA && begins(query, "six.")) {
        build_record(build, query->name, TYPE_AAAA, 60, public_ipv6, sizeof(public_ipv6));
    } else if (query->type == TYPE_TLSA &&
               (begins(query, "_25._tcp.real-with") || begins(query, "_25._tcp.real-forged"))) {
        build_record(build, query->name, TYPE_TLSA, 60, tlsa, sizeof(tlsa));
    } else if (query->type == TYPE_CAA && strcmp(query->name, "example") == 0) {
        build_record(build, query->name, TYPE_CAA, 60, caa, sizeof(caa) - 1);
    }
    return true;
}

/* ---- The world ---- */

static int setup(void **state)
{
    char error[256];
    (void)state;
    memset(&world, 0, sizeof(world));
    engine_scene_init(&world.scene, zone);
    struct run *run = &world.scene.run;
    world.scene.config.trust_ad = true;
    run->tally = tally_new();
    run->blame = run->emitter.blame = blame_new();
    assert_non_null(run->blame);
    temp_file_init(&world.file, "results.jsonl");
    run->sink = sink_new(&(struct sink_options){.path = world.file.path, .tally = run->tally},
                         error, sizeof(error));
    assert_non_null(run->sink);
    run->emitter.sink = run->sink;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    engine_scene_fini(&world.scene);
    blame_free(world.scene.run.blame);
    sink_finish(world.scene.run.sink);
    sink_free(world.scene.run.sink);
    tally_free(world.scene.run.tally);
    temp_file_fini(&world.file);
    return 0;
}

static void on_done(struct once_request *asked)
{
    struct host_request *request = (struct host_request *)asked;
    struct asker *asker = request->user;
    asker->num_told++;
    asker->result = request->result;
    asker->failure = asked->waiter.failure;
    request->result = NULL; /* the reference is the asker's */
    asker->request = NULL;
    host_request_free(request);
    world.num_told++;
}

static void prepare(struct asker *asker, const char *text)
{
    const struct hostname *name;
    assert_int_equal(hostname_parse(text, strlen(text), &name), HOSTNAME_OK);
    memset(asker, 0, sizeof(*asker));
    asker->request = host_request_new(&world.scene.worker, name, 25,
                                      service_find("smtp", strlen("smtp")), 32, 0);
    assert_non_null(asker->request);
    asker->request->asked.done = on_done;
    asker->request->user = asker;
    hostname_release(name);
}

static bool so_many_are_told(const void *user)
{
    return world.num_told == *(const unsigned *)user;
}

static void run_until_told(unsigned num)
{
    engine_scene_run(&world.scene, so_many_are_told, &num);
}

/* Two ask for the host, and of the allocations that follow, that of this number fails; how many
 * have? */
static unsigned long ask_without_memory(const char *host, unsigned long number)
{
    world.num_told = 0;
    for (size_t i = 0; i < NUM_ASKERS; i++) {
        prepare(&world.askers[i], host);
    }
    fail_allocations(number, 1);
    for (size_t i = 0; i < NUM_ASKERS; i++) {
        host_request_post(world.askers[i].request);
    }
    run_until_told(NUM_ASKERS);
    return end_failing();
}

static void forget_results(void)
{
    for (size_t i = 0; i < NUM_ASKERS; i++) {
        host_summary_release(world.askers[i].result);
    }
}

/* All of what can be known of the host is in the result. */
static void assert_complete(const struct host_result *result, enum dane_status dane)
{
    const bool is_bogus = dane == DANE_BOGUS;
    assert_int_equal(result->num_endpoints, NUM_ADDRESSES);
    for (size_t i = 0; i < NUM_ADDRESSES; i++) {
        assert_int_equal(result->endpoints[i].outcome, OUTCOME_ADDRESS_NOT_PUBLIC);
    }
    assert_int_equal(result->lookup, OUTCOME_OK);
    assert_int_equal(result->dnssec.value, is_bogus ? TRI_UNKNOWN : TRI_YES);
    assert_int_equal(result->bogus != NULL, is_bogus);
    assert_int_equal(result->dane, dane);
    assert_true(result->aliased);
    assert_non_null(result->caa);
    assert_int_equal(result->caa->num_texts, 1);
    assert_string_equal(result->caa->texts[0], "0 issue \"ca.example\"");
}

/* ---- Without memory ---- */

struct host_kind {
    const char *name;
    enum dane_status dane; /* with records it would take a dialogue to tell */
};

/* Each time it is a host that nothing is known of: what the DNS does without memory counts too. */
static void fail_each_allocation(const struct host_kind *kind)
{
    unsigned long num_failed = 1, num_refused = 0, number = 0;
    char host[64];
    for (; num_failed > 0; number++) {
        (void)snprintf(host, sizeof(host), "%s%lu.example", kind->name, number);
        num_failed = ask_without_memory(host, number);
        for (size_t i = 0; i < NUM_ASKERS; i++) {
            const struct asker *asker = &world.askers[i];
            assert_int_equal(asker->num_told, 1);
            if (asker->result != NULL) {
                assert_complete(asker->result, kind->dane);
            } else {
                assert_int_equal(asker->failure, ONCE_NO_MEMORY);
            }
        }
        num_refused += world.askers[0].result == NULL;
        forget_results();
        /* Nothing of the failure is kept. */
        assert_int_equal(ask_without_memory(host, ULONG_MAX), 0);
        assert_complete(world.askers[0].result, kind->dane);
        forget_results();
    }
    assert_in_range(number, 20, 1000);
    assert_in_range(num_refused, 10, number - 1);
}

static void each_asker_is_told_whichever_allocation_fails(void **state)
{
    static const struct host_kind kinds[] = {
        {"with", DANE_UNKNOWN}, {"plain", DANE_NONE}, {"bogus", DANE_BOGUS}};
    (void)state;
    fail_each_allocation(&kinds[0]);
    fail_each_allocation(&kinds[1]);
    fail_each_allocation(&kinds[2]);
}

/* ---- Records that do not validate ---- */

static enum dane_status dane_of(const char *host)
{
    prepare(&world.askers[0], host);
    host_request_post(world.askers[0].request);
    run_until_told(world.num_told + 1);
    enum dane_status status = world.askers[0].result->dane;
    host_summary_release(world.askers[0].result);
    return status;
}

static void a_second_question_tells_bogus_from_lame(void **state)
{
    (void)state;
    assert_int_equal(dane_of("forged.example"), DANE_BOGUS);
    assert_int_equal(dane_of("denied.example"), DANE_BOGUS);
    assert_int_equal(dane_of("lame.example"), DANE_TEMPERROR);
}

static struct host_result *result_of(const char *host)
{
    prepare(&world.askers[0], host);
    host_request_post(world.askers[0].request);
    run_until_told(world.num_told + 1);
    return world.askers[0].result;
}

static void bogus_addresses_are_observed_and_named(void **state)
{
    (void)state;
    struct host_result *result = result_of("bogus1.example");
    assert_complete(result, DANE_BOGUS);
    assert_string_equal(result->bogus, "A bogus1.example, an alias of real-bogus1.example");
    assert_int_equal(result->dnssec.reason, OUTCOME_DNS_SERVFAIL);
    host_summary_release(result);
}

static void a_bogus_host_may_have_no_address_at_all(void **state)
{
    (void)state;
    struct host_result *result = result_of("nowherebogus.example");
    assert_int_equal(result->num_endpoints, 0);
    assert_int_equal(result->lookup, OUTCOME_DNS_SERVFAIL);
    assert_int_equal(result->dane, DANE_BOGUS);
    assert_string_equal(result->bogus, "A nowherebogus.example");
    host_summary_release(result);
}

/* Senders that validate still reach the host by the other family. */
static void one_bogus_family_of_two_accuses_nobody(void **state)
{
    (void)state;
    struct host_result *result = result_of("halfbogus.example");
    assert_int_equal(result->num_endpoints, NUM_IPV4);
    assert_int_equal(result->lookup, OUTCOME_DNS_SERVFAIL);
    assert_int_equal(result->dane, DANE_NONE);
    assert_null(result->bogus);
    host_summary_release(result);
}

static void without_trust_nothing_is_called_bogus(void **state)
{
    (void)state;
    world.scene.config.trust_ad = false;
    struct host_result *result = result_of("bogus1.example");
    assert_int_equal(result->num_endpoints, 0);
    assert_int_equal(result->lookup, OUTCOME_DNS_SERVFAIL);
    assert_int_equal(result->dane, DANE_UNKNOWN);
    assert_null(result->bogus);
    host_summary_release(result);
}

static void a_failure_that_passes_accuses_nobody(void **state)
{
    (void)state;
    assert_int_equal(dane_of("once.example"), DANE_NONE);
}

/* ---- CAA, which is only reported ---- */

/* Of this host the DNS says everything at once but its CAA records. */
static void hold_caa(void)
{
    world.scene.responder.held = "plain1.";
    prepare(&world.askers[0], "mx.plain1.example");
    host_request_post(world.askers[0].request);
    replay_run(world.scene.worker.loop, 1);
    assert_int_equal(world.num_told, 0);
}

static void no_connection_waits_for_caa_but_the_result_does(void **state)
{
    size_t len;
    unsigned num_lines = 0;
    (void)state;
    hold_caa();
    sink_drain(world.scene.run.sink);
    char *lines = temp_file_read(&world.file, &len);
    for (const char *at = lines; (at = strstr(at, "address_not_public")) != NULL; at++) {
        num_lines++;
    }
    free(lines);
    assert_in_range(num_lines, NUM_ADDRESSES, 100);
    dns_responder_release(&world.scene.responder);
    run_until_told(1);
    assert_complete(world.askers[0].result, DANE_NONE);
    host_summary_release(world.askers[0].result);
}

static void at_the_end_a_host_that_waits_for_caa_is_given_up(void **state)
{
    (void)state;
    hold_caa();
}

/* ---- A DNS that fails ---- */

static bool fails(struct dns_responder *responder, const struct responder_query *query)
{
    build_start(&responder->build, query->id, DNS_BUILD_REPLY | SERVFAIL, query->name, query->type);
    return true;
}

/* Nobody could say where the host is, and it is asked late. */
static void put_off(void)
{
    world.scene.config.retry_wait = 1;
    world.scene.responder.answer = fails;
    prepare(&world.askers[0], "plain1.example");
    host_request_post(world.askers[0].request);
    replay_run(world.scene.worker.loop, 1);
    assert_int_equal(world.num_told, 0);
    assert_int_equal(dns_num_put_off(world.scene.worker.dns), 2);
}

static void a_host_that_could_not_be_looked_up_is_asked_for_late(void **state)
{
    (void)state;
    put_off();
    world.scene.responder.answer = zone;
    worker_post_late(&world.scene.worker);
    run_until_told(1);
    assert_complete(world.askers[0].result, DANE_NONE);
    host_summary_release(world.askers[0].result);
}

static void what_fails_late_too_is_believed(void **state)
{
    (void)state;
    put_off();
    worker_post_late(&world.scene.worker);
    run_until_told(1);
    assert_int_equal(world.askers[0].result->lookup, OUTCOME_DNS_SERVFAIL);
    assert_int_equal(world.askers[0].result->num_endpoints, 0);
    host_summary_release(world.askers[0].result);
}

static void a_stop_gives_up_what_is_put_off(void **state)
{
    (void)state;
    put_off();
    worker_post_stop(&world.scene.worker);
    run_until_told(1);
    assert_null(world.askers[0].result);
    assert_int_equal(world.askers[0].failure, ONCE_STOPPED);
}

/* ---- A family that the run leaves out ---- */

/* The host has an address of IPv6 alone, which is not called, and its line says why. */
static void leave_out_ipv6(const char *why)
{
    size_t len;
    prepare(&world.askers[0], "six.example");
    host_request_post(world.askers[0].request);
    run_until_told(1);
    const struct host_result *result = world.askers[0].result;
    assert_int_equal(result->num_endpoints, 1);
    assert_int_equal(result->endpoints[0].outcome, OUTCOME_FAMILY_NOT_ASKED);
    assert_int_equal(result->outcome, OUTCOME_FAMILY_NOT_ASKED);
    sink_drain(world.scene.run.sink);
    char *lines = temp_file_read(&world.file, &len);
    assert_non_null(strstr(lines, why));
    free(lines);
    host_summary_release(world.askers[0].result);
}

static void an_address_that_an_option_leaves_out_is_told(void **state)
{
    (void)state;
    world.scene.config.ipv6 = false;
    leave_out_ipv6("\"outcome\":\"family_not_asked\",\"outcome_detail\":\"-4\"");
    assert_int_equal(counter_read(&world.scene.worker.counters.addresses_unrouted), 0);
}

static void an_address_without_a_route_is_told_and_counted(void **state)
{
    (void)state;
    world.scene.config.ipv6 = true;
    world.scene.config.unrouted = 6;
    leave_out_ipv6("\"outcome\":\"family_not_asked\",\"outcome_detail\":\"no route\"");
    assert_int_equal(counter_read(&world.scene.worker.counters.addresses_unrouted), 1);
}

/* ---- A stop ---- */

static void a_stop_begins_no_host_and_lets_others_end(void **state)
{
    (void)state;
    world.scene.responder.held = "with1.";
    prepare(&world.askers[0], "with1.example");
    host_request_post(world.askers[0].request);
    replay_run(world.scene.worker.loop, 1);
    once_stop(&world.scene.worker.hosts);
    prepare(&world.askers[1], "with2.example");
    host_request_post(world.askers[1].request);
    run_until_told(1);
    assert_null(world.askers[1].result);
    assert_int_equal(world.askers[1].failure, ONCE_STOPPED);
    dns_responder_release(&world.scene.responder);
    run_until_told(2);
    assert_complete(world.askers[0].result, DANE_UNKNOWN);
    host_summary_release(world.askers[0].result);
}

static void an_endpoint_that_the_stop_gave_up_gives_up_its_host(void **state)
{
    (void)state;
    prepare(&world.askers[0], "with1.example");
    host_request_post(world.askers[0].request);
    once_stop(&world.scene.worker.endpoints);
    run_until_told(1);
    assert_null(world.askers[0].result);
    assert_int_equal(world.askers[0].failure, ONCE_STOPPED);
}

static void at_the_end_hosts_under_way_are_given_up(void **state)
{
    (void)state;
    world.scene.responder.held = "with1.";
    prepare(&world.askers[0], "with1.example");
    host_request_post(world.askers[0].request);
    replay_run(world.scene.worker.loop, 1);
    assert_int_equal(world.num_told, 0);
}

static int teardown_and_count(void **state)
{
    teardown(state);
    assert_int_equal(world.askers[0].num_told, 1);
    assert_int_equal(world.askers[0].failure, ONCE_STOPPED);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_asker_is_told_whichever_allocation_fails, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_second_question_tells_bogus_from_lame, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failure_that_passes_accuses_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(no_connection_waits_for_caa_but_the_result_does, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(at_the_end_a_host_that_waits_for_caa_is_given_up, setup,
                                        teardown_and_count),
        cmocka_unit_test_setup_teardown(bogus_addresses_are_observed_and_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bogus_host_may_have_no_address_at_all, setup, teardown),
        cmocka_unit_test_setup_teardown(one_bogus_family_of_two_accuses_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(without_trust_nothing_is_called_bogus, setup, teardown),
        cmocka_unit_test_setup_teardown(a_host_that_could_not_be_looked_up_is_asked_for_late, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_fails_late_too_is_believed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stop_gives_up_what_is_put_off, setup, teardown),
        cmocka_unit_test_setup_teardown(an_address_that_an_option_leaves_out_is_told, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_address_without_a_route_is_told_and_counted, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_stop_begins_no_host_and_lets_others_end, setup, teardown),
        cmocka_unit_test_setup_teardown(an_endpoint_that_the_stop_gave_up_gives_up_its_host, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(at_the_end_hosts_under_way_are_given_up, setup,
                                        teardown_and_count),
    };
    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
