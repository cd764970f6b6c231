#include "scanner/cli/option_values.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/calendar.h"
#include "io/list/list_text.h"
#include "output/record/record.h"
#include "scanner/engine/since_choice.h"

#define COUNT_MAX   10000000
#define SECONDS_MAX 86400.0

static bool read_whole(const char *value, unsigned long long max, unsigned long long *out)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(value, &end, 10);
    if (!isdigit((unsigned char)value[0]) || *end != '\0' || errno != 0 || number > max) {
        return false;
    }
    *out = number;
    return true;
}

static bool read_real(const char *value, double *out)
{
    char *end;
    double number = strtod(value, &end);
    if (end == value || *end != '\0' || !isfinite(number)) {
        return false;
    }
    *out = number;
    return true;
}

const char *read_count(const char *value, unsigned *out_count)
{
    unsigned long long number;
    if (!read_whole(value, COUNT_MAX, &number) || number == 0) {
        return "not a whole number of 1 or more";
    }
    *out_count = (unsigned)number;
    return NULL;
}

const char *read_number(const char *value, unsigned *out_number)
{
    unsigned long long number;
    if (!read_whole(value, COUNT_MAX, &number)) {
        return "not a whole number of 0 or more";
    }
    *out_number = (unsigned)number;
    return NULL;
}

const char *read_port(const char *value, uint16_t *out_port)
{
    unsigned long long number;
    if (!read_whole(value, UINT16_MAX, &number) || number == 0) {
        return "not a port from 1 to 65535";
    }
    *out_port = (uint16_t)number;
    return NULL;
}

const char *read_seconds(const char *value, double *out_seconds)
{
    double number;
    if (!read_real(value, &number) || number <= 0 || number > SECONDS_MAX) {
        return "not a number of seconds above 0";
    }
    *out_seconds = number;
    return NULL;
}

const char *read_rate(const char *value, double *out_rate)
{
    double number;
    if (!read_real(value, &number) || number < 0) {
        return "not a number of 0 or more";
    }
    *out_rate = number;
    return NULL;
}

const char *read_ehlo(void *settings, const char *value)
{
    struct config *config = settings;
    return ehlo_name_parse(value, &config->ehlo);
}

const char *read_depth(void *settings, const char *value)
{
    struct config *config = settings;
    static const char *const names[] = {"quick", "standard", "deep"};
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(value, names[i]) == 0) {
            config->depth = (enum depth)i;
            return NULL;
        }
    }
    return "not one of quick, standard, deep";
}

const char *read_format(void *settings, const char *value)
{
    struct config *config = settings;
    if (strcmp(value, "jsonl") != 0 && strcmp(value, "csv") != 0) {
        return "not one of jsonl, csv";
    }
    config->format = value;
    return NULL;
}

const char *read_now(void *settings, const char *value)
{
    struct config *config = settings;
    config->has_now = true;
    if (value[0] == '@') {
        unsigned long long seconds;
        if (!read_whole(value + 1, (unsigned long long)INT64_MAX / 2, &seconds)) {
            return "not @ and seconds since 1970";
        }
        config->now = (int64_t)seconds;
        return NULL;
    }
    if (!calendar_read(value, &config->now)) {
        return "not a time such as 2026-01-31T12:00:00Z";
    }
    return NULL;
}

const char *read_only(void *settings, const char *value)
{
    struct config *config = settings;
    config->only_text = value;
    return since_choice_read(value, &config->only);
}

const char *read_shard(void *settings, const char *value)
{
    struct config *config = settings;
    return shard_read(value, &config->shard) ? NULL : "not K/N with K from 1 to N";
}

const char *read_progress(void *settings, const char *value)
{
    struct config *config = settings;
    static const struct {
        const char *name;
        enum progress_mode mode;
    } modes[] = {{"auto", PROGRESS_AUTO}, {"always", PROGRESS_ALWAYS}, {"never", PROGRESS_NEVER}};
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(value, modes[i].name) == 0) {
            config->progress = modes[i].mode;
            return NULL;
        }
    }
    return "not one of auto, always, never";
}

const char *read_encoding(void *settings, const char *value)
{
    struct config *config = settings;
    if (!list_text_knows(value)) {
        return "not an encoding that iconv knows (`iconv -l` names them)";
    }
    config->encoding = value;
    return NULL;
}

const char *read_fail_on(void *settings, const char *value)
{
    struct config *config = settings;
    enum grade grade;
    if (!grade_from_name(value, &grade) || grade == GRADE_U || grade == GRADE_N) {
        return "not a grade from A+ to F";
    }
    config->fail_on = value;
    return NULL;
}

const char *read_notify(void *settings, const char *value)
{
    static const char *const words[] = {[CONFIG_NOTIFY_NOW] = "now",
                                        [CONFIG_NOTIFY_LATER] = "later",
                                        [CONFIG_NOTIFY_ONLY] = "only"};
    struct config *config = settings;
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(value, words[i]) == 0) {
            config->nights.notify = (enum config_notify)i;
            return NULL;
        }
    }
    return "not one of now, later, only";
}
