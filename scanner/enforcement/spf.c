#include "scanner/enforcement/spf.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "scanner/base/lookup.h"
#include "scanner/enforcement/txt_fields.h"

#define VERSION     "v=spf1"
#define LOOKUPS_MAX 10 /* RFC 7208, section 4.6.4 */

enum problem { MULTIPLE, BAD_SYNTAX, TOO_MANY_LOOKUPS, ALL_IS_PASS, NUM_PROBLEMS };

static const char *const problem_names[] = {
    [MULTIPLE] = "txt_multiple",
    [BAD_SYNTAX] = "txt_bad_syntax",
    [TOO_MANY_LOOKUPS] = "too_many_lookups",
    [ALL_IS_PASS] = "all_is_pass",
};

static bool add_problem(struct arena *arena, struct spf_record *record, enum problem problem)
{
    const char **names = arena_alloc(arena, NUM_PROBLEMS * sizeof(*names));
    if (names == NULL) {
        return false;
    }
    for (size_t i = 0; i < record->num_problems; i++) {
        names[i] = record->problems[i];
    }
    names[record->num_problems++] = problem_names[problem];
    record->problems = names;
    return true;
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(struct text text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.bytes, word, text.len) == 0;
}

static struct text text_from(struct text text, size_t at)
{
    return (struct text){text.bytes + at, text.len - at};
}

/* ---- Names with macros: RFC 7208, section 7.1 ---- */

/* The length of the macro-expand at the beginning of `text`, which begins with "%"; 0: it is none.
 */
static size_t macro_length(struct text text)
{
    if (text.len >= 2 && strchr("%_-", text.bytes[1]) != NULL) {
        return 2;
    }
    if (text.len < 4 || text.bytes[1] != '{' || !is_alpha(text.bytes[2]) ||
        strchr("slodiphcrtvSLODIPHCRTV", text.bytes[2]) == NULL) {
        return 0;
    }
    size_t at = 3;
    while (at < text.len && is_digit(text.bytes[at])) {
        at++;
    }
    if (at < text.len && (text.bytes[at] == 'r' || text.bytes[at] == 'R')) {
        at++;
    }
    while (at < text.len && text.bytes[at] != '\0' && strchr(".-+,/_=", text.bytes[at]) != NULL) {
        at++;
    }
    return at < text.len && text.bytes[at] == '}' ? at + 1 : 0;
}

/* A macro-string. *out_end is where its last macro ends. */
static bool is_macro_string(struct text text, size_t *out_end)
{
    size_t at = 0;
    *out_end = 0;
    while (at < text.len) {
        if (text.bytes[at] != '%') {
            if (text.bytes[at] < 0x21 || text.bytes[at] > 0x7e) {
                return false;
            }
            at++;
            continue;
        }
        size_t len = macro_length(text_from(text, at));
        if (len == 0) {
            return false;
        }
        at += len;
        *out_end = at;
    }
    return true;
}

/* A toplabel: letters, digits and inner hyphens, and not digits alone. */
static bool is_top_label(const char *bytes, size_t len)
{
    bool has_other = false;
    if (len == 0 || bytes[0] == '-' || bytes[len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_alpha(bytes[i]) && !is_digit(bytes[i]) && bytes[i] != '-') {
            return false;
        }
        has_other |= !is_digit(bytes[i]);
    }
    return has_other;
}

/* A domain-spec: a macro-string that ends in a macro or in a dot and a toplabel. */
static bool is_domain_spec(struct text text)
{
    size_t macro_end;
    if (text.len == 0 || !is_macro_string(text, &macro_end)) {
        return false;
    }
    if (macro_end == text.len) {
        return true;
    }
    size_t end = text.bytes[text.len - 1] == '.' ? text.len - 1 : text.len;
    size_t first = end;
    while (first > macro_end && text.bytes[first - 1] != '.') {
        first--;
    }
    return first > 0 && text.bytes[first - 1] == '.' &&
           is_top_label(text.bytes + first, end - first);
}

/* ---- Mechanisms: RFC 7208, section 5 ---- */

/* A prefix length without a leading zero. */
static bool is_prefix(struct text text, unsigned max)
{
    unsigned value = 0;
    if (text.len == 0 || text.len > 3 || (text.len > 1 && text.bytes[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.bytes[i])) {
            return false;
        }
        value = value * 10 + (unsigned)(text.bytes[i] - '0');
    }
    return value <= max;
}

