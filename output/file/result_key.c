/* What a record is found by. */
#include <string.h>

#include "output/file/result_internal.h"

static const char *string_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static uint64_t hash_text(const struct result_file *file, const char *text)
{
    return text != NULL ? table_hash(&file->seed, text, strlen(text)) : 0;
}

uint64_t result_endpoint_hash(const struct result_file *file, const char *host, const char *address,
                              uint16_t port)
{
    const uint64_t parts[] = {hash_text(file, host), hash_text(file, address), port};
    return table_hash(&file->seed, parts, sizeof(parts));
}

/*
 * Two runs' records of a domain have the same name, or of a line that has none the same text. A
 * line that is no domain must not be taken for the domain that it may spell.
 */
uint64_t result_domain_hash(const struct result_file *file, const char *domain, const char *input)
{
    uint64_t hash = hash_text(file, domain != NULL ? domain : (input != NULL ? input : ""));
    return domain != NULL ? hash : ~hash;
}

static const char *key_of(const json_t *domain)
{
    const char *name = string_of(domain, "domain");
    const char *input = string_of(domain, "input");
    return name != NULL ? name : (input != NULL ? input : "");
}

bool result_same_domain(const json_t *a, const json_t *b)
{
    return (string_of(a, "domain") == NULL) == (string_of(b, "domain") == NULL) &&
           strcmp(key_of(a), key_of(b)) == 0;
}
