#include "scanner/engine/exclude.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXCLUDE_LINE_MAX 1024

struct exclude {
    char **names; /* sorted */
    size_t num_names;
    struct prefix *prefixes;
    size_t num_prefixes;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Cuts the comment and the white space around what is left. */
static char *trimmed(char *line)
{
    line[strcspn(line, "#\r\n")] = '\0';
    line += strspn(line, " \t");
    size_t len = strlen(line);
    while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t')) {
        line[--len] = '\0';
    }
    return line;
}

static bool add_prefix(struct exclude *exclude, const struct prefix *prefix)
{
    struct prefix *prefixes =
        realloc(exclude->prefixes, (exclude->num_prefixes + 1) * sizeof(*prefixes));
    if (prefixes == NULL) {
        return false;
    }
    exclude->prefixes = prefixes;
    prefixes[exclude->num_prefixes++] = *prefix;
    return true;
}

static bool add_name(struct exclude *exclude, const char *name)
{
    char **names = realloc(exclude->names, (exclude->num_names + 1) * sizeof(*names));
    if (names == NULL) {
        return false;
    }
    exclude->names = names;
    names[exclude->num_names] = strdup(name);
    return names[exclude->num_names++] != NULL;
}

static bool add_line(struct exclude *exclude, char *line, const char **out_problem)
{
    char *entry = trimmed(line);
    struct prefix prefix;
    const struct hostname *name;
    if (*entry == '\0') {
        return true;
    }
    *out_problem = "out of memory";
    if (prefix_parse(entry, &prefix)) {
        return add_prefix(exclude, &prefix);
    }
    enum hostname_status status = hostname_parse_any(entry, strlen(entry), &name);
    if (status != HOSTNAME_OK) {
        *out_problem = hostname_status_text(status);
        return false;
    }
    bool added = add_name(exclude, hostname_text(name));
    hostname_release(name);
    return added;
}

static bool read_all(struct exclude *exclude, FILE *file, const char *path, char *out_error,
                     size_t error_size)
{
    char line[EXCLUDE_LINE_MAX];
    const char *problem;
    for (size_t number = 1; fgets(line, sizeof(line), file) != NULL; number++) {
        if (!add_line(exclude, line, &problem)) {
            snprintf(out_error, error_size, "%s, line %zu: %s", path, number, problem);
            return false;
        }
    }
    /* Half of a list of those who must be left alone is none: a folder, for one, can be opened. */
    if (ferror(file)) {
        snprintf(out_error, error_size, "%s: %s", path, strerror(errno));
        return false;
    }
    return true;
}

struct exclude *exclude_new(const char *path, char *out_error, size_t error_size)
{
    FILE *file = fopen(path, "re");
    struct exclude *exclude = calloc(1, sizeof(*exclude));
    if (file == NULL || exclude == NULL) {
        snprintf(out_error, error_size, "%s: %s", path, strerror(errno));
        free(exclude);
        exclude = NULL;
    } else if (!read_all(exclude, file, path, out_error, error_size)) {
        exclude_free(exclude);
        exclude = NULL;
    } else if (exclude->num_names > 0) {
        qsort(exclude->names, exclude->num_names, sizeof(exclude->names[0]), compare_names);
    }
    if (file != NULL) {
        fclose(file);
    }
    return exclude;
}

void exclude_free(struct exclude *exclude)
{
    if (exclude == NULL) {
        return;
    }
    for (size_t i = 0; i < exclude->num_names; i++) {
        free(exclude->names[i]);
    }
    free(exclude->names);
    free(exclude->prefixes);
    free(exclude);
}

bool exclude_has_name(const struct exclude *exclude, const struct hostname *host)
{
    if (exclude == NULL || exclude->num_names == 0) {
        return false;
    }
    const char *name = hostname_text(host);
    while (name != NULL) {
        if (bsearch(&name, exclude->names, exclude->num_names, sizeof(exclude->names[0]),
                    compare_names) != NULL) {
            return true;
        }
        const char *dot = strchr(name, '.');
        name = dot != NULL ? dot + 1 : NULL;
    }
    return false;
}

bool exclude_has_address(const struct exclude *exclude, const struct address *address)
{
    for (size_t i = 0; exclude != NULL && i < exclude->num_prefixes; i++) {
        if (prefix_contains(&exclude->prefixes[i], address)) {
            return true;
        }
    }
    return false;
}
