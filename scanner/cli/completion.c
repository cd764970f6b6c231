#include "scanner/cli/completion.h"

#include <stdbool.h>
#include <string.h>

#include "scanner/grading/policy.h"
#include "scanner/grading/profile.h"

static bool is_file(const struct option_rule *rule)
{
    return rule->kind == OPTION_FILE || rule->kind == OPTION_FILES ||
           rule->kind == OPTION_CONFIGURATION;
}

static bool is_on_command_line(const struct command *command, const struct option_rule *rule)
{
    return !rule->is_of_files && command_has(command, rule);
}

/* What "mxgrade explain" knows. */
static void put_topics(FILE *stream)
{
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        fprintf(stream, "%s ", policy_rule((enum finding_code)i)->code);
    }
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        fprintf(stream, "%s ", profile_name((enum profile)i));
    }
    fputs("A+ A B C D F U N policy", stream);
}

/* Within single quotes of a shell: '\'' ends them for a quote. `special` gets a backslash. */
static void put_quoted(FILE *stream, const char *text, const char *special)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            fputs("'\\''", stream);
        } else {
            fprintf(stream, "%s%c", strchr(special, *text) != NULL ? "\\" : "", *text);
        }
    }
}

/* ---- bash ---- */

static void put_bash_values(FILE *stream, const struct command *command)
{
    for (size_t i = 0; i < command_num_options(command); i++) {
        const struct option_rule *rule = command_option(command, i);
        if (rule->argument == NULL || !is_on_command_line(command, rule)) {
            continue;
        }
        fprintf(stream, "    %s:--%s", command->name, rule->name);
        if (rule->letter != 0) {
            fprintf(stream, " | %s:-%c", command->name, rule->letter);
        }
        if (is_file(rule)) {
            fputs(") _mxgrade_files ;;\n", stream);
        } else {
            fprintf(stream, ") _mxgrade_words '%s' ;;\n", rule->words != NULL ? rule->words : "");
        }
    }
}

static void put_bash_words(FILE *stream, const struct command *command)
{
    fprintf(stream, "    %s:-*) _mxgrade_words '--help", command->name);
    for (size_t i = 0; i < command_num_options(command); i++) {
        const struct option_rule *rule = command_option(command, i);
        if (is_on_command_line(command, rule)) {
            fprintf(stream, " --%s", rule->name);
        }
    }
    fputs("' ;;\n", stream);
    if (command->max_operands > 0 && command->operand == OPERAND_FILE) {
        fprintf(stream, "    %s:*) _mxgrade_files ;;\n", command->name);
    } else if (command->max_operands > 0 && command->operand == OPERAND_TOPIC) {
        fprintf(stream, "    %s:*) _mxgrade_words '", command->name);
        put_topics(stream);
        fputs("' ;;\n", stream);
    }
}

void completion_bash(FILE *stream, const struct command_list *commands)
{
    fputs("# Completion of mxgrade for bash, made by \"mxgrade page bash\".\n"
          "_mxgrade_words() {\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
          "}\n\n"
          "_mxgrade_files() {\n"
          "    compopt -o filenames 2>/dev/null\n"
          "    mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
          "}\n\n"
          "_mxgrade() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    local command=${COMP_WORDS[1]} commands='",
          stream);
    for (size_t i = 0; i < commands->num_items; i++) {
        fprintf(stream, "%s ", commands->items[i]->name);
    }
    fputs("help'\n"
          "    COMPREPLY=()\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "        _mxgrade_words \"$commands --help --version\"\n"
          "        return\n"
          "    fi\n"
          "    case $command:$prev in\n"
          "    help:help) _mxgrade_words \"$commands\" ;;\n",
          stream);
    for (size_t i = 0; i < commands->num_items; i++) {
        put_bash_values(stream, commands->items[i]);
    }
    fputs("    *)\n    case $command:$cur in\n", stream);
    for (size_t i = 0; i < commands->num_items; i++) {
        put_bash_words(stream, commands->items[i]);
    }
    fputs("    esac\n    ;;\n    esac\n}\n\ncomplete -F _mxgrade mxgrade\n", stream);
}

/* ---- zsh ---- */

