#include "scanner/enforcement/tlsa.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bytestring.h>
#include <openssl/sha.h>

#include "io/base/hex.h"
#include "scanner/x509/certificate_der.h"

#define BIT(problem) TLSA_PROBLEM_BIT(TLSA_##problem)

/* RFC 6698 section 2.1: usage, selector, matching type, then the data, which is never empty. */
#define HEAD_LEN 3

/* RFC 5280 section 4.1: a certificate or a SubjectPublicKeyInfo, and nothing behind it. */
static bool is_whole(const struct tlsa_record *record)
{
    struct certificate_der certificate;
    CBS data;
    CBS body;
    CBS_init(&data, record->data, record->len);
    if (!CBS_get_asn1(&data, &body, CBS_ASN1_SEQUENCE) || CBS_len(&data) != 0) {
        return false;
    }
    if (record->selector == TLSA_KEY) {
        return CBS_get_asn1(&body, NULL, CBS_ASN1_SEQUENCE) &&
               CBS_get_asn1(&body, NULL, CBS_ASN1_BITSTRING) && CBS_len(&body) == 0;
    }
    certificate_der_read((struct text){(const char *)record->data, record->len}, &certificate);
    return certificate.spki.bytes != NULL; /* other faults are the handshake's business */
}

static uint32_t data_problem(const struct tlsa_record *record)
{
    switch (record->matching) {
    case TLSA_FULL:
        return is_whole(record) ? 0 : BIT(BAD_FULL_DATA);
    case TLSA_SHA256:
        return record->len == SHA256_DIGEST_LENGTH ? 0 : BIT(BAD_DIGEST_LENGTH);
    case TLSA_SHA512:
        return record->len == SHA512_DIGEST_LENGTH ? 0 : BIT(BAD_DIGEST_LENGTH);
    default:
        return BIT(UNKNOWN_MATCHING);
    }
}

/* 0 for a record that SMTP clients use. */
static uint32_t problem_of(const struct tlsa_record *record)
{
    if (record->usage == TLSA_PKIX_TA || record->usage == TLSA_PKIX_EE) {
        return BIT(USAGE_PKIX); /* RFC 7672 section 3.1.3 */
    }
    if (record->usage > TLSA_DANE_EE) {
        return BIT(UNKNOWN_USAGE);
    }
    if (record->selector > TLSA_KEY) {
        return BIT(UNKNOWN_SELECTOR);
    }
    return data_problem(record);
}

static uint32_t read_record(const uint8_t *rdata, size_t len, struct tlsa_record *out_record)
{
    if (len <= HEAD_LEN) {
        return BIT(MALFORMED);
    }
    out_record->usage = rdata[0];
    out_record->selector = rdata[1];
    out_record->matching = rdata[2];
    out_record->data = rdata + HEAD_LEN;
    out_record->len = len - HEAD_LEN;
    uint32_t problem = problem_of(out_record);
    out_record->is_usable = problem == 0;
    return problem;
}

/*
 * RFC 7671 section 9: of several digests with the same usage and selector only the strongest
 * counts, so that a weak one cannot be attacked beside a strong one. Full data is no digest and
 * always counts.
 */
static bool is_outdone(const struct tlsa_set *set, const struct tlsa_record *record)
{
    if (record->matching == TLSA_FULL) {
        return false;
    }
    for (size_t i = 0; i < set->num_records; i++) {
        const struct tlsa_record *other = &set->records[i];
        if (other->is_usable && other->usage == record->usage &&
            other->selector == record->selector && other->matching > record->matching) {
            return true;
        }
    }
    return false;
}

static size_t total_len(const struct dns_record *records, size_t num)
{
    size_t len = 0;
    for (size_t i = 0; i < num; i++) {
        len += records[i].data.len;
    }
    return len;
}

struct tlsa_set *tlsa_set_new(const struct dns_record *records, size_t num_records)
{
    size_t num = num_records < TLSA_RECORDS_MAX ? num_records : TLSA_RECORDS_MAX;
    size_t records_len = num * sizeof(struct tlsa_record);
    struct tlsa_set *set = calloc(1, sizeof(*set) + records_len + total_len(records, num));
    if (set == NULL) {
        return NULL;
    }
    uint8_t *copy = (uint8_t *)set + sizeof(*set) + records_len;
    set->num_records = num;
    set->problems = num < num_records ? BIT(TOO_MANY_RECORDS) : 0;
    for (size_t i = 0; i < num; i++) {
        size_t len = records[i].data.len;
        if (len > 0) {
            memcpy(copy, records[i].data.bytes, len);
        }
        set->problems |= read_record(copy, len, &set->records[i]);
        set->num_usable += set->records[i].is_usable ? 1 : 0;
        copy += len;
    }
    for (size_t i = 0; i < num; i++) {
        struct tlsa_record *record = &set->records[i];
        record->is_effective = record->is_usable && !is_outdone(set, record);
    }
    return set;
}

const char *tlsa_record_name(const struct tlsa_record *record)
{
    static const char *const names[2][2][3] = {
        {{"2 0 0", "2 0 1", "2 0 2"}, {"2 1 0", "2 1 1", "2 1 2"}},
        {{"3 0 0", "3 0 1", "3 0 2"}, {"3 1 0", "3 1 1", "3 1 2"}},
    };
    return record->is_usable
               ? names[record->usage - TLSA_DANE_TA][record->selector][record->matching]
               : NULL;
}

static const char *text_of(const struct tlsa_record *record, struct arena *arena)
{
    char data[2 * TLSA_TEXT_DATA_MAX + 1];
    size_t len = record->len < TLSA_TEXT_DATA_MAX ? record->len : TLSA_TEXT_DATA_MAX;
    *hex_write(data, record->data, len, HEX_LOWER) = '\0';
    return arena_format(arena, "%u %u %u %s%s", record->usage, record->selector, record->matching,
                        data, len < record->len ? "..." : "");
}

const char *const *tlsa_set_texts(const struct tlsa_set *set, struct arena *arena, size_t *out_num)
{
    const char **texts = arena_alloc(arena, TLSA_TEXT_RECORDS_MAX * sizeof(*texts));
    *out_num = 0;
    for (size_t i = 0; texts != NULL && i < set->num_records && i < TLSA_TEXT_RECORDS_MAX; i++) {
        texts[*out_num] = text_of(&set->records[i], arena);
        *out_num += texts[*out_num] != NULL;
    }
    return texts;
}
