/* The report's parts that need no browser: escaping, the dictionary, joins, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <libdeflate.h>
#include <openssl/base64.h>

#include "output/record/record_read.h"
#include "output/report/report.h"
#include "output/report/report_columns.h"
#include "output/report/report_island.h"
#include "output/report/report_values.h"

#define PAGE_MAX (4u << 20)

/* ---- Packing ---- */

/* The JSON of the element at `start`, which is parsed; the characters of its base64 in *out_len. */
static json_t *unpack(const char *start, size_t *out_len)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    const char *base64 = strchr(start, '>') + 1;
    size_t len = strspn(base64, alphabet), packed_len, text_len;
    assert_memory_equal(base64 + len, "</script>\n", strlen("</script>\n"));
    uint8_t *packed = malloc(len);
    char *text = malloc(PAGE_MAX);
    assert_true(packed != NULL && text != NULL);
    assert_true(EVP_DecodeBase64(packed, &packed_len, len, (const uint8_t *)base64, len));
    struct libdeflate_decompressor *unpacker = libdeflate_alloc_decompressor();
    assert_int_equal(
        libdeflate_zlib_decompress(unpacker, packed, packed_len, text, PAGE_MAX, &text_len),
        LIBDEFLATE_SUCCESS);
    libdeflate_free_decompressor(unpacker);
    json_t *value = json_loadb(text, text_len, 0, NULL);
    assert_non_null(value);
    free(text);
    free(packed);
    *out_len = len;
    return value;
}

static char *put_in_island(const struct json_writer *value)
{
    char *text = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);
    struct report_packer *packer = report_packer_new();
    assert_true(stream != NULL && packer != NULL);
    assert_true(report_island_write(packer, stream, "data", 7, json_writer_text(value)));
    report_packer_free(packer);
    fclose(stream);
    return text;
}

static void hostile_text_cannot_leave_its_element(void **state)
{
    static const char *const texts[] = {
        "</script><script>alert(1)</script>", "<!--<script>", "-->", "]]>", "&lt;b&gt;", "\"'\\",
        "\xe2\x80\xa8\xe2\x80\xa9",           "plain"};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const struct text foreign = {texts[i], strlen(texts[i])};
        struct json_writer writer;
        json_writer_init(&writer);
        json_open_object(&writer);
        json_key_text(&writer, foreign, SIZE_MAX);
        json_text(&writer, foreign, SIZE_MAX);
        json_close_object(&writer);
        char *text = put_in_island(&writer);
        static const char head[] = "<script type=\"text/x-packed-json\" id=\"data7\">";
        assert_memory_equal(text, head, strlen(head));
        size_t base64_len;
        json_t *back = unpack(text, &base64_len);
        assert_int_equal(strlen(text), strlen(head) + base64_len + strlen("</script>\n"));
        assert_string_equal(json_string_value(json_object_get(back, texts[i])), texts[i]);
        json_decref(back);
        free(text);
        json_writer_fini(&writer);
    }
}

static void what_cannot_be_written_is_told(void **state)
{
    (void)state;
    struct json_writer writer;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    setvbuf(full, NULL, _IONBF, 0);
    json_writer_init(&writer);
    json_put_string(&writer, "<x>");
    struct report_packer *packer = report_packer_new();
    assert_non_null(packer);
    assert_false(report_island_write(packer, full, "data", 0, json_writer_text(&writer)));
    assert_false(report_island_put_value(full, &writer));
    fclose(full);
    json_writer_fail(&writer); /* as a lack of memory does */
    FILE *null = fopen("/dev/null", "w");
    assert_non_null(null);
    assert_false(report_island_write(packer, null, "data", 0, json_writer_text(&writer)));
    assert_false(report_island_put_value(null, &writer));
    fclose(null);
    report_packer_free(packer);
    report_packer_free(NULL);
    json_writer_fini(&writer);
}

/* ---- The dictionary ---- */

/* What stands in the place of a text: its number; of null, null. */
static void expect_number(struct report_values *values, struct text text, const char *expected)
{
    struct json_writer value, out;
    json_writer_init(&value);
    json_writer_init(&out);
    json_text(&value, text, SIZE_MAX);
    report_values_put(values, &value, &out);
    struct text put = json_writer_text(&out);
    assert_int_equal(put.len, strlen(expected));
    assert_memory_equal(put.bytes, expected, put.len);
    json_writer_fini(&value);
    json_writer_fini(&out);
}

