/* Continuing a result file: what is told of it, and where it is cut, wherever it broke off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "output/file/resume.h"
#include "temp_file.h"
#include "zstd_text.h"

#define RUN "{\"type\":\"run\",\"schema_version\":1}\n"

/* ---- What is told ---- */

/* Counts what is told, and keeps the last of each: but for what it points at. */
struct told {
    bool refuse;
    unsigned num_runs, num_endpoints, num_domains;
    uint64_t num_records;
    char text[512]; /* the strings of the last one */
    struct run_record run;
    struct endpoint_record endpoint;
    struct domain_record domain;
};

static const char *shown(const char *text)
{
    return text != NULL ? text : "-";
}

static bool on_run(void *user, const struct run_record *run)
{
    struct told *told = user;
    told->num_runs++;
    told->run = *run;
    int len = snprintf(told->text, sizeof(told->text), "%s %s %s", shown(run->policy),
                       shown(run->policy_digest), shown(run->list_sha256));
    for (size_t i = 0; i < run->num_options; i++) {
        len += snprintf(told->text + len, sizeof(told->text) - (size_t)len, " %s=%s",
                        run->options[i].name, run->options[i].value);
    }
    return !told->refuse;
}

static void on_endpoint(void *user, const struct endpoint_record *endpoint)
{
    struct told *told = user;
    told->num_endpoints++;
    told->endpoint = *endpoint;
    int len = snprintf(told->text, sizeof(told->text), "%s %s %s", shown(endpoint->host),
                       shown(endpoint->address), shown(endpoint->service));
    for (size_t i = 0; i < endpoint->num_findings; i++) {
        len += snprintf(told->text + len, sizeof(told->text) - (size_t)len, " %s",
                        shown(endpoint->findings[i].code));
    }
}

static void on_domain(void *user, const struct domain_record *domain)
{
    struct told *told = user;
    told->num_domains++;
    told->domain = *domain;
    snprintf(told->text, sizeof(told->text), "%s %s", shown(domain->domain),
             domain->num_mx > 0 ? shown(domain->mx[0].host.bytes) : "-");
}

/* Opens `file`, and tells of it. */
static enum resume_status reopen(const struct temp_file *file, struct told *told)
{
    char error[512] = "";
    const struct resume_handler handler = {told, on_run, on_endpoint, on_domain};
    enum resume_status status =
        resume_open(file->path, &handler, &told->num_records, error, sizeof(error));
    assert_true((status == RESUME_ERROR) == (error[0] != '\0') || status == RESUME_NEW);
    return status;
}

/* The same of a file with that content, of which `out_left` bytes are left. */
static enum resume_status reopen_bytes(const char *bytes, size_t len, struct told *told,
                                       size_t *out_left)
{
    struct temp_file file;
    temp_file_init(&file, "r.jsonl");
    temp_file_write(&file, bytes, len);
    enum resume_status status = reopen(&file, told);
    char *left = temp_file_read(&file, out_left);
    assert_true(*out_left <= len);
    assert_memory_equal(left, bytes, *out_left);
    free(left);
    temp_file_fini(&file);
    return status;
}

static enum resume_status reopen_text(const char *text, struct told *told)
{
    size_t left;
    return reopen_bytes(text, strlen(text), told, &left);
}

static void the_run_is_told_as_it_was(void **state)
{
    struct told told = {.refuse = false};
    (void)state;
    assert_int_equal(
        reopen_text("{\"type\":\"run\",\"schema_version\":1,\"policy\":\"p\",\"policy_digest\":"
                    "\"d\",\"list_sha256\":null,\"options\":{\"depth\":\"deep\",\"x\":7,"
                    "\"ehlo\":\"a\"}}\n",
                    &told),
        RESUME_CONTINUE);
    assert_int_equal(told.run.schema_version, 1);
    assert_string_equal(told.text, "p d - depth=deep x=7 ehlo=a");
}

static void endpoints_and_domains_are_told_as_they_were(void **state)
{
    struct told told = {.refuse = false};
    (void)state;
    assert_int_equal(
        reopen_text(RUN "{\"type\":\"endpoint\",\"host\":\"mx.example\",\"address\":\"192.0.2.1\","
                        "\"port\":25,\"service\":\"smtp\",\"outcome\":\"ok\",\"grade\":\"A+\","
                        "\"findings\":[{\"code\":\"one\"},{\"nocode\":1},{\"code\":\"two\"}]}\n",
                    &told),
        RESUME_CONTINUE);
    assert_string_equal(told.text, "mx.example 192.0.2.1 smtp one - two");
    assert_int_equal(told.endpoint.grade, GRADE_A_PLUS);
    reopen_text(RUN "{\"type\":\"domain\",\"domain\":\"example\",\"line\":7,"
                    "\"mx\":[{\"host\":\"mx.example\"}]}\n",
                &told);
    assert_string_equal(told.text, "example mx.example");
    assert_int_equal(told.domain.line, 7);
    reopen_text(RUN "{\"type\":\"domain\",\"domain\":null,\"line\":8,\"grade\":\"U\",\"mx\":[]}\n",
                &told);
    assert_string_equal(told.text, "- -");
}

