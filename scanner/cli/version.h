/* What `mxgrade --version` says: which program this is, and which libraries it runs with. */
#ifndef MXGRADE_SCANNER_CLI_VERSION_H
#define MXGRADE_SCANNER_CLI_VERSION_H

#include <stdio.h>

void version_print(FILE *stream);

#endif
