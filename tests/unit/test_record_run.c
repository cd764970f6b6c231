/* The first and the last line of a file: every field, and what is not known as null. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_expect.h"
#include "output/record/record_json.h"
#include "record_line.h"

static void a_run_says_what_was_asked_of_it(void **state)
{
    static const struct run_option options[] = {
        {"depth", "deep", false},   {"ehlo", "a\"b\xff", false}, {"hosts", "false", true},
        {"max-retries", "4", true}, {"retry-wait", "0.5", true}, {"port", "", true},
    };
    const struct run_record run = {
        .schema_version = 1,
        .id = "0123456789abcdef0123456789abcdef",
        .version = "1.2.3",
        .policy = "2026.1",
        .policy_digest = "abcd",
        .list = "suppliers \xe9.csv",
        .list_sha256 = "00ff",
        .options = options,
        .num_options = 6,
        .started = 1796126400.25,
        .now = 1796126400,
    };
    (void)state;
    EXPECT_RECORD(
        record_json_run, &run,
        "{'type':'run','run':'0123456789abcdef0123456789abcdef','schema_version':1,'version':'1.2."
        "3','policy':'2026.1',"
        "'policy_digest':'abcd','list':'suppliers \xef\xbf\xbd.csv',"
        "'list_sha256':'00ff','options':{'depth':'deep','ehlo':'a\\'b\xef\xbf\xbd','hosts':false,"
        "'max-retries':4,'retry-wait':0.5,'port':null},"
        "'started':'2026-12-01T12:00:00.250Z','now':'2026-12-01T12:00:00Z'}");
}

static void a_list_on_standard_input_has_no_digest(void **state)
{
    const struct run_record run = {.version = "1", .policy = "p", .list = "-", .now = -1};
    (void)state;
    EXPECT_RECORD(record_json_run, &run,
                  "{'type':'run','run':null,'schema_version':0,'version':'1','policy':'p',"
                  "'policy_digest':null,'list':'-','list_sha256':null,'options':{},"
                  "'started':'1970-01-01T00:00:00.000Z','now':'1969-12-31T23:59:59Z'}");
}

static void a_summary_counts_everything(void **state)
{
    static const struct share countries[] = {{TEXT_OF("DE"), 5, 0}, {TEXT_OF("unknown"), 1, 0}};
    static const struct share networks[] = {{TEXT_OF("AS64496 Caf\xe9"), 6, 0}};
    static const struct share providers[] = {{TEXT_OF("example.net"), 4, 3}};
    struct summary_record summary = {
        .run = "00ff",
        .policy = "2026.1",
        .policy_digest = "abcd",
        .complete = true,
        .interrupted = false,
        .port_blocked = true,
        .dns_failed = true,
        .void_reason = VOID_SAME_GREETING,
        .unrouted = "ipv6",
        .addresses_unrouted = 12,
        .resolver_blamed = true,
        .signed_domains = 63,
        .bogus_domains = 64,
        .lines = 1,
        .lines_read = 60,
        .lines_begun = 61,
        .lines_written = 62,
        .domains = 2,
        .invalid_lines = 3,
        .endpoints = 4,
        .connections = 5,
        .connections_saved = UINT64_C(6000000000),
        .countries = countries,
        .num_countries = 2,
        .networks = networks,
        .num_networks = 1,
        .providers = providers,
        .num_providers = 1,
        .dns_questions = 7,
        .revised_servers = (const char *const[]){"192.0.2.1:25"},
        .num_revised_servers = 1,
        .seconds = 12.3456,
        .seconds_to_half = 1.5,
        .seconds_to_95 = 9,
        .dns_seconds_share = 0.25,
        .finished = 1796126400.5,
    };
    (void)state;
    for (unsigned i = 0; i < GRADE_COUNT; i++) {
        summary.domain_grades[i] = 10 + i;
        summary.endpoint_grades[i] = 20 + i;
    }
    for (unsigned i = 0; i <= MAIL_NONE; i++) {
        summary.mail[i] = 60 + i;
    }
    for (unsigned i = 0; i <= OPPORTUNISTIC_YES; i++) {
        summary.opportunistic[i] = 30 + i;
    }
    for (unsigned i = 0; i <= ENFORCED_BOTH; i++) {
        summary.enforced[i] = 40 + i;
    }
    summary.outcomes[OUTCOME_OK] = 50;
    summary.outcomes[OUTCOME_TOO_MUCH_DATA] = 51;
    EXPECT_RECORD(
        record_json_summary, &summary,
        "{'type':'summary','run':'00ff','policy':'2026.1','policy_digest':'abcd','complete':true,"
        "'interrupted':false,'port_blocked':true,'dns_failed':true,"
        "'void_reason':'same_greeting','unrouted_family':'ipv6','addresses_unrouted':12,"
        "'resolver_blamed':true,'signed_domains':63,'bogus_domains':64,'lines':1,"
        "'lines_read':60,'lines_begun':61,'lines_written':62,'domains':2,"
        "'invalid_lines':3,"
        "'endpoints':4,'connections':5,'connections_saved':6000000000,'dns_questions':7,"
        "'domain_grades':{'U':10,'N':11,'A+':12,'A':13,'B':14,'C':15,'D':16,'F':17},"
        "'endpoint_grades':{'U':20,'N':21,'A+':22,'A':23,'B':24,'C':25,'D':26,'F':27},"
        "'outcomes':{'ok':50,'too_much_data':51},"
        "'mail':{'unknown':60,'mx':61,'implicit':62,'null_mx':63,'none':64},"
        "'opportunistic_tls':{'unknown':30,'no':31,'partial':32,'yes':33},"
        "'enforced_tls':{'unknown':40,'none':41,'dane':42,'mta-sts':43,'both':44},"
        "'countries':[{'key':'DE','endpoints':5,'domains':0},"
        "{'key':'unknown','endpoints':1,'domains':0}],"
        "'networks':[{'key':'AS64496 Caf\xef\xbf\xbd','endpoints':6,'domains':0}],"
        "'providers':[{'key':'example.net','endpoints':4,'domains':3}],"
        "'revised_servers':['192.0.2.1:25'],"
        "'seconds':12.346,'seconds_to_half':1.5,'seconds_to_95':9.0,'dns_share':0.25,"
        "'finished':'2026-12-01T12:00:00.500Z'}");
}

static void times_that_are_not_known_are_null(void **state)
{
    const struct summary_record summary = {
        .policy = "p", .seconds_to_half = -1, .seconds_to_95 = -1, .dns_seconds_share = -1};
    struct json_writer writer;
    (void)state;
    json_writer_init(&writer);
    record_json_summary(&writer, &summary);
    json_t *value = parse_line(&writer);
    assert_true(json_is_null(json_object_get(value, "seconds_to_half")));
    assert_true(json_is_null(json_object_get(value, "seconds_to_95")));
    assert_true(json_is_null(json_object_get(value, "dns_share")));
    assert_true(json_is_real(json_object_get(value, "seconds")));
    json_decref(value);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_says_what_was_asked_of_it),
        cmocka_unit_test(a_list_on_standard_input_has_no_digest),
        cmocka_unit_test(a_summary_counts_everything),
        cmocka_unit_test(times_that_are_not_known_are_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
