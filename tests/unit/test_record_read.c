/* Lines read back: what was written is what is read, whatever a record holds; and what a line may
 * lack, or have that is not ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "output/record/record_json.h"
#include "output/record/record_read.h"
#include "tests/unit/failing_allocator.h"
#include "tests/unit/random_record.h"

#define ROUNDS 2000

static char *line_of(const struct record *record, size_t *out_len)
{
    struct json_writer writer;
    json_writer_init(&writer);
    switch (record->kind) {
    case RECORD_RUN:
        record_json_run(&writer, &record->run);
        break;
    case RECORD_ENDPOINT:
        record_json_endpoint(&writer, &record->endpoint);
        break;
    case RECORD_DOMAIN:
        record_json_domain(&writer, &record->domain);
        break;
    case RECORD_RUN_VOID:
        record_json_run_void(&writer, &record->run_void);
        break;
    default:
        record_json_summary(&writer, &record->summary);
        break;
    }
    char *line = json_writer_take(&writer, out_len);
    assert_non_null(line);
    return line;
}

static void differ(const char *written, const char *again, uint64_t seed)
{
    size_t i = 0;
    while (written[i] == again[i]) {
        i++;
    }
    i = i > 60 ? i - 60 : 0;
    fail_msg("seed %llu: %.120s\n came back as %.120s", (unsigned long long)seed, written + i,
             again + i);
}

/* Every field comes back, and what is null comes back as null. */
static void what_is_written_is_read(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct arena arena = {0}, read_arena = {0};
        struct random_source source = {seed * UINT64_C(0x9e3779b97f4a7c15), &arena};
        struct record record = {.kind = (enum record_kind)(seed % record_num_lines)}, read;
        size_t len, len_again;
        memset(&record.run, 0, record_lines[record.kind]->size);
        random_fields(&source, record_lines[record.kind], (char *)&record.run);
        char *line = line_of(&record, &len);
        assert_int_equal(record_read(line, len, &read_arena, &read), RECORD_READ);
        assert_int_equal(read.kind, record.kind);
        char *again = line_of(&read, &len_again);
        if (len != len_again || memcmp(line, again, len) != 0) {
            differ(line, again, seed);
        }
        free(line);
        free(again);
        arena_free(&arena);
        arena_free(&read_arena);
    }
}

/* A scene that reads one line. */
struct scene {
    struct arena arena;
    struct record record;
    enum record_read_status status;
};

static void read_text(struct scene *scene, const char *text)
{
    *scene = (struct scene){0};
    scene->status = record_read(text, strlen(text), &scene->arena, &scene->record);
}

static void a_line_of_another_order_is_read(void **state)
{
    struct scene scene;
    (void)state;
    read_text(&scene, " { \"new\" : [{\"a\":[1,{}]}] , \"reply\" : {\"text\":\"no\",\"code\":454},"
                      "\"esmtp_reason\":\"ehlo_timeout\",\"esmtp\":\"unknown\",\"port\":25,"
                      "\"tls\":{\"weak_unknown\":[\"DES\"],\"weak\":[\"RC4\",7,\"new\"],"
                      "\"version\":\"TLSv1.2\"},\"t\\u0079pe\":\"endpoint\","
                      "\"host\":\"\\u006dx.\\ud83d\\ude00\"} ");
    assert_int_equal(scene.status, RECORD_READ);
    assert_int_equal(scene.record.kind, RECORD_ENDPOINT);
    const struct endpoint_record *endpoint = &scene.record.endpoint;
    assert_int_equal(endpoint->reply.code, 454);
    assert_string_equal(endpoint->reply.text.bytes, "no");
    assert_int_equal(endpoint->esmtp.value, TRI_UNKNOWN);
    assert_int_equal(endpoint->esmtp.reason, OUTCOME_EHLO_TIMEOUT);
    assert_int_equal(endpoint->port, 25);
    assert_string_equal(endpoint->host, "mx.\xf0\x9f\x98\x80");
    assert_true(endpoint->has_tls && endpoint->tls.has_version);
    assert_int_equal(endpoint->tls.version, TLS_1_2);
    assert_int_equal(endpoint->tls.weak[WEAK_DES].value, TRI_UNKNOWN);
    assert_int_equal(endpoint->tls.weak[WEAK_RC4].value, TRI_YES);
    assert_int_equal(endpoint->tls.weak[WEAK_NULL].value, TRI_NO);
    arena_free(&scene.arena);
}

