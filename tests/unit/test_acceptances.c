/* The file of what is accepted: what is taken, what is refused, until when and of whom it holds;
 * and what it does to an endpoint's letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scanner/grading/acceptances.h"
#include "tests/unit/judge_scene.h"
#include "tests/unit/temp_file.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

#define DAY       1806451200 /* 2027-03-31T00:00:00Z */
#define LAST      (DAY + 86399)
#define DAY_BEGAN "2027-03-31"

static const char *add(struct acceptances *acceptances, const char *line)
{
    static unsigned number;
    char copy[ACCEPTANCE_LINE_MAX];
    assert_true(snprintf(copy, sizeof(copy), "%s", line) < (int)sizeof(copy));
    return acceptances_add(acceptances, copy, ++number);
}

static struct acceptances *with(const char *line)
{
    struct acceptances *acceptances = acceptances_new();
    assert_non_null(acceptances);
    assert_null(add(acceptances, line));
    acceptances_judge_at(acceptances, DAY);
    return acceptances;
}

static void assert_text(struct text text, const char *expected)
{
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.bytes, expected, text.len);
}

/* ---- Lines ---- */

static void a_line_says_whom_what_until_when_why_and_who(void **state)
{
    static const char *const lines[] = {
        "mx.example.org,expired,2027-03-31,\"renewal, \"\"soon\"\"\",the CISO",
        "  MX.Example.ORG. , expired,2027-03-31 , \"renewal, \"\"soon\"\"\" ,\tthe CISO \r\n",
        "mx.example.org;expired;2027-03-31;renewal, \"soon\";the CISO",
    };
    (void)state;
    for (size_t i = 0; i < NUM(lines); i++) {
        struct acceptances *acceptances = with(lines[i]);
        const struct accepted *accepted =
            acceptances_use(acceptances, "mx.example.org", FINDING_EXPIRED);
        assert_non_null(accepted);
        assert_string_equal(accepted->until, "2027-03-31");
        assert_text(accepted->reason, "renewal, \"soon\"");
        assert_text(accepted->by, "the CISO");
        assert_null(acceptances_use(acceptances, "mx.example.org", FINDING_SELF_SIGNED));
        assert_null(acceptances_use(acceptances, "example.org", FINDING_EXPIRED));
        assert_null(acceptances_use(acceptances, NULL, FINDING_EXPIRED));
        acceptances_free(acceptances);
    }
}

static void comments_titles_and_blank_lines_add_nothing(void **state)
{
    static const char *const lines[] = {"",   "  ",
                                        "\r", "# mx.example.org,expired,2027-03-31,why,who",
                                        "#",  "subject,finding,until,reason,by"};
    (void)state;
    for (size_t i = 0; i < NUM(lines); i++) {
        struct acceptances *acceptances = with(lines[i]);
        struct acceptance_counts counts = {.domains = 0};
        acceptances_count(acceptances, true, &counts);
        assert_int_equal(counts.num_acceptances, 0);
        acceptances_free(acceptances);
    }
}

static void what_is_not_understood_is_refused(void **state)
{
    static const struct {
        const char *line;
        const char *problem; /* words of it */
    } rows[] = {
        {"mx.example.org", "five cells"},
        {"mx.example.org,expired,2027-03-31,why", "five cells"},
        {"mx.example.org,expired,2027-03-31,why,who,more", "five cells"},
        {"mx.example.org,expired,2027-03-31,why,who,", "five cells"},
        {"mx.example.org,expired,2027-03-31,\"why,who", "five cells"},
        {"mx.example.org,expired,2027-03-31,\"why\"s,who", "five cells"},
        {"mx.example.org,expired,2027-03-31,why,\"who", "five cells"},
        {"mx.example.org,exspired,2027-03-31,why,who", "no finding of that code"},
        {"mx.example.org,EXPIRED,2027-03-31,why,who", "no finding of that code"},
        {"mx.example.org,,2027-03-31,why,who", "no finding of that code"},
        {",expired,2027-03-31,why,who", "subject"},
        {"**,expired,2027-03-31,why,who", "subject"},
        {"*.example.org,expired,2027-03-31,why,who", "subject"},
        {"mx..example.org,expired,2027-03-31,why,who", "subject"},
        {"mail@example.org,expired,2027-03-31,why,who", "subject"},
        {"mx.example.org,expired,2027-02-29,why,who", "last day"},
        {"mx.example.org,expired,2027-3-31,why,who", "last day"},
        {"mx.example.org,expired,31.03.2027,why,who", "last day"},
        {"mx.example.org,expired,2027-03-31T00:00:00Z,why,who", "last day"},
        {"mx.example.org,expired,,why,who", "last day"},
        {"mx.example.org,expired,2027-03-31,,who", "no reason"},
        {"mx.example.org,expired,2027-03-31,\"\",who", "no reason"},
        {"mx.example.org,expired,2027-03-31,why,", "who accepts"},
        {"mx.example.org,expired,2027-03-31,why\x1b[2J,who", "control"},
        {"mx.example.org,expired,2027-03-31,why,who \xff", "UTF-8"},
    };
    (void)state;
    for (size_t i = 0; i < NUM(rows); i++) {
        struct acceptances *acceptances = acceptances_new();
        struct acceptance_counts counts = {.domains = 0};
        const char *problem = add(acceptances, rows[i].line);
        if (problem == NULL || strstr(problem, rows[i].problem) == NULL) {
            fail_msg("%s: %s", rows[i].line, problem != NULL ? problem : "taken");
        }
        acceptances_count(acceptances, true, &counts);
        assert_int_equal(counts.num_acceptances, 0);
        acceptances_free(acceptances);
    }
}

