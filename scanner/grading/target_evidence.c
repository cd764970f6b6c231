#include "scanner/grading/target_evidence.h"

#include <string.h>

bool target_mx_read_name(struct target_mx *mx)
{
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
