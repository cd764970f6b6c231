/* Is there a way to hosts that have IPv6 addresses? */
#include "io/net/source_addresses.h"
#include "scanner/doctor/checks.h"
#include "scanner/engine/route.h"

void check_ipv6(struct examination *examination, struct doctor_finding *finding)
{
    struct address source;
    char text[ADDRESS_TEXT_MAX];
    if (!examination->config->ipv6) {
        finding_set(finding, DOCTOR_NOT_ASKED, "-4 leaves IPv6 out");
    } else if (examination->config->proxy != NULL) {
        finding_set(finding, DOCTOR_NOT_ASKED, "the proxy has routes of its own");
    } else if (!source_addresses_has(examination->config->sources, 6)) {
        finding_set(finding, DOCTOR_NOT_ASKED, "--source names no IPv6 address");
    } else if (route_source(6, &source)) {
        address_format(&source, text);
        finding_set(finding, DOCTOR_FINE, "IPv6 has a route, from %s", text);
    } else {
        finding_set(
            finding, DOCTOR_WARNING,
            "this machine has no route for IPv6: such addresses of mail hosts are left out, "
            "and the letters rest on the others");
        finding_advise(finding, "run it where there is one, or leave them out with -4");
    }
}
