#include "scanner/base/ehlo_name.h"

#include <stdio.h>
#include <string.h>

_Static_assert(sizeof("[IPv6:]") + ADDRESS_TEXT_MAX <= HOSTNAME_SIZE, "every literal fits");

struct ehlo_name ehlo_name_of_host(const struct hostname *host)
{
    struct ehlo_name name = {""};
    memcpy(name.text, hostname_text(host), hostname_len(host));
    return name;
}

struct ehlo_name ehlo_name_of_address(const struct address *address)
{
    struct ehlo_name name = {""};
    char text[ADDRESS_TEXT_MAX];
    address_format(address, text);
    (void)snprintf(name.text, sizeof(name.text), address->family == 6 ? "[IPv6:%s]" : "[%s]", text);
    return name;
}

const char *ehlo_name_parse(const char *text, struct ehlo_name *out_name)
{
    struct address address;
    if (address_parse(text, &address)) {
        *out_name = ehlo_name_of_address(&address);
        return NULL;
    }
    const struct hostname *host;
    enum hostname_status status = hostname_parse_any(text, strlen(text), &host);
    if (status != HOSTNAME_OK) {
        return hostname_status_text(status);
    }
    *out_name = ehlo_name_of_host(host);
    hostname_release(host);
    return NULL;
}

static bool ends_with(const char *text, const char *suffix)
{
    size_t len = strlen(text);
    size_t suffix_len = strlen(suffix);
    return len > suffix_len && strcmp(text + len - suffix_len, suffix) == 0;
}

const char *ehlo_name_problem(const struct ehlo_name *name)
{
    static const char *const private_suffixes[] = {".local",    ".localdomain", ".internal",
                                                   ".lan",      ".home.arpa",   ".localhost",
                                                   ".intranet", ".corp",        ".home"};
    if (name->text[0] == '[') {
        return "it is an address, not a name";
    }
    if (strchr(name->text, '.') == NULL) {
        return "it is not a fully qualified domain name";
    }
    for (size_t i = 0; i < sizeof(private_suffixes) / sizeof(private_suffixes[0]); i++) {
        if (ends_with(name->text, private_suffixes[i])) {
            return "it is not a public name";
        }
    }
    return NULL;
}
