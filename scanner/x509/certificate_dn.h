/*
 * Distinguished names as text: RFC 4514, the most specific part first, in UTF-8 whatever the
 * encoding was. Values keep their characters; what the RFC escapes (its separators, and controls
 * with NUL among them) is escaped, and a value of a type that is no string is "#" and hex.
 */
#ifndef MXGRADE_SCANNER_CERTIFICATE_DN_H
#define MXGRADE_SCANNER_CERTIFICATE_DN_H

#include <stdbool.h>

#include "io/base/arena.h"
#include "output/record/record.h"

/*
 * `name` is a Name in DER. As much of a broken one as can be read; an empty name is an empty text;
 * out_text->bytes is NULL if it is not even a sequence. False on lack of memory.
 */
bool certificate_dn_text(struct arena *arena, struct text name, struct text *out_text);

/*
 * Whether a commonName is `host`, by the rules of DNS identifiers. Such a certificate is not valid
 * for the host (RFC 9525 section 2), but that is worth telling.
 */
bool certificate_dn_common_name_is(struct text name, const char *host);

#endif
