#include "output/metrics/night_metrics.h"

#include <stdlib.h>
#include <string.h>

#include "output/metrics/metrics_text.h"
#include "output/metrics/run_metrics.h"

#define STATUS "mxgrade_night_status"

static void put_changes(FILE *stream, const struct night_metrics *metrics)
{
    static const char name[] = "mxgrade_night_changes";
    metrics_family(stream, name, "Domains by what differs from the night before.");
    for (size_t i = 0; i < metrics->num_verdicts; i++) {
        metrics_sample(stream, name, "verdict", metrics->verdicts[i], metrics->changes[i]);
    }
    metrics_count(stream, "mxgrade_night_certificates_expiring",
                  "Certificates that passed 30, 14, 7 or 1 days since the night before.",
                  metrics->num_expiring);
}

void night_metrics_write(FILE *stream, const struct night_metrics *metrics)
{
    metrics_count(stream, STATUS,
                  "Exit status of the last night: 0 done, 1 a bar crossed, 2 usage, 3 cut short, "
                  "4 done but not told.",
                  metrics->status);
    metrics_seconds(stream, "mxgrade_night_start_timestamp_seconds", "When the last night began.",
                    metrics->started);
    metrics_seconds(stream, "mxgrade_night_end_timestamp_seconds", "When the last night ended.",
                    metrics->ended);
    if (metrics->changes != NULL) {
        put_changes(stream, metrics);
    }
    if (metrics->run != NULL) {
        run_metrics_write(stream, metrics->run->version != NULL ? metrics->run->version : "",
                          metrics->run->started, metrics->summary);
    }
}

bool night_metrics_copy(FILE *from, FILE *to, int instead_of, unsigned status)
{
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, from) > 0) {
        if (strncmp(line, STATUS " ", sizeof(STATUS)) == 0 &&
            (instead_of == NIGHT_METRICS_ANY_STATUS ||
             strtol(line + sizeof(STATUS), NULL, 10) == instead_of)) {
            fprintf(to, STATUS " %u\n", status);
        } else {
            fputs(line, to);
        }
    }
    free(line);
    return feof(from) && !ferror(from);
}
