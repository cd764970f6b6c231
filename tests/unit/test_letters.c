/* Letters: words for every finding in each language, commands without a stranger's text in them,
 * and templates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "output/letters/letter_commands.h"
#include "output/letters/letter_language.h"
#include "output/letters/letter_template.h"
#include "scanner/grading/policy.h"

static const struct letter_language *german(void)
{
    const struct letter_language *language = letter_language_find("de");
    assert_non_null(language);
    return language;
}

static void every_finding_has_its_words_in_each_language(void **state)
{
    const struct letter_table *table = german()->words;
    (void)state;
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        const struct finding_rule *rule = policy_rule((enum finding_code)i);
        const struct letter_words words = letter_language_words(german(), rule);
        if (words.title == rule->title) {
            fail_msg("%s has no words in German", rule->code);
        }
        assert_true(strlen(words.title) > 10 && strlen(words.why) > 10);
        assert_true(strlen(words.remedy) > 8 && words.title[strlen(words.title) - 1] != '.');
        assert_ptr_equal(letter_language_words(letter_language_find("en"), rule).title,
                         rule->title);
    }
    assert_int_equal(table->num_rows, FINDING_COUNT);
    for (size_t i = 0; i < table->num_rows; i++) {
        if (policy_find(table->rows[i].code) == FINDING_COUNT) {
            fail_msg("%s is no finding", table->rows[i].code);
        }
    }
}

static void every_question_and_letter_has_its_words(void **state)
{
    const char *const codes[] = {"en", "de"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct letter_language *language = letter_language_find(codes[i]);
        char problem[200];
        size_t line;
        assert_non_null(language);
        for (unsigned question = 0; question < QUESTION_COUNT; question++) {
            assert_non_null(letter_language_question(language, (enum question)question));
        }
        for (unsigned severity = 0; severity <= SEVERITY_CRITICAL; severity++) {
            assert_non_null(language->severities[severity]);
        }
        assert_true(letter_template_check(language->html, &line, problem, sizeof(problem)));
        assert_true(letter_template_check(language->text, &line, problem, sizeof(problem)));
    }
    for (unsigned grade = 0; grade < GRADE_COUNT; grade++) {
        assert_non_null(german()->grades[grade]);
    }
    assert_null(letter_language_find("xx"));
}

/* A command glued to STARTTLS takes a client of one's own, and a line that names no domain has
 * nobody to ask. */
static void every_other_finding_can_be_seen_by_a_command(void **state)
{
    static const char *const without[] = {"command_injection", "invalid_input"};
    (void)state;
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        const struct finding_rule *rule = policy_rule((enum finding_code)i);
        bool is_without = false;
        for (size_t k = 0; k < sizeof(without) / sizeof(without[0]); k++) {
            is_without = is_without || strcmp(rule->code, without[k]) == 0;
        }
        if (!is_without && !letter_commands_has(rule->code)) {
            fail_msg("no command shows %s", rule->code);
        }
    }
}

static void commands_hold_names_and_addresses_alone(void **state)
{
    char commands[LETTER_COMMANDS_MAX][LETTER_COMMAND_MAX];
    struct letter_scene scene = {.domain = "A.Example",
                                 .host = "mx.a.example",
                                 .address = "2001:db8::1",
                                 .port = 25,
                                 .service = "smtp"};
    (void)state;
    assert_int_equal(letter_commands("self_signed", &scene, commands), 2);
    assert_string_equal(commands[0],
                        "openssl s_client -connect '[2001:db8::1]':25 -starttls smtp -servername "
                        "mx.a.example -verify_hostname mx.a.example -showcerts </dev/null");
    assert_string_equal(commands[1],
                        "posttls-finger -c -l secure -F /etc/ssl/certs/ca-certificates.crt "
                        "'[ipv6:2001:db8::1]':25 mx.a.example");
    assert_int_equal(letter_commands("login_before_tls", &scene, commands), 1);
    assert_non_null(strstr(commands[0], "| nc -w 9 2001:db8::1 25"));
    assert_int_equal(letter_commands("no_mta_sts", &scene, commands), 2);
    assert_string_equal(commands[0], "dig -t TXT -q _mta-sts.a.example");
    scene.address = "192.0.2.1";
    assert_int_equal(letter_commands("tls10", &scene, commands), 1);
    assert_non_null(strstr(commands[0], "-connect 192.0.2.1:25 -starttls smtp -tls1 "));
    scene.service = "imap";
    assert_int_equal(letter_commands("no_starttls", &scene, commands), 1);
    assert_non_null(strstr(commands[0], "-starttls imap"));
    scene.implicit_tls = true;
    assert_int_equal(letter_commands("tls10", &scene, commands), 1);
    assert_null(strstr(commands[0], "-starttls"));
    assert_int_equal(letter_commands("no_such_code", &scene, commands), 0);
}

