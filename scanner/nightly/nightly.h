/*
 * A night: a scan, and what is made of it. Each step is whole before the next one begins, so that a
 * night that ends anywhere leaves the last good one as it was, and the next one goes on.
 */
#ifndef MXGRADE_SCANNER_NIGHTLY_H
#define MXGRADE_SCANNER_NIGHTLY_H

#include <stddef.h>

#include "scanner/base/config.h"

enum nightly_status {
    NIGHTLY_DONE,
    NIGHTLY_BAR_CROSSED, /* done, and a domain is below --fail-on */
    NIGHTLY_USAGE,
    NIGHTLY_CUT_SHORT, /* the last good night still holds */
    NIGHTLY_NOT_TOLD   /* done, but the notification failed, or the figures could not be written */
};

/*
 * Runs a night, or with CONFIG_NOTIFY_ONLY tells of the last one. Says what it does in messages.
 * The scan is given `options`, each as --name=value, beside what the night decides itself: the
 * list, where its results go, and that it goes on with what there is.
 */
enum nightly_status nightly_run(const struct config *config, char *const *options,
                                size_t num_options);

#endif
