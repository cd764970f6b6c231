#include "scanner/cli/version.h"

#include <ares.h>
#include <ev.h>
#include <http_parser.h>
#include <idn2.h>
#include <libpsl.h>
#include <maxminddb.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <zstd.h>

#include "commit.h" /* of the build folder */
#include "scanner/base/version.h"

/* The libraries are those that are loaded, which may be newer than those of the build. */
void version_print(FILE *stream)
{
    unsigned long parser = http_parser_version();
    fprintf(stream, "mxgrade %s (commit %s)\n", MXGRADE_VERSION, MXGRADE_COMMIT);
    fprintf(stream,
            "%s, API %d; c-ares %s; libev %d.%d; libmaxminddb %s; zstd %s; libidn2 %s; libpsl %s; "
            "http-parser %lu.%lu.%lu; SQLite %s\n",
            OpenSSL_version(OPENSSL_VERSION), BORINGSSL_API_VERSION, ares_version(NULL),
            ev_version_major(), ev_version_minor(), MMDB_lib_version(), ZSTD_versionString(),
            idn2_check_version(NULL), psl_get_version(), parser >> 16 & 255, parser >> 8 & 255,
            parser & 255, sqlite3_libversion());
}