/* ---- What becomes of the file ---- */

#define DOMAIN   "{\"type\":\"domain\",\"domain\":\"a.example\",\"line\":1}\n"
#define ENDPOINT "{\"type\":\"endpoint\",\"address\":\"192.0.2.1\"}\n"
#define SUMMARY  "{\"type\":\"summary\",\"complete\":false}\n"
#define COMPLETE "{\"type\":\"summary\",\"complete\":true,\"domains\":1,\"endpoints\":1}\n"
#define DEAD_DNS "{\"type\":\"summary\",\"complete\":false,\"dns_failed\":true}\n"
#define STOPPED  "{\"type\":\"domain\",\"line\":2,\"dns\":{\"outcome\":\"interrupted\"}}\n"
#define SHORT    "{\"type\":\"domain\",\"line\":3,\"dns\":{\"outcome\":\"local_error\"}}\n"
#define PLACE    "{\"type\":\"endpoint\",\"host\":\"a.example\",\"outcome\":\"interrupted\"}\n"
#define NO_ROOM  "{\"type\":\"endpoint\",\"host\":\"b.example\",\"outcome\":\"local_error\"}\n"
#define VOID     "{\"type\":\"run_void\",\"reason\":\"same_greeting\",\"records_kept\":1}\n"
#define VOID_3   "{\"type\":\"run_void\",\"reason\":\"same_greeting\",\"records_kept\":3}\n"
#define BLOCKED  "{\"type\":\"summary\",\"complete\":true,\"port_blocked\":true}\n"
#define BLOCKED_LATER                                                                              \
    "{\"type\":\"summary\",\"complete\":false,\"port_blocked\":true,"                              \
    "\"domain_grades\":{\"B\":1,\"U\":7},\"endpoint_grades\":{\"U\":9}}\n"
#define BLOCKED_AT_ONCE                                                                            \
    "{\"type\":\"summary\",\"complete\":false,\"port_blocked\":true,"                              \
    "\"domain_grades\":{\"B\":0,\"U\":7},\"endpoint_grades\":{\"U\":9}}\n"

