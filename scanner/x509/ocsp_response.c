#include "scanner/x509/ocsp_response.h"

#include <string.h>

#include <openssl/bytestring.h>

#include "scanner/x509/certificate_der.h"

#define TAG_EXPLICIT(number) (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | (number))
#define TAG_IMPLICIT(number) (CBS_ASN1_CONTEXT_SPECIFIC | (number))

/* RFC 6960 section 4.2.2.3, CertStatus */
#define TAG_GOOD    TAG_IMPLICIT(0)
#define TAG_REVOKED TAG_EXPLICIT(1) /* IMPLICIT, but a SEQUENCE stays constructed */
#define TAG_UNKNOWN TAG_IMPLICIT(2)

/* 1.3.6.1.5.5.7.48.1.1, id-pkix-ocsp-basic */
static const uint8_t oid_basic[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01};
/* 1.3.6.1.4.1.11129.2.4.5, RFC 6962 section 3.3 */
static const uint8_t oid_sct_list[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x05};

static struct text text_of(const CBS *cbs)
{
    return (struct text){(const char *)CBS_data(cbs), CBS_len(cbs)};
}

static CBS cbs_of(struct text text)
{
    CBS cbs;
    CBS_init(&cbs, (const uint8_t *)text.bytes, text.len);
    return cbs;
}

static bool get_text(CBS *cbs, struct text *out_text, unsigned tag)
{
    CBS value;
    if (!CBS_get_asn1(cbs, &value, tag)) {
        return false;
    }
    *out_text = text_of(&value);
    return true;
}

static bool get_element(CBS *cbs, struct text *out_text, unsigned tag)
{
    CBS element;
    if (!CBS_get_asn1_element(cbs, &element, tag)) {
        return false;
    }
    *out_text = text_of(&element);
    return true;
}

static bool get_time(CBS *cbs, int64_t *out_seconds)
{
    struct text time;
    return get_text(cbs, &time, CBS_ASN1_GENERALIZEDTIME) &&
           certificate_der_time(time, CBS_ASN1_GENERALIZEDTIME, out_seconds);
}

/* ---- One answer ---- */

static bool get_certificate_id(CBS *cbs, struct ocsp_single *single)
{
    CBS id;
    CBS algorithm;
    return CBS_get_asn1(cbs, &id, CBS_ASN1_SEQUENCE) &&
           CBS_get_asn1(&id, &algorithm, CBS_ASN1_SEQUENCE) &&
           get_text(&algorithm, &single->hash_oid, CBS_ASN1_OBJECT) &&
           get_text(&id, &single->issuer_name_hash, CBS_ASN1_OCTETSTRING) &&
           get_text(&id, &single->issuer_key_hash, CBS_ASN1_OCTETSTRING) &&
           get_text(&id, &single->serial, CBS_ASN1_INTEGER) && CBS_len(&id) == 0;
}

static bool read_revoked(CBS revoked, struct ocsp_single *single)
{
    CBS wrapper;
    CBS reason;
    int has_reason;
    single->reason = OCSP_REASON_NONE;
    if (!get_time(&revoked, &single->revoked_at) ||
        !CBS_get_optional_asn1(&revoked, &wrapper, &has_reason, TAG_EXPLICIT(0)) ||
        CBS_len(&revoked) != 0) {
        return false;
    }
    if (!has_reason) {
        return true;
    }
    if (!CBS_get_asn1(&wrapper, &reason, CBS_ASN1_ENUMERATED) || CBS_len(&wrapper) != 0 ||
        CBS_len(&reason) != 1) {
        return false;
    }
    single->reason = CBS_data(&reason)[0];
    return true;
}

static bool get_status(CBS *cbs, struct ocsp_single *single)
{
    CBS value;
    unsigned tag;
    if (!CBS_get_any_asn1(cbs, &value, &tag)) {
        return false;
    }
    switch (tag) {
    case TAG_GOOD:
        single->status = OCSP_STATUS_GOOD;
        return CBS_len(&value) == 0;
    case TAG_REVOKED:
        single->status = OCSP_STATUS_REVOKED;
        return read_revoked(value, single);
    case TAG_UNKNOWN:
        single->status = OCSP_STATUS_UNKNOWN;
        return CBS_len(&value) == 0;
    default:
        return false;
    }
}

static bool read_extensions(CBS wrapper, struct ocsp_single *single)
{
    CBS extensions;
    if (!CBS_get_asn1(&wrapper, &extensions, CBS_ASN1_SEQUENCE) || CBS_len(&wrapper) != 0) {
        return false;
    }
    while (CBS_len(&extensions) > 0) {
        CBS extension;
        CBS oid;
        if (!CBS_get_asn1(&extensions, &extension, CBS_ASN1_SEQUENCE) ||
            !CBS_get_asn1(&extension, &oid, CBS_ASN1_OBJECT)) {
            return false;
        }
        if (CBS_mem_equal(&oid, oid_sct_list, sizeof(oid_sct_list))) {
            single->has_sct = true;
        }
    }
    return true;
}

