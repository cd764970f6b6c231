#include "scanner/x509/certificate_dn.h"

#include <openssl/bytestring.h>
#include <openssl/mem.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "io/base/address.h"
#include "io/base/hex.h"
#include "scanner/x509/certificate.h"

#define RDNS_MAX         64     /* shown; a name has five or so */
#define VALUE_BYTES_MAX  1024   /* shown of one value; RFC 5280 appendix A allows 32768 at most */
#define REPLACEMENT_CHAR 0xfffd /* for what is no character */

struct attribute_name {
    const char *name;
    uint8_t oid[10];
    uint8_t oid_len;
};

/* RFC 4514 section 3 and the short names that every other tool prints. */
static const struct attribute_name attribute_names[] = {
    {"CN", {0x55, 0x04, 0x03}, 3},
    {"SN", {0x55, 0x04, 0x04}, 3},
    {"serialNumber", {0x55, 0x04, 0x05}, 3},
    {"C", {0x55, 0x04, 0x06}, 3},
    {"L", {0x55, 0x04, 0x07}, 3},
    {"ST", {0x55, 0x04, 0x08}, 3},
    {"street", {0x55, 0x04, 0x09}, 3},
    {"O", {0x55, 0x04, 0x0a}, 3},
    {"OU", {0x55, 0x04, 0x0b}, 3},
    {"title", {0x55, 0x04, 0x0c}, 3},
    {"businessCategory", {0x55, 0x04, 0x0f}, 3},
    {"postalCode", {0x55, 0x04, 0x11}, 3},
    {"GN", {0x55, 0x04, 0x2a}, 3},
    {"organizationIdentifier", {0x55, 0x04, 0x61}, 3},
    {"emailAddress", {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01}, 9},
    {"UID", {0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01}, 10},
    {"DC", {0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19}, 10},
};

/* ---- Values ---- */

static int add_utf8(CBB *out, uint32_t c)
{
    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
        c = REPLACEMENT_CHAR;
    }
    if (c < 0x80) {
        return CBB_add_u8(out, (uint8_t)c);
    }
    if (c < 0x800) {
        return CBB_add_u8(out, (uint8_t)(0xc0 | c >> 6)) &&
               CBB_add_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    }
    if (c < 0x10000) {
        return CBB_add_u8(out, (uint8_t)(0xe0 | c >> 12)) &&
               CBB_add_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f))) &&
               CBB_add_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    }
    return CBB_add_u8(out, (uint8_t)(0xf0 | c >> 18)) &&
           CBB_add_u8(out, (uint8_t)(0x80 | (c >> 12 & 0x3f))) &&
           CBB_add_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f))) &&
           CBB_add_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
}