/* What nobody looked at: an older file, or a field that is of another type than it should be. */
static void what_a_line_lacks_is_not_known(void **state)
{
    struct scene scene;
    (void)state;
    read_text(&scene, "{\"type\":\"endpoint\"}");
    assert_int_equal(scene.status, RECORD_READ);
    const struct endpoint_record *endpoint = &scene.record.endpoint;
    assert_null(endpoint->host);
    assert_int_equal(endpoint->outcome, OUTCOME_NOT_TESTED);
    assert_int_equal(endpoint->grade, GRADE_U);
    assert_int_equal(endpoint->timings.total, -1);
    assert_false(endpoint->has_tls);
    arena_free(&scene.arena);
    read_text(&scene,
              "{\"type\":\"endpoint\",\"port\":-1,\"asn\":4294967296,\"outcome\":\"new_one\","
              "\"score\":\"high\",\"esmtp\":1,\"host\":{},\"findings\":{},\"tls\":[],"
              "\"certificate\":{\"sha256\":\"00\",\"days_left\":\"x\",\"not_after\":\"yesterday\","
              "\"names\":\"x\",\"problems\":[\"new\",\"expired\"]},\"timings_ms\":{\"total\":1e3},"
              "\"reply\":null}");
    assert_int_equal(scene.status, RECORD_READ);
    assert_int_equal(endpoint->port, 0);
    assert_int_equal(endpoint->asn, 0);
    assert_int_equal(endpoint->outcome, OUTCOME_NOT_TESTED);
    assert_int_equal(endpoint->score, 0);
    assert_int_equal(endpoint->esmtp.value, TRI_UNKNOWN);
    assert_null(endpoint->host);
    assert_int_equal(endpoint->num_findings, 0);
    assert_false(endpoint->has_tls);
    assert_false(endpoint->certificate->has_validity);
    assert_int_equal(endpoint->certificate->num_names, 0);
    assert_int_equal(endpoint->certificate->problems, CERTIFICATE_PROBLEM_BIT(CERTIFICATE_EXPIRED));
    assert_int_equal(endpoint->timings.total, -1);
    arena_free(&scene.arena);
    read_text(&scene, "{\"type\":\"domain\"}");
    assert_int_equal(scene.record.domain.mta_sts.max_age, -1);
    arena_free(&scene.arena);
}

