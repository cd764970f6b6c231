/* The records of a void run, as each reader of result files is given them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "output/file/result_file.h"
#include "output/file/result_lines.h"
#include "temp_file.h"
#include "tests/unit/failing_allocator.h"
#include "zstd_text.h"

#define RUN "{\"type\":\"run\",\"schema_version\":1}\n"
#define ENDPOINT                                                                                   \
    "{\"type\":\"endpoint\",\"host\":\"mx.a.example\",\"address\":\"192.0.2.1\",\"port\":25,"      \
    "\"service\":\"smtp\",\"outcome\":\"ok\",\"banner\":\"relay\",\"starttls\":{\"advertised\":"   \
    "\"no\",\"accepted\":\"no\",\"handshake\":\"no\"},\"certificate\":{\"subject\":\"CN=x\","      \
    "\"sha256\":\"0101010101010101010101010101010101010101010101010101010101010101\"},"            \
    "\"grade\":\"F\",\"score\":0,\"findings\":[{\"code\":\"no_starttls\",\"severity\":"            \
    "\"critical\"}],"                                                                              \
    "\"evidence\":{}}\n"
#define DOMAIN                                                                                     \
    "{\"type\":\"domain\",\"domain\":\"a.example\",\"input\":\"a.example\",\"line\":1,\"mail\":"   \
    "\"mx\","                                                                                      \
    "\"mx\":[{\"preference\":10,\"host\":\"mx.a.example\",\"outcome\":\"ok\",\"grade\":\"F\","     \
    "\"dane\":"                                                                                    \
    "\"mismatch\",\"mta_sts\":\"mx_no_starttls\",\"endpoints\":[{\"address\":\"192.0.2.1\","       \
    "\"port\":25,"                                                                                 \
    "\"outcome\":\"ok\",\"grade\":\"F\",\"score\":0},{\"address\":\"192.0.2.2\",\"port\":25,"      \
    "\"outcome\":\"excluded\",\"grade\":\"U\"}]},{\"preference\":20,\"host\":\"gone.a.example\","  \
    "\"lookup\":\"dns_nxdomain\",\"outcome\":\"dns_nxdomain\",\"grade\":\"U\",\"endpoints\":[]}]," \
    "\"services\":[{\"service\":\"imaps\",\"host\":\"i.a.example\",\"outcome\":\"ok\",\"grade\":"  \
    "\"C\","                                                                                       \
    "\"endpoints\":[{\"address\":\"192.0.2.3\",\"port\":993,\"outcome\":\"ok\",\"grade\":\"C\","   \
    "\"score\":60}]}],\"opportunistic_tls\":\"no\",\"enforced_tls\":\"none\",\"dane\":{"           \
    "\"status\":"                                                                                  \
    "\"mismatch\"},\"mta_sts\":{\"status\":\"broken\",\"mode\":\"enforce\"},\"grade\":\"F\","      \
    "\"score\":0,"                                                                                 \
    "\"accepted_grade\":{\"grade\":\"A\",\"until\":\"2027-03-31\"},"                               \
    "\"findings\":[{\"code\":\"no_starttls\",\"severity\":\"critical\"}],\"partial\":true}\n"
#define BAD_LINE                                                                                   \
    "{\"type\":\"domain\",\"domain\":null,\"input\":\"?\",\"line\":2,"                             \
    "\"opportunistic_reason\":\"no domain\",\"grade\":\"U\"}\n"
#define VOID(kept)                                                                                 \
    "{\"type\":\"run_void\",\"reason\":\"same_greeting\",\"detail\":\"one greeting\","             \
    "\"records_kept\":" #kept ",\"time\":\"2026-11-30T10:00:00.000Z\"}\n"
#define SUMMARY "{\"type\":\"summary\",\"complete\":false}\n"

/* ---- What is left of a record ---- */

