#include "scanner/enforcement/mta_sts_txt.h"

#include <string.h>

#include "scanner/enforcement/mta_sts_problem.h"
#include "scanner/enforcement/txt_fields.h"

#define BIT(problem) MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_##problem)
#define VERSION      "v=STSv1"

static bool is_id(struct text id)
{
    if (id.len == 0 || id.len > MTA_STS_ID_MAX) {
        return false;
    }
    for (size_t i = 0; i < id.len; i++) {
        char c = id.bytes[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))) {
            return false;
        }
    }
    return true;
}

static void read_id(struct text id, struct mta_sts_txt *out)
{
    if (!is_id(id)) {
        out->problems |= BIT(TXT_BAD_ID);
        return;
    }
    memcpy(out->id, id.bytes, id.len);
    out->id[id.len] = '\0';
    out->status = MTA_STS_TXT_VALID;
}

static void invalidate(struct mta_sts_txt *out, uint64_t problem)
{
    out->status = MTA_STS_TXT_INVALID;
    out->problems |= problem;
    out->id[0] = '\0';
}

/* Fields that are not known are left alone: RFC 8461 section 3.1. */
static void read_fields(struct text rest, struct mta_sts_txt *out)
{
    struct txt_field field;
    bool has_id = false;
    enum txt_next next;
    out->status = MTA_STS_TXT_INVALID;
    while ((next = txt_fields_next(&rest, &field)) == TXT_NEXT_FIELD) {
        if (!txt_field_has_key(&field, "id")) {
            continue;
        }
        if (has_id) {
            out->problems |= BIT(TXT_DUPLICATE_ID);
            continue;
        }
        has_id = true;
        read_id(field.value, out);
    }
    if (next == TXT_NEXT_BAD) {
        invalidate(out, BIT(TXT_BAD_SYNTAX));
    } else if (!has_id) {
        invalidate(out, BIT(TXT_NO_ID));
    }
}

void mta_sts_txt_select(const struct text *records, size_t num_records, struct mta_sts_txt *out)
{
    struct text rest;
    *out = (struct mta_sts_txt){.status = MTA_STS_TXT_ABSENT};
    switch (txt_fields_select(records, num_records, VERSION, &rest)) {
    case TXT_SELECTED_NONE:
        break;
    case TXT_SELECTED_NEAR:
        invalidate(out, BIT(TXT_BAD_VERSION));
        break;
    case TXT_SELECTED_MULTIPLE:
        invalidate(out, BIT(TXT_MULTIPLE));
        break;
    case TXT_SELECTED_SPACED:
        /* Erratum 6285: the grammar allows the space, the prefix that senders look for does not. */
        out->problems = BIT(TXT_SPACE_BEFORE_SEMICOLON);
        read_fields(rest, out);
        break;
    case TXT_SELECTED_ONE:
        read_fields(rest, out);
        break;
    }
}

void mta_sts_txt_of_answer(const struct dns_answer *answer, struct mta_sts_txt *out)
{
    struct text records[DNS_RECORDS_MAX];
    bool is_answer = answer->outcome == DNS_OK || answer->outcome == DNS_NODATA ||
                     answer->outcome == DNS_NXDOMAIN;
    /* The record, or a second one, may be among those that were dropped of too large an answer. */
    if (!is_answer || answer->truncated) {
        *out =
            (struct mta_sts_txt){.status = MTA_STS_TXT_UNKNOWN, .problems = BIT(TXT_LOOKUP_FAILED)};
        return;
    }
    size_t num_records = txt_of_answer(answer, records);
    mta_sts_txt_select(records, num_records, out);
}
