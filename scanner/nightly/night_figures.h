/* The file of figures for a monitoring system: how the last night went, and its notification. */
#ifndef MXGRADE_SCANNER_NIGHT_FIGURES_H
#define MXGRADE_SCANNER_NIGHT_FIGURES_H

#include <stdbool.h>

#include "output/metrics/night_metrics.h"
#include "scanner/nightly/night_folder.h"

struct night_figures {
    const struct night_folder *folder;
    const char *path; /* NULL: mxgrade.prom in the folder */
};

/*
 * Replaces the file. `run` and `summary` of the metrics are taken from the night that `latest`
 * names. False after a message.
 */
bool night_figures_write(const struct night_figures *figures, struct night_metrics metrics);

/*
 * Makes `status` the one of the night whose figures are there, after another process has told of
 * it, or has failed to. With `instead_of` only where they have that status; with
 * NIGHT_METRICS_ANY_STATUS in any case. Where there are no figures, nothing is written. False after
 * a message.
 */
bool night_figures_set_status(const struct night_figures *figures, int instead_of, unsigned status);

#endif
