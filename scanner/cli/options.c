#include "scanner/cli/options.h"

#include <stdio.h>
#include <string.h>

#include "scanner/base/log.h"
#include "scanner/cli/config_file.h"

enum { STATUS_HELP = 0, STATUS_BAD = 2 };

/* ---- The words of a command line ---- */

struct words {
    const struct command *command;
    int argc;
    char **argv;
    int next;
    const char *letters; /* those of "-vo" that are still to be read; "": none */
    bool only_operands;  /* after "--" */
    bool is_quiet;       /* what is wrong is told by another reading */
};

enum word_kind { WORD_END, WORD_OPERAND, WORD_OPTION, WORD_HELP, WORD_BAD };

struct word {
    enum word_kind kind;
    const struct option_rule *rule; /* of an option */
    char *text;                     /* an operand */
    const char *value;              /* of an option, or NULL */
};

static const struct word bad = {.kind = WORD_BAD};

static void say(const struct words *words, const char *name, const char *problem)
{
    if (!words->is_quiet) {
        log_message("%s: %s", name, problem);
    }
}

static const struct option_rule *find_name(const struct command *command, const char *name,
                                           size_t len)
{
    for (size_t i = 0; i < command_num_options(command); i++) {
        const struct option_rule *rule = command_option(command, i);
        if (strlen(rule->name) == len && memcmp(rule->name, name, len) == 0 && !rule->is_of_files) {
            return rule;
        }
    }
    return NULL;
}

static const struct option_rule *find_letter(const struct command *command, char letter)
{
    for (size_t i = 0; i < command_num_options(command); i++) {
        const struct option_rule *rule = command_option(command, i);
        if (rule->letter == letter && letter != 0) {
            return rule;
        }
    }
    return NULL;
}

/* The option of which a name is the beginning, to be suggested. */
static const char *longer_name(const struct command *command, const char *name, size_t len)
{
    for (size_t i = 0; i < command_num_options(command) && len > 0; i++) {
        const struct option_rule *rule = command_option(command, i);
        if (strncmp(rule->name, name, len) == 0 && command_has(command, rule) &&
            !rule->is_of_files) {
            return rule->name;
        }
    }
    return NULL;
}

static struct word no_such_option(const struct words *words, const char *text)
{
    char problem[256];
    const char *name = text + strspn(text, "-");
    const char *longer = longer_name(words->command, name, strcspn(name, "="));
    if (longer != NULL && text[1] == '-') {
        snprintf(problem, sizeof(problem), "options are not abbreviated; do you mean --%s?",
                 longer);
    } else {
        snprintf(problem, sizeof(problem), "mxgrade %s has no such option", words->command->name);
    }
    say(words, text, problem);
    return bad;
}

static struct word with_next_value(struct words *words, const struct option_rule *rule,
                                   const char *shown)
{
    if (words->next == words->argc) {
        char problem[128];
        snprintf(problem, sizeof(problem), "the option needs a value, %s", rule->argument);
        say(words, shown, problem);
        return bad;
    }
    return (struct word){.kind = WORD_OPTION, .rule = rule, .value = words->argv[words->next++]};
}

static struct word take_long(struct words *words, char *text)
{
    const char *name = text + 2;
    size_t len = strcspn(name, "=");
    const struct option_rule *rule = find_name(words->command, name, len);
    if (strcmp(name, "help") == 0) {
        return (struct word){.kind = WORD_HELP};
    }
    if (rule == NULL) {
        return no_such_option(words, text);
    }
    if (name[len] == '=' || rule->argument == NULL) {
        return (struct word){
            .kind = WORD_OPTION, .rule = rule, .value = name[len] == '=' ? name + len + 1 : NULL};
    }
    return with_next_value(words, rule, text);
}

static struct word take_letter(struct words *words)
{
    const char shown[] = {'-', *words->letters++, '\0'};
    const struct option_rule *rule = find_letter(words->command, shown[1]);
    if (shown[1] == 'h') {
        return (struct word){.kind = WORD_HELP};
    }
    if (rule == NULL) {
        return no_such_option(words, shown);
    }
    if (rule->argument == NULL) {
        return (struct word){.kind = WORD_OPTION, .rule = rule};
    }
    if (*words->letters != '\0') {
        const char *value = words->letters;
        words->letters = "";
        return (struct word){.kind = WORD_OPTION, .rule = rule, .value = value};
    }
    return with_next_value(words, rule, shown);
}

