#include "scanner/engine/since_choice.h"

#include <ctype.h>
#include <string.h>

#include "io/base/calendar.h"
#include "scanner/engine/retry_reason.h"

#define HOUR       3600.0
#define DAY        (24 * HOUR)
#define AGE_MAX    100000 /* days, or hours */
#define DAY_LEN    10     /* of "2026-11-23T12:00:00Z" */
#define OLDER_THAN "older-than="

static bool is_word(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(text, word, len) == 0;
}

/* "7d" or "36h". 0: it is no such thing. */
static double read_age(const char *text, size_t len)
{
    unsigned number = 0;
    size_t at = 0;
    while (at < len && isdigit((unsigned char)text[at]) && number <= AGE_MAX) {
        number = number * 10 + (unsigned)(text[at++] - '0');
    }
    if (number > AGE_MAX || at + 1 != len || (text[at] != 'd' && text[at] != 'h')) {
        return 0;
    }
    return number * (text[at] == 'd' ? DAY : HOUR);
}

static const char *read_word(const char *text, size_t len, struct since_choice *choice)
{
    size_t prefix = strlen(OLDER_THAN);
    if (len > prefix && memcmp(text, OLDER_THAN, prefix) == 0) {
        choice->older_than = read_age(text + prefix, len - prefix);
        return choice->older_than > 0 ? NULL : "not an age such as older-than=7d or older-than=36h";
    }
    if (is_word(text, len, "new")) {
        return NULL; /* these are scanned in any case */
    }
    bool *flag = is_word(text, len, "changed")   ? &choice->changed
                 : is_word(text, len, "failed")  ? &choice->failed
                 : is_word(text, len, "unknown") ? &choice->unknown
                                                 : NULL;
    if (flag == NULL) {
        return "not of new, changed, failed, unknown and older-than=AGE, with commas";
    }
    *flag = true;
    return NULL;
}

const char *since_choice_read(const char *text, struct since_choice *out_choice)
{
    *out_choice = (struct since_choice){.changed = false};
    for (const char *at = text;; at++) {
        size_t len = strcspn(at, ",");
        const char *problem = read_word(at, len, out_choice);
        at += len;
        if (problem != NULL || *at == '\0') {
            return problem;
        }
    }
}

static bool has_unknown(const struct since_sight *sight)
{
    bool found = retry_reason_in_domain(RETRY_OURS, sight->domain);
    for (size_t i = 0; i < sight->num_endpoints && !found; i++) {
        found = retry_reason_in_endpoint(RETRY_OURS, &sight->endpoints[i]);
    }
    return found;
}

/* The form in which acceptances have their days is in the order of its texts. */
static bool has_ended(const struct finding *findings, size_t num_findings, const char *today)
{
    for (size_t i = 0; i < num_findings; i++) {
        const char *until = findings[i].accepted.until;
        if (until != NULL && strcmp(until, today) < 0) {
            return true;
        }
    }
    return false;
}

bool since_choice_has_ended(const struct since_sight *sight, int64_t now)
{
    char today[CALENDAR_TEXT_MAX] = "";
    if (calendar_write((double)now, false, today) > 0) {
        today[DAY_LEN] = '\0';
    }
    bool found = has_ended(sight->domain->findings, sight->domain->num_findings, today);
    for (size_t i = 0; i < sight->num_endpoints && !found; i++) {
        found = has_ended(sight->endpoints[i].findings, sight->endpoints[i].num_findings, today);
    }
    return found;
}

bool since_choice_wants(const struct since_choice *choice, const struct since_sight *sight,
                        enum grade bar, double now)
{
    return (choice->changed && !sight->is_same_line) ||
           (choice->failed &&
            record_grade_left(sight->domain->grade, &sight->domain->accepted_grade) >= bar) ||
           (choice->older_than > 0 && now - sight->domain->started > choice->older_than) ||
           (choice->unknown && has_unknown(sight));
}
