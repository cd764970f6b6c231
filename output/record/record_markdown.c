#include "output/record/record_markdown.h"

#include <ctype.h>
#include <string.h>

#include "output/record/record_field.h"

static const char introduction[] =
    "# Records\n"
    "\n"
    "Made by `mxgrade schema --markdown` from the tables by which records are written and read.\n"
    "\n"
    "A result file has one JSON object a line, in UTF-8, each with a `type`. A line is whole or "
    "absent. Within a schema version fields are only ever added; those that may be missing from a "
    "file of an earlier program, or are there only where they say something, are marked. Bytes "
    "from servers, certificates and lists are bounded and made valid UTF-8: what was not is "
    "U+FFFD, "
    "and what was cut ends in U+2026. Times are RFC 3339, in UTC.\n"
    "\n"
    "`mxgrade schema` prints the JSON Schema (draft 2020-12) of every line of a result file. "
    "What commands print is under its name in `$defs`, such as `#/$defs/change`: `diff`, `change` "
    "and "
    "`diff_summary` of `mxgrade diff`, `doctor`, `enforce`, `would_fail`, and `certificate`, which "
    "`mxgrade verify` prints. [csv.md](csv.md) has the rows that `--format csv` and `mxgrade "
    "convert` make of them, [diff.md](diff.md) the lines "
    "of `mxgrade diff`.\n"
    "\n"
    "**Three values.** A [verdict](#verdict) is `yes`, `no` or `unknown`. Beside `unknown`, and "
    "only there, the field `NAME_reason` has an [outcome](#outcome) that says why. \"No\" takes an "
    "answer of the server's.\n";

/* ---- Links ---- */

/* The name that GitHub gives to a heading. */
static void put_anchor(FILE *stream, const char *title)
{
    for (const char *at = title; *at != '\0'; at++) {
        if (isalnum((unsigned char)*at) || *at == '_' || *at == '-') {
            fputc(tolower((unsigned char)*at), stream);
        } else if (*at == ' ') {
            fputc('-', stream);
        }
    }
}

static void put_link(FILE *stream, const char *title)
{
    fprintf(stream, "[%s](#", title);
    put_anchor(stream, title);
    fputc(')', stream);
}

/* ---- Types ---- */

static bool ends_in(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* Text of a form that has a name in the schema. */
static const char *form_of(const char *shape)
{
    if (shape == NULL) {
        return "text";
    }
    if (ends_in(shape, "_level")) {
        return "level";
    }
    if (ends_in(shape, "_rule")) {
        return "rule";
    }
    if (strcmp(shape, "finding_code") == 0) {
        return "code";
    }
    if (strcmp(shape, "day") == 0) {
        return "day, as in `2027-03-31`";
    }
    return strcmp(shape, "sha256") == 0 ? "64 hexadecimal digits" : "16 hexadecimal digits";
}

static void put_by(FILE *stream, const char *what, const struct record_enum *values)
{
    fprintf(stream, "%s by ", what);
    put_link(stream, values->name);
}

static void put_type(FILE *stream, const struct record_field *field)
{
    switch ((enum field_kind)field->kind) {
    case FIELD_CONSTANT:
        fprintf(stream, "`%s`", field->text);
        break;
    case FIELD_RETIRED:
        fputs("text", stream);
        break;
    case FIELD_STRING:
    case FIELD_STRINGS:
    case FIELD_TEXT:
    case FIELD_TEXTS:
        fputs(form_of(field->shape), stream);
        break;
    case FIELD_BOOLEAN:
        fputs("true or false", stream);
        break;
    case FIELD_COUNT:
    case FIELD_INTEGER:
        fputs("number", stream);
        break;
    case FIELD_SECONDS:
        fputs("number with decimals", stream);
        break;
    case FIELD_TIME:
        fputs("time", stream);
        break;
    case FIELD_INSTANT:
        fputs("time with milliseconds", stream);
        break;
    case FIELD_SHA256:
        fputs(form_of("sha256"), stream);
        break;
    case FIELD_VERDICT:
        put_link(stream, record_verdict.name);
        break;
    case FIELD_ENUM:
    case FIELD_BITS:
    case FIELD_CLASSES:
        put_link(stream, field->values->name);
        break;
    case FIELD_OBJECT:
    case FIELD_POINTED:
    case FIELD_BOTH:
    case FIELD_OBJECTS:
        put_link(stream, field->object->title);
        break;
    case FIELD_OPTIONS:
        fputs("text, number or boolean by name", stream);
        break;
    case FIELD_COLUMNS:
        fputs("text by name", stream);
        break;
    case FIELD_COUNTS:
        put_by(stream, "number", field->values);
        break;
    case FIELD_VERDICTS:
        put_by(stream, record_verdict.name, field->values);
        break;
    case FIELD_REASONS:
        put_by(stream, record_outcome.name, field->values);
        break;
    case FIELD_EVIDENCE:
        put_by(stream, "text", field->values);
        break;
    }
}

/* ---- Objects ---- */

static void put_field(FILE *stream, const struct record_field *field)
{
    fprintf(stream, "| `%.*s` | %s", (int)record_field_name_len(field), record_field_name(field),
            record_field_is_array(field) ? "list of " : "");
    put_type(stream, field);
    fprintf(stream, "%s%s | %s |\n", record_field_is_nullable(field) ? " or null" : "",
            record_field_is_required(field) ? "" : ", may be missing", field->sentence);
}

static bool is_among(const struct record_object *object, const struct record_object *const *list,
                     size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (list[i] == object) {
            return true;
        }
    }
    return false;
}

