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

static int write_escaped(const char *json, size_t len, void *stream)
{
    size_t done = 0;
    for (size_t i = 0; i < len; i++) {
        const char *escape = escape_of(json[i]);
        if (escape != NULL) {
            fwrite(json + done, 1, i - done, stream);
            fputs(escape, stream);
            done = i + 1;
        }
    }
    fwrite(json + done, 1, len - done, stream);
    return ferror((FILE *)stream) ? -1 : 0;
}

bool report_island_dump(FILE *stream, const json_t *value)
{
    if (value == NULL) {
        return fputs("null", stream) >= 0;
    }
    return json_dump_callback(value, write_escaped, stream, JSON_COMPACT | JSON_ENCODE_ANY) == 0;
}

void report_island_open(FILE *page, const char *name, size_t number)
{
    fprintf(page, "<script type=\"application/json\" id=\"%s%zu\">", name, number);
}

void report_island_close(FILE *page)
{
    fputs("</script>\n", page);
}