static void put_zsh_option(FILE *stream, const struct option_rule *rule)
{
    static const char special[] = "[]:\\";
    fputs("            ", stream);
    if (option_is_repeatable(rule)) {
        fprintf(stream, "'*--%s", rule->name);
    } else if (rule->letter != 0) {
        fprintf(stream, "'(-%c --%s)'{-%c,--%s}'", rule->letter, rule->name, rule->letter,
                rule->name);
    } else {
        fprintf(stream, "'--%s", rule->name);
    }
    fputc('[', stream);
    put_quoted(stream, rule->help, special);
    fputc(']', stream);
    if (rule->argument != NULL) {
        fputc(':', stream);
        put_quoted(stream, rule->argument, special);
        if (is_file(rule)) {
            fputs(":_files", stream);
        } else if (rule->words != NULL) {
            fprintf(stream, ":(%s)", rule->words);
        } else {
            fputs(": ", stream);
        }
    }
    fputs("' \\\n", stream);
}

static void put_zsh_command(FILE *stream, const struct command *command)
{
    fprintf(stream, "    %s)\n        _arguments -s \\\n", command->name);
    for (size_t i = 0; i < command_num_options(command); i++) {
        if (is_on_command_line(command, command_option(command, i))) {
            put_zsh_option(stream, command_option(command, i));
        }
    }
    fputs("            '(-h --help)'{-h,--help}'[this text]'", stream);
    if (command->max_operands > 0 && command->operand == OPERAND_FILE) {
        fputs(" \\\n            '*:file:_files'", stream);
    } else if (command->max_operands > 0 && command->operand == OPERAND_TOPIC) {
        fputs(" \\\n            '*:topic:(", stream);
        put_topics(stream);
        fputs(")'", stream);
    }
    fputs("\n        ;;\n", stream);
}

void completion_zsh(FILE *stream, const struct command_list *commands)
{
    fputs("#compdef mxgrade\n"
          "# Completion of mxgrade for zsh, made by \"mxgrade page zsh\".\n"
          "_mxgrade() {\n"
          "    local -a commands=(\n",
          stream);
    for (size_t i = 0; i < commands->num_items; i++) {
        fprintf(stream, "        '%s:", commands->items[i]->name);
        put_quoted(stream, commands->items[i]->summary, ":\\");
        fputs("'\n", stream);
    }
    fputs("    )\n"
          "    if (( CURRENT == 2 )); then\n"
          "        _describe command commands\n"
          "        return\n"
          "    fi\n"
          "    shift words\n"
          "    (( CURRENT-- ))\n"
          "    case $words[1] in\n"
          "    help)\n        _describe command commands\n        ;;\n",
          stream);
    for (size_t i = 0; i < commands->num_items; i++) {
        put_zsh_command(stream, commands->items[i]);
    }
    fputs("    esac\n}\n\n_mxgrade \"$@\"\n", stream);
}

/* ---- fish ---- */

static void put_fish_option(FILE *stream, const struct command *command,
                            const struct option_rule *rule)
{
    fprintf(stream, "complete -c mxgrade -n '__fish_seen_subcommand_from %s' -l %s", command->name,
            rule->name);
    if (rule->letter != 0) {
        fprintf(stream, " -s %c", rule->letter);
    }
    if (rule->words != NULL) {
        fprintf(stream, " -x -a '%s'", rule->words);
    } else if (rule->argument != NULL) {
        fputs(is_file(rule) ? " -r -F" : " -x", stream);
    }
    fputs(" -d '", stream);
    put_quoted(stream, rule->help, "\\");
    fputs("'\n", stream);
}

void completion_fish(FILE *stream, const struct command_list *commands)
{
    fputs("# Completion of mxgrade for fish, made by \"mxgrade page fish\".\n"
          "complete -c mxgrade -f\n",
          stream);
    for (size_t i = 0; i < commands->num_items; i++) {
        const struct command *command = commands->items[i];
        fprintf(stream, "complete -c mxgrade -n __fish_use_subcommand -a %s -d '", command->name);
        put_quoted(stream, command->summary, "\\");
        fputs("'\n", stream);
        for (size_t k = 0; k < command_num_options(command); k++) {
            if (is_on_command_line(command, command_option(command, k))) {
                put_fish_option(stream, command, command_option(command, k));
            }
        }
        if (command->max_operands > 0 && command->operand != OPERAND_DOMAIN) {
            fprintf(stream, "complete -c mxgrade -n '__fish_seen_subcommand_from %s' %s",
                    command->name, command->operand == OPERAND_FILE ? "-F" : "-a '");
            if (command->operand == OPERAND_TOPIC) {
                put_topics(stream);
                fputc('\'', stream);
            }
            fputc('\n', stream);
        }
    }
}
