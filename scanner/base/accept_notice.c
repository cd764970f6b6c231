#include "scanner/base/accept_notice.h"

#include "scanner/base/log.h"

#define TOLD_MAX 5 /* lines of each kind; the summary has more of them */

static void tell(const char *path, const char *what, uint64_t num, const char *const *named,
                 size_t num_named)
{
    if (num == 0) {
        return;
    }
    log_message("%s: %llu of its lines %s:", path, (unsigned long long)num, what);
    for (size_t i = 0; i < num_named && i < TOLD_MAX; i++) {
        log_message("  %s", named[i]);
    }
    if (num > TOLD_MAX) {
        log_message("  and %llu others", (unsigned long long)(num - TOLD_MAX));
    }
}

void accept_notice(const char *path, const struct acceptance_counts *counts)
{
    if (path != NULL) {
        tell(path, "have ended and accept nothing any more", counts->num_expired, counts->expired,
             counts->num_expired_named);
        tell(path, "accept what was not found", counts->num_unused, counts->unused,
             counts->num_unused_named);
    }
}
