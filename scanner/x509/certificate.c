#include "scanner/x509/certificate.h"

#include <string.h>

#include "io/base/calendar.h"
#include "scanner/x509/certificate_dn.h"
#include "scanner/x509/certificate_name.h"
#include "scanner/x509/chain.h"

static void fill_leaf(const struct chain *chain, struct certificate_record *record)
{
    const struct chain_member *leaf = &chain->kept.members[0];
    record->has_validity = leaf->der.has_validity;
    if (leaf->der.has_validity) {
        record->not_before = leaf->der.not_before;
        record->not_after = leaf->der.not_after;
        record->days_left = calendar_days_until(leaf->der.not_after, chain->now);
    }
    record->key = leaf->key.name;
    record->key_bits = leaf->key.bits;
    record->signature = leaf->signature.name;
}

static struct verdict verdict_of(bool is_yes)
{
    return (struct verdict){is_yes ? TRI_YES : TRI_NO, OUTCOME_OK};
}

static void judge_name(const struct chain *chain, const char *host,
                       struct certificate_record *record)
{
    const struct text none = {NULL, 0};
    bool has_leaf = chain->kept.num_members > 0;
    struct text names = has_leaf ? chain->kept.members[0].der.subject_alt_name : none;
    struct text subject = has_leaf ? chain->kept.members[0].der.subject : none;
    bool is_match = certificate_name_list_has(names, host);
    record->name_checked = true;
    record->name_match = verdict_of(is_match);
    if (!is_match) {
        record->problems |= CERTIFICATE_PROBLEM_BIT(CERTIFICATE_NAME_MISMATCH);
        if (certificate_dn_common_name_is(subject, host)) {
            record->problems |= CERTIFICATE_PROBLEM_BIT(CERTIFICATE_CN_ONLY);
        }
    }
}

void certificate_judge(const struct chain *chain, const char *host,
                       struct certificate_record *out_record)
{
    struct verdict ocsp_staple = out_record->ocsp_staple;
    struct verdict sct = out_record->sct;
    memset(out_record, 0, sizeof(*out_record));
    out_record->ocsp_staple = ocsp_staple;
    out_record->sct = sct;
    out_record->subject = chain->subject;
    out_record->issuer = chain->issuer;
    out_record->names = chain->names;
    out_record->num_names = chain->num_names;
    out_record->weakest_signature = chain->verdict.weakest_signature;
    out_record->smallest_rsa_bits = chain->verdict.smallest_rsa_bits;
    out_record->chain_length = (unsigned)chain->num_sent;
    out_record->sent = chain->sent;
    out_record->num_sent = chain->kept.num_members;
    out_record->chain_notes = chain->notes | (chain_was_cut(chain) ? CHAIN_NOTE_BIT(CHAIN_CUT) : 0);
    out_record->validity_days = chain->validity_days;
    out_record->validity_limit = chain->validity_limit;
    out_record->trusted = (struct verdict){chain->verdict.trusted, chain->verdict.why_unknown};
    out_record->problems = chain->verdict.problems;
    memcpy(out_record->sha256, chain->sha256, sizeof(chain->sha256));
    memcpy(out_record->spki_sha256, chain->spki_sha256, sizeof(chain->spki_sha256));
    if (chain->kept.num_members > 0) {
        fill_leaf(chain, out_record);
    }
    if (host != NULL) {
        judge_name(chain, host, out_record);
    }
}

enum tri certificate_is_valid(const struct certificate_record *record)
{
    const uint32_t in_the_way = CERTIFICATE_PROBLEM_BIT(CERTIFICATE_EXPIRED) |
                                CERTIFICATE_PROBLEM_BIT(CERTIFICATE_NOT_YET_VALID) |
                                CERTIFICATE_PROBLEM_BIT(CERTIFICATE_NAME_MISMATCH) |
                                CERTIFICATE_PROBLEM_BIT(CERTIFICATE_REVOKED);
    return (record->problems & in_the_way) != 0 ? TRI_NO : record->trusted.value;
}
