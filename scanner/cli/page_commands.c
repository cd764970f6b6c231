#include "scanner/cli/page_commands.h"

#include <stdbool.h>
#include <string.h>

/* ---- Options ---- */

static const char *value_of_rule(const struct option_rule *rule)
{
    return rule->otherwise != NULL ? rule->otherwise : rule->standard;
}

static void put_meaning(FILE *stream, const struct option_rule *rule, bool is_default_said)
{
    fprintf(stream, "%s", rule->help);
    if (is_default_said) {
        fprintf(stream, " (default: %s)", value_of_rule(rule));
    }
}

/* With `nights` the options that are of nights alone. */
static void put_options(FILE *stream, const struct command *command,
                        const struct option_table *table, bool nights)
{
    fputs("\n| option | meaning |\n| --- | --- |\n", stream);
    for (size_t i = 0; i < table->num_rules; i++) {
        const struct option_rule *rule = &table->rules[i];
        if (rule->is_of_files || rule->is_of_nights != nights || !command_has(command, rule)) {
            continue;
        }
        fputs("| ", stream);
        if (rule->letter != 0) {
            fprintf(stream, "`-%c`, ", rule->letter);
        }
        fprintf(stream, "`--%s`%s%s | ", rule->name, rule->argument != NULL ? " " : "",
                rule->argument != NULL ? rule->argument : "");
        put_meaning(stream, rule, rule->argument != NULL);
        fputs(" |\n", stream);
    }
}

/* ---- Commands ---- */

/* Lines that begin with two blanks are an example. */
static void put_paragraphs(FILE *stream, const char *text)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        fprintf(stream, "%s%.*s\n", text[0] == ' ' ? "  " : "", (int)len, text);
        text += len + (text[len] == '\n');
    }
}

static void put_command(FILE *stream, const struct command *command, const struct command *scan)
{
    fprintf(stream, "\n### mxgrade %s\n\n", command->name);
    fprintf(stream, "`mxgrade %s` [options]%s%s\n\n", command->name,
            command->operands[0] != '\0' ? " " : "", command->operands);
    put_paragraphs(stream, command->about);
    if (command->own != NULL) {
        put_options(stream, command, command->own, false);
    }
    if (command->has_nights) {
        put_options(stream, command, command->options, true);
    }
    if (command != scan && command->options == scan->options) {
        fprintf(stream, "\nIt %stakes the options of `mxgrade scan`",
                command->own != NULL || command->has_nights ? "also " : "");
        const char *before = ", but for";
        for (size_t i = 0; command->lacks != NULL && command->lacks[i] != NULL; i++) {
            const struct option_rule *rule = option_find(command->options, command->lacks[i]);
            if (!rule->is_of_files) {
                fprintf(stream, "%s `--%s`", before, rule->name);
                before = ",";
            }
        }
        fputs(".\n", stream);
    } else if (command->options->num_rules > 0) {
        put_options(stream, command, command->options, false);
    }
    if (command->notes != NULL) {
        fputc('\n', stream);
        put_paragraphs(stream, command->notes);
    }
}

static const char files[] = "\n## Files\n"
                            "\n"
                            "| file | meaning |\n"
                            "| --- | --- |\n"
                            "| `/etc/mxgrade/mxgrade.conf` | the options of `mxgrade nightly`; "
                            "other commands read it where "
                            "`--config` names it |\n"
                            "\n"
                            "## Examples\n"
                            "\n"
                            "    mxgrade scan suppliers.csv -o results.jsonl\n"
                            "    mxgrade scan suppliers.csv -o results.jsonl --resume\n"
                            "    mxgrade check example.com\n"
                            "    mxgrade diff old.jsonl new.jsonl\n"
                            "    mxgrade report results.jsonl -o results.html\n";