static char *all_of(const struct report_values *values)
{
    char *text = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);
    assert_true(report_values_write(values, stream));
    fclose(stream);
    return text;
}

static void equal_values_share_a_number_and_are_written_once(void **state)
{
    (void)state;
    struct report_values values;
    report_values_init(&values);
    expect_number(&values, (struct text){"a", 1}, "0");
    expect_number(&values, (struct text){"<b>", 3}, "1");
    expect_number(&values, (struct text){"a", 1}, "0");
    expect_number(&values, (struct text){"\0", 1}, "2");
    expect_number(&values, (struct text){"", 0}, "3");
    expect_number(&values, (struct text){NULL, 0}, "null");
    expect_number(&values, (struct text){"null", 4}, "4");
    assert_int_equal(values.count, 5);
    char *text = all_of(&values);
    assert_string_equal(text, "[\"a\",\"<b>\",\"\\u0000\",\"\",\"null\"]");
    free(text);
    report_values_fini(&values);
}

/* More than the table and the text have room for at first. */
static void many_values_keep_their_numbers(void **state)
{
    (void)state;
    struct report_values values;
    struct json_writer value;
    report_values_init(&values);
    json_writer_init(&value);
    for (unsigned round = 0; round < 2; round++) {
        for (size_t i = 0; i < 5000; i++) {
            json_writer_clear(&value);
            json_uint(&value, 1000000 - i);
            assert_int_equal(report_values_add(&values, &value), i);
        }
    }
    json_writer_clear(&value);
    json_uint(&value, 7);
    size_t number;
    assert_false(report_values_find(&values, &value, &number));
    json_t *list = NULL;
    char *text = all_of(&values);
    list = json_loads(text, 0, NULL);
    assert_int_equal(json_array_size(list), 5000);
    assert_int_equal(json_integer_value(json_array_get(list, 4999)), 1000000 - 4999);
    json_decref(list);
    free(text);
    json_writer_fini(&value);
    report_values_fini(&values);
}

/* ---- Joins ---- */

static void number_endpoint(struct report_rows *rows, const char *host, const char *address,
                            uint16_t port, bool is_new)
{
    const struct endpoint_record endpoint = {.host = host, .address = address, .port = port};
    assert_int_equal(report_rows_number_endpoint(rows, &endpoint), is_new);
}

static void an_address_joins_by_host_address_and_port(void **state)
{
    static const struct mx_endpoint seen[] = {
        {.address = "192.0.2.1", .port = 25},
        {.address = "192.0.2.1", .port = 587},
        {.address = "192.0.2.9", .port = 25, .outcome = OUTCOME_OK, .grade = GRADE_B, .score = 80},
        {.address = NULL, .port = 26, .outcome = OUTCOME_DNS_NODATA, .grade = GRADE_U},
    };
    static const struct mx_record mx = {
        .host = {"mx1.example", strlen("mx1.example")}, .endpoints = seen, .num_endpoints = 4};
    (void)state;
    struct report_rows rows;
    struct json_writer out;
    report_rows_init(&rows);
    json_writer_init(&out);
    number_endpoint(&rows, "mx1.example", "192.0.2.1", 25, true);
    number_endpoint(&rows, "mx2.example", "192.0.2.1", 25, true);
    number_endpoint(&rows, "mx1.example", "192.0.2.1", 587, true);
    number_endpoint(&rows, "mx1.example", NULL, 25, true);
    number_endpoint(&rows, "mx1.example", "192.0.2.1", 25, false); /* again: the first counts */
    report_rows_addresses(&rows, &mx, &out);
    size_t len;
    char *addresses = json_writer_take(&out, &len);
    assert_string_equal(strtok(addresses, "\n"), "[0,2,[\"192.0.2.9\",25,\"ok\",\"B\",80],"
                                                 "[null,26,\"dns_nodata\",\"U\",null]]");
    free(addresses);
    assert_true(report_rows_ok(&rows));
    report_rows_fini(&rows);
}

