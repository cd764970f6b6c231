#include "scanner/cli/version.h"

#include "commit.h" /* of the build folder */
#include "scanner/base/library_versions.h"
#include "scanner/base/version.h"

void version_print(FILE *stream)
{
    char libraries[LIBRARY_VERSIONS_MAX];
    library_versions(libraries);
    fprintf(stream, "mxgrade %s (commit %s)\n%s\n", MXGRADE_VERSION, MXGRADE_COMMIT, libraries);
}
