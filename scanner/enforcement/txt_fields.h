/*
 * The way that MTA-STS and TLS reporting write their TXT records: a version, then "key=value"
 * fields between semicolons (RFC 8461 section 3.1, RFC 8460 section 3). White space may stand
 * around a semicolon only; the last one may be left out.
 */
#ifndef MXGRADE_SCANNER_TXT_FIELDS_H
#define MXGRADE_SCANNER_TXT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "io/dns/dns.h"
#include "output/record/record.h"

#define TXT_KEY_MAX 32 /* RFC 8461 section 3.1: sts-ext-name */

enum txt_selected {
    TXT_SELECTED_NONE,
    TXT_SELECTED_NEAR,     /* none, but one in other letters, indented, or without a semicolon */
    TXT_SELECTED_MULTIPLE, /* more than one: the same as none, by both RFCs */
    TXT_SELECTED_SPACED,   /* one, with white space between version and semicolon */
    TXT_SELECTED_ONE
};

/*
 * Picks the record that starts with `version`, e.g. "v=STSv1", and a semicolon. With SPACED and ONE
 * *out_rest is what follows the semicolon.
 */
enum txt_selected txt_fields_select(const struct text *records, size_t num_records,
                                    const char *version, struct text *out_rest);

struct txt_field {
    struct text key;
    struct text value; /* not empty; visible ASCII, and white space inside */
};

enum txt_next { TXT_NEXT_FIELD, TXT_NEXT_END, TXT_NEXT_BAD };

/* Takes the next field off `rest`. BAD: this is not a field, and the record is none. */
enum txt_next txt_fields_next(struct text *rest, struct txt_field *out_field);

/* A letter or digit, then letters, digits, "_", "-" and "."; at most TXT_KEY_MAX. */
bool txt_is_key(struct text key);

bool txt_field_has_key(const struct txt_field *field, const char *key);

/* The records of a TXT answer, borrowed from it; returns how many. */
size_t txt_of_answer(const struct dns_answer *answer, struct text out_records[DNS_RECORDS_MAX]);

/* Without the spaces and tabs around it. */
struct text txt_trim(struct text text);

#endif
