/*
 * Short calls to a few mail servers at once, as polite as can be: the greeting is awaited, then
 * EHLO is sent, then QUIT, and nothing else.
 */
#ifndef MXGRADE_SCANNER_CALLS_H
#define MXGRADE_SCANNER_CALLS_H

#include "scanner/doctor/examination.h"
#include "scanner/doctor/places.h"

#define CALL_TEXT_MAX 128

enum call_end {
    CALL_UNMADE,      /* this machine lacks a descriptor, a port or memory */
    CALL_TIMED_OUT,   /* no connection */
    CALL_REFUSED,     /* by a reset */
    CALL_UNREACHABLE, /* no route, or prohibited */
    CALL_CLOSED,      /* connected, and closed without a greeting */
    CALL_SILENT,      /* connected, and no greeting in time */
    CALL_NOT_SMTP,    /* something else spoke */
    CALL_GREETED
};

struct call_result {
    enum call_end end;
    char greeting[CALL_TEXT_MAX]; /* its first line, as printable ASCII */
    bool has_capabilities;        /* it has answered EHLO */
    bool offers_starttls;
};

/* Calls all of them and waits, ten seconds at most. `out_results` has one for each place. */
void calls_make(const struct examination *examination, const struct places *places,
                struct call_result *out_results);

#endif
