#include "io/list/prepared_list.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_DIGITS_MAX 15

const char *prepared_list_problem(size_t number)
{
    static const char *const problems[] = {
        "line too long",
        "a quote on this line is not closed",
        "the row has no domain cell",
        "a NUL byte in the line",
        "several cells on the line, in a list whose first line has one",
    };
    return number < sizeof(problems) / sizeof(problems[0]) ? problems[number] : NULL;
}

/* ---- Writing ---- */

static bool add_bytes(struct prepared_text *text, const char *bytes, size_t len)
{
    if (text->len + len > text->capacity) {
        size_t capacity = 2 * text->capacity + len + 4096;
        char *larger = realloc(text->bytes, capacity);
        if (larger == NULL) {
            return false;
        }
        text->bytes = larger;
        text->capacity = capacity;
    }
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
    return true;
}

/* The letter that stands for a byte behind a backslash; 0: the byte stands for itself. */
static char letter_of(char byte)
{
    return byte == '\\' ? '\\' : byte == '\t' ? 't' : byte == '\n' ? 'n' : byte == '\r' ? 'r' : 0;
}

static bool add_cell(struct prepared_text *text, const char *bytes, size_t len)
{
    bool ok = add_bytes(text, "\t", 1);
    size_t done = 0;
    for (size_t i = 0; i < len && ok; i++) {
        char letter = letter_of(bytes[i]);
        if (letter != 0) {
            const char pair[2] = {'\\', letter};
            ok = add_bytes(text, bytes + done, i - done) && add_bytes(text, pair, 2);
            done = i + 1;
        }
    }
    return ok && add_bytes(text, bytes + done, len - done);
}

static bool add_number(struct prepared_text *text, uint64_t number)
{
    char digits[24];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return add_bytes(text, digits + at, sizeof(digits) - at);
}

/* 0: none. */
static size_t number_of_problem(const char *problem)
{
    for (size_t i = 0; problem != NULL && prepared_list_problem(i) != NULL; i++) {
        if (strcmp(problem, prepared_list_problem(i)) == 0) {
            return i + 1;
        }
    }
    return 0;
}

bool prepared_list_add(struct prepared_text *text, const struct supplier *supplier)
{
    size_t before = text->len;
    bool ok = add_number(text, supplier->line) && add_bytes(text, "\t", 1) &&
              add_number(text, number_of_problem(supplier->problem)) &&
              add_bytes(text, supplier->is_web ? "\t1" : "\t0", 2) &&
              add_cell(text, supplier->raw, supplier->raw_len) &&
              add_cell(text, supplier->cell, supplier->cell_len);
    for (size_t i = 0; i < supplier->num_fields && ok; i++) {
        const struct supplier_field *field = &supplier->fields[i];
        ok = add_cell(text, field->name, field->name_len) &&
             add_cell(text, field->value, field->value_len);
    }
    ok = ok && text->len - before < PREPARED_LINE_MAX && add_bytes(text, "\n", 1);
    text->len = ok ? text->len : before;
    return ok;
}

void prepared_text_fini(struct prepared_text *text)
{
    free(text->bytes);
    *text = (struct prepared_text){0};
}

/* ---- Reading ---- */

/* Takes what stands before the next tab, and undoes its escapes where it stands. */
static bool take_cell(char **in_out_at, char *end, struct supplier_field *out_cell)
{
    char *from = *in_out_at, *to = from;
    out_cell->value = from;
    while (from < end && *from != '\t') {
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        char letter = from + 1 < end ? from[1] : '\0';
        if (strchr("\\tnr", letter) == NULL || letter == '\0') {
            return false;
        }
        *to++ = (char)(letter == '\\' ? '\\' : letter == 't' ? '\t' : letter == 'n' ? '\n' : '\r');
        from += 2;
    }
    out_cell->value_len = (size_t)(to - out_cell->value);
    *in_out_at = from < end ? from + 1 : NULL;
    return true;
}

static bool read_number(const char *text, size_t len, uint64_t *out_number)
{
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9' || len > NUMBER_DIGITS_MAX) {
            return false;
        }
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    *out_number = number;
    return len > 0;
}

uint64_t prepared_list_number(const char *line, size_t len)
{
    const char *tab = memchr(line, '\t', len);
    uint64_t number;
    return tab != NULL && read_number(line, (size_t)(tab - line), &number) ? number : 0;
}

#define NUM_HEAD_CELLS 5

bool prepared_list_read(char *line, size_t len, struct supplier_field *fields,
                        struct supplier *out_supplier)
{
    char *at = line, *end = line + len;
    struct supplier_field head[NUM_HEAD_CELLS];
    uint64_t number, problem;
    for (size_t i = 0; i < NUM_HEAD_CELLS; i++) {
        if (at == NULL || !take_cell(&at, end, &head[i])) {
            return false;
        }
    }
    if (!read_number(head[0].value, head[0].value_len, &number) || number == 0 ||
        !read_number(head[1].value, head[1].value_len, &problem) || head[2].value_len != 1 ||
        (problem > 0 && prepared_list_problem((size_t)problem - 1) == NULL)) {
        return false;
    }
    *out_supplier = (struct supplier){
        .line = number,
        .raw = head[3].value,
        .raw_len = head[3].value_len,
        .cell = head[4].value,
        .cell_len = head[4].value_len,
        .fields = fields,
        .is_web = head[2].value[0] == '1',
        .problem = problem > 0 ? prepared_list_problem((size_t)problem - 1) : NULL,
    };
    while (at != NULL && out_supplier->num_fields < SUPPLIER_FIELDS_MAX) {
        struct supplier_field name, *field = &fields[out_supplier->num_fields++];
        if (!take_cell(&at, end, &name) || at == NULL || !take_cell(&at, end, field)) {
            return false;
        }
        field->name = name.value;
        field->name_len = name.value_len;
        line[name.value + name.value_len - line] = '\0'; /* in place of its tab */
    }
    return at == NULL && out_supplier->raw_len <= SUPPLIER_LINE_MAX;
}