static void what_is_no_record_is_none(void **state)
{
    static const struct {
        const char *line;
        enum record_read_status status;
        enum record_kind kind;
    } rows[] = {
        {"{\"type\":\"later\",\"x\":[1,2]}", RECORD_READ, RECORD_OTHER},
        {"{\"type\":\"later\",\"x\":[1,2}", RECORD_READ_BAD, RECORD_OTHER},
        {"{\"type\":7}", RECORD_READ_BAD, RECORD_OTHER},
        {"{}", RECORD_READ_BAD, RECORD_OTHER},
        {"[]", RECORD_READ_BAD, RECORD_OTHER},
        {"", RECORD_READ_BAD, RECORD_OTHER},
        {"\"type\"", RECORD_READ_BAD, RECORD_OTHER},
        {"{\"type\":\"domain\"} x", RECORD_READ_BAD, RECORD_OTHER},
        {"{\"type\":\"domain\",\"line\":1,\"line\":2}", RECORD_READ_BAD, RECORD_OTHER},
        {"{\"type\":\"domain\",\"type\":\"domain\"}", RECORD_READ_BAD, RECORD_OTHER},
        {"{\"type\":\"endpoint\",\"type\":\"domain\"}", RECORD_READ_BAD, RECORD_OTHER},
        {"{\"type\":\"domain\"", RECORD_READ_BAD, RECORD_OTHER},
        {"{\"type\":\"domain", RECORD_READ_BAD, RECORD_OTHER},
        {"{\"type\":\"domains\"}", RECORD_READ, RECORD_OTHER},
        {"{\"type\":\"dom\\u0061in\"}", RECORD_READ, RECORD_DOMAIN},
        {"{\"type\":\"domain\",\"mx\":[],\"mx\":[]}", RECORD_READ_BAD, RECORD_OTHER},
        {"{\"type\":\"domain\",\"new\":1,\"new\":2}", RECORD_READ, RECORD_DOMAIN},
        {"{\"type\":\"domain\",}", RECORD_READ_BAD, RECORD_OTHER},
        {"{,\"type\":\"domain\"}", RECORD_READ_BAD, RECORD_OTHER},
        {"{\"type\":\"domain\" \"line\":1}", RECORD_READ_BAD, RECORD_OTHER},
        {"{\"type\":\"summary\",\"complete\":true}", RECORD_READ, RECORD_SUMMARY},
        {"{\"type\":\"summary\",\"complete\":truth}", RECORD_READ_BAD, RECORD_OTHER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene scene;
        read_text(&scene, rows[i].line);
        if (scene.status != rows[i].status ||
            (scene.status == RECORD_READ && scene.record.kind != rows[i].kind)) {
            fail_msg("%s: status %d, kind %d", rows[i].line, (int)scene.status,
                     (int)scene.record.kind);
        }
        arena_free(&scene.arena);
    }
}

/* ---- Keys alone ---- */

static void expect_same_text(struct text a, struct text b)
{
    assert_int_equal(a.len, b.len);
    assert_true((a.bytes == NULL) == (b.bytes == NULL));
    assert_true(a.bytes == NULL || memcmp(a.bytes, b.bytes, a.len) == 0);
}

static void expect_same_string(const char *a, const char *b)
{
    expect_same_text((struct text){a, a != NULL ? strlen(a) : 0},
                     (struct text){b, b != NULL ? strlen(b) : 0});
}

static void expect_same_keys(const struct record *all, const struct record *keys)
{
    const struct certificate_record *leaf = all->endpoint.certificate;
    const struct certificate_record *key_leaf = keys->endpoint.certificate;
    assert_int_equal(all->kind, keys->kind);
    if (all->kind == RECORD_DOMAIN) {
        expect_same_string(all->domain.domain, keys->domain.domain);
        expect_same_text(all->domain.input, keys->domain.input);
        assert_int_equal(all->domain.line, keys->domain.line);
    } else if (all->kind == RECORD_ENDPOINT) {
        expect_same_string(all->endpoint.host, keys->endpoint.host);
        expect_same_string(all->endpoint.address, keys->endpoint.address);
        assert_int_equal(all->endpoint.port, keys->endpoint.port);
        assert_true((leaf == NULL) == (key_leaf == NULL));
        if (leaf != NULL) {
            assert_memory_equal(leaf->sha256, key_leaf->sha256, sizeof(leaf->sha256));
            assert_int_equal(leaf->has_validity, key_leaf->has_validity);
            assert_int_equal(leaf->days_left, key_leaf->days_left);
        }
    }
}

/* Both ways to read a line take it, or neither does; with the same keys. */
static void expect_alike(const char *line, size_t len)
{
    struct arena arena = {0}, keys_arena = {0};
    struct record all, keys;
    enum record_read_status status = record_read(line, len, &arena, &all);
    if (record_read_keys(line, len, &keys_arena, &keys) != status) {
        fail_msg("%d: %.*s", (int)status, (int)len, line);
    }
    if (status == RECORD_READ) {
        expect_same_keys(&all, &keys);
    }
    arena_free(&arena);
    arena_free(&keys_arena);
}

static void keys_are_read_alone_by_the_same_rules(void **state)
{
    static const char spoilt[] = "\"\\{}[],:0-1etfn \x1f\x80";
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct arena arena = {0};
        struct random_source source = {seed * UINT64_C(0x9e3779b97f4a7c15), &arena};
        struct record record = {.kind = seed % 2 == 0 ? RECORD_DOMAIN : RECORD_ENDPOINT};
        size_t len;
        memset(&record.run, 0, record_lines[record.kind]->size);
        random_fields(&source, record_lines[record.kind], (char *)&record.run);
        char *line = line_of(&record, &len);
        expect_alike(line, len);
        for (unsigned i = 0; i < 100; i++) {
            size_t at = random_number(&source, (uint32_t)len);
            char before = line[at];
            line[at] = spoilt[random_number(&source, sizeof(spoilt) - 1)];
            expect_alike(line, len);
            line[at] = before;
        }
        free(line);
        arena_free(&arena);
    }
}