static bool is_line(const struct record_object *object)
{
    return is_among(object, record_lines, record_num_lines) ||
           is_among(object, record_answers, record_num_answers);
}

static void put_object(FILE *stream, const struct record_object *object)
{
    fprintf(stream, "\n%s %s\n", is_line(object) ? "##" : "###", object->title);
    if (object->sentence != NULL) {
        fprintf(stream, "\n%s\n", object->sentence);
    }
    fputs("\n| field | type | meaning |\n| --- | --- | --- |\n", stream);
    for (size_t i = 0; i < object->num_fields; i++) {
        put_field(stream, &object->fields[i]);
    }
    if (object->notes != NULL) {
        fprintf(stream, "\n%s", object->notes);
    }
}

static bool has_title_before(const struct record_objects *objects, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(objects->items[i]->title, objects->items[index]->title) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- Values ---- */

static void put_names(FILE *stream, const struct record_enum *values)
{
    const char *before = "\n";
    for (unsigned i = 0; i < values->num_values; i++) {
        if (values->values[i] != NULL) {
            fprintf(stream, "%s`%s`", before, values->values[i]);
            before = ", ";
        }
    }
    fputs(".\n", stream);
}

static void put_meanings(FILE *stream, const struct record_enum *values)
{
    fputs("\n| value | meaning |\n| --- | --- |\n", stream);
    for (unsigned i = 0; i < values->num_values; i++) {
        unsigned value = values->order != NULL ? values->order[i] : i;
        if (values->values[value] != NULL) {
            fprintf(stream, "| `%s` | %s |\n", values->values[value], values->meanings[value]);
        }
    }
}

void record_markdown(FILE *stream)
{
    struct record_objects objects;
    record_objects_find_all(&objects);
    fputs(introduction, stream);
    for (size_t i = 0; i < objects.num_items; i++) {
        if (!has_title_before(&objects, i)) {
            put_object(stream, objects.items[i]);
        }
    }
    fputs("\n## Values\n\nThe sets of values that fields are of.\n", stream);
    for (size_t i = 0; i < record_num_enums; i++) {
        fprintf(stream, "\n### %s\n", record_enums[i]->name);
        if (record_enums[i]->meanings != NULL) {
            put_meanings(stream, record_enums[i]);
        } else {
            put_names(stream, record_enums[i]);
        }
    }
}
