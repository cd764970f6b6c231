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

static const char *result_file_key(const json_t *domain)
{
    const char *name = string_of(domain, "domain");
    const char *input = string_of(domain, "input");
    return name != NULL ? name : (input != NULL ? input : "");
}

/* A line that is no domain must not be taken for the domain that it may spell. */
uint64_t result_domain_hash(const struct result_file *file, const json_t *domain)
{
    uint64_t hash = hash_text(file, result_file_key(domain));
    return string_of(domain, "domain") != NULL ? hash : ~hash;
}

bool result_same_domain(const json_t *a, const json_t *b)
{
    return (string_of(a, "domain") == NULL) == (string_of(b, "domain") == NULL) &&
           strcmp(result_file_key(a), result_file_key(b)) == 0;
}
