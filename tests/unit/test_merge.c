/* Result files made one: which record of several stays, what is counted, and what is refused. */
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

#include "output/merge/merge.h"

#define FILES_MAX 4

/* Files of a test, their merge, and what was said. */
struct scene {
    char *folder;
    char paths[FILES_MAX + 1][64]; /* the last is the output */
    size_t num_files;
    json_t *lines; /* of the output; NULL: there is none */
    char told[1024], error[1024];
};

#define LIST_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LIST_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* Lines with ' in place of ". */
#define RUN_OF(list, shard, more)                                                                  \
    "{'type':'run','schema_version':1,'policy':'p','policy_digest':'0000000000000000',"            \
    "'list':'l','list_sha256':'" list "','options':{'depth':'standard','shard':'" shard "'" more   \
    "},'started':'2026-01-01T00:00:00.000Z','now':'2026-01-01T00:00:00Z'}\n"
#define RUN(shard) RUN_OF(LIST_A, shard, "")
#define DOMAIN_SEEN(name, line, hour, grade, seen)                                                 \
    "{'type':'domain','domain':'" name "','input':'" name "','line':" line                         \
    ",'mail':'mx','dns':{'outcome':'ok'},'mx':[{'preference':10,'host':'mx.example',"              \
    "'endpoints':[{'address':'192.0.2.1','port':25,'outcome':'ok','grade':'" seen                  \
    "','score':90}]}],'grade':'" grade "','started':'2026-01-01T" hour ":00:00.000Z'}\n"
#define DOMAIN(name, line, hour, grade) DOMAIN_SEEN(name, line, hour, grade, "A")
#define GIVEN_UP(name, line, hour)                                                                 \
    "{'type':'domain','domain':'" name "','input':'" name "','line':" line                         \
    ",'dns':{'outcome':'interrupted'},'grade':'U','started':'2026-01-01T" hour ":00:00.000Z'}\n"
#define ENDPOINT(address, hour, grade)                                                             \
    "{'type':'endpoint','host':'mx.example','address':'" address                                   \
    "','port':25,'service':'smtp','outcome':'ok','country':'NL','asn':64496,'as_org':'Net',"       \
    "'provider':'mx.example','grade':'" grade "','score':90,'started':'2026-01-01T" hour           \
    ":00:00.000Z'}\n"
#define SUMMARY(lines, read)                                                                       \
    "{'type':'summary','complete':true,'lines':" lines ",'lines_read':" read                       \
    ",'connections':7,'seconds':2.0}\n"
#define CUT_SUMMARY                                                                                \
    "{'type':'summary','complete':false,'interrupted':true,'lines':1,'lines_read':1,"              \
    "'connections':7}\n"

static void tell(void *user, const char *sentence)
{
    struct scene *scene = user;
    size_t len = strlen(scene->told);
    snprintf(scene->told + len, sizeof(scene->told) - len, "%s\n", sentence);
}

static void write_lines(const char *path, const char *text)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    for (; *text != '\0'; text++) {
        putc(*text == '\'' ? '"' : *text, stream);
    }
    assert_int_equal(fclose(stream), 0);
}

static json_t *read_lines(const char *path)
{
    json_t *lines = json_array();
    char *line = NULL;
    size_t size = 0;
    FILE *stream = fopen(path, "rb");
    while (stream != NULL && getline(&line, &size, stream) > 0) {
        json_t *record = json_loads(line, 0, NULL);
        assert_non_null(record);
        json_array_append_new(lines, record);
    }
    free(line);
    if (stream != NULL) {
        fclose(stream);
    }
    return lines;
}

