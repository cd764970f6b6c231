#include "io/list/domain_cell.h"

#include <string.h>
#include <strings.h>

static struct csv_cell part(struct csv_cell cell, size_t start, size_t end)
{
    return csv_trim((struct csv_cell){cell.bytes + start, end - start});
}

static size_t find_any(struct csv_cell cell, const char *bytes)
{
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.bytes[i] != '\0' && strchr(bytes, cell.bytes[i]) != NULL) {
            return i;
        }
    }
    return cell.len;
}

static size_t find_last(struct csv_cell cell, char byte)
{
    for (size_t i = cell.len; i > 0; i--) {
        if (cell.bytes[i - 1] == byte) {
            return i - 1;
        }
    }
    return cell.len;
}

static bool begins_with(struct csv_cell cell, const char *start)
{
    size_t len = strlen(start);
    return cell.len >= len && strncasecmp(cell.bytes, start, len) == 0;
}

/* "Name <a@b>" is a@b. */
static struct csv_cell inside_angles(struct csv_cell cell)
{
    size_t open = find_any(cell, "<");
    if (open == cell.len) {
        return cell;
    }
    struct csv_cell inside = part(cell, open + 1, cell.len);
    return part(inside, 0, find_any(inside, ">"));
}

static struct csv_cell mail_domain(struct csv_cell cell)
{
    struct csv_cell first = part(cell, 0, find_any(cell, ",; \t"));
    size_t at = find_last(first, '@');
    return at == first.len ? first : part(first, at + 1, first.len);
}

/* Where "//" begins behind a scheme; cell.len if there is none. */
static size_t find_authority(struct csv_cell cell)
{
    for (size_t i = 0; i + 2 < cell.len; i++) {
        if (memcmp(cell.bytes + i, "://", 3) == 0) {
            return i + 3;
        }
    }
    return begins_with(cell, "//") ? 2 : cell.len;
}

static struct csv_cell without_port(struct csv_cell cell)
{
    size_t colon = find_last(cell, ':');
    for (size_t i = colon + 1; i < cell.len; i++) {
        if (cell.bytes[i] < '0' || cell.bytes[i] > '9') {
            return cell;
        }
    }
    return part(cell, 0, colon);
}

static struct csv_cell without_www(struct csv_cell cell)
{
    static const char www[] = "www.";
    bool has_more = begins_with(cell, www) && memchr(cell.bytes + 4, '.', cell.len - 4) != NULL;
    return has_more ? part(cell, 4, cell.len) : cell;
}

static struct csv_cell url_host(struct csv_cell cell, size_t authority)
{
    struct csv_cell rest = part(cell, authority, cell.len);
    struct csv_cell host = part(rest, 0, find_any(rest, "/?#\\"));
    size_t at = find_last(host, '@');
    host = at == host.len ? host : part(host, at + 1, host.len);
    return without_www(without_port(host));
}

struct csv_cell domain_cell_find(struct csv_cell cell, bool is_web, enum domain_cell_form *out_form)
{
    struct csv_cell inner = inside_angles(cell);
    size_t authority = find_authority(inner);
    *out_form = DOMAIN_CELL_URL;
    if (authority < inner.len) {
        return url_host(inner, authority);
    }
    if (begins_with(inner, "mailto:")) {
        inner = part(inner, strlen("mailto:"), inner.len);
        inner = part(inner, 0, find_any(inner, "?"));
    }
    if (memchr(inner.bytes, '@', inner.len) != NULL) {
        *out_form = DOMAIN_CELL_MAIL_ADDRESS;
        return mail_domain(inner);
    }
    struct csv_cell host = url_host(inner, 0);
    if (find_any(inner, "/?#\\:") < inner.len) {
        return host;
    }
    *out_form = DOMAIN_CELL_NAME;
    return is_web ? without_www(inner) : inner;
}

bool domain_cell_is_likely(struct csv_cell cell)
{
    enum domain_cell_form form;
    struct csv_cell name = domain_cell_find(csv_trim(cell), false, &form);
    size_t dot = find_last(name, '.');
    if (dot + 1 == name.len && dot > 0) { /* "example.com." */
        name.len = dot;
        dot = find_last(name, '.');
    }
    if (dot == name.len || dot == 0 || name.len > 253) {
        return false;
    }
    bool has_letter = false;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char byte = (unsigned char)name.bytes[i];
        bool is_letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
        bool is_digit = byte >= '0' && byte <= '9';
        bool is_dot = byte == '.';
        if (byte < 0x80 && !is_letter && !is_digit && !is_dot && byte != '-' && byte != '_') {
            return false;
        }
        if (is_dot && (i == 0 || name.bytes[i - 1] == '.')) {
            return false;
        }
        has_letter = has_letter || (i > dot && (is_letter || byte >= 0x80));
    }
    return has_letter;
}
