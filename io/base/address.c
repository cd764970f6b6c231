#include "io/base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define IPV4_BITS 32
#define IPV6_BITS 128

/* RFC 5321 section 4.1.3 */
#define LITERAL_TAG     "IPv6:"
#define LITERAL_TAG_LEN (sizeof(LITERAL_TAG) - 1)
#define LITERAL_MAX     (2 + LITERAL_TAG_LEN + ADDRESS_TEXT_MAX)

struct special {
    struct prefix prefix;
    const char *kind; /* NULL: globally reachable after all */
};

static uint8_t bits_of(const struct address *address)
{
    return address->family == 4 ? IPV4_BITS : IPV6_BITS;
}

/* Takes the brackets of a literal off. False if it is too long or only half bracketed. */
static bool copy_unbracketed(const char *text, char out_bare[LITERAL_MAX])
{
    size_t len = strlen(text);
    bool opened = len > 0 && text[0] == '[';
    bool closed = len > 0 && text[len - 1] == ']';
    if (opened != closed || len >= LITERAL_MAX) {
        return false;
    }
    if (opened) {
        text++;
        len -= 2;
    }
    memcpy(out_bare, text, len);
    out_bare[len] = '\0';
    return true;
}

bool address_parse(const char *text, struct address *out_address)
{
    char bare[LITERAL_MAX];
    struct address address = {0};
    if (!copy_unbracketed(text, bare)) {
        return false;
    }
    bool tagged = strncasecmp(bare, LITERAL_TAG, LITERAL_TAG_LEN) == 0;
    if (!tagged && inet_pton(AF_INET, bare, address.bytes) == 1) {
        address.family = 4;
    } else if (inet_pton(AF_INET6, bare + (tagged ? LITERAL_TAG_LEN : 0), address.bytes) == 1) {
        address.family = 6;
    } else {
        return false;
    }
    *out_address = address;
    return true;
}

/* The library's is a printf. */
static void format_ipv4(const uint8_t bytes[4], char *out)
{
    for (unsigned i = 0; i < 4; i++) {
        if (bytes[i] >= 100) {
            *out++ = (char)('0' + bytes[i] / 100);
        }
        if (bytes[i] >= 10) {
            *out++ = (char)('0' + bytes[i] / 10 % 10);
        }
        *out++ = (char)('0' + bytes[i] % 10);
        *out++ = i < 3 ? '.' : '\0';
    }
}

void address_format(const struct address *address, char out_text[ADDRESS_TEXT_MAX])
{
    if (address->family == 4) {
        format_ipv4(address->bytes, out_text);
    } else if (inet_ntop(AF_INET6, address->bytes, out_text, ADDRESS_TEXT_MAX) == NULL) {
        out_text[0] = '\0';
    }
}

bool address_equal(const struct address *a, const struct address *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, bits_of(a) / 8) == 0;
}

socklen_t address_to_sockaddr(const struct address *address, uint16_t port,
                              struct sockaddr_storage *out_sockaddr)
{
    memset(out_sockaddr, 0, sizeof(*out_sockaddr));
    if (address->family == 4) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)out_sockaddr;
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        memcpy(&v4->sin_addr, address->bytes, sizeof(v4->sin_addr));
        return sizeof(*v4);
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out_sockaddr;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    memcpy(&v6->sin6_addr, address->bytes, sizeof(v6->sin6_addr));
    return sizeof(*v6);
}

