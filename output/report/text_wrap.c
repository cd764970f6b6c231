#include "output/report/text_wrap.h"

#include <string.h>

void text_wrap(FILE *stream, unsigned indent, const char *label, const char *text, unsigned width)
{
    size_t start = indent + strlen(label);
    size_t column = start;
    size_t end = width > TEXT_WRAP_WIDTH_MIN ? width : TEXT_WRAP_WIDTH_MIN;
    fprintf(stream, "%*s%s", (int)indent, "", label);
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        if (column > start && column + 1 + len > end) {
            fprintf(stream, "\n%*s", (int)start, "");
            column = start;
        } else if (column > start) {
            fputc(' ', stream);
            column++;
        }
        fprintf(stream, "%.*s", (int)len, text);
        column += len;
        text += len + strspn(text + len, " ");
    }
    fputc('\n', stream);
}
