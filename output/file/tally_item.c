#include "output/file/tally.h"

#include <string.h>

/* As much of it as has room, up to a NUL. */
static void copy_text(char *out, size_t size, struct text text)
{
    size_t kept =
        text.bytes != NULL ? strnlen(text.bytes, text.len < size - 1 ? text.len : size - 1) : 0;
    if (kept > 0) {
        memcpy(out, text.bytes, kept);
    }
    out[kept] = '\0';
}

static void copy(char *out, size_t size, const char *text)
{
    copy_text(out, size, (struct text){text, SIZE_MAX});
}

void tally_item_place(struct tally_item *item, const struct tally_place *place)
{
    copy(item->provider, sizeof(item->provider), place->provider);
    copy(item->country, sizeof(item->country), place->country);
    copy_text(item->as_org, sizeof(item->as_org), place->as_org);
    item->asn = place->asn;
}

static bool has_accepted(const struct finding *findings, size_t num_findings)
{
    for (size_t i = 0; i < num_findings; i++) {
        if (findings[i].accepted.until != NULL) {
            return true;
        }
    }
    return false;
}

struct tally_item tally_item_of_endpoint(const struct endpoint_record *record)
{
    struct tally_item item = {
        .kind = TALLY_ENDPOINT,
        .grade = record->grade,
        .has_accepted = has_accepted(record->findings, record->num_findings),
        .outcome = record->outcome,
    };
    tally_item_place(&item, &(struct tally_place){record->provider, record->country, record->asn,
                                                  record->as_org});
    return item;
}

static bool has_bogus(const struct domain_record *record)
{
    bool is_bogus = record->mx_bogus != NULL;
    for (size_t i = 0; i < record->num_mx; i++) {
        is_bogus |= record->mx[i].bogus != NULL;
    }
    return is_bogus;
}

struct tally_item tally_item_of_domain(const struct domain_record *record)
{
    const bool is_bogus = has_bogus(record);
    return (struct tally_item){
        .kind = record->domain != NULL ? TALLY_DOMAIN : TALLY_INVALID_LINE,
        .grade = record->grade,
        .accepted_grade = record_grade_left(record->grade, &record->accepted_grade),
        .has_accepted = has_accepted(record->findings, record->num_findings),
        .outcome = record->dns_outcome,
        .mail = record->mail,
        .opportunistic = record->opportunistic,
        .enforced = record->enforced,
        .is_signed = is_bogus || record->dnssec.value == TRI_YES,
        .is_bogus = is_bogus,
    };
}
