#include "scanner/enforcement/dmarc.h"

#include <string.h>
#include <strings.h>

#include "scanner/base/lookup.h"
#include "scanner/enforcement/txt_fields.h"

#define VERSION     "DMARC1"
#define RUA_MAX     16  /* addresses kept */
#define RUA_LEN_MAX 512 /* bytes of one */

enum problem { MULTIPLE, BAD_SYNTAX, NO_POLICY, BAD_POLICY, BAD_PERCENT, BAD_RUA, NUM_PROBLEMS };

static const char *const problem_names[] = {
    [MULTIPLE] = "txt_multiple", [BAD_SYNTAX] = "txt_bad_syntax", [NO_POLICY] = "no_policy",
    [BAD_POLICY] = "bad_policy", [BAD_PERCENT] = "bad_percent",   [BAD_RUA] = "bad_rua",
};

/* A record as it is read. */
struct reading {
    struct arena *arena;
    enum dmarc_policy policy, subdomain_policy; /* DMARC_NO_POLICY: not given, or not valid */
    uint8_t percent;
    struct text *rua;
    size_t num_rua;
    bool problems[NUM_PROBLEMS];
};

static bool is_word(struct text text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.bytes, word, text.len) == 0;
}

/* ---- Tags: RFC 7489, section 6.3 ---- */

static enum dmarc_policy policy_of(struct reading *reading, struct text value)
{
    if (is_word(value, "none")) {
        return DMARC_NONE;
    }
    if (is_word(value, "quarantine")) {
        return DMARC_QUARANTINE;
    }
    if (is_word(value, "reject")) {
        return DMARC_REJECT;
    }
    reading->problems[BAD_POLICY] = true;
    return DMARC_NO_POLICY;
}

static void read_percent(struct reading *reading, struct text value)
{
    unsigned percent = 0;
    bool ok = value.len > 0 && value.len <= 3;
    for (size_t i = 0; ok && i < value.len; i++) {
        ok = value.bytes[i] >= '0' && value.bytes[i] <= '9';
        percent = percent * 10 + (unsigned)(value.bytes[i] - '0');
    }
    if (!ok || percent > 100) {
        reading->problems[BAD_PERCENT] = true; /* the default is taken: section 6.3, "pct" */
        return;
    }
    reading->percent = (uint8_t)percent;
}

/* Without the "!10m" that bounds the size of a report: section 6.2. */
static struct text without_size(struct text uri)
{
    const char *mark = uri.len > 0 ? memchr(uri.bytes, '!', uri.len) : NULL;
    return (struct text){uri.bytes, mark != NULL ? (size_t)(mark - uri.bytes) : uri.len};
}

static bool keep_address(struct reading *reading, struct text uri)
{
    uri = without_size(uri);
    const char *colon = uri.len > 0 ? memchr(uri.bytes, ':', uri.len) : NULL;
    if (colon == NULL || colon == uri.bytes || uri.len > RUA_LEN_MAX ||
        memchr(uri.bytes, ' ', uri.len) != NULL || reading->num_rua == RUA_MAX) {
        reading->problems[BAD_RUA] = true;
        return true;
    }
    const char *copy = arena_copy(reading->arena, uri.bytes, uri.len);
    reading->rua[reading->num_rua++] = (struct text){copy, copy != NULL ? uri.len : 0};
    return copy != NULL;
}

static bool read_addresses(struct reading *reading, struct text list)
{
    for (;;) {
        const char *comma = list.len > 0 ? memchr(list.bytes, ',', list.len) : NULL;
        size_t len = comma != NULL ? (size_t)(comma - list.bytes) : list.len;
        if (!keep_address(reading, txt_trim((struct text){list.bytes, len}))) {
            return false;
        }
        if (comma == NULL) {
            return true;
        }
        list = (struct text){comma + 1, list.len - len - 1};
    }
}

/* The version comes first. Tags that are not known are left alone. */
static bool read_tag(struct reading *reading, struct text key, struct text value)
{
    if (is_word(key, "p")) {
        reading->policy = policy_of(reading, value);
    } else if (is_word(key, "sp")) {
        reading->subdomain_policy = policy_of(reading, value);
    } else if (is_word(key, "pct")) {
        read_percent(reading, value);
    } else if (is_word(key, "rua")) {
        return read_addresses(reading, value);
    }
    return true;
}

/* One tag-value pair without the white space around it and around its equals sign. */
static bool split_tag(struct text part, struct text *out_key, struct text *out_value)
{
    const char *equals = part.len > 0 ? memchr(part.bytes, '=', part.len) : NULL;
    if (equals == NULL) {
        return false;
    }
    size_t len = (size_t)(equals - part.bytes);
    *out_key = txt_trim((struct text){part.bytes, len});
    *out_value = txt_trim((struct text){equals + 1, part.len - len - 1});
    return out_key->len > 0;
}

/* Takes what is before the next semicolon off `rest`. */
static struct text next_part(struct text *rest)
{
    const char *semicolon = rest->len > 0 ? memchr(rest->bytes, ';', rest->len) : NULL;
    size_t len = semicolon != NULL ? (size_t)(semicolon - rest->bytes) : rest->len;
    struct text part = txt_trim((struct text){rest->bytes, len});
    size_t taken = semicolon != NULL ? len + 1 : len;
    *rest = (struct text){rest->bytes + taken, rest->len - taken};
    return part;
}

