/* Re-weighting the policy by a file: what is taken, what is refused, and that nothing slips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "scanner/grading/policy_file.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

static const char *apply(struct policy *policy, const char *line)
{
    char copy[POLICY_FILE_LINE_MAX];
    (void)snprintf(copy, sizeof(copy), "%s", line);
    return policy_file_apply(policy, copy);
}

static void a_line_changes_its_finding_and_no_other(void **state)
{
    struct policy builtin, policy;
    (void)state;
    policy_init(&builtin);
    policy_init(&policy);
    assert_null(apply(&policy, "tls10\tcap=D  deduction=33 severity=high # ours\r\n"));
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        const struct finding_rule *before = &builtin.rules[i], *after = &policy.rules[i];
        bool is_it = i == FINDING_TLS10;
        assert_int_equal(after->cap, is_it ? GRADE_D : before->cap);
        assert_int_equal(after->deduction, is_it ? 33 : before->deduction);
        assert_int_equal(after->severity, is_it ? SEVERITY_HIGH : before->severity);
        assert_ptr_equal(after->code, before->code);
    }
}

static void a_cap_can_be_taken_away(void **state)
{
    struct policy policy;
    struct finding_set set = {{0}};
    (void)state;
    policy_init(&policy);
    finding_set_add(&set, FINDING_NO_ENFORCEMENT);
    assert_int_equal(policy_cap(&policy, &set), GRADE_A);
    assert_null(apply(&policy, "no_enforcement cap=none deduction=0"));
    assert_int_equal(policy_cap(&policy, &set), GRADE_U);
    assert_int_equal(policy_deductions(&policy, &set), 0);
}

static void what_is_not_understood_is_refused(void **state)
{
    static const char *const lines[] = {
        "tls_10 cap=C",
        "TLS10 cap=C",
        "tls10",
        "tls10 cap",
        "tls10 cap=",
        "tls10 cap=E",
        "tls10 cap=U",
        "tls10 cap=N",
        "tls10 cap=c",
        "tls10 deduction=-1",
        "tls10 deduction=1001",
        "tls10 deduction=",
        "tls10 deduction=5x",
        "tls10 deduction=0x5",
        "tls10 severity=grave",
        "tls10 weight=3",
        "tls10 cap=C nonsense",
        "name",
        "name with/slash",
        "name =",
        "cap=C",
        "name "
        "a234567890123456789012345678901234567890123456789012345678901234567890",
    };
    (void)state;
    for (size_t i = 0; i < NUM(lines); i++) {
        struct policy policy;
        policy_init(&policy);
        if (apply(&policy, lines[i]) == NULL) {
            fail_msg("taken: %s", lines[i]);
        }
    }
}

static void blank_lines_and_comments_are_nothing(void **state)
{
    static const char *const lines[] = {"", " \t", "# tls10 cap=C", "  # x", "\r\n"};
    struct policy builtin, policy;
    (void)state;
    policy_init(&builtin);
    policy_init(&policy);
    for (size_t i = 0; i < NUM(lines); i++) {
        assert_null(apply(&policy, lines[i]));
    }
    policy_seal(&policy);
    assert_string_equal(policy.digest, builtin.digest);
    assert_string_equal(policy.name, builtin.name);
}

/* ---- Whole files ---- */

static bool read_text(const char *text, struct policy *policy, char error[256])
{
    char path[] = "/tmp/policy.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    policy_init(policy);
    bool ok = policy_file_read(policy, path, error, 256);
    unlink(path);
    return ok;
}

static void a_file_names_its_policy_and_changes_the_digest(void **state)
{
    struct policy builtin, policy, again;
    char error[256];
    (void)state;
    policy_init(&builtin);
    assert_true(read_text("# ours\nname acme-1\nssl3 cap=F deduction=100\n", &policy, error));
    assert_string_equal(policy.name, POLICY_VERSION "+acme-1");
    assert_string_not_equal(policy.digest, builtin.digest);
    assert_true(read_text("ssl3 deduction=100 cap=F", &again, error));
    assert_string_equal(again.name, POLICY_VERSION "+custom");
    assert_string_equal(again.digest, policy.digest); /* the weights make it, not the name */
    assert_int_equal(strlen(policy.digest), POLICY_DIGEST_LEN);
}

static void a_mistake_is_told_with_its_line(void **state)
{
    struct policy policy;
    char error[256];
    char text[POLICY_FILE_LINE_MAX + 64] = "tls10 cap=B\n#";
    (void)state;
    assert_false(read_text("\nname x\ntls10 cap=B\nnonsense cap=C\n", &policy, error));
    assert_non_null(strstr(error, "line 4"));
    memset(text + strlen(text), 'x', POLICY_FILE_LINE_MAX);
    assert_false(read_text(text, &policy, error));
    assert_non_null(strstr(error, "line 2"));
    policy_init(&policy);
    assert_false(policy_file_read(&policy, "/nonexistent/policy", error, sizeof(error)));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_changes_its_finding_and_no_other),
        cmocka_unit_test(a_cap_can_be_taken_away),
        cmocka_unit_test(what_is_not_understood_is_refused),
        cmocka_unit_test(blank_lines_and_comments_are_nothing),
        cmocka_unit_test(a_file_names_its_policy_and_changes_the_digest),
        cmocka_unit_test(a_mistake_is_told_with_its_line),
    };
    return cmocka_run_group_tests_name("policy_file", tests, NULL, NULL);
}
