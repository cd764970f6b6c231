#include "output/file/resume.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "output/file/line_source.h"
#include "output/file/run_void.h"
#include "output/record/record_read.h"

/* ---- What stands at the end ---- */

/* What the last line says if it is a summary: that the port was blocked, or the DNS dead ... */
enum seen_outage {
    NO_OUTAGE,
    OUTAGE_FROM_THE_START, /* ... and that nothing was seen */
    OUTAGE_LATER
};

struct ending {
    enum seen_outage outage;
    uint64_t last_done; /* the last line of the file that is neither a summary nor of a list's line
                         * that was given up */
    struct run_void run_void;
};

static enum outcome outcome_of(const struct record *record)
{
    return record->kind == RECORD_DOMAIN     ? record->domain.dns_outcome
           : record->kind == RECORD_ENDPOINT ? record->endpoint.outcome
                                             : OUTCOME_OK;
}

static bool has_text(const char *line, size_t len, const char *text)
{
    return memmem(line, len, text, strlen(text)) != NULL;
}

/* Most lines are neither, which is seen without reading them as records. */
static bool may_be_given_up(const char *line, size_t len)
{
    return has_text(line, len, outcome_name(OUTCOME_INTERRUPTED)) ||
           has_text(line, len, outcome_name(OUTCOME_LOCAL_ERROR));
}

static bool is_done(const struct record *record)
{
    enum outcome outcome = outcome_of(record);
    return record->kind != RECORD_SUMMARY && outcome != OUTCOME_INTERRUPTED &&
           outcome != OUTCOME_LOCAL_ERROR;
}

static bool has_letter(const struct summary_record *summary)
{
    uint64_t num = 0;
    for (unsigned grade = 0; grade < GRADE_COUNT; grade++) {
        num +=
            grade != GRADE_U ? summary->domain_grades[grade] + summary->endpoint_grades[grade] : 0;
    }
    return num > 0;
}

static enum seen_outage outage_of(const struct record *record)
{
    if (record->kind != RECORD_SUMMARY ||
        !(record->summary.port_blocked || record->summary.dns_failed)) {
        return NO_OUTAGE;
    }
    return has_letter(&record->summary) ? OUTAGE_LATER : OUTAGE_FROM_THE_START;
}

static void note_line(struct ending *ending, const char *line, size_t len, uint64_t number)
{
    static const char beginning[] = "{\"type\":\"summary\"";
    struct arena arena = {0};
    struct record record;
    bool is_summary = len > strlen(beginning) && memcmp(line, beginning, strlen(beginning)) == 0;
    bool is_behind_done = ending->last_done == number - 1;
    ending->outage = NO_OUTAGE;
    if (is_behind_done && !is_summary && !may_be_given_up(line, len)) {
        ending->last_done = number;
    } else if (record_read(line, len, &arena, &record) == RECORD_READ) {
        ending->outage = outage_of(&record);
        ending->last_done = is_done(&record) ? number : ending->last_done;
    }
    arena_free(&arena);
}

/* Reads the file once to find how it ends. One that cannot be read is told of later. False: no
 * memory. */
static bool find_ending(const char *path, struct ending *ending)
{
    const char *line;
    size_t len;
    bool ok = true;
    struct line_source *source = line_source_open(path, false);
    for (uint64_t number = 1;
         source != NULL && ok && line_source_next(source, &line, &len) == LINE_SOURCE_LINE;
         number++) {
        note_line(ending, line, len, number);
        ok = run_void_take_line(&ending->run_void, line, len);
    }
    if (source != NULL) {
        line_source_close(source);
    }
    return ok;
}

/*
 * Was the port blocked or the DNS dead, or is all of the run void? Then the file holds nothing that
 * was seen, and is begun anew, perhaps with other options: the advice is to name another resolver,
 * or to use another network.
 */
static bool is_worthless(const struct ending *ending)
{
    const struct run_void *run_void = &ending->run_void;
    return ending->outage == OUTAGE_FROM_THE_START ||
           (run_void->is_void && run_void->record.records_kept <= 1);
}

