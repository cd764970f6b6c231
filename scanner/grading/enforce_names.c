#include "scanner/grading/enforce_names.h"

#include <string.h>

#include "io/base/address.h"

/* The text of the name in the arena; NULL: it is none, or there is no memory. */
static const char *read_name(struct arena *arena, const char *text)
{
    const struct hostname *name = NULL;
    bool is_pattern = strncmp(text, "*.", 2) == 0;
    const char *rest = is_pattern ? text + 2 : text;
    enum hostname_status status = hostname_parse(rest, strlen(rest), &name);
    if (status != HOSTNAME_OK) {
        arena->has_failed = arena->has_failed || status == HOSTNAME_NO_MEMORY;
        return NULL;
    }
    const char *read = arena_format(arena, "%s%s", is_pattern ? "*." : "", hostname_text(name));
    hostname_release(name);
    return read;
}

static bool has_name(const struct enforce_name_list *names, const char *name)
{
    for (size_t i = 0; i < names->num; i++) {
        if (strcmp(names->items[i], name) == 0) {
            return true;
        }
    }
    return false;
}

void enforce_names_add(struct enforce_name_list *names, const char *text)
{
    const char *name = read_name(names->arena, text);
    if (name == NULL || names->num == ENFORCE_NAMES_MAX) {
        names->has_other = true;
        return;
    }
    if (has_name(names, name)) {
        return;
    }
    const char **items = arena_alloc(names->arena, (names->num + 1) * sizeof(*items));
    if (items == NULL) {
        return;
    }
    for (size_t i = 0; i < names->num; i++) {
        items[i] = names->items[i];
    }
    items[names->num++] = name;
    names->items = items;
}

bool enforce_name_is_within(const char *name, const struct hostname *domain)
{
    size_t len = strlen(name), domain_len = hostname_len(domain);
    if (len < domain_len || strcmp(name + len - domain_len, hostname_text(domain)) != 0) {
        return false;
    }
    return len == domain_len || name[len - domain_len - 1] == '.';
}

static const char *behind_label(const char *name)
{
    const char *dot = strchr(name, '.');
    return dot != NULL ? dot + 1 : "";
}

const char *enforce_names_in_one(const struct enforce_name_list *names)
{
    if (names->num == 1) {
        return names->items[0];
    }
    const char *rest = names->num > 0 ? behind_label(names->items[0]) : "";
    for (size_t i = 1; i < names->num; i++) {
        if (strcmp(behind_label(names->items[i]), rest) != 0) {
            return "";
        }
    }
    bool is_somebodys = strchr(rest, '.') != NULL && !hostname_is_icann_suffix(rest, strlen(rest));
    const char *pattern = is_somebodys ? arena_format(names->arena, "*.%s", rest) : NULL;
    return pattern != NULL ? pattern : "";
}

const char *enforce_place_text(struct arena *arena, const char *host, const char *address,
                               const char *because)
{
    struct address parsed;
    char text[ADDRESS_TEXT_MAX] = "";
    if (address != NULL && address_parse(address, &parsed)) {
        address_format(&parsed, text);
    }
    return arena_format(arena, "%s%s%s%s%s%s", host, text[0] != '\0' ? " (" : "", text,
                        text[0] != '\0' ? ")" : "", because != NULL ? " " : "",
                        because != NULL ? because : "");
}
