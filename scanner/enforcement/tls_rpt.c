#include "scanner/enforcement/tls_rpt.h"

#include <string.h>
#include <strings.h>

#include "scanner/base/lookup.h"
#include "scanner/enforcement/txt_fields.h"

#define BIT(problem) TLS_RPT_PROBLEM_BIT(TLS_RPT_PROBLEM_##problem)
#define VERSION      "v=TLSRPTv1"

const char *tls_rpt_problem_name(enum tls_rpt_problem problem)
{
    static const char *const names[] = {
#define X(constant, name) name,
        TLS_RPT_PROBLEM_TABLE(X)
#undef X
    };
    return (unsigned)problem < TLS_RPT_PROBLEM_COUNT ? names[problem] : "unknown";
}

void tls_rpt_name_problems(struct arena *arena, uint32_t problems,
                           struct tls_rpt_record *out_record)
{
    out_record->problems = NULL;
    out_record->num_problems = 0;
    if (problems == 0) {
        return;
    }
    const char **names = arena_alloc(arena, TLS_RPT_PROBLEM_COUNT * sizeof(*names));
    out_record->problems = names;
    for (unsigned i = 0; names != NULL && i < TLS_RPT_PROBLEM_COUNT; i++) {
        if ((problems & TLS_RPT_PROBLEM_BIT(i)) != 0) {
            names[out_record->num_problems++] = tls_rpt_problem_name((enum tls_rpt_problem)i);
        }
    }
}

/* ---- Destinations ---- */

static bool has_scheme(struct text uri, const char *scheme)
{
    size_t len = strlen(scheme);
    return uri.len > len && strncasecmp(uri.bytes, scheme, len) == 0;
}

/* RFC 8460 section 3: an exclamation mark has to be percent-encoded. Others cannot come this far.
 */
static bool is_destination(struct text uri)
{
    if (uri.len > TLS_RPT_RUA_LEN_MAX || memchr(uri.bytes, '!', uri.len) != NULL ||
        memchr(uri.bytes, ' ', uri.len) != NULL || memchr(uri.bytes, '\t', uri.len) != NULL) {
        return false;
    }
    if (has_scheme(uri, "mailto:")) {
        return memchr(uri.bytes, '@', uri.len) != NULL;
    }
    return has_scheme(uri, "https://");
}

static bool keep(struct arena *arena, struct text uri, struct text *rua,
                 struct tls_rpt_record *record, uint32_t *problems)
{
    if (!is_destination(uri)) {
        *problems |= BIT(BAD_RUA);
        return true;
    }
    if (record->num_rua == TLS_RPT_RUA_MAX) {
        *problems |= BIT(TOO_MANY_RUA);
        return true;
    }
    const char *copy = arena_copy(arena, uri.bytes, uri.len);
    rua[record->num_rua++] = (struct text){copy, copy != NULL ? uri.len : 0};
    return copy != NULL;
}

static bool read_rua(struct arena *arena, struct text list, struct text *rua,
                     struct tls_rpt_record *record, uint32_t *problems)
{
    for (;;) {
        const char *comma = memchr(list.bytes, ',', list.len);
        size_t len = comma != NULL ? (size_t)(comma - list.bytes) : list.len;
        if (!keep(arena, txt_trim((struct text){list.bytes, len}), rua, record, problems)) {
            return false;
        }
        if (comma == NULL) {
            return true;
        }
        list = (struct text){comma + 1, list.len - len - 1};
    }
}

/* ---- The record ---- */

static bool read_fields(struct arena *arena, struct text rest, struct tls_rpt_record *record,
                        uint32_t *problems)
{
    struct txt_field field;
    bool has_rua = false;
    enum txt_next next;
    struct text *rua = arena_alloc(arena, TLS_RPT_RUA_MAX * sizeof(*rua));
    if (rua == NULL) {
        return false;
    }
    record->rua = rua;
    /* RFC 8460 section 3: "more than one rua may be declared", all of them count. */
    while ((next = txt_fields_next(&rest, &field)) == TXT_NEXT_FIELD) {
        if (!txt_field_has_key(&field, "rua")) {
            continue;
        }
        has_rua = true;
        if (!read_rua(arena, field.value, rua, record, problems)) {
            return false;
        }
    }
    if (next == TXT_NEXT_BAD) {
        *problems |= BIT(BAD_SYNTAX);
        record->num_rua = 0;
    } else if (!has_rua) {
        *problems |= BIT(NO_RUA);
    }
    record->status.value = record->num_rua > 0 ? TRI_YES : TRI_NO;
    return true;
}

bool tls_rpt_select(struct arena *arena, const struct text *records, size_t num_records,
                    struct tls_rpt_record *out_record, uint32_t *out_problems)
{
    struct text rest;
    *out_record = (struct tls_rpt_record){.status = {TRI_NO, OUTCOME_OK}};
    *out_problems = 0;
    switch (txt_fields_select(records, num_records, VERSION, &rest)) {
    case TXT_SELECTED_NONE:
        return true;
    case TXT_SELECTED_NEAR:
        *out_problems = BIT(BAD_VERSION);
        return true;
    case TXT_SELECTED_MULTIPLE:
        *out_problems = BIT(MULTIPLE);
        return true;
    case TXT_SELECTED_SPACED:
        *out_problems = BIT(SPACE_BEFORE_SEMICOLON);
        break;
    case TXT_SELECTED_ONE:
        break;
    }
    return read_fields(arena, rest, out_record, out_problems);
}

bool tls_rpt_of_answer(struct arena *arena, const struct dns_answer *answer,
                       struct tls_rpt_record *out_record, uint32_t *out_problems)
{
    struct text records[DNS_RECORDS_MAX];
    bool has_failed = answer->outcome != DNS_OK && answer->outcome != DNS_NODATA &&
                      answer->outcome != DNS_NXDOMAIN;
    /* The record, or a second one, may be among those that were dropped of too large an answer. */
    if (has_failed || answer->truncated) {
        enum outcome reason =
            has_failed ? outcome_of_lookup(answer->outcome) : OUTCOME_DNS_MALFORMED;
        *out_record = (struct tls_rpt_record){.status = {TRI_UNKNOWN, reason}};
        *out_problems = 0;
        return true;
    }
    size_t num_records = txt_of_answer(answer, records);
    return tls_rpt_select(arena, records, num_records, out_record, out_problems);
}
