#include "scanner/enforcement/mta_sts_policy.h"

#include <string.h>
#include <strings.h>

#include "output/record/record.h"
#include "scanner/x509/certificate.h"
#include "scanner/enforcement/mta_sts_problem.h"
#include "scanner/enforcement/txt_fields.h"

#define BIT(problem) MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_##problem)

#define MAX_AGE_DIGITS 10 /* RFC 8461 section 3.2 */
#define VALUE_MAX      1024

/* Each of these makes senders throw the policy away; the others are advice. */
#define FATAL                                                                                      \
    (BIT(POLICY_BYTE_ORDER_MARK) | BIT(POLICY_BAD_LINE) | BIT(POLICY_TOO_BIG) |                    \
     BIT(POLICY_NO_VERSION) | BIT(POLICY_BAD_VERSION) | BIT(POLICY_NO_MODE) |                      \
     BIT(POLICY_BAD_MODE) | BIT(POLICY_NO_MAX_AGE) | BIT(POLICY_BAD_MAX_AGE) | BIT(POLICY_NO_MX) | \
     BIT(POLICY_MAX_AGE_TOO_LARGE) | BIT(POLICY_TOO_MANY_MX))

const char *mta_sts_mode_name(enum mta_sts_mode mode)
{
    static const char *const names[] = {NULL, "none", "testing", "enforce"};
    return names[mode];
}

struct reader {
    struct arena *arena;
    struct mta_sts_policy *policy;
    const char **mx;
    size_t num_usable_mx;
    bool has_version;
    bool has_mode;
    bool has_max_age;
    bool out_of_memory;
};

static void note(struct reader *reader, uint64_t problem)
{
    reader->policy->problems |= problem;
}

static bool is_text(struct text text, const char *string)
{
    return text.len == strlen(string) && memcmp(text.bytes, string, text.len) == 0;
}

/* RFC 8461 section 3.2: of anything but mx the first one counts. */
static bool is_repeated(struct reader *reader, bool *has_it)
{
    if (*has_it) {
        note(reader, BIT(POLICY_DUPLICATE_KEY));
        return true;
    }
    *has_it = true;
    return false;
}

/* ---- The keys ---- */

static void read_version(struct reader *reader, struct text value)
{
    if (!is_repeated(reader, &reader->has_version) && !is_text(value, "STSv1")) {
        note(reader, BIT(POLICY_BAD_VERSION));
    }
}

static void read_mode(struct reader *reader, struct text value)
{
    if (is_repeated(reader, &reader->has_mode)) {
        return;
    }
    for (int mode = MTA_STS_MODE_NONE; mode <= MTA_STS_MODE_ENFORCE; mode++) {
        if (is_text(value, mta_sts_mode_name((enum mta_sts_mode)mode))) {
            reader->policy->mode = (enum mta_sts_mode)mode;
            return;
        }
    }
    note(reader, BIT(POLICY_BAD_MODE));
}

static void read_max_age(struct reader *reader, struct text value)
{
    int64_t seconds = 0;
    if (is_repeated(reader, &reader->has_max_age)) {
        return;
    }
    if (value.len == 0 || value.len > MAX_AGE_DIGITS) {
        note(reader, BIT(POLICY_BAD_MAX_AGE));
        return;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (value.bytes[i] < '0' || value.bytes[i] > '9') {
            note(reader, BIT(POLICY_BAD_MAX_AGE));
            return;
        }
        seconds = seconds * 10 + (value.bytes[i] - '0');
    }
    reader->policy->max_age = seconds;
    if (seconds > MTA_STS_MAX_AGE_MAX) {
        note(reader, BIT(POLICY_MAX_AGE_TOO_LARGE));
    } else if (seconds < MTA_STS_MAX_AGE_LOW) {
        note(reader, BIT(POLICY_MAX_AGE_SHORT));
    }
}

/* A host name in A-labels, perhaps behind "*."; others can never match. */
static bool is_pattern(struct reader *reader, const char *pattern)
{
    const struct hostname *name;
    const char *host = pattern[0] == '*' && pattern[1] == '.' ? pattern + 2 : pattern;
    enum hostname_status status = hostname_parse_any(host, strlen(host), &name);
    bool is_host = status == HOSTNAME_OK && strcmp(hostname_text(name), host) == 0;
    reader->out_of_memory |= status == HOSTNAME_NO_MEMORY;
    hostname_release(name);
    return is_host;
}

static char *lower_copy(struct arena *arena, struct text value)
{
    char *copy = arena_copy(arena, value.bytes, value.len);
    for (size_t i = 0; copy != NULL && i < value.len; i++) {
        copy[i] = copy[i] >= 'A' && copy[i] <= 'Z' ? (char)(copy[i] + ('a' - 'A')) : copy[i];
    }
    return copy;
}

