#include "scanner/cli/config_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/log.h"

/* ---- Lines ---- */

enum line_status { LINE_READ, LINE_TOO_LONG, LINE_HAS_ZERO };

struct reader {
    FILE *file;
    unsigned number;
    char line[CONFIG_FILE_LINE_MAX + 1];
};

/*
 * Reads the next line without its comment, which may be as long as it likes. A comment begins with
 * "#" at the beginning of the line or behind a blank. *out_end: there was no line any more.
 */
static enum line_status read_line(struct reader *reader, bool *out_end)
{
    enum line_status status = LINE_READ;
    size_t len = 0;
    bool is_comment = false;
    int c = getc(reader->file);
    *out_end = c == EOF;
    reader->number++;
    for (; c != EOF && c != '\n'; c = getc(reader->file)) {
        bool is_behind_blank = len == 0 || strchr(" \t", reader->line[len - 1]) != NULL;
        is_comment = is_comment || (c == '#' && is_behind_blank);
        if (is_comment) {
            continue;
        }
        if (c == '\0') {
            return LINE_HAS_ZERO;
        }
        if (len == CONFIG_FILE_LINE_MAX) {
            return LINE_TOO_LONG;
        }
        reader->line[len++] = (char)c;
    }
    reader->line[len] = '\0';
    return status;
}

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL) {
        text[--len] = '\0';
    }
    return text;
}

/* ---- Options ---- */

/* Values are borrowed by the config: they are kept as long as it. */
static const char *keep_text(struct config *config, const char *text)
{
    size_t size = strlen(text) + 1;
    struct config_text *kept = malloc(sizeof(*kept) + size);
    if (kept == NULL) {
        return NULL;
    }
    memcpy(kept->text, text, size);
    SLIST_INSERT_HEAD(&config->file_texts, kept, next);
    return kept->text;
}

/* What the command lacks is read into a config that nobody uses, so that a mistake is told. */
static const char *read_for_others(const struct option_rule *rule, const char *value)
{
    struct config *unused = calloc(1, sizeof(*unused));
    if (unused == NULL) {
        return "out of memory";
    }
    const char *problem = option_read(rule, unused, 1, value);
    free(unused);
    return problem;
}

static const char *read_option(struct config *config, const struct command *command, char *line,
                               const struct option_place *place, struct option_origins *origins)
{
    char *equals = strchr(line, '=');
    if (equals != NULL) {
        *equals = '\0';
    }
    const char *name = trim(line);
    const struct option_rule *rule = option_find(command->options, name);
    const char *value = NULL;
    if (name[0] == '\0' && equals == NULL) {
        return NULL;
    }
    if (rule == NULL || rule->kind == OPTION_CONFIGURATION) {
        return "there is no such option";
    }
    if (rule->argument != NULL && equals == NULL) {
        return "the option needs a value";
    }
    if (equals != NULL && (value = keep_text(config, trim(equals + 1))) == NULL) {
        return "out of memory";
    }
    if (!command_has(command, rule)) {
        return read_for_others(rule, value);
    }
    if (origins != NULL && !option_origins_add(origins, rule, value, place)) {
        return "out of memory";
    }
    return option_read(rule, config, place->source, value);
}

bool config_file_read(struct config *config, const struct command *command, const char *path,
                      unsigned source, struct option_origins *origins)
{
    static const char *const problems[] = {
        [LINE_TOO_LONG] = "the line is longer than 4096 bytes",
        [LINE_HAS_ZERO] = "a byte of value 0: is this a configuration file?",
    };
    struct reader reader = {.file = fopen(path, "re")};
    bool is_end = false;
    const char *problem = NULL;
    if (reader.file == NULL) {
        log_message("%s: %s", path, strerror(errno));
        return false;
    }
    while (problem == NULL && !is_end) {
        problem = problems[read_line(&reader, &is_end)];
        if (problem == NULL && !is_end) {
            const struct option_place place = {source, path, reader.number};
            problem = read_option(config, command, reader.line, &place, origins);
        }
        if (problem != NULL) {
            log_message("%s, line %u: %s", path, reader.number, problem);
        }
    }
    if (problem == NULL && ferror(reader.file)) {
        problem = strerror(errno);
        log_message("%s: %s", path, problem);
    }
    fclose(reader.file);
    return problem == NULL;
}
