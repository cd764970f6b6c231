#include "scanner/cli/markdown_manual.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "scanner/base/version.h"

#define CELLS_MAX   8
#define LINE_COLUMN 48 /* a source line ends at the next blank */

struct span {
    const char *text;
    size_t len;
};

enum block { BLOCK_NONE, BLOCK_PARAGRAPH, BLOCK_EXAMPLE, BLOCK_TABLE };

struct manual {
    FILE *stream;
    enum block block;
    bool is_behind_heading; /* no macro begins the first paragraph there */
    bool has_table_head;    /* the line of dashes has been passed */
};

/* ---- Text ---- */

static void put_character(FILE *stream, char c, bool is_first)
{
    if (is_first && (c == '.' || c == '\'')) {
        fputs("\\&", stream); /* no macro */
    }
    if (c == '\\') {
        fputs("\\e", stream);
    } else if (c == '-') {
        fputs("\\-", stream);
    } else if (c == '~') {
        fputs("\\(ti", stream);
    } else if (c == '^') {
        fputs("\\(ha", stream);
    } else {
        fputc(c, stream);
    }
}

static const char *skip_link_target(const char *at, const char *end)
{
    const char *close = at[0] == '(' ? memchr(at, ')', (size_t)(end - at)) : NULL;
    return close != NULL ? close + 1 : at;
}

/* A bracket that is no link stays. */
static bool is_link(const char *at, const char *end)
{
    const char *close = memchr(at, ']', (size_t)(end - at));
    return close != NULL && close + 1 < end && close[1] == '(';
}

/* With `may_break` blanks become line ends where a source line is long enough. */
static void put_text(FILE *stream, struct span span, bool may_break)
{
    const char *at = span.text, *end = span.text + span.len;
    bool is_bold = false, is_code = false, is_in_link = false;
    bool is_first = true;
    const char *line = at;
    while (at < end) {
        if (may_break && *at == ' ' && at - line > LINE_COLUMN) {
            fputc('\n', stream);
            line = ++at;
            is_first = true;
        } else if (*at == '`' || (!is_code && end - at > 1 && at[0] == '*' && at[1] == '*')) {
            is_bold = !is_bold;
            is_code = *at == '`' ? !is_code : is_code;
            fputs(is_bold ? "\\fB" : "\\fR", stream);
            at += *at == '`' ? 1 : 2;
            is_first = false;
        } else if (!is_code && *at == '[' && is_link(at, end)) {
            is_in_link = true;
            at++;
        } else if (is_in_link && *at == ']') {
            is_in_link = false;
            at = skip_link_target(at + 1, end);
        } else {
            put_character(stream, *at++, is_first);
            is_first = false;
        }
    }
}

static void put_line(struct manual *manual, struct span span)
{
    put_text(manual->stream, span, manual->block != BLOCK_EXAMPLE);
    fputc('\n', manual->stream);
}

/* ---- Blocks ---- */

static void end_block(struct manual *manual)
{
    if (manual->block == BLOCK_EXAMPLE) {
        fputs(".EE\n.RE\n", manual->stream);
    }
    manual->block = BLOCK_NONE;
    manual->has_table_head = false;
}

static void put_heading(struct manual *manual, struct span span, unsigned level)
{
    end_block(manual);
    if (level == 2) {
        fputs(".SH \"", manual->stream);
        for (size_t i = 0; i < span.len; i++) {
            fputc(toupper((unsigned char)span.text[i]), manual->stream);
        }
        fputs("\"\n", manual->stream);
        manual->is_behind_heading = true;
    } else if (level > 2) {
        fputs(".SS \"", manual->stream);
        put_text(manual->stream, span, false);
        fputs("\"\n", manual->stream);
        manual->is_behind_heading = true;
    }
}

static size_t split_row(struct span row, struct span cells[CELLS_MAX])
{
    size_t num = 0;
    const char *at = row.text + 1, *end = row.text + row.len;
    while (at < end && num < CELLS_MAX) {
        const char *bar = memchr(at, '|', (size_t)(end - at));
        const char *stop = bar != NULL ? bar : end;
        struct span cell = {at, (size_t)(stop - at)};
        while (cell.len > 0 && cell.text[0] == ' ') {
            cell.text++;
            cell.len--;
        }
        while (cell.len > 0 && cell.text[cell.len - 1] == ' ') {
            cell.len--;
        }
        if (bar != NULL) {
            cells[num++] = cell;
        }
        at = stop + 1;
    }
    return num;
}

