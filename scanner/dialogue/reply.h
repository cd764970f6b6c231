/* A reply of a mail server while it is being read, line by line, and what it amounts to. */
#ifndef MXGRADE_SCANNER_REPLY_H
#define MXGRADE_SCANNER_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/dialogue/literal.h"

#define REPLY_TEXT_MAX  512   /* kept of a reply; the rest is only counted */
#define REPLY_BYTES_MAX 65536 /* of one reply; more is TOO_MUCH_DATA */

enum reply_status {
    REPLY_MORE,      /* the reply goes on */
    REPLY_OK,        /* complete: yes */
    REPLY_TEMPORARY, /* complete: not now (4xx) */
    REPLY_CLOSING,   /* complete: not now, and the server hangs up (421) */
    REPLY_PERMANENT, /* complete: no (5xx) */
    REPLY_GARBAGE    /* not of this protocol */
};

/* A reply while it is being read. All zero is the beginning of one. */
struct reply_reader {
    unsigned code;
    unsigned num_lines;
    size_t num_bytes;
    char text[REPLY_TEXT_MAX]; /* the lines, joined by '\n' */
    size_t text_len;
    bool answers_injected;  /* the command that was glued to STARTTLS was executed */
    bool is_second_awaited; /* of two replies where one is due: see service_smtp.c */
    bool has_capabilities;  /* a list of them was among its lines */
    struct literal_joiner joiner;
};

/* Adds a line to the kept text. */
void reply_keep_text(struct reply_reader *reply, const char *line, size_t len);

#endif
