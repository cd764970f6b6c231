#include "output/history/history_detail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/address.h"

#define MARK_MAX sizeof("(#18446744073709551615)")

/* ---- The addresses ---- */

static size_t put_addresses(const char **items, size_t num, const struct mx_record *mx)
{
    for (size_t i = 0; i < mx->num_endpoints; i++) {
        if (mx->endpoints[i].address != NULL) {
            items[num++] = mx->endpoints[i].address;
        }
    }
    return num;
}

bool history_addresses_of(const struct domain_record *domain, struct arena *arena,
                          struct history_addresses *out_addresses)
{
    size_t max = 1, num = 0;
    for (size_t i = 0; i < domain->num_mx; i++) {
        max += domain->mx[i].num_endpoints;
    }
    for (size_t i = 0; i < domain->num_services; i++) {
        max += domain->services[i].host.num_endpoints;
    }
    const char **items = arena_alloc(arena, max * sizeof(*items));
    for (size_t i = 0; items != NULL && i < domain->num_mx; i++) {
        num = put_addresses(items, num, &domain->mx[i]);
    }
    for (size_t i = 0; items != NULL && i < domain->num_services; i++) {
        num = put_addresses(items, num, &domain->services[i].host);
    }
    *out_addresses = (struct history_addresses){items, num};
    return items != NULL;
}

/* ---- The text ---- */

/* The length of "(address)" at `text`, and which address it is; 0: it is none of them. */
static size_t find_address(const struct history_addresses *addresses, const char *text,
                           size_t *out_index)
{
    size_t len = strcspn(text + 1, ")");
    for (size_t i = 0; text[1 + len] == ')' && len < ADDRESS_TEXT_MAX && i < addresses->num_items;
         i++) {
        if (strlen(addresses->items[i]) == len && memcmp(addresses->items[i], text + 1, len) == 0) {
            *out_index = i;
            return len + 2;
        }
    }
    return 0;
}

/* "(#" of the text itself becomes "(##". */
static char *fold_at(char *out, const char **inout_text, const struct history_addresses *addresses)
{
    size_t index, len = find_address(addresses, *inout_text, &index);
    if (len > 0) {
        *inout_text += len;
        return out + sprintf(out, "(#%zu)", index);
    }
    *out++ = *(*inout_text)++;
    if (**inout_text == '#') {
        *out++ = '#';
    }
    return out;
}

static size_t count_brackets(const char *text)
{
    size_t num = 0;
    for (; *text != '\0'; text++) {
        num += *text == '(';
    }
    return num;
}

const char *history_detail_fold(const char *detail, const struct history_addresses *addresses,
                                struct arena *arena)
{
    size_t max = detail != NULL ? strlen(detail) + count_brackets(detail) * MARK_MAX + 1 : 0;
    char *folded = detail != NULL ? arena_alloc(arena, max) : NULL;
    char *out = folded;
    while (folded != NULL && *detail != '\0') {
        if (*detail == '(') {
            out = fold_at(out, &detail, addresses);
        } else {
            *out++ = *detail++;
        }
    }
    return folded;
}

/* Where a mark names an address that there is none of, it stays. */
static char *unfold_at(char *out, const char **inout_text,
                       const struct history_addresses *addresses)
{
    const char *text = *inout_text;
    char *end;
    if (text[2] == '#') {
        *inout_text += 3;
        return out + sprintf(out, "(#");
    }
    unsigned long index = strtoul(text + 2, &end, 10);
    if (end != text + 2 && *end == ')' && index < addresses->num_items) {
        *inout_text = end + 1;
        return out + sprintf(out, "(%.*s)", ADDRESS_TEXT_MAX, addresses->items[index]);
    }
    *inout_text += 2;
    return out + sprintf(out, "(#");
}

const char *history_detail_unfold(const char *detail, const struct history_addresses *addresses,
                                  struct arena *arena)
{
    size_t max =
        detail != NULL ? strlen(detail) + count_brackets(detail) * (ADDRESS_TEXT_MAX + 2) + 1 : 0;
    char *unfolded = detail != NULL ? arena_alloc(arena, max) : NULL;
    char *out = unfolded;
    while (unfolded != NULL && *detail != '\0') {
        if (detail[0] == '(' && detail[1] == '#') {
            out = unfold_at(out, &detail, addresses);
        } else {
            *out++ = *detail++;
        }
    }
    return unfolded;
}