void page_commands(FILE *stream, const struct command_list *commands)
{
    fputs("# mxgrade\n\n## Synopsis\n\n`mxgrade` COMMAND [options]\n\n## Description\n\n"
          "Takes a list of domains, finds their mail servers, talks to all of them at once, and "
          "says whether mail to each domain travels encrypted, how well, and whether encryption "
          "is enforced: one JSON object a line, with the evidence.\n\n"
          "Options and operands of a command may stand in any order; `--` ends the options. Long "
          "options are not abbreviated. A flag may have a value, as in `--resume=no`. "
          "`mxgrade COMMAND --help` lists the options of a command, `mxgrade --version` tells the "
          "commit and the libraries.\n\n"
          "## Commands\n",
          stream);
    for (size_t i = 0; i < commands->num_items; i++) {
        put_command(stream, commands->items[i], commands->items[0]);
    }
    fputs(files, stream);
}

/* ---- Configuration files ---- */

static const char introduction[] =
    "# Configuration files\n"
    "\n"
    "Made by `mxgrade page configuration.md` from the table of options.\n"
    "\n"
    "A file that `--config` names holds options of a scan, `name = value` a line. Names are those "
    "of the command line, without the dashes; in addition `list` names the list.\n"
    "\n"
    "    # every night\n"
    "    list = /etc/mxgrade/suppliers.csv\n"
    "    ehlo = scanner.example.com\n"
    "    rate = 200           # new connections a second\n"
    "    ipv4-only = yes\n"
    "    allow-net = 192.0.2.0/24\n"
    "    allow-net = 2001:db8::/32\n"
    "\n"
    "A comment begins with `#` at the beginning of a line or behind a blank, and may be of any "
    "length; the rest of a line has 4096 bytes at most. Blanks around a name and a value do not "
    "count. A flag is `true`, `yes`, `false` or `no`; its name alone means `yes`. A repeatable "
    "option has a line for each value. Options are not abbreviated. What cannot be read is told "
    "with the number of its line, and nothing is scanned.\n"
    "\n"
    "The command line wins over files, wherever `--config` stands in it, and a later file over an "
    "earlier one; a repeatable option there replaces all values. One file serves several commands: "
    "what a command lacks and others have is read and passed over.\n"
    "\n"
    "`mxgrade config` prints the options that hold in the end, and the default, the line of a file "
    "or the command line that each comes from:\n"
    "\n"
    "    mxgrade config --config mxgrade.conf --rate 100\n"
    "\n"
    "`mxgrade nightly` reads `/etc/mxgrade/mxgrade.conf` where `--config` names no file. It is "
    "installed with each option as a comment.\n"
    "\n"
    "`resolver = own` starts unbound for the time of each run, for a machine without a resolver "
    "that validates DNSSEC, which DANE takes: see enforcement.md.\n";

void page_configuration(FILE *stream, const struct option_table *options)
{
    fputs(introduction, stream);
    fputs("\n## Options\n\n| name | value | meaning |\n| --- | --- | --- |\n", stream);
    for (size_t i = 0; i < options->num_rules; i++) {
        const struct option_rule *rule = &options->rules[i];
        if (rule->kind != OPTION_CONFIGURATION) {
            fprintf(stream, "| `%s` | %s | ", rule->name,
                    rule->argument != NULL ? rule->argument : "yes or no");
            put_meaning(stream, rule, true);
            fputs(" |\n", stream);
        }
    }
}

void page_configuration_sample(FILE *stream, const struct option_table *options)
{
    fputs("# Options of mxgrade, \"name = value\" a line: mxgrade.conf(5).\n"
          "# \"mxgrade config --config FILE\" prints what holds in the end.\n",
          stream);
    for (size_t i = 0; i < options->num_rules; i++) {
        const struct option_rule *rule = &options->rules[i];
        if (rule->kind == OPTION_CONFIGURATION) {
            continue;
        }
        fprintf(stream, "\n# %s\n", rule->help);
        if (rule->standard != NULL) {
            fprintf(stream, "#%s = %s\n", rule->name, rule->standard);
        } else {
            fprintf(stream, "#%s = %s    (default: %s)\n", rule->name, rule->argument,
                    rule->otherwise);
        }
    }
}