/* One UTF-16 character; RFC 5280's BMPString has no surrogates, real ones do. */
static uint32_t get_utf16(CBS *value)
{
    uint16_t high = 0;
    uint16_t low = 0;
    (void)CBS_get_u16(value, &high);
    CBS ahead = *value;
    if (high >= 0xd800 && high <= 0xdbff && CBS_get_u16(&ahead, &low) && low >= 0xdc00 &&
        low <= 0xdfff) {
        *value = ahead;
        return 0x10000 + ((uint32_t)(high - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
    }
    return high;
}

/* The unescaped value in UTF-8. *out_is_string is false for a type that has no characters. */
static int add_characters(CBB *out, CBS value, unsigned tag, bool *out_is_string)
{
    uint8_t byte;
    uint32_t c;
    *out_is_string = true;
    switch (tag) {
    case CBS_ASN1_UTF8STRING:
    case CBS_ASN1_PRINTABLESTRING:
    case CBS_ASN1_IA5STRING:
    case CBS_ASN1_NUMERICSTRING:
    case CBS_ASN1_VISIBLESTRING:
        return CBB_add_bytes(out, CBS_data(&value), CBS_len(&value));
    case CBS_ASN1_T61STRING: /* Latin-1 is what everybody puts there */
        while (CBS_get_u8(&value, &byte)) {
            if (!add_utf8(out, byte)) {
                return 0;
            }
        }
        return 1;
    case CBS_ASN1_BMPSTRING:
        *out_is_string = CBS_len(&value) % 2 == 0;
        while (CBS_len(&value) >= 2) {
            if (!add_utf8(out, get_utf16(&value))) {
                return 0;
            }
        }
        return 1;
    case CBS_ASN1_UNIVERSALSTRING:
        *out_is_string = CBS_len(&value) % 4 == 0;
        while (CBS_get_u32(&value, &c)) {
            if (!add_utf8(out, c)) {
                return 0;
            }
        }
        return 1;
    default:
        *out_is_string = false;
        return 1;
    }
}

static int add_hex(CBB *out, uint8_t byte)
{
    char digits[2];
    hex_write(digits, &byte, 1, HEX_UPPER);
    return CBB_add_bytes(out, (const uint8_t *)digits, sizeof(digits));
}

/* RFC 4514 section 2.4 */
static int add_escaped(CBB *out, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len && i < VALUE_BYTES_MAX; i++) {
        uint8_t byte = bytes[i];
        if (byte < 0x20 || byte == 0x7f) {
            if (!CBB_add_u8(out, '\\') || !add_hex(out, byte)) {
                return 0;
            }
            continue;
        }
        bool is_special = strchr("\"+,;<>\\", byte) != NULL || (i == 0 && byte == '#') ||
                          (byte == ' ' && (i == 0 || i == len - 1));
        if ((is_special && !CBB_add_u8(out, '\\')) || !CBB_add_u8(out, byte)) {
            return 0;
        }
    }
    return 1;
}

static int add_hex_value(CBB *out, const CBS *element)
{
    if (!CBB_add_u8(out, '#')) {
        return 0;
    }
    for (size_t i = 0; i < CBS_len(element) && i < VALUE_BYTES_MAX; i++) {
        if (!add_hex(out, CBS_data(element)[i])) {
            return 0;
        }
    }
    return 1;
}

/* `element` is the whole DER of the value. */
static int add_value(CBB *out, CBS element)
{
    CBS value;
    CBS rest = element;
    unsigned tag;
    CBB characters;
    bool is_string = false;
    if (!CBS_get_any_asn1(&rest, &value, &tag)) {
        return 1;
    }
    if (!CBB_init(&characters, CBS_len(&value) + 1)) {
        return 0;
    }
    int ok = add_characters(&characters, value, tag, &is_string) && CBB_flush(&characters) &&
             (is_string ? add_escaped(out, CBB_data(&characters), CBB_len(&characters))
                        : add_hex_value(out, &element));
    CBB_cleanup(&characters);
    return ok;
}

/* ---- Names ---- */

static int add_type(CBB *out, const CBS *oid)
{
    for (size_t i = 0; i < sizeof(attribute_names) / sizeof(attribute_names[0]); i++) {
        const struct attribute_name *known = &attribute_names[i];
        if (CBS_mem_equal(oid, known->oid, known->oid_len)) {
            return CBB_add_bytes(out, (const uint8_t *)known->name, strlen(known->name));
        }
    }
    char *dotted = CBS_asn1_oid_to_text(oid);
    const char *name = dotted != NULL ? dotted : "?";
    int ok = CBB_add_bytes(out, (const uint8_t *)name, strlen(name));
    OPENSSL_free(dotted);
    return ok;
}

/* AttributeTypeAndValue: the OID's content and the value with its header. */
static bool get_attribute(CBS *rdn, CBS *out_oid, CBS *out_value)
{
    CBS attribute;
    unsigned tag;
    size_t header_len;
    return CBS_get_asn1(rdn, &attribute, CBS_ASN1_SEQUENCE) &&
           CBS_get_asn1(&attribute, out_oid, CBS_ASN1_OBJECT) &&
           CBS_get_any_asn1_element(&attribute, out_value, &tag, &header_len);
}

static int add_rdn(CBB *out, CBS rdn)
{
    CBS oid;
    CBS value;
    for (bool is_first = true; get_attribute(&rdn, &oid, &value); is_first = false) {
        if ((!is_first && !CBB_add_u8(out, '+')) || !add_type(out, &oid) || !CBB_add_u8(out, '=') ||
            !add_value(out, value)) {
            return 0;
        }
    }
    return 1;
}

/* The RDNs in the order of the certificate: the most general one first. */
static size_t list_rdns(CBS names, CBS out_rdns[RDNS_MAX])
{
    size_t num_rdns = 0;
    while (num_rdns < RDNS_MAX && CBS_get_asn1(&names, &out_rdns[num_rdns], CBS_ASN1_SET)) {
        num_rdns++;
    }
    return num_rdns;
}

static bool enter_name(struct text name, CBS *out_names)
{
    CBS cbs;
    CBS_init(&cbs, (const uint8_t *)name.bytes, name.len);
    return CBS_get_asn1(&cbs, out_names, CBS_ASN1_SEQUENCE);
}

bool certificate_dn_text(struct arena *arena, struct text name, struct text *out_text)
{
    CBS names;
    CBS rdns[RDNS_MAX];
    CBB out;
    *out_text = (struct text){NULL, 0};
    if (!enter_name(name, &names)) {
        return true;
    }
    if (!CBB_init(&out, name.len + 1)) {
        return false;
    }
    int ok = 1;
    size_t num_rdns = list_rdns(names, rdns);
    for (size_t i = num_rdns; ok && i > 0; i--) {
        ok = (i == num_rdns || CBB_add_u8(&out, ',')) && add_rdn(&out, rdns[i - 1]);
    }
    if (ok && CBB_flush(&out)) {
        out_text->len = CBB_len(&out);
        out_text->bytes = arena_copy(arena, CBB_data(&out), out_text->len);
    }
    CBB_cleanup(&out);
    return out_text->bytes != NULL;
}

static bool value_is(CBS element, const char *host)
{
    CBS value;
    unsigned tag;
    if (!CBS_get_any_asn1(&element, &value, &tag)) {
        return false;
    }
    const char *bytes = (const char *)CBS_data(&value);
    size_t len = CBS_len(&value);
    struct address address;
    if (address_parse(host, &address)) {
        return len == strlen(host) && memcmp(bytes, host, len) == 0;
    }
    return certificate_name_matches(bytes, len, host);
}

bool certificate_dn_common_name_is(struct text name, const char *host)
{
    CBS names;
    CBS rdns[RDNS_MAX];
    if (!enter_name(name, &names)) {
        return false;
    }
    size_t num_rdns = list_rdns(names, rdns);
    for (size_t i = 0; i < num_rdns; i++) {
        CBS oid;
        CBS value;
        while (get_attribute(&rdns[i], &oid, &value)) {
            if (CBS_mem_equal(&oid, attribute_names[0].oid, attribute_names[0].oid_len) &&
                value_is(value, host)) {
                return true;
            }
        }
    }
    return false;
}