static void check_void_endpoint(const struct endpoint_record *record)
{
    assert_string_equal(record->host, "mx.a.example");
    assert_string_equal(record->address, "192.0.2.1");
    assert_string_equal(record->banner.bytes, "relay");
    assert_int_equal(record->outcome, OUTCOME_INTERCEPTED);
    assert_int_equal(record->grade, GRADE_U);
    assert_int_equal(record->num_findings, 0);
    assert_null(record->certificate);
    assert_int_equal(record->starttls_advertised.value, TRI_UNKNOWN);
    assert_int_equal(record->starttls_advertised.reason, OUTCOME_INTERCEPTED);
    assert_int_equal(record->starttls_handshake.value, TRI_UNKNOWN);
}

static void check_graded_endpoint(const struct endpoint_record *record)
{
    assert_int_equal(record->grade, GRADE_F);
    assert_int_equal(record->outcome, OUTCOME_OK);
    assert_non_null(record->certificate);
}

static void check_void_domain(const struct domain_record *record)
{
    assert_string_equal(record->domain, "a.example");
    assert_int_equal(record->grade, GRADE_U);
    assert_null(record->accepted_grade.until);
    assert_int_equal(record->num_findings, 0);
    assert_int_equal(record->opportunistic, OPPORTUNISTIC_UNKNOWN);
    assert_int_equal(record->enforced, ENFORCED_UNKNOWN);
    assert_string_equal(record->opportunistic_reason, "one greeting");
    assert_string_equal(record->enforced_reason, "one greeting");
    assert_int_equal(record->dane, DANE_UNKNOWN);
    assert_int_equal(record->mta_sts.status, MTA_STS_UNKNOWN);
    assert_string_equal(record->mta_sts.mode, "enforce");
    assert_false(record->partial);
    assert_int_equal(record->num_mx, 2);
    assert_int_equal(record->mx[0].outcome, OUTCOME_INTERCEPTED);
    assert_int_equal(record->mx[0].grade, GRADE_U);
    assert_int_equal(record->mx[0].dane, DANE_UNKNOWN);
    assert_int_equal(record->mx[0].mta_sts, MTA_STS_HOST_UNOBSERVED);
    assert_int_equal(record->mx[0].endpoints[0].outcome, OUTCOME_INTERCEPTED);
    assert_int_equal(record->mx[0].endpoints[0].grade, GRADE_U);
    assert_int_equal(record->mx[0].endpoints[1].outcome, OUTCOME_EXCLUDED);
    assert_int_equal(record->mx[1].outcome, OUTCOME_DNS_NXDOMAIN);
    assert_int_equal(record->num_services, 1);
    assert_int_equal(record->services[0].host.grade, GRADE_U);
    assert_int_equal(record->services[0].host.endpoints[0].outcome, OUTCOME_INTERCEPTED);
}

static void check_graded_domain(const struct domain_record *record)
{
    assert_int_equal(record->grade, GRADE_F);
    assert_int_equal(record->mx[0].endpoints[0].grade, GRADE_F);
    assert_non_null(record->accepted_grade.until);
    assert_int_equal(record->num_findings, 1);
}

/* ---- Readers ---- */

/* Reads all lines; the first `num_kept` records count. */
static void check_lines(const char *path, unsigned num_kept, bool is_void)
{
    const char *line;
    size_t len;
    unsigned number = 0;
    struct result_lines *lines = result_lines_open(path);
    assert_non_null(lines);
    assert_int_equal(result_lines_void(lines) != NULL, is_void);
    while (result_lines_next(lines, &line, &len) == LINE_SOURCE_LINE) {
        struct arena arena = {0};
        struct record record;
        bool counts = ++number <= num_kept;
        assert_int_equal(result_lines_record(lines, &arena, &record), RECORD_READ);
        assert_int_equal(result_lines_is_void(lines), !counts);
        if (record.kind == RECORD_ENDPOINT) {
            (counts ? check_graded_endpoint : check_void_endpoint)(&record.endpoint);
        } else if (record.kind == RECORD_DOMAIN && record.domain.domain != NULL) {
            (counts ? check_graded_domain : check_void_domain)(&record.domain);
        } else if (record.kind == RECORD_DOMAIN) {
            assert_string_equal(record.domain.opportunistic_reason, "no domain");
        }
        arena_free(&arena);
    }
    result_lines_close(lines);
}