static enum merge_status merge(struct scene *scene, const char *const *texts)
{
    *scene = (struct scene){.folder = strdup("/tmp/mxgrade-test-XXXXXX")};
    const char *paths[FILES_MAX];
    assert_non_null(scene->folder);
    assert_non_null(mkdtemp(scene->folder));
    for (; texts[scene->num_files] != NULL; scene->num_files++) {
        char *path = scene->paths[scene->num_files];
        snprintf(path, sizeof(scene->paths[0]), "%s/%zu.jsonl", scene->folder,
                 scene->num_files + 1);
        write_lines(path, texts[scene->num_files]);
        paths[scene->num_files] = path;
    }
    snprintf(scene->paths[FILES_MAX], sizeof(scene->paths[0]), "%s/out.jsonl", scene->folder);
    const struct merge_request request = {
        .paths = paths,
        .num_paths = scene->num_files,
        .output = scene->paths[FILES_MAX],
        .tell = tell,
        .user = scene,
    };
    enum merge_status status = merge_files(&request, scene->error, sizeof(scene->error));
    scene->lines = read_lines(scene->paths[FILES_MAX]);
    return status;
}

static void end(struct scene *scene)
{
    for (size_t i = 0; i <= FILES_MAX; i++) {
        if (scene->paths[i][0] != '\0') {
            unlink(scene->paths[i]);
        }
    }
    assert_int_equal(rmdir(scene->folder), 0);
    free(scene->folder);
    json_decref(scene->lines);
}

/* What stands in the output, in short: "name/line/grade" of domains, "address/grade/hour" of
 * endpoints, "run/shard" and "summary/complete/not_scanned". */
static void expect(const struct scene *scene, const char *expected)
{
    char text[1024] = "";
    size_t index;
    json_t *line;
    json_array_foreach(scene->lines, index, line)
    {
        const char *type = json_string_value(json_object_get(line, "type"));
        size_t len = strlen(text);
        char *at = text + len;
        size_t left = sizeof(text) - len;
        const char *space = len > 0 ? " " : "";
        if (strcmp(type, "run") == 0) {
            json_t *options = json_object_get(line, "options");
            snprintf(at, left, "%srun/%s", space,
                     json_string_value(json_object_get(options, "shard")));
        } else if (strcmp(type, "domain") == 0) {
            snprintf(at, left, "%s%s/%d/%s", space,
                     json_string_value(json_object_get(line, "domain")),
                     (int)json_integer_value(json_object_get(line, "line")),
                     json_string_value(json_object_get(line, "grade")));
        } else if (strcmp(type, "endpoint") == 0) {
            snprintf(at, left, "%s%s/%s/%.2s", space,
                     json_string_value(json_object_get(line, "address")),
                     json_string_value(json_object_get(line, "grade")),
                     json_string_value(json_object_get(line, "started")) + 11);
        } else {
            json_t *merged = json_object_get(line, "merged");
            json_t *missing = json_object_get(merged, "not_scanned");
            snprintf(at, left, "%ssummary/%s/%d", space,
                     json_is_true(json_object_get(line, "complete")) ? "complete" : "cut",
                     json_is_null(missing) ? -1 : (int)json_integer_value(missing));
        }
    }
    assert_string_equal(text, expected);
}

struct merge_case {
    const char *name;
    const char *files[FILES_MAX];
    enum merge_status status;
    const char *expected;
    const char *told; /* a part of what is told; NULL: nothing is */
};