/* RFC 7489, section 6.4: the version is the first tag, and its value is written as here. */
static bool is_dmarc(struct text record, struct text *out_rest)
{
    struct text key, value;
    *out_rest = record;
    return split_tag(next_part(out_rest), &key, &value) && key.len == 1 && key.bytes[0] == 'v' &&
           value.len == sizeof(VERSION) - 1 && memcmp(value.bytes, VERSION, value.len) == 0;
}

static bool read_tags(struct reading *reading, struct text rest)
{
    while (rest.len > 0) {
        struct text key, value;
        struct text part = next_part(&rest);
        if (part.len == 0) {
            continue;
        }
        if (!split_tag(part, &key, &value)) {
            reading->problems[BAD_SYNTAX] = true;
        } else if (!read_tag(reading, key, value)) {
            return false;
        }
    }
    return true;
}

/* ---- The record ---- */

static bool name_problems(struct reading *reading, struct dmarc_record *record)
{
    const char **names = arena_alloc(reading->arena, NUM_PROBLEMS * sizeof(*names));
    record->problems = names;
    for (size_t i = 0; names != NULL && i < NUM_PROBLEMS; i++) {
        if (reading->problems[i]) {
            names[record->num_problems++] = problem_names[i];
        }
    }
    return names != NULL;
}

/*
 * RFC 7489, section 6.6.3, step 6, is about a record whose "p" is missing or not valid, or whose
 * "sp" is not valid. If it names an address for reports, its policy counts as "none". If it names
 * none, the record is ignored.
 */
static void judge(struct reading *reading, enum dmarc_place place, struct dmarc_record *record)
{
    enum dmarc_policy policy = reading->policy;
    reading->problems[NO_POLICY] = policy == DMARC_NO_POLICY && !reading->problems[BAD_POLICY];
    if (policy == DMARC_NO_POLICY || reading->problems[BAD_POLICY]) {
        policy = reading->num_rua > 0 ? DMARC_NONE : DMARC_NO_POLICY;
        reading->subdomain_policy = DMARC_NO_POLICY;
    }
    bool is_of_subdomain =
        place == DMARC_OF_ORGANISATION && reading->subdomain_policy != DMARC_NO_POLICY;
    record->status.value = policy != DMARC_NO_POLICY ? TRI_YES : TRI_NO;
    record->policy = is_of_subdomain ? reading->subdomain_policy : policy;
    record->subdomain_policy = reading->subdomain_policy;
    record->percent = policy != DMARC_NO_POLICY ? reading->percent : -1;
    record->is_inherited = place == DMARC_OF_ORGANISATION;
    record->rua = reading->rua;
    record->num_rua = reading->num_rua;
}

static bool read_record(struct arena *arena, struct text rest, enum dmarc_place place,
                        struct dmarc_record *record)
{
    struct reading reading = {
        .arena = arena,
        .percent = 100,
        .rua = arena_alloc(arena, RUA_MAX * sizeof(*reading.rua)),
    };
    if (reading.rua == NULL || !read_tags(&reading, rest)) {
        return false;
    }
    judge(&reading, place, record);
    return name_problems(&reading, record);
}

bool dmarc_of_records(struct arena *arena, const struct text *records, size_t num_records,
                      enum dmarc_place place, struct dmarc_record *out_record, bool *out_is_absent)
{
    struct text rest = {0}, found = {0};
    size_t num = 0;
    *out_record = (struct dmarc_record){.status = {TRI_NO, OUTCOME_OK}, .percent = -1};
    for (size_t i = 0; i < num_records; i++) {
        if (is_dmarc(records[i], &rest)) {
            found = rest;
            num++;
        }
    }
    *out_is_absent = num == 0;
    if (num == 0) {
        return true;
    }
    if (num > 1) { /* RFC 7489, section 6.6.3, step 5: as if there were none */
        struct reading reading = {.arena = arena, .problems = {[MULTIPLE] = true}};
        out_record->is_inherited = place == DMARC_OF_ORGANISATION;
        return name_problems(&reading, out_record);
    }
    return read_record(arena, found, place, out_record);
}

bool dmarc_of_answer(struct arena *arena, const struct dns_answer *answer, enum dmarc_place place,
                     struct dmarc_record *out_record, bool *out_is_absent)
{
    struct text records[DNS_RECORDS_MAX];
    bool has_failed = answer->outcome != DNS_OK && answer->outcome != DNS_NODATA &&
                      answer->outcome != DNS_NXDOMAIN;
    if (has_failed || answer->truncated) {
        enum outcome reason =
            has_failed ? outcome_of_lookup(answer->outcome) : OUTCOME_DNS_MALFORMED;
        *out_record = (struct dmarc_record){.status = {TRI_UNKNOWN, reason}, .percent = -1};
        *out_is_absent = false;
        return true;
    }
    size_t num = txt_of_answer(answer, records);
    return dmarc_of_records(arena, records, num, place, out_record, out_is_absent);
}