/* ---- The file ---- */

enum line_meaning {
    LINE_KEEP,
    LINE_UNFINISHED, /* of a line that the run began and gave up */
    LINE_SUMMARY,
    LINE_COMPLETE,
    LINE_LACKS_RECORDS, /* a summary that counts others than there are */
    LINE_REFUSED,
    LINE_NO_MEMORY,
    LINE_BAD
};

/*
 * Lines that were given up are told of behind all others. A local_error before these is what was
 * seen, and stays.
 */
static bool is_given_up(const struct record *record, bool is_behind_done)
{
    enum outcome outcome = outcome_of(record);
    return outcome == OUTCOME_INTERRUPTED || (outcome == OUTCOME_LOCAL_ERROR && is_behind_done);
}

/* Of a complete file each record is counted in its summary. */
static enum line_meaning meaning_of_summary(const struct summary_record *summary,
                                            uint64_t num_records)
{
    uint64_t num_counted = summary->domains + summary->invalid_lines + summary->endpoints;
    if (!summary->complete) {
        return LINE_SUMMARY;
    }
    return num_counted == num_records ? LINE_COMPLETE : LINE_LACKS_RECORDS;
}

/* The first line must be the run's, and no other may be. */
static enum line_meaning take_record(const struct resume_handler *handler,
                                     const struct record *record, bool is_first,
                                     bool is_behind_done, uint64_t *num_records)
{
    *num_records += record->kind == RECORD_ENDPOINT || record->kind == RECORD_DOMAIN;
    if (is_first != (record->kind == RECORD_RUN)) {
        return LINE_BAD;
    }
    if (is_given_up(record, is_behind_done)) {
        return LINE_UNFINISHED;
    }
    switch (record->kind) {
    case RECORD_RUN:
        return handler->on_run(handler->user, &record->run) ? LINE_KEEP : LINE_REFUSED;
    case RECORD_ENDPOINT:
        handler->on_endpoint(handler->user, &record->endpoint);
        break;
    case RECORD_DOMAIN:
        handler->on_domain(handler->user, &record->domain);
        break;
    case RECORD_SUMMARY:
        return meaning_of_summary(&record->summary, *num_records);
    case RECORD_RUN_VOID:
    case RECORD_OTHER:
        break;
    }
    return LINE_KEEP;
}

static enum line_meaning take_line(const struct resume_handler *handler, const char *line,
                                   size_t len, bool is_first, bool is_behind_done,
                                   uint64_t *num_records)
{
    struct arena arena = {0};
    struct record record;
    enum line_meaning meaning = LINE_BAD;
    switch (record_read(line, len, &arena, &record)) {
    case RECORD_READ:
        meaning = take_record(handler, &record, is_first, is_behind_done, num_records);
        break;
    case RECORD_READ_BAD:
        break;
    case RECORD_READ_NO_MEMORY:
        meaning = LINE_NO_MEMORY;
        break;
    }
    arena_free(&arena);
    return meaning;
}

struct reading {
    const struct run_void *run_void; /* what comes behind the records that it leaves is cut off */
    uint64_t number;
    uint64_t last_done; /* as in the ending */
    uint64_t num_kept;
    uint64_t num_records; /* of endpoints and domains */
    uint64_t bad_line;    /* 0: none yet */
    bool has_run;
    bool lost_power; /* the bad line has pages that were never written: it and the rest goes */
    enum line_meaning last;
};

/*
 * Reads on until the end or a reason to stop. A line that is no record may only be the tail of the
 * file, where the cut was; anywhere else the file is damaged and is not touched. A machine that
 * loses power may leave NUL bytes, which no record has, in place of some pages of what was not
 * synced, and good lines behind them: all of that is of the last seconds.
 */
