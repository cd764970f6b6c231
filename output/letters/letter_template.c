#include "output/letters/letter_template.h"

#include <string.h>

static const char *const names[LETTER_PLACE_COUNT] = {
#define X(constant, name, meaning) name,
    LETTER_PLACE_TABLE(X)
#undef X
};

/* The place that a name of that length stands for, or LETTER_PLACE_COUNT. */
static unsigned find_place(const char *name, size_t len)
{
    unsigned place = 0;
    while (place < LETTER_PLACE_COUNT &&
           (strlen(names[place]) != len || memcmp(names[place], name, len) != 0)) {
        place++;
    }
    return place;
}

static size_t line_of(const char *text, const char *at)
{
    size_t line = 1;
    for (; text < at; text++) {
        line += *text == '\n';
    }
    return line;
}

bool letter_template_check(const char *text, size_t *out_line, char *out_problem,
                           size_t problem_size)
{
    for (const char *at = text; (at = strstr(at, "{{")) != NULL;) {
        const char *name = at + 2;
        size_t len = strcspn(name, "}\n");
        *out_line = line_of(text, at);
        if (name[len] != '}' || name[len + 1] != '}') {
            snprintf(out_problem, problem_size, "\"{{\" is not closed by \"}}\" on its line");
            return false;
        }
        if (find_place(name, len) == LETTER_PLACE_COUNT) {
            snprintf(out_problem, problem_size, "there is no placeholder {{%.*s}}",
                     len < 40 ? (int)len : 40, name);
            return false;
        }
        at = name + len + 2;
    }
    return true;
}

void letter_template_write(FILE *stream, const char *text, const struct letter_values *values)
{
    for (const char *at = strstr(text, "{{"); at != NULL; at = strstr(text, "{{")) {
        const char *name = at + 2;
        size_t len = strcspn(name, "}\n");
        unsigned place = find_place(name, len);
        fwrite(text, 1, (size_t)(at - text), stream);
        if (place < LETTER_PLACE_COUNT && values->texts[place] != NULL) {
            fputs(values->texts[place], stream);
        }
        text = name + len + 2;
    }
    fputs(text, stream);
}
