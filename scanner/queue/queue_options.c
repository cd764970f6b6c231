#include "scanner/queue/queue_options.h"

#include <string.h>

#define OPTION_MAX 512

bool queue_option_is_of_job(const char *name, size_t len)
{
    static const char *const names[] = {
        "depth",
        "services",
        "submission-on-mx",
        "port",
        "https-port",
        "ipv4-only",
        "ipv6-only",
        "max-addresses",
        "now",
        "connect-timeout",
        "banner-timeout",
        "reply-timeout",
        "target-timeout",
        "handshake-timeout",
        "https-timeout",
        "dns-timeout",
        "retry-wait",
        "max-retries",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0) {
            return true;
        }
    }
    return false;
}

bool queue_option_is_fine(const char *text, size_t len)
{
    const char *equals = memchr(text, '=', len);
    if (len > OPTION_MAX || equals == NULL || strncmp(text, "--", 2) != 0) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            return false;
        }
    }
    return queue_option_is_of_job(text + 2, (size_t)(equals - text) - 2);
}