static void what_is_no_name_or_address_is_in_no_command(void **state)
{
    static const char *const names[] = {"a.example; rm -rf /",
                                        "$(id).example",
                                        "`id`.example",
                                        "a'b.example",
                                        "a b.example",
                                        "-oProxyCommand.example",
                                        "a.example\nid",
                                        "a|b.example",
                                        "a&b.example",
                                        "",
                                        NULL};
    static const char *const addresses[] = {"192.0.2.1;id", "$(id)", "mx.example", "", NULL};
    char commands[LETTER_COMMANDS_MAX][LETTER_COMMAND_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct letter_scene scene = {
            .domain = names[i], .host = names[i], .address = "192.0.2.1", .port = 25};
        assert_int_equal(letter_commands("self_signed", &scene, commands), 0);
        assert_int_equal(letter_commands("no_mta_sts", &scene, commands), 0);
    }
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        const struct letter_scene scene = {
            .domain = "a.example", .host = "mx.a.example", .address = addresses[i], .port = 25};
        assert_int_equal(letter_commands("no_starttls", &scene, commands), 0);
    }
    const struct letter_scene portless = {.address = "192.0.2.1"};
    assert_int_equal(letter_commands("no_starttls", &portless, commands), 0);
}

static void a_template_is_checked_with_its_lines(void **state)
{
    static const struct {
        const char *text;
        size_t line; /* 0: it is sound */
        const char *problem;
    } cases[] = {
        {"", 0, ""},
        {"{{domain}} { } }} {domain}", 0, ""},
        {"one\n{{domain}}{{open}}\n{{ domain}}", 3, "there is no placeholder {{ domain}}"},
        {"{{domains}}", 1, "there is no placeholder {{domains}}"},
        {"\n\n{{}}", 3, "there is no placeholder {{}}"},
        {"\n{{domain\n}}", 2, "\"{{\" is not closed by \"}}\" on its line"},
        {"{{domain}", 1, "\"{{\" is not closed by \"}}\" on its line"},
        {"{{", 1, "\"{{\" is not closed by \"}}\" on its line"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char problem[200] = "";
        size_t line = 0;
        bool ok = letter_template_check(cases[i].text, &line, problem, sizeof(problem));
        assert_int_equal(ok, cases[i].line == 0);
        assert_string_equal(problem, cases[i].problem);
        assert_true(ok || line == cases[i].line);
    }
}

static void a_template_is_filled_in(void **state)
{
    static const struct letter_values values = {
        {[LETTER_DOMAIN] = "{{grade}}", [LETTER_GRADE] = "F"}};
    char *text = NULL;
    size_t size;
    (void)state;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    letter_template_write(stream, "a {{domain}} b {{grade}}{{supplier}}}} {{grade}}", &values);
    assert_int_equal(fclose(stream), 0);
    assert_string_equal(text, "a {{grade}} b F}} F"); /* a value is no template */
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_finding_has_its_words_in_each_language),
        cmocka_unit_test(every_question_and_letter_has_its_words),
        cmocka_unit_test(every_other_finding_can_be_seen_by_a_command),
        cmocka_unit_test(commands_hold_names_and_addresses_alone),
        cmocka_unit_test(what_is_no_name_or_address_is_in_no_command),
        cmocka_unit_test(a_template_is_checked_with_its_lines),
        cmocka_unit_test(a_template_is_filled_in),
    };
    return cmocka_run_group_tests_name("letters", tests, NULL, NULL);
}
