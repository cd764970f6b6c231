#include "scanner/evidence/observation.h"

#include <string.h>

#include "io/tls/tls_names.h"

void observation_set_uncontacted(struct observation *observation, enum outcome why,
                                 const char *detail)
{
    const struct verdict unknown = {TRI_UNKNOWN, why};
    observation->outcome = why;
    observation->detail = detail;
    observation->esmtp = unknown;
    observation->starttls_advertised = unknown;
    observation->starttls_accepted = unknown;
    observation->starttls_handshake = unknown;
}

const char *observation_alert_text(struct arena *arena, uint8_t description)
{
    const char *name = tls_names_alert(description);
    return arena_format(arena, "alert %u %s", description, name != NULL ? name : "unknown");
}

bool observation_is_refusal_alert(uint8_t description)
{
    static const uint8_t refusals[] = {
        40, /* handshake_failure */
        47, /* illegal_parameter: some servers send it to refuse an old version */
        70, /* protocol_version */
        71, /* insufficient_security */
    };
    return memchr(refusals, description, sizeof(refusals)) != NULL;
}
