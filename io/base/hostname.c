/*
 * Names as people write them, made into what the DNS is asked.
 *
 * A name is taken label by label. A plain ASCII label is checked and folded here, which is nearly
 * every label of a supplier list; only labels with other bytes, or with the "xn--" prefix, go to
 * libidn2. Labels and not whole names, because libidn2 holds every label of a name that has one
 * U-label to the rules for U-labels, and would refuse ASCII hosts that exist (RFC 5891
 * section 4.2.3.1 forbids "--" in positions 3 and 4 in U-labels only). Why a text is no name is
 * found out only after it was refused.
 */
#include "io/base/hostname.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <libpsl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LABEL_MAX 63 /* RFC 1035 section 2.3.4 */

/* Octets of UTF-8 in a U-label. At most 59 code points fit a label, but decomposed text takes
 * several for each, and what mapping drops takes room before it is dropped. */
#define U_LABEL_MAX 1024

#define ACE_PREFIX     "xn--"
#define ACE_PREFIX_LEN (sizeof(ACE_PREFIX) - 1)

/* RFC 5321 section 4.1.3 */
#define LITERAL_TAG     "IPv6:"
#define LITERAL_TAG_LEN (sizeof(LITERAL_TAG) - 1)

struct hostname {
    atomic_uint references;
    /* Where the organisation begins in the text. NOT_LOOKED_UP at first: few names are asked. */
    atomic_uchar organisation;
    uint8_t len;
    char text[];
};

#define NOT_LOOKED_UP UINT8_MAX

_Static_assert(HOSTNAME_SIZE <= UINT8_MAX, "a place in a name fits one byte");

struct span {
    const char *bytes;
    size_t len;
};

/* The name that is being put together, NUL-terminated at every moment. */
struct builder {
    char *name;
    size_t len;
};

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Octets of a no-break space at the beginning (or the end) of a span: spreadsheets export them. */
static size_t no_break_space(const char *bytes, size_t len)
{
    return len >= 2 && memcmp(bytes, "\xC2\xA0", 2) == 0 ? 2 : 0;
}

static struct span trim(struct span text)
{
    for (;;) {
        size_t blank = text.len > 0 && is_blank(text.bytes[0]) ? 1 : 0;
        blank += blank == 0 ? no_break_space(text.bytes, text.len) : 0;
        if (blank == 0) {
            break;
        }
        text.bytes += blank;
        text.len -= blank;
    }
    for (;;) {
        size_t blank = text.len > 0 && is_blank(text.bytes[text.len - 1]) ? 1 : 0;
        if (blank == 0 && text.len >= 2) {
            blank = no_break_space(text.bytes + text.len - 2, 2);
        }
        if (blank == 0) {
            break;
        }
        text.len -= blank;
    }
    return text;
}

/* Octets of the label separator at the start of `text`, 0 if there is none. RFC 3490 section 3.1:
 * the ideographic, full-width and half-width full stops count as dots; input methods produce them.
 */
static size_t separator_len(const char *bytes, size_t len)
{
    static const char others[][4] = {"\xE3\x80\x82", "\xEF\xBC\x8E", "\xEF\xBD\xA1"};
    if (bytes[0] == '.') {
        return 1;
    }
    if ((unsigned char)bytes[0] < 0x80 || len < 3) {
        return 0;
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (memcmp(bytes, others[i], 3) == 0) {
            return 3;
        }
    }
    return 0;
}

static bool is_plain_label(struct span label)
{
    for (size_t i = 0; i < label.len; i++) {
        if ((unsigned char)label.bytes[i] >= 0x80) {
            return false;
        }
    }
    return label.len < ACE_PREFIX_LEN || strncasecmp(label.bytes, ACE_PREFIX, ACE_PREFIX_LEN) != 0;
}

