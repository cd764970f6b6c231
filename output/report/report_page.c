#include "output/report/report_page.h"

#include <openssl/base64.h>
#include <openssl/sha.h>
#include <stddef.h>
#include <stdint.h>

#define BASE64_LEN(len) (((len) + 2) / 3 * 4)
#define DIGEST_TEXT_LEN (BASE64_LEN(SHA256_DIGEST_LENGTH) + 1)

/* Files of report/, as the Makefile turns them into bytes. */
static const uint8_t markup[] = {
#include "output/report/page/page.html.inc"
};
static const uint8_t style[] = {
#include "output/report/page/page.css.inc"
};
/* One script: functions of the earlier files serve the later ones; main.js starts it. */
static const uint8_t script[] = {
#include "output/report/page/dom.js.inc"
#include "output/report/page/model.js.inc"
#include "output/report/page/glossary.js.inc"
#include "output/report/page/evidence.js.inc"
#include "output/report/page/charts.js.inc"
#include "output/report/page/calls.js.inc"
#include "output/report/page/overview.js.inc"
#include "output/report/page/trend.js.inc"
#include "output/report/page/since.js.inc"
#include "output/report/page/table.js.inc"
#include "output/report/page/detail.js.inc"
#include "output/report/page/export.js.inc"
#include "output/report/page/view.js.inc"
#include "output/report/page/main.js.inc"
};

static void put(FILE *page, const uint8_t *bytes, size_t len)
{
    fwrite(bytes, 1, len, page);
}

/* As a CSP hash source has it (CSP Level 3, section 2.3.1). */
static const char *digest_text(const uint8_t *bytes, size_t len, char out_text[DIGEST_TEXT_LEN])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256(bytes, len, digest);
    EVP_EncodeBlock((uint8_t *)out_text, digest, sizeof(digest));
    return out_text;
}

void report_page_open(FILE *page)
{
    char script_digest[DIGEST_TEXT_LEN], style_digest[DIGEST_TEXT_LEN];
    fprintf(page,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
            "script-src 'sha256-%s'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'\">\n"
            "<meta name=\"referrer\" content=\"no-referrer\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta name=\"color-scheme\" content=\"light dark\">\n"
            "<title>Mail TLS report</title>\n<style>",
            digest_text(script, sizeof(script), script_digest),
            digest_text(style, sizeof(style), style_digest));
    put(page, style, sizeof(style));
    fputs("</style>\n</head>\n<body>\n", page);
    put(page, markup, sizeof(markup));
}

void report_page_script(FILE *page)
{
    fputs("<script>", page);
    put(page, script, sizeof(script));
    fputs("</script>\n", page);
}

void report_page_close(FILE *page)
{
    fputs("</body>\n</html>\n", page);
}
