#include "scanner/grading/target_evidence.h"

#include <string.h>

/*
 * A new customer of Microsoft 365 proves that it owns a domain by an MX such as
 * "ms12345678.msv1.invalid", which has the highest preference value. Names below "invalid" never
 * exist (RFC 6761 section 6.4), so nobody can take such a host over.
 */
static bool is_token(const char *name)
{
    static const char top[] = ".invalid";
    const size_t len = strlen(name), top_len = sizeof(top) - 1;
    if (len <= top_len || strncmp(name, "ms", 2) != 0 || strcmp(name + len - top_len, top) != 0) {
        return false;
    }
    size_t num_digits = strspn(name + 2, "0123456789");
    return num_digits > 0 && name[2 + num_digits] == '.';
}

bool target_mx_read_name(struct target_mx *mx)
{
    mx->is_token = is_token(mx->name);
    switch (hostname_parse_any(mx->name, strlen(mx->name), &mx->host)) {
    case HOSTNAME_EMPTY:
        mx->is_null = true;
        return true;
    case HOSTNAME_IS_ADDRESS:
        mx->is_address = true;
        return true;
    case HOSTNAME_NO_MEMORY:
        return false;
    default:
        return true;
    }
}
