/*
 * hostname_parse() on any bytes: what it takes is a name by the rules of the DNS, stays itself when
 * read again, and has its organisation inside it.
 */
#include "io/base/hostname.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void require_wire_form(const char *name, size_t least_dots)
{
    size_t label_len = 0;
    size_t num_dots = 0;
    for (const char *at = name; *at != '\0'; at++) {
        if (*at == '.') {
            require(label_len > 0);
            label_len = 0;
            num_dots++;
            continue;
        }
        require(strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", *at) != NULL);
        require(++label_len <= 63);
    }
    require(label_len > 0 && num_dots >= least_dots && strlen(name) <= 253);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct hostname *name, *any, *again;
    enum hostname_status status = hostname_parse((const char *)data, size, &name);
    enum hostname_status any_status = hostname_parse_any((const char *)data, size, &any);
    require(hostname_status_text(status) != NULL);
    require((status == HOSTNAME_OK) == (name != NULL));
    require(any_status == (status == HOSTNAME_NOT_QUALIFIED ? HOSTNAME_OK : status));
    if (any != NULL) {
        const char *text = hostname_text(any);
        require_wire_form(text, status == HOSTNAME_OK ? 1 : 0);
        require(hostname_len(any) == strlen(text));
        require(hostname_parse_any(text, strlen(text), &again) == HOSTNAME_OK);
        require(hostname_equal(any, again));
        require(status != HOSTNAME_OK || hostname_equal(any, name));
        const char *organisation = hostname_organisation(any);
        require(organisation >= text && organisation < text + strlen(text));
        require(organisation == text || organisation[-1] == '.');
        hostname_release(again);
    }
    hostname_release(any);
    hostname_release(name);
    return 0;
}
