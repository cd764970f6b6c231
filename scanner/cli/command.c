#include "scanner/cli/command.h"

#include <stdio.h>
#include <string.h>

#include "output/report/text_wrap.h"
#include "scanner/cli/terminal.h"

#define LABEL_SIZE   64
#define LABEL_COLUMN 34
#define WIDTH_MAX    100

static size_t num_own(const struct command *command)
{
    return command->own != NULL ? command->own->num_rules : 0;
}

size_t command_num_options(const struct command *command)
{
    return num_own(command) + command->options->num_rules;
}

const struct option_rule *command_option(const struct command *command, size_t index)
{
    size_t num = num_own(command);
    return index < num ? &command->own->rules[index] : &command->options->rules[index - num];
}

bool command_has(const struct command *command, const struct option_rule *rule)
{
    for (size_t i = 0; command->lacks != NULL && command->lacks[i] != NULL; i++) {
        if (strcmp(command->lacks[i], rule->name) == 0) {
            return false;
        }
    }
    return command->has_nights || !rule->is_of_nights;
}

/* Paragraphs have an empty line between them; lines that begin with a blank stay as they are. */
static void print_paragraphs(const char *text, unsigned width)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        char line[1024];
        snprintf(line, sizeof(line), "%.*s", (int)len, text);
        if (len == 0 || line[0] == ' ') {
            puts(line);
        } else {
            text_wrap(stdout, 0, "", line, width);
        }
        text += len + (text[len] == '\n');
    }
}

static void print_option(const struct option_rule *rule, unsigned width)
{
    char left[LABEL_SIZE], text[1024];
    snprintf(left, sizeof(left), "%s%c%s --%s%s%s", rule->letter != 0 ? "-" : " ",
             rule->letter != 0 ? rule->letter : ' ', rule->letter != 0 ? "," : " ", rule->name,
             rule->argument != NULL ? " " : "", rule->argument != NULL ? rule->argument : "");
    const char *standard = rule->otherwise != NULL ? rule->otherwise : rule->standard;
    bool is_said = rule->argument != NULL && standard != NULL && strcmp(standard, "none") != 0;
    snprintf(text, sizeof(text), "%s%s%s%s", rule->help, is_said ? " (default: " : "",
             is_said ? standard : "", is_said ? ")" : "");
    size_t len = strlen(left);
    snprintf(left + len, sizeof(left) - len, "%*s",
             len < LABEL_COLUMN - 2 ? (int)(LABEL_COLUMN - len) : 2, "");
    text_wrap(stdout, 2, left, text, width);
}

void command_print_help(const struct command *command)
{
    static const struct option_rule help = {.name = "help", .letter = 'h', .help = "this text"};
    unsigned terminal = terminal_of_stdout().width;
    unsigned width = terminal < WIDTH_MAX ? terminal : WIDTH_MAX;
    printf("usage: mxgrade %s [options]%s%s\n\n", command->name,
           command->operands[0] != '\0' ? " " : "", command->operands);
    print_paragraphs(command->about, width);
    putchar('\n');
    for (size_t i = 0; i < command_num_options(command); i++) {
        const struct option_rule *rule = command_option(command, i);
        if (command_has(command, rule) && !rule->is_of_files) {
            print_option(rule, width);
        }
    }
    print_option(&help, width);
    if (command->notes != NULL) {
        putchar('\n');
        print_paragraphs(command->notes, width);
    }
}
