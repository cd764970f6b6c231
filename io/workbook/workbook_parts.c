#include "io/workbook/workbook_parts.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/workbook/xml_stream.h"

#define PART_BYTES_MAX    (16u << 20)
#define STRINGS_BYTES_MAX (256u << 20)
#define CHUNK_SIZE        16384
#define RELATIONS_MAX     4096u
#define FORMATS_MAX       65536u
#define CODES_MAX         4096u
#define TITLES_MAX        200

/* ---- Relationships: ECMA-376 part 2 section 9.3 ---- */

struct relation {
    char id[64];
    char kind[32]; /* the last part of its type: "worksheet" */
    char target[PART_NAME_MAX];
};

struct format_code {
    unsigned long number;
    struct cell_format format;
};

struct reading {
    struct workbook_parts *parts;
    struct xml_stream *stream;
    const char *sheet_name;
    struct relation *relations;
    size_t num_relations;
    char book[PART_NAME_MAX]; /* the part of the workbook itself */
    /* of the workbook */
    bool has_sheet;
    char titles[TITLES_MAX]; /* of its sheets, for a message */
    /* of the shared strings */
    bool in_text;
    unsigned in_phonetic;
    /* of the styles */
    struct format_code *codes;
    size_t num_codes;
    bool in_cell_formats;
};

/* One more item of an array that grows by doubling, all zero; NULL: no memory. */
static void *grown(void *items, size_t num, size_t size)
{
    bool is_full = num == 0 || (num >= 16 && (num & (num - 1)) == 0);
    char *larger = items;
    if (is_full) {
        larger = realloc(items, (num < 16 ? 16 : num * 2) * size);
    }
    if (larger != NULL) {
        memset(larger + num * size, 0, size);
    }
    return larger;
}

static void copy(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text != NULL ? text : "");
}

static void start_relation(void *user, const char *name, const char **attributes)
{
    struct reading *reading = user;
    if (strcmp(name, "Relationship") != 0) {
        return;
    }
    const char *type = xml_attribute(attributes, "Type");
    const char *kind = type != NULL ? strrchr(type, '/') : NULL;
    struct relation *larger =
        reading->num_relations < RELATIONS_MAX
            ? grown(reading->relations, reading->num_relations, sizeof(*reading->relations))
            : NULL;
    if (larger == NULL) {
        xml_stream_refuse(reading->stream, "it has too many parts");
        return;
    }
    reading->relations = larger;
    struct relation *relation = &larger[reading->num_relations++];
    copy(relation->id, sizeof(relation->id), xml_attribute(attributes, "Id"));
    copy(relation->kind, sizeof(relation->kind), kind != NULL ? kind + 1 : "");
    copy(relation->target, sizeof(relation->target), xml_attribute(attributes, "Target"));
}

static void pass_end(void *user, const char *name)
{
    (void)user;
    (void)name;
}

static void pass_text(void *user, const char *bytes, size_t len)
{
    (void)user;
    (void)bytes;
    (void)len;
}

static const struct xml_events relation_events = {start_relation, pass_end, pass_text};

static const struct relation *relation_of_kind(const struct reading *reading, const char *kind)
{
    for (size_t i = 0; i < reading->num_relations; i++) {
        if (strcmp(reading->relations[i].kind, kind) == 0) {
            return &reading->relations[i];
        }
    }
    return NULL;
}

/* The name of the part that a relation of the part `from` leads to. */
static void resolve(const char *from, const char *target, char out[PART_NAME_MAX])
{
    const char *slash = strrchr(from, '/');
    int folder = target[0] == '/' || slash == NULL ? 0 : (int)(slash - from) + 1;
    snprintf(out, PART_NAME_MAX, "%.*s%s", folder, from, target[0] == '/' ? target + 1 : target);
}

/* ---- The workbook: its sheets ---- */

static void note_title(struct reading *reading, const char *title)
{
    size_t len = strlen(reading->titles);
    size_t room = sizeof(reading->titles) - len;
    int more = snprintf(reading->titles + len, room, "%s'%s'", len > 0 ? ", " : "", title);
    if (more < 0 || (size_t)more >= room) {
        reading->titles[len] = '\0';
    }
}

static bool is_wanted(const struct reading *reading, const char *title, const char *state)
{
    if (reading->sheet_name != NULL) {
        return strcasecmp(title, reading->sheet_name) == 0;
    }
    return state == NULL || strcmp(state, "visible") == 0;
}

