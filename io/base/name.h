/*
 * Domain names: from what people write to what is asked on the wire. IDNA 2008 by libidn2 (RFC
 * 5890, RFC 5891), the organisational domain by libpsl's copy of the Public Suffix List.
 */
#ifndef MXGRADE_IO_NAME_H
#define MXGRADE_IO_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define NAME_MAX_TEXT 254 /* 253 octets (RFC 1035 section 2.3.4) and a NUL */

enum name_status {
    NAME_OK,
    NAME_EMPTY,
    NAME_TOO_LONG,      /* a label over 63 octets or a name over 253 */
    NAME_BAD_LABEL,     /* empty label, forbidden character, IDNA violation, all-digit TLD */
    NAME_IS_ADDRESS,    /* an IP address literal, bracketed or not */
    NAME_NOT_QUALIFIED, /* a single label */
    NAME_IS_URL,        /* has a '/' */
    NAME_IS_MAILBOX,    /* has an '@' */
    NAME_NO_MEMORY      /* the conversion could not be made; says nothing about the name */
};

const char *name_status_text(enum name_status status); /* for the message to a person */

/*
 * Normalises a domain as written in a list: white space around it and one trailing dot dropped,
 * case folded, U-labels to A-labels (UTF-8 in). Underscores are allowed (they occur in the DNS);
 * everything else outside LDH is not. `len` bytes of `text`, no NUL needed. Thread-safe. `out_name`
 * is unspecified unless the answer is NAME_OK.
 */
enum name_status name_normalise(const char *text, size_t len, char out_name[NAME_MAX_TEXT]);

/*
 * The registrable ("organisational") domain of a name, e.g. "example.co.uk" of "a.b.example.co.uk".
 * Returns a pointer into `name`; the name itself if it has none (a public suffix, or no list is
 * installed). `name` is as name_normalise() gives it. Thread-safe; the first call reads the list.
 */
const char *name_organisation(const char *name);

#endif
