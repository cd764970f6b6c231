#include "scanner/engine/canaries.h"

#include <stdio.h>
#include <string.h>

static bool read_texts(struct canaries *canaries, const struct config_texts *texts,
                       const char *option, char *out_error, size_t error_size)
{
    for (size_t i = 0; i < texts->num_items; i++) {
        const char *text = texts->items[i];
        const struct hostname **name = &canaries->names[canaries->num_names];
        enum hostname_status status = hostname_parse_any(text, strlen(text), name);
        if (status != HOSTNAME_OK) {
            snprintf(out_error, error_size, "--%s %s: %s", option, text,
                     hostname_status_text(status));
            return false;
        }
        canaries->num_names++;
    }
    return true;
}

bool canaries_read(struct canaries *canaries, const struct config *config, char *out_error,
                   size_t error_size)
{
    *canaries = (struct canaries){.num_names = 0};
    bool ok = read_texts(canaries, &config->canaries, "canary", out_error, error_size);
    canaries->num_present = canaries->num_names;
    return ok &&
           read_texts(canaries, &config->absent_canaries, "canary-absent", out_error, error_size);
}

void canaries_fini(struct canaries *canaries)
{
    while (canaries->num_names > 0) {
        hostname_release(canaries->names[--canaries->num_names]);
    }
}
