/* The libraries that are loaded, which may be newer than those of the build. */
#ifndef MXGRADE_SCANNER_LIBRARY_VERSIONS_H
#define MXGRADE_SCANNER_LIBRARY_VERSIONS_H

#define LIBRARY_VERSIONS_MAX 320

/* "BoringSSL, API 19; c-ares 1.34.5; ..." */
void library_versions(char out_text[LIBRARY_VERSIONS_MAX]);

#endif