/* The columns of a record as one array. */
static json_t *row_of(enum report_rows_of which, const void *record)
{
    struct report_rows rows;
    struct json_writer out;
    report_rows_init(&rows);
    json_writer_init(&out);
    json_open_array(&out);
    for (size_t i = 0; report_rows_column(which, i) != NULL; i++) {
        report_rows_cell(&rows, which, i, record, &out);
    }
    json_close_array(&out);
    struct text text = json_writer_text(&out);
    json_t *row = json_loadb(text.bytes, text.len, 0, NULL);
    assert_non_null(row);
    assert_true(report_rows_ok(&rows));
    json_writer_fini(&out);
    report_rows_fini(&rows);
    return row;
}

/* Whatever a record lacks, or has of the wrong type, the row has a value in each column. */
static void a_record_of_wrong_types_makes_a_whole_row(void **state)
{
    static const char *const lines[] = {
        "{\"type\":\"endpoint\"}",
        "{\"type\":\"endpoint\",\"host\":[],\"tls\":7,\"certificate\":\"x\",\"findings\":{\"a\":1}"
        "}",
        "{\"type\":\"domain\",\"domain\":{},\"mx\":\"no list\",\"input_fields\":[1],"
        "\"findings\":[1,[],{\"code\":2}]}",
        "{\"type\":\"domain\",\"mx\":[1,null,{\"endpoints\":[3,{\"address\":[]}]}],"
        "\"score\":\"<b>\"}"};
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct arena arena = {0};
        struct record record;
        assert_int_equal(record_read(lines[i], strlen(lines[i]), &arena, &record), RECORD_READ);
        enum report_rows_of which =
            record.kind == RECORD_ENDPOINT ? REPORT_ROWS_OF_ENDPOINTS : REPORT_ROWS_OF_DOMAINS;
        json_t *row = row_of(which, &record.endpoint); /* a union: of the domain, too */
        assert_null(report_rows_column(which, json_array_size(row)));
        assert_non_null(report_rows_column(which, json_array_size(row) - 1));
        json_decref(row);
        arena_free(&arena);
    }
}

/* ---- Whole files ---- */

static const struct finding_rule rule = {
    .code = "known", .title = "A <title>", .why = "w", .remedy = "r", .source = "s"};

static const struct finding_rule *rule_of(const char *code)
{
    return strcmp(code, rule.code) == 0 ? &rule : NULL;
}

static const struct report_words words = {.rule_of = rule_of};
static const struct report_extras extras = {.importance = NULL};

/* Every element with packed JSON holds one whole value. */
static void check_islands(const char *page)
{
    static const char start[] = "<script type=\"text/x-packed-json\"";
    for (const char *at = page; (at = strstr(at, start)) != NULL; at++) {
        size_t len;
        json_decref(unpack(at, &len));
    }
}

/* The page's island "data0", parsed; NULL where no page was made. */
static json_t *data_of(const char *results, enum report_status expected)
{
    char path[] = "/tmp/mxgrade-test-report-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, results, strlen(results)) == (ssize_t)strlen(results));
    close(fd);
    char *page = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&page, &len);
    bool is_cut;
    assert_int_equal(report_write(path, &words, &extras, stream, &is_cut), expected);
    fclose(stream);
    unlink(path);
    json_t *data = NULL;
    if (expected == REPORT_OK) {
        assert_non_null(strstr(page, "Content-Security-Policy"));
        check_islands(page);
        char *start = strstr(page, "id=\"data0\">");
        assert_non_null(start);
        size_t base64_len;
        data = unpack(start, &base64_len);
    }
    free(page);
    return data;
}

#define RUN     "{\"type\":\"run\",\"schema_version\":1,\"list\":\"/secret/list.csv\"}\n"
#define SUMMARY "{\"type\":\"summary\",\"complete\":true}\n"
#define ENDPOINT                                                                                   \
    "{\"type\":\"endpoint\",\"host\":\"mx.example\",\"address\":\"192.0.2.1\",\"port\":25}\n"
#define DOMAIN                                                                                     \
    "{\"type\":\"domain\",\"domain\":\"a.example\",\"mx\":[{\"host\":\"mx.example\","              \
    "\"endpoints\":[{\"address\":\"192.0.2.1\",\"port\":25}]}],\"findings\":["                     \
    "{\"code\":\"known\",\"severity\":\"high\"},{\"code\":\"new\",\"severity\":\"low\"}]}\n"