static void long_texts_are_bounded(void **state)
{
    char line[ACCEPTANCE_LINE_MAX], reason[ACCEPTANCE_REASON_MAX + 2] = "";
    struct acceptances *acceptances = acceptances_new();
    (void)state;
    memset(reason, 'x', ACCEPTANCE_REASON_MAX);
    snprintf(line, sizeof(line), "a.example,expired,2027-03-31,%s,who", reason);
    assert_null(add(acceptances, line));
    memset(reason, 'x', ACCEPTANCE_REASON_MAX + 1);
    snprintf(line, sizeof(line), "b.example,expired,2027-03-31,%s,who", reason);
    assert_non_null(add(acceptances, line));
    snprintf(line, sizeof(line), "b.example,expired,2027-03-31,why,%.*s", ACCEPTANCE_BY_MAX + 1,
             reason);
    assert_non_null(add(acceptances, line));
    acceptances_free(acceptances);
}

static void a_second_line_about_the_same_is_refused(void **state)
{
    struct acceptances *acceptances = acceptances_new();
    char first[] = "a.example,expired,2027-03-31,why,who";
    char second[] = "A.example,expired,2027-06-30,why,who";
    char other[] = "a.example,self_signed,2027-06-30,why,who";
    (void)state;
    assert_null(acceptances_add(acceptances, first, 7));
    assert_string_equal(acceptances_add(acceptances, second, 8),
                        "line 7 is about the same subject and finding");
    assert_null(acceptances_add(acceptances, other, 9));
    acceptances_free(acceptances);
}

/* ---- Days and subjects ---- */

static void it_holds_to_the_end_of_its_last_day_in_utc(void **state)
{
    struct acceptances *acceptances = with("a.example,expired," DAY_BEGAN ",why,who");
    static const struct {
        int64_t now;
        bool holds;
    } rows[] = {{0, true}, {DAY - 1, true}, {DAY, true}, {LAST, true}, {LAST + 1, false}};
    (void)state;
    for (size_t i = 0; i < NUM(rows); i++) {
        acceptances_judge_at(acceptances, rows[i].now);
        assert_int_equal(acceptances_use(acceptances, "a.example", FINDING_EXPIRED) != NULL,
                         rows[i].holds);
    }
    acceptances_free(acceptances);
}

static void of_one_for_all_and_one_for_a_host_the_longer_one_counts(void **state)
{
    struct acceptances *acceptances = with("*,expired,2027-06-30,why,who");
    (void)state;
    assert_null(add(acceptances, "a.example,expired,2027-06-29,why,a"));
    assert_null(add(acceptances, "b.example,expired,2027-07-01,why,b"));
    assert_text(acceptances_use(acceptances, "a.example", FINDING_EXPIRED)->by, "who");
    assert_text(acceptances_use(acceptances, "b.example", FINDING_EXPIRED)->by, "b");
    assert_text(acceptances_use(acceptances, "c.example", FINDING_EXPIRED)->by, "who");
    assert_text(acceptances_use(acceptances, NULL, FINDING_EXPIRED)->by, "who");
    acceptances_free(acceptances);
}

static void an_address_is_a_subject_in_any_form(void **state)
{
    struct acceptances *acceptances = with("2001:DB8:0::1,expired,2027-06-30,why,who");
    (void)state;
    assert_non_null(acceptances_use(acceptances, "2001:db8::1", FINDING_EXPIRED));
    acceptances_free(acceptances);
}

/* ---- The file ---- */

static struct acceptances *read_bytes(const char *bytes, size_t len, char error[512])
{
    struct temp_file file;
    temp_file_init(&file, "accept.csv");
    temp_file_write(&file, bytes, len);
    struct acceptances *acceptances = acceptances_read(file.path, error, 512);
    temp_file_fini(&file);
    return acceptances;
}