static const struct merge_case merges[] = {
    {"two shards are one list, in its order",
     {RUN("1/2") ENDPOINT("192.0.2.1", "01", "A") DOMAIN("c.example", "3", "01", "A")
          DOMAIN("a.example", "1", "01", "A") SUMMARY("3", "2"),
      RUN("2/2") ENDPOINT("192.0.2.1", "02", "A") DOMAIN("b.example", "2", "02", "A")
          SUMMARY("3", "1")},
     MERGE_COMPLETE,
     "run/1/1 a.example/1/A b.example/2/A c.example/3/A 192.0.2.1/A/02 summary/complete/0",
     NULL},
    {"of two scans the later record counts, whichever file comes first",
     {RUN("1/1") ENDPOINT("192.0.2.1", "05", "A") DOMAIN("a.example", "1", "05", "A")
          DOMAIN("b.example", "2", "01", "F") SUMMARY("2", "2"),
      RUN("1/1") ENDPOINT("192.0.2.1", "03", "A") DOMAIN("a.example", "1", "02", "F")
          DOMAIN("b.example", "2", "03", "A") SUMMARY("2", "2")},
     MERGE_COMPLETE,
     "run/1/1 a.example/1/A b.example/2/A 192.0.2.1/A/05 summary/complete/0",
     NULL},
    {"a record that was given up gives way to an earlier one that says something",
     {RUN("1/1") ENDPOINT("192.0.2.1", "01", "A") DOMAIN("a.example", "1", "01", "A")
          SUMMARY("1", "1"),
      RUN("1/1") GIVEN_UP("a.example", "1", "09") CUT_SUMMARY},
     MERGE_COMPLETE,
     "run/1/1 a.example/1/A 192.0.2.1/A/01 summary/complete/0",
     "was cut short"},
    {"where there is no other it stays, and the file is not complete",
     {RUN("1/1") GIVEN_UP("a.example", "1", "09") CUT_SUMMARY, RUN("1/1") CUT_SUMMARY},
     MERGE_INCOMPLETE,
     "run/1/1 a.example/1/U summary/cut/-1",
     "nobody knows"},
    {"a list that has a domain twice has it twice",
     {RUN("1/1") ENDPOINT("192.0.2.1", "01", "A") DOMAIN("a.example", "1", "01", "A")
          DOMAIN("a.example", "7", "01", "A") SUMMARY("2", "2"),
      RUN("1/1") ENDPOINT("192.0.2.1", "02", "A") DOMAIN("a.example", "7", "02", "B")
          DOMAIN("a.example", "1", "02", "B") SUMMARY("2", "2")},
     MERGE_COMPLETE,
     "run/1/1 a.example/1/B a.example/7/B 192.0.2.1/A/02 summary/complete/0",
     NULL},
    {"a domain of two lists is there once, and lines are numbered anew",
     {RUN("1/1") ENDPOINT("192.0.2.1", "01", "A") DOMAIN("a.example", "1", "01", "F")
          DOMAIN("b.example", "2", "01", "A") SUMMARY("2", "2"),
      RUN_OF(LIST_B, "1/1", "") ENDPOINT("192.0.2.1", "02", "A") DOMAIN("a.example", "1", "02", "A")
          DOMAIN("z.example", "9", "02", "A") SUMMARY("2", "2")},
     MERGE_COMPLETE,
     "run/1/1 b.example/1/A a.example/2/A z.example/3/A 192.0.2.1/A/02 summary/complete/0",
     NULL},
    {"an endpoint that said two things has both records that domains rest on",
     {RUN("1/2") ENDPOINT("192.0.2.1", "01", "A") DOMAIN("a.example", "1", "01", "A")
          SUMMARY("2", "1"),
      RUN("2/2") ENDPOINT("192.0.2.1", "02", "F") DOMAIN_SEEN("b.example", "2", "02", "F", "F")
          SUMMARY("2", "1")},
     MERGE_COMPLETE,
     "run/1/1 a.example/1/A b.example/2/F 192.0.2.1/A/01 192.0.2.1/F/02 summary/complete/0",
     NULL},
    {"an endpoint that no domain names is left out",
     {RUN("1/1") ENDPOINT("192.0.2.1", "01", "A") ENDPOINT("192.0.2.2", "01", "F")
          DOMAIN("a.example", "1", "01", "A") SUMMARY("1", "1")},
     MERGE_COMPLETE,
     "run/1/1 a.example/1/A 192.0.2.1/A/01 summary/complete/0",
     NULL},
    {"what a cut shard lacks is counted by another one's number of lines",
     {RUN("1/2") DOMAIN("a.example", "1", "01", "A"),
      RUN("2/2") DOMAIN("b.example", "2", "02", "A") SUMMARY("5", "1")},
     MERGE_INCOMPLETE,
     "run/1/1 a.example/1/A b.example/2/A summary/cut/3",
     "3 lines of the list were not scanned"},
    {"so is a shard that is missing",
     {RUN("1/3") DOMAIN("a.example", "1", "01", "A") SUMMARY("3", "1"),
      RUN("3/3") DOMAIN("b.example", "2", "02", "A") SUMMARY("3", "1")},
     MERGE_INCOMPLETE,
     "run/1/1 a.example/1/A b.example/2/A summary/cut/1",
     "no file is of shard 2/3"},
    {"two scans of one shard are that shard",
     {RUN("1/3") DOMAIN("a.example", "1", "01", "A") SUMMARY("3", "1"),
      RUN("1/3") DOMAIN("a.example", "1", "02", "B") SUMMARY("3", "1")},
     MERGE_COMPLETE,
     "run/1/3 a.example/1/B summary/complete/0",
     NULL},
    {"void records are left out",
     {RUN("1/1") ENDPOINT("192.0.2.1", "01", "A") DOMAIN("a.example", "1", "01", "A")
          SUMMARY("1", "1"),
      RUN("1/1") ENDPOINT("192.0.2.1", "09", "F") DOMAIN_SEEN(
          "a.example", "1", "09", "F", "F") "{'type':'run_void','reason':'same_greeting','detail':'"
                                            "d','records_kept':1}\n" CUT_SUMMARY},
     MERGE_COMPLETE,
     "run/1/1 a.example/1/A 192.0.2.1/A/01 summary/complete/0",
     "void records are left out"},
};

