/* What a record is found by. */
#include <stdio.h>
#include <string.h>

#include "output/file/result_internal.h"

static const char *string_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/*
 * FNV-1a. Who makes names collide gains nothing: a domain's name is compared again on its record,
 * and of endpoints that share a hash only the maker's own would be taken for one another.
 */
static uint64_t hash_add(uint64_t hash, const char *text)
{
    const char *end = text != NULL ? text + strlen(text) + 1 : NULL;
    for (const char *byte = text; byte != end; byte++) {
        hash = (hash ^ (unsigned char)*byte) * UINT64_C(0x100000001b3);
    }
    return hash;
}

#define HASH_START UINT64_C(0xcbf29ce484222325)

uint64_t result_endpoint_hash(const char *host, const char *address, uint16_t port)
{
    char digits[8];
    snprintf(digits, sizeof(digits), "%u", port);
    uint64_t hash = hash_add(HASH_START, host != NULL ? host : "");
    return hash_add(hash_add(hash, address != NULL ? address : ""), digits);
}

const char *result_file_key(const json_t *domain)
{
    const char *name = string_of(domain, "domain");
    const char *input = string_of(domain, "input");
    return name != NULL ? name : (input != NULL ? input : "");
}

/* A line that is no domain must not be taken for the domain that it may spell. */
uint64_t result_domain_hash(const json_t *domain)
{
    const char *kind = string_of(domain, "domain") != NULL ? "domain" : "line";
    return hash_add(hash_add(HASH_START, kind), result_file_key(domain));
}

bool result_same_domain(const json_t *a, const json_t *b)
{
    return (string_of(a, "domain") == NULL) == (string_of(b, "domain") == NULL) &&
           strcmp(result_file_key(a), result_file_key(b)) == 0;
}