static void check_file(const char *path, bool counts, bool is_void)
{
    char error[256];
    struct arena arena = {0};
    struct domain_record domain;
    struct endpoint_record endpoint;
    struct result_leaf leaf;
    struct result_file *file = result_file_open(path, true, error, sizeof(error));
    assert_non_null(file);
    assert_int_equal(result_file_void(file) != NULL, is_void);
    assert_true(result_file_domain(file, 0, &arena, &domain));
    (counts ? check_graded_domain : check_void_domain)(&domain);
    assert_true(result_file_endpoint(file, "mx.a.example", "192.0.2.1", 25, &arena, &endpoint));
    (counts ? check_graded_endpoint : check_void_endpoint)(&endpoint);
    assert_int_equal(result_file_leaf(file, "mx.a.example", "192.0.2.1", 25, &leaf), counts);
    result_file_close(file);
    arena_free(&arena);
}

static void check_text(const char *name, const char *bytes, size_t len, unsigned num_kept,
                       bool is_void)
{
    struct temp_file file;
    temp_file_init(&file, name);
    temp_file_write(&file, bytes, len);
    check_lines(file.path, num_kept, is_void);
    check_file(file.path, num_kept >= 3, is_void);
    temp_file_fini(&file);
}

static void every_reader_shows_a_void_run_as_not_observed(void **state)
{
    static const char *const texts[] = {
        RUN ENDPOINT DOMAIN BAD_LINE VOID(1) SUMMARY,
        RUN ENDPOINT VOID(1) DOMAIN,
        RUN VOID(1) ENDPOINT DOMAIN SUMMARY,
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        static char packed[1u << 16];
        size_t len = zstd_add_frame(packed, 0, sizeof(packed), texts[i], strlen(texts[i]));
        check_text("r.jsonl", texts[i], strlen(texts[i]), 1, true);
        check_text("r.jsonl.zst", packed, len, 1, true);
    }
}

static void what_an_earlier_start_wrote_still_counts(void **state)
{
    static const char text[] = RUN ENDPOINT DOMAIN BAD_LINE VOID(3) SUMMARY;
    (void)state;
    check_text("r.jsonl", text, strlen(text), 3, true);
}

static void a_run_that_is_not_void_is_shown_as_it_is(void **state)
{
    static const char text[] = RUN ENDPOINT DOMAIN SUMMARY;
    (void)state;
    check_text("r.jsonl", text, strlen(text), 4, false);
}

/* A file says that it keeps more records than there are. */
static void too_many_kept_records_are_all_of_them(void **state)
{
    static const char text[] = RUN ENDPOINT DOMAIN VOID(1000000);
    (void)state;
    check_text("r.jsonl", text, strlen(text), 1000000, true);
}

/* Without memory nothing is shown, and never the letters. */
static void without_memory_there_is_no_record(void **state)
{
    static const char text[] = RUN DOMAIN VOID(1);
    struct temp_file file;
    unsigned long num_failed = 1, num = 0;
    (void)state;
    temp_file_init(&file, "r.jsonl");
    temp_file_write(&file, text, strlen(text));
    for (; num_failed > 0; num++) {
        const char *line;
        size_t len;
        fail_allocations(num, 1);
        struct result_lines *lines = result_lines_open(file.path);
        bool is_read = lines != NULL;
        for (unsigned i = 0; is_read && i < 2; i++) {
            struct arena arena = {0};
            struct record record;
            is_read = result_lines_next(lines, &line, &len) == LINE_SOURCE_LINE &&
                      result_lines_record(lines, &arena, &record) == RECORD_READ;
            if (is_read && record.kind == RECORD_DOMAIN) {
                check_void_domain(&record.domain);
            }
            arena_free(&arena);
        }
        num_failed = end_failing();
        assert_true(is_read || num_failed > 0);
        if (lines != NULL) {
            result_lines_close(lines);
        }
    }
    assert_in_range(num, 8, 1000);
    temp_file_fini(&file);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reader_shows_a_void_run_as_not_observed),
        cmocka_unit_test(what_an_earlier_start_wrote_still_counts),
        cmocka_unit_test(a_run_that_is_not_void_is_shown_as_it_is),
        cmocka_unit_test(too_many_kept_records_are_all_of_them),
        cmocka_unit_test(without_memory_there_is_no_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
