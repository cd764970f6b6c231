#include "scanner/engine/list_notices.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io/base/utf8.h"
#include "scanner/base/log.h"

#define TITLES_MAX 20 /* columns that an error names */
#define TITLE_SIZE 80 /* what is shown of a column's name, with its NUL */

void list_notices_init(struct list_notices *notices, const char *name)
{
    *notices = (struct list_notices){.name = name};
}

/* Writes a name out of the list, without the control characters that a terminal obeys. */
static void write_name(const char *name, char *out, size_t size)
{
    const unsigned char *at = (const unsigned char *)name;
    size_t left = strlen(name);
    size_t len = 0;
    while (left > 0) {
        size_t step = utf8_len(at, left);
        uint32_t character = step > 0 ? utf8_decode(at, step) : '?';
        bool is_control = character < 0x20 || (character >= 0x7f && character < 0xa0);
        char text[UTF8_MAX];
        size_t text_len = utf8_encode(is_control ? '?' : character, text);
        if (len + text_len >= size) {
            break;
        }
        memcpy(out + len, text, text_len);
        len += text_len;
        at += step > 0 ? step : 1;
        left -= step > 0 ? step : 1;
    }
    out[len] = '\0';
}

static void say_column(const struct list_notices *notices, const struct supplier_choice *choice)
{
    char title[TITLE_SIZE];
    char name[TITLE_SIZE + 8] = "";
    if (choice->name != NULL) {
        write_name(choice->name, title, sizeof(title));
        snprintf(name, sizeof(name), ", '%s'", title);
    }
    log_message("%s: using column %zu%s: %zu of %s%zu rows name a domain (--column NAME takes "
                "another)",
                notices->name, choice->column, name, choice->num_named,
                choice->is_part ? "the first " : "", choice->num_rows);
}

void list_notices_look(struct list_notices *notices, const struct supplier_list *list)
{
    struct supplier_choice choice;
    if (!notices->has_said_column && supplier_list_choice(list, &choice)) {
        notices->has_said_column = true;
        say_column(notices, &choice);
    }
    const char *encoding = supplier_list_found_encoding(list);
    if (!notices->has_said_encoding && encoding != NULL) {
        notices->has_said_encoding = true;
        log_message("%s: its text is not UTF-8 and is read as %s, which is a guess (--encoding "
                    "NAME says what it is)",
                    notices->name, encoding);
    }
}

void list_notices_add(struct list_notices *notices, uint64_t line, const char *problem)
{
    if (notices->num_unusable < LIST_NOTICES_ROWS) {
        notices->rows[notices->num_unusable].line = line;
        notices->rows[notices->num_unusable].problem = problem;
    }
    notices->num_unusable++;
}

static void say_unusable(const struct list_notices *notices, uint64_t num_rows)
{
    char rows[1024];
    size_t len = 0;
    for (size_t i = 0; i < LIST_NOTICES_ROWS && i < notices->num_unusable; i++) {
        len += (size_t)snprintf(rows + len, sizeof(rows) - len, "%sline %" PRIu64 " (%.150s)",
                                i > 0 ? ", " : "", notices->rows[i].line, notices->rows[i].problem);
    }
    log_message("%s: %" PRIu64 " of %" PRIu64 " rows cannot be used: %s%s; each has its record in "
                "the results",
                notices->name, notices->num_unusable, num_rows, rows,
                notices->num_unusable > LIST_NOTICES_ROWS ? ", and more" : "");
}

void list_notices_end(const struct list_notices *notices, const struct supplier_list *list,
                      uint64_t num_rows)
{
    uint64_t num_broken = supplier_list_num_broken(list);
    if (notices->num_unusable > 0) {
        say_unusable(notices, num_rows);
    }
    if (num_broken > 0) {
        log_message("%s: %" PRIu64 " bytes are not of its encoding, and stand as U+FFFD in the "
                    "results (--encoding NAME says what it is)",
                    notices->name, num_broken);
    }
}

void list_notices_write_unclear(const struct list_notices *notices,
                                const struct supplier_list *list, const char *column, char *out,
                                size_t size)
{
    const char *titles[TITLES_MAX];
    size_t num = supplier_list_titles(list, titles, TITLES_MAX);
    int len =
        column != NULL
            ? snprintf(out, size, "%s: there is no column '%.100s'. Its columns are", notices->name,
                       column)
            : snprintf(out, size,
                       "%s: no column names a domain in more than half of the rows; --column NAME "
                       "takes one. Its columns are",
                       notices->name);
    for (size_t i = 0; i < num && (size_t)len < size; i++) {
        char title[TITLE_SIZE];
        write_name(titles[i], title, sizeof(title));
        len +=
            snprintf(out + len, size - (size_t)len, "%s %zu '%s'", i > 0 ? "," : ":", i + 1, title);
    }
}