static void what_a_file_is_decides(void **state)
{
    static const struct {
        const char *name, *text;
        enum resume_status status;
        const char *left;
    } rows[] = {
        {"an empty file is begun", "", RESUME_NEW, ""},
        {"so is one with half a first line", "{\"type\":\"ru", RESUME_NEW, ""},
        {"so is one with a run cut before its end", "{\"type\":\"run\"}", RESUME_NEW, ""},
        {"whole lines stay", RUN ENDPOINT DOMAIN, RESUME_CONTINUE, RUN ENDPOINT DOMAIN},
        {"half a line goes", RUN ENDPOINT "{\"type\":", RESUME_CONTINUE, RUN ENDPOINT},
        {"a whole record without its end goes", RUN "{\"type\":\"endpoint\"}", RESUME_CONTINUE,
         RUN},
        {"a last line that is no record goes", RUN ENDPOINT "{\"type\":\"en\n", RESUME_CONTINUE,
         RUN ENDPOINT},
        {"a last line without type goes", RUN "{}\n", RESUME_CONTINUE, RUN},
        {"a type that is not known stays", RUN "{\"type\":\"later\"}\n" DOMAIN, RESUME_CONTINUE,
         RUN "{\"type\":\"later\"}\n" DOMAIN},
        {"the summary of a run cut short goes", RUN DOMAIN SUMMARY, RESUME_CONTINUE, RUN DOMAIN},
        {"a complete file stays", RUN ENDPOINT DOMAIN COMPLETE, RESUME_COMPLETE,
         RUN ENDPOINT DOMAIN COMPLETE},
        {"one that lacks a record is not complete", RUN ENDPOINT COMPLETE, RESUME_ERROR,
         RUN ENDPOINT COMPLETE},
        {"one that has a record twice is not either", RUN ENDPOINT DOMAIN DOMAIN COMPLETE,
         RESUME_ERROR, RUN ENDPOINT DOMAIN DOMAIN COMPLETE},
        {"lines that were given up go", RUN DOMAIN STOPPED SHORT SUMMARY, RESUME_CONTINUE,
         RUN DOMAIN},
        {"so do those of a host list", RUN ENDPOINT NO_ROOM PLACE SUMMARY, RESUME_CONTINUE,
         RUN ENDPOINT},
        {"so do those before half a line", RUN ENDPOINT NO_ROOM PLACE "{\"type\":\"endp",
         RESUME_CONTINUE, RUN ENDPOINT},
        {"so do those before a line that is no record", RUN DOMAIN SHORT "{\"type\":\"en\n",
         RESUME_CONTINUE, RUN DOMAIN},
        {"a local_error before what was seen stays", RUN NO_ROOM SHORT DOMAIN SHORT SUMMARY,
         RESUME_CONTINUE, RUN NO_ROOM SHORT DOMAIN},
        {"a run that saw a blocked port is begun anew", RUN ENDPOINT BLOCKED, RESUME_NEW, ""},
        {"so is one whose DNS was dead", RUN DOMAIN DEAD_DNS, RESUME_NEW, ""},
        {"so is one that is void", RUN ENDPOINT DOMAIN VOID SUMMARY, RESUME_NEW, ""},
        {"and one that was killed when it was void", RUN ENDPOINT VOID DOMAIN, RESUME_NEW, ""},
        {"what a void start added goes", RUN ENDPOINT DOMAIN ENDPOINT VOID_3 DOMAIN SUMMARY,
         RESUME_CONTINUE, RUN ENDPOINT DOMAIN},
        {"so is one that has no letter but U", RUN DOMAIN BLOCKED_AT_ONCE, RESUME_NEW, ""},
        {"one that saw something before is continued", RUN DOMAIN BLOCKED_LATER, RESUME_CONTINUE,
         RUN DOMAIN},
        {"a line that is no record, and more behind it: damaged, left alone",
         RUN "what\n" ENDPOINT DOMAIN, RESUME_ERROR, RUN "what\n" ENDPOINT DOMAIN},
        {"a second run in the middle: damaged", RUN DOMAIN RUN DOMAIN, RESUME_ERROR,
         RUN DOMAIN RUN DOMAIN},
        {"a file of something else is left alone", "Dear Sir,\n", RESUME_ERROR, "Dear Sir,\n"},
        {"a first line that is another record is left alone", DOMAIN, RESUME_ERROR, DOMAIN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct told told = {.refuse = false};
        size_t left;
        enum resume_status status = reopen_bytes(rows[i].text, strlen(rows[i].text), &told, &left);
        if (status != rows[i].status || left != strlen(rows[i].left)) {
            fail_msg("%s: status %d, %zu bytes left", rows[i].name, (int)status, left);
        }
    }
}

/* What is told of a file is what is left of it: a void record is not done. */
static void void_records_are_not_told(void **state)
{
    struct told told = {.refuse = false};
    (void)state;
    reopen_text(RUN ENDPOINT DOMAIN ENDPOINT VOID_3 DOMAIN SUMMARY, &told);
    assert_int_equal(told.num_endpoints, 1);
    assert_int_equal(told.num_domains, 1);
    assert_int_equal(told.num_records, 3);
    told = (struct told){.refuse = false};
    reopen_text(RUN ENDPOINT DOMAIN VOID, &told);
    assert_int_equal(told.num_runs + told.num_endpoints + told.num_domains, 0);
    assert_int_equal(told.num_records, 0);
}

static void a_tail_of_nuls_goes(void **state)
{
    static const char bytes[] = RUN ENDPOINT "{\"type\":\"dom\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    struct told told = {.refuse = false};
    size_t left;
    (void)state;
    assert_int_equal(reopen_bytes(bytes, sizeof(bytes) - 1, &told, &left), RESUME_CONTINUE);
    assert_int_equal(left, strlen(RUN ENDPOINT));
}

/* A power cut leaves as much unwritten as one record and the time between two syncs allow. */
static void a_long_tail_of_nuls_goes_too(void **state)
{
    struct temp_file file;
    struct told told = {.refuse = false};
    (void)state;
    temp_file_init(&file, "r.jsonl");
    temp_file_write(&file, RUN ENDPOINT, strlen(RUN ENDPOINT));
    assert_int_equal(truncate(file.path, 40 << 20), 0);
    assert_int_equal(reopen(&file, &told), RESUME_CONTINUE);
    temp_file_expect(&file, RUN ENDPOINT, strlen(RUN ENDPOINT));
    temp_file_fini(&file);
}

/* What was written behind the last sync may be there and its page before it not. */
static void what_follows_a_lost_page_goes(void **state)
{
    static const char bytes[] = RUN ENDPOINT "{\"type\":\"dom\0\0\0\0\0\0\"}\n" ENDPOINT DOMAIN;
    struct told told = {.refuse = false};
    size_t left;
    (void)state;
    assert_int_equal(reopen_bytes(bytes, sizeof(bytes) - 1, &told, &left), RESUME_CONTINUE);
    assert_int_equal(left, strlen(RUN ENDPOINT));
}

/* A file that does not begin with the line of a run may belong to another program. */
static void a_file_that_begins_with_nuls_is_left_alone(void **state)
{
    static const char bytes[] = "\0\0\0\n" RUN ENDPOINT;
    struct told told = {.refuse = false};
    size_t left;
    (void)state;
    assert_int_equal(reopen_bytes(bytes, sizeof(bytes) - 1, &told, &left), RESUME_ERROR);
    assert_int_equal(left, sizeof(bytes) - 1);
}

/* Nothing that was whole is lost, nothing that was not stays, wherever the file ends. */
static void a_file_cut_anywhere_is_continued(void **state)
{
    static const char bytes[] = RUN ENDPOINT DOMAIN ENDPOINT SUMMARY;
    (void)state;
    for (size_t cut = 0; cut < sizeof(bytes); cut++) {
        struct told told = {.refuse = false};
        size_t left, whole = cut;
        while (whole > 0 && bytes[whole - 1] != '\n') {
            whole--;
        }
        if (cut == sizeof(bytes) - 1) {
            whole -= strlen(SUMMARY);
        }
        enum resume_status status = reopen_bytes(bytes, cut, &told, &left);
        assert_int_equal(status, whole == 0 ? RESUME_NEW : RESUME_CONTINUE);
        assert_int_equal(left, whole);
    }
}

static void a_compressed_file_cut_anywhere_is_continued(void **state)
{
    static char packed[1u << 16];
    static const char text[] = RUN ENDPOINT DOMAIN;
    (void)state;
    size_t first = zstd_add_frame(packed, 0, sizeof(packed), RUN, strlen(RUN));
    size_t whole =
        zstd_add_frame(packed, first, sizeof(packed), ENDPOINT DOMAIN, strlen(ENDPOINT DOMAIN));
    for (size_t cut = 0; cut <= whole; cut++) {
        struct temp_file file;
        struct told told = {.refuse = false};
        size_t len, text_len;
        unsigned num_frames;
        temp_file_init(&file, "r.jsonl.zst");
        temp_file_write(&file, packed, cut);
        enum resume_status status = reopen(&file, &told);
        char *bytes = temp_file_read(&file, &len);
        char *left = zstd_text(bytes, len, &text_len, &num_frames);
        assert_int_equal(status, text_len == 0 ? RESUME_NEW : RESUME_CONTINUE);
        assert_memory_equal(left, text, text_len);
        assert_true(text_len == 0 || left[text_len - 1] == '\n');
        assert_true(cut < first || text_len >= strlen(RUN));
        assert_true(cut < whole || text_len == strlen(text));
        free(left);
        free(bytes);
        temp_file_fini(&file);
    }
}

static void a_run_that_is_refused_is_not_touched(void **state)
{
    static const char bytes[] = RUN ENDPOINT "half";
    struct told told = {.refuse = true};
    size_t left;
    (void)state;
    assert_int_equal(reopen_bytes(bytes, sizeof(bytes) - 1, &told, &left), RESUME_REFUSED);
    assert_int_equal(left, sizeof(bytes) - 1);
    assert_int_equal(told.num_endpoints, 0);
}

static void a_file_that_is_not_there_is_a_new_one(void **state)
{
    struct temp_file file;
    struct told told = {.refuse = false};
    (void)state;
    temp_file_init(&file, "r.jsonl");
    assert_int_equal(reopen(&file, &told), RESUME_NEW);
    temp_file_fini(&file);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_run_is_told_as_it_was),
        cmocka_unit_test(endpoints_and_domains_are_told_as_they_were),
        cmocka_unit_test(what_a_file_is_decides),
        cmocka_unit_test(void_records_are_not_told),
        cmocka_unit_test(a_tail_of_nuls_goes),
        cmocka_unit_test(a_long_tail_of_nuls_goes_too),
        cmocka_unit_test(what_follows_a_lost_page_goes),
        cmocka_unit_test(a_file_that_begins_with_nuls_is_left_alone),
        cmocka_unit_test(a_file_cut_anywhere_is_continued),
        cmocka_unit_test(a_compressed_file_cut_anywhere_is_continued),
        cmocka_unit_test(a_run_that_is_refused_is_not_touched),
        cmocka_unit_test(a_file_that_is_not_there_is_a_new_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
