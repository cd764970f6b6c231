#include "output/metrics/metrics_text.h"

#include <inttypes.h>

void metrics_family(FILE *stream, const char *name, const char *help)
{
    fprintf(stream, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

void metrics_count(FILE *stream, const char *name, const char *help, uint64_t value)
{
    metrics_family(stream, name, help);
    fprintf(stream, "%s %" PRIu64 "\n", name, value);
}

void metrics_flag(FILE *stream, const char *name, const char *help, bool value)
{
    metrics_count(stream, name, help, value);
}

void metrics_seconds(FILE *stream, const char *name, const char *help, double seconds)
{
    metrics_family(stream, name, help);
    fprintf(stream, "%s %.3f\n", name, seconds);
}

/* The format has escapes for these three. */
static void put_label_value(FILE *stream, const char *value)
{
    for (; *value != '\0'; value++) {
        if (*value == '\n') {
            fputs("\\n", stream);
        } else {
            if (*value == '"' || *value == '\\') {
                putc('\\', stream);
            }
            putc(*value, stream);
        }
    }
}

void metrics_sample(FILE *stream, const char *name, const char *label, const char *value,
                    uint64_t count)
{
    fprintf(stream, "%s{%s=\"", name, label);
    put_label_value(stream, value);
    fprintf(stream, "\"} %" PRIu64 "\n", count);
}

void metrics_counts(FILE *stream, const char *name, const char *help, const char *label,
                    const struct record_enum *values, const uint64_t *counts)
{
    metrics_family(stream, name, help);
    for (unsigned i = 0; i < values->num_values; i++) {
        const char *value = record_enum_name(values, i);
        metrics_sample(stream, name, label, value != NULL ? value : "none", counts[i]);
    }
}