static void start_sheet(struct reading *reading, const char **attributes)
{
    const char *title = xml_attribute(attributes, "name");
    const char *id = xml_attribute(attributes, "id");
    if (title == NULL || id == NULL) {
        return;
    }
    for (size_t i = 0; i < reading->num_relations; i++) {
        const struct relation *relation = &reading->relations[i];
        if (strcmp(relation->id, id) == 0 && strcmp(relation->kind, "worksheet") == 0) {
            note_title(reading, title);
            if (!reading->has_sheet &&
                is_wanted(reading, title, xml_attribute(attributes, "state"))) {
                reading->has_sheet = true;
                resolve(reading->book, relation->target, reading->parts->sheet);
            }
        }
    }
}

static void start_of_book(void *user, const char *name, const char **attributes)
{
    struct reading *reading = user;
    if (strcmp(name, "workbookPr") == 0) {
        const char *is_1904 = xml_attribute(attributes, "date1904");
        reading->parts->is_1904 =
            is_1904 != NULL && (strcmp(is_1904, "1") == 0 || strcmp(is_1904, "true") == 0);
    } else if (strcmp(name, "sheet") == 0) {
        start_sheet(reading, attributes);
    }
}

static const struct xml_events book_events = {start_of_book, pass_end, pass_text};

/* ---- Shared strings ---- */

static void start_of_string(void *user, const char *name, const char **attributes)
{
    struct reading *reading = user;
    (void)attributes;
    reading->in_phonetic += strcmp(name, "rPh") == 0;
    reading->in_text = strcmp(name, "t") == 0 && reading->in_phonetic == 0;
}

static void end_of_string(void *user, const char *name)
{
    struct reading *reading = user;
    reading->in_text = false;
    reading->in_phonetic -= strcmp(name, "rPh") == 0;
    if (strcmp(name, "si") == 0 && !shared_strings_end(&reading->parts->strings)) {
        xml_stream_refuse(reading->stream, "it has too many texts");
    }
}

static void text_of_string(void *user, const char *bytes, size_t len)
{
    struct reading *reading = user;
    if (reading->in_text && !shared_strings_add(&reading->parts->strings, bytes, len)) {
        xml_stream_refuse(reading->stream, "it has too much text");
    }
}

static const struct xml_events string_events = {start_of_string, end_of_string, text_of_string};

/* ---- Styles ---- */

static void add_code(struct reading *reading, const char **attributes)
{
    const char *number = xml_attribute(attributes, "numFmtId");
    const char *code = xml_attribute(attributes, "formatCode");
    if (number == NULL || code == NULL) {
        return;
    }
    struct format_code *larger =
        reading->num_codes < CODES_MAX
            ? grown(reading->codes, reading->num_codes, sizeof(*reading->codes))
            : NULL;
    if (larger == NULL) {
        xml_stream_refuse(reading->stream, "it has too many formats");
        return;
    }
    reading->codes = larger;
    larger[reading->num_codes++] =
        (struct format_code){strtoul(number, NULL, 10), cell_format_of_code(code)};
}

static struct cell_format format_of(const struct reading *reading, unsigned long number)
{
    for (size_t i = 0; i < reading->num_codes; i++) {
        if (reading->codes[i].number == number) {
            return reading->codes[i].format;
        }
    }
    return cell_format_of_number(number);
}

static void add_format(struct reading *reading, const char **attributes)
{
    struct workbook_parts *parts = reading->parts;
    const char *number = xml_attribute(attributes, "numFmtId");
    struct cell_format *larger =
        parts->num_formats < FORMATS_MAX
            ? grown(parts->formats, parts->num_formats, sizeof(*parts->formats))
            : NULL;
    if (larger == NULL) {
        xml_stream_refuse(reading->stream, "it has too many formats");
        return;
    }
    parts->formats = larger;
    larger[parts->num_formats++] =
        format_of(reading, number != NULL ? strtoul(number, NULL, 10) : 0);
}

static void start_of_styles(void *user, const char *name, const char **attributes)
{
    struct reading *reading = user;
    if (strcmp(name, "numFmt") == 0) {
        add_code(reading, attributes);
    } else if (strcmp(name, "cellXfs") == 0) {
        reading->in_cell_formats = true;
    } else if (strcmp(name, "xf") == 0 && reading->in_cell_formats) {
        add_format(reading, attributes);
    }
}

static void end_of_styles(void *user, const char *name)
{
    struct reading *reading = user;
    if (strcmp(name, "cellXfs") == 0) {
        reading->in_cell_formats = false;
    }
}

static const struct xml_events style_events = {start_of_styles, end_of_styles, pass_text};

/* ---- A part ---- */

static bool refuse(char out_problem[PROBLEM_MAX], const char *part, const char *why)
{
    snprintf(out_problem, PROBLEM_MAX, "its part %.100s cannot be read: %s", part, why);
    return false;
}

