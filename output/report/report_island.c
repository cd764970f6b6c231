#include "output/report/report_island.h"

static const char *escape_of(char byte)
{
    switch (byte) {
    case '<':
        return "\\u003c";
    case '>':
        return "\\u003e";
    case '&':
        return "\\u0026";
    default:
        return NULL;
    }
}

bool report_island_put(FILE *stream, struct text json)
{
    size_t done = 0;
    if (json.len == 0) {
        return ferror(stream) == 0; /* there may be no bytes at all */
    }
    for (size_t i = 0; i < json.len; i++) {
        const char *escape = escape_of(json.bytes[i]);
        if (escape != NULL) {
            fwrite(json.bytes + done, 1, i - done, stream);
            fputs(escape, stream);
            done = i + 1;
        }
    }
    fwrite(json.bytes + done, 1, json.len - done, stream);
    return ferror(stream) == 0;
}

bool report_island_put_value(FILE *stream, const struct json_writer *value)
{
    struct text json = json_writer_text(value);
    return json.bytes != NULL && report_island_put(stream, json);
}

void report_island_open(FILE *page, const char *name, size_t number)
{
    fprintf(page, "<script type=\"application/json\" id=\"%s%zu\">", name, number);
}

void report_island_close(FILE *page)
{
    fputs("</script>\n", page);
}
