#include "scanner/enforcement/leaf_names.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/x509/certificate.h"

struct leaf_names *leaf_names_new(const struct text *names, size_t num_names)
{
    size_t num = num_names < LEAF_NAMES_MAX ? num_names : LEAF_NAMES_MAX;
    struct leaf_names *kept = calloc(1, sizeof(*kept) + num * sizeof(kept->names[0]));
    if (kept == NULL) {
        return NULL;
    }
    atomic_init(&kept->references, 1);
    for (size_t i = 0; i < num; i++) {
        bool is_text = memchr(names[i].bytes, '\0', names[i].len) == NULL;
        if (names[i].len < LEAF_NAME_SIZE && is_text) {
            memcpy(kept->names[kept->num_names++], names[i].bytes, names[i].len);
        }
    }
    return kept;
}

struct leaf_names *leaf_names_hold(struct leaf_names *names)
{
    if (names != NULL) {
        atomic_fetch_add_explicit(&names->references, 1, memory_order_relaxed);
    }
    return names;
}

void leaf_names_release(struct leaf_names *names)
{
    if (names != NULL &&
        atomic_fetch_sub_explicit(&names->references, 1, memory_order_acq_rel) == 1) {
        free(names);
    }
}

bool leaf_names_have(const struct leaf_names *names, const struct hostname *domain)
{
    for (size_t i = 0; names != NULL && i < names->num_names; i++) {
        const char *name = names->names[i];
        if (certificate_name_matches(name, strlen(name), hostname_text(domain))) {
            return true;
        }
    }
    return false;
}
