#include "scanner/cli/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/record/record_markdown.h"
#include "scanner/base/log.h"
#include "scanner/cli/completion.h"
#include "scanner/cli/markdown_manual.h"
#include "scanner/cli/page_commands.h"

static void configuration(FILE *stream, const struct command_list *commands)
{
    page_configuration(stream, commands->items[0]->options);
}

static void sample(FILE *stream, const struct command_list *commands)
{
    page_configuration_sample(stream, commands->items[0]->options);
}

static void records(FILE *stream, const struct command_list *commands)
{
    (void)commands;
    record_markdown(stream);
}

static const struct page {
    const char *name;
    void (*write)(FILE *stream, const struct command_list *commands);
    struct manual_title title; /* of a manual page, which is made from Markdown */
} pages[] = {
    {"mxgrade.1",
     page_commands,
     {"mxgrade", 1, "scan mail servers for their TLS, and grade what was seen",
      "**mxgrade.conf**(5), **mxgrade-results**(5)"}},
    {"mxgrade.conf.5",
     configuration,
     {"mxgrade.conf", 5, "options of mxgrade in a file", "**mxgrade**(1)"}},
    {"mxgrade-results.5",
     records,
     {"mxgrade-results", 5, "the records of a result file of mxgrade", "**mxgrade**(1)"}},
    {"configuration.md", configuration, {.name = NULL}},
    {"mxgrade.conf", sample, {.name = NULL}},
    {"bash", completion_bash, {.name = NULL}},
    {"zsh", completion_zsh, {.name = NULL}},
    {"fish", completion_fish, {.name = NULL}},
};

static int print_page(const struct page *page, const struct command_list *commands)
{
    char *text = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&text, &len);
    if (memory != NULL) {
        page->write(memory, commands);
    }
    if (memory == NULL || fclose(memory) != 0) {
        log_message("out of memory");
        free(text);
        return 3;
    }
    if (page->title.name != NULL) {
        markdown_manual(stdout, &page->title, text);
    } else {
        fwrite(text, 1, len, stdout);
    }
    free(text);
    return 0;
}

int pages_print(const struct command_list *commands, const char *name)
{
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (strcmp(pages[i].name, name) == 0) {
            return print_page(&pages[i], commands);
        }
    }
    log_message("there is no page \"%s\"", name);
    return 2;
}
