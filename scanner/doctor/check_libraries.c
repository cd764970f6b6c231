/* Are the libraries of these days? */
#include <openssl/crypto.h>

#include "scanner/base/library_versions.h"
#include "scanner/doctor/checks.h"

/* That of Debian 13. BoringSSL has no other version, and no releases. */
#define BORINGSSL_API_RECENT 19

void check_libraries(struct examination *examination, struct doctor_finding *finding)
{
    char versions[LIBRARY_VERSIONS_MAX];
    (void)examination;
    library_versions(versions);
    if (BORINGSSL_API_VERSION < BORINGSSL_API_RECENT) {
        finding_set(finding, DOCTOR_WARNING,
                    "BoringSSL is an old one, of API %d, and faults of it may have been mended "
                    "since (%s)",
                    BORINGSSL_API_VERSION, versions);
        finding_advise(finding, "build on Debian 13, whose BoringSSL is of API %d",
                       BORINGSSL_API_RECENT);
    } else {
        finding_set(finding, DOCTOR_FINE, "%s", versions);
    }
}
