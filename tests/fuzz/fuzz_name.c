/*
 * name_normalise() on any bytes: what it takes is a name by the rules of the DNS, stays itself when
 * read again, and has its organisation inside it.
 */
#include "io/base/name.h"

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

static void require_wire_form(const char *name)
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
    require(label_len > 0 && num_dots > 0 && strlen(name) <= 253);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[NAME_MAX_TEXT];
    char again[NAME_MAX_TEXT];
    enum name_status status = name_normalise((const char *)data, size, name);
    require(name_status_text(status) != NULL);
    if (status != NAME_OK) {
        return 0;
    }
    require_wire_form(name);
    require(name_normalise(name, strlen(name), again) == NAME_OK && strcmp(name, again) == 0);
    const char *organisation = name_organisation(name);
    require(organisation >= name && organisation < name + strlen(name));
    require(organisation == name || organisation[-1] == '.');
    return 0;
}
