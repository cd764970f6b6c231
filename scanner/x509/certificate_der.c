#include "scanner/x509/certificate_der.h"

#include <string.h>

#include <openssl/bytestring.h>

#include "io/base/calendar.h"

#define TAG_VERSION    (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0)
#define TAG_ISSUER_UID (CBS_ASN1_CONTEXT_SPECIFIC | 1)
#define TAG_SUBJECT_ID (CBS_ASN1_CONTEXT_SPECIFIC | 2)
#define TAG_EXTENSIONS (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 3)

#define LENGTH_BYTES_MAX 4 /* of a long-form length: far more than any certificate */

static const uint8_t oid_subject_alt_name[] = {0x55, 0x1d, 0x11};
static const uint8_t oid_name_constraints[] = {0x55, 0x1d, 0x1e};
static const uint8_t oid_basic_constraints[] = {0x55, 0x1d, 0x13};
static const uint8_t oid_policies[] = {0x55, 0x1d, 0x20};
static const uint8_t oid_policy_mappings[] = {0x55, 0x1d, 0x21};
static const uint8_t oid_policy_constraints[] = {0x55, 0x1d, 0x24};
static const uint8_t oid_inhibit_any_policy[] = {0x55, 0x1d, 0x36};
/* 1.3.6.1.4.1.11129.2.4.2, RFC 6962 section 3.3 */
static const uint8_t oid_sct_list[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x02};

/* 1.3.6.1.5.5.7.1.24, RFC 7633 */
static const uint8_t oid_tls_feature[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x18};

#define TLS_EXTENSION_STATUS_REQUEST 5 /* RFC 6066 section 8 */

static struct text text_of(const CBS *cbs)
{
    return (struct text){(const char *)CBS_data(cbs), CBS_len(cbs)};
}

static bool cbs_is(const CBS *cbs, const uint8_t *bytes, size_t len)
{
    return CBS_mem_equal(cbs, bytes, len) == 1;
}

/*
 * Goes into a SEQUENCE whose end may be cut off: what is left of it, false in *out_whole. Only for
 * the two outermost layers, where a cut certificate is cut.
 */
static bool enter_sequence(CBS *in, CBS *out, bool *out_whole)
{
    CBS cut = *in;
    if (CBS_get_asn1(in, out, CBS_ASN1_SEQUENCE)) {
        return true;
    }
    *out_whole = false;
    uint8_t tag;
    uint8_t first;
    if (!CBS_get_u8(&cut, &tag) || tag != 0x30 || !CBS_get_u8(&cut, &first)) {
        return false;
    }
    size_t length_bytes = (first & 0x80) != 0 ? (size_t)(first & 0x7f) : 0;
    if (length_bytes > LENGTH_BYTES_MAX || !CBS_skip(&cut, length_bytes)) {
        return false;
    }
    *out = cut;
    CBS_init(in, NULL, 0);
    return true;
}

/* ---- Time ---- */

static bool get_number(CBS *cbs, unsigned num_digits, int64_t *out_value)
{
    int64_t value = 0;
    for (unsigned i = 0; i < num_digits; i++) {
        uint8_t digit;
        if (!CBS_get_u8(cbs, &digit) || digit < '0' || digit > '9') {
            return false;
        }
        value = value * 10 + (digit - '0');
    }
    *out_value = value;
    return true;
}

/* "Z", or "+hhmm" or "-hhmm" ahead of or behind UTC. */
static bool get_zone(CBS *cbs, int64_t *out_offset)
{
    uint8_t sign;
    int64_t hours = 0;
    int64_t minutes = 0;
    if (!CBS_get_u8(cbs, &sign)) {
        return false;
    }
    if (sign != 'Z' && ((sign != '+' && sign != '-') || !get_number(cbs, 2, &hours) ||
                        !get_number(cbs, 2, &minutes) || hours > 23 || minutes > 59)) {
        return false;
    }
    *out_offset = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
    return CBS_len(cbs) == 0;
}

bool certificate_der_time(struct text text, unsigned tag, int64_t *out_seconds)
{
    CBS cbs;
    struct calendar_time time = {0};
    int64_t offset;
    CBS_init(&cbs, (const uint8_t *)text.bytes, text.len);
    if (!get_number(&cbs, tag == CBS_ASN1_UTCTIME ? 2 : 4, &time.year) ||
        !get_number(&cbs, 2, &time.month) || !get_number(&cbs, 2, &time.day) ||
        !get_number(&cbs, 2, &time.hour) || !get_number(&cbs, 2, &time.minute)) {
        return false;
    }
    if (tag == CBS_ASN1_UTCTIME) {
        time.year += time.year >= 50 ? 1900 : 2000; /* RFC 5280 section 4.1.2.5.1 */
    }
    bool has_seconds = CBS_len(&cbs) > 0 && CBS_data(&cbs)[0] >= '0' && CBS_data(&cbs)[0] <= '9';
    if ((has_seconds && !get_number(&cbs, 2, &time.second)) || !get_zone(&cbs, &offset)) {
        return false;
    }
    /* Times of certificates know no leap second. */
    if (time.second > 59 || !calendar_seconds(&time, out_seconds)) {
        return false;
    }
    *out_seconds -= offset;
    return true;
}

