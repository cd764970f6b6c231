/* What --retry-unknown takes out of a file: what is unknown for reasons of ours, and what rests on
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scanner/engine/retry.h"
#include "scanner/engine/network_watch.h"
#include "scanner/engine/retry_reason.h"
#include "temp_file.h"

#define RUN "{\"type\":\"run\",\"schema_version\":1}\n"
#define SUMMARY(domains, endpoints)                                                                \
    "{\"type\":\"summary\",\"complete\":true,\"domains\":" #domains ",\"endpoints\":" #endpoints   \
    "}\n"

#define ENDPOINT_WITH(host, outcome, grade, more)                                                  \
    "{\"type\":\"endpoint\",\"host\":\"" host "\",\"address\":\"192.0.2.1\",\"port\":25,"          \
    "\"service\":\"smtp\",\"outcome\":\"" outcome "\",\"grade\":\"" grade "\"" more "}\n"
#define ENDPOINT(host, outcome, grade) ENDPOINT_WITH(host, outcome, grade, "")

#define HOST(host, outcome, grade)                                                                 \
    "{\"preference\":10,\"host\":\"" host "\",\"lookup\":\"ok\",\"outcome\":\"" outcome "\","      \
    "\"endpoints\":[{\"address\":\"192.0.2.1\",\"port\":25,\"outcome\":\"" outcome "\","           \
    "\"grade\":\"" grade "\"}]}"
#define DOMAIN(line, name, hosts)                                                                  \
    "{\"type\":\"domain\",\"domain\":\"" name "\",\"line\":" line ",\"mail\":\"mx\","              \
    "\"dns\":{\"outcome\":\"ok\"},\"mx\":[" hosts "]}\n"
/* Its TLSA records may match another name of the certificate, which the line does not say. */
#define VAGUE ",\"dane\":{\"status\":\"mismatch\",\"records\":1,\"problems\":[\"name_mismatch\"]}"

struct outcome_of_retry {
    enum retry_status status;
    uint64_t num_lines, num_endpoints;
};

static bool on_run(void *user, const struct run_record *run)
{
    (void)run;
    return !*(const bool *)user;
}

static struct outcome_of_retry prepare(const struct temp_file *file, bool refuse)
{
    const struct table_seed seed = {{1, 2}};
    char error[256] = "";
    struct outcome_of_retry result;
    result.status = retry_prepare(file->path, RETRY_OURS, &seed, on_run, &refuse, &result.num_lines,
                                  &result.num_endpoints, error, sizeof(error));
    assert_int_equal(result.status == RETRY_ERROR, error[0] != '\0');
    return result;
}

static void expect_left(const char *before, const char *left, uint64_t num_lines,
                        uint64_t num_endpoints)
{
    struct temp_file file;
    temp_file_init(&file, "r.jsonl");
    temp_file_write(&file, before, strlen(before));
    const struct outcome_of_retry result = prepare(&file, false);
    assert_int_equal(result.status, RETRY_READY);
    assert_int_equal(result.num_lines, num_lines);
    assert_int_equal(result.num_endpoints, num_endpoints);
    temp_file_expect(&file, left, strlen(left));
    temp_file_fini(&file);
}

static void a_server_that_asked_to_come_back_goes_with_its_domains(void **state)
{
#define KEPT ENDPOINT("b.test", "ok", "A") DOMAIN("2", "two.test", HOST("b.test", "ok", "A"))
#define U    HOST("a.test", "banner_421", "U")
    (void)state;
    expect_left(RUN ENDPOINT("a.test", "banner_421", "U") DOMAIN("1", "one.test", U)
                    KEPT DOMAIN("3", "three.test", U "," HOST("b.test", "ok", "A")) SUMMARY(3, 2),
                RUN KEPT, 2, 1);
#undef U
#undef KEPT
}

static void what_the_server_is_the_reason_of_stays(void **state)
{
#define ALL                                                                                        \
    RUN ENDPOINT("a.test", "banner_timeout", "U") ENDPOINT("b.test", "starttls_4xx", "F")          \
        DOMAIN("1", "one.test", HOST("a.test", "banner_timeout", "U"))                             \
            DOMAIN("2", "two.test", HOST("b.test", "starttls_4xx", "F")) SUMMARY(2, 2)
    (void)state;
    expect_left(ALL, ALL, 0, 0);
#undef ALL
}

static void an_unknown_part_of_a_graded_server_is_asked_again(void **state)
{
    (void)state;
    expect_left(
        RUN ENDPOINT_WITH("a.test", "ok", "A",
                          ",\"tls\":{\"versions\":{\"TLSv1.3\":\"yes\",\"TLSv1.0\":\"unknown\"},"
                          "\"versions_reason\":{\"TLSv1.0\":\"banner_421\"}}")
            DOMAIN("1", "one.test", HOST("a.test", "ok", "A")) SUMMARY(1, 1),
        RUN, 1, 1);
}