/* The heading of a table says nothing here: each row explains its first cell. */
static void put_row(struct manual *manual, struct span row)
{
    struct span cells[CELLS_MAX];
    if (manual->block != BLOCK_TABLE) {
        end_block(manual);
        manual->block = BLOCK_TABLE;
        manual->is_behind_heading = false;
    }
    if (row.len > 2 && row.text[2] == '-') {
        manual->has_table_head = true;
    } else if (manual->has_table_head) {
        size_t num = split_row(row, cells);
        fputs(".TP\n", manual->stream);
        for (size_t i = 0; i < num; i++) {
            bool is_type = num == 3 && i == 1;
            if (is_type) {
                fputc('(', manual->stream);
            }
            put_text(manual->stream, cells[i], i > 0);
            fputs(is_type ? ")\n" : i == 0 || i + 1 == num ? "\n" : " ", manual->stream);
        }
    }
}

static void put_example(struct manual *manual, struct span span)
{
    if (manual->block != BLOCK_EXAMPLE) {
        end_block(manual);
        fputs(manual->is_behind_heading ? ".RS 4\n.EX\n" : ".PP\n.RS 4\n.EX\n", manual->stream);
        manual->is_behind_heading = false;
        manual->block = BLOCK_EXAMPLE;
    }
    put_line(manual, (struct span){span.text + 4, span.len - 4});
}

static void put_paragraph(struct manual *manual, struct span span)
{
    bool is_item = span.len > 2 && span.text[0] == '*' && span.text[1] == ' ';
    if (manual->block != BLOCK_PARAGRAPH || is_item) {
        end_block(manual);
        if (is_item || !manual->is_behind_heading) {
            fputs(is_item ? ".IP \\(bu 2\n" : ".PP\n", manual->stream);
        }
        manual->is_behind_heading = false;
        manual->block = BLOCK_PARAGRAPH;
    }
    size_t begin = is_item ? 2 : 0;
    while (begin < span.len && span.text[begin] == ' ') {
        begin++;
    }
    put_line(manual, (struct span){span.text + begin, span.len - begin});
}

static void put_markdown_line(struct manual *manual, struct span line)
{
    unsigned level = (unsigned)strspn(line.text, "#");
    if (line.len == 0) {
        end_block(manual);
    } else if (level > 0 && level < line.len) {
        put_heading(manual, (struct span){line.text + level + 1, line.len - level - 1}, level);
    } else if (line.text[0] == '|') {
        put_row(manual, line);
    } else if (line.len > 4 && strncmp(line.text, "    ", 4) == 0) {
        put_example(manual, line);
    } else {
        put_paragraph(manual, line);
    }
}

void markdown_manual(FILE *stream, const struct manual_title *title, const char *markdown)
{
    struct manual manual = {.stream = stream};
    fprintf(stream, ".TH ");
    for (const char *at = title->name; *at != '\0'; at++) {
        put_character(stream, (char)toupper((unsigned char)*at), false);
    }
    fprintf(stream, " %d %s \"mxgrade %s\" \"mxgrade\"\n", title->section, MXGRADE_DATE,
            MXGRADE_VERSION);
    fprintf(stream, ".SH NAME\n");
    put_text(stream, (struct span){title->name, strlen(title->name)}, false);
    fprintf(stream, " \\- ");
    put_line(&manual, (struct span){title->summary, strlen(title->summary)});
    bool is_at_begin = true;
    while (*markdown != '\0') {
        struct span line = {markdown, strcspn(markdown, "\n")};
        bool is_heading = line.text[0] == '#';
        if (is_at_begin && line.len > 0 && !(is_heading && line.text[1] != '#')) {
            if (!is_heading) {
                fputs(".SH DESCRIPTION\n", stream);
                manual.is_behind_heading = true;
            }
            is_at_begin = false;
        }
        put_markdown_line(&manual, line);
        markdown += line.len + (markdown[line.len] == '\n');
    }
    end_block(&manual);
    fputs(".SH \"SEE ALSO\"\n", stream);
    put_line(&manual, (struct span){title->see_also, strlen(title->see_also)});
}