static void a_file_is_read_to_its_end(void **state)
{
    static const char text[] = "\xef\xbb\xbfsubject,finding,until,reason,by\r\n"
                               "a.example,expired,2027-03-31,why,who\r\n"
                               "\n"
                               "b.example,expired,2027-03-31,why,who";
    char error[512] = "";
    struct acceptance_counts counts = {.domains = 0};
    struct acceptances *acceptances = read_bytes(text, sizeof(text) - 1, error);
    (void)state;
    assert_string_equal(error, "");
    acceptances_count(acceptances, true, &counts);
    assert_int_equal(counts.num_acceptances, 2);
    /* sha256sum of the same bytes */
    assert_string_equal(acceptances_sha256(acceptances),
                        "4e35c720959358e61cc6296bd15b8bd1e342c959e295a8ce51ed5ba4d746f47b");
    acceptances_free(acceptances);
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
    static const char good[] = "a.example,expired,2027-03-31,why,who\n";
    char error[512] = "", text[2 * ACCEPTANCE_LINE_MAX];
    (void)state;
    snprintf(text, sizeof(text), "%s\nb.example,nothing,2027-03-31,why,who\n", good);
    assert_null(read_bytes(text, strlen(text), error));
    assert_non_null(strstr(error, "accept.csv, line 3: there is no finding of that code"));
    snprintf(text, sizeof(text), "%s%02048d\n", good, 0);
    assert_null(read_bytes(text, strlen(text), error));
    assert_non_null(strstr(error, "accept.csv, line 2: the line is longer"));
    assert_null(read_bytes("a\0b\n", 4, error));
    assert_non_null(strstr(error, "accept.csv, line 1: the line holds a NUL"));
    assert_null(acceptances_read("/nonexistent/accept.csv", error, sizeof(error)));
    assert_non_null(strstr(error, "/nonexistent/accept.csv: "));
}

/* ---- Counting ---- */

static void what_has_ended_and_what_was_not_used_is_counted(void **state)
{
    struct acceptances *acceptances = acceptances_new();
    struct acceptance_counts whole = {.domains = 0}, part = {.domains = 0};
    char used[] = "a.example,expired,2027-03-31,why,who";
    char unused[] = "b.example,expired,2027-03-31,why,who";
    char ended[] = "c.example,expired,2027-03-30,why,who";
    (void)state;
    assert_null(acceptances_add(acceptances, used, 1));
    assert_null(acceptances_add(acceptances, unused, 2));
    assert_null(acceptances_add(acceptances, ended, 3));
    acceptances_judge_at(acceptances, DAY);
    const struct finding findings[] = {{.code = "expired", .accepted = {.until = DAY_BEGAN}},
                                       {.code = "no_such_code", .accepted = {.until = DAY_BEGAN}},
                                       {.code = NULL}};
    acceptances_note(acceptances, "b.example", &findings[2], 1);
    acceptances_note(acceptances, "a.example", findings, NUM(findings));
    acceptances_count(acceptances, true, &whole);
    assert_int_equal(whole.num_acceptances, 3);
    assert_int_equal(whole.num_expired, 1);
    assert_int_equal(whole.num_expired_named, 1);
    assert_string_equal(whole.expired[0], "line 3: expired of c.example, until 2027-03-30");
    assert_int_equal(whole.num_unused, 1);
    assert_string_equal(whole.unused[0], "line 2: expired of b.example, until 2027-03-31");
    acceptances_count(acceptances, false, &part);
    assert_int_equal(part.num_expired, 1);
    assert_int_equal(part.num_unused, 0);
    acceptances_free(acceptances);
}

static void one_that_another_outlasts_is_used_all_the_same(void **state)
{
    struct acceptances *acceptances = with("*,expired,2027-06-30,why,who");
    struct acceptance_counts counts = {.domains = 0};
    (void)state;
    assert_null(add(acceptances, "a.example,expired,2027-04-30,why,a"));
    assert_non_null(acceptances_use(acceptances, "a.example", FINDING_EXPIRED));
    acceptances_count(acceptances, true, &counts);
    assert_int_equal(counts.num_unused, 0);
    acceptances_free(acceptances);
}

/* ---- An endpoint's letter ---- */

static void judge_with(struct scene *scene, struct judgement *judgement, struct arena *arena,
                       struct acceptances *acceptances)
{
    static struct policy policy;
    policy_init(&policy);
    policy.accepted = acceptances;
    judgement_init(judgement, &policy, arena);
    judge_endpoint(judgement, &scene->record);
}

static const struct finding *finding_of(const struct scene *scene, const char *code)
{
    for (size_t i = 0; i < scene->record.num_findings; i++) {
        if (strcmp(scene->record.findings[i].code, code) == 0) {
            return &scene->record.findings[i];
        }
    }
    fail_msg("%s was not found", code);
    return NULL;
}

