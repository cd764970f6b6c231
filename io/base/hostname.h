/*
 * Names of hosts and mail domains. A `struct hostname` is made here and nowhere else, by the rules
 * of IDNA 2008 (libidn2; RFC 5890, RFC 5891) and of the DNS (RFC 1035 section 2.3.4). Whatever
 * names a host to others takes this type: SNI, EHLO, an HTTP host, a key of a cache. Text from the
 * wire, the list or a file of settings becomes one or is refused.
 *
 * A name is immutable and shared by counted references, on any thread: everyone who keeps it holds
 * one, and the last one to let go frees it. It takes no more memory than its text needs.
 */
#ifndef MXGRADE_IO_HOSTNAME_H
#define MXGRADE_IO_HOSTNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/table.h"

#define HOSTNAME_SIZE 254 /* the longest, in bytes: 253 octets (RFC 1035 section 2.3.4), a NUL */

struct hostname;

enum hostname_status {
    HOSTNAME_OK,
    HOSTNAME_EMPTY,
    HOSTNAME_TOO_LONG,      /* a label over 63 octets or a name over 253 */
    HOSTNAME_BAD_LABEL,     /* empty label, forbidden character, IDNA violation, all-digit TLD */
    HOSTNAME_IS_ADDRESS,    /* an IP address literal, bracketed or not */
    HOSTNAME_NOT_QUALIFIED, /* a single label */
    HOSTNAME_IS_URL,        /* has a '/' */
    HOSTNAME_IS_MAILBOX,    /* has an '@' */
    HOSTNAME_NO_MEMORY      /* the conversion could not be made; says nothing about the name */
};

const char *hostname_status_text(enum hostname_status status); /* for the message to a person */

/*
 * Reads a name as people write it: white space around it and one trailing dot dropped, case folded,
 * U-labels to A-labels (UTF-8 in). Underscores are allowed (they occur in the DNS); everything else
 * outside LDH is not. `len` bytes of `text`, no NUL needed. Thread-safe.
 *
 * With HOSTNAME_OK *out_name is a reference for the caller to release; else it is NULL.
 */
enum hostname_status hostname_parse(const char *text, size_t len, const struct hostname **out_name);

/* The same, but a single label is a name too: a top-level domain can be a mail host, and a machine
 * may be called "mail". For names from the DNS. */
enum hostname_status hostname_parse_any(const char *text, size_t len,
                                        const struct hostname **out_name);

/* The name `label`.`parent`. `label` is "mta-sts", or another constant that keeps the rules. */
enum hostname_status hostname_below(const char *label, const struct hostname *parent,
                                    const struct hostname **out_name);

/* Another reference to the same name, and the end of one. NULL is fine for both. */
const struct hostname *hostname_hold(const struct hostname *name);
void hostname_release(const struct hostname *name);

/* The name: A-labels, lower case, no trailing dot, NUL-terminated. As long as the name. */
const char *hostname_text(const struct hostname *name);

/* The same, or NULL where there is no name. */
const char *hostname_text_or_null(const struct hostname *name);

size_t hostname_len(const struct hostname *name);

/* Two NULLs are equal too. */
bool hostname_equal(const struct hostname *a, const struct hostname *b);

uint64_t hostname_hash(const struct hostname *name, const struct table_seed *seed);

/*
 * The registrable ("organisational") domain of a name, e.g. "example.co.uk" of "a.b.example.co.uk":
 * the end of hostname_text(), all of it where there is no such domain (a public suffix, or no list
 * is installed). By libpsl's copy of the Public Suffix List. Thread-safe; the first call reads the
 * list.
 */
const char *hostname_organisation(const struct hostname *name);

/*
 * Do the `len` bytes of text, A-labels of any case, make a public suffix of more than one label, by
 * the ICANN section of the list? What its private section has, such as "github.io", belongs to
 * somebody, who may have a certificate for all of it. False without a list.
 */
bool hostname_is_icann_suffix(const char *text, size_t len);

#endif
