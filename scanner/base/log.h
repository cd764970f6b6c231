/*
 * Messages for people, on stderr: what happened, to what, and what to do. Results never go there.
 */
#ifndef MXGRADE_SCANNER_LOG_H
#define MXGRADE_SCANNER_LOG_H

struct config;

/* "mxgrade: ..." */
void log_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* With --verbose only: the way of each dialogue, so that a wrong grade can be followed. */
void log_trace(const struct config *config, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