/* A self-signed certificate is C, TLS 1.0 is B; both are what they are, and are marked. */
static void a_letter_stays_and_what_is_left_stands_beside_it(void **state)
{
    struct acceptances *acceptances =
        with("mx.example.org,self_signed,2027-12-31,an appliance,IT security");
    struct scene scene;
    struct judgement judgement;
    struct arena arena = {0};
    (void)state;
    make_spotless(&scene);
    scene.certificate.problems |= CERTIFICATE_PROBLEM_BIT(CERTIFICATE_SELF_SIGNED);
    scene.record.tls.versions[TLS_1_0] = yes;
    judge_with(&scene, &judgement, &arena, acceptances);
    assert_int_equal(scene.record.grade, GRADE_C);
    assert_int_equal(scene.record.accepted_grade.grade, GRADE_B);
    assert_string_equal(scene.record.accepted_grade.until, "2027-12-31");
    assert_text(finding_of(&scene, "self_signed")->accepted.by, "IT security");
    assert_null(finding_of(&scene, "tls10")->accepted.until);
    /* Its end is that of the first acceptance that the letter rests on. */
    assert_null(add(acceptances, "*,tls10,2027-09-30,old scanners,the CISO"));
    assert_null(add(acceptances, "*,no_dane,2027-05-01,nobody has it,the CISO"));
    judge_with(&scene, &judgement, &arena, acceptances);
    assert_int_equal(scene.record.grade, GRADE_C);
    assert_int_equal(scene.record.accepted_grade.grade, GRADE_A);
    assert_string_equal(scene.record.accepted_grade.until, "2027-09-30");
    acceptances_judge_at(acceptances, DAY + 300 * INT64_C(86400));
    judge_with(&scene, &judgement, &arena, acceptances);
    assert_int_equal(scene.record.grade, GRADE_C);
    assert_null(scene.record.accepted_grade.until);
    assert_null(finding_of(&scene, "self_signed")->accepted.until);
    arena_free(&arena);
    acceptances_free(acceptances);
}

/* A+ is for what was seen to be good. */
static void nothing_is_accepted_as_a_plus(void **state)
{
    struct acceptances *acceptances = with("*,no_dane,2027-12-31,nobody has it,the CISO");
    struct scene scene;
    struct judgement judgement;
    struct arena arena = {0};
    (void)state;
    make_spotless(&scene);
    judge_with(&scene, &judgement, &arena, acceptances);
    assert_int_equal(scene.record.grade, GRADE_A);
    assert_null(scene.record.accepted_grade.until);
    assert_non_null(finding_of(&scene, "no_dane")->accepted.until);
    arena_free(&arena);
    acceptances_free(acceptances);
}

static void another_host_is_not_touched(void **state)
{
    struct acceptances *acceptances = with("mx2.example.org,self_signed,2027-12-31,why,who");
    struct scene scene;
    struct judgement judgement;
    struct arena arena = {0};
    (void)state;
    make_spotless(&scene);
    scene.certificate.problems |= CERTIFICATE_PROBLEM_BIT(CERTIFICATE_SELF_SIGNED);
    judge_with(&scene, &judgement, &arena, acceptances);
    assert_null(scene.record.accepted_grade.until);
    scene.record.host = NULL;
    scene.record.address = "192.0.2.1";
    assert_null(add(acceptances, "192.0.2.1,self_signed,2027-12-31,why,who"));
    judge_with(&scene, &judgement, &arena, acceptances);
    assert_int_equal(scene.record.accepted_grade.grade, GRADE_A);
    arena_free(&arena);
    acceptances_free(acceptances);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_says_whom_what_until_when_why_and_who),
        cmocka_unit_test(comments_titles_and_blank_lines_add_nothing),
        cmocka_unit_test(what_is_not_understood_is_refused),
        cmocka_unit_test(long_texts_are_bounded),
        cmocka_unit_test(a_second_line_about_the_same_is_refused),
        cmocka_unit_test(it_holds_to_the_end_of_its_last_day_in_utc),
        cmocka_unit_test(of_one_for_all_and_one_for_a_host_the_longer_one_counts),
        cmocka_unit_test(an_address_is_a_subject_in_any_form),
        cmocka_unit_test(a_file_is_read_to_its_end),
        cmocka_unit_test(what_is_wrong_is_told_with_its_line),
        cmocka_unit_test(what_has_ended_and_what_was_not_used_is_counted),
        cmocka_unit_test(one_that_another_outlasts_is_used_all_the_same),
        cmocka_unit_test(a_letter_stays_and_what_is_left_stands_beside_it),
        cmocka_unit_test(nothing_is_accepted_as_a_plus),
        cmocka_unit_test(another_host_is_not_touched),
    };
    return cmocka_run_group_tests_name("acceptances", tests, NULL, NULL);
}
