#include "scanner/evidence/observation.h"

#include "io/tls/tls_names.h"

const char *observation_alert_text(struct arena *arena, uint8_t description)
{
    const char *name = tls_names_alert(description);
    return arena_format(arena, "alert %u %s", description, name != NULL ? name : "unknown");
}
