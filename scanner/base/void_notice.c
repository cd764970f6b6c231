#include "scanner/base/void_notice.h"

#include "scanner/base/log.h"

void void_notice(const char *path, const struct run_void_record *why)
{
    if (why != NULL) {
        log_message("%s is of a run that is void: %s. Its servers are shown as U; ask for them "
                    "again from another network, with \"mxgrade scan --resume\"",
                    path, why->detail);
    }
}
