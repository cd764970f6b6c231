#include "scanner/base/library_versions.h"

#include <ares.h>
#include <ev.h>
#include <hiredis/hiredis.h>
#include <http_parser.h>
#include <idn2.h>
#include <libpsl.h>
#include <maxminddb.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdio.h>
#include <zstd.h>

void library_versions(char out_text[LIBRARY_VERSIONS_MAX])
{
    unsigned long parser = http_parser_version();
    (void)snprintf(
        out_text, LIBRARY_VERSIONS_MAX,
        "%s, API %d; c-ares %s; libev %d.%d; libmaxminddb %s; zstd %s; libidn2 %s; libpsl %s; "
        "http-parser %lu.%lu.%lu; hiredis %d.%d.%d; SQLite %s",
        OpenSSL_version(OPENSSL_VERSION), BORINGSSL_API_VERSION, ares_version(NULL),
        ev_version_major(), ev_version_minor(), MMDB_lib_version(), ZSTD_versionString(),
        idn2_check_version(NULL), psl_get_version(), parser >> 16 & 255, parser >> 8 & 255,
        parser & 255, HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH, sqlite3_libversion());
}