static enum line_source_status read_lines(struct line_source *source,
                                          const struct resume_handler *handler,
                                          struct reading *reading)
{
    const char *line;
    size_t len;
    enum line_source_status status;
    while ((status = line_source_next(source, &line, &len)) == LINE_SOURCE_LINE) {
        if (run_void_covers(reading->run_void, ++reading->number)) {
            return LINE_SOURCE_END;
        }
        if (reading->bad_line != 0) {
            return status; /* something follows it */
        }
        reading->last = take_line(handler, line, len, reading->number == 1,
                                  reading->number > reading->last_done, &reading->num_records);
        switch (reading->last) {
        case LINE_KEEP:
            reading->has_run = true;
            reading->num_kept++;
            line_source_mark(source);
            break;
        case LINE_BAD:
            reading->bad_line = reading->number;
            reading->lost_power = reading->has_run && memchr(line, '\0', len) != NULL;
            if (reading->lost_power) {
                return status;
            }
            break;
        case LINE_UNFINISHED: /* nothing else comes behind these */
        case LINE_SUMMARY:
            break; /* goes with the tail */
        case LINE_COMPLETE:
        case LINE_LACKS_RECORDS:
        case LINE_REFUSED:
        case LINE_NO_MEMORY:
            return status;
        }
    }
    return status;
}

static enum resume_status take_file(const char *path, const struct ending *ending,
                                    const struct resume_handler *handler, uint64_t *out_records,
                                    char *out_error, size_t error_size)
{
    struct reading reading = {
        .run_void = &ending->run_void, .last_done = ending->last_done, .last = LINE_KEEP};
    enum resume_status result = RESUME_ERROR;
    struct line_source *source = line_source_open(path, true);
    if (source == NULL) {
        snprintf(out_error, error_size, "%s: %s", path,
                 errno == ETXTBSY ? "another run is writing this file" : strerror(errno));
        return errno == ENOENT ? RESUME_NEW : RESUME_ERROR;
    }
    enum line_source_status status =
        is_worthless(ending) ? LINE_SOURCE_END : read_lines(source, handler, &reading);
    if (status == LINE_SOURCE_ERROR) {
        snprintf(out_error, error_size, "%s: %s", path, strerror(errno));
    } else if (reading.last == LINE_COMPLETE) {
        result = RESUME_COMPLETE;
    } else if (reading.last == LINE_LACKS_RECORDS) {
        snprintf(out_error, error_size,
                 "%s: its summary counts other records than the file holds, so that it was changed "
                 "since; scan again, into another file",
                 path);
    } else if (reading.last == LINE_NO_MEMORY) {
        snprintf(out_error, error_size, "%s: out of memory", path);
    } else if (reading.last == LINE_REFUSED) {
        result = RESUME_REFUSED;
    } else if (reading.bad_line != 0 && !reading.lost_power &&
               (status == LINE_SOURCE_LINE || !reading.has_run)) {
        snprintf(out_error, error_size, "%s, line %llu: not a record; the file is left as it is",
                 path, (unsigned long long)reading.bad_line);
    } else if (!line_source_cut(source)) {
        snprintf(out_error, error_size, "%s: cannot be cut to whole lines: %s", path,
                 strerror(errno));
    } else {
        result = reading.has_run ? RESUME_CONTINUE : RESUME_NEW;
    }
    line_source_close(source);
    *out_records = reading.num_kept;
    return result;
}

enum resume_status resume_open(const char *path, const struct resume_handler *handler,
                               uint64_t *out_records, char *out_error, size_t error_size)
{
    struct ending ending = {0};
    enum resume_status status = RESUME_ERROR;
    *out_records = 0;
    if (find_ending(path, &ending)) {
        status = take_file(path, &ending, handler, out_records, out_error, error_size);
    } else {
        snprintf(out_error, error_size, "%s: out of memory", path);
    }
    run_void_fini(&ending.run_void);
    return status;
}

bool resume_is_after_outage(const char *path)
{
    struct ending ending = {0};
    bool is_read = find_ending(path, &ending);
    run_void_fini(&ending.run_void);
    return is_read && ending.outage == OUTAGE_LATER;
}