/* It is made anew with the first of its domains, and so are its other ones. */
static void a_server_whose_line_does_not_tell_all_goes_with_any_of_its_domains(void **state)
{
#define V ENDPOINT_WITH("v.test", "ok", "D", VAGUE)
#define E ENDPOINT("a.test", "local_error", "U")
    (void)state;
    expect_left(RUN V E DOMAIN("1", "one.test", HOST("v.test", "ok", "D"))
                    DOMAIN("2", "two.test",
                           HOST("v.test", "ok", "D") "," HOST("a.test", "local_error", "U"))
                        SUMMARY(2, 2),
                RUN, 2, 2);
    expect_left(RUN V DOMAIN("1", "one.test", HOST("v.test", "ok", "D")) SUMMARY(1, 1),
                RUN V DOMAIN("1", "one.test", HOST("v.test", "ok", "D")) SUMMARY(1, 1), 0, 0);
#undef E
#undef V
}

static void a_look_up_that_failed_is_asked_again(void **state)
{
    (void)state;
    expect_left(RUN "{\"type\":\"domain\",\"domain\":\"one.test\",\"line\":1,"
                    "\"dns\":{\"outcome\":\"dns_timeout\"},\"mx\":[]}\n"
                    "{\"type\":\"domain\",\"domain\":\"two.test\",\"line\":2,"
                    "\"dns\":{\"outcome\":\"ok\"},\"mx\":[],"
                    "\"mta_sts\":{\"status\":\"unknown\",\"problems\":[\"txt_lookup_failed\"]}}\n"
                    "{\"type\":\"domain\",\"domain\":\"three.test\",\"line\":3,"
                    "\"dns\":{\"outcome\":\"dns_nxdomain\"},\"mx\":[]}\n" SUMMARY(3, 0),
                RUN "{\"type\":\"domain\",\"domain\":\"three.test\",\"line\":3,"
                    "\"dns\":{\"outcome\":\"dns_nxdomain\"},\"mx\":[]}\n",
                2, 0);
}

static void a_file_of_another_run_is_left_alone(void **state)
{
    const char *text = RUN ENDPOINT("a.test", "local_error", "U") SUMMARY(0, 1);
    struct temp_file file;
    (void)state;
    temp_file_init(&file, "r.jsonl");
    temp_file_write(&file, text, strlen(text));
    assert_int_equal(prepare(&file, true).status, RETRY_REFUSED);
    temp_file_expect(&file, text, strlen(text));
    temp_file_fini(&file);
}

static void a_file_that_is_not_there_is_ready(void **state)
{
    struct temp_file file;
    (void)state;
    temp_file_init(&file, "r.jsonl");
    assert_int_equal(retry_reason(OUTCOME_OK) == NULL, true);
    const struct table_seed seed = {{1, 2}};
    char error[256];
    bool refuse = false;
    uint64_t num_lines, num_endpoints;
    assert_int_equal(retry_prepare(file.path, RETRY_OURS, &seed, on_run, &refuse, &num_lines,
                                   &num_endpoints, error, sizeof(error)),
                     RETRY_READY);
    temp_file_fini(&file);
}

/* An answer, or a silence of the server's own, is nothing that we could mend. */
static void no_answer_is_a_reason_of_ours(void **state)
{
    static const enum outcome theirs[] = {
        OUTCOME_NOT_TESTED,      OUTCOME_OK,
        OUTCOME_DNS_NXDOMAIN,    OUTCOME_DNS_NODATA,
        OUTCOME_CONNECT_TIMEOUT, OUTCOME_CONNECT_REFUSED,
        OUTCOME_BANNER_TIMEOUT,  OUTCOME_BANNER_5XX,
        OUTCOME_TLS_ALERT,       OUTCOME_STARTTLS_NOT_ADVERTISED,
        OUTCOME_TLS_TIMEOUT,     OUTCOME_UNSUPPORTED_ALGORITHM,
        OUTCOME_EXCLUDED,        OUTCOME_FAMILY_NOT_ASKED,
        OUTCOME_INVALID_INPUT,   OUTCOME_COUNT,
    };
    (void)state;
    for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
        assert_null(retry_reason(theirs[i]));
    }
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        struct endpoint_record endpoint = {.outcome = i, .grade = GRADE_U};
        struct domain_record domain = {.dns_outcome = i};
        assert_int_equal(retry_reason_in_endpoint(RETRY_OURS, &endpoint), retry_reason(i) != NULL);
        assert_int_equal(retry_reason_in_domain(RETRY_OURS, &domain), retry_reason(i) != NULL);
        bool is_of_outage = network_may_be_lost(i) || outcome_phase(i) == PHASE_DNS ||
                            i == OUTCOME_ADDRESS_NOT_PUBLIC;
        assert_int_equal(retry_reason_in_endpoint(RETRY_OUTAGE, &endpoint), is_of_outage);
        assert_int_equal(retry_reason_in_domain(RETRY_OUTAGE, &domain), is_of_outage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_asked_to_come_back_goes_with_its_domains),
        cmocka_unit_test(what_the_server_is_the_reason_of_stays),
        cmocka_unit_test(an_unknown_part_of_a_graded_server_is_asked_again),
        cmocka_unit_test(a_server_whose_line_does_not_tell_all_goes_with_any_of_its_domains),
        cmocka_unit_test(a_look_up_that_failed_is_asked_again),
        cmocka_unit_test(a_file_of_another_run_is_left_alone),
        cmocka_unit_test(a_file_that_is_not_there_is_ready),
        cmocka_unit_test(no_answer_is_a_reason_of_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