static bool is_network(struct text text, int family)
{
    char address[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    const char *slash = text.len > 0 ? memchr(text.bytes, '/', text.len) : NULL;
    size_t len = slash != NULL ? (size_t)(slash - text.bytes) : text.len;
    if (len == 0 || len >= sizeof(address)) {
        return false;
    }
    memcpy(address, text.bytes, len);
    address[len] = '\0';
    return strlen(address) == len && inet_pton(family, address, bytes) == 1 &&
           (slash == NULL || is_prefix(text_from(text, len + 1), family == AF_INET ? 32 : 128));
}

/* "/24", "//64" or both behind the name of "a" and "mx"; nothing is fine too. */
static bool is_dual_cidr(struct text text)
{
    if (text.len == 0) {
        return true;
    }
    if (text.bytes[0] != '/') {
        return false;
    }
    if (text.len > 1 && text.bytes[1] == '/') {
        return is_prefix(text_from(text, 2), 128);
    }
    text = text_from(text, 1);
    const char *slash = text.len > 0 ? memchr(text.bytes, '/', text.len) : NULL;
    if (slash == NULL) {
        return is_prefix(text, 32);
    }
    size_t len = (size_t)(slash - text.bytes);
    return is_prefix((struct text){text.bytes, len}, 32) && len + 1 < text.len &&
           text.bytes[len + 1] == '/' && is_prefix(text_from(text, len + 2), 128);
}

/* ":domain-spec" and a dual-cidr, each of which may be absent. */
static bool is_host_argument(struct text text)
{
    if (text.len == 0 || text.bytes[0] != ':') {
        return is_dual_cidr(text);
    }
    text = text_from(text, 1);
    /* A slash may stand in a macro's braces too, so the lengths are looked for from the end. */
    size_t end = text.len;
    while (end > 0 && (is_digit(text.bytes[end - 1]) || text.bytes[end - 1] == '/')) {
        end--;
    }
    const char *slash = end < text.len ? memchr(text.bytes + end, '/', text.len - end) : NULL;
    size_t len = slash != NULL ? (size_t)(slash - text.bytes) : text.len;
    return is_domain_spec((struct text){text.bytes, len}) && is_dual_cidr(text_from(text, len));
}

/* A colon and a domain-spec, which must be there. */
static bool is_named_argument(struct text text)
{
    return text.len > 0 && text.bytes[0] == ':' && is_domain_spec(text_from(text, 1));
}

static bool is_no_argument(struct text text)
{
    return text.len == 0;
}

static bool is_ip4_argument(struct text text)
{
    return text.len > 0 && text.bytes[0] == ':' && is_network(text_from(text, 1), AF_INET);
}

static bool is_ip6_argument(struct text text)
{
    return text.len > 0 && text.bytes[0] == ':' && is_network(text_from(text, 1), AF_INET6);
}

static bool is_ptr_argument(struct text text)
{
    return text.len == 0 || is_named_argument(text);
}

static const struct mechanism {
    const char *name;
    bool (*is_argument)(struct text text);
    bool takes_lookup; /* RFC 7208, section 4.6.4 */
} mechanisms[] = {
    {"all", is_no_argument, false},  {"include", is_named_argument, true},
    {"a", is_host_argument, true},   {"mx", is_host_argument, true},
    {"ptr", is_ptr_argument, true},  {"ip4", is_ip4_argument, false},
    {"ip6", is_ip6_argument, false}, {"exists", is_named_argument, true},
};

static const struct mechanism *mechanism_of(struct text name)
{
    for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
        if (is_word(name, mechanisms[i].name)) {
            return &mechanisms[i];
        }
    }
    return NULL;
}

/* ---- The record ---- */

struct reading {
    struct arena *arena;
    struct spf_record *record;
    struct text redirect; /* the last one; its bytes are NULL: none */
    bool has_exp;
    bool is_bad;
};

static enum spf_all qualified(char qualifier)
{
    switch (qualifier) {
    case '-':
        return SPF_ALL_FAIL;
    case '~':
        return SPF_ALL_SOFTFAIL;
    case '?':
        return SPF_ALL_NEUTRAL;
    default:
        return SPF_ALL_PASS;
    }
}

static void read_mechanism(struct reading *reading, struct text term)
{
    char qualifier = term.bytes[0];
    bool is_qualified = strchr("+-~?", qualifier) != NULL;
    struct text rest = text_from(term, is_qualified ? 1 : 0);
    size_t len = 0;
    while (len < rest.len && rest.bytes[len] != ':' && rest.bytes[len] != '/') {
        len++;
    }
    const struct mechanism *mechanism = mechanism_of((struct text){rest.bytes, len});
    if (mechanism == NULL || !mechanism->is_argument(text_from(rest, len))) {
        reading->is_bad = true;
        return;
    }
    reading->record->lookups += mechanism->takes_lookup ? 1 : 0;
    /* What stands behind "all" is never tried: RFC 7208, section 5.1. */
    if (mechanism == &mechanisms[0] && reading->record->all == SPF_ALL_NOT_SAID) {
        reading->record->all = qualified(is_qualified ? qualifier : '+');
    }
}