/* Where a field stands twice it is no record, in the parts that are not kept too. */
static void a_field_twice_is_found_without_being_kept(void **state)
{
    static const char *const lines[] = {
        "{\"type\":\"endpoint\",\"tls\":{\"version\":null,\"version\":null}}",
        "{\"type\":\"endpoint\",\"tls\":{\"ems\":\"no\",\"ems_reason\":null,\"ems_reason\":null}}",
        "{\"type\":\"endpoint\",\"findings\":[{},{\"code\":\"a\",\"code\":\"b\"}]}",
        "{\"type\":\"endpoint\",\"certificate\":{\"ocsp\":{\"status\":null,\"status\":null}}}",
        "{\"type\":\"endpoint\",\"certificates\":[{},{\"key\":null,\"key\":null}]}",
        "{\"type\":\"domain\",\"mx\":[{\"endpoints\":[{\"port\":1,\"port\":2}]}]}",
        "{\"type\":\"domain\",\"mta_sts\":{\"id\":null,\"id\":null}}",
        "{\"type\":\"domain\",\"grade\":\"A\",\"grade\":\"B\"}",
    };
    static const char fine[] =
        "{\"type\":\"endpoint\",\"certificates\":[{\"key\":1,\"key\":2},{}]}";
    struct record record;
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct arena arena = {0};
        assert_int_equal(record_read_keys(lines[i], strlen(lines[i]), &arena, &record),
                         RECORD_READ_BAD);
        arena_free(&arena);
        expect_alike(lines[i], strlen(lines[i]));
    }
    expect_alike(fine, strlen(fine));
}

/* Wherever a line ends too early it is no record, and nothing behind it is looked at. */
static void a_line_cut_anywhere_is_no_record(void **state)
{
    struct arena arena = {0};
    struct random_source source = {7, &arena};
    struct record record = {.kind = RECORD_ENDPOINT}, read;
    size_t len;
    (void)state;
    memset(&record.run, 0, sizeof(record.endpoint));
    random_fields(&source, &record_of_endpoint, (char *)&record.endpoint);
    char *line = line_of(&record, &len);
    for (size_t cut = 0; cut < len - 1; cut++) {
        struct arena read_arena = {0};
        char *copy = malloc(cut + 1); /* so that a sanitizer sees its end */
        assert_non_null(copy);
        memcpy(copy, line, cut);
        assert_int_equal(record_read(copy, cut, &read_arena, &read), RECORD_READ_BAD);
        free(copy);
        arena_free(&read_arena);
    }
    free(line);
    arena_free(&arena);
}

/* A line that there is no memory for is no damaged line: whoever goes on with a file cuts it there.
 */
static void without_memory_it_is_said_so(void **state)
{
    struct arena arena = {0};
    struct random_source source = {11, &arena};
    struct record record = {.kind = RECORD_ENDPOINT}, read;
    size_t len;
    unsigned long num_failed = 1, num = 0;
    (void)state;
    memset(&record.run, 0, sizeof(record.endpoint));
    random_fields(&source, &record_of_endpoint, (char *)&record.endpoint);
    char *line = line_of(&record, &len);
    for (; num_failed > 0; num++) {
        struct arena read_arena = {0};
        fail_allocations(num, 1);
        enum record_read_status status = record_read(line, len, &read_arena, &read);
        num_failed = end_failing();
        assert_int_equal(status, num_failed > 0 ? RECORD_READ_NO_MEMORY : RECORD_READ);
        arena_free(&read_arena);
    }
    assert_in_range(num, 4, 1000);
    free(line);
    arena_free(&arena);
}

/* An instant is written with its milliseconds cut off: they must not sink by being read. */
static void instants_keep_their_milliseconds(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        char text[64];
        struct scene scene;
        snprintf(text, sizeof(text),
                 "{\"type\":\"endpoint\",\"started\":\"2026-11-23T12:00:00.%03uZ\"}", i);
        read_text(&scene, text);
        double started = scene.record.endpoint.started;
        assert_int_equal((unsigned)((started - floor(started)) * 1000), i);
        arena_free(&scene.arena);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_line_of_another_order_is_read),
        cmocka_unit_test(what_a_line_lacks_is_not_known),
        cmocka_unit_test(what_is_no_record_is_none),
        cmocka_unit_test(keys_are_read_alone_by_the_same_rules),
        cmocka_unit_test(a_field_twice_is_found_without_being_kept),
        cmocka_unit_test(a_line_cut_anywhere_is_no_record),
        cmocka_unit_test(without_memory_it_is_said_so),
        cmocka_unit_test(instants_keep_their_milliseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