static bool read_open_part(struct reading *reading, struct zip_source *source, const char *part,
                           char out_problem[PROBLEM_MAX])
{
    char chunk[CHUNK_SIZE];
    ssize_t len;
    do {
        len = zip_source_read(source, chunk, sizeof(chunk));
        if (len < 0) {
            return refuse(out_problem, part, "the archive is damaged");
        }
        if (xml_stream_feed(reading->stream, chunk, (size_t)len, len == 0) == XML_STREAM_BAD) {
            return refuse(out_problem, part, xml_stream_problem(reading->stream));
        }
    } while (len > 0);
    return true;
}

static const char *const why_not[] = {
    [ZIP_PART_MISSING] = "it is not there",
    [ZIP_PART_ENCRYPTED] = "it is encrypted",
    [ZIP_PART_TOO_LONG] = "unpacked it is larger than any list needs to be",
    [ZIP_PART_DAMAGED] = "the archive is damaged",
};

static bool read_part(struct reading *reading, struct zip_source *source, const char *part,
                      uint64_t max_bytes, const struct xml_events *events,
                      char out_problem[PROBLEM_MAX])
{
    enum zip_status status = zip_source_open(source, part, max_bytes);
    if (status != ZIP_PART_OPEN) {
        return refuse(out_problem, part, why_not[status]);
    }
    reading->stream = xml_stream_new(events, reading);
    bool ok = reading->stream != NULL ? read_open_part(reading, source, part, out_problem)
                                      : refuse(out_problem, part, "out of memory");
    xml_stream_free(reading->stream);
    reading->stream = NULL;
    return ok;
}

/* ---- All of them ---- */

static bool find_book(struct reading *reading, struct zip_source *source,
                      char out_problem[PROBLEM_MAX])
{
    if (!read_part(reading, source, "_rels/.rels", PART_BYTES_MAX, &relation_events, out_problem)) {
        snprintf(out_problem, PROBLEM_MAX,
                 "it is a zip archive and no workbook of the kind .xlsx; save it as one, or as "
                 "CSV");
        return false;
    }
    const struct relation *book = relation_of_kind(reading, "officeDocument");
    resolve("", book != NULL ? book->target : "", reading->book);
    reading->num_relations = 0;
    return true;
}

static bool find_sheet(struct reading *reading, struct zip_source *source,
                       char out_problem[PROBLEM_MAX])
{
    char part[2 * PART_NAME_MAX];
    const char *slash = strrchr(reading->book, '/');
    int folder = slash != NULL ? (int)(slash - reading->book) + 1 : 0;
    snprintf(part, sizeof(part), "%.*s_rels/%s.rels", folder, reading->book,
             reading->book + folder);
    if (!read_part(reading, source, part, PART_BYTES_MAX, &relation_events, out_problem) ||
        !read_part(reading, source, reading->book, PART_BYTES_MAX, &book_events, out_problem)) {
        return false;
    }
    if (!reading->has_sheet && reading->sheet_name != NULL) {
        snprintf(out_problem, PROBLEM_MAX, "it has no sheet '%.60s'; there are: %s",
                 reading->sheet_name, reading->titles[0] != '\0' ? reading->titles : "none");
    } else if (!reading->has_sheet) {
        snprintf(out_problem, PROBLEM_MAX, "it has no sheet with rows");
    }
    return reading->has_sheet;
}

/* A workbook may lack them: then its cells hold their texts, and no number is a date. */
static bool read_optional(struct reading *reading, struct zip_source *source, const char *kind,
                          uint64_t max_bytes, const struct xml_events *events,
                          char out_problem[PROBLEM_MAX])
{
    char part[PART_NAME_MAX];
    const struct relation *relation = relation_of_kind(reading, kind);
    if (relation == NULL) {
        return true;
    }
    resolve(reading->book, relation->target, part);
    return read_part(reading, source, part, max_bytes, events, out_problem);
}

bool workbook_parts_read(struct workbook_parts *parts, struct zip_source *source,
                         const char *sheet_name, char out_problem[PROBLEM_MAX])
{
    struct reading reading = {.parts = parts, .sheet_name = sheet_name};
    *parts = (struct workbook_parts){.is_1904 = false};
    bool ok = find_book(&reading, source, out_problem) &&
              find_sheet(&reading, source, out_problem) &&
              read_optional(&reading, source, "sharedStrings", STRINGS_BYTES_MAX, &string_events,
                            out_problem) &&
              read_optional(&reading, source, "styles", PART_BYTES_MAX, &style_events, out_problem);
    free(reading.relations);
    free(reading.codes);
    return ok;
}

void workbook_parts_fini(struct workbook_parts *parts)
{
    shared_strings_fini(&parts->strings);
    free(parts->formats);
    parts->formats = NULL;
}