static void a_domain_names_its_endpoint_wherever_that_stands(void **state)
{
    static const char *const files[] = {RUN ENDPOINT DOMAIN SUMMARY, RUN DOMAIN ENDPOINT SUMMARY};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        json_t *data = data_of(files[i], REPORT_OK);
        json_t *columns = json_object_get(data, "domains");
        json_t *numbers = json_object_get(columns, "endpoints");
        assert_int_equal(json_array_size(numbers), 1);
        assert_true(json_is_integer(json_array_get(numbers, 0)));
        assert_int_equal(json_integer_value(json_array_get(numbers, 0)), 0);
        assert_false(json_is_true(json_object_get(data, "damaged")));
        json_decref(data);
    }
}

static void findings_bring_their_words_and_unknown_ones_their_severity(void **state)
{
    (void)state;
    json_t *data = data_of(RUN ENDPOINT DOMAIN SUMMARY, REPORT_OK);
    json_t *findings = json_object_get(data, "findings");
    json_t *known = json_object_get(findings, "known");
    json_t *unknown = json_object_get(findings, "new");
    assert_string_equal(json_string_value(json_object_get(known, "title")), rule.title);
    assert_string_equal(json_string_value(json_object_get(known, "severity")), "high");
    assert_string_equal(json_string_value(json_object_get(unknown, "severity")), "low");
    assert_null(json_object_get(unknown, "title"));
    json_decref(data);
}

static void only_the_lists_own_name_is_shown(void **state)
{
    (void)state;
    json_t *data = data_of(RUN SUMMARY, REPORT_OK);
    json_t *run = json_object_get(data, "run");
    assert_string_equal(json_string_value(json_object_get(run, "list")), "list.csv");
    json_decref(data);
}

static void a_cut_file_is_a_page_that_says_so(void **state)
{
    (void)state;
    json_t *data = data_of(RUN ENDPOINT DOMAIN "not JSON\n{\"type\":\"dom", REPORT_OK);
    assert_true(json_is_true(json_object_get(data, "damaged")));
    assert_true(json_is_null(json_object_get(data, "summary")));
    assert_int_equal(json_integer_value(json_object_get(data, "unreadable")), 1);
    json_decref(data);
}

static void what_is_no_result_file_is_refused(void **state)
{
    (void)state;
    assert_null(data_of("", REPORT_NOT_RESULTS));
    assert_null(data_of("text\n[1]\n{\"type\":\"other\"}\n", REPORT_NOT_RESULTS));
    assert_null(data_of("{\"type\":\"run\",\"schema_version\":2}\n", REPORT_NEWER_SCHEMA));
}

/* Blocks of evidence are opened and closed in pairs, whatever their number of records. */
static void every_block_of_evidence_is_whole(void **state)
{
    static const size_t counts[] = {0, 1, 255, 256, 257, 512};
    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        char *file = malloc(PAGE_MAX);
        assert_non_null(file);
        size_t len = (size_t)snprintf(file, PAGE_MAX, "%s", RUN);
        for (size_t k = 0; k < counts[i]; k++) {
            len += (size_t)snprintf(file + len, PAGE_MAX - len,
                                    "{\"type\":\"endpoint\",\"host\":\"mx%zu.example\"}\n", k);
        }
        json_t *data = data_of(file, REPORT_OK);
        json_t *names = json_object_get(json_object_get(data, "endpoints"), "name");
        assert_int_equal(json_array_size(names), counts[i]);
        json_decref(data);
        free(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_text_cannot_leave_its_element),
        cmocka_unit_test(what_cannot_be_written_is_told),
        cmocka_unit_test(equal_values_share_a_number_and_are_written_once),
        cmocka_unit_test(many_values_keep_their_numbers),
        cmocka_unit_test(an_address_joins_by_host_address_and_port),
        cmocka_unit_test(a_record_of_wrong_types_makes_a_whole_row),
        cmocka_unit_test(a_domain_names_its_endpoint_wherever_that_stands),
        cmocka_unit_test(findings_bring_their_words_and_unknown_ones_their_severity),
        cmocka_unit_test(only_the_lists_own_name_is_shown),
        cmocka_unit_test(a_cut_file_is_a_page_that_says_so),
        cmocka_unit_test(what_is_no_result_file_is_refused),
        cmocka_unit_test(every_block_of_evidence_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
