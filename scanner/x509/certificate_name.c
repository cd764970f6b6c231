#include "scanner/x509/certificate_name.h"

#include <openssl/bytestring.h>
#include <string.h>
#include <strings.h>

#include "io/base/address.h"
#include "scanner/x509/certificate.h"

/* GeneralName, RFC 5280 section 4.2.1.6 */
#define TAG_DNS_NAME   (CBS_ASN1_CONTEXT_SPECIFIC | 2)
#define TAG_IP_ADDRESS (CBS_ASN1_CONTEXT_SPECIFIC | 7)

/* The next DNS or IP identifier of the list; false at its end. */
static bool next_identifier(CBS *names, CBS *out_value, unsigned *out_tag)
{
    while (CBS_len(names) > 0) {
        if (!CBS_get_any_asn1(names, out_value, out_tag)) {
            return false;
        }
        if (*out_tag == TAG_DNS_NAME || *out_tag == TAG_IP_ADDRESS) {
            return true;
        }
    }
    return false;
}

static CBS cbs_of(struct text text)
{
    CBS cbs;
    CBS_init(&cbs, (const uint8_t *)text.bytes, text.len);
    return cbs;
}

/* An iPAddress of a length that no address has is kept as no address. */
static bool address_of(const CBS *value, struct address *out_address)
{
    size_t len = CBS_len(value);
    if (len != 4 && len != 16) {
        return false;
    }
    memset(out_address, 0, sizeof(*out_address));
    out_address->family = len == 4 ? 4 : 6;
    memcpy(out_address->bytes, CBS_data(value), len);
    return true;
}

static bool name_text(struct arena *arena, const CBS *value, unsigned tag, struct text *out_text)
{
    struct address address;
    if (tag == TAG_DNS_NAME || !address_of(value, &address)) {
        *out_text = (struct text){(const char *)CBS_data(value), CBS_len(value)};
        return true;
    }
    char text[ADDRESS_TEXT_MAX];
    address_format(&address, text);
    out_text->len = strlen(text);
    out_text->bytes = arena_copy(arena, text, out_text->len);
    return out_text->bytes != NULL;
}

bool certificate_name_list(struct arena *arena, struct text general_names,
                           const struct text **out_names, size_t *out_num_names)
{
    CBS value;
    unsigned tag;
    size_t num_names = 0;
    *out_names = NULL;
    *out_num_names = 0;
    for (CBS names = cbs_of(general_names);
         num_names < CERTIFICATE_NAMES_MAX && next_identifier(&names, &value, &tag);) {
        num_names++;
    }
    if (num_names == 0) {
        return true;
    }
    struct text *list = arena_alloc(arena, num_names * sizeof(*list));
    if (list == NULL) {
        return false;
    }
    CBS names = cbs_of(general_names);
    for (size_t i = 0; i < num_names && next_identifier(&names, &value, &tag); i++) {
        if (!name_text(arena, &value, tag, &list[i])) {
            return false;
        }
    }
    *out_names = list;
    *out_num_names = num_names;
    return true;
}

bool certificate_name_list_has(struct text general_names, const char *host)
{
    struct address wanted;
    bool is_address = address_parse(host, &wanted);
    CBS names = cbs_of(general_names);
    CBS value;
    unsigned tag;
    while (next_identifier(&names, &value, &tag)) {
        struct address address;
        if (is_address
                ? tag == TAG_IP_ADDRESS && address_of(&value, &address) &&
                      address_equal(&address, &wanted)
                : tag == TAG_DNS_NAME && certificate_name_matches((const char *)CBS_data(&value),
                                                                  CBS_len(&value), host)) {
            return true;
        }
    }
    return false;
}

bool certificate_name_matches(const char *pattern, size_t pattern_len, const char *host)
{
    struct address address;
    size_t host_len = strlen(host);
    if (host_len == 0 || pattern_len == 0 || address_parse(host, &address)) {
        return false;
    }
    if (pattern_len >= 3 && pattern[0] == '*' && pattern[1] == '.') {
        /* The wildcard is the whole first label and stands for exactly one. One that stands for a
         * whole top-level domain matches nothing, as in OpenSSL and GnuTLS: RFC 9525 section 7.1.
         */
        size_t label_len = strcspn(host, ".");
        if (label_len == 0 || memchr(pattern + 2, '.', pattern_len - 2) == NULL) {
            return false;
        }
        pattern += 1;
        pattern_len -= 1;
        host += label_len;
        host_len -= label_len;
    }
    /* A NUL in the pattern meets a character of the host and differs; a '*' elsewhere likewise. */
    return pattern_len == host_len && strncasecmp(pattern, host, host_len) == 0;
}