static bool get_time(CBS *cbs, int64_t *out_seconds)
{
    CBS value;
    unsigned tag;
    return CBS_get_any_asn1(cbs, &value, &tag) &&
           (tag == CBS_ASN1_UTCTIME || tag == CBS_ASN1_GENERALIZEDTIME) &&
           certificate_der_time(text_of(&value), tag, out_seconds);
}

static void read_validity(struct text der, struct certificate_der *certificate)
{
    CBS cbs;
    CBS validity;
    CBS_init(&cbs, (const uint8_t *)der.bytes, der.len);
    certificate->has_validity = CBS_get_asn1(&cbs, &validity, CBS_ASN1_SEQUENCE) &&
                                get_time(&validity, &certificate->not_before) &&
                                get_time(&validity, &certificate->not_after) &&
                                CBS_len(&validity) == 0;
}

/* ---- Extensions ---- */

/* GeneralNames: every entry must at least be framed well, or none of them counts. */
static bool read_subject_alt_name(CBS value, struct certificate_der *certificate)
{
    CBS names;
    /* The same extension twice is forbidden (RFC 5280 section 4.2): which one would count? */
    bool is_first = !certificate->has_subject_alt_name;
    certificate->has_subject_alt_name = true;
    certificate->subject_alt_name = (struct text){NULL, 0};
    if (!is_first || !CBS_get_asn1(&value, &names, CBS_ASN1_SEQUENCE) || CBS_len(&value) != 0) {
        return false;
    }
    for (CBS rest = names; CBS_len(&rest) > 0;) {
        CBS name;
        unsigned tag;
        if (!CBS_get_any_asn1(&rest, &name, &tag)) {
            return false;
        }
    }
    certificate->subject_alt_name = text_of(&names);
    return true;
}

static void read_basic_constraints(CBS value, struct certificate_der *certificate)
{
    CBS constraints;
    CBS ca;
    bool is_ca = false;
    if (!CBS_get_asn1(&value, &constraints, CBS_ASN1_SEQUENCE)) {
        return;
    }
    if (CBS_peek_asn1_tag(&constraints, CBS_ASN1_BOOLEAN)) {
        is_ca = CBS_get_asn1(&constraints, &ca, CBS_ASN1_BOOLEAN) && CBS_len(&ca) == 1 &&
                CBS_data(&ca)[0] != 0;
    }
    certificate->pathlen_without_ca = !is_ca && CBS_peek_asn1_tag(&constraints, CBS_ASN1_INTEGER);
}

/* Features ::= SEQUENCE OF INTEGER: the TLS extensions that the server answers if asked. */
static void read_tls_feature(CBS value, struct certificate_der *certificate)
{
    CBS features;
    uint64_t feature;
    if (!CBS_get_asn1(&value, &features, CBS_ASN1_SEQUENCE)) {
        return;
    }
    while (CBS_get_asn1_uint64(&features, &feature)) {
        if (feature == TLS_EXTENSION_STATUS_REQUEST) {
            certificate->must_staple = true;
        }
    }
}

/* The extensions met so far. */
struct seen_extensions {
    CBS oids[CERTIFICATE_EXTENSIONS_MAX];
    size_t num;
};

/* False for one that stands there already, and where there are too many to tell. */
static bool note_extension(struct seen_extensions *seen, const CBS *oid)
{
    for (size_t i = 0; i < seen->num; i++) {
        if (cbs_is(&seen->oids[i], CBS_data(oid), CBS_len(oid))) {
            return false;
        }
    }
    if (seen->num == CERTIFICATE_EXTENSIONS_MAX) {
        return false;
    }
    seen->oids[seen->num++] = *oid;
    return true;
}

/* Those of which only the bytes are kept. */
static struct text *place_of(const CBS *oid, struct certificate_der *certificate)
{
    const struct {
        const uint8_t *oid;
        size_t len;
        struct text *place;
    } rows[] = {
        {oid_name_constraints, sizeof(oid_name_constraints), &certificate->name_constraints},
        {oid_policies, sizeof(oid_policies), &certificate->policies},
        {oid_policy_mappings, sizeof(oid_policy_mappings), &certificate->policy_mappings},
        {oid_policy_constraints, sizeof(oid_policy_constraints), &certificate->policy_constraints},
        {oid_inhibit_any_policy, sizeof(oid_inhibit_any_policy), &certificate->inhibit_any_policy},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (cbs_is(oid, rows[i].oid, rows[i].len)) {
            return rows[i].place;
        }
    }
    return NULL;
}

