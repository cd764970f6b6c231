/* Rows of CSV: quoted as RFC 4180 has it, and nothing that a spreadsheet would run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "output/csv/csv_domain.h"
#include "output/csv/csv_writer.h"
#include "output/record/record_read.h"
#include "scanner/grading/policy.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* What was written, NUL-terminated. */
static char *taken(struct csv_writer *writer)
{
    size_t len;
    char *bytes = csv_writer_take(writer, &len);
    char *text = calloc(1, len + 1);
    assert_non_null(text);
    assert_true(bytes != NULL || len == 0);
    memcpy(text, bytes != NULL ? bytes : "", len);
    free(bytes);
    return text;
}

static void text_is_quoted_and_defused(void **state)
{
    static const struct {
        const char *name, *text;
        size_t len;
        const char *expected;
    } cases[] = {
        {"plain text stays", "mx.example", 10, "mx.example"},
        {"nothing is an empty cell", "", 0, ""},
        {"a comma is quoted", "a,b", 3, "\"a,b\""},
        {"a quote is doubled", "a\"b", 3, "\"a\"\"b\""},
        {"a line end stays inside quotes", "a\r\nb", 4, "\"a\r\nb\""},
        {"a semicolon is quoted, for programs that split there", "a;b", 3, "\"a;b\""},
        {"a tab is quoted, for programs that split there", "a\tb", 3, "\"a\tb\""},
        {"blanks at the ends are quoted", " a ", 3, "\" a \""},
        {"a formula gets an apostrophe", "=1+1", 4, "'=1+1"},
        {"so does a plus", "+49 30", 6, "'+49 30"},
        {"so does a minus", "-1", 2, "'-1"},
        {"so does an at sign", "@SUM(A1)", 8, "'@SUM(A1)"},
        {"so does a tab", "\t=1", 3, "\"'\t=1\""},
        {"so does a carriage return", "\r=1", 3, "\"'\r=1\""},
        {"so does a line feed", "\n=1", 3, "\"'\n=1\""},
        {"so does a full-width equals sign",
         "\xef\xbc\x9d"
         "1",
         4,
         "'\xef\xbc\x9d"
         "1"},
        {"so does a full-width plus",
         "\xef\xbc\x8b"
         "1",
         4,
         "'\xef\xbc\x8b"
         "1"},
        {"so does a full-width minus",
         "\xef\xbc\x8d"
         "1",
         4,
         "'\xef\xbc\x8d"
         "1"},
        {"so does a full-width at sign",
         "\xef\xbc\xa0"
         "1",
         4,
         "'\xef\xbc\xa0"
         "1"},
        {"so does a formula behind blanks", "  =1", 4, "\"'  =1\""},
        {"a formula with quotes gets both", "=cmd|' /C calc'!A0,\"", 20,
         "\"'=cmd|' /C calc'!A0,\"\"\""},
        {"a sign in the middle is none", "a=b", 3, "a=b"},
        {"a NUL is replaced", "a\0b", 3, "\"a" REPLACEMENT "b\""},
        {"letters beyond ASCII stay", "\xc3\xbc", 2, "\xc3\xbc"},
        {"half of a full-width sign is no letter", "\xef\xbc", 2, REPLACEMENT REPLACEMENT},
        {"an escape is replaced", "a\x1b[2Jb", 6, "a" REPLACEMENT "[2Jb"},
        {"so is it in quotes", "a,\x1b]0;b\a", 8, "\"a," REPLACEMENT "]0;b" REPLACEMENT "\""},
        {"so is a C1 control",
         "a\xc2\x9b"
         "2Jb",
         6, "a" REPLACEMENT "2Jb"},
        {"so is one in eight bits",
         "a\x9b"
         "2Jb",
         5, "a" REPLACEMENT "2Jb"},
        {"so is DEL", "a\x7f", 2, "a" REPLACEMENT},
        {"what comes after C1 stays", "\xc2\xa0", 2, "\xc2\xa0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct csv_writer writer;
        csv_writer_init(&writer, ',');
        csv_text(&writer, cases[i].text, cases[i].len);
        char *cell = taken(&writer);
        if (strcmp(cell, cases[i].expected) != 0) {
            fail_msg("%s: %s", cases[i].name, cell);
        }
        free(cell);
    }
}

static void rows_end_as_rfc_4180_has_it(void **state)
{
    struct csv_writer writer;
    (void)state;
    csv_writer_init(&writer, ',');
    csv_byte_order_mark(&writer);
    csv_text(&writer, "a", 1);
    csv_integer(&writer, -3);
    csv_empty(&writer);
    csv_end_row(&writer);
    csv_empty(&writer);
    csv_integer(&writer, INT64_MIN);
    csv_end_row(&writer);
    char *rows = taken(&writer);
    assert_string_equal(rows, "\xef\xbb\xbf"
                              "a,-3,\r\n,-9223372036854775808\r\n");
    free(rows);
}

/* What another delimiter splits at is quoted whatever the delimiter is. */
static void cells_may_be_split_by_another_delimiter(void **state)
{
    struct csv_writer writer;
    (void)state;
    csv_writer_init(&writer, ';');
    for (int row = 0; row < 2; row++) {
        csv_text(&writer, "a,b", 3);
        csv_text(&writer, "c;d", 3);
        csv_empty(&writer);
        csv_end_row(&writer);
        char *text = taken(&writer); /* the next row is written likewise */
        assert_string_equal(text, "\"a,b\";\"c;d\";\r\n");
        free(text);
    }
}

#define RECORD                                                                                     \
    "{\"type\":\"domain\",\"domain\":\"a.example\",\"input\":\"a.example,=1\",\"line\":2,"         \
    "\"input_fields\":{\"Owner\":\"=1\",\"grade\":\"ours\"},\"mail\":\"mx\","                      \
    "\"dns\":{\"outcome\":\"ok\",\"dnssec\":\"no\"},"                                              \
    "\"mx\":[{\"host\":\"mx1.example\",\"endpoints\":[{\"grade\":\"A\"},{\"grade\":\"U\"}]},"      \
    "{\"host\":\"mx2.example\",\"endpoints\":[]}],"                                                \
    "\"opportunistic_tls\":\"yes\",\"opportunistic_reason\":\"TLS on 1, no TLS on 0\","            \
    "\"enforced_tls\":\"none\",\"enforced_reason\":null,\"dane\":{\"status\":\"none\"},"           \
    "\"mta_sts\":{\"status\":\"testing\",\"mode\":\"testing\",\"id\":\"7\",\"max_age\":86400},"    \
    "\"tls_rpt\":{\"status\":\"yes\",\"rua\":[\"mailto:a@a.example\",\"https://r.example\"]},"     \
    "\"spf\":{\"status\":\"yes\",\"all\":\"fail\"},\"dmarc\":{\"status\":\"no\"},"                 \
    "\"accepted_grade\":{\"grade\":\"B\",\"until\":\"2027-03-31\"},"                               \
    "\"grade\":\"A\",\"score\":90,\"findings\":[{\"code\":\"no_tls13\",\"severity\":\"low\","      \
    "\"detail\":\"alert "                                                                          \
    "70\",\"accepted\":{\"until\":\"2027-03-31\"}},{\"code\":\"no_tls_rpt\",\"severity\":"         \
    "\"info\",\"detail\":null}],"                                                                  \
    "\"policy\":\"2026.1\",\"policy_digest\":\"00ff\",\"open\":[\"injection\",\"tls10\"],"         \
    "\"partial\":true}"

#define HEADER                                                                                     \
    "line,domain,input,grade,score,opportunistic_tls,enforced_tls,partial,critical,high,medium,"   \
    "low,findings,evidence,mail,mx_hosts,addresses,addresses_graded,dns_outcome,dnssec,dane,"      \
    "mta_sts,mta_sts_mode,mta_sts_id,mta_sts_max_age,tls_rpt,tls_rpt_rua,opportunistic_reason,"    \
    "enforced_reason,policy,policy_digest,open,spf,spf_all,dmarc,dmarc_policy,accepted_grade,"     \
    "accepted_until,accepted_findings,worst_finding,worst_title,worst_remedy"

#define ROW                                                                                        \
    "2,a.example,\"a.example,=1\",A,90,yes,none,true,0,0,0,1,no_tls13 no_tls_rpt,"                 \
    "no_tls13: alert 70,mx,mx1.example mx2.example,2,1,ok,no,none,testing,testing,7,86400,yes,"    \
    "mailto:a@a.example https://r.example,\"TLS on 1, no TLS on 0\",,2026.1,00ff,tls10 injection," \
    "yes,fail,no,,B,2027-03-31,no_tls13,no_tls13,TLS 1.3 is not offered,Allow TLS 1.3"

/* The domain of a line, which is in the arena. */
static struct domain_record read_domain(struct arena *arena, const char *line)
{
    struct record record;
    assert_int_equal(record_read(line, strlen(line), arena, &record), RECORD_READ);
    assert_int_equal(record.kind, RECORD_DOMAIN);
    return record.domain;
}

static void a_domain_is_a_row(void **state)
{
    struct arena arena = {0};
    struct csv_input_columns columns;
    struct csv_writer writer;
    (void)state;
    const struct domain_record domain = read_domain(&arena, RECORD);
    const struct domain_record other = read_domain(
        &arena, "{\"type\":\"domain\",\"input_fields\":{\"Owner\":\"\",\"-Extra\":\"x\","
                "\"a\\u0000b\":\"1\",\"a\\u0000c\":\"2\"}}");
    csv_input_columns_init(&columns);
    csv_writer_init(&writer, ',');
    assert_true(csv_input_columns_add(&columns, &domain));
    assert_true(csv_input_columns_add(&columns, &other));
    const struct row_writer to = csv_writer_rows(&writer);
    csv_domain_header(&to, &columns);
    csv_domain_row(&to, &domain, &columns, policy_worst);
    char *rows = taken(&writer);
    /* A column of the list that is called as one of ours is still told apart from it. */
    assert_string_equal(rows, HEADER ",input.Owner,input.grade,input.-Extra,"
                                     "\"input.a" REPLACEMENT "b\",\"input.a" REPLACEMENT
                                     "c\"\r\n" ROW ",'=1,ours,,,\r\n");
    free(rows);
    csv_domain_row(&to, &other, &columns, policy_worst);
    rows = taken(&writer);
    assert_non_null(strstr(rows, ",,,x,1,2\r\n"));
    free(rows);
    csv_input_columns_fini(&columns);
    arena_free(&arena);
}

/* What older files lack, and what a list's line that is no domain has not, is an empty cell. */
static void a_record_of_nothing_is_a_row_of_as_many_cells(void **state)
{
    struct arena arena = {0};
    struct csv_input_columns columns;
    struct csv_writer writer;
    size_t num_commas = 0, num_wanted = 0;
    (void)state;
    const struct domain_record domain = read_domain(&arena, "{\"type\":\"domain\"}");
    csv_input_columns_init(&columns);
    csv_writer_init(&writer, ',');
    const struct row_writer to = csv_writer_rows(&writer);
    csv_domain_row(&to, &domain, &columns, policy_worst);
    char *row = taken(&writer);
    for (const char *at = row; *at != '\0'; at++) {
        num_commas += *at == ',';
    }
    for (const char *at = HEADER; *at != '\0'; at++) {
        num_wanted += *at == ',';
    }
    assert_int_equal(num_commas, num_wanted);
    free(row);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_quoted_and_defused),
        cmocka_unit_test(rows_end_as_rfc_4180_has_it),
        cmocka_unit_test(cells_may_be_split_by_another_delimiter),
        cmocka_unit_test(a_domain_is_a_row),
        cmocka_unit_test(a_record_of_nothing_is_a_row_of_as_many_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