static bool get_single(CBS *cbs, struct ocsp_single *single)
{
    CBS inner;
    CBS wrapper;
    CBS extensions;
    int has_next_update;
    int has_extensions;
    memset(single, 0, sizeof(*single));
    if (!CBS_get_asn1(cbs, &inner, CBS_ASN1_SEQUENCE) || !get_certificate_id(&inner, single) ||
        !get_status(&inner, single) || !get_time(&inner, &single->this_update) ||
        !CBS_get_optional_asn1(&inner, &wrapper, &has_next_update, TAG_EXPLICIT(0)) ||
        !CBS_get_optional_asn1(&inner, &extensions, &has_extensions, TAG_EXPLICIT(1)) ||
        CBS_len(&inner) != 0) {
        return false;
    }
    single->has_next_update = has_next_update != 0;
    return (!has_next_update ||
            (get_time(&wrapper, &single->next_update) && CBS_len(&wrapper) == 0)) &&
           (!has_extensions || read_extensions(extensions, single));
}

bool ocsp_response_next(struct text *cursor, struct ocsp_single *out_single)
{
    CBS cbs = cbs_of(*cursor);
    bool has_one = get_single(&cbs, out_single);
    *cursor = text_of(&cbs);
    return has_one;
}

/* ---- The response ---- */

static bool get_responder(CBS *cbs, struct ocsp_response *response)
{
    CBS wrapper;
    if (CBS_peek_asn1_tag(cbs, TAG_EXPLICIT(1))) {
        return CBS_get_asn1(cbs, &wrapper, TAG_EXPLICIT(1)) &&
               get_element(&wrapper, &response->responder_name, CBS_ASN1_SEQUENCE) &&
               CBS_len(&wrapper) == 0;
    }
    return CBS_get_asn1(cbs, &wrapper, TAG_EXPLICIT(2)) &&
           get_text(&wrapper, &response->responder_key_hash, CBS_ASN1_OCTETSTRING) &&
           CBS_len(&wrapper) == 0;
}

static bool are_singles_whole(struct text singles)
{
    size_t num_singles = 0;
    struct ocsp_single single;
    for (CBS cbs = cbs_of(singles); CBS_len(&cbs) > 0; num_singles++) {
        if (num_singles == OCSP_SINGLES_MAX || !get_single(&cbs, &single)) {
            return false;
        }
    }
    return true;
}

static bool read_tbs(struct ocsp_response *response)
{
    CBS outer = cbs_of(response->tbs);
    CBS tbs;
    CBS unused;
    return CBS_get_asn1(&outer, &tbs, CBS_ASN1_SEQUENCE) &&
           CBS_get_optional_asn1(&tbs, &unused, NULL, TAG_EXPLICIT(0)) && /* version */
           get_responder(&tbs, response) && get_time(&tbs, &response->produced_at) &&
           get_text(&tbs, &response->singles, CBS_ASN1_SEQUENCE) &&
           are_singles_whole(response->singles) &&
           CBS_get_optional_asn1(&tbs, &unused, NULL, TAG_EXPLICIT(1)) && /* extensions */
           CBS_len(&tbs) == 0;
}

static bool read_certificates(CBS wrapper, struct ocsp_response *response)
{
    CBS certificates;
    if (!CBS_get_asn1(&wrapper, &certificates, CBS_ASN1_SEQUENCE) || CBS_len(&wrapper) != 0) {
        return false;
    }
    while (CBS_len(&certificates) > 0) {
        if (response->num_certificates == OCSP_CERTIFICATES_MAX ||
            !get_element(&certificates, &response->certificates[response->num_certificates],
                         CBS_ASN1_SEQUENCE)) {
            return false;
        }
        response->num_certificates++;
    }
    return true;
}

static bool read_basic(CBS der, struct ocsp_response *response)
{
    CBS basic;
    CBS certificates;
    int has_certificates;
    return CBS_get_asn1(&der, &basic, CBS_ASN1_SEQUENCE) && CBS_len(&der) == 0 &&
           get_element(&basic, &response->tbs, CBS_ASN1_SEQUENCE) &&
           get_element(&basic, &response->signature_algorithm, CBS_ASN1_SEQUENCE) &&
           get_element(&basic, &response->signature, CBS_ASN1_BITSTRING) &&
           CBS_get_optional_asn1(&basic, &certificates, &has_certificates, TAG_EXPLICIT(0)) &&
           CBS_len(&basic) == 0 &&
           (!has_certificates || read_certificates(certificates, response)) && read_tbs(response);
}

bool ocsp_response_read(struct text der, struct ocsp_response *out_response)
{
    CBS cbs = cbs_of(der);
    CBS outer;
    CBS status;
    CBS wrapper;
    CBS bytes;
    CBS type;
    CBS basic;
    memset(out_response, 0, sizeof(*out_response));
    if (der.len > OCSP_RESPONSE_MAX || !CBS_get_asn1(&cbs, &outer, CBS_ASN1_SEQUENCE) ||
        CBS_len(&cbs) != 0 || !CBS_get_asn1(&outer, &status, CBS_ASN1_ENUMERATED) ||
        CBS_len(&status) != 1) {
        return false;
    }
    out_response->response_status = CBS_data(&status)[0];
    if (out_response->response_status != 0) {
        return true; /* responseBytes are left out then: section 4.2.1 */
    }
    return CBS_get_asn1(&outer, &wrapper, TAG_EXPLICIT(0)) && CBS_len(&outer) == 0 &&
           CBS_get_asn1(&wrapper, &bytes, CBS_ASN1_SEQUENCE) && CBS_len(&wrapper) == 0 &&
           CBS_get_asn1(&bytes, &type, CBS_ASN1_OBJECT) &&
           CBS_mem_equal(&type, oid_basic, sizeof(oid_basic)) &&
           CBS_get_asn1(&bytes, &basic, CBS_ASN1_OCTETSTRING) && CBS_len(&bytes) == 0 &&
           read_basic(basic, out_response);
}