static void read_mx(struct reader *reader, struct text value)
{
    struct mta_sts_policy *policy = reader->policy;
    if (policy->num_mx == MTA_STS_MX_MAX) {
        note(reader, BIT(POLICY_TOO_MANY_MX));
        return;
    }
    if (value.len > 1 && value.bytes[value.len - 1] == '.') {
        note(reader, BIT(POLICY_MX_TRAILING_DOT));
        value.len--;
    }
    char *pattern = lower_copy(reader->arena, value);
    if (pattern == NULL) {
        reader->out_of_memory = true;
        return;
    }
    if (is_pattern(reader, pattern)) {
        reader->num_usable_mx++;
    } else {
        note(reader, BIT(POLICY_BAD_MX));
    }
    reader->mx[policy->num_mx++] = pattern;
}

/* ---- Lines ---- */

/* Visible characters and spaces, also beyond ASCII. */
static bool is_value(struct text value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.bytes[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return value.len > 0 && value.len <= VALUE_MAX;
}

static void read_line(struct reader *reader, struct text line)
{
    if (txt_trim(line).len == 0) {
        note(reader, BIT(POLICY_BLANK_LINE));
        return;
    }
    const char *colon = memchr(line.bytes, ':', line.len);
    if (colon == NULL) {
        note(reader, BIT(POLICY_BAD_LINE));
        return;
    }
    size_t key_len = (size_t)(colon - line.bytes);
    struct text key = {line.bytes, key_len};
    struct text value = txt_trim((struct text){colon + 1, line.len - key_len - 1});
    if (!txt_is_key(key) || !is_value(value)) {
        note(reader, BIT(POLICY_BAD_LINE));
    } else if (is_text(key, "version")) {
        read_version(reader, value);
    } else if (is_text(key, "mode")) {
        read_mode(reader, value);
    } else if (is_text(key, "max_age")) {
        read_max_age(reader, value);
    } else if (is_text(key, "mx")) {
        read_mx(reader, value);
    }
}

static void read_lines(struct reader *reader, struct text body)
{
    while (body.len > 0 && !reader->out_of_memory) {
        const char *newline = memchr(body.bytes, '\n', body.len);
        size_t taken = newline != NULL ? (size_t)(newline - body.bytes) + 1 : body.len;
        struct text line = {body.bytes, newline != NULL ? taken - 1 : taken};
        if (newline != NULL && line.len > 0 && line.bytes[line.len - 1] == '\r') {
            line.len--;
        }
        read_line(reader, line);
        body.bytes += taken;
        body.len -= taken;
    }
}

/* ---- All together ---- */

static void require_keys(struct reader *reader)
{
    const struct mta_sts_policy *policy = reader->policy;
    note(reader, reader->has_version ? 0 : BIT(POLICY_NO_VERSION));
    note(reader, reader->has_mode ? 0 : BIT(POLICY_NO_MODE));
    note(reader, reader->has_max_age ? 0 : BIT(POLICY_NO_MAX_AGE));
    /* RFC 8461 section 3.2: a policy of mode "none" needs no mx. */
    if (reader->num_usable_mx == 0 && policy->mode != MTA_STS_MODE_NONE) {
        note(reader, BIT(POLICY_NO_MX));
    }
}

bool mta_sts_policy_parse(struct arena *arena, const uint8_t *body, size_t len,
                          struct mta_sts_policy *out_policy)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    struct reader reader = {.arena = arena, .policy = out_policy};
    struct text rest = {(const char *)body, len};
    *out_policy = (struct mta_sts_policy){.max_age = -1};
    reader.mx = arena_alloc(arena, MTA_STS_MX_MAX * sizeof(*reader.mx));
    if (reader.mx == NULL) {
        return false;
    }
    out_policy->mx = reader.mx;
    if (len > MTA_STS_POLICY_MAX) {
        note(&reader, BIT(POLICY_TOO_BIG));
        return true;
    }
    if (len >= 3 && memcmp(body, byte_order_mark, 3) == 0) {
        note(&reader, BIT(POLICY_BYTE_ORDER_MARK));
        rest.bytes += 3;
        rest.len -= 3;
    }
    read_lines(&reader, rest);
    require_keys(&reader);
    out_policy->is_valid = (out_policy->problems & FATAL) == 0;
    return !reader.out_of_memory;
}

bool mta_sts_mx_matches(const char *pattern, const struct hostname *host)
{
    size_t len = strlen(pattern);
    if (len > 0 && pattern[len - 1] == '.') {
        len--;
    }
    return certificate_name_matches(pattern, len, hostname_text(host));
}

bool mta_sts_policy_allows(const struct mta_sts_policy *policy, const struct hostname *host)
{
    for (size_t i = 0; i < policy->num_mx; i++) {
        if (mta_sts_mx_matches(policy->mx[i], host)) {
            return true;
        }
    }
    return false;
}