static struct word next_word(struct words *words)
{
    if (*words->letters != '\0') {
        return take_letter(words);
    }
    if (words->next < words->argc && !words->only_operands &&
        strcmp(words->argv[words->next], "--") == 0) {
        words->only_operands = true;
        words->next++;
    }
    if (words->next == words->argc) {
        return (struct word){.kind = WORD_END};
    }
    char *text = words->argv[words->next++];
    if (words->only_operands || text[0] != '-' || text[1] == '\0') {
        return (struct word){.kind = WORD_OPERAND, .text = text};
    }
    if (text[1] == '-') {
        return take_long(words, text);
    }
    words->letters = text + 1;
    return take_letter(words);
}

/* ---- Options ---- */

static bool take_option(const struct command *command, void *settings, const struct word *word,
                        unsigned source, struct option_origins *origins)
{
    const struct option_rule *rule = word->rule;
    const struct option_place place = {.source = source};
    if (!command_has(command, rule)) {
        log_message("%s knows no --%s; \"mxgrade %s --%s\" does", command->name, rule->name,
                    rule->is_of_nights ? "nightly" : "scan", rule->name);
        return false;
    }
    const char *problem = option_read(rule, settings, source, word->value);
    if (problem == NULL && origins != NULL &&
        !option_origins_add(origins, rule, word->value, &place)) {
        problem = "out of memory";
    }
    if (problem != NULL) {
        log_message("--%s %s: %s", rule->name, word->value != NULL ? word->value : "", problem);
    }
    return problem == NULL;
}

/*
 * The files are read before anything else of the command line is, so that the command line wins
 * wherever --config stands in it. What is wrong with the line is told when it is read itself.
 */
static bool read_files(struct words words, void *settings, struct option_origins *origins,
                       unsigned *source)
{
    bool ok = true, has_file = false, is_bad = false;
    const char *usual = words.command->configuration;
    struct word word;
    words.is_quiet = true;
    while (ok && (word = next_word(&words)).kind != WORD_END && word.kind != WORD_HELP) {
        is_bad = is_bad || word.kind == WORD_BAD;
        if (word.kind == WORD_OPTION && word.rule->kind == OPTION_CONFIGURATION) {
            has_file = true;
            ok = config_file_read(settings, words.command, word.value, ++*source, origins);
        }
    }
    if (ok && !has_file && usual != NULL && word.kind != WORD_HELP && !is_bad) {
        ok = config_file_read(settings, words.command, usual, ++*source, origins);
    }
    return ok;
}

/* The exit status, or -1 to go on. */
static int read_line(struct words *words, void *settings, struct option_origins *origins,
                     unsigned source, struct operands *operands)
{
    struct word word;
    while ((word = next_word(words)).kind != WORD_END) {
        switch (word.kind) {
        case WORD_HELP:
            command_print_help(words->command);
            return STATUS_HELP;
        case WORD_OPERAND: /* its place has been read already */
            operands->names[operands->num++] = word.text;
            break;
        case WORD_OPTION:
            if (word.rule->kind != OPTION_CONFIGURATION &&
                !take_option(words->command, settings, &word, source, origins)) {
                return STATUS_BAD;
            }
            break;
        case WORD_BAD:
        case WORD_END:
            return STATUS_BAD;
        }
    }
    return -1;
}

static bool has_operands(const struct command *command, const struct operands *operands)
{
    if (operands->num < command->min_operands) {
        log_message("%s", command->wants);
    } else if (operands->num > command->max_operands) {
        log_message("%s is one too many%s%s", operands->names[command->max_operands],
                    command->wants != NULL ? ": " : "",
                    command->wants != NULL ? command->wants : "");
    } else {
        return true;
    }
    return false;
}

bool options_parse(const struct command *command, void *settings, int argc, char **argv,
                   struct option_origins *origins, struct operands *out_operands, int *out_status)
{
    struct words words = {.command = command, .argc = argc, .argv = argv, .next = 1, .letters = ""};
    unsigned source = 0;
    *out_operands = (struct operands){.names = argv + 1};
    *out_status = STATUS_BAD;
    if (read_files(words, settings, origins, &source)) {
        *out_status = read_line(&words, settings, origins, ++source, out_operands);
    }
    if (*out_status < 0 && !has_operands(command, out_operands)) {
        *out_status = STATUS_BAD;
    }
    if (*out_status == STATUS_BAD) {
        fprintf(stderr, "usage: mxgrade %s [options] %s\n(--help lists the options)\n",
                command->name, command->operands);
    }
    return *out_status < 0;
}
