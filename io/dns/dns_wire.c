#include "io/dns/dns_wire.h"

#include <string.h>

#define LABEL_MAX     63
#define NAME_WIRE_MAX 255 /* RFC 1035 section 2.3.4 */
#define NAME_TEXT_MAX 253
#define ESCAPE_LEN    4 /* \DDD */

#define POINTER_TAG  0xc0 /* the two upper bits of a label's length: RFC 1035 section 4.1.4 */
#define POINTER_MASK 0x3fff

bool dns_wire_u16(const struct dns_wire *wire, size_t at, uint16_t *out_value)
{
    if (at > wire->len || wire->len - at < 2) {
        return false;
    }
    *out_value = (uint16_t)(wire->bytes[at] << 8 | wire->bytes[at + 1]);
    return true;
}

bool dns_wire_u32(const struct dns_wire *wire, size_t at, uint32_t *out_value)
{
    uint16_t high, low;
    if (!dns_wire_u16(wire, at, &high) || !dns_wire_u16(wire, at + 2, &low)) {
        return false;
    }
    *out_value = (uint32_t)high << 16 | low;
    return true;
}

static bool is_plain(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
           (byte != '\0' && strchr("-_*+/=", byte) != NULL);
}

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte - 'A' + 'a') : byte;
}

bool dns_name_fold(const char *name, char out_name[DNS_NAME_MAX])
{
    size_t len = strlen(name);
    size_t label_len = 0;
    if (len > 0 && name[len - 1] == '.') {
        len--;
    }
    if (len > NAME_TEXT_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = lower((uint8_t)name[i]);
        bool dot = byte == '.';
        if (dot ? label_len == 0 : (!is_plain(byte) || label_len == LABEL_MAX)) {
            return false;
        }
        label_len = dot ? 0 : label_len + 1;
        out_name[i] = (char)byte;
    }
    out_name[len] = '\0';
    return len == 0 ? name[0] == '\0' || name[1] == '\0' : label_len > 0;
}

/* Appends a dot if needed, and the label. False if the text would be too long. */
static bool append_label(char *name, size_t *name_len, const uint8_t *label, size_t label_len)
{
    size_t len = *name_len;
    if (len > 0) {
        name[len++] = '.';
    }
    for (size_t i = 0; i < label_len; i++) {
        uint8_t byte = lower(label[i]);
        bool plain = is_plain(byte);
        if (len + (plain ? 1 : ESCAPE_LEN) >= DNS_NAME_MAX) {
            return false;
        }
        if (plain) {
            name[len++] = (char)byte;
        } else {
            name[len++] = '\\';
            name[len++] = (char)('0' + byte / 100);
            name[len++] = (char)('0' + byte / 10 % 10);
            name[len++] = (char)('0' + byte % 10);
        }
    }
    *name_len = len;
    return true;
}

bool dns_wire_name(const struct dns_wire *wire, size_t at, char out_name[DNS_NAME_MAX],
                   size_t *out_end)
{
    size_t labels_start = at;
    size_t wire_len = 1;
    size_t name_len = 0;
    bool jumped = false;
    while (at < wire->len) {
        uint8_t head = wire->bytes[at];
        if (head == 0) {
            *out_end = jumped ? *out_end : at + 1;
            out_name[name_len] = '\0';
            return true;
        }
        if (head >= POINTER_TAG) {
            uint16_t pointer;
            if (!dns_wire_u16(wire, at, &pointer)) {
                return false;
            }
            *out_end = jumped ? *out_end : at + 2;
            jumped = true;
            at = pointer & POINTER_MASK;
            if (at < DNS_HEADER_LEN || at >= labels_start) {
                return false;
            }
            labels_start = at;
            continue;
        }
        wire_len += 1u + head;
        if (head > LABEL_MAX || wire_len > NAME_WIRE_MAX || wire->len - at - 1 < head ||
            !append_label(out_name, &name_len, wire->bytes + at + 1, head)) {
            return false;
        }
        at += 1u + head;
    }
    return false;
}

/* Moves *at behind a name without looking where a pointer leads. */
static bool skip_name(const struct dns_wire *wire, size_t *at)
{
    while (*at < wire->len) {
        uint8_t head = wire->bytes[*at];
        if (head == 0 || head >= POINTER_TAG) {
            *at += head == 0 ? 1 : 2;
            return *at <= wire->len;
        }
        if (head > LABEL_MAX) {
            return false;
        }
        *at += 1u + head;
    }
    return false;
}

bool dns_wire_resource(const struct dns_wire *wire, size_t *at, struct dns_resource *out_resource)
{
    struct dns_resource resource = {.owner = *at};
    uint16_t data_len;
    if (!skip_name(wire, at) || !dns_wire_u16(wire, *at, &resource.type) ||
        !dns_wire_u16(wire, *at + 2, &resource.class) ||
        !dns_wire_u32(wire, *at + 4, &resource.ttl) || !dns_wire_u16(wire, *at + 8, &data_len)) {
        return false;
    }
    resource.data = *at + 10;
    resource.data_len = data_len;
    if (wire->len - resource.data < data_len) {
        return false;
    }
    if (resource.ttl > INT32_MAX) {
        resource.ttl = 0; /* RFC 2181 section 8 */
    }
    *at = resource.data + data_len;
    *out_resource = resource;
    return true;
}

unsigned dns_wire_rcode(const uint8_t *message, size_t len)
{
    return len < DNS_HEADER_LEN ? DNS_RCODE_NOERROR : message[3] & DNS_RCODE_MASK;
}