/* The lower case of a letter, digit, hyphen or underscore; 0 for anything else. No locale. */
static char fold(char byte)
{
    if (byte >= 'A' && byte <= 'Z') {
        return (char)(byte - 'A' + 'a');
    }
    bool allowed =
        (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_';
    return allowed ? byte : '\0';
}

static enum hostname_status append_plain(struct builder *builder, struct span label)
{
    if (label.len == 0) {
        return HOSTNAME_BAD_LABEL;
    }
    if (label.bytes[0] == '-' || label.bytes[label.len - 1] == '-') {
        return HOSTNAME_BAD_LABEL;
    }
    size_t dot = builder->len > 0 ? 1 : 0;
    bool fits = label.len <= LABEL_MAX && builder->len + dot + label.len < HOSTNAME_SIZE;
    if (fits && dot == 1) {
        builder->name[builder->len++] = '.';
    }
    for (size_t i = 0; i < label.len; i++) {
        char byte = fold(label.bytes[i]);
        if (byte == '\0') {
            return HOSTNAME_BAD_LABEL;
        }
        if (fits) {
            builder->name[builder->len++] = byte;
        }
    }
    builder->name[builder->len] = '\0';
    return fits ? HOSTNAME_OK : HOSTNAME_TOO_LONG;
}

static enum hostname_status status_of_idn(int code)
{
    switch (code) {
    case IDN2_OK:
        return HOSTNAME_OK;
    case IDN2_MALLOC:
        return HOSTNAME_NO_MEMORY;
    case IDN2_TOO_BIG_DOMAIN:
    case IDN2_TOO_BIG_LABEL:
    case IDN2_PUNYCODE_BIG_OUTPUT:
        return HOSTNAME_TOO_LONG;
    default:
        return HOSTNAME_BAD_LABEL;
    }
}

/* A label with other bytes than ASCII, or an A-label, which is decoded and checked in the same way
 * (RFC 5891 section 5.4). What comes out is checked like any other label: the mapping of Unicode TS
 * 46 may make spaces and slashes out of compatibility characters. */
static enum hostname_status append_international(struct builder *builder, struct span label)
{
    uint8_t text[U_LABEL_MAX + 1];
    uint8_t *converted = NULL;
    if (label.len > U_LABEL_MAX) {
        return HOSTNAME_TOO_LONG;
    }
    if (memchr(label.bytes, '\0', label.len) != NULL) {
        return HOSTNAME_BAD_LABEL;
    }
    memcpy(text, label.bytes, label.len);
    text[label.len] = '\0';
    enum hostname_status status =
        status_of_idn(idn2_lookup_u8(text, &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL));
    if (status == HOSTNAME_OK) {
        const char *ascii = (const char *)converted;
        status = append_plain(builder, (struct span){ascii, strlen(ascii)});
    }
    idn2_free(converted);
    return status;
}

static enum hostname_status append_label(struct builder *builder, struct span label)
{
    return is_plain_label(label) ? append_plain(builder, label)
                                 : append_international(builder, label);
}

/* Every label of `text`; an empty one is let pass at the end, as the root's. */
static enum hostname_status append_labels(struct builder *builder, struct span text)
{
    enum hostname_status status = HOSTNAME_OK;
    size_t at = 0;
    while (at < text.len && status == HOSTNAME_OK) {
        struct span label = {text.bytes + at, 0};
        size_t separator = 0;
        while (at < text.len) {
            separator = separator_len(text.bytes + at, text.len - at);
            if (separator > 0) {
                break;
            }
            at++;
            label.len++;
        }
        at += separator;
        status = append_label(builder, label);
    }
    return status;
}

static bool is_address(struct span text)
{
    char bare[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (text.len >= 2 && text.bytes[0] == '[' && text.bytes[text.len - 1] == ']') {
        text = (struct span){text.bytes + 1, text.len - 2};
    }
    if (text.len >= LITERAL_TAG_LEN && strncasecmp(text.bytes, LITERAL_TAG, LITERAL_TAG_LEN) == 0) {
        text = (struct span){text.bytes + LITERAL_TAG_LEN, text.len - LITERAL_TAG_LEN};
    }
    size_t len = 0;
    while (len < text.len && text.bytes[len] != '/' && text.bytes[len] != '%') {
        len++; /* up to a prefix length or a zone */
    }
    if (len >= sizeof(bare)) {
        return false;
    }
    memcpy(bare, text.bytes, len);
    bare[len] = '\0';
    return inet_pton(AF_INET, bare, &address) == 1 || inet_pton(AF_INET6, bare, &address) == 1;
}

/* What a refused text is, where that says more than the status does. */
static enum hostname_status explain(struct span text, enum hostname_status status)
{
    if (status == HOSTNAME_NO_MEMORY) {
        return status;
    }
    if (is_address(text)) {
        return HOSTNAME_IS_ADDRESS;
    }
    if (memchr(text.bytes, '/', text.len) != NULL) {
        return HOSTNAME_IS_URL;
    }
    if (memchr(text.bytes, '@', text.len) != NULL) {
        return HOSTNAME_IS_MAILBOX;
    }
    return status;
}

/* What only a whole name shows. RFC 3696 section 2: a top-level domain is never all digits, so such
 * a name is an address or a slip of the pen. */
static enum hostname_status check_whole(const char *name, bool may_be_single)
{
    const char *last_dot = strrchr(name, '.');
    if (last_dot == NULL) {
        return may_be_single ? HOSTNAME_OK : HOSTNAME_NOT_QUALIFIED;
    }
    const char *tld = last_dot + 1;
    if (tld[strspn(tld, "0123456789")] != '\0') {
        return HOSTNAME_OK;
    }
    return is_address((struct span){name, strlen(name)}) ? HOSTNAME_IS_ADDRESS : HOSTNAME_BAD_LABEL;
}

static enum hostname_status normalise(const char *text, size_t len, bool may_be_single,
                                      char out_name[HOSTNAME_SIZE])
{
    struct builder builder = {.name = out_name};
    struct span trimmed = trim((struct span){text, len});
    if (trimmed.len == 0 || separator_len(trimmed.bytes, trimmed.len) == trimmed.len) {
        return HOSTNAME_EMPTY;
    }
    enum hostname_status status = append_labels(&builder, trimmed);
    if (status != HOSTNAME_OK) {
        return explain(trimmed, status);
    }
    return check_whole(out_name, may_be_single);
}

/* ---- Names ---- */

static enum hostname_status make(const char *text, const struct hostname **out_name)
{
    size_t len = strlen(text);
    struct hostname *name = malloc(sizeof(*name) + len + 1);
    if (name == NULL) {
        return HOSTNAME_NO_MEMORY;
    }
    atomic_init(&name->references, 1);
    atomic_init(&name->organisation, NOT_LOOKED_UP);
    name->len = (uint8_t)len;
    memcpy(name->text, text, len + 1);
    *out_name = name;
    return HOSTNAME_OK;
}

static enum hostname_status parse(const char *text, size_t len, bool may_be_single,
                                  const struct hostname **out_name)
{
    char normal[HOSTNAME_SIZE];
    *out_name = NULL;
    enum hostname_status status = normalise(text, len, may_be_single, normal);
    return status == HOSTNAME_OK ? make(normal, out_name) : status;
}

enum hostname_status hostname_parse(const char *text, size_t len, const struct hostname **out_name)
{
    return parse(text, len, false, out_name);
}

enum hostname_status hostname_parse_any(const char *text, size_t len,
                                        const struct hostname **out_name)
{
    return parse(text, len, true, out_name);
}

enum hostname_status hostname_below(const char *label, const struct hostname *parent,
                                    const struct hostname **out_name)
{
    char text[HOSTNAME_SIZE];
    size_t label_len = strlen(label);
    *out_name = NULL;
    if (label_len + 1 + parent->len >= sizeof(text)) {
        return HOSTNAME_TOO_LONG;
    }
    memcpy(text, label, label_len);
    text[label_len] = '.';
    memcpy(text + label_len + 1, parent->text, parent->len + 1u);
    return make(text, out_name);
}

const struct hostname *hostname_hold(const struct hostname *name)
{
    if (name != NULL) {
        atomic_fetch_add_explicit(&((struct hostname *)name)->references, 1, memory_order_relaxed);
    }
    return name;
}

void hostname_release(const struct hostname *name)
{
    if (name != NULL && atomic_fetch_sub_explicit(&((struct hostname *)name)->references, 1,
                                                  memory_order_acq_rel) == 1) {
        free((struct hostname *)name);
    }
}

const char *hostname_text(const struct hostname *name)
{
    return name->text;
}

const char *hostname_text_or_null(const struct hostname *name)
{
    return name != NULL ? name->text : NULL;
}

size_t hostname_len(const struct hostname *name)
{
    return name->len;
}

bool hostname_equal(const struct hostname *a, const struct hostname *b)
{
    return a == b ||
           (a != NULL && b != NULL && a->len == b->len && memcmp(a->text, b->text, a->len) == 0);
}

uint64_t hostname_hash(const struct hostname *name, const struct table_seed *seed)
{
    return table_hash(seed, name->text, name->len);
}

const char *hostname_status_text(enum hostname_status status)
{
    switch (status) {
    case HOSTNAME_OK:
        return "a usable domain name";
    case HOSTNAME_EMPTY:
        return "empty name";
    case HOSTNAME_TOO_LONG:
        return "name over 253 octets, or a label over 63";
    case HOSTNAME_BAD_LABEL:
        return "not a domain name: an empty label, or characters that are not allowed";
    case HOSTNAME_IS_ADDRESS:
        return "an IP address, not a domain name";
    case HOSTNAME_NOT_QUALIFIED:
        return "a single label, not a full domain name";
    case HOSTNAME_IS_URL:
        return "a URL or a path, not a domain name";
    case HOSTNAME_IS_MAILBOX:
        return "an e-mail address, not a domain name";
    case HOSTNAME_NO_MEMORY:
        return "out of memory";
    }
    return "unknown status";
}

/*
 * The Public Suffix List of this process: the newer of the one built into libpsl and the one the
 * distribution keeps up to date. Written once, under pthread_once(), and only read from then on; it
 * lives as long as the process.
 */
static const psl_ctx_t *suffix_list;
static pthread_once_t suffix_list_once = PTHREAD_ONCE_INIT;

static void load_suffix_list(void)
{
    suffix_list = psl_latest(NULL);
}

static size_t find_organisation(const struct hostname *name)
{
    (void)pthread_once(&suffix_list_once, load_suffix_list);
    const char *organisation =
        suffix_list == NULL ? NULL : psl_registrable_domain(suffix_list, name->text);
    return organisation == NULL ? 0 : (size_t)(organisation - name->text);
}

/* Threads that look it up at once find the same. */
const char *hostname_organisation(const struct hostname *name)
{
    atomic_uchar *place = &((struct hostname *)name)->organisation;
    size_t found = atomic_load_explicit(place, memory_order_relaxed);
    if (found == NOT_LOOKED_UP) {
        found = find_organisation(name);
        atomic_store_explicit(place, (unsigned char)found, memory_order_relaxed);
    }
    return name->text + found;
}

bool hostname_is_icann_suffix(const char *text, size_t len)
{
    char lower[HOSTNAME_SIZE];
    if (len >= sizeof(lower) || memchr(text, '.', len) == NULL || memchr(text, '\0', len) != NULL) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        bool is_upper = text[i] >= 'A' && text[i] <= 'Z';
        lower[i] = is_upper ? (char)(text[i] - 'A' + 'a') : text[i];
    }
    lower[len] = '\0';
    (void)pthread_once(&suffix_list_once, load_suffix_list);
    return suffix_list != NULL &&
           psl_is_public_suffix2(suffix_list, lower, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) == 1;
}