static void files_become_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(merges) / sizeof(merges[0]); i++) {
        struct scene scene;
        print_message("%s\n", merges[i].name);
        assert_int_equal(merge(&scene, merges[i].files), merges[i].status);
        expect(&scene, merges[i].expected);
        if (merges[i].told == NULL) {
            assert_string_equal(scene.told, "");
        } else {
            assert_non_null(strstr(scene.told, merges[i].told));
        }
        end(&scene);
    }
}

#define PART(shard, more) RUN_OF(LIST_A, shard, more) DOMAIN("a.example", "1", "01", "A")

static void what_does_not_belong_together_is_refused(void **state)
{
    static const struct {
        const char *other;
        const char *error[3]; /* parts of it */
    } cases[] = {
        {RUN_OF(LIST_B, "2/2", ""), {"the digest of the list", LIST_A, LIST_B}},
        {PART("1/3", ""), {"--shard", "1/2", "1/3"}},
        {PART("1/2", ",'services':'imap'"), {NULL}}, /* which the first file does not name */
        {"{'type':'run','schema_version':1,'policy':'q','policy_digest':'0000000000000000'}\n",
         {"the grading policy", "\"p\"", "\"q\""}},
        {"{'type':'run','schema_version':1,'policy':'p','policy_digest':'1111111111111111'}\n",
         {"digest of the grading policy", "0000000000000000", "1111111111111111"}},
        {"{'type':'run','schema_version':2,'policy':'p'}\n", {"newer mxgrade", "", ""}},
        {"{'type':'run','schema_version':1,'policy':'p','policy_digest':'0000000000000000',"
         "'list_sha256':'" LIST_A "','options':{'depth':'deep','shard':'1/2'}}\n",
         {"--depth", "\"standard\"", "\"deep\""}},
        {"{'type':'run','schema_version':1,'policy':'p','policy_digest':'0000000000000000',"
         "'options':{'hosts':'true'}}\n",
         {"is of a list of hosts", "2.jsonl", ""}},
        {DOMAIN("a.example", "1", "01", "A"), {"not a result file", "2.jsonl", ""}},
        {"no JSON\n", {"not a result file", "2.jsonl", ""}},
        {"", {"not a result file", "2.jsonl", ""}},
        {PART("1/2", "") "what is this\n" SUMMARY("1", "1"), {"line 3", "damaged", "2.jsonl"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scene scene;
        const char *const files[] = {PART("1/2", ""), cases[i].other, NULL};
        bool is_refused = merge(&scene, files) == MERGE_REFUSED;
        print_message("%zu: %s\n", i, scene.error);
        assert_int_equal(is_refused, cases[i].error[0] != NULL);
        for (size_t k = 0; k < 3 && is_refused; k++) {
            assert_non_null(strstr(scene.error, cases[i].error[k]));
        }
        assert_true(!is_refused || json_array_size(scene.lines) == 0);
        end(&scene);
    }
}

/* Machines differ in where they ask from. */
static void from_where_a_machine_asked_is_its_own_affair(void **state)
{
    static const char *const files[] = {
        PART("1/2", ",'ehlo':'one.example','source':'','resolver':'','ca-file':'/a.pem',"
                    "'ca-file-sha256':'same'"),
        PART("2/2", ",'ehlo':'two.example','source':'192.0.2.9','resolver':'own',"
                    "'ca-file':'/b.pem','ca-file-sha256':'same'"),
        NULL};
    static const char *const roots[] = {PART("1/2", ",'ca-file':'/a.pem','ca-file-sha256':'one'"),
                                        PART("2/2", ",'ca-file':'/a.pem','ca-file-sha256':'two'"),
                                        NULL};
    struct scene scene;
    (void)state;
    assert_int_equal(merge(&scene, files), MERGE_INCOMPLETE);
    end(&scene);
    assert_int_equal(merge(&scene, roots), MERGE_REFUSED);
    assert_non_null(strstr(scene.error, "--ca-file-sha256"));
    end(&scene);
}

/* The sheet of a workbook says how one list was read. */
static void another_list_may_have_been_read_in_another_way(void **state)
{
    static const char *const lists[] = {RUN_OF(LIST_A, "1/1", ",'sheet':'one'"),
                                        RUN_OF(LIST_B, "1/1", ",'sheet':'two'"), NULL};
    static const char *const sheets[] = {PART("1/2", ",'sheet':'one'"),
                                         PART("2/2", ",'sheet':'two'"), NULL};
    struct scene scene;
    (void)state;
    assert_int_not_equal(merge(&scene, lists), MERGE_REFUSED);
    end(&scene);
    assert_int_equal(merge(&scene, sheets), MERGE_REFUSED);
    assert_non_null(strstr(scene.error, "--sheet"));
    end(&scene);
}

/* The third file fits the first one, and not the second one. */
static void each_file_is_compared_with_each(void **state)
{
    static const char *const files[] = {RUN("1/1") DOMAIN("a.example", "1", "01", "A"),
                                        RUN("1/2") DOMAIN("a.example", "1", "01", "A"),
                                        RUN("1/3") DOMAIN("a.example", "1", "01", "A"), NULL};
    struct scene scene;
    (void)state;
    assert_int_equal(merge(&scene, files), MERGE_REFUSED);
    assert_non_null(strstr(scene.error, "2.jsonl"));
    assert_non_null(strstr(scene.error, "3.jsonl"));
    end(&scene);
}

static void the_summary_is_counted_anew(void **state)
{
    struct scene scene;
    (void)state;
    assert_int_equal(merge(&scene, merges[0].files), MERGE_COMPLETE);
    json_t *summary = json_array_get(scene.lines, json_array_size(scene.lines) - 1);
    static const struct {
        const char *name;
        int value;
    } counts[] = {{"lines", 3},         {"lines_read", 3},    {"lines_begun", 3},
                  {"lines_written", 3}, {"domains", 3},       {"endpoints", 1},
                  {"connections", 14},  {"invalid_lines", 0}, {"seconds", 4}};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        json_t *value = json_object_get(summary, counts[i].name);
        if ((int)json_number_value(value) != counts[i].value) {
            fail_msg("%s is %f", counts[i].name, json_number_value(value));
        }
    }
    json_t *country = json_array_get(json_object_get(summary, "countries"), 0);
    assert_string_equal(json_string_value(json_object_get(country, "key")), "NL");
    assert_int_equal(json_integer_value(json_object_get(country, "domains")), 3);
    assert_int_equal(json_integer_value(json_object_get(country, "endpoints")), 1);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(summary, "merged"), "files")), 2);
    end(&scene);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_become_one),
        cmocka_unit_test(what_does_not_belong_together_is_refused),
        cmocka_unit_test(from_where_a_machine_asked_is_its_own_affair),
        cmocka_unit_test(another_list_may_have_been_read_in_another_way),
        cmocka_unit_test(each_file_is_compared_with_each),
        cmocka_unit_test(the_summary_is_counted_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
