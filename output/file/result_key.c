/* What a record is found by. */
#include <string.h>

#include "output/file/result_internal.h"

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

static const char *key_of(const struct domain_record *domain)
{
    const char *input = domain->input.bytes != NULL ? domain->input.bytes : "";
    return domain->domain != NULL ? domain->domain : input;
}

bool result_same_domain(const struct domain_record *a, const struct domain_record *b)
{
    return (a->domain == NULL) == (b->domain == NULL) && strcmp(key_of(a), key_of(b)) == 0;
}