/* "0" to "128": digits only, no leading zero. */
static bool parse_prefix_length(const char *text, uint8_t max, uint8_t *out_length)
{
    unsigned length = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 3 || text[digits] != '\0' || (digits > 1 && text[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        length = length * 10 + (unsigned)(text[i] - '0');
    }
    if (length > max) {
        return false;
    }
    *out_length = (uint8_t)length;
    return true;
}

bool prefix_parse(const char *text, struct prefix *out_prefix)
{
    char base_text[LITERAL_MAX];
    struct address base;
    const char *slash = strchr(text, '/');
    size_t base_len = slash != NULL ? (size_t)(slash - text) : strlen(text);
    if (base_len >= sizeof(base_text)) {
        return false;
    }
    memcpy(base_text, text, base_len);
    base_text[base_len] = '\0';
    if (!address_parse(base_text, &base)) {
        return false;
    }
    uint8_t length = bits_of(&base);
    if (slash != NULL && !parse_prefix_length(slash + 1, length, &length)) {
        return false;
    }
    *out_prefix = prefix_around(&base, length);
    return true;
}

static bool same_leading_bits(const uint8_t *a, const uint8_t *b, size_t num_bits)
{
    size_t whole = num_bits / 8;
    unsigned rest = num_bits % 8;
    if (memcmp(a, b, whole) != 0) {
        return false;
    }
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static bool contains_exactly(const struct prefix *prefix, const struct address *address)
{
    return prefix->base.family == address->family && prefix->length <= bits_of(address) &&
           same_leading_bits(prefix->base.bytes, address->bytes, prefix->length);
}

static struct address ipv4_at(const struct address *address, size_t offset)
{
    struct address inner = {.family = 4};
    memcpy(inner.bytes, address->bytes + offset, 4);
    return inner;
}

/* RFC 4291 section 2.5.5.2. The kernel connects such an address by IPv4. */
#define IPV4_MAPPED                                                                                \
    {                                                                                              \
        {6, {[10] = 0xff, [11] = 0xff}}, 96                                                        \
    }

static const struct prefix ipv4_mapped = IPV4_MAPPED;

bool prefix_contains(const struct prefix *prefix, const struct address *address)
{
    if (prefix->base.family == 4 && contains_exactly(&ipv4_mapped, address)) {
        struct address inner = ipv4_at(address, 12);
        return contains_exactly(prefix, &inner);
    }
    return contains_exactly(prefix, address);
}

struct prefix prefix_around(const struct address *address, uint8_t length)
{
    struct prefix prefix = {.base = {.family = address->family}, .length = length};
    if (prefix.length > bits_of(address)) {
        prefix.length = bits_of(address);
    }
    size_t whole = prefix.length / 8;
    unsigned rest = prefix.length % 8;
    memcpy(prefix.base.bytes, address->bytes, whole);
    if (rest != 0) {
        prefix.base.bytes[whole] = (uint8_t)(address->bytes[whole] & (0xff00u >> rest));
    }
    return prefix;
}

#define V4(a, b, c, d, length)                                                                     \
    {                                                                                              \
        {4, {a, b, c, d}}, length                                                                  \
    }
#define V6(a, b, c, d, e, f, length)                                                               \
    {                                                                                              \
        {6, {a, b, c, d, e, f}}, length                                                            \
    }
#define V6_HOST(a, b, c, d, last, last2)                                                           \
    {                                                                                              \
        {6, {a, b, c, d, [14] = last, [15] = last2}}, 128                                          \
    }

/*
 * The IANA IPv4 and IPv6 Special-Purpose Address Registries, the multicast blocks, and the well
 * known metadata services of clouds, which answer any process on the machine with its secrets.
 * The first match decides, so exceptions stand before the block that they are cut out of.
 */
static const struct special specials[] = {
    {V4(169, 254, 169, 254, 32), "cloud metadata"}, /* most clouds */
    {V4(169, 254, 170, 2, 32), "cloud metadata"},   /* Amazon, containers */
    {V4(100, 100, 100, 200, 32), "cloud metadata"}, /* Alibaba */
    {V4(168, 63, 129, 16, 32), "cloud metadata"},   /* Azure, in public space */
    {V4(192, 0, 0, 192, 32), "cloud metadata"},     /* Oracle */
    {V4(0, 0, 0, 0, 8), "this network"},
    {V4(10, 0, 0, 0, 8), "private"},
    {V4(100, 64, 0, 0, 10), "shared address space"},
    {V4(127, 0, 0, 0, 8), "loopback"},
    {V4(169, 254, 0, 0, 16), "link-local"},
    {V4(172, 16, 0, 0, 12), "private"},
    {V4(192, 0, 0, 9, 32), NULL},  /* PCP anycast, RFC 7723 */
    {V4(192, 0, 0, 10, 32), NULL}, /* TURN anycast, RFC 8155 */
    {V4(192, 0, 0, 0, 24), "IETF protocol assignment"},
    {V4(192, 0, 2, 0, 24), "documentation"},
    {V4(192, 88, 99, 0, 24), "6to4 relay"},
    {V4(192, 168, 0, 0, 16), "private"},
    {V4(198, 18, 0, 0, 15), "benchmarking"},
    {V4(198, 51, 100, 0, 24), "documentation"},
    {V4(203, 0, 113, 0, 24), "documentation"},
    {V4(224, 0, 0, 0, 4), "multicast"},
    {V4(255, 255, 255, 255, 32), "broadcast"},
    {V4(240, 0, 0, 0, 4), "reserved"},

    {V6_HOST(0xfd, 0x00, 0x0e, 0xc2, 0x02, 0x54), "cloud metadata"}, /* Amazon */
    {V6_HOST(0xfd, 0x20, 0x00, 0xce, 0x02, 0x54), "cloud metadata"}, /* Google */
    {V6_HOST(0, 0, 0, 0, 0, 0), "unspecified"},
    {V6_HOST(0, 0, 0, 0, 0, 1), "loopback"},
    {V6(0x00, 0x64, 0xff, 0x9b, 0x00, 0x01, 48), "local translation"}, /* RFC 8215 */
    {{{6, {0x01, 0x00}}, 64}, "discard"},                              /* RFC 6666 */
    {V6_HOST(0x20, 0x01, 0x00, 0x01, 0, 1), NULL},                     /* PCP anycast */
    {V6_HOST(0x20, 0x01, 0x00, 0x01, 0, 2), NULL},                     /* TURN anycast */
    {V6_HOST(0x20, 0x01, 0x00, 0x01, 0, 3), NULL},                     /* SRP anycast */
    {V6(0x20, 0x01, 0x00, 0x03, 0, 0, 32), NULL},                      /* AMT */
    {V6(0x20, 0x01, 0x00, 0x04, 0x01, 0x12, 48), NULL},                /* AS112 */
    {V6(0x20, 0x01, 0x00, 0x20, 0, 0, 28), NULL},                      /* ORCHIDv2 */
    {V6(0x20, 0x01, 0x00, 0x30, 0, 0, 28), NULL},                      /* DRIP */
    {V6(0x20, 0x01, 0x00, 0x00, 0, 0, 32), "Teredo"},
    {V6(0x20, 0x01, 0x00, 0x02, 0, 0, 48), "benchmarking"},
    {V6(0x20, 0x01, 0x00, 0x00, 0, 0, 23), "IETF protocol assignment"},
    {V6(0x20, 0x01, 0x0d, 0xb8, 0, 0, 32), "documentation"},
    {V6(0x3f, 0xff, 0x00, 0x00, 0, 0, 20), "documentation"}, /* RFC 9637 */
    {V6(0x5f, 0x00, 0x00, 0x00, 0, 0, 16), "segment routing"},
    {V6(0xfc, 0x00, 0x00, 0x00, 0, 0, 7), "private"},
    {V6(0xfe, 0x80, 0x00, 0x00, 0, 0, 10), "link-local"},
    {V6(0xfe, 0xc0, 0x00, 0x00, 0, 0, 10), "private"}, /* site-local, RFC 3879 */
    {V6(0xff, 0x00, 0x00, 0x00, 0, 0, 8), "multicast"},
    {V6(0x20, 0x00, 0x00, 0x00, 0, 0, 3), NULL}, /* global unicast */
    {V6(0x00, 0x00, 0x00, 0x00, 0, 0, 0), "reserved"},
};

/* Forms of IPv6 address that deliver to the IPv4 address inside. */
static const struct {
    struct prefix prefix;
    size_t offset;
} carriers[] = {
    {IPV4_MAPPED, 12},
    {{{6, {0x00, 0x64, 0xff, 0x9b}}, 96}, 12}, /* NAT64, RFC 6052 */
    {{{6, {0x20, 0x02}}, 16}, 2},              /* 6to4, RFC 3056 */
};

static struct address unwrap(const struct address *address)
{
    for (size_t i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++) {
        if (contains_exactly(&carriers[i].prefix, address)) {
            return ipv4_at(address, carriers[i].offset);
        }
    }
    return *address;
}

const char *address_not_public(const struct address *address)
{
    struct address judged = unwrap(address);
    for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
        if (contains_exactly(&specials[i].prefix, &judged)) {
            return specials[i].kind;
        }
    }
    return NULL;
}