/* RFC 7208, section 6: "redirect" and "exp" at most once each, others are left alone. */
static void read_modifier(struct reading *reading, struct text name, struct text value)
{
    size_t end;
    if (is_word(name, "redirect")) {
        reading->is_bad |= reading->redirect.bytes != NULL || !is_domain_spec(value);
        reading->redirect = value;
    } else if (is_word(name, "exp")) {
        reading->is_bad |= reading->has_exp || !is_domain_spec(value);
        reading->has_exp = true;
    } else {
        reading->is_bad |= !is_macro_string(value, &end);
    }
}

/* The length of a modifier's name, 0: the term is none. */
static size_t modifier_length(struct text term)
{
    size_t at = 0;
    while (at < term.len &&
           (is_alpha(term.bytes[at]) ||
            (at > 0 && (is_digit(term.bytes[at]) ||
                        (term.bytes[at] != '\0' && strchr("-_.", term.bytes[at]) != NULL))))) {
        at++;
    }
    return at < term.len && term.bytes[at] == '=' ? at : 0;
}

static void read_term(struct reading *reading, struct text term)
{
    size_t len = modifier_length(term);
    if (len > 0) {
        read_modifier(reading, (struct text){term.bytes, len}, text_from(term, len + 1));
    } else {
        read_mechanism(reading, term);
    }
}

static void read_terms(struct reading *reading, struct text rest)
{
    while (rest.len > 0) {
        const char *blank = memchr(rest.bytes, ' ', rest.len);
        size_t len = blank != NULL ? (size_t)(blank - rest.bytes) : rest.len;
        if (len > 0) {
            read_term(reading, (struct text){rest.bytes, len});
        }
        rest = text_from(rest, blank != NULL ? len + 1 : len);
    }
}

/* "redirect" counts where there is no "all": RFC 7208, section 6.1. */
static bool keep_redirect(struct reading *reading)
{
    struct spf_record *record = reading->record;
    if (reading->redirect.bytes == NULL || record->all != SPF_ALL_NOT_SAID) {
        return true;
    }
    record->lookups++;
    const char *copy = arena_copy(reading->arena, reading->redirect.bytes, reading->redirect.len);
    record->redirect = (struct text){copy, copy != NULL ? reading->redirect.len : 0};
    return copy != NULL;
}

static bool judge(struct reading *reading)
{
    struct spf_record *record = reading->record;
    if (reading->is_bad) {
        *record = (struct spf_record){.status = {TRI_NO, OUTCOME_OK}};
        return add_problem(reading->arena, record, BAD_SYNTAX);
    }
    if (!keep_redirect(reading)) {
        return false;
    }
    record->status = (struct verdict){TRI_YES, OUTCOME_OK};
    if (record->all == SPF_ALL_PASS && !add_problem(reading->arena, record, ALL_IS_PASS)) {
        return false;
    }
    if (record->lookups > LOOKUPS_MAX) {
        record->status.value = TRI_NO;
        return add_problem(reading->arena, record, TOO_MANY_LOOKUPS);
    }
    return true;
}

/* RFC 7208, section 4.5: the version, then a space or the end. */
static bool is_spf(struct text record)
{
    const size_t len = sizeof(VERSION) - 1;
    return record.len >= len && strncasecmp(record.bytes, VERSION, len) == 0 &&
           (record.len == len || record.bytes[len] == ' ');
}

bool spf_of_records(struct arena *arena, const struct text *records, size_t num_records,
                    struct spf_record *out_record)
{
    const struct text *found = NULL;
    *out_record = (struct spf_record){.status = {TRI_NO, OUTCOME_OK}};
    for (size_t i = 0; i < num_records; i++) {
        if (!is_spf(records[i])) {
            continue;
        }
        if (found != NULL) {
            return add_problem(arena, out_record, MULTIPLE);
        }
        found = &records[i];
    }
    if (found == NULL) {
        return true;
    }
    struct reading reading = {.arena = arena, .record = out_record};
    read_terms(&reading, text_from(*found, sizeof(VERSION) - 1));
    return judge(&reading);
}

bool spf_of_answer(struct arena *arena, const struct dns_answer *answer,
                   struct spf_record *out_record)
{
    struct text records[DNS_RECORDS_MAX];
    enum outcome reason = outcome_of_lookup(answer->outcome);
    if (answer->outcome == DNS_OK && !answer->truncated) {
        size_t num = txt_of_answer(answer, records);
        return spf_of_records(arena, records, num, out_record);
    }
    bool is_none = answer->outcome == DNS_NODATA || answer->outcome == DNS_NXDOMAIN;
    *out_record = (struct spf_record){.status = {TRI_NO, OUTCOME_OK}};
    if (answer->truncated) {
        out_record->status = (struct verdict){TRI_UNKNOWN, OUTCOME_DNS_MALFORMED};
    } else if (!is_none) {
        out_record->status = (struct verdict){TRI_UNKNOWN, reason};
    }
    return true;
}