static bool read_extension(CBS *extension, struct seen_extensions *seen,
                           struct certificate_der *certificate)
{
    CBS oid;
    CBS critical;
    CBS value;
    if (!CBS_get_asn1(extension, &oid, CBS_ASN1_OBJECT) ||
        (CBS_peek_asn1_tag(extension, CBS_ASN1_BOOLEAN) &&
         !CBS_get_asn1(extension, &critical, CBS_ASN1_BOOLEAN)) ||
        !CBS_get_asn1(extension, &value, CBS_ASN1_OCTETSTRING)) {
        return false;
    }
    certificate->has_bad_extensions |= !note_extension(seen, &oid);
    if (cbs_is(&oid, oid_subject_alt_name, sizeof(oid_subject_alt_name))) {
        return read_subject_alt_name(value, certificate);
    }
    struct text *place = place_of(&oid, certificate);
    if (place != NULL) {
        *place = text_of(&value);
        return true;
    }
    if (cbs_is(&oid, oid_basic_constraints, sizeof(oid_basic_constraints))) {
        read_basic_constraints(value, certificate);
    } else if (cbs_is(&oid, oid_sct_list, sizeof(oid_sct_list))) {
        certificate->has_sct = true;
    } else if (cbs_is(&oid, oid_tls_feature, sizeof(oid_tls_feature))) {
        read_tls_feature(value, certificate);
    }
    return true;
}

static bool read_extensions(CBS *tbs, struct certificate_der *certificate)
{
    CBS unique_id;
    CBS wrapper;
    CBS extensions;
    int has_extensions;
    if (!CBS_get_optional_asn1(tbs, &unique_id, NULL, TAG_ISSUER_UID) ||
        !CBS_get_optional_asn1(tbs, &unique_id, NULL, TAG_SUBJECT_ID) ||
        !CBS_get_optional_asn1(tbs, &wrapper, &has_extensions, TAG_EXTENSIONS)) {
        return false;
    }
    if (!has_extensions) {
        return CBS_len(tbs) == 0;
    }
    if (!CBS_get_asn1(&wrapper, &extensions, CBS_ASN1_SEQUENCE)) {
        return false;
    }
    bool all_read = true;
    struct seen_extensions seen;
    seen.num = 0;
    while (CBS_len(&extensions) > 0) {
        CBS extension;
        if (!CBS_get_asn1(&extensions, &extension, CBS_ASN1_SEQUENCE)) {
            return false;
        }
        all_read = read_extension(&extension, &seen, certificate) && all_read;
    }
    return all_read && CBS_len(tbs) == 0;
}

/* ---- The whole ---- */

static bool get_element(CBS *cbs, struct text *out_element)
{
    CBS element;
    unsigned tag;
    size_t header_len;
    if (!CBS_get_any_asn1_element(cbs, &element, &tag, &header_len)) {
        return false;
    }
    *out_element = text_of(&element);
    return true;
}

static bool get_serial(CBS *tbs, struct certificate_der *certificate)
{
    CBS serial;
    unsigned tag;
    if (!CBS_get_any_asn1(tbs, &serial, &tag)) {
        return false;
    }
    certificate->serial = text_of(&serial);
    return true;
}

/* `out_algorithm`: that inside what is signed. */
static bool read_tbs(CBS *tbs, struct certificate_der *certificate, struct text *out_algorithm)
{
    CBS version;
    struct text validity;
    if (!CBS_get_optional_asn1(tbs, &version, NULL, TAG_VERSION) || !get_serial(tbs, certificate) ||
        !get_element(tbs, out_algorithm) || !get_element(tbs, &certificate->issuer) ||
        !get_element(tbs, &validity)) {
        return false;
    }
    read_validity(validity, certificate);
    return get_element(tbs, &certificate->subject) && get_element(tbs, &certificate->spki) &&
           read_extensions(tbs, certificate) && certificate->has_validity;
}

void certificate_der_read(struct text der, struct certificate_der *out_certificate)
{
    CBS cbs;
    CBS outer;
    CBS tbs;
    struct text signature;
    bool is_whole = true;
    memset(out_certificate, 0, sizeof(*out_certificate));
    out_certificate->whole = der;
    CBS_init(&cbs, (const uint8_t *)der.bytes, der.len);
    if (!enter_sequence(&cbs, &outer, &is_whole) || !enter_sequence(&outer, &tbs, &is_whole)) {
        return;
    }
    struct text inner = {NULL, 0};
    bool is_tbs_read = read_tbs(&tbs, out_certificate, &inner);
    out_certificate->is_complete = get_element(&outer, &out_certificate->signature_algorithm) &&
                                   get_element(&outer, &signature) && CBS_len(&outer) == 0 &&
                                   CBS_len(&cbs) == 0 && is_tbs_read && is_whole;
    struct text outer_algorithm = out_certificate->signature_algorithm;
    out_certificate->algorithms_differ =
        inner.len != outer_algorithm.len ||
        (inner.len > 0 && memcmp(inner.bytes, outer_algorithm.bytes, inner.len) != 0);
}

bool certificate_der_is_self_issued(const struct certificate_der *certificate)
{
    struct text subject = certificate->subject;
    struct text issuer = certificate->issuer;
    return subject.bytes != NULL && subject.len == issuer.len &&
           memcmp(subject.bytes, issuer.bytes, subject.len) == 0;
}
